//! Every member of order detail follows from what is stored: each stored fact is changed, and the members
//! that it stands in change. Together they are all members: none is a constant of the encoder.

mod world;

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use trackway_model::AccountId;
use trackway_model::orders::{
    Decimal, OrderState, OrderType, PaymentMethod, PaymentStatus, RecordId,
};
use world::{SECOND, World};

fn flatten(path: &str, value: &Value, members: &mut BTreeMap<String, Value>) {
    match value.as_object() {
        Some(inner) if !inner.is_empty() => {
            for (name, value) in inner {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                flatten(&path, value, members);
            }
        }
        _ => drop(members.insert(path.to_owned(), value.clone())),
    }
}

type Change = (&'static str, fn(&mut World));

/// Members that must change, with spaces between them, when something stored does.
const CHANGES: &[Change] = &[
    ("id receiver.id receiver.order", |it| {
        it.order.id = RecordId(2);
    }),
    ("tracking_code partner_tracking_code", |it| {
        it.order.code = "NHOV2".to_owned();
    }),
    ("business", |it| it.order.account = AccountId(902)),
    ("created_time time_fulfillment partner_created_time", |it| {
        it.order.created += SECOND;
    }),
    ("updated_time", |it| it.order.updated += SECOND),
    ("user created_by", |it| it.order.created_by = 9),
    ("updated_by", |it| it.order.updated_by = 9),
    (
        "status status_display can_cancel can_edit can_approve",
        |it| it.order().state = OrderState::New,
    ),
    ("can_create_shipment", |it| {
        it.order().state = OrderState::Approved;
    }),
    ("status_css", |it| {
        it.order().state = OrderState::CancelledBySeller;
    }),
    ("status_update_time", |it| it.order().state_since += SECOND),
    ("order_type order_type_display", |it| {
        it.order().order_type = OrderType::B2b;
    }),
    (
        "platform group_platform can_view_channel_order_detail can_update_packed_to_marketplace",
        |it| it.order().platform = "shopee".to_owned(),
    ),
    ("partner_tracking_code", |it| {
        it.order().number = Some("PO-1".into());
    }),
    ("source", |it| it.order().source = "app".to_owned()),
    ("currency", |it| it.order().currency = "USD".to_owned()),
    ("note", |it| it.order().note = "By noon".to_owned()),
    ("packaging_note", |it| {
        it.order().packaging_note = "Upright".to_owned();
    }),
    ("partner_created_time", |it| {
        it.order().partner_created = Some(SECOND);
    }),
    ("estimated_departure_time", |it| {
        it.order().estimated_departure = Some(SECOND);
    }),
    ("completed_time", |it| it.order().completed = Some(SECOND)),
    ("returned_time", |it| it.order().returned = Some(SECOND)),
    ("order_info.confirmed_time", |it| {
        it.order().confirmed = Some(SECOND);
    }),
    ("order_info.fulfilled_time", |it| {
        it.order().fulfilled = Some(SECOND);
    }),
    ("order_info.shipped_time", |it| {
        it.order().shipped = Some(SECOND);
    }),
    ("order_info.canceled_time", |it| {
        it.order().cancelled = Some(SECOND);
    }),
    ("order_info.cancel_reason", |it| {
        it.order().cancel_reason = Some("Too late".into());
    }),
    ("total_cod_amount", |it| it.order().cod_asked = Decimal::ONE),
    ("actual_weight", |it| it.order().weighed = Some(99)),
    ("total_weight_items", |it| it.order().lines[0].weight = 11),
    ("total_cbm", |it| it.order().lines[0].volume = Decimal::TEN),
    ("protective_packaging", |it| {
        it.order().lines[0].protective = true;
    }),
    ("total_qty_items", |it| it.order().lines[0].quantity = 3),
    (
        "total_amount total_discounted_price payment_detail.total_payment payment_detail.total_unpaid",
        |it| it.order().lines[0].discounted_price = Decimal::from(11_000),
    ),
    (
        "cod_amount payment_status payment_status_display payment_status_css payment_detail.total_paid",
        |it| it.pay(PaymentStatus::NotPaid, PaymentMethod::Cod),
    ),
    ("payment_detail.total_refund", |it| {
        it.pay(PaymentStatus::Refunded, PaymentMethod::BankTransfer);
    }),
    ("payment_detail.total_debt", |it| {
        it.pay(PaymentStatus::Overdue, PaymentMethod::BankTransfer);
    }),
    // How it is packed and carried.
    ("tax_paid_by", |it| {
        it.order().choices.tax_paid_by_receiver = true;
    }),
    ("fee_paid_by", |it| {
        it.order().choices.fee_paid_by_receiver = true;
    }),
    ("use_insurance", |it| {
        it.order().choices.use_insurance = true;
    }),
    ("can_check_content", |it| {
        it.order().choices.inspection_by_buyer = true;
    }),
    ("is_fulfill_now", |it| it.order().choices.fulfil_now = true),
    ("courier_integration", |it| {
        it.order().choices.courier_link = Some(RecordId(41));
    }),
    ("additional_services", |it| {
        it.order().choices.additional_services = vec!["CIG".to_owned()];
    }),
    ("validate_order_type courier", |it| {
        it.order().choices.courier = None;
    }),
    ("box_dimension", |it| it.order().choices.box_size = None),
    ("volume", |it| it.size().width = Decimal::ONE),
    ("courier courier_ship.id", |it| {
        it.order().choices.courier = Some(RecordId(45));
        it.courier.id = RecordId(45);
    }),
    ("courier_ship.prefix", |it| {
        it.courier.code = "dpx".to_owned();
    }),
    ("courier_ship.name", |it| {
        it.courier().name = "Other".to_owned();
    }),
    ("courier_ship.description", |it| {
        it.courier().description = Some("Other".into());
    }),
    ("courier_ship.logo", |it| {
        it.courier().logo = Some("https://cdn.example.invalid/1".into());
    }),
    ("courier_ship.tracking_url", |it| {
        it.courier().tracking_url = Some("https://example.invalid/".into());
    }),
    ("courier_ship.rating", |it| it.courier().rating = Some(5)),
    ("courier_ship.is_fulfill_now", |it| {
        it.courier().fulfil_now = true;
    }),
    ("courier_ship.is_seller_own_fleet", |it| {
        it.courier().own_fleet = true;
    }),
    ("courier_ship.use_lib", |it| {
        it.courier().carrier = "other-post".to_owned();
    }),
    (
        "courier_ship.is_platform_own_fleet shipping_provider",
        |it| it.courier().platform_fleet = true,
    ),
    ("courier_service.name", |it| {
        it.service().name = "Express".to_owned();
    }),
    ("courier_service.estimate_time", |it| {
        it.service().estimate = "1".to_owned();
    }),
    ("courier_service.is_fulfill_now is_ship_now", |it| {
        it.service().fulfil_now = true;
    }),
    ("confirmed_sla_time shipped_sla_time sla_time", |it| {
        it.service().promise = Some([1, 2, 3]);
    }),
    // Where it sells and starts from.
    ("store.id", |it| {
        it.order().shop = RecordId(11);
        it.shop.id = RecordId(11);
    }),
    ("store.name", |it| it.shop().name = "Other".to_owned()),
    ("store.logo", |it| {
        it.shop().logo = Some("https://cdn.example.invalid/2".into());
    }),
    ("store.platform", |it| {
        it.shop().platform = "tiki".to_owned();
    }),
    ("store.platform_logo platform_logo", |it| {
        it.shop().platform_logo = Some("https://cdn.example.invalid/3".into());
    }),
    ("pickup_address.id", |it| {
        it.order().pickup = RecordId(21);
        it.place.id = RecordId(21);
    }),
    ("pickup_address.pickup_code", |it| {
        it.place.code = "PK9".to_owned();
    }),
    ("pickup_address.pickup_name", |it| {
        it.place().name = "Other".to_owned();
    }),
    ("pickup_address.contact_name", |it| {
        it.place().contact.name = "Other".to_owned();
    }),
    ("pickup_address.phone", |it| {
        it.place().contact.phone = Some("0000000002".into());
    }),
    ("pickup_address.address", |it| {
        it.place().contact.address.line = "2 Sample St".to_owned();
    }),
    ("country", |it| {
        it.place().contact.address.country = "LA".to_owned();
    }),
    ("pickup_address.fulfillment_provider_name", |it| {
        it.place().fulfilment_provider_name = "Other".to_owned();
    }),
    ("pickup_address.warehouse_provider_name", |it| {
        it.place().warehouse_name = Some("FC".into());
    }),
    (
        "fulfill_type pickup_address.is_fulfill_self pickup_address.is_fulfill_3pf",
        |it| {
            it.place().fulfilment_provider = "self".to_owned();
        },
    ),
    // Who gets it.
    ("receiver.country", |it| {
        it.receiver().address.country = "LA".to_owned();
    }),
    ("receiver.fullname", |it| {
        it.receiver().name = "Other".to_owned();
    }),
    ("receiver.email", |it| {
        it.receiver().email = Some("other@example.invalid".into());
    }),
    ("receiver.phone", |it| {
        it.receiver().phone = Some("0000000003".into());
    }),
    ("receiver.address", |it| {
        it.receiver().address.line = "3 Sample St".to_owned();
    }),
    ("receiver.address2", |it| {
        it.receiver().address.line2 = Some("Floor 2".into());
    }),
    ("receiver.zipcode", |it| {
        it.receiver().address.zipcode = Some("700000".into());
    }),
    ("receiver.lat", |it| {
        it.receiver().address.lat = Some("10.8".into());
    }),
    ("receiver.lng", |it| {
        it.receiver().address.lng = Some("106.6".into());
    }),
    ("receiver.province receiver.district receiver.ward", |it| {
        let place = &mut it.receiver().address;
        (place.province, place.district, place.ward) = (
            Some("TP. Hồ Chí Minh".into()),
            Some("Quận Tân Bình".into()),
            Some("Phường 02".into()),
        );
        (place.province_id, place.district_id, place.ward_id) = (Some(79), Some(766), Some(26_965));
    }),
    ("receiver.customer", |it| {
        it.receiver().customer = Some(RecordId(70));
    }),
    // What a source gave and our records have no member for.
    ("sorting_code", |it| it.extra("sorting_code", json!("S-1"))),
    ("partner_id", |it| it.extra("partner_id", json!(5))),
    ("partner_courier_tracking_code", |it| {
        it.extra("partner_courier_tracking_code", json!("W1"));
    }),
    ("partner_priority_fulfillment", |it| {
        it.extra("partner_priority_fulfillment", json!(1));
    }),
    ("tax_info", |it| {
        it.extra("tax_info", json!({"code": "0000000000"}));
    }),
    ("inspection", |it| it.extra("inspection", json!(true))),
    ("email_created", |it| {
        it.extra("email_created", json!("ops@example.invalid"));
    }),
    ("email_updated", |it| {
        it.extra("email_updated", json!("ops@example.invalid"));
    }),
    ("order_info.partner_escrow_time", |it| {
        it.extra("partner_escrow_time", json!(17));
    }),
];

/// Whether one of the paths is this member, or stands within it where it was nothing or is nothing now.
fn changes(named: &str, before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> bool {
    let within = |told: &BTreeMap<String, Value>| -> Vec<(String, Value)> {
        let inside = format!("{named}.");
        let own = told
            .iter()
            .filter(|(path, _)| **path == named || path.starts_with(&inside));
        own.map(|(path, value)| (path.clone(), value.clone()))
            .collect()
    };
    within(before) != within(after)
}

#[test]
fn every_member_follows_from_what_is_stored() {
    let world = World::new();
    let before = world.told();
    let mut moved = BTreeSet::new();
    for (members, change) in CHANGES {
        let mut other = world.clone();
        change(&mut other);
        let after = other.told();
        assert_ne!(before, after, "{members}");
        for member in members.split(' ') {
            assert!(changes(member, &before, &after), "{member} stays as it is");
            moved.insert(member);
        }
    }
    for member in before.keys() {
        assert!(moved.contains(&**member), "{member} follows from nothing");
    }
}
