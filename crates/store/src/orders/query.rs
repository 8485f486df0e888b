//! How a list of records is read: along an index, or gathered and sorted.
//!
//! Along an index a page costs what stands before it there, so the index is chosen by the kept counts:
//! that of the one value that decides, where one does. Few records are gathered whole.

use super::names::{beginning, behind, text_key};
use crate::seal::Sealer;
use trackway_model::AccountId;
use trackway_model::orders::{Facet, NameKind, RecordQuery, Sort, Total};

/// Records that are looked at to count or to sort; of more, the total is an estimate.
pub const MOST_GATHERED: usize = 10_000;

/// One value of a facet, and how many records have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    pub facet: Facet,
    pub value: i64,
    pub count: u64,
}

/// An index to go along, leaving out what does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    pub along: Counted,
    /// By time of change and not by that of creation.
    pub by_change: bool,
    /// What else must apply: facet and value, those of one number being alternatives.
    pub others: Vec<(i64, Facet, i64)>,
}

/// Where records are gathered from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gather {
    Facet(Facet, Vec<i64>),
    /// Those changed within the query's bounds.
    Changed,
    /// Names by their kinds, from a key up to another.
    Names(Vec<(NameKind, Vec<u8>, Vec<u8>)>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    Walk(Walk),
    /// All that apply, then sorted. None of the others has to be looked at.
    Gather(Gather, Vec<(i64, Facet, i64)>),
}

/// A record that was gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gathered {
    pub id: i64,
    pub created: i64,
    pub updated: i64,
}

/// The newest records along an index.
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

impl Plan {
    /// The values whose counts a plan is made from.
    pub fn asks(query: &RecordQuery) -> Vec<(Facet, i64)> {
        let named = query.facets.iter();
        let values = named.flat_map(|(facet, values)| values.iter().map(|value| (*facet, *value)));
        std::iter::once((Facet::All, 0)).chain(values).collect()
    }

    /// `counts`: of what `asks` asked for.
    pub fn of(
        sealer: &Sealer,
        account: AccountId,
        query: &RecordQuery,
        counts: &[Counted],
    ) -> Self {
        let all: Vec<(i64, Facet, i64)> = others(query, None);
        if let Some((kind, text)) = &query.named {
            let key = text_key(sealer, account, *kind, text);
            // The next key that there can be.
            let to = [key.as_slice(), &[0]].concat();
            return Self::Gather(Gather::Names(vec![(*kind, key, to)]), all);
        }
        if let Some(keyword) = &query.keyword {
            let kinds = NameKind::ALL.iter().copied();
            let range = |kind| {
                let from = beginning(kind, keyword)?;
                let to = behind(&from);
                Some((kind, from, to))
            };
            return Self::Gather(Gather::Names(kinds.filter_map(range).collect()), all);
        }
        let count = |facet: Facet, value: i64| {
            let of = |known: &&Counted| known.facet == facet && known.value == value;
            counts.iter().find(of).map_or(0, |known| known.count)
        };
        let sum = |(facet, values): &(Facet, Vec<i64>)| -> u64 {
            values.iter().map(|value| count(*facet, *value)).sum()
        };
        let by_change = match query.sort {
            Sort::NewestFirst | Sort::OldestFirst => false,
            Sort::LastUpdatedFirst | Sort::LongestUnchangedFirst => true,
        };
        let single = |(_, values): &&(Facet, Vec<i64>)| values.len() == 1;
        let unbounded = query.updated == (None, None);
        let walk = |at: Option<&(Facet, Vec<i64>)>| {
            let (facet, value) = at.map_or((Facet::All, 0), |(facet, values)| (*facet, values[0]));
            let count = count(facet, value);
            Self::Walk(Walk {
                along: Counted {
                    facet,
                    value,
                    count,
                },
                by_change,
                others: others(query, at.filter(|_| !by_change).map(|_| facet)),
            })
        };
        // One value decides: the page is a range of its index.
        let simple = query.facets.len() <= 1 && query.facets.iter().all(|it| single(&it));
        if simple && unbounded && !by_change {
            return walk(query.facets.first());
        }
        let fewest = query.facets.iter().min_by_key(|it| sum(it));
        if let Some(few) = fewest.filter(|it| sum(it) <= MOST_GATHERED as u64) {
            return Self::Gather(
                Gather::Facet(few.0, few.1.clone()),
                others(query, Some(few.0)),
            );
        }
        if !unbounded {
            return Self::Gather(Gather::Changed, all);
        }
        walk(query.facets.iter().filter(single).min_by_key(|it| sum(it)))
    }

