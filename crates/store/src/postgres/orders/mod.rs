//! Orders: commands in transactions of their own lanes, records from their tables.
//!
//! Contract: whoever carries commands out holds the rows of their accounts in `record_account` first, in
//! order, so that what is read stands until it is written, and from then on waits a moment only: a tie's
//! track may be in the hands of whoever is about to tell the account of it, and of the two the command
//! lets go and is tried again. Versions, levels and unique names are checked again by the statements that
//! write them; a transaction that fails there is tried again, a few times.

mod carry;
mod lane;
mod list;
mod load;
mod write;

pub use carry::{Session, erase_linked, tell};
pub use lane::OrderLanes;

use super::connect::retried;
use super::{PostgresStore, sql};
use crate::StoreError;
use crate::orders::{
    Answer, Entry, Known, LONGEST_LIST, Orders, Row as Stored, Task, Whose, text_key,
};
use async_trait::async_trait;
use std::sync::Arc;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use trackway_model::AccountId;
use trackway_model::orders::{
    Kind, Level, Movement, Name, Record, RecordId, RecordPage, RecordQuery, StockKey, StockMove,
};

type Result<T> = std::result::Result<T, StoreError>;

/// A list of records, or a page of a ledger.
fn bounded(limit: usize) -> i64 {
    limit.min(LONGEST_LIST) as i64
}

#[async_trait]
impl Orders for PostgresStore {
    async fn carry_out(&self, tasks: Vec<Task>) -> Result<Vec<Answer>> {
        self.orders.carry_out(tasks).await
    }

    async fn record(&self, account: AccountId, kind: Kind, id: RecordId) -> Result<Option<Record>> {
        let found = self.database.row(&sql::RECORD_SOME, &[&vec![id.0]]).await?;
        let found = found.as_ref().map(row).filter(|row| {
            let ours = row.account == account.0;
            ours && row.kind == kind.number()
        });
        found.map(|row| row.open(self.sealer())).transpose()
    }

    async fn several(
        &self,
        account: AccountId,
        wanted: &[(Kind, RecordId)],
    ) -> Result<Vec<Arc<Record>>> {
        let catalogue = &self.shared.catalogue;
        let known: Vec<Option<Arc<Record>>> =
            wanted.iter().map(|(_, id)| catalogue.get(id.0)).collect();
        let kinds: Vec<i16> = wanted.iter().map(|it| short(it.0.number())).collect();
        let ids: Vec<i64> = wanted.iter().map(|(_, id)| id.0).collect();
        // No record has the version 0.
        let version = |it: &Option<Arc<Record>>| it.as_ref().map_or(0, |it| i64::from(it.version));
        let versions: Vec<i64> = known.iter().map(version).collect();
        let key: [&(dyn ToSql + Sync); 4] = [&account.0, &kinds, &ids, &versions];
        let rows = self.database.rows(&sql::RECORD_SHOWN, &key).await?;
        let shown = |stored: &Row| {
            if stored.get::<_, Option<&[u8]>>(9).is_some() {
                return Ok(catalogue.keep(row(stored).open(self.sealer())?));
            }
            let id: i64 = stored.get(0);
            let mut known = known.iter().flatten();
            let known = known.find(|record| record.id.0 == id).cloned();
            known.ok_or(StoreError::Damaged { what: "record" })
        };
        rows.iter().map(shown).collect()
    }

    async fn record_named(
        &self,
        account: AccountId,
        kind: Kind,
        name: &Name,
    ) -> Result<Option<Record>> {
        let text = text_key(self.sealer(), account, name.kind, &name.text);
        let found = self
            .database
            .row(
                &sql::RECORD_NAMED,
                &[
                    &vec![account.0],
                    &vec![short(kind.number())],
                    &vec![short(name.kind.number())],
                    &vec![text],
                    &vec![name.scope.0],
                ],
            )
            .await?;
        let found = found.as_ref().map(row);
        found.map(|row| row.open(self.sealer())).transpose()
    }

    async fn records(&self, account: AccountId, query: &RecordQuery) -> Result<RecordPage> {
        let most = self.config.gathered;
        let page = list::page(&self.database, self.sealer(), account, query, most);
        Box::pin(page).await
    }

    async fn levels(
        &self,
        account: AccountId,
        items: &[RecordId],
    ) -> Result<Vec<(StockKey, Level)>> {
        let items: Vec<i64> = items.iter().map(|item| item.0).collect();
        let rows = self
            .database
            .rows(&sql::STOCK_LEVEL_OF, &[&account.0, &items])
            .await?;
        let of = |row: &Row| {
            let key = StockKey {
                item: RecordId(row.get(4)),
                warehouse: RecordId(row.get(5)),
            };
            (key, level(row))
        };
        Ok(rows.iter().map(of).collect())
    }

    async fn movements(
        &self,
        account: AccountId,
        key: StockKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Entry>> {
        let StockKey { item, warehouse } = key;
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let rows = self
            .database
            .rows(
                &sql::STOCK_MOVE_READ,
                &[&item.0, &warehouse.0, &account.0, &after, &bounded(limit)],
            )
            .await?;
        let entry = |row: &Row| {
            let movement = u8::try_from(row.get::<_, i16>(1)).ok();
            let movement = movement.and_then(Movement::from_number);
            let movement = StockMove {
                key,
                movement: movement.ok_or(StoreError::Damaged { what: "movement" })?,
                quantity: row.get(2),
                cause: RecordId(row.get(3)),
            };
            Ok(Entry {
                number: row.get::<_, i64>(0).unsigned_abs(),
                at: row.get(4),
                by: row.get(5),
                movement,
            })
        };
        rows.iter().map(entry).collect()
    }

    async fn erase_party(&self, account: AccountId, whose: Whose) -> Result<u64> {
        retried(|| Box::pin(self.erase_party_once(account, &whose))).await
    }
}

impl PostgresStore {
    async fn erase_party_once(&self, account: AccountId, whose: &Whose) -> Result<u64> {
        let work = self.database.begin().await?;
        let erased = carry::erase(&work, self.sealer(), account, whose).await?;
        work.commit().await?;
        Ok(erased)
    }
}

const fn short(number: u8) -> i16 {
    number as i16
}

fn row(row: &Row) -> Stored {
    Stored {
        id: row.get(0),
        account: row.get(1),
        kind: u8::try_from(row.get::<_, i16>(2)).unwrap_or(0),
        code: row.get(3),
        created: row.get(4),
        updated: row.get(5),
        created_by: row.get(6),
        updated_by: row.get(7),
        version: row.get(8),
        facts: row.get(9),
        personal: row.get(10),
    }
}

/// Reads a level from the first columns.
fn level(row: &Row) -> Level {
    level_at(row, 0)
}

/// Reads a level that stands from this column on.
pub fn level_at(row: &Row, column: usize) -> Level {
    Level {
        on_hand: row.get(column),
        reserved: row.get(column + 1),
        incoming: row.get(column + 2),
        damaged: row.get(column + 3),
    }
}
