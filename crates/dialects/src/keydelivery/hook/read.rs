//! The push read, whoever brought it: from a sender's bytes to what they tell of one parcel. Used when
//! it comes in, and again for bytes that were put aside. Its items are the parcel's full history, not a
//! part of it (§8): it is read as a document, so that nothing is counted twice.

use super::super::{KeyDelivery, PUSH, carriers, item, wire};
use crate::dialect::{Inbound, Told, Unreadable};
use crate::fingerprint;
use crate::raw::{self, Object};
use crate::taking::unreadable;
use trackway_model::intake::{Answer, Content, Part};
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{Oddity, Statement, Strange};

impl Inbound for KeyDelivery {
    fn read(&self, vocabulary: &Vocabulary, body: &[u8]) -> Result<Told, Box<Unreadable>> {
        let object = Object::parse(body).map_err(|problem| unreadable(&problem, body))?;
        read(vocabulary, &object, body)
    }
}

/// What an object tells.
pub fn read(
    vocabulary: &Vocabulary,
    push: &Object<'_>,
    body: &[u8],
) -> Result<Told, Box<Unreadable>> {
    let named = |name| {
        item::said(push.get(name)).ok_or_else(|| Box::new(lacks(push, name, "a text", body)))
    };
    let number = named(wire::TRACKING_NUMBER)?;
    let code = named(wire::CARRIER_ID)?;
    let mut warnings = Vec::new();
    let content = content(vocabulary, push, body, &mut warnings)?;
    Ok(Told {
        carrier: carriers::told(code.trim()),
        number: number.into_owned(),
        content,
        warnings,
    })
}

fn content(
    vocabulary: &Vocabulary,
    push: &Object<'_>,
    body: &[u8],
    warnings: &mut Vec<String>,
) -> Result<Content, Box<Unreadable>> {
    let items = match push.get(wire::ITEMS).filter(|items| *items != "null") {
        None => Vec::new(),
        Some(items) => raw::elements(items)
            .ok_or_else(|| Box::new(lacks(push, wire::ITEMS, "a list", body)))?,
    };
    if items.is_empty() {
        return Ok(Content::News(bare(vocabulary, push, body, warnings)));
    }
    // The newest stands first.
    let statements: Vec<Statement> = items
        .into_iter()
        .rev()
        .map(|raw| item::statement(vocabulary, PUSH.id, raw, |warning| warnings.push(warning)))
        .collect();
    Ok(Content::Document(Answer {
        stream: PUSH.id,
        body: body.to_vec(),
        fingerprint: fingerprint::of_members(push, moves),
        parts: vec![Part {
            stream: PUSH.id,
            statements,
        }],
    }))
}

/// A push without items tells the parcel's status at most; an `expired` one nothing of the parcel.
fn bare(
    vocabulary: &Vocabulary,
    push: &Object<'_>,
    body: &[u8],
    warnings: &mut Vec<String>,
) -> Vec<Statement> {
    let event = item::said(push.get(wire::EVENT)).unwrap_or_default();
    let has_status = push.get(wire::STATUS_CODE).and_then(item::code).is_some();
    if event == EXPIRED || !has_status {
        let words = item::said(push.get(wire::MESSAGE)).unwrap_or_default();
        warnings.push(format!("a push without a status: {event:.40}: {words:.80}"));
        return Vec::new();
    }
    let raw = String::from_utf8_lossy(body);
    let raw = raw.strip_prefix('\u{feff}').unwrap_or(&raw);
    vec![item::of_bare_push(vocabulary, PUSH.id, raw)]
}

/// The event that says that the vendor follows a number no more.
const EXPIRED: &str = "expired";

/// Event and message may be worded anew for a repeat.
fn moves(name: &str) -> bool {
    matches!(name, wire::EVENT | wire::MESSAGE)
}

fn lacks(push: &Object<'_>, member: &str, wanted: &'static str, body: &[u8]) -> Unreadable {
    let found = push
        .get(member)
        .map_or_else(|| "nothing".to_owned(), crate::shape::described);
    Unreadable {
        strange: Strange::new(Oddity::Shape, member, wanted, found),
        problem: format!("{member} is missing or not valid"),
        body: body.to_vec(),
    }
}
