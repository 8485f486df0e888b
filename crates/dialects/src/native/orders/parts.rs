//! What several things are made of: people, places, payments, fees.

use super::{amount, payment_method, payment_status, tell_payment_method, tell_payment_status};
use serde::{Deserialize, Serialize};
use trackway_model::address::Epoch;
use trackway_model::orders::{
    Address, Choices, Decimal, Fee, OrderDocument, Party, Payment, PaymentMethod, PaymentStatus,
};
use utoipa::ToSchema;

/// A consignee, a sender, a contact.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[schema(as = Party)]
#[serde(deny_unknown_fields)]
pub struct PartyPart {
    #[serde(default)]
    pub name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    #[serde(default)]
    pub address: Place,
}

/// Where somebody is: divisions by name, by code, or both. What is given stays as it is; beside it
/// stand the codes of all that the address directory knows, and the epoch in which they mean it.
///
/// Names that nobody knows refuse nothing. Codes must be there, and lie in each other.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[schema(as = Address)]
#[serde(deny_unknown_fields, default)]
pub struct Place {
    /// Two letters, such as `VN`.
    pub country: String,
    /// Street and number.
    pub line: String,
    pub line2: Option<String>,
    pub zipcode: Option<String>,
    pub province: Option<String>,
    pub district: Option<String>,
    pub ward: Option<String>,
    /// Code of the national directory, as a number.
    #[schema(example = 79)]
    pub province_id: Option<u32>,
    #[schema(example = 766)]
    pub district_id: Option<u32>,
    #[schema(example = 26965)]
    pub ward_id: Option<u32>,
    /// The time in which codes and names are meant: `2024` (before 2025), `2025-01` or `2025-07`. Left
    /// out, a ward without a district is first looked for as they are today, all else as it was before
    /// 2025.
    #[schema(value_type = Option<String>, example = "2024")]
    pub epoch: Option<Epoch>,
    /// Decimal degrees, as given.
    pub lat: Option<String>,
    pub lng: Option<String>,
}

impl Place {
    pub fn address(&self) -> Address {
        let place = self.clone();
        Address {
            country: place.country,
            line: place.line,
            line2: place.line2,
            zipcode: place.zipcode,
            province: place.province,
            district: place.district,
            ward: place.ward,
            province_id: place.province_id,
            district_id: place.district_id,
            ward_id: place.ward_id,
            epoch: place.epoch,
            lat: place.lat,
            lng: place.lng,
        }
    }
}

impl From<&Address> for Place {
    fn from(address: &Address) -> Self {
        let address = address.clone();
        Self {
            country: address.country,
            line: address.line,
            line2: address.line2,
            zipcode: address.zipcode,
            province: address.province,
            district: address.district,
            ward: address.ward,
            province_id: address.province_id,
            district_id: address.district_id,
            ward_id: address.ward_id,
            epoch: address.epoch,
            lat: address.lat,
            lng: address.lng,
        }
    }
}

impl PartyPart {
    pub fn party(&self) -> Party {
        Party {
            name: self.name.clone(),
            phone: self.phone.clone(),
            email: self.email.clone(),
            address: self.address.address(),
            customer: None,
        }
    }
}

impl From<&Party> for PartyPart {
    fn from(party: &Party) -> Self {
        Self {
            name: party.name.clone(),
            phone: party.phone.clone(),
            email: party.email.clone(),
            address: Place::from(&party.address),
        }
    }
}

/// What was paid, or is to be.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Payment)]
#[serde(deny_unknown_fields)]
pub struct PaymentPart {
    /// `not_paid`, `in_process`, `awaiting_payment`, `partially_paid`, `paid`, `awaiting_refund`,
    /// `refunded`, `partially_refunded`, `cancelled`, `cod_cancelled` or `overdue`.
    #[serde(
        deserialize_with = "payment_status",
        serialize_with = "tell_payment_status"
    )]
    #[schema(value_type = String)]
    pub status: PaymentStatus,
    /// `cod`, `bank_transfer`, `card`, `cash`, `qr`, `online_banking` or `instalment`.
    #[serde(
        deserialize_with = "payment_method",
        serialize_with = "tell_payment_method"
    )]
    #[schema(value_type = String)]
    pub method: PaymentMethod,
    #[serde(deserialize_with = "amount")]
    #[schema(value_type = String, example = "20000")]
    pub amount: Decimal,
}

impl PaymentPart {
    pub fn payment(&self) -> Payment {
        Payment {
            status: self.status,
            method: self.method,
            amount: self.amount,
        }
    }

    pub fn of(payment: &Payment) -> Self {
        Self {
            status: payment.status,
            method: payment.method,
            amount: payment.amount,
        }
    }
}

/// A fee or a discount by its code, such as `buyer_shipping_fee`.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Fee)]
#[serde(deny_unknown_fields)]
pub struct FeePart {
    pub code: String,
    #[serde(deserialize_with = "amount")]
    #[schema(value_type = String, example = "15000")]
    pub amount: Decimal,
}

impl FeePart {
    pub fn fee(&self) -> Fee {
        Fee {
            code: self.code.clone(),
            amount: self.amount,
        }
    }

    pub fn of(fee: &Fee) -> Self {
        Self {
            code: fee.code.clone(),
            amount: fee.amount,
        }
    }
}

/// A document that goes with an order.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = OrderDocument)]
#[serde(deny_unknown_fields)]
pub struct DocumentPart {
    pub name: String,
    pub quantity: i64,
    pub doc_type: String,
    pub url: String,
}

impl DocumentPart {
    pub fn document(&self) -> OrderDocument {
        OrderDocument {
            name: self.name.clone(),
            quantity: self.quantity,
            doc_type: self.doc_type.clone(),
            url: self.url.clone(),
        }
    }

    pub fn of(document: &OrderDocument) -> Self {
        Self {
            name: document.name.clone(),
            quantity: document.quantity,
            doc_type: document.doc_type.clone(),
            url: document.url.clone(),
        }
    }
}

/// How an order is packed and carried; records by id.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderChoices)]
pub struct ChoicesTold<'a> {
    inspection_by_buyer: bool,
    use_insurance: bool,
    fulfil_now: bool,
    service: Option<i64>,
    courier_link: Option<i64>,
    courier: Option<i64>,
    box_size: Option<i64>,
    additional_services: &'a [String],
    tax_paid_by_receiver: bool,
    fee_paid_by_receiver: bool,
}

impl<'a> ChoicesTold<'a> {
    pub fn of(choices: &'a Choices) -> Self {
        Self {
            inspection_by_buyer: choices.inspection_by_buyer,
            use_insurance: choices.use_insurance,
            fulfil_now: choices.fulfil_now,
            service: choices.service.map(|it| it.0),
            courier_link: choices.courier_link.map(|it| it.0),
            courier: choices.courier.map(|it| it.0),
            box_size: choices.box_size.map(|it| it.0),
            additional_services: &choices.additional_services,
            tax_paid_by_receiver: choices.tax_paid_by_receiver,
            fee_paid_by_receiver: choices.fee_paid_by_receiver,
        }
    }
}
