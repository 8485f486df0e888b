//! What is on its way to subscribers. Which node tells an endpoint says a lease by the database's
//! clock; what a node stores for a lane it stores under a lock on that lease, and only while its
//! epoch is still the lease's.

use super::settle::{ATTEMPTS, keep};
use super::work::bounded;
use super::{PostgresStore, sql};
use crate::lanes::{
    Again, Backlog, Breaker, EndpointState, Lane, LaneStart, LastAnswer, Progress, Settlement,
};
use crate::records::{Attempt, ChunkMark, Delivery, OpenDeliveries};
use crate::{Deliveries, StoreError};
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::Row;
use trackway_model::change::{FeedPosition, Subject};
use trackway_model::{AccountId, EndpointId};

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Deliveries for PostgresStore {
    async fn hold_lanes(&self, lease: Duration) -> Result<Vec<Lane>> {
        let (node, seconds) = (self.stamper.node(), lease.as_secs_f64());
        self.database
            .execute(&sql::ENDPOINT_LEASE_TAKE, &[&node, &seconds])
            .await?;
        let held = self
            .database
            .rows(&sql::ENDPOINT_LEASE_HELD, &[&node])
            .await?;
        let lane = |row: &Row| Lane {
            endpoint: EndpointId(row.get(0)),
            epoch: row.get(1),
        };
        Ok(held.iter().map(lane).collect())
    }

    async fn release_lanes(&self) -> Result<()> {
        let node = self.stamper.node();
        self.database
            .execute(&sql::ENDPOINT_LEASE_RELEASE, &[&node])
            .await?;
        Ok(())
    }

    async fn start_lane(&self, endpoint: EndpointId) -> Result<LaneStart> {
        let found = self
            .database
            .row(&sql::ENDPOINT_START, &[&endpoint.0])
            .await?;
        let Some(row) = found else {
            return Ok(LaneStart::default());
        };
        let (shards, numbers): (Vec<i16>, Vec<i64>) = (row.get(11), row.get(12));
        let at = |(shard, number)| position(shard, number);
        let cursor = shards.into_iter().zip(numbers).map(at).collect();
        Ok(LaneStart {
            progress: Progress::decode(cursor, row.get(10))?,
            state: state(&row)?,
        })
    }

    async fn asked(&self) -> Result<Vec<(EndpointId, i64)>> {
        let rows = self.database.rows(&sql::ENDPOINT_ASKED, &[]).await?;
        let asked = |row: &Row| (EndpointId(row.get(0)), row.get(1));
        Ok(rows.iter().map(asked).collect())
    }

    async fn waiting_deliveries(
        &self,
        endpoint: EndpointId,
        after: Option<FeedPosition>,
        limit: usize,
    ) -> Result<Vec<Delivery>> {
        let after = after.unwrap_or_default();
        let (shard, number) = (after.shard as i16, after.number as i64);
        let rows = self
            .database
            .rows(
                &sql::DELIVERY_WAITING,
                &[&endpoint.0, &shard, &number, &bounded(limit)],
            )
            .await?;
        rows.iter().map(delivery).collect()
    }

    async fn parked_deliveries(
        &self,
        endpoint: EndpointId,
        since: i64,
        limit: usize,
    ) -> Result<Vec<Delivery>> {
        let rows = self
            .database
            .rows(
                &sql::DELIVERY_PARKED,
                &[&endpoint.0, &since, &bounded(limit)],
            )
            .await?;
        rows.iter().map(delivery).collect()
    }

    async fn settle(&self, settlements: Vec<Arc<Settlement>>) -> Result<Vec<bool>> {
        self.store_settled(&settlements).await
    }

    async fn send_again(&self, endpoint: EndpointId, again: Vec<Again>, now: i64) -> Result<u64> {
        let fresh = |one: &Again| Delivery {
            endpoint,
            position: one.position,
            subject: one.subject,
            since: one.since,
            due: Some(now),
            attempts: 0,
            done: one.done,
            parked: None,
        };
        let fresh: Vec<Delivery> = again.iter().map(fresh).collect();
        let work = self.database.begin().await?;
        let known = work.rows(&sql::ENDPOINT_BY_ID, &[&endpoint.0]).await?;
        if known.is_empty() {
            work.commit().await?;
            return Ok(0);
        }
        keep(&work, &fresh.iter().collect::<Vec<_>>()).await?;
        work.execute(&sql::ENDPOINT_ASK, &[&endpoint.0]).await?;
        work.commit().await?;
        Ok(again.len() as u64)
    }

    async fn endpoint_states(&self) -> Result<Vec<(EndpointId, EndpointState)>> {
        let rows = self.database.rows(&sql::ENDPOINT_STATE_ALL, &[]).await?;
        let state = |row: &Row| Ok((EndpointId(row.get(0)), state(row)?));
        rows.iter().map(state).collect()
    }

    async fn backlogs(&self) -> Result<Vec<Backlog>> {
        let rows = self.database.rows(&sql::DELIVERY_BACKLOG, &[]).await?;
        let backlog = |row: &Row| Backlog {
            endpoint: EndpointId(row.get(0)),
            waiting: row.get::<_, i64>(1) as u64,
            parked: row.get::<_, i64>(2) as u64,
            oldest: row.get(3),
        };
        Ok(rows.iter().map(backlog).collect())
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
        rows.iter().map(delivery).collect()
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
                    &wanted.subject.map(Subject::key),
                    &wanted.parked,
                    &bounded(limit),
                ],
            )
            .await?;
        rows.iter().map(delivery).collect()
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

impl PostgresStore {
    /// A chunk of attempts.
    fn opened_chunk(&self, sealed: &[u8]) -> Result<Vec<Attempt>> {
        let body = self.sealer().open_secret(ATTEMPTS, sealed)?;
        serde_json::from_slice(&body).map_err(|_| StoreError::Damaged {
            what: "chunk of attempts",
        })
    }
}

const fn position(shard: i16, number: i64) -> FeedPosition {
    FeedPosition {
        shard: shard as u16,
        number: number as u64,
    }
}

fn delivery(row: &Row) -> Result<Delivery> {
    let damaged = |_| StoreError::Damaged { what: "delivery" };
    Ok(Delivery {
        endpoint: EndpointId(row.get(0)),
        position: position(row.get(1), row.get(2)),
        subject: Subject::of_key(row.get(3)).map_err(damaged)?,
        due: row.get(4),
        attempts: row.get::<_, i32>(5) as u32,
        done: row.get::<_, i32>(6) as u16,
        since: row.get(7),
        parked: row.get(8),
    })
}

fn state(row: &Row) -> Result<EndpointState> {
    let last = |at| LastAnswer {
        at,
        status: row.get::<_, i16>(7) as u16,
        accepted: row.get(8),
    };
    Ok(EndpointState {
        breaker: Breaker::from_number(row.get(1))?,
        since: row.get(2),
        failures: row.get::<_, i32>(3) as u32,
        probes: row.get::<_, i32>(4) as u32,
        rest: row.get(5),
        last: row.get::<_, Option<i64>>(6).map(last),
        gone: row.get(9),
    })
}
