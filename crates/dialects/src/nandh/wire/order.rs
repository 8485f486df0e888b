//! Orders (O3, O4). A row of the list is the detail without `order_info` and `payment_detail`, with
//! pickup address and store as ids.

use crate::nandh::related::{Of, Related, Wants};
use crate::nandh::rules::{self, Extra};
use crate::nandh::states;
use crate::nandh::wire::catalog::{Courier, ServiceChosen, Store};
use crate::nandh::wire::party::{PickupAddress, Receiver};
use crate::nandh::wire::{Linked, Number, seconds, volume};
use serde::Serialize;
use serde_json::Value;
use trackway_model::orders::{self, BoxSize, Kind, Order, Service};

/// What `POST /orders/create` answers.
#[derive(Clone, Debug, Serialize)]
pub struct Created {
    pub order_id: i64,
    pub tracking_code: String,
}

/// What a cancel answers.
#[derive(Clone, Debug, Serialize)]
pub struct Cancelled {
    pub order_id: i64,
    pub tracking_code: String,
    pub status: u16,
}

#[derive(Clone, Debug, Serialize)]
pub struct OrderTold {
    id: i64,
    country: String,
    currency: String,
    platform: String,
    group_platform: String,
    source: String,
    sorting_code: Value,
    tracking_code: String,
    partner_tracking_code: String,
    partner_id: Value,
    partner_courier_tracking_code: Value,
    order_type: &'static str,
    note: String,
    packaging_note: String,
    partner_priority_fulfillment: bool,
    partner_created_time: i64,
    status: u16,
    status_update_time: i64,
    tax_paid_by: &'static str,
    fee_paid_by: &'static str,
    tax_info: Value,
    volume: Option<String>,
    protective_packaging: bool,
    inspection: bool,
    use_insurance: bool,
    can_check_content: bool,
    shipping_provider: &'static str,
    fulfill_type: u8,
    time_fulfillment: i64,
    is_ship_now: bool,
    confirmed_sla_time: i64,
    sla_time: i64,
    shipped_sla_time: i64,
    completed_time: i64,
    estimated_departure_time: i64,
    returned_time: i64,
    created_time: i64,
    updated_time: i64,
    user: i64,
    business: i64,
    updated_by: i64,
    created_by: i64,
    pickup_address: Option<Linked<PickupAddress>>,
    store: Option<Linked<Store>>,
    box_dimension: Option<i64>,
    courier_integration: Option<i64>,
    courier: Option<i64>,
    courier_service: Option<ServiceChosen>,
    courier_ship: Option<Courier>,
    status_display: &'static str,
    platform_logo: Option<String>,
    status_css: &'static str,
    validate_order_type: Vec<&'static str>,
    can_view_channel_order_detail: bool,
    can_approve: bool,
    email_updated: Value,
    email_created: Value,
    total_cod_amount: Number,
    cod_amount: Number,
    total_amount: Number,
    is_fulfill_now: bool,
    payment_status: u16,
    payment_status_display: &'static str,
    payment_status_css: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_detail: Option<PaymentDetail>,
    actual_weight: i64,
    total_weight_items: i64,
    total_cbm: Number,
    total_qty_items: i64,
    total_discounted_price: Number,
    additional_services: String,
    can_edit: bool,
    can_cancel: bool,
    can_create_shipment: bool,
    can_update_packed_to_marketplace: bool,
    order_type_display: &'static str,
    receiver: Option<Receiver>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_info: Option<OrderInfo>,
}

#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the vendor's names")]
struct PaymentDetail {
    total_payment: Number,
    total_unpaid: Number,
    total_paid: Number,
    total_debt: Number,
    total_refund: Number,
}

#[derive(Clone, Debug, Serialize)]
struct OrderInfo {
    confirmed_time: i64,
    fulfilled_time: i64,
    shipped_time: i64,
    canceled_time: i64,
    cancel_reason: Option<String>,
    partner_escrow_time: i64,
}

/// What an order's answer shows beside it.
pub fn wants(wants: &mut Wants, order: &Order) {
    let choices = &order.choices;
    wants.add(Kind::PickupAddress, [order.pickup]);
    wants.add(Kind::Shop, [order.shop]);
    wants.add(Kind::BoxSize, choices.box_size);
    wants.add(Kind::Courier, choices.courier);
    wants.add(Kind::Service, choices.service);
}

impl OrderTold {
    /// O4.
    pub fn detail(of: Of<'_, Order>, related: &Related) -> Self {
        let order = of.body;
        let sums = order.payment_detail();
        let pickup = related.get(order.pickup).map(PickupAddress::nested);
        Self {
            pickup_address: pickup.map(Linked::whole),
            store: related
                .get(order.shop)
                .map(Store::nested)
                .map(Linked::whole),
            payment_detail: Some(PaymentDetail {
                total_payment: Number(sums.total),
                total_unpaid: Number(sums.unpaid),
                total_paid: Number(sums.paid),
                total_debt: Number(sums.debt),
                total_refund: Number(sums.refund),
            }),
            order_info: Some(OrderInfo {
                confirmed_time: seconds(order.confirmed),
                fulfilled_time: seconds(order.fulfilled),
                shipped_time: seconds(order.shipped),
                canceled_time: seconds(order.cancelled),
                cancel_reason: order.cancel_reason.clone(),
                partner_escrow_time: Extra(&order.extra).number("partner_escrow_time"),
            }),
            ..Self::row(of, related)
        }
    }

