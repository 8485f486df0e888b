//! The same parcels as an aggregator tells them: no zone, no scans of its own, steps that the
//! carrier does not tell, and nothing of what it has no word for.

use crate::seen::{Kept, Seen};
use crate::{wall, words};
use serde::Serialize;
use trackway_dialects::keydelivery::RESPONSES;
use trackway_model::StreamId;

/// The dialect's name in the registry.
pub const NAME: &str = trackway_dialects::keydelivery::NAME;
/// The aggregator's id of the carrier; ours is the same.
pub const CARRIER: &str = "247express";
/// The stream of its answers.
pub const STREAM: StreamId = trackway_dialects::keydelivery::ITEMS.id;

/// A real-time answer.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    code: u16,
    message: &'static str,
    data: Data<'a>,
}

#[derive(Debug, Serialize)]
struct Data<'a> {
    carrier_id: &'a str,
    tracking_number: &'a str,
    order_status_code: u16,
    items: Vec<Item>,
}

#[derive(Clone, Debug, Serialize)]
struct Item {
    context: String,
    time: String,
    order_status_code: u16,
    order_status_description: &'static str,
    location: &'static str,
    area_name: String,
}

/// A code as a number.
fn number(code: &str) -> u16 {
    code.parse().unwrap_or_default()
}

/// The document of a parcel, newest item first; None before its first item.
pub fn document(seen: &Seen<'_>) -> Option<Vec<u8>> {
    let told = || {
        let told = seen.journey.iter().enumerate();
        told.filter_map(|(nth, happening)| Some((nth, happening, happening.aggregated?)))
    };
    let (.., newest) = told().next_back()?;
    let items = told().map(|(nth, happening, code)| Item {
        context: format!(
            "{}: {}",
            words::context(code, seen.vietnamese(nth)),
            happening.office.name
        ),
        time: if seen.manner.minutes {
            wall::to_the_minute(happening.at)
        } else {
            wall::without_zone(happening.at)
        },
        order_status_code: number(code),
        order_status_description: words::aggregated(code),
        location: happening.office.province,
        area_name: format!("VN,{}", happening.office.province),
    });
    let mut items = seen.listed("items", items.collect());
    items.reverse();
    let data = Data {
        carrier_id: seen.carrier,
        tracking_number: seen.number,
        order_status_code: match seen.kept {
            Kept::All | Kept::Newest => number(words::top(newest)),
            Kept::Nothing => 0,
        },
        items,
    };
    serde_json::to_vec(&Answer {
        code: 200,
        message: "OK",
        data,
    })
    .ok()
}

/// An envelope without `data`.
pub fn failure(code: u32) -> Vec<u8> {
    let row = RESPONSES.iter().find(|row| row.number == code);
    let message = row.map_or("", |row| row.message);
    serde_json::json!({ "code": code, "message": message })
        .to_string()
        .into_bytes()
}

/// An answer of another shape than documented.
pub const WRONG_SHAPE: &str = r#"{"code":"200","message":7,"data":[{"items":"none"}]}"#;
