//! How old what is known is: when each number that is followed was last told of, and how each
//! connection does.
//!
//! Contract: times only grow. They are noted in batches some seconds after the commit that they
//! tell of; what a crash takes makes data look older than it is, never younger. Ages are counted in
//! one pass, in steps of a second up to ten minutes and of a minute beyond; callers keep the answer
//! for a while and do not ask with every request.

use crate::StoreError;
use async_trait::async_trait;
use trackway_model::{ConnectionId, TrackId};

/// That a connection told of a number, by an answer or a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Heard {
    pub connection: ConnectionId,
    pub track: TrackId,
    pub at: i64,
}

/// How a connection does. None: nothing new is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionState {
    pub connection: ConnectionId,
    /// When it last told anything.
    pub heard: Option<i64>,
    /// When it last told something new.
    pub changed: Option<i64>,
    /// When a call of it last failed, and how, in words.
    pub failed: Option<i64>,
    pub failure: Option<String>,
    /// A day, in days since the epoch, and calls made on it. Noted ones are added.
    pub calls: Option<(i64, u64)>,
}

/// How old what is known of a connection's numbers is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ages {
    pub connection: ConnectionId,
    /// Numbers that are asked about.
    pub active: u64,
    /// Of those, the ones of which nothing was heard yet.
    pub waiting: u64,
    /// Numbers that are asked about no more.
    pub ended: u64,
    /// Ages in seconds and how many active numbers have them, ascending.
    pub steps: Vec<(u64, u64)>,
}

impl Ages {
    /// The age that this share of the numbers does not exceed, in seconds; None where nothing was
    /// heard of any.
    pub fn quantile(&self, share: f64) -> Option<u64> {
        let heard: u64 = self.steps.iter().map(|(_, count)| count).sum();
        let wanted = ((heard as f64 * share).ceil() as u64).max(1);
        let mut below = 0;
        let found = self.steps.iter().find(|(_, count)| {
            below += count;
            below >= wanted
        });
        found.map(|(age, _)| *age)
    }

    /// The age of the oldest.
    pub fn oldest(&self) -> Option<u64> {
        self.steps.last().map(|(age, _)| *age)
    }

    /// Both together.
    pub fn add(&mut self, other: &Self) {
        self.active += other.active;
        self.waiting += other.waiting;
        self.ended += other.ended;
        let mut steps: std::collections::BTreeMap<u64, u64> =
            std::mem::take(&mut self.steps).into_iter().collect();
        for (age, count) in &other.steps {
            *steps.entry(*age).or_default() += count;
        }
        self.steps = steps.into_iter().collect();
    }
}

/// What an engine's rows say: connection, whether it is asked about still, the step of its age
/// (None: nothing heard), and how many.
pub(crate) type Counted = (i64, bool, Option<i64>, i64);

/// The age that a step stands for: `AGE_STEPS` of the statements.
fn age_of(step: i64) -> u64 {
    let step = u64::try_from(step).unwrap_or(0);
    if step < FINE {
        step
    } else {
        (step - FINE) * 60
    }
}

/// Ages below this many seconds are told by the second.
const FINE: u64 = 600;

/// Puts the rows together, connection by connection.
pub(crate) fn gather(rows: impl IntoIterator<Item = Counted>) -> Vec<Ages> {
    let mut all: std::collections::BTreeMap<i64, Ages> = std::collections::BTreeMap::new();
    for (connection, active, step, count) in rows {
        let count = u64::try_from(count).unwrap_or(0);
        let ages = all.entry(connection).or_insert_with(|| Ages {
            connection: ConnectionId(connection),
            ..Ages::default()
        });
        match (active, step) {
            (false, _) => ages.ended += count,
            (true, None) => {
                ages.active += count;
                ages.waiting += count;
            }
            (true, Some(step)) => {
                ages.active += count;
                ages.steps.push((age_of(step), count));
            }
        }
    }
    for ages in all.values_mut() {
        ages.steps.sort_unstable();
    }
    all.into_values().collect()
}

/// How old what is known is.
#[async_trait]
pub trait Freshness: Send + Sync {
    /// Notes what was heard and how connections do.
    async fn note_heard(
        &self,
        heard: Vec<Heard>,
        states: Vec<ConnectionState>,
    ) -> Result<(), StoreError>;

    /// Every connection's ages at an instant.
    async fn ages(&self, now: i64) -> Result<Vec<Ages>, StoreError>;

    /// How many numbers are registered, of all accounts; counted in one pass.
    async fn registered(&self) -> Result<u64, StoreError>;

    /// How every connection does.
    async fn connection_states(&self) -> Result<Vec<ConnectionState>, StoreError>;
}

/// Name of a sealed column.
pub(crate) const FAILURE: &str = "connection_state.failure";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_read_off_the_steps() {
        let rows = [
            (1, true, Some(0), 1),
            (1, true, Some(600 + 20), 8),
            (1, true, Some(30), 90),
            (1, true, None, 5),
            (1, false, Some(2), 7),
            (1, true, Some(600 + 60), 1),
            (2, false, None, 3),
        ];
        let ages = gather(rows);
        let [one, two] = &ages[..] else { panic!() };
        assert_eq!((one.active, one.waiting, one.ended), (105, 5, 7));
        assert_eq!(one.quantile(0.5), Some(30));
        assert_eq!(one.quantile(0.95), Some(1_200));
        assert_eq!(
            (one.oldest(), one.quantile(1.0)),
            (Some(3_600), Some(3_600))
        );
        assert_eq!((two.active, two.ended, two.quantile(0.5)), (0, 3, None));
        let mut both = two.clone();
        both.add(one);
        assert_eq!((both.ended, both.quantile(0.5)), (10, Some(30)));
    }
}
