//! What a batch changes in the indexes of records.

use super::names::{NameKey, keys_of};
use super::ranges::{Range, ranges_of};
use super::sitting::Writes;
use crate::seal::Sealer;
use std::collections::{BTreeMap, BTreeSet};
use trackway_model::orders::Record;

/// A row of the index of facets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FacetKey {
    pub of: CountKey,
    pub created: i64,
    pub record: i64,
}

/// What is counted: records of an account and kind in a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CountKey {
    pub account: i64,
    pub kind: u8,
    pub range: Range,
}

/// All of it in the order of its keys.
#[derive(Debug, Default)]
pub struct Diff {
    pub names_gone: BTreeSet<NameKey>,
    pub names_new: BTreeSet<NameKey>,
    pub facets_gone: BTreeSet<FacetKey>,
    pub facets_new: BTreeSet<FacetKey>,
    pub counts: BTreeMap<CountKey, i64>,
}

impl Diff {
    pub fn of(sealer: &Sealer, writes: &Writes) -> Self {
        let mut diff = Self::default();
        for (before, after) in writes.records.values() {
            diff.names(sealer, before.as_deref(), after);
            diff.facets(before.as_deref(), after);
        }
        diff.counts.retain(|_, by| *by != 0);
        diff
    }

    fn names(&mut self, sealer: &Sealer, before: Option<&Record>, after: &Record) {
        if before.is_some_and(|before| before.names() == after.names()) {
            return;
        }
        let had = before.map(|before| keys_of(sealer, before));
        let had = had.unwrap_or_default();
        let has = keys_of(sealer, after);
        let (gone, new) = apart(had, has);
        self.names_gone.extend(gone);
        self.names_new.extend(new);
    }

    fn facets(&mut self, before: Option<&Record>, after: &Record) {
        let (gone, new) = apart(before.map(facets).unwrap_or_default(), facets(after));
        for key in &gone {
            *self.counts.entry(key.of).or_default() -= 1;
        }
        for key in &new {
            *self.counts.entry(key.of).or_default() += 1;
        }
        self.facets_gone.extend(gone);
        self.facets_new.extend(new);
    }
}

fn facets(record: &Record) -> Vec<FacetKey> {
    let key = |range: Range| FacetKey {
        of: CountKey {
            account: record.account.0,
            kind: record.kind().number(),
            range,
        },
        created: record.created,
        record: record.id.0,
    };
    ranges_of(record).into_iter().map(key).collect()
}

/// What only the first has, and what only the second.
fn apart<T: Ord>(had: Vec<T>, has: Vec<T>) -> (Vec<T>, Vec<T>) {
    let (had, has): (BTreeSet<T>, BTreeSet<T>) =
        (had.into_iter().collect(), has.into_iter().collect());
    let mut kept = BTreeSet::new();
    let mut new = Vec::new();
    for key in has {
        if had.contains(&key) {
            kept.insert(key);
        } else {
            new.push(key);
        }
    }
    let gone = had.into_iter().filter(|key| !kept.contains(key)).collect();
    (gone, new)
}
