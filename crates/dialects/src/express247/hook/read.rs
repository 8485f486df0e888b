//! The webhook read, whoever brought it: from a sender's bytes to what they tell of one order. Used
//! when it comes in, and again for bytes that were put aside.

use super::super::statement::{self, UPDATE};
use super::super::{CARRIER, Express247};
use crate::dialect::{Inbound, Told, Unreadable};
use crate::raw::{self, Object};
use crate::taking::unreadable;
use trackway_model::intake::Content;
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{Oddity, Strange};

/// The member that names the order: nothing can be kept without it.
const ORDER: &str = "OrderCode";
/// The member that holds the credential.
const CREDENTIAL: &str = "ApiKey";

impl Inbound for Express247 {
    fn read(&self, vocabulary: &Vocabulary, body: &[u8]) -> Result<Told, Box<Unreadable>> {
        let object = Object::parse(body).map_err(|problem| unreadable(&problem, body))?;
        read(vocabulary, &object)
    }
}

/// What an object tells.
pub fn read(vocabulary: &Vocabulary, object: &Object<'_>) -> Result<Told, Box<Unreadable>> {
    let kept = object.without(CREDENTIAL);
    let number = object.get_any_case(ORDER).and_then(raw::scalar);
    let Some(number) = number.filter(|number| !number.trim().is_empty()) else {
        let found = object
            .get_any_case(ORDER)
            .map_or_else(|| "nothing".to_owned(), crate::shape::described);
        return Err(Box::new(Unreadable {
            strange: Strange::new(Oddity::Shape, ORDER, "a text", found),
            problem: format!("{ORDER} is missing"),
            body: kept.into_bytes(),
        }));
    };
    let mut warnings = Vec::new();
    let told = statement::read(&UPDATE, vocabulary, &kept, &mut warnings);
    Ok(Told {
        carrier: CARRIER.to_owned(),
        number: number.into_owned(),
        content: Content::News(vec![told]),
        warnings,
    })
}
