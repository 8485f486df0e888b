//! The check that every row is what the log says.
//!
//! Contract: reads one snapshot of the database while writers go on; changes nothing. Goes over the
//! log once for each hundred thousand tracks, so that its memory is bounded.

use super::connect::{Database, Work};
use super::sql;
use crate::StoreError;
use crate::log::Chunk;
use crate::read::Rebuild;
use crate::records::Verification;
use crate::write::Kernel;
use trackway_model::{Track, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

/// Tracks compared in one pass over the log.
const PASS: i64 = 100_000;
/// Rows of the log read at a time.
const PAGE: i64 = 2_000;

pub async fn verify(database: &Database, kernel: &Kernel) -> Result<Verification> {
    let work = database.begin().await?;
    work.command("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    let mut found = Verification::default();
    let mut after = TrackId(0);
    loop {
        let (stored, damaged) = tracks(&work, after).await?;
        let whole = (stored.len() + damaged.len()) as i64 == PASS;
        let last = stored.iter().map(|track| track.id).chain(damaged.iter().copied()).max();
        // The last pass also takes tracks that the log knows and no row does.
        let end = last.filter(|_| whole).unwrap_or(TrackId(i64::MAX));
        let mut rebuild = Rebuild::new(kernel, TrackId(after.0 + 1)..=end);
        found.log_entries = log(&work, &mut rebuild).await?;
        rebuild.compare(&stored, &damaged, &mut found);
        if !whole {
            break;
        }
        after = end;
    }
    work.commit().await?;
    Ok(found)
}

/// The next rows, and those that can't be read.
async fn tracks(work: &Work, after: TrackId) -> Result<(Vec<Track>, Vec<TrackId>)> {
    let rows = work.rows(&sql::TRACK_SCAN, &[&after.0, &PASS]).await?;
    let (mut stored, mut damaged) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        match Track::decode(row.get(1)) {
            Ok(track) => stored.push(track),
            Err(_) => damaged.push(TrackId(row.get(0))),
        }
    }
    Ok((stored, damaged))
}

/// Feeds the whole log, in order; returns how many entries it has.
async fn log(work: &Work, rebuild: &mut Rebuild<'_>) -> Result<u64> {
    let (mut entries, mut after) = (0, 0_i64);
    loop {
        let rows = work.rows(&sql::LOG_SCAN, &[&after, &PAGE]).await?;
        for row in &rows {
            after = row.get(0);
            entries += rebuild.chunk(Chunk { number: after, bytes: row.get(1) })?;
        }
        if (rows.len() as i64) < PAGE {
            return Ok(entries);
        }
    }
}
