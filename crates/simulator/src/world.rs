//! A carrier's world: parcels, each with a journey, and a clock of its own.
//!
//! Guarantee: what the world tells of a parcel is a pure function of (seed, scenario, birth, the
//! parcel's index, the virtual instant). Two worlds of one plan and birth tell the same, whoever
//! asks and however often. The virtual clock runs `speed` times as fast as the real one until it has
//! caught up with it, and never passes it.

use crate::cargo::{Cargo, Item};
use crate::draw::Draw;
use crate::faults::{Fault, Rates};
use crate::journey::{DAY, Happening};
use crate::scenario::{Goods, Scenario};
use crate::seen::Seen;
use crate::{express247, keydelivery, track123, wall};
use std::fmt;
use std::sync::{Arc, OnceLock};

/// What reads the real clock: microseconds since the epoch.
pub type RealClock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Parcels are born within this, unless a plan says otherwise.
pub const BIRTHS: i64 = 2 * DAY;

/// When a world begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// So long ago that its longest journey ends, at the earliest, when its clock meets the real
    /// one; at a midnight (UTC), so that worlds begun on one day are the same.
    InThePast,
    /// Now: its clock is the real one.
    Now,
}

/// How to make a world.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    /// Of the scenario's kind.
    pub shipments: u32,
    /// Bills of lading and air waybills beside parcels.
    pub bills: u32,
    pub waybills: u32,
    /// Virtual seconds in a real one.
    pub speed: f64,
    pub scenario: &'static Scenario,
    /// Parcels are born within this, one after the other.
    pub births: i64,
    pub begin: Begin,
    /// What goes wrong on the way; None: what the scenario says.
    pub faults: Option<Rates>,
}

impl Plan {
    /// With as many of each kind as the scenario means.
    fn counted(self) -> Self {
        match self.scenario.goods {
            Goods::Parcels => self,
            Goods::Ocean => Self {
                shipments: 0,
                bills: self.shipments.max(self.bills),
                ..self
            },
            Goods::Air => Self {
                shipments: 0,
                waybills: self.shipments.max(self.waybills),
                ..self
            },
        }
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            seed: 247,
            shipments: 100,
            bills: 0,
            waybills: 0,
            speed: 1.0,
            scenario: Scenario::usual(),
            births: BIRTHS,
            begin: Begin::InThePast,
            faults: None,
        }
    }
}

/// Those that tell of parcels.
const TELLERS: [&str; 3] = [express247::NAME, keydelivery::NAME, track123::NAME];

/// Whether a system ever tells of a happening.
fn is_told(dialect: &str, happening: &Happening) -> bool {
    match dialect {
        express247::NAME => happening.by_carrier(),
        track123::NAME => track123::sub_status(happening).is_some(),
        _ => happening.by_aggregator(),
    }
}

/// The world.
#[derive(Clone)]
pub struct World {
    plan: Plan,
    clock: RealClock,
    started: i64,
    birth: i64,
    /// All that ever happens to each parcel, made when it is first looked at.
    scripts: Arc<[OnceLock<Vec<Happening>>]>,
    cargo: Arc<Cargo>,
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
    /// Its place in all that happens to the parcel.
    pub nth: usize,
    pub happening: Happening,
}

/// A webhook on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Push {
    /// When it is sent.
    pub at: i64,
    /// Which copy of it, counted from 0.
    pub copy: i64,
    /// Arrives torn: a whole copy follows.
    pub torn: bool,
    pub told: Told,
}

impl World {
    pub fn new(plan: Plan, clock: RealClock) -> Self {
        let started = clock();
        let birth = match plan.begin {
            Begin::InThePast => {
                (started - plan.scenario.longest(plan.births)).div_euclid(DAY) * DAY
            }
            Begin::Now => started,
        };
        let plan = plan.counted();
        Self {
            clock,
            started,
            birth,
            scripts: (0..plan.shipments).map(|_| OnceLock::new()).collect(),
            cargo: Arc::new(Cargo::new(&plan, birth)),
            plan,
        }
    }

    /// The instant that the receivers of its messages have.
    pub fn real_now(&self) -> i64 {
        (self.clock)()
    }

    /// The virtual now.
    pub fn now(&self) -> i64 {
        let real = (self.clock)();
        let passed = (real - self.started).max(0) as f64 * self.plan.speed;
        real.min(self.birth.saturating_add(passed as i64))
    }

