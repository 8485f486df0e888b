//! The engines that the contract suite runs on. A test takes an `Engine` and is listed in its
//! module's `contract!`; another engine is a line in `Engine` and one in the macro.

use crate::fixtures::config;
use std::sync::Arc;
use tempfile::TempDir;
use trackway_store::backup::Place;
use trackway_store::postgres::PostgresStore;
use trackway_store::{SqliteStore, Store};
use trackway_testkit::{Postgres, TestDatabase};

/// An empty place for a store, which can be opened again.
pub enum Engine {
    Sqlite(TempDir),
    Postgres(TestDatabase),
}

impl Engine {
    pub fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    pub async fn postgres() -> Self {
        Self::Postgres(Postgres::database().await.unwrap())
    }

    /// Where the store is.
    pub fn place(&self) -> Place<'_> {
        match self {
            Self::Sqlite(folder) => Place::Folder(folder.path()),
            Self::Postgres(database) => Place::Database(&database.url),
        }
    }

    pub async fn open(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(folder) => SqliteStore::open(folder.path(), config()).unwrap(),
            Self::Postgres(database) => PostgresStore::open(&database.url, config()).await.unwrap(),
        }
    }
}

/// Instantiates a module's tests for every engine.
macro_rules! contract {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::engines::Engine::sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::engines::Engine::postgres().await).await;
            })*
        }
    };
}
pub(crate) use contract;
