//! What a batch knows of one account: what was loaded, as its own commands have left it so far.

use std::collections::BTreeMap;
use std::sync::Arc;
use trackway_model::orders::{
    Facet, Kind, Level, Link, Loaded, Name, Record, RecordId, StockKey, Want,
};

/// Records and names that are kept from one batch to the next.
const MOST_KEPT: usize = 16_384;

/// An answer to a `Want`.
pub enum Found {
    Record(Option<Arc<Record>>),
    Children(Vec<Arc<Record>>),
    /// A level and its last movement's number.
    Level(Level, u64),
}

#[derive(Debug, Default)]
pub struct Known {
    pub loaded: Loaded,
    /// The last movement of each level that is loaded.
    pub numbers: BTreeMap<StockKey, u64>,
    /// Written by this batch, and not in the tables yet.
    fresh: BTreeMap<RecordId, Arc<Record>>,
}

impl Known {
    pub fn has(&self, want: &Want) -> bool {
        match want {
            Want::Record(kind, id) => self.loaded.records.contains_key(&(*kind, *id)),
            Want::Named(kind, name) => self.loaded.named.contains_key(&(*kind, name.clone())),
            Want::Children(kind, parent) => self.loaded.children.contains_key(&(*kind, *parent)),
            Want::Stock(key) => self.loaded.stock.contains_key(key),
            Want::Parcel(carrier, number) => {
                let key = (carrier.clone(), number.clone());
                self.loaded.parcels.contains_key(&key)
            }
            Want::Ids(_) => true,
        }
    }

    /// Takes what the tables hold, unless this batch knows better.
    pub fn give(&mut self, want: Want, found: Found) {
        if self.has(&want) {
            return;
        }
        match (want, found) {
            (Want::Record(kind, id), Found::Record(record)) => {
                self.loaded.records.insert((kind, id), record);
            }
            (Want::Named(kind, name), Found::Record(record)) => {
                let record = record.map(|record| self.newest(record));
                self.loaded.named.insert((kind, name), record);
            }
            (Want::Parcel(carrier, number), Found::Record(record)) => {
                let record = record.map(|record| self.newest(record));
                self.loaded.parcels.insert((carrier, number), record);
            }
            (Want::Children(kind, parent), Found::Children(children)) => {
                let children = self.merged(kind, parent, children);
                self.loaded.children.insert((kind, parent), children);
            }
            (Want::Stock(key), Found::Level(level, number)) => {
                self.loaded.stock.insert(key, level);
                self.numbers.insert(key, number);
            }
            _ => {}
        }
    }

    /// The record as this batch knows it.
    fn newest(&mut self, record: Arc<Record>) -> Arc<Record> {
        let key = (record.kind(), record.id);
        if let Some(Some(known)) = self.loaded.records.get(&key) {
            return known.clone();
        }
        self.loaded.records.insert(key, Some(record.clone()));
        record
    }

    /// The batch is in the tables. Keeps what many commands read and few change.
    pub fn settle(&mut self) {
        self.fresh.clear();
        self.numbers.clear();
        self.loaded.stock.clear();
        self.loaded.children.clear();
        self.loaded.parcels.clear();
        self.loaded
            .records
            .retain(|(kind, _), _| is_catalogue(*kind));
        self.loaded.named.retain(|(kind, _), _| is_catalogue(*kind));
        if self.loaded.records.len() + self.loaded.named.len() > MOST_KEPT {
            *self = Self::default();
        }
    }

    fn merged(&self, kind: Kind, parent: RecordId, stored: Vec<Arc<Record>>) -> Vec<Arc<Record>> {
        let stored = stored.into_iter();
        let mut children: Vec<Arc<Record>> = stored
            .filter(|child| !self.fresh.contains_key(&child.id))
            .collect();
        let fresh = self.fresh.values();
        children.extend(fresh.filter(|child| is_child(child, kind, parent)).cloned());
        children.sort_by_key(|child| (child.created, child.id));
        children
    }

    /// A record was written.
    pub fn put(&mut self, before: Option<&Record>, after: &Arc<Record>) {
        let (kind, id) = (after.kind(), after.id);
        self.fresh.insert(id, after.clone());
        self.loaded.records.insert((kind, id), Some(after.clone()));
        for name in before.map(Record::names).unwrap_or_default() {
            self.rename(kind, name, id, None);
        }
        for name in after.names() {
            self.rename(kind, name, id, Some(after));
        }
        for ((of, parent), children) in &mut self.loaded.children {
            if *of == kind {
                children.retain(|child| child.id != id);
                if is_child(after, kind, *parent) {
                    children.push(after.clone());
                    children.sort_by_key(|child| (child.created, child.id));
                }
            }
        }
        for parcel in self.loaded.parcels.values_mut().flatten() {
            if parcel.id == id {
                *parcel = after.clone();
            }
        }
    }

    /// Notes who has a name now, where that is known.
    fn rename(&mut self, kind: Kind, name: Name, id: RecordId, to: Option<&Arc<Record>>) {
        let unique = name.kind.is_unique();
        let key = (kind, name);
        match self.loaded.named.get(&key) {
            None if !unique => {}
            Some(Some(other)) if other.id != id => {}
            _ => {
                self.loaded.named.insert(key, to.cloned());
            }
        }
    }

    /// A parcel is a record's now, or nobody's.
    pub fn tie(&mut self, link: &Link, to: bool) {
        let known = || {
            let mut records = self.loaded.records.values().flatten();
            records.find(|record| record.id == link.record).cloned()
        };
        let record = if to { known() } else { None };
        let key = (link.carrier.clone(), link.number.clone());
        self.loaded.parcels.insert(key, record);
    }
}

/// Whether many read a record of the kind, and few change it.
pub const fn is_catalogue(kind: Kind) -> bool {
    match kind {
        Kind::Shop
        | Kind::PickupAddress
        | Kind::Vendor
        | Kind::BoxSize
        | Kind::Courier
        | Kind::CourierLink
        | Kind::Service
        | Kind::RateCard
        | Kind::Category
        | Kind::Brand
        | Kind::Unit
        | Kind::Product
        | Kind::Item => true,
        Kind::Customer
        | Kind::Order
        | Kind::Fulfilment
        | Kind::Inbound
        | Kind::Return
        | Kind::File
        | Kind::Report => false,
    }
}

fn is_child(record: &Record, kind: Kind, parent: RecordId) -> bool {
    record.kind() == kind && record.facets().contains(&(Facet::Parent, parent.0))
}
