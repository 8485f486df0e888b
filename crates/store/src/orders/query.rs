//! How a list of records is read: along ranges of an index, or gathered and sorted.
//!
//! Along an index a page costs what stands before it there, so the ranges are chosen by the kept
//! counts: those of the one facet that decides, or of the two that have ranges together. Few records
//! are gathered whole. Where the counts say that all records of one facet meet another as well, nothing
//! has to be looked at to know how many there are.

use super::names::{beginning, behind, text_key};
use super::ranges::{Range, together};
use crate::seal::Sealer;
use std::collections::HashMap;
use trackway_model::AccountId;
use trackway_model::orders::{Facet, NameKind, RecordPlace, RecordQuery, Sort, Total};

/// Ranges that a list is read along at once.
const MOST_RANGES: usize = 128;

/// How many records are in ranges.
pub type Counts = HashMap<Range, u64>;

/// Facet and value; those of one number are alternatives.
pub type Demand = (i64, Facet, i64);

/// A place between two records: the time that a list is sorted by, and a record's number.
pub type Spot = (i64, i64);

/// Ranges to go along, leaving out what does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// No record is in two of them.
    pub along: Vec<Range>,
    /// How many records are in them.
    pub count: u64,
    /// What is demanded of facets is what the ranges say, or is so for all records of one that they are of.
    pub covered: bool,
    /// By time of change and not by that of creation.
    pub by_change: bool,
    /// What else must apply.
    pub others: Vec<Demand>,
}

/// Where records are gathered from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gather {
    Ranges(Vec<Range>),
    /// Those changed within the query's bounds.
    Changed,
    /// Names by their kinds, from a key up to another.
    Names(Vec<(NameKind, Vec<u8>, Vec<u8>)>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// There can be none.
    Nothing,
    Walk(Walk),
    /// All that apply, then sorted. None of the others has to be looked at.
    Gather(Gather, Vec<Demand>),
}

/// A record that was gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gathered {
    pub id: i64,
    pub created: i64,
    pub updated: i64,
}

/// The newest records along ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Sample {
    pub seen: u64,
    pub fitting: u64,
    /// When the last of them was made.
    pub last: i64,
}

/// The bounds of a query: from, and before.
pub fn bounds((from, before): (Option<i64>, Option<i64>)) -> (i64, i64) {
    (from.unwrap_or(i64::MIN), before.unwrap_or(i64::MAX))
}

/// The same as places of a list in that order, and behind the place where the page before ended.
pub fn places(
    (from, before): (Option<i64>, Option<i64>),
    sort: Sort,
    after: Option<RecordPlace>,
) -> (Spot, Spot) {
    let from = from.map_or((i64::MIN, i64::MIN), |from| (from, i64::MIN));
    let before = before.map_or((i64::MAX, i64::MAX), |before| (before, i64::MIN));
    match after.map(|it| (it.at, it.id.0)) {
        None => (from, before),
        Some(last) if sort.is_descending() => (from, before.min(last)),
        Some((at, id)) => (from.max((at, id.saturating_add(1))), before),
    }
}

/// Facets that decide together where to look.
#[derive(Clone, Debug)]
struct Cover {
    facets: Vec<Facet>,
    ranges: Vec<Range>,
    count: u64,
}

impl Cover {
    /// Whether the records of all its ranges can be told apart, and are not too many ranges.
    fn is_walkable(&self) -> bool {
        let apart = self.ranges.len() == 1 || self.facets.iter().all(|it| it.is_single());
        apart && self.ranges.len() <= MOST_RANGES
    }
}

impl Cover {
    /// Whether its records are those of the query.
    fn covers(&self, query: &RecordQuery, counts: &Counts) -> bool {
        let (own, rest): (Vec<_>, Vec<_>) = query
            .facets
            .iter()
            .partition(|(facet, _)| self.facets.contains(facet));
        let met = |it: &&(Facet, Vec<i64>)| own.iter().any(|one| all_meet(one, it, counts));
        own.len() == self.facets.len() && rest.iter().all(met)
    }
}

