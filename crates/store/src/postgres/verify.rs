//! The check that every row is what the log says.
//!
//! Contract: reads one snapshot of the database while writers go on; changes nothing. Goes over the
//! log once for each part of the tracks, so that its memory is bounded.

use super::connect::{Database, Work};
use super::orders::level_at;
use super::sql;
use crate::log::Chunk;
use crate::orders::{MiscountRow, Range, StockRow, miscounted, unbalanced};
use crate::read::Rebuild;
use crate::records::Verification;
use crate::write::Kernel;
use crate::{Headway, StoreError};
use tokio_postgres::Row;
use trackway_model::TrackId;

type Result<T> = std::result::Result<T, StoreError>;

/// Tracks that are rebuilt at a time.
const AT_A_TIME: i64 = 200_000;
/// Rows read at a time.
const PAGE: i64 = 2_000;

pub async fn verify(
    database: &Database,
    kernel: &Kernel,
    headway: &Headway,
) -> Result<Verification> {
    let work = database.begin().await?;
    work.command("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await?;
    let size = work.rows(&sql::VERIFY_SIZE, &[]).await?;
    let size = |column| size.first().map_or(0, |row| row.get::<_, i64>(column));
    let (chunks, tracks) = (size(0), size(1));
    let parts = (tracks / AT_A_TIME + 1) as u64;
    headway.expect(parts * chunks as u64 + tracks as u64);
    let mut found = Verification::default();
    let mut after = 0;
    loop {
        let bound = work
            .rows(&sql::TRACK_BOUND, &[&after, &(AT_A_TIME - 1)])
            .await?;
        // The last part also takes tracks that the log knows and no row does.
        let end = bound.first().map(|row| row.get(0));
        let mine = move |id: TrackId| id.0 > after && end.is_none_or(|end: i64| id.0 <= end);
        let mut rebuild = Rebuild::new(kernel, &mine);
        found.log_entries = log(&work, &mut rebuild, &mut found, headway).await?;
        rows(&work, after, end, &mut rebuild, &mut found, headway).await?;
        rebuild.finish(&mut found);
        let Some(end) = end else { break };
        after = end;
    }
    keys(&work, kernel, &mut found).await?;
    orders(&work, &mut found).await?;
    work.commit().await?;
    Ok(found)
}

/// Opens every track's key.
async fn keys(work: &Work, kernel: &Kernel, found: &mut Verification) -> Result<()> {
    let mut after = i64::MIN;
    loop {
        let page = work.rows(&sql::TRACK_KEY_PAGE, &[&after, &PAGE]).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.get(0);
        let opened = |row: &Row| (TrackId(row.get(0)), kernel.sealer.track_key(row.get(1)));
        found.keys(page.iter().map(opened));
    }
}

/// Adds levels and counts up.
async fn orders(work: &Work, found: &mut Verification) -> Result<()> {
    let records = work.rows(&sql::VERIFY_RECORDS, &[]).await?;
    let records = records.first().map_or(0, |row| row.get::<_, i64>(0));
    found.records = records.unsigned_abs();
    let byte = |number: i16| u8::try_from(number).unwrap_or(0);
    let rows = work.rows(&sql::VERIFY_STOCK, &[]).await?;
    let level = |row: &Row| StockRow {
        item: row.get(0),
        warehouse: row.get(1),
        level: level_at(row, 2),
        moves: row.get(6),
        movement: row.get::<_, Option<i16>>(7).map(byte),
        count: row.get(8),
        quantity: row.get(9),
    };
    let levels: Vec<StockRow> = rows.iter().map(level).collect();
    let rows = work.rows(&sql::VERIFY_COUNTS, &[]).await?;
    let count = |row: &Row| MiscountRow {
        account: row.get(0),
        kind: byte(row.get(1)),
        range: Range {
            facet: byte(row.get(2)),
            value: row.get(3),
            also: row.get(4),
        },
        kept: row.get(5),
        rows: row.get(6),
    };
    let counts: Vec<MiscountRow> = rows.iter().map(count).collect();
    found.unbalanced = unbalanced(&levels);
    found.unbalanced.extend(miscounted(&counts));
    Ok(())
}

/// Feeds the whole log, in order; returns how many entries it has.
async fn log(
    work: &Work,
    rebuild: &mut Rebuild<'_>,
    found: &mut Verification,
    headway: &Headway,
) -> Result<u64> {
    let (mut entries, mut after) = (0, 0_i64);
    loop {
        let page = work.rows(&sql::LOG_SCAN, &[&after, &PAGE]).await?;
        for row in &page {
            after = row.get(0);
            let chunk = Chunk {
                number: after,
                bytes: row.get(1),
            };
            entries += rebuild.take(chunk, found)?;
        }
        headway.add(page.len() as u64);
        if (page.len() as i64) < PAGE {
            return Ok(entries);
        }
    }
}

/// Compares the rows of a part.
async fn rows(
    work: &Work,
    mut after: i64,
    end: Option<i64>,
    rebuild: &mut Rebuild<'_>,
    found: &mut Verification,
    headway: &Headway,
) -> Result<()> {
    loop {
        let page = work.rows(&sql::TRACK_SCAN, &[&after, &PAGE]).await?;
        for row in &page {
            after = row.get(0);
            rebuild.compare(TrackId(after), row.get(1), found);
        }
        headway.add(page.len() as u64);
        if (page.len() as i64) < PAGE || end.is_some_and(|end| after >= end) {
            return Ok(());
        }
    }
}
