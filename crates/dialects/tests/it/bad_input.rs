//! Bad input in each dialect's own words: one table over every facade, the same mistakes made to each.

mod mistakes;

use crate::support::FakeDesk;
use crate::{express247, keydelivery, native};
use axum::body::Body;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use std::fmt::Write;
use std::sync::Arc;
use tower::ServiceExt;
use trackway_dialects::track123;

const ACCOUNT: &str = "default";
const OTHERS_KEY: &str = "a-key-of-somebody-else";
const T123_KEY: &str = "t123_demo_key_0001";
const T123_TOKEN: &str = "a-token-for-track123";

/// One account with a key for every system, and another one with a parcel of its own.
fn desk() -> Arc<FakeDesk> {
    let desk = keydelivery::desk();
    let login = ("shop-user", "shop-password");
    desk.login("247express", ACCOUNT, express247::KEY, login);
    desk.key("native", ACCOUNT, native::KEY);
    desk.key("track123", ACCOUNT, T123_KEY);
    let settings = [
        ("apikey", "upstream-key"),
        ("webhook_apikey", express247::WEBHOOK_KEY),
    ];
    desk.connection(ACCOUNT, "247express", express247::TOKEN, &settings);
    desk.connection(ACCOUNT, "keydelivery", "a-token-for-keydelivery", &[]);
    let settings = [("key", T123_KEY)];
    desk.connection(ACCOUNT, "track123", T123_TOKEN, &settings);
    desk.map_carrier("track123", "demo-post", "demo-post");
    for dialect in ["247express", "keydelivery", "native", "track123"] {
        desk.key(dialect, "somebody-else", OTHERS_KEY);
    }
    desk.elsewhere("247express", "VD0000099");
    desk
}

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Facade {
    Native,
    Express247,
    KeyDelivery,
    Track123,
}

/// A mistake and whom it is made to.
struct Mistake {
    facade: Facade,
    what: &'static str,
    requests: Vec<Request<Body>>,
}

/// How long after each request the next one comes: longer than a signature lives.
const BETWEEN: i64 = 600_000_000;

fn request(method: &Method, path: &str, headers: &[(&str, &str)], body: String) -> Request<Body> {
    let mut request = Request::builder()
        .method(method.clone())
        .uri(path)
        .header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

fn native_events(key: &str, body: &str) -> Request<Body> {
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str())];
    request(&Method::POST, "/v1/events", &headers, body.to_owned())
}

fn tracked(key: &str, number: &str) -> Request<Body> {
    let path = format!("/api/Order/v1/Tracking?ordercode={number}&apikey={key}");
    request(&Method::GET, &path, &[], String::new())
}

fn carriers_webhook(key: &str, more: &[(&str, Value)]) -> Request<Body> {
    let mut body = json!({"ApiKey": key, "OrderCode": "VD0000001", "Status": "25", "StatusName": "DANGDIPHAT",
        "Time": "2024-05-08T08:10:02+07:00"});
    for (name, value) in more {
        body[*name] = value.clone();
    }
    request(&Method::POST, "/IntergrationAPI", &[], body.to_string())
}

fn signed(key: &str, secret: &str, path: &str, body: &str) -> Request<Body> {
    let signature = trackway_dialects::keydelivery::sign(body.as_bytes(), key, secret);
    let headers = [("API-Key", key), ("signature", signature.as_str())];
    request(&Method::POST, path, &headers, body.to_owned())
}

fn realtime(body: &str) -> Request<Body> {
    let path = keydelivery::REALTIME;
    signed(keydelivery::KEY, keydelivery::SECRET, path, body)
}

fn pushed(items: &str) -> Request<Body> {
    let body = format!(
        r#"{{"event":"tracking","message":"status updated","carrier_id":"gls","tracking_number":"ZZ000111222","signer":0,"order_status_code":0,"items":{items}}}"#
    );
    let path = "/in/a-token-for-keydelivery/keydelivery";
    request(&Method::POST, path, &[], body)
}

fn track123(key: &str, call: &str, body: String) -> Request<Body> {
    let path = format!("/gateway/open-api/tk/v2.1/{call}");
    let headers = [("Track123-Api-Secret", key)];
    request(&Method::POST, &path, &headers, body)
}

