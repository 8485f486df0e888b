//! Quotas over the whole hub: upstreams that count for themselves, hubs that are killed, and never
//! one call too many.

mod killing;

use crate::on_both_stores;
use crate::world::{JOURNEY, LIMIT, World, texts, tracking_answer, upstream_247};
use parking_lot::Mutex;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use trackway_hub::budget::QuotaInfo;
use trackway_hub::{Clock, CreatedConnection, HubConfig, HubError, NewConnection};
use trackway_model::ConnectionId;
use trackway_testkit::{Answer, Receiver};

const HOUR: i64 = 3_600_000_000;

on_both_stores!(
    what_is_left_is_told,
    a_part_is_kept_for_people,
    nobody_is_asked_without_calls_left,
    connections_with_one_key_share_one_quota,
    an_upstream_that_has_had_enough_is_left_alone,
    what_was_not_used_is_given_back_at_a_clean_end,
    calls_that_are_not_answered_count,
    settings_of_a_quota_are_checked,
);

/// Connects 247Express with settings of its quota.
async fn connect(
    world: &World,
    upstream: &Receiver,
    name: &str,
    key: &str,
    quota: &[(&str, &str)],
) -> Result<CreatedConnection, HubError> {
    let mut settings = texts(quota);
    settings.insert("apikey".to_owned(), key.to_owned());
    let new = NewConnection {
        dialect: "247express".to_owned(),
        base_url: upstream.url(""),
        name: Some(name.to_owned()),
        settings,
        operator: true,
        ..NewConnection::default()
    };
    world.hub.connect(new).await
}

/// Tries a connection out; says what came of it.
async fn probe(world: &World, id: ConnectionId) -> &'static str {
    let tried = world.hub.test_connection(None, id, None, Some("VD0000001"));
    tried.await.unwrap().outcome
}

async fn quota(world: &World, id: ConnectionId) -> QuotaInfo {
    world.hub.quota_of(None, id).await.unwrap()
}

/// Used and left of each limit.
async fn stands(world: &World, id: ConnectionId) -> Vec<(u64, u64)> {
    let limits = quota(world, id).await.limits;
    limits
        .iter()
        .map(|limit| (limit.used, limit.left))
        .collect()
}

