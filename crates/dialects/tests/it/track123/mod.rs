//! Track123, called and served.

mod call;
mod conformance;
mod detect;
mod edit;
mod passage;
mod query;
mod serve;
mod synthesis;
mod webhook;

use crate::support::FakeDesk;
pub use crate::support::http::Reply;
use crate::support::http::request;
use axum::body::Body;
use http::Method;
use serde_json::Value;
use std::sync::Arc;
use trackway_dialects::Dialect;
use trackway_dialects::dialect::{Answer, CallError, Parcel, Parsed};
use trackway_dialects::registry::Vocabularies;
use trackway_dialects::track123::{self, Track123};
use trackway_model::ConnectionId;

pub const KEY: &str = "0123456789abcdef0123456789abcdef";
pub const KEY_HEADER: (&str, &str) = ("Track123-Api-Secret", KEY);
/// A courier that only Track123 knows.
pub const DEMO: &str = "x-track123:demo-post";
pub const TRACKING: &str = include_str!("../../../src/track123/fixtures/tracking.json");
pub const TOLD: &str = include_str!("../../../src/track123/fixtures/told.json");
pub const QUIRKS: &str = include_str!("../../../src/track123/fixtures/quirks.json");

/// A desk that knows one key and some couriers.
pub fn desk() -> Arc<FakeDesk> {
    let desk = FakeDesk::new();
    desk.key("track123", "default", KEY);
    for (code, carrier) in [
        ("demo-post", DEMO),
        ("other-post", "x-track123:other-post"),
        ("dhl", "dhl"),
        ("247express", "247express"),
    ] {
        desk.map_carrier("track123", code, carrier);
    }
    desk
}

/// One that does not count calls.
pub fn unhurried() -> Arc<FakeDesk> {
    let desk = desk();
    desk.set("track123.requests_per_second", "0");
    desk.set("track123.instant_per_second", "0");
    desk
}

/// What a query of these numbers answers, as an upstream sends it.
pub fn envelope(content: &[&str]) -> String {
    format!(
        r#"{{"code":"00000","msg":"Success","traceId":"5d1f0c6be2a94c0f8b7a3e21d4c59a10.88.17300000000001234","data":{{"accepted":{{"content":[{}],"totalElements":{},"totalPages":1,"currentPage":1,"cursor":""}},"rejected":[{{"trackNo":"ZX0000009CN","error":{{"code":"A0400","msg":"trackNo not registered"}}}}]}}}}"#,
        content.join(","),
        content.len()
    )
}

/// Reads an upstream's answer about a parcel.
pub fn parse(number: &str, status: u16, body: &[u8]) -> Result<Parsed, CallError> {
    let vocabularies = Vocabularies::built_in().unwrap();
    let parcel = Parcel {
        carrier: DEMO,
        number,
        ..Parcel::default()
    };
    let answer = Answer {
        status,
        retry_after_s: None,
        body,
    };
    let call = Track123.call().unwrap();
    call.parse(vocabularies.of("track123"), &parcel, &answer)
}

/// Lets a tracking come in by call.
pub fn told(desk: &FakeDesk, number: &str, tracking: &str) {
    let parsed = parse(number, 200, envelope(&[tracking]).as_bytes()).unwrap();
    desk.answer("default", ConnectionId(1), DEMO, number, parsed.answer);
}

/// `data` of a success.
pub fn data(reply: &Reply) -> Value {
    let told = reply.json();
    assert_eq!(
        (reply.status.as_u16(), &told["code"]),
        (200, &Value::from("00000")),
        "{}",
        reply.text
    );
    told["data"].clone()
}

pub fn path(call: &str) -> String {
    format!("/gateway/open-api/tk/v2.1/{call}")
}

/// Sends a request as it is.
pub async fn send(
    desk: &Arc<FakeDesk>,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Reply {
    let router = track123::router::<FakeDesk>().with_state(desk.clone());
    Reply::of(router, request(method, path, headers, body)).await
}

/// What is said beside a refusal of a whole request.
pub fn reason(reply: &Reply) -> &str {
    let header = reply.headers.get("trackway-reason");
    header.map_or("", |it| it.to_str().unwrap())
}

pub async fn post(desk: &Arc<FakeDesk>, call: &str, body: Value) -> Reply {
    send(
        desk,
        Method::POST,
        &path(call),
        &[KEY_HEADER],
        body.to_string(),
    )
    .await
}

pub async fn query(desk: &Arc<FakeDesk>, body: Value) -> Value {
    data(&post(desk, "track/query", body).await)
}

/// Registers numbers with the demo courier.
pub async fn import(desk: &Arc<FakeDesk>, numbers: &[&str]) {
    let item = |number: &&str| serde_json::json!({ "trackNo": number, "courierCode": "demo-post" });
    let items: Vec<Value> = numbers.iter().map(item).collect();
    let told = data(&post(desk, "track/import", Value::from(items)).await);
    assert_eq!(told["rejected"], serde_json::json!([]));
}
