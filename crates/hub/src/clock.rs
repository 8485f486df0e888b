//! Time, injected. `SystemClock` is the one place of the product that reads the machine's clocks;
//! everything else takes a `Clock`.
//!
//! Guarantee: `sleep_until` returns when `now` has reached the instant, also when the machine's
//! clock was set meanwhile, and never earlier, but for one case: when the clock was set back. What
//! was slept for may then be due by another reckoning (an hour's work would wait an hour more), so
//! sleepers look again.

use async_trait::async_trait;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Longest wait before the wall clock is read again: it may have been set.
const LONGEST_NAP: Duration = Duration::from_secs(30);
/// A clock that goes back by less is only kept right.
const SET_BACK: i64 = SECOND;

/// Where `now` comes from.
#[async_trait]
pub trait Clock: Send + Sync + 'static {
    /// Microseconds since the epoch.
    fn now(&self) -> i64;
    /// Time since some fixed moment, for measuring durations; never goes back.
    fn monotonic(&self) -> Duration;
    /// Waits until `now` is at least `at`, or the clock was set back.
    async fn sleep_until(&self, at: i64);
}

/// A duration in microseconds, as instants are counted.
pub fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// Whether a clock that showed `before` and now shows `now` was set back.
const fn is_set_back(before: i64, now: i64) -> bool {
    before.saturating_sub(now) > SET_BACK
}

/// An instant as people and programs read it: RFC 3339 in UTC.
pub fn text(instant: i64) -> String {
    jiff::Timestamp::from_microsecond(instant)
        .map(|at| at.to_string())
        .unwrap_or_default()
}

/// The machine's clocks.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the clocks are injected"
    )]
    pub fn new() -> Self {
        Self {
            origin: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the clocks are injected"
    )]
    fn now(&self) -> i64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, micros)
    }

    fn monotonic(&self) -> Duration {
        self.origin.elapsed()
    }

    async fn sleep_until(&self, at: i64) {
        let mut before = self.now();
        loop {
            let now = self.now();
            let left = at.saturating_sub(now);
            if left <= 0 || is_set_back(before, now) {
                return;
            }
            before = now;
            tokio::time::sleep(Duration::from_micros(left.unsigned_abs()).min(LONGEST_NAP)).await;
        }
    }
}

/// A clock that stands until it is set: for tests and replays.
#[derive(Debug)]
pub struct TestClock {
    now: watch::Sender<i64>,
}

impl TestClock {
    /// A clock that shows `now`.
    pub fn at(now: i64) -> Self {
        Self {
            now: watch::Sender::new(now),
        }
    }

    pub fn set(&self, now: i64) {
        self.now.send_replace(now);
    }

    pub fn advance(&self, by: Duration) {
        self.now.send_modify(|now| *now += micros(by));
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> i64 {
        *self.now.borrow()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_micros(self.now().unsigned_abs())
    }

    async fn sleep_until(&self, at: i64) {
        let before = self.now();
        let is_over = |now: &i64| *now >= at || is_set_back(before, *now);
        // The sender lives in self, so waiting can't end any other way.
        let _ = self.now.subscribe().wait_for(is_over).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[tokio::test]
    async fn a_test_clock_wakes_its_sleepers_when_it_is_set() {
        let clock = Arc::new(TestClock::at(10));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(50).await }
        });
        clock.set(49);
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_micros(1));
        sleeper.await.unwrap();
        assert_eq!(clock.now(), 50);
    }

    #[tokio::test]
    async fn a_sleeper_looks_again_when_the_clock_is_set_back() {
        let clock = Arc::new(TestClock::at(10_000 * SECOND));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(20_000 * SECOND).await }
        });
        tokio::task::yield_now().await;
        // Kept right, not set.
        clock.set(10_000 * SECOND - SECOND);
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.set(6_400 * SECOND);
        sleeper.await.unwrap();
    }
}
