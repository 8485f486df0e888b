//! The engines that the contract suite runs on. A test takes an `Engine` and is listed in its
//! module's `contract!`; another engine is a line in `Engine` and one in the macro.

use crate::fixtures::config;
use std::sync::Arc;
use tempfile::TempDir;
use tokio_postgres::NoTls;
use trackway_store::backup::Place;
use trackway_store::postgres::PostgresStore;
use trackway_store::{SqliteStore, Store, StoreConfig, StoreError};
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
        self.open_with(config()).await.unwrap()
    }

    pub async fn open_with(&self, config: StoreConfig) -> Result<Arc<dyn Store>, StoreError> {
        Ok(match self {
            Self::Sqlite(folder) => SqliteStore::open(folder.path(), config)?,
            Self::Postgres(database) => PostgresStore::open(&database.url, config).await?,
        })
    }

    /// Runs a statement behind the store's back, while it is not open.
    pub async fn sql(&self, statement: &str) {
        match self {
            Self::Sqlite(folder) => {
                let file = rusqlite::Connection::open(folder.path().join("trackway.db")).unwrap();
                file.execute_batch(statement).unwrap();
            }
            Self::Postgres(database) => {
                let (client, connection) =
                    tokio_postgres::connect(&database.url, NoTls).await.unwrap();
                let connection = tokio::spawn(connection);
                client.batch_execute(statement).await.unwrap();
                drop(client);
                connection.await.unwrap().unwrap();
            }
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
