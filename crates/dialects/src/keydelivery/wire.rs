//! KeyDelivery's JSON as on the wire: names of members, and the one shape that we write ourselves.

use serde::Serialize;

/// Where its calls are mounted, on their host and on ours.
pub const REALTIME: &str = "/api/v1/tracking/realtime";
pub const CREATE: &str = "/api/v1/tracking/create";
pub const DETECT: &str = "/api/v1/carriers/detect";
/// Where its pushes come in: the token is a connection's own.
pub const DOOR: &str = "/in/{token}/keydelivery";

/// The header that holds the key.
pub const API_KEY: &str = "api-key";
/// The header that holds the signature.
pub const SIGNATURE: &str = "signature";

/// Members of the envelope.
pub const CODE: &str = "code";
pub const MESSAGE: &str = "message";
pub const DATA: &str = "data";

/// Members of requests and of `data`.
pub const CARRIER_ID: &str = "carrier_id";
pub const TRACKING_NUMBER: &str = "tracking_number";
pub const AREA_SHOW: &str = "area_show";
pub const ORDER: &str = "order";
/// Optional strings of a request. They help a carrier's own look-up; ours needs none of them.
pub const HINTS: [&str; 3] = ["phone", "ship_from", "ship_to"];
pub const ITEMS: &str = "items";
pub const WEBHOOK_URL: &str = "webhook_url";
pub const CARRIER_NAME: &str = "carrier_name";

/// Members of a push beside those of `data`; they stand at its top.
pub const EVENT: &str = "event";
pub const SIGNER: &str = "signer";

/// Members of an item.
pub const CONTEXT: &str = "context";
pub const TIME: &str = "time";
pub const STATUS_CODE: &str = "order_status_code";
pub const STATUS_DESCRIPTION: &str = "order_status_description";
pub const LOCATION: &str = "location";
pub const AREA_NAME: &str = "area_name";

/// A request that we send: all that the answer can tell, newest first.
#[derive(Debug, Serialize)]
pub struct Lookup<'a> {
    pub carrier_id: &'a str,
    pub tracking_number: &'a str,
    pub area_show: u8,
    pub order: &'static str,
}

/// A registration that we send: pushes shall tell all that they can.
#[derive(Debug, Serialize)]
pub struct Create<'a> {
    pub carrier_id: &'a str,
    pub tracking_number: &'a str,
    pub area_show: u8,
    pub webhook_url: &'a str,
}

/// A question about a number's carrier.
#[derive(Debug, Serialize)]
pub struct Detect<'a> {
    pub tracking_number: &'a str,
}

/// A carrier that a number may be of.
#[derive(Debug, Serialize)]
pub struct Detected<'a> {
    pub carrier_id: &'a str,
    pub carrier_name: &'a str,
}

/// An item that we make of another source's event.
#[derive(Debug, Serialize)]
pub struct Item<'a> {
    pub context: &'a str,
    pub time: &'a str,
    #[serde(flatten)]
    pub area: Option<Area<'a>>,
}

/// What `area_show` 1 adds to an item.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the vendor's names")]
pub struct Area<'a> {
    pub order_status_code: StatusCode,
    pub order_status_description: Option<&'a str>,
    pub location: Option<&'a str>,
    pub area_name: Option<&'a str>,
}

/// An item's status: a number or null in an answer, a text in a push.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum StatusCode {
    Number(Option<u32>),
    Text(String),
}
