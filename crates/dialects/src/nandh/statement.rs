//! What N&H tells of a shipment, an order or a return as statements: its present status, and of an
//! answer the happenings that it gives a time of their own.
//!
//! An answer shows one status only, so that its statements are news: a later answer takes nothing back.
//! What happens once (`ONCE`) is known by its code alone, for an answer and a webhook may tell it with
//! times some seconds apart; any other status by code and time (nandh-oms.md §10: receivers know
//! repeats by status and `status_update_time`).

use super::hook::Event;
use super::{NAME, states};
use crate::dialect::Words;
use crate::raw::{self, Object};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::borrow::Cow;
use trackway_model::statement::identity;
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{
    Certainty, Code, CodeKind, Direction, Milestone, Nature, Occurred, OffsetSource, Pieces,
    Precision, Statement, StreamDef, StreamId,
};

/// A detail answer, or a row of a list.
pub const DETAILS: StreamDef = StreamDef {
    id: StreamId(13),
    dialect: NAME,
    name: "details",
    nature: Nature::News,
    rank: 14,
};

/// The eight webhooks.
pub const WEBHOOK: StreamDef = StreamDef {
    id: StreamId(14),
    dialect: NAME,
    name: "webhook",
    nature: Nature::News,
    rank: 15,
};

pub const STATUS: &str = "status";
pub const SINCE: &str = "status_update_time";
const DISPLAY: &str = "status_display";
/// A row of a list has this time only (§8, H6): no earlier than its status.
const UPDATED: &str = "updated_time";

const SECOND_US: i64 = 1_000_000;

/// What has a status that is followed, and in whose codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Shipment,
    Order,
    Return,
}

/// A happening that an answer gives a time of its own: the object and the member that hold the time,
/// and the status that it is.
type Happening = (Option<&'static str>, &'static str, &'static str);

const SHIPMENT: &[Happening] = &[
    (None, "shipped_time", "300"),
    (None, "delivered_time", "500"),
    (None, "returned_time", "800"),
];
const ORDER: &[Happening] = &[
    (Some("order_info"), "shipped_time", "500"),
    (None, "completed_time", "900"),
    (None, "returned_time", "800"),
];
const RETURN: &[Happening] = &[
    (None, "received_time", "450"),
    (None, "completed_time", "900"),
];

/// Codes of what happens once, whoever's they are. Fixed for life: others would be other ids.
const ONCE: [&str; 5] = ["300", "450", "500", "800", "900"];

impl Subject {
    pub const fn kind(self) -> CodeKind {
        match self {
            Self::Shipment => CodeKind::Event,
            Self::Order => CodeKind::Order,
            Self::Return => CodeKind::Return,
        }
    }

    /// In the tables of states.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shipment => states::SHIPMENT,
            Self::Order => states::ORDER,
            Self::Return => states::RETURN,
        }
    }

    const fn happenings(self) -> &'static [Happening] {
        match self {
            Self::Shipment => SHIPMENT,
            Self::Order => ORDER,
            Self::Return => RETURN,
        }
    }
}

/// A time of this system: Unix seconds, whole or with a fraction, as a number or as a text; 0 and null
/// are no time (§3).
pub fn seconds(value: &str) -> Option<Occurred> {
    let text = raw::scalar(value)?;
    let number = Decimal::from_str_exact(text.trim())
        .or_else(|_| Decimal::from_scientific(text.trim()))
        .ok()?;
    let wall = number
        .checked_mul(Decimal::from(SECOND_US))?
        .trunc()
        .to_i64()?;
    let precision = if wall % SECOND_US == 0 {
        Precision::Second
    } else {
        Precision::Fraction
    };
    (wall > 0).then_some(Occurred {
        wall,
        offset: 0,
        offset_source: OffsetSource::Source,
        precision,
    })
}

/// The statements of an answer about a subject, oldest first.
pub fn of_answer(
    vocabulary: &Vocabulary,
    subject: Subject,
    data: &Object<'_>,
    warnings: &mut Vec<String>,
) -> Vec<Statement> {
    let present = element(data);
    let mut warn = |warning| warnings.push(warning);
    let present = read(vocabulary, DETAILS.id, subject.kind(), &present, &mut warn);
    let mut told: Vec<Statement> = happenings(vocabulary, subject, data)
        .into_iter()
        .filter(|(code, _)| *code != present.code.code)
        .map(|(_, element)| read(vocabulary, DETAILS.id, subject.kind(), &element, &mut warn))
        .collect();
    told.push(present);
    told.sort_by_key(|statement| statement.occurred.map_or(i64::MAX, Occurred::assumed));
    told
}

