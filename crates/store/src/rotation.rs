//! Another master key for a whole store.
//!
//! Guarantee: one transaction wraps anew what the key wraps: the installation's secret and every
//! track's key. So after a failure or a crash, whenever, everything opens with the key of before, or
//! everything with the next; asking again goes on from either. What is sealed is not written again: a
//! backup opens with the key that was in force when it was made.
//!
//! Nobody else may have the store open. A folder is locked. Nodes of a database that were forgotten
//! are fenced: they can store no key of a track any more (the column refuses one that the former
//! master key wraps) and are not ready.

use crate::backup::Place;
use crate::{Headway, MasterKey, StoreConfig, StoreError};
use crate::{postgres, sqlite};

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// So many tracks' keys are under the next master key.
    Now { keys: u64 },
    /// They were before.
    Before,
}

/// Rows that are wrapped anew at a time.
pub(crate) const PAGE: usize = 4_096;

pub(crate) const NOTHING: StoreError = StoreError::Damaged {
    what: "installation secret",
};

/// Goes over from the configuration's master key to the next.
pub async fn rotate(
    at: Place<'_>,
    config: &StoreConfig,
    next: &MasterKey,
    headway: &Headway,
) -> Result<Rotated, StoreError> {
    match at {
        Place::Folder(dir) => {
            let (dir, config) = (dir.to_owned(), config.clone());
            let (next, headway) = (next.clone(), headway.clone());
            away(move || sqlite::rotation::rotate(&dir, &config, &next, &headway)).await
        }
        Place::Database(url) => postgres::rotation::rotate(url, config, next, headway).await,
    }
}

/// Whether a store is there and this is its master key.
pub async fn opens(at: Place<'_>, master: &MasterKey) -> Result<bool, StoreError> {
    match at {
        Place::Folder(dir) => {
            let (dir, master) = (dir.to_owned(), master.clone());
            away(move || sqlite::rotation::opens(&dir, &master)).await
        }
        Place::Database(url) => postgres::rotation::opens(url, master).await,
    }
}

async fn away<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(job)
        .await
        .map_err(StoreError::engine("changed the master key"))?
}
