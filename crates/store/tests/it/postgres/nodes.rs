//! Several nodes on one database say and hear the same.

use super::world::{
    ACCOUNT, CARRIER, Dice, NEWS, answer, distinct, facts, ingest, news, node, number, register,
    statement,
};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use trackway_model::change::FeedPosition;
use trackway_model::intake::Intake;
use trackway_model::track::States;
use trackway_model::{ConnectionId, Digest, ShipmentId};
use trackway_store::postgres::PostgresStore;
use trackway_store::records::{PollClaim, PollKind};
use trackway_store::{Feed, History, Polls, Store};
use trackway_testkit::{Postgres, eventually};

const LIMIT: Duration = Duration::from_secs(20);

/// Ingests in calls of `size`, all at once.
async fn tell(store: &Arc<PostgresStore>, intakes: &[Intake], size: usize) -> u32 {
    let mut calls = JoinSet::new();
    for call in intakes.chunks(size) {
        let (store, call) = (Arc::clone(store), call.to_vec());
        calls.spawn(async move {
            let receipts = ingest(&store, call.clone()).await.unwrap();
            assert_eq!(receipts.len(), call.len());
            receipts.iter().map(|receipt| receipt.new).sum::<u32>()
        });
    }
    calls.join_all().await.into_iter().sum()
}

/// What is known of each parcel.
async fn known(store: &PostgresStore, parcels: usize) -> Vec<(States, Digest)> {
    let mut all = Vec::new();
    for parcel in 0..parcels {
        let found = store
            .find(ACCOUNT, Some(CARRIER), &number(parcel))
            .await
            .unwrap();
        assert_eq!(found.len(), 1, "one track a number");
        let again = store.track(found[0].id).await.unwrap().unwrap();
        assert_eq!(again, found[0]);
        all.push((found[0].states.clone(), store.root(&found[0])));
    }
    all
}

async fn assert_sound(store: &PostgresStore) {
    let found = store.verify().await.unwrap();
    assert_eq!(found.differing, [], "{found:?}");
}

