//! The body of a webhook: a change, what it was before, and the events that told it.

use crate::dialect::Words;
use crate::registry;
use serde::Serialize;
use trackway_model::change::{Change, Mark};
use trackway_model::fold::{Journey, Verdict};
use trackway_model::group::Event;
use trackway_model::view::{ShipmentView, StatementView};
use trackway_model::{
    Certainty, Direction, Milestone, Occurred, OffsetSource, Pieces, Precision, Reason, Stage, time,
};

/// The type of every message about a shipment.
const UPDATED: &str = "shipment.updated";
/// Bytes that events may take, so that the whole stays well under the 20 KB that receivers expect.
const EVENTS_BUDGET: usize = 18_000;

#[derive(Debug, Serialize)]
struct Body<'a> {
    r#type: &'static str,
    /// When we learned it.
    timestamp: String,
    data: Data<'a>,
}

#[derive(Debug, Serialize)]
struct Data<'a> {
    shipment: String,
    carrier: &'a str,
    number: &'a str,
    #[serde(flatten)]
    status: Status,
    direction: Direction,
    occurred: Option<Clock<'a>>,
    before: Option<Status>,
    events: Vec<Told<'a>>,
    /// Some events were left out to keep the message short: read them from the API.
    events_cut: bool,
}

#[derive(Debug, Serialize)]
struct Status {
    stage: Stage,
    milestone: Milestone,
    reason: Option<Reason>,
}

/// A time, as honest as we know it.
#[derive(Debug, Serialize)]
struct Clock<'a> {
    /// As the source wrote it.
    written: &'a str,
    /// RFC 3339 where the offset is known, else the wall clock alone.
    time: Option<String>,
    offset: Option<String>,
    offset_source: OffsetSource,
    precision: Option<Precision>,
}

#[derive(Debug, Serialize)]
struct Told<'a> {
    id: String,
    #[serde(flatten)]
    status: Status,
    direction: Direction,
    certainty: Certainty,
    occurred: Clock<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pieces: Option<Parts>,
    text: Option<String>,
    language: Option<&'static str>,
    place: Option<String>,
    /// As the source spelt it.
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_code: Option<&'a str>,
    code_name: Option<String>,
    source: Source,
}

#[derive(Debug, Serialize)]
struct Parts {
    count: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u16>,
}

#[derive(Debug, Serialize)]
struct Source {
    dialect: &'static str,
    stream: &'static str,
}

/// The body's bytes.
pub fn body(change: &Change, view: &ShipmentView) -> Vec<u8> {
    let journey = view.journey();
    let told = change
        .statements
        .iter()
        .filter_map(|ordinal| view.statement(*ordinal))
        .map(Told::of);
    let (events, events_cut) = newest_that_fit(told.collect());
    let body = Body {
        r#type: UPDATED,
        timestamp: timestamp(change.learned),
        data: Data {
            shipment: change.shipment.to_string(),
            carrier: &view.track.carrier,
            number: &view.track.number,
            status: Status::of(change.after),
            direction: journey.state.direction,
            occurred: status_event(journey, change.after.milestone).map(|event| clock(view, event)),
            before: change.before.map(Status::of),
            events,
            events_cut,
        },
    };
    serde_json::to_vec(&body).expect("strings and numbers are always JSON")
}

/// Leaves out the oldest events of a message that would be too long. Whether any was left out.
fn newest_that_fit(mut events: Vec<Told<'_>>) -> (Vec<Told<'_>>, bool) {
    let length =
        |told: &Told<'_>| serde_json::to_vec(told).map_or(usize::MAX, |bytes| bytes.len() + 1);
    let mut left = EVENTS_BUDGET;
    let fitting = events
        .iter()
        .rev()
        .take_while(|told| {
            let fits = left.checked_sub(length(told));
            left = fits.unwrap_or(left);
            fits.is_some()
        })
        .count();
    let cut = events.len() - fitting;
    events.drain(..cut);
    (events, cut > 0)
}

/// The event that gave the change's status: the last one of its milestone that was ever current.
fn status_event(journey: &Journey, milestone: Milestone) -> Option<&Event> {
    let counted = |verdict: Verdict| matches!(verdict, Verdict::Current | Verdict::Replaced);
    journey
        .events
        .iter()
        .rfind(|(event, verdict)| event.milestone == milestone && counted(*verdict))
        .map(|(event, _)| event)
}

/// An event's time, with the text of the witness that has it so.
fn clock<'a>(view: &'a ShipmentView, event: &Event) -> Clock<'a> {
    let witness = event
        .witnesses
        .iter()
        .filter_map(|ordinal| view.statement(*ordinal))
        .find(|told| told.spine.occurred == event.occurred);
    Clock::of(event.occurred, witness.map_or("", |told| &told.time_text))
}

impl Status {
    fn of(mark: Mark) -> Self {
        Self::told(mark.milestone, mark.reason)
    }

    fn told(milestone: Milestone, reason: Reason) -> Self {
        let reason = (reason != Reason::None).then_some(reason);
        Self {
            stage: milestone.stage(),
            milestone,
            reason,
        }
    }
}

impl Parts {
    /// Zero is "not said".
    fn told(pieces: Pieces) -> Option<Self> {
        let total = (pieces.total > 0).then_some(pieces.total);
        (pieces.count > 0).then_some(Self {
            count: pieces.count,
            total,
        })
    }
}

impl<'a> Clock<'a> {
    fn of(occurred: Option<Occurred>, written: &'a str) -> Self {
        let known = occurred.filter(|time| time.offset_source != OffsetSource::Unknown);
        Self {
            written,
            time: occurred.map(Occurred::display),
            offset: known.map(|known| time::offset_text(known.offset)),
            offset_source: occurred.map_or(OffsetSource::Unknown, |time| time.offset_source),
            precision: occurred.map(|time| time.precision),
        }
    }
}

impl<'a> Told<'a> {
    fn of(told: &'a StatementView) -> Self {
        let stream = registry::streams().get(told.stream);
        let dialect = registry::of_stream(told.stream);
        let words = dialect
            .zip(told.raw.as_deref())
            .map_or_else(Words::default, |(dialect, raw)| {
                dialect.words(told.stream, raw)
            });
        let spine = &told.spine;
        Self {
            id: spine.id.to_string(),
            status: Status::told(spine.milestone, spine.reason),
            direction: spine.direction,
            certainty: spine.certainty,
            occurred: Clock::of(spine.occurred, &told.time_text),
            pieces: Parts::told(spine.pieces),
            text: words.text,
            language: words.language,
            place: words.place,
            code: &told.code.code,
            sub_code: told.code.sub.as_deref(),
            code_name: words.name,
            source: Source {
                dialect: stream.dialect,
                stream: stream.name,
            },
        }
    }
}

fn timestamp(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros)
        .map(|at| at.to_string())
        .unwrap_or_default()
}
