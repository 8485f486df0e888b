//! The eight webhooks sent by us, against bodies written by hand from nandh-oms.md §10.

use super::{hmac, record};
use http::header::AUTHORIZATION;
use secrecy::SecretString;
use trackway_dialects::desk::Settings;
use trackway_dialects::dialect::{
    Ack, Answer, Hook, Outgoing, RecordHook, RecordMessage, Subscriber,
};
use trackway_dialects::nandh::Nandh;
use trackway_model::AccountId;
use trackway_model::orders::{
    Body, FulfilmentState, InboundState, Kind, Level, OrderState, Record, RecordChange, RecordId,
    ReturnState, State,
};

const SECRET: &str = "whsec_an-endpoints-own";
const AT: i64 = 1_746_522_002;

fn change(record: &Record, before: Option<u16>, after: u16) -> RecordChange {
    RecordChange {
        account: AccountId(3),
        kind: record.kind(),
        record: record.id,
        at: AT * 1_000_000 + 400_000,
        before,
        after,
        version: 7,
        warehouse: (record.kind() == Kind::Item).then_some(RecordId(901)),
        cause: None,
    }
}

fn sent(record: &Record, before: Option<u16>, after: u16, settings: &[(&str, &str)]) -> Outgoing {
    let settings: Settings = settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let secret = SecretString::from(SECRET);
    let subscriber = Subscriber {
        url: "https://shop.example/hooks",
        settings: &settings,
        secret: &secret,
        former: None,
    };
    let change = change(record, before, after);
    assert!(
        RecordHook::tells(&Nandh, &Settings::new(), &change),
        "{change:?}"
    );
    let message = RecordMessage {
        id: "0192f0c0-0000-7000-8000-000000000001",
        sequence: 11,
        change: &change,
        record,
        warehouse: Some(&super::warehouse()),
        level: (record.kind() == Kind::Item).then_some(Level {
            on_hand: 12,
            reserved: 5,
            incoming: 100,
            damaged: 1,
        }),
        now: (AT + 60) * 1_000_000,
    };
    RecordHook::encode(&Nandh, &subscriber, &message)
}

fn body(record: &Record, before: Option<u16>, after: u16) -> String {
    String::from_utf8(sent(record, before, after, &[]).body).unwrap()
}

#[test]
fn every_event_has_its_members_in_their_order() {
    let [order, shipment, inbound, back, item] = super::records();
    let from = |state: u16| Some(state);
    for (record, before, after, expected) in [
        (
            &order,
            None,
            OrderState::Approved.number(),
            r#"{"event_code":"HOOK_EVENT_ORDER_CREATED","id":16760,"tracking_code":"NHOV900000017","partner_tracking_code":"PO-77","status":300,"status_update_time":1746522002,"platform":"retail","store_id":336,"created_time":1746520734,"update_time":1746522002,"updated_time":1746522002}"#,
        ),
        (
            &order,
            from(OrderState::Processing.number()),
            OrderState::ReadyToShip.number(),
            r#"{"event_code":"HOOK_EVENT_ORDER_UPDATE_STATUS","id":16760,"tracking_code":"NHOV900000017","partner_tracking_code":"PO-77","status":460,"status_update_time":1746522002,"platform":"retail","store_id":336,"created_time":1746520734,"updated_time":1746522002}"#,
        ),
        (
            &shipment,
            None,
            FulfilmentState::Unfulfilled.number(),
            r#"{"event_code":"HOOK_EVENT_SHIPMENT_CREATED","id":9230,"tracking_code":"NHSVC900000027","courier_tracking_code":"VD00000042","partner_tracking_code":"PO-77","status":205,"status_update_time":1746522002,"platform":"retail","store_id":336,"created_time":1746520734,"updated_time":1746522002}"#,
        ),
        (
            &shipment,
            from(FulfilmentState::Shipped.number()),
            FulfilmentState::Delivered.number(),
            r#"{"event_code":"HOOK_EVENT_SHIPMENT_UPDATE_STATUS","id":9230,"tracking_code":"NHSVC900000027","courier_tracking_code":"VD00000042","partner_tracking_code":"PO-77","status":500,"status_update_time":1746522002,"platform":"retail","store_id":336,"created_time":1746520734,"updated_time":1746522002}"#,
        ),
        (
            &inbound,
            None,
            InboundState::New.number(),
            r#"{"event_code":"HOOK_EVENT_INBOUND_CREATED","id":1128,"inbound_code":"NHIV900000033","reference_code":"PO-1","inbound_type":"purchase_order","status":100,"status_update_time":1746522002,"warehouse_provider":"NH_WH_HCM","created_time":1746520734,"updated_time":1746522002}"#,
        ),
        (
            &inbound,
            from(InboundState::Inspecting.number()),
            InboundState::Completed.number(),
            r#"{"event_code":"HOOK_EVENT_INBOUND_UPDATE_STATUS","id":1128,"inbound_code":"NHIV900000033","reference_code":"PO-1","inbound_type":"purchase_order","status":500,"status_update_time":1746522002,"warehouse_provider":"NH_WH_HCM","created_time":1746520734,"updated_time":1746522002}"#,
        ),
        (
            &back,
            from(ReturnState::Approved.number()),
            ReturnState::Returning.number(),
            r#"{"event_code":"HOOK_EVENT_RETURN_UPDATE_STATUS","id":501,"return_tracking_code":"NHRV900000041","order_tracking_code":"NHOV900000017","courier_tracking_code":"","status":400,"status_update_time":1746522002,"platform":"retail","store_id":336,"created_time":1746520734,"updated_time":1746522002}"#,
        ),
        (
            &item,
            from(2),
            2,
            r#"{"event_code":"HOOK_EVENT_STOCK_UPDATE","id":37312,"sku":"DEMO-1","nhsin":"NHSINV900000001","warehouse_provider":"NH_WH_HCM","stock":12,"available_stock":7,"reserved_stock":5,"incoming":100,"updated_time":1746522002}"#,
        ),
    ] {
        assert_eq!(body(record, before, after), expected);
    }
}

