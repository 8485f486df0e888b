//! What is old goes, step by step; what a living shipment needs stays.

use crate::deliveries::{attempt, settle};
use crate::directory::endpoint;
use crate::engines::{Engine, contract};
use crate::fixtures::*;
use std::sync::Arc;
use trackway_model::Track;
use trackway_store::Store;
use trackway_store::records::{Outcome, Remapping};
use trackway_store::retention::{Archived, Bodies};

contract!(
    superseded_bodies_go_and_the_latest_of_a_living_shipment_stays,
    an_ended_shipments_documents_go_when_it_is_over_for_long,
    what_went_is_told_from_what_was_erased,
    numbers_of_bodies_are_never_given_twice,
    a_walk_is_made_of_small_steps,
    old_attempts_go_and_younger_ones_stay,
    the_feed_stays_whatever_else_goes,
);

/// Walks all bodies below the edge, whose shipments are over at an hour.
async fn walk(store: &Arc<dyn Store>, until: i64, over: i64, limit: usize) -> (u64, usize) {
    let (mut removed, mut steps, mut from) = (0, 0, 0);
    loop {
        let walk = Bodies {
            from,
            until,
            over: START + over * HOUR,
        };
        let step = store.remove_bodies(walk, limit).await.unwrap();
        removed += step.removed;
        steps += 1;
        assert!(step.removed <= limit as u64);
        match step.next {
            Some(next) => from = next,
            None => return (removed, steps),
        }
    }
}

async fn archived(store: &Arc<dyn Store>, track: &Track) -> Vec<Archived> {
    let mut found = Vec::new();
    for document in &track.documents {
        found.push(store.archived(track, document).await.unwrap());
    }
    found
}

const GOING: &[(&str, i64)] = &[("accepted", 1), ("in_transit", 5)];
const ENDED: &[(&str, i64)] = &[("accepted", 1), ("in_transit", 5), ("delivered", 9)];

/// One more body, so that the others are not the newest.
async fn one_more(store: &Arc<dyn Store>) {
    tell_one(store, answer("LAST", 500, GOING, &[])).await;
}

async fn superseded_bodies_go_and_the_latest_of_a_living_shipment_stays(engine: Engine) {
    let store = engine.open().await;
    for (received, count) in [(10, 1), (11, 2)] {
        tell_one(&store, answer(NUMBER, received, &GOING[..count], &[])).await;
    }
    let edge = store.archive_edge().await.unwrap();
    one_more(&store).await;
    assert_eq!(walk(&store, edge, 1_000, 10).await.0, 1);
    assert_eq!(walk(&store, edge, 1_000, 10).await.0, 0);
    let track = track(&store, NUMBER).await;
    assert!(matches!(
        archived(&store, &track).await[..],
        [Archived::Kept(_)]
    ));
    assert!(
        store
            .document(&track, &track.documents[0])
            .await
            .unwrap()
            .is_some()
    );
    // Statements of both answers are there with their words, and the rows are what the log says.
    let told = store.statements(&track, &[0, 1]).await.unwrap();
    assert!(told.iter().all(|view| view.raw.is_some()));
    assert_sound(&store).await;
}

async fn the_feed_stays_whatever_else_goes(engine: Engine) {
    let store = engine.open().await;
    for received in [10, 11] {
        tell_one(
            &store,
            answer(NUMBER, received, &ENDED[..received as usize - 8], &[]),
        )
        .await;
    }
    one_more(&store).await;
    let before = feed(&store, 3).await;
    let edge = store.archive_edge().await.unwrap();
    assert!(walk(&store, edge, 1_000_000, 10).await.0 > 0, "bodies went");
    store.remove_attempts(i64::MAX, 10).await.unwrap();
    store.remove_quarantined(i64::MAX, 10).await.unwrap();
    store.erase(track(&store, NUMBER).await.id).await.unwrap();
    assert_eq!(feed(&store, 3).await, before);
}

