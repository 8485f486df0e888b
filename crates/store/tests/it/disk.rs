//! A disk that fills up: nothing acknowledged is lost, reading goes on, and so does writing once
//! there is room.
//!
//! Each test mounts a small disk of its own in memory, for which it needs the right to mount.

use crate::deliveries::settle;
use crate::directory::{connection, endpoint, registration};
use crate::fixtures::*;
use crate::polls::claim;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use tokio_postgres::NoTls;
use trackway_model::change::FeedPosition;
use trackway_model::intake::{Intake, Verified};
use trackway_store::postgres::PostgresStore;
use trackway_store::records::{PollKind, Remembered};
use trackway_store::{SqliteStore, Store, StoreConfig, StoreError, backup};
use trackway_testkit::{Postgres, SmallDisk, eventually};

const MB: u64 = 1 << 20;

fn open(folder: &Path, reserve: u64) -> Arc<dyn Store> {
    SqliteStore::open(
        folder,
        StoreConfig {
            reserve,
            ..config()
        },
    )
    .unwrap()
}

/// A batch of parcels, some kilobytes each.
fn batch(n: usize) -> Vec<Intake> {
    let told = [("accepted", 1), ("in_transit", 5), ("delivered", 9)];
    (0..20)
        .map(|m| answer(&format!("TW{n:05}-{m}"), 10, &told, &told))
        .collect()
}

/// Tells batches until one is refused; returns how many were acknowledged.
async fn fill_up(store: &Arc<dyn Store>) -> usize {
    for n in 0..20_000 {
        match store.ingest(Verified::attest(batch(n))).await {
            Ok(receipts) => assert_eq!(receipts.len(), 20),
            Err(StoreError::Full) => return n,
            Err(other) => panic!("{other:?}"),
        }
    }
    panic!("the disk was never full");
}

async fn assert_holds(store: &Arc<dyn Store>, batches: usize) {
    for n in 0..batches {
        let track = track(store, &format!("TW{n:05}-7")).await;
        assert_eq!(track.spine.len(), 6, "batch {n}");
        let told = store.statements(&track, &[0, 5]).await.unwrap();
        assert!(told.iter().all(|told| told.raw.is_some()));
    }
    // What was refused may be there in part: whoever sends it again repeats it.
    let there = store.counts().await.unwrap().tracks;
    assert!(
        (20 * batches as u64..=20 * batches as u64 + 20).contains(&there),
        "{there}"
    );
}

#[tokio::test]
async fn below_the_reserve_new_data_waits_and_the_books_are_kept() {
    let disk = SmallDisk::of_megabytes(48);
    let store = open(disk.path(), 16 * MB);
    let account = store.account("default", START).await.unwrap().id;
    let source = store.create_connection(connection(account, "one")).await;
    let source = source.unwrap();
    let subscriber = store.create_endpoint(endpoint(account)).await.unwrap();
    let wish = registration(account, NUMBER);
    store.register(wish, Some(source.id)).await.unwrap();
    let ballast = disk.leave(18 * MB);
    let batches = fill_up(&store).await;
    assert!(batches > 0);
    assert!(
        trackway_store::disk::free(disk.path()).unwrap() > 8 * MB,
        "the reserve is there"
    );

    // Everything that brings new data is refused, in the same words each time.
    let kept = || Remembered {
        fingerprint: [1; 32],
        status: 200,
        body: b"x".to_vec(),
    };
    let unread = crate::quarantine::unreadable((account, source.id), b"{", START);
    let refused = [
        store.account("another", START).await.err(),
        store.create_endpoint(endpoint(account)).await.err(),
        store
            .create_connection(connection(account, "two"))
            .await
            .err(),
        store
            .register(registration(account, "TW-NEW"), None)
            .await
            .err(),
        store.note_strange(vec![unread]).await.err(),
        store.ready().await.err(),
    ];
    for refused in refused {
        assert!(matches!(refused, Some(StoreError::Full)), "{refused:?}");
    }
    // Reading goes on, and so does what keeps the books.
    assert_eq!(
        store.counts().await.unwrap().tracks,
        20 * batches as u64 + 1
    );
    let moved = vec![FeedPosition {
        shard: 0,
        number: 9,
    }];
    settle(&store, subscriber.id, moved, Vec::new(), Vec::new()).await;
    let claimed = claim(&store, source.id, PollKind::First, START, 5).await;
    assert_eq!(claimed.len(), 1);
    assert!(store.spend("calls", 1, 1, 10).await.unwrap());
    assert!(
        store
            .remember(account, "client/1", kept(), START)
            .await
            .unwrap()
    );
    let erased = track(&store, "TW00000-0").await;
    store.erase(erased.id).await.unwrap();
    // A backup would need what is not there.
    let backup = backup::make(store.clone(), &disk.path().join("b"), START).await;
    assert!(
        matches!(backup, Err(StoreError::NoRoom { .. })),
        "{backup:?}"
    );

    // With room it goes on by itself.
    std::fs::remove_file(ballast).unwrap();
    store.ready().await.unwrap();
    tell(&store, batch(batches)).await;
    assert_sound(&store).await;
}

