//! The one place of the bench that reads a clock.

use std::time::{Duration, Instant};

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
}
