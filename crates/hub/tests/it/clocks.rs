//! Registrations of which nothing is found, or nothing new.

use crate::on_both_stores;
use crate::world::{JOURNEY, LIMIT, World, upstream_247};
use serde_json::{Value, json};
use std::time::Duration;
use trackway_model::Standing;
use trackway_model::change::ChangeKind;
use trackway_testkit::{Answer, Receiver, eventually};

on_both_stores!(
    nothing_found_is_told_once_and_then_that_it_expired,
    silence_expires_and_news_begin_anew,
);

const DAY: u64 = 24 * 3_600;

async fn kinds(world: &World) -> Vec<&'static str> {
    let changes = world.hub.store().changes(&[], 100).await.unwrap();
    changes
        .iter()
        .map(|(_, change)| change.as_shipment().unwrap().kind.name())
        .collect()
}

/// Lets days pass, one by one, and waits for what the feed then holds.
async fn after_days(world: &World, days: u64, expected: &[&str]) {
    for _ in 0..days {
        world.clock.advance(Duration::from_secs(DAY));
        let now = world.clock_now();
        eventually("clocks to be looked at", LIMIT, async || {
            let next = world.hub.store().next_clock().await.unwrap();
            next.is_none_or(|at| at > now).then_some(())
        })
        .await
        .unwrap();
    }
    eventually(format!("{expected:?}"), LIMIT, async || {
        (kinds(world).await == expected).then_some(())
    })
    .await
    .unwrap();
}

async fn standing(world: &World, number: &str) -> Option<Standing> {
    world
        .shown(number)
        .await
        .and_then(|shown| shown.registration)
}

async fn is_asked(world: &World, number: &str) -> bool {
    let shown = world.shown(number).await.unwrap();
    let polls = world.hub.store().polls_of(shown.shipment.track()).await;
    polls.unwrap().iter().any(|poll| poll.due.is_some())
}

async fn nothing_found_is_told_once_and_then_that_it_expired(world: World) {
    let upstream = Receiver::start().await.unwrap();
    let nothing =
        json!({ "errorCode": "ORDERCODE_NOT_FOUND", "errorMessage": "x", "orderCode": null });
    upstream.set_rule(move |_| Answer::json(&nothing));
    world.connect_247(&upstream).await;
    let told = Receiver::start().await.unwrap();
    world.endpoint("native", told.url("/hook"), &[]).await;
    world.hub.start();
    world.track("VD0000001", None).await;
    assert_eq!(standing(&world, "VD0000001").await, Some(Standing::Pending));
    after_days(&world, 6, &[]).await;
    after_days(&world, 1, &["no_record"]).await;
    assert_eq!(
        standing(&world, "VD0000001").await,
        Some(Standing::NoRecord)
    );
    assert!(is_asked(&world, "VD0000001").await);
    after_days(&world, 40, &["no_record"]).await;
    after_days(&world, 13, &["no_record", "expired"]).await;
    assert_eq!(standing(&world, "VD0000001").await, Some(Standing::Expired));
    assert!(
        !is_asked(&world, "VD0000001").await,
        "an expired one is asked no more"
    );
    after_days(&world, 130, &["no_record", "expired"]).await;
    // Subscribers hear of both, once.
    told.wait_for(2, LIMIT).await.unwrap();
    let types: Vec<Value> = told
        .received()
        .iter()
        .map(|request| serde_json::from_slice::<Value>(&request.body).unwrap()["type"].clone())
        .collect();
    assert_eq!(types, ["registration.no_record", "registration.expired"]);
    world.hub.stop().await.unwrap();
}

async fn silence_expires_and_news_begin_anew(world: World) {
    let upstream = upstream_247(&JOURNEY[..2]).await;
    world.connect_247(&upstream).await;
    world.hub.start();
    world.track("VD0000001", None).await;
    world.until_milestone("VD0000001", "in_transit").await;
    assert_eq!(standing(&world, "VD0000001").await, Some(Standing::Active));
    after_days(&world, 59, &["live"]).await;
    after_days(&world, 1, &["live", "expired"]).await;
    assert_eq!(standing(&world, "VD0000001").await, Some(Standing::Expired));
    // Whatever was under way when it ended is over after a restart.
    let world = world.reopened().await;
    let calls = upstream.received().len();
    world.hub.start();
    after_days(&world, 20, &["live", "expired"]).await;
    assert_eq!(upstream.received().len(), calls);
    // News: it is followed and asked about again, and its silence is counted anew.
    world
        .webhook("VD0000001", "25", "2024-07-26T08:00:00+07:00")
        .await;
    let asked = async || (upstream.received().len() > calls).then_some(());
    let minute = Duration::from_mins(1);
    world.moving_on("it to be asked again", minute, asked).await;
    assert_eq!(standing(&world, "VD0000001").await, Some(Standing::Active));
    let all = ["live", "expired", "live"];
    after_days(&world, 58, &all).await;
    after_days(&world, 3, &["live", "expired", "live", "expired"]).await;
    let changes = world.hub.store().changes(&[], 100).await.unwrap();
    let last = changes.last().unwrap().1.as_shipment().unwrap();
    assert!(matches!(last.kind, ChangeKind::Expired { registration } if registration > 0));
    assert_eq!(
        last.before,
        Some(last.after),
        "the shipment stands as it stood"
    );
    world.hub.stop().await.unwrap();
}
