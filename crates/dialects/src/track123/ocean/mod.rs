//! Ocean cargo (track123.md §6): bookings and bills of lading as one consignment with many
//! containers, and single containers.

pub mod members;
pub mod passage;
pub mod read;
pub mod synthesis;
pub mod wire;

use super::cargo::Mode;
use super::cargo::item::kept_number;
use super::cargo::own::Known;
use super::cargo::read::said;
use super::cargo::wire::{CARRIER_CODE, CARRIER_INFO, TRACKING_NO};
use super::{NAME, carriers};
use crate::dialect::Told;
use crate::raw::Object;
use trackway_model::intake::Content;
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{Nature, StreamDef, StreamId};

/// Records of a query's answer: each restates all.
pub const QUERY: StreamDef = StreamDef {
    id: StreamId(9),
    dialect: NAME,
    name: "ocean",
    nature: Nature::History,
    rank: 10,
};

/// Records of a webhook, which restate all as well.
pub const PUSH: StreamDef = StreamDef {
    id: StreamId(10),
    dialect: NAME,
    name: "ocean_webhook",
    nature: Nature::History,
    rank: 11,
};

/// Both.
pub const STREAMS: [StreamId; 2] = [QUERY.id, PUSH.id];

/// The `type` of a container's number.
pub const CONTAINER: u8 = 3;

/// Whether an object is an ocean record.
pub fn is_record(object: &Object<'_>) -> bool {
    object.get(wire::SEARCH_STATUS).is_some() || object.get(wire::CONTAINER_INFO).is_some()
}

/// What a record tells of its number; None where it names none.
pub fn told(vocabulary: &Vocabulary, stream: StreamId, text: &str) -> Option<Told> {
    let record = Object::of_text(text).ok()?;
    let number = kept_number(Mode::Ocean, &said(&record, TRACKING_NO)?);
    let carrier = record
        .get(CARRIER_INFO)
        .and_then(|info| Object::of_text(info).ok());
    let carrier = carrier.as_ref().and_then(|info| said(info, CARRIER_CODE));
    let mut warnings = Vec::new();
    let answer = read::answer(vocabulary, stream, text, &mut warnings);
    Some(Told {
        carrier: carriers::told(carrier.as_deref()),
        number,
        content: Content::Document(answer),
        warnings,
    })
}

/// The record of a registered number: Track123's own where it told something, else in its words.
pub fn record(vocabulary: &Vocabulary, known: &Known<'_>) -> String {
    let own = known.document(&STREAMS);
    if let Some(kept) = own.filter(passage::tells) {
        return passage::record(&kept, known);
    }
    let record = synthesis::record(vocabulary, known);
    serde_json::to_string(&record).expect("strings and numbers are always JSON")
}
