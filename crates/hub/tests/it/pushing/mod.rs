//! KeyDelivery's registrations and pushes, from the client's call to the client's address, and from an
//! upstream's push to ours.

mod registered;
mod upstream;

use crate::outbound::reach;
use crate::world::{LIMIT, NOON, World, texts};
use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::{Value, json};
use std::time::Duration;
use tower::ServiceExt;
use trackway_dialects::keydelivery;
use trackway_hub::{Clock, CreatedConnection, CreatedKey, HubConfig, NewConnection};
use trackway_testkit::{Answer, Receiver, Recorded, eventually};

const NUMBER: &str = "ZZ000111222";
const PUSHED: &str =
    include_str!("../../../../dialects/src/keydelivery/fixtures/push-delivered.json");
const DELIVERED: &str =
    include_str!("../../../../dialects/src/keydelivery/fixtures/delivered.json");
const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

fn ok() -> Answer {
    Answer::json(&json!({"code": 200, "message": "OK"}))
}

fn nothing() -> Answer {
    Answer::json(&json!({"code": 60101, "message": "No result found"}))
}

/// Clients may name addresses on this machine, and this server is known under a name.
fn config() -> HubConfig {
    let mut reach = reach(&["127.0.0.0/8"]);
    reach.ports = vec!["1-65535".parse().unwrap()];
    HubConfig {
        outbound: reach,
        public_url: Some("https://track.example/".to_owned()),
        ..HubConfig::default()
    }
}

impl World {
    async fn connect_push(&self, upstream: &Receiver, push: &str) -> CreatedConnection {
        let new = NewConnection {
            dialect: "keydelivery".to_owned(),
            base_url: upstream.url(""),
            settings: texts(&[("key", "KD-1"), ("secret", "kd-secret-1"), ("push", push)]),
            operator: true,
            ..NewConnection::default()
        };
        self.hub.connect(new).await.unwrap()
    }

    /// A signed call on us; the code of its answer.
    async fn call(&self, key: &CreatedKey, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let secret = key.secret.as_deref().unwrap();
        let signature = keydelivery::sign(body.as_bytes(), &key.key, secret);
        let request = Request::post(path)
            .header("content-type", "application/json")
            .header("API-Key", &key.key)
            .header("signature", signature);
        self.answer(request.body(Body::from(body)).unwrap()).await
    }

    async fn create(&self, key: &CreatedKey, carrier: &str, number: &str, url: &str) -> Value {
        let wish = json!({"carrier_id": carrier, "tracking_number": number, "area_show": 1,
            "webhook_url": url});
        self.call(key, "/api/v1/tracking/create", &wish).await
    }

    /// A push to a connection's address; the code of its acknowledgement.
    async fn pushed(&self, connection: &CreatedConnection, body: &str) -> Value {
        let path = format!("{}/keydelivery", connection.webhook_path);
        let request = Request::post(path).header("content-type", "application/json");
        self.answer(request.body(Body::from(body.to_owned())).unwrap())
            .await["code"]
            .clone()
    }

    async fn answer(&self, request: Request<Body>) -> Value {
        let router = keydelivery::router().with_state(self.hub.clone());
        let response = router.oneshot(request).await.unwrap();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    /// Moves the clock on until a receiver got so many requests.
    async fn until_received(
        &self,
        receiver: &Receiver,
        count: usize,
        step: Duration,
    ) -> Vec<Recorded> {
        let what = format!("{count} requests");
        self.moving_on(&what, step, async || {
            let received = receiver.received();
            (received.len() >= count).then_some(received)
        })
        .await
    }

    fn minutes(&self) -> i64 {
        (self.clock.now() - NOON) / 60_000_000
    }

    /// Waits until every registration's clock was looked at.
    async fn clocks_are_wound(&self) {
        let now = self.clock_now();
        eventually("clocks to be looked at", LIMIT, async || {
            let next = self.hub.store().next_clock().await.unwrap();
            next.is_none_or(|at| at > now).then_some(())
        })
        .await
        .unwrap();
    }
}

fn paths(receiver: &Receiver) -> Vec<String> {
    let received = receiver.received();
    received
        .iter()
        .map(|request| request.uri.path().to_owned())
        .collect()
}

fn is(answer: &Value, code: u32) {
    assert_eq!(answer["code"], code, "{answer}");
    assert_eq!(answer.get("data"), None);
}
