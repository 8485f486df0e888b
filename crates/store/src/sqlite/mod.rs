//! SQLite: one folder, one file, one writer.
//!
//! Guarantee: `Ok` means that the commit was flushed to the disk (`synchronous=FULL`). A transaction
//! appends to the log, the archive and the feed; derived rows follow by the sweep, and a start
//! replays what they lack. Readers ask memory first, then the file; they never wait for the writer.
//!
//! One process at a time holds the folder: a second one is refused by the lock on `trackway.lock`.

mod ages;
mod append;
mod bookings;
mod budgets;
mod checkpoint;
mod clocks;
mod columns;
pub(crate) mod copy;
mod deliveries;
mod directory;
mod errands;
mod feed;
mod filter;
mod half;
mod history;
mod hot;
mod manage;
mod meters;
mod notices;
mod orders;
mod polls;
mod quarantine;
mod readers;
mod recent;
mod records;
mod recover;
mod register;
mod registrations;
mod retention;
pub(crate) mod rotation;
mod schema;
mod search;
mod shelf;
mod sql;
mod stored;
mod sweep;
mod verify;
mod work;
mod writer;

use crate::disk::Disk;
use crate::orders::CatalogueCache;
use crate::records::Load;
use crate::write::{Kernel, Prepared};
use crate::{Store, StoreConfig, StoreError};
use async_trait::async_trait;
use filter::Filter;
use hot::Hot;
use meters::Meters;
use parking_lot::Mutex;
use readers::Readers;
use recent::Recent;
use records::Records;
use shelf::Shelf;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use tokio::sync::watch;
use trackway_model::TrackId;
use trackway_model::intake::Intake;
use work::{Marks, Work};
use writer::Queue;

/// The file in the data folder, and the lock beside it.
const FILE: &str = "trackway.db";
const LOCK: &str = "trackway.lock";

/// What readers and the writer share.
pub struct Core {
    kernel: Kernel,
    hot: Hot,
    shelf: Shelf,
    recent: Recent,
    filter: Filter,
    readers: Readers,
    records: Records,
    catalogue: CatalogueCache,
    /// Bytes of tracks to keep.
    memory: usize,
    path: PathBuf,
    tracks: AtomicU64,
    statements: AtomicU64,
    /// The newest change's number.
    head: AtomicU64,
    /// Commits since the start.
    commits: AtomicU64,
    bell: watch::Sender<u64>,
    /// Why nothing is written any more.
    stop: Mutex<Option<String>>,
}

impl Core {
    /// The tracks of intakes that memory knows: looked up by the callers, so that the one writer
    /// has less to do.
    fn hints(&self, prepared: &Prepared) -> Vec<Option<TrackId>> {
        let known = |intake: &Intake| {
            let key = hot::number_key(&intake.number);
            self.hot.resolve(&key, &intake.carrier, intake.account)
        };
        prepared.intakes().iter().map(known).collect()
    }

    /// After a commit. `changed`: it wrote changes.
    fn committed_at(&self, marks: Marks, changed: bool) {
        self.tracks.store(marks.tracks, Ordering::Relaxed);
        self.statements.store(marks.statements, Ordering::Relaxed);
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.head.store(marks.feed - 1, Ordering::Release);
        if changed {
            self.bell.send_replace(marks.feed - 1);
        }
    }

    fn stop(&self, reason: &str) {
        self.stop.lock().get_or_insert_with(|| reason.to_owned());
    }

    /// Fails where the writer has stopped.
    fn check(&self) -> Result<(), StoreError> {
        match &*self.stop.lock() {
            Some(reason) => Err(StoreError::Stopped(reason.clone())),
            None => Ok(()),
        }
    }

    /// For a caller whose job was not run.
    fn stopped(&self) -> StoreError {
        self.check().err().unwrap_or(StoreError::Busy)
    }
}

/// The store in a folder.
pub struct SqliteStore {
    core: Arc<Core>,
    /// None once it is being dropped, which ends the writer.
    queue: Option<Queue>,
    meters: Meters,
    disk: Disk,
    config: StoreConfig,
    writer: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.core.path)
            .finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the store in a folder, which is made where it is missing, and replays what a crash left
    /// undone.
    pub fn open(dir: &Path, config: StoreConfig) -> Result<Arc<Self>, StoreError> {
        std::fs::create_dir_all(dir).map_err(StoreError::engine("made its folder"))?;
        let lock = lock(dir)?;
        let path = dir.join(FILE);
        let mut connection = schema::open_writer(&path)?;
        schema::migrate(&mut connection, &path, schema::MIGRATIONS)?;
        let opened = recover::open(connection, path, &config)?;
        let core = opened.work.core.clone();
        let (queue, writer) = writer::start(opened.work, opened.sweep, lock)?;
        if opened.marks.tracks > 0 {
            filter::fill(&core);
        }
        let meters = Meters::default();
        Ok(Arc::new(Self {
            core,
            queue: Some(queue),
            meters,
            disk: Disk::new(dir, config.reserve),
            config,
            writer: Some(writer),
        }))
    }

    fn queue(&self) -> Result<&Queue, StoreError> {
        self.queue.as_ref().ok_or_else(|| self.core.stopped())
    }

    /// Runs a small write in the next commit.
    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Work) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.queue()?
            .run(&self.core, 1, move |work| work.record(job))
            .await
    }

    /// The same for one that brings new data: refused while the disk is nearly full.
    async fn add<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Work) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.disk.admit(1)?;
        self.run(job).await
    }

    /// Runs a long read on a thread for such.
    async fn long<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Core) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let core = self.core.clone();
        tokio::task::spawn_blocking(move || read(&core))
            .await
            .map_err(StoreError::engine("read at length"))?
    }
}

/// Takes the folder for this process.
fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join(LOCK);
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(StoreError::engine("opened its lock file"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Exists {
            what: "a running process that holds the folder",
            name: dir.display().to_string(),
        }),
        Err(TryLockError::Error(error)) => Err(StoreError::engine("locked its folder")(error)),
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn close(&self) -> Result<(), StoreError> {
        if self.core.check().is_err() {
            return Ok(());
        }
        self.save_meters().await?;
        self.queue()?.close(&self.core).await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.core.check()?;
        self.disk.measure()
    }

    fn config(&self) -> &StoreConfig {
        &self.config
    }

    async fn copy_to_file(&self, file: &Path) -> Result<(), StoreError> {
        self.vacuum_into(file).await
    }

    async fn check_schema(&self) -> Result<(), StoreError> {
        self.core
            .readers
            .with(|file| schema::check_current(file, schema::MIGRATIONS))
    }

    fn load(&self) -> Load {
        let queued = self.queue.as_ref().map_or(0, Queue::waiting);
        Load {
            commits: self.core.commits.load(Ordering::Relaxed),
            queued: queued as u64,
            queue: writer::QUEUE as u64,
            disk_free: self
                .core
                .path
                .parent()
                .and_then(|folder| crate::disk::free(folder).ok()),
        }
    }
}

/// Ends the writer after what is queued, without writing rows back: the next start replays.
impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the store's writer panicked");
        }
    }
}

#[cfg(test)]
mod tests;
