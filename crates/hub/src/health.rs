//! Whether this node can do its work, check by check, and its figures as they stand.
//!
//! Contract: anybody may ask, as often as they like: an answer is kept for a moment, so that asking
//! costs at most one small write a second. The texts name no path, no address and no number of the
//! installation.

use crate::Hub;
use crate::clock::SECOND;
use crate::endpoints::behind;
use crate::metrics::{Metrics, Name};
use parking_lot::Mutex;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use trackway_model::EndpointId;
use trackway_store::lanes::{Backlog, Breaker};
use trackway_store::records::{Counts, Endpoint};
use trackway_store::{StoreError, records::Load};
use utoipa::ToSchema;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(1);
/// The same for sizes, which a large database counts for a while.
const SIZES_KEPT: Duration = Duration::from_mins(1);
/// What endpoints that are told nothing are counted as.
const PAUSED: &str = "paused";
/// What the probe writes.
const PROBE: &str = "ready";

/// Whether requests may be sent here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Readiness {
    pub ready: bool,
    pub checks: Vec<Check>,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Check {
    /// `store` (it takes writes), `schema` (it is this release's), `disk` (there is room), `queue`
    /// (writes find a place).
    pub name: &'static str,
    pub ok: bool,
    /// What is wrong and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl Check {
    fn of(name: &'static str, outcome: Result<(), String>) -> Self {
        Self {
            name,
            ok: outcome.is_ok(),
            problem: outcome.err(),
        }
    }
}

/// Answers that are kept for a moment, with the time of their making.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    readiness: Mutex<Option<(Duration, Readiness)>>,
    sizes: Mutex<Option<(Duration, Counts)>>,
    backlogs: Mutex<Option<(Duration, Vec<Backlog>)>>,
}

fn fresh<T: Clone>(kept: &Mutex<Option<(Duration, T)>>, now: Duration, age: Duration) -> Option<T> {
    let kept = kept.lock();
    let (at, value) = kept.as_ref()?;
    (now.saturating_sub(*at) < age).then(|| value.clone())
}

impl Hub {
    /// The figures that this node counts.
    pub const fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// Whether this node can do its work.
    pub async fn readiness(&self) -> Readiness {
        let now = self.clock.monotonic();
        if let Some(kept) = fresh(&self.kept.readiness, now, KEPT) {
            return kept;
        }
        // A full disk is told apart: reading and bookkeeping go on.
        let (writes, room) = match self.store.ready().await {
            Ok(()) => (self.takes_writes().await, Ok(())),
            Err(StoreError::Full) => (Ok(()), Err(StoreError::Full)),
            Err(error) => (Err(error), Ok(())),
        };
        let load = self.store.load();
        let checks = vec![
            Check::of("store", told(writes)),
            Check::of("schema", told(self.store.check_schema().await)),
            Check::of("disk", told(room)),
            Check::of("queue", has_place(load)),
        ];
        let found = Readiness {
            ready: checks.iter().all(|check| check.ok),
            checks,
        };
        for check in found.checks.iter().filter(|check| !check.ok) {
            let problem = check.problem.as_deref().unwrap_or_default();
            tracing::warn!(check = check.name, problem, "not ready");
        }
        *self.kept.readiness.lock() = Some((now, found.clone()));
        found
    }

    async fn takes_writes(&self) -> Result<(), StoreError> {
        let now = self.clock.now().to_string();
        self.store.set_meta(PROBE, &now).await
    }

