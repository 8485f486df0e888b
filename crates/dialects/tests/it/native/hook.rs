//! Standard Webhooks: signed as the specification's own library signs, honest, and short.

use super::{desk, post};
use crate::support::FakeDesk;
use secrecy::SecretString;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use std::collections::BTreeMap;
use std::sync::Arc;
use trackway_dialects::dialect::{Ack, Answer, Hook, Message, Subscriber};
use trackway_dialects::native::Native;
use trackway_dialects::registry::Vocabularies;
use trackway_dialects::{Dialect, Outgoing};
use trackway_model::change::ChangeKind;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const NOW: i64 = 1_715_133_660_000_000;

fn hook() -> &'static dyn Hook {
    Native.hook().unwrap()
}

/// The message of the last change of a number.
fn message(desk: &FakeDesk, number: &str) -> Outgoing {
    let vocabularies = Vocabularies::built_in().unwrap();
    let change = desk.changes().pop().unwrap();
    let view = desk.view("default", "native", number).unwrap();
    assert_eq!(
        hook().tells(vocabularies.of("native"), &change, &view),
        [None]
    );
    let (settings, secret) = (BTreeMap::new(), SecretString::from(SECRET));
    let subscriber = Subscriber {
        url: "https://shop.example/hook",
        settings: &settings,
        secret: &secret,
    };
    let message = Message {
        id: "msg_1",
        change: &change,
        view: &view,
        statement: None,
        now: NOW,
    };
    hook().encode(vocabularies.of("native"), &subscriber, &message)
}

fn body(sent: &Outgoing) -> Value {
    serde_json::from_slice(&sent.body).unwrap()
}

async fn tell(desk: &Arc<FakeDesk>, events: Value) {
    assert_eq!(post(desk, &[], events.to_string()).await.status, 200);
}

#[tokio::test]
async fn tells_what_happened_and_what_was_before() {
    let desk = desk();
    tell(&desk, json!([{"number": "A1", "status": "in_transit", "occurred_at": "2024-05-07 09:00", "place": "Huế"}])).await;
    let first = body(&message(&desk, "A1"));
    assert_eq!(first["data"]["before"], Value::Null);
    assert_eq!(
        first["data"]["occurred"],
        json!({"written": "2024-05-07 09:00", "time": "2024-05-07T09:00:00", "offset": null, "offset_source": "unknown", "precision": "minute"})
    );
    tell(&desk, json!([{
        "number": "A1", "status": "attempt_failed", "code": "DLV-9", "reason": "not_at_home", "text": "Khách vắng",
        "language": "vi", "occurred_at": "2024-05-08T10:00:00+07:00", "pieces": {"count": 1}
    }])).await;
    let mut second = body(&message(&desk, "A1"));
    second["data"]["events"][0]["id"] = json!("(id)");
    insta::assert_json_snapshot!(second);
}

#[tokio::test]
async fn signs_as_the_specifications_library_does() {
    let desk = desk();
    tell(
        &desk,
        json!([{"number": "A1", "status": "delivered", "text": "Đã phát"}]),
    )
    .await;
    let sent = message(&desk, "A1");
    let header = |name: &str| {
        let found = sent
            .headers
            .iter()
            .find(|(known, _)| known.as_str() == name);
        found.unwrap().1.to_str().unwrap().to_owned()
    };
    assert_eq!(
        (sent.method.as_str(), sent.url.as_str()),
        ("POST", "https://shop.example/hook")
    );
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("webhook-id"), "msg_1");
    assert_eq!(header("webhook-timestamp"), (NOW / 1_000_000).to_string());
    let oracle = Webhook::new(SECRET).unwrap();
    assert_eq!(
        header("webhook-signature"),
        oracle.sign("msg_1", NOW / 1_000_000, &sent.body).unwrap()
    );
    assert_eq!(body(&sent)["type"], "shipment.updated");
}

#[tokio::test]
async fn a_long_message_leaves_out_the_oldest_and_says_so() {
    let desk = desk();
    let events: Vec<_> = (0..200)
        .map(|at| json!({"number": "A1", "status": "in_transit", "text": "á".repeat(150), "occurred_at": format!("2024-05-07T{:02}:{:02}:00Z", at / 60, at % 60)}))
        .collect();
    tell(&desk, json!(events)).await;
    let sent = message(&desk, "A1");
    assert!(sent.body.len() < 20_000, "{}", sent.body.len());
    let data = body(&sent)["data"].clone();
    assert_eq!(data["events_cut"], true);
    let told = data["events"].as_array().unwrap();
    assert_eq!(
        told.last().unwrap()["occurred"]["written"],
        "2024-05-07T03:19:00Z"
    );
    assert!(told.len() > 10);
}

#[tokio::test]
async fn a_replay_is_no_news() {
    let desk = desk();
    tell(&desk, json!([{"number": "A1", "status": "delivered"}])).await;
    let vocabularies = Vocabularies::built_in().unwrap();
    let mut change = desk.changes().pop().unwrap();
    change.kind = ChangeKind::Revised;
    let view = desk.view("default", "native", "A1").unwrap();
    assert_eq!(hook().tells(vocabularies.of("native"), &change, &view), []);
}

#[test]
fn only_a_2xx_is_an_acknowledgement() {
    let judge = |status: u16, body: &str| {
        hook().judge(&Answer {
            status,
            retry_after_s: None,
            body: body.as_bytes(),
        })
    };
    for status in [200, 202, 204] {
        assert_eq!(judge(status, "whatever"), Ack::Accepted);
    }
    for status in [302, 400, 410, 429, 500, 503] {
        assert_eq!(
            judge(status, "said so"),
            Ack::CallFailed(format!("HTTP {status}: said so"))
        );
    }
    let Ack::CallFailed(said) = judge(500, &"é".repeat(500)) else {
        panic!()
    };
    assert!(said.chars().count() < 120);
}

#[test]
fn retries_follow_the_specifications_table() {
    let waits: Vec<_> = hook()
        .retries()
        .iter()
        .map(std::time::Duration::as_secs)
        .collect();
    let hour = 3_600;
    assert_eq!(
        waits,
        [
            5,
            300,
            1_800,
            2 * hour,
            5 * hour,
            10 * hour,
            14 * hour,
            20 * hour,
            24 * hour
        ]
    );
    assert_eq!(waits.iter().sum::<u64>(), 75 * hour + 35 * 60 + 5);
}
