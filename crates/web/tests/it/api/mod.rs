//! Our own API over a whole installation.

/// Instantiates tests for an installation on every engine; each takes one.
macro_rules! on_every_store {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::installation::Installation::start().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::installation::Installation::on_postgres().await).await;
            })*
        }
    };
}

mod addresses;
mod delivering;
mod detect;
mod docs;
mod endpoints;
mod events;
mod feed;
mod list;
mod managing;
mod notices;
mod operating;
pub mod orders;
mod proof;
mod quarantine;
mod reading;
mod refresh;
mod register;
mod stream;
mod translate;
mod walk;

use crate::harness::json_of;
use crate::installation::{Installation, Shop};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use trackway_hub::NewKey;

pub fn asked(own: &Installation, method: Method, path: &str, key: &str) -> RequestBuilder {
    own.served
        .request(method, path)
        .header(AUTHORIZATION, format!("Bearer {key}"))
}

pub async fn get(own: &Installation, key: &str, path: &str) -> (StatusCode, Value) {
    json_of(asked(own, Method::GET, path, key)).await
}

/// A GET that must succeed.
pub async fn read(own: &Installation, key: &str, path: &str) -> Value {
    let (status, answer) = get(own, key, path).await;
    assert_eq!(status, StatusCode::OK, "{path}: {answer}");
    answer
}

/// The whole feed, once it holds so many changes: PostgreSQL numbers them after the commit.
pub async fn feed_of(own: &Installation, key: &str, changes: usize) -> Value {
    let limit = std::time::Duration::from_secs(20);
    trackway_testkit::eventually(format!("{changes} changes"), limit, async || {
        let feed = read(own, key, "/v1/feed?limit=1000").await;
        let held = feed["changes"].as_array().unwrap().len();
        assert!(held <= changes, "{feed}");
        (held == changes).then_some(feed)
    })
    .await
    .unwrap()
}

pub fn posted(own: &Installation, key: &str, path: &str, body: String) -> RequestBuilder {
    asked(own, Method::POST, path, key)
        .header(CONTENT_TYPE, "application/json")
        .body(body)
}

pub async fn post(own: &Installation, key: &str, path: &str, body: &Value) -> (StatusCode, Value) {
    json_of(posted(own, key, path, body.to_string())).await
}

/// Tells events, all of which must be kept.
pub async fn tell(own: &Installation, shop: &Shop, events: &Value) -> Value {
    let (status, outcome) = post(own, &shop.native.key, "/v1/events", events).await;
    assert_eq!(status, StatusCode::OK, "{outcome}");
    assert_eq!(outcome["rejected"], json!([]), "{outcome}");
    outcome
}

/// Registers one number; its shipment's id.
pub async fn register(own: &Installation, shop: &Shop, carrier: &str, number: &str) -> String {
    let body = json!({"carrier": carrier, "number": number});
    let (status, answer) = post(own, &shop.native.key, "/v1/shipments", &body).await;
    assert!(status.is_success(), "{answer}");
    answer["id"].as_str().unwrap().to_owned()
}

/// A native key of an account with these scopes.
pub async fn key(own: &Installation, account: &str, scopes: &[&str]) -> String {
    let new = NewKey {
        account: Some(account.to_owned()),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        ..NewKey::default()
    };
    own.hub.create_key(new).await.unwrap().key
}

/// Checks the form of a failure.
pub fn is_problem((status, problem): &(StatusCode, Value), wanted: u16) -> &Value {
    assert_eq!(status.as_u16(), wanted, "{problem}");
    assert_eq!(problem["status"], wanted);
    assert_eq!(problem["title"].as_str(), status.canonical_reason());
    assert!(
        problem["detail"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    );
    problem
}
