//! Which upstreams are left alone now, why, and until when: what the schedule of this node knows, told
//! to whoever asks how a connection does.
//!
//! Contract: the schedule publishes a connection after all that changes its gate; a reader computes
//! what that means now. Nothing of it is stored: each node finds out by itself, so a node that does
//! not poll tells of none, and after a restart none rests until a call failed again.

use super::gate::{Gate, Passage};
use crate::clock;
use crate::metrics::Name;
use crate::{Hub, ages};
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use trackway_model::ConnectionId;
use trackway_store::StoreError;
use trackway_store::lanes::Breaker;
use trackway_store::records::Connection;
use utoipa::ToSchema;

/// What connections that are not asked are counted as.
const PAUSED: &str = "paused";
/// What our own count of calls says.
const NO_CALLS_LEFT: &str = "no_calls_left";

/// Whether an upstream is asked, as the node that answers knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ConnectionRest)]
pub struct Rest {
    /// `closed`: it is asked. `open`: its calls failed, and it is left alone. `half_open`: one call is
    /// made, to see whether it answers again.
    #[schema(value_type = String)]
    pub breaker: Breaker,
    /// Why it is left alone: `fault` (no answer, or none that is one), `refused` (it did not let us
    /// in), `quota` (it said that it is asked too often), `no_calls_left` (by our own count).
    pub because: Option<String>,
    /// No call of the schedule is made before.
    pub until: Option<String>,
}

/// What a lane knows of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub gate: Gate,
    /// Until when no calls are left for the schedule.
    pub spent: i64,
}

impl Known {
    /// When calls may be made again and why not before, of the reasons the one that lasts longest.
    fn reason(self, now: i64) -> Option<(i64, &'static str)> {
        let shut = match self.gate.passage(now) {
            Passage::Closed(until) => Some((until, self.gate.reason())),
            Passage::All | Passage::Probe | Passage::Probing => None,
        };
        let spent = (now < self.spent).then_some((self.spent, NO_CALLS_LEFT));
        shut.max(spent)
    }

    fn told(self, now: i64) -> Rest {
        let reason = self.reason(now);
        Rest {
            breaker: match self.gate.passage(now) {
                Passage::All => Breaker::Closed,
                Passage::Closed(_) => Breaker::Open,
                Passage::Probe | Passage::Probing => Breaker::HalfOpen,
            },
            because: reason.map(|(_, why)| why.to_owned()),
            until: reason.map(|(until, _)| clock::text(until)),
        }
    }
}

/// What was published of each connection.
#[derive(Debug, Default)]
pub(crate) struct Rests(RwLock<HashMap<ConnectionId, Known>>);

impl Rests {
    /// Takes note of how a connection stands.
    pub(super) fn publish(&self, id: ConnectionId, known: Known) {
        if self.0.read().get(&id) != Some(&known) {
            self.0.write().insert(id, known);
        }
    }

    fn of(&self, id: ConnectionId) -> Option<Known> {
        self.0.read().get(&id).copied()
    }
}

impl Hub {
    /// Whether a connection is asked.
    pub(crate) fn rest_of(&self, id: ConnectionId) -> Rest {
        let known = self.rests.of(id);
        known.map_or_else(Rest::default, |known| known.told(self.clock.now()))
    }

    /// Says in the metrics which upstreams are left alone.
    pub(crate) async fn measure_rests(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut counts: BTreeMap<&str, u64> = [PAUSED].into_iter().map(|one| (one, 0)).collect();
        counts.extend(Breaker::ALL.map(|breaker| (breaker.name(), 0)));
        for connection in self.store.connections().await? {
            let Connection { id, paused, .. } = *connection;
            let known = self.rests.of(id).filter(|_| !paused);
            let state = match known {
                _ if paused => PAUSED,
                None => Breaker::Closed.name(),
                Some(known) => known.told(now).breaker.name(),
            };
            *counts.entry(state).or_default() += 1;
            let Some(label) = ages::label(id) else {
                continue;
            };
            let until = known.and_then(|known| known.reason(now));
            let left = until.map_or(0, |(until, _)| until - now);
            let left = left as f64 / clock::SECOND as f64;
            self.metrics.set(Name::Rests, &[label.into()], left);
        }
        for (state, count) in counts {
            let labels = [state.into()];
            self.metrics.set(Name::Connections, &labels, count as f64);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SECOND;
    use crate::schedule::Trouble;
    use std::time::Duration;

    fn told(gate: Gate, spent: i64, now: i64) -> (Breaker, Option<String>, Option<String>) {
        let Rest {
            breaker,
            because,
            until,
        } = Known { gate, spent }.told(now);
        (breaker, because, until)
    }

    fn at(seconds: i64) -> String {
        clock::text(seconds * SECOND)
    }

    #[test]
    fn the_reason_that_lasts_longest_is_told() {
        let mut gate = Gate::default();
        assert_eq!(told(gate, 0, 1), (Breaker::Closed, None, None));
        let spent = Some(NO_CALLS_LEFT.to_owned());
        let (long, short) = (90 * SECOND, 20 * SECOND);
        assert_eq!(
            told(gate, short, 1),
            (Breaker::Closed, spent.clone(), Some(at(20)))
        );
        gate.note(0, Some(Trouble::Quota), Some(Duration::from_secs(40)));
        let quota = Some("quota".to_owned());
        assert_eq!(
            told(gate, short, 1),
            (Breaker::Open, quota.clone(), Some(at(40)))
        );
        assert_eq!(told(gate, long, 1), (Breaker::Open, spent, Some(at(90))));
        let later = 40 * SECOND;
        assert_eq!(told(gate, 0, later), (Breaker::HalfOpen, None, None));
        // The probe fails in another way: that is why it is left alone now.
        gate.pass();
        assert_eq!(told(gate, 0, later), (Breaker::HalfOpen, None, None));
        gate.note(later, Some(Trouble::Fault), None);
        let fault = Some("fault".to_owned());
        assert_eq!(told(gate, 0, later), (Breaker::Open, fault, Some(at(100))));
        gate.note(100 * SECOND, None, None);
        gate.pass();
        gate.note(100 * SECOND, None, None);
        assert_eq!(told(gate, 0, 100 * SECOND), (Breaker::Closed, None, None));
    }
}
