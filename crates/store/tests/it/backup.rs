//! Backups under load, cut short, damaged, and brought back.

use crate::copy::{everything, fill, rested, runner, some_facts};
use crate::engines::{Engine, contract};
use crate::fixtures::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use tempfile::TempDir;
use trackway_store::backup::{self, manifest_of, restore, workshop_of};
use trackway_store::{MasterKey, Store, StoreConfig, StoreError};
use trackway_testkit::eventually;

contract!(
    everything_comes_back_in_either_engine,
    what_was_acknowledged_before_is_in_it_while_writers_go_on,
    a_backup_that_is_cut_short_is_none,
    a_damaged_backup_is_refused_and_leaves_nothing,
    a_backup_is_never_written_over,
    words_and_secrets_are_not_in_a_backup,
);

struct Shelf(TempDir);

impl Shelf {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("one.backup")
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort_unstable();
        names
    }
}

async fn made(store: &Arc<dyn Store>, file: &Path) -> backup::Backup {
    backup::make(store.clone(), file, START).await.unwrap()
}

async fn everything_comes_back_in_either_engine(engine: Engine) {
    let store = engine.open().await;
    let filled = fill(&store, &some_facts(&mut runner())).await;
    let before = rested(&store, &filled).await;
    let shelf = Shelf::new();
    let made = made(&store, &shelf.file()).await;
    assert_eq!(shelf.names(), ["one.backup", "one.backup.manifest.json"]);
    assert_eq!(made.manifest.bytes, shelf.file().metadata().unwrap().len());
    assert_eq!(backup::open(&shelf.file()).unwrap().manifest, made.manifest);
    for there in [Engine::sqlite(), Engine::postgres().await] {
        let found = restore(&made, there.place(), &config(), &|_| {})
            .await
            .unwrap();
        assert_eq!(
            (found.tracks, found.statements, found.log_entries),
            (
                made.manifest.tracks,
                made.manifest.statements,
                made.manifest.log_entries
            )
        );
        let back = there.open().await;
        assert_eq!(everything(&back, &filled).await, before);
        assert_sound(&back).await;
        back.close().await.unwrap();
    }
}

/// Writes parcels one after the other; `acknowledged` counts those that are.
async fn write(store: Arc<dyn Store>, over: Arc<AtomicBool>, acknowledged: Arc<AtomicI64>) {
    let told = [("accepted", 1), ("in_transit", 5)];
    for n in 0.. {
        if over.load(Ordering::Relaxed) {
            return;
        }
        tell_one(&store, answer(&format!("LOAD{n}"), 10, &told, &[])).await;
        acknowledged.store(n + 1, Ordering::Release);
    }
}

async fn what_was_acknowledged_before_is_in_it_while_writers_go_on(engine: Engine) {
    let store = engine.open().await;
    let (over, acknowledged) = (Arc::<AtomicBool>::default(), Arc::<AtomicI64>::default());
    let writer = tokio::spawn(write(store.clone(), over.clone(), acknowledged.clone()));
    let count = || acknowledged.load(Ordering::Acquire);
    let shelf = Shelf::new();
    for round in 1..=3_i64 {
        eventually("load", LIMIT, async || {
            (count() >= 60 * round).then_some(())
        })
        .await
        .unwrap();
        let before = count();
        let file = shelf.0.path().join(format!("{round}.backup"));
        let made = made(&store, &file).await;
        let meanwhile = count() - before;
        assert!(meanwhile > 0, "writers waited for the backup");
        let there = Engine::sqlite();
        let found = restore(&made, there.place(), &config(), &|_| {})
            .await
            .unwrap();
        assert!(found.tracks as i64 >= before, "{found:?}, {before}");
        let back = there.open().await;
        for n in 0..before {
            assert_eq!(track(&back, &format!("LOAD{n}")).await.spine.len(), 2);
        }
        assert_sound(&back).await;
    }
    over.store(true, Ordering::Relaxed);
    writer.await.unwrap();
    assert_sound(&store).await;
}

