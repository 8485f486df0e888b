//! Ocean's JSON as on the wire (track123.md §6.3): names of members, and the record that we write
//! of what other sources told.

use super::super::cargo::wire::CarrierInfo;
use serde::Serialize;

pub const TYPE: &str = "type";
pub const SEARCH_STATUS: &str = "searchStatus";
pub const CONTAINER_INFO: &str = "containerInfo";
pub const CONTAINER_NO: &str = "containerNo";
pub const TRANSIT_STATUS: &str = "transitStatus";
pub const CURRENT_STATUS: &str = "currentStatus";
pub const EVENT_STATUS: &str = "eventStatus";
pub const LOCATION_TYPE: &str = "locationType";
pub const VESSEL_NAME: &str = "vesselName";
pub const VOYAGE: &str = "voyage";

/// One `accepted[]` object of a query, and a webhook's `data`.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Track123Ocean)]
pub struct Record<'a> {
    /// Null where nobody registered the number.
    pub order_no: Option<&'a str>,
    pub tracking_no: &'a str,
    /// 1 booking, 2 bill of lading, 3 container.
    pub r#type: u8,
    pub search_status: String,
    pub create_time: Option<String>,
    pub customer_email: Option<&'a str>,
    pub carrier_info: Option<CarrierInfo>,
    pub container_info: Vec<Container>,
}

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Track123Container)]
#[expect(clippy::struct_field_names, reason = "the vendor's names")]
pub struct Container {
    pub container_no: Option<String>,
    pub container_size: Option<String>,
    pub container_type: Option<String>,
    pub container_details: Option<String>,
    pub transit_status: String,
    /// No sub-status is published for ocean.
    pub transit_sub_status: Option<String>,
    pub vessel_name: Option<String>,
    pub voyage: Option<String>,
    pub last_tracking_time: Option<String>,
    pub current_status: Option<Current>,
    pub tracking_details: Vec<Detail>,
}

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Track123OceanCurrent)]
pub struct Current {
    pub event_details: String,
    pub event_time: Option<String>,
    #[serde(rename = "eventTimeUTC")]
    pub event_time_utc: Option<String>,
    pub location_name: Option<String>,
    pub location_type: Option<String>,
}

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Track123OceanEvent)]
pub struct Detail {
    pub event_details: String,
    pub event_status: String,
    pub event_time: Option<String>,
    #[serde(rename = "eventTimeUTC")]
    pub event_time_utc: Option<String>,
    pub location_name: Option<String>,
    pub location_type: Option<String>,
    pub transit_status: String,
    pub transit_sub_status: Option<String>,
    pub vessel_name: Option<String>,
    pub voyage: Option<String>,
}