#[test]
fn an_order_without_a_partners_number_has_its_own() {
    let [mut order, ..] = super::records();
    if let Body::Order(order) = &mut order.body {
        order.number = None;
    }
    let told = body(&order, None, OrderState::New.number());
    assert!(
        told.contains(r#""partner_tracking_code":"NHOV900000017""#),
        "{told}"
    );
}

#[test]
fn only_what_moved_is_told() {
    let [order, .., item] = super::records();
    let edited = change(&order, Some(4), 4);
    assert!(!RecordHook::tells(&Nandh, &Settings::new(), &edited));
    let mut looked_at = change(&item, Some(1), 2);
    looked_at.warehouse = None;
    assert!(!RecordHook::tells(&Nandh, &Settings::new(), &looked_at));
    let shop = RecordChange {
        kind: Kind::Shop,
        ..change(&order, None, 0)
    };
    assert!(!RecordHook::tells(&Nandh, &Settings::new(), &shop));
}

#[test]
fn a_message_is_signed_and_carries_the_receivers_token() {
    let order = record(Kind::Order);
    let sent = sent(
        &order,
        None,
        OrderState::New.number(),
        &[("token", "THEIR-TOKEN")],
    );
    let header = |name: &str| {
        let found = sent.headers.iter().find(|(known, _)| known == name);
        found.unwrap().1.to_str().unwrap().to_owned()
    };
    assert_eq!(sent.url, "https://shop.example/hooks");
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("authorization"), "THEIR-TOKEN");
    assert_eq!(
        header("x-hook-delivery"),
        "0192f0c0-0000-7000-8000-000000000001"
    );
    assert_eq!(header("x-hook-timestamp"), (AT + 60).to_string());
    let signed = [format!("{}.", AT + 60).as_bytes(), &sent.body].concat();
    let signed = String::from_utf8(signed).unwrap();
    assert_eq!(header("x-hook-signature"), hmac(SECRET, &signed));
    let token = sent.headers.iter().find(|(name, _)| *name == AUTHORIZATION);
    assert!(token.unwrap().1.is_sensitive());
}

#[test]
fn an_endpoint_chooses_its_events() {
    let order = record(Kind::Order);
    let moved = change(&order, Some(4), 9);
    let wants = |events: &str| {
        let settings = Settings::from([("events".to_owned(), events.to_owned())]);
        RecordHook::tells(&Nandh, &settings, &moved)
    };
    assert!(
        wants("")
            && wants("order_update_status")
            && wants("STOCK_UPDATE, HOOK_EVENT_ORDER_UPDATE_STATUS")
    );
    assert!(!wants("ORDER_CREATED") && !wants("STOCK_UPDATE"));
    // What the hub lets an endpoint be set to.
    let list = Nandh.lists()[0];
    assert_eq!((list.name, list.values.len()), ("events", 16));
    for known in ["ORDER_UPDATE_STATUS", "HOOK_EVENT_ORDER_UPDATE_STATUS"] {
        assert!(list.values.contains(&known) && wants(known), "{known}");
    }
    assert!(!list.values.contains(&"ORDER_UPDATED"));
}

#[test]
fn any_2xx_is_an_acknowledgement_and_the_table_is_the_references() {
    let judge = |status| {
        Nandh.judge(&Answer {
            status,
            retry_after_s: None,
            body: b"",
        })
    };
    assert!(
        [200, 201, 204, 299]
            .into_iter()
            .all(|status| judge(status) == Ack::Accepted)
    );
    assert!(
        [199, 301, 400, 500]
            .into_iter()
            .all(|status| judge(status) != Ack::Accepted)
    );
    let minutes: Vec<u64> = Nandh
        .retries()
        .iter()
        .map(|wait| wait.as_secs() / 60)
        .collect();
    assert_eq!(minutes, [1, 5, 15, 60, 360]);
    assert_eq!(Nandh.deadline().as_secs(), 10);
}

#[test]
fn a_test_is_of_nobodys_shipment() {
    let settings = Settings::new();
    let secret = SecretString::from(SECRET);
    let subscriber = Subscriber {
        url: "https://shop.example/hooks",
        settings: &settings,
        secret: &secret,
        former: None,
    };
    let sent = Nandh.test(&subscriber, "an-id", AT * 1_000_000);
    let body: serde_json::Value = serde_json::from_slice(&sent.body).unwrap();
    assert_eq!(body["tracking_code"], "TRACKWAY-TEST");
    assert_eq!(body["event_code"], "HOOK_EVENT_SHIPMENT_UPDATE_STATUS");
    assert!(sent.headers.iter().any(|(name, _)| name == "trackway-test"));
}
