//! Keeping things for a time only: documents' bodies, attempts to deliver, what is in quarantine.
//!
//! Contract: one task a node, by the injected clock. What it does in one go is small (`STEP` things in
//! a short transaction), so nobody who brings data waits for it, and it ends between two steps when
//! the hub stops. Several nodes may do it at once: what one has removed the others do not find. A
//! crash loses nothing but the place of the walk, which begins anew.
//!
//! A body's age is told by its number: once a day the archive's edge is noted in the store, and what
//! is numbered below a note that is older than the limit is older than the limit. So a body goes
//! between `payload_days` and a day later; where no notes are (bodies from before the first start),
//! the age counts from the first one. What the store keeps all the same is said in its `retention`.

use crate::Hub;
use crate::clock::{SECOND, micros};
use crate::metrics::Name;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use trackway_store::StoreError;
use trackway_store::retention::Bodies;

/// How long what is kept for a time; None: for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Documents' bodies.
    pub payload_days: Option<u32>,
    /// What attempts to deliver came to.
    pub attempt_days: Option<u32>,
    /// What is in quarantine.
    pub quarantine_days: Option<u32>,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            payload_days: None,
            attempt_days: Some(90),
            quarantine_days: Some(90),
        }
    }
}

/// Things that are looked at in one go.
const STEP: usize = 64;
/// How often there is something to look for.
const EVERY: Duration = Duration::from_hours(1);
const DAY: i64 = 86_400 * SECOND;
/// The store's name for the notes.
const NOTES: &str = "retention/archive";

/// The archive's edge at some instant, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Notes(Vec<(i64, i64)>);

impl Notes {
    /// The edge that every body older than `before` is below, as far as is known.
    fn edge(&self, before: i64) -> Option<i64> {
        let older = self.0.iter().rev().find(|(at, _)| *at <= before);
        older.map(|(_, edge)| *edge)
    }

    /// Takes a note, if the last one is a day old, and forgets those that nothing is asked of any
    /// more. Returns whether anything changed.
    fn note(&mut self, now: i64, edge: i64, before: i64) -> bool {
        let due = self.0.last().is_none_or(|(at, _)| now - at >= DAY);
        if due {
            self.0.push((now, edge));
        }
        let old = self.0.partition_point(|(at, _)| *at <= before);
        // The newest of the old ones still answers.
        self.0.drain(..old.saturating_sub(1));
        due || old > 1
    }
}

/// What one pass removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    pub bodies: u64,
    pub attempts: u64,
    pub quarantined: u64,
}

/// Passes, hour by hour, until `stop`.
pub(crate) async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match hub.remove_old(&stop).await {
            Ok(removed) if removed == Removed::default() => {}
            Ok(removed) => tracing::info!(?removed, "removed what was kept long enough"),
            Err(error) => tracing::warn!(%error, "what is old could not be removed; trying again"),
        }
        let wake = hub.clock.now().saturating_add(micros(EVERY));
        tokio::select! {
            () = stop.cancelled() => {}
            () = hub.clock.sleep_until(wake) => {}
        }
    }
}

/// The instant so many days ago.
fn ago(now: i64, days: u32) -> i64 {
    now.saturating_sub(i64::from(days).saturating_mul(DAY))
}

impl Hub {
    /// Removes all that was kept long enough; ends early when it is stopped.
    pub(crate) async fn remove_old(&self, stop: &CancellationToken) -> Result<Removed, StoreError> {
        let now = self.clock.now();
        let Retention {
            payload_days,
            attempt_days,
            quarantine_days,
        } = self.config.retention;
        let mut removed = Removed::default();
        if let Some(days) = attempt_days {
            let before = ago(now, days);
            let step = || self.store.remove_attempts(before, STEP);
            removed.attempts = to_the_end(stop, step).await?;
        }
        if let Some(days) = quarantine_days {
            let before = ago(now, days);
            let step = || self.store.remove_quarantined(before, STEP);
            removed.quarantined = to_the_end(stop, step).await?;
        }
        if let Some(days) = payload_days {
            let before = ago(now, days);
            removed.bodies = self.remove_bodies(now, before, stop).await?;
        }
        for (what, count) in [
            ("payload", removed.bodies),
            ("attempts", removed.attempts),
            ("quarantined", removed.quarantined),
        ] {
            self.metrics.count(Name::Removed, &[what.into()], count);
        }
        Ok(removed)
    }

    async fn remove_bodies(
        &self,
        now: i64,
        before: i64,
        stop: &CancellationToken,
    ) -> Result<u64, StoreError> {
        let held = self.store.meta(NOTES).await?;
        // Notes that can't be read are begun anew: what is kept is kept longer.
        let mut notes: Notes = held
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        if notes.note(now, self.store.archive_edge().await?, before) {
            let text = serde_json::to_string(&notes).map_err(StoreError::engine("took a note"))?;
            self.store.set_meta(NOTES, &text).await?;
        }
        let Some(until) = notes.edge(before) else {
            return Ok(0);
        };
        let (mut removed, mut from) = (0, 0);
        while !stop.is_cancelled() {
            let walk = Bodies {
                from,
                until,
                over: before,
            };
            let step = self.store.remove_bodies(walk, STEP).await?;
            removed += step.removed;
            let Some(next) = step.next else { break };
            from = next;
            tokio::task::yield_now().await;
        }
        Ok(removed)
    }
}

/// Repeats a step until it finds nothing.
async fn to_the_end<F: Future<Output = Result<u64, StoreError>>>(
    stop: &CancellationToken,
    step: impl Fn() -> F,
) -> Result<u64, StoreError> {
    let mut removed = 0;
    while !stop.is_cancelled() {
        let more = step().await?;
        removed += more;
        if more == 0 {
            break;
        }
        tokio::task::yield_now().await;
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_tell_ages_and_stay_few() {
        let mut notes = Notes::default();
        let mut taken = 0;
        for hour in 0..24 * 40 {
            let now = hour * 3_600 * SECOND;
            taken += usize::from(notes.note(now, 100 + hour, ago(now, 3)));
            assert!(notes.0.len() <= 5, "{notes:?}");
        }
        assert!(taken <= 41, "{taken}");
        let now = 24 * 40 * 3_600 * SECOND;
        let edge = notes.edge(ago(now, 3)).unwrap();
        // Of a note that is at least three days old, and no more than four.
        assert!((100 + 24 * 36..=100 + 24 * 37).contains(&edge), "{edge}");
        assert_eq!(Notes::default().edge(now), None);
        assert_eq!(Notes(vec![(now, 7)]).edge(now - 1), None);
    }
}
