//! Ocean and air called by us (track123.md §§6, 7): a connection with the setting `cargo=ocean` or
//! `cargo=air` asks about cargo; without it, about parcels.
//!
//! Waybills are asked about by the hundred. Of an ocean number a query wants the order number that its
//! registration answered, which nobody keeps here: its connection registers numbers, and Track123's
//! webhooks tell of them.

use super::super::{air, carriers, ocean};
use super::item::{kept_number, waybill};
use super::read::said;
use super::{Mode, wire};
use crate::desk::{Settings, UNDETECTED};
use crate::dialect::{CallError, Parcel, Parsed};
use crate::raw::{Object, elements};
use serde_json::{Value, json};
use trackway_model::intake::number_key;
use trackway_model::vocabulary::Vocabulary;
use trackway_numbers::identifiers::{Container, IdentifierError};

/// The setting that says what a connection asks about, and its values.
pub const CARGO: &str = "cargo";
/// Of ocean numbers that are no container's: `1` bookings, `2` bills of lading.
pub const OCEAN_TYPE: &str = "ocean_type";
const BOOKING: u8 = 1;
const BILL: u8 = 2;

/// What a connection asks about; None: parcels.
pub fn mode(settings: &Settings) -> Result<Option<Mode>, CallError> {
    match settings.get(CARGO).map_or("parcel", String::as_str) {
        "" | "parcel" => Ok(None),
        "ocean" => Ok(Some(Mode::Ocean)),
        "air" => Ok(Some(Mode::Air)),
        _ => Err(CallError::Refused {
            code: CARGO.to_owned(),
            text: "the connection's `cargo` must be parcel, ocean or air".to_owned(),
        }),
    }
}

/// A query about parcels of a mode: path and body.
pub fn query(mode: Mode, parcels: &[Parcel<'_>]) -> Result<(&'static str, Value), CallError> {
    match mode {
        Mode::Air => {
            let items: Vec<Value> = parcels.iter().map(named).collect();
            Ok(("aviation/track/query", Value::from(items)))
        }
        Mode::Ocean => Err(CallError::Nothing {
            code: CARGO.to_owned(),
            text: "ocean numbers are registered, and told of by webhook".to_owned(),
        }),
    }
}

/// The registration of parcels of a mode: path and body.
pub fn import(mode: Mode, settings: &Settings, parcels: &[Parcel<'_>]) -> (&'static str, Value) {
    let usual = match settings.get(OCEAN_TYPE).map(String::as_str) {
        Some("1") => BOOKING,
        Some(_) | None => BILL,
    };
    let item = |parcel: &Parcel<'_>| {
        let mut item = named(parcel);
        if mode == Mode::Ocean {
            let is_container = matches!(
                Container::parse(parcel.number),
                Ok(_) | Err(IdentifierError::CheckDigit { .. })
            );
            let kind = if is_container {
                ocean::CONTAINER
            } else {
                usual
            };
            item[ocean::wire::TYPE] = kind.into();
        }
        item
    };
    let path = match mode {
        Mode::Ocean => "ocean/track/import",
        Mode::Air => "aviation/track/import",
    };
    (path, parcels.iter().map(item).collect())
}

/// How a number is named to them.
fn named(parcel: &Parcel<'_>) -> Value {
    let number = parcel.number;
    match carriers::code_of(parcel.carrier).filter(|_| parcel.carrier != UNDETECTED) {
        Some(code) => json!({ wire::TRACKING_NO: number, wire::CARRIER_CODE: code }),
        None => json!({ wire::TRACKING_NO: number }),
    }
}

/// Whether an item of an answer is about this number.
pub fn names(item: &Object<'_>, parcel: &Parcel<'_>) -> bool {
    said(item, wire::TRACKING_NO).is_some_and(|number| {
        let waybill = waybill(&number);
        number_key(&number) == number_key(parcel.number)
            || (waybill.is_some()
                && kept_number(Mode::Air, &number) == kept_number(Mode::Air, parcel.number))
    })
}

/// The records of an answer about cargo, which is a list; None where the answer is about parcels.
pub fn accepted<'a>(data: &Object<'a>) -> Option<Vec<(&'a str, Object<'a>)>> {
    let list = data.get(super::super::wire::ACCEPTED).and_then(elements)?;
    let read = |text| Some((text, Object::of_text(text).ok()?));
    Some(list.into_iter().filter_map(read).collect())
}

/// What a record tells of a number.
pub fn parsed(vocabulary: &Vocabulary, text: &str, record: &Object<'_>) -> Parsed {
    let mut warnings = Vec::new();
    let answer = if ocean::is_record(record) {
        ocean::read::answer(vocabulary, ocean::QUERY.id, text, &mut warnings)
    } else {
        air::read::answer(vocabulary, air::QUERY.id, text, &mut warnings)
    };
    Parsed { answer, warnings }
}
