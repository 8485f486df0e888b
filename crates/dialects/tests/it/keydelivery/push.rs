//! The push sent (§8): what is told to whom, in which form, and what is an acknowledgement.

use super::{DELIVERED, PUSH_QUIRKS, PUSHED, QUIRKS, TOKEN, desk, push, told};
use crate::native::hook::of_clock;
use crate::support::FakeDesk;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use trackway_dialects::dialect::{Ack, Answer, Hook, Message, Outgoing, Registration, Subscriber};
use trackway_dialects::keydelivery::KeyDelivery;
use trackway_dialects::registry::Vocabularies;
use trackway_dialects::{Dialect, desk::Settings};
use trackway_model::change::{ChangeKind, ShipmentChange};
use trackway_model::view::ShipmentView;

const NUMBER: &str = "ZZ000111222";

fn hook() -> &'static dyn Hook {
    KeyDelivery.hook().unwrap()
}

fn connected() -> Arc<FakeDesk> {
    let desk = desk();
    desk.connection("default", "keydelivery", TOKEN, &[]);
    desk
}

fn tells(change: &ShipmentChange, view: &ShipmentView) -> Vec<Option<u16>> {
    let vocabularies = Vocabularies::built_in().unwrap();
    hook().tells(vocabularies.of("keydelivery"), change, view)
}

fn encode(
    change: &ShipmentChange,
    view: &ShipmentView,
    data: Option<&Value>,
    settings: &[(&str, &str)],
) -> Outgoing {
    let vocabularies = Vocabularies::built_in().unwrap();
    let registered = data.map(|_| ("registered", "https://shop.example"));
    let settings: Settings = settings
        .iter()
        .copied()
        .chain(registered)
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let subscriber = Subscriber {
        url: "https://shop.example/kd/5f1c",
        settings: &settings,
        secret: &"not-used".into(),
        former: None,
    };
    let registration = data.map(|data| Registration {
        id: 1,
        created: 0,
        data,
    });
    let message = Message {
        id: "msg_1",
        sequence: 7,
        change,
        view,
        statement: None,
        registration,
        now: change.learned,
    };
    let sent = hook().encode(vocabularies.of("keydelivery"), &subscriber, &message);
    sent.unwrap()
}

/// The body of the newest change's push.
fn newest(desk: &FakeDesk, number: &str, data: Option<&Value>) -> String {
    let change = desk.changes().pop().unwrap();
    let view = desk.whole("default", "keydelivery", number);
    assert_eq!(tells(&change, &view), [None]);
    String::from_utf8(encode(&change, &view, data, &[]).body).unwrap()
}

async fn came_in(body: &str) -> Arc<FakeDesk> {
    let desk = connected();
    assert_eq!(push(&desk, TOKEN, body.to_owned()).await.code(), 200);
    desk
}

fn registration(carrier: &str, number: &str, area: u8) -> Value {
    json!({"carrier_id": carrier, "tracking_number": number, "area_show": area,
        "webhook_url": "https://shop.example/kd/5f1c"})
}

#[tokio::test]
async fn a_push_that_came_in_goes_out_byte_for_byte() {
    let desk = came_in(PUSHED).await;
    assert_eq!(newest(&desk, NUMBER, None), PUSHED);
    let quirks = came_in(PUSH_QUIRKS).await;
    assert_eq!(newest(&quirks, "ZZ000333444", None), PUSH_QUIRKS);
    // Also to a client that registered it in the same words.
    let own = registration("gls", NUMBER, 1);
    assert_eq!(newest(&desk, NUMBER, Some(&own)), PUSHED);
}