#[tokio::test]
async fn a_disk_that_is_really_full_loses_nothing_and_wedges_nothing() {
    let disk = SmallDisk::of_megabytes(40);
    // No reserve: the engine itself runs into the end of the disk, in the middle of a commit.
    let store = open(disk.path(), 0);
    let mut acknowledged = 0;
    for room in [3 * MB, MB, MB / 4] {
        let ballast = disk.leave(room);
        let from = acknowledged;
        for n in from..from + 10_000 {
            match store.ingest(Verified::attest(batch(n))).await {
                Ok(_) => acknowledged = n + 1,
                Err(StoreError::Full) => break,
                Err(other) => panic!("{other:?}"),
            }
        }
        // It stays so, however often it is asked, and reading goes on.
        for _ in 0..5 {
            let again = store.ingest(Verified::attest(batch(acknowledged))).await;
            match again {
                Ok(_) => acknowledged += 1,
                Err(StoreError::Full) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_holds(&store, acknowledged).await;
        std::fs::remove_file(ballast).unwrap();
        eventually("writing to go on", LIMIT, async || {
            store
                .ingest(Verified::attest(batch(acknowledged)))
                .await
                .ok()
        })
        .await
        .unwrap();
        acknowledged += 1;
    }
    assert_holds(&store, acknowledged).await;
    assert_sound(&store).await;
    store.close().await.unwrap();
    drop(store);
    let store = open(disk.path(), 0);
    assert_holds(&store, acknowledged).await;
    assert_sound(&store).await;
}

#[tokio::test]
async fn a_crash_on_a_full_disk_opens_again() {
    let disk = SmallDisk::of_megabytes(24);
    let store = open(disk.path(), 0);
    let ballast = disk.leave(4 * MB);
    let batches = fill_up(&store).await;
    // Ended without a chance to write anything back; opened while it is still full.
    drop(store);
    match SqliteStore::open(
        disk.path(),
        StoreConfig {
            reserve: 0,
            ..config()
        },
    ) {
        Ok(store) => {
            let store: Arc<dyn Store> = store;
            assert_holds(&store, batches).await;
        }
        Err(StoreError::Full) => {}
        Err(other) => panic!("{other:?}"),
    }
    std::fs::remove_file(ballast).unwrap();
    let store = open(disk.path(), 0);
    assert_holds(&store, batches).await;
    tell(&store, batch(batches)).await;
    assert_sound(&store).await;
}

/// The server's disk, as far as its tables go: a tablespace on a small disk.
#[tokio::test]
async fn a_full_database_server_is_told_as_such() {
    let disk = SmallDisk::of_megabytes(32);
    let postgres = Postgres::start().await.unwrap();
    let folder = disk.path().join("space");
    std::fs::create_dir(&folder).unwrap();
    for (program, arguments) in [("chown", ["-R", "postgres"]), ("chmod", ["-R", "a+rx"])] {
        let done = Command::new(program)
            .args(arguments)
            .arg(disk.path())
            .status();
        assert!(done.unwrap().success(), "{program}");
    }
    let database = postgres.create_database().await.unwrap();
    let (_, name) = database.url.rsplit_once('/').unwrap();
    let folder = folder.display();
    let (client, connection) = tokio_postgres::connect(&postgres.url("postgres"), NoTls)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    for statement in [
        format!("CREATE TABLESPACE small LOCATION '{folder}'"),
        format!("ALTER DATABASE {name} SET TABLESPACE small"),
    ] {
        client.batch_execute(&statement).await.unwrap();
    }
    drop(client);
    connection.await.unwrap().unwrap();
    let store: Arc<dyn Store> = PostgresStore::open(&database.url, config()).await.unwrap();
    let ballast = disk.leave(2 * MB);
    let batches = fill_up(&store).await;
    assert_holds(&store, batches).await;
    std::fs::remove_file(ballast).unwrap();
    tell(&store, batch(batches)).await;
    assert_holds(&store, batches + 1).await;
    assert_sound(&store).await;
    store.close().await.unwrap();
}
