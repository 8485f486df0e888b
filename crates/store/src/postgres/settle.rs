//! What became of messages, of many lanes in one transaction: every table is written once.

use super::connect::Work;
use super::{PostgresStore, sql};
use crate::StoreError;
use crate::lanes::{EndpointState, Settlement};
use crate::records::Delivery;
use std::collections::HashSet;
use std::sync::Arc;
use trackway_model::EndpointId;
use trackway_model::change::FeedPosition;

type Result<T> = std::result::Result<T, StoreError>;

/// Sets an endpoint's cursor.
pub async fn set_cursor(work: &Work, endpoint: EndpointId, cursor: &[FeedPosition]) -> Result<()> {
    let all: Vec<_> = cursor.iter().map(|at| (endpoint, *at)).collect();
    write_cursors(work, &all).await
}

async fn set_cursors(work: &Work, ours: &[&Settlement]) -> Result<()> {
    let mut all = Vec::new();
    for one in ours {
        let cursor = one.progress.cursor.iter();
        all.extend(cursor.map(|at| (one.lane.endpoint, *at)));
    }
    write_cursors(work, &all).await
}

async fn write_cursors(work: &Work, all: &[(EndpointId, FeedPosition)]) -> Result<()> {
    let endpoints: Vec<i64> = all.iter().map(|(endpoint, _)| endpoint.0).collect();
    let shards: Vec<i16> = all.iter().map(|(_, at)| at.shard as i16).collect();
    let numbers: Vec<i64> = all.iter().map(|(_, at)| at.number as i64).collect();
    work.execute(&sql::ENDPOINT_CURSOR_SET, &[&endpoints, &shards, &numbers])
        .await?;
    Ok(())
}

async fn keep_states(work: &Work, ours: &[&Settlement]) -> Result<()> {
    let endpoints: Vec<i64> = ours.iter().map(|one| one.lane.endpoint.0).collect();
    let progress: Vec<Vec<u8>> = ours.iter().map(|one| one.progress.encode()).collect();
    work.execute(&sql::ENDPOINT_PROGRESS_KEEP, &[&endpoints, &progress])
        .await?;
    let changed = ours
        .iter()
        .filter_map(|one| Some((one.lane.endpoint.0, one.state.as_ref()?)));
    let (endpoints, states): (Vec<i64>, Vec<&EndpointState>) = changed.unzip();
    if states.is_empty() {
        return Ok(());
    }
    let breakers: Vec<i16> = states.iter().map(|state| state.breaker.number()).collect();
    let since: Vec<i64> = states.iter().map(|state| state.since).collect();
    let failures: Vec<i32> = states.iter().map(|state| state.failures as i32).collect();
    let probes: Vec<i32> = states.iter().map(|state| state.probes as i32).collect();
    let rests: Vec<Option<i64>> = states.iter().map(|state| state.rest).collect();
    let last = || states.iter().map(|state| state.last);
    let ats: Vec<Option<i64>> = last().map(|last| last.map(|last| last.at)).collect();
    let statuses: Vec<i16> = last()
        .map(|last| last.map_or(0, |last| last.status as i16))
        .collect();
    let accepted: Vec<bool> = last()
        .map(|last| last.is_some_and(|last| last.accepted))
        .collect();
    let gone: Vec<Option<i64>> = states.iter().map(|state| state.gone).collect();
    work.execute(
        &sql::ENDPOINT_STATE_KEEP,
        &[
            &endpoints, &breakers, &since, &failures, &probes, &rests, &ats, &statuses, &accepted,
            &gone,
        ],
    )
    .await?;
    Ok(())
}

/// Writes deliveries over what is there of them.
pub async fn keep(work: &Work, deliveries: &[&Delivery]) -> Result<()> {
    if deliveries.is_empty() {
        return Ok(());
    }
    let endpoints: Vec<i64> = deliveries.iter().map(|d| d.endpoint.0).collect();
    let shards: Vec<i16> = deliveries.iter().map(|d| d.position.shard as i16).collect();
    let numbers: Vec<i64> = deliveries
        .iter()
        .map(|d| d.position.number as i64)
        .collect();
    let subjects: Vec<i64> = deliveries.iter().map(|d| d.subject.key()).collect();
    let dues: Vec<Option<i64>> = deliveries.iter().map(|d| d.due).collect();
    let attempts: Vec<i32> = deliveries.iter().map(|d| d.attempts as i32).collect();
    let done: Vec<i32> = deliveries.iter().map(|d| i32::from(d.done)).collect();
    let since: Vec<i64> = deliveries.iter().map(|d| d.since).collect();
    let parked: Vec<Option<i64>> = deliveries.iter().map(|d| d.parked).collect();
    work.execute(
        &sql::DELIVERY_KEEP,
        &[
            &endpoints, &shards, &numbers, &subjects, &dues, &attempts, &done, &since, &parked,
        ],
    )
    .await?;
    Ok(())
}

