//! What a call is worth, and when it will be worth its price. Pure.
//!
//! While a number is not asked, happenings pile up that we do not know of. If λ(s) is how likely one
//! is at s, then by t there are Λ(t) = ∫λ of them on average since the last look, and together they
//! have been unknown for S(t) = ∫Λ: parcel-hours of age that a call at t ends. A call is worth S; it
//! is made when S reaches the price. At a steady rate λ the price C asks every √(2C/λ): the intervals
//! of the square-root law, which for so many calls a day leave the least age. Where λ changes with
//! the hour, S stands still while nothing is pending and nothing can happen, so nights cost nothing,
//! and it grows through them where something is.
//!
//! Laws, held by tests: a higher hazard is never asked later; a higher price never earlier; nobody
//! waits longer than `longest`.

use super::priors::Profile;
use trackway_model::Stage;

/// Microseconds in an hour.
pub const HOUR: f64 = 3_600_000_000.0;
/// Pieces of constant hazard where the local hour is not known, in hours.
const STEP: f64 = 6.0;
/// So that rounding at the edge of a bin can't hold the walk up.
const LEAST_STEP: f64 = 1e-6;
const NEVER: f64 = 1e-12;

/// What may happen to a parcel.
#[derive(Clone, Copy, Debug)]
pub struct Prospect<'a> {
    pub profile: &'a Profile,
    pub stage: Stage,
    /// When it last changed, in microseconds since the epoch, as all instants here.
    pub changed: i64,
    /// Microseconds that its carrier's clock is east of UTC, where its zone is known.
    pub offset: Option<i64>,
}

/// How a walk through time stands: hours since the last look, Λ and S.
#[derive(Clone, Copy, Debug, Default)]
struct Passed {
    hours: f64,
    pending: f64,
    stale: f64,
}

impl Prospect<'_> {
    /// S: parcel-hours of unknown happenings that are expected between two instants.
    pub fn staleness(&self, from: i64, to: i64) -> f64 {
        let hours = (to - from) as f64 / HOUR;
        self.walk(from, hours, f64::INFINITY).stale
    }

    /// When a call is worth `price` after a look at `asked`, at most `longest` later.
    pub fn due(&self, asked: i64, price: f64, longest: i64) -> i64 {
        let passed = self.walk(asked, longest as f64 / HOUR, price);
        asked
            .saturating_add((passed.hours * HOUR) as i64)
            .min(asked.saturating_add(longest))
    }

    /// Goes on for so many hours or until S is `price`, through pieces in which nothing changes.
    fn walk(&self, from: i64, most: f64, price: f64) -> Passed {
        let age = ((from - self.changed) as f64 / HOUR).max(0.0);
        let clock = self
            .offset
            .map(|offset| ((from + offset) as f64 / HOUR).rem_euclid(24.0));
        let mut passed = Passed::default();
        while passed.hours < most {
            let age = age + passed.hours;
            let clock = clock.map(|clock| (clock + passed.hours).rem_euclid(24.0));
            let hour_ends = clock.map_or(STEP, |clock| 1.0 - clock.fract());
            let piece = hour_ends
                .min(self.profile.bin_end(age) - age)
                .max(LEAST_STEP);
            let piece = piece.min(most - passed.hours);
            let hour = clock.map(|clock| clock as usize);
            let hazard = self.profile.belief(self.stage, age, hour);
            let next = passed.after(piece, hazard);
            if next.stale >= price {
                return passed.after(passed.until(price, hazard).min(piece), hazard);
            }
            passed = next;
        }
        passed
    }
}

impl Passed {
    fn after(self, hours: f64, hazard: f64) -> Self {
        Self {
            hours: self.hours + hours,
            pending: self.pending + hazard * hours,
            stale: self.stale + self.pending * hours + hazard * hours * hours / 2.0,
        }
    }

    /// Hours until S is `price`: the root of stale + pending·x + hazard·x²/2 = price.
    fn until(self, price: f64, hazard: f64) -> f64 {
        let missing = (price - self.stale).max(0.0);
        if hazard < NEVER {
            return missing / self.pending.max(NEVER);
        }
        let root = (self.pending * self.pending + 2.0 * hazard * missing).sqrt();
        (root - self.pending) / hazard
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::polling::priors::Priors;
    use proptest::prelude::*;

    const DAY: i64 = 24 * HOUR as i64;

    fn stage() -> impl Strategy<Value = Stage> {
        (0..Stage::ALL.len()).prop_map(|at| Stage::ALL[at])
    }

    fn flat(rate: f64) -> Priors {
        Priors::parse(&format!("\n*,rate,,{rate}")).unwrap()
    }

    #[test]
    fn a_steady_rate_is_asked_by_the_square_root_law() {
        let of = |rate: f64, price: f64| {
            let priors = flat(rate);
            let prospect = Prospect {
                profile: priors.of("any"),
                stage: Stage::InTransit,
                changed: 0,
                offset: Some(0),
            };
            prospect.due(0, price, 100 * DAY) as f64 / HOUR
        };
        for (rate, price) in [(0.1, 0.2), (0.4, 0.2), (0.05, 9.0)] {
            let interval = (2.0_f64 * price / rate).sqrt();
            assert!((of(rate, price) - interval).abs() < 1e-3, "{rate} {price}");
        }
        assert!((of(0.1, 0.4) / of(0.4, 0.4) - 2.0).abs() < 1e-3);
    }

    proptest! {
        #[test]
        fn a_call_is_made_when_it_is_worth_its_price(
            stage in stage(), age in 0..60 * DAY, asked in 0..DAY, price in 0.01_f64..50.0,
        ) {
            let priors = Priors::built_in().unwrap();
            let asked = asked + 60 * DAY;
            let prospect = Prospect {
                profile: priors.of("247express"),
                stage,
                changed: asked - age,
                offset: Some(7 * HOUR as i64),
            };
            let due = prospect.due(asked, price, 30 * DAY);
            prop_assert!(due > asked && due <= asked + 30 * DAY);
            let worth = prospect.staleness(asked, due);
            if due < asked + 30 * DAY {
                prop_assert!((worth - price).abs() < 1e-3 * price.max(1.0), "{worth} for {price}");
            } else {
                prop_assert!(worth <= price * 1.001);
            }
            prop_assert!(prospect.due(asked, price * 1.5, 30 * DAY) >= due, "dearer, so not earlier");
            prop_assert!(prospect.due(asked, price, DAY) <= asked + DAY, "nobody starves");
        }

        #[test]
        fn a_higher_hazard_is_never_asked_later(
            rate in 0.001_f64..1.0, more in 1.0_f64..10.0, price in 0.01_f64..10.0, asked in 0..DAY,
        ) {
            let due = |rate: f64| {
                let priors = flat(rate);
                let prospect = Prospect {
                    profile: priors.of("any"),
                    stage: Stage::Customs,
                    changed: 0,
                    offset: Some(0),
                };
                prospect.due(asked, price, 30 * DAY)
            };
            prop_assert!(due(rate * more) <= due(rate));
        }
    }
}
