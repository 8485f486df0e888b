//! The scenarios of ocean and air cargo against the real hub: a client's bills of lading and air
//! waybills at a simulated Track123, which tells of them by its webhooks. At every step the hub holds
//! what has happened once and nothing else as done; what was expected and came otherwise is kept, taken
//! back; and only when every container or every piece is delivered, the whole is.

use crate::scenarios::{PUBLIC, connect, deliver};
use crate::world::World;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;
use trackway_dialects::{registry, track123};
use trackway_hub::{Clock, Explanation};
use trackway_model::fold::Verdict;
use trackway_model::{Certainty, CodeKind, Milestone};
use trackway_simulator::{Begin, Outbox, Plan, Scenario, SimulatedDesk, World as Sea, air, ocean};

pub const PLAYED: &[&str] = &["ocean", "air"];

const SHIPMENTS: u32 = 2;
const STEPS: i64 = 60;

struct Show {
    hub: World,
    desk: Arc<SimulatedDesk>,
    outbox: Outbox,
}

impl Show {
    async fn of(scenario: &str) -> Self {
        let hub = World::sqlite().await;
        let clock = hub.clock.clone();
        let plan = Plan {
            seed: 7,
            shipments: SHIPMENTS,
            scenario: Scenario::find(scenario).unwrap(),
            begin: Begin::Now,
            ..Plan::default()
        };
        let sea = Sea::new(plan, Arc::new(move || clock.now()));
        let desk = Arc::new(SimulatedDesk::new(sea, BTreeMap::new()));
        let key = &desk.credentials().key;
        let settings = [("key", &**key), ("import", "no")];
        let door = connect(&hub, track123::NAME, "http://127.0.0.1:9", &settings).await;
        let portal = format!("{PUBLIC}{door}/track123");
        let outbox = Outbox::new(desk.clone(), track123::NAME, Some(portal));
        Self { hub, desk, outbox }
    }

    /// A client's call on the simulated system.
    async fn register(&self, path: &str, items: &Value) {
        let request = Request::post(format!("/gateway/open-api/tk/v2.1/{path}"))
            .header("content-type", "application/json")
            .header("Track123-Api-Secret", &self.desk.credentials().key)
            .body(Body::from(items.to_string()))
            .unwrap();
        let router = track123::router().with_state(self.desk.clone());
        let answer = router.oneshot(request).await.unwrap();
        let told = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let told: Value = serde_json::from_slice(&told).unwrap();
        let accepted = told["data"]["accepted"].as_array().map(Vec::len);
        assert_eq!(accepted, Some(SHIPMENTS as usize), "{told}");
    }

    /// Goes through the world's days, and has each shipment checked at every step.
    async fn play(mut self, check: fn(&Sea, u32, i64, &Explanation)) {
        let begin = self.hub.clock.now();
        let end = self.desk.world().end();
        let step = Duration::from_micros(((end - begin) / STEPS).unsigned_abs());
        for _ in 0..=STEPS {
            let now = self.hub.clock.now();
            deliver(&self.hub, &mut self.outbox).await;
            for index in 0..SHIPMENTS {
                let number = self.desk.world().all_numbers().nth(index as usize).unwrap();
                if self
                    .desk
                    .world()
                    .document("track123", &number, now)
                    .is_none()
                {
                    continue;
                }
                let held = self.hub.hub.explain(None, None, &number).await.unwrap();
                assert_eq!(held.len(), 1, "{number}");
                check(self.desk.world(), index, now, &held[0]);
            }
            self.hub.clock.advance(step);
        }
        let counts = self.outbox.counts();
        assert_eq!(counts.acknowledged, counts.messages, "{counts:?}");
        self.hub.hub.stop().await.unwrap();
    }
}

