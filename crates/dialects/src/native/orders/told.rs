//! Records as our own API tells them. Records that they name are told by id.

use super::{
    At, ChoicesTold, DocumentPart, EntryTold, FeePart, InboundTold, PartyPart, PaymentPart,
    ReportTold, ReturnTold, tell_order_type, tell_payment_status,
};
use serde::Serialize;
use serde_json::{Map, Value};
use trackway_model::orders::{
    Body, Booking, Decimal, Fulfilment, Order, OrderType, Parcel, PaymentStatus, Record, State,
};
use utoipa::ToSchema;

/// A record in the form of its kind.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Told<'a> {
    Order(Box<OrderTold<'a>>),
    Fulfilment(Box<FulfilmentTold<'a>>),
    Inbound(Box<InboundTold<'a>>),
    Return(Box<ReturnTold<'a>>),
    Report(Box<ReportTold<'a>>),
    Entry(Box<EntryTold>),
}

impl<'a> Told<'a> {
    pub fn of(record: &'a Record) -> Self {
        let envelope = Envelope::of(record);
        match &record.body {
            Body::Order(order) => Self::Order(Box::new(OrderTold::of(envelope, order))),
            Body::Fulfilment(it) => Self::Fulfilment(Box::new(FulfilmentTold::of(envelope, it))),
            Body::Inbound(it) => Self::Inbound(Box::new(InboundTold::of(envelope, it))),
            Body::Return(it) => Self::Return(Box::new(ReturnTold::of(envelope, it))),
            Body::Report(it) => Self::Report(Box::new(ReportTold::of(envelope, it))),
            _ => Self::Entry(Box::new(EntryTold::of(record))),
        }
    }
}

/// What every record has.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordEnvelope)]
pub struct Envelope<'a> {
    id: i64,
    code: &'a str,
    #[schema(value_type = String)]
    created: At,
    #[schema(value_type = String)]
    updated: At,
    /// Counts what was written of it.
    version: u32,
}

impl<'a> Envelope<'a> {
    fn of(record: &'a Record) -> Self {
        Self {
            id: record.id.0,
            code: &record.code,
            created: At(record.created),
            updated: At(record.updated),
            version: record.version,
        }
    }
}

pub(super) fn at(time: Option<i64>) -> Option<At> {
    time.map(At)
}

/// An order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Order)]
pub struct OrderTold<'a> {
    #[serde(flatten)]
    envelope: Envelope<'a>,
    /// Your number of it; null where it has its code only.
    number: Option<&'a str>,
    #[schema(value_type = String, example = "approved")]
    state: &'static str,
    #[schema(value_type = String)]
    state_since: At,
    #[serde(serialize_with = "tell_order_type")]
    #[schema(value_type = String, example = "b2c")]
    order_type: OrderType,
    shop: i64,
    platform: &'a str,
    pickup: i64,
    source: &'a str,
    currency: &'a str,
    note: &'a str,
    packaging_note: &'a str,
    /// Null after an erasure.
    receiver: Option<PartyPart>,
    customer: Option<i64>,
    lines: Vec<OrderLineTold<'a>>,
    payments: Vec<PaymentPart>,
    #[serde(serialize_with = "tell_payment_status")]
    #[schema(value_type = String, example = "paid")]
    payment_status: PaymentStatus,
    discounts: Vec<FeePart>,
    fees: Vec<FeePart>,
    /// What the buyer pays.
    #[schema(value_type = String, example = "20000")]
    total: Decimal,
    documents: Vec<DocumentPart>,
    #[serde(flatten)]
    choices: ChoicesTold<'a>,
    /// Whether its items are reserved.
    reserved: bool,
    #[schema(value_type = String)]
    cod_asked: Decimal,
    /// Grams.
    weighed: Option<i64>,
    cancel_reason: Option<&'a str>,
    #[schema(value_type = Option<String>)]
    confirmed: Option<At>,
    #[schema(value_type = Option<String>)]
    fulfilled: Option<At>,
    #[schema(value_type = Option<String>)]
    shipped: Option<At>,
    #[schema(value_type = Option<String>)]
    completed: Option<At>,
    #[schema(value_type = Option<String>)]
    returned: Option<At>,
    #[schema(value_type = Option<String>)]
    cancelled: Option<At>,
    #[schema(value_type = Option<String>)]
    estimated_departure: Option<At>,
    #[schema(value_type = Option<String>)]
    partner_created: Option<At>,
    /// What a source sent that we have no member for.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    extra: &'a Map<String, Value>,
}

/// A line of an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderLine)]
pub struct OrderLineTold<'a> {
    id: u32,
    sku: &'a str,
    name: &'a str,
    /// The items of the warehouse that it takes, with how many for one.
    parts: Vec<PartTold>,
    quantity: i64,
    /// How many of them are not to be sent any more: the order was closed short.
    closed: i64,
    #[schema(value_type = String)]
    sale_price: Decimal,
    #[schema(value_type = String)]
    discounted_price: Decimal,
    /// Grams, for one.
    weight: i64,
}

/// So many of an item.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ItemPart)]
pub struct PartTold {
    item: i64,
    quantity: i64,
}

impl<'a> OrderTold<'a> {
    fn of(envelope: Envelope<'a>, order: &'a Order) -> Self {
        let lines = order.lines.iter().map(|line| OrderLineTold {
            id: line.id,
            sku: &line.sku,
            name: &line.name,
            parts: line
                .parts
                .iter()
                .map(|part| PartTold {
                    item: part.item.0,
                    quantity: part.quantity,
                })
                .collect(),
            quantity: line.quantity,
            closed: line.closed,
            sale_price: line.sale_price,
            discounted_price: line.discounted_price,
            weight: line.weight,
        });
        let receiver = order.receiver.as_ref();
        Self {
            envelope,
            number: order.number.as_deref(),
            state: order.state.name(),
            state_since: At(order.state_since),
            order_type: order.order_type,
            shop: order.shop.0,
            platform: &order.platform,
            pickup: order.pickup.0,
            source: &order.source,
            currency: &order.currency,
            note: &order.note,
            packaging_note: &order.packaging_note,
            receiver: receiver.map(PartyPart::from),
            customer: receiver.and_then(|party| party.customer).map(|it| it.0),
            lines: lines.collect(),
            payments: order.payments.iter().map(PaymentPart::of).collect(),
            payment_status: order.payment_status(),
            discounts: order.discounts.iter().map(FeePart::of).collect(),
            fees: order.fees.iter().map(FeePart::of).collect(),
            total: order.total(),
            documents: order.documents.iter().map(DocumentPart::of).collect(),
            choices: ChoicesTold::of(&order.choices),
            reserved: order.reserved,
            cod_asked: order.cod_asked,
            weighed: order.weighed,
            cancel_reason: order.cancel_reason.as_deref(),
            confirmed: at(order.confirmed),
            fulfilled: at(order.fulfilled),
            shipped: at(order.shipped),
            completed: at(order.completed),
            returned: at(order.returned),
            cancelled: at(order.cancelled),
            estimated_departure: at(order.estimated_departure),
            partner_created: at(order.partner_created),
            extra: &order.extra,
        }
    }
}

/// A parcel on its way: a tracked shipment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Parcel)]
pub struct ParcelTold<'a> {
    /// Trackway's code of the carrier, and the number: for `GET /v1/shipments`.
    carrier: &'a str,
    waybill: &'a str,
    /// What its shipment told last.
    #[schema(value_type = String, example = "in_transit")]
    milestone: &'static str,
    #[schema(value_type = Option<String>)]
    at: Option<At>,
}

