//! One connection's way out: how many of its polls may be claimed now, and of which kind.
//!
//! Guarantee: what one connection may not do now delays no other: its polls stay in the store, due,
//! until it may. A lane remembers nothing that must outlive the node: after a restart the first calls
//! find out again.

use super::gate::{Gate, Passage};
use super::life::Terms;
use super::pace::Pace;
use super::price::{Made, Price};
use super::rests::Known;
use crate::poll::Landed;
use crate::schedule::Trouble;
use trackway_model::quota::{Quota, Window};
use trackway_store::records::PollKind;

/// Calls in flight to one connection.
pub(super) const AT_ONCE: usize = 8;
/// How often what a connection may do is read anew.
const REFRESH: i64 = 3_600_000_000;
/// Between two claims that did not find all they had room for, so that a claim finds several.
const GAP: i64 = 500_000;
const DAY: f64 = 86_400_000_000.0;

/// The state of a lane.
#[derive(Debug)]
pub(super) struct Lane {
    price: Price,
    pace: Pace,
    gate: Gate,
    flying: usize,
    /// When there may be calls again for the schedule, and for people.
    rest: [i64; 2],
    /// Nothing was found beyond what was claimed: no look before this.
    gap: i64,
    /// Whether an odd place goes to a new number.
    turn: bool,
    refreshed: Option<i64>,
}

impl Lane {
    pub fn new(now: i64) -> Self {
        Self {
            price: Price::new(now),
            pace: Pace::new(now),
            gate: Gate::default(),
            flying: 0,
            rest: [i64::MIN; 2],
            gap: i64::MIN,
            turn: true,
            refreshed: None,
        }
    }

    pub fn is_stale(&self, now: i64) -> bool {
        self.refreshed.is_none_or(|at| now - at >= REFRESH)
    }

    /// What the connection may do: calls a day, about how many parcels each, and how many numbers
    /// share them.
    pub fn refresh(&mut self, now: i64, per_day: Option<f64>, batch: usize, numbers: u64) {
        self.price
            .allow(per_day.map(|calls| calls * batch as f64), numbers);
        self.pace.allow(now, per_day);
        self.refreshed = Some(now);
    }

    pub fn terms(&self, now: i64) -> Terms {
        Terms::of(&self.price, now)
    }

    /// Somebody may have brought new work.
    pub const fn rung(&mut self) {
        self.gap = i64::MIN;
    }

    /// How many calls of a kind may begin now; or before when none may.
    pub fn room(&mut self, kind: PollKind, now: i64) -> Result<usize, i64> {
        let rest = self.rest[rest_of(kind)];
        if now < rest {
            return Err(rest);
        }
        if now < self.gap && kind != PollKind::Manual {
            return Err(self.gap);
        }
        let most = match self.gate.passage(now) {
            Passage::All => AT_ONCE,
            Passage::Probe => 1,
            Passage::Closed(until) => return Err(until),
            // What comes back rings.
            Passage::Probing => return Err(i64::MAX),
        };
        let places = most.saturating_sub(self.flying);
        if places == 0 {
            return Err(i64::MAX);
        }
        match places.min(self.pace.room(now)) {
            0 => Err(self.pace.next()),
            room => Ok(room),
        }
    }

    /// How much of the room is for new numbers while others wait too: half, so that neither starves.
    pub const fn share_for_new(&mut self, room: usize) -> usize {
        let odd = room % 2 == 1 && self.turn;
        let share = room / 2 + odd as usize;
        self.turn = !self.turn;
        share
    }

    /// A claim found less than there was room for.
    pub const fn exhausted(&mut self, now: i64) {
        self.gap = now.saturating_add(GAP);
    }

    /// A call begins, about numbers that are worth so much each.
    pub fn launch(&mut self, kind: PollKind, now: i64, worth: impl Iterator<Item = f64>) {
        for worth in worth {
            let made = match kind {
                PollKind::Usual => Made::Usual(worth),
                PollKind::Manual | PollKind::First => Made::Asked,
            };
            self.price.note(now, made);
        }
        self.pace.take(1);
        self.gate.pass();
        self.flying += 1;
    }

    /// A call came back. Returns whether the connection is closed by it.
    pub fn land(&mut self, landed: &Landed) -> bool {
        self.flying = self.flying.saturating_sub(1);
        if !landed.made {
            // No calls are left, or a setting is missing: nothing was learned of the upstream.
            self.gate.forget();
            if let Some(until) = landed.until {
                self.rest[rest_of(landed.kind)] = until;
            }
            return false;
        }
        let told = landed
            .until
            .filter(|_| landed.trouble != Some(Trouble::Store));
        let told = told.map(|until| until.saturating_sub(landed.at).max(0).unsigned_abs());
        let told = told.map(std::time::Duration::from_micros);
        self.gate.note(landed.at, landed.trouble, told)
    }

    /// Has the connection called again no later than this.
    pub fn hurry(&mut self, until: i64) {
        self.gate.hurry(until);
    }

    /// Whether the connection is asked, and why not.
    pub fn known(&self) -> Known {
        Known {
            gate: self.gate,
            spent: self.rest[rest_of(PollKind::Usual)],
        }
    }

    /// A flight was lost.
    pub const fn lost(&mut self) {
        self.flying = self.flying.saturating_sub(1);
        self.gate.forget();
    }
}

const fn rest_of(kind: PollKind) -> usize {
    match kind {
        PollKind::Manual => 1,
        PollKind::First | PollKind::Usual => 0,
    }
}

/// Calls a day that the schedule may make; None: as many as it likes.
pub(super) fn per_day(quota: &Quota) -> Option<f64> {
    let calls = quota.limits().iter().map(|limit| {
        let days = match &limit.window {
            Window::Rolling(length) => length.micros() as f64 / DAY,
            Window::Day(_) => 1.0,
        };
        quota.allowed(limit, false) as f64 / days
    });
    calls.min_by(f64::total_cmp)
}
