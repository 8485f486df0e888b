//! What a webhook tells: the tracking of a parcel as a query tells it, its id a bare number, or the record
//! of an ocean or air cargo (track123.md §8.3).

use super::super::cargo::{self, Mode};
use super::super::told::{self, Own};
use super::super::{VOCABULARY, synthesis, wire};
use crate::dialect::{Message, TEST_NUMBER};
use crate::raw::quoted;

/// `data` of a message.
pub fn tracking(message: &Message<'_>) -> String {
    match Mode::of(message) {
        None => told::tracking(Some(message.view), &Own::told(message), message.now),
        Some(mode) => cargo::own::pushed(mode, &VOCABULARY, message),
    }
}

/// `data` of a test: about a parcel that nobody has.
pub fn test(now: i64) -> String {
    let created = super::super::clock::text(now);
    synthesis::object(&[
        (wire::ID, "0".to_owned()),
        (wire::TRACK_NO, quoted(TEST_NUMBER)),
        (wire::CREATE_TIME, quoted(&created)),
        (wire::TRANSIT_STATUS, quoted("INIT")),
        (wire::TRANSIT_SUB_STATUS, "null".to_owned()),
    ])
}
