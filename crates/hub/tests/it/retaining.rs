//! What is old is removed hour by hour, and what it was is told plainly.

use crate::on_both_stores;
use crate::world::{JOURNEY, LIMIT, Step, World, texts, tracking_answer, upstream_247};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use trackway_dialects::Desk;
use trackway_dialects::desk::{Door, Unread};
use trackway_hub::quarantine::Listing;
use trackway_hub::{HubConfig, NewConnection, Retention};
use trackway_model::change::FeedPosition;
use trackway_model::{Oddity, Strange};
use trackway_store::retention::Archived;
use trackway_testkit::{Answer, Receiver, eventually};

on_both_stores!(
    documents_go_by_age_and_a_living_shipments_latest_stays,
    attempts_and_unreadable_webhooks_go_by_age,
    what_came_in_meanwhile_waits_for_nothing,
);

const DAY: Duration = Duration::from_hours(24);
const HOUR: Duration = Duration::from_hours(1);
const DELIVERED: &[Step] = &[
    ("23", "DALAYHANG", "2024-05-06T15:36:56.92+07:00"),
    ("30", "PHATTHANHCONG", "2024-05-07T08:15:40.41+07:00"),
];

fn keeping(payload_days: Option<u32>, attempt_days: Option<u32>) -> HubConfig {
    HubConfig {
        retention: Retention {
            payload_days,
            attempt_days,
            quarantine_days: attempt_days,
        },
        ..HubConfig::default()
    }
}

async fn archived(world: &World, number: &str) -> Archived {
    let store = world.hub.store();
    let account = world.hub.account(None).await.unwrap().id;
    let track = store.find(account, None, number).await.unwrap().remove(0);
    store.archived(&track, &track.documents[0]).await.unwrap()
}

async fn documents_go_by_age_and_a_living_shipments_latest_stays(world: World) {
    let world = world.reopened_with(keeping(Some(30), None)).await;
    let upstream = upstream_247(JOURNEY).await;
    world.connect_247(&upstream).await;
    world.hub.start();
    world.track("VD0000001", None).await;
    let before = world.until_milestone("VD0000001", "pending_handling").await;
    let key = world.key("247express").await;
    let passed_on = world.tracking(&key, "VD0000001").await;
    // A parcel that has come to its end; from then on this upstream is down.
    upstream.set_rule(|_| Answer::json(&tracking_answer("VD0000002", DELIVERED)));
    world.track("VD0000002", None).await;
    world.until_milestone("VD0000002", "delivered").await;
    upstream.set_rule(|_| Answer::status(503));
    // The newest body of all stays whatever its age: let it be another parcel's.
    let other = upstream_247(JOURNEY).await;
    let new = NewConnection {
        dialect: "247express".to_owned(),
        name: Some("other".to_owned()),
        base_url: other.url(""),
        settings: texts(&[("apikey", "3333-4444")]),
        operator: true,
        ..NewConnection::default()
    };
    world.hub.connect(new).await.unwrap();
    world.track("VD0000004", Some("other")).await;
    world.until_milestone("VD0000004", "pending_handling").await;
    assert!(matches!(
        archived(&world, "VD0000002").await,
        Archived::Kept(_)
    ));

    let mut days = 0;
    world
        .moving_on("the ended shipment's document to go", DAY, async || {
            days += 1;
            (archived(&world, "VD0000002").await == Archived::Removed).then_some(())
        })
        .await;
    assert!(days > 30, "gone after {days} days");
    // What is left is told from the log, by the facade too.
    let shown = world.shown("VD0000002").await.unwrap();
    assert_eq!(shown.milestone.name(), "delivered");
    assert!(shown.events.iter().all(|event| event.text.is_some()));
    let told = world.tracking(&key, "VD0000002").await;
    assert_eq!(told["status"], json!("30"), "{told}");
    // The living one passes as it came.
    assert!(matches!(
        archived(&world, "VD0000001").await,
        Archived::Kept(_)
    ));
    assert_eq!(world.tracking(&key, "VD0000001").await, passed_on);
    let after = world.shown("VD0000001").await.unwrap();
    assert_eq!(json!(after.root), json!(before.root));
    let codes = include_str!("../../../dialects/src/express247/codes.csv");
    world.hub.replay("247express", codes, false).await.unwrap();
    let found = world.hub.store().verify().await.unwrap();
    assert_eq!(found.differing, []);
}

async fn attempts_and_unreadable_webhooks_go_by_age(world: World) {
    let world = world.reopened_with(keeping(Some(2), Some(5))).await;
    let subscriber = Receiver::start().await.unwrap();
    world.endpoint("native", subscriber.url("/hook"), &[]).await;
    let carrier = upstream_247(JOURNEY).await;
    world.connect_247(&carrier).await;
    let account = world.hub.account(None).await.unwrap().id;
    let connection = world.hub.store().connections().await.unwrap()[0].id;
    let door = Door {
        account,
        connection,
    };
    let unread = Unread {
        strange: Strange::new(Oddity::Unreadable, "", "a JSON object", "no JSON object"),
        body: b"{",
        over: None,
    };
    world
        .hub
        .quarantine(&door, "247express", unread)
        .await
        .unwrap();
    world.hub.start();
    world
        .webhook("VD0000001", "23", "2024-05-06T15:36:56.92+07:00")
        .await;
    subscriber.wait_for(1, LIMIT).await.unwrap();
    let store = world.hub.store();
    let attempts = async || store.attempts(account, 0, i64::MAX).await.unwrap().len();
    eventually("the attempt to be kept", LIMIT, async || {
        (attempts().await == 1).then_some(())
    })
    .await
    .unwrap();
    let mut days = 0;
    world
        .moving_on("the attempt to go", DAY, async || {
            days += 1;
            (attempts().await == 0).then_some(())
        })
        .await;
    assert!(days > 5, "gone after {days} days");
    // The cursor is where it was: nothing is sent again.
    let endpoint = &store.endpoints().await.unwrap()[0];
    assert_eq!(
        endpoint.cursor,
        [FeedPosition {
            shard: 0,
            number: 1
        }]
    );
    assert_eq!(subscriber.received().len(), 1);
    let kept = world.hub.quarantined(None, &Listing::default()).await;
    assert_eq!(kept.unwrap(), [], "the unreadable webhook is older still");
}

async fn what_came_in_meanwhile_waits_for_nothing(world: World) {
    let world = world.reopened_with(keeping(Some(1), Some(1))).await;
    let world = Arc::new(world);
    let carrier = upstream_247(DELIVERED).await;
    world.connect_247(&carrier).await;
    world.hub.start();
    for n in 0..20 {
        world.track(&format!("VD000{n:04}"), None).await;
    }
    world.until_milestone("VD0000019", "delivered").await;
    let key = world.key("native").await;
    for hour in 0..96 {
        world.clock.advance(HOUR);
        let event = json!([{
            "number": "TW0000001VN", "carrier": "x-test", "id": format!("{hour}"),
            "status": "in_transit", "occurred_at": "2026-03-01T08:00:00+07:00",
        }]);
        let taken = tokio::time::timeout(LIMIT, world.events(&key, event)).await;
        let (status, answer) = taken.unwrap();
        assert!(status < 300, "{hour}: {answer}");
    }
    let found = world.hub.store().verify().await.unwrap();
    assert_eq!(found.differing, []);
}
