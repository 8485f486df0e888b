//! The feed of changes, and who numbers it.
//!
//! A transaction writes its changes without numbers, because numbers given before the commit would
//! have gaps (a transaction that fails) or move backwards (one that commits late). After the commit
//! the holder of the shard's lease numbers what is committed, in id order.
//!
//! Guarantee: numbers have no gaps, never change once given, and a shipment's changes are numbered in
//! the order in which they happened: its row's lock makes the later transaction take the higher id
//! and commit after the earlier one. Two nodes never number at once: each does it under a lock on the
//! lease's row, and only while the row says that it is the holder. A node that dies leaves numbering
//! to the next one that looks, after the lease has expired by the database's clock.

use super::connect::{Database, Work, prepared};
use super::{FEED_SHARDS, PostgresStore, sql};
use crate::{Feed, StoreError};
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio_postgres::Row;
use trackway_model::bytes::Reader;
use trackway_model::change::{Change, FeedPosition};

type Result<T> = std::result::Result<T, StoreError>;

/// How often a node looks for what other nodes committed and numbered.
const LOOK: Duration = Duration::from_millis(100);
/// How long a lease lasts, in seconds.
const LEASE: f64 = 2.0;
/// Rows numbered in one transaction.
const ROUND: i64 = 1_024;

#[async_trait]
impl Feed for PostgresStore {
    async fn changes(
        &self,
        after: &[FeedPosition],
        limit: usize,
    ) -> Result<Vec<(FeedPosition, Change)>> {
        let mut found = Vec::new();
        for shard in 0..FEED_SHARDS {
            let known = after.iter().find(|position| position.shard == shard);
            let after = known.map_or(0, |position| position.number);
            found.extend(self.window(shard, after, limit as u64).await?);
        }
        Ok(found)
    }

    async fn change(&self, at: FeedPosition) -> Result<Option<Change>> {
        let Some(before) = at.number.checked_sub(1) else {
            return Ok(None);
        };
        let found = self.window(at.shard, before, 1).await?;
        Ok(found.into_iter().next().map(|(_, change)| change))
    }

    async fn head(&self) -> Result<Vec<FeedPosition>> {
        let rows = self.database.rows(&sql::FEED_HEADS, &[]).await?;
        Ok(rows.iter().map(position).collect())
    }

    fn doorbell(&self) -> watch::Receiver<u64> {
        self.stamper.doorbell.subscribe()
    }
}

impl PostgresStore {
    /// Up to `limit` changes of a shard after a number. Numbers have no gaps, so a window of numbers
    /// bounds what is read.
    async fn window(
        &self,
        shard: u16,
        after: u64,
        limit: u64,
    ) -> Result<Vec<(FeedPosition, Change)>> {
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let (first, last) = (after.saturating_add(1), after.saturating_add(limit));
        let rows = self
            .database
            .rows(
                &sql::FEED_WINDOW,
                &[&(shard as i16), &signed(first), &signed(last)],
            )
            .await?;
        let mut found = Vec::new();
        for row in &rows {
            let (mut number, mut body) = (row.get::<_, i64>(0) as u64, Reader(row.get(1)));
            while !body.is_empty() && number <= last {
                let change = Change::decode(&mut body)?;
                if number >= first {
                    found.push((FeedPosition { shard, number }, change));
                }
                number += 1;
            }
        }
        Ok(found)
    }
}

fn position(row: &Row) -> FeedPosition {
    FeedPosition {
        shard: row.get::<_, i16>(0) as u16,
        number: row.get::<_, i64>(1) as u64,
    }
}

/// A node's part in numbering the feed, and its doorbell.
#[derive(Debug)]
pub struct Stamper {
    database: Database,
    /// Tells this node from all others.
    node: i64,
    wake: Notify,
    doorbell: watch::Sender<u64>,
}

/// What a look at one shard found.
struct Look {
    position: FeedPosition,
    mine: bool,
    waiting: bool,
}

impl Stamper {
    pub fn new(database: Database, node: i64) -> Arc<Self> {
        let doorbell = watch::Sender::new(0);
        Arc::new(Self {
            database,
            node,
            wake: Notify::new(),
            doorbell,
        })
    }

    /// What tells this node from all others.
    pub const fn node(&self) -> i64 {
        self.node
    }

    /// Says that this node committed changes.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Numbers and rings until `closed`. Errors are told and tried again: a node that can't reach
    /// its database has nothing to number.
    pub async fn run(self: Arc<Self>, mut closed: watch::Receiver<bool>) {
        let mut heads = Vec::new();
        loop {
            match self.round(&mut heads).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "the feed could not be numbered; trying again");
                }
            }
            tokio::select! {
                () = self.wake.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
                _ = closed.wait_for(|closed| *closed) => return,
            }
        }
    }

    /// Looks once, numbers what this node may number, and rings if the feed has grown. Returns
    /// whether there is more to number at once.
    async fn round(&self, heads: &mut Vec<FeedPosition>) -> Result<bool> {
        let mut more = false;
        let mut seen = Vec::with_capacity(heads.len());
        for look in self.look().await? {
            let mut position = look.position;
            if look.waiting
                && look.mine
                && let Some(number) = self.stamp(position.shard).await?
            {
                position.number = number;
                more = true;
            }
            seen.push(position);
        }
        if *heads != seen {
            *heads = seen;
            self.doorbell.send_modify(|rings| *rings += 1);
        }
        Ok(more)
    }

    async fn look(&self) -> Result<Vec<Look>> {
        let rows = self.database.rows(&sql::FEED_PEEK, &[&self.node]).await?;
        let look = |row: &Row| Look {
            position: position(row),
            mine: row.get(2),
            waiting: row.get(3),
        };
        Ok(rows.iter().map(look).collect())
    }

    /// Takes or renews the lease and numbers, in one round trip. Returns the last number given, or
    /// None where another node holds the lease or left nothing to do.
    async fn stamp(&self, shard: u16) -> Result<Option<u64>> {
        let shard = shard as i16;
        let work = Work::unopened(&self.database).await?;
        let client = work.client();
        let (take, stamp) = futures::try_join!(
            prepared(client, &sql::FEED_LEASE_TAKE),
            prepared(client, &sql::FEED_STAMP),
        )?;
        let ((), _, stamped, ()) = futures::try_join!(
            client.batch_execute("BEGIN"),
            async { client.execute(&take, &[&shard, &self.node, &LEASE]).await },
            async { client.query(&stamp, &[&shard, &self.node, &ROUND]).await },
            client.batch_execute("COMMIT"),
        )
        .map_err(StoreError::engine(sql::FEED_STAMP.doing))?;
        work.done();
        Ok(stamped.first().map(|row| row.get::<_, i64>(0) as u64))
    }

    /// Lets another node number at once. Numbers what this one committed, as far as it may.
    pub async fn release(&self) -> Result<()> {
        let mut heads = Vec::new();
        while self.round(&mut heads).await? {}
        self.database
            .execute(&sql::FEED_LEASE_RELEASE, &[&self.node])
            .await?;
        Ok(())
    }
}