/// What is held as done: local minute and milestone, each as often as it is there.
fn done(held: &Explanation) -> Vec<(String, Milestone)> {
    let events = held.events.iter();
    let actual = events.filter(|event| event.certainty == Certainty::Actual);
    let mut done: Vec<_> = actual
        .map(|event| {
            (
                event.time.as_ref().unwrap()[..16].to_owned(),
                event.milestone,
            )
        })
        .collect();
    done.sort();
    done
}

fn milestone(kind: CodeKind, code: &str) -> Milestone {
    registry::built_in().of("track123").read(kind, code, "").0
}

fn check_bill(sea: &Sea, index: u32, now: i64, held: &Explanation) {
    let bill = sea.cargo().bill(index).unwrap();
    let happened = || bill.steps.iter().filter(|step| step.at <= now);
    let told = |step: &ocean::Step| (step.minute(), milestone(CodeKind::OceanEvent, step.code));
    let mut due: Vec<_> = happened().map(told).collect();
    // A container's end is told by its own status as well.
    let delivered = happened().filter(|step| step.delivers());
    due.extend(delivered.map(|step| (step.minute(), Milestone::Delivered)));
    due.sort();
    assert_eq!(done(held), due, "{} at {now}", held.number);
    let all = happened().filter(|step| step.delivers()).count() == bill.containers.len();
    assert_eq!(held.milestone.stage().is_final(), all, "{}", held.number);
    let ahead = held
        .events
        .iter()
        .filter(|it| it.certainty == Certainty::Estimated);
    let expected = bill.steps.iter().filter(|step| {
        let is_aboard = happened().any(|other| other.container == step.container);
        let is_told = step.foretold.iter().any(|foretold| foretold.since <= now);
        step.at > now && is_told && is_aboard
    });
    assert_eq!(ahead.count(), expected.count(), "{}", held.number);
    if now >= bill.steps.last().unwrap().at {
        let foretold = bill.steps.iter().filter(|step| !step.foretold.is_empty());
        assert!(
            held.withdrawn.len() >= foretold.count() / 2,
            "estimates are kept"
        );
    }
}

fn check_waybill(sea: &Sea, index: u32, now: i64, held: &Explanation) {
    let script = sea.cargo().waybill(index).unwrap();
    let happened = || script.steps.iter().filter(|step| step.at <= now);
    let told = |step: &air::Step| (step.minute(), milestone(CodeKind::AirEvent, step.code));
    let mut due: Vec<_> = happened().map(told).collect();
    due.sort();
    assert_eq!(done(held), due, "{} at {now}", held.number);
    let is_over = happened().any(|step| step.code == "DELIVERED");
    assert_eq!(
        held.milestone == Milestone::Delivered,
        is_over,
        "{}",
        held.number
    );
    let flown: u16 = happened()
        .filter(|step| step.code == "IN_TRANSIT")
        .map(|step| step.pieces)
        .sum();
    if flown > 0 && flown < script.pieces {
        let some = held
            .events
            .iter()
            .any(|event| matches!(event.verdict, Verdict::SomePieces { counted, of } if counted == flown && of == script.pieces));
        assert!(
            some,
            "{} of {} are not the consignment",
            flown, script.pieces
        );
        assert_ne!(held.milestone, Milestone::InTransit, "{}", held.number);
    }
}

#[tokio::test]
async fn every_container_of_a_bill_is_followed_to_its_own_end() {
    let show = Show::of("ocean").await;
    let bills = (0..SHIPMENTS)
        .map(|index| json!({"trackingNo": ocean::bill(index), "type": 2, "carrierCode": "MAEU"}));
    let bills = bills.collect();
    show.register("ocean/track/import", &bills).await;
    show.play(check_bill).await;
}

#[tokio::test]
async fn an_air_waybill_is_followed_piece_by_piece() {
    let show = Show::of("air").await;
    let waybills = (0..SHIPMENTS).map(|index| json!({"trackingNo": air::waybill(index)}));
    show.register("aviation/track/import", &waybills.collect())
        .await;
    show.play(check_waybill).await;
}
