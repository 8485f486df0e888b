//! What is kept: through a crash, in a copy, in a backup, and never in the clear.

use super::world::*;
use crate::engines::{Engine, contract};
use crate::fixtures::*;
use std::sync::Arc;
use trackway_model::orders::{
    Body, Command, Kind, NewReport, Record, RecordId, RecordQuery, Report, Says, Sort, StockKey,
    ToldLevel, Who,
};
use trackway_store::backup::{self, copy_store, restore};
use trackway_store::orders::Entry;
use trackway_store::{SqliteStore, Store};

contract!(
    a_crash_loses_nothing_that_was_answered,
    a_copy_in_either_engine_is_the_same_and_goes_on,
    a_backup_brings_everything_back,
    personal_words_are_not_in_a_backup,
);

/// All that can be asked of an account.
#[derive(Debug, PartialEq)]
struct Everything {
    records: Vec<Record>,
    ledger: Vec<Entry>,
    stock: String,
}

async fn everything(world: &World) -> Everything {
    let mut records = Vec::new();
    for kind in Kind::ALL {
        let query = RecordQuery {
            sort: Sort::OldestFirst,
            limit: 1_000,
            ..RecordQuery::of(*kind)
        };
        let page = world.store.records(world.account, &query).await.unwrap();
        assert_eq!(page.total.count(), page.records.len() as u64);
        records.extend(page.records);
    }
    let items = [world.tea, world.cup];
    let levels = world.store.levels(world.account, &items).await.unwrap();
    let mut ledger = Vec::new();
    for (key, _) in &levels {
        ledger.extend(moves(world, *key).await);
    }
    Everything {
        records,
        ledger,
        stock: format!("{levels:?}"),
    }
}

async fn moves(world: &World, key: StockKey) -> Vec<Entry> {
    let page = world.store.movements(world.account, key, 0, 1_000);
    page.await.unwrap()
}

async fn filled(store: Arc<dyn Store>) -> World {
    let world = World::stocked(store, 100).await;
    for n in 0..12 {
        let number = format!("PO-{n}");
        let command = world.order(if n % 2 == 0 { "TEA" } else { "CUP" }, 1 + n, Some(&number));
        let order = world.subject(command).await.id;
        if n % 3 == 0 {
            world.fulfilled(order, &format!("FG{n}")).await;
            world.tell(&format!("FG{n}"), "in_transit", n).await;
        }
        world.carry(reported(&world, n)).await.unwrap();
        if n % 3 == 1 {
            let cancel = Command::CancelOrder {
                order,
                reason: None,
                who: Who::Merchant,
            };
            world.carry(cancel).await.unwrap();
        }
    }
    world
}

/// What somebody else's warehouse tells of tea; every message twice, and every other of the day before.
fn reported(world: &World, n: i64) -> Command {
    let level = ToldLevel {
        on_hand: Some(n),
        ..ToldLevel::default()
    };
    let body = format!("{n} as {NAME} counted them");
    Command::Report(Box::new(NewReport {
        code: format!("R1-{}", n / 2),
        standing: "R1-tea".to_owned(),
        counts: vec![],
        counted_at: None,
        report: Report {
            connection: world.connections.first().map_or(0, |it| it.0),
            dialect: "nandh".to_owned(),
            event: "STOCK".to_owned(),
            subject: "TEA".to_owned(),
            at: Some(n % 4),
            says: Says::Stock {
                warehouse: None,
                level,
            },
            about: None,
            standing: false,
            body: body.into_bytes(),
        },
    }))
}

/// What was told is there, each once, with its bytes, and the newest beside it.
fn assert_reported(all: &Everything, tea: RecordId) {
    let reports: Vec<&Report> = all
        .records
        .iter()
        .filter_map(|record| match &record.body {
            Body::Report(report) => Some(&**report),
            _ => None,
        })
        .collect();
    let (standing, messages): (Vec<_>, Vec<_>) = reports.into_iter().partition(|it| it.standing);
    assert_eq!((messages.len(), standing.len()), (6, 1));
    // Of one instant the later one stands.
    assert_eq!(
        standing[0].body,
        format!("10 as {NAME} counted them").into_bytes()
    );
    for (n, message) in messages.iter().enumerate() {
        let bytes = format!("{} as {NAME} counted them", 2 * n).into_bytes();
        assert_eq!((&message.body, message.about), (&bytes, Some(tea)));
    }
}

