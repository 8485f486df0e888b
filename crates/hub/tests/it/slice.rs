//! The main job: one parcel, two sources and a webhook, one history, served in both dialects and
//! told to a subscriber.

use crate::on_both_stores;
use crate::world::{JOURNEY, LIMIT, World, tracking_answer, upstream_247};
use serde_json::{Value, json};
use std::time::Duration;
use trackway_model::{Milestone, OffsetSource};
use trackway_testkit::{Answer, Receiver};

on_both_stores!(
    one_parcel_two_sources_one_history,
    a_return_scan_told_by_all_is_one_event,
    a_tracking_answer_leaves_as_it_came,
    a_webhook_is_refused_without_its_key,
);

/// KeyDelivery's answer of the same scans, newest first, in local times without a zone.
fn keydelivery_answer(number: &str) -> Value {
    let items = json!([
        item(
            "2024-05-07 10:01:02",
            204,
            "Failed Attempt",
            "Nobody answered"
        ),
        item(
            "2024-05-07 08:15:40",
            5,
            "Out for delivery",
            "Out for delivery"
        ),
        item("2024-05-06 20:02:11", 0, "In transit", "On the way"),
        item("2024-05-06 15:36:56", 1, "Accepted", "Collected"),
    ]);
    found(number, 2, &items)
}

fn item(time: &str, code: u16, name: &str, context: &str) -> Value {
    json!({ "context": context, "time": time, "order_status_code": code,
            "order_status_description": name, "location": "HÀ NỘI", "area_name": null })
}

fn found(number: &str, status: u16, items: &Value) -> Value {
    json!({ "code": 200, "message": "OK", "data": {
        "carrier_id": "247express", "tracking_number": number, "order_status_code": status,
        "items": items
    }})
}

/// An aggregator that answers every number with what `answer` makes of it.
async fn upstream_keydelivery(answer: impl Fn(&str) -> Value + Send + Sync + 'static) -> Receiver {
    let aggregator = Receiver::start().await.unwrap();
    aggregator.set_rule(move |request| {
        let asked = request.json().unwrap();
        Answer::json(&answer(asked["tracking_number"].as_str().unwrap()))
    });
    aggregator
}

async fn one_parcel_two_sources_one_history(world: World) {
    let carrier = upstream_247(JOURNEY).await;
    let aggregator = upstream_keydelivery(keydelivery_answer).await;
    let subscriber = Receiver::start().await.unwrap();
    world.connect_247(&carrier).await;
    world.connect_keydelivery(&aggregator).await;
    let secret = world.endpoint("native", subscriber.url("/hook"), &[]).await;
    world.hub.start();

    world.track("VD0000001", None).await;
    let shown = world.until_milestone("VD0000001", "pending_handling").await;
    assert_eq!(shown.events.len(), 4);
    assert_eq!(
        aggregator.received().len(),
        0,
        "only who speaks for the carrier was asked"
    );

    world.track("VD0000001", Some("keydelivery")).await;
    let two_witnesses = trackway_testkit::eventually("a second witness", LIMIT, async || {
        let explained = world.hub.explain(None, None, "VD0000001").await.unwrap();
        (explained[0]
            .events
            .iter()
            .all(|event| event.witnesses.len() == 2))
        .then_some(explained)
    })
    .await
    .unwrap();
    let journey = &two_witnesses[0];
    assert_eq!(
        journey.events.len(),
        4,
        "the same scans are the same events"
    );
    assert_eq!(journey.milestone, Milestone::PendingHandling);
    for event in &journey.events {
        let by_aggregator = &event.witnesses[1];
        assert_eq!(by_aggregator.dialect, "keydelivery");
        assert_eq!(by_aggregator.offset_source, Some(OffsetSource::Connection));
        assert!(event.time.as_deref().unwrap().ends_with("+07:00"));
    }
    assert_eq!(journey.events[3].won_against, Some(2));

    world.clock.advance(Duration::from_secs(1));
    let told = world
        .webhook("VD0000001", "30", "2024-05-07T16:10:02.4946223+07:00")
        .await;
    assert_eq!(told, json!({ "IsError": false, "ErrorMessage": "" }));
    let again = world
        .webhook("VD0000001", "30", "2024-05-07T16:10:02.4946223+07:00")
        .await;
    assert_eq!(again["IsError"], false);
    let shown = world.until_milestone("VD0000001", "delivered").await;
    assert_eq!(shown.events.len(), 5);

    let ours = world.key("247express").await;
    let answer = world.tracking(&ours, "VD0000001").await;
    assert_eq!(
        (&answer["status"], &answer["statusName"]),
        (&json!("30"), &json!("PHATTHANHCONG"))
    );
    assert_eq!(answer["mailMan"], "TRAN VAN MAU");
    let ours = world.key("keydelivery").await;
    let answer = world.realtime(&ours, "VD0000001").await;
    assert_eq!(answer["code"], 200, "{answer}");
    assert_eq!(answer["data"]["tracking_number"], "VD0000001");

    let messages = subscriber.wait_for(2, LIMIT).await.unwrap();
    let wanted = messages
        .iter()
        .map(|message| message.json().unwrap())
        .any(|body| {
            body["data"]["milestone"] == "delivered" && body["data"]["number"] == "VD0000001"
        });
    let all = subscriber
        .wait_for(if wanted { 2 } else { 3 }, LIMIT)
        .await
        .unwrap();
    let verifier = standardwebhooks::Webhook::new(&secret).unwrap();
    for message in &all {
        // The library reads the machine's clock, the messages are of the test's: the signature only.
        let id = message.header("webhook-id").unwrap();
        let at: i64 = message
            .header("webhook-timestamp")
            .unwrap()
            .parse()
            .unwrap();
        assert_eq!(
            message.header("webhook-signature").unwrap(),
            verifier.sign(id, at, &message.body).unwrap()
        );
    }
    world.hub.stop().await.unwrap();
}

