//! What is in flight to subscribers.

use super::readers::{all, execute};
use super::work::Work;
use super::{SqliteStore, sql};
use crate::records::{Attempt, Delivery};
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
            keep(work, endpoint, &attempts)?;
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
            keep(work, endpoint, &[attempt])
        })
        .await
    }

    async fn next_delivery(&self) -> Result<Option<i64>> {
        let next = self
            .core
            .readers
            .one(sql::DELIVERY_NEXT, [], |row| row.get(0))?;
        Ok(next.flatten())
    }

    async fn deliveries(&self, account: AccountId) -> Result<Vec<Delivery>> {
        self.core
            .readers
            .all(sql::DELIVERY_OF_ACCOUNT, [account.0], delivery)
    }

    async fn attempts(&self, account: AccountId, from: i64, to: i64) -> Result<Vec<Attempt>> {
        let rows: Vec<Vec<u8>> =
            self.core
                .readers
                .all(sql::ATTEMPT_WITHIN, (account.0, from, to), |row| row.get(0))?;
        let mut found = Vec::new();
        for sealed in rows {
            let body = self.core.kernel.sealer.open_secret(ATTEMPTS, &sealed)?;
            let attempts: Vec<Attempt> =
                serde_json::from_slice(&body).map_err(|_| StoreError::Damaged {
                    what: "delivery attempt",
                })?;
            found.extend(
                attempts
                    .into_iter()
                    .filter(|attempt| (from..=to).contains(&attempt.at)),
            );
        }
        found.sort_by_key(|attempt| attempt.at);
        Ok(found)
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
fn keep(work: &Work, endpoint: EndpointId, attempts: &[Attempt]) -> Result<()> {
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
    execute(
        &work.connection,
        sql::ATTEMPT_APPEND,
        (account.0, earliest, latest, body),
    )?;
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