impl<'a> ParcelTold<'a> {
    pub(super) fn of(parcel: &'a Parcel) -> Self {
        Self {
            carrier: &parcel.carrier,
            waybill: &parcel.waybill,
            milestone: parcel.milestone.name(),
            at: at(parcel.at),
        }
    }
}

/// What of an order leaves together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fulfilment)]
pub struct FulfilmentTold<'a> {
    #[serde(flatten)]
    envelope: Envelope<'a>,
    #[schema(value_type = String, example = "ready_to_ship")]
    state: &'static str,
    #[schema(value_type = String)]
    state_since: At,
    order: i64,
    order_code: &'a str,
    order_number: &'a str,
    shop: i64,
    platform: &'a str,
    pickup: i64,
    lines: Vec<FulfilmentLineTold>,
    parcels: Vec<ParcelTold<'a>>,
    courier: Option<i64>,
    courier_link: Option<i64>,
    service: Option<i64>,
    box_size: Option<i64>,
    #[schema(value_type = String)]
    cod: Decimal,
    /// Where its carrier is told of it: what the carrier said.
    booking: Option<BookingTold<'a>>,
    label_code: &'a str,
    label_url: Option<&'a str>,
    /// Grams.
    weighed: Option<i64>,
    cancel_reason: Option<&'a str>,
    #[schema(value_type = Option<String>)]
    fulfilled: Option<At>,
    #[schema(value_type = Option<String>)]
    shipped: Option<At>,
    #[schema(value_type = Option<String>)]
    delivered: Option<At>,
    #[schema(value_type = Option<String>)]
    returned: Option<At>,
    #[schema(value_type = Option<String>)]
    completed: Option<At>,
    /// Null after an erasure.
    receiver: Option<PartyPart>,
}

