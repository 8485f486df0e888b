//! The simulated world, asked through the real facades.

#![allow(clippy::unwrap_used)] // a helper of a test may fail as the test does

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Request, header};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tower::ServiceExt;
use trackway_dialects::dialect::{Answer, Parcel};
use trackway_dialects::registry::{self, Vocabularies};
use trackway_dialects::{express247, keydelivery};
use trackway_model::Milestone;
use trackway_simulator::{Plan, SimulatedDesk, World};

const DAY: i64 = 24 * 3_600 * 1_000_000;
/// 2026-06-01T12:00:00Z.
const NOON: i64 = 1_780_315_200_000_000;

/// A world, and the hand of its real clock.
fn world(seed: u64, speed: f64) -> (World, Arc<AtomicI64>) {
    let hand = Arc::new(AtomicI64::new(NOON));
    let clock = hand.clone();
    let plan = Plan {
        seed,
        shipments: 200,
        speed,
    };
    (
        World::new(plan, Arc::new(move || clock.load(Ordering::Relaxed))),
        hand,
    )
}

async fn ask(router: Router, request: Request<Body>) -> (Vec<u8>, Value) {
    let answer = router.oneshot(request).await.unwrap();
    let body = to_bytes(answer.into_body(), 1 << 20)
        .await
        .unwrap()
        .to_vec();
    let value = serde_json::from_slice(&body).unwrap();
    (body, value)
}

async fn tracking(desk: &Arc<SimulatedDesk>, number: &str) -> (Vec<u8>, Value) {
    let key = &desk.credentials().key;
    let uri = format!("/api/order/v1/tracking?ordercode={number}&apikey={key}");
    let request = Request::get(uri).body(Body::empty()).unwrap();
    ask(express247::router().with_state(desk.clone()), request).await
}

