//! Connections to the database and the few ways in which the engine uses them.
//!
//! Contract: every statement is prepared once per connection and named in its error. A connection
//! that failed inside a hand-made transaction is thrown away, never given back to the pool: the
//! server rolls back what it held.

use super::sql::Sql;
use crate::StoreError;
use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
};
use std::str::FromStr;
use std::time::Duration;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{NoTls, Row, Statement};

/// Parameters of a statement.
pub type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// How long a caller waits for a free connection before it is told that the store is busy.
const WAIT: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_secs(10);

/// What every connection is told once. Durability is the store's promise, not the server's default,
/// so a server that was set to answer before it synced is overruled. Plans are made once: planning
/// again for each batch would read its bytes to estimate its length. And they go by keys: one that
/// was made while the tables were empty would read them whole when they are full.
const SESSION: &str = "SET synchronous_commit = on; SET jit = off; \
                       SET plan_cache_mode = force_generic_plan; \
                       SET enable_seqscan = off; SET enable_hashjoin = off; \
                       SET enable_mergejoin = off; \
                       SET idle_in_transaction_session_timeout = '60s'; SET lock_timeout = '30s'";

/// A pool of connections with the engine's calls.
#[derive(Clone, Debug)]
pub struct Database {
    pool: Pool,
}

impl Database {
    /// Makes a pool; connects when first asked.
    pub fn new(url: &str, connections: usize) -> Result<Self, StoreError> {
        let config = tokio_postgres::Config::from_str(url)
            .map_err(StoreError::engine("read the address of its database"))?;
        let manager = Manager::from_config(
            config,
            NoTls,
            ManagerConfig {
                recycling_method: RecyclingMethod::Fast,
            },
        );
        let pool = Pool::builder(manager)
            .max_size(connections)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(CONNECT))
            .post_create(Hook::async_fn(|client, _| {
                Box::pin(async move {
                    client
                        .batch_execute(SESSION)
                        .await
                        .map_err(HookError::Backend)
                })
            }))
            .build()
            .map_err(StoreError::engine("made its pool of connections"))?;
        Ok(Self { pool })
    }

    pub async fn connection(&self) -> Result<Object, StoreError> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Timeout(deadpool_postgres::TimeoutType::Wait) => StoreError::Busy,
            PoolError::Closed => StoreError::Stopped("it was closed".to_owned()),
            other => StoreError::engine("connected to its database")(other),
        })
    }

    pub async fn rows(&self, sql: &Sql, params: Params<'_>) -> Result<Vec<Row>, StoreError> {
        rows(&self.connection().await?, sql, params).await
    }

    pub async fn row(&self, sql: &Sql, params: Params<'_>) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, params).await?.into_iter().next())
    }

    pub async fn execute(&self, sql: &Sql, params: Params<'_>) -> Result<u64, StoreError> {
        execute(&self.connection().await?, sql, params).await
    }

    /// Opens a transaction of several calls, each waited for.
    pub async fn begin(&self) -> Result<Work, StoreError> {
        let work = Work {
            connection: Some(self.connection().await?),
        };
        work.command("BEGIN").await?;
        Ok(work)
    }

    pub fn close(&self) {
        self.pool.close();
    }
}

/// A transaction on a connection of its own. Dropped without `commit`, it takes the connection with
/// it, and so the server undoes it.
#[derive(Debug)]
pub struct Work {
    connection: Option<Object>,
}

impl Work {
    /// Takes a connection without opening the transaction yet, for callers that send `BEGIN` along
    /// with their first statements.
    pub async fn unopened(database: &Database) -> Result<Self, StoreError> {
        Ok(Self {
            connection: Some(database.connection().await?),
        })
    }

    pub fn client(&self) -> &Object {
        self.connection
            .as_ref()
            .expect("taken only by commit and drop, which consume the value")
    }

