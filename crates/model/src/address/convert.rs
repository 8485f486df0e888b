//! From one epoch to another.

use super::table::{self, LINKS, Others};
use super::{Epoch, Level, Place, Unit};

/// What a unit is in another epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// All of it lies in this one.
    Exact(&'static Unit),
    /// It was divided: each place in it lies in one of these, by code.
    Split(Vec<&'static Unit>),
    /// The directory does not tell, or there is no such level there.
    Unknown,
}

impl Conversion {
    /// The unit, where there is one.
    pub const fn exact(&self) -> Option<&'static Unit> {
        match self {
            Self::Exact(unit) => Some(unit),
            Self::Split(_) | Self::Unknown => None,
        }
    }

    /// Every unit that it may be.
    pub fn candidates(&self) -> &[&'static Unit] {
        match self {
            Self::Exact(unit) => std::slice::from_ref(unit),
            Self::Split(units) => units,
            Self::Unknown => &[],
        }
    }
}

impl Unit {
    /// What this unit is in another epoch. Districts are not in 2025-07, but for the islands without
    /// wards that became a special zone each, which is a ward.
    pub fn convert(&'static self, to: Epoch) -> Conversion {
        let mut epoch = self.epoch;
        let Some(at) = table::of(epoch).position(self.level, self.code) else {
            return Conversion::Unknown;
        };
        let mut held = Others::from_slice(&[at]);
        while epoch != to {
            let forward = epoch < to;
            let other = match (epoch, forward) {
                (Epoch::Y2024, true) | (Epoch::Y2025Jul, false) => Epoch::Y2025Jan,
                (Epoch::Y2025Jan | Epoch::Y2025Jul, true) => Epoch::Y2025Jul,
                (Epoch::Y2024 | Epoch::Y2025Jan, false) => Epoch::Y2024,
            };
            let link = &LINKS[epoch.min(other) as usize];
            let steps = if forward { &link.next } else { &link.last };
            let step = |at: &u16| &steps[usize::from(*at)];
            // Where one part is not known, the whole answer would promise too much.
            if held.iter().any(|at| step(at).is_empty()) {
                return Conversion::Unknown;
            }
            let mut others: Others = held
                .iter()
                .flat_map(|at| step(at).iter().copied())
                .collect();
            others.sort_unstable();
            others.dedup();
            held = others;
            epoch = other;
        }
        let table = table::of(to);
        match held.as_slice() {
            [] => Conversion::Unknown,
            [one] => Conversion::Exact(table.unit(*one)),
            several => {
                let mut units: Vec<_> = several.iter().map(|at| table.unit(*at)).collect();
                units.sort_unstable_by_key(|unit| (unit.level, unit.code));
                Conversion::Split(units)
            }
        }
    }

    /// Every division of a level in which this one may lie in an epoch, by code: of one that was divided
    /// several, and none where the directory does not tell, or it is wider than that level. What became of
    /// a district without districts is told by its province.
    pub fn within(&'static self, epoch: Epoch, level: Level) -> Vec<&'static Self> {
        let mut at = Some(self);
        while let Some(unit) = at {
            let conversion = unit.convert(epoch);
            let parts = conversion.candidates();
            if !parts.is_empty() {
                let of = |part: &&'static Self| Place::of(part).at(level);
                let found: Option<Vec<_>> = parts.iter().map(of).collect();
                let mut found = found.unwrap_or_default();
                found.sort_unstable_by_key(|unit| unit.code);
                found.dedup();
                return found;
            }
            at = unit.parent();
        }
        Vec::new()
    }
}
