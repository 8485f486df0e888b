//! Shipments of orders (H4 to H7).

use crate::nandh::related::{Of, Related, Wants};
use crate::nandh::rules::{self, Extra};
use crate::nandh::states;
use crate::nandh::wire::catalog::{Courier, ServiceChosen, Store};
use crate::nandh::wire::party::{PickupAddress, Receiver};
use crate::nandh::wire::{Cents, Number, seconds, volume};
use serde::Serialize;
use serde_json::Value;
use trackway_model::orders::{
    self, BoxSize, CourierLink, Fulfilment, Item, Kind, Order, Service, State,
};

/// What a creation answers, for each shipment.
#[derive(Clone, Debug, Serialize)]
pub struct Created {
    pub shipment_id: i64,
    pub tracking_code: String,
}

/// What a cancel answers.
#[derive(Clone, Debug, Serialize)]
pub struct Cancelled {
    pub shipment_id: i64,
    pub tracking_code: String,
    pub status: u16,
}

/// H5.
#[derive(Clone, Debug, Serialize)]
pub struct ShipmentTold {
    id: i64,
    country: String,
    currency: String,
    platform: String,
    group_platform: String,
    sorting_code: Value,
    tracking_code: String,
    partner_tracking_code: String,
    note: String,
    packaging_note: String,
    status: u16,
    status_update_time: i64,
    tax_paid_by: &'static str,
    fee_paid_by: &'static str,
    volume: Option<String>,
    protective_packaging: bool,
    inspection: bool,
    use_insurance: bool,
    can_check_content: bool,
    order_shipping_provider: &'static str,
    shipping_provider: &'static str,
    fulfillment_provider: Option<String>,
    cod_amount: Cents,
    courier_tracking_code: Option<String>,
    fulfill_type: u8,
    warehouse_provider: Option<String>,
    is_ship_now: bool,
    priority_fulfillment_3pf: bool,
    partner_created_time: i64,
    partner_information: Value,
    label_code: String,
    estimated_departure_time: i64,
    push_3pl_success: bool,
    push_3pf_success: bool,
    push_rts_success: bool,
    push_fulfill_pack_success: bool,
    additional_services: String,
    is_seller_own_fleet: bool,
    label_url: Option<String>,
    confirmed_sla_time: i64,
    sla_time: i64,
    shipped_sla_time: i64,
    fulfilled_time: i64,
    shipped_time: i64,
    delivered_time: i64,
    returned_time: i64,
    completed_time: i64,
    inspection_time: i64,
    received_time: i64,
    created_time: i64,
    updated_time: i64,
    user: i64,
    business: i64,
    updated_by: i64,
    created_by: i64,
    pickup_address: Option<PickupAddress>,
    store: Option<Store>,
    order: i64,
    courier_integration: Option<i64>,
    courier: Option<Courier>,
    courier_service: Option<ServiceChosen>,
    courier_ship: Option<Courier>,
    box_dimension: Option<i64>,
    receiver: Option<Receiver>,
    status_display: &'static str,
    status_css: &'static str,
    can_cancel: bool,
    actual_weight: i64,
    total_qty_items: i64,
    shipment_items: Vec<ShipmentItem>,
}

/// A row of H4 and H6.
#[derive(Clone, Debug, Serialize)]
pub struct ShipmentRow {
    id: i64,
    country: String,
    currency: String,
    platform: String,
    group_platform: String,
    sorting_code: Value,
    tracking_code: String,
    partner_tracking_code: String,
    status: u16,
    order_shipping_provider: &'static str,
    shipping_provider: &'static str,
    fulfillment_provider: Option<String>,
    courier_tracking_code: Option<String>,
    fulfill_type: u8,
    warehouse_provider: Option<String>,
    is_ship_now: bool,
    priority_fulfillment_3pf: bool,
    cod_amount: Cents,
    created_time: i64,
    updated_time: i64,
    user: i64,
    business: i64,
    updated_by: i64,
    created_by: i64,
    pickup_address: i64,
    store: i64,
    order: i64,
    courier_integration: Option<i64>,
    courier: Option<Courier>,
    courier_service: Option<ServiceChosen>,
    courier_ship: Option<Courier>,
    status_display: &'static str,
    status_css: &'static str,
}

