//! Shipments and what happened to them, as our API writes them.

use serde::Serialize;
use trackway_dialects::native::told::{Clock, Parts, Source, Status, Told, instant};
use trackway_hub::listing::Listed;
use trackway_hub::reading::OneShipment;
use trackway_model::fold::Verdict;
use trackway_model::group::Event;
use trackway_model::view::{ShipmentView, StatementView};
use trackway_model::{Certainty, Direction, Occurred, Reason, Spine, Standing, StreamId};
use utoipa::ToSchema;

/// A shipment in a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListedShipment)]
pub struct Row<'a> {
    pub id: String,
    pub carrier: &'a str,
    /// As first written.
    pub number: &'a str,
    #[serde(flatten)]
    pub status: Status,
    /// When the status came about; null where nothing has happened yet or nobody told when.
    pub occurred: Option<Clock<'static>>,
    /// When Trackway first knew of it.
    pub created: String,
    /// How many happenings are known.
    pub events: u16,
    pub references: &'a [String],
}

impl<'a> Row<'a> {
    pub fn of(listed: &'a Listed) -> Self {
        let row = &listed.row;
        Self {
            id: row.shipment.to_string(),
            carrier: &row.carrier,
            number: &row.number,
            status: Status::told(row.milestone, row.reason),
            occurred: clock(listed.occurred),
            created: instant(row.created),
            events: row.events,
            references: &row.references,
        }
    }
}

/// A shipment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shipment<'a> {
    pub id: String,
    pub carrier: &'a str,
    /// As first written.
    pub number: &'a str,
    #[serde(flatten)]
    pub status: Status,
    /// The milestone in one English sentence.
    pub text: &'static str,
    #[schema(value_type = String, example = "forward")]
    pub direction: Direction,
    pub occurred: Option<Clock<'static>>,
    /// When it was delivered, where it is.
    pub delivered: Option<Clock<'static>>,
    /// When it is expected, where a source told.
    pub expected: Option<Clock<'static>>,
    pub attempts_failed: u16,
    /// How many happenings are known.
    pub events: u16,
    /// How many statements tell of them.
    pub statements: u16,
    /// When Trackway first knew of it.
    pub created: String,
    pub references: &'a [String],
    /// Your registration; null for a number that you never registered.
    pub registration: Option<Registration<'a>>,
    pub sources: Vec<Voice<'a>>,
    /// Every shipment under this number, the newest first: carriers use numbers again.
    pub journeys: Vec<String>,
}

/// What you registered.
#[derive(Debug, Serialize, ToSchema)]
pub struct Registration<'a> {
    pub id: String,
    pub created: String,
    /// `pending` (nothing was found yet), `no_record` (nothing was found for long), `active`, `ended`,
    /// or `expired` (nothing new for long: it is not asked about any more).
    #[schema(value_type = String, example = "active")]
    pub standing: Standing,
    /// As you gave it; what you gave later stands in place of the same member.
    #[schema(value_type = Option<Object>)]
    pub data: &'a serde_json::Value,
}

/// A source that spoke of the shipment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShipmentSource)]
pub struct Voice<'a> {
    #[serde(flatten)]
    pub source: Source,
    /// The connection's name; null for your own events.
    pub connection: Option<&'a str>,
    pub first_heard: Option<String>,
    /// When it was last heard, be it that nothing has changed.
    pub last_heard: Option<String>,
    pub statements: usize,
}

impl<'a> Shipment<'a> {
    pub fn of(one: &'a OneShipment) -> Self {
        let state = one.view.state();
        let track = &one.view.track;
        let at = |assumed: Option<i64>| clock(time_of(&one.view, assumed?));
        Self {
            id: one.row.shipment.to_string(),
            carrier: &track.carrier,
            number: &track.number,
            status: Status::told(state.milestone, state.reason),
            text: state.milestone.text(),
            direction: state.direction,
            occurred: clock(state.occurred),
            delivered: at(state.delivered),
            expected: at(state.expected),
            attempts_failed: state.attempts_failed,
            events: state.events,
            statements: state.statements,
            created: instant(one.row.created),
            references: &one.row.references,
            registration: one
                .registration
                .as_ref()
                .map(|(kept, standing)| Registration {
                    id: kept.id.to_string(),
                    created: instant(kept.created),
                    standing: *standing,
                    data: &kept.data,
                }),
            sources: one
                .sources
                .iter()
                .map(|heard| Voice {
                    source: Source::of(heard.stream),
                    connection: heard.connection.as_deref(),
                    first_heard: heard.first.map(instant),
                    last_heard: heard.last.map(instant),
                    statements: heard.statements,
                })
                .collect(),
            journeys: one.journeys.iter().map(ToString::to_string).collect(),
        }
    }
}

