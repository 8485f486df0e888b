//! Polls and deliveries: claimed by pushing their due times back, so that a node that dies holds
//! nothing and no two nodes hold the same.

use super::PostgresStore;
use super::connect::Work;
use super::sql;
use crate::records::{Attempt, ChunkMark, Delivery, OpenDeliveries, Poll};
use crate::{Deliveries, Polls, StoreError};
use async_trait::async_trait;
use tokio_postgres::Row;
use trackway_model::change::FeedPosition;
use trackway_model::{AccountId, ConnectionId, EndpointId, ShipmentId, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Polls for PostgresStore {
    async fn claim_polls(&self, now: i64, lease_us: i64, limit: usize) -> Result<Vec<Poll>> {
        let rows = self
            .database
            .rows(&sql::POLL_CLAIM, &[&now, &lease_us, &bounded(limit)])
            .await?;
        let mut polls: Vec<_> = rows.iter().map(poll).collect();
        polls.sort_unstable_by_key(|poll| (poll.due, poll.track, poll.connection));
        Ok(polls)
    }

    async fn settle_poll(&self, poll: &Poll) -> Result<()> {
        let failures = poll.failures as i32;
        self.database
            .execute(
                &sql::POLL_SETTLE,
                &[&poll.track.0, &poll.connection.0, &poll.due, &failures],
            )
            .await?;
        Ok(())
    }

    async fn next_poll(&self) -> Result<Option<i64>> {
        Ok(self
            .database
            .row(&sql::POLL_NEXT, &[])
            .await?
            .map(|row| row.get(0)))
    }
}

#[async_trait]
impl Deliveries for PostgresStore {
    async fn advance(
        &self,
        endpoint: EndpointId,
        cursor: Vec<FeedPosition>,
        failed: Vec<Delivery>,
        attempts: Vec<Attempt>,
    ) -> Result<()> {
        let work = self.database.begin().await?;
        set_cursor(&work, endpoint, &cursor).await?;
        keep(&work, &failed).await?;
        // What failed will be looked for by its delivery: an attempt of it stands by itself.
        let has_failed =
            |attempt: &Attempt| failed.iter().any(|row| row.position == attempt.position);
        let (alone, together): (Vec<_>, Vec<_>) = attempts.into_iter().partition(has_failed);
        for attempt in alone {
            let of = Some(attempt.position);
            self.keep_attempts(&work, endpoint, of, &[attempt]).await?;
        }
        self.keep_attempts(&work, endpoint, None, &together).await?;
        work.commit().await
    }

    async fn claim_deliveries(
        &self,
        now: i64,
        lease_us: i64,
        limit: usize,
    ) -> Result<Vec<Delivery>> {
        let rows = self
            .database
            .rows(&sql::DELIVERY_CLAIM, &[&now, &lease_us, &bounded(limit)])
            .await?;
        let mut due: Vec<_> = rows.iter().map(delivery).collect();
        due.sort_unstable_by_key(|delivery| (delivery.due, delivery.endpoint, delivery.position));
        Ok(due)
    }

    async fn settle_delivery(
        &self,
        endpoint: EndpointId,
        position: FeedPosition,
        delivery: Option<Delivery>,
        attempt: Attempt,
    ) -> Result<()> {
        let work = self.database.begin().await?;
        if let Some(delivery) = delivery {
            keep(&work, &[delivery]).await?;
        } else {
            let (shard, number) = (position.shard as i16, position.number as i64);
            work.execute(&sql::DELIVERY_REMOVE, &[&endpoint.0, &shard, &number])
                .await?;
        }
        let of = Some(position);
        self.keep_attempts(&work, endpoint, of, &[attempt]).await?;
        work.commit().await
    }

    async fn next_delivery(&self) -> Result<Option<i64>> {
        Ok(self
            .database
            .row(&sql::DELIVERY_NEXT, &[])
            .await?
            .map(|row| row.get(0)))
    }

    async fn deliveries(&self, account: AccountId) -> Result<Vec<Delivery>> {
        let rows = self
            .database
            .rows(&sql::DELIVERY_OF_ACCOUNT, &[&account.0])
            .await?;
        Ok(rows.iter().map(delivery).collect())
    }

    async fn open_deliveries(
        &self,
        account: AccountId,
        wanted: &OpenDeliveries,
        limit: usize,
    ) -> Result<Vec<Delivery>> {
        let (after, at) = wanted.after.map_or((0, (0, 0)), |(id, at)| {
            (id.0, (at.shard as i16, at.number as i64))
        });
        let rows = self
            .database
            .rows(
                &sql::DELIVERY_OPEN,
                &[
                    &account.0,
                    &wanted.endpoint.map(|id| id.0),
                    &after,
                    &at.0,
                    &at.1,
                    &wanted.shipment.map(|id| id.0),
                    &wanted.parked,
                    &bounded(limit),
                ],
            )
            .await?;
        Ok(rows.iter().map(delivery).collect())
    }

    async fn attempts_of(
        &self,
        endpoint: EndpointId,
        position: FeedPosition,
    ) -> Result<Vec<Attempt>> {
        let (shard, number) = (position.shard as i16, position.number as i64);
        let rows = self
            .database
            .rows(&sql::ATTEMPT_OF_DELIVERY, &[&endpoint.0, &shard, &number])
            .await?;
        let opened: Result<Vec<_>> = rows
            .iter()
            .map(|row| self.opened_chunk(row.get(0)))
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
        let ChunkMark { latest, id } = before;
        let rows = self
            .database
            .rows(
                &sql::ATTEMPT_BEFORE,
                &[&account.0, &from, &to, &latest, &id, &bounded(limit)],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let (latest, id) = (row.get(0), row.get(1));
                Ok((ChunkMark { latest, id }, self.opened_chunk(row.get(2))?))
            })
            .collect()
    }

    async fn attempts(&self, account: AccountId, from: i64, to: i64) -> Result<Vec<Attempt>> {
        let rows = self
            .database
            .rows(&sql::ATTEMPT_WITHIN, &[&account.0, &from, &to])
            .await?;
        let mut attempts = Vec::new();
        for row in rows {
            let chunk = self.opened_chunk(row.get(0))?;
            attempts.extend(chunk.into_iter().filter(|a| (from..=to).contains(&a.at)));
        }
        attempts.sort_by_key(|attempt| attempt.at);
        Ok(attempts)
    }
}

