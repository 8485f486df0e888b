//! How old data is: the schedule against asking every so often, with equal calls, in simulated worlds.
//!
//! Deterministic and in virtual time: the code that decides is the product's (`trackway_hub::polling`),
//! the worlds are drawn from a seed. *Age* is the time from a happening until it is learned; what is
//! not learned by the end counts to the end. Each day the schedule has as many calls as the fixed
//! interval spends on that day, and never one more. A clairvoyant asks at every happening; how much of
//! the way from the fixed interval to it the schedule comes is its share of the gap.

mod worlds;

use super::Bench;
use crate::bench::report::{Figure, Report, thousands};
use anyhow::Result;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use trackway_hub::polling::life::{DAY, Ground, Life, Terms};
use trackway_hub::polling::pace::Pace;
use trackway_hub::polling::price::{Made, Price};
use trackway_hub::polling::priors::Priors;
use trackway_model::{Stage, TrackId};
use worlds::{DAYS, END, Number, OFFSET, World};

const HOUR: i64 = DAY / 24;
/// The fixed interval.
const INTERVAL: i64 = 4 * HOUR;
const NUMBERS: usize = 3_000;
const SEED: u64 = 20_261;
/// How often the allowance is looked at, as a lane does.
const REFRESH: i64 = HOUR;

pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let priors = Priors::built_in()?;
    for world in World::ALL {
        let outcome = Outcome::of(
            &priors,
            world,
            NUMBERS / bench.scale.min(10),
            INTERVAL,
            SEED,
        );
        report.add(outcome.figure(world));
    }
    Ok(())
}

/// What a way of asking came to.
#[derive(Debug)]
struct Ages {
    /// Of each happening, ascending.
    ages: Vec<i64>,
    /// Calls of each day.
    calls: Vec<u64>,
}

impl Ages {
    fn quantile(&self, share: f64) -> f64 {
        let at = (self.ages.len() as f64 * share) as usize;
        let age = self.ages.get(at.min(self.ages.len().saturating_sub(1)));
        age.map_or(0.0, |age| *age as f64 / HOUR as f64)
    }

    fn mean(&self) -> f64 {
        let sum: f64 = self.ages.iter().map(|age| *age as f64).sum();
        sum / HOUR as f64 / self.ages.len().max(1) as f64
    }

    fn calls(&self) -> u64 {
        self.calls.iter().sum()
    }
}

#[derive(Debug)]
struct Outcome {
    fixed: Ages,
    schedule: Ages,
    clairvoyant: Ages,
}

impl Outcome {
    fn of(priors: &Priors, world: World, numbers: usize, interval: i64, seed: u64) -> Self {
        let numbers = world.draw(priors, numbers, seed);
        let fixed = fixed(&numbers, interval);
        let schedule = schedule(priors, &numbers, &fixed.calls);
        let clairvoyant = clairvoyant(&numbers);
        Self {
            fixed,
            schedule,
            clairvoyant,
        }
    }

    fn ratio(&self) -> f64 {
        self.schedule.quantile(0.5) / self.fixed.quantile(0.5)
    }

    /// How much of the way from the fixed interval to the clairvoyant.
    fn share(&self) -> f64 {
        let from = self.fixed.quantile(0.5);
        let gap = from - self.clairvoyant.quantile(0.5);
        (from - self.schedule.quantile(0.5)) / gap
    }

    fn figure(&self, world: World) -> Figure {
        Figure {
            what: format!("median age of data, {}", world.name()),
            product: format!("{:.2} h", self.schedule.quantile(0.5)),
            ceiling: Some(format!("{:.2} h, fixed interval", self.fixed.quantile(0.5))),
            ratio: Some(self.ratio()),
            at_least: world.bound().1,
            towards: "share of the gap to a clairvoyant",
            more: format!(
                "{:.0} % of the gap; mean {:.2} h (fixed {:.2}), p95 {:.1} h (fixed {:.1}); {} of {} calls, {} happenings; the clairvoyant needs {} calls",
                self.share() * 100.0,
                self.schedule.mean(),
                self.fixed.mean(),
                self.schedule.quantile(0.95),
                self.fixed.quantile(0.95),
                thousands(self.schedule.calls() as f64),
                thousands(self.fixed.calls() as f64),
                thousands(self.fixed.ages.len() as f64),
                thousands(self.clairvoyant.calls() as f64),
            ),
        }
    }
}

/// What an asker knows of a number.
struct Known<'a> {
    number: &'a Number,
    /// Happenings that it knows.
    told: usize,
    looked: i64,
    life: Life,
}

impl<'a> Known<'a> {
    const fn of(number: &'a Number) -> Self {
        Self {
            number,
            told: 0,
            looked: number.born,
            life: Life {
                stage: Stage::Unknown,
                last: number.born,
                learned: number.born,
                pushed: None,
            },
        }
    }

