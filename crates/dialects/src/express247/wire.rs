//! 247Express's JSON as on the wire, field for field; types only. Members are listed in the order in
//! which the vendor prints them; what is absent is present as null (§4.2).

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// A tracking answer, or an error: then all but the first two members are null.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tracking {
    pub error_message: Option<String>,
    pub error_code: Option<String>,
    pub order_code: Option<String>,
    pub external_code: Option<String>,
    pub accept_date: Option<String>,
    /// The id, as a string.
    pub status: Option<String>,
    /// The Vietnamese code.
    pub status_name: Option<String>,
    /// The caption for people.
    pub tracking_name: Option<String>,
    pub delay_code: Option<String>,
    pub delay_note: Option<String>,
    pub delivery_notes: Option<String>,
    pub delivery_date: Option<String>,
    #[serde(rename = "poDeliveryID")]
    pub po_delivery_id: Option<String>,
    pub mail_man: Option<String>,
    pub receiver_name: Option<String>,
    #[serde(rename = "serviceTypeID")]
    pub service_type_id: Option<String>,
    #[serde(rename = "mailerTypeID")]
    pub mailer_type_id: Option<String>,
    pub extra_service_name: Option<String>,
    pub length: Option<Number>,
    pub width: Option<Number>,
    pub height: Option<Number>,
    pub real_weight: Option<Number>,
    pub cal_weight: Option<Number>,
    pub weight: Option<Number>,
    pub quantity: Option<Number>,
    pub price: Option<Number>,
    #[serde(rename = "priceFR")]
    pub price_fr: Option<Number>,
    pub far_region_fee_amount: Option<Number>,
    pub fuel_fee_amount: Option<Number>,
    pub vat_amount: Option<Number>,
    pub total_service_cost: Option<Number>,
    pub edt_from: Option<String>,
    pub edt_to: Option<String>,
    #[serde(rename = "postOfficeAcceptID")]
    pub post_office_accept_id: Option<String>,
    pub cod_amount: Option<Number>,
    pub price_info: Option<Vec<PriceLine>>,
    #[schema(value_type = Option<Vec<Status>>)]
    pub statuses: Option<Vec<Box<RawValue>>>,
    #[schema(value_type = Option<Vec<Scan>>)]
    pub trackings: Option<Vec<Box<RawValue>>>,
    #[schema(value_type = Option<Object>)]
    pub estimate_routes: Option<Box<RawValue>>,
    pub confirm_image: Option<Vec<String>>,
}

/// A number printed as it was written.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = f64)]
pub struct Number(pub Box<RawValue>);

/// A line of `priceInfo`.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PriceLine {
    pub service_name: String,
    #[serde(rename = "serviceID")]
    pub service_id: String,
    pub cost: Number,
}

/// An element of `statuses`, oldest first.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    pub time: Option<String>,
    pub status: String,
    pub status_name: Option<String>,
    pub tracking_name: Option<String>,
    pub province_name: Option<String>,
    pub post_office_name: Option<String>,
}

/// An element of `trackings`, oldest first. `statusID` is another number space than `status`.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Scan {
    #[serde(rename = "statusID")]
    pub status_id: Option<String>,
    #[serde(rename = "postOfficeID")]
    pub post_office_id: Option<String>,
    #[serde(rename = "provinceID")]
    pub province_id: Option<String>,
    pub province_name: Option<String>,
    pub date_change: Option<String>,
    pub post_office_name: Option<String>,
    pub status_name: Option<String>,
    pub notes: Option<String>,
}

/// The webhook "Update status" without its credential (§6).
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct StatusUpdate {
    pub order_code: String,
    #[schema(value_type = Option<String>)]
    pub external_code: Option<Box<RawValue>>,
    #[schema(value_type = Option<String>)]
    pub reference_code: Option<Box<RawValue>>,
    /// The id, as a string.
    pub status: String,
    /// The Vietnamese code.
    pub status_name: Option<String>,
    pub description: Option<String>,
    #[schema(value_type = i64)]
    pub request_feedback_count: Option<Box<RawValue>>,
    pub delay_code: Option<String>,
    pub delay_notes: Option<String>,
    #[schema(value_type = Option<String>)]
    pub delivery_notes: Option<Box<RawValue>>,
    #[schema(value_type = Option<String>)]
    pub mailman: Option<Box<RawValue>>,
    #[schema(value_type = Option<String>)]
    pub delivery_date: Option<Box<RawValue>>,
    #[schema(value_type = Option<String>)]
    pub receiver_name: Option<Box<RawValue>>,
    /// The same over retries.
    pub transaction_id: String,
    pub time: Option<String>,
}

/// What a webhook is answered: `IsError` is false once its content is committed.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Acknowledgement {
    pub is_error: bool,
    pub error_message: String,
}

/// What is sent to log in (§2). Member names are read in any case.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct LoginRequest {
    pub user_name: String,
    pub password: String,
}

/// Both answers of the login.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Login {
    #[serde(rename = "ClientID")]
    pub client_id: i64,
    pub client_name: Option<String>,
    pub token: Option<String>,
    /// ISO 8601 with offset.
    pub expire_date: Option<String>,
    /// The key of the tracking call.
    pub tracking_api_key: Option<String>,
    pub is_error: bool,
    pub errors: Vec<PropertyError>,
    pub error_message: String,
}

/// What is wrong with one member of a request.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct PropertyError {
    pub error_message: String,
    pub property_name: Option<String>,
}

/// The customer API's error envelope (§8.3).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CustomerFailure {
    pub error_code: String,
    pub is_error: bool,
    pub errors: Vec<PropertyError>,
    pub error_message: String,
}

/// What is sent to read the status log (§7). Member names are read in any case.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct StatusLogRequest {
    /// ISO 8601; without an offset it is +07:00.
    pub from_date: String,
    /// ISO 8601; a bare day means its end.
    pub to_date: String,
    /// Order codes separated by commas; all where absent.
    pub order_codes: Option<String>,
}

/// The status log (§7).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct StatusLogs {
    pub data: StatusLogData,
    pub is_error: bool,
    pub errors: Vec<PropertyError>,
    pub error_message: String,
}

#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct StatusLogData {
    pub orders: Vec<OrderLog>,
}

/// One order's messages, oldest first. A history is the message as it was sent, without its
/// credential, and what became of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct OrderLog {
    pub order_code: String,
    #[schema(value_type = Vec<LoggedUpdate>)]
    pub histories: Vec<Box<RawValue>>,
}

/// A message of the log.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct LoggedUpdate {
    #[serde(flatten)]
    pub update: StatusUpdate,
    /// Sending failed.
    pub is_call_error: bool,
    pub error_message: String,
    /// The partner's system answered an error.
    pub is_partner_response_error: bool,
    pub partner_response_error_msg: String,
}