async fn what_is_left_is_told(world: World) {
    let upstream = upstream_247(JOURNEY).await;
    let settings = [
        ("quota_per_day", "100"),
        ("quota_rolling", "50/3600"),
        ("quota_per_minute", "9"),
    ];
    let id = connect(&world, &upstream, "one", "1111", &settings)
        .await
        .unwrap()
        .id;
    assert_eq!(stands(&world, id).await, [(0, 9), (0, 100), (0, 50)]);
    for _ in 0..3 {
        assert_eq!(probe(&world, id).await, "answered");
    }
    assert_eq!(stands(&world, id).await, [(3, 6), (3, 97), (3, 47)]);
    let told = quota(&world, id).await;
    let [minute, day, hour] = &told.limits[..] else {
        panic!("{told:?}");
    };
    assert_eq!(
        (minute.window.as_str(), minute.seconds),
        ("minute", Some(60))
    );
    assert_eq!(
        (day.window.as_str(), day.zone.as_deref()),
        ("day", Some("Asia/Ho_Chi_Minh"))
    );
    assert_eq!(
        (hour.window.as_str(), hour.seconds),
        ("rolling", Some(3_600))
    );
    // It is 19:00 there.
    assert_eq!(day.resets_at.as_deref(), Some("2024-05-07T17:00:00Z"));
    assert_eq!((minute.reserved, day.reserved, hour.reserved), (0, 10, 5));
    assert_eq!((told.closed_until, told.refused_at), (None, None));
    let text = world.hub.metrics_text().await.unwrap();
    for line in [
        format!("trackway_quota_left{{connection=\"{id}\",window=\"day\"}} 97"),
        format!("trackway_quota_left{{connection=\"{id}\",window=\"minute\"}} 6"),
        "trackway_calls_in_flight 0".to_owned(),
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    world.clock.advance(Duration::from_mins(2));
    assert_eq!(stands(&world, id).await, [(0, 9), (3, 97), (3, 47)]);
    world.clock.advance(Duration::from_hours(2));
    assert_eq!(stands(&world, id).await, [(0, 9), (3, 97), (0, 50)]);
    world.clock.advance(Duration::from_hours(4));
    assert_eq!(stands(&world, id).await, [(0, 9), (0, 100), (0, 50)]);
    world.hub.stop().await.unwrap();
}

async fn a_part_is_kept_for_people(world: World) {
    let upstream = Receiver::start().await.unwrap();
    let settings = [("quota_per_day", "10"), ("quota_reserve", "20")];
    let id = connect(&world, &upstream, "one", "1111", &settings)
        .await
        .unwrap()
        .id;
    let days = Arc::new(Mutex::new(BTreeMap::<i64, u64>::new()));
    let (counted, clock) = (days.clone(), world.clock.clone());
    upstream.set_rule(move |_| {
        let day = (clock.now() + 7 * HOUR).div_euclid(24 * HOUR);
        *counted.lock().entry(day).or_default() += 1;
        Answer::json(&tracking_answer("VD0000001", JOURNEY))
    });
    world.hub.start();
    for number in 0..30 {
        world.track(&format!("VD00000{number:02}"), None).await;
    }
    // The schedule takes its part of a day, and no more of it.
    let used = || days.lock().values().copied().collect::<Vec<u64>>();
    world
        .moving_on("a day's calls", Duration::from_mins(20), async || {
            assert!(used().iter().all(|calls| *calls <= 8), "{:?}", used());
            (used().last() == Some(&8)).then_some(())
        })
        .await;
    for outcome in ["answered", "answered", "quota"] {
        assert_eq!(probe(&world, id).await, outcome);
    }
    assert_eq!(used().last(), Some(&10));
    assert_eq!(stands(&world, id).await, [(10, 0)]);
    world.hub.stop().await.unwrap();
}

async fn nobody_is_asked_without_calls_left(world: World) {
    let upstream = upstream_247(JOURNEY).await;
    let settings = [("quota_per_day", "0")];
    let id = connect(&world, &upstream, "one", "1111", &settings)
        .await
        .unwrap()
        .id;
    world.hub.start();
    world.track("VD0000001", None).await;
    let told = world
        .hub
        .test_connection(None, id, None, None)
        .await
        .unwrap();
    assert_eq!((told.outcome, told.status), ("quota", None));
    // There is a midnight to wait for, and what the upstream's clock may be behind.
    assert!(
        told.detail.contains("2024-05-07T17:01:00Z"),
        "{}",
        told.detail
    );
    world.clock.advance(Duration::from_hours(48));
    assert_eq!(probe(&world, id).await, "quota");
    assert_eq!(upstream.received().len(), 0);
    world.hub.stop().await.unwrap();
}

async fn connections_with_one_key_share_one_quota(world: World) {
    let upstream = upstream_247(JOURNEY).await;
    let other = upstream_247(JOURNEY).await;
    let per_day = |calls| [("quota_per_day", calls)];
    let one = connect(&world, &upstream, "one", "1111", &per_day("6"))
        .await
        .unwrap()
        .id;
    // The stricter of the two holds for both.
    let two = connect(&world, &upstream, "two", "1111", &per_day("4"))
        .await
        .unwrap()
        .id;
    let another = connect(&world, &upstream, "three", "2222", &per_day("4"))
        .await
        .unwrap()
        .id;
    let elsewhere = connect(&world, &other, "four", "1111", &per_day("4"))
        .await
        .unwrap()
        .id;
    for id in [one, two, one, two] {
        assert_eq!(probe(&world, id).await, "answered");
    }
    for id in [one, two] {
        assert_eq!(probe(&world, id).await, "quota");
        assert_eq!(stands(&world, id).await, [(4, 0)]);
    }
    for id in [another, elsewhere] {
        assert_eq!(probe(&world, id).await, "answered");
        assert_eq!(stands(&world, id).await, [(1, 3)]);
    }
    world.hub.stop().await.unwrap();
}

async fn an_upstream_that_has_had_enough_is_left_alone(world: World) {
    let upstream = upstream_247(JOURNEY).await;
    let settings = [("quota_per_day", "8")];
    let id = connect(&world, &upstream, "one", "1111", &settings)
        .await
        .unwrap()
        .id;
    upstream.push(Answer::status(429).header("retry-after", "90"));
    assert_eq!(probe(&world, id).await, "quota");
    assert_eq!(probe(&world, id).await, "quota");
    assert_eq!(upstream.received().len(), 1);
    let told = quota(&world, id).await;
    assert_eq!(told.closed_until.as_deref(), Some("2024-05-07T12:01:30Z"));
    // A restart does not forget it.
    let world = world.reopened().await;
    assert_eq!(probe(&world, id).await, "quota");
    world.clock.advance(Duration::from_secs(90));
    for _ in 0..3 {
        assert_eq!(probe(&world, id).await, "answered");
    }
    let limit = json!({ "errorMessage": "Limit", "errorCode": "APIKEY_LIMIT", "orderCode": null });
    upstream.push(Answer::json(&limit));
    assert_eq!(probe(&world, id).await, "quota");
    let told = quota(&world, id).await;
    assert_eq!(told.refused_at, Some(5), "so many were counted");
    // Until its day ends, and its clock may be behind.
    assert_eq!(told.closed_until.as_deref(), Some("2024-05-07T17:01:00Z"));
    world.clock.advance(Duration::from_hours(4));
    assert_eq!(probe(&world, id).await, "quota");
    assert_eq!(upstream.received().len(), 5);
    world.clock.advance(Duration::from_hours(2));
    assert_eq!(probe(&world, id).await, "answered");
    assert_eq!(quota(&world, id).await.closed_until, None);
    world.hub.stop().await.unwrap();
}

async fn what_was_not_used_is_given_back_at_a_clean_end(world: World) {
    let upstream = upstream_247(JOURNEY).await;
    let settings = [("quota_per_day", "1000")];
    let id = connect(&world, &upstream, "one", "1111", &settings)
        .await
        .unwrap()
        .id;
    world.hub.start();
    world.track("VD0000001", None).await;
    world.until_milestone("VD0000001", "pending_handling").await;
    assert_eq!(stands(&world, id).await, [(32, 968)], "a chunk was taken");
    let world = world.reopened_with(HubConfig::default()).await;
    assert_eq!(stands(&world, id).await, [(1, 999)]);
    world.hub.stop().await.unwrap();
}

async fn calls_that_are_not_answered_count(world: World) {
    let upstream = upstream_247(JOURNEY).await;
    let settings = [("quota_per_day", "3"), ("quota_per_second", "1")];
    let id = connect(&world, &upstream, "one", "1111", &settings)
        .await
        .unwrap()
        .id;
    upstream.push(Answer::status(500));
    upstream.push(Answer::status(200).delay(Duration::from_hours(1)));
    assert_eq!(probe(&world, id).await, "fault");
    world.clock.advance(Duration::from_secs(5));
    // Nobody waits as long: the connection is gone before an answer comes.
    let hub = world.hub.clone();
    let asking = tokio::spawn(async move { hub.test_connection(None, id, None, None).await });
    upstream.wait_for(2, LIMIT).await.unwrap();
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    let day = |told: QuotaInfo| told.limits[1].used;
    assert_eq!(day(quota(&world, id).await), 2);
    // Its slot of the second is held for as long as a call can take.
    world.clock.advance(Duration::from_secs(20));
    assert_eq!(probe(&world, id).await, "quota");
    world.clock.advance(Duration::from_secs(20));
    assert_eq!(probe(&world, id).await, "answered");
    world.clock.advance(Duration::from_secs(20));
    assert_eq!(probe(&world, id).await, "quota");
    assert_eq!(upstream.received().len(), 3);
    world.hub.stop().await.unwrap();
}

async fn settings_of_a_quota_are_checked(world: World) {
    let upstream = Receiver::start().await.unwrap();
    for (name, value) in [
        ("quota_per_day", "many"),
        ("quota_zone", "Mars/Olympus"),
        ("quota_rolling", "5"),
        ("quota_reserve", "101"),
    ] {
        let refused = connect(&world, &upstream, "one", "1111", &[(name, value)]).await;
        let error = refused.unwrap_err();
        assert!(matches!(error, HubError::Setting(_)), "{error}");
        assert!(error.to_string().contains(value), "{error}");
    }
    let known = connect(&world, &upstream, "one", "1111", &[("quota_per_week", "5")]).await;
    assert!(known.unwrap_err().to_string().contains("quota_per_day"));
    let answer = tracking_answer("VD0000001", JOURNEY);
    upstream.push(Answer::json(&answer));
    let free = [("quota_per_day", "none")];
    let id = connect(&world, &upstream, "one", "1111", &free)
        .await
        .unwrap()
        .id;
    assert_eq!(probe(&world, id).await, "answered");
    assert_eq!(quota(&world, id).await, QuotaInfo::default());
    world.hub.stop().await.unwrap();
}
