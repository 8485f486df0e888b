//! What the file holds, read by whoever has a connection to it: tracks and entries of the log.
//!
//! Contract: reads only. The file may be behind memory: a caller that needs the newest state of a
//! track asks the overlay first, or makes up for the chunks from `upto` on.

use super::Core;
use super::readers::read_failed;
use super::sql;
use crate::StoreError;
use crate::log;
use crate::seal::TrackKey;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use trackway_model::{Track, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

/// A track as the file holds it, and its key with the position since which it seals.
pub struct Stored {
    pub track: Track,
    pub key: Option<(TrackKey, i64)>,
    /// It holds what the chunks before this one say of it.
    pub upto: i64,
}

pub fn stored(core: &Core, connection: &Connection, id: TrackId) -> Result<Option<Stored>> {
    let mut statement = connection
        .prepare_cached(sql::TRACK_READ)
        .map_err(read_failed)?;
    let mut rows = statement.query([id.0]).map_err(read_failed)?;
    let Some(row) = rows.next().map_err(read_failed)? else {
        return Ok(None);
    };
    let track = body(row.get_ref(0).map_err(read_failed)?)?;
    let wrapped = row.get_ref(1).map_err(read_failed)?;
    let key = match wrapped
        .as_blob_or_null()
        .map_err(|_| StoreError::Damaged { what: "key" })?
    {
        Some(wrapped) => {
            let since = row.get(2).map_err(read_failed)?;
            Some((core.kernel.sealer.track_key(wrapped)?, since))
        }
        None => None,
    };
    let upto = row.get(3).map_err(read_failed)?;
    Ok(Some(Stored { track, key, upto }))
}

/// The same without its key, for those who only read the row.
pub fn stored_track(connection: &Connection, id: TrackId) -> Result<Option<Track>> {
    let mut statement = connection
        .prepare_cached(sql::TRACK_BODY)
        .map_err(read_failed)?;
    let mut rows = statement.query([id.0]).map_err(read_failed)?;
    let Some(row) = rows.next().map_err(read_failed)? else {
        return Ok(None);
    };
    body(row.get_ref(0).map_err(read_failed)?).map(Some)
}

fn body(column: ValueRef<'_>) -> Result<Track> {
    let damaged = || StoreError::Damaged { what: "track" };
    let bytes = column.as_blob().map_err(|_| damaged())?;
    Track::decode(bytes).map_err(|_| damaged())
}

/// A chunk of the log, kept for the entries beside the one that was asked for.
#[derive(Default)]
pub struct Held {
    number: Option<i64>,
    bytes: Vec<u8>,
}

impl Held {
    /// The entry at a position.
    pub fn entry(&mut self, connection: &Connection, position: i64) -> Result<log::Entry<'_>> {
        let (chunk, slot) = log::place(position);
        let damaged = || StoreError::Damaged {
            what: "chunk of the log",
        };
        if self.number != Some(chunk) {
            self.number = None;
            let mut statement = connection
                .prepare_cached(sql::LOG_READ)
                .map_err(read_failed)?;
            let mut rows = statement.query([chunk]).map_err(read_failed)?;
            let row = rows.next().map_err(read_failed)?.ok_or_else(damaged)?;
            let body = row.get_ref(0).map_err(read_failed)?;
            self.bytes.clear();
            self.bytes
                .extend_from_slice(body.as_blob().map_err(|_| damaged())?);
            self.number = Some(chunk);
        }
        log::entry_at(&self.bytes, slot).map_err(|_| damaged())
    }
}
