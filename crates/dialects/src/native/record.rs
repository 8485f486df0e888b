//! A record's change in our own words: what the feed and the webhooks share, and the webhook's body.
//!
//! A message is made when it is sent, of the record as it stands then; what it was before and after
//! is of the change. It holds nobody's name or address: those stand in the API.

use super::told::instant;
use super::wire::one_of;
use crate::dialect::RecordMessage;
use serde::Serialize;
use trackway_model::change::RecordChange;
use trackway_model::orders::{Body as Of, Decimal, Kind, Parcel, Record, state_name};
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

/// The type of a message about stock.
const STOCK: &str = "stock.updated";

/// Every type of message about records.
pub const TYPES: [&str; 9] = [
    "order.created",
    "order.updated",
    "fulfilment.created",
    "fulfilment.updated",
    "inbound.created",
    "inbound.updated",
    "return.created",
    "return.updated",
    STOCK,
];

/// The type of a change's message; None: of such records subscribers are told nothing.
pub fn type_of(change: &RecordChange) -> Option<&'static str> {
    let first = match change.kind {
        Kind::Item => return change.warehouse.map(|_| STOCK),
        Kind::Order => 0,
        Kind::Fulfilment => 2,
        Kind::Inbound => 4,
        Kind::Return => 6,
        Kind::Shop
        | Kind::PickupAddress
        | Kind::Vendor
        | Kind::BoxSize
        | Kind::Courier
        | Kind::CourierLink
        | Kind::Service
        | Kind::RateCard
        | Kind::Category
        | Kind::Brand
        | Kind::Unit
        | Kind::Product
        | Kind::Customer
        | Kind::File
        | Kind::Report => return None,
    };
    Some(TYPES[first + usize::from(change.before.is_some())])
}

fn types() -> Object {
    one_of("What the message tells of.", TYPES)
}

/// A record, named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Subject)]
pub struct About<'a> {
    #[schema(example = "order")]
    kind: &'static str,
    id: i64,
    /// What people call it: unique among the account's records of the kind.
    code: &'a str,
}

impl<'a> About<'a> {
    pub fn of(record: &'a Record) -> Self {
        Self {
            kind: record.kind().name(),
            id: record.id.0,
            code: &record.code,
        }
    }
}

/// Where a record stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RecordState)]
pub struct Stood {
    /// Its state by name; null for kinds that have none.
    #[schema(required, example = "approved")]
    pub state: Option<&'static str>,
}

impl Stood {
    /// None: the record is new.
    pub fn before(change: &RecordChange) -> Option<Self> {
        change.before.map(|number| Self {
            state: state_name(change.kind, number),
        })
    }

    pub fn after(change: &RecordChange) -> Self {
        Self {
            state: state_name(change.kind, change.after),
        }
    }
}

/// A message about an order, a shipment of one, an inbound, a return, or stock.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordWebhook)]
pub(super) struct Body<'a> {
    #[schema(schema_with = types)]
    r#type: &'static str,
    /// When it was done: RFC 3339.
    timestamp: String,
    /// Greater than that of every earlier message about this record to this endpoint.
    sequence: u64,
    data: Data<'a>,
}

/// The record after the change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordWebhookData)]
pub(super) struct Data<'a> {
    subject: About<'a>,
    /// What it was before; null where it is new.
    #[schema(required)]
    before: Option<Stood>,
    after: Stood,
    /// The record on whose account it changed, where that is another: the order of a reservation.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<i64>,
    /// Counts the writes of the record; of stock, the movements of the ledger.
    version: u64,
    /// As it stands when the message is sent, which may be later than the change. Read the rest of it
    /// from the API.
    #[schema(required)]
    record: Option<Brief<'a>>,
}

/// What of a record is told with each of its changes, by its kind.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = RecordInBrief)]
pub(super) enum Brief<'a> {
    Order(OrderInBrief<'a>),
    Fulfilment(FulfilmentInBrief<'a>),
    Inbound(InboundInBrief<'a>),
    Return(ReturnInBrief<'a>),
    Stock(StockInBrief<'a>),
}

/// Of an order: for `GET /v1/orders/{id}`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrderInBrief<'a> {
    #[schema(example = "approved")]
    state: &'static str,
    /// Your number of it; null where it has its code only.
    #[schema(required)]
    number: Option<&'a str>,
    shop: i64,
    platform: &'a str,
    #[schema(value_type = String, example = "paid")]
    payment_status: &'static str,
    #[schema(value_type = String, example = "20000")]
    total: Decimal,
    currency: &'a str,
    #[schema(required)]
    cancel_reason: Option<&'a str>,
}

/// Of a shipment of an order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FulfilmentInBrief<'a> {
    #[schema(example = "ready_to_ship")]
    state: &'static str,
    order: i64,
    order_code: &'a str,
    order_number: &'a str,
    shop: i64,
    /// Its tracked shipments.
    parcels: Vec<ParcelInBrief<'a>>,
    #[schema(required)]
    cancel_reason: Option<&'a str>,
}

/// Of a parcel: `GET /v1/shipments` has the rest.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ParcelInBrief<'a> {
    carrier: &'a str,
    number: &'a str,
    #[schema(example = "in_transit")]
    milestone: &'static str,
}

/// Of goods that are announced to a warehouse.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InboundInBrief<'a> {
    #[schema(example = "received")]
    state: &'static str,
    #[schema(required)]
    reference: Option<&'a str>,
    #[schema(example = "purchase_order")]
    inbound_type: &'static str,
    /// The pickup address that stands for the warehouse.
    warehouse: i64,
    /// Over all lines.
    quantity: i64,
    received: i64,
    damaged: i64,
    lost: i64,
    #[schema(required)]
    cancel_reason: Option<&'a str>,
}

