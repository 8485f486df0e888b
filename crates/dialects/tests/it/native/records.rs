//! Messages about orders, shipments of them, inbounds, returns and stock.

use super::hook::{header, hook};
use secrecy::SecretString;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use std::collections::BTreeMap;
use trackway_dialects::Outgoing;
use trackway_dialects::desk::Settings;
use trackway_dialects::dialect::{RecordMessage, Subscriber};
use trackway_dialects::native::record::{TYPES, type_of};
use trackway_model::AccountId;
use trackway_model::change::RecordChange;
use trackway_model::orders::{Body, Kind, Level, OrderState, Record, RecordId, State, state_name};

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// 2024-05-08T02:00:00Z.
const DONE: i64 = 1_715_133_600_000_000;
const NOW: i64 = DONE + 1_000_000;

fn record(id: i64, code: &str, version: u32, body: Body) -> Record {
    Record {
        id: RecordId(id),
        account: AccountId(1),
        code: code.to_owned(),
        created: DONE,
        updated: DONE,
        created_by: 1,
        updated_by: 1,
        version,
        body,
    }
}

/// A body of its stored facts.
fn body(kind: Kind, facts: &Value) -> Body {
    Body::of_facts(kind, facts.to_string().as_bytes()).unwrap()
}

pub fn order() -> Record {
    let facts = json!({
        "state": "approved", "state_since": DONE, "order_type": "b2c", "shop": 3, "platform": "retail",
        "pickup": 4, "number": "SO-1001", "source": "api", "currency": "VND", "note": "", "packaging_note": "",
        "lines": [{"id": 1, "sku": "TSHIRT-M", "name": "T-shirt, M", "parts": [{"item": 7, "quantity": 1}],
                   "quantity": 2, "sale_price": "120000", "discounted_price": "99000", "weight": 180,
                   "volume": "900", "protective": false}],
        "payments": [{"status": "paid", "method": "cod", "amount": "198000"}], "discounts": [], "fees": [],
        "documents": [],
        "choices": {"inspection_by_buyer": false, "use_insurance": false, "fulfil_now": false, "service": null,
                    "courier_link": null, "courier": null, "box_size": null, "additional_services": [],
                    "tax_paid_by_receiver": false, "fee_paid_by_receiver": false},
        "reserved": true, "cod_asked": "0", "weighed": null, "cancel_reason": null, "confirmed": DONE,
        "fulfilled": null, "shipped": null, "completed": null, "returned": null, "cancelled": null,
        "estimated_departure": null, "partner_created": null
    });
    record(12, "OR12", 3, body(Kind::Order, &facts))
}

fn fulfilment() -> Record {
    let facts = json!({
        "state": "in_transit", "state_since": DONE, "order": 12, "order_code": "OR12", "order_number": "SO-1001",
        "shop": 3, "platform": "retail", "pickup": 4, "lines": [{"line": 1, "quantity": 2}],
        "parcels": [{"carrier": "247express", "waybill": "VD0000001", "milestone": "in_transit", "at": DONE}],
        "courier": null, "courier_link": null, "service": null, "box_size": null, "cod": "0",
        "label_code": "LB15", "label_url": null, "weighed": 360, "cancel_reason": null, "fulfilled": DONE,
        "shipped": DONE, "delivered": null, "returned": null, "completed": null
    });
    record(15, "FF15", 5, body(Kind::Fulfilment, &facts))
}

fn inbound() -> Record {
    let line = |id: u32, quantity: i64, received: i64, damaged: [i64; 3], lost: i64| {
        json!({"id": id, "item": 7, "sku": "TSHIRT-M", "quantity": quantity, "received": received,
               "damaged": damaged, "lost": lost, "cost": "40000", "parcel_code": "", "inspection_note": "",
               "inspected": null, "weight": null, "volume": null})
    };
    let facts = json!({
        "state": "completed", "state_since": DONE, "inbound_type": "purchase_order", "reference": "PO-77",
        "return_": null, "warehouse": 4, "vendor": null, "note": "", "parcels": 2, "additional_services": [],
        "priority": false, "documents": [],
        "lines": [line(1, 100, 96, [1, 2, 0], 1), line(2, 10, 10, [0, 0, 0], 0)],
        "estimated_delivery": null, "received": DONE, "inspected": DONE, "completed": DONE, "cancelled": null,
        "cancel_reason": null
    });
    record(21, "IB21", 6, body(Kind::Inbound, &facts))
}

fn returned() -> Record {
    let facts = json!({
        "state": "new", "state_since": DONE, "order": 12, "order_code": "OR12", "shop": 3,
        "platform": "retail", "warehouse": 4, "reason_type": "wrong_item", "reason": "size", "note": "",
        "lines": [], "courier": null, "courier_link": null, "service": null, "parcel": null, "inbound": null,
        "received": null, "inspected": null, "completed": null, "cancelled": null, "cancel_reason": null
    });
    record(30, "RT30", 1, body(Kind::Return, &facts))
}

