//! What became of messages, as people read it.

use crate::delivering::tell;
use crate::managing::TIME;
use crate::on_both_stores;
use crate::world::{LIMIT, World};
use std::time::Duration;
use trackway_hub::sent::{AttemptFilter, AttemptOutcome, OpenDeliveries};
use trackway_model::EndpointId;
use trackway_testkit::{Answer, Receiver, eventually};

on_both_stores!(
    open_deliveries_show_every_attempt,
    the_log_of_attempts_is_paged_and_filtered,
);

async fn open_deliveries_show_every_attempt(world: World) {
    let receiver = Receiver::start().await.unwrap();
    receiver.push(Answer::status(500).body("one moment"));
    receiver.set_rule(|_| Answer::status(404).body("gone"));
    world.endpoint("native", receiver.url("/hook"), &[]).await;
    world.hub.start();
    tell(&world, "P1", "in_transit", TIME).await;
    let account = world.hub.account(None).await.unwrap().id;
    let all = OpenDeliveries::default();
    let read = async || world.hub.open_deliveries(account, &all, 1).await.unwrap();
    let tried = async || {
        let (open, next) = read().await;
        assert_eq!(next, None);
        let open = open.into_iter().next()?;
        (open.attempts.len() == 3).then_some(open)
    };
    let step = Duration::from_secs(5);
    let open = world.moving_on("three attempts", step, tried).await;
    assert_eq!(open.failures, 3);
    let first = &open.attempts[0];
    assert_eq!(
        (first.status, first.answer.as_str()),
        (Some(500), "one moment")
    );
    assert!(
        open.attempts
            .iter()
            .all(|told| told.message_id == first.message_id)
    );
    let seen = receiver.received()[0]
        .header("webhook-id")
        .map(str::to_owned);
    assert_eq!(first.message_id, seen);
    world.hub.stop().await.unwrap();
}

async fn the_log_of_attempts_is_paged_and_filtered(world: World) {
    let receiver = Receiver::start().await.unwrap();
    receiver.push(Answer::status(400));
    world.endpoint("native", receiver.url("/hook"), &[]).await;
    let endpoint = world.only_endpoint().await;
    world.hub.start();
    for number in ["P1", "P2", "P3", "P4", "P5"] {
        tell(&world, number, "in_transit", TIME).await;
    }
    let account = world.hub.account(None).await.unwrap().id;
    let all = AttemptFilter {
        endpoint: None,
        subject: None,
        outcome: None,
        from: 0,
        to: i64::MAX,
    };
    let read = async |filter: AttemptFilter, limit| {
        let (mut found, mut from) = (Vec::new(), None);
        loop {
            let page = world.hub.attempt_log(account, &filter, from, limit).await;
            let (page, next) = page.unwrap();
            assert!(page.len() <= limit);
            found.extend(page);
            from = next;
            if from.is_none() {
                return found;
            }
        }
    };
    // Each was tried once before the clock moves.
    let tried = async || (read(all, 9).await.len() >= 5).then_some(());
    eventually("five attempts", LIMIT, tried).await.unwrap();
    // The one that failed rests the lane, and is tried again.
    let kept = async || (read(all, 9).await.len() == 6).then_some(());
    let step = Duration::from_secs(1);
    world.moving_on("six attempts", step, kept).await;
    for limit in [1, 2, 4] {
        let found = read(all, limit).await;
        let mut subjects: Vec<_> = found.iter().map(|told| told.subject).collect();
        subjects.sort_unstable();
        subjects.dedup();
        assert_eq!((found.len(), subjects.len()), (6, 5), "{limit} a page");
    }
    let failed = AttemptFilter {
        outcome: Some(AttemptOutcome::CallFailed),
        ..all
    };
    let failed = read(failed, 2).await;
    assert_eq!(failed.len(), 1);
    let subject = Some(failed[0].subject);
    assert_eq!(read(AttemptFilter { subject, ..all }, 2).await.len(), 2);
    for (id, count) in [(endpoint, 6), (EndpointId(77), 0)] {
        let endpoint = Some(id);
        assert_eq!(
            read(AttemptFilter { endpoint, ..all }, 2).await.len(),
            count
        );
    }
    let from = world.clock_now() + 1;
    assert!(read(AttemptFilter { from, ..all }, 2).await.is_empty());
    let to = crate::world::NOON;
    let first = read(AttemptFilter { to, ..all }, 2).await;
    assert!(!first.is_empty() && first.len() < 6, "{first:?}");
    world.hub.stop().await.unwrap();
}
