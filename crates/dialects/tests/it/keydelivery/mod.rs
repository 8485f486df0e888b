//! KeyDelivery, called and served.

mod call;
mod conformance;
mod create;
mod detect;
mod passage;
mod push;
mod receive;
mod serve;
mod synthesis;
mod vocabulary;

use crate::support::FakeDesk;
pub use crate::support::http::Reply;
use crate::support::http::request;
use axum::body::Body;
use http::Method;
use std::sync::Arc;
use trackway_dialects::Dialect;
use trackway_dialects::dialect::{Answer, CallError, Parcel, Parsed};
use trackway_dialects::keydelivery::{self, KeyDelivery};
use trackway_dialects::registry::Vocabularies;
use trackway_model::ConnectionId;

pub const KEY: &str = "KD-EXAMPLE-KEY-01";
pub const SECRET: &str = "kd-example-secret-02";
pub const REALTIME: &str = "/api/v1/tracking/realtime";
pub const CREATE: &str = "/api/v1/tracking/create";
pub const DETECT: &str = "/api/v1/carriers/detect";
pub const TOKEN: &str = "a-token-of-an-address";
pub const DELIVERED: &str = include_str!("../../../src/keydelivery/fixtures/delivered.json");
pub const QUIRKS: &str = include_str!("../../../src/keydelivery/fixtures/quirks.json");
pub const PUSHED: &str = include_str!("../../../src/keydelivery/fixtures/push-delivered.json");
pub const PUSH_QUIRKS: &str = include_str!("../../../src/keydelivery/fixtures/push-quirks.json");
pub const PUSH_EXPIRED: &str = include_str!("../../../src/keydelivery/fixtures/push-expired.json");
pub const PUSH_BARE: &str = include_str!("../../../src/keydelivery/fixtures/push-bare.json");

/// A desk that knows one key and two carriers.
pub fn desk() -> Arc<FakeDesk> {
    let desk = FakeDesk::new();
    desk.signing_key("keydelivery", "default", KEY, SECRET);
    for code in ["gls", "dhl", "DHL", "247express"] {
        desk.map_carrier("keydelivery", code, keydelivery::carrier(code).unwrap());
    }
    desk
}

/// Reads an upstream's answer about a parcel.
pub fn parse(number: &str, status: u16, body: &[u8]) -> Result<Parsed, CallError> {
    let vocabularies = Vocabularies::built_in().unwrap();
    let parcel = Parcel {
        carrier: "gls",
        number,
        ..Parcel::default()
    };
    let answer = Answer {
        status,
        retry_after_s: None,
        body,
    };
    KeyDelivery
        .call()
        .unwrap()
        .parse(vocabularies.of("keydelivery"), &parcel, &answer)
}

/// Lets an upstream's answer come in.
pub fn told(desk: &FakeDesk, carrier: &str, number: &str, body: &str) {
    let parsed = parse(number, 200, body.as_bytes()).unwrap();
    desk.answer("default", ConnectionId(1), carrier, number, parsed.answer);
}

impl Reply {
    pub fn code(&self) -> u64 {
        self.json()["code"].as_u64().unwrap()
    }
}

/// Sends a request as it is.
pub async fn send(
    desk: &Arc<FakeDesk>,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Reply {
    let router = keydelivery::router::<FakeDesk>().with_state(desk.clone());
    Reply::of(router, request(method, path, headers, body)).await
}

/// Sends a look-up that is signed as it must be.
pub async fn ask(desk: &Arc<FakeDesk>, body: &str) -> Reply {
    call(desk, REALTIME, body).await
}

/// Sends a push to a connection's address.
pub async fn push(desk: &Arc<FakeDesk>, token: &str, body: impl Into<Body>) -> Reply {
    let path = format!("/in/{token}/keydelivery");
    let headers = [("content-type", "application/json")];
    send(desk, Method::POST, &path, &headers, body).await
}

/// Calls a path, signed as it must be.
pub async fn call(desk: &Arc<FakeDesk>, path: &str, body: &str) -> Reply {
    let signature = keydelivery::sign(body.as_bytes(), KEY, SECRET);
    let headers = [
        ("content-type", "application/json"),
        ("API-Key", KEY),
        ("signature", signature.as_str()),
    ];
    send(desk, Method::POST, path, &headers, body.to_owned()).await
}
