//! The customer API's JSON as on the wire (§8 to §12); types only. Every answer ends with the same
//! envelope: `IsError`, `Errors`, `ErrorCode` and `ErrorMessage` agree with each other (§8.3).

use crate::express247::wire::{Number, PropertyError};
use serde::Serialize;
use trackway_model::orders::Decimal;
use utoipa::ToSchema;

/// What every answer says of itself.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Envelope {
    pub is_error: bool,
    pub errors: Vec<PropertyError>,
    /// `0` of a created or cancelled order, else empty.
    pub error_code: String,
    pub error_message: String,
}

impl Envelope {
    /// §8.1: create, update and cancel say `"0"`, other calls say nothing.
    pub fn done(code: &str) -> Self {
        Self {
            is_error: false,
            errors: Vec::new(),
            error_code: code.to_owned(),
            error_message: String::new(),
        }
    }
}

/// A call that has nothing to say but that it was done.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Done {
    #[serde(flatten)]
    pub envelope: Envelope,
}

/// Create and update.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct OrderAnswer {
    pub order_info: OrderInfo,
    #[serde(flatten)]
    pub envelope: Envelope,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct OrderInfo {
    pub order_code: String,
    pub reference_code: Option<String>,
    pub external_code: Option<String>,
    /// Without decimals where there are none.
    pub total_service_cost: Number,
    /// The main service, extras and surcharges together.
    pub extra_services: Vec<Charge>,
    pub delivery_type: &'static str,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Charge {
    pub service_name: String,
    #[serde(rename = "ServiceID")]
    pub service_id: String,
    pub cost: Number,
}

/// §10. `MainPrice` is 0.0 as the vendor's is: the main price is the line of type 1.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct PriceAnswer {
    pub extra_services: Vec<PricedService>,
    pub main_price: Number,
    pub total_service_cost: Number,
    pub coupon_money_remainder: Number,
    /// Kilograms, of the size.
    pub cal_weight: Number,
    /// Kilograms that are charged.
    pub weight: Number,
    #[serde(rename = "PriceMatrixID")]
    pub price_matrix_id: Option<String>,
    pub deposit_change_amount: Number,
    #[serde(flatten)]
    pub envelope: Envelope,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct PricedService {
    #[serde(rename = "ExtraServiceID")]
    pub extra_service_id: i64,
    pub service_name: String,
    pub order_code: Option<String>,
    #[serde(rename = "ServiceID")]
    pub service_id: String,
    /// 1 main service, 2 extra service, 3 surcharge.
    pub r#type: u8,
    pub cost: Number,
    pub inform_fee: Number,
    pub is_default_service: bool,
    pub is_one_delivery_service: bool,
    pub is_apply_all_service_type: Option<bool>,
    pub from_date: Option<String>,
    pub to_date: Option<String>,
    pub is_active: Option<bool>,
    pub detail: Option<String>,
}

/// §11, main services.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ServiceTypesAnswer {
    pub service_types: Vec<ServiceType>,
    #[serde(flatten)]
    pub envelope: Envelope,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ServiceType {
    #[serde(rename = "ServiceTypeID")]
    pub service_type_id: String,
    pub service_type_name: String,
    /// Cubic centimetres that weigh as a kilogram.
    pub calculate_volumetric: Number,
}

/// §11, value-added services.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ServicesAnswer {
    pub services: Vec<ExtraService>,
    #[serde(flatten)]
    pub envelope: Envelope,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ExtraService {
    #[serde(rename = "ServiceID")]
    pub service_id: String,
    pub service_name: String,
}

/// §12. Ids and flags are strings, as the vendor prints them.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct HubInfo {
    pub address: String,
    #[serde(rename = "WardID")]
    pub ward_id: Option<String>,
    #[serde(rename = "ClientHubID")]
    pub client_hub_id: String,
    pub contact_name: String,
    pub contact_phone: Option<String>,
    #[serde(rename = "DistrictID")]
    pub district_id: Option<String>,
    pub is_main: String,
    #[serde(rename = "ProvinceID")]
    pub province_id: Option<String>,
    #[serde(rename = "CustomerID")]
    pub customer_id: String,
    pub status: &'static str,
    pub status_name: &'static str,
    pub cus_warehouse_name: Option<String>,
    #[serde(rename = "CusWarehouseID")]
    pub cus_warehouse_id: Option<String>,
    pub province_name: Option<String>,
    pub district_name: Option<String>,
    pub ward_name: Option<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct HubAnswer {
    pub hub_info: HubInfo,
    #[serde(flatten)]
    pub envelope: Envelope,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct HubsAnswer {
    pub hubs: Vec<HubInfo>,
    #[serde(flatten)]
    pub envelope: Envelope,
}

/// §12, delivered pictures: the answer is not known, this one is ours.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ImagesAnswer {
    pub order_code: String,
    /// Addresses of pictures.
    pub images: Vec<String>,
    #[serde(flatten)]
    pub envelope: Envelope,
}

impl Number {
    /// Without decimals where there are none (§8.1).
    pub fn plain(amount: Decimal) -> Self {
        Self::written(amount.normalize().to_string())
    }

    /// With one decimal at least (§10).
    pub fn point(amount: Decimal) -> Self {
        let amount = amount.normalize();
        Self::written(if amount.scale() == 0 {
            format!("{amount}.0")
        } else {
            amount.to_string()
        })
    }

    /// With so many decimals (§4.2).
    pub fn fixed(amount: Decimal, decimals: u32) -> Self {
        let mut amount = amount.round_dp(decimals);
        amount.rescale(decimals);
        Self::written(amount.to_string())
    }

    fn written(text: String) -> Self {
        let raw = serde_json::value::RawValue::from_string(text);
        Self(raw.expect("a decimal is a JSON number"))
    }
}