/// H7.
#[derive(Clone, Debug, Serialize)]
pub struct ShipmentItem {
    id: u32,
    sku: String,
    nhsin: Option<String>,
    name: String,
    quantity: i64,
    sale_price: Number,
    weight: i64,
}

/// What a shipment's answer shows beside it.
pub fn wants(wants: &mut Wants, it: &Fulfilment) {
    wants.add(Kind::PickupAddress, [it.pickup]);
    wants.add(Kind::Shop, [it.shop]);
    wants.add(Kind::Order, [it.order]);
    wants.add(Kind::Courier, it.courier);
    wants.add(Kind::CourierLink, it.courier_link);
    wants.add(Kind::Service, it.service);
    wants.add(Kind::BoxSize, it.box_size);
}

/// What it shows beside its order: the first item of each line.
pub fn item_wants(wants: &mut Wants, it: &Fulfilment, related: &Related) {
    if let Some(order) = related.get::<Order>(it.order) {
        let parts = order
            .body
            .lines
            .iter()
            .filter_map(|line| line.parts.first());
        wants.add(Kind::Item, parts.map(|part| part.item));
    }
}

/// The courier that carries: the one that was chosen, or the link's.
fn courier<'r>(it: &Fulfilment, related: &'r Related) -> Option<Of<'r, orders::Courier>> {
    let linked = || related.some::<CourierLink>(it.courier_link);
    related.some(
        it.courier
            .or_else(|| linked().map(|link| link.body.courier)),
    )
}

pub fn items(it: &Fulfilment, related: &Related) -> Vec<ShipmentItem> {
    let order = related.get::<Order>(it.order);
    let lines = it.lines.iter().filter_map(|sent| {
        let line = order?.body.lines.iter().find(|line| line.id == sent.line)?;
        let item = line
            .parts
            .first()
            .and_then(|part| related.get::<Item>(part.item));
        Some(ShipmentItem {
            id: line.id,
            sku: line.sku.clone(),
            nhsin: item.map(|item| item.record.code.clone()),
            name: line.name.clone(),
            quantity: sent.quantity,
            sale_price: Number(line.sale_price),
            weight: line.weight,
        })
    });
    lines.collect()
}

impl ShipmentTold {
    pub fn new(of: Of<'_, Fulfilment>, related: &Related) -> Self {
        let (record, it) = (of.record, of.body);
        let row = ShipmentRow::new(of, related);
        let order = related.get::<Order>(it.order);
        let (body, made) = (order.map(|of| of.body), order.map(|of| of.record.created));
        let choices = body.map(|order| order.choices.clone()).unwrap_or_default();
        let extra = Extra(&it.extra);
        let pickup = related.get(it.pickup);
        let carrier = courier(it, related);
        let service = related.some::<Service>(it.service);
        let [confirmed_by, handed_over_by, delivered_by] =
            rules::promised(made.unwrap_or(record.created), service.map(|it| it.body));
        let size = related.some::<BoxSize>(it.box_size).map(|it| it.body);
        let items = items(it, related);
        let platform_told = rules::told_platform(it);
        let made_by_partner = body.and_then(|order| order.partner_created).or(made);
        Self {
            id: row.id,
            country: row.country,
            currency: row.currency,
            platform: row.platform,
            group_platform: row.group_platform,
            sorting_code: row.sorting_code,
            tracking_code: row.tracking_code,
            partner_tracking_code: row.partner_tracking_code,
            note: body.map(|order| order.note.clone()).unwrap_or_default(),
            packaging_note: body
                .map(|order| order.packaging_note.clone())
                .unwrap_or_default(),
            status: row.status,
            status_update_time: seconds(it.state_since),
            tax_paid_by: rules::payer(choices.tax_paid_by_receiver),
            fee_paid_by: rules::payer(choices.fee_paid_by_receiver),
            volume: size.map(|it| volume(it.length, it.width, it.height)),
            protective_packaging: body.is_some_and(Order::is_protective),
            inspection: extra.flag("inspection"),
            use_insurance: choices.use_insurance,
            can_check_content: choices.inspection_by_buyer,
            order_shipping_provider: row.order_shipping_provider,
            shipping_provider: row.shipping_provider,
            fulfillment_provider: row.fulfillment_provider,
            cod_amount: row.cod_amount,
            courier_tracking_code: row.courier_tracking_code,
            fulfill_type: row.fulfill_type,
            warehouse_provider: row.warehouse_provider,
            is_ship_now: row.is_ship_now,
            priority_fulfillment_3pf: row.priority_fulfillment_3pf,
            partner_created_time: seconds(made_by_partner),
            partner_information: extra.object("partner_information"),
            label_code: it.label_code.clone(),
            estimated_departure_time: seconds(body.and_then(|order| order.estimated_departure)),
            push_3pl_success: rules::told_courier(it, carrier.map(|it| it.body)),
            push_3pf_success: rules::told_warehouse(it, pickup),
            push_rts_success: platform_told,
            push_fulfill_pack_success: platform_told,
            additional_services: choices.additional_services.join(","),
            is_seller_own_fleet: carrier.is_some_and(|it| it.body.own_fleet),
            label_url: it.label_url.clone(),
            confirmed_sla_time: seconds(confirmed_by),
            sla_time: seconds(delivered_by),
            shipped_sla_time: seconds(handed_over_by),
            fulfilled_time: seconds(it.fulfilled),
            shipped_time: seconds(it.shipped),
            delivered_time: seconds(it.delivered),
            returned_time: seconds(it.returned),
            completed_time: seconds(it.completed),
            inspection_time: extra.number("inspection_time"),
            received_time: extra.number("received_time"),
            created_time: row.created_time,
            updated_time: row.updated_time,
            user: row.user,
            business: row.business,
            updated_by: row.updated_by,
            created_by: row.created_by,
            pickup_address: pickup.map(PickupAddress::nested),
            store: related.get(it.shop).map(Store::nested),
            order: row.order,
            courier_integration: row.courier_integration,
            courier: row.courier,
            courier_service: row.courier_service,
            courier_ship: row.courier_ship,
            box_dimension: it.box_size.map(|id| id.0),
            receiver: it
                .receiver
                .as_ref()
                .map(|party| Receiver::new(record.id, it.order, party, related.epoch)),
            status_display: row.status_display,
            status_css: row.status_css,
            can_cancel: it.can_cancel(),
            actual_weight: body.map_or(it.weighed.unwrap_or_default(), |order| it.weight(order)),
            total_qty_items: it.quantity(),
            shipment_items: items,
        }
    }
}

