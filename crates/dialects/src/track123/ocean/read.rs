//! An ocean record read: one consignment with its containers, whatever brought it (a query's answer
//! or a webhook). Never fails for one bad element: what can't be read is kept raw with an unknown
//! milestone, and said in a warning; a container whose check digit is wrong is kept likewise.
//!
//! Two things make a statement. Each element of a container's `trackingDetails` is an event, its code
//! the `eventStatus`, its unit the container. And a container whose `transitStatus` is an end (no
//! event's code is) says so itself: at the time of the first event from which on the details call it
//! so, else of its last gate-out, else of its last news.
//!
//! The bytes kept of an event are its own with the container's number before them, so that they alone
//! tell of whom they speak; those of a container are its own without its events.

use super::super::cargo::read::{certainty, last_event, objects, occurred, reached, said};
use super::super::cargo::wire::{
    EVENT_DETAILS, EVENT_TIME, LAST_TRACKING_TIME, LOCATION_NAME, TRACKING_DETAILS,
};
use super::wire;
use crate::dialect::Words;
use crate::fingerprint;
use crate::raw::{Object, quoted};
use std::borrow::Cow;
use trackway_model::intake::{Answer, Part};
use trackway_model::place::{self, Resolved};
use trackway_model::statement::{identity, unit};
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{
    Certainty, Code, CodeKind, Direction, Milestone, Occurred, Pieces, Place, Statement, StreamId,
    time,
};
use trackway_numbers::identifiers::Container;

/// The event that lets a container out to the consignee, where no other tells the delivery.
const GATE_OUT: &str = "GTOT";
/// Where nobody takes delivery: place of receipt, ports of loading and of transfer.
const BEFORE_THE_SEA: [&str; 3] = ["PRE", "POL", "POT"];

/// Reads a record. `text` is its own bytes.
pub fn answer(
    vocabulary: &Vocabulary,
    stream: StreamId,
    text: &str,
    warnings: &mut Vec<String>,
) -> Answer {
    let mut statements = Vec::new();
    if let Ok(record) = Object::of_text(text) {
        for (of_container, members) in objects(&record, wire::CONTAINER_INFO) {
            let mut reading = Reading {
                vocabulary,
                stream,
                warnings,
            };
            reading.container(of_container, &members, &mut statements);
        }
    }
    Answer {
        stream,
        body: text.as_bytes().to_vec(),
        fingerprint: fingerprint::of(text),
        parts: vec![Part { stream, statements }],
    }
}

struct Reading<'a> {
    vocabulary: &'a Vocabulary,
    stream: StreamId,
    warnings: &'a mut Vec<String>,
}

impl Reading<'_> {
    fn container(&mut self, text: &str, members: &Object<'_>, out: &mut Vec<Statement>) {
        let number = said(members, wire::CONTAINER_NO);
        if let Some(number) = &number {
            self.check(number);
        }
        let details = objects(members, TRACKING_DETAILS);
        let reached = reached(members, &details, resolved, current(members));
        // Newest first.
        for (text, event) in details.iter().rev() {
            let kept = match &number {
                Some(number) if event.get(wire::CONTAINER_NO).is_none() => {
                    Cow::Owned(event.with_first(wire::CONTAINER_NO, &quoted(number)))
                }
                _ => Cow::Borrowed(*text),
            };
            let mut statement = read(self.vocabulary, self.stream, &kept);
            statement.certainty = certainty(statement.occurred, reached);
            self.warn(&statement);
            out.push(statement);
        }
        let kept = Object::of_text(text).map_or_else(
            |_| text.to_owned(),
            |members| members.without(TRACKING_DETAILS),
        );
        let mut status = read(self.vocabulary, self.stream, &kept);
        if status.milestone.stage().is_final() {
            let (text, at) = ended(members, &details);
            status.time_text = text;
            status.occurred = at;
            out.push(status);
        }
    }

    fn check(&mut self, number: &str) {
        if let Err(problem) = Container::parse(number) {
            self.warnings
                .push(format!("container {number:.20}: {problem}"));
        }
    }

    fn warn(&mut self, statement: &Statement) {
        let code = &statement.code.code;
        if statement.milestone == Milestone::Unknown && !self.knows(code) {
            self.warnings
                .push(format!("an event status is in no table: {code:.80}"));
        }
        if statement.occurred.is_none() {
            let text = &statement.time_text;
            self.warnings
                .push(format!("a time can't be read: {text:.40}"));
        }
    }

    fn knows(&self, code: &str) -> bool {
        self.vocabulary
            .get(CodeKind::OceanEvent, code, "")
            .is_some()
    }
}