    pub async fn rows(&self, sql: &Sql, params: Params<'_>) -> Result<Vec<Row>, StoreError> {
        rows(self.client(), sql, params).await
    }

    pub async fn execute(&self, sql: &Sql, params: Params<'_>) -> Result<u64, StoreError> {
        execute(self.client(), sql, params).await
    }

    pub async fn command(&self, command: &'static str) -> Result<(), StoreError> {
        self.client()
            .batch_execute(command)
            .await
            .map_err(StoreError::engine("ran a transaction"))
    }

    pub async fn commit(self) -> Result<(), StoreError> {
        self.command("COMMIT").await?;
        self.done();
        Ok(())
    }

    /// Gives the connection back after the caller's own `COMMIT` was answered.
    pub fn done(mut self) {
        drop(self.connection.take());
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            drop(Object::take(connection));
        }
    }
}

/// A statement of this connection, prepared when first used.
pub async fn prepared(client: &Object, sql: &Sql) -> Result<Statement, StoreError> {
    client
        .prepare_cached(sql.text)
        .await
        .map_err(StoreError::engine(sql.doing))
}

async fn rows(client: &Object, sql: &Sql, params: Params<'_>) -> Result<Vec<Row>, StoreError> {
    let statement = prepared(client, sql).await?;
    client
        .query(&statement, params)
        .await
        .map_err(StoreError::engine(sql.doing))
}

async fn execute(client: &Object, sql: &Sql, params: Params<'_>) -> Result<u64, StoreError> {
    let statement = prepared(client, sql).await?;
    client
        .execute(&statement, params)
        .await
        .map_err(StoreError::engine(sql.doing))
}

/// What PostgreSQL said, if it was PostgreSQL that failed.
fn cause(error: &StoreError) -> Option<&tokio_postgres::Error> {
    match error {
        StoreError::Engine { source, .. } => source.downcast_ref(),
        _ => None,
    }
}

/// How often a transaction of a single call is tried that may succeed the next time, and the first pause
/// between.
const TRIES: u32 = 8;
const PAUSE: Duration = Duration::from_millis(2);

/// Tries a transaction until it succeeds or there is no point.
pub async fn retried<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut pause = PAUSE;
    for _ in 1..TRIES {
        match attempt().await {
            Err(error) if passing(&error) => {
                tracing::debug!(%error, "a transaction is tried again");
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            done => return done,
        }
    }
    attempt().await
}

/// Whether the same transaction may succeed when it is tried again: it lost against another one or let it
/// go first, or its connection broke (what is written twice then is written once, since facts are a set).
pub fn passing(error: &StoreError) -> bool {
    cause(error).is_some_and(|cause| {
        cause.is_closed()
            || matches!(
                cause.code(),
                Some(
                    &SqlState::T_R_SERIALIZATION_FAILURE
                        | &SqlState::T_R_DEADLOCK_DETECTED
                        | &SqlState::LOCK_NOT_AVAILABLE
                        | &SqlState::ADMIN_SHUTDOWN
                        | &SqlState::CRASH_SHUTDOWN
                )
            )
    })
}

/// Whether a row was not the version that was remembered of it.
pub fn stale(error: &StoreError) -> bool {
    cause(error).and_then(tokio_postgres::Error::code) == Some(&SqlState::DIVISION_BY_ZERO)
}

/// Whether a unique index refused a row.
pub fn taken(error: &StoreError) -> bool {
    cause(error).and_then(tokio_postgres::Error::code) == Some(&SqlState::UNIQUE_VIOLATION)
}

/// Tells where a track's key was refused, since the master key that wraps it is not the installation's
/// any more.
pub fn fenced(error: StoreError) -> StoreError {
    let told = cause(&error).and_then(tokio_postgres::Error::as_db_error);
    let refused = told.is_some_and(|told| {
        *told.code() == SqlState::NOT_NULL_VIOLATION && told.table() == Some("track_key")
    });
    if refused { StoreError::WrongKey } else { error }
}
