//! What only the engine can get wrong that writes pages back later, and what an older release left.

use super::world::*;
use crate::engines::Engine;
use crate::fixtures::*;
use std::path::Path;
use std::sync::Arc;
use tokio_postgres::NoTls;
use trackway_model::intake::Intake;
use trackway_store::postgres::PostgresStore;
use trackway_store::records::NewRegistration;
use trackway_store::search::ShipmentQuery;
use trackway_store::{SqliteStore, Store, StoreConfig, StoreError};

fn open(folder: &Path, memory: usize) -> Arc<dyn Store> {
    SqliteStore::open(folder, StoreConfig { memory, ..config() }).unwrap()
}

/// More tracks than a page of columns has.
const PARCELS: i64 = 2_600;

fn parcel(n: i64) -> String {
    format!("TW{:05}", n * 7_919 % PARCELS)
}

async fn tell_some(store: &Arc<dyn Store>, world: &World, step: i64, name: &str, hour: i64) {
    let told = |n: i64| Intake {
        account: world.accounts[0],
        ..news(&parcel(n), name, hour, hour + 1)
    };
    let all: Vec<Intake> = (0..PARCELS).step_by(step as usize).map(told).collect();
    for part in all.chunks(97) {
        tell(store, part.to_vec()).await;
    }
}

fn stages(world: &World) -> Vec<ShipmentQuery> {
    let of = |name: Option<&str>| ShipmentQuery {
        milestone: name.map(milestone),
        ..ShipmentQuery::of(world.accounts[0])
    };
    let names = [
        None,
        Some("accepted"),
        Some("in_transit"),
        Some("delivered"),
    ];
    names.map(of).to_vec()
}

/// Killed at every step: what is in the file lags, what is in the log tells the rest.
async fn crash_at_every_step(memory: usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path(), memory);
    let mut world = World::new(&store).await;
    let account = world.accounts[0];
    for step in 0..6_i64 {
        match step {
            0 => {
                let wishes = (0..PARCELS).step_by(2).map(|n| NewRegistration {
                    references: vec![format!("SO-{n}")],
                    ..wish(account, &parcel(n), &[])
                });
                world.register(&store, wishes.collect()).await;
            }
            1 => tell_some(&store, &world, 1, "accepted", 1).await,
            2 => {
                tell_some(&store, &world, 3, "in_transit", 5).await;
                // Known tracks, of which nothing else is told: the log does not grow.
                let wishes = (0..40).map(|n| NewRegistration {
                    dialect: "two".to_owned(),
                    references: vec![format!("PO-{n}")],
                    ..wish(account, &parcel(n), &[])
                });
                world.register(&store, wishes.collect()).await;
                // Nor does it when more is told of what is registered.
                let wishes = (0..80).step_by(4).map(|n| NewRegistration {
                    references: vec![format!("RMA-{n}")],
                    amend: true,
                    ..wish(account, &parcel(n), &[])
                });
                world.register(&store, wishes.collect()).await;
            }
            3 => {
                for n in 0..20 {
                    let track = store.find(account, None, &parcel(n)).await.unwrap()[0].id;
                    store.erase(track).await.unwrap();
                    world.references.remove(&track);
                }
            }
            4 => tell_some(&store, &world, 7, "delivered", 9).await,
            _ => {
                let last = news("TW-last", "accepted", 1, 2);
                tell_one(&store, Intake { account, ..last }).await;
            }
        }
        if step % 2 == 0 {
            assert_finds(&store, &world, &stages(&world)).await;
        }
        for _ in 0..2 {
            // Without a close, as a crash leaves it.
            drop(store);
            store = open(folder.path(), memory);
            let mut queries = stages(&world);
            for reference in ["SO-1", "PO-", "PO-30", "RMA-"] {
                queries.push(ShipmentQuery {
                    reference: Some(reference.to_owned()),
                    ..ShipmentQuery::of(account)
                });
            }
            assert_finds(&store, &world, &queries).await;
        }
    }
    store.close().await.unwrap();
    drop(store);
    let store = open(folder.path(), memory);
    assert_finds(&store, &world, &stages(&world)).await;
    assert_sound(&store).await;
}

#[tokio::test]
async fn a_crash_loses_nothing_that_is_searched() {
    crash_at_every_step(1 << 30).await;
}

#[tokio::test]
async fn a_memory_too_small_for_all_pages_finds_all() {
    crash_at_every_step(40_000).await;
}

#[tokio::test]
async fn searches_while_rows_are_written_back_miss_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 1 << 20);
    let world = World::new(&store).await;
    tell_some(&store, &world, 1, "accepted", 1).await;
    let teller = {
        let store = store.clone();
        let account = world.accounts[0];
        tokio::spawn(async move {
            for hour in 2..8 {
                for from in (0..PARCELS).step_by(50) {
                    let told = |n| Intake {
                        account,
                        ..news(&parcel(n), "in_transit", hour, hour + 1)
                    };
                    tell(&store, (from..from + 50).map(told).collect()).await;
                }
            }
        })
    };
    let mut moved = 0;
    while !teller.is_finished() {
        let query = ShipmentQuery {
            milestone: Some(milestone("in_transit")),
            ..ShipmentQuery::of(world.accounts[0])
        };
        let found = pages(&store, &query, 1_000).await.0.len();
        assert!(found >= moved, "what has moved does not move back");
        moved = found;
        let all = ShipmentQuery::of(world.accounts[0]);
        assert_eq!(pages(&store, &all, 1_000).await.0.len() as i64, PARCELS);
    }
    teller.await.unwrap();
    assert_finds(&store, &world, &stages(&world)).await;
}

