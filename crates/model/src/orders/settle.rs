//! Addresses put on the map, once, where they come in.
//!
//! Guarantee: what was written stays as it was written; beside it stand the codes of the divisions that
//! were recognised, and the epoch in which they mean these. What is not recognised is left open and
//! refuses nothing; codes that are not in the directory, or do not lie in each other, are refused.
//! Settling a settled address changes nothing.

use super::Address;
use crate::address::{self, COUNTRY, Epoch, Found, Level, Names, Place, Sureness, Unit};

/// A code that can't be where the others are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misplaced {
    /// The address's member.
    pub member: &'static str,
    pub problem: String,
}

/// What an address says of each level, the widest first.
struct Said<'a> {
    codes: [Option<u32>; 3],
    names: [Option<&'a str>; 3],
}

/// What is known of each level.
type Known = [Option<&'static Unit>; 3];

const MEMBERS: [&str; 3] = ["province_id", "district_id", "ward_id"];
const PROVINCE: usize = 0;
const DISTRICT: usize = 1;
const WARD: usize = 2;

impl Address {
    /// The same with the codes of all that is recognised. Without an epoch, the one is taken in which
    /// most of it is: a ward without a district is first looked for as they are today, all else as it was
    /// before 2025.
    pub fn settled(&self) -> Result<Self, Misplaced> {
        let is_here = self.country.is_empty() || self.country.eq_ignore_ascii_case(COUNTRY);
        if !is_here {
            return Ok(self.clone());
        }
        let said = Said::by(self);
        let known = if !(PROVINCE..=WARD).any(|level| said.says(level)) {
            self.read_in_line()
        } else if let Some(known) = said.in_whole(self.epoch) {
            known
        } else {
            match self.epoch {
                Some(epoch) => said.known(epoch)?,
                None => said.known_in(said.epochs())?,
            }
        };
        Ok(self.with(known))
    }

    /// The units of its codes, the widest first.
    pub fn units(&self) -> [Option<&'static Unit>; 3] {
        let Some(epoch) = self.epoch else {
            return [None; 3];
        };
        let codes = [self.province_id, self.district_id, self.ward_id];
        let mut units = [None; 3];
        for (at, level) in Level::ALL.into_iter().enumerate() {
            units[at] = codes[at].and_then(|code| address::unit(epoch, level, code));
        }
        units
    }

    /// The narrowest of them.
    pub fn unit(&self) -> Option<&'static Unit> {
        self.units().into_iter().rev().flatten().next()
    }

    /// What stands in the line of an address that names nothing, where it is sure.
    fn read_in_line(&self) -> Known {
        let read = address::parse(&self.line, self.epoch);
        let place = read.place().filter(|_| read.sureness >= Sureness::Likely);
        place.map_or([None; 3], levels)
    }

    fn with(&self, known: Known) -> Self {
        let mut settled = self.clone();
        settled.epoch = known.iter().flatten().next().map(|unit| unit.epoch());
        let codes = known.map(|unit| unit.map(Unit::code));
        [settled.province_id, settled.district_id, settled.ward_id] = codes;
        let names = [
            &mut settled.province,
            &mut settled.district,
            &mut settled.ward,
        ];
        for (name, unit) in names.into_iter().zip(known) {
            if let (true, Some(unit)) = (is_blank(name.as_deref()), unit) {
                *name = Some(unit.display_name().to_owned());
            }
        }
        settled
    }
}

fn is_blank(name: Option<&str>) -> bool {
    name.is_none_or(|name| name.trim().is_empty())
}

impl<'a> Said<'a> {
    fn by(of: &'a Address) -> Self {
        let name = |name: &'a Option<String>| name.as_deref().filter(|name| !is_blank(Some(name)));
        Self {
            codes: [of.province_id, of.district_id, of.ward_id],
            names: [name(&of.province), name(&of.district), name(&of.ward)],
        }
    }

