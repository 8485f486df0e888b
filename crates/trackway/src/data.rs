//! The data folder: who holds it, and opening what is in it.
//!
//! Guarantee: at any time one process holds a data folder, by a lock that the system lets go when
//! the process ends, however it ends. A command waits for a short while for another command to
//! finish, and finds a server that is starting.

use crate::cli::Place;
use crate::master::{end_change, in_environment, key_file};
use crate::printer::Printer;
use crate::remote::Remote;
use crate::sandbox::Simulator;
use anyhow::{Context, anyhow, bail};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use trackway_dialects::{express247, keydelivery, registry, track123};
use trackway_hub::{Hub, HubConfig, SystemClock, fold_rules};
use trackway_store::postgres::PostgresStore;
use trackway_store::{
    Dictionary, MasterKey, SqliteStore, Store, StoreConfig, StoreError, SystemEntropy,
};

/// How long to wait for whoever holds the folder.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);

/// What to do where there is no data yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IfEmpty {
    Make,
    Refuse,
}

/// Who executes a command.
#[derive(Debug)]
pub enum Access {
    /// The server that holds the folder.
    Server(Remote),
    /// This process.
    Folder(Lock),
}

/// The folder is ours while this lives.
#[derive(Debug)]
pub struct Lock {
    if_empty: IfEmpty,
    _file: File,
}

/// Finds out who holds the folder; one that is not there is made.
pub async fn access(data: &Path) -> anyhow::Result<Access> {
    take(data, IfEmpty::Make).await
}

/// Finds out who holds a folder that must hold data already.
pub async fn access_existing(data: &Path) -> anyhow::Result<Access> {
    take(data, IfEmpty::Refuse).await
}

async fn take(data: &Path, if_empty: IfEmpty) -> anyhow::Result<Access> {
    let cannot = || format!("the data folder {} can't be used", data.display());
    match if_empty {
        IfEmpty::Make => std::fs::create_dir_all(data).with_context(cannot)?,
        IfEmpty::Refuse if !data.is_dir() => return Err(nothing_there(data)),
        IfEmpty::Refuse => {}
    }
    let path = data.join("folder.lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .with_context(cannot)?;
    let waited = tokio::time::timeout(PATIENCE, async {
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(None),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error).with_context(cannot),
            }
            if let Some(remote) = Remote::find(data).await? {
                return Ok(Some(remote));
            }
            tokio::time::sleep(PAUSE).await;
        }
    });
    match waited.await {
        Ok(Ok(None)) => Ok(Access::Folder(Lock {
            if_empty,
            _file: file,
        })),
        Ok(Ok(Some(remote))) => Ok(Access::Server(remote)),
        Ok(Err(error)) => Err(error),
        Err(_) => bail!(
            "another process holds {} and does not answer: wait until it ends, or end it",
            data.display()
        ),
    }
}

/// An open store with the hub over it.
pub struct Open {
    pub hub: Arc<Hub>,
    _lock: Lock,
}

impl Open {
    /// Finishes what is queued.
    pub async fn close(self) -> anyhow::Result<()> {
        self.hub
            .stop()
            .await
            .context("the store could not be closed")
    }
}

fn nothing_there(data: &Path) -> anyhow::Error {
    anyhow!(
        "there is no data in {}: name the folder that a server was started on",
        data.display()
    )
}

/// What an operator sets about a hub and its store.
#[derive(Debug)]
pub struct Setup {
    pub hub: HubConfig,
    /// Bytes to keep free on the disk of the folder.
    pub min_free: u64,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            hub: HubConfig::default(),
            min_free: StoreConfig::DEFAULT_RESERVE,
        }
    }
}

/// Opens the data, and makes what is not there, if it may, saying so.
pub async fn open(place: &Place, lock: Lock, printer: &Printer) -> anyhow::Result<Open> {
    // The reserve is for the server's clients: the operator's command may be what makes room.
    let setup = Setup {
        min_free: 0,
        ..Setup::default()
    };
    open_with(place, lock, setup, printer).await
}

/// The same for a hub that is set in its own way.
pub async fn open_with(
    place: &Place,
    lock: Lock,
    setup: Setup,
    printer: &Printer,
) -> anyhow::Result<Open> {
    crate::carriers::install_of(&place.data)?;
    end_change(place, printer).await?;
    let file = key_file(place);
    let (master, made) = master_key(place, &file, lock.if_empty)?;
    if made {
        printer.note(&format!(
            "{} was empty: made a new store. Its master key is {}; keep a copy of it elsewhere, \
             for without it nothing can be read again.",
            place.data.display(),
            file.display()
        ));
    }
    let store = match store(place, master, setup.min_free).await {
        // A key that was made a moment ago is nobody's: the data is older than it.
        Err(StoreError::WrongKey) if made => {
            std::fs::remove_file(&file)?;
            bail!(
                "the data is there, but not its master key: put your copy at {}",
                file.display()
            )
        }
        outcome => outcome.context("the store can't be opened")?,
    };
    let clock = Arc::new(SystemClock::new());
    let config = HubConfig {
        simulation: Some(Arc::new(Simulator)),
        ..setup.hub
    };
    let hub = Hub::open(store, config, clock).await?;
    Ok(Open { hub, _lock: lock })
}

