//! What goes wrong between a system and its clients: faults = f(seed, nth call).
//!
//! Guarantee: which call fails, and how, depends on the seed and the call's place in the order of
//! calls alone. A fault never changes what the world tells, only whether and how it arrives.

use crate::draw::Draw;
use std::time::Duration;

/// So many of a hundred calls fail in each way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    pub outage: i64,
    pub too_many: i64,
    pub quota: i64,
    pub slow: i64,
    pub cut: i64,
    pub shape: i64,
    pub page: i64,
}

/// Nothing goes wrong.
pub const CALM: Rates = Rates {
    outage: 0,
    too_many: 0,
    quota: 0,
    slow: 0,
    cut: 0,
    shape: 0,
    page: 0,
};

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A gateway's page under this status.
    Outage(u16),
    /// 429, with the seconds to wait.
    TooMany(u32),
    /// The system's own answer for a quota that is used up.
    Quota,
    /// The right answer, after a while.
    Slow(Duration),
    /// So many hundredths of the right answer.
    Cut(usize),
    /// JSON of another shape than documented.
    Shape,
    /// A page for people under 200.
    Page,
}

/// Calls that an outage takes in a row.
const OUTAGE: u64 = 4;
/// The longest that a slow answer takes, in milliseconds: longer than clients wait.
const SLOWEST: i64 = 25_000;

impl Rates {
    /// Sets a rate by its name, as in `outage=20`.
    pub fn set(&mut self, name: &str, percent: i64) -> Result<(), String> {
        let Some(rate) = self.named().into_iter().find(|(known, _)| *known == name) else {
            let known = CALM.clone().named().map(|(known, _)| known).join(", ");
            return Err(format!("no fault `{name}`: choose of {known}"));
        };
        if !(0..=100).contains(&percent) {
            return Err(format!("{name}: {percent} is no share of a hundred calls"));
        }
        *rate.1 = percent;
        Ok(())
    }

    fn named(&mut self) -> [(&'static str, &mut i64); 7] {
        [
            ("outage", &mut self.outage),
            ("too-many", &mut self.too_many),
            ("quota", &mut self.quota),
            ("slow", &mut self.slow),
            ("cut", &mut self.cut),
            ("shape", &mut self.shape),
            ("page", &mut self.page),
        ]
    }

    /// What happens to the nth call; None: nothing.
    pub fn of(&self, seed: u64, nth: u64) -> Option<Fault> {
        if *self == CALM {
            return None;
        }
        let run = Draw::of_call(seed, nth / OUTAGE);
        if run.chance("outage", 0, self.outage) {
            return Some(Fault::Outage(*run.pick("status", 0, &[502, 503, 504])));
        }
        let call = Draw::of_call(seed, nth);
        let lot = call.between("fault", 0, 0, 100);
        let kinds = [
            (
                self.too_many,
                Fault::TooMany(call.between("wait", 0, 1, 120) as u32),
            ),
            (self.quota, Fault::Quota),
            (
                self.slow,
                Fault::Slow(Duration::from_millis(
                    call.between("slow", 0, 100, SLOWEST) as u64
                )),
            ),
            (self.cut, Fault::Cut(call.between("cut", 0, 5, 95) as usize)),
            (self.shape, Fault::Shape),
            (self.page, Fault::Page),
        ];
        let mut below = 0;
        kinds.into_iter().find_map(|(rate, fault)| {
            below += rate;
            (lot < below).then_some(fault)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_comes_about_as_often_as_it_is_set() {
        let rates = Rates {
            outage: 0,
            too_many: 10,
            quota: 10,
            slow: 10,
            cut: 10,
            shape: 10,
            page: 10,
        };
        let drawn: Vec<_> = (0..2_000).filter_map(|nth| rates.of(7, nth)).collect();
        assert!((1_000..1_400).contains(&drawn.len()), "{}", drawn.len());
        let pages = drawn.iter().filter(|fault| **fault == Fault::Page).count();
        assert!((130..270).contains(&pages), "{pages}");
        assert!((0..2_000).all(|nth| rates.of(7, nth) == rates.of(7, nth)));
        assert!((0..500).any(|nth| rates.of(7, nth) != rates.of(8, nth)));
        assert!((0..500).all(|nth| CALM.of(7, nth).is_none()));
    }

    #[test]
    fn an_outage_takes_calls_in_a_row() {
        let rates = Rates { outage: 50, ..CALM };
        for run in 0..100 {
            let first = rates.of(3, run * OUTAGE);
            assert!((0..OUTAGE).all(|at| rates.of(3, run * OUTAGE + at) == first));
        }
    }

    #[test]
    fn rates_are_set_by_their_names() {
        let mut rates = CALM;
        assert_eq!(rates.set("too-many", 5), Ok(()));
        assert_eq!(rates.too_many, 5);
        assert!(rates.set("cut", 101).is_err());
        assert!(rates.set("fire", 1).unwrap_err().contains("outage"));
    }
}
