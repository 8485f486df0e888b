//! Track123's ocean and air, served and read.

mod air;
mod call;
mod conformance;
mod hook;
mod ocean;
mod read;
mod synthesis;

use crate::support::FakeDesk;
pub use crate::support::http::Reply;
use axum::body::Body;
use http::Request;
use serde_json::Value;
use std::sync::Arc;
use trackway_dialects::Dialect;
use trackway_dialects::dialect::Told;
use trackway_dialects::registry::built_in;
use trackway_dialects::track123::{self, Track123};
use trackway_model::intake::{Content, Intake};
use trackway_model::view::ShipmentView;
use trackway_model::{AccountId, ConnectionId};

pub const KEY: &str = "0123456789abcdef0123456789abcdef";
pub const OCEAN: &str = include_str!("../../../src/track123/fixtures/ocean.json");
pub const BILL: &str = include_str!("../../../src/track123/fixtures/ocean-bill.json");
pub const AIR: &str = include_str!("../../../src/track123/fixtures/air.json");
pub const PARTS: &str = include_str!("../../../src/track123/fixtures/air-parts.json");

/// A desk where calls are not counted.
pub fn desk() -> Arc<FakeDesk> {
    let desk = FakeDesk::new();
    desk.key("track123", "default", KEY);
    desk.set("track123.requests_per_second", "0");
    desk.set("track123.cargo_registrations_per_second", "0");
    desk
}

impl Reply {
    /// `data` of a success.
    pub fn data(&self) -> Value {
        let mut json = self.json();
        assert_eq!(json["code"], "00000", "{}", self.text);
        json["data"].take()
    }

    pub fn told_code(&self) -> String {
        self.json()["code"].as_str().unwrap().to_owned()
    }
}

/// A call under a version.
pub async fn call(desk: &Arc<FakeDesk>, path: &str, body: &str) -> Reply {
    let path = format!("/gateway/open-api/tk/{path}");
    let request = Request::post(path)
        .header("content-type", "application/json")
        .header("Track123-Api-Secret", KEY)
        .body(Body::from(body.to_owned()))
        .unwrap();
    sent(desk, request).await
}

pub async fn sent(desk: &Arc<FakeDesk>, request: Request<Body>) -> Reply {
    Reply::of(track123::router().with_state(desk.clone()), request).await
}

/// The reading of a webhook with this record.
pub fn heard(record: &str) -> Told {
    let body = format!(r#"{{"data":{record},"verify":{{"timestamp":"1","signature":"2"}}}}"#);
    let inbound = Track123.inbound().unwrap();
    let tables = built_in();
    inbound
        .read(tables.of("track123"), body.as_bytes())
        .unwrap()
}

/// Lets a record come in under a carrier and a number.
pub fn told(desk: &FakeDesk, carrier: &str, number: &str, record: &str) {
    let Content::Document(answer) = heard(record).content else {
        panic!("a record is a document");
    };
    desk.answer("default", ConnectionId(1), carrier, number, answer);
}

/// The same without a desk's question: what the account then has.
pub fn view(record: &str) -> ShipmentView {
    let desk = desk();
    let read = heard(record);
    desk.ingest(Intake {
        account: AccountId(1),
        connection: ConnectionId(1),
        carrier: "maersk".to_owned(),
        number: read.number.clone(),
        received: 1_767_225_600_000_000,
        content: read.content,
    });
    desk.view("default", "native", &read.number).unwrap()
}
