//! How fast a connection is called: a bucket that fills evenly. Pure.
//!
//! Guarantee: in any stretch of time at most `rate` times its length plus `burst` calls. So what comes
//! at once (a hundred thousand numbers registered, a night's backlog) is spread, and a single number
//! finds the bucket full and is asked at once.

const SECOND: f64 = 1_000_000.0;
/// Of a limited connection: how many times its even rate it may be called, since parcels move by day.
const PEAK: f64 = 4.0;
/// And how many hours' calls at once.
const BURST_HOURS: f64 = 0.5;
/// Without a limit: calls a second, and at once.
const UNLIMITED: (f64, f64) = (50.0, 50.0);

/// The bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Calls a second.
    rate: f64,
    burst: f64,
    held: f64,
    at: i64,
}

impl Pace {
    /// A full bucket, of a connection without a limit.
    pub const fn new(now: i64) -> Self {
        let (rate, burst) = UNLIMITED;
        Self {
            rate,
            burst,
            held: burst,
            at: now,
        }
    }

    /// How many calls a day are allowed.
    pub fn allow(&mut self, now: i64, per_day: Option<f64>) {
        self.fill(now);
        let was = self.burst;
        (self.rate, self.burst) = per_day.map_or(UNLIMITED, |calls| {
            let even = calls / 86_400.0;
            let (most, most_at_once) = UNLIMITED;
            let burst = (even * 3_600.0 * BURST_HOURS).clamp(2.0, most_at_once);
            ((even * PEAK).min(most), burst)
        });
        // What was there before stays the same part.
        self.held = (self.held / was * self.burst).min(self.burst);
    }

    /// How many calls may be made now.
    pub fn room(&mut self, now: i64) -> usize {
        self.fill(now);
        self.held as usize
    }

    pub fn take(&mut self, calls: usize) {
        self.held = (self.held - calls as f64).max(0.0);
    }

    /// When the next call may be made.
    pub fn next(&self) -> i64 {
        let missing = (1.0 - self.held).max(0.0);
        let wait = missing / self.rate.max(1e-9) * SECOND;
        self.at.saturating_add(wait.ceil() as i64)
    }

    fn fill(&mut self, now: i64) {
        // A clock that was set back fills nothing.
        let passed = now.saturating_sub(self.at).max(0) as f64 / SECOND;
        self.held = (self.held + passed * self.rate).min(self.burst);
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_single_number_goes_at_once_and_many_are_spread() {
        let mut pace = Pace::new(0);
        pace.allow(0, Some(250.0));
        assert!(pace.room(0) >= 1);
        let (mut now, mut calls) = (0, 0);
        while now < 86_400_000_000 {
            let room = pace.room(now);
            pace.take(room);
            calls += room;
            now = pace.next().max(now + 1);
            if calls == 20 {
                assert!(now > 20 * 60_000_000, "twenty calls in {now} µs");
            }
        }
        assert!(calls <= 1_010, "{calls}");
    }

    proptest! {
        #[test]
        fn never_more_than_rate_and_burst(
            per_day in 1.0_f64..1e6, waits in prop::collection::vec(0_i64..600_000_000, 1..200),
        ) {
            let mut pace = Pace::new(0);
            pace.allow(0, Some(per_day));
            let (mut now, mut calls) = (0, 0);
            for wait in waits {
                now += wait;
                let room = pace.room(now);
                pace.take(room);
                calls += room;
                let most = (per_day / 86_400.0 * PEAK).min(50.0) * now as f64 / SECOND + 50.0;
                prop_assert!(calls as f64 <= most + 1e-6);
                prop_assert!(pace.next() > now);
            }
        }
    }
}
