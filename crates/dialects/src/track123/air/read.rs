//! An air record read: one waybill with all its pieces, whatever brought it (a query's answer or a
//! webhook). Never fails for one bad element: what can't be read is kept raw with an unknown
//! milestone, and said in a warning; a waybill whose check digit is wrong is kept likewise.
//!
//! An event speaks of as many pieces as it says, of as many as the waybill has in all: ten of sixty
//! that have left are not the consignment. `flightInfo` is what the flights are booked for; it stays
//! in the document, and no event is made of it.

use super::super::cargo::read::{certainty, count, is_shown, objects, occurred, reached, said};
use super::super::cargo::wire::{
    EVENT_DETAILS, EVENT_TIME, LAST_TRACKING_TIME, LOCATION_NAME, TRACKING_DETAILS, TRACKING_NO,
};
use super::wire;
use crate::dialect::Words;
use crate::fingerprint;
use crate::raw::Object;
use std::borrow::Cow;
use trackway_model::intake::{Answer, Part};
use trackway_model::place::{self, Resolved};
use trackway_model::statement::identity;
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{
    Certainty, Code, CodeKind, Direction, Occurred, Pieces, Place, Statement, StreamId, time,
};
use trackway_numbers::identifiers::AirWaybill;

/// Reads a record. `text` is its own bytes.
pub fn answer(
    vocabulary: &Vocabulary,
    stream: StreamId,
    text: &str,
    warnings: &mut Vec<String>,
) -> Answer {
    let statements = Object::of_text(text).map_or_else(
        |_| Vec::new(),
        |record| events(vocabulary, stream, &record, warnings),
    );
    Answer {
        stream,
        body: text.as_bytes().to_vec(),
        fingerprint: fingerprint::of(text),
        parts: vec![Part { stream, statements }],
    }
}

fn events(
    vocabulary: &Vocabulary,
    stream: StreamId,
    record: &Object<'_>,
    warnings: &mut Vec<String>,
) -> Vec<Statement> {
    let number = said(record, TRACKING_NO).unwrap_or_default();
    if let Err(problem) = AirWaybill::parse(&number) {
        warnings.push(format!("waybill {number:.20}: {problem}"));
    }
    let total = count(record, wire::PIECES).unwrap_or_default();
    let details = objects(record, TRACKING_DETAILS);
    let reached = reached(record, &details, resolved, current(record, &details));
    // Newest first.
    let oldest_first = details.iter().rev();
    oldest_first
        .map(|(text, _)| {
            let mut statement = read(vocabulary, stream, text);
            statement.certainty = certainty(statement.occurred, reached);
            let pieces = &mut statement.pieces;
            // More than there are in all: the total is the older figure.
            if pieces.count > 0 {
                pieces.total = total.max(pieces.count);
            }
            warn(vocabulary, &statement, warnings);
            statement
        })
        .collect()
}

/// When the record came to the status that it stands at: of the events of that status whose clock
/// showed the record's last time, the first one. An airport further west can show the minute of an
/// arrival that was a departure's elsewhere.
fn current(record: &Object<'_>, details: &[(&str, Object<'_>)]) -> Option<Occurred> {
    let status = said(record, wire::AVIATION_STATUS)?;
    let last = time::parse(said(record, LAST_TRACKING_TIME)?.trim())?;
    let events = details.iter().map(|(_, event)| event);
    events
        .filter(|event| said(event, wire::STATUS).is_some_and(|of| of == status))
        .filter_map(|event| occurred(event, resolved(event)))
        .filter(|at| is_shown(*at, last))
        .min_by_key(|at| at.assumed())
}

fn warn(vocabulary: &Vocabulary, statement: &Statement, warnings: &mut Vec<String>) {
    let code = &statement.code.code;
    if vocabulary.get(CodeKind::AirEvent, code, "").is_none() {
        warnings.push(format!("an event status is in no table: {code:.80}"));
    }
    if statement.occurred.is_none() {
        let text = &statement.time_text;
        warnings.push(format!("a time can't be read: {text:.40}"));
    }
}

/// Reads the bytes that are kept of an event. What only the record around it tells is left out: that
/// it lies ahead, and how many pieces there are in all.
pub fn read(vocabulary: &Vocabulary, stream: StreamId, kept: &str) -> Statement {
    let members = Object::of_text(kept).ok();
    let text = |name| members.as_ref().and_then(|members| said(members, name));
    let written = |name| text(name).unwrap_or_default();
    let resolved = members.as_ref().map_or(Resolved::default(), resolved);
    let code = written(wire::STATUS);
    let (milestone, reason) = vocabulary.read(CodeKind::AirEvent, &code, "");
    let known_by = match &members {
        None => identity(&[kept]),
        Some(_) => identity(&[
            &code,
            &written(EVENT_TIME),
            &written(wire::AIRPORT_CODE),
            &written(wire::FLIGHT_NO),
            &written(wire::PIECES),
            &written(EVENT_DETAILS),
        ]),
    };
    let pieces = members
        .as_ref()
        .and_then(|members| count(members, wire::PIECES));
    Statement {
        stream,
        milestone,
        reason,
        direction: Direction::Forward,
        certainty: Certainty::Actual,
        occurred: members
            .as_ref()
            .and_then(|members| occurred(members, resolved)),
        time_text: written(EVENT_TIME).into_owned(),
        place: text(LOCATION_NAME)
            .or_else(|| text(wire::AIRPORT_CODE))
            .map(|name| Place {
                name: name.into_owned(),
                key: resolved.key,
            }),
        pieces: Pieces {
            count: pieces.unwrap_or_default(),
            total: 0,
        },
        unit: None,
        identity: known_by,
        raw: kept.as_bytes().to_vec(),
        code: Code {
            kind: CodeKind::AirEvent,
            code: code.into_owned(),
            sub: None,
        },
    }
}

/// What people read of an event.
pub fn words(kept: &[u8]) -> Words {
    let Ok(members) = Object::parse(kept) else {
        return Words::default();
    };
    let owned = |name| said(&members, name).map(Cow::into_owned);
    Words {
        text: owned(EVENT_DETAILS),
        name: None,
        place: owned(LOCATION_NAME).or_else(|| owned(wire::AIRPORT_CODE)),
        language: None,
    }
}

/// The airport, by its code.
fn resolved(event: &Object<'_>) -> Resolved {
    let code = said(event, wire::AIRPORT_CODE);
    let airport = code.and_then(|code| place::airport(&code));
    airport.map_or(Resolved::default(), place::Known::resolved)
}
