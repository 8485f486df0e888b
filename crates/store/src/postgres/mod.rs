//! The store on PostgreSQL: many nodes on one database.
//!
//! Guarantee: `Ok` means committed with full sync. Nodes hold no state of their own that another
//! one needs: what a node remembers of a row is used only while the row's version is the same, and
//! what a node that died held is claimed by the others when its time is up, by the database's clock.
//! Order of locks in every transaction: numbers sorted, then tracks by id. A crash leaves whole
//! transactions only; changes that are committed and have no number yet get it from the next node
//! that looks.
//!
//! Module by module: `connect` (pool, transactions, errors), `migrate` (schema), `numbers` (number
//! to track), `commit` (one transaction over tracks), `lane` and `ingest` (group commit over
//! callers), `feed` (numbers after the commit), `history`, `directory`, `work` (the traits),
//! `verify` (rows against the log).

mod ages;
mod bookings;
mod budgets;
mod cache;
mod clocks;
mod commit;
mod connect;
mod copy;
mod deliveries;
mod directory;
mod errands;
mod feed;
mod history;
mod ingest;
mod lane;
mod manage;
mod migrate;
mod notices;
mod numbers;
mod orders;
mod quarantine;
mod records;
mod register;
mod registrations;
mod retention;
pub(crate) mod rotation;
mod search;
mod settle;
mod shipments;
mod sql;
mod verify;
mod work;

pub use ingest::LANES as WRITERS;

use crate::config::StoreConfig;
use crate::copy::copy;
use crate::orders::CatalogueCache;
use crate::records::Load;
use crate::seal::Sealer;
use crate::sqlite::copy::FileTarget;
use crate::write::Kernel;
use crate::{Deliveries, Store, StoreError};
use async_trait::async_trait;
use cache::Cache;
use connect::Database;
use feed::Stamper;
use ingest::{Ingest, LANES};
use lane::Shared;
use migrate::{MIGRATIONS, Mode};
use orders::OrderLanes;
use parking_lot::Mutex;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Logical shards of tracks, for life: the column holds them.
const SHARDS: usize = 64;
/// Shards of the feed, each numbered by itself.
const FEED_SHARDS: u16 = 1;
/// Bytes at which a row of the log is closed, so that two fill a page and none is moved out of line.
const LOG_ROW: usize = 4_000;
/// Connections for readers, claims and single writes; lanes and the stamper have their own.
const CONNECTIONS: usize = 16;

/// The store.
#[derive(Debug)]
pub struct PostgresStore {
    database: Database,
    shared: Arc<Shared>,
    ingest: Ingest,
    orders: OrderLanes,
    stamper: Arc<Stamper>,
    closed: watch::Sender<bool>,
    config: StoreConfig,
    stamping: Mutex<Option<JoinHandle<()>>>,
}

impl PostgresStore {
    /// Opens a database; an empty one is initialised. Several nodes may do so at once.
    pub async fn open(url: &str, config: StoreConfig) -> Result<Arc<Self>, StoreError> {
        let database = Database::new(url, CONNECTIONS)?;
        migrate::migrate(&database, MIGRATIONS, Mode::Open).await?;
        let sealer = installation(&database, &config).await?;
        let mut node = [0; 8];
        config.entropy.fill(&mut node);
        // Zero is nobody. Half of what is drawn is negative, and must not all become the same node.
        let node = (i64::from_le_bytes(node) & i64::MAX).max(1);
        let writers = Database::new(url, LANES + OrderLanes::COUNT + 1)?;
        let stamper = Stamper::new(writers.clone(), node);
        let shared = Arc::new(Shared {
            kernel: Kernel {
                sealer,
                rules: config.rules,
            },
            database: writers,
            cache: Cache::new(config.memory),
            catalogue: CatalogueCache::default(),
            ids: tokio::sync::Mutex::default(),
            stamper: Arc::clone(&stamper),
            commits: AtomicU64::new(0),
        });
        let closed = watch::Sender::new(false);
        let stamping = tokio::spawn(Arc::clone(&stamper).run(closed.subscribe()));
        Ok(Arc::new(Self {
            database,
            config: config.clone(),
            ingest: Ingest::start(&shared),
            orders: OrderLanes::start(&shared),
            shared,
            stamper,
            closed,
            stamping: Mutex::new(Some(stamping)),
        }))
    }

