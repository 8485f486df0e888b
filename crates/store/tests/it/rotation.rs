//! Another master key: all of a store opens with it, nothing with the former, and no moment is between.

use crate::copy::{everything, fill, rested, runner, some_facts};
use crate::engines::{Engine, contract};
use crate::fixtures::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use trackway_model::TrackId;
use trackway_model::intake::Verified;
use trackway_store::backup::{self, restore};
use trackway_store::rotation::{Rotated, opens, rotate};
use trackway_store::{Headway, MasterKey, Store, StoreConfig, StoreError};
use trackway_testkit::eventually;

contract!(
    everything_opens_with_the_next_key_and_nothing_with_the_former,
    a_backup_opens_with_the_key_that_was_in_force,
    a_key_that_does_not_open_leaves_all_as_it_was,
);

fn next() -> MasterKey {
    MasterKey::new([9; 32])
}

fn with(master: MasterKey) -> StoreConfig {
    StoreConfig { master, ..config() }
}

async fn rotated(engine: &Engine) -> Rotated {
    rotate(engine.place(), &config(), &next(), &Headway::default())
        .await
        .unwrap()
}

async fn everything_opens_with_the_next_key_and_nothing_with_the_former(engine: Engine) {
    let nobody = opens(engine.place(), &config().master).await.unwrap();
    assert!(!nobody, "there is no store yet");
    let store = engine.open().await;
    let filled = fill(&store, &some_facts(&mut runner())).await;
    let before = rested(&store, &filled).await;
    let tracks = store.counts().await.unwrap().tracks;
    store.close().await.unwrap();
    drop(store);

    let headway = Headway::default();
    let outcome = rotate(engine.place(), &config(), &next(), &headway).await;
    let Rotated::Now { keys } = outcome.unwrap() else {
        panic!("it was not rotated before");
    };
    // Those that were erased have no key.
    assert!((1..=tracks).contains(&keys), "{keys} of {tracks}");
    assert_eq!(headway.look(), (keys, Some(keys)));
    assert_eq!(rotated(&engine).await, Rotated::Before);
    for (key, expected) in [(config().master, false), (next(), true)] {
        assert_eq!(opens(engine.place(), &key).await.unwrap(), expected);
    }

    let refused = engine.open_with(config()).await;
    assert!(matches!(refused, Err(StoreError::WrongKey)));
    let store = engine.open_with(with(next())).await.unwrap();
    assert_eq!(everything(&store, &filled).await, before);
    tell_one(&store, news("AFTER1", "accepted", 1, 2)).await;
    assert_sound(&store).await;
    store.close().await.unwrap();
    drop(store);
    let other = MasterKey::new([4; 32]);
    let refused = rotate(engine.place(), &config(), &other, &Headway::default()).await;
    assert!(matches!(refused, Err(StoreError::WrongKey)), "{refused:?}");
}

async fn a_backup_opens_with_the_key_that_was_in_force(engine: Engine) {
    let store = engine.open().await;
    tell_one(&store, news(NUMBER, "accepted", 1, 2)).await;
    let shelf = tempfile::tempdir().unwrap();
    let file = |name: &str| shelf.path().join(name);
    let former = backup::make(store.clone(), &file("former"), START)
        .await
        .unwrap();
    store.close().await.unwrap();
    drop(store);
    rotated(&engine).await;
    let store = engine.open_with(with(next())).await.unwrap();
    let later = backup::make(store.clone(), &file("later"), START)
        .await
        .unwrap();
    let names = [config().master.name(), next().name()];
    assert_ne!(names[0], names[1]);
    let told = [&former, &later].map(|backup| backup.manifest.master_key.clone().unwrap());
    assert_eq!(told, names);
    for (backup, right, wrong) in [
        (&former, config().master, next()),
        (&later, next(), config().master),
    ] {
        let there = Engine::sqlite();
        let refused = restore(backup, there.place(), &with(wrong), &|_| {}).await;
        assert!(matches!(refused, Err(StoreError::WrongKey)), "{refused:?}");
        restore(backup, there.place(), &with(right), &|_| {})
            .await
            .unwrap();
    }
}

async fn a_key_that_does_not_open_leaves_all_as_it_was(engine: Engine) {
    let store = engine.open().await;
    for n in 0..20 {
        tell_one(&store, news(&format!("TW{n}"), "accepted", 1, 2)).await;
    }
    store.close().await.unwrap();
    drop(store);
    let damage = "UPDATE track_key SET wrapped = substr(wrapped, 1, 59)
                  WHERE track = (SELECT max(track) FROM track_key)";
    engine.sql(damage).await;
    let refused = rotate(engine.place(), &config(), &next(), &Headway::default()).await;
    assert!(
        matches!(refused, Err(StoreError::Damaged { .. })),
        "{refused:?}"
    );
    let store = engine.open().await;
    let found = store.verify().await.unwrap();
    assert_eq!(found.differing.len(), 1, "{found:?}");
    assert!(found.differing[0].1.contains("key"), "{found:?}");
    for track in store.scan(TrackId(0), 19).await.unwrap() {
        assert_eq!(store.statements(&track, &[0]).await.unwrap().len(), 1);
    }
}

/// Tells of new numbers until the store refuses; returns how many were acknowledged, and why it ended.
async fn tell_until_refused(
    store: Arc<dyn Store>,
    told: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
) -> Option<StoreError> {
    for n in 0.. {
        if over.load(Ordering::Relaxed) {
            return None;
        }
        let intake = news(&format!("RACE{n}"), "accepted", 1, 2);
        match store.ingest(Verified::attest(vec![intake])).await {
            Ok(_) => told.store(n + 1, Ordering::Release),
            Err(error) => return Some(error),
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_forgotten_is_fenced() {
    let engine = Engine::postgres().await;
    let forgotten = engine.open().await;
    let (told, over) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
    let telling = tell_until_refused(forgotten.clone(), told.clone(), over.clone());
    let telling = tokio::spawn(telling);
    eventually("some numbers", LIMIT, async || {
        (told.load(Ordering::Acquire) >= 20).then_some(())
    })
    .await
    .unwrap();
    forgotten.ready().await.unwrap();
    assert!(matches!(rotated(&engine).await, Rotated::Now { .. }));
    let ended = eventually("the end of it", LIMIT, async || {
        telling.is_finished().then_some(())
    });
    ended.await.unwrap();
    over.store(true, Ordering::Relaxed);
    let refused = telling.await.unwrap();
    assert!(matches!(refused, Some(StoreError::WrongKey)), "{refused:?}");
    let unready = forgotten.ready().await;
    assert!(matches!(unready, Err(StoreError::WrongKey)), "{unready:?}");

    // Nothing that was acknowledged is under a key that nobody has any more.
    let store = engine.open_with(with(next())).await.unwrap();
    assert_sound(&store).await;
    let acknowledged = told.load(Ordering::Acquire);
    assert_eq!(store.counts().await.unwrap().tracks, acknowledged);
    forgotten.close().await.unwrap();
}
