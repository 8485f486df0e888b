//! A carrier's world: parcels, each with a journey, and a clock of its own.
//!
//! Guarantee: what the world tells of a parcel is a pure function of (seed, birth, the parcel's
//! index, the virtual instant). Two worlds of one seed and birth tell the same, whoever asks and
//! however often. The virtual clock runs `speed` times as fast as the real one until it has caught
//! up with it, and never passes it.

use crate::draw::Draw;
use crate::journey::{self, Happening};
use crate::wall;
use std::fmt;
use std::sync::Arc;

const DAY: i64 = 24 * 3_600 * 1_000_000;

/// What reads the real clock: microseconds since the epoch.
pub type RealClock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// How to make a world.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    pub shipments: u32,
    /// Virtual seconds in a real one.
    pub speed: f64,
}

/// The world.
#[derive(Clone)]
pub struct World {
    plan: Plan,
    clock: RealClock,
    started: i64,
    birth: i64,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("plan", &self.plan)
            .field("birth", &self.birth)
            .finish_non_exhaustive()
    }
}

/// A happening with its parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    pub index: u32,
    /// Its place in the parcel's journey.
    pub nth: usize,
    pub happening: Happening,
}

impl World {
    /// A world whose longest journey ends, at the earliest, when its clock meets the real one. Its
    /// birth is a midnight (UTC), so that worlds begun on one day are the same.
    pub fn new(plan: Plan, clock: RealClock) -> Self {
        let started = clock();
        let birth = (started - journey::LONGEST).div_euclid(DAY) * DAY;
        Self {
            plan,
            clock,
            started,
            birth,
        }
    }

    /// The virtual now.
    pub fn now(&self) -> i64 {
        let real = (self.clock)();
        let passed = (real - self.started).max(0) as f64 * self.plan.speed;
        real.min(self.birth.saturating_add(passed as i64))
    }

    /// The virtual instant at which every journey has ended.
    pub const fn end(&self) -> i64 {
        self.birth + journey::LONGEST
    }

    pub const fn seed(&self) -> u64 {
        self.plan.seed
    }

    pub const fn len(&self) -> u32 {
        self.plan.shipments
    }

    pub const fn is_empty(&self) -> bool {
        self.plan.shipments == 0
    }

    pub fn numbers(&self) -> impl Iterator<Item = String> {
        (0..self.plan.shipments).map(Self::number)
    }

    /// The number of a parcel.
    pub fn number(index: u32) -> String {
        format!("VD{:08}", u64::from(index) + 1)
    }

    /// The parcel of a number, in any case.
    pub fn index(&self, number: &str) -> Option<u32> {
        let head = number
            .get(..2)
            .filter(|head| head.eq_ignore_ascii_case("VD"));
        let digits = head
            .and(number.get(2..))
            .filter(|digits| digits.len() == 8)?;
        let index = digits.parse::<u32>().ok()?.checked_sub(1)?;
        (index < self.plan.shipments && Self::number(index)[2..] == *digits).then_some(index)
    }

    pub fn draw(&self, index: u32) -> Draw {
        Draw::new(self.plan.seed, index)
    }

    /// All that ever happens to a parcel, oldest first.
    pub fn script(&self, index: u32) -> Vec<Happening> {
        journey::script(self.draw(index), self.birth)
    }

    /// What has happened to a parcel until an instant.
    pub fn until(&self, index: u32, now: i64) -> Vec<Happening> {
        let mut script = self.script(index);
        script.truncate(script.partition_point(|happening| happening.at <= now));
        script
    }

    /// What happens to all parcels after `from` and until `to`, oldest first.
    pub fn between(&self, from: i64, to: i64) -> Vec<Told> {
        let mut told: Vec<Told> = (0..self.plan.shipments)
            .flat_map(|index| {
                self.until(index, to)
                    .into_iter()
                    .enumerate()
                    .map(move |(nth, happening)| Told {
                        index,
                        nth,
                        happening,
                    })
            })
            .filter(|told| told.happening.at > from)
            .collect();
        told.sort_unstable_by_key(|told| (told.happening.at, told.index));
        told
    }

    /// A happening's time as 247Express writes it.
    pub fn written(&self, happening: &Happening) -> String {
        wall::with_offset(happening.at)
    }

    /// The day and the hour of the virtual now, for people.
    pub fn date(&self) -> String {
        wall::without_zone(self.now())
    }
}
