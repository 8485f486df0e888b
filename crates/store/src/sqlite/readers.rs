//! Connections for reading. A point read is a few microseconds and runs where it is asked for,
//! without a thread of its own.
//!
//! A connection keeps its view of the file from one read to the next for as long as nothing is
//! committed, so that a look-up takes no file lock. Guarantee: a read sees everything that was
//! committed before it began; all that one read asks for is of one state. Views are let go before
//! each commit, since the write-ahead log begins anew only while nobody looks at it.

use super::schema;
use crate::StoreError;
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, Params, Row};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

pub struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Reader>>,
    /// Even between commits, odd while one is written; another number after each.
    commits: AtomicU64,
}

struct Reader {
    connection: Connection,
    /// What `commits` was when its view was opened.
    view: Option<u64>,
}

/// Kept open; more are opened for a moment when more are asked for at once.
const KEPT: usize = 8;

impl Readers {
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            idle: Mutex::default(),
            commits: AtomicU64::new(0),
        }
    }

    /// Runs a read, on a connection of its own and on one state of the file.
    pub fn with<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = self.idle.lock().pop();
        let mut reader = idle.map_or_else(|| Reader::open(&self.path), Ok)?;
        reader.look(self.commits.load(Ordering::Acquire))?;
        let result = read(&reader.connection);
        let mut idle = self.idle.lock();
        let fresh = reader.view == self.between_commits();
        if idle.len() < KEPT && (fresh || reader.look_away().is_ok()) {
            idle.push(reader);
        }
        drop(idle);
        result
    }

    fn between_commits(&self) -> Option<u64> {
        let commits = self.commits.load(Ordering::Acquire);
        commits.is_multiple_of(2).then_some(commits)
    }

    /// Runs a commit. The writer's thread alone calls it.
    pub fn around_commit<T>(&self, commit: impl FnOnce() -> T) -> T {
        self.commits.fetch_add(1, Ordering::AcqRel);
        for reader in &mut *self.idle.lock() {
            // One that can't is asked again when it is used next, and fails then.
            let _ = reader.look_away();
        }
        let done = commit();
        self.commits.fetch_add(1, Ordering::AcqRel);
        done
    }

    /// A connection that is not shared, for a long read.
    pub fn own(&self) -> Result<Connection, StoreError> {
        schema::open_reader(&self.path)
    }

    pub fn one<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        self.with(|connection| one(connection, sql, params, map))
    }

    pub fn all<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.with(|connection| all(connection, sql, params, map))
    }
}

impl Reader {
    fn open(path: &std::path::Path) -> Result<Self, StoreError> {
        Ok(Self {
            connection: schema::open_reader(path)?,
            view: None,
        })
    }

    /// Sees what is committed now, unless it does already.
    fn look(&mut self, commits: u64) -> Result<(), StoreError> {
        if self.view == Some(commits) {
            return Ok(());
        }
        self.look_away()?;
        execute(&self.connection, "BEGIN", [])?;
        self.view = Some(commits);
        Ok(())
    }

    fn look_away(&mut self) -> Result<(), StoreError> {
        if self.view.is_some() {
            execute(&self.connection, "ROLLBACK", [])?;
            self.view = None;
        }
        Ok(())
    }
}

/// The one row, if there is one.
pub fn one<T>(
    connection: &Connection,
    sql: &'static str,
    params: impl Params,
    map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(read_failed)?;
    statement
        .query_row(params, map)
        .optional()
        .map_err(read_failed)
}

pub fn all<T>(
    connection: &Connection,
    sql: &'static str,
    params: impl Params,
    map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(read_failed)?;
    let rows = statement.query_map(params, map).map_err(read_failed)?;
    rows.collect::<Result<_, _>>().map_err(read_failed)
}

pub fn execute(
    connection: &Connection,
    sql: &'static str,
    params: impl Params,
) -> Result<usize, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(write_failed)?;
    statement.execute(params).map_err(write_failed)
}

pub fn read_failed(error: rusqlite::Error) -> StoreError {
    StoreError::engine("read from its file")(error)
}

pub fn write_failed(error: rusqlite::Error) -> StoreError {
    StoreError::engine("wrote to its file")(error)
}