/// The time of the event that stands at an assumed instant: an unknown zone is never shown as UTC.
fn time_of(view: &ShipmentView, assumed: i64) -> Option<Occurred> {
    let events = &view.journey().events;
    let found = events.iter().find(|(event, _)| event.assumed == assumed);
    found.and_then(|(event, _)| event.occurred)
}

fn clock(occurred: Option<Occurred>) -> Option<Clock<'static>> {
    occurred.map(|occurred| Clock::unwritten(Some(occurred)))
}

/// Something that happened, and who told of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShipmentEvent)]
pub struct Happening<'a> {
    #[serde(flatten)]
    pub status: Status,
    #[schema(value_type = String, example = "forward")]
    pub direction: Direction,
    /// `actual`, `estimated` or `planned`.
    #[schema(value_type = String, example = "actual")]
    pub certainty: Certainty,
    /// Whether it is the current status.
    pub current: bool,
    /// As the witness wrote it whose time counts.
    pub occurred: Clock<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pieces: Option<Parts>,
    /// The unit of the shipment that it happened to, such as a container; left out where all of it
    /// is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<&'a str>,
    /// What people read, from the first witness that has it.
    pub text: Option<String>,
    pub language: Option<&'static str>,
    pub place: Option<String>,
    /// Who told of it, the nearest source first.
    pub witnesses: Vec<Witness<'a>>,
}

/// A statement with its source's name and when it came.
#[derive(Debug, Serialize, ToSchema)]
pub struct Witness<'a> {
    #[serde(flatten)]
    #[schema(inline)]
    pub told: Told<'a>,
    /// The connection's name; null for your own events.
    pub connection: Option<&'a str>,
    pub first_seen: String,
    pub last_seen: String,
    /// When it was withdrawn: an answer came that left it out, or its source took it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<String>,
}

impl<'a> Happening<'a> {
    /// `view` holds the statements of the event's witnesses.
    pub fn of(
        view: &'a ShipmentView,
        event: &Event,
        verdict: Verdict,
        names: &'a dyn Fn(&Spine) -> Option<&'a str>,
    ) -> Self {
        let witnesses: Vec<Witness<'a>> = event
            .witnesses
            .iter()
            .filter_map(|ordinal| view.statement(*ordinal))
            .map(|told| Witness::of(view, told, names))
            .collect();
        let speaker = &view.track.spine[usize::from(event.speaker(&view.track))];
        let reason = witnesses
            .iter()
            .find_map(|witness| witness.told.status.reason);
        let speaks = witnesses.iter().find(|witness| witness.told.text.is_some());
        let text = speaks.and_then(|witness| witness.told.text.clone());
        let language = speaks.and_then(|witness| witness.told.language);
        let place = witnesses
            .iter()
            .find_map(|witness| witness.told.place.clone());
        Self {
            status: Status::told(event.milestone, reason.unwrap_or(Reason::None)),
            direction: speaker.direction,
            certainty: event.certainty,
            current: verdict == Verdict::Current,
            occurred: Clock::of_event(view, event),
            pieces: Parts::told(event.pieces),
            unit: view.unit_of(event),
            text,
            language,
            place,
            witnesses,
        }
    }
}

impl<'a> Witness<'a> {
    pub fn of(
        view: &ShipmentView,
        told: &'a StatementView,
        names: &dyn Fn(&Spine) -> Option<&'a str>,
    ) -> Self {
        let spine = &told.spine;
        let withdrawn = match spine.certainty {
            Certainty::Withdrawn => Some(spine.last_seen),
            Certainty::Actual | Certainty::Estimated | Certainty::Planned => {
                view.track.withdrawn_at(spine)
            }
        };
        Self {
            told: Told::of(told),
            connection: names(spine),
            first_seen: instant(spine.first_seen),
            last_seen: instant(spine.last_seen),
            withdrawn: withdrawn.map(instant),
        }
    }
}

/// A statement without its words, as changes carry it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatementInBrief)]
pub struct InBrief {
    pub id: String,
    #[serde(flatten)]
    pub status: Status,
    #[schema(value_type = String, example = "forward")]
    pub direction: Direction,
    /// `actual`, `estimated`, `planned`, or `withdrawn` for what was taken back.
    #[schema(value_type = String, example = "actual")]
    pub certainty: Certainty,
    pub occurred: Clock<'static>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pieces: Option<Parts>,
    pub source: Source,
}

impl InBrief {
    pub fn of(spine: &Spine, stream: StreamId) -> Self {
        Self {
            id: spine.id.to_string(),
            status: Status::told(spine.milestone, spine.reason),
            direction: spine.direction,
            certainty: spine.certainty,
            occurred: Clock::unwritten(spine.occurred),
            pieces: Parts::told(spine.pieces),
            source: Source::of(stream),
        }
    }
}
