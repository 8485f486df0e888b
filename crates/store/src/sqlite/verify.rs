//! The checker: every track rebuilt from the whole log and compared with its row.

use super::readers::{all, one, read_failed};
use super::{Core, sql};
use crate::log::Chunk;
use crate::orders::{MiscountRow, Range, StockRow, miscounted, unbalanced};
use crate::read::Rebuild;
use crate::records::Verification;
use crate::{Headway, StoreError};
use rusqlite::{Connection, Row};
use trackway_model::TrackId;

type Result<T> = std::result::Result<T, StoreError>;

/// Tracks that are rebuilt at a time; more take further passes over the log.
const AT_A_TIME: u64 = 200_000;
const ROWS: usize = 1_000;

/// `connection` reads a state in which rows and log agree. Memory was written back before.
pub fn verify(core: &Core, connection: &Connection, headway: &Headway) -> Result<Verification> {
    let (chunks, tracks): (u64, u64) = connection
        .query_row(sql::VERIFY_SIZE, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .map_err(read_failed)?;
    let passes = tracks.div_ceil(AT_A_TIME).max(1);
    headway.expect(passes * (chunks + tracks));
    let mut found = Verification::default();
    for pass in 0..passes {
        let mine = move |id: TrackId| id.0.unsigned_abs() % passes == pass;
        let mut rebuild = Rebuild::new(&core.kernel, &mine);
        found.log_entries = log(connection, &mut rebuild, &mut found, headway)?;
        rows(connection, &mut rebuild, &mut found, headway)?;
        rebuild.finish(&mut found);
    }
    keys(core, connection, &mut found)?;
    orders(connection, &mut found)?;
    Ok(found)
}

/// Opens every track's key.
fn keys(core: &Core, file: &Connection, found: &mut Verification) -> Result<()> {
    let mut after = i64::MIN;
    loop {
        let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?));
        let page = all(file, sql::TRACK_KEY_PAGE, (after, ROWS), read)?;
        let Some((last, _)) = page.last() else {
            return Ok(());
        };
        after = *last;
        let opened =
            |(id, wrapped): &(i64, Vec<u8>)| (TrackId(*id), core.kernel.sealer.track_key(wrapped));
        found.keys(page.iter().map(opened));
    }
}

/// Adds levels and counts up.
fn orders(file: &Connection, found: &mut Verification) -> Result<()> {
    found.records = one(file, sql::VERIFY_RECORDS, [], |row| row.get(0))?.unwrap_or(0);
    let levels = all(file, sql::VERIFY_STOCK, [], |row| {
        Ok(StockRow {
            item: row.get(0)?,
            warehouse: row.get(1)?,
            level: super::orders::level(row, 2)?,
            moves: row.get(6)?,
            movement: row.get(7)?,
            count: row.get(8)?,
            quantity: row.get(9)?,
        })
    })?;
    let counts = all(file, sql::VERIFY_COUNTS, [], |row| {
        Ok(MiscountRow {
            account: row.get(0)?,
            kind: row.get(1)?,
            range: Range {
                facet: row.get(2)?,
                value: row.get(3)?,
                also: row.get(4)?,
            },
            kept: row.get(5)?,
            rows: row.get(6)?,
        })
    })?;
    found.unbalanced = unbalanced(&levels);
    found.unbalanced.extend(miscounted(&counts));
    Ok(())
}

/// Feeds the whole log, in order; returns how many entries it has.
fn log(
    connection: &Connection,
    rebuild: &mut Rebuild<'_>,
    found: &mut Verification,
    headway: &Headway,
) -> Result<u64> {
    let mut entries = 0;
    let mut statement = connection.prepare(sql::LOG_SCAN).map_err(read_failed)?;
    let mut chunks = statement.query([0]).map_err(read_failed)?;
    while let Some(row) = chunks.next().map_err(read_failed)? {
        let number = row.get(0).map_err(read_failed)?;
        let bytes = row.get_ref(1).map_err(read_failed)?;
        let bytes = bytes
            .as_blob()
            .map_err(|_| StoreError::Damaged { what: "log" })?;
        entries += rebuild.take(Chunk { number, bytes }, found)?;
        headway.add(1);
    }
    Ok(entries)
}

/// Compares every row.
fn rows(
    connection: &Connection,
    rebuild: &mut Rebuild<'_>,
    found: &mut Verification,
    headway: &Headway,
) -> Result<()> {
    let mut statement = connection.prepare(sql::TRACK_SCAN).map_err(read_failed)?;
    let mut after = 0;
    loop {
        let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?));
        let rows = statement
            .query_map((after, ROWS), read)
            .map_err(read_failed)?;
        let rows = rows
            .collect::<rusqlite::Result<Vec<_>>>()
            .map_err(read_failed)?;
        let Some((last, _)) = rows.last() else {
            return Ok(());
        };
        after = *last;
        for (id, body) in &rows {
            rebuild.compare(TrackId(*id), body, found);
        }
        headway.add(rows.len() as u64);
    }
}