    /// Brings the schema of a database to this release's.
    pub async fn upgrade(url: &str) -> Result<(), StoreError> {
        let database = Database::new(url, 1)?;
        migrate::migrate(&database, MIGRATIONS, Mode::Upgrade).await?;
        database.close();
        Ok(())
    }

    fn sealer(&self) -> &Sealer {
        &self.shared.kernel.sealer
    }
}

/// Name of the installation secret, wrapped, among the settings.
const INSTALLATION: &str = "installation";

/// Opens the installation, or makes it in an empty database. If several nodes make one at once, the
/// first one stored is everybody's.
async fn installation(database: &Database, config: &StoreConfig) -> Result<Sealer, StoreError> {
    let StoreConfig {
        master,
        entropy,
        dictionaries,
        rules,
        ..
    } = config;
    let read = async || {
        let row = database.row(&sql::META_GET, &[&INSTALLATION]).await?;
        Ok::<_, StoreError>(row.map(|row| row.get::<_, String>(0)))
    };
    let stored = if let Some(stored) = read().await? {
        stored
    } else {
        let (_, wrapped) = Sealer::create(
            master.clone(),
            Arc::clone(entropy),
            rules.streams,
            dictionaries,
        );
        let wrapped = hex::encode(wrapped);
        database
            .execute(&sql::META_INIT, &[&INSTALLATION, &wrapped])
            .await?;
        read().await?.ok_or(StoreError::Damaged {
            what: "installation secret",
        })?
    };
    let wrapped = hex::decode(stored).map_err(|_| StoreError::Damaged {
        what: "installation secret",
    })?;
    Sealer::open(
        master.clone(),
        Arc::clone(entropy),
        &wrapped,
        rules.streams,
        dictionaries,
    )
}

#[async_trait]
impl Store for PostgresStore {
    async fn close(&self) -> Result<(), StoreError> {
        self.ingest.close().await;
        self.orders.close().await;
        self.closed.send_replace(true);
        let stamping = self.stamping.lock().take();
        if let Some(stamping) = stamping {
            // Ends by itself; a panic of it was told when it happened.
            let _ = stamping.await;
            self.stamper.release().await?;
            self.release_lanes().await?;
        }
        self.database.close();
        self.shared.database.close();
        Ok(())
    }

    async fn ready(&self) -> Result<(), StoreError> {
        if *self.closed.borrow() {
            return Err(StoreError::Stopped("it was closed".to_owned()));
        }
        let secret = self.database.row(&sql::META_GET, &[&INSTALLATION]).await?;
        let secret = secret.as_ref().map(|row| row.get::<_, &str>(0));
        // Another one: the master key was changed meanwhile.
        if secret == Some(self.sealer().wrapped().as_ref()) {
            Ok(())
        } else {
            Err(StoreError::WrongKey)
        }
    }

    fn config(&self) -> &StoreConfig {
        &self.config
    }

    async fn copy_to_file(&self, file: &Path) -> Result<(), StoreError> {
        let mut target = FileTarget::create(file)?;
        copy(&mut self.source().await?, &mut target, &|_| {}).await?;
        Ok(())
    }

    async fn check_schema(&self) -> Result<(), StoreError> {
        migrate::check_current(&self.database, MIGRATIONS).await
    }

    fn load(&self) -> Load {
        let (queued, queue) = self.ingest.waiting();
        Load {
            commits: self.shared.commits.load(Ordering::Relaxed),
            queued: queued as u64,
            queue: queue as u64,
            disk_free: None,
        }
    }
}

#[cfg(test)]
mod tests;