    /// Asks. The first happening is what it was registered for: it has no age.
    fn ask(&mut self, now: i64, ages: &mut Vec<i64>) {
        self.looked = now;
        while let Some((at, stage)) = self.number.happenings.get(self.told).filter(|h| h.0 <= now) {
            if self.told > 0 {
                ages.push(now - at);
            }
            self.told += 1;
            self.life = Life {
                stage: *stage,
                last: *at,
                learned: now,
                pushed: None,
            };
        }
    }
}

/// Runs an asker: `next` says when a number is asked, or looked at again, after it was; None: never.
fn run(
    numbers: &[Number],
    mut step: impl FnMut(usize, &mut Known<'_>, i64, &mut Vec<i64>) -> Option<i64>,
) -> Vec<i64> {
    let mut known: Vec<Known<'_>> = numbers.iter().map(Known::of).collect();
    let mut due: BinaryHeap<Reverse<(i64, usize)>> = numbers
        .iter()
        .enumerate()
        .map(|(at, number)| Reverse((number.born, at)))
        .collect();
    let mut ages = Vec::new();
    while let Some(Reverse((now, at))) = due.pop() {
        if now >= END {
            continue;
        }
        if let Some(next) = step(at, &mut known[at], now, &mut ages) {
            due.push(Reverse((next.max(now + 1), at)));
        }
    }
    for one in &known {
        let unknown = one.number.happenings.iter().skip(one.told.max(1));
        ages.extend(unknown.map(|(at, _)| END - at));
    }
    ages.sort_unstable();
    ages
}

const fn day(now: i64) -> usize {
    (now / DAY) as usize
}

/// Every number so often, from its registration to its end.
fn fixed(numbers: &[Number], interval: i64) -> Ages {
    let mut calls = vec![0; DAYS];
    let ages = run(numbers, |_, known, now, ages| {
        calls[day(now)] += 1;
        known.ask(now, ages);
        (!known.life.is_over(now)).then_some(now + interval)
    });
    Ages { ages, calls }
}

/// Whoever knows the future asks at each happening.
fn clairvoyant(numbers: &[Number]) -> Ages {
    let mut calls = vec![0; DAYS];
    let ages = run(numbers, |_, known, now, ages| {
        calls[day(now)] += 1;
        known.ask(now, ages);
        known.number.happenings.get(known.told).map(|next| next.0)
    });
    Ages { ages, calls }
}

/// The product's schedule with so many calls on each day.
fn schedule(priors: &Priors, numbers: &[Number], allowed: &[u64]) -> Ages {
    let ground = Ground {
        priors,
        carrier: "simulated",
        offset: Some(OFFSET),
    };
    let mut calls = vec![0; DAYS];
    let (mut price, mut pace) = (Price::new(0), Pace::new(0));
    let mut refreshed = i64::MIN;
    let mut active = 0_u64;
    let ages = run(numbers, |at, known, now, ages| {
        let today = day(now);
        let is_new = known.told == 0;
        if refreshed.div_euclid(REFRESH) != now.div_euclid(REFRESH) {
            refreshed = now;
            price.allow(Some(allowed[today] as f64), active.max(1));
            pace.allow(now, Some(allowed[today] as f64));
        }
        if calls[today] >= allowed[today] {
            return Some((today as i64 + 1) * DAY);
        }
        let terms = Terms::of(&price, now);
        let track = TrackId(at as i64);
        if !is_new
            && let Err(later) = known
                .life
                .is_worth_it(track, &ground, known.looked, terms, now)
        {
            active -= u64::from(later.is_none());
            return later;
        }
        if pace.room(now) == 0 {
            return Some(pace.next());
        }
        pace.take(1);
        calls[today] += 1;
        let made = if is_new {
            Made::Asked
        } else {
            Made::Usual(known.life.worth(&ground, known.looked, now))
        };
        price.note(now, made);
        known.ask(now, ages);
        let next = known.life.next(track, &ground, now, terms, now);
        active += u64::from(is_new);
        active -= u64::from(next.is_none());
        next
    });
    Ages { ages, calls }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Deterministic, so that it is no timing: the bounds that the figures are held to.
    #[test]
    fn data_is_as_young_as_it_must_be() {
        let priors = Priors::built_in().unwrap();
        for world in World::ALL {
            for (seed, interval) in [(1, 2 * HOUR), (2, 8 * HOUR)] {
                let outcome = Outcome::of(&priors, world, 400, interval, seed);
                let (bound, _) = world.bound();
                let ratio = outcome.ratio();
                assert!(ratio <= bound, "{}: {ratio:.3} of {bound}", world.name());
                for (ours, theirs) in outcome.schedule.calls.iter().zip(&outcome.fixed.calls) {
                    assert!(ours <= theirs, "equal calls: {ours} of {theirs} on a day");
                }
                assert_eq!(outcome.schedule.ages.len(), outcome.fixed.ages.len());
                assert!(outcome.clairvoyant.quantile(0.5) < 1e-9);
            }
        }
    }
}
