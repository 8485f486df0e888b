//! The administrative divisions of Vietnam, as they were named in three epochs, and free text read into
//! them: generated data, see `data/addresses/SOURCE`.
//!
//! Guarantees:
//! - A division is known by its epoch, its level and its code, never by its code alone: two thirds of the
//!   ward codes of July 2025 were another ward's before. A [`Unit`] carries its epoch, and nothing
//!   compares or mixes units of two epochs but [`Unit::convert`].
//! - What is not known for certain is not told as certain: a name that fits several divisions is told
//!   with all of them, and an old ward that was divided is told with every part.
//! - Nothing here does I/O or panics on input; a text of more than [`LONGEST`] bytes is not read.
//!
//! The tables are built once, when they are first asked, from some 400 KB in the binary.

mod chain;
mod convert;
mod find;
mod index;
mod kind;
mod mention;
mod names;
mod parse;
mod resolve;
mod table;

pub use convert::Conversion;
pub use find::{Found, find};
pub use names::slug;
pub use parse::{Ambiguity, LONGEST, Parsed, Sureness, parse};
pub use resolve::{Misfit, Names, Why, resolve};
pub use table::SIZE;

use kind::Kind;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The country of the directory, as ISO 3166-1 has it.
pub const COUNTRY: &str = "VN";

/// A span of time in which names and codes meant one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Epoch {
    /// Before 2025: 63 provinces, 705 districts, 10,599 wards.
    #[serde(rename = "2024")]
    Y2024,
    /// From January 2025: the same three levels, after wards and some districts were merged.
    #[serde(rename = "2025-01")]
    Y2025Jan,
    /// From July 2025: 34 provinces, 3,321 wards, and no districts.
    #[serde(rename = "2025-07")]
    Y2025Jul,
}

impl Epoch {
    /// All of them, the oldest first.
    pub const ALL: [Self; 3] = [Self::Y2024, Self::Y2025Jan, Self::Y2025Jul];
    /// The one that is in force.
    pub const LATEST: Self = Self::Y2025Jul;

    /// As it is written: `2024`, `2025-01` or `2025-07`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Y2024 => "2024",
            Self::Y2025Jan => "2025-01",
            Self::Y2025Jul => "2025-07",
        }
    }

    /// Whether a ward lies in a district of its province, and not in the province itself.
    pub const fn has_districts(self) -> bool {
        !matches!(self, Self::Y2025Jul)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What was written is no epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 2024, 2025-01 or 2025-07")]
pub struct NoEpoch;

impl FromStr for Epoch {
    type Err = NoEpoch;

    fn from_str(text: &str) -> Result<Self, NoEpoch> {
        let same = |epoch: &Self| epoch.as_str() == text.trim();
        Self::ALL.into_iter().find(same).ok_or(NoEpoch)
    }
}

/// How far down a division stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Province,
    District,
    Ward,
}

