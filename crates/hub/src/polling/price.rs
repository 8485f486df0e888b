//! What a call costs on one connection: the price at which a day's calls are just used up. Pure.
//!
//! At the price C numbers are asked at a rate of K/√C, with a K that says how many there are and how
//! lively they are (`worth` tells why). K is measured from the calls of the last day: the sum of the
//! roots of what each was worth when it was made. That holds whatever the price was, and also where
//! calls had to wait for their turn. Until a day is known, a guess fills it; and it is taken by number,
//! so that it follows when numbers come and go. So one step finds the price for an allowance. The first
//! looks at new numbers and what people ask for are not the schedule's choice: they are taken off.
//!
//! Without an allowance a call costs `LEAST`, and never less with one: asking more often than that
//! finds nothing.

use super::worth::HOUR;

/// Parcel-hours of age that a call must end where calls are free.
pub const LEAST: f64 = 0.1;
/// Hours that are remembered.
const HOURS: usize = 24;
/// The root of half the hazard of a number of which nothing is known, a day: what K is guessed from.
const GUESS: f64 = 24.0 * 0.15;
/// How much of a day the guess weighs at first; nothing once a day is known.
const GUESS_WEIGHT: f64 = 0.25;
/// Calls that are not planned, so that what comes unexpected has a place.
const PLANNED: f64 = 0.96;
/// Of the allowance, at least this part is the schedule's.
const LEAST_SHARE: f64 = 0.4;
/// The longest that a living number waits if the allowance permits it.
const LONGEST: i64 = 3 * 24 * HOUR as i64;

/// What a call was made for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Made {
    /// It was worth so much.
    Usual(f64),
    /// A new number's first look, or somebody asked for it.
    Asked,
}

#[derive(Clone, Copy, Debug, Default)]
struct Hour {
    number: i64,
    /// Sum of the roots of what calls were worth, by number.
    usual: f64,
    asked: f64,
}

/// The price on a connection.
#[derive(Clone, Debug)]
pub struct Price {
    began: i64,
    per_day: Option<f64>,
    numbers: f64,
    hours: [Hour; HOURS],
}

impl Price {
    /// `now`: since when calls are measured.
    pub fn new(now: i64) -> Self {
        Self {
            began: now,
            per_day: None,
            numbers: 0.0,
            hours: [Hour::default(); HOURS],
        }
    }

    /// How many calls a day are allowed, and how many numbers there are to ask about.
    pub const fn allow(&mut self, per_day: Option<f64>, numbers: u64) {
        self.per_day = per_day;
        self.numbers = numbers as f64;
    }

    /// A call was made.
    pub fn note(&mut self, now: i64, made: Made) {
        let numbers = self.numbers.max(1.0);
        let number = hour(now);
        let held = &mut self.hours[number.rem_euclid(HOURS as i64) as usize];
        if held.number != number {
            *held = Hour {
                number,
                ..Hour::default()
            };
        }
        match made {
            Made::Usual(worth) => held.usual += worth.max(0.0).sqrt() / numbers,
            Made::Asked => held.asked += 1.0,
        }
    }

    /// The price of a call.
    pub fn now(&self, now: i64) -> f64 {
        let Some(per_day) = self.per_day else {
            return LEAST;
        };
        let (usual, asked) = self.last_day(now);
        let days = ((now - self.began) as f64 / HOUR / HOURS as f64).clamp(0.0, 1.0);
        let weight = GUESS_WEIGHT * (1.0 - days);
        let k = self.numbers * (GUESS * weight + usual) / (weight + days);
        let asked = asked / days.max(GUESS_WEIGHT);
        let planned = (per_day * PLANNED - asked)
            .max(per_day * LEAST_SHARE)
            .max(1e-3);
        (k / planned).powi(2).max(LEAST)
    }

    /// The longest that a number waits: longer where the allowance would not do otherwise.
    pub fn longest(&self) -> i64 {
        let Some(per_day) = self.per_day else {
            return LONGEST;
        };
        let days = 2.0 * self.numbers / per_day.max(1e-3);
        LONGEST.max((days * HOURS as f64 * HOUR) as i64)
    }

    fn last_day(&self, now: i64) -> (f64, f64) {
        let from = hour(now) - HOURS as i64;
        let held = self.hours.iter().filter(|held| held.number > from);
        held.fold((0.0, 0.0), |(usual, asked), held| {
            (usual + held.usual, asked + held.asked)
        })
    }
}

const fn hour(now: i64) -> i64 {
    now.div_euclid(HOUR as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const H: i64 = HOUR as i64;
    const NOON: i64 = 1_715_083_200_000_000;

    #[test]
    fn calls_without_a_limit_cost_the_least() {
        let mut price = Price::new(NOON);
        (0..1_000).for_each(|_| price.note(NOON, Made::Usual(0.1)));
        assert!((price.now(NOON + H) - LEAST).abs() < 1e-12);
        price.allow(Some(1e9), 10);
        assert!((price.now(NOON) - LEAST).abs() < 1e-12);
    }

    #[test]
    fn the_price_settles_where_the_allowance_is_used_up() {
        // A population with K = 800: a day's calls are 800/√C, each worth C when it is made.
        let mut price = Price::new(NOON);
        price.allow(Some(250.0), 1_000);
        let (mut due, mut made) = (0.0_f64, 0.0);
        for step in 0..24 * 60 * 10 {
            let now = NOON + step * H / 60;
            due += 800.0 / price.now(now).sqrt() / 24.0 / 60.0;
            if due >= 1.0 {
                due -= 1.0;
                price.note(now, Made::Usual(price.now(now)));
                made += f64::from(u8::from(step >= 24 * 60 * 5));
            }
        }
        let per_day = made / 5.0;
        assert!(
            (per_day - 240.0).abs() < 6.0,
            "{per_day} calls a day of 250"
        );
    }

    #[test]
    fn calls_that_had_to_wait_tell_the_same() {
        // K is 800 still, whatever made a call wait until it was worth more than its price.
        let mut price = Price::new(NOON);
        price.allow(Some(250.0), 1_000);
        for hour in 0..24 {
            (0..10).for_each(|_| {
                price.note(NOON + hour * H, Made::Usual((800.0_f64 / 240.0).powi(2)));
            });
        }
        let settled = (800.0_f64 / (250.0 * PLANNED)).powi(2);
        let found = price.now(NOON + 24 * H - 1);
        assert!((found / settled - 1.0).abs() < 0.05, "{found} {settled}");
    }

    #[test]
    fn what_people_ask_for_is_taken_off() {
        let mut price = Price::new(NOON);
        price.allow(Some(100.0), 500);
        let before = price.now(NOON);
        (0..20).for_each(|_| price.note(NOON, Made::Asked));
        assert!(price.now(NOON) > before);
    }

    #[test]
    fn nobody_waits_longer_than_three_days_if_calls_permit() {
        let mut price = Price::new(NOON);
        price.allow(Some(1_000.0), 1_000);
        assert_eq!(price.longest(), 72 * H);
        price.allow(Some(10.0), 1_000);
        assert_eq!(price.longest(), 200 * 24 * H);
    }
}