impl ShipmentRow {
    pub fn new(of: Of<'_, Fulfilment>, related: &Related) -> Self {
        let (record, it) = (of.record, of.body);
        let extra = Extra(&it.extra);
        let pickup = related.get::<orders::PickupAddress>(it.pickup);
        let order = related.get::<Order>(it.order).map(|of| of.body);
        let carrier = courier(it, related);
        let driver = carrier.map(|it| it.body);
        let service = related.some::<Service>(it.service);
        let status = states::of(states::SHIPMENT, it.state.name());
        Self {
            id: of.id(),
            country: rules::country(pickup),
            currency: order.map_or_else(|| rules::CURRENCY.to_owned(), |it| it.currency.clone()),
            platform: it.platform.clone(),
            group_platform: rules::group_platform(&it.platform),
            sorting_code: extra.value("sorting_code"),
            tracking_code: record.code.clone(),
            partner_tracking_code: it.order_number.clone(),
            status: status.code,
            order_shipping_provider: rules::order_shipping_provider(driver),
            shipping_provider: rules::shipping_provider(driver),
            fulfillment_provider: pickup.map(|it| it.body.fulfilment_provider.clone()),
            courier_tracking_code: rules::courier_number(it, driver),
            fulfill_type: rules::fulfil_type(pickup),
            warehouse_provider: pickup.and_then(|it| it.body.warehouse.clone()),
            is_ship_now: service.is_some_and(|it| it.body.fulfil_now),
            priority_fulfillment_3pf: extra.flag("priority_fulfillment_3pf"),
            cod_amount: Cents(it.cod),
            created_time: seconds(record.created),
            updated_time: seconds(record.updated),
            user: record.created_by,
            business: record.account.0,
            updated_by: record.updated_by,
            created_by: record.created_by,
            pickup_address: it.pickup.0,
            store: it.shop.0,
            order: it.order.0,
            courier_integration: it.courier_link.map(|id| id.0),
            courier: carrier.map(Courier::new),
            courier_service: service.map(ServiceChosen::new),
            courier_ship: carrier.map(Courier::new),
            status_display: &status.display,
            status_css: &status.css,
        }
    }
}
