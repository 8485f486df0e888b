//! Upstreams that fail in every way, and come back.

use crate::on_both_stores;
use crate::world::{JOURNEY, LIMIT, World, tracking_answer, upstream_247};
use serde_json::json;
use std::time::Duration;
use trackway_testkit::{Answer, Receiver};

on_both_stores!(
    no_failure_loses_a_poll,
    a_new_number_is_asked_at_once_and_then_by_its_stage,
    a_dead_upstream_does_not_delay_another,
);

async fn no_failure_loses_a_poll(world: World) {
    let upstream = Receiver::start().await.unwrap();
    let error = |code: &str| {
        Answer::json(&json!({ "errorMessage": code, "errorCode": code, "orderCode": null }))
    };
    upstream.push(Answer::status(500));
    upstream.push(Answer::status(200).body("{\"cut\": "));
    upstream.push(Answer::status(429).header("retry-after", "60"));
    upstream.push(error("APIKEY_LIMIT"));
    upstream.push(error("APIKEY_NOT_FOUND"));
    upstream.push(error("ORDERCODE_NOT_FOUND"));
    upstream.set_rule(|_| Answer::json(&tracking_answer("VD0000001", JOURNEY)));
    world.connect_247(&upstream).await;
    world.hub.start();
    world.track("VD0000001", None).await;
    upstream.wait_for(1, LIMIT).await.unwrap();
    world
        .moving_on("an answer at last", Duration::from_mins(30), async || {
            let shown = world.shown("VD0000001").await?;
            (shown.events.len() == 4).then_some(())
        })
        .await;
    assert_eq!(upstream.received().len(), 7);
    world.hub.stop().await.unwrap();
}

async fn a_new_number_is_asked_at_once_and_then_by_its_stage(world: World) {
    let upstream = upstream_247(&JOURNEY[..3]).await;
    world.connect_247(&upstream).await;
    world.hub.start();
    // The clock stands: only what is due at once is asked.
    world.track("VD0000001", None).await;
    world.until_milestone("VD0000001", "out_for_delivery").await;
    // Out for delivery: twenty minutes, less up to a tenth.
    let minutes = |n| crate::world::NOON + Duration::from_mins(n).as_micros() as i64;
    trackway_testkit::eventually("the poll to be settled", LIMIT, async || {
        let due = world.hub.store().next_poll().await.unwrap()?;
        (minutes(18)..=minutes(20)).contains(&due).then_some(())
    })
    .await
    .unwrap();
    assert_eq!(upstream.received().len(), 1);
    world.track("VD0000002", None).await;
    upstream.wait_for(2, LIMIT).await.unwrap();
    world.hub.stop().await.unwrap();
}

async fn a_dead_upstream_does_not_delay_another(world: World) {
    let slow = Receiver::start().await.unwrap();
    slow.set_rule(|_| Answer::status(200).delay(Duration::from_hours(1)));
    let living = upstream_247(JOURNEY).await;
    world.connect_247(&slow).await;
    world
        .connect_keydelivery(&Receiver::start().await.unwrap())
        .await;
    world.hub.start();
    for number in 0..12 {
        world
            .track(&format!("VD000001{number:02}"), Some("247express"))
            .await;
    }
    slow.wait_for(4, LIMIT).await.unwrap();
    let new = trackway_hub::NewConnection {
        dialect: "247express".to_owned(),
        base_url: living.url(""),
        name: Some("second".to_owned()),
        settings: crate::world::texts(&[("apikey", "3333-4444")]),
        operator: true,
        ..trackway_hub::NewConnection::default()
    };
    world.hub.connect(new).await.unwrap();
    world.track("VD0000099", Some("second")).await;
    world.until_milestone("VD0000099", "pending_handling").await;
    assert_eq!(slow.received().len(), 4, "a few calls at once, no more");
}
