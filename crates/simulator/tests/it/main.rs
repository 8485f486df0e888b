//! The simulated world, asked through the real facades.

#![allow(clippy::unwrap_used)] // a helper of a test may fail as the test does

mod cargo;
mod docs;
mod facades;
mod faulty;
mod laws;
mod merchant;
mod outbox;
mod sandbox;
mod webhooks;
mod worlds;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Request, StatusCode, header};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tower::ServiceExt;
use trackway_dialects::{express247, keydelivery};
use trackway_simulator::{Plan, SimulatedDesk, World};

pub const DAY: i64 = 24 * 3_600 * 1_000_000;
/// 2026-06-01T12:00:00Z.
pub const NOON: i64 = 1_780_315_200_000_000;

/// A world, and the hand of its real clock.
pub fn world(plan: Plan) -> (World, Arc<AtomicI64>) {
    let hand = Arc::new(AtomicI64::new(NOON));
    let clock = hand.clone();
    let world = World::new(plan, Arc::new(move || clock.load(Ordering::Relaxed)));
    (world, hand)
}

/// A world of the usual kind.
pub fn usual(seed: u64, speed: f64) -> (World, Arc<AtomicI64>) {
    world(Plan {
        seed,
        shipments: 200,
        speed,
        ..Plan::default()
    })
}

/// The same when all is over.
pub fn over(plan: Plan) -> World {
    let (world, hand) = world(Plan { speed: 1e9, ..plan });
    hand.fetch_add(1_000_000, Ordering::Relaxed);
    world
}

pub fn desk(world: World) -> Arc<SimulatedDesk> {
    Arc::new(SimulatedDesk::new(world, BTreeMap::new()))
}

pub async fn send(router: Router, request: Request<Body>) -> (StatusCode, Vec<u8>) {
    let answer = router.oneshot(request).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, body.to_vec())
}

pub fn json(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

pub fn tracking_request(desk: &SimulatedDesk, number: &str) -> Request<Body> {
    let key = &desk.credentials().key;
    let uri = format!("/api/order/v1/tracking?ordercode={number}&apikey={key}");
    Request::get(uri).body(Body::empty()).unwrap()
}

pub fn realtime_request(desk: &SimulatedDesk, number: &str) -> Request<Body> {
    let body =
        format!(r#"{{"carrier_id":"247express","tracking_number":"{number}","area_show":1}}"#);
    let known = desk.credentials();
    let signature = keydelivery::sign(body.as_bytes(), &known.key, &known.secret);
    Request::post("/api/v1/tracking/realtime")
        .header(header::CONTENT_TYPE, "application/json")
        .header("API-Key", &known.key)
        .header("signature", signature)
        .body(Body::from(body))
        .unwrap()
}

pub async fn tracking(desk: &Arc<SimulatedDesk>, number: &str) -> Vec<u8> {
    let router = express247::router().with_state(desk.clone());
    send(router, tracking_request(desk, number)).await.1
}

pub async fn realtime(desk: &Arc<SimulatedDesk>, number: &str) -> Vec<u8> {
    let router = keydelivery::router().with_state(desk.clone());
    send(router, realtime_request(desk, number)).await.1
}