/// Reads the bytes that are kept of an event or of a container. What only the record around them
/// tells is left as it is told most often: the event has happened, the container has no time.
pub fn read(vocabulary: &Vocabulary, stream: StreamId, kept: &str) -> Statement {
    let members = Object::of_text(kept).ok();
    let text = |name| members.as_ref().and_then(|members| said(members, name));
    let written = |name| text(name).unwrap_or_default();
    let container = text(wire::CONTAINER_NO);
    let is_event = members.as_ref().is_none_or(is_event);
    let (kind, code, located) = if is_event {
        (
            CodeKind::OceanEvent,
            written(wire::EVENT_STATUS),
            text(LOCATION_NAME),
        )
    } else {
        (CodeKind::OceanTransit, written(wire::TRANSIT_STATUS), None)
    };
    let resolved = located
        .as_deref()
        .map_or(Resolved::default(), place::resolve);
    let number = container.as_deref().unwrap_or_default();
    let known_by = match (&members, is_event) {
        (None, _) => identity(&[kept]),
        (Some(_), false) => identity(&[number, &code]),
        (Some(_), true) => identity(&[
            number,
            &code,
            &written(EVENT_TIME),
            &written(LOCATION_NAME),
            &written(EVENT_DETAILS),
        ]),
    };
    let (milestone, reason) = vocabulary.read(kind, &code, "");
    Statement {
        stream,
        milestone,
        reason,
        direction: Direction::Forward,
        certainty: Certainty::Actual,
        occurred: members
            .as_ref()
            .filter(|_| is_event)
            .and_then(|members| occurred(members, resolved)),
        time_text: written(EVENT_TIME).into_owned(),
        place: located.map(|name| Place {
            name: name.into_owned(),
            key: resolved.key,
        }),
        pieces: Pieces::default(),
        unit: unit(number),
        identity: known_by,
        raw: kept.as_bytes().to_vec(),
        code: Code {
            kind,
            code: code.into_owned(),
            sub: None,
        },
    }
}

/// What people read of an event; a container says nothing in words.
pub fn words(kept: &[u8]) -> Words {
    let Some(members) = Object::parse(kept).ok().filter(is_event) else {
        return Words::default();
    };
    let owned = |name| said(&members, name).map(Cow::into_owned);
    Words {
        text: owned(EVENT_DETAILS),
        name: None,
        place: owned(LOCATION_NAME),
        language: None,
    }
}

/// An event has a time, a status or words of its own.
fn is_event(members: &Object<'_>) -> bool {
    [EVENT_TIME, wire::EVENT_STATUS, EVENT_DETAILS]
        .iter()
        .any(|name| members.get(name).is_some())
}

/// When a container came to its current status.
fn current(members: &Object<'_>) -> Option<Occurred> {
    let current = Object::of_text(members.get(wire::CURRENT_STATUS)?).ok()?;
    occurred(&current, resolved(&current))
}

fn resolved(event: &Object<'_>) -> Resolved {
    said(event, LOCATION_NAME).map_or(Resolved::default(), |name| place::resolve(&name))
}

/// When a container came to its end, as written and as read. Details are newest first.
fn ended(members: &Object<'_>, details: &[(&str, Object<'_>)]) -> (String, Option<Occurred>) {
    let status = said(members, wire::TRANSIT_STATUS);
    let is_ended = |(_, event): &&(&str, Object<'_>)| said(event, wire::TRANSIT_STATUS) == status;
    let since = details.iter().take_while(is_ended).last();
    // Where all events are called so, none of them tells when it began.
    let since = since.filter(|_| !details.iter().all(|event| is_ended(&event)));
    let gate_out = || {
        let is = |event: &Object<'_>, name, value| said(event, name).as_deref() == Some(value);
        let is_last = |(_, event): &&(&str, Object<'_>)| {
            is(event, wire::EVENT_STATUS, GATE_OUT)
                && !BEFORE_THE_SEA
                    .iter()
                    .any(|at| is(event, wire::LOCATION_TYPE, at))
        };
        details.iter().find(is_last)
    };
    if let Some((_, event)) = since.or_else(gate_out) {
        let text = said(event, EVENT_TIME).unwrap_or_default();
        return (text.into_owned(), occurred(event, resolved(event)));
    }
    let text = said(members, LAST_TRACKING_TIME).unwrap_or_default();
    let of_event = last_event(members, details, resolved, current(members));
    let at = of_event.map_or_else(|| time::parse(text.trim()), |(_, at)| Some(at));
    (text.into_owned(), at)
}