    /// What is done where more were to be gathered than are.
    pub fn instead(query: &RecordQuery, all: u64) -> Walk {
        let by_change = matches!(
            query.sort,
            Sort::LastUpdatedFirst | Sort::LongestUnchangedFirst
        );
        Walk {
            along: Counted {
                facet: Facet::All,
                value: 0,
                count: all,
            },
            by_change,
            others: others(query, None),
        }
    }
}

/// All that a query demands of facets, but for one.
fn others(query: &RecordQuery, but: Option<Facet>) -> Vec<(i64, Facet, i64)> {
    let demands = (0_i64..).zip(&query.facets);
    let demands = demands.filter(|(_, (facet, _))| Some(*facet) != but);
    demands
        .flat_map(|(number, (facet, values))| {
            values.iter().map(move |value| (number, *facet, *value))
        })
        .collect()
}

/// How many demands there are among alternatives.
pub fn demands(others: &[(i64, Facet, i64)]) -> i64 {
    let mut numbers: Vec<i64> = others.iter().map(|(number, ..)| *number).collect();
    numbers.dedup();
    numbers.len() as i64
}

impl Walk {
    /// Whether the kept count is the total.
    pub fn is_counted(&self, query: &RecordQuery) -> bool {
        let open = query.created == (None, None) && query.updated == (None, None);
        open && self.others.is_empty()
    }

    /// The total by a sample of the newest along the index.
    pub fn total(&self, query: &RecordQuery, sample: Sample) -> Total {
        if sample.seen < MOST_GATHERED as u64 || sample.seen >= self.along.count {
            return Total::Exact(sample.fitting);
        }
        let within = match query.created {
            (None, None) => self.along.count,
            window => self.within(window, sample),
        };
        let share = u128::from(sample.fitting) * u128::from(within) / u128::from(sample.seen);
        Total::About(u64::try_from(share).unwrap_or(u64::MAX).max(sample.fitting))
    }

    /// How many were made within bounds, if as many are made at any time as of late.
    fn within(&self, (from, before): (Option<i64>, Option<i64>), sample: Sample) -> u64 {
        let (Some(from), Some(before)) = (from, before) else {
            return self.along.count;
        };
        let whole = i128::from(before) - i128::from(from);
        let seen = (i128::from(before) - i128::from(sample.last)).max(1);
        let about = i128::from(sample.seen) * whole.max(0) / seen;
        let about = u64::try_from(about).unwrap_or(u64::MAX);
        about.clamp(sample.seen, self.along.count.max(sample.seen))
    }
}

/// The page of what was gathered.
pub fn page(query: &RecordQuery, limit: usize, mut found: Vec<Gathered>) -> Vec<i64> {
    found.sort_unstable_by_key(|it| it.id);
    found.dedup();
    match query.sort {
        Sort::NewestFirst => found.sort_by_key(|it| std::cmp::Reverse((it.created, it.id))),
        Sort::OldestFirst => found.sort_by_key(|it| (it.created, it.id)),
        Sort::LastUpdatedFirst => found.sort_by_key(|it| std::cmp::Reverse((it.updated, it.id))),
        Sort::LongestUnchangedFirst => found.sort_by_key(|it| (it.updated, it.id)),
    }
    let skipped = usize::try_from(query.offset).unwrap_or(usize::MAX);
    let page = found.into_iter().skip(skipped).take(limit);
    page.map(|it| it.id).collect()
}
