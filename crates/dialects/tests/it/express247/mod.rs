//! 247Express, both directions, through its public parts and over its router.

mod book;
mod call;
mod conformance;
mod customer;
mod passage;
mod passed;
mod receive;
mod send;
mod told;
mod tracking;
mod trade;
mod vocabulary;

use crate::support::FakeDesk;
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use std::sync::Arc;
use tower::ServiceExt;
use trackway_dialects::dialect::{Answer, Call, Parcel, Parsed};
use trackway_dialects::express247::{self, Express247, NAME};
use trackway_dialects::{CallError, raw::Object};
use trackway_model::ConnectionId;

pub const KEY: &str = "1111-1111-1111-1111-111111111111";
pub const SHOP: &str = "shop";
pub const TOKEN: &str = "a-token-of-an-address";
pub const WEBHOOK_KEY: &str = "0A1B2C3D-0000-4000-8000-00112233AABB";

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src/express247/fixtures/",
            $name
        ))
    };
}
pub(crate) use fixture;

/// A desk that knows one shop: its key, its connection to 247Express, its login.
pub fn desk() -> (Arc<FakeDesk>, ConnectionId) {
    let desk = FakeDesk::new();
    desk.login(NAME, SHOP, KEY, ("shop-user", "shop-password"));
    let settings = [
        ("apikey", "upstream-key"),
        ("webhook_apikey", WEBHOOK_KEY),
        ("webhook_user", "carrier"),
        ("webhook_password", "carrier-password"),
    ];
    let connection = desk.connection(SHOP, NAME, TOKEN, &settings);
    (desk, connection)
}

/// An answer of the router.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    /// A member as written.
    pub fn raw(&self, name: &str) -> String {
        let object = Object::parse(self.body.as_bytes()).unwrap();
        object
            .get(name)
            .unwrap_or_else(|| panic!("no {name} in {}", self.body))
            .to_owned()
    }
}

pub async fn send(desk: &Arc<FakeDesk>, request: Request<Body>) -> Reply {
    let router = express247::router().with_state(desk.clone());
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Reply {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

pub async fn get(desk: &Arc<FakeDesk>, path: &str) -> Reply {
    send(desk, Request::get(path).body(Body::empty()).unwrap()).await
}

pub async fn post(
    desk: &Arc<FakeDesk>,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Reply {
    let mut request = Request::post(path).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(desk, request.body(body.into()).unwrap()).await
}

/// Asks for an order with the shop's key.
pub async fn track(desk: &Arc<FakeDesk>, number: &str) -> Reply {
    get(
        desk,
        &format!("/api/Order/v1/Tracking?ordercode={number}&apikey={KEY}"),
    )
    .await
}

/// What the client makes of an answer.
pub fn parse_as(number: &str, status: u16, body: &[u8]) -> Result<Parsed, CallError> {
    let parcel = Parcel {
        carrier: express247::CARRIER,
        number,
        ..Parcel::default()
    };
    let answer = Answer {
        status,
        retry_after_s: None,
        body,
    };
    Express247.parse(express247::vocabulary(), &parcel, &answer)
}

pub fn parse(number: &str, body: &str) -> Parsed {
    parse_as(number, 200, body.as_bytes()).unwrap()
}

/// A tracking answer that the shop's connection was given.
pub fn answered(desk: &FakeDesk, connection: ConnectionId, number: &str, body: &str) {
    let answer = parse(number, body).answer;
    desk.answer(SHOP, connection, express247::CARRIER, number, answer);
}

/// A text with one piece replaced, which must be there.
pub fn with(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not in {text}");
    text.replace(from, to)
}
