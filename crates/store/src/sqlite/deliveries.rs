//! What is in flight to subscribers.

use super::readers::{all, execute};
use super::work::Work;
use super::{SqliteStore, sql};
use crate::records::{Attempt, ChunkMark, Delivery, OpenDeliveries};
use crate::{Deliveries, StoreError};
use async_trait::async_trait;
use rusqlite::Row;
use trackway_model::change::FeedPosition;
use trackway_model::{AccountId, EndpointId, ShipmentId};

type Result<T> = std::result::Result<T, StoreError>;

const ATTEMPTS: &str = "attempt.body";

#[async_trait]
impl Deliveries for SqliteStore {
    async fn advance(
        &self,
        endpoint: EndpointId,
        cursor: Vec<FeedPosition>,
        failed: Vec<Delivery>,
        attempts: Vec<Attempt>,
    ) -> Result<()> {
        self.run(move |work| {
            for at in &cursor {
                execute(
                    &work.connection,
                    sql::CURSOR_SET,
                    (endpoint.0, at.shard, at.number),
                )?;
            }
            for delivery in &failed {
                write(work, delivery)?;
            }
            // What failed will be looked for by its delivery: an attempt of it stands by itself.
            let has_failed =
                |attempt: &Attempt| failed.iter().any(|row| row.position == attempt.position);
            let (alone, together): (Vec<_>, Vec<_>) = attempts.into_iter().partition(has_failed);
            for attempt in alone {
                keep(work, endpoint, Some(attempt.position), &[attempt])?;
            }
            keep(work, endpoint, None, &together)?;
            work.after_commit(move |core| core.records.move_cursor(endpoint, &cursor));
            Ok(())
        })
        .await
    }

    async fn claim_deliveries(
        &self,
        now: i64,
        lease_us: i64,
        limit: usize,
    ) -> Result<Vec<Delivery>> {
        // Most calls find nothing: they need not wait for a commit.
        if self.next_delivery().await?.is_none_or(|due| due > now) {
            return Ok(Vec::new());
        }
        self.run(move |work| {
            let due = all(&work.connection, sql::DELIVERY_DUE, (now, limit), delivery)?;
            for delivery in &due {
                write(
                    work,
                    &Delivery {
                        due: Some(now + lease_us),
                        ..delivery.clone()
                    },
                )?;
            }
            Ok(due)
        })
        .await
    }

    async fn settle_delivery(
        &self,
        endpoint: EndpointId,
        position: FeedPosition,
        delivery: Option<Delivery>,
        attempt: Attempt,
    ) -> Result<()> {
        self.run(move |work| {
            if let Some(delivery) = &delivery {
                write(work, delivery)?;
            } else {
                let row = (endpoint.0, position.shard, position.number);
                execute(&work.connection, sql::DELIVERY_REMOVE, row)?;
            }
            keep(work, endpoint, Some(position), &[attempt])
        })
        .await
    }

    async fn next_delivery(&self) -> Result<Option<i64>> {
        self.core
            .readers
            .one(sql::DELIVERY_NEXT, [], |row| row.get(0))
    }

    async fn deliveries(&self, account: AccountId) -> Result<Vec<Delivery>> {
        self.core
            .readers
            .all(sql::DELIVERY_OF_ACCOUNT, [account.0], delivery)
    }

    async fn open_deliveries(
        &self,
        account: AccountId,
        wanted: &OpenDeliveries,
        limit: usize,
    ) -> Result<Vec<Delivery>> {
        let (after, at) = wanted
            .after
            .map_or((0, (0, 0)), |(id, at)| (id.0, (at.shard, at.number)));
        let endpoint = wanted.endpoint.map(|id| id.0);
        let shipment = wanted.shipment.map(|id| id.0);
        let row = (
            account.0,
            endpoint,
            after,
            at.0,
            at.1,
            shipment,
            wanted.parked,
            limit,
        );
        self.core.readers.all(sql::DELIVERY_OPEN, row, delivery)
    }