/// What a carrier said that was told of a shipment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Booking)]
pub struct BookingTold<'a> {
    /// When the carrier took it.
    #[schema(value_type = Option<String>)]
    taken: Option<At>,
    /// Under which number; null: it did not say.
    number: Option<&'a str>,
    /// What it asks for the carriage.
    #[schema(value_type = Option<String>)]
    cost: Option<Decimal>,
    /// When it heard that the shipment was cancelled.
    #[schema(value_type = Option<String>)]
    cancelled: Option<At>,
    /// What it refused last, for good.
    refused: Option<DeclinedTold<'a>>,
}

/// What a carrier refused for good.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Declined)]
pub struct DeclinedTold<'a> {
    /// `create`, `update`, `cancel`, or `wish`: what is to be done with what could not be delivered.
    #[schema(value_type = String, example = "cancel")]
    deed: &'static str,
    /// The carrier's code.
    code: &'a str,
    text: &'a str,
    #[schema(value_type = String)]
    at: At,
}

impl<'a> BookingTold<'a> {
    fn of(it: &'a Booking) -> Self {
        Self {
            taken: at(it.taken),
            number: it.number.as_deref(),
            cost: it.cost,
            cancelled: at(it.cancelled),
            refused: it.refused.as_ref().map(|it| DeclinedTold {
                deed: it.deed.name(),
                code: &it.code,
                text: &it.text,
                at: At(it.at),
            }),
        }
    }
}

/// So many of a line of the order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FulfilmentLine)]
pub struct FulfilmentLineTold {
    line: u32,
    quantity: i64,
}

impl<'a> FulfilmentTold<'a> {
    fn of(envelope: Envelope<'a>, it: &'a Fulfilment) -> Self {
        let lines = it.lines.iter().map(|line| FulfilmentLineTold {
            line: line.line,
            quantity: line.quantity,
        });
        Self {
            envelope,
            state: it.state.name(),
            state_since: At(it.state_since),
            order: it.order.0,
            order_code: &it.order_code,
            order_number: &it.order_number,
            shop: it.shop.0,
            platform: &it.platform,
            pickup: it.pickup.0,
            lines: lines.collect(),
            parcels: it.parcels.iter().map(ParcelTold::of).collect(),
            courier: it.courier.map(|it| it.0),
            courier_link: it.courier_link.map(|it| it.0),
            service: it.service.map(|it| it.0),
            box_size: it.box_size.map(|it| it.0),
            cod: it.cod,
            booking: it.booking.as_ref().map(BookingTold::of),
            label_code: &it.label_code,
            label_url: it.label_url.as_deref(),
            weighed: it.weighed,
            cancel_reason: it.cancel_reason.as_deref(),
            fulfilled: at(it.fulfilled),
            shipped: at(it.shipped),
            delivered: at(it.delivered),
            returned: at(it.returned),
            completed: at(it.completed),
            receiver: it.receiver.as_ref().map(PartyPart::from),
        }
    }
}
