//! When to ask again after what went wrong. (After an answer: `polling::life`.)
//!
//! Guarantee: waits grow with failures in a row but never beyond their bound, and no failure ends a
//! poll but one: a number of which nothing was ever known.

use crate::clock::SECOND;
use crate::polling::life::spread;
use std::time::Duration;
use trackway_dialects::CallError;
use trackway_model::TrackId;

const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Answers of "nothing known" in a row after which a number is given up: about two months.
const LAST_NOTHING: u32 = 240;
/// The longest wait that an upstream's `Retry-After` is believed.
const LONGEST_RETRY_AFTER: i64 = DAY;

/// What went wrong, as far as waiting goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    Unset,
    Nothing,
    Refused,
    Quota,
    Fault,
    Shape,
    /// Our own store would not take it.
    Store,
}

impl Trouble {
    pub const fn of(error: &CallError) -> Self {
        match error {
            CallError::Unset(_) => Self::Unset,
            CallError::Nothing { .. } => Self::Nothing,
            CallError::Refused { .. } => Self::Refused,
            CallError::Quota { .. } => Self::Quota,
            CallError::Fault { .. } => Self::Fault,
            CallError::Shape { .. } => Self::Shape,
        }
    }

    /// Its label in metrics and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unset => "unset",
            Self::Nothing => "nothing",
            Self::Refused => "refused",
            Self::Quota => "quota",
            Self::Fault => "fault",
            Self::Shape => "shape",
            Self::Store => "store",
        }
    }

    /// The first wait, and the bound to which it doubles.
    const fn waits(self) -> (i64, i64) {
        match self {
            Self::Nothing => (10 * MINUTE, 6 * HOUR),
            Self::Refused => (HOUR, DAY),
            Self::Unset | Self::Quota => (15 * MINUTE, 6 * HOUR),
            Self::Fault => (30 * SECOND, 30 * MINUTE),
            Self::Shape => (30 * MINUTE, 12 * HOUR),
            Self::Store => (5 * SECOND, 5 * MINUTE),
        }
    }
}

/// When to ask again after `failures` failures in a row (at least 1); None: given up.
pub fn after_trouble(
    track: TrackId,
    now: i64,
    trouble: Trouble,
    failures: u32,
    retry_after: Option<Duration>,
) -> Option<i64> {
    if trouble == Trouble::Nothing && failures > LAST_NOTHING {
        return None;
    }
    let (first, most) = trouble.waits();
    let grown = first
        .saturating_mul(1 << failures.saturating_sub(1).min(20))
        .min(most);
    let told = retry_after
        .map_or(0, crate::clock::micros)
        .min(LONGEST_RETRY_AFTER);
    Some(now + spread(track, grown).max(told))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TROUBLES: [Trouble; 7] = [
        Trouble::Unset,
        Trouble::Nothing,
        Trouble::Refused,
        Trouble::Quota,
        Trouble::Fault,
        Trouble::Shape,
        Trouble::Store,
    ];

    #[test]
    fn waits_grow_to_their_bound_and_no_further() {
        for trouble in TROUBLES {
            let wait = |failures| after_trouble(TrackId(5), 0, trouble, failures, None).unwrap();
            let (first, most) = trouble.waits();
            assert!(wait(1) <= first && wait(1) >= first / 10 * 9);
            assert!((1..40).all(|failures| wait(failures) <= wait(failures + 1)));
            assert!(wait(200) <= most && wait(200) >= most / 10 * 9);
        }
    }

    #[test]
    fn only_a_number_never_known_is_given_up() {
        for trouble in TROUBLES {
            let last = after_trouble(TrackId(1), 0, trouble, u32::MAX, None);
            assert_eq!(last.is_none(), trouble == Trouble::Nothing, "{trouble:?}");
        }
    }

    #[test]
    fn a_told_wait_is_believed_up_to_a_day() {
        let wait = |s| {
            after_trouble(
                TrackId(1),
                0,
                Trouble::Quota,
                1,
                Some(Duration::from_secs(s)),
            )
        };
        assert_eq!(wait(7_200), Some(2 * HOUR));
        assert_eq!(wait(u64::MAX), Some(DAY));
    }
}
