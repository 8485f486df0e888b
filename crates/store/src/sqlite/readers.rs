//! Connections for reading. A point read is a few microseconds and runs where it is asked for,
//! without a thread of its own.

use super::schema;
use crate::StoreError;
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, Params, Row};
use std::path::PathBuf;

pub struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

/// Kept open; more are opened for a moment when more are asked for at once.
const KEPT: usize = 8;

impl Readers {
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            idle: Mutex::default(),
        }
    }

    /// Runs a read on a connection of its own.
    pub fn with<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = self.idle.lock().pop();
        let connection = idle.map_or_else(|| schema::open_reader(&self.path), Ok)?;
        let result = read(&connection);
        let mut idle = self.idle.lock();
        if idle.len() < KEPT {
            idle.push(connection);
        }
        drop(idle);
        result
    }

    /// The same for several reads, which see one state of the file and take its lock once.
    pub fn at_once<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.with(|connection| {
            execute(connection, "BEGIN", [])?;
            let result = read(connection);
            execute(connection, "ROLLBACK", [])?;
            result
        })
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
