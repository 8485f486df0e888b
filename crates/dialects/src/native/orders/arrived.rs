//! Inbounds and returns as our own API tells them.

use super::told::{Envelope, ParcelTold, at};
use super::{At, PartyPart, tell_inbound_type, tell_return_reason};
use serde::Serialize;
use trackway_model::orders::{Decimal, Inbound, InboundType, Return, ReturnReason, State};
use utoipa::ToSchema;

/// Goods that are announced to a warehouse.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Inbound)]
pub struct InboundTold<'a> {
    #[serde(flatten)]
    envelope: Envelope<'a>,
    #[schema(value_type = String, example = "received")]
    state: &'static str,
    #[schema(value_type = String)]
    state_since: At,
    #[serde(serialize_with = "tell_inbound_type")]
    #[schema(value_type = String, example = "purchase_order")]
    inbound_type: InboundType,
    reference: Option<&'a str>,
    /// The return that it brings.
    #[serde(rename = "return")]
    return_: Option<i64>,
    warehouse: i64,
    vendor: Option<i64>,
    note: &'a str,
    parcels: i64,
    additional_services: &'a [String],
    priority: bool,
    documents: &'a [String],
    lines: Vec<InboundLineTold<'a>>,
    #[schema(value_type = Option<String>)]
    estimated_delivery: Option<At>,
    #[schema(value_type = Option<String>)]
    received: Option<At>,
    #[schema(value_type = Option<String>)]
    inspected: Option<At>,
    #[schema(value_type = Option<String>)]
    completed: Option<At>,
    #[schema(value_type = Option<String>)]
    cancelled: Option<At>,
    cancel_reason: Option<&'a str>,
}

/// A line of an inbound.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InboundLine)]
pub struct InboundLineTold<'a> {
    id: u32,
    item: i64,
    sku: &'a str,
    quantity: i64,
    received: i64,
    damaged: i64,
    damaged_2: i64,
    damaged_3: i64,
    lost: i64,
    #[schema(value_type = String)]
    cost: Decimal,
    parcel_code: &'a str,
    inspection_note: &'a str,
    #[schema(value_type = Option<String>)]
    inspected: Option<At>,
    weight: Option<i64>,
    volume: Option<&'a str>,
}

impl<'a> InboundTold<'a> {
    pub(super) fn of(envelope: Envelope<'a>, it: &'a Inbound) -> Self {
        let lines = it.lines.iter().map(|line| InboundLineTold {
            id: line.id,
            item: line.item.0,
            sku: &line.sku,
            quantity: line.quantity,
            received: line.received,
            damaged: line.damaged[0],
            damaged_2: line.damaged[1],
            damaged_3: line.damaged[2],
            lost: line.lost,
            cost: line.cost,
            parcel_code: &line.parcel_code,
            inspection_note: &line.inspection_note,
            inspected: at(line.inspected),
            weight: line.weight,
            volume: line.volume.as_deref(),
        });
        Self {
            envelope,
            state: it.state.name(),
            state_since: At(it.state_since),
            inbound_type: it.inbound_type,
            reference: it.reference.as_deref(),
            return_: it.return_.map(|it| it.0),
            warehouse: it.warehouse.0,
            vendor: it.vendor.map(|it| it.0),
            note: &it.note,
            parcels: it.parcels,
            additional_services: &it.additional_services,
            priority: it.priority,
            documents: &it.documents,
            lines: lines.collect(),
            estimated_delivery: at(it.estimated_delivery),
            received: at(it.received),
            inspected: at(it.inspected),
            completed: at(it.completed),
            cancelled: at(it.cancelled),
            cancel_reason: it.cancel_reason.as_deref(),
        }
    }
}

/// What a buyer sends back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Return)]
pub struct ReturnTold<'a> {
    #[serde(flatten)]
    envelope: Envelope<'a>,
    #[schema(value_type = String, example = "returning")]
    state: &'static str,
    #[schema(value_type = String)]
    state_since: At,
    order: i64,
    order_code: &'a str,
    shop: i64,
    platform: &'a str,
    warehouse: i64,
    #[serde(serialize_with = "tell_return_reason")]
    #[schema(value_type = String, example = "wrong_item")]
    reason_type: ReturnReason,
    reason: &'a str,
    note: &'a str,
    lines: Vec<ReturnLineTold<'a>>,
    courier: Option<i64>,
    courier_link: Option<i64>,
    service: Option<i64>,
    parcel: Option<ParcelTold<'a>>,
    inbound: Option<i64>,
    #[schema(value_type = Option<String>)]
    received: Option<At>,
    #[schema(value_type = Option<String>)]
    inspected: Option<At>,
    #[schema(value_type = Option<String>)]
    completed: Option<At>,
    #[schema(value_type = Option<String>)]
    cancelled: Option<At>,
    cancel_reason: Option<&'a str>,
    /// Where it is collected; null after an erasure, or where the buyer brings it.
    pickup: Option<PartyPart>,
}

/// A line of a return.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReturnLine)]
pub struct ReturnLineTold<'a> {
    id: u32,
    /// The order's line.
    line: u32,
    sku: &'a str,
    name: &'a str,
    #[schema(value_type = String)]
    sale_price: Decimal,
    quantity: i64,
    received: i64,
    damaged: i64,
    lost: i64,
    inspection_note: &'a str,
}

impl<'a> ReturnTold<'a> {
    pub(super) fn of(envelope: Envelope<'a>, it: &'a Return) -> Self {
        let lines = it.lines.iter().map(|line| ReturnLineTold {
            id: line.id,
            line: line.line,
            sku: &line.sku,
            name: &line.name,
            sale_price: line.sale_price,
            quantity: line.quantity,
            received: line.received,
            damaged: line.damaged,
            lost: line.lost,
            inspection_note: &line.inspection_note,
        });
        Self {
            envelope,
            state: it.state.name(),
            state_since: At(it.state_since),
            order: it.order.0,
            order_code: &it.order_code,
            shop: it.shop.0,
            platform: &it.platform,
            warehouse: it.warehouse.0,
            reason_type: it.reason_type,
            reason: &it.reason,
            note: &it.note,
            lines: lines.collect(),
            courier: it.courier.map(|it| it.0),
            courier_link: it.courier_link.map(|it| it.0),
            service: it.service.map(|it| it.0),
            parcel: it.parcel.as_ref().map(ParcelTold::of),
            inbound: it.inbound.map(|it| it.0),
            received: at(it.received),
            inspected: at(it.inspected),
            completed: at(it.completed),
            cancelled: at(it.cancelled),
            cancel_reason: it.cancel_reason.as_deref(),
            pickup: it.pickup.as_ref().map(PartyPart::from),
        }
    }
}
