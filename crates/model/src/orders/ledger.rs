//! Orders in memory: records, stock and parcels of a world that keeps nothing on disk.
//!
//! Contract: a command is carried out in whole or leaves nothing; the same commands give the same
//! records, numbers counting up from 1. No account sees another's records. Lists are searched, not
//! indexed: it is made for some thousands of records.

use super::{
    Books, Command, Facet, Kind, Level, Loaded, Name, NameKind, Outcome, Record, RecordId,
    RecordPage, RecordQuery, Refusal, Sort, StockKey, Stop, Total, Verdict, Want, decide,
};
use crate::AccountId;
use crate::intake::number_key;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What became of a command, and how.
#[derive(Clone, Debug)]
pub struct Carried {
    pub outcome: Outcome,
    /// What was written: changes are to be told of, links to be tracked.
    pub verdict: Verdict,
}

#[derive(Debug, Default)]
pub struct Ledger {
    /// The last number that was given.
    last: i64,
    records: BTreeMap<RecordId, Arc<Record>>,
    /// Those that are unique.
    names: BTreeMap<(AccountId, Kind, Name), RecordId>,
    children: BTreeMap<(Kind, RecordId), BTreeSet<RecordId>>,
    levels: BTreeMap<(AccountId, StockKey), Level>,
    parcels: BTreeMap<(AccountId, String, String), RecordId>,
}

fn parcel_key(account: AccountId, carrier: &str, number: &str) -> (AccountId, String, String) {
    (account, carrier.to_owned(), number_key(number))
}

impl Ledger {
    /// Carries a command out on behalf of a key, at an instant in microseconds.
    pub fn carry_out(
        &mut self,
        account: AccountId,
        by: i64,
        now: i64,
        command: &Command,
    ) -> Result<Carried, Refusal> {
        let mut loaded = Loaded::default();
        let verdict = loop {
            match decide(command, &Books::new(account, by, now, &loaded)) {
                Ok(verdict) => break verdict,
                Err(Stop::Refused(refusal)) => return Err(refusal),
                Err(Stop::Want(wants)) => {
                    for want in wants {
                        self.load(account, want, &mut loaded);
                    }
                }
            }
        };
        let levels = self.moved(account, &verdict)?;
        self.levels.extend(levels);
        self.write(&verdict);
        for link in &verdict.cancelled {
            let key = parcel_key(account, &link.carrier, &link.number);
            self.parcels.remove(&key);
        }
        for link in &verdict.links {
            let key = parcel_key(account, &link.carrier, &link.number);
            self.parcels.insert(key, link.record);
        }
        Ok(Carried {
            outcome: self.outcome(account, &verdict),
            verdict,
        })
    }

    fn load(&self, account: AccountId, want: Want, loaded: &mut Loaded) {
        match want {
            Want::Record(kind, id) => {
                let found = self.record(account, kind, id).cloned();
                loaded.records.insert((kind, id), found);
            }
            Want::Named(kind, name) => {
                let found = self.named(account, kind, &name).cloned();
                loaded.named.insert((kind, name), found);
            }
            Want::Children(kind, parent) => {
                let ids = self.children.get(&(kind, parent)).into_iter().flatten();
                let found = ids.filter_map(|id| self.record(account, kind, *id));
                let found = found.cloned().collect();
                loaded.children.insert((kind, parent), found);
            }
            Want::Stock(key) => {
                loaded.stock.insert(key, self.level(account, key));
            }
            // Those of a command that is refused are given to the next.
            Want::Ids(count) => {
                let ids = (1..=i64::from(count)).map(|more| RecordId(self.last + more));
                loaded.ids = ids.collect();
            }
            Want::Parcel(carrier, number) => {
                let id = self.parcels.get(&parcel_key(account, &carrier, &number));
                let found = id.and_then(|id| self.records.get(id)).cloned();
                loaded.parcels.insert((carrier, number), found);
            }
        }
    }

    /// The levels after a verdict's movements.
    fn moved(
        &self,
        account: AccountId,
        verdict: &Verdict,
    ) -> Result<BTreeMap<(AccountId, StockKey), Level>, Refusal> {
        let mut levels = BTreeMap::new();
        for it in &verdict.moves {
            let level = levels
                .entry((account, it.key))
                .or_insert_with(|| self.level(account, it.key));
            *level = level
                .after(it.movement, it.quantity)
                .map_err(|_| Refusal::OutOfStock {
                    sku: self.sku(account, it.key.item),
                    wanted: it.quantity,
                    available: level.available(),
                })?;
        }
        Ok(levels)
    }

    fn sku(&self, account: AccountId, item: RecordId) -> String {
        let record = self.record(account, Kind::Item, item);
        let names = record.map(|it| it.names()).unwrap_or_default();
        let sku = names.into_iter().find(|name| name.kind == NameKind::Sku);
        sku.map_or_else(|| item.to_string(), |name| name.text)
    }