/// The whole feed, once it holds so many different statements.
async fn feed(store: &PostgresStore, statements: u32) {
    let found = eventually(
        format!("the feed to tell {statements}"),
        LIMIT,
        async || {
            let found = store.changes(&[], 1_000_000).await.unwrap();
            let told: BTreeSet<(ShipmentId, u16)> = found
                .iter()
                .filter_map(|(_, change)| change.as_shipment())
                .flat_map(|change| change.statements.iter().map(|at| (change.shipment, *at)))
                .collect();
            (told.len() as u32 == statements).then_some(found)
        },
    )
    .await
    .unwrap();
    for (expected, (position, change)) in (1_u64..).zip(&found) {
        assert_eq!(
            *position,
            FeedPosition {
                shard: 0,
                number: expected
            },
            "no gap"
        );
        assert_eq!(
            store.change(*position).await.unwrap().as_ref(),
            Some(change)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_are_told_the_same_at_once() {
    const PARCELS: usize = 60;
    let database = Postgres::database().await.unwrap();
    let (a, b) = (node(&database.url, 1).await, node(&database.url, 2).await);
    let facts = facts(PARCELS);
    let (left, right) = tokio::join!(tell(&a, &facts, 7), tell(&b, &facts, 11));
    assert_eq!(
        left + right,
        distinct(PARCELS),
        "every statement is new once"
    );
    assert_eq!(known(&a, PARCELS).await, known(&b, PARCELS).await);
    let counts = b.counts().await.unwrap();
    assert_eq!(counts.tracks, PARCELS as u64);
    assert_eq!(counts.statements, u64::from(distinct(PARCELS)));
    assert_sound(&a).await;
    a.close().await.unwrap();
    feed(&b, distinct(PARCELS)).await;
    b.close().await.unwrap();
    assert!(ingest(&b, vec![news(1, 1)]).await.is_err(), "closed");
}

#[tokio::test]
async fn a_change_that_one_node_commits_rings_at_the_other() {
    let database = Postgres::database().await.unwrap();
    let (a, b) = (node(&database.url, 1).await, node(&database.url, 2).await);
    for (from, at, step) in [(&a, &b, 0), (&b, &a, 1), (&a, &b, 2)] {
        let mut bell = at.doorbell();
        bell.mark_unchanged();
        ingest(from, vec![news(1, step)]).await.unwrap();
        tokio::time::timeout(LIMIT, bell.changed())
            .await
            .unwrap()
            .unwrap();
        feed(at, step as u32 + 1).await;
    }
}

#[tokio::test]
async fn a_node_that_died_leaves_the_numbering_to_others() {
    let database = Postgres::database().await.unwrap();
    let (a, b) = (node(&database.url, 1).await, node(&database.url, 2).await);
    ingest(&a, vec![news(1, 0)]).await.unwrap();
    feed(&a, 1).await;
    drop(a);
    ingest(&b, vec![news(1, 1)]).await.unwrap();
    feed(&b, 2).await;
}

#[tokio::test]
async fn erasing_on_one_node_closes_words_on_all() {
    let database = Postgres::database().await.unwrap();
    let (a, b) = (node(&database.url, 1).await, node(&database.url, 2).await);
    ingest(&a, vec![news(1, 0), answer(1, 2)]).await.unwrap();
    ingest(&b, vec![news(1, 1)]).await.unwrap();
    let track = b.find(ACCOUNT, None, &number(1)).await.unwrap().remove(0);
    let before = (track.states.clone(), b.root(&track));
    let words = b.statements(&track, &[0, 1, 2, 3]).await.unwrap();
    assert!(words.iter().all(|view| view.raw.is_some()));
    assert_eq!(
        words[0].raw.as_deref(),
        Some(&statement(NEWS, 1, 0).raw[..])
    );
    let document = track.documents[0];
    assert!(b.document(&track, &document).await.unwrap().is_some());

    a.erase(track.id).await.unwrap();
    let track = b.track(track.id).await.unwrap().unwrap();
    assert_eq!((track.states.clone(), b.root(&track)), before);
    let words = b.statements(&track, &[0, 1, 2, 3]).await.unwrap();
    assert!(
        words.iter().all(|view| view.raw.is_none()),
        "words are gone, statements stay"
    );
    assert_eq!(b.document(&track, &document).await.unwrap(), None);

    // The node that remembered the destroyed key must not seal with it again.
    ingest(&b, vec![news(1, 2)]).await.unwrap();
    let track = a.track(track.id).await.unwrap().unwrap();
    let view = a.statements(&track, &[4]).await.unwrap().remove(0);
    assert_eq!(view.raw, Some(statement(NEWS, 1, 2).raw));
    assert_sound(&a).await;
}

#[tokio::test]
async fn no_two_nodes_claim_the_same_poll() {
    const PARCELS: usize = 40;
    let database = Postgres::database().await.unwrap();
    let (a, b) = (node(&database.url, 1).await, node(&database.url, 2).await);
    register(&a, PARCELS).await;
    let claim = |limit| PollClaim {
        connection: ConnectionId(1),
        kind: PollKind::First,
        now: i64::MAX / 4,
        lease_us: 1_000,
        limit,
    };
    let (left, right) = tokio::join!(a.claim_polls(claim(25)), b.claim_polls(claim(25)));
    let mut claimed: Vec<_> = left
        .unwrap()
        .into_iter()
        .chain(right.unwrap())
        .map(|poll| poll.track)
        .collect();
    let rest = a.claim_polls(claim(100)).await.unwrap();
    claimed.extend(rest.into_iter().map(|poll| poll.track));
    let different: BTreeSet<_> = claimed.iter().collect();
    assert_eq!((claimed.len(), different.len()), (PARCELS, PARCELS));
    let leased = b.polls_of(claimed[0]).await.unwrap();
    assert_eq!(leased[0].due, Some(claim(0).now + 1_000));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    /// The same facts, in any order and repeated, over one node or two: the same states, the same
    /// roots.
    #[test]
    fn order_repetition_and_nodes_do_not_matter(seed: u64, size in 1_usize..40) {
        const PARCELS: usize = 8;
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (one, two) = runtime.block_on(async {
            let first = Postgres::database().await.unwrap();
            let single = node(&first.url, 1).await;
            register(&single, PARCELS).await;
            tell(&single, &facts(PARCELS), usize::MAX).await;

            let second = Postgres::database().await.unwrap();
            let (a, b) = (node(&second.url, 1).await, node(&second.url, 3).await);
            register(&a, PARCELS).await;
            let mut dice = Dice::new(seed);
            let mut told = facts(PARCELS);
            told.extend(facts(PARCELS / 2));
            dice.shuffle(&mut told);
            let cut = dice.below(told.len());
            let (left, right) = told.split_at(cut);
            tokio::join!(tell(&a, left, size), tell(&b, right, size));
            assert_sound(&b).await;
            (known(&single, PARCELS).await, known(&b, PARCELS).await)
        });
        prop_assert_eq!(one, two);
    }
}
