//! An item of an answer: one event, read into a statement. Never fails: what can't be read is kept
//! raw with an unknown milestone, and said in a warning.
//!
//! The vendor's quirks: absent texts come as JSON `null` and as the string `"null"`; a code comes as
//! a number or as a string, from either level of the table or from the older page's; a description may
//! come without a code. Answers write codes as numbers, pushes as strings (§6, §8).

use super::{older, wire};
use crate::dialect::Words;
use crate::raw::{Object, quoted, scalar};
use rust_decimal::Decimal;
use std::borrow::Cow;
use trackway_model::statement::identity;
use trackway_model::vocabulary::{Row, Vocabulary};
use trackway_model::{
    Certainty, Code, CodeKind, Direction, Milestone, Pieces, Place, Reason, Statement, StreamId,
    time,
};

/// The kind of every code here.
pub const KIND: CodeKind = CodeKind::Shipment;

/// A string's text; None of any other value.
pub fn string(value: &str) -> Option<Cow<'_, str>> {
    value
        .starts_with('"')
        .then(|| scalar(value).unwrap_or_default())
}

/// A text that says something: not absent, not blank, not `"null"`.
pub fn said(value: Option<&str>) -> Option<Cow<'_, str>> {
    value
        .and_then(string)
        .filter(|text| !matches!(text.trim(), "" | "null"))
}

/// A code, written as a number or as a string; a number by its value, so that 3.0 is 3.
pub fn code(value: &str) -> Option<String> {
    if value.starts_with('"') {
        return said(Some(value)).map(|text| text.trim().to_owned());
    }
    let written = scalar(value)?;
    let number = Decimal::from_str_exact(&written).or_else(|_| Decimal::from_scientific(&written));
    Some(number.map_or_else(
        |_| written.into_owned(),
        |number| number.normalize().to_string(),
    ))
}

/// How an item's code is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// In a real-time answer.
    Number,
    /// In a push.
    Text,
}

/// The texts that a push's item always has with `area_show` 1 (§8), and an answer's need not.
const TEXTS_OF_PUSHES: [&str; 4] = [
    wire::STATUS_CODE,
    wire::STATUS_DESCRIPTION,
    wire::AREA_NAME,
    wire::LOCATION,
];

/// An item with its code written so; every other byte stays, and so does a code that can't be. What a
/// push has to say and an answer left out is empty.
pub fn spelt(raw: &str, spelling: Spelling) -> Cow<'_, str> {
    let Ok(members) = Object::of_text(raw) else {
        return Cow::Borrowed(raw);
    };
    let code = members.get(wire::STATUS_CODE);
    let code = code.and_then(|value| respelt(value, spelling));
    let mut changes: Vec<_> = code
        .map(|code| (wire::STATUS_CODE, code))
        .into_iter()
        .collect();
    if spelling == Spelling::Text {
        let unsaid = |name: &&str| members.get(name).is_none_or(|value| value == "null");
        let unsaid = TEXTS_OF_PUSHES.into_iter().filter(unsaid);
        changes.extend(unsaid.map(|name| (name, quoted(""))));
    }
    if changes.is_empty() {
        Cow::Borrowed(raw)
    } else {
        Cow::Owned(members.with(&changes))
    }
}

/// A code in the other way of writing; None where it is written so already, or can't be.
pub fn respelt(value: &str, spelling: Spelling) -> Option<String> {
    let is_text = value.starts_with('"');
    match spelling {
        Spelling::Number if is_text => code(value).filter(|code| is_number(code)),
        Spelling::Text
            if value.starts_with(|first: char| first == '-' || first.is_ascii_digit()) =>
        {
            code(value).map(|code| quoted(&code))
        }
        Spelling::Number | Spelling::Text => None,
    }
}

/// Digits that stand as a JSON number.
fn is_number(code: &str) -> bool {
    code.parse::<u32>()
        .is_ok_and(|number| number.to_string() == code)
}

/// Whether a kept statement is a whole push, which had no items.
pub fn is_push(raw: &str) -> bool {
    let is_push = |members: Object<'_>| {
        members.get(wire::TRACKING_NUMBER).is_some() && members.get(wire::CONTEXT).is_none()
    };
    Object::of_text(raw).is_ok_and(is_push)
}

/// Reads a push that has no items: all that it tells is the parcel's status, without a time.
pub fn of_bare_push(vocabulary: &Vocabulary, stream: StreamId, raw: &str) -> Statement {
    Statement {
        identity: bare_identity(raw),
        ..statement(vocabulary, stream, raw, |_| {})
    }
}

/// What a push without items is known by: its status and its words.
fn bare_identity(raw: &str) -> Vec<u8> {
    let members = Object::of_text(raw).ok();
    let written = |name| {
        let member = members.as_ref().and_then(|members| members.get(name));
        member.map_or(Cow::Borrowed(""), as_written)
    };
    identity(&[
        &written(wire::STATUS_CODE),
        &written(wire::EVENT),
        &written(wire::MESSAGE),
    ])
}

/// The identity of a kept statement.
pub fn identity_of(vocabulary: &Vocabulary, stream: StreamId, raw: &str) -> Vec<u8> {
    if is_push(raw) {
        bare_identity(raw)
    } else {
        statement(vocabulary, stream, raw, |_| {}).identity
    }
}