/// Only our own event names a direction: what the others leave out contradicts nothing.
async fn a_return_scan_told_by_all_is_one_event(world: World) {
    let carrier = upstream_247(&[("27", "CHOCHUYENHOAN", "2024-05-08T09:30:00+07:00")]).await;
    let aggregator = upstream_keydelivery(|number| {
        let scan = item("2024-05-08 09:30:00", 6, "Returning to sender", "Sent back");
        found(number, 6, &json!([scan]))
    })
    .await;
    world.connect_247(&carrier).await;
    world.connect_keydelivery(&aggregator).await;
    world.hub.start();
    world.track("VD0000001", None).await;
    world.track("VD0000001", Some("keydelivery")).await;
    let own = world.key("native").await;
    let event = json!([{ "carrier": "247express", "number": "VD0000001", "status": "returning",
        "direction": "return", "occurred_at": "2024-05-08T09:30:00+07:00" }]);
    let (http, answer) = world.events(&own, event).await;
    assert_eq!(http, 200, "{answer}");
    let journey = trackway_testkit::eventually("all three to be heard", LIMIT, async || {
        let explained = world.hub.explain(None, None, "VD0000001").await.unwrap();
        let journey = explained.into_iter().next()?;
        let told: usize = journey
            .events
            .iter()
            .map(|event| event.witnesses.len())
            .sum();
        (told == 3).then_some(journey)
    })
    .await
    .unwrap();
    assert_eq!(journey.milestone, Milestone::Returning);
    let [event] = &journey.events[..] else {
        panic!("one scan, told as {:?}", journey.events)
    };
    let mut dialects: Vec<_> = event
        .witnesses
        .iter()
        .map(|witness| witness.dialect)
        .collect();
    dialects.sort_unstable();
    assert_eq!(dialects, ["247express", "keydelivery", "native"]);
    world.hub.stop().await.unwrap();
}

async fn a_tracking_answer_leaves_as_it_came(world: World) {
    let carrier = upstream_247(&JOURNEY[..3]).await;
    world.connect_247(&carrier).await;
    world.hub.start();
    world.track("VD0000002", None).await;
    world.until_milestone("VD0000002", "out_for_delivery").await;
    let key = world.key("247express").await;
    let came = tracking_answer("VD0000002", &JOURNEY[..3]);
    assert_eq!(world.tracking(&key, "vd0000002").await, came);

    world.clock.advance(Duration::from_mins(1));
    world
        .webhook("VD0000002", "16", "2024-05-07T10:01:02.4+07:00")
        .await;
    assert_eq!(world.tracking(&key, "VD0000002").await["status"], "16");

    carrier.set_rule(|_| Answer::json(&tracking_answer("VD0000002", JOURNEY)));
    let came = tracking_answer("VD0000002", JOURNEY);
    world
        .moving_on("the next poll", Duration::from_mins(10), async || {
            (world.tracking(&key, "VD0000002").await == came).then_some(())
        })
        .await;
    let world = world.reopened().await;
    assert_eq!(world.tracking(&key, "VD0000002").await, came);
}

async fn a_webhook_is_refused_without_its_key(world: World) {
    let answer = world
        .webhook("VD0000003", "25", "2024-05-07T10:01:02.4+07:00")
        .await;
    assert_eq!(answer["IsError"], true);
    assert!(world.shown("VD0000003").await.is_none());
}
