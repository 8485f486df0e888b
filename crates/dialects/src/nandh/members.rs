//! The members that N&H is known to send, for telling when it sends others: in the webhooks (nandh-oms.md
//! §10) and in the details of orders (§7, O4) and shipments (§8, H5). The pages contradict themselves in
//! what is required, so that only what we read is asked for always; flags come as booleans.

use crate::raw::Object;
use crate::shape::{self, Kind, Known, always, maybe};
use trackway_model::Strange;

const READ: [Known; 2] = [
    always("status", Kind::Code),
    maybe("status_update_time", Kind::Code),
];

/// A webhook of any event.
const WEBHOOK: &[Known] = &[
    always("event_code", Kind::Text),
    always("id", Kind::Number),
    maybe("tracking_code", Kind::Text),
    maybe("courier_tracking_code", Kind::Text),
    maybe("partner_tracking_code", Kind::Text),
    maybe("inbound_code", Kind::Text),
    maybe("reference_code", Kind::Text),
    maybe("inbound_type", Kind::Text),
    maybe("return_tracking_code", Kind::Text),
    maybe("order_tracking_code", Kind::Text),
    maybe("status", Kind::Code),
    maybe("status_update_time", Kind::Code),
    maybe("platform", Kind::Text),
    maybe("store_id", Kind::Number),
    maybe("warehouse_provider", Kind::Text),
    maybe("sku", Kind::Text),
    maybe("nhsin", Kind::Text),
    maybe("stock", Kind::Number),
    maybe("available_stock", Kind::Number),
    maybe("reserved_stock", Kind::Number),
    maybe("incoming", Kind::Number),
    maybe("created_time", Kind::Code),
    maybe("update_time", Kind::Code),
    maybe("updated_time", Kind::Code),
];

/// Members that are texts.
const TEXTS: &[&str] = &[
    "country",
    "currency",
    "platform",
    "group_platform",
    "source",
    "sorting_code",
    "tracking_code",
    "partner_tracking_code",
    "partner_courier_tracking_code",
    "order_type",
    "note",
    "packaging_note",
    "tax_paid_by",
    "fee_paid_by",
    "volume",
    "order_shipping_provider",
    "shipping_provider",
    "fulfillment_provider",
    "courier_tracking_code",
    "warehouse_provider",
    "label_code",
    "label_url",
    "additional_services",
    "status_display",
    "status_css",
    "platform_logo",
    "email_updated",
    "email_created",
    "payment_status_display",
    "payment_status_css",
    "order_type_display",
];
/// Members that are numbers, amounts and times in either spelling.
const NUMBERS: &[&str] = &[
    "id",
    "partner_id",
    "fulfill_type",
    "time_fulfillment",
    "partner_created_time",
    "confirmed_sla_time",
    "sla_time",
    "shipped_sla_time",
    "fulfilled_time",
    "shipped_time",
    "delivered_time",
    "returned_time",
    "completed_time",
    "inspection_time",
    "received_time",
    "estimated_departure_time",
    "created_time",
    "updated_time",
    "user",
    "business",
    "updated_by",
    "created_by",
    "order",
    "box_dimension",
    "courier_integration",
    "total_cod_amount",
    "cod_amount",
    "total_amount",
    "payment_status",
    "actual_weight",
    "total_weight_items",
    "total_cbm",
    "total_qty_items",
    "total_discounted_price",
];
/// Flags, objects and lists: looked at by name only.
const OTHERS: &[&str] = &[
    "partner_priority_fulfillment",
    "tax_info",
    "protective_packaging",
    "inspection",
    "use_insurance",
    "can_check_content",
    "is_ship_now",
    "priority_fulfillment_3pf",
    "partner_information",
    "push_3pl_success",
    "push_3pf_success",
    "push_rts_success",
    "push_fulfill_pack_success",
    "is_seller_own_fleet",
    "pickup_address",
    "store",
    "courier",
    "courier_service",
    "courier_ship",
    "validate_order_type",
    "can_view_channel_order_detail",
    "can_approve",
    "is_fulfill_now",
    "payment_detail",
    "can_edit",
    "can_cancel",
    "can_create_shipment",
    "can_update_packed_to_marketplace",
    "receiver",
    "order_info",
    "shipment_items",
];

/// What differs in a webhook.
pub fn of_webhook(body: &[u8]) -> Vec<Strange> {
    shape::compare(WEBHOOK, body)
}

/// What differs in a detail of an order or a shipment, or in a row of a list. Returns have no page.
pub fn of_detail(body: &[u8]) -> Vec<Strange> {
    let is_return = Object::parse(body).is_ok_and(|it| it.get("return_tracking_code").is_some());
    if is_return {
        return Vec::new();
    }
    let of = |names: &'static [&'static str], kind| names.iter().map(move |name| maybe(name, kind));
    let known: Vec<Known> = READ
        .into_iter()
        .chain(of(TEXTS, Kind::Text))
        .chain(of(NUMBERS, Kind::Code))
        .chain(of(OTHERS, Kind::Any))
        .collect();
    shape::compare(&known, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surprises(found: Vec<Strange>) -> Vec<String> {
        found.into_iter().map(|strange| strange.member).collect()
    }

    /// The `data` of an answer.
    fn data(fixture: &str) -> String {
        let envelope = Object::of_text(fixture).unwrap();
        envelope.inside("data").unwrap().text().to_owned()
    }

    #[test]
    fn the_references_examples_hold_no_surprise_but_those_made_for_it() {
        let order = data(include_str!("fixtures/upstream-order.json"));
        assert_eq!(surprises(of_detail(order.as_bytes())), [""; 0]);
        let shipment = data(include_str!("fixtures/upstream-shipment.json"));
        let one = surprises(of_detail(shipment.as_bytes()));
        assert_eq!(one, ["a_member_nobody_documented"]);
        let webhook = include_bytes!("fixtures/webhook-shipment.json");
        assert_eq!(surprises(of_webhook(webhook)), ["a_new_member"]);
        let order = include_bytes!("fixtures/webhook-order.json");
        assert_eq!(surprises(of_webhook(order)), [""; 0]);
    }
}
