//! Any shipment, whatever it came from, in every system's form: what each facade answers, and what
//! each system's subscribers are sent, when the shipment was told by another system.

use crate::support::FakeDesk;
use crate::{cargo, express247, keydelivery, native};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use trackway_dialects::desk::Settings;
use trackway_dialects::dialect::{Answer, Hook, Message, Parcel, Subscriber};
use trackway_dialects::registry::{self, DIALECTS};
use trackway_model::view::ShipmentView;
use trackway_model::{ConnectionId, Milestone};

const ACCOUNT: &str = "default";
const CARRIER: &str = "247express";
const NUMBER: &str = "VD0000001";

/// A desk where one account has a key for every system.
fn desk() -> Arc<FakeDesk> {
    let desk = keydelivery::desk();
    desk.login(
        "247express",
        ACCOUNT,
        express247::KEY,
        ("shop-user", "shop-password"),
    );
    desk.key("native", ACCOUNT, native::KEY);
    desk.key("track123", ACCOUNT, cargo::KEY);
    desk.set("track123.requests_per_second", "0");
    desk.set("track123.cargo_registrations_per_second", "0");
    for dialect in ["track123", "keydelivery"] {
        for subject in [PARCEL, CONTAINER, WAYBILL] {
            desk.map_carrier(dialect, subject.carrier, subject.carrier);
        }
    }
    let settings = [
        ("apikey", "upstream-key"),
        ("webhook_apikey", express247::WEBHOOK_KEY),
    ];
    desk.connection(ACCOUNT, "247express", express247::TOKEN, &settings);
    desk.map_carrier("247express", CARRIER, CARRIER);
    desk
}

/// A system's answer about the parcel comes in.
fn answered(desk: &FakeDesk, name: &'static str, body: &str) {
    let parcel = Parcel {
        carrier: CARRIER,
        number: NUMBER,
        ..Parcel::default()
    };
    let answer = Answer {
        status: 200,
        retry_after_s: None,
        body: body.as_bytes(),
    };
    let tables = registry::built_in();
    let call = registry::find(name).unwrap().call().unwrap();
    let parsed = call.parse(tables.of(name), &parcel, &answer).unwrap();
    desk.answer(ACCOUNT, ConnectionId(9), CARRIER, NUMBER, parsed.answer);
}

async fn events(desk: &Arc<FakeDesk>, subject: Subject, mut events: Value) {
    for event in events.as_array_mut().unwrap() {
        event["carrier"] = json!(subject.carrier);
        event["number"] = json!(subject.number);
    }
    native::hook::tell(desk, events).await;
}

/// A number that is asked about, with what its registration for ocean or air needs.
#[derive(Clone, Copy)]
struct Subject {
    /// Ours, and every system's here.
    carrier: &'static str,
    number: &'static str,
    /// Ocean or air, and the item that registers it there.
    cargo: Option<(&'static str, &'static str)>,
}

