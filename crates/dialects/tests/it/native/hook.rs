//! Standard Webhooks: signed as the specification's own library signs, honest, and short.

use super::{desk, post};
use crate::support::FakeDesk;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use std::collections::BTreeMap;
use std::sync::Arc;
use trackway_dialects::dialect::{Ack, Answer, Hook, Message, Subscriber};
use trackway_dialects::native::Native;
use trackway_dialects::registry::Vocabularies;
use trackway_dialects::{Dialect, Outgoing};
use trackway_model::change::{ChangeKind, ShipmentChange};

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const NOW: i64 = 1_715_133_660_000_000;

pub fn hook() -> &'static dyn Hook {
    Native.hook().unwrap()
}

/// The message of the last change of a number.
fn message(desk: &FakeDesk, number: &str) -> Outgoing {
    signed(desk, number, SECRET, None, NOW)
}

/// The same under other secrets, at another time.
pub fn signed(
    desk: &FakeDesk,
    number: &str,
    secret: &str,
    former: Option<&str>,
    now: i64,
) -> Outgoing {
    let change = desk.changes().pop().unwrap();
    sent(desk, number, &change, secret, former, now)
}

/// The message of a change of a number.
pub fn sent(
    desk: &FakeDesk,
    number: &str,
    change: &ShipmentChange,
    secret: &str,
    former: Option<&str>,
    now: i64,
) -> Outgoing {
    let vocabularies = Vocabularies::built_in().unwrap();
    let view = desk.view("default", "native", number).unwrap();
    assert_eq!(
        hook().tells(vocabularies.of("native"), change, &view),
        [None]
    );
    let former = former.map(SecretString::from);
    let subscriber = Subscriber {
        url: "https://shop.example/hook",
        settings: &BTreeMap::new(),
        secret: &SecretString::from(secret),
        former: former.as_ref(),
    };
    let message = Message {
        id: "msg_1",
        sequence: 7,
        change,
        view: &view,
        statement: None,
        registration: None,
        now,
    };
    let sent = hook().encode(vocabularies.of("native"), &subscriber, &message);
    sent.unwrap()
}

/// The value of a header.
pub fn header(sent: &Outgoing, name: &str) -> Option<String> {
    let mut headers = sent.headers.iter();
    let found = headers.find(|(known, _)| known.as_str() == name);
    found.map(|(_, value)| value.to_str().unwrap().to_owned())
}

/// A secret of a kind.
pub fn secret(signature: &str, seed: u8) -> String {
    let settings = BTreeMap::from([("signature".to_owned(), signature.to_owned())]);
    let made = hook().secret(&settings, &[seed; 32]).unwrap();
    made.expose_secret().to_owned()
}

fn body(sent: &Outgoing) -> Value {
    serde_json::from_slice(&sent.body).unwrap()
}

/// What the clock of a number's registration brings about.
pub fn of_clock(desk: &FakeDesk, number: &str, kind: ChangeKind, now: i64) -> ShipmentChange {
    let view = desk.view("default", "native", number).unwrap();
    ShipmentChange::of_clock(&view.track, kind, now)
}

pub async fn tell(desk: &Arc<FakeDesk>, events: Value) {
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
    let header = |name: &str| header(&sent, name).unwrap();
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
    assert_eq!(body(&sent)["sequence"], 7);
}

#[tokio::test]
async fn a_secret_that_was_replaced_signs_beside_the_new_one() {
    let desk = desk();
    tell(&desk, json!([{"number": "A1", "status": "delivered"}])).await;
    let new = secret("hmac", 2);
    let alone = |secret: &str| header(&signed(&desk, "A1", secret, None, NOW), "webhook-signature");
    let both = signed(&desk, "A1", &new, Some(SECRET), NOW);
    let expected = [alone(&new).unwrap(), alone(SECRET).unwrap()].join(" ");
    assert_eq!(header(&both, "webhook-signature").unwrap(), expected);
    // A receiver that knows either of them takes it, by the specification's own library too.
    for (key, known) in [
        (new.as_str(), true),
        (SECRET, true),
        (&*secret("hmac", 3), false),
    ] {
        let own = Webhook::new(key)
            .unwrap()
            .sign("msg_1", NOW / 1_000_000, &both.body);
        assert_eq!(
            expected.split(' ').any(|one| one == own.as_ref().unwrap()),
            known
        );
    }
}

#[tokio::test]
async fn the_kind_of_signature_is_chosen_by_a_setting() {
    let shared = secret("hmac", 1);
    assert!(shared.starts_with("whsec_"));
    let of = |secret: &str| hook().proof(&BTreeMap::new(), &SecretString::from(secret));
    assert_eq!((of(&shared).kind, of(&shared).public_key), ("hmac", None));
    let private = secret("ed25519", 1);
    let proof = of(&private);
    assert_eq!(proof.kind, "ed25519");
    assert!(proof.public_key.unwrap().starts_with("whpk_"));
    let desk = desk();
    tell(&desk, json!([{"number": "A1", "status": "delivered"}])).await;
    // From one kind to the other: both in one header.
    let both = signed(&desk, "A1", &private, Some(&shared), NOW);
    let signatures = header(&both, "webhook-signature").unwrap();
    let kinds: Vec<_> = signatures
        .split(' ')
        .map(|one| one.split_once(',').unwrap().0)
        .collect();
    assert_eq!(kinds, ["v1a", "v1"]);
}

#[test]
fn a_test_is_marked_and_signed_like_any_message() {
    let subscriber = Subscriber {
        url: "https://shop.example/hook",
        settings: &BTreeMap::new(),
        secret: &SecretString::from(SECRET),
        former: None,
    };
    let sent = hook().test(&subscriber, "msg_t", NOW);
    let oracle = Webhook::new(SECRET).unwrap();
    assert_eq!(
        header(&sent, "webhook-signature").unwrap(),
        oracle.sign("msg_t", NOW / 1_000_000, &sent.body).unwrap()
    );
    assert_eq!(header(&sent, "trackway-test").unwrap(), "1");
    insta::assert_json_snapshot!(body(&sent));
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
