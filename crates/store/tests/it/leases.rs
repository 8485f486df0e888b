//! Which of several nodes tells an endpoint: the one that holds its lane.

use crate::deliveries::{LEASE, attempt, delivery, lane, nothing, stored};
use crate::directory::endpoint;
use crate::engines::Engine;
use crate::fixtures::*;
use std::sync::Arc;
use std::time::Duration;
use trackway_model::EndpointId;
use trackway_model::change::FeedPosition;
use trackway_store::Store;
use trackway_store::lanes::{Lane, Progress, Settlement};
use trackway_store::records::Outcome;
use trackway_testkit::eventually;

const MOMENT: Duration = Duration::from_millis(300);

async fn endpoints(store: &Arc<dyn Store>, count: usize) -> Vec<EndpointId> {
    let account = store.account("default", START).await.unwrap().id;
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(store.create_endpoint(endpoint(account)).await.unwrap().id);
    }
    ids
}

async fn hold(store: &Arc<dyn Store>, lease: Duration) -> Vec<Lane> {
    store.hold_lanes(lease).await.unwrap()
}

/// Waits until another node's leases have run out, and takes them.
async fn take(store: &Arc<dyn Store>, count: usize) -> Vec<Lane> {
    let taken = async || {
        let held = hold(store, LEASE).await;
        (held.len() == count).then_some(held)
    };
    let limit = Duration::from_secs(9);
    eventually("the lanes to change hands", limit, taken)
        .await
        .unwrap()
}

#[tokio::test]
async fn one_node_holds_a_lane_and_another_takes_it_when_its_lease_has_run_out() {
    let engine = Engine::postgres().await;
    let (one, two) = (engine.open().await, engine.open().await);
    let ids = endpoints(&one, 3).await;
    let first = hold(&one, LEASE).await;
    assert_eq!(
        first.iter().map(|lane| lane.endpoint).collect::<Vec<_>>(),
        ids
    );
    assert_eq!(hold(&two, LEASE).await, []);
    assert_eq!(
        hold(&one, MOMENT).await,
        first,
        "renewing is no change of hands"
    );
    // Where it is sure to run out, it is asked for a shorter one first.
    one.release_lanes().await.unwrap();
    assert_eq!(hold(&one, MOMENT).await, first);
    let second = take(&two, 3).await;
    assert!(
        first
            .iter()
            .zip(&second)
            .all(|(old, new)| new.epoch == old.epoch + 1)
    );
    assert_eq!(hold(&one, LEASE).await, []);
}

#[tokio::test]
async fn what_a_node_stores_after_it_lost_its_lane_is_not_stored() {
    let engine = Engine::postgres().await;
    let (one, two) = (engine.open().await, engine.open().await);
    let ids = endpoints(&one, 2).await;
    let old = hold(&one, LEASE).await;
    one.release_lanes().await.unwrap();
    // Nobody took them yet: they are still good.
    let at = |number| FeedPosition { shard: 0, number };
    let settlement = |lane: Lane, number: u64| Settlement {
        progress: Progress {
            cursor: vec![at(number)],
            ..Progress::default()
        },
        kept: vec![delivery(lane.endpoint, number, START)],
        attempts: vec![attempt(lane.endpoint, number, START, Outcome::Accepted)],
        disable: number == 99,
        ..nothing(lane)
    };
    assert!(stored(&one, settlement(old[0], 4)).await);
    take(&two, 2).await;
    let late = vec![
        Arc::new(settlement(old[0], 99)),
        Arc::new(settlement(old[1], 99)),
    ];
    assert_eq!(one.settle(late).await.unwrap(), [false, false]);
    let mine = settlement(lane(&two, ids[1]).await, 6);
    let mixed = vec![Arc::new(mine), Arc::new(settlement(old[0], 99))];
    assert_eq!(two.settle(mixed).await.unwrap(), [true, false]);
    let found = one.endpoints().await.unwrap();
    let cursors: Vec<_> = found.iter().map(|one| one.cursor.clone()).collect();
    assert_eq!(cursors, [[at(4)], [at(6)]]);
    assert!(found.iter().all(|endpoint| !endpoint.disabled));
    let account = found[0].account;
    let open = one.deliveries(account).await.unwrap();
    let open: Vec<_> = open.iter().map(|open| open.position.number).collect();
    assert_eq!(open, [4, 6]);
    assert_eq!(one.attempts(account, 0, i64::MAX).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_node_that_stops_gives_its_lanes_back_at_once() {
    let engine = Engine::postgres().await;
    let (one, two) = (engine.open().await, engine.open().await);
    endpoints(&one, 2).await;
    assert_eq!(hold(&one, LEASE).await.len(), 2);
    one.release_lanes().await.unwrap();
    assert_eq!(hold(&two, LEASE).await.len(), 2);
}

#[tokio::test]
async fn endpoints_that_are_removed_while_they_are_told_block_nobody() {
    let engine = Engine::postgres().await;
    let (one, two) = (engine.open().await, engine.open().await);
    for round in 0..20 {
        let id = endpoints(&one, 1).await[0];
        let held = lane(&one, id).await;
        let account = one.account("default", START).await.unwrap().id;
        let settlement = Settlement {
            kept: vec![delivery(id, 1, START)],
            ..nothing(held)
        };
        let (removed, settled) = tokio::join!(
            two.delete_endpoint(account, id),
            one.settle(vec![Arc::new(settlement)]),
        );
        assert!(removed.unwrap(), "round {round}");
        settled.unwrap();
        assert!(one.endpoint(id).await.unwrap().is_none());
    }
}