async fn an_ended_shipments_documents_go_when_it_is_over_for_long(engine: Engine) {
    let store = engine.open().await;
    tell_one(&store, answer(NUMBER, 10, ENDED, &[])).await;
    let edge = store.archive_edge().await.unwrap();
    one_more(&store).await;
    assert_eq!(walk(&store, edge, 10, 10).await.0, 0, "not over for long");
    assert_eq!(walk(&store, edge, 11, 10).await.0, 1);
    let gone = track(&store, NUMBER).await;
    assert_eq!(archived(&store, &gone).await, [Archived::Removed]);
    assert_eq!(
        store.document(&gone, &gone.documents[0]).await.unwrap(),
        None
    );
    // It still folds, is told, is mapped anew, and takes the next answer.
    let remapping = Remapping {
        ordinal: 2,
        milestone: milestone("returned"),
        reason: trackway_model::Reason::None,
    };
    let now = START + 600 * HOUR;
    assert!(store.remap(gone.id, vec![remapping], now).await.unwrap());
    tell_one(&store, answer(NUMBER, 700, GOING, &[])).await;
    let back = track(&store, NUMBER).await;
    assert!(matches!(
        archived(&store, &back).await[..],
        [Archived::Kept(_)]
    ));
    assert_sound(&store).await;
}

async fn what_went_is_told_from_what_was_erased(engine: Engine) {
    let store = engine.open().await;
    tell_one(&store, answer(NUMBER, 10, ENDED, &[])).await;
    tell_one(&store, answer("ERASED", 11, ENDED, &[])).await;
    let edge = store.archive_edge().await.unwrap();
    one_more(&store).await;
    let erased = track(&store, "ERASED").await;
    store.erase(erased.id).await.unwrap();
    assert_eq!(walk(&store, edge, 1_000, 10).await.0, 2);
    assert_eq!(archived(&store, &erased).await, [Archived::Erased]);
    let removed = archived(&store, &*track(&store, NUMBER).await)
        .await
        .remove(0);
    assert!(
        removed
            .why_not()
            .unwrap()
            .contains("retention.payload_days")
    );
    assert_eq!(removed.kept(), None);
}

async fn numbers_of_bodies_are_never_given_twice(engine: Engine) {
    let store = engine.open().await;
    tell_one(&store, answer(NUMBER, 10, ENDED, &[])).await;
    let edge = store.archive_edge().await.unwrap();
    // The newest body stays, whatever its age.
    assert_eq!(walk(&store, edge + 10, 1_000, 10).await.0, 0);
    one_more(&store).await;
    let newest = store.archive_edge().await.unwrap();
    assert_eq!(walk(&store, newest, 1_000, 10).await.0, 1);
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    assert_eq!(store.archive_edge().await.unwrap(), newest);
    tell_one(&store, answer("NEXT", 600, GOING, &[])).await;
    assert!(track(&store, "NEXT").await.documents[0].payload >= newest);
    assert_eq!(
        archived(&store, &*track(&store, NUMBER).await).await,
        [Archived::Removed]
    );
}

async fn a_walk_is_made_of_small_steps(engine: Engine) {
    let store = engine.open().await;
    for n in 0..25 {
        let told = if n % 5 == 0 { GOING } else { ENDED };
        tell_one(&store, answer(&format!("TW{n}"), 10, told, &[])).await;
    }
    let edge = store.archive_edge().await.unwrap();
    one_more(&store).await;
    assert_eq!(walk(&store, edge, 1_000, 4).await, (20, 7));
    for n in 0..25 {
        let track = track(&store, &format!("TW{n}")).await;
        let kept = matches!(archived(&store, &track).await[0], Archived::Kept(_));
        assert_eq!(kept, n % 5 == 0, "{n}");
    }
    assert_sound(&store).await;
}

async fn old_attempts_go_and_younger_ones_stay(engine: Engine) {
    let store = engine.open().await;
    let mut accounts = Vec::new();
    for name in ["one", "two"] {
        let account = store.account(name, START).await.unwrap().id;
        let made = store.create_endpoint(endpoint(account)).await.unwrap();
        for hour in 0..6_u8 {
            let at = START + i64::from(hour) * HOUR;
            let told = attempt(made.id, u64::from(hour), at, Outcome::Accepted);
            settle(&store, made.id, Vec::new(), Vec::new(), vec![told]).await;
        }
        accounts.push(account);
    }
    let before = START + 4 * HOUR;
    let mut steps = Vec::new();
    loop {
        let removed = store.remove_attempts(before, 3).await.unwrap();
        steps.push(removed);
        if removed == 0 {
            break;
        }
    }
    assert_eq!(steps.iter().sum::<u64>(), 8);
    assert!(steps.iter().all(|step| *step <= 3), "{steps:?}");
    for account in accounts {
        let left = store.attempts(account, 0, i64::MAX).await.unwrap();
        let hours: Vec<_> = left.iter().map(|left| (left.at - START) / HOUR).collect();
        assert_eq!(hours, [4, 5]);
    }
}
