//! A clock that is set forward by a day and back by an hour while work is under way: nothing is lost,
//! nothing is sent or asked in a storm, and nothing waits for the time that was undone.

use crate::delivering::tell;
use crate::on_both_stores;
use crate::world::{JOURNEY, LIMIT, NOON, World, texts, tracking_answer};
use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use std::time::Duration;
use tower::ServiceExt;
use trackway_dialects::desk::Proof;
use trackway_dialects::{Desk, native};
use trackway_hub::{CreatedKey, HubConfig};
use trackway_testkit::{Answer, Receiver, eventually};

on_both_stores!(
    deliveries_go_on,
    polls_go_on,
    limits_hold,
    answers_are_remembered_and_sessions_end,
    a_machine_that_lost_its_time_works,
);

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// A day less the hour that is set back.
const REST_OF_DAY: Duration = Duration::from_hours(23);
const TOLD: &str = "2024-05-07T10:00:00+07:00";

impl World {
    fn set_forward(&self, by: Duration) {
        self.clock.advance(by);
    }

    fn set_back(&self, by: Duration) {
        self.clock.set(self.clock_now() - by.as_micros() as i64);
    }
}

fn numbers(receiver: &Receiver) -> Vec<String> {
    let received = receiver.received();
    let number = |message: &trackway_testkit::Recorded| {
        let told = message.json().unwrap();
        told["data"]["number"].as_str().unwrap().to_owned()
    };
    received.iter().map(number).collect()
}

async fn deliveries_go_on(world: World) {
    let (well, ill) = (
        Receiver::start().await.unwrap(),
        Receiver::start().await.unwrap(),
    );
    ill.set_rule(|_| Answer::status(503));
    for receiver in [&well, &ill] {
        world.endpoint("native", receiver.url("/hook"), &[]).await;
    }
    world.hub.start();
    let mut sent = 0;
    let mut told = async |number: &str| {
        tell(&world, number, "in_transit", TOLD).await;
        sent += 1;
        // The clock stands: it waits for nothing.
        well.wait_for(sent, LIMIT).await.unwrap();
    };
    told("P1").await;
    ill.wait_for(1, LIMIT).await.unwrap();
    world.set_forward(DAY);
    told("P2").await;
    ill.wait_for(2, LIMIT).await.unwrap();
    world.set_back(HOUR);
    told("P3").await;
    // What is tried again goes by its table from now on, not by the hour that was undone.
    let asked = ill.received().len();
    world
        .moving_on("another attempt", Duration::from_secs(2), async || {
            (ill.received().len() > asked).then_some(())
        })
        .await;
    let passed = world.clock_now() - NOON - REST_OF_DAY.as_micros() as i64;
    assert!(passed < 30 * 60 * 1_000_000, "after {passed} us");
    // Three messages, and however often the clock was set: a few attempts, not a storm.
    assert!(ill.received().len() <= 12, "{}", ill.received().len());

    ill.set_rule(|_| Answer::status(200));
    let account = world.hub.account(None).await.unwrap().id;
    let step = Duration::from_mins(1);
    world
        .moving_on("nothing to be left open", step, async || {
            let open = world.hub.store().deliveries(account).await.unwrap();
            open.is_empty().then_some(())
        })
        .await;
    let numbers = numbers(&ill);
    for number in ["P1", "P2", "P3"] {
        assert!(numbers.iter().any(|known| known == number), "{number}");
    }
    assert_eq!(
        well.received().len(),
        3,
        "nothing twice to the one that is well"
    );
    world.hub.stop().await.unwrap();
}

async fn polls_go_on(world: World) {
    let upstream = Receiver::start().await.unwrap();
    upstream.set_rule(|request| {
        let query = request.uri.query().unwrap_or_default();
        let number = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("ordercode="));
        Answer::json(&tracking_answer(number.unwrap(), &JOURNEY[..3]))
    });
    world.connect_247(&upstream).await;
    world.hub.start();
    let track = async |number: &str| {
        world.track(number, None).await;
        world.until_milestone(number, "out_for_delivery").await;
    };
    track("VD0000001").await;
    world.set_forward(DAY);
    track("VD0000002").await;
    world.set_back(HOUR);
    // The clock stands: a new number is asked about at once.
    track("VD0000003").await;
    let asked = upstream.received().len();
    assert!(asked <= 6, "{asked} calls for three numbers");
    // And all of them again within a day: by the clock that is, not by the one that was.
    let until = world.clock_now() + DAY.as_micros() as i64;
    world
        .moving_on(
            "all to be asked again",
            Duration::from_mins(10),
            async || {
                let received = upstream.received();
                let again = |number: &str| {
                    let calls = received[asked..].iter();
                    calls
                        .filter(|call| call.uri.to_string().contains(number))
                        .count()
                        > 0
                };
                ["VD0000001", "VD0000002", "VD0000003"]
                    .iter()
                    .all(|number| again(number))
                    .then_some(())
            },
        )
        .await;
    assert!(world.clock_now() <= until);
    world.hub.stop().await.unwrap();
}