pub(super) async fn set_cursor(
    work: &Work,
    endpoint: EndpointId,
    cursor: &[FeedPosition],
) -> Result<()> {
    let shards: Vec<i16> = cursor
        .iter()
        .map(|position| position.shard as i16)
        .collect();
    let numbers: Vec<i64> = cursor
        .iter()
        .map(|position| position.number as i64)
        .collect();
    work.execute(&sql::ENDPOINT_CURSOR_SET, &[&endpoint.0, &shards, &numbers])
        .await?;
    Ok(())
}

async fn keep(work: &Work, deliveries: &[Delivery]) -> Result<()> {
    if deliveries.is_empty() {
        return Ok(());
    }
    let endpoints: Vec<i64> = deliveries.iter().map(|d| d.endpoint.0).collect();
    let shards: Vec<i16> = deliveries.iter().map(|d| d.position.shard as i16).collect();
    let numbers: Vec<i64> = deliveries
        .iter()
        .map(|d| d.position.number as i64)
        .collect();
    let shipments: Vec<i64> = deliveries.iter().map(|d| d.shipment.0).collect();
    let dues: Vec<Option<i64>> = deliveries.iter().map(|d| d.due).collect();
    let attempts: Vec<i32> = deliveries.iter().map(|d| d.attempts as i32).collect();
    let done: Vec<i32> = deliveries.iter().map(|d| i32::from(d.done)).collect();
    work.execute(
        &sql::DELIVERY_KEEP,
        &[
            &endpoints, &shards, &numbers, &shipments, &dues, &attempts, &done,
        ],
    )
    .await?;
    Ok(())
}

/// Name of the sealed column: a receiver's answer may repeat what it was sent.
const ATTEMPTS: &str = "attempt.body";

impl PostgresStore {
    /// Appends attempts, many to a row. `of`: the one delivery that all of them are of.
    async fn keep_attempts(
        &self,
        work: &Work,
        endpoint: EndpointId,
        of: Option<FeedPosition>,
        attempts: &[Attempt],
    ) -> Result<()> {
        let times = || attempts.iter().map(|attempt| attempt.at);
        let (Some(earliest), Some(latest)) = (times().min(), times().max()) else {
            return Ok(());
        };
        let body =
            serde_json::to_vec(attempts).map_err(StoreError::engine(sql::ATTEMPT_KEEP.doing))?;
        let body = self.sealer().seal_secret(ATTEMPTS, &body);
        let kept = work
            .execute(
                &sql::ATTEMPT_KEEP,
                &[
                    &endpoint.0,
                    &earliest,
                    &latest,
                    &of.map(|at| at.shard as i16),
                    &of.map(|at| at.number as i64),
                    &body,
                ],
            )
            .await?;
        let missing = || StoreError::Missing {
            what: "endpoint",
            name: endpoint.to_string(),
        };
        if kept == 0 { Err(missing()) } else { Ok(()) }
    }

    /// A chunk of attempts.
    fn opened_chunk(&self, sealed: &[u8]) -> Result<Vec<Attempt>> {
        let body = self.sealer().open_secret(ATTEMPTS, sealed)?;
        serde_json::from_slice(&body).map_err(|_| StoreError::Damaged {
            what: "chunk of attempts",
        })
    }
}

fn poll(row: &Row) -> Poll {
    Poll {
        track: TrackId(row.get(0)),
        connection: ConnectionId(row.get(1)),
        account: AccountId(row.get(2)),
        carrier: row.get(3),
        number: row.get(4),
        due: row.get(5),
        failures: row.get::<_, i32>(6) as u32,
    }
}

fn delivery(row: &Row) -> Delivery {
    Delivery {
        endpoint: EndpointId(row.get(0)),
        position: FeedPosition {
            shard: row.get::<_, i16>(1) as u16,
            number: row.get::<_, i64>(2) as u64,
        },
        shipment: ShipmentId(row.get(3)),
        due: row.get(4),
        attempts: row.get::<_, i32>(5) as u32,
        done: row.get::<_, i32>(6) as u16,
    }
}

/// A row limit as the database takes it.
pub(super) fn bounded(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
