//! What is on its way to subscribers. One process holds the folder, so it holds every lane.

use super::manage::change_endpoint;
use super::readers::execute;
use super::work::Work;
use super::{SqliteStore, sql};
use crate::lanes::{
    Again, Backlog, Breaker, EndpointState, Lane, LaneStart, LastAnswer, Progress, Settlement,
};
use crate::records::{Attempt, ChunkMark, Delivery, EndpointChange, OpenDeliveries};
use crate::{Deliveries, StoreError};
use async_trait::async_trait;
use rusqlite::{Error, Row};
use std::sync::Arc;
use std::time::Duration;
use trackway_model::change::{FeedPosition, NoSubject, Subject};
use trackway_model::{AccountId, EndpointId};

type Result<T> = std::result::Result<T, StoreError>;

const ATTEMPTS: &str = "attempt.body";
/// The epoch of every lane: none ever changes hands.
const EPOCH: i64 = 1;

#[async_trait]
impl Deliveries for SqliteStore {
    async fn hold_lanes(&self, _lease: Duration) -> Result<Vec<Lane>> {
        let endpoints = self.core.records.endpoints();
        let enabled = endpoints.iter().filter(|endpoint| !endpoint.disabled);
        let lane = |endpoint| Lane {
            endpoint,
            epoch: EPOCH,
        };
        Ok(enabled.map(|endpoint| lane(endpoint.id)).collect())
    }

    async fn release_lanes(&self) -> Result<()> {
        Ok(())
    }

    async fn start_lane(&self, endpoint: EndpointId) -> Result<LaneStart> {
        let cursor = self.core.records.endpoint(endpoint);
        let cursor = cursor.map_or_else(Vec::new, |endpoint| endpoint.cursor.clone());
        let found = self
            .core
            .readers
            .one(sql::ENDPOINT_STATE_READ, [endpoint.0], |row| {
                let (_, state) = state(row)?;
                Ok((state, row.get::<_, Vec<u8>>(10)?))
            })?;
        let Some((state, progress)) = found else {
            let progress = Progress {
                cursor,
                ..Progress::default()
            };
            return Ok(LaneStart {
                progress,
                ..LaneStart::default()
            });
        };
        Ok(LaneStart {
            progress: Progress::decode(cursor, &progress)?,
            state: state?,
        })
    }

    async fn asked(&self) -> Result<Vec<(EndpointId, i64)>> {
        self.core.readers.all(sql::ENDPOINT_ASKED, [], |row| {
            Ok((EndpointId(row.get(0)?), row.get(1)?))
        })
    }

    async fn waiting_deliveries(
        &self,
        endpoint: EndpointId,
        after: Option<FeedPosition>,
        limit: usize,
    ) -> Result<Vec<Delivery>> {
        let after = after.unwrap_or_default();
        let row = (endpoint.0, after.shard, after.number, limit);
        self.core.readers.all(sql::DELIVERY_WAITING, row, delivery)
    }

    async fn parked_deliveries(
        &self,
        endpoint: EndpointId,
        since: i64,
        limit: usize,
    ) -> Result<Vec<Delivery>> {
        let row = (endpoint.0, since, limit);
        self.core.readers.all(sql::DELIVERY_PARKED, row, delivery)
    }

    async fn settle(&self, settlements: Vec<Arc<Settlement>>) -> Result<Vec<bool>> {
        self.run(move |work| settlements.iter().map(|one| settle(work, one)).collect())
            .await
    }

    async fn send_again(&self, endpoint: EndpointId, again: Vec<Again>, now: i64) -> Result<u64> {
        self.run(move |work| {
            if work.core.records.endpoint(endpoint).is_none() {
                return Ok(0);
            }
            for one in &again {
                let fresh = Delivery {
                    endpoint,
                    position: one.position,
                    subject: one.subject,
                    since: one.since,
                    due: Some(now),
                    attempts: 0,
                    done: one.done,
                    parked: None,
                };
                write(work, &fresh)?;
            }
            execute(&work.connection, sql::ENDPOINT_ASK, [endpoint.0])?;
            Ok(again.len() as u64)
        })
        .await
    }

    async fn endpoint_states(&self) -> Result<Vec<(EndpointId, EndpointState)>> {
        let found = self.core.readers.all(sql::ENDPOINT_STATE_ALL, [], state)?;
        let read = found.into_iter().map(|(id, state)| Ok((id, state?)));
        read.collect()
    }