/// The members of an answer that tell its present status, as written.
fn element(data: &Object<'_>) -> String {
    let has_time = data.get(SINCE).is_some();
    let members = [STATUS, if has_time { SINCE } else { UPDATED }, DISPLAY];
    let members: Vec<String> = members
        .iter()
        .filter_map(|name| Some(format!("\"{name}\":{}", data.get(name)?)))
        .collect();
    format!("{{{}}}", members.join(","))
}

/// Those that have happened, in the form of a status.
fn happenings(
    vocabulary: &Vocabulary,
    subject: Subject,
    data: &Object<'_>,
) -> Vec<(&'static str, String)> {
    let time = |(object, member, _): &Happening| match object {
        Some(object) => data.inside(object)?.get(member).map(str::to_owned),
        None => data.get(member).map(str::to_owned),
    };
    let of = |happening: &Happening| {
        let time = time(happening).filter(|time| seconds(time).is_some())?;
        let code = happening.2;
        let name = vocabulary.get(subject.kind(), code, "")?.name.as_str();
        let name = raw::quoted(name);
        Some((
            code,
            format!("{{\"{STATUS}\":{code},\"{SINCE}\":{time},\"{DISPLAY}\":{name}}}"),
        ))
    };
    subject.happenings().iter().filter_map(of).collect()
}

/// Reads an element. `warn` takes what was strange; the element itself is kept whole.
pub fn read(
    vocabulary: &Vocabulary,
    stream: StreamId,
    kind: CodeKind,
    raw: &str,
    mut warn: impl FnMut(String),
) -> Statement {
    let members = Object::of_text(raw).ok();
    let member = |name| members.as_ref().and_then(|members| members.get(name));
    let code = member(STATUS).and_then(raw::scalar).unwrap_or_default();
    let since = member(SINCE).and_then(raw::scalar);
    let time = member(SINCE).or_else(|| member(UPDATED));
    let time_text = time.and_then(raw::scalar).unwrap_or_default();
    let occurred = time.and_then(seconds);
    let (milestone, reason) = vocabulary.read(kind, &code, "");
    if milestone == Milestone::Unknown {
        warn(format!("unknown status `{code:.40}`"));
    }
    if occurred.is_none() {
        warn(format!("no readable time in `{time_text:.40}`"));
    }
    Statement {
        stream,
        milestone,
        reason,
        direction: Direction::Forward,
        certainty: Certainty::Actual,
        occurred,
        place: None,
        pieces: Pieces::default(),
        unit: None,
        identity: known_by(&code, &since.unwrap_or_default(), raw),
        raw: raw.as_bytes().to_vec(),
        time_text: time_text.into_owned(),
        code: Code {
            kind,
            code: code.into_owned(),
            sub: None,
        },
    }
}

/// An element without a status is known by all its bytes; one of a list, which has no time of its
/// status, by its code.
fn known_by(code: &str, time: &str, raw: &str) -> Vec<u8> {
    match code {
        "" => identity(&[raw]),
        code if time.is_empty() || ONCE.contains(&code) => identity(&[code]),
        code => identity(&[code, time]),
    }
}

/// The identity of a kept statement.
pub fn identity_of(raw: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(raw);
    let members = Object::of_text(&text).ok();
    let said = |name| -> Option<Cow<'_, str>> { raw::scalar(members.as_ref()?.get(name)?) };
    known_by(
        &said(STATUS).unwrap_or_default(),
        &said(SINCE).unwrap_or_default(),
        &text,
    )
}

/// What people read of an element: the label that stands in it, else the table's of a webhook.
pub fn words(vocabulary: &Vocabulary, raw: &[u8]) -> Words {
    let Ok(members) = Object::parse(raw) else {
        return Words::default();
    };
    let said = |name| members.get(name).and_then(raw::scalar);
    let of_table = || {
        let subject = Event::told(&members)?.subject()?;
        let row = vocabulary.get(subject.kind(), &said(STATUS)?, "")?;
        Some(Cow::Owned(row.name.clone()))
    };
    let name = said(DISPLAY).or_else(of_table).map(Cow::into_owned);
    Words {
        language: name.is_some().then_some("en"),
        text: name.clone(),
        name,
        place: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_in_every_spelling() {
        for (written, wall) in [
            ("1746522002", Some(1_746_522_002_000_000)),
            ("1746604422.0", Some(1_746_604_422_000_000)),
            ("1746604422.25", Some(1_746_604_422_250_000)),
            ("\"1746522002\"", Some(1_746_522_002_000_000)),
            ("1.746522002e9", Some(1_746_522_002_000_000)),
            ("0", None),
            ("0.0", None),
            ("null", None),
            ("\"\"", None),
            ("\"soon\"", None),
            ("-1", None),
            ("99999999999999999999999999", None),
            ("[]", None),
        ] {
            assert_eq!(seconds(written).map(|it| it.wall), wall, "{written}");
        }
    }
}
