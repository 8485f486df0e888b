//! Orders: commands in the writer's commit, records from the file.
//!
//! Contract: a call's commands are one job; what fails of it is undone with its savepoint. The writer
//! keeps what many commands read of the catalogue in memory: nobody else writes to the file, and what
//! is undone is forgotten.

mod carry;
mod list;

pub use carry::{Desk, carry_out, erase_linked, link_of};

use super::readers::{all, one};
use super::{SqliteStore, sql};
use crate::StoreError;
use crate::orders::{Answer, Entry, LONGEST_LIST, Orders, Row, Task, Whose, text_key};
use async_trait::async_trait;
use rusqlite::Connection as File;
use std::sync::Arc;
use trackway_model::AccountId;
use trackway_model::orders::{
    Kind, Level, Movement, Name, Record, RecordId, RecordPage, RecordQuery, StockKey, StockMove,
};

type Result<T> = std::result::Result<T, StoreError>;

/// A list of records, or a page of a ledger.
fn bounded(limit: usize) -> usize {
    limit.min(LONGEST_LIST)
}

#[async_trait]
impl Orders for SqliteStore {
    async fn carry_out(&self, tasks: Vec<Task>) -> Result<Vec<Answer>> {
        if tasks.is_empty() {
            return Ok(Vec::new());
        }
        self.disk.admit(tasks.len())?;
        let tasks: Vec<Arc<Task>> = tasks.into_iter().map(Arc::new).collect();
        let weight = tasks.len();
        let job = move |work: &mut super::Work| work.record(|work| carry_out(work, &tasks));
        self.queue()?.run(&self.core, weight, job).await
    }

    async fn record(&self, account: AccountId, kind: Kind, id: RecordId) -> Result<Option<Record>> {
        let sealer = &self.core.kernel.sealer;
        let found = self.core.readers.with(|file| stored(file, account, id))?;
        let found = found.filter(|row| row.kind == kind.number());
        found.map(|row| row.open(sealer)).transpose()
    }

    async fn several(
        &self,
        account: AccountId,
        wanted: &[(Kind, RecordId)],
    ) -> Result<Vec<Arc<Record>>> {
        self.core.readers.with(|file| {
            let mut found = Vec::with_capacity(wanted.len());
            for (kind, id) in wanted {
                found.extend(self.shown(file, account, *kind, *id)?);
            }
            Ok(found)
        })
    }

    async fn record_named(
        &self,
        account: AccountId,
        kind: Kind,
        name: &Name,
    ) -> Result<Option<Record>> {
        let sealer = &self.core.kernel.sealer;
        let text = text_key(sealer, account, name.kind, &name.text);
        let found = self.core.readers.with(|file| {
            let key = (
                account.0,
                kind.number(),
                name.kind.number(),
                &text,
                name.scope.0,
            );
            one(file, sql::RECORD_NAMED, key, row)
        })?;
        found.map(|row| row.open(sealer)).transpose()
    }

    async fn records(&self, account: AccountId, query: &RecordQuery) -> Result<RecordPage> {
        let (query, most) = (query.clone(), self.config.gathered);
        self.long(move |core| {
            let sealer = &core.kernel.sealer;
            core.readers
                .with(|file| list::page(file, sealer, account, &query, most))
        })
        .await
    }

    async fn levels(
        &self,
        account: AccountId,
        items: &[RecordId],
    ) -> Result<Vec<(StockKey, Level)>> {
        self.core.readers.with(|file| {
            let mut levels = Vec::with_capacity(items.len());
            for item in items {
                let of = all(file, sql::STOCK_LEVEL_OF, (item.0, account.0), |row| {
                    let key = StockKey {
                        item: *item,
                        warehouse: RecordId(row.get(0)?),
                    };
                    Ok((key, level(row, 1)?))
                })?;
                levels.extend(of);
            }
            Ok(levels)
        })
    }

    async fn movements(
        &self,
        account: AccountId,
        key: StockKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Entry>> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let StockKey { item, warehouse } = key;
        let params = (item.0, warehouse.0, account.0, after, bounded(limit));
        let read = |row: &rusqlite::Row<'_>| {
            let (number, movement, quantity): (u64, u8, i64) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            let (cause, at, by): (i64, i64, i64) = (row.get(3)?, row.get(4)?, row.get(5)?);
            Ok((number, movement, quantity, cause, at, by))
        };
        let rows = self.core.readers.all(sql::STOCK_MOVE_READ, params, read)?;
        let entry = |(number, movement, quantity, cause, at, by)| {
            let damaged = StoreError::Damaged { what: "movement" };
            let movement = Movement::from_number(movement).ok_or(damaged)?;
            let cause = RecordId(cause);
            let movement = StockMove {
                key,
                movement,
                quantity,
                cause,
            };
            Ok(Entry {
                number,
                at,
                by,
                movement,
            })
        };
        rows.into_iter().map(entry).collect()
    }

    async fn erase_party(&self, account: AccountId, whose: Whose) -> Result<u64> {
        self.run(move |work| carry::erase(work, account, &whose))
            .await
    }
}

impl SqliteStore {
    /// A record, opened anew only where it is not remembered as it stands.
    fn shown(
        &self,
        file: &File,
        account: AccountId,
        kind: Kind,
        id: RecordId,
    ) -> Result<Option<Arc<Record>>> {
        let core = &self.core;
        if let Some(known) = core.catalogue.get(id.0) {
            let key = (id.0, account.0, kind.number());
            let version: Option<u32> = one(file, sql::RECORD_VERSION, key, |row| row.get(0))?;
            if version.is_none_or(|version| version == known.version) {
                return Ok(version.map(|_| known));
            }
        }
        let found = stored(file, account, id)?.filter(|row| row.kind == kind.number());
        let record = found.map(|row| row.open(&core.kernel.sealer)).transpose()?;
        Ok(record.map(|record| core.catalogue.keep(record)))
    }
}

fn stored(file: &File, account: AccountId, id: RecordId) -> Result<Option<Row>> {
    one(file, sql::RECORD_READ, (id.0, account.0), row)
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        id: row.get(0)?,
        account: row.get(1)?,
        kind: row.get(2)?,
        code: row.get(3)?,
        created: row.get(4)?,
        updated: row.get(5)?,
        created_by: row.get(6)?,
        updated_by: row.get(7)?,
        version: row.get(8)?,
        facts: row.get(9)?,
        personal: row.get(10)?,
    })
}

/// Reads a level that stands from this column on.
pub fn level(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Level> {
    Ok(Level {
        on_hand: row.get(column)?,
        reserved: row.get(column + 1)?,
        incoming: row.get(column + 2)?,
        damaged: row.get(column + 3)?,
    })
}
