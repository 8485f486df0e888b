//! Why a shipment stands as it does: which statement said so, in which raw code, by which rule, and
//! what it won against. Told from the fold's own verdicts, never decided a second time.

use crate::error::HubError;
use crate::{Hub, fold_rules};
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use std::collections::HashMap;
use std::sync::Arc;
use trackway_dialects::dialect::Words;
use trackway_dialects::registry;
use trackway_model::fold::{Journey, Verdict, fold};
use trackway_model::group::Event;
use trackway_model::track::Track;
use trackway_model::view::StatementView;
use trackway_model::{
    Certainty, Code, ConnectionId, Direction, Milestone, Occurred, OffsetSource, Reason,
    ShipmentId, Stage, Standing,
};
use trackway_store::StoreError;

/// One journey, explained.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    #[serde(serialize_with = "as_text")]
    pub shipment: ShipmentId,
    pub carrier: String,
    pub number: String,
    pub epoch: u16,
    /// When the journey's window opens; None for the first under this number.
    pub opened: Option<String>,
    pub milestone: Milestone,
    pub stage: Stage,
    /// The milestone in one English sentence.
    pub text: &'static str,
    pub reason: Reason,
    pub direction: Direction,
    /// As written, with the offset where it is known.
    pub occurred: Option<String>,
    pub delivered: Option<String>,
    pub expected: Option<String>,
    pub attempts_failed: u16,
    /// Root hash over all statements of the number.
    pub root: String,
    /// Oldest first.
    pub events: Vec<ExplainedEvent>,
    /// Statements that a later answer left out or that were taken back: kept, and not counted.
    pub withdrawn: Vec<Witness>,
}

/// One happening and the fold's verdict on it.
#[derive(Clone, Debug, Serialize)]
pub struct ExplainedEvent {
    pub time: Option<String>,
    pub offset_source: Option<OffsetSource>,
    pub milestone: Milestone,
    pub stage: Stage,
    pub reason: Reason,
    pub certainty: Certainty,
    pub verdict: Verdict,
    /// The verdict in one English sentence.
    pub because: String,
    /// Index, in this list, of the event that it took the place of.
    pub won_against: Option<usize>,
    /// Who told of it, the nearest source first; the first that knows the code speaks.
    pub witnesses: Vec<Witness>,
}

/// A statement as its source made it, and what we read in it.
#[derive(Clone, Debug, Serialize)]
pub struct Witness {
    pub statement: String,
    pub dialect: &'static str,
    pub stream: &'static str,
    /// None for the account's own events.
    pub connection: Option<String>,
    pub code: Code,
    /// The row of the code table that maps it.
    pub rule: String,
    pub milestone: Milestone,
    pub reason: Reason,
    /// As the source wrote it.
    pub time_text: String,
    pub offset_source: Option<OffsetSource>,
    pub name: Option<String>,
    pub text: Option<String>,
    pub place: Option<String>,
    pub language: Option<&'static str>,
    pub first_seen: String,
    pub last_seen: String,
    /// When it was withdrawn: the first answer came that left it out, or its source took it back.
    pub withdrawn: Option<String>,
}

/// One journey as people read it.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    #[serde(serialize_with = "as_text")]
    pub shipment: ShipmentId,
    pub carrier: String,
    pub number: String,
    pub epoch: u16,
    pub milestone: Milestone,
    pub stage: Stage,
    pub text: &'static str,
    pub reason: Reason,
    pub direction: Direction,
    pub occurred: Option<String>,
    pub delivered: Option<String>,
    pub expected: Option<String>,
    pub root: String,
    /// How the account's own registration of the number stands; with the newest journey.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration: Option<Standing>,
    /// Oldest first.
    pub events: Vec<ShownEvent>,
}

/// One happening as people read it.
#[derive(Clone, Debug, Serialize)]
pub struct ShownEvent {
    pub time: Option<String>,
    pub milestone: Milestone,
    pub stage: Stage,
    pub reason: Reason,
    pub certainty: Certainty,
    /// Whether it is the current status.
    pub current: bool,
    pub name: Option<String>,
    pub text: Option<String>,
    pub place: Option<String>,
    /// `dialect/stream` of every witness.
    pub sources: Vec<String>,
}