async fn a_backup_that_is_cut_short_is_none(engine: Engine) {
    let store = engine.open().await;
    for n in 0..50 {
        tell_one(&store, news(&format!("TW{n}"), "accepted", 1, 2)).await;
    }
    let shelf = Shelf::new();
    let making = {
        let (store, file) = (store.clone(), shelf.file());
        tokio::spawn(async move { backup::make(store, &file, START).await })
    };
    eventually("a backup under way", LIMIT, async || {
        (workshop_of(&shelf.file()).exists() || making.is_finished()).then_some(())
    })
    .await
    .unwrap();
    making.abort();
    let whole = eventually("the backup of a caller that went away", LIMIT, async || {
        let gone = !workshop_of(&shelf.file()).exists();
        backup::open(&shelf.file()).ok().filter(|_| gone)
    })
    .await
    .unwrap();
    assert_eq!(whole.manifest.tracks, 50);
    std::fs::remove_file(manifest_of(&shelf.file())).unwrap();
    // What a killed process leaves: a folder half full, a file without its manifest.
    let workshop = workshop_of(&shelf.file());
    std::fs::create_dir_all(&workshop).unwrap();
    for name in ["copying.db", "trackway.db", "trackway.db-wal"] {
        std::fs::write(workshop.join(name), b"half").unwrap();
    }
    std::fs::write(shelf.file(), b"half").unwrap();
    for path in [shelf.file(), workshop.join("trackway.db")] {
        let refused = backup::open(&path);
        assert!(
            matches!(refused, Err(StoreError::Backup { .. })),
            "{refused:?}"
        );
    }
    // The next attempt clears it away.
    let made = made(&store, &shelf.file()).await;
    assert_eq!(made.manifest.tracks, 50);
    assert_eq!(shelf.names(), ["one.backup", "one.backup.manifest.json"]);
}

async fn a_damaged_backup_is_refused_and_leaves_nothing(engine: Engine) {
    let store = engine.open().await;
    for n in 0..50 {
        tell_one(&store, news(&format!("TW{n}"), "accepted", 1, 2)).await;
    }
    let shelf = Shelf::new();
    let made = made(&store, &shelf.file()).await;
    let whole = std::fs::read(shelf.file()).unwrap();
    let mut turned = whole.clone();
    turned[whole.len() / 2] ^= 1;
    let cut = whole[..whole.len() - 1].to_vec();
    for bytes in [turned, cut] {
        std::fs::write(shelf.file(), bytes).unwrap();
        for there in [Engine::sqlite(), Engine::postgres().await] {
            let refused = restore(&made, there.place(), &config(), &|_| {}).await;
            assert!(
                matches!(refused, Err(StoreError::Backup { .. })),
                "{refused:?}"
            );
            if let Engine::Sqlite(folder) = &there {
                assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
            }
        }
    }
    std::fs::write(shelf.file(), &whole).unwrap();
    let other = StoreConfig {
        master: MasterKey::new([8; 32]),
        ..config()
    };
    for there in [Engine::sqlite(), Engine::postgres().await] {
        let refused = restore(&made, there.place(), &other, &|_| {}).await;
        assert!(matches!(refused, Err(StoreError::WrongKey)), "{refused:?}");
        restore(&made, there.place(), &config(), &|_| {})
            .await
            .unwrap();
        let refused = restore(&made, there.place(), &config(), &|_| {}).await;
        assert!(
            matches!(refused, Err(StoreError::NotEmpty { .. })),
            "{refused:?}"
        );
    }
    std::fs::write(manifest_of(&shelf.file()), b"{}").unwrap();
    let refused = backup::open(&shelf.file());
    assert!(
        matches!(refused, Err(StoreError::Backup { .. })),
        "{refused:?}"
    );
}

async fn a_backup_is_never_written_over(engine: Engine) {
    let store = engine.open().await;
    let shelf = Shelf::new();
    let first = made(&store, &shelf.file()).await;
    tell_one(&store, news(NUMBER, "accepted", 1, 2)).await;
    let again = backup::make(store.clone(), &shelf.file(), START).await;
    assert!(matches!(again, Err(StoreError::Exists { .. })), "{again:?}");
    let held = backup::open(&shelf.file()).unwrap().manifest;
    assert_eq!((held.tracks, held), (0, first.manifest));
}

async fn words_and_secrets_are_not_in_a_backup(engine: Engine) {
    let store = engine.open().await;
    fill(&store, &some_facts(&mut runner())).await;
    let shelf = Shelf::new();
    made(&store, &shelf.file()).await;
    for name in shelf.names() {
        let bytes = std::fs::read(shelf.0.path().join(&name)).unwrap();
        for word in [
            "Da Nang",
            "token-one",
            "k-one",
            "ORDER-7781",
            "signs",
            "whsec",
            "example.org",
        ] {
            let held = bytes
                .windows(word.len())
                .any(|part| part == word.as_bytes());
            assert!(!held, "{word} stands in the clear in {name}");
        }
    }
}
