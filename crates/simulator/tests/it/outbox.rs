//! Numbers registered at the simulated aggregators, and what they push of them.

use crate::{DAY, json, send, world};
use axum::body::Body;
use http::{Request, header};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use trackway_dialects::dialect::Answer;
use trackway_dialects::{keydelivery, track123};
use trackway_simulator::{Begin, Outbox, Plan, Scenario, SimulatedDesk, World, air, ocean};

const PORTAL: &str = "https://hub.example/in/TOKEN/track123";

struct Upstream {
    desk: Arc<SimulatedDesk>,
    hand: Arc<AtomicI64>,
}

impl Upstream {
    fn of(scenario: &str) -> Self {
        let (world, hand) = world(Plan {
            seed: 5,
            shipments: 4,
            scenario: Scenario::find(scenario).unwrap(),
            begin: Begin::Now,
            ..Plan::default()
        });
        Self {
            desk: crate::desk(world),
            hand,
        }
    }

    fn forth(&self, by: i64) {
        self.hand.fetch_add(by, Ordering::Relaxed);
    }

    async fn track123(&self, path: &str, body: &Value) -> Value {
        let request = Request::post(format!("/gateway/open-api/tk/v2.1/{path}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("Track123-Api-Secret", &self.desk.credentials().key)
            .body(Body::from(body.to_string()))
            .unwrap();
        let router = track123::router().with_state(self.desk.clone());
        json(&send(router, request).await.1)
    }

    async fn create(&self, number: &str) -> Value {
        let body = json!({
            "carrier_id": "247express",
            "tracking_number": number,
            "webhook_url": "https://hub.example/in/TOKEN/keydelivery",
            "area_show": 1,
        })
        .to_string();
        let known = self.desk.credentials();
        let signature = keydelivery::sign(body.as_bytes(), &known.key, &known.secret);
        let request = Request::post("/api/v1/tracking/create")
            .header(header::CONTENT_TYPE, "application/json")
            .header("API-Key", &known.key)
            .header("signature", signature)
            .body(Body::from(body))
            .unwrap();
        let router = keydelivery::router().with_state(self.desk.clone());
        json(&send(router, request).await.1)
    }

    fn outbox(&self, dialect: &'static str) -> Outbox {
        let portal = (dialect == track123::NAME).then(|| PORTAL.to_owned());
        Outbox::new(self.desk.clone(), dialect, portal)
    }
}

fn answer(status: u16, body: &'static [u8]) -> Answer<'static> {
    Answer {
        status,
        retry_after_s: None,
        body,
    }
}

/// Everything that is due, each acknowledged.
fn bodies(outbox: &mut Outbox, said: &Answer<'_>) -> Vec<Value> {
    outbox.collect();
    let mut bodies = Vec::new();
    while let Some(letter) = outbox.next_due() {
        bodies.push(json(&letter.outgoing.body));
        assert!(outbox.judge(letter, Some(said)));
    }
    bodies
}

fn details(told: &Value) -> usize {
    told["data"]["localLogisticsInfo"]["trackingDetails"]
        .as_array()
        .map_or(0, Vec::len)
}

#[tokio::test]
async fn an_imported_parcel_is_queried_and_told_step_by_step_with_a_signature() {
    let upstream = Upstream::of("delivered");
    let number = World::number(0);
    let item = json!([{"trackNo": number, "courierCode": "247express"}]);
    let imported = upstream.track123("track/import", &item).await;
    assert_eq!(
        imported["data"]["accepted"][0]["trackNo"],
        number.as_str(),
        "{imported}"
    );
    let again = upstream.track123("track/import", &item).await;
    assert_eq!(
        again["data"]["rejected"][0]["error"]["code"], "A0400",
        "{again}"
    );
    let mut outbox = upstream.outbox(track123::NAME);
    let ok = answer(200, b"");
    assert_eq!(
        bodies(&mut outbox, &ok),
        Vec::<Value>::new(),
        "it is not born yet"
    );
    upstream.forth(15 * DAY);
    let told = bodies(&mut outbox, &ok);
    let counts: Vec<usize> = told.iter().map(details).collect();
    // Those before its clock ran out come in their turn as well.
    let events: Vec<usize> = counts.iter().copied().filter(|count| *count > 0).collect();
    assert_eq!(
        events,
        (1..=events.len()).collect::<Vec<_>>(),
        "each tells one more"
    );
    let last = told.last().unwrap();
    assert_eq!(last["data"]["transitStatus"], "DELIVERED");
    let timestamp = last["verify"]["timestamp"].as_str().unwrap();
    let key = &upstream.desk.credentials().key;
    let signed = track123::sign(track123::Scheme::Hmac, key, timestamp);
    assert_eq!(last["verify"]["signature"], signed);
    let query = json!({"trackNoInfos": [{"trackNo": number}]});
    let asked = upstream.track123("track/query", &query).await;
    let content = &asked["data"]["accepted"]["content"][0];
    assert_eq!(content["transitSubStatus"], "DELIVERED_01", "{asked}");
    assert_eq!(
        content["localLogisticsInfo"],
        last["data"]["localLogisticsInfo"]
    );
}

#[tokio::test]
async fn a_created_number_is_pushed_to_the_address_that_came_with_it() {
    let upstream = Upstream::of("delivered");
    let number = World::number(0);
    assert_eq!(upstream.create(&number).await["code"], 200);
    assert_eq!(upstream.create(&number).await["code"], 60_201);
    upstream.forth(15 * DAY);
    let mut outbox = upstream.outbox(keydelivery::NAME);
    outbox.collect();
    let letter = outbox.next_due().unwrap();
    assert_eq!(
        letter.outgoing.url,
        "https://hub.example/in/TOKEN/keydelivery"
    );
    assert!(!outbox.judge(letter, Some(&answer(200, br#"{"code":500}"#))));
    let told = bodies(&mut outbox, &answer(200, br#"{"code":200}"#));
    let items = told.last().unwrap()["items"].as_array().unwrap();
    let script = upstream.desk.world().script(0);
    let known = script.iter().filter(|happening| happening.by_aggregator());
    assert_eq!(items.len(), known.count());
    assert_eq!(outbox.waiting(), 1, "the refused one comes again");
    assert!(outbox.next_due().is_none(), "not yet");
    upstream.forth(30 * 60 * 1_000_000);
    let letter = outbox.next_due().unwrap();
    assert_eq!(letter.attempt, 1);
    assert!(outbox.judge(letter, Some(&answer(200, br#"{"code":"200"}"#))));
}

/// Seven attempts, each after the vendor's wait and signed anew; then it is given up.
#[tokio::test]
async fn what_is_not_acknowledged_comes_again_after_the_vendors_waits() {
    let upstream = Upstream::of("delivered");
    let item = json!([{"trackNo": "VD99999999", "courierCode": "247express"}]);
    upstream.track123("track/import", &item).await;
    let mut outbox = upstream.outbox(track123::NAME);
    upstream.forth(60 * 60 * 1_000_000);
    outbox.collect();
    let mut bodies = Vec::new();
    for wait in [10, 30, 60, 240, 720, 2_160, 0] {
        let letter = outbox.next_due().unwrap();
        assert_eq!(
            json(&letter.outgoing.body)["data"]["transitStatus"],
            "NO_RECORD"
        );
        bodies.push(letter.outgoing.body.clone());
        assert!(!outbox.judge(letter, None));
        upstream.forth(wait * 60 * 1_000_000 - 1);
        assert!(outbox.next_due().is_none(), "{wait}");
        upstream.forth(1);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 7);
    let counts = outbox.counts();
    assert_eq!(
        (counts.messages, counts.refused, counts.given_up),
        (1, 7, 1)
    );
    outbox.collect();
    assert!(outbox.next_due().is_none(), "said once");
}

#[tokio::test]
async fn cargo_is_registered_asked_about_and_told() {
    let upstream = Upstream::of("ocean");
    let item = json!([{"trackingNo": ocean::bill(0), "type": 2, "carrierCode": "MAEU"}]);
    let made = upstream.track123("ocean/track/import", &item).await;
    let order_no = made["data"]["accepted"][0]["orderNo"]
        .as_str()
        .unwrap()
        .to_owned();
    upstream.forth(15 * DAY);
    let mut outbox = upstream.outbox(track123::NAME);
    let told = bodies(&mut outbox, &answer(204, b""));
    let last = &told.last().unwrap()["data"];
    assert_eq!(
        (&last["orderNo"], &last["searchStatus"]),
        (&json!(order_no), &json!("FINAL"))
    );
    let asked = json!([{"trackingNo": ocean::bill(0), "orderNo": order_no, "type": 2}]);
    let asked = upstream.track123("ocean/track/query", &asked).await;
    assert_eq!(
        asked["data"]["accepted"][0]["containerInfo"], last["containerInfo"],
        "{asked}"
    );

    let upstream = Upstream::of("air");
    let item = json!([{"trackingNo": air::waybill(0)}]);
    let made = upstream.track123("aviation/track/import", &item).await;
    assert_eq!(made["data"]["accepted"][0]["carrierCode"], "VN", "{made}");
    upstream.forth(15 * DAY);
    let mut outbox = upstream.outbox(track123::NAME);
    let told = bodies(&mut outbox, &answer(200, b"ok"));
    assert_eq!(told.last().unwrap()["data"]["aviationStatus"], "DELIVERED");
    let asked = json!([{"trackingNo": air::waybill(0)}]);
    let asked = upstream.track123("aviation/track/query", &asked).await;
    let last = &told.last().unwrap()["data"];
    assert_eq!(
        asked["data"]["accepted"][0]["trackingDetails"],
        last["trackingDetails"]
    );
}

#[tokio::test]
async fn messages_are_repeated_and_late_as_the_scenario_has_it() {
    let upstream = Upstream::of("three-sources");
    for index in 0..4 {
        assert_eq!(upstream.create(&World::number(index)).await["code"], 200);
    }
    upstream.forth(20 * DAY);
    let mut outbox = upstream.outbox(keydelivery::NAME);
    let told = bodies(&mut outbox, &answer(200, br#"{"code":200}"#));
    let counts = outbox.counts();
    assert_eq!(counts.messages, told.len());
    assert!(
        counts.copies > 5 && counts.acknowledged == told.len(),
        "{counts:?}"
    );
    let lengths = told
        .iter()
        .map(|push| (push["tracking_number"].clone(), push["items"].clone()));
    let lengths: Vec<(Value, usize)> = lengths
        .map(|(number, items)| (number, items.as_array().map_or(0, Vec::len)))
        .collect();
    let overtaken = lengths.iter().enumerate().any(|(at, (number, length))| {
        let later = lengths[..at].iter().filter(|(other, _)| other == number);
        later.into_iter().any(|(_, before)| before > length)
    });
    assert!(overtaken, "none came late");
}