impl Level {
    /// From the widest down.
    pub const ALL: [Self; 3] = [Self::Province, Self::District, Self::Ward];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Province => "province",
            Self::District => "district",
            Self::Ward => "ward",
        }
    }

    /// Digits of a code of this level.
    const fn digits(self) -> usize {
        match self {
            Self::Province => 2,
            Self::District => 3,
            Self::Ward => 5,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Level {
    type Err = NoLevel;

    fn from_str(text: &str) -> Result<Self, NoLevel> {
        let same = |level: &Self| level.as_str() == text.trim();
        Self::ALL.into_iter().find(same).ok_or(NoLevel)
    }
}

/// What was written is no level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be province, district or ward")]
pub struct NoLevel;

/// A division of one epoch. Units live as long as the program, and are handed around as
/// `&'static Unit`.
#[derive(Debug)]
pub struct Unit {
    epoch: Epoch,
    level: Level,
    code: u32,
    kind: Kind,
    /// Kind and name.
    full: Box<str>,
    /// Of a province.
    short: Option<Box<table::Short>>,
    /// Position in the table of the epoch; nobody's for a province.
    parent: Option<u16>,
    /// Positions of those right below it.
    children: std::ops::Range<u16>,
}

impl Unit {
    /// The epoch in which the code means this unit.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Province, district or ward.
    pub const fn level(&self) -> Level {
        self.level
    }

    /// The code of the national directory as a number: 79, 766, 26965.
    pub const fn code(&self) -> u32 {
        self.code
    }

    /// The same as it is printed, with its zeros: `79`, `766`, `00004`.
    pub fn code_text(&self) -> String {
        format!("{:0width$}", self.code, width = self.level.digits())
    }

    /// The name alone: `Hồ Chí Minh`, `Tân Bình`, `02`.
    pub fn name(&self) -> &str {
        &self.full[self.kind.text().len() + 1..]
    }

    /// The name with its kind: `Thành phố Hồ Chí Minh`, `Quận Tân Bình`, `Phường 02`.
    pub fn full_name(&self) -> &str {
        &self.full
    }

    /// The kind alone: `Thành phố`, `Quận`, `Phường`.
    pub const fn kind(&self) -> &'static str {
        self.kind.text()
    }

    /// As people are shown it: `TP. Hồ Chí Minh`, `Đồng Nai`; below a province the full name.
    pub fn display_name(&self) -> &str {
        self.short
            .as_ref()
            .map_or(&self.full, |short| &short.display)
    }

    /// A province's three letters: `HCM`.
    pub fn short_name(&self) -> Option<&str> {
        self.short.as_ref().map(|short| short.code.as_str())
    }

    /// What else a province is called: `Sài Gòn`, `TPHCM`.
    pub fn aliases(&self) -> &[String] {
        self.short.as_ref().map_or(&[], |short| &short.aliases)
    }

    /// The name in small letters without marks, words joined by hyphens: `ho-chi-minh`, `02`.
    pub fn slug(&self) -> String {
        slug(self.name())
    }

    /// What it lies in: a ward in a district, or in its province where there are no districts.
    pub fn parent(&self) -> Option<&'static Self> {
        self.parent.map(|at| table::of(self.epoch).unit(at))
    }

    /// The province that it lies in, or is.
    pub fn province(&'static self) -> &'static Self {
        self.parent().map_or(self, Self::province)
    }

    /// What lies right within it, by name as the directory has it.
    pub fn children(&self) -> &'static [Self] {
        table::of(self.epoch).units(&self.children)
    }

    /// Whether it lies in the other, however deep, or is it.
    pub fn lies_in(&'static self, other: &Self) -> bool {
        self == other || self.parent().is_some_and(|parent| parent.lies_in(other))
    }
}

impl PartialEq for Unit {
    fn eq(&self, other: &Self) -> bool {
        (self.epoch, self.level, self.code) == (other.epoch, other.level, other.code)
    }
}

impl Eq for Unit {}

/// The unit of a code. A code of another epoch is another unit, or none.
pub fn unit(epoch: Epoch, level: Level, code: u32) -> Option<&'static Unit> {
    table::of(epoch).by_code(level, code)
}

/// The provinces of an epoch, by code.
pub fn provinces(epoch: Epoch) -> &'static [Unit] {
    table::of(epoch).provinces()
}

/// Where something lies: units of one epoch, each within the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub province: &'static Unit,
    pub district: Option<&'static Unit>,
    pub ward: Option<&'static Unit>,
}

impl Place {
    /// The place that a unit is, with all that it lies in.
    pub fn of(unit: &'static Unit) -> Self {
        let at = |level| {
            let mut up = Some(unit);
            while let Some(it) = up.filter(|it| it.level != level) {
                up = it.parent();
            }
            up
        };
        Self {
            province: unit.province(),
            district: at(Level::District),
            ward: at(Level::Ward),
        }
    }

    /// The epoch of its units.
    pub const fn epoch(&self) -> Epoch {
        self.province.epoch
    }

    /// The unit of a level.
    pub const fn at(&self, level: Level) -> Option<&'static Unit> {
        match level {
            Level::Province => Some(self.province),
            Level::District => self.district,
            Level::Ward => self.ward,
        }
    }

    /// The narrowest unit that is known.
    pub fn narrowest(&self) -> &'static Unit {
        self.ward.or(self.district).unwrap_or(self.province)
    }
}
