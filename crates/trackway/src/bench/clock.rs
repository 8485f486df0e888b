//! The one place of the bench that reads clocks, and waits.

use std::time::{Duration, Instant, SystemTime};

/// Microseconds since the epoch: what two processes of one machine can compare.
#[expect(
    clippy::disallowed_methods,
    reason = "measuring is what a bench is for"
)]
pub fn wall_us() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_micros() as i64)
}

/// Measures a duration.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "measuring is what a bench is for"
    )]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "measuring is what a bench is for"
    )]
    pub fn elapsed(self) -> Duration {
        Instant::now().duration_since(self.0)
    }

    /// Waits until so much has passed since the start.
    #[expect(
        clippy::disallowed_methods,
        reason = "a steady load waits for its moment, on a thread of its own"
    )]
    pub fn reach(self, at: Duration) {
        let left = at.saturating_sub(self.elapsed());
        if !left.is_zero() {
            std::thread::sleep(left);
        }
    }
}
