//! The suite proves itself: builds that break a promise on purpose are found, and the honest build
//! passes the very same ride.
//!
//! A sabotage is a layer over the store's ports (`layer`), no code of the product. What the ride is
//! stands at the head of `ride`, what must hold at that of `trackway_testkit::evidence`. A flush that
//! is skipped is the process's: see the product's own tests.

pub mod layer;
mod ride;

use crate::world::Place;
use layer::Sabotage;
use ride::Ride;
use tempfile::TempDir;
use trackway_testkit::Postgres;

fn sqlite() -> Place {
    Place::Sqlite(TempDir::new().unwrap())
}

async fn postgres() -> Place {
    Place::Postgres(Postgres::database().await.unwrap())
}

/// A ride with kills, and what the judge finds.
async fn kills(place: Place, how: Sabotage, kills: usize, seed: u64) -> Vec<String> {
    let mut ride = Ride::begin(place, how, seed).await;
    for _ in 0..kills {
        ride.round().await;
    }
    ride.end().await.findings()
}

#[track_caller]
fn assert_says(found: &[String], words: &[&str]) {
    for words in words {
        assert!(
            found.iter().any(|one| one.contains(words)),
            "{words}: {found:#?}"
        );
    }
}

const NOTHING: [String; 0] = [];
/// What a build that acknowledges too early is found by.
const LOST: &[&str] = &[
    "acknowledged events are not in the log",
    "acknowledged events were never told",
];
/// What a cursor that is too far is found by.
const LEFT_OUT: &[&str] = &[
    "changes never arrived",
    "acknowledged events were never told",
];
const TWICE: &[&str] = &["messages came again though no acknowledgement of them was in flight"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_honest_build_passes_on_sqlite() {
    for seed in 1..=3 {
        assert_eq!(kills(sqlite(), Sabotage::Nothing, 3, seed).await, NOTHING);
    }
}

/// With each kill the leases of the dead one must run out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_honest_build_passes_on_postgres() {
    let found = kills(postgres().await, Sabotage::Nothing, 2, 1).await;
    assert_eq!(found, NOTHING);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledgement_before_the_commit_is_found_on_sqlite() {
    for seed in 1..=2 {
        let found = kills(sqlite(), Sabotage::AcknowledgeBeforeCommit, 1, seed).await;
        assert_says(&found, LOST);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledgement_before_the_commit_is_found_on_postgres() {
    let found = kills(postgres().await, Sabotage::AcknowledgeBeforeCommit, 1, 1).await;
    assert_says(&found, LOST);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_past_what_was_not_sent_is_found_on_sqlite() {
    for seed in 1..=2 {
        let found = kills(sqlite(), Sabotage::CursorPastUnsent, 1, seed).await;
        assert_says(&found, LEFT_OUT);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_past_what_was_not_sent_is_found_on_postgres() {
    let found = kills(postgres().await, Sabotage::CursorPastUnsent, 1, 1).await;
    assert_says(&found, LEFT_OUT);
}

/// Without a kill these two look well: it is the kill that tells.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_kill_nothing_is_found() {
    for how in [
        Sabotage::AcknowledgeBeforeCommit,
        Sabotage::CursorPastUnsent,
    ] {
        assert_eq!(kills(sqlite(), how, 0, 1).await, NOTHING);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_honest_nodes_tell_everything_once() {
    let ride = Ride::begin(postgres().await, Sabotage::Nothing, 4).await;
    assert_eq!(ride.two_nodes().await.findings(), NOTHING);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_double_lease_is_found() {
    let ride = Ride::begin(postgres().await, Sabotage::DoubleLease, 4).await;
    assert_says(&ride.two_nodes().await.findings(), TWICE);
}
