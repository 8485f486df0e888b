//! N&H, both directions, through its public parts and over its router.

mod conformance;
mod passage;
mod pulling;
mod records;
mod reports;
mod send;
mod serve;
mod upstream;

use crate::support::FakeDesk;
use axum::Router;
use axum::body::{Body, to_bytes};
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, StatusCode};
use records::{record, records, warehouse};
use sha2::Sha256;
use std::sync::Arc;
use tower::ServiceExt;
use trackway_dialects::nandh::NAME;
use trackway_model::ConnectionId;

pub const SHOP: &str = "shop";
pub const TOKEN: &str = "a-token-of-an-address";

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../src/nandh/fixtures/", $name))
    };
}
pub(crate) use fixture;

/// A desk that knows one shop and its connection to N&H, with these settings beside the key.
pub fn upstream(settings: &[(&str, &str)]) -> (Arc<FakeDesk>, ConnectionId) {
    let desk = FakeDesk::new();
    let settings = [&[("key", "upstream-key")], settings].concat();
    let connection = desk.connection(SHOP, NAME, TOKEN, &settings);
    (desk, connection)
}

/// An answer of a router.
pub struct Reply {
    pub status: StatusCode,
    pub body: String,
}

impl Reply {
    pub async fn of(router: Router, request: Request<Body>) -> Self {
        let response = router.oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Self {
            status: parts.status,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }
}

/// Lower-case hexadecimal HMAC-SHA256, made by the test itself.
pub fn hmac(secret: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}
