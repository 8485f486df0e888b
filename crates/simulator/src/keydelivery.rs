//! The same parcels as an aggregator tells them: no zone, no scans of its own, and nothing of what
//! it has no word for.

use crate::journey::{Happening, Scan, Status};
use crate::{wall, world::World};
use serde::Serialize;
use trackway_model::StreamId;

/// A real-time answer.
#[derive(Debug, Serialize)]
struct Answer {
    code: u16,
    message: &'static str,
    data: Data,
}

#[derive(Debug, Serialize)]
struct Data {
    carrier_id: &'static str,
    tracking_number: String,
    order_status_code: u16,
    items: Vec<Item>,
}

#[derive(Debug, Serialize)]
struct Item {
    context: String,
    time: String,
    order_status_code: u16,
    order_status_description: &'static str,
    location: &'static str,
    area_name: String,
}

/// The aggregator's status for a happening; None where its table has no word for it.
const fn status(happening: &Happening) -> Option<(u16, &'static str)> {
    match (happening.status, happening.scan) {
        (Some(Status::Accepted | Status::PickedUp), _) | (None, Some(Scan::Entered)) => {
            Some((1, "Accepted"))
        }
        (Some(Status::InTransit), _)
        | (None, Some(Scan::Packed | Scan::Forwarding | Scan::AtOffice)) => Some((0, "In transit")),
        (Some(Status::Delivering), _) | (None, Some(Scan::Out | Scan::ToCourier)) => {
            Some((5, "Out for delivery"))
        }
        (Some(Status::Pending), _) => Some((2, "Exception")),
        (Some(Status::Returning), _) => Some((6, "Returning to sender")),
        (Some(Status::Returned), _) => Some((4, "Returned to sender")),
        (Some(Status::Delivered), _) => Some((3, "Delivered")),
        (Some(Status::Cancelled | Status::Lost | Status::Seized), _) | (None, None) => None,
    }
}

/// The aggregator's id of the carrier; ours is the same.
pub const CARRIER: &str = "247express";
/// The stream of its answers.
pub const STREAM: StreamId = trackway_dialects::keydelivery::ITEMS.id;

/// Whether the aggregator can tell of a happening: its table has no word for what ends badly.
pub const fn tells(happening: &Happening) -> bool {
    status(happening).is_some()
}

/// The document of a parcel at an instant, newest item first; None before its first item.
pub fn document(world: &World, index: u32, now: i64) -> Option<Vec<u8>> {
    let items: Vec<Item> = world
        .until(index, now)
        .iter()
        .rev()
        .filter_map(|happening| {
            let (code, description) = status(happening)?;
            Some(Item {
                context: format!("{description}: {}", happening.office.name),
                time: wall::without_zone(happening.at),
                order_status_code: code,
                order_status_description: description,
                location: happening.office.province,
                area_name: format!("VN,{}", happening.office.province),
            })
        })
        .collect();
    let data = Data {
        carrier_id: CARRIER,
        tracking_number: World::number(index),
        order_status_code: items.first()?.order_status_code,
        items,
    };
    serde_json::to_vec(&Answer {
        code: 200,
        message: "OK",
        data,
    })
    .ok()
}
