//! Whether a connection may be called at all: a breaker. Pure.
//!
//! Guarantee: after `FAULTS` failures in a row that are the connection's and not one number's, and at
//! the first answer of "too fast" or "no calls left", nothing is called until a wait is over; then one
//! call goes through as a probe, and its outcome opens the gate or doubles the wait. An outage so
//! costs a handful of calls and one now and then, however many numbers are due.

use crate::clock::{SECOND, micros};
use crate::schedule::Trouble;
use std::time::Duration;

/// Failures in a row that close the gate.
const FAULTS: u32 = 5;
/// The first wait and the longest.
const FIRST: i64 = 30 * SECOND;
const LONGEST: i64 = 30 * 60 * SECOND;
/// The longest wait that an upstream's own word is believed.
const LONGEST_TOLD: i64 = 24 * 3_600 * SECOND;

/// What may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    All,
    /// One call, to see.
    Probe,
    /// Nothing before this.
    Closed(i64),
    /// Nothing until the probe came back.
    Probing,
}

/// A connection's gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gate {
    faults: u32,
    /// How often it closed in a row; 0: it is open.
    closed: u32,
    until: i64,
    probing: bool,
    /// What closed it last.
    why: Option<Trouble>,
}

impl Gate {
    pub const fn passage(&self, now: i64) -> Passage {
        if self.closed == 0 {
            Passage::All
        } else if self.probing {
            Passage::Probing
        } else if now < self.until {
            Passage::Closed(self.until)
        } else {
            Passage::Probe
        }
    }

    /// What closed it last, by its name; nothing where it never was.
    pub const fn reason(&self) -> &'static str {
        match self.why {
            Some(trouble) => trouble.name(),
            None => "",
        }
    }

    /// A call goes through.
    pub const fn pass(&mut self) {
        self.probing = self.closed > 0;
    }

    /// Has it open no later than this.
    pub fn hurry(&mut self, until: i64) {
        self.until = self.until.min(until);
    }

    /// A call that passed came to nothing, or was not made: the next one is the probe.
    pub const fn forget(&mut self) {
        self.probing = false;
    }

    /// What became of a call. Returns whether it closed the gate.
    pub fn note(
        &mut self,
        now: i64,
        trouble: Option<Trouble>,
        retry_after: Option<Duration>,
    ) -> bool {
        let told = retry_after.map_or(0, micros).min(LONGEST_TOLD);
        match trouble {
            // It answers, whatever it says of this number.
            None | Some(Trouble::Nothing | Trouble::Shape) => {
                let probed = self.probing || self.closed == 0;
                // A late answer to a call from before an outage opens nothing.
                if probed {
                    *self = Self::default();
                }
                false
            }
            Some(Trouble::Quota) => {
                self.close(now, told, Trouble::Quota);
                true
            }
            Some(trouble @ (Trouble::Fault | Trouble::Refused)) => {
                self.faults += 1;
                let closes =
                    self.probing || (self.closed == 0 && self.faults >= FAULTS) || told > 0;
                if closes {
                    self.close(now, told, trouble);
                }
                closes
            }
            // Ours: it says nothing of the upstream.
            Some(Trouble::Store | Trouble::Unset) => {
                self.probing = false;
                false
            }
        }
    }

    fn close(&mut self, now: i64, told: i64, why: Trouble) {
        let grown = FIRST << self.closed.min(10);
        let until = now.saturating_add(grown.min(LONGEST).max(told));
        // Calls that were under way together close it once.
        if self.probing || now >= self.until {
            self.closed = self.closed.saturating_add(1);
        }
        if until >= self.until {
            self.why = Some(why);
        }
        self.until = until.max(self.until);
        self.probing = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(gate: &mut Gate, now: i64) -> bool {
        gate.note(now, Some(Trouble::Fault), None)
    }

    #[test]
    fn an_outage_costs_a_handful_of_calls() {
        let mut gate = Gate::default();
        let (mut calls, mut now) = (0, 0);
        while now < 24 * 3_600 * SECOND {
            match gate.passage(now) {
                Passage::All | Passage::Probe => {
                    gate.pass();
                    calls += 1;
                    fault(&mut gate, now);
                }
                Passage::Closed(until) => now = until,
                Passage::Probing => panic!("nothing is under way"),
            }
        }
        assert!((50..=62).contains(&calls), "{calls}");
        gate.pass();
        assert_eq!(gate.passage(now), Passage::Probing);
        gate.note(now, None, None);
        assert_eq!(gate.passage(now), Passage::All);
    }

    #[test]
    fn one_numbers_trouble_closes_nothing() {
        let mut gate = Gate::default();
        for _ in 0..100 {
            assert!(!fault(&mut gate, 0));
            gate.note(0, Some(Trouble::Nothing), None);
            gate.note(0, Some(Trouble::Shape), None);
            gate.note(0, Some(Trouble::Store), None);
        }
        assert_eq!(gate.passage(0), Passage::All);
    }

    #[test]
    fn too_fast_is_believed_at_once_and_as_long_as_it_says() {
        let mut gate = Gate::default();
        let hour = Duration::from_hours(1);
        assert!(gate.note(0, Some(Trouble::Quota), Some(hour)));
        assert_eq!(gate.passage(0), Passage::Closed(3_600 * SECOND));
        // What was under way makes it no longer, and answers no shorter.
        gate.note(SECOND, Some(Trouble::Quota), None);
        gate.note(SECOND, None, None);
        assert_eq!(gate.passage(SECOND), Passage::Closed(3_600 * SECOND));
        assert_eq!(gate.passage(3_600 * SECOND), Passage::Probe);
        gate.note(0, Some(Trouble::Quota), Some(Duration::from_hours(1_000)));
        assert_eq!(gate.passage(0), Passage::Closed(LONGEST_TOLD));
    }
}