async fn realtime(desk: &Arc<SimulatedDesk>, number: &str) -> (Vec<u8>, Value) {
    let body =
        format!(r#"{{"carrier_id":"247express","tracking_number":"{number}","area_show":1}}"#);
    let known = desk.credentials();
    let request = Request::post("/api/v1/tracking/realtime")
        .header(header::CONTENT_TYPE, "application/json")
        .header("API-Key", &known.key)
        .header(
            "signature",
            keydelivery::sign(body.as_bytes(), &known.key, &known.secret),
        )
        .body(Body::from(body))
        .unwrap();
    ask(keydelivery::router().with_state(desk.clone()), request).await
}

#[test]
fn the_virtual_clock_runs_fast_and_never_passes_the_real_one() {
    let (world, hand) = world(1, 86_400.0);
    let begin = world.now();
    assert!(begin < NOON - 13 * DAY);
    hand.fetch_add(1_000_000, Ordering::Relaxed);
    assert_eq!(world.now(), begin + DAY);
    hand.fetch_add(3_600 * 1_000_000, Ordering::Relaxed);
    assert_eq!(world.now(), hand.load(Ordering::Relaxed));
    assert!(world.end() <= world.now());
}

#[test]
fn one_seed_makes_one_world_and_another_seed_another() {
    let script = |seed| {
        let (world, _) = world(seed, 1.0);
        (0..world.len())
            .map(|index| world.script(index))
            .collect::<Vec<_>>()
    };
    assert_eq!(script(1), script(1));
    assert_ne!(script(1), script(2));
}

#[test]
fn what_happens_between_two_instants_is_told_once() {
    let (world, _) = world(3, 1.0);
    let all = world.between(i64::MIN, world.end());
    let middle = world.end() - 9 * DAY;
    let halves = [
        world.between(i64::MIN, middle),
        world.between(middle, world.end()),
    ]
    .concat();
    assert_eq!(all, halves);
    assert_eq!(
        all.len(),
        (0..world.len())
            .map(|index| world.script(index).len())
            .sum::<usize>()
    );
}

#[tokio::test]
async fn both_facades_tell_every_happening_in_a_shape_that_the_hub_reads() {
    let (world, hand) = world(5, 1e9);
    hand.fetch_add(1_000_000, Ordering::Relaxed);
    let desk = Arc::new(SimulatedDesk::new(world, BTreeMap::new()));
    let vocabularies = Vocabularies::built_in().unwrap();
    for (index, number) in desk.world().numbers().enumerate() {
        let script = desk.world().script(index as u32);
        let told = [
            tracking(&desk, &number).await,
            realtime(&desk, &number).await,
        ];
        let statuses = script
            .iter()
            .filter(|happening| happening.status.is_some())
            .count();
        let scans = script
            .iter()
            .filter(|happening| happening.scan.is_some())
            .count();
        let items = script
            .iter()
            .filter(|h| trackway_simulator::keydelivery::tells(h))
            .count();
        let expected = [vec![statuses, scans], vec![items]];
        for ((dialect, (body, _)), expected) in
            ["247express", "keydelivery"].iter().zip(told).zip(expected)
        {
            let call = registry::find(dialect).unwrap().call().unwrap();
            let parcel = Parcel {
                carrier: "247express",
                number: &number,
            };
            let answer = Answer {
                status: 200,
                retry_after_s: None,
                body: &body,
            };
            let parsed = call
                .parse(vocabularies.of(dialect), &parcel, &answer)
                .unwrap();
            assert_eq!(parsed.warnings, Vec::<String>::new(), "{number}");
            let counts: Vec<_> = parsed
                .answer
                .parts
                .iter()
                .map(|part| part.statements.len())
                .collect();
            assert_eq!(counts, expected, "{dialect} {number}");
            for statement in parsed.answer.parts.iter().flat_map(|part| &part.statements) {
                assert_ne!(statement.milestone, Milestone::Unknown);
                assert!(statement.occurred.is_some());
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_refused_in_the_systems_words() {
    let (world, _) = world(5, 1.0);
    let desk = Arc::new(SimulatedDesk::new(world, BTreeMap::new()));
    assert_eq!(
        tracking(&desk, "VD99999999").await.1["errorCode"],
        "ORDERCODE_NOT_FOUND"
    );
    // The world has just begun: nothing has happened yet.
    assert_eq!(
        tracking(&desk, "VD00000001").await.1["errorCode"],
        "ORDERCODE_NOT_FOUND"
    );
    assert_eq!(realtime(&desk, "VD00000001").await.1["code"], 60_101);
}

#[tokio::test]
async fn the_daily_limit_is_counted() {
    let (world, hand) = world(5, 1e9);
    hand.fetch_add(1_000_000, Ordering::Relaxed);
    let settings = BTreeMap::from([("express247.lookups_per_day".to_owned(), "2".to_owned())]);
    let desk = Arc::new(SimulatedDesk::new(world, settings));
    for expected in [Value::Null, Value::Null, "APIKEY_LIMIT".into()] {
        assert_eq!(tracking(&desk, "VD00000001").await.1["errorCode"], expected);
    }
}

#[test]
fn webhooks_tell_every_change_of_status_with_the_receivers_key() {
    let (world, _) = world(5, 1.0);
    let all = world.between(i64::MIN, world.end());
    let mut transactions = Vec::new();
    for told in &all {
        let webhook = trackway_simulator::express247::webhook(&world, told, "K-1");
        assert_eq!(webhook.is_some(), told.happening.status.is_some());
        let Some(webhook) = webhook else { continue };
        let sent = serde_json::to_value(webhook).unwrap();
        assert_eq!(sent["ApiKey"], "K-1");
        assert_eq!(sent["OrderCode"], World::number(told.index));
        transactions.push(sent["TransactionId"].to_string());
    }
    let sent = transactions.len();
    transactions.sort();
    transactions.dedup();
    assert_eq!(transactions.len(), sent, "a transaction id stands twice");
}
