//! What a commit appends: keys, chunks of the log, bodies and changes, each at the right edge of its
//! table.

use super::half::Half;
use super::readers::{execute, write_failed};
use super::sql;
use super::work::Marks;
use crate::StoreError;
use crate::write::Batch;
use rusqlite::Connection;
use trackway_model::bytes::Writer as Row;

type Result<T> = std::result::Result<T, StoreError>;

/// Changes in one row of the feed: few enough that reading one change reads little else.
const CHANGES_IN_A_ROW: usize = 256;
/// Both halves', one after the other; the marks move behind what they used.
pub fn all(connection: &Connection, halves: &mut [Half; 2], marks: &mut Marks) -> Result<()> {
    marks.statements += halves.iter().map(|half| half.statements).sum::<u64>();
    for half in halves {
        one_half(connection, half, marks)?;
    }
    Ok(())
}

/// Appends a half's rows and moves the marks behind what it used.
fn one_half(connection: &Connection, half: &mut Half, marks: &mut Marks) -> Result<()> {
    for (track, since, wrapped) in &half.keys {
        execute(connection, sql::TRACK_KEY_WRITE, (track.0, since, wrapped))?;
    }
    let Batch { chunks, .. } = &mut half.batch;
    if !chunks.is_empty() {
        let mut row = connection
            .prepare_cached(sql::LOG_APPEND)
            .map_err(write_failed)?;
        for chunk in chunks.finish() {
            row.execute((chunk.number, marks.tracks, marks.statements, chunk.bytes))
                .map_err(write_failed)?;
        }
        marks.chunk = chunks.next();
    }
    if !half.batch.payloads.is_empty() {
        for payload in &half.batch.payloads {
            let row = (payload.id, payload.track.0, &payload.sealed);
            execute(connection, sql::PAYLOAD_APPEND, row)?;
        }
        marks.payload = half.batch.next_payload();
    }
    let mut body = Row::default();
    for changes in half.batch.changes.chunks(CHANGES_IN_A_ROW) {
        body.0.clear();
        for change in changes {
            change.encode(&mut body);
        }
        let row = (marks.feed, changes.len(), &body.0);
        execute(connection, sql::FEED_APPEND, row)?;
        marks.feed += changes.len() as u64;
    }
    Ok(())
}