const PARCEL: Subject = Subject {
    carrier: CARRIER,
    number: NUMBER,
    cargo: None,
};
const CONTAINER: Subject = Subject {
    carrier: "maersk",
    number: "CSQU3054383",
    cargo: Some((
        "ocean",
        r#"{"trackingNo":"CSQU3054383","type":3,"carrierCode":"MAEU"}"#,
    )),
};
const BILL: Subject = Subject {
    carrier: "maersk",
    number: "BL-DEMO-77",
    cargo: Some((
        "ocean",
        r#"{"trackingNo":"BL-DEMO-77","type":2,"carrierCode":"MAEU"}"#,
    )),
};
const WAYBILL: Subject = Subject {
    carrier: "turkish-cargo",
    number: "235-12345675",
    cargo: Some(("aviation", r#"{"trackingNo":"235-12345675"}"#)),
};

/// What every facade answers.
async fn asked(desk: &Arc<FakeDesk>, subject: Subject) -> Map<String, Value> {
    let Subject {
        carrier, number, ..
    } = subject;
    let mut answers = Map::new();
    let tracking = express247::track(desk, number).await;
    answers.insert("247express".to_owned(), tracking.json());
    let body =
        format!(r#"{{"carrier_id":"{carrier}","tracking_number":"{number}","area_show":1}}"#);
    let realtime = keydelivery::ask(desk, &body).await;
    answers.insert("keydelivery".to_owned(), realtime.json());
    let registered = json!([{"trackNo": number, "courierCode": carrier}]);
    track123(desk, "track/import", registered).await;
    let parcel = track123(desk, "track/query", json!({"trackNos": [number]})).await;
    answers.insert("track123 parcel".to_owned(), parcel);
    if let Some((kind, item)) = subject.cargo {
        let mut item: Value = serde_json::from_str(item).unwrap();
        let import = format!("{kind}/track/import");
        let imported = track123(desk, &import, json!([item])).await;
        item["orderNo"] = imported["data"]["accepted"][0]["orderNo"].clone();
        let query = format!("{kind}/track/query");
        let cargo = track123(desk, &query, json!([item])).await;
        answers.insert(format!("track123 {kind}"), cargo);
    }
    answers
}

async fn track123(desk: &Arc<FakeDesk>, call: &str, body: Value) -> Value {
    let mut answer = cargo::call(desk, &format!("v2.1/{call}"), &body.to_string())
        .await
        .json();
    // Drawn anew for every answer.
    answer["traceId"].take();
    answer
}

/// What a subscriber is sent of the newest change.
fn sent(desk: &FakeDesk, name: &'static str, hook: &dyn Hook, subject: Subject) -> Vec<Value> {
    let tables = registry::built_in();
    let change = desk.changes().pop().unwrap();
    let view = desk.view(ACCOUNT, name, subject.number).unwrap();
    let (required, _) = hook.settings();
    let settings: Settings = required
        .iter()
        .map(|name| ((*name).to_owned(), "a-value".to_owned()))
        .collect();
    let secret = hook
        .secret(&settings, &[7; 32])
        .unwrap_or_else(|| "a-secret".into());
    let subscriber = Subscriber {
        url: "https://shop.example/hook",
        settings: &settings,
        secret: &secret,
        former: None,
    };
    let told = hook.tells(tables.of(name), &change, &view);
    let message = |ordinal: &Option<u16>| {
        let message = Message {
            id: "msg_1",
            sequence: 7,
            change: &change,
            view: &view,
            statement: ordinal.and_then(|ordinal| view.statement(ordinal)),
            registration: None,
            now: trackway_dialects::Desk::now(desk),
        };
        let sent = hook.encode(tables.of(name), &subscriber, &message);
        serde_json::from_slice(&sent.unwrap().body).unwrap()
    };
    told.iter().map(message).collect()
}

async fn everything(desk: &Arc<FakeDesk>, subject: Subject) -> Value {
    let mut all = asked(desk, subject).await;
    for dialect in DIALECTS {
        if let Some(hook) = dialect.hook() {
            let sent = sent(desk, dialect.name(), hook, subject);
            all.insert(format!("{} webhook", dialect.name()), json!(sent));
        }
    }
    brief(Value::Object(all))
}

/// Without the members that say nothing, and with our own events in a line each.
fn brief(value: Value) -> Value {
    match value {
        Value::Object(members)
            if members.contains_key("stage") && members.contains_key("certainty") =>
        {
            let said = |name: &str| members[name].as_str().map(str::to_owned);
            let written = members["occurred"]["written"].as_str().map(str::to_owned);
            let parts = [
                said("milestone"),
                said("reason"),
                written,
                said("place"),
                said("text"),
            ];
            let line: Vec<String> = parts.into_iter().flatten().collect();
            json!(line.join(" | "))
        }
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, brief(value)))
            .collect(),
        Value::Array(values) => values.into_iter().map(brief).collect(),
        other => other,
    }
}

fn state(desk: &FakeDesk) -> ShipmentView {
    desk.view(ACCOUNT, "native", NUMBER).unwrap()
}

#[tokio::test]
async fn told_by_the_carriers_webhooks() {
    let desk = desk();
    for body in [
        include_str!("../../src/express247/fixtures/webhook-delivering.json"),
        include_str!("../../src/express247/fixtures/webhook-delayed.json"),
    ] {
        let path = format!("/in/{}/IntergrationAPI", express247::TOKEN);
        let reply = express247::send(
            &desk,
            http::Request::post(path)
                .header("content-type", "application/json")
                .body(body.into())
                .unwrap(),
        )
        .await;
        assert_eq!(reply.raw("IsError"), "false", "{}", reply.body);
        desk.pass(1_000_000);
    }
    assert_eq!(state(&desk).state().milestone, Milestone::PendingHandling);
    insta::assert_json_snapshot!(everything(&desk, PARCEL).await);
}

#[tokio::test]
async fn told_by_the_carriers_answer() {
    let desk = desk();
    answered(
        &desk,
        "247express",
        include_str!("../../src/express247/fixtures/tracking-undelivered.json"),
    );
    insta::assert_json_snapshot!(everything(&desk, PARCEL).await);
}

#[tokio::test]
async fn told_by_an_aggregator() {
    let desk = desk();
    let body = keydelivery::QUIRKS
        .replace("ZZ000333444", NUMBER)
        .replace("DHL", CARRIER);
    answered(&desk, "keydelivery", &body);
    insta::assert_json_snapshot!(everything(&desk, PARCEL).await);
}

#[tokio::test]
async fn told_by_our_own_events() {
    let desk = desk();
    events(
        &desk,
        PARCEL,
        json!([
            {"status": "info_received", "occurred_at": "2024-05-05T08:00:00+07:00"},
            {"status": "picked_up", "occurred_at": "2024-05-05T16:10:02+07:00", "place": "HÀ NỘI"},
            {"status": "customs_hold", "reason": "customs_hold", "occurred_at": "2024-05-06 09:00", "text": "Held for papers"},
            {"status": "customs_cleared", "occurred_at": "2024-05-06T19:00:00+07:00"},
            {"status": "at_local_office", "occurred_at": "2024-05-07T06:00:00+07:00"},
            {"status": "out_for_delivery", "occurred_at": "2024-05-07T08:00:00+07:00"},
            {"status": "attempt_failed", "reason": "not_at_home", "occurred_at": "2024-05-07T10:00:00+07:00", "text": "Khách vắng nhà", "language": "vi"},
            {"status": "delivered", "certainty": "estimated", "occurred_at": "2024-05-08T18:00:00+07:00"},
            {"code": "X-77", "text": "Nobody knows this code", "occurred_at": "2024-05-07T11:00:00+07:00"},
            {"status": "collected", "occurred_at": "2024-05-08T08:30:00+07:00"},
        ]),
    )
    .await;
    insta::assert_json_snapshot!(everything(&desk, PARCEL).await);
}

/// A way back, and an end that most systems have no code for.
#[tokio::test]
async fn an_end_that_few_systems_have_a_code_for() {
    let desk = desk();
    events(
        &desk,
        PARCEL,
        json!([
            {"status": "returning", "occurred_at": "2024-05-05T08:00:00+07:00"},
            {"status": "seized", "occurred_at": "2024-05-06T08:00:00+07:00"},
        ]),
    )
    .await;
    insta::assert_json_snapshot!(everything(&desk, PARCEL).await);
}

/// A container's life, asked of those who know parcels.
#[tokio::test]
async fn a_container() {
    let desk = desk();
    events(
        &desk,
        CONTAINER,
        json!([
            {"status": "empty_to_shipper", "occurred_at": "2024-04-01T08:00:00+07:00", "place": "Cát Lái, VN"},
            {"status": "gate_in", "occurred_at": "2024-04-03T08:00:00+07:00"},
            {"status": "loaded", "occurred_at": "2024-04-04T08:00:00+07:00"},
            {"status": "departed", "occurred_at": "2024-04-05T08:00:00+07:00"},
            {"status": "arrived", "occurred_at": "2024-04-25T08:00:00-07:00"},
            {"status": "discharged", "occurred_at": "2024-04-26T08:00:00-07:00"},
            {"status": "customs_cleared", "occurred_at": "2024-04-27T08:00:00-07:00"},
            {"status": "gate_out", "occurred_at": "2024-04-28T08:00:00-07:00"},
        ]),
    )
    .await;
    insta::assert_json_snapshot!(everything(&desk, CONTAINER).await);
}

/// Ten of sixty pieces are not the consignment.
#[tokio::test]
async fn an_air_waybill() {
    let desk = desk();
    events(
        &desk,
        WAYBILL,
        json!([
            {"status": "booked", "occurred_at": "2024-05-01T09:00:00+08:00", "pieces": {"count": 60, "total": 60}},
            {"status": "received_from_shipper", "occurred_at": "2024-05-02T09:00:00+08:00", "place": "PVG", "pieces": {"count": 60, "total": 60}},
            {"status": "flight_departed", "occurred_at": "2024-05-03T09:00:00+08:00", "place": "PVG", "pieces": {"count": 60, "total": 60}},
            {"status": "flight_arrived", "occurred_at": "2024-05-03T15:00:00+02:00", "place": "FRA", "pieces": {"count": 10, "total": 60}},
        ]),
    )
    .await;
    insta::assert_json_snapshot!(everything(&desk, WAYBILL).await);
}

#[tokio::test]
async fn told_by_an_aggregator_of_the_same_kind() {
    let desk = desk();
    answered(
        &desk,
        "track123",
        include_str!("grouping/fixtures/other-wording/track123.json"),
    );
    insta::assert_json_snapshot!(everything(&desk, PARCEL).await);
}

/// What an ocean record says of a bill of lading, asked of those who know parcels.
#[tokio::test]
async fn told_by_an_ocean_record() {
    let desk = desk();
    cargo::told(&desk, BILL.carrier, BILL.number, cargo::OCEAN);
    insta::assert_json_snapshot!(everything(&desk, BILL).await);
}

/// Nothing but a registration is known: no facade makes something up.
#[tokio::test]
async fn a_number_of_which_nothing_is_known() {
    let desk = desk();
    desk.news(ACCOUNT, ConnectionId(9), CARRIER, NUMBER, Vec::new());
    insta::assert_json_snapshot!(brief(Value::Object(asked(&desk, PARCEL).await)));
}
