//! Times as Track123 writes them (track123.md §4).

pub use super::cargo::told::clock as text;
use trackway_model::{Occurred, time};

/// A time that a client names: in UTC, as we write ours.
pub fn instant(text: &str) -> Option<i64> {
    time::parse(text.trim()).map(Occurred::assumed)
}

/// Whole days from one instant to a later one.
pub fn days(from: i64, to: i64) -> i64 {
    const DAY: i64 = 86_400_000_000;
    to.saturating_sub(from).max(0) / DAY
}
