//! Any shipment in the words of a cargo record: the events of a journey with what their witnesses
//! wrote. Times are told as their own wall clocks, and in UTC where the zone is known.

use crate::dialect::Words;
use crate::registry;
use trackway_model::fold::{Journey, Verdict, reason_of};
use trackway_model::group::Event;
use trackway_model::view::{ShipmentView, StatementView};
use trackway_model::{Certainty, Reason, StreamId};

/// An event with what its witnesses wrote.
pub struct Telling<'a> {
    pub event: &'a Event,
    /// Why it happened, where a witness says so.
    pub reason: Reason,
    witnesses: Vec<&'a StatementView>,
}

impl<'a> Telling<'a> {
    pub fn of(view: &'a ShipmentView, event: &'a Event) -> Self {
        let ordinals =
            std::iter::once(event.speaker(&view.track)).chain(event.witnesses.iter().copied());
        Self {
            event,
            reason: reason_of(&view.track, event),
            witnesses: ordinals.filter_map(|at| view.statement(at)).collect(),
        }
    }

    /// What one of these streams itself said of it, as it was sent.
    pub fn own(&self, streams: &[StreamId]) -> Option<&'a StatementView> {
        let mut witnesses = self.witnesses.iter().copied();
        witnesses.find(|told| streams.contains(&told.stream) && told.raw.is_some())
    }

    /// Text and place, from the first witness that has each.
    pub fn words(&self) -> (String, Option<String>) {
        let words: Vec<Words> = self.witnesses.iter().map(|told| words(told)).collect();
        let text = words.iter().find_map(|words| words.text.clone());
        let text = text
            .or_else(|| words.iter().find_map(|words| words.name.clone()))
            // Our own code is no text for people.
            .filter(|text| text != self.event.milestone.name())
            .unwrap_or_else(|| self.event.milestone.text().to_owned());
        (text, words.into_iter().find_map(|words| words.place))
    }

    /// `yyyy-MM-dd HH:mm:ss` of the clock where it happened; what nobody could read as it was written.
    pub fn local(&self) -> Option<String> {
        let written = || {
            let mut texts = self.witnesses.iter().map(|told| &told.time_text);
            texts.find(|text| !text.is_empty()).cloned()
        };
        self.event
            .occurred
            .map_or_else(written, |at| Some(clock(at.wall)))
    }

    /// The same instant in UTC, where it is known.
    pub fn utc(&self) -> Option<String> {
        let instant = self.event.occurred?.instant()?;
        Some(clock(instant).replace(' ', "T") + "Z")
    }
}

fn words(told: &StatementView) -> Words {
    let dialect = registry::of_stream(told.stream);
    dialect
        .zip(told.raw.as_deref())
        .map_or_else(Words::default, |(dialect, raw)| {
            dialect.words(told.stream, raw)
        })
}

/// A wall clock, or an instant on UTC's: `yyyy-MM-dd HH:mm:ss`.
pub fn clock(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros)
        .map(|at| at.strftime("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}

/// What a record lists of a journey, newest first: what happened, and before it (as the vendor's
/// lists have it) what is still expected; of plans that time has passed nothing is left to tell.
pub fn listed(journey: &Journey) -> Vec<&Event> {
    let happened = |(event, _): &&(Event, Verdict)| event.certainty == Certainty::Actual;
    let events = || journey.events.iter();
    let reached = events()
        .filter(happened)
        .map(|(event, _)| event.assumed)
        .max();
    let is_ahead = |event: &Event| {
        event.occurred.is_some() && reached.is_some_and(|reached| event.assumed > reached)
    };
    events()
        .rev()
        .filter(|told| happened(told) || is_ahead(&told.0))
        .map(|(event, _)| event)
        .collect()
}

/// A unit's name, from any statement that speaks of it.
pub fn unit_name(view: &ShipmentView, key: u32) -> Option<String> {
    let mut of_unit = view.statements.iter().filter(|told| told.spine.unit == key);
    of_unit.find_map(|told| told.unit.clone())
}