    fn write(&mut self, verdict: &Verdict) {
        for write in &verdict.writes {
            let after = Arc::new(write.after.clone());
            let (account, kind, id) = (after.account, after.kind(), after.id);
            let unique = |record: &Record| {
                let names = record.names().into_iter();
                names.filter(|name| name.kind.is_unique())
            };
            if let Some(before) = &write.before {
                for name in unique(before) {
                    self.names.remove(&(account, kind, name));
                }
                if let Some(parent) = parent(before) {
                    let siblings = self.children.entry((kind, parent)).or_default();
                    siblings.remove(&id);
                }
            }
            if let Some(parent) = parent(&after) {
                self.children.entry((kind, parent)).or_default().insert(id);
            }
            for name in unique(&after) {
                self.names.insert((account, kind, name), id);
            }
            self.last = self.last.max(id.0);
            self.records.insert(id, after);
        }
    }

    fn outcome(&self, account: AccountId, verdict: &Verdict) -> Outcome {
        let of = |id: RecordId| {
            let record = self.records.get(&id).filter(|it| it.account == account);
            record.map(|it| Record::clone(it))
        };
        let written = verdict.writes.iter().map(|write| write.after.id);
        Outcome {
            record: verdict.subject.and_then(of),
            others: written
                .filter(|id| Some(*id) != verdict.subject)
                .filter_map(of)
                .collect(),
        }
    }

    pub fn record(&self, account: AccountId, kind: Kind, id: RecordId) -> Option<&Arc<Record>> {
        let found = self.records.get(&id);
        found.filter(|it| it.account == account && it.kind() == kind)
    }

    /// The record of a name; of names that several may have, the oldest record.
    pub fn named(&self, account: AccountId, kind: Kind, name: &Name) -> Option<&Arc<Record>> {
        if name.kind.is_unique() {
            let id = self.names.get(&(account, kind, name.clone()))?;
            return self.records.get(id);
        }
        let mut own = self.records.values();
        own.find(|it| it.account == account && it.kind() == kind && has_name(it, name))
    }

    /// The level of an item in a warehouse; all zero where it never moved.
    pub fn level(&self, account: AccountId, key: StockKey) -> Level {
        let level = self.levels.get(&(account, key));
        level.copied().unwrap_or_default()
    }

    /// The levels of items in all warehouses, of those that ever moved.
    pub fn levels(&self, account: AccountId, items: &[RecordId]) -> Vec<(StockKey, Level)> {
        let own = self.levels.iter().filter(|((of, _), _)| *of == account);
        own.filter(|((_, key), _)| items.contains(&key.item))
            .map(|((_, key), level)| (*key, *level))
            .collect()
    }

    pub fn query(&self, account: AccountId, query: &RecordQuery) -> RecordPage {
        let own = self.records.values().filter(|it| it.account == account);
        let mut found: Vec<&Arc<Record>> = own.filter(|it| applies(query, it)).collect();
        match query.sort {
            Sort::NewestFirst => found.sort_by_key(|it| Reverse((it.created, it.id))),
            Sort::OldestFirst => found.sort_by_key(|it| (it.created, it.id)),
            Sort::LastUpdatedFirst => found.sort_by_key(|it| Reverse((it.updated, it.id))),
            Sort::LongestUnchangedFirst => found.sort_by_key(|it| (it.updated, it.id)),
        }
        let offset = usize::try_from(query.offset).unwrap_or(usize::MAX);
        let page = found.iter().skip(offset).take(query.limit as usize);
        RecordPage {
            records: page.map(|it| Record::clone(it)).collect(),
            total: Total::Exact(found.len() as u64),
        }
    }
}

fn has_name(record: &Record, name: &Name) -> bool {
    let folded = name.kind.folded(&name.text);
    let mut own = record.names().into_iter();
    own.any(|it| it.kind == name.kind && it.kind.folded(&it.text) == folded)
}

fn parent(record: &Record) -> Option<RecordId> {
    let facets = record.facets().into_iter();
    let mut parents = facets.filter(|(facet, _)| *facet == Facet::Parent);
    parents.next().map(|(_, value)| RecordId(value))
}

/// Whether all of a query applies to a record.
fn applies(query: &RecordQuery, record: &Record) -> bool {
    let within = |(from, before): (Option<i64>, Option<i64>), at: i64| {
        from.is_none_or(|from| from <= at) && before.is_none_or(|before| at < before)
    };
    if record.kind() != query.kind
        || !within(query.created, record.created)
        || !within(query.updated, record.updated)
    {
        return false;
    }
    let facets = record.facets();
    let has = |facet: Facet, values: &[i64]| {
        let mut own = facets.iter().filter(|(it, _)| *it == facet);
        own.any(|(_, value)| values.contains(value))
    };
    if !query
        .facets
        .iter()
        .all(|(facet, values)| has(*facet, values))
    {
        return false;
    }
    let names = record.names();
    let is_named = |(kind, text): &(NameKind, String)| {
        let mut own = names.iter().filter(|name| name.kind == *kind);
        own.any(|name| kind.folded(&name.text) == kind.folded(text))
    };
    let begins = |keyword: &String| {
        let mut open = names.iter().filter(|name| !name.kind.is_personal());
        open.any(|name| {
            let keyword = name.kind.folded(keyword.trim());
            name.kind.folded(&name.text).starts_with(&keyword)
        })
    };
    query.named.as_ref().is_none_or(is_named) && query.keyword.as_ref().is_none_or(begins)
}