#[tokio::test]
async fn what_is_the_clients_own_comes_from_its_registration() {
    let desk = came_in(PUSHED).await;
    let own = registration("GLS", "zz000111222", 1);
    let expected = PUSHED
        .replace(r#""carrier_id":"gls""#, r#""carrier_id":"GLS""#)
        .replace(NUMBER, "zz000111222");
    assert_eq!(newest(&desk, NUMBER, Some(&own)), expected);
    let short = registration("gls", NUMBER, 0);
    let told: Value = serde_json::from_str(&newest(&desk, NUMBER, Some(&short))).unwrap();
    assert_eq!(
        told["items"][0],
        json!({"context": "Parcel delivered", "time": "2024-03-05 14:20:11"})
    );
    assert_eq!(told["items"].as_array().unwrap().len(), 3);
    assert_eq!(told["order_status_code"], 3, "at the top it stays");
}

/// keydelivery.md §8 and checklist 6: a number at the top, a string in items.
#[tokio::test]
async fn an_answer_becomes_a_push_with_codes_as_strings() {
    let desk = desk();
    told(&desk, "gls", NUMBER, DELIVERED);
    let body = newest(&desk, NUMBER, None);
    assert_eq!(
        body,
        r#"{"event":"tracking","message":"status updated","#.to_owned()
            + r#"
  "carrier_id":"gls","tracking_number":"ZZ000111222","order_status_code":3,
  "items":[{"context":"Parcel delivered","time":"2024-03-05 14:20:11","order_status_code":"3","order_status_description":"Delivered","area_name":"ES,MADRID","location":"MADRID"},{"context":"On the delivery vehicle","time":"2024-03-05 08:02:40","order_status_code":"5","order_status_description":"Out for delivery","area_name":"","location":""},{"context":"Parcel data received","time":"2024-03-03 19:45:00","order_status_code":"1","order_status_description":"Accepted","area_name":"null","location":"null"}],"signer":1}"#
    );
    let quirks = super::desk();
    told(&quirks, "dhl", "ZZ000333444", QUIRKS);
    let told: Value = serde_json::from_str(&newest(&quirks, "ZZ000333444", None)).unwrap();
    assert_eq!(
        (&told["order_status_code"], &told["signer"]),
        (&json!(4), &json!(0))
    );
    let codes: Vec<&Value> = told["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["order_status_code"])
        .collect();
    let text = |code: &str| json!(code);
    let expected = [
        text(""),
        text("203"),
        text("10"),
        text("999"),
        text(""),
        text("14"),
        text("0"),
        // No object at all: it passes as it came.
        Value::Null,
    ];
    assert_eq!(codes, expected.iter().collect::<Vec<_>>());
}

/// The other way round: what was pushed is answered with codes as numbers, and without what only a
/// push has.
#[tokio::test]
async fn a_push_becomes_an_answer_with_codes_as_numbers() {
    let desk = came_in(PUSHED).await;
    let asked = r#"{"carrier_id":"gls","tracking_number":"ZZ000111222","area_show":1}"#;
    assert_eq!(
        super::ask(&desk, asked).await.text,
        r#"{"code":200,"message":"OK","data":{"carrier_id":"gls","tracking_number":"ZZ000111222","order_status_code":3,
 "items":[{"context":"Parcel delivered","time":"2024-03-05 14:20:11","order_status_code":3,"order_status_description":"Delivered","area_name":"ES,MADRID","location":"MADRID"},{"context":"On the delivery vehicle","time":"2024-03-05 08:02:40","order_status_code":5,"order_status_description":"Out for delivery","area_name":"null","location":"null"},{"context":"Parcel data received","time":"2024-03-03 19:45:00","order_status_code":1,"order_status_description":"Accepted","area_name":null,"location":null}]}}"#
    );
    let short = asked.replace(r#","area_show":1"#, r#","order":"asc""#);
    let told = super::ask(&desk, &short).await.json();
    assert_eq!(
        told["data"]["items"][0],
        json!({"context": "Parcel data received", "time": "2024-03-03 19:45:00"})
    );
    let quirks = came_in(PUSH_QUIRKS).await;
    let asked = r#"{"carrier_id":"DHL","tracking_number":"ZZ000333444","area_show":1}"#;
    let told = super::ask(&quirks, asked).await.json();
    assert_eq!(told["data"]["order_status_code"], 8);
    assert_eq!(told["data"]["weight"], 1.5, "what else it says passes");
    assert_eq!(told["data"].get("signer"), None);
    let items = &told["data"]["items"];
    assert_eq!(items[0]["order_status_code"], 10);
    assert_eq!(items[2]["order_status_code"], "brand-new", "as it came");
}

/// Tells events by the native API.
async fn tell(desk: &Arc<FakeDesk>, events: Value) {
    use tower::ServiceExt;
    desk.key("native", "default", "native-key");
    let request = http::Request::post("/v1/events")
        .header("authorization", "Bearer native-key")
        .header("content-type", "application/json")
        .body(axum::body::Body::from(events.to_string()))
        .unwrap();
    let router = trackway_dialects::native::router::<FakeDesk>().with_state(desk.clone());
    assert_eq!(router.oneshot(request).await.unwrap().status(), 200);
}