async fn remove(work: &Work, ours: &[&Settlement]) -> Result<()> {
    let (mut endpoints, mut shards, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    for one in ours {
        for at in &one.over {
            endpoints.push(one.lane.endpoint.0);
            shards.push(at.shard as i16);
            numbers.push(at.number as i64);
        }
    }
    if !endpoints.is_empty() {
        work.execute(&sql::DELIVERY_REMOVE, &[&endpoints, &shards, &numbers])
            .await?;
    }
    Ok(())
}

async fn disable(work: &Work, ours: &[&Settlement]) -> Result<()> {
    let told = ours.iter().filter(|one| one.disable);
    let disabled: Vec<i64> = told.map(|one| one.lane.endpoint.0).collect();
    if !disabled.is_empty() {
        work.execute(&sql::ENDPOINT_DISABLE, &[&disabled]).await?;
    }
    Ok(())
}

/// Name of the sealed column: a receiver's answer may repeat what it was sent.
pub const ATTEMPTS: &str = "attempt.body";

impl PostgresStore {
    /// Stores what is of lanes that this node still holds; says of which it is.
    pub(super) async fn store_settled(&self, settlements: &[Arc<Settlement>]) -> Result<Vec<bool>> {
        let work = self.database.begin().await?;
        let held = self.locked(&work, settlements).await?;
        let is_held = |one: &Arc<Settlement>| held.contains(&one.lane.endpoint);
        let ours = settlements.iter().filter(|one| is_held(one));
        let ours: Vec<&Settlement> = ours.map(Arc::as_ref).collect();
        set_cursors(&work, &ours).await?;
        keep_states(&work, &ours).await?;
        let kept: Vec<&Delivery> = ours.iter().flat_map(|one| &one.kept).collect();
        keep(&work, &kept).await?;
        remove(&work, &ours).await?;
        self.keep_attempts(&work, &ours).await?;
        disable(&work, &ours).await?;
        work.commit().await?;
        Ok(settlements.iter().map(is_held).collect())
    }

    /// The endpoints among these whose lanes this node still holds, locked until the transaction
    /// ends.
    async fn locked(
        &self,
        work: &Work,
        settlements: &[Arc<Settlement>],
    ) -> Result<HashSet<EndpointId>> {
        let lanes = settlements.iter().map(|one| one.lane);
        let (endpoints, epochs): (Vec<i64>, Vec<i64>) =
            lanes.map(|lane| (lane.endpoint.0, lane.epoch)).unzip();
        let node = self.stamper.node();
        let held = work
            .rows(&sql::ENDPOINT_LEASE_LOCK, &[&node, &endpoints, &epochs])
            .await?;
        Ok(held.iter().map(|row| EndpointId(row.get(0))).collect())
    }

    /// Appends attempts, many to a row.
    async fn keep_attempts(&self, work: &Work, ours: &[&Settlement]) -> Result<()> {
        let (mut endpoints, mut earliest, mut latest) = (Vec::new(), Vec::new(), Vec::new());
        let (mut shards, mut numbers, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
        for one in ours {
            for (of, attempts) in one.chunks() {
                let body = serde_json::to_vec(&attempts)
                    .map_err(StoreError::engine(sql::ATTEMPT_KEEP.doing))?;
                let times = || attempts.iter().map(|attempt| attempt.at);
                endpoints.push(one.lane.endpoint.0);
                earliest.push(times().min());
                latest.push(times().max());
                shards.push(of.map(|at| at.shard as i16));
                numbers.push(of.map(|at| at.number as i64));
                bodies.push(self.sealer().seal_secret(ATTEMPTS, &body));
            }
        }
        if !endpoints.is_empty() {
            work.execute(
                &sql::ATTEMPT_KEEP,
                &[&endpoints, &earliest, &latest, &shards, &numbers, &bodies],
            )
            .await?;
        }
        Ok(())
    }
}