/// A webhook of Track123's, of a parcel with one event at this time.
fn track123_webhook(signature: &str, time: &str) -> Request<Body> {
    let body = json!({"data": {"id": 731_000_000_000_000_123_u64, "trackNo": "ZX0000001CN", "createTime": "2024-05-01 10:00:00",
        "trackingStatus": "001", "transitStatus": "IN_TRANSIT", "transitSubStatus": "IN_TRANSIT_02",
        "localLogisticsInfo": {"courierCode": "demo-post", "trackingDetails": [
            {"address": null, "timezone": null, "eventDetail": "Sorted", "eventTime": time, "eventTimeZeroUTC": null, "transitSubStatus": "IN_TRANSIT_02"}]}},
        "verify": {"timestamp": NOW_MS, "signature": signature}});
    let path = format!("/in/{T123_TOKEN}/track123");
    request(&Method::POST, &path, &[], body.to_string())
}

/// The desk's noon in the form that Track123 signs, and what its key makes of it.
const NOW_MS: &str = "1715133600000";

fn track123_signature() -> String {
    track123::sign(track123::Scheme::Hmac, T123_KEY, NOW_MS)
}

fn repeated(item: &str, times: usize) -> String {
    format!("[{}]", vec![item; times].join(","))
}

fn mistakes() -> Vec<Mistake> {
    let mut all = Vec::new();
    let mut make = |facade, what, requests: Vec<Request<Body>>| {
        all.push(Mistake {
            facade,
            what,
            requests,
        });
    };
    mistakes::to_native(&mut make);
    mistakes::to_express247(&mut make);
    mistakes::to_keydelivery(&mut make);
    mistakes::to_track123(&mut make);
    all
}

/// The answer's body, and its HTTP status.
async fn ask(desk: &Arc<FakeDesk>, facade: Facade, request: Request<Body>) -> (StatusCode, Value) {
    let router = match facade {
        Facade::Native => trackway_dialects::native::router().with_state(desk.clone()),
        Facade::Express247 => trackway_dialects::express247::router().with_state(desk.clone()),
        Facade::KeyDelivery => trackway_dialects::keydelivery::router().with_state(desk.clone()),
        Facade::Track123 => track123::router().with_state(desk.clone()),
    };
    let response = router.oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let body =
        serde_json::from_slice(&body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&body)));
    (head.status, body)
}

/// What an answer says: of lists their lengths, of errors their words.
fn brief(value: &Value) -> String {
    const SAID: &[&str] = &[
        "code",
        "msg",
        "message",
        "error",
        "errorCode",
        "errorMessage",
        "IsError",
        "ErrorMessage",
        "title",
        "detail",
        "accepted",
        "corrected",
        "repeated",
        "rejected",
        "pointer",
        "errors",
        "data",
        "content",
        "index",
        "warning",
        "warnings",
        "warn",
    ];
    match value {
        Value::Object(members) => {
            let said = members
                .iter()
                .filter(|(name, value)| SAID.contains(&name.as_str()) && !value.is_null())
                .map(|(name, value)| format!("{name}: {}", brief(value)));
            format!("{{{}}}", said.collect::<Vec<_>>().join(", "))
        }
        Value::Array(values) if values.len() > 3 => format!("[{} of them]", values.len()),
        Value::Array(values) => {
            let all: Vec<String> = values.iter().map(brief).collect();
            format!("[{}]", all.join(", "))
        }
        other => other.to_string(),
    }
}

#[tokio::test]
async fn every_mistake_is_answered_in_the_systems_own_words() {
    let mut table = String::new();
    for mistake in mistakes() {
        let desk = desk();
        let _ = writeln!(table, "{:?}: {}", mistake.facade, mistake.what);
        let before = (desk.taken(), desk.changes().len());
        for request in mistake.requests {
            let (status, body) = ask(&desk, mistake.facade, request).await;
            assert!(!status.is_server_error(), "{}: {body}", mistake.what);
            let _ = writeln!(table, "  {} {}", status.as_u16(), brief(&body));
            desk.pass(BETWEEN);
        }
        let kept = desk.taken() - before.0;
        let changes = desk.changes().len() - before.1;
        let aside = desk.quarantined().len();
        let _ = writeln!(
            table,
            "  taken in {kept}, put aside {aside}, changes {changes}"
        );
    }
    insta::assert_snapshot!(table);
}