/// Every required member of §8, in its order; all four of an item are strings.
#[tokio::test]
async fn what_others_told_is_put_in_this_systems_words() {
    let desk = desk();
    tell(
        &desk,
        json!([
            {"carrier": "247express", "number": "VD0000001", "code": "X-77", "occurred_at": "2024-05-07 09:00"},
            {"carrier": "247express", "number": "VD0000001", "status": "delivered", "occurred_at": "2024-05-08T10:00:00+07:00", "text": "Đã giao", "place": "Quận 1"},
        ]),
    )
    .await;
    assert_eq!(
        newest(
            &desk,
            "VD0000001",
            Some(&registration("247Express", "vd0000001", 1))
        ),
        r#"{"event":"tracking","message":"status updated","carrier_id":"247Express","tracking_number":"vd0000001","signer":1,"order_status_code":3,"items":[{"context":"Đã giao","time":"2024-05-08 10:00:00","order_status_code":"3","order_status_description":"Delivered","location":"Quận 1","area_name":"Quận 1"},{"context":"X-77","time":"2024-05-07 09:00:00","order_status_code":"","order_status_description":"","location":"","area_name":""}]}"#
    );
    let short = newest(
        &desk,
        "VD0000001",
        Some(&registration("247express", "VD0000001", 0)),
    );
    assert!(
        short.ends_with(r#""items":[{"context":"Đã giao","time":"2024-05-08 10:00:00"},{"context":"X-77","time":"2024-05-07 09:00:00"}]}"#),
        "{short}"
    );
}

/// Another source knows more than this system: then all that is known is told.
#[tokio::test]
async fn news_of_another_source_are_told_with_this_systems_own() {
    let desk = came_in(
        &PUSHED
            .replace("2024-03-05 14:20:11", "2024-03-05 10:20:11")
            .replace(r#""3""#, r#""5""#)
            .replace("Delivered", "Out for delivery"),
    )
    .await;
    tell(
        &desk,
        json!([{"carrier": "gls", "number": NUMBER, "status": "delivered", "occurred_at": "2024-03-05 15:00:00"}]),
    )
    .await;
    let told: Value = serde_json::from_str(&newest(&desk, NUMBER, None)).unwrap();
    assert_eq!(told["order_status_code"], 3);
    let items = told["items"].as_array().unwrap();
    assert_eq!(items.len(), 4);
    assert_eq!(
        (&items[0]["time"], &items[0]["order_status_code"]),
        (&json!("2024-03-05 15:00:00"), &json!("3"))
    );
    // Its own items leave as they came.
    assert_eq!(
        (&items[2]["order_status_code"], &items[2]["location"]),
        (&json!("5"), &json!("null"))
    );
}

#[tokio::test]
async fn a_change_that_changes_nothing_here_is_not_told() {
    let desk = came_in(PUSHED).await;
    let view = desk.whole("default", "keydelivery", NUMBER);
    let change = desk.changes().pop().unwrap();
    let replayed = ShipmentChange {
        kind: ChangeKind::Revised,
        ..change.clone()
    };
    assert_eq!(tells(&replayed, &view), []);
    // The same events, told by an answer as well.
    told(&desk, "gls", NUMBER, DELIVERED);
    let again = desk.changes().pop().unwrap();
    assert!(!again.statements.is_empty() && again.before == Some(again.after));
    assert_eq!(
        tells(&again, &desk.whole("default", "keydelivery", NUMBER)),
        []
    );
    // Nothing has happened yet.
    let planned = super::desk();
    tell(
        &planned,
        json!([{"carrier": "gls", "number": "Z9", "status": "delivered", "certainty": "estimated", "occurred_at": "2024-03-05 15:00:00"}]),
    )
    .await;
    let change = planned.changes().pop().unwrap();
    assert_eq!(
        tells(&change, &planned.whole("default", "keydelivery", "Z9")),
        []
    );
}

/// The vendor's texts at 3 and at 60 days.
#[tokio::test]
async fn a_clock_that_ran_out_is_told_in_the_vendors_words() {
    let desk = came_in(PUSHED).await;
    let own = registration("gls", NUMBER, 1);
    let kind = ChangeKind::Expired { registration: 1 };
    let change = of_clock(&desk, NUMBER, kind, 0);
    let view = desk.whole("default", "keydelivery", NUMBER);
    assert_eq!(tells(&change, &view), [None]);
    let sent = encode(&change, &view, Some(&own), &[]);
    assert_eq!(
        String::from_utf8(sent.body).unwrap(),
        r#"{"event":"expired","message":"No status update for 60 days","carrier_id":"gls","tracking_number":"ZZ000111222","signer":1,"order_status_code":3}"#
    );
    let nothing = super::desk();
    nothing.news(
        "default",
        trackway_model::ConnectionId(0),
        "dhl",
        "Z7",
        Vec::new(),
    );
    let kind = ChangeKind::NoRecord { registration: 1 };
    let change = of_clock(&nothing, "Z7", kind, 0);
    let view = nothing.whole("default", "keydelivery", "Z7");
    assert_eq!(tells(&change, &view), [None]);
    let sent = encode(&change, &view, Some(&registration("DHL", "Z7", 1)), &[]);
    assert_eq!(
        String::from_utf8(sent.body).unwrap(),
        r#"{"event":"expired","message":"No tracking information for 3 days","carrier_id":"DHL","tracking_number":"Z7","signer":0}"#
    );
}

#[tokio::test]
async fn an_endpoint_can_want_less() {
    let desk = came_in(PUSHED).await;
    let change = desk.changes().pop().unwrap();
    let view = desk.whole("default", "keydelivery", NUMBER);
    let items = |settings: &[(&str, &str)]| {
        let sent = encode(&change, &view, None, settings);
        let told: Value = serde_json::from_slice(&sent.body).unwrap();
        told["items"][0].as_object().unwrap().len()
    };
    assert_eq!(
        (
            items(&[]),
            items(&[("area_show", "1")]),
            items(&[("area_show", "0")])
        ),
        (6, 6, 2)
    );
}

#[tokio::test]
async fn a_push_is_posted_as_json_with_its_place_in_a_header() {
    let desk = came_in(PUSHED).await;
    let change = desk.changes().pop().unwrap();
    let view = desk.whole("default", "keydelivery", NUMBER);
    let sent = encode(&change, &view, None, &[]);
    assert_eq!(
        (sent.method, sent.url.as_str()),
        (http::Method::POST, "https://shop.example/kd/5f1c")
    );
    let headers: BTreeMap<_, _> = sent
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    assert_eq!(
        headers,
        BTreeMap::from([
            ("content-type", "application/json"),
            ("trackway-sequence", "7")
        ])
    );
    let subscriber = Subscriber {
        url: "https://shop.example/kd",
        settings: &Settings::new(),
        secret: &"x".into(),
        former: None,
    };
    let test = hook().test(&subscriber, "msg_t", 0);
    let told: Value = serde_json::from_slice(&test.body).unwrap();
    assert_eq!(told["tracking_number"], "TRACKWAY-TEST");
    assert!(test.headers.iter().any(|(name, _)| name == "trackway-test"));
}

/// The code in the answer decides.
#[test]
fn code_200_alone_is_an_acknowledgement() {
    let judge = |status, body: &str| {
        hook().judge(&Answer {
            status,
            retry_after_s: None,
            body: body.as_bytes(),
        })
    };
    for body in [
        r#"{"code":200,"message":"OK"}"#,
        r#"{"message":"","code":200,"more":{}}"#,
        r#"{"code":"200"}"#,
    ] {
        assert_eq!(judge(200, body), Ack::Accepted, "{body}");
        assert_eq!(
            judge(202, body),
            Ack::Accepted,
            "the HTTP status is none of it"
        );
    }
    for body in [
        r#"{"code":500,"message":"no"}"#,
        r#"{"code":0}"#,
        r#"{"code":2000}"#,
    ] {
        assert!(matches!(judge(200, body), Ack::PartnerError(_)), "{body}");
    }
    for body in [
        "",
        "OK",
        "200",
        "[]",
        r#"{"message":"OK"}"#,
        r#"{"code":null}"#,
        r#"{"code":true}"#,
    ] {
        let judged = judge(200, body);
        assert!(!matches!(judged, Ack::Accepted), "{body}: {judged:?}");
    }
}

#[test]
fn it_is_sent_again_half_an_hour_later_as_often_as_is_set() {
    let half = Duration::from_mins(30);
    assert_eq!(hook().retries(), [half; 2]);
    let set = |attempts: &'static str| {
        hook().retries_as_set(&|name| {
            (name == "keydelivery.push_attempts").then(|| attempts.to_owned())
        })
    };
    assert_eq!(hook().retries_as_set(&|_| None), [half; 2]);
    assert_eq!(set("1").len(), 0);
    assert_eq!(set("7"), [half; 6]);
    assert_eq!((set("0").len(), set("4000").len()), (0, 99));
}
