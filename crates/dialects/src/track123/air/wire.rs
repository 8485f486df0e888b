//! Air's JSON as on the wire (track123.md §7.3, inferred but for its statuses): names of members, and
//! the record that we write of what other sources told.

use super::super::cargo::wire::CarrierInfo;
use serde::Serialize;
use serde_json::value::RawValue;

pub const AVIATION_STATUS: &str = "aviationStatus";
pub const FLIGHT_INFO: &str = "flightInfo";
pub const STATUS: &str = "status";
pub const AIRPORT_CODE: &str = "airportCode";
pub const FLIGHT_NO: &str = "flightNo";
pub const PIECES: &str = "pieces";
pub const WEIGHT: &str = "weight";

/// One `accepted[]` object of a query, and a webhook's `data`.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Track123Air)]
pub struct Record<'a> {
    /// Null where nobody registered the number.
    pub order_no: Option<&'a str>,
    pub tracking_no: &'a str,
    pub create_time: Option<String>,
    pub customer_email: Option<&'a str>,
    pub aviation_status: String,
    /// IATA codes of airports.
    pub origin: Option<String>,
    pub destination: Option<String>,
    pub pieces: Option<u16>,
    pub weight: Option<f64>,
    pub weight_unit: Option<String>,
    pub last_tracking_time: Option<String>,
    pub carrier_info: Option<CarrierInfo>,
    #[schema(value_type = Vec<Object>)]
    pub flight_info: Vec<Box<RawValue>>,
    pub tracking_details: Vec<Detail>,
}

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Track123AirEvent)]
pub struct Detail {
    pub status: String,
    pub event_details: String,
    pub event_time: Option<String>,
    #[serde(rename = "eventTimeUTC")]
    pub event_time_utc: Option<String>,
    pub location_name: Option<String>,
    pub airport_code: Option<String>,
    pub flight_no: Option<String>,
    pub pieces: Option<u16>,
    #[schema(value_type = Option<f64>)]
    pub weight: Option<Box<RawValue>>,
}
