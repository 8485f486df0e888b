//! What a decision reads: records, children and levels that were fetched before, and a list of what is
//! missing.

use super::{Kind, Level, Name, Record, RecordId, Refusal, StockKey};
use crate::AccountId;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a decision needs to see. All of one account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Want {
    Record(Kind, RecordId),
    Named(Kind, Name),
    /// The records of a kind whose `Facet::Parent` this is, oldest first.
    Children(Kind, RecordId),
    /// The level of an item in a warehouse; all zero where it never moved.
    Stock(StockKey),
    /// So many numbers for new records.
    Ids(u32),
    /// The fulfilment or return that a tracked shipment is a parcel of, by carrier and number.
    Parcel(String, String),
}

/// Why a decision stops.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// Fetch these too, and ask again.
    Want(Vec<Want>),
    Refused(Refusal),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What was fetched.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// None: there is no such record.
    pub records: BTreeMap<(Kind, RecordId), Option<Arc<Record>>>,
    pub named: BTreeMap<(Kind, Name), Option<Arc<Record>>>,
    pub children: BTreeMap<(Kind, RecordId), Vec<Arc<Record>>>,
    pub stock: BTreeMap<StockKey, Level>,
    pub parcels: BTreeMap<(String, String), Option<Arc<Record>>>,
    pub ids: Vec<RecordId>,
}

/// The books as a decision sees them. Every look gives an answer or notes what to fetch; looks that do
/// not depend on each other should be made before the first `?`, so that all are fetched at once.
#[derive(Debug)]
pub struct Books<'a> {
    pub account: AccountId,
    /// The key on whose behalf; 0 is Trackway itself.
    pub by: i64,
    /// Microseconds since the epoch.
    pub now: i64,
    loaded: &'a Loaded,
    wanted: RefCell<BTreeSet<Want>>,
    used: RefCell<usize>,
}

impl<'a> Books<'a> {
    pub fn new(account: AccountId, by: i64, now: i64, loaded: &'a Loaded) -> Self {
        Self {
            account,
            by,
            now,
            loaded,
            wanted: RefCell::default(),
            used: RefCell::default(),
        }
    }

    fn want(&self, want: Want) -> Stop {
        self.wanted.borrow_mut().insert(want);
        Stop::Want(self.wanted())
    }

    /// Everything that was looked for and is not there.
    pub fn wanted(&self) -> Vec<Want> {
        self.wanted.borrow().iter().cloned().collect()
    }

    pub fn record(&self, kind: Kind, id: RecordId) -> Result<Option<&'a Arc<Record>>, Stop> {
        match self.loaded.records.get(&(kind, id)) {
            Some(found) => Ok(found.as_ref()),
            None => Err(self.want(Want::Record(kind, id))),
        }
    }

    pub fn named(&self, kind: Kind, name: Name) -> Result<Option<&'a Arc<Record>>, Stop> {
        let key = (kind, name);
        match self.loaded.named.get(&key) {
            Some(found) => Ok(found.as_ref()),
            None => Err(self.want(Want::Named(key.0, key.1))),
        }
    }

    pub fn children(&self, kind: Kind, parent: RecordId) -> Result<&'a [Arc<Record>], Stop> {
        match self.loaded.children.get(&(kind, parent)) {
            Some(found) => Ok(found),
            None => Err(self.want(Want::Children(kind, parent))),
        }
    }

    pub fn level(&self, key: StockKey) -> Result<Level, Stop> {
        match self.loaded.stock.get(&key) {
            Some(level) => Ok(*level),
            None => Err(self.want(Want::Stock(key))),
        }
    }

    pub fn parcel(&self, carrier: &str, waybill: &str) -> Result<Option<&'a Arc<Record>>, Stop> {
        let key = (carrier.to_owned(), waybill.to_owned());
        match self.loaded.parcels.get(&key) {
            Some(found) => Ok(found.as_ref()),
            None => Err(self.want(Want::Parcel(key.0, key.1))),
        }
    }

    /// A number for a new record.
    pub fn fresh_id(&self) -> Result<RecordId, Stop> {
        let at = *self.used.borrow();
        *self.used.borrow_mut() += 1;
        match self.loaded.ids.get(at) {
            Some(id) => Ok(*id),
            None => Err(self.want(Want::Ids(at as u32 + 1))),
        }
    }
}
