//! Webhooks both ways: signed, verified, passed on.

use super::*;
use crate::support::{NOON, Trouble};
use secrecy::SecretString;
use serde_json::json;
use std::time::Duration;
use trackway_dialects::desk::Settings;
use trackway_dialects::dialect::{Ack, Hook, Message, Outgoing, Registration, Subscriber};
use trackway_dialects::track123::{Scheme, sign};
use trackway_model::Oddity;
use trackway_model::change::{ChangeKind, ShipmentChange};

const TOKEN: &str = "a-token-of-an-address";
/// The key that signs what comes in on the connection.
const THEIRS: &str = "t123_demo_key_0001";
const NUMBER: &str = "ZX0000071CN";

fn connected() -> Arc<FakeDesk> {
    let desk = unhurried();
    desk.connection("default", "track123", TOKEN, &[("key", THEIRS)]);
    desk
}

fn millis(now: i64) -> String {
    (now / 1_000).to_string()
}

/// A body with its proof, made now.
fn signed(data: &str, key: &str, timestamp: &str) -> String {
    let signature = sign(Scheme::Hmac, key, timestamp);
    format!(r#"{{"data":{data},"verify":{{"timestamp":"{timestamp}","signature":"{signature}"}}}}"#)
}

async fn knock(desk: &Arc<FakeDesk>, token: &str, headers: &[(&str, &str)], body: String) -> Reply {
    send(
        desk,
        Method::POST,
        &format!("/in/{token}/track123"),
        headers,
        body,
    )
    .await
}

/// Lets a webhook come in on a connection of the desk, made where there is none.
pub async fn take(desk: &Arc<FakeDesk>, data: &str) {
    desk.connection("default", "track123", TOKEN, &[("key", THEIRS)]);
    let now = millis(trackway_dialects::Desk::now(&**desk));
    let reply = knock(desk, TOKEN, &[], signed(data, THEIRS, &now)).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
}

#[tokio::test]
async fn a_webhook_is_taken_in_whole() {
    let desk = connected();
    take(&desk, TOLD).await;
    let view = desk.view("default", "track123", NUMBER).unwrap();
    assert_eq!(&*view.track.carrier, DEMO);
    assert_eq!(view.state().milestone.name(), "delivered");
    assert_eq!(view.document.unwrap().body, TOLD.as_bytes());
    assert_eq!(desk.quarantined().len(), 0);
}

#[tokio::test]
async fn a_proof_stands_in_the_body_or_in_the_headers() {
    let desk = connected();
    let now = millis(NOON);
    let signature = sign(Scheme::Hmac, THEIRS, &now);
    let body = format!(r#"{{"data":{TOLD}}}"#);
    let headers = [
        ("X-Track123-Timestamp", now.as_str()),
        ("X-Track123-Signature", signature.as_str()),
    ];
    assert_eq!(
        knock(&desk, TOKEN, &headers, body.clone()).await.status,
        200
    );
    // The body's comes first.
    let wrong = signed(TOLD, "another-key", &now);
    assert_eq!(knock(&desk, TOKEN, &headers, wrong).await.status, 401);
    let loud = signature.to_uppercase();
    let headers = [
        ("X-Track123-Timestamp", now.as_str()),
        ("X-Track123-Signature", loud.as_str()),
    ];
    assert_eq!(knock(&desk, TOKEN, &headers, body).await.status, 200);
}

#[tokio::test]
async fn what_proves_nothing_is_neither_taken_nor_kept() {
    let desk = connected();
    let now = millis(NOON);
    let bare = format!(r#"{{"data":{TOLD}}}"#);
    for (body, code) in [
        (bare.clone(), "A0301"),
        (signed(TOLD, "another-key", &now), "A0230"),
        (signed(TOLD, THEIRS, "soon"), "A0230"),
        (signed(TOLD, THEIRS, &millis(NOON - 301_000_000)), "A0230"),
        (signed(TOLD, THEIRS, &millis(NOON + 301_000_000)), "A0230"),
        ("{".to_owned(), "A0301"),
    ] {
        let reply = knock(&desk, TOKEN, &[], body.clone()).await;
        assert_eq!(
            (reply.status.as_u16(), reply.json()["code"].as_str()),
            (401, Some(code)),
            "{body:.60}"
        );
    }
    for token in ["nobodys", "%FF"] {
        let reply = knock(&desk, token, &[], signed(TOLD, THEIRS, &now)).await;
        assert_eq!(reply.status, 404);
        assert_eq!(reply.json()["code"], "A0230", "{token}");
    }
    let reply = send(
        &desk,
        Method::GET,
        &format!("/in/{TOKEN}/track123"),
        &[],
        "",
    )
    .await;
    assert_eq!(reply.status, 405);
    assert_eq!((desk.taken(), desk.quarantined().len()), (0, 0));
}

#[tokio::test]
async fn a_replayed_webhook_is_refused_when_it_is_old() {
    let desk = connected();
    let body = signed(TOLD, THEIRS, &millis(NOON));
    assert_eq!(knock(&desk, TOKEN, &[], body.clone()).await.status, 200);
    desk.pass(300_000_000);
    assert_eq!(knock(&desk, TOKEN, &[], body.clone()).await.status, 200);
    assert_eq!(
        desk.view("default", "track123", NUMBER)
            .unwrap()
            .state()
            .events,
        2,
        "told twice, happened once"
    );
    desk.pass(1_000_000);
    assert_eq!(knock(&desk, TOKEN, &[], body.clone()).await.status, 401);
    desk.set("track123.webhook_fresh_minutes", "10");
    assert_eq!(knock(&desk, TOKEN, &[], body).await.status, 200);
}

#[tokio::test]
async fn the_plain_scheme_is_taken_where_a_connection_wants_it() {
    let desk = unhurried();
    let settings = [("key", THEIRS), ("signature", "plain")];
    desk.connection("default", "track123", TOKEN, &settings);
    let now = millis(NOON);
    let plain = sign(Scheme::Plain, THEIRS, &now);
    let headers = [
        ("X-Track123-Timestamp", now.as_str()),
        ("X-Track123-Signature", plain.as_str()),
    ];
    let body = format!(r#"{{"data":{TOLD}}}"#);
    assert_eq!(knock(&desk, TOKEN, &headers, body).await.status, 200);
    assert_eq!(
        knock(&desk, TOKEN, &[], signed(TOLD, THEIRS, &now))
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn a_known_senders_strange_bytes_are_put_aside() {
    let desk = connected();
    let now = millis(NOON);
    let signature = sign(Scheme::Hmac, THEIRS, &now);
    let headers = [
        ("X-Track123-Timestamp", now.as_str()),
        ("X-Track123-Signature", signature.as_str()),
    ];
    let storefront = r#"{"trackingNumber":"ZX1","transitStatus":"Delivered","trackInfo":[]}"#;
    for (body, oddity, words) in [
        ("{", Oddity::Unreadable, "JSON"),
        (r#"{"data":7}"#, Oddity::Shape, "no object"),
        (
            r#"{"data":{"transitStatus":"INIT"}}"#,
            Oddity::Shape,
            "trackNo",
        ),
        (storefront, Oddity::Shape, "storefront"),
    ] {
        let reply = knock(&desk, TOKEN, &headers, body.to_owned()).await;
        assert_eq!(
            (reply.status.as_u16(), reply.json()["code"].as_str()),
            (400, Some("A0400")),
            "{body}"
        );
        assert!(reason(&reply).contains(words), "{}", reason(&reply));
        let aside = desk.quarantined().pop().unwrap();
        assert_eq!(
            (aside.strange.oddity, aside.body.as_slice()),
            (oddity, body.as_bytes())
        );
    }
    assert_eq!(desk.taken(), 0);
    // The proof is no part of what is kept.
    let body = signed("7", THEIRS, &now);
    assert_eq!(knock(&desk, TOKEN, &[], body).await.status, 400);
    assert_eq!(desk.quarantined().pop().unwrap().body, br#"{"data":7}"#);
}

#[tokio::test]
async fn a_desk_in_trouble_is_told_again_later() {
    let desk = connected();
    desk.trouble(Some(Trouble::Busy(3)));
    let reply = knock(&desk, TOKEN, &[], signed(TOLD, THEIRS, &millis(NOON))).await;
    assert_eq!(
        (
            reply.status.as_u16(),
            reply.headers["retry-after"].to_str().unwrap()
        ),
        (500, "3")
    );
}

fn hook() -> &'static dyn Hook {
    trackway_dialects::registry::find("track123")
        .unwrap()
        .hook()
        .unwrap()
}

fn texts(settings: &[(&str, &str)]) -> Settings {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    settings.iter().map(owned).collect()
}

/// Hands over a message about the parcel, for whom it may concern.
fn with_message<T>(
    desk: &FakeDesk,
    change: &ShipmentChange,
    data: Option<&Value>,
    done: impl FnOnce(&Message<'_>) -> T,
) -> T {
    let view = desk.whole("default", "track123", NUMBER);
    done(&Message {
        id: "msg_1",
        sequence: 7,
        change,
        view: &view,
        statement: None,
        registration: data.map(|data| Registration {
            id: 999,
            created: NOON,
            data,
        }),
        now: NOON,
    })
}

fn encode(
    desk: &FakeDesk,
    change: &ShipmentChange,
    data: Option<&Value>,
    settings: &[(&str, &str)],
) -> Option<Outgoing> {
    let vocabularies = Vocabularies::built_in().unwrap();
    let settings = texts(settings);
    let secret = SecretString::from(KEY);
    let subscriber = Subscriber {
        url: "https://shop.example/hook",
        settings: &settings,
        secret: &secret,
        former: None,
    };
    with_message(desk, change, data, |message| {
        hook().encode(vocabularies.of("track123"), &subscriber, message)
    })
}

fn body(sent: &Outgoing) -> Value {
    serde_json::from_slice(&sent.body).unwrap()
}

fn header(sent: &Outgoing, name: &str) -> String {
    let mut headers = sent.headers.iter();
    let found = headers.find(|(known, _)| known == name).unwrap();
    found.1.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_webhook_goes_out_as_it_came_and_signed() {
    let desk = connected();
    take(&desk, TOLD).await;
    let change = desk.changes().pop().unwrap();
    let sent = encode(&desk, &change, None, &[]).unwrap();
    let text = String::from_utf8(sent.body.clone()).unwrap();
    assert!(
        text.starts_with(&format!(r#"{{"data":{TOLD},"verify":"#)),
        "{text}"
    );
    let verify = &body(&sent)["verify"];
    assert_eq!(verify["timestamp"], millis(NOON));
    assert_eq!(verify["signature"], sign(Scheme::Hmac, KEY, &millis(NOON)));
    assert_eq!(header(&sent, "x-track123-timestamp"), verify["timestamp"]);
    assert_eq!(header(&sent, "x-track123-signature"), verify["signature"]);
    // The receiver's key may be another one.
    let sent = encode(&desk, &change, None, &[("key", THEIRS)]).unwrap();
    assert_eq!(
        body(&sent)["verify"]["signature"],
        sign(Scheme::Hmac, THEIRS, &millis(NOON))
    );
    // What went out can come in.
    let there = connected();
    let reply = knock(&there, TOKEN, &[], String::from_utf8(sent.body).unwrap()).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn a_webhook_tells_the_clients_own_members() {
    let desk = connected();
    take(&desk, TOLD).await;
    let change = desk.changes().pop().unwrap();
    let own = json!({ "trackNo": "zx0000071cn", "courierCode": "demo-post", "orderNo": "MINE-1" });
    let sent = encode(&desk, &change, Some(&own), &[]).unwrap();
    let data = &body(&sent)["data"];
    assert_eq!(data["id"], 731_000_000_000_000_999_i64);
    assert_eq!(
        (&data["trackNo"], &data["orderNo"]),
        (&json!("zx0000071cn"), &json!("MINE-1"))
    );
    assert_eq!(data["createTime"], "2024-05-08 02:00:00");
    assert_eq!(data["transitStatus"], "DELIVERED");
}

#[tokio::test]
async fn what_is_told_are_changes_and_clocks() {
    let desk = connected();
    take(&desk, TOLD).await;
    let change = desk.changes().pop().unwrap();
    let view = desk.view("default", "track123", NUMBER).unwrap();
    let vocabularies = Vocabularies::built_in().unwrap();
    let tells = |kind| {
        let change = ShipmentChange {
            kind,
            ..change.clone()
        };
        !hook()
            .tells(vocabularies.of("track123"), &change, &view)
            .is_empty()
    };
    assert!(tells(ChangeKind::Live));
    assert!(!tells(ChangeKind::Revised));
    assert!(tells(ChangeKind::NoRecord { registration: 1 }));
    assert!(tells(ChangeKind::Expired { registration: 1 }));
    let expired = ShipmentChange {
        kind: ChangeKind::Expired { registration: 1 },
        ..change
    };
    let own = json!({ "trackNo": NUMBER });
    let sent = encode(&desk, &expired, Some(&own), &[]).unwrap();
    let data = &body(&sent)["data"];
    assert_eq!(
        (&data["transitStatus"], &data["transitSubStatus"]),
        (&json!("EXPIRED"), &Value::Null)
    );
}

#[tokio::test]
async fn an_endpoint_is_told_of_the_type_and_the_statuses_that_it_chose() {
    let desk = connected();
    take(&desk, TOLD).await;
    let change = desk.changes().pop().unwrap();
    let wants = |settings: &[(&str, &str)]| encode(&desk, &change, None, settings).is_some();
    for (settings, wanted) in [
        (&[][..], true),
        (&[("type", ""), ("statuses", "")], true),
        (&[("type", "parcel")], true),
        (&[("type", "ocean")], false),
        (&[("statuses", "EXPIRED, DELIVERED")], true),
        (&[("statuses", "DELIVERED_01")], true),
        (&[("statuses", "IN_TRANSIT")], false),
        (&[("type", "air"), ("statuses", "DELIVERED")], false),
    ] {
        assert_eq!(wants(settings), wanted, "{settings:?}");
    }
    // The clock of a client's own registration counts as that client reads it.
    let expired = ShipmentChange {
        kind: ChangeKind::Expired { registration: 1 },
        ..change.clone()
    };
    let own = json!({ "trackNo": NUMBER });
    let wants = |statuses| encode(&desk, &expired, Some(&own), &[("statuses", statuses)]).is_some();
    assert!(wants("EXPIRED") && !wants("DELIVERED"));
}

#[test]
fn seven_attempts_wait_as_the_table_says() {
    let waits: Vec<u64> = hook().retries().iter().map(Duration::as_secs).collect();
    assert_eq!(waits, [600, 1_800, 3_600, 14_400, 43_200, 129_600]);
    assert_eq!(waits.iter().sum::<u64>(), 193_200);
    assert_eq!(hook().deadline(), Duration::from_secs(10));
}

#[test]
fn any_2xx_accepts() {
    let judge = |status| {
        hook().judge(&Answer {
            status,
            retry_after_s: None,
            body: b"",
        })
    };
    for status in [200, 201, 204, 299] {
        assert_eq!(judge(status), Ack::Accepted);
    }
    for status in [199, 301, 400, 410, 500] {
        assert_eq!(judge(status), Ack::CallFailed(format!("HTTP {status}")));
    }
}

#[test]
fn a_test_is_signed_and_about_nobodys_parcel() {
    let settings = Settings::new();
    let secret = SecretString::from(KEY);
    let subscriber = Subscriber {
        url: "https://shop.example/hook",
        settings: &settings,
        secret: &secret,
        former: None,
    };
    let sent = hook().test(&subscriber, "msg_test", NOON);
    assert_eq!(body(&sent)["data"]["trackNo"], "TRACKWAY-TEST");
    assert_eq!(header(&sent, "trackway-test"), "1");
    assert_eq!(
        body(&sent)["verify"]["signature"],
        sign(Scheme::Hmac, KEY, &millis(NOON))
    );
    let proof = hook().proof(&settings, &secret);
    assert!(proof.own_secret && proof.kind == "hmac-sha256");
}
