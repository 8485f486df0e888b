//! What was answered is there after a restart, and what was open goes on.

use crate::on_both_stores;
use crate::world::{JOURNEY, LIMIT, World, upstream_247};
use serde_json::json;
use std::time::Duration;
use trackway_dialects::Desk;
use trackway_dialects::desk::Proof;
use trackway_testkit::{Answer, Receiver};

on_both_stores!(
    a_restart_keeps_everything,
    what_was_open_goes_on_after_a_restart
);

async fn a_restart_keeps_everything(world: World) {
    let carrier = upstream_247(JOURNEY).await;
    world.connect_247(&carrier).await;
    world.hub.start();
    world.track("VD0000001", None).await;
    let before = world.until_milestone("VD0000001", "pending_handling").await;
    let key = world.key("247express").await;
    let answer = world.tracking(&key, "VD0000001").await;
    let session = {
        let (user, password) = (
            key.user_name.as_deref().unwrap(),
            key.password.as_deref().unwrap(),
        );
        world
            .hub
            .log_in("247express", user, password)
            .await
            .unwrap()
            .unwrap()
    };
    let world = world.reopened().await;
    let after = world.shown("VD0000001").await.unwrap();
    assert_eq!(json!(before), json!(after));
    assert_eq!(world.tracking(&key, "VD0000001").await, answer);
    let proof = Proof::Session {
        client_id: session.client_id,
        token: &session.token,
    };
    assert!(
        world
            .hub
            .prove("247express", proof)
            .await
            .unwrap()
            .is_some()
    );
}

async fn what_was_open_goes_on_after_a_restart(world: World) {
    let carrier = upstream_247(JOURNEY).await;
    let subscriber = Receiver::start().await.unwrap();
    subscriber.push(Answer::status(503));
    world.connect_247(&carrier).await;
    world.endpoint("native", subscriber.url("/hook"), &[]).await;
    // Not started: the webhook is committed, nothing is polled and nothing told.
    world
        .webhook("VD0000001", "23", "2024-05-06T15:36:56.92+07:00")
        .await;
    world.track("VD0000001", None).await;
    let world = world.reopened().await;
    assert_eq!(
        (carrier.received().len(), subscriber.received().len()),
        (0, 0)
    );
    world.hub.start();
    subscriber.wait_for(1, LIMIT).await.unwrap();
    world.until_milestone("VD0000001", "pending_handling").await;
    let account = world.hub.account(None).await.unwrap().id;
    trackway_testkit::eventually("the failure to be kept", LIMIT, async || {
        let kept = world.hub.store().deliveries(account).await.unwrap();
        (!kept.is_empty()).then_some(())
    })
    .await
    .unwrap();
    let world = world.reopened().await;
    world.hub.start();
    let ids = world
        .moving_on(
            "both changes to be told",
            Duration::from_secs(5),
            async || {
                let all = subscriber.received();
                let told: Vec<String> = all[1..]
                    .iter()
                    .map(|message| message.header("webhook-id").unwrap().to_owned())
                    .collect();
                (told.len() == 2).then(|| (all[0].header("webhook-id").unwrap().to_owned(), told))
            },
        )
        .await;
    assert!(ids.1.contains(&ids.0), "the one that failed is among them");
    world.hub.stop().await.unwrap();
}
