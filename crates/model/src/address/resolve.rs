//! An address as three names, each in a member of its own, checked against each other.

use super::find::{Found, find};
use super::{Epoch, Level, Place, Unit};
use std::fmt;

/// The names of an address, as given. What is blank counts as not given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Names<'a> {
    pub province: &'a str,
    pub district: Option<&'a str>,
    pub ward: Option<&'a str>,
}

/// Which name is wrong, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{level} {why}")]
pub struct Misfit {
    pub level: Level,
    pub why: Why,
}

/// What is wrong with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is not given, and what is below it can't be found without it.
    Missing,
    /// No division of the level has it.
    Unknown,
    /// These have it, and none of them lies in what is given above it.
    Elsewhere(Vec<&'static Unit>),
    /// These have it alike.
    Ambiguous(Vec<&'static Unit>),
    /// A district in an address of two levels: its ward lies right in its province.
    NoDistricts,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "is missing",
            Self::Unknown => "is not in the address directory",
            Self::Elsewhere(_) => "does not lie in what is given above it",
            Self::Ambiguous(_) => "fits several divisions",
            Self::NoDistricts => "is given in an address that has none since July 2025",
        })
    }
}

/// The place of an address's names. Without an epoch an address with a district is one of three levels
/// (2024, else 2025-01), and one without is of two (2025-07), as far as its names are known there.
pub fn resolve(names: &Names<'_>, epoch: Option<Epoch>) -> Result<Place, Misfit> {
    let names = Names {
        province: names.province.trim(),
        district: given(names.district),
        ward: given(names.ward),
    };
    if let Some(epoch) = epoch {
        return resolve_in(&names, epoch);
    }
    let [first, second, third] = if names.district.is_some() {
        [Epoch::Y2024, Epoch::Y2025Jan, Epoch::Y2025Jul]
    } else {
        [Epoch::Y2025Jul, Epoch::Y2025Jan, Epoch::Y2024]
    };
    let found = resolve_in(&names, first);
    let Err(wrong) = found else { return found };
    match resolve_in(&names, second).or_else(|_| resolve_in(&names, third)) {
        Ok(place) => Ok(place),
        // A ward that is July's alone tells that the district is too much.
        Err(_) if is_of_july(&names) => Err(Misfit::at(Level::District, Why::NoDistricts)),
        Err(_) => Err(wrong),
    }
}

/// Whether the province and the ward are one of July's without the district.
fn is_of_july(names: &Names<'_>) -> bool {
    let names = Names {
        district: None,
        ..*names
    };
    names.ward.is_some() && resolve_in(&names, Epoch::Y2025Jul).is_ok()
}

fn resolve_in(names: &Names<'_>, epoch: Epoch) -> Result<Place, Misfit> {
    if names.province.is_empty() {
        return Err(Misfit::at(Level::Province, Why::Missing));
    }
    let province = one(epoch, Level::Province, None, names.province)?;
    let mut place = Place::of(province);
    if let Some(district) = names.district {
        if !epoch.has_districts() {
            return Err(Misfit::at(Level::District, Why::NoDistricts));
        }
        let found = find(epoch, Level::District, Some(province), district);
        // Where a town and the district around it have one name, the ward tells which.
        if let (Found::Several(districts), Some(ward)) = (&found, names.ward) {
            let within = |it: &&'static Unit| find(epoch, Level::Ward, Some(it), ward).one();
            let mut wards = districts.iter().filter_map(within);
            if let (Some(ward), None) = (wards.next(), wards.next()) {
                return Ok(Place::of(ward));
            }
        }
        place = Place::of(only(found, epoch, Level::District, district)?);
    }
    let Some(ward) = names.ward else {
        return Ok(place);
    };
    let found = find(epoch, Level::Ward, Some(place.narrowest()), ward);
    if let (Found::Several(_), None, true) = (&found, names.district, epoch.has_districts()) {
        return Err(Misfit::at(Level::District, Why::Missing));
    }
    only(found, epoch, Level::Ward, ward).map(Place::of)
}

fn one(
    epoch: Epoch,
    level: Level,
    within: Option<&Unit>,
    name: &str,
) -> Result<&'static Unit, Misfit> {
    only(find(epoch, level, within, name), epoch, level, name)
}

/// The one unit, or what is wrong with the name.
fn only(found: Found, epoch: Epoch, level: Level, name: &str) -> Result<&'static Unit, Misfit> {
    match found {
        Found::One(unit) => Ok(unit),
        Found::Several(units) => Err(Misfit::at(level, Why::Ambiguous(units))),
        Found::None => {
            let anywhere = find(epoch, level, None, name).candidates().to_vec();
            let why = if anywhere.is_empty() {
                Why::Unknown
            } else {
                Why::Elsewhere(anywhere)
            };
            Err(Misfit::at(level, why))
        }
    }
}

impl Misfit {
    const fn at(level: Level, why: Why) -> Self {
        Self { level, why }
    }
}

fn given(name: Option<&str>) -> Option<&str> {
    name.map(str::trim).filter(|name| !name.is_empty())
}