/// Whether all records of one facet meet another one too, as far as the counts tell.
fn all_meet(one: &(Facet, Vec<i64>), other: &(Facet, Vec<i64>), counts: &Counts) -> bool {
    let count = |ranges: &[Range]| {
        let known = ranges.iter().filter_map(|range| counts.get(range));
        known.sum::<u64>()
    };
    let both = together(one, other).or_else(|| together(other, one));
    let alone: Vec<Range> = one.1.iter().map(|it| Range::one(one.0, *it)).collect();
    one.0.is_single() && both.is_some_and(|both| count(&both) == count(&alone))
}

/// The query with each facet named once, each value once.
pub fn plain(query: &RecordQuery) -> RecordQuery {
    let mut facets: Vec<(Facet, Vec<i64>)> = Vec::with_capacity(query.facets.len());
    for (facet, values) in &query.facets {
        let mut values = values.clone();
        values.sort_unstable();
        values.dedup();
        let mut known = facets.iter_mut().filter(|_| facet.is_single());
        match known.find(|(known, _)| known == facet) {
            Some((_, both)) => both.retain(|value| values.contains(value)),
            None => facets.push((*facet, values)),
        }
    }
    RecordQuery {
        facets,
        ..query.clone()
    }
}

/// All covers of a plain query; the first is all records.
fn covers(query: &RecordQuery) -> Vec<Cover> {
    let cover = |facets: Vec<Facet>, ranges: Vec<Range>| Cover {
        facets,
        ranges,
        count: 0,
    };
    let mut covers = vec![cover(Vec::new(), vec![Range::ALL])];
    for one in &query.facets {
        let ranges = one.1.iter().map(|value| Range::one(one.0, *value));
        covers.push(cover(vec![one.0], ranges.collect()));
        for other in &query.facets {
            let few = one.1.len() * other.1.len() <= MOST_RANGES;
            if let Some(ranges) = together(one, other).filter(|_| few) {
                covers.push(cover(vec![one.0, other.0], ranges));
            }
        }
    }
    covers
}

impl Plan {
    /// The ranges whose counts a plan is made from.
    pub fn asks(query: &RecordQuery) -> Vec<Range> {
        let covers = covers(query).into_iter();
        covers.flat_map(|cover| cover.ranges).collect()
    }

    /// `query`: a plain one. `counts`: of what `asks` asked for. `most`: records that are looked at to
    /// count or to sort them.
    pub fn of(
        sealer: &Sealer,
        account: AccountId,
        query: &RecordQuery,
        counts: &Counts,
        most: usize,
    ) -> Self {
        if query.facets.iter().any(|(_, values)| values.is_empty()) {
            return Self::Nothing;
        }
        if let Some((kind, text)) = &query.named {
            let key = text_key(sealer, account, *kind, text);
            // The next key that there can be.
            let to = [key.as_slice(), &[0]].concat();
            return Self::Gather(Gather::Names(vec![(*kind, key, to)]), others(query, &[]));
        }
        if let Some(keyword) = &query.keyword {
            let kinds = NameKind::ALL.iter().copied();
            let range = |kind| {
                let from = beginning(kind, keyword)?;
                let to = behind(&from);
                Some((kind, from, to))
            };
            let ranges = kinds.filter_map(range).collect();
            return Self::Gather(Gather::Names(ranges), others(query, &[]));
        }
        Self::by_facets(query, counts, most)
    }

    fn by_facets(query: &RecordQuery, counts: &Counts, most: usize) -> Self {
        let mut covers = covers(query);
        for cover in &mut covers {
            let known = cover.ranges.iter().filter_map(|range| counts.get(range));
            cover.count = known.sum();
        }
        let by_change = query.sort.is_by_change();
        let unbounded = query.updated == (None, None);
        let is_whole = |cover: &&Cover| cover.facets.len() == query.facets.len();
        let whole = covers
            .iter()
            .filter(is_whole)
            .find(|cover| cover.is_walkable());
        let in_order = unbounded && !by_change;
        if let Some(whole) = whole.filter(|_| in_order) {
            return Self::Walk(Walk::along(query, whole, counts));
        }
        let named = covers.iter().filter(|cover| !cover.facets.is_empty());
        let fewest = named.min_by_key(|cover| cover.count);
        if let Some(few) = fewest.filter(|it| in_order && it.is_walkable()) {
            return Self::Walk(Walk::along(query, few, counts));
        }
        if let Some(few) = fewest.filter(|it| it.count <= most as u64) {
            let others = others(query, &few.facets);
            return Self::Gather(Gather::Ranges(few.ranges.clone()), others);
        }
        if !unbounded {
            return Self::Gather(Gather::Changed, others(query, &[]));
        }
        let walkable = covers.iter().filter(|cover| cover.is_walkable());
        let along = whole.or_else(|| walkable.min_by_key(|cover| cover.count));
        along.map_or(Self::Nothing, |along| {
            Self::Walk(Walk::along(query, along, counts))
        })
    }