async fn limits_hold(world: World) {
    let settings = texts(&[("express247.lookups_per_day", "3")]);
    let config = HubConfig {
        settings,
        ..HubConfig::default()
    };
    let world = world.reopened_with(config).await;
    let key = world.key("247express").await;
    let limited = async || {
        let answer = world.tracking(&key, "VD0000001").await;
        answer["errorCode"] == "APIKEY_LIMIT"
    };
    let spend = async |allowed: usize| {
        for _ in 0..allowed {
            assert!(!limited().await);
        }
        assert!(limited().await, "one more than {allowed}");
    };
    spend(3).await;
    world.set_forward(DAY);
    spend(3).await;
    // Both days' calls are still spent.
    world.set_back(HOUR);
    spend(0).await;
    world.set_back(REST_OF_DAY);
    spend(0).await;
    world.set_forward(DAY);
    spend(0).await;
    world.set_forward(DAY);
    spend(3).await;
}

async fn post(world: &World, key: &CreatedKey, idempotency: &str) -> String {
    let event = json!({ "events": [{
        "carrier": "own", "number": "P1", "status": "in_transit", "occurred_at": TOLD
    }] });
    let request = Request::post("/v1/events")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", key.key))
        .header("idempotency-key", idempotency)
        .body(Body::from(event.to_string()))
        .unwrap();
    let router = native::router().with_state(world.hub.clone());
    let answer = router.oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20)
        .await
        .unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

async fn answers_are_remembered_and_sessions_end(world: World) {
    let (native, customer) = (world.key("native").await, world.key("247express").await);
    let first = post(&world, &native, "once").await;
    let (user, password) = (customer.user_name.clone(), customer.password.clone());
    let session = world
        .hub
        .log_in("247express", &user.unwrap(), &password.unwrap())
        .await
        .unwrap()
        .unwrap();
    let holds = async || {
        let proof = Proof::Session {
            client_id: session.client_id,
            token: &session.token,
        };
        world
            .hub
            .prove("247express", proof)
            .await
            .unwrap()
            .is_some()
    };
    assert!(holds().await);
    world.set_back(HOUR);
    assert_eq!(post(&world, &native, "once").await, first);
    assert!(holds().await, "not begun yet by this clock, and yet given");
    world.set_forward(HOUR + DAY);
    assert!(!holds().await, "a day is over");
    // Kept or not by now, what was told is known, and counts once.
    post(&world, &native, "once").await;
    world.set_back(HOUR);
    post(&world, &native, "once").await;
    let shown = world.shown("P1").await.unwrap();
    assert_eq!(shown.events.len(), 1);
    assert!(holds().await, "its day is not over again");
}

async fn a_machine_that_lost_its_time_works(world: World) {
    // 1970, as a board without a battery believes, and a little before.
    world.clock.set(-5_000_000);
    let upstream = crate::world::upstream_247(JOURNEY).await;
    world.connect_247(&upstream).await;
    let (well, ill) = (
        Receiver::start().await.unwrap(),
        Receiver::start().await.unwrap(),
    );
    ill.set_rule(|_| Answer::status(500));
    for receiver in [&well, &ill] {
        world.endpoint("native", receiver.url("/hook"), &[]).await;
    }
    world.hub.start();
    world.track("VD0000001", None).await;
    world.until_milestone("VD0000001", "pending_handling").await;
    well.wait_for(1, LIMIT).await.unwrap();
    ill.wait_for(1, LIMIT).await.unwrap();
    assert_eq!(
        world
            .hub
            .link(None, None, "VD0000001", 7)
            .await
            .unwrap()
            .number,
        "VD0000001"
    );
    // It learns the time; then somebody types the year 9999.
    for time in [NOON, 253_402_300_799_000_000] {
        world.clock.set(time);
        let asked = ill.received().len();
        tell(&world, &format!("P{time}"), "in_transit", TOLD).await;
        ill.wait_for(asked + 1, LIMIT).await.unwrap();
    }
    world.clock.set(NOON);
    ill.set_rule(|_| Answer::status(200));
    tell(&world, "P-last", "in_transit", TOLD).await;
    eventually("the last to be told", LIMIT, async || {
        numbers(&well)
            .iter()
            .any(|number| number == "P-last")
            .then_some(())
    })
    .await
    .unwrap();
    world.hub.stop().await.unwrap();
}