/// The same world in a store that was opened again.
fn again(world: World, store: Arc<dyn Store>) -> World {
    World { store, ..world }
}

/// New orders get new numbers and codes, names are still taken, parcels still move.
async fn goes_on(world: &World) {
    let before = everything(world).await;
    assert_reported(&before, world.tea);
    let order = world.placed("TEA", 1).await;
    assert!(before.records.iter().all(|record| record.id != order));
    refused(world.carry(world.order("TEA", 1, Some("PO-2"))).await);
    let last = world.record(Kind::Fulfilment, fulfilment_of(&before)).await;
    world.tell("FG0", "delivered", 99).await;
    let moved = world.record(Kind::Fulfilment, last.id).await;
    assert_eq!(moved.version, last.version + 1);
    assert_balanced(&world.store).await;
}

fn fulfilment_of(all: &Everything) -> RecordId {
    let mut fulfilments = all
        .records
        .iter()
        .filter(|it| it.kind() == Kind::Fulfilment);
    fulfilments.next().unwrap().id
}

async fn a_crash_loses_nothing_that_was_answered(engine: Engine) {
    let world = filled(engine.open().await).await;
    let before = everything(&world).await;
    // Without a close, as a crash leaves it.
    let world = {
        let World { store, .. } = &world;
        let _: &Arc<dyn Store> = store;
        reopened(world, &engine).await
    };
    assert_eq!(everything(&world).await, before);
    goes_on(&world).await;
    let before = everything(&world).await;
    let world = reopened(world, &engine).await;
    assert_eq!(everything(&world).await, before);
}

async fn reopened(world: World, engine: &Engine) -> World {
    let nowhere: Arc<dyn Store> = {
        let folder = tempfile::tempdir().unwrap();
        SqliteStore::open(folder.path(), config()).unwrap()
    };
    let mut world = world;
    drop(std::mem::replace(&mut world.store, nowhere));
    let store = engine.open().await;
    again(world, store)
}

async fn a_copy_in_either_engine_is_the_same_and_goes_on(engine: Engine) {
    let world = filled(engine.open().await).await;
    let before = everything(&world).await;
    world.store.close().await.unwrap();
    let mut world = reopened(world, &Engine::sqlite()).await;
    for target in [Engine::sqlite(), Engine::postgres().await] {
        let copied = copy_store(engine.place(), target.place(), &config(), &|_| {}).await;
        copied.unwrap();
        world = again(world, target.open().await);
        assert_eq!(everything(&world).await, before);
        goes_on(&world).await;
        world.store.close().await.unwrap();
    }
}

async fn a_backup_brings_everything_back(engine: Engine) {
    let world = filled(engine.open().await).await;
    let before = everything(&world).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.backup");
    let made = backup::make(world.store.clone(), &file, START)
        .await
        .unwrap();
    let mut world = world;
    for target in [Engine::sqlite(), Engine::postgres().await] {
        restore(&made, target.place(), &config(), &|_| {})
            .await
            .unwrap();
        world = again(world, target.open().await);
        assert_eq!(everything(&world).await, before);
        goes_on(&world).await;
    }
}

/// What only the receivers of orders are called by.
const WORDS: [&str; 5] = [
    "Samplewoman",
    "Quiet Invented",
    "Mai.Example",
    "mai.example",
    "000 000 017",
];

async fn personal_words_are_not_in_a_backup(engine: Engine) {
    let world = filled(engine.open().await).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.backup");
    backup::make(world.store.clone(), &file, START)
        .await
        .unwrap();
    assert_silent(&file);
}

#[tokio::test]
async fn personal_words_are_not_in_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = SqliteStore::open(folder.path(), config()).unwrap();
    let world = filled(store).await;
    assert!(!everything(&world).await.records.is_empty());
    world.store.close().await.unwrap();
    drop(world);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        assert_silent(&file.unwrap().path());
    }
}

fn assert_silent(file: &std::path::Path) {
    let bytes = std::fs::read(file).unwrap();
    for word in WORDS {
        let mut parts = bytes.windows(word.len());
        assert!(
            !parts.any(|part| part == word.as_bytes()),
            "{word} stands in the clear"
        );
    }
}
