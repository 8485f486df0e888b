//! A webhook read, whoever brought it: from a sender's bytes to what they tell of one parcel. Used when
//! it comes in, and again for bytes that were put aside. Its tracking is the parcel's full history: it
//! is read as a document.

use super::super::own::said;
use super::super::{Track123, WEBHOOK, call, cargo, tracking, wire};
use crate::desk::UNDETECTED;
use crate::dialect::{Inbound, Told, Unreadable};
use crate::raw::Object;
use crate::taking::unreadable;
use trackway_model::intake::Content;
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{Oddity, Strange};

impl Inbound for Track123 {
    fn read(&self, vocabulary: &Vocabulary, body: &[u8]) -> Result<Told, Box<Unreadable>> {
        let object = Object::parse(body).map_err(|problem| unreadable(&problem, body))?;
        read(vocabulary, &object)
    }
}

/// What an object tells.
pub fn read(vocabulary: &Vocabulary, webhook: &Object<'_>) -> Result<Told, Box<Unreadable>> {
    let lacks = |member: &str, problem: &str| {
        let found = webhook
            .get(member)
            .map_or_else(|| "nothing".to_owned(), crate::shape::described);
        Box::new(Unreadable {
            strange: Strange::new(Oddity::Shape, member, "an object", found),
            problem: problem.to_owned(),
            body: webhook.without(wire::VERIFY).into_bytes(),
        })
    };
    if is_storefront(webhook) {
        let problem = "this is the storefront app's webhook: set the address up for the API's";
        return Err(lacks(wire::DATA, problem));
    }
    let object = webhook.inside(wire::DATA);
    let object = object.ok_or_else(|| lacks(wire::DATA, "data is no object"))?;
    if let Some(told) = cargo::heard(vocabulary, object.text(), &object) {
        return told.map_err(|problem| lacks(wire::DATA, problem));
    }
    let number = said(&object, wire::TRACK_NO);
    let number = number.ok_or_else(|| lacks(wire::DATA, "data names no trackNo"))?;
    let mut warnings = Vec::new();
    let answer = tracking::answer(vocabulary, WEBHOOK.id, &object, &mut warnings);
    Ok(Told {
        carrier: call::courier(&object).unwrap_or_else(|| UNDETECTED.to_owned()),
        number: number.trim().to_owned(),
        content: Content::Document(answer),
        warnings,
    })
}

/// The flat body of another product (§8.5).
fn is_storefront(webhook: &Object<'_>) -> bool {
    webhook.get(wire::DATA).is_none() && webhook.get("trackingNumber").is_some()
}
