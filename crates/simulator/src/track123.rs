//! The same parcels as a second aggregator tells them, in its own words: with the zone, rounded to
//! the nearest minute where it has them from the carrier's page, some hours behind, without the scans
//! that it thinks nobody wants; of places it knows the provinces.

use crate::journey::{Happening, MINUTE, Scan, Status};
use crate::seen::{Kept, Seen};
use crate::{wall, words};
use serde_json::{Value, json};
use trackway_dialects::track123::{AIR, OCEAN, TRACKINGS};
use trackway_model::StreamId;
use trackway_numbers::catalog;

/// The dialect's name in the registry.
pub const NAME: &str = trackway_dialects::track123::NAME;
/// The streams of its answers: of parcels, ocean and air.
pub const STREAM: StreamId = TRACKINGS.id;
pub const OCEAN_STREAM: StreamId = OCEAN.id;
pub const AIR_STREAM: StreamId = AIR.id;

const SECOND: i64 = 1_000_000;

/// Its sub-status for a happening; None where it leaves the happening out.
pub fn sub_status(happening: &Happening) -> Option<&'static str> {
    match (happening.status, happening.scan) {
        (Some(status), _) => Some(of_status(status, happening)),
        (None, Some(scan)) => match scan {
            Scan::Packed | Scan::ToCourier => None,
            Scan::Entered | Scan::Forwarding => Some("IN_TRANSIT_01"),
            Scan::AtOffice => Some("IN_TRANSIT_02"),
            Scan::Out => Some("WAITING_DELIVERY_01"),
        },
        (None, None) => happening.aggregated.and_then(of_aside),
    }
}

fn of_status(status: Status, happening: &Happening) -> &'static str {
    match status {
        Status::Accepted => "INFO_RECEIVED_01",
        Status::PickedUp | Status::InTransit => "IN_TRANSIT_01",
        Status::Delivering => "WAITING_DELIVERY_01",
        Status::Pending => of_delay(happening.delay.map_or("", |delay| delay.code)),
        Status::Returning => "ABNORMAL_07",
        Status::Returned => "ABNORMAL_06",
        Status::Delivered => "DELIVERED_01",
        Status::Cancelled => "ABNORMAL_04",
        Status::Lost => "ABNORMAL_03",
        Status::Seized => "ABNORMAL_08",
    }
}

/// By the carrier's code.
fn of_delay(code: &str) -> &'static str {
    match code {
        "1" | "3" | "4" | "6" | "46" | "52" => "DELIVERY_FAILED_01",
        "2" | "13" | "14" => "DELIVERY_FAILED_02",
        "11" | "12" | "35" => "DELIVERY_FAILED_03",
        "8" => "ABNORMAL_05",
        "30" | "31" | "33" => "ABNORMAL_03",
        "10" => "WAITING_DELIVERY_03",
        _ => "DELIVERY_FAILED_04",
    }
}

/// Of what the carrier does not tell it knows what customs did.
fn of_aside(number: &str) -> Option<&'static str> {
    match number {
        "1001" => Some("IN_TRANSIT_06"),
        "12" => Some("IN_TRANSIT_03"),
        "13" => Some("ABNORMAL_02"),
        "501" => Some("WAITING_DELIVERY_02"),
        _ => None,
    }
}

/// The time that it writes of a happening.
fn written(seen: &Seen<'_>, happening: &Happening) -> i64 {
    let second = happening.at.div_euclid(SECOND) * SECOND;
    if seen.manner.rounds && happening.by_carrier() {
        (happening.at + MINUTE / 2).div_euclid(MINUTE) * MINUTE
    } else {
        second
    }
}

/// The tracking of a parcel, newest event first; None before its first event.
pub fn document(seen: &Seen<'_>) -> Option<Vec<u8>> {
    let told = seen.journey.iter().enumerate();
    let told: Vec<_> = told
        .filter_map(|(nth, happening)| Some((nth, happening, sub_status(happening)?)))
        .collect();
    let (_, newest, newest_status) = *told.last()?;
    let details = told.iter().map(|(nth, happening, sub_status)| {
        let at = written(seen, happening);
        json!({
            // Some places are known to the others only.
            "address": (!seen.manner.rounds || nth % 3 != 0).then_some(happening.office.province),
            "eventTime": wall::without_zone(at),
            "timezone": wall::OFFSET,
            "eventTimeZeroUTC": wall::utc(at),
            "eventDetail": words::track123(sub_status, seen.manner.bilingual && nth % 2 == 0),
            "transitSubStatus": sub_status,
        })
    });
    let mut details = seen.listed("details", details.collect());
    details.reverse();
    let courier = catalog::in_force().carrier(NAME, seen.carrier);
    let is_kept = seen.kept != Kept::Nothing;
    let status = is_kept.then(|| {
        newest_status
            .rsplit_once('_')
            .map_or("", |(status, _)| status)
    });
    let tracking = json!({
        "id": "",
        "trackNo": seen.number,
        "createTime": null,
        "nextUpdateTime": null,
        "orderNo": null,
        "customerEmail": null,
        "shipFrom": "VN",
        "shipTo": "VN",
        "trackingStatus": "001",
        "transitStatus": status,
        "transitSubStatus": is_kept.then_some(newest_status),
        "shipTime": null,
        "lastTrackingTime": is_kept.then(|| wall::without_zone(written(seen, newest))),
        "localLogisticsInfo": {
            "courierCode": seen.carrier,
            "courierNameCN": courier.map(|courier| courier.name("zh")),
            "courierNameEN": courier.map(|courier| courier.name("en")),
            "courierHomePage": courier.and_then(|courier| courier.site.as_deref()),
            "courierTrackingLink": null,
            "trackingDetails": details,
        },
        "lastMileInfo": { "lmTrackNo": null, "openApiWayBillInfo": { "trackingDetails": [] } },
        "extraInfo": null,
    });
    serde_json::to_vec(&tracking).ok()
}

/// A tracking inside a query's answer.
pub fn answer(tracking: &[u8]) -> Option<Vec<u8>> {
    let tracking: Value = serde_json::from_slice(tracking).ok()?;
    let accepted = json!({
        "content": [tracking],
        "totalElements": 1,
        "totalPages": 1,
        "currentPage": 1,
        "cursor": "",
    });
    Some(envelope(&json!({ "accepted": accepted, "rejected": [] })))
}

/// A query's answer with one record of ocean or air cargo.
pub fn cargo_answer(record: &[u8]) -> Vec<u8> {
    let record = String::from_utf8_lossy(record);
    let data = format!(r#"{{"accepted":[{record}],"rejected":[]}}"#);
    format!(r#"{{"code":"00000","msg":"success","data":{data}}}"#).into_bytes()
}

/// A query's answer for a number of which nothing is known.
pub fn nothing(number: &str) -> Vec<u8> {
    let error = json!({ "code": "A0400", "msg": "trackNo not registered" });
    let rejected = json!([{ "trackNo": number, "error": error }]);
    envelope(&json!({ "accepted": null, "rejected": rejected }))
}

fn envelope(data: &Value) -> Vec<u8> {
    let envelope = json!({ "code": "00000", "msg": "success", "data": data });
    envelope.to_string().into_bytes()
}

/// An answer of another shape than documented.
pub const WRONG_SHAPE: &str =
    r#"{"code":"00000","msg":"success","data":[{"content":{"number":17}}]}"#;
