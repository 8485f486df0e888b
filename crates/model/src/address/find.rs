//! A name at a level, loosely.

use super::index::Form;
use super::mention::Scan;
use super::names::{Apostrophe, Words};
use super::parse::LONGEST;
use super::{Epoch, Level, Unit};

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    One(&'static Unit),
    /// The name fits these alike, by code.
    Several(Vec<&'static Unit>),
    None,
}

impl Found {
    /// The unit, where there is one.
    pub const fn one(&self) -> Option<&'static Unit> {
        match self {
            Self::One(unit) => Some(unit),
            Self::Several(_) | Self::None => None,
        }
    }

    /// Every unit that the name fits.
    pub fn candidates(&self) -> &[&'static Unit] {
        match self {
            Self::One(unit) => std::slice::from_ref(unit),
            Self::Several(units) => units,
            Self::None => &[],
        }
    }
}

/// The unit of a name at a level of an epoch, within another unit if one is told. The name may lack its
/// marks and its kind, have it abbreviated or in English, or be a province's three letters: `Q.1`,
/// `district 1`, `01` and `quan 1` are one, within `HCM`. Of several that fit, those stay whose marks
/// and kind fit best.
pub fn find(epoch: Epoch, level: Level, within: Option<&Unit>, name: &str) -> Found {
    if name.len() > LONGEST {
        return Found::None;
    }
    let words = Words::of(name, Apostrophe::Joins);
    let whole = 0..words.words.len();
    let scan = Scan::of(&words, epoch);
    let mut best: Option<(usize, bool, bool, Form)> = None;
    let mut units: Vec<&'static Unit> = Vec::new();
    for span in scan.spans.iter().filter(|span| span.whole == whole) {
        for entry in &span.end.names {
            let unit = entry.unit();
            if unit.level != level || within.is_some_and(|within| !unit.lies_in(within)) {
                continue;
            }
            let Some(kind) = scan.kind_fits(span, entry, level) else {
                continue;
            };
            let marks = scan.marks(span, entry);
            let rank = (marks.other, !kind, marks.is_lacking, entry.form);
            if best.is_none_or(|best| rank < best) {
                best = Some(rank);
                units.clear();
            }
            if best == Some(rank) && !units.contains(&unit) {
                units.push(unit);
            }
        }
    }
    match units.as_slice() {
        [] => Found::None,
        [one] => Found::One(one),
        _ => {
            units.sort_unstable_by_key(|unit| unit.code);
            Found::Several(units)
        }
    }
}