    /// Every figure as it stands, in Prometheus' text format.
    pub async fn metrics_text(&self) -> Result<String, StoreError> {
        let metrics = &self.metrics;
        let gauge = |name, value: f64| metrics.set(name, &[], value);
        metrics.set(Name::Build, &[env!("CARGO_PKG_VERSION").into()], 1.0);
        for check in self.readiness().await.checks {
            let value = if check.ok { 1.0 } else { 0.0 };
            metrics.set(Name::Ready, &[check.name.into()], value);
        }
        let load = self.store.load();
        metrics.copy(Name::Commits, load.commits);
        gauge(Name::Queue, load.queued as f64);
        gauge(Name::QueueLimit, load.queue as f64);
        if let Some(free) = load.disk_free {
            gauge(Name::DiskFree, free as f64);
        }
        let sizes = self.sizes().await?;
        gauge(Name::StoredTracks, sizes.tracks as f64);
        gauge(Name::StoredStatements, sizes.statements as f64);
        gauge(Name::StoredBytes, sizes.bytes as f64);
        gauge(Name::PollLag, self.lag(self.store.next_poll().await?));
        gauge(
            Name::DeliveryLag,
            self.lag(self.store.next_delivery().await?),
        );
        gauge(Name::CallsInFlight, self.calls_in_flight() as f64);
        self.measure_quotas().await?;
        self.measure_ages().await?;
        self.measure_rests().await?;
        let head = self.store.head().await?;
        for at in &head {
            metrics.set(Name::FeedHead, &[at.shard.into()], at.number as f64);
        }
        let endpoints = self.store.endpoints().await?;
        let told = endpoints.iter().filter(|endpoint| !endpoint.disabled);
        let furthest = told.map(|endpoint| behind(&endpoint.cursor, &head)).max();
        gauge(Name::Behind, furthest.unwrap_or_default() as f64);
        self.measure_queues(&endpoints).await?;
        Ok(metrics.render())
    }

    /// How endpoints answer, and what waits for them.
    async fn measure_queues(&self, endpoints: &[Arc<Endpoint>]) -> Result<(), StoreError> {
        let paused: HashSet<EndpointId> = endpoints
            .iter()
            .filter(|endpoint| endpoint.disabled)
            .map(|endpoint| endpoint.id)
            .collect();
        let turned: HashMap<EndpointId, Breaker> = self
            .store
            .endpoint_states()
            .await?
            .into_iter()
            .map(|(id, state)| (id, state.breaker))
            .collect();
        let mut counts: BTreeMap<&str, u64> = [PAUSED].into_iter().map(|one| (one, 0)).collect();
        counts.extend(Breaker::ALL.map(|breaker| (breaker.name(), 0)));
        for endpoint in endpoints {
            let breaker = turned.get(&endpoint.id).copied().unwrap_or_default();
            let state = if endpoint.disabled {
                PAUSED
            } else {
                breaker.name()
            };
            *counts.entry(state).or_default() += 1;
        }
        for (state, count) in counts {
            self.metrics
                .set(Name::Endpoints, &[state.into()], count as f64);
        }
        let backlogs = self.backlogs().await?;
        let sum = |of: fn(&Backlog) -> u64| backlogs.iter().map(of).sum::<u64>() as f64;
        let waiting = [
            ("retrying", sum(|backlog| backlog.waiting)),
            ("parked", sum(|backlog| backlog.parked)),
        ];
        for (state, count) in waiting {
            self.metrics.set(Name::Waiting, &[state.into()], count);
        }
        let told = backlogs
            .iter()
            .filter(|one| !paused.contains(&one.endpoint));
        let oldest = told.filter_map(|backlog| backlog.oldest).min();
        self.metrics.set(Name::OldestWaiting, &[], self.lag(oldest));
        Ok(())
    }

    async fn backlogs(&self) -> Result<Vec<Backlog>, StoreError> {
        let now = self.clock.monotonic();
        if let Some(kept) = fresh(&self.kept.backlogs, now, SIZES_KEPT) {
            return Ok(kept);
        }
        let backlogs = self.store.backlogs().await?;
        *self.kept.backlogs.lock() = Some((now, backlogs.clone()));
        Ok(backlogs)
    }

    pub(crate) async fn sizes(&self) -> Result<Counts, StoreError> {
        let now = self.clock.monotonic();
        if let Some(kept) = fresh(&self.kept.sizes, now, SIZES_KEPT) {
            return Ok(kept);
        }
        let counts = self.store.counts().await?;
        *self.kept.sizes.lock() = Some((now, counts));
        Ok(counts)
    }

    /// Seconds since something was due.
    fn lag(&self, due: Option<i64>) -> f64 {
        let over = due.map_or(0, |due| self.clock.now().saturating_sub(due).max(0));
        over as f64 / SECOND as f64
    }
}

fn told(outcome: Result<(), StoreError>) -> Result<(), String> {
    outcome.map_err(|error| error.to_string())
}

fn has_place(load: Load) -> Result<(), String> {
    if load.queued < load.queue {
        return Ok(());
    }
    Err("the queue of writes is full: they come in faster than the disk takes them".to_owned())
}