/// What is needed to tell of a track's statements.
struct Told<'a> {
    track: &'a Track,
    statements: HashMap<u16, StatementView>,
    connections: HashMap<ConnectionId, String>,
}

impl Hub {
    /// Every journey of a track, the newest first.
    pub(crate) async fn explain_track(
        &self,
        track: &Arc<Track>,
    ) -> Result<Vec<Explanation>, HubError> {
        let ordinals: Vec<u16> = (0..track.spine.len() as u16).collect();
        let statements = self.store.statements(track, &ordinals).await?;
        let told = Told {
            track,
            statements: statements
                .into_iter()
                .map(|view| (view.ordinal, view))
                .collect(),
            connections: self.connection_names(track).await?,
        };
        let root = hex::encode(self.store.root(track));
        let journeys = fold(track, &fold_rules());
        Ok(journeys
            .iter()
            .rev()
            .map(|journey| told.journey(journey, &root))
            .collect())
    }

    async fn connection_names(
        &self,
        track: &Track,
    ) -> Result<HashMap<ConnectionId, String>, StoreError> {
        let mut names = HashMap::new();
        for source in &track.sources {
            if names.contains_key(&source.connection) {
                continue;
            }
            if let Some(connection) = self.store.connection(source.connection).await? {
                names.insert(source.connection, connection.name.clone());
            }
        }
        Ok(names)
    }
}

impl Told<'_> {
    fn journey(&self, journey: &Journey, root: &str) -> Explanation {
        let state = &journey.state;
        let mut current: Option<usize> = None;
        let mut events = Vec::with_capacity(journey.events.len());
        for (at, (event, verdict)) in journey.events.iter().enumerate() {
            let was = matches!(verdict, Verdict::Current | Verdict::Replaced);
            let won_against = if was { current.replace(at) } else { None };
            events.push(self.event(event, *verdict, won_against));
        }
        let at = |instant: Option<i64>| instant.map(instant_text);
        Explanation {
            shipment: state.id(self.track),
            carrier: self.track.carrier.to_string(),
            number: self.track.number.to_string(),
            epoch: state.epoch,
            opened: at(journey.opened),
            milestone: state.milestone,
            stage: state.stage(),
            text: state.milestone.text(),
            reason: state.reason,
            direction: state.direction,
            occurred: state.occurred.map(Occurred::display),
            delivered: shown_instant(journey, state.delivered),
            expected: shown_instant(journey, state.expected),
            attempts_failed: state.attempts_failed,
            root: root.to_owned(),
            events,
            withdrawn: journey
                .withdrawn
                .iter()
                .map(|ordinal| self.witness(*ordinal))
                .collect(),
        }
    }

    fn event(&self, event: &Event, verdict: Verdict, won_against: Option<usize>) -> ExplainedEvent {
        let witnesses: Vec<Witness> = event.witnesses.iter().map(|o| self.witness(*o)).collect();
        let reason = witnesses
            .iter()
            .map(|w| w.reason)
            .find(|reason| *reason != Reason::None);
        ExplainedEvent {
            time: event.occurred.map(Occurred::display),
            offset_source: event.occurred.map(|occurred| occurred.offset_source),
            milestone: event.milestone,
            stage: event.milestone.stage(),
            reason: reason.unwrap_or(Reason::None),
            certainty: event.certainty,
            verdict,
            because: because(verdict, event),
            won_against,
            witnesses,
        }
    }

    fn witness(&self, ordinal: u16) -> Witness {
        let spine = &self.track.spine[usize::from(ordinal)];
        let stream = fold_rules().streams.get(self.track.stream_of(spine));
        let source = self.track.sources.get(usize::from(spine.source));
        let view = self.statements.get(&ordinal);
        let raw = view.and_then(|view| view.raw.as_deref());
        let dialect = registry::of_stream(stream.id);
        let words = match (dialect, raw) {
            (Some(dialect), Some(raw)) => dialect.words(stream.id, raw),
            _ => Words::default(),
        };
        let code = view.map_or_else(unknown_code, |view| view.code.clone());
        Witness {
            statement: spine.id.to_string(),
            dialect: stream.dialect,
            stream: stream.name,
            connection: source.and_then(|source| self.connections.get(&source.connection).cloned()),
            rule: rule(stream.dialect, &code, spine.milestone),
            code,
            milestone: spine.milestone,
            reason: spine.reason,
            time_text: view.map_or_else(String::new, |view| view.time_text.clone()),
            offset_source: spine.occurred.map(|occurred| occurred.offset_source),
            name: words.name,
            text: words.text,
            place: words.place,
            language: words.language,
            first_seen: instant_text(spine.first_seen),
            last_seen: instant_text(spine.last_seen),
            withdrawn: match spine.certainty {
                // The version that counts is the one that took it back.
                Certainty::Withdrawn => Some(spine.last_seen),
                Certainty::Actual | Certainty::Estimated | Certainty::Planned => {
                    self.track.withdrawn_at(spine)
                }
            }
            .map(instant_text),
        }
    }
}