/// The master key, made where neither key nor data are there and it may be. Whether it was made.
fn master_key(place: &Place, file: &Path, if_empty: IfEmpty) -> anyhow::Result<(MasterKey, bool)> {
    if let Some(key) = in_environment(place)? {
        return Ok((key, false));
    }
    if !file.exists() {
        if place.database_url.is_none() && place.data.join("trackway.db").exists() {
            bail!(
                "the data is there, but not its master key: put your copy at {}",
                file.display()
            );
        }
        if if_empty == IfEmpty::Refuse {
            return Err(nothing_there(&place.data));
        }
    }
    MasterKey::load_or_create(file, &SystemEntropy)
        .with_context(|| format!("the master key {} can't be used", file.display()))
}

/// What a store that is brought from elsewhere is opened with: its master key must be there.
pub fn brought_with(place: &Place) -> anyhow::Result<StoreConfig> {
    let file = key_file(place);
    if in_environment(place)?.is_none() && !file.exists() {
        bail!(
            "there is no master key at {}: put your copy of the key there that the data was sealed \
             with",
            file.display()
        );
    }
    let (master, _) = master_key(place, &file, IfEmpty::Refuse)?;
    Ok(store_config(master))
}

/// Copies the key to a folder that the data was copied to, where it is kept in a file of the folder
/// and the other folder has none. Returns where it is then.
pub fn copy_key(from: &Place, to: &Place) -> anyhow::Result<Option<PathBuf>> {
    let (here, there) = (key_file(from), key_file(to));
    if here == there || !here.exists() || there.exists() {
        return Ok(None);
    }
    // With its mode.
    std::fs::copy(&here, &there)
        .with_context(|| format!("the master key can't be copied to {}", there.display()))?;
    Ok(Some(there))
}

fn store_config(master: MasterKey) -> StoreConfig {
    let mut config = StoreConfig::new(fold_rules(), master, Arc::new(SystemEntropy));
    config.dictionaries = dictionaries();
    config.database_clock = true;
    config.memory = memory().unwrap_or(config.memory);
    config
}

async fn store(
    place: &Place,
    master: MasterKey,
    min_free: u64,
) -> Result<Arc<dyn Store>, StoreError> {
    let config = StoreConfig {
        reserve: min_free,
        ..store_config(master)
    };
    if let Some(url) = &place.database_url {
        return Ok(PostgresStore::open(url, config).await?);
    }
    let data = place.data.clone();
    let opening = tokio::task::spawn_blocking(move || SqliteStore::open(&data, config));
    Ok(opening
        .await
        .map_err(StoreError::engine("opened the store"))??)
}

/// Memory for tracks: a quarter of the machine's, within bounds. Only what is in use is taken, and a
/// track in memory saves a read and a write of the file. None where the system does not tell.
fn memory() -> Option<usize> {
    const LEAST: usize = 64 << 20;
    const MOST: usize = 4 << 30;
    let told = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = told
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: usize = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some((kib * 1024 / 4).clamp(LEAST, MOST))
}

/// Dialects whose sample primes the compression, under numbers that are given for life: a sample
/// that changes needs another number.
const SAMPLES: &[(u8, &str)] = &[
    (1, express247::NAME),
    (2, keydelivery::NAME),
    (3, track123::NAME),
];

fn dictionaries() -> Vec<Dictionary> {
    SAMPLES
        .iter()
        .filter_map(|(number, name)| {
            let dialect = registry::find(name)?;
            Some(Dictionary {
                number: *number,
                dialect: dialect.name(),
                sample: dialect.sample(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    /// What was packed with a sample is read with it: it may not change under its number.
    #[test]
    fn samples_stay_as_they_were() {
        let made: Vec<_> = dictionaries()
            .iter()
            .map(|known| (known.number, hex::encode(Sha256::digest(known.sample))))
            .collect();
        let expected: Vec<_> = SAMPLE_HASHES
            .iter()
            .map(|(n, hash)| (*n, (*hash).to_owned()))
            .collect();
        assert_eq!(made, expected);
    }

    const SAMPLE_HASHES: &[(u8, &str)] = &[
        (
            1,
            "3d1cd1173592797a35bf046cf09a47a3174d61007afa8344a4fe675ce4d15563",
        ),
        (
            2,
            "a0fdf6eda63eff1b2846033967ac7f6d2c9ee5555e5df544478ccfce781c23b0",
        ),
        (
            3,
            "f952b6bb04d769103ac4b59482e3b687d684683d33fc96cfc3b48836fca9620b",
        ),
    ];
}
