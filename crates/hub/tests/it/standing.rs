//! How old data is, how connections do, and the installation at a glance.

use crate::on_both_stores;
use crate::world::{JOURNEY, LIMIT, World, tracking_answer, upstream_247};
use std::time::Duration;
use trackway_hub::ages::{Age, ConnectionStanding, Numbers};
use trackway_hub::polling::rests::Rest;
use trackway_model::ConnectionId;
use trackway_store::lanes::Breaker;
use trackway_testkit::{Answer, Receiver, eventually};

on_both_stores!(
    ages_are_counted_from_the_last_word_of_a_connection,
    a_failing_connection_says_why,
    a_connection_that_is_left_alone_says_why_and_until_when,
    an_upstream_that_asks_for_peace_is_told_of,
    the_whole_and_an_accounts_part,
);

async fn standing(world: &World) -> ConnectionStanding {
    let found = world.hub.connection(None, ConnectionId(1)).await;
    found.unwrap().state
}

const fn age(seconds: u64) -> Age {
    Age {
        p50_s: Some(seconds),
        p95_s: Some(seconds),
        max_s: Some(seconds),
    }
}

async fn ages_are_counted_from_the_last_word_of_a_connection(world: World) {
    let upstream = upstream_247(JOURNEY).await;
    world.connect_247(&upstream).await;
    let told = standing(&world).await;
    assert_eq!(
        told,
        ConnectionStanding {
            quota: told.quota.clone(),
            ..ConnectionStanding::default()
        }
    );
    world.hub.start();
    world.track("VD0000001", None).await;
    world.until_milestone("VD0000001", "pending_handling").await;
    // From now on nobody asks.
    world
        .hub
        .pause_connection(None, ConnectionId(1), true)
        .await
        .unwrap();
    world.clock.advance(Duration::from_secs(90));
    let told = eventually("the answer to be counted", LIMIT, async || {
        let told = standing(&world).await;
        (told.numbers.active == 1).then_some(told)
    })
    .await
    .unwrap();
    assert_eq!(told.age, age(90));
    assert_eq!(told.heard.as_deref(), Some("2024-05-07T12:00:00Z"));
    assert_eq!(told.changed, told.heard);
    assert_eq!((told.calls_today, told.failure), (1, None));
    // A count that took no time is kept for a second, whoever asks.
    world.clock.advance(Duration::from_millis(900));
    assert_eq!(standing(&world).await.age, age(90));
    world.clock.advance(Duration::from_millis(29_100));
    assert_eq!(standing(&world).await.age, age(120));
    world.clock.advance(Duration::from_hours(2));
    assert_eq!(standing(&world).await.age, age(7_320));
    // A webhook is a word as well; one that says nothing new is no change.
    let [.., last] = JOURNEY else { panic!() };
    world.webhook("VD0000001", last.0, last.2).await;
    world.clock.advance(Duration::from_secs(61));
    let told = standing(&world).await;
    assert_eq!(told.age, age(61));
    assert_eq!(told.heard.as_deref(), Some("2024-05-07T14:02:00Z"));
    assert_eq!(
        told.numbers,
        Numbers {
            active: 1,
            waiting: 0,
            ended: 0
        }
    );
    let metrics = world.hub.metrics_text().await.unwrap();
    for line in [
        "trackway_data_age_seconds{connection=\"1\",quantile=\"0.95\"} 61",
        "trackway_numbers{connection=\"1\",state=\"active\"} 1",
        "trackway_numbers{connection=\"1\",state=\"waiting\"} 0",
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line}\n{metrics}"
        );
    }
    // All of it is there after a restart.
    let world = world.reopened().await;
    let told = standing(&world).await;
    assert_eq!((told.age, told.calls_today), (age(61), 1));
    // Another day, other calls.
    world.clock.advance(Duration::from_hours(24));
    assert_eq!(standing(&world).await.calls_today, 0);
    world.hub.stop().await.unwrap();
}

async fn a_failing_connection_says_why(world: World) {
    let upstream = Receiver::start().await.unwrap();
    upstream.set_rule(|_| Answer::status(503));
    world.connect_247(&upstream).await;
    world.hub.start();
    world.track("VD0000001", None).await;
    let told = eventually("the failure to be told", LIMIT, async || {
        let told = standing(&world).await;
        told.failure.is_some().then_some(told)
    })
    .await
    .unwrap();
    assert!(told.failure.as_ref().unwrap().contains("503"), "{told:?}");
    assert_eq!(told.failed.as_deref(), Some("2024-05-07T12:00:00Z"));
    assert_eq!((told.heard, told.age), (None, Age::default()));
    assert!(told.calls_today >= 1);
    world.clock.advance(Duration::from_secs(61));
    let told = standing(&world).await;
    assert_eq!((told.numbers.active, told.numbers.waiting), (1, 1));
    world.hub.stop().await.unwrap();
}

fn resting(because: &str, until: &str) -> Rest {
    Rest {
        breaker: Breaker::Open,
        because: Some(because.to_owned()),
        until: Some(until.to_owned()),
    }
}