    fn says(&self, level: usize) -> bool {
        self.codes[level].is_some() || self.names[level].is_some()
    }

    /// What the names say by themselves, if each is known.
    fn in_whole(&self, epoch: Option<Epoch>) -> Option<Known> {
        if self.codes.iter().any(Option::is_some) || self.names[WARD].is_none() {
            return None;
        }
        let names = Names {
            province: self.names[PROVINCE]?,
            district: self.names[DISTRICT],
            ward: self.names[WARD],
        };
        address::resolve(&names, epoch).ok().map(levels)
    }

    /// Where it is looked for, in this order.
    fn epochs(&self) -> [Epoch; 3] {
        if self.says(WARD) && !self.says(DISTRICT) {
            [Epoch::Y2025Jul, Epoch::Y2024, Epoch::Y2025Jan]
        } else {
            [Epoch::Y2024, Epoch::Y2025Jan, Epoch::Y2025Jul]
        }
    }

    /// What is known in the epoch that knows most of what is said, of several the first.
    fn known_in(&self, epochs: [Epoch; 3]) -> Result<Known, Misplaced> {
        let mut best: Option<(usize, Known)> = None;
        let mut refused = None;
        for epoch in epochs {
            match self.known(epoch) {
                Ok(known) => {
                    let hits =
                        (PROVINCE..=WARD).filter(|at| self.says(*at) && known[*at].is_some());
                    let hits = hits.count();
                    if best.is_none_or(|(most, _)| hits > most) {
                        best = Some((hits, known));
                    }
                }
                Err(misplaced) => {
                    refused.get_or_insert(misplaced);
                }
            }
        }
        match (best, refused) {
            (Some((_, known)), _) => Ok(known),
            (None, Some(misplaced)) => Err(misplaced),
            (None, None) => Ok([None; 3]),
        }
    }

    fn known(&self, epoch: Epoch) -> Result<Known, Misplaced> {
        let mut known = self.coded(epoch)?;
        for (at, level) in Level::ALL.into_iter().enumerate() {
            let (None, Some(name)) = (known[at], self.names[at]) else {
                continue;
            };
            let within = known[..at].iter().rev().find_map(|unit| *unit);
            // A name alone is many places'; and who names a district that nobody knows means no other.
            let is_lost = at == WARD
                && epoch.has_districts()
                && self.names[DISTRICT].is_some()
                && known[DISTRICT].is_none();
            if (at > PROVINCE && within.is_none()) || is_lost {
                continue;
            }
            if let Found::One(unit) = address::find(epoch, level, within, name) {
                fill(&mut known, unit);
            }
        }
        Ok(known)
    }

    /// What the codes say, of what they lie in as well.
    fn coded(&self, epoch: Epoch) -> Result<Known, Misplaced> {
        let mut known: Known = [None; 3];
        for (at, level) in Level::ALL.into_iter().enumerate() {
            let Some(code) = self.codes[at] else {
                continue;
            };
            let wrong = |problem| Misplaced {
                member: MEMBERS[at],
                problem,
            };
            let unit = address::unit(epoch, level, code);
            let unit =
                unit.ok_or_else(|| wrong(format!("is not in the address directory of {epoch}")))?;
            let wider = known[..at].iter().rev().find_map(|unit| *unit);
            if let Some(wider) = wider.filter(|wider| !unit.lies_in(wider)) {
                let problem = format!(
                    "is not in the address directory of {epoch} within {}",
                    wider.full_name()
                );
                return Err(wrong(problem));
            }
            fill(&mut known, unit);
        }
        Ok(known)
    }
}

/// Notes a unit and all that it lies in.
fn fill(known: &mut Known, unit: &'static Unit) {
    for (held, unit) in known.iter_mut().zip(levels(Place::of(unit))) {
        if unit.is_some() {
            *held = unit;
        }
    }
}

const fn levels(place: Place) -> Known {
    [Some(place.province), place.district, place.ward]
}