/// What later migrations than the search's made, on either engine.
const FORGET_WORK: &str =
    "DROP TABLE endpoint_state; DROP TABLE quota_use; DROP TABLE quota_refusal;
    DROP TABLE quarantine_payload; DROP TABLE quarantine; DROP TABLE connection_state;
    DROP TABLE parcel_link; DROP TABLE stock_move; DROP TABLE stock_level; DROP TABLE record_count;
    DROP TABLE record_facet; DROP TABLE record_name; DROP TABLE record;
    DROP TABLE notice; DROP TABLE notice_policy; DROP TABLE mail; DROP TABLE mail_cursor;
    DROP TABLE entrusted; DROP TABLE booking;
    DROP INDEX delivery_due; DROP INDEX delivery_parked; DROP INDEX poll_kind;
    DROP INDEX registration_clock;
    ALTER TABLE endpoint DROP COLUMN former_secret; ALTER TABLE endpoint DROP COLUMN former_until;
    ALTER TABLE delivery DROP COLUMN since; ALTER TABLE delivery DROP COLUMN parked;
    ALTER TABLE poll DROP COLUMN heard; ALTER TABLE poll DROP COLUMN kind;
    ALTER TABLE registration DROP COLUMN clock_at; ALTER TABLE registration DROP COLUMN clock_told;
    ALTER TABLE registration DROP COLUMN clock_since;
    DROP INDEX registration_book; DROP INDEX registration_key;
    ALTER TABLE registration DROP COLUMN key; ALTER TABLE registration DROP COLUMN refreshed;
    CREATE INDEX delivery_due ON delivery (due) WHERE due IS NOT NULL;
    CREATE INDEX poll_due ON poll (due) WHERE due IS NOT NULL;";

/// Makes of a file what the first release would have left: no pages, no references.
fn forget_searching(folder: &Path) {
    let file = rusqlite::Connection::open(folder.join("trackway.db")).unwrap();
    file.execute_batch(FORGET_WORK).unwrap();
    file.execute_batch(
        "DROP INDEX registration_amended; ALTER TABLE registration DROP COLUMN amended;
         DROP TABLE shipment_page;
         ALTER TABLE registration DROP COLUMN refs;
         ALTER TABLE registration DROP COLUMN chunk;
         DELETE FROM meta WHERE name = 'shipment_pages';
         DELETE FROM migration WHERE number >= 2;",
    )
    .unwrap();
}

/// The same of a database.
const FORGET: &str =
    "DROP TABLE endpoint_lease; DROP TABLE quota_budget; DROP TABLE record_account;
    DROP SEQUENCE record_block; DROP TABLE shipment; DROP TABLE reference; DROP INDEX number_begin;
    ALTER TABLE registration DROP COLUMN refs; ALTER TABLE payload DROP COLUMN IF EXISTS track;
    DELETE FROM migration WHERE number >= 2;";

async fn fill(store: &Arc<dyn Store>) -> World {
    let mut world = World::new(store).await;
    let account = world.accounts[0];
    let wishes = (0..PARCELS)
        .step_by(5)
        .map(|n| wish(account, &parcel(n), &[]));
    world.register(store, wishes.collect()).await;
    tell_some(store, &world, 2, "accepted", 1).await;
    tell_some(store, &world, 6, "delivered", 9).await;
    // A number that is used again.
    tell_some(store, &world, 18, "accepted", 2_300).await;
    world
}

#[tokio::test]
async fn a_file_of_the_first_release_is_searched() {
    for closed in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path(), 1 << 30);
        let world = fill(&store).await;
        if closed {
            store.close().await.unwrap();
        }
        drop(store);
        forget_searching(folder.path());
        for _ in 0..2 {
            let store = open(folder.path(), 1 << 30);
            assert_finds(&store, &world, &stages(&world)).await;
        }
    }
}

#[tokio::test]
async fn a_database_of_the_first_release_is_searched_after_its_upgrade() {
    let engine = Engine::postgres().await;
    let Engine::Postgres(database) = &engine else {
        unreachable!("it was just made")
    };
    let store = engine.open().await;
    let world = fill(&store).await;
    store.close().await.unwrap();
    let (client, connection) = tokio_postgres::connect(&database.url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(FORGET_WORK).await.unwrap();
    client.batch_execute(FORGET).await.unwrap();
    let refused = PostgresStore::open(&database.url, config()).await;
    assert!(
        matches!(refused, Err(StoreError::Schema { .. })),
        "{refused:?}"
    );
    PostgresStore::upgrade(&database.url).await.unwrap();
    let store = engine.open().await;
    assert_finds(&store, &world, &stages(&world)).await;
}