/// Reads an item. `warn` takes what was strange.
pub fn statement(
    vocabulary: &Vocabulary,
    stream: StreamId,
    raw: &str,
    mut warn: impl FnMut(String),
) -> Statement {
    let members = Object::of_text(raw).ok();
    if members.is_none() {
        warn("an item is no object".to_owned());
    }
    let member = |name| members.as_ref().and_then(|members| members.get(name));
    let written = |name| member(name).map_or(Cow::Borrowed(""), as_written);
    let (context, time_text) = (written(wire::CONTEXT), written(wire::TIME));
    let occurred = time::parse(time_text.trim());
    if members.is_some() && occurred.is_none() {
        warn(format!("a time can't be read: {time_text:.40}"));
    }
    let code = code_told(
        vocabulary,
        member(wire::STATUS_CODE),
        member(wire::STATUS_DESCRIPTION),
    );
    let (milestone, reason) = meaning(vocabulary, &code);
    if milestone == Milestone::Unknown && !code.code.is_empty() {
        warn(format!("a status is in no table: {:.80}", code.code));
    }
    // Something that is no item at all has no members to be known by.
    let known_by = match &members {
        Some(_) => identity(&[&time_text, &context]),
        None => identity(&[raw]),
    };
    Statement {
        stream,
        code,
        milestone,
        reason,
        // Items name no direction.
        direction: Direction::Forward,
        certainty: Certainty::Actual,
        occurred,
        time_text: time_text.into_owned(),
        place: place(member(wire::LOCATION), member(wire::AREA_NAME)).map(|name| Place {
            name: name.into_owned(),
            key: 0,
        }),
        pieces: Pieces::default(),
        unit: None,
        identity: known_by,
        raw: raw.as_bytes().to_vec(),
    }
}

/// What a code means under a table.
pub fn meaning(vocabulary: &Vocabulary, code: &Code) -> (Milestone, Reason) {
    vocabulary.read(KIND, &code.code, code.sub.as_deref().unwrap_or_default())
}

/// The code of a kept item, placed by a table; None of what is no item.
pub fn told_anew(vocabulary: &Vocabulary, raw: &[u8]) -> Option<Code> {
    let members = Object::parse(raw).ok()?;
    Some(code_told(
        vocabulary,
        members.get(wire::STATUS_CODE),
        members.get(wire::STATUS_DESCRIPTION),
    ))
}

/// What people read of an item, or of a push that has none.
pub fn words(raw: &[u8]) -> Words {
    let Ok(members) = Object::parse(raw) else {
        return Words::default();
    };
    let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
    Words {
        text: owned(said(members.get(wire::CONTEXT)).or_else(|| said(members.get(wire::MESSAGE)))),
        name: owned(said(members.get(wire::STATUS_DESCRIPTION))),
        place: owned(place(
            members.get(wire::LOCATION),
            members.get(wire::AREA_NAME),
        )),
        language: None,
    }
}

/// The finer of the two places that an item can name.
fn place<'a>(location: Option<&'a str>, area_name: Option<&'a str>) -> Option<Cow<'a, str>> {
    said(location).or_else(|| said(area_name))
}

/// A string's text, nothing for null; of anything else its JSON.
fn as_written(value: &str) -> Cow<'_, str> {
    scalar(value).unwrap_or_default()
}

/// The code that an item tells: its number, or where it has none the one whose name it tells, if
/// only one has that name.
fn code_told(vocabulary: &Vocabulary, number: Option<&str>, name: Option<&str>) -> Code {
    let plain = |code: String| Code {
        kind: KIND,
        code,
        sub: None,
    };
    if let Some(code) = number.and_then(code) {
        return placed(vocabulary, &code).map_or_else(|| plain(code), code_of);
    }
    let name = said(name).unwrap_or_default();
    named(vocabulary, &name).map_or_else(|| plain(name.to_string()), code_of)
}

/// The row of a number that is of either level, or of the older page: of 14's two rows the top-level
/// one.
fn placed<'v>(vocabulary: &'v Vocabulary, code: &str) -> Option<&'v Row> {
    let folded = || {
        let today = older::today(code)?;
        vocabulary.get(KIND, &today.status, &today.substatus)
    };
    vocabulary
        .get(KIND, code, "")
        .or_else(folded)
        .or_else(|| vocabulary.of_kind(KIND).find(|row| row.sub == code))
}

/// The only row of a name: top-level names are looked at first, for they are what travels.
fn named<'v>(vocabulary: &'v Vocabulary, name: &str) -> Option<&'v Row> {
    let only = |top: bool| {
        let mut rows = vocabulary
            .of_kind(KIND)
            .filter(move |row| row.sub.is_empty() == top && row.name == name);
        rows.next().filter(|_| rows.next().is_none())
    };
    only(true).or_else(|| only(false))
}

fn code_of(row: &Row) -> Code {
    let sub = (!row.sub.is_empty()).then(|| row.sub.clone());
    Code {
        kind: row.kind,
        code: row.code.clone(),
        sub,
    }
}