fn item() -> Record {
    let facts = json!({
        "sku": "TSHIRT-M", "sku_uuid": "", "name": "T-shirt, M", "image_urls": [], "barcodes": [],
        "documents": [], "description": "", "weight": 180, "length": "30", "width": "20", "height": "2",
        "category": null, "brand": null, "unit": null, "cost": "40000", "sale_price": "120000",
        "serial_number": false, "batch_control": false, "bubble_wrap": false, "kraft_paper": false,
        "fragile": false, "high_value": false, "min_shelf_life_inbound": null,
        "min_shelf_life_outbound": null, "material": "", "product_type": "", "storage_method": "",
        "outbound_strategy": "", "min_stock_warning": 0, "qualified": true, "status_since": DONE,
        "active": true
    });
    record(7, "IT7", 2, body(Kind::Item, &facts))
}

/// What became of a record that stands so now.
fn change(record: &Record, before: Option<u16>) -> RecordChange {
    RecordChange {
        account: record.account,
        kind: record.kind(),
        record: record.id,
        at: DONE,
        before,
        after: record.status(),
        version: u64::from(record.version),
        warehouse: None,
        cause: None,
    }
}

fn stock(item: &Record) -> RecordChange {
    RecordChange {
        version: 41,
        warehouse: Some(RecordId(4)),
        cause: Some(RecordId(12)),
        ..change(item, Some(item.status()))
    }
}

fn sent(change: &RecordChange, record: &Record) -> Outgoing {
    let level = Level {
        on_hand: 40,
        reserved: 12,
        incoming: 100,
        damaged: 3,
    };
    let subscriber = Subscriber {
        url: "https://shop.example/hook",
        settings: &Settings::new(),
        secret: &SecretString::from(SECRET),
        former: None,
    };
    let message = RecordMessage {
        id: "msg_1",
        sequence: 7,
        change,
        record,
        warehouse: None,
        level: change.warehouse.map(|_| level),
        now: NOW,
    };
    let records = hook().records().unwrap();
    assert!(records.tells(&Settings::new(), change));
    records.encode(&subscriber, &message)
}

fn told(sent: &Outgoing) -> Value {
    serde_json::from_slice(&sent.body).unwrap()
}

/// A message of each type, but for those of shipments.
pub fn all() -> Vec<Outgoing> {
    let mut all = Vec::new();
    for record in [order(), fulfilment(), inbound(), returned()] {
        for before in [None, Some(1)] {
            all.push(sent(&change(&record, before), &record));
        }
    }
    let item = item();
    all.push(sent(&stock(&item), &item));
    all
}

/// An order that was approved, and the stock that it reserved: for the documents.
pub fn samples() -> [Outgoing; 2] {
    let (order, item) = (order(), item());
    let approved = change(&order, Some(OrderState::New.number()));
    [sent(&approved, &order), sent(&stock(&item), &item)]
}

#[test]
fn every_type_is_sent_and_told_in_brief() {
    let bodies: Vec<Value> = all().iter().map(told).collect();
    let types: Vec<&str> = bodies
        .iter()
        .map(|it| it["type"].as_str().unwrap())
        .collect();
    assert_eq!(types, TYPES);
    insta::assert_json_snapshot!(bodies);
}

#[test]
fn they_are_signed_as_those_of_shipments_are() {
    let order = order();
    let sent = sent(&change(&order, None), &order);
    let signed = Webhook::new(SECRET).unwrap();
    let expected = signed.sign("msg_1", NOW / 1_000_000, &sent.body).unwrap();
    assert_eq!(header(&sent, "webhook-signature"), Some(expected));
    assert_eq!(header(&sent, "webhook-id").as_deref(), Some("msg_1"));
}

#[test]
fn nobody_is_named() {
    let mut order = order();
    let personal = json!([{"name": "NGUYEN VAN VI DU", "phone": "0900000000"}, {}, []]).to_string();
    order.body.set_personal(personal.as_bytes()).unwrap();
    let sent = sent(&change(&order, None), &order);
    let body = String::from_utf8(sent.body).unwrap();
    assert!(
        !body.contains("VI DU") && !body.contains("0900000000"),
        "{body}"
    );
}

#[test]
fn an_endpoint_is_told_of_the_types_that_it_names() {
    let records = hook().records().unwrap();
    let of = |types: &str| BTreeMap::from([("types".to_owned(), types.to_owned())]);
    let (order, item) = (order(), item());
    let (placed, moved) = (change(&order, None), change(&order, Some(1)));
    for (types, wanted) in [
        ("", [true, true, true]),
        ("order.created", [true, false, false]),
        ("order.updated, stock.updated", [false, true, true]),
        ("shipment.updated", [false, false, false]),
    ] {
        let told = [placed, moved, stock(&item)].map(|change| records.tells(&of(types), &change));
        assert_eq!(told, wanted, "{types}");
    }
    let known = hook().lists()[0].values;
    assert!(TYPES.iter().all(|name| known.contains(name)));
}

#[test]
fn what_an_order_is_made_of_is_told_to_nobody() {
    for kind in Kind::ALL {
        let of_kind = |warehouse| RecordChange {
            kind: *kind,
            warehouse,
            ..change(&order(), Some(1))
        };
        let has_states = state_name(*kind, 1).is_some() && *kind != Kind::Item;
        assert_eq!(type_of(&of_kind(None)).is_some(), has_states, "{kind}");
    }
    assert_eq!(type_of(&stock(&item())), Some("stock.updated"));
}
