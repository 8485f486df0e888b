//! Returns (R1, R2, R5).

use crate::nandh::related::{Of, Related, Wants};
use crate::nandh::rules;
use crate::nandh::states;
use crate::nandh::wire::catalog::{Courier, ServiceChosen};
use crate::nandh::wire::party::{PickupAddress, Receiver};
use crate::nandh::wire::{Cents, Linked, Number, seconds};
use serde::Serialize;
use trackway_model::orders::{
    self, Inbound, Item, Kind, Order, Return, ReturnLine, Service, State,
};

/// R3's answer.
#[derive(Clone, Debug, Serialize)]
pub struct Created {
    pub return_order_id: i64,
    pub return_tracking_code: String,
}

/// What a cancel answers.
#[derive(Clone, Debug, Serialize)]
pub struct Cancelled {
    pub return_order_id: i64,
    pub return_tracking_code: String,
    pub status: u16,
}

/// R2; R1 with nested objects as ids.
#[derive(Clone, Debug, Serialize)]
pub struct ReturnTold {
    id: i64,
    country: String,
    currency: String,
    return_tracking_code: String,
    order_tracking_code: String,
    order: i64,
    courier_tracking_code: Option<String>,
    reason_type: &'static str,
    reason_type_display: &'static str,
    reason: String,
    status: u16,
    status_display: &'static str,
    status_css: &'static str,
    status_update_time: i64,
    note: String,
    return_address: Option<Linked<PickupAddress>>,
    pickup: Option<Receiver>,
    courier_ship: Option<Linked<Courier>>,
    courier_service: Option<Linked<ServiceChosen>>,
    total_qty_items: i64,
    total_amount: Number,
    inbound_code: Option<String>,
    received_time: i64,
    inspection_time: i64,
    completed_time: i64,
    canceled_time: i64,
    created_time: i64,
    updated_time: i64,
    user: i64,
    business: i64,
    created_by: i64,
    updated_by: i64,
    can_cancel: bool,
}

/// R5.
#[derive(Clone, Debug, Serialize)]
pub struct ReturnItem {
    id: u32,
    order_item_id: u32,
    sku: String,
    nhsin: Option<String>,
    name: String,
    sale_price: Cents,
    return_quantity: i64,
    received_quantity: i64,
    damaged_quantity: i64,
    lost_quantity: i64,
    inspection_note: String,
}

/// What a return's answer shows beside it.
pub fn wants(wants: &mut Wants, it: &Return) {
    wants.add(Kind::PickupAddress, [it.warehouse]);
    wants.add(Kind::Order, [it.order]);
    wants.add(Kind::Courier, it.courier);
    wants.add(Kind::Service, it.service);
    wants.add(Kind::Inbound, it.inbound);
}

/// What its items show beside its order.
pub fn item_wants(wants: &mut Wants, it: &Return, related: &Related) {
    if let Some(order) = related.get::<Order>(it.order) {
        let parts = order
            .body
            .lines
            .iter()
            .filter_map(|line| line.parts.first());
        wants.add(Kind::Item, parts.map(|part| part.item));
    }
}

impl ReturnTold {
    /// R2.
    pub fn detail(of: Of<'_, Return>, related: &Related) -> Self {
        let it = of.body;
        let warehouse = related.get(it.warehouse).map(PickupAddress::nested);
        let courier = related.some(it.courier).map(Courier::new);
        let service = related.some::<Service>(it.service).map(ServiceChosen::new);
        Self {
            return_address: warehouse.map(Linked::whole),
            courier_ship: courier.map(Linked::whole),
            courier_service: service.map(Linked::whole),
            ..Self::row(of, related)
        }
    }

    /// R1.
    pub fn row(of: Of<'_, Return>, related: &Related) -> Self {
        let (record, it) = (of.record, of.body);
        let warehouse = related.get::<orders::PickupAddress>(it.warehouse);
        let order = related.get::<Order>(it.order).map(|of| of.body);
        let status = states::of(states::RETURN, it.state.name());
        let reason = it.reason_type.name();
        Self {
            id: of.id(),
            country: rules::country(warehouse),
            currency: order.map_or_else(|| rules::CURRENCY.to_owned(), |it| it.currency.clone()),
            return_tracking_code: record.code.clone(),
            order_tracking_code: it.order_code.clone(),
            order: it.order.0,
            courier_tracking_code: it.parcel.as_ref().map(|parcel| parcel.waybill.clone()),
            reason_type: reason,
            reason_type_display: &states::of(states::REASON, reason).display,
            reason: it.reason.clone(),
            status: status.code,
            status_display: &status.display,
            status_css: &status.css,
            status_update_time: seconds(it.state_since),
            note: it.note.clone(),
            return_address: Some(Linked::Id(it.warehouse.0)),
            pickup: it
                .pickup
                .as_ref()
                .map(|party| Receiver::new(record.id, it.order, party, related.epoch)),
            courier_ship: it.courier.map(|id| Linked::Id(id.0)),
            courier_service: it.service.map(|id| Linked::Id(id.0)),
            total_qty_items: it.quantity(),
            total_amount: Number(it.total()),
            inbound_code: related
                .some::<Inbound>(it.inbound)
                .map(|it| it.record.code.clone()),
            received_time: seconds(it.received),
            inspection_time: seconds(it.inspected),
            completed_time: seconds(it.completed),
            canceled_time: seconds(it.cancelled),
            created_time: seconds(record.created),
            updated_time: seconds(record.updated),
            user: record.created_by,
            business: record.account.0,
            created_by: record.created_by,
            updated_by: record.updated_by,
            can_cancel: it.can_cancel(),
        }
    }
}

impl ReturnItem {
    /// Every line.
    pub fn each(it: &Return, related: &Related) -> Vec<Self> {
        it.lines
            .iter()
            .map(|line| Self::new(it, line, related))
            .collect()
    }

    fn new(it: &Return, line: &ReturnLine, related: &Related) -> Self {
        let order = related.get::<Order>(it.order);
        let ordered = order.and_then(|order| order.body.lines.iter().find(|of| of.id == line.line));
        let part = ordered.and_then(|ordered| ordered.parts.first());
        let item = part.and_then(|part| related.get::<Item>(part.item));
        Self {
            id: line.id,
            order_item_id: line.line,
            sku: line.sku.clone(),
            nhsin: item.map(|item| item.record.code.clone()),
            name: line.name.clone(),
            sale_price: Cents(line.sale_price),
            return_quantity: line.quantity,
            received_quantity: line.received,
            damaged_quantity: line.damaged,
            lost_quantity: line.lost,
            inspection_note: line.inspection_note.clone(),
        }
    }
}
