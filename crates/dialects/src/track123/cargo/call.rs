//! Ocean and air called by us (track123.md §§6, 7): a connection with the setting `cargo=ocean` or
//! `cargo=air` asks about cargo; without it, about parcels.
//!
//! Both are asked about by the hundred. Of an ocean number a query wants the order number that its
//! registration answered: that is what the upstream gave for it (`Parcel::given`), so such a number is
//! registered first, and one that somebody else registered is told of by webhook only.

use super::super::{carriers, ocean};
use super::item::{kept_number, waybill};
use super::own::Own;
use super::read::said;
use super::{Mode, wire};
use crate::desk::{Settings, UNDETECTED};
use crate::dialect::{CallError, Errand, Parcel, Parsed};
use crate::raw::{self, Object};
use serde_json::{Map, Value, json};
use trackway_model::intake::number_key;
use trackway_model::vocabulary::Vocabulary;
use trackway_numbers::identifiers::{Container, IdentifierError};

/// The setting that says what a connection asks about, and its values.
pub const CARGO: &str = "cargo";
/// Of ocean numbers that are no container's: `1` bookings, `2` bills of lading.
pub const OCEAN_TYPE: &str = "ocean_type";
const BOOKING: u8 = 1;
const BILL: u8 = 2;
/// In the place of an order number where a connection is tried out with a number that nobody has.
const NO_ORDER: &str = "0";

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
pub fn query(mode: Mode, settings: &Settings, parcels: &[Parcel<'_>]) -> (String, Value) {
    let item = |parcel: &Parcel<'_>| match mode {
        Mode::Air => named(parcel),
        Mode::Ocean => by_order(settings, parcel),
    };
    (path(mode, "query"), parcels.iter().map(item).collect())
}

/// The registration of parcels of a mode: path and body.
pub fn import(mode: Mode, settings: &Settings, parcels: &[Parcel<'_>]) -> (String, Value) {
    let item = |parcel: &Parcel<'_>| {
        let mut item = named(parcel);
        if mode == Mode::Ocean {
            item[ocean::wire::TYPE] = kind_of(settings, parcel).into();
        }
        item
    };
    (path(mode, "import"), parcels.iter().map(item).collect())
}

/// What is to be told of a number that was registered: path and body; None where this mode has no
/// such call.
pub fn errand(
    mode: Mode,
    settings: &Settings,
    errand: Errand<'_>,
    parcel: &Parcel<'_>,
) -> Option<(String, Value)> {
    let item = || match mode {
        Mode::Ocean => by_order(settings, parcel),
        Mode::Air => {
            let mut item = named(parcel);
            if let Some(order_no) = order_no(parcel) {
                item[wire::ORDER_NO] = order_no.into();
            }
            item
        }
    };
    match errand {
        // Only an e-mail address could be other, and that stays with us.
        Errand::Edited => None,
        Errand::Refreshed => Some((path(mode, "refresh"), item())),
        Errand::Ended => Some((path(mode, "delete"), Value::from(vec![item()]))),
        Errand::Moved { .. } => {
            let code = carriers::code_of(parcel.carrier)?;
            let mut detail = item();
            if let Some(members) = detail.as_object_mut() {
                members.remove(wire::CARRIER_CODE);
            }
            let body = json!({ wire::CARRIER_CODE: code, "details": [detail] });
            Some((path(mode, "update-carrier"), body))
        }
    }
}

/// What a registration's answer gave for a number.
pub fn given(accepted: &Object<'_>) -> Value {
    let mut given = Map::new();
    for name in [wire::ORDER_NO, ocean::wire::TYPE] {
        if let Some(text) = said(accepted, name) {
            given.insert(name.to_owned(), text.into_owned().into());
        }
    }
    if given.is_empty() {
        return Value::Null;
    }
    Value::Object(given)
}

fn path(mode: Mode, call: &str) -> String {
    let of_mode = match mode {
        Mode::Ocean => "ocean",
        Mode::Air => "aviation",
    };
    format!("{of_mode}/track/{call}")
}

fn order_no<'a>(parcel: &Parcel<'a>) -> Option<&'a str> {
    parcel.given?.get(wire::ORDER_NO)?.as_str()
}

/// How an ocean number is named once it is registered.
fn by_order(settings: &Settings, parcel: &Parcel<'_>) -> Value {
    json!({
        wire::ORDER_NO: order_no(parcel).unwrap_or(NO_ORDER),
        wire::TRACKING_NO: parcel.number,
        ocean::wire::TYPE: kind_of(settings, parcel),
    })
}

/// An ocean number's type: as it was registered there, else as our client registered it, else by its
/// look, else as the connection says.
fn kind_of(settings: &Settings, parcel: &Parcel<'_>) -> u8 {
    let there = || parcel.given?.get(ocean::wire::TYPE)?.as_str()?.parse().ok();
    let here = || {
        let own = Own::of(parcel.registered?);
        (own.r#type > 0).then_some(own.r#type)
    };
    let by_look = || {
        let parsed = Container::parse(parcel.number);
        let is_container = matches!(parsed, Ok(_) | Err(IdentifierError::CheckDigit { .. }));
        is_container.then_some(ocean::CONTAINER)
    };
    there().or_else(here).or_else(by_look).unwrap_or_else(|| {
        match settings.get(OCEAN_TYPE).map(String::as_str) {
            Some("1") => BOOKING,
            Some(_) | None => BILL,
        }
    })
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
pub fn accepted<'a>(data: &Object<'a>) -> Option<Vec<Object<'a>>> {
    let list = data.list(super::super::wire::ACCEPTED)?;
    Some(list.iter().filter_map(raw::Value::object).collect())
}

/// What a record tells of a number.
pub fn parsed(vocabulary: &Vocabulary, record: &Object<'_>) -> Parsed {
    let text = record.text();
    let mut warnings = Vec::new();
    let mode = Mode::of_record(record).unwrap_or(Mode::Air);
    let answer = mode.answer(vocabulary, mode.query().id, text, &mut warnings);
    Parsed { answer, warnings }
}