/// An assumed instant as its event wrote it: an unknown zone is never shown as UTC.
fn shown_instant(journey: &Journey, instant: Option<i64>) -> Option<String> {
    let instant = instant?;
    let found = journey
        .events
        .iter()
        .find(|(event, _)| event.assumed == instant)?;
    found.0.occurred.map(Occurred::display)
}

fn unknown_code() -> Code {
    Code {
        kind: trackway_model::CodeKind::Event,
        code: String::new(),
        sub: None,
    }
}

/// `247express: shipment code 25 means out_for_delivery`.
fn rule(dialect: &str, code: &Code, milestone: Milestone) -> String {
    let kind = format!("{:?}", code.kind).to_lowercase();
    let sub = code
        .sub
        .as_deref()
        .map(|sub| format!("/{sub}"))
        .unwrap_or_default();
    let name = &code.code;
    if milestone == Milestone::Unknown {
        format!("{dialect}: {kind} code {name}{sub} is in no table")
    } else {
        format!(
            "{dialect}: {kind} code {name}{sub} means {}",
            milestone.name()
        )
    }
}

fn because(verdict: Verdict, event: &Event) -> String {
    match verdict {
        Verdict::Current => "It is the last thing that happened.".to_owned(),
        Verdict::Replaced => "Something happened later.".to_owned(),
        Verdict::NotActual => "It is told as planned or estimated, not as done.".to_owned(),
        Verdict::UnknownCode => "Its code is in no table.".to_owned(),
        Verdict::AfterFinal { stage } => format!(
            "{} had ended ({stage}), and {} does not reopen that end.",
            if event.unit == 0 {
                "The journey"
            } else {
                "The way of this unit"
            },
            event.milestone.name()
        ),
        Verdict::SomePieces { counted, of } => {
            format!("It speaks of {counted} of {of} pieces only.")
        }
        Verdict::SomeUnits { counted, of } => {
            format!("It ends the way of {counted} of {of} units only.")
        }
    }
}

/// Ids are texts wherever they are written: JSON's readers may round large numbers.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands members over so"
)]
fn as_text<S: Serializer>(id: &ShipmentId, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(id)
}

/// An instant that we know to be one.
fn instant_text(micros: i64) -> String {
    Timestamp::from_microsecond(micros).map_or_else(|_| String::new(), |at| at.to_string())
}

impl From<Explanation> for Shown {
    fn from(explained: Explanation) -> Self {
        Self {
            shipment: explained.shipment,
            carrier: explained.carrier,
            number: explained.number,
            epoch: explained.epoch,
            milestone: explained.milestone,
            stage: explained.stage,
            text: explained.text,
            reason: explained.reason,
            direction: explained.direction,
            occurred: explained.occurred,
            delivered: explained.delivered,
            expected: explained.expected,
            root: explained.root,
            registration: None,
            events: explained.events.into_iter().map(ShownEvent::from).collect(),
        }
    }
}

impl From<ExplainedEvent> for ShownEvent {
    fn from(event: ExplainedEvent) -> Self {
        let said = |of: fn(&Witness) -> &Option<String>| {
            event
                .witnesses
                .iter()
                .find_map(|witness| of(witness).clone())
        };
        Self {
            name: said(|witness| &witness.name),
            text: said(|witness| &witness.text),
            place: said(|witness| &witness.place),
            sources: event
                .witnesses
                .iter()
                .map(|w| format!("{}/{}", w.dialect, w.stream))
                .collect(),
            time: event.time,
            milestone: event.milestone,
            stage: event.stage,
            reason: event.reason,
            certainty: event.certainty,
            current: event.verdict == Verdict::Current,
        }
    }
}
