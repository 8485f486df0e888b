//! When something is tried again: pure functions of what failed, the clock and one drawn number.
//!
//! Contract: a dialect's table is a floor. What it says is never undercut, and what a receiver asks
//! for (`Retry-After`) is never undercut either, up to a day. Above the floor the waits are spread
//! evenly, so that what failed together does not come back together.

use std::time::Duration;

/// The longest wait that a receiver's `Retry-After` is believed.
pub(crate) const LONGEST_TOLD: Duration = Duration::from_hours(24);
/// Waits before probes: a floor, and what is drawn from above it, which doubles up to a bound.
const PROBE_FLOOR: Duration = Duration::from_secs(1);
const PROBE_FIRST: Duration = Duration::from_secs(1);
const PROBE_MOST: Duration = Duration::from_mins(4);
/// The part of a table's wait by which it may grow, and the most that this may be.
const SPREAD: u32 = 10;
const MOST_SPREAD: Duration = Duration::from_mins(10);
/// What is parked is tried by itself no sooner than this after the last time.
const PARKED_FLOOR: i64 = 60 * crate::clock::SECOND;

/// Evenly from nothing up to a ceiling: full jitter.
pub(crate) fn full_jitter(ceiling: Duration, drawn: u64) -> Duration {
    let ceiling = u64::try_from(ceiling.as_micros()).unwrap_or(u64::MAX);
    let share = u128::from(ceiling) * u128::from(drawn) / u128::from(u64::MAX);
    Duration::from_micros(share as u64)
}

/// The wait after so many failed attempts at a message; None: its table is at its end.
pub(crate) fn wait(
    table: &[Duration],
    failed: u32,
    told: Option<Duration>,
    drawn: u64,
) -> Option<Duration> {
    let place = usize::try_from(failed).ok()?.checked_sub(1)?;
    let floor = *table.get(place)?;
    let spread = full_jitter((floor / SPREAD).min(MOST_SPREAD), drawn);
    let told = told.unwrap_or_default().min(LONGEST_TOLD);
    Some((floor + spread).max(told))
}

/// The wait before the next probe of an endpoint, after so many that failed.
pub(crate) fn probe(failed: u32, drawn: u64) -> Duration {
    let ceiling = PROBE_FIRST.saturating_mul(1 << failed.min(16));
    PROBE_FLOOR + full_jitter(ceiling.min(PROBE_MOST), drawn)
}

/// When a message that was parked at `parked` and failed again at `now` may be tried by itself once
/// more: after as long as it has been parked already, so a handful of times in all.
pub(crate) const fn parked_again(parked: i64, now: i64) -> i64 {
    let lain = now.saturating_sub(parked);
    let wait = if lain > PARKED_FLOOR {
        lain
    } else {
        PARKED_FLOOR
    };
    now.saturating_add(wait)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn durations() -> impl Strategy<Value = Duration> {
        (0..400_000_000_000_u64).prop_map(Duration::from_micros)
    }

    proptest! {
        #[test]
        fn full_jitter_spans_everything_up_to_its_ceiling(
            ceiling in durations(), drawn: u64, other: u64,
        ) {
            let wait = full_jitter(ceiling, drawn);
            prop_assert!(wait <= ceiling);
            prop_assert_eq!(full_jitter(ceiling, 0), Duration::ZERO);
            prop_assert_eq!(full_jitter(ceiling, u64::MAX), ceiling);
            if drawn <= other {
                prop_assert!(wait <= full_jitter(ceiling, other), "it is even, so it is monotone");
            }
        }

        #[test]
        fn neither_the_table_nor_the_receiver_is_undercut(
            table in proptest::collection::vec(durations(), 0..10),
            failed in 0..12_u32,
            told in proptest::option::of(durations()),
            drawn: u64,
        ) {
            let found = wait(&table, failed, told, drawn);
            let place = (failed as usize).checked_sub(1);
            let Some(floor) = place.and_then(|place| table.get(place)) else {
                prop_assert_eq!(found, None);
                return Ok(());
            };
            let found = found.unwrap();
            let told = told.unwrap_or_default();
            prop_assert!(found >= *floor && found >= told.min(LONGEST_TOLD));
            let spread = (*floor / SPREAD).min(MOST_SPREAD);
            prop_assert!(found <= (*floor + spread).max(told));
        }

        #[test]
        fn probes_come_ever_later_up_to_a_bound(failed in 0..100_u32, drawn: u64) {
            let wait = probe(failed, drawn);
            prop_assert!(wait >= PROBE_FLOOR && wait <= PROBE_FLOOR + PROBE_MOST);
            prop_assert!(wait <= probe(failed + 1, drawn));
        }

        #[test]
        fn what_is_parked_is_tried_a_bounded_number_of_times(
            parked in 0..4_000_000_000_000_000_i64, days in 1..30_i64,
        ) {
            let end = parked + days * 86_400 * crate::clock::SECOND;
            let (mut at, mut times) = (parked, 0);
            while at <= end {
                at = parked_again(parked, at);
                times += 1;
            }
            prop_assert!(times <= 18, "{} in {} days", times, days);
        }
    }
}