    /// What is done where more were to be gathered than are.
    pub fn instead(query: &RecordQuery, counts: &Counts) -> Walk {
        Walk {
            along: vec![Range::ALL],
            count: counts.get(&Range::ALL).copied().unwrap_or(0),
            covered: query.facets.is_empty(),
            by_change: query.sort.is_by_change(),
            others: others(query, &[]),
        }
    }
}

/// All that a query demands of facets, but for some.
fn others(query: &RecordQuery, but: &[Facet]) -> Vec<Demand> {
    let demands = (0_i64..).zip(&query.facets);
    let demands = demands.filter(|(_, (facet, _))| !but.contains(facet));
    demands
        .flat_map(|(number, (facet, values))| {
            values.iter().map(move |value| (number, *facet, *value))
        })
        .collect()
}

/// How many demands there are among alternatives.
pub fn demands(others: &[Demand]) -> i64 {
    others.chunk_by(|a, b| a.0 == b.0).count() as i64
}

impl Walk {
    fn along(query: &RecordQuery, cover: &Cover, counts: &Counts) -> Self {
        let by_change = query.sort.is_by_change();
        // Those of ranges stand in the order of creation only.
        let but = if by_change { &[] } else { &*cover.facets };
        Self {
            along: cover.ranges.clone(),
            count: cover.count,
            covered: cover.covers(query, counts),
            by_change,
            others: others(query, but),
        }
    }

    /// Whether the kept count is the total.
    pub fn is_counted(&self, query: &RecordQuery) -> bool {
        self.covered && query.created == (None, None) && query.updated == (None, None)
    }

    /// The total by a sample of the newest along the ranges, of `most` records where there are as many.
    pub fn total(&self, query: &RecordQuery, sample: Sample, most: usize) -> Total {
        if sample.seen < most as u64 || sample.seen >= self.count {
            return Total::Exact(sample.fitting);
        }
        let within = match query.created {
            (None, None) => self.count,
            window => self.within(window, sample),
        };
        let share =
            u128::from(sample.fitting) * u128::from(within) / u128::from(sample.seen.max(1));
        Total::About(u64::try_from(share).unwrap_or(u64::MAX).max(sample.fitting))
    }

    /// How many were made within bounds, if as many are made at any time as of late.
    fn within(&self, (from, before): (Option<i64>, Option<i64>), sample: Sample) -> u64 {
        let (Some(from), Some(before)) = (from, before) else {
            return self.count;
        };
        let whole = i128::from(before) - i128::from(from);
        let seen = (i128::from(before) - i128::from(sample.last)).max(1);
        let about = i128::from(sample.seen) * whole.max(0) / seen;
        let about = u64::try_from(about).unwrap_or(u64::MAX);
        about.clamp(sample.seen, self.count.max(sample.seen))
    }
}

/// The page of what was gathered.
pub fn page(query: &RecordQuery, limit: usize, mut found: Vec<Gathered>) -> Vec<i64> {
    let spot = |it: &Gathered| match query.sort {
        Sort::NewestFirst | Sort::OldestFirst => (it.created, it.id),
        Sort::LastUpdatedFirst | Sort::LongestUnchangedFirst => (it.updated, it.id),
    };
    let (from, before) = places((None, None), query.sort, query.after);
    found.retain(|it| (from..before).contains(&spot(it)));
    found.sort_unstable_by_key(spot);
    found.dedup();
    if query.sort.is_descending() {
        found.reverse();
    }
    let skipped = usize::try_from(query.offset).unwrap_or(usize::MAX);
    let page = found.into_iter().skip(skipped).take(limit);
    page.map(|it| it.id).collect()
}
