//! Ranges of the index of facets: the records of one value of a facet, or of two facets together, in
//! the order of creation, with a kept count.
//!
//! Two facets have ranges of their own where lists are asked by both at once: going along the one and
//! leaving out what does not fit the other costs what is left out.

use trackway_model::orders::{Facet, Record};

/// What is counted: those of a kind by one value of a facet, or by one each of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    /// The number of a facet, or of a pair.
    pub facet: u8,
    pub value: i64,
    /// The second facet's value; 0 where there is one only.
    pub also: i64,
}

/// Facets that have ranges together.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// Beside those of `Facet`, as it is stored and never changes.
    pub number: u8,
    pub first: Facet,
    pub second: Facet,
}

const fn pair(number: u8, first: Facet, second: Facet) -> Pair {
    Pair {
        number,
        first,
        second,
    }
}

/// Each of them costs a row a record, and two rows at each change of one of its values. Records have
/// one value at most of each of these facets.
const PAIRS: &[Pair] = &[
    pair(32, Facet::Status, Facet::Shop),
    pair(33, Facet::Status, Facet::PickupAddress),
    pair(34, Facet::Status, Facet::PaymentStatus),
    pair(35, Facet::Status, Facet::Courier),
    pair(36, Facet::Status, Facet::Vendor),
    pair(37, Facet::Shop, Facet::PickupAddress),
    pair(38, Facet::Shop, Facet::PaymentStatus),
    pair(39, Facet::Shop, Facet::Courier),
    pair(40, Facet::PickupAddress, Facet::PaymentStatus),
];

impl Pair {
    pub const fn of(self, first: i64, second: i64) -> Range {
        Range {
            facet: self.number,
            value: first,
            also: second,
        }
    }
}

impl Range {
    pub const ALL: Self = Self::one(Facet::All, 0);

    pub const fn one(facet: Facet, value: i64) -> Self {
        Self {
            facet: facet.number(),
            value,
            also: 0,
        }
    }

    /// As people are told of it.
    pub fn told(self) -> String {
        let Self { facet, value, also } = self;
        let pair = PAIRS.iter().find(|pair| pair.number == facet);
        match (Facet::from_number(facet), pair) {
            (Some(facet), _) => format!("{facet} {value}"),
            (None, Some(Pair { first, second, .. })) => {
                format!("{first} {value} and {second} {also}")
            }
            (None, None) => format!("facet {facet} {value}, {also}"),
        }
    }
}

/// All ranges that a record is in, each once.
pub fn ranges_of(record: &Record) -> Vec<Range> {
    let facets = record.facets();
    let mut ranges: Vec<Range> = facets
        .iter()
        .map(|(facet, value)| Range::one(*facet, *value))
        .collect();
    let value = |wanted: Facet| {
        let mut values = facets.iter().filter(|(facet, _)| *facet == wanted);
        values.next().map(|(_, value)| *value)
    };
    let both = |pair: &Pair| Some(pair.of(value(pair.first)?, value(pair.second)?));
    ranges.extend(PAIRS.iter().filter_map(both));
    ranges.sort_unstable();
    ranges.dedup();
    ranges
}

/// The ranges of two facets together, one for each two of their values; None where they have none.
pub fn together(one: &(Facet, Vec<i64>), other: &(Facet, Vec<i64>)) -> Option<Vec<Range>> {
    let is = |pair: &&Pair| pair.first == one.0 && pair.second == other.0;
    let pair = PAIRS.iter().find(is)?;
    let values = one.1.iter();
    Some(
        values
            .flat_map(|first| other.1.iter().map(|second| pair.of(*first, *second)))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn pairs_have_numbers_of_their_own_and_single_facets() {
        let facets = Facet::ALL.iter().map(|facet| facet.number());
        let numbers: BTreeSet<u8> = facets.chain(PAIRS.iter().map(|pair| pair.number)).collect();
        assert_eq!(numbers.len(), Facet::ALL.len() + PAIRS.len());
        for Pair { first, second, .. } in PAIRS {
            assert!(first.is_single() && second.is_single() && first < second);
        }
    }

    #[test]
    fn a_range_is_told_by_its_facets() {
        let told = PAIRS[0].of(21, 7).told();
        assert_eq!(told, "status 21 and shop 7");
        assert_eq!(Range::one(Facet::Shop, 7).told(), "shop 7");
    }
}
