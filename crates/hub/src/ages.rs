//! How old what is known is, connection by connection, and how each connection does.
//!
//! Contract: the age of a number is the time since its connection last told of it, by an answer or a
//! webhook, news or not. Ages are counted over all numbers in one pass of the store, whoever asks, and
//! the count is kept the longer the longer it took, a minute at most; everything else is read as it
//! stands.

use crate::budget::QuotaInfo;
use crate::metrics::Name;
use crate::polling::rests::Rest;
use crate::{Hub, clock, notes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use trackway_model::ConnectionId;
use trackway_store::StoreError;
use trackway_store::ages::{Ages, ConnectionState};
use trackway_store::records::Connection;
use utoipa::ToSchema;

/// How long a count is kept: so many times as long as it took, within these bounds.
const WORTH: u32 = 500;
const SHORTEST_KEPT: Duration = Duration::from_secs(1);
const LONGEST_KEPT: Duration = Duration::from_mins(1);

/// How a connection does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConnectionStanding {
    pub numbers: Numbers,
    pub age: Age,
    /// When it last told anything, by an answer or a webhook. RFC 3339, as every time here.
    pub heard: Option<String>,
    /// When it last told something new.
    pub changed: Option<String>,
    /// When a call of it last failed.
    pub failed: Option<String>,
    /// How, in words.
    pub failure: Option<String>,
    /// Calls made since midnight, UTC.
    pub calls_today: u64,
    pub quota: QuotaInfo,
    /// Whether it is asked now, as the node that answers this knows it.
    pub rest: Rest,
}

/// Numbers that a connection is asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Numbers {
    /// Asked about, from time to time.
    pub active: u64,
    /// Of these, the ones of which nothing was heard yet.
    pub waiting: u64,
    /// Asked about no more: they have come to their end, or were given up.
    pub ended: u64,
}

/// How old what is known of active numbers is, in seconds; null where nothing was heard. Exact to a
/// second up to ten minutes and to a minute beyond; counted a minute ago at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Age {
    /// Half of the numbers are no older.
    pub p50_s: Option<u64>,
    /// 95 % of the numbers are no older.
    pub p95_s: Option<u64>,
    pub max_s: Option<u64>,
}

impl Age {
    pub(crate) fn of(ages: &Ages) -> Self {
        Self {
            p50_s: ages.quantile(0.5),
            p95_s: ages.quantile(0.95),
            max_s: ages.oldest(),
        }
    }
}

impl Numbers {
    pub(crate) const fn of(ages: &Ages) -> Self {
        Self {
            active: ages.active,
            waiting: ages.waiting,
            ended: ages.ended,
        }
    }
}

/// The last count, with the time until which it is kept.
#[derive(Debug, Default)]
pub(crate) struct Counted(tokio::sync::Mutex<Option<(Duration, Arc<Vec<Ages>>)>>);

impl Hub {
    /// Every connection's ages, counted a minute ago at most. Who asks meanwhile waits for the count.
    pub(crate) async fn ages(&self) -> Result<Arc<Vec<Ages>>, StoreError> {
        let mut kept = self.counted.0.lock().await;
        let began = self.clock.monotonic();
        if let Some((until, ages)) = kept.as_ref()
            && began < *until
        {
            return Ok(ages.clone());
        }
        self.write_notes().await?;
        let ages = Arc::new(self.store.ages(self.clock.now()).await?);
        let took = self.clock.monotonic().saturating_sub(began);
        let worth = took.saturating_mul(WORTH);
        let until = began + worth.clamp(SHORTEST_KEPT, LONGEST_KEPT);
        *kept = Some((until, ages.clone()));
        Ok(ages)
    }

    /// How each of these connections does.
    pub(crate) async fn standings(
        &self,
        connections: &[Arc<Connection>],
    ) -> Result<Vec<ConnectionStanding>, StoreError> {
        let ages = self.ages().await?;
        self.write_notes().await?;
        let states = self.store.connection_states().await?;
        let today = notes::today(self.clock.as_ref());
        let mut standings = Vec::with_capacity(connections.len());
        for connection in connections {
            let counted = ages.iter().find(|ages| ages.connection == connection.id);
            let state = states
                .iter()
                .find(|known| known.connection == connection.id);
            standings.push(ConnectionStanding {
                quota: self.quota_info(connection).await?,
                rest: self.rest_of(connection.id),
                ..standing(counted, state, today)
            });
        }
        Ok(standings)
    }

    /// Says in the metrics how old data is.
    pub(crate) async fn measure_ages(&self) -> Result<(), StoreError> {
        for ages in self.ages().await?.iter() {
            let Some(label) = label(ages.connection) else {
                continue;
            };
            for (quantile, share) in [("0.5", 0.5), ("0.95", 0.95), ("1", 1.0)] {
                if let Some(age) = ages.quantile(share) {
                    let labels = [label.into(), quantile.into()];
                    self.metrics.set(Name::DataAge, &labels, age as f64);
                }
            }
            let Numbers {
                active,
                waiting,
                ended,
            } = Numbers::of(ages);
            for (state, count) in [("active", active), ("waiting", waiting), ("ended", ended)] {
                let labels = [label.into(), state.into()];
                self.metrics.set(Name::Numbers, &labels, count as f64);
            }
        }
        Ok(())
    }
}

/// A label is a small number; nobody has more connections.
pub(crate) fn label(id: ConnectionId) -> Option<u16> {
    u16::try_from(id.0).ok()
}

fn standing(
    ages: Option<&Ages>,
    state: Option<&ConnectionState>,
    today: i64,
) -> ConnectionStanding {
    let text = |at: Option<i64>| at.map(clock::text);
    let calls = state.and_then(|state| state.calls);
    ConnectionStanding {
        numbers: ages.map(Numbers::of).unwrap_or_default(),
        age: ages.map(Age::of).unwrap_or_default(),
        heard: text(state.and_then(|state| state.heard)),
        changed: text(state.and_then(|state| state.changed)),
        failed: text(state.and_then(|state| state.failed)),
        failure: state.and_then(|state| state.failure.clone()),
        calls_today: calls
            .filter(|(day, _)| *day == today)
            .map_or(0, |(_, calls)| calls),
        quota: QuotaInfo::default(),
        rest: Rest::default(),
    }
}