/// Waits until a connection stands so.
async fn until_rest(world: &World, what: &str, is_so: impl Fn(&Rest) -> bool) -> Rest {
    eventually(what, LIMIT, async || {
        let rest = standing(world).await.rest;
        is_so(&rest).then_some(rest)
    })
    .await
    .unwrap()
}

async fn has_metrics(world: &World, lines: &[&str]) {
    let metrics = world.hub.metrics_text().await.unwrap();
    for line in lines {
        let found = metrics.lines().any(|found| found == *line);
        assert!(found, "{line}\n{metrics}");
    }
}

async fn a_connection_that_is_left_alone_says_why_and_until_when(world: World) {
    let upstream = Receiver::start().await.unwrap();
    upstream.set_rule(|_| Answer::status(503));
    world.connect_247(&upstream).await;
    assert_eq!(standing(&world).await.rest, Rest::default());
    world.hub.start();
    for number in 1..=8 {
        world.track(&format!("VD000000{number}"), None).await;
    }
    let rest = until_rest(&world, "the breaker to open", |rest| {
        rest.breaker == Breaker::Open
    })
    .await;
    assert_eq!(rest, resting("fault", "2024-05-07T12:00:30Z"));
    // The whole installation tells the same.
    let whole = world.hub.overview(None).await.unwrap();
    assert_eq!(whole.connections[0].connection.state.rest, rest);
    has_metrics(
        &world,
        &[
            "trackway_connections{state=\"open\"} 1",
            "trackway_connections{state=\"closed\"} 0",
            "trackway_connection_rest_seconds{connection=\"1\"} 30",
        ],
    )
    .await;
    world.clock.advance(Duration::from_secs(10));
    has_metrics(
        &world,
        &["trackway_connection_rest_seconds{connection=\"1\"} 20"],
    )
    .await;
    // A paused one is not asked for another reason.
    let pause = async |paused| {
        let changed = world.hub.pause_connection(None, ConnectionId(1), paused);
        changed.await.unwrap();
    };
    pause(true).await;
    has_metrics(
        &world,
        &[
            "trackway_connections{state=\"open\"} 0",
            "trackway_connections{state=\"paused\"} 1",
            "trackway_connection_rest_seconds{connection=\"1\"} 0",
        ],
    )
    .await;
    // It answers again: the probe finds out, and everything is as it was.
    upstream.set_rule(|request| {
        let query = request.uri.query().unwrap_or_default();
        let number = query.split("ordercode=").nth(1).unwrap();
        let number = number.split('&').next().unwrap();
        Answer::json(&tracking_answer(number, JOURNEY))
    });
    pause(false).await;
    let rest = world
        .moving_on(
            "the probe to come back",
            Duration::from_secs(10),
            async || {
                let rest = standing(&world).await.rest;
                (rest.breaker == Breaker::Closed).then_some(rest)
            },
        )
        .await;
    assert_eq!(rest, Rest::default());
    has_metrics(
        &world,
        &[
            "trackway_connections{state=\"closed\"} 1",
            "trackway_connection_rest_seconds{connection=\"1\"} 0",
        ],
    )
    .await;
    world.hub.stop().await.unwrap();
}

async fn an_upstream_that_asks_for_peace_is_told_of(world: World) {
    let upstream = Receiver::start().await.unwrap();
    upstream.set_rule(|_| Answer::status(429).header("retry-after", "120"));
    world.connect_247(&upstream).await;
    world.hub.start();
    world.track("VD0000001", None).await;
    let rest = until_rest(&world, "the peace to be kept", |rest| rest.until.is_some()).await;
    assert_eq!(rest, resting("quota", "2024-05-07T12:02:00Z"));
    world.hub.stop().await.unwrap();
}

async fn the_whole_and_an_accounts_part(world: World) {
    let upstream = upstream_247(JOURNEY).await;
    world.connect_247(&upstream).await;
    let subscriber = Receiver::start().await.unwrap();
    world.endpoint("native", subscriber.url("/hook"), &[]).await;
    world.hub.create_account("shop").await.unwrap();
    world.hub.start();
    world.track("VD0000001", None).await;
    world.until_milestone("VD0000001", "pending_handling").await;
    subscriber.wait_for(1, LIMIT).await.unwrap();
    world.clock.advance(Duration::from_secs(61));
    let whole = world.hub.overview(None).await.unwrap();
    assert!(whole.ready && whole.problems.is_empty());
    assert_eq!(whole.uptime_s, 61);
    assert_eq!((whole.connections.len(), whole.endpoints.len()), (1, 1));
    assert_eq!(whole.numbers.active, 1);
    assert_eq!(whole.unregistered.count, 0);
    assert!(whole.feed_head[0] >= 1);
    assert_eq!(whole.store.unwrap().tracks, 1);
    let own = world.hub.overview(Some("default")).await.unwrap();
    assert_eq!((own.numbers, own.age), (whole.numbers, whole.age));
    assert_eq!(own.store, None);
    let shop = world.hub.overview(Some("shop")).await.unwrap();
    assert_eq!(shop.numbers, Numbers::default());
    assert_eq!((shop.connections.len(), shop.endpoints.len()), (0, 0));
    world.hub.stop().await.unwrap();
}
