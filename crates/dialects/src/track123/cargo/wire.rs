//! Members that ocean and air have in common (track123.md §§6, 7).

use serde::Serialize;

pub const ORDER_NO: &str = "orderNo";
pub const TRACKING_NO: &str = "trackingNo";
pub const CARRIER_CODE: &str = "carrierCode";
pub const CREATE_TIME: &str = "createTime";
pub const CUSTOMER_EMAIL: &str = "customerEmail";
pub const CARRIER_INFO: &str = "carrierInfo";
pub const TRACKING_DETAILS: &str = "trackingDetails";
pub const LAST_TRACKING_TIME: &str = "lastTrackingTime";
pub const EVENT_DETAILS: &str = "eventDetails";
pub const EVENT_TIME: &str = "eventTime";
pub const EVENT_TIME_UTC: &str = "eventTimeUTC";
pub const LOCATION_NAME: &str = "locationName";

/// The status of a registration of which nothing new was told for too long.
pub const EXPIRED: &str = "EXPIRED";

/// A carrier, in lists and in records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Track123CargoCarrier)]
#[expect(clippy::struct_field_names, reason = "the vendor's names")]
pub struct CarrierInfo {
    pub carrier_code: String,
    #[serde(rename = "carrierNameCN")]
    pub carrier_name_cn: String,
    #[serde(rename = "carrierNameEN")]
    pub carrier_name_en: String,
    pub carrier_home_page: Option<String>,
}
