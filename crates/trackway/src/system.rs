//! What the program injects from the machine.

use std::sync::Arc;
use trackway_hub::clock::{Clock, SystemClock};
use trackway_simulator::RealClock;

/// The machine's clock, as a simulated world reads it.
pub fn real_clock() -> RealClock {
    let clock = SystemClock::new();
    Arc::new(move || clock.now())
}

/// What the machine's clock shows, in microseconds since the epoch.
pub fn now() -> i64 {
    SystemClock::new().now()
}
