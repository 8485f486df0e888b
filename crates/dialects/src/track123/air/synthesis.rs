//! A shipment that other sources told of, as an air record. What Track123 itself said of an event
//! leaves as it came. Airports, flights and weights are told where its own events tell them: of other
//! sources' places only the names are known.

use super::super::cargo::own::Known;
use super::super::cargo::told::{Telling, listed};
use super::super::cargo::{self, read};
use super::STREAMS;
use super::wire::{self, Detail, Record};
use crate::raw::Object;
use serde_json::value::RawValue;
use std::borrow::Cow;
use trackway_model::fold::Journey;
use trackway_model::view::ShipmentView;
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{Certainty, CodeKind, Milestone, Standing};

/// The record.
pub fn record<'a>(vocabulary: &Vocabulary, known: &Known<'a>) -> Record<'a> {
    let events = known
        .view
        .map_or_else(Vec::new, |view| listed(view.journey()));
    let details: Vec<(Certainty, Detail)> = events
        .iter()
        .filter_map(|event| {
            let telling = Telling::of(known.view?, event);
            Some((event.certainty, detail(vocabulary, &telling)))
        })
        .collect();
    let happened = || details.iter().filter(|(it, _)| *it == Certainty::Actual);
    let airport = |detail: Option<&(Certainty, Detail)>| detail?.1.airport_code.clone();
    Record {
        order_no: known.own.is_cargo().then_some(&*known.own.order_no),
        tracking_no: known.number,
        create_time: known.created.map(str::to_owned),
        customer_email: known.own.customer_email.as_deref(),
        aviation_status: aviation_status(vocabulary, known.view, known.standing),
        origin: airport(details.last()),
        destination: None,
        pieces: known.view.and_then(|view| pieces(view.journey())),
        weight: None,
        weight_unit: None,
        last_tracking_time: happened()
            .next()
            .and_then(|(_, detail)| detail.event_time.clone()),
        carrier_info: cargo::carrier_info(known.carrier),
        flight_info: Vec::new(),
        tracking_details: details.into_iter().map(|(_, detail)| detail).collect(),
    }
}

/// How many pieces there are, as told last.
fn pieces(journey: &Journey) -> Option<u16> {
    let mut totals = journey
        .events
        .iter()
        .rev()
        .map(|(event, _)| event.pieces.total);
    totals.find(|total| *total > 0)
}

fn detail(vocabulary: &Vocabulary, telling: &Telling<'_>) -> Detail {
    let own = telling.own(&STREAMS);
    let text = own.and_then(|told| std::str::from_utf8(told.raw.as_deref()?).ok());
    let members = text.and_then(|text| Object::of_text(text).ok());
    let said = |name| read::said(members.as_ref()?, name).map(Cow::into_owned);
    let number = |name| {
        let value = members.as_ref()?.get(name)?;
        serde_json::from_str::<f64>(value).ok()?;
        RawValue::from_string(value.to_owned()).ok()
    };
    let (event_details, location_name) = telling.words();
    let pieces = telling.event.pieces.count;
    Detail {
        status: own.map_or_else(
            || code(vocabulary, CodeKind::AirEvent, telling.event.milestone),
            |told| told.code.code.clone(),
        ),
        event_details,
        event_time: telling.local(),
        event_time_utc: telling.utc(),
        location_name,
        airport_code: said(wire::AIRPORT_CODE),
        flight_no: said(wire::FLIGHT_NO),
        pieces: (pieces > 0).then_some(pieces),
        weight: number(wire::WEIGHT),
    }
}

fn code(vocabulary: &Vocabulary, kind: CodeKind, milestone: Milestone) -> String {
    let row = vocabulary.tell(kind, milestone).0;
    row.map_or_else(String::new, |row| row.code.clone())
}

/// The status of what happened last to the whole consignment, or how the registration stands.
fn aviation_status(
    vocabulary: &Vocabulary,
    view: Option<&ShipmentView>,
    standing: Standing,
) -> String {
    let kind = CodeKind::AirShipment;
    let of_standing = |standing| {
        let row = vocabulary.tell_standing(kind, standing);
        row.map_or_else(String::new, |row| row.code.clone())
    };
    let milestone = view.map_or(Milestone::Unknown, |view| view.state().milestone);
    let told = code(vocabulary, kind, milestone);
    match standing {
        Standing::Expired => of_standing(standing),
        _ if !told.is_empty() => told,
        Standing::Pending => of_standing(standing),
        // Something is known of it, but nothing that moves the whole: it was found.
        _ if view.is_some_and(|view| view.state().events > 0) => {
            code(vocabulary, kind, Milestone::Booked)
        }
        _ => of_standing(Standing::NoRecord),
    }
}
