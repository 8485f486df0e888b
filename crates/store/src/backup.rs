//! Backups: made while a store works, checked before they are called one, and restored into either
//! engine.
//!
//! A backup is one SQLite file, whichever engine it was made from, and beside it a small manifest in
//! JSON (`FILE.manifest.json`) with the file's size, checksum and contents. The master key is not in
//! it: without the key nothing sealed in it can be read, so the key is kept elsewhere, and a backup
//! that is lost gives nothing away.
//!
//! Guarantee: everything acknowledged before `make` was called is in the backup. Writers go on
//! meanwhile: one snapshot is read. Before the backup gets its name it was opened as a restore opens
//! it, what a crash would leave undone was done, the engine's own check found nothing, and every
//! track was rebuilt from the log and compared. All of that happens in `FILE.partial/`; the file gets
//! its name when it is whole, the manifest after the file, and what has no manifest is no backup. So
//! a backup that was cut short at any moment leaves nothing that passes for one, and the next attempt
//! clears it away.
//!
//! A restore fills an empty place only, and leaves nothing there if anything is wrong: with the
//! checksum, with the key, or with what a rebuild from the log finds.

mod restore;
mod workshop;

pub use restore::{Place, copy_store, restore};

use crate::copy::{Contents, contents};
use crate::records::Verification;
use crate::sqlite::copy::{FileSource, alone, check, file};
use crate::{SqliteStore, Store, StoreConfig, StoreError, disk};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use workshop::Workshop;

type Result<T> = std::result::Result<T, StoreError>;

/// Of the manifest. Never given another meaning.
const FORMAT: u32 = 1;
/// Bytes that are read at a time.
const PIECE: usize = 1 << 20;
/// How often, and with which pauses, a file is tried until its last reader has gone.
const TRIES: usize = 200;
const PAUSE: Duration = Duration::from_millis(50);
/// Memory for tracks of a store that is opened only to be checked.
const MEMORY: usize = 64 << 20;

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// The release that made it.
    pub release: String,
    /// Microseconds since the epoch: everything acknowledged before is in it.
    pub made: i64,
    /// The name of the master key that opens it; absent where a release before this one made it.
    #[serde(default)]
    pub master_key: Option<String>,
    pub bytes: u64,
    pub sha256: String,
    pub tracks: u64,
    pub statements: u64,
    pub log_entries: u64,
    pub contents: Contents,
}

/// A file that is a backup, as far as its manifest tells.
#[derive(Clone, Debug)]
pub struct Backup {
    pub file: PathBuf,
    pub manifest: Manifest,
}

fn failed<E>(error: E) -> StoreError
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    StoreError::engine("made a backup")(error)
}

/// A path with something added to its name.
fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(suffix);
    PathBuf::from(name)
}

/// Where a backup's manifest is.
pub fn manifest_of(file: &Path) -> PathBuf {
    beside(file, ".manifest.json")
}

/// Where a backup is while it is made. `copying.db` is in it while the store is copied,
/// `trackway.db` while the copy is checked.
pub fn workshop_of(file: &Path) -> PathBuf {
    beside(file, ".partial")
}

/// The copy within a workshop, while it is made.
pub const COPYING: &str = "copying.db";

/// Makes a backup of a store in use. `now` is the caller's clock. Once it has begun it comes to its
/// end, also if the caller goes away: what has the folder open then is nobody's but its own.
pub async fn make(store: Arc<dyn Store>, to: &Path, now: i64) -> Result<Backup> {
    let to = to.to_owned();
    let making = tokio::spawn(async move { make_here(store.as_ref(), &to, now).await });
    making.await.map_err(failed)?
}