    /// The virtual instant at which every journey has ended and every webhook was sent.
    pub fn end(&self) -> i64 {
        let of_cargo = self.cargo.end().unwrap_or(self.birth);
        of_cargo.max(self.birth + self.plan.scenario.longest(self.plan.births))
    }

    /// The virtual instant at which it begins.
    pub const fn birth(&self) -> i64 {
        self.birth
    }

    pub const fn plan(&self) -> &Plan {
        &self.plan
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

    /// The world's own draws.
    pub fn draw(&self, index: u32) -> Draw {
        Draw::new(self.plan.seed, index)
    }

    /// How the nth call to a system fails, if it does.
    pub fn fault(&self, nth: u64) -> Option<Fault> {
        let rates = self.plan.faults.unwrap_or(self.plan.scenario.faults);
        rates.of(self.plan.seed, nth)
    }

    /// When a parcel is born: they come one after the other.
    pub fn born(&self, index: u32) -> i64 {
        let (births, count) = (self.plan.births, i64::from(self.plan.shipments.max(1)));
        let each = births / count;
        self.birth + i64::from(index) * each + self.draw(index).between("birth", 0, 0, each)
    }

    /// All that ever happens to a parcel, oldest first.
    pub fn script(&self, index: u32) -> &[Happening] {
        self.scripts.get(index as usize).map_or(&[], |script| {
            script.get_or_init(|| {
                let course = &self.plan.scenario.course;
                course.script(self.draw(index), self.born(index))
            })
        })
    }

    /// What has happened to a parcel until an instant.
    pub fn until(&self, index: u32, now: i64) -> &[Happening] {
        let script = self.script(index);
        &script[..script.partition_point(|happening| happening.at <= now)]
    }

    /// What happens to all parcels after `from` and until `to`, oldest first.
    pub fn between(&self, from: i64, to: i64) -> Vec<Told> {
        let mut told: Vec<Told> = self.happenings(from, to).collect();
        told.sort_unstable_by_key(|told| (told.happening.at, told.index));
        told
    }

    /// Those of the parcels that were born by then, in no order.
    fn happenings(&self, from: i64, to: i64) -> impl Iterator<Item = Told> {
        (0..self.plan.shipments)
            .take_while(move |index| self.born(*index) <= to)
            .flat_map(move |index| {
                let until = self.until(index, to).iter().copied().enumerate();
                until.map(move |(nth, happening)| Told {
                    index,
                    nth,
                    happening,
                })
            })
            .filter(move |told| told.happening.at > from)
    }

    /// The webhooks that are sent after `from` and until `to`, in the order of sending.
    pub fn pushes(&self, from: i64, to: i64) -> Vec<Push> {
        let manner = &self.plan.scenario.manner;
        let late = manner.late * manner.copies;
        let mut pushes: Vec<Push> = self
            .happenings(from.saturating_sub(late), to)
            .filter(|told| told.happening.status.is_some())
            .flat_map(|told| self.copies(told))
            .filter(|push| push.at > from && push.at <= to)
            .collect();
        pushes.sort_unstable_by_key(|push| {
            (
                push.at,
                push.told.index,
                push.told.nth,
                !push.torn,
                push.copy,
            )
        });
        pushes
    }

    /// All that is sent of one happening, in order.
    fn copies(&self, told: Told) -> Vec<Push> {
        let manner = &self.plan.scenario.manner;
        let draw = self.draw(told.index);
        let count = draw.between("copies", told.nth, 1, manner.copies + 1);
        let mut at = told.happening.at;
        let mut sent = Vec::new();
        for copy in 0..count {
            let nth = told.nth * 8 + copy as usize;
            if draw.chance("late", nth, 30) {
                at += draw.between("lateness", nth, 0, manner.late.max(1));
            }
            let push = Push {
                at,
                copy,
                torn: false,
                told,
            };
            if copy == 0 && draw.chance("torn", nth, manner.torn) {
                sent.push(Push { torn: true, ..push });
            }
            sent.push(push);
        }
        sent
    }

    /// The body of a webhook.
    pub fn body(&self, push: &Push, api_key: &str) -> Vec<u8> {
        let number = Self::number(push.told.index);
        let script = &self.script(push.told.index)[..=push.told.nth];
        let body = self
            .seen(&number, script, i64::MAX)
            .and_then(|seen| express247::webhook(&seen, api_key))
            .unwrap_or_default();
        let whole = if push.torn {
            body.len() / 2
        } else {
            body.len()
        };
        body[..whole].to_vec()
    }

    fn seen<'a>(&'a self, number: &'a str, script: &'a [Happening], now: i64) -> Option<Seen<'a>> {
        let index = self.index(number)?;
        let manner = &self.plan.scenario.manner;
        let carrier = keydelivery::CARRIER;
        Seen::at(number, carrier, self.draw(index), manner, script, now)
    }

    /// The bills of lading and the air waybills.
    pub fn cargo(&self) -> &Cargo {
        &self.cargo
    }

    /// What a number is of, in any case.
    pub fn find(&self, number: &str) -> Option<Item> {
        let parcel = self.index(number).map(Item::Parcel);
        parcel.or_else(|| self.cargo.find(number))
    }

    /// Every number that a client may ask about.
    pub fn all_numbers(&self) -> impl Iterator<Item = String> {
        self.numbers().chain(self.cargo.numbers())
    }

    /// What a system answers of a number at an instant; None where it knows nothing.
    pub fn document(&self, dialect: &str, number: &str, now: i64) -> Option<Vec<u8>> {
        let Item::Parcel(index) = self.find(number)? else {
            let told = (dialect == track123::NAME).then(|| self.cargo.record(number, now));
            return told.flatten();
        };
        let number = Self::number(index);
        self.told(
            dialect,
            &number,
            None,
            (self.draw(index), self.script(index)),
            now,
        )
    }

    /// What a system answers at an instant of a parcel to which this happens. `reference`: its sender's
    /// number, where it has one of its own.
    pub(crate) fn told(
        &self,
        dialect: &str,
        number: &str,
        reference: Option<&str>,
        (draw, script): (Draw, &[Happening]),
        now: i64,
    ) -> Option<Vec<u8>> {
        let manner = &self.plan.scenario.manner;
        let now = now - self.behind(dialect);
        let seen = Seen::at(number, keydelivery::CARRIER, draw, manner, script, now)?;
        let seen = Seen { reference, ..seen };
        match dialect {
            express247::NAME => express247::document(&seen),
            track123::NAME => track123::document(&seen),
            _ => keydelivery::document(&seen),
        }
    }

    /// How long after it happened a system knows of it.
    fn behind(&self, dialect: &str) -> i64 {
        let manner = &self.plan.scenario.manner;
        if dialect == track123::NAME {
            manner.behind
        } else {
            0
        }
    }

    /// The instants after `from` and until `to` at which a system learns something new of a number.
    pub fn news(&self, dialect: &str, number: &str, from: i64, to: i64) -> Vec<i64> {
        let is_due = |at: &i64| *at > from && *at <= to;
        let Some(item) = self.find(number) else {
            return Vec::new();
        };
        let Item::Parcel(index) = item else {
            return self.cargo.news(item).into_iter().filter(is_due).collect();
        };
        let late = self.behind(dialect) + self.plan.scenario.manner.hesitant;
        let told = self.script(index).iter();
        let told = told.filter(|happening| is_told(dialect, happening));
        told.map(|happening| happening.at + late)
            .filter(is_due)
            .collect()
    }

    /// The systems that tell of a happening by an instant.
    pub fn tellers(&self, happening: &Happening, now: i64) -> Vec<&'static str> {
        let known = now - self.plan.scenario.manner.hesitant;
        let tells = |dialect: &&'static str| {
            is_told(dialect, happening) && happening.at <= known - self.behind(dialect)
        };
        TELLERS.into_iter().filter(tells).collect()
    }

    /// What the time of a happening begins with, however it was written, once it was read.
    pub fn minute(happening: &Happening) -> String {
        wall::minute(happening.at)
    }

    /// The same to the second where the carrier tells of it: all others may not know it.
    pub fn written(happening: &Happening) -> String {
        if happening.by_carrier() {
            wall::second(happening.at)
        } else {
            wall::minute(happening.at)
        }
    }

    /// The day and the hour of the virtual now, for people.
    pub fn date(&self) -> String {
        wall::to_the_minute(self.now())
    }
}
