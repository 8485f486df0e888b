//! Bringing a whole store to an empty place: from a backup, or from where another one is.
//!
//! Guarantee: the place gets a store that was checked (its checksum or contents, the key, a rebuild
//! from the log), or nothing. A folder gets its file by one rename at the end; a database by one
//! commit, and what is wrong with it is told before anybody opens it.

use super::workshop::Workshop;
use super::{Backup, PIECE, away, digest, settle, sound, sync_folder};
use crate::copy::{self, Contents, Progress, Told, contents};
use crate::postgres::PostgresStore;
use crate::records::Verification;
use crate::sqlite::copy::{FileSource, FileTarget, check, file};
use crate::{SqliteStore, Store, StoreConfig, StoreError};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

type Result<T> = std::result::Result<T, StoreError>;

/// Where a store is, or is to be.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// SQLite in a folder.
    Folder(&'a Path),
    /// A PostgreSQL.
    Database(&'a str),
}

/// Files that may be in a folder to which a store is brought.
const NO_DATA: &[&str] = &[
    "master.key",
    "trackway.toml",
    "folder.lock",
    "trackway.lock",
    "lost+found",
];

/// Fails where a folder holds more than what a store is opened with.
fn must_be_empty(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).map_err(StoreError::engine("made its folder"))?;
    let entries = fs::read_dir(dir).map_err(StoreError::engine("read its folder"))?;
    for entry in entries {
        let name = entry
            .map_err(StoreError::engine("read its folder"))?
            .file_name();
        let known = NO_DATA.iter().any(|known| name == *known);
        if !known && name != WORKSHOP {
            return Err(StoreError::NotEmpty {
                place: dir.display().to_string(),
            });
        }
    }
    Ok(())
}

/// Where a store is put together within its folder.
const WORKSHOP: &str = "bringing";

/// Brings a backup to an empty place and checks it there.
pub async fn restore(
    backup: &Backup,
    to: Place<'_>,
    config: &StoreConfig,
    told: Told<'_>,
) -> Result<Verification> {
    match to {
        Place::Folder(dir) => {
            must_be_empty(dir)?;
            let workshop = Workshop::take(dir.join(WORKSHOP))?;
            fetch(backup, &file(&workshop.dir), told)?;
            told(Progress::Checking);
            let found = arrived(&workshop.dir, config, &backup.manifest.contents).await?;
            put_in_place(&workshop.dir, dir)?;
            Ok(found)
        }
        Place::Database(url) => {
            let path = backup.file.clone();
            told(Progress::Reading {
                bytes: 0,
                of: backup.manifest.bytes,
            });
            let (bytes, sha256) = away(move || digest(&path)).await?;
            intact(backup, bytes, &sha256)?;
            let mut source = FileSource::open(&backup.file)?;
            let held = contents(&mut source).await?;
            held.same_as(&backup.manifest.contents)?;
            let mut source = FileSource::open(&backup.file)?;
            into_database(&mut source, url, config, told).await
        }
    }
}

/// Copies a backup's file, and checks what was read.
fn fetch(backup: &Backup, to: &Path, told: Told<'_>) -> Result<()> {
    let failed = |error| StoreError::engine("read a backup")(error);
    let mut from = File::open(&backup.file).map_err(failed)?;
    let mut out = File::create(to).map_err(failed)?;
    let (mut hasher, mut bytes, mut piece) = (Sha256::new(), 0, vec![0; PIECE]);
    loop {
        let length = from.read(&mut piece).map_err(failed)?;
        if length == 0 {
            break;
        }
        hasher.update(&piece[..length]);
        out.write_all(&piece[..length]).map_err(failed)?;
        bytes += length as u64;
        told(Progress::Reading {
            bytes,
            of: backup.manifest.bytes,
        });
    }
    intact(backup, bytes, &hex::encode(hasher.finalize()))?;
    out.sync_all().map_err(failed)
}

fn intact(backup: &Backup, bytes: u64, sha256: &str) -> Result<()> {
    if (bytes, sha256) == (backup.manifest.bytes, &backup.manifest.sha256) {
        return Ok(());
    }
    Err(StoreError::Backup {
        file: backup.file.display().to_string(),
        why: "its size or checksum is not what its manifest says: use another one",
    })
}

/// Checks a store that arrived in a workshop.
async fn arrived(dir: &Path, config: &StoreConfig, expected: &Contents) -> Result<Verification> {
    let path = file(dir);
    away({
        let path = path.clone();
        move || check(&path)
    })
    .await?;
    let found = settle(dir, config.clone()).await?;
    let held = contents(&mut FileSource::open(&path)?).await?;
    held.same_as(expected)?;
    Ok(found)
}

fn put_in_place(workshop: &Path, dir: &Path) -> Result<()> {
    fs::rename(file(workshop), file(dir)).map_err(StoreError::engine("put its file in place"))?;
    sync_folder(dir)
}

/// Copies a store from one place to another, of either engine. Nobody else may have either open.
/// Returns what was found at the other end, where it is as it was here.
pub async fn copy_store(
    from: Place<'_>,
    to: Place<'_>,
    config: &StoreConfig,
    told: Told<'_>,
) -> Result<Verification> {
    match from {
        Place::Folder(dir) => {
            let (at, config_here) = (dir.to_owned(), config.clone());
            let store = away(move || SqliteStore::open(&at, config_here)).await?;
            let mut source = store.source().await?;
            let there = bring(&mut source, to, config, told).await?;
            same(&sound(store.as_ref()).await?, &there)?;
            store.close().await?;
            Ok(there)
        }
        Place::Database(url) => {
            let store = PostgresStore::open(url, config.clone()).await?;
            let mut source = store.source().await?;
            let there = bring(&mut source, to, config, told).await?;
            drop(source);
            same(&sound(store.as_ref()).await?, &there)?;
            store.close().await?;
            Ok(there)
        }
    }
}

async fn bring(
    source: &mut dyn copy::Source,
    to: Place<'_>,
    config: &StoreConfig,
    told: Told<'_>,
) -> Result<Verification> {
    match to {
        Place::Folder(dir) => {
            must_be_empty(dir)?;
            let workshop = Workshop::take(dir.join(WORKSHOP))?;
            let mut target = FileTarget::create(&file(&workshop.dir))?;
            let held = copy::copy(source, &mut target, told).await?;
            drop(target);
            told(Progress::Checking);
            let found = arrived(&workshop.dir, config, &held).await?;
            put_in_place(&workshop.dir, dir)?;
            Ok(found)
        }
        Place::Database(url) => into_database(source, url, config, told).await,
    }
}

async fn into_database(
    source: &mut dyn copy::Source,
    url: &str,
    config: &StoreConfig,
    told: Told<'_>,
) -> Result<Verification> {
    let held = PostgresStore::fill(url, config, source, told).await?;
    told(Progress::Checking);
    let store = PostgresStore::open(url, config.clone()).await?;
    let found = sound(store.as_ref()).await?;
    let there = contents(&mut store.source().await?).await?;
    there.same_as(&held)?;
    store.close().await?;
    Ok(found)
}

/// A copy is rebuilt to what its source is rebuilt to.
fn same(here: &Verification, there: &Verification) -> Result<()> {
    if here == there {
        return Ok(());
    }
    let text = format!("the source holds {here:?}, the copy {there:?}");
    Err(StoreError::engine("compared a copy with its source")(text))
}