async fn make_here(store: &dyn Store, to: &Path, now: i64) -> Result<Backup> {
    if manifest_of(to).exists() {
        return Err(StoreError::Exists {
            what: "a backup",
            name: to.display().to_string(),
        });
    }
    let folder = folder_of(to)?;
    let config = store.config().clone();
    let master_key = config.master.name();
    let needed = store.counts().await?.bytes.saturating_add(config.reserve);
    if disk::free(&folder).map_err(failed)? < needed {
        return Err(StoreError::NoRoom {
            needed,
            folder: folder.display().to_string(),
        });
    }
    let workshop = Workshop::take(workshop_of(to))?;
    let copying = workshop.dir.join(COPYING);
    store.copy_to_file(&copying).await?;
    let made = file(&workshop.dir);
    fs::rename(&copying, &made).map_err(failed)?;
    let found = settle(&workshop.dir, config).await?;
    let contents = contents(&mut FileSource::open(&made)?).await?;
    let hashed = made.clone();
    let (bytes, sha256) = away(move || digest(&hashed)).await?;
    let manifest = Manifest {
        format: FORMAT,
        release: env!("CARGO_PKG_VERSION").to_owned(),
        made: now,
        master_key: Some(master_key),
        bytes,
        sha256,
        tracks: found.tracks,
        statements: found.statements,
        log_entries: found.log_entries,
        contents,
    };
    let written = workshop.dir.join("manifest.json");
    let text = serde_json::to_vec_pretty(&manifest).map_err(failed)?;
    let mut out = File::create(&written).map_err(failed)?;
    out.write_all(&text).map_err(failed)?;
    out.sync_all().map_err(failed)?;
    fs::rename(&made, to).map_err(failed)?;
    fs::rename(&written, manifest_of(to)).map_err(failed)?;
    sync_folder(&folder)?;
    Ok(Backup {
        file: to.to_owned(),
        manifest,
    })
}

fn folder_of(path: &Path) -> Result<PathBuf> {
    let folder = match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => Path::new("/"),
    };
    fs::create_dir_all(folder).map_err(failed)?;
    Ok(folder.to_owned())
}

fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed)
}

/// Does what blocks on a thread for such.
async fn away<T: Send + 'static>(job: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(job).await.map_err(failed)?
}

fn digest(path: &Path) -> Result<(u64, String)> {
    let mut hasher = Sha256::new();
    let mut file = File::open(path).map_err(failed)?;
    let (mut bytes, mut piece) = (0, vec![0; PIECE]);
    loop {
        let length = file.read(&mut piece).map_err(failed)?;
        if length == 0 {
            return Ok((bytes, hex::encode(hasher.finalize())));
        }
        hasher.update(&piece[..length]);
        bytes += length as u64;
    }
}

/// Opens a copied store as a start would, rebuilds it from its log, compares, and leaves one file
/// whose rows are as new as its log.
async fn settle(dir: &Path, config: StoreConfig) -> Result<Verification> {
    // A store that only checks itself writes what it read: the disk was asked before.
    let config = StoreConfig {
        memory: MEMORY,
        reserve: 0,
        ..config
    };
    let at = dir.to_owned();
    let store = away(move || SqliteStore::open(&at, config)).await?;
    let found = sound(store.as_ref()).await?;
    store.close().await?;
    // The last holder of the file ends here, on a thread that may wait for it.
    away(move || {
        drop(store);
        Ok(())
    })
    .await?;
    let path = file(dir);
    for _ in 0..TRIES {
        let path = path.clone();
        if away(move || alone(&path)).await? {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    away(move || check(&path)).await?;
    Ok(found)
}

/// What a rebuild from the log finds, which must be nothing.
async fn sound(store: &dyn Store) -> Result<Verification> {
    let found = store.verify().await?;
    match found.differing.first() {
        None => Ok(found),
        Some((track, what)) => {
            let text = format!(
                "{} tracks differ from the log; track {track}: {what}",
                found.differing.len()
            );
            Err(StoreError::engine("rebuilt a copy from its log")(text))
        }
    }
}

/// Reads what a file says of itself. It is not believed before a restore has checked it.
pub fn open(path: &Path) -> Result<Backup> {
    let refused = |why| StoreError::Backup {
        file: path.display().to_string(),
        why,
    };
    let text = fs::read(manifest_of(path))
        .map_err(|_| refused("it has no manifest beside it, so it was never finished"))?;
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|_| refused("its manifest is damaged"))?;
    if manifest.format != FORMAT {
        return Err(refused(
            "a newer release made it: restore it with that release",
        ));
    }
    if !path.is_file() {
        return Err(refused("its manifest is there, and the file itself is not"));
    }
    Ok(Backup {
        file: path.to_owned(),
        manifest,
    })
}