    async fn backlogs(&self) -> Result<Vec<Backlog>> {
        self.core.readers.all(sql::DELIVERY_BACKLOG, [], |row| {
            Ok(Backlog {
                endpoint: EndpointId(row.get(0)?),
                waiting: row.get(1)?,
                parked: row.get(2)?,
                oldest: row.get(3)?,
            })
        })
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
        let subject = wanted.subject.map(Subject::key);
        let row = (
            account.0,
            endpoint,
            after,
            at.0,
            at.1,
            subject,
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

/// False where the endpoint is gone.
fn settle(work: &mut Work, settlement: &Settlement) -> Result<bool> {
    let endpoint = settlement.lane.endpoint;
    let Some(known) = work.core.records.endpoint(endpoint) else {
        return Ok(false);
    };
    let file = &work.connection;
    for at in &settlement.progress.cursor {
        execute(file, sql::CURSOR_SET, (endpoint.0, at.shard, at.number))?;
    }
    if let Some(state) = &settlement.state {
        write_state(work, endpoint, state)?;
    }
    let row = (endpoint.0, settlement.progress.encode());
    execute(file, sql::ENDPOINT_PROGRESS_WRITE, row)?;
    for delivery in &settlement.kept {
        write(work, delivery)?;
    }
    for at in &settlement.over {
        execute(
            file,
            sql::DELIVERY_REMOVE,
            (endpoint.0, at.shard, at.number),
        )?;
    }
    for (of, attempts) in settlement.chunks() {
        keep(work, known.account, endpoint, of, &attempts)?;
    }
    if settlement.disable {
        change_endpoint(work, endpoint, EndpointChange::disable())?;
    }
    let cursor = settlement.progress.cursor.clone();
    work.after_commit(move |core| core.records.move_cursor(endpoint, &cursor));
    Ok(true)
}

fn write_state(work: &Work, endpoint: EndpointId, state: &EndpointState) -> Result<()> {
    let last = state.last;
    let row = (
        endpoint.0,
        state.breaker.number(),
        state.since,
        state.failures,
        state.probes,
        state.rest,
        last.map(|last| last.at),
        last.map_or(0, |last| last.status),
        last.is_some_and(|last| last.accepted),
        state.gone,
    );
    execute(&work.connection, sql::ENDPOINT_STATE_WRITE, row)?;
    Ok(())
}

fn write(work: &Work, delivery: &Delivery) -> Result<()> {
    let FeedPosition { shard, number } = delivery.position;
    let Delivery {
        endpoint,
        subject,
        due,
        attempts,
        done,
        since,
        parked,
        ..
    } = delivery;
    let row = (
        endpoint.0,
        shard,
        number,
        subject.key(),
        due,
        attempts,
        done,
        since,
        parked,
    );
    execute(&work.connection, sql::DELIVERY_WRITE, row)?;
    Ok(())
}

/// Appends attempts, many to a row: sealed, since a receiver's answer may repeat what it was sent.
/// `of`: the one delivery that all of them are of.
fn keep(
    work: &Work,
    account: AccountId,
    endpoint: EndpointId,
    of: Option<FeedPosition>,
    attempts: &[&Attempt],
) -> Result<()> {
    let times = || attempts.iter().map(|attempt| attempt.at);
    let (Some(earliest), Some(latest)) = (times().min(), times().max()) else {
        return Ok(());
    };
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
    let subject = Subject::of_key(row.get(3)?);
    let subject = subject.map_err(|NoSubject(key)| Error::IntegralValueOutOfRange(3, key))?;
    Ok(Delivery {
        endpoint: EndpointId(row.get(0)?),
        position: FeedPosition {
            shard: row.get(1)?,
            number: row.get(2)?,
        },
        subject,
        due: row.get(4)?,
        attempts: row.get(5)?,
        done: row.get(6)?,
        since: row.get(7)?,
        parked: row.get(8)?,
    })
}

fn state(row: &Row<'_>) -> rusqlite::Result<(EndpointId, Result<EndpointState>)> {
    let breaker = Breaker::from_number(row.get(1)?);
    let last: Option<i64> = row.get(6)?;
    let (status, accepted) = (row.get(7)?, row.get(8)?);
    let (since, failures, probes) = (row.get(2)?, row.get(3)?, row.get(4)?);
    let (rest, gone) = (row.get(5)?, row.get(9)?);
    let last = last.map(|at| LastAnswer {
        at,
        status,
        accepted,
    });
    let state = breaker.map(|breaker| EndpointState {
        breaker,
        since,
        failures,
        probes,
        rest,
        last,
        gone,
    });
    Ok((EndpointId(row.get(0)?), state))
}