    /// O3.
    pub fn row(of: Of<'_, Order>, related: &Related) -> Self {
        let (record, order) = (of.record, of.body);
        let choices = &order.choices;
        let extra = Extra(&order.extra);
        let pickup = related.get(order.pickup);
        let shop = related.get(order.shop);
        let courier = related.some::<orders::Courier>(choices.courier);
        let service = related.some::<Service>(choices.service);
        let [confirmed_by, handed_over_by, delivered_by] =
            rules::promised(record.created, service.map(|it| it.body));
        let size = related.some::<BoxSize>(choices.box_size).map(|it| it.body);
        let status = states::of(states::ORDER, orders::State::name(order.state));
        let payment = states::of(states::PAYMENT, order.payment_status().name());
        Self {
            id: of.id(),
            country: rules::country(pickup),
            currency: order.currency.clone(),
            platform: order.platform.clone(),
            group_platform: rules::group_platform(&order.platform),
            source: order.source.clone(),
            sorting_code: extra.value("sorting_code"),
            tracking_code: record.code.clone(),
            partner_tracking_code: number(of),
            partner_id: extra.value("partner_id"),
            partner_courier_tracking_code: extra.value("partner_courier_tracking_code"),
            order_type: order.order_type.name(),
            note: order.note.clone(),
            packaging_note: order.packaging_note.clone(),
            partner_priority_fulfillment: extra.flag("partner_priority_fulfillment"),
            partner_created_time: seconds(order.partner_created.unwrap_or(record.created)),
            status: status.code,
            status_update_time: seconds(order.state_since),
            tax_paid_by: rules::payer(choices.tax_paid_by_receiver),
            fee_paid_by: rules::payer(choices.fee_paid_by_receiver),
            tax_info: extra.object("tax_info"),
            volume: size.map(|it| volume(it.length, it.width, it.height)),
            protective_packaging: order.is_protective(),
            inspection: extra.flag("inspection"),
            use_insurance: choices.use_insurance,
            can_check_content: choices.inspection_by_buyer,
            shipping_provider: rules::order_shipping_provider(courier.map(|it| it.body)),
            fulfill_type: rules::fulfil_type(pickup),
            time_fulfillment: seconds(rules::time_fulfillment(record)),
            is_ship_now: service.is_some_and(|it| it.body.fulfil_now),
            confirmed_sla_time: seconds(confirmed_by),
            sla_time: seconds(delivered_by),
            shipped_sla_time: seconds(handed_over_by),
            completed_time: seconds(order.completed),
            estimated_departure_time: seconds(order.estimated_departure),
            returned_time: seconds(order.returned),
            created_time: seconds(record.created),
            updated_time: seconds(record.updated),
            user: record.created_by,
            business: record.account.0,
            updated_by: record.updated_by,
            created_by: record.created_by,
            pickup_address: Some(Linked::Id(order.pickup.0)),
            store: Some(Linked::Id(order.shop.0)),
            box_dimension: choices.box_size.map(|id| id.0),
            courier_integration: choices.courier_link.map(|id| id.0),
            courier: choices.courier.map(|id| id.0),
            courier_service: service.map(ServiceChosen::new),
            courier_ship: courier.map(Courier::new),
            status_display: &status.display,
            platform_logo: rules::platform_logo(shop),
            status_css: &status.css,
            validate_order_type: rules::validated(order),
            can_view_channel_order_detail: rules::can_view_channel_order(order),
            can_approve: order.can_approve(),
            email_updated: extra.value("email_updated"),
            email_created: extra.value("email_created"),
            total_cod_amount: Number(order.cod_asked),
            cod_amount: Number(order.cod_to_collect()),
            total_amount: Number(order.total()),
            is_fulfill_now: choices.fulfil_now,
            payment_status: payment.code,
            payment_status_display: &payment.display,
            payment_status_css: &payment.css,
            payment_detail: None,
            actual_weight: order.weight(),
            total_weight_items: order.items_weight(),
            total_cbm: Number(order.cbm()),
            total_qty_items: order.quantity(),
            total_discounted_price: Number(order.goods()),
            additional_services: choices.additional_services.join(","),
            can_edit: order.can_edit(),
            can_cancel: order.can_cancel(),
            can_create_shipment: order.can_create_fulfilment(),
            can_update_packed_to_marketplace: rules::can_update_packed(order),
            order_type_display: &states::of(states::ORDER_TYPE, order.order_type.name()).display,
            receiver: order
                .receiver
                .as_ref()
                .map(|party| Receiver::new(record.id, record.id, party, related.epoch)),
            order_info: None,
        }
    }
}

/// The partner's number; its own code where the partner gave none.
pub fn number(of: Of<'_, Order>) -> String {
    let given = of.body.number.as_ref();
    given.unwrap_or(&of.record.code).clone()
}

#[cfg(test)]
mod tests;
