//! Whether this node can do its work, check by check, and its figures as they stand.
//!
//! Contract: anybody may ask, as often as they like: an answer is kept for a moment, so that asking
//! costs at most one small write a second. The texts name no path, no address and no number of the
//! installation.

use crate::Hub;
use crate::clock::SECOND;
use crate::manage::behind;
use crate::metrics::{Metrics, Name};
use parking_lot::Mutex;
use serde::Serialize;
use std::time::Duration;
use trackway_store::records::Counts;
use trackway_store::{StoreError, records::Load};
use utoipa::ToSchema;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(1);
/// The same for sizes, which a large database counts for a while.
const SIZES_KEPT: Duration = Duration::from_mins(1);
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
}

fn fresh<T: Clone>(kept: &Mutex<Option<(Duration, T)>>, now: Duration, age: Duration) -> Option<T> {
    let kept = kept.lock();
    let (at, value) = kept.as_ref()?;
    (now.saturating_sub(*at) < age).then(|| value.clone())
}

impl Hub {
    /// The figures that this node counts.
    pub const fn metrics(&self) -> &std::sync::Arc<Metrics> {
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
        let head = self.store.head().await?;
        for at in &head {
            metrics.set(Name::FeedHead, &[at.shard.into()], at.number as f64);
        }
        let endpoints = self.store.endpoints().await?;
        let told = endpoints.iter().filter(|endpoint| !endpoint.disabled);
        let furthest = told.map(|endpoint| behind(&endpoint.cursor, &head)).max();
        gauge(Name::Behind, furthest.unwrap_or_default() as f64);
        Ok(metrics.render())
    }

    async fn sizes(&self) -> Result<Counts, StoreError> {
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
