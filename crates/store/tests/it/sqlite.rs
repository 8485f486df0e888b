//! What only the engine with rows behind the log can get wrong: the tail, the sweep, memory, the
//! folder.

use crate::fixtures::*;
use std::path::Path;
use std::sync::Arc;
use trackway_model::Track;
use trackway_model::intake::Intake;
use trackway_store::{MasterKey, SqliteStore, Store, StoreConfig, StoreError};

const PARCELS: i64 = 400;

/// Every parcel gets an answer, then its repetition, then news.
fn batches() -> Vec<Vec<Intake>> {
    let number = |n: i64| format!("TW{:05}", n * 7_919 % PARCELS);
    let each = |make: &dyn Fn(i64) -> Intake| (0..PARCELS).map(make).collect::<Vec<_>>();
    let journey: &[(&str, i64)] = &[("accepted", 1), ("in_transit", 5)];
    vec![
        each(&|n| answer(&number(n), 10, journey, &[])),
        each(&|n| answer(&number(n), 11, journey, &[])),
        each(&|n| news(&number(n), "delivered", 30, 31)),
    ]
}

fn open(folder: &Path, memory: usize) -> Arc<dyn Store> {
    SqliteStore::open(folder, StoreConfig { memory, ..config() }).unwrap()
}

async fn tell_all(store: &Arc<dyn Store>) {
    for batch in batches() {
        for part in batch.chunks(23) {
            tell(store, part.to_vec()).await;
        }
    }
}

async fn all(store: &Arc<dyn Store>) -> Vec<Arc<Track>> {
    store
        .scan(trackway_model::TrackId(0), 10_000)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_crash_loses_nothing_whatever_was_written_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 1 << 30);
    tell_all(&store).await;
    let before = all(&store).await;
    assert_eq!(before.len() as i64, PARCELS);
    let changes = store.changes(&[], 10_000).await.unwrap();
    // Dropped without a close: what the sweep did not write back comes from the log's tail.
    drop(store);
    for _ in 0..3 {
        let store = open(folder.path(), 1 << 30);
        assert_eq!(all(&store).await, before);
        assert_eq!(store.changes(&[], 10_000).await.unwrap(), changes);
        let counts = store.counts().await.unwrap();
        assert_eq!(
            (counts.tracks, counts.statements),
            (PARCELS as u64, 3 * PARCELS as u64)
        );
        for n in 0..PARCELS {
            tell_one(&store, news(&format!("TW{n:05}"), "delivered", 30, 31)).await;
        }
        assert_eq!(all(&store).await, before, "repetitions change nothing");
    }
    let store = open(folder.path(), 1 << 30);
    assert_sound(&store).await;
}

#[tokio::test]
async fn a_memory_too_small_for_all_forgets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 20_000);
    tell_all(&store).await;
    tell_all(&store).await;
    for n in 0..PARCELS {
        let track = track(&store, &format!("tw{n:05}")).await;
        assert_eq!(
            (track.spine.len(), track.states[0].milestone),
            (3, milestone("delivered"))
        );
        assert_eq!(store.statements(&track, &[0, 1, 2]).await.unwrap().len(), 3);
    }
    let found = store.verify().await.unwrap();
    assert_eq!(
        (found.tracks, found.statements, found.differing),
        (400, 1_200, Vec::new())
    );
}

#[tokio::test]
async fn a_second_process_is_refused_and_a_later_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 1 << 20);
    let second = SqliteStore::open(folder.path(), config());
    assert!(
        matches!(&second, Err(StoreError::Exists { .. })),
        "{second:?}"
    );
    store.close().await.unwrap();
    drop(store);
    open(folder.path(), 1 << 20).ready().await.unwrap();
}

#[tokio::test]
async fn another_master_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path(), 1 << 20));
    let other = StoreConfig {
        master: MasterKey::new([8; 32]),
        ..config()
    };
    let opened = SqliteStore::open(folder.path(), other);
    assert!(matches!(opened, Err(StoreError::WrongKey)), "{opened:?}");
    open(folder.path(), 1 << 20).ready().await.unwrap();
}

#[tokio::test]
async fn a_closed_store_reads_and_refuses_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 1 << 20);
    tell_one(&store, news(NUMBER, "accepted", 1, 2)).await;
    store.close().await.unwrap();
    store.close().await.unwrap();
    assert!(matches!(store.ready().await, Err(StoreError::Stopped(_))));
    let refused = store.set_meta("x", "y").await;
    assert!(
        matches!(refused, Err(StoreError::Stopped(_))),
        "{refused:?}"
    );
    assert_eq!(track(&store, NUMBER).await.spine.len(), 1);
}

#[tokio::test]
async fn a_caller_that_goes_away_harms_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 1 << 20);
    for n in 0..50 {
        let call = {
            let store = store.clone();
            tokio::spawn(async move {
                tell_one(&store, news(&format!("TW{n}"), "accepted", 1, 2)).await
            })
        };
        call.abort();
    }
    tell_one(&store, news(NUMBER, "accepted", 1, 2)).await;
    assert_sound(&store).await;
}

#[tokio::test]
async fn words_and_secrets_are_not_in_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 1 << 20);
    let account = store.account("default", START).await.unwrap().id;
    let wish = crate::directory::registration(account, NUMBER);
    store
        .create_connection(crate::directory::connection(account, "one"))
        .await
        .unwrap();
    store.register(wish, None).await.unwrap();
    tell_one(&store, answer(NUMBER, 10, &[("accepted", 1)], &[])).await;
    tell_one(&store, news(NUMBER, "in_transit", 5, 11)).await;
    store.close().await.unwrap();
    drop(store);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for word in [
            "Da Nang",
            "morning shift",
            "token-one",
            "k-one",
            "ORDER-7781",
            "remark",
        ] {
            let held = bytes
                .windows(word.len())
                .any(|part| part == word.as_bytes());
            assert!(!held, "{word} stands in the clear");
        }
    }
}