/// Of what a buyer sends back.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReturnInBrief<'a> {
    #[schema(example = "returning")]
    state: &'static str,
    order: i64,
    order_code: &'a str,
    shop: i64,
    warehouse: i64,
    #[schema(example = "wrong_item")]
    reason_type: &'static str,
    #[schema(required)]
    parcel: Option<ParcelInBrief<'a>>,
    #[schema(required)]
    cancel_reason: Option<&'a str>,
}

/// Of an item: what there is of it in the warehouse where it changed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StockInBrief<'a> {
    sku: &'a str,
    /// The pickup address that stands for the warehouse.
    warehouse: i64,
    /// Good and in the warehouse, reserved ones too.
    on_hand: i64,
    reserved: i64,
    /// What can be sold: on hand less reserved.
    available: i64,
    /// Announced by inbounds and returns.
    incoming: i64,
    damaged: i64,
}

/// The body's bytes, of a change that has a type.
pub fn body(message: &RecordMessage<'_>) -> Vec<u8> {
    let change = message.change;
    let body = Body {
        r#type: type_of(change).unwrap_or_default(),
        timestamp: instant(change.at),
        sequence: message.sequence,
        data: Data {
            subject: About::of(message.record),
            before: Stood::before(change),
            after: Stood::after(change),
            cause: change.cause.map(|cause| cause.0),
            version: change.version,
            record: Brief::of(message),
        },
    };
    serde_json::to_vec(&body).expect("strings and numbers are always JSON")
}

impl<'a> Brief<'a> {
    fn of(message: &RecordMessage<'a>) -> Option<Self> {
        let record = message.record;
        let state = state_name(record.kind(), record.status()).unwrap_or_default();
        Some(match &record.body {
            Of::Order(it) => Self::Order(OrderInBrief {
                state,
                number: it.number.as_deref(),
                shop: it.shop.0,
                platform: &it.platform,
                payment_status: it.payment_status().name(),
                total: it.total(),
                currency: &it.currency,
                cancel_reason: it.cancel_reason.as_deref(),
            }),
            Of::Fulfilment(it) => Self::Fulfilment(FulfilmentInBrief {
                state,
                order: it.order.0,
                order_code: &it.order_code,
                order_number: &it.order_number,
                shop: it.shop.0,
                parcels: it.parcels.iter().map(ParcelInBrief::of).collect(),
                cancel_reason: it.cancel_reason.as_deref(),
            }),
            Of::Inbound(it) => Self::Inbound(InboundInBrief {
                state,
                reference: it.reference.as_deref(),
                inbound_type: it.inbound_type.name(),
                warehouse: it.warehouse.0,
                quantity: it.lines.iter().map(|line| line.quantity).sum(),
                received: it.lines.iter().map(|line| line.received).sum(),
                damaged: it.lines.iter().flat_map(|line| line.damaged).sum(),
                lost: it.lines.iter().map(|line| line.lost).sum(),
                cancel_reason: it.cancel_reason.as_deref(),
            }),
            Of::Return(it) => Self::Return(ReturnInBrief {
                state,
                order: it.order.0,
                order_code: &it.order_code,
                shop: it.shop.0,
                warehouse: it.warehouse.0,
                reason_type: it.reason_type.name(),
                parcel: it.parcel.as_ref().map(ParcelInBrief::of),
                cancel_reason: it.cancel_reason.as_deref(),
            }),
            Of::Item(it) => {
                let level = message.level.unwrap_or_default();
                Self::Stock(StockInBrief {
                    sku: &it.sku,
                    warehouse: message.change.warehouse?.0,
                    on_hand: level.on_hand,
                    reserved: level.reserved,
                    available: level.available(),
                    incoming: level.incoming,
                    damaged: level.damaged,
                })
            }
            _ => return None,
        })
    }
}

impl<'a> ParcelInBrief<'a> {
    fn of(parcel: &'a Parcel) -> Self {
        Self {
            carrier: &parcel.carrier,
            number: &parcel.waybill,
            milestone: parcel.milestone.name(),
        }
    }
}
