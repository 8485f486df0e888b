//! The feed: many changes to a row, numbered by the row's first. One writer, so one shard and no gaps.

use super::readers::read_failed;
use super::{Core, SqliteStore, sql};
use crate::{Feed, StoreError};
use async_trait::async_trait;
use rusqlite::{Connection, Row};
use std::sync::atomic::Ordering;
use tokio::sync::watch;
use trackway_model::bytes::Reader;
use trackway_model::change::{Change, FeedPosition};

type Result<T> = std::result::Result<T, StoreError>;

/// The one shard.
const SHARD: u16 = 0;

#[async_trait]
impl Feed for SqliteStore {
    async fn changes(
        &self,
        after: &[FeedPosition],
        limit: usize,
    ) -> Result<Vec<(FeedPosition, Change)>> {
        let after = after
            .iter()
            .find(|at| at.shard == SHARD)
            .map_or(0, |at| at.number);
        if after >= self.core.head.load(Ordering::Acquire) {
            return Ok(Vec::new());
        }
        if let Some(recent) = self.core.recent.changes_after(after, limit) {
            let placed = |(number, change)| {
                (
                    FeedPosition {
                        shard: SHARD,
                        number,
                    },
                    change,
                )
            };
            return Ok(recent.into_iter().map(placed).collect());
        }
        self.core
            .readers
            .with(|connection| read(connection, after, limit))
    }

    async fn change(&self, at: FeedPosition) -> Result<Option<Change>> {
        if at.shard != SHARD || at.number == 0 {
            return Ok(None);
        }
        let found = self
            .core
            .readers
            .with(|connection| read(connection, at.number - 1, 1))?;
        Ok(found
            .into_iter()
            .find(|(position, _)| *position == at)
            .map(|(_, change)| change))
    }

    async fn head(&self) -> Result<Vec<FeedPosition>> {
        Ok(vec![FeedPosition {
            shard: SHARD,
            number: self.core.head.load(Ordering::Acquire),
        }])
    }

    fn doorbell(&self) -> watch::Receiver<u64> {
        Core::bell(&self.core)
    }
}

impl Core {
    fn bell(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }
}

/// Changes after a number, from the row that holds its successor on.
fn read(connection: &Connection, after: u64, limit: usize) -> Result<Vec<(FeedPosition, Change)>> {
    let mut found = Vec::new();
    for (sql, from) in [(sql::FEED_AT, after + 1), (sql::FEED_FROM, after + 1)] {
        let mut statement = connection.prepare_cached(sql).map_err(read_failed)?;
        let mut rows = statement.query([from]).map_err(read_failed)?;
        while found.len() < limit
            && let Some(row) = rows.next().map_err(read_failed)?
        {
            unpack(row, after, limit, &mut found)?;
        }
    }
    Ok(found)
}

fn unpack(
    row: &Row<'_>,
    after: u64,
    limit: usize,
    found: &mut Vec<(FeedPosition, Change)>,
) -> Result<()> {
    let first: u64 = row.get(0).map_err(read_failed)?;
    let body = row.get_ref(1).map_err(read_failed)?;
    let mut body = Reader(
        body.as_blob()
            .map_err(|_| StoreError::Damaged { what: "feed" })?,
    );
    let mut number = first;
    while !body.is_empty() && found.len() < limit {
        let change = Change::decode(&mut body).map_err(|_| StoreError::Damaged { what: "feed" })?;
        if number > after {
            found.push((
                FeedPosition {
                    shard: SHARD,
                    number,
                },
                change,
            ));
        }
        number += 1;
    }
    Ok(())
}