    async fn attempts_of(
        &self,
        endpoint: EndpointId,
        position: FeedPosition,
    ) -> Result<Vec<Attempt>> {
        let row = (endpoint.0, position.shard, position.number);
        let chunks = self
            .core
            .readers
            .all(sql::ATTEMPT_OF_DELIVERY, row, |row| {
                row.get::<_, Vec<u8>>(0)
            })?;
        let opened: Result<Vec<_>> = chunks
            .iter()
            .map(|sealed| self.opened_chunk(sealed))
            .collect();
        Ok(opened?.concat())
    }

    async fn attempts_before(
        &self,
        account: AccountId,
        (from, to): (i64, i64),
        before: ChunkMark,
        limit: usize,
    ) -> Result<Vec<(ChunkMark, Vec<Attempt>)>> {
        let row = (account.0, from, to, before.latest, before.id, limit);
        let mark = |row: &Row<'_>| {
            let (latest, id) = (row.get(0)?, row.get(1)?);
            Ok((ChunkMark { latest, id }, row.get::<_, Vec<u8>>(2)?))
        };
        let chunks = self.core.readers.all(sql::ATTEMPT_BEFORE, row, mark)?;
        chunks
            .into_iter()
            .map(|(mark, sealed)| Ok((mark, self.opened_chunk(&sealed)?)))
            .collect()
    }

    async fn attempts(&self, account: AccountId, from: i64, to: i64) -> Result<Vec<Attempt>> {
        let rows: Vec<Vec<u8>> =
            self.core
                .readers
                .all(sql::ATTEMPT_WITHIN, (account.0, from, to), |row| row.get(0))?;
        let mut found = Vec::new();
        for sealed in rows {
            found.extend(
                self.opened_chunk(&sealed)?
                    .into_iter()
                    .filter(|attempt| (from..=to).contains(&attempt.at)),
            );
        }
        found.sort_by_key(|attempt| attempt.at);
        Ok(found)
    }
}

impl SqliteStore {
    /// A chunk of attempts.
    fn opened_chunk(&self, sealed: &[u8]) -> Result<Vec<Attempt>> {
        let body = self.core.kernel.sealer.open_secret(ATTEMPTS, sealed)?;
        serde_json::from_slice(&body).map_err(|_| StoreError::Damaged {
            what: "delivery attempt",
        })
    }
}

fn write(work: &Work, delivery: &Delivery) -> Result<()> {
    let FeedPosition { shard, number } = delivery.position;
    let Delivery {
        endpoint,
        shipment,
        due,
        attempts,
        done,
        ..
    } = delivery;
    let row = (endpoint.0, shard, number, shipment.0, due, attempts, done);
    execute(&work.connection, sql::DELIVERY_WRITE, row)?;
    Ok(())
}

/// Appends attempts, many to a row: sealed, since a receiver's answer may repeat what it was sent.
/// `of`: the one delivery that all of them are of.
fn keep(
    work: &Work,
    endpoint: EndpointId,
    of: Option<FeedPosition>,
    attempts: &[Attempt],
) -> Result<()> {
    let times = || attempts.iter().map(|attempt| attempt.at);
    let (Some(earliest), Some(latest)) = (times().min(), times().max()) else {
        return Ok(());
    };
    let missing = || StoreError::Missing {
        what: "endpoint",
        name: endpoint.to_string(),
    };
    let account = work
        .core
        .records
        .endpoint(endpoint)
        .ok_or_else(missing)?
        .account;
    let body = serde_json::to_vec(attempts).map_err(StoreError::engine("wrote attempts"))?;
    let body = work.core.kernel.sealer.seal_secret(ATTEMPTS, &body);
    let row = (
        account.0,
        earliest,
        latest,
        of.map(|_| endpoint.0),
        of.map(|at| at.shard),
        of.map(|at| at.number),
        body,
    );
    execute(&work.connection, sql::ATTEMPT_APPEND, row)?;
    Ok(())
}

fn delivery(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        endpoint: EndpointId(row.get(0)?),
        position: FeedPosition {
            shard: row.get(1)?,
            number: row.get(2)?,
        },
        shipment: ShipmentId(row.get(3)?),
        due: row.get(4)?,
        attempts: row.get(5)?,
        done: row.get(6)?,
    })
}
