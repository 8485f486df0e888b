//! The clock that all nodes go by, as far as this node knows it.
//!
//! Contract: the store is asked now and then, and in between the time that has passed on this node is
//! added. The truth lies between what it was when the answer came, at the latest, and what it was
//! when the question went out, at the earliest; a question that took too long is asked again. What
//! this node's wall clock shows never matters, only that it has not been set since.

use super::SECOND;
use crate::Hub;
use crate::clock::micros;
use std::time::Duration;
use trackway_model::quota::Moment;
use trackway_store::StoreError;

/// How long an answer is gone by.
const FRESH: Duration = Duration::from_secs(30);
/// An answer that took longer is too vague.
const SLOW: Duration = Duration::from_secs(5);
/// How far two clocks may drift apart while an answer is fresh, and more.
const DRIFT: i64 = 20_000;
/// A wall clock that ran so much faster or slower than time was set.
const SET: i64 = SECOND;

/// What the store said, and when by this node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anchor {
    shared: i64,
    asked: Duration,
    came: Duration,
    wall: i64,
}

impl Anchor {
    fn moment(&self, monotonic: Duration) -> Moment {
        let since = |then: Duration| micros(monotonic.saturating_sub(then));
        Moment {
            earliest: self.shared + since(self.came),
            latest: self.shared + since(self.asked) + DRIFT,
        }
    }

    fn holds(&self, monotonic: Duration, wall: i64) -> bool {
        let passed = monotonic.saturating_sub(self.came);
        let shown = wall.saturating_sub(self.wall);
        passed < FRESH
            && self.came.saturating_sub(self.asked) < SLOW
            && shown.abs_diff(micros(passed)) < SET.unsigned_abs()
    }
}

impl Hub {
    /// The moment, by the clock that all nodes share.
    pub(super) async fn moment(&self) -> Result<Moment, StoreError> {
        let (wall, asked) = (self.clock.now(), self.clock.monotonic());
        if let Some(anchor) = *self.purses.anchor.lock()
            && anchor.holds(asked, wall)
        {
            return Ok(anchor.moment(asked));
        }
        let shared = self.store.shared_time(wall).await?;
        let came = self.clock.monotonic();
        let anchor = Anchor {
            shared,
            asked,
            came,
            wall: self.clock.now(),
        };
        if came.saturating_sub(asked) >= SLOW {
            return Err(StoreError::Busy);
        }
        *self.purses.anchor.lock() = Some(anchor);
        Ok(anchor.moment(came))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn the_truth_lies_between() {
        let anchor = Anchor {
            shared: 1_000 * SECOND,
            asked: seconds(10),
            came: seconds(12),
            wall: 5 * SECOND,
        };
        let moment = anchor.moment(seconds(15));
        assert_eq!(moment.earliest, 1_003 * SECOND);
        assert_eq!(moment.latest, 1_005 * SECOND + DRIFT);
    }

    #[test]
    fn an_answer_is_not_gone_by_for_ever() {
        let anchor = Anchor {
            shared: 0,
            asked: seconds(10),
            came: seconds(10),
            wall: 5 * SECOND,
        };
        assert!(anchor.holds(seconds(20), 15 * SECOND));
        assert!(!anchor.holds(seconds(40), 35 * SECOND), "too old");
        assert!(!anchor.holds(seconds(20), 17 * SECOND), "set forward");
        assert!(!anchor.holds(seconds(20), 13 * SECOND), "set back");
        let slow = Anchor {
            came: seconds(15),
            ..anchor
        };
        assert!(!slow.holds(seconds(15), 5 * SECOND));
    }
}
