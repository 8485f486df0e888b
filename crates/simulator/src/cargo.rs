//! The bills of lading and air waybills of a world: their numbers, their scripts, and the records that
//! an aggregator of cargo has of them.

use crate::draw::Draw;
use crate::world::{BIRTHS, Plan};
use crate::{air, ocean};
use std::ops::Range;
use std::sync::OnceLock;

/// What a number of a world is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    Parcel(u32),
    /// A bill of lading or its booking, or one of its containers.
    Bill {
        index: u32,
        container: Option<usize>,
    },
    Waybill(u32),
}

impl Item {
    /// Our code of its carrier.
    pub const fn carrier(self) -> &'static str {
        match self {
            Self::Parcel(_) => crate::keydelivery::CARRIER,
            Self::Bill { .. } => ocean::CARRIER,
            Self::Waybill(_) => air::CARRIER,
        }
    }
}

/// All of them.
#[derive(Debug)]
pub struct Cargo {
    seed: u64,
    birth: i64,
    births: i64,
    bills: Vec<OnceLock<Bill>>,
    waybills: Vec<OnceLock<air::Script>>,
}

/// A bill of lading.
#[derive(Debug)]
pub struct Bill {
    /// Its containers' numbers.
    pub containers: Vec<String>,
    /// All that ever happens to them, oldest first.
    pub steps: Vec<ocean::Step>,
}

/// Draws of bills and of waybills lie apart from those of parcels.
const BILLS: u32 = 1 << 29;
const WAYBILLS: u32 = 1 << 30;

impl Cargo {
    pub(crate) fn new(plan: &Plan, birth: i64) -> Self {
        Self {
            seed: plan.seed,
            birth,
            births: plan.births.min(BIRTHS),
            bills: (0..plan.bills).map(|_| OnceLock::new()).collect(),
            waybills: (0..plan.waybills).map(|_| OnceLock::new()).collect(),
        }
    }

    /// When one of so many is born: one after the other.
    fn born(&self, draw: Draw, index: u32, count: usize) -> i64 {
        let each = self.births / (count as i64).max(1);
        self.birth + i64::from(index) * each + draw.between("birth", 0, 0, each)
    }

    pub const fn bills(&self) -> u32 {
        self.bills.len() as u32
    }

    pub const fn waybills(&self) -> u32 {
        self.waybills.len() as u32
    }

    /// A bill; None where there is none.
    pub fn bill(&self, index: u32) -> Option<&Bill> {
        let draw = Draw::new(self.seed, BILLS + index);
        let made = || {
            let containers = ocean::containers(draw, index);
            let birth = self.born(draw, index, self.bills.len());
            Bill {
                steps: ocean::script(draw, birth, containers.len()),
                containers,
            }
        };
        Some(self.bills.get(index as usize)?.get_or_init(made))
    }

    /// A waybill's life; None where there is none.
    pub fn waybill(&self, index: u32) -> Option<&air::Script> {
        let draw = Draw::new(self.seed, WAYBILLS + index);
        let made = || air::script(draw, self.born(draw, index, self.waybills.len()));
        Some(self.waybills.get(index as usize)?.get_or_init(made))
    }

    fn all_bills(&self) -> impl Iterator<Item = (u32, &Bill)> {
        (0..self.bills()).filter_map(|index| Some((index, self.bill(index)?)))
    }

    fn all_waybills(&self) -> impl Iterator<Item = &air::Script> {
        (0..self.waybills()).filter_map(|index| self.waybill(index))
    }

    /// When all of it has happened; None where there is no cargo.
    pub fn end(&self) -> Option<i64> {
        let bills = self
            .all_bills()
            .filter_map(|(_, bill)| Some(bill.steps.last()?.at));
        let waybills = self
            .all_waybills()
            .filter_map(|it| Some(it.steps.last()?.at));
        bills.chain(waybills).max()
    }

    /// Bills and waybills.
    pub fn numbers(&self) -> impl Iterator<Item = String> {
        let bills = (0..self.bills()).map(ocean::bill);
        bills.chain((0..self.waybills()).map(air::waybill))
    }

    /// What a number is of, in any case.
    pub fn find(&self, number: &str) -> Option<Item> {
        let number = number.trim();
        let is = |known: &str| known.eq_ignore_ascii_case(number);
        let serial = |digits: Range<usize>| number.get(digits)?.parse::<u32>().ok();
        // The serial says which it would be.
        let nth = |digits, of: fn(u32) -> String, count| {
            let index = serial(digits)?.checked_sub(1)?;
            (index < count && is(&of(index))).then_some(index)
        };
        let bill = nth(4..13, ocean::bill, self.bills())
            .or_else(|| nth(6..12, ocean::booking, self.bills()));
        if let Some(index) = bill {
            return Some(Item::Bill {
                index,
                container: None,
            });
        }
        if let Some(index) = nth(4..11, air::waybill, self.waybills()) {
            return Some(Item::Waybill(index));
        }
        let index = serial(4..10)? / ocean::MOST_CONTAINERS;
        let mut containers = self.bill(index)?.containers.iter();
        let container = containers.position(|container| is(container))?;
        Some(Item::Bill {
            index,
            container: Some(container),
        })
    }

    /// The record of a number at an instant; None where nothing is known.
    pub fn record(&self, number: &str, now: i64) -> Option<Vec<u8>> {
        match self.find(number)? {
            Item::Parcel(_) => None,
            Item::Bill { index, container } => {
                let Bill { containers, steps } = self.bill(index)?;
                ocean::record(number, containers, container, steps, now)
            }
            Item::Waybill(index) => air::record(&air::waybill(index), self.waybill(index)?, now),
        }
    }

    /// The instants at which something new is to be told, in order.
    pub(crate) fn news(&self, item: Item) -> Vec<i64> {
        let mut news: Vec<i64> = match item {
            Item::Parcel(_) => Vec::new(),
            Item::Bill { index, container } => {
                let steps = self.bill(index).map_or(&[][..], |bill| &bill.steps);
                let is_asked =
                    |step: &&ocean::Step| container.is_none_or(|it| it == step.container);
                steps
                    .iter()
                    .filter(is_asked)
                    .flat_map(ocean::Step::news)
                    .collect()
            }
            Item::Waybill(index) => {
                let steps = self.waybill(index).map_or(&[][..], |script| &script.steps);
                steps.iter().flat_map(air::Step::news).collect()
            }
        };
        news.sort_unstable();
        news.dedup();
        news
    }
}
