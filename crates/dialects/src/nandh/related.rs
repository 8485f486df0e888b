//! Records that an answer shows beside its own: fetched together, then looked up by kind and id.

use super::address;
use crate::desk::{DeskError, Principal, Trade};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use trackway_model::address::Epoch;
use trackway_model::orders::{
    Body, BoxSize, Brand, Category, Courier, CourierLink, File, Fulfilment, Inbound, Item, Kind,
    Order, PickupAddress, Product, RateCard, Record, RecordId, Return, Service, Shop, Unit, Vendor,
};

/// A body of one kind.
pub trait Part: Sized {
    const KIND: Kind;
    fn of(body: &Body) -> Option<&Self>;
}

macro_rules! parts {
    ($($kind:ident),*) => {$(
        impl Part for $kind {
            const KIND: Kind = Kind::$kind;
            fn of(body: &Body) -> Option<&Self> {
                match body {
                    Body::$kind(it) => Some(it),
                    _ => None,
                }
            }
        }
    )*};
}

parts!(
    Shop,
    PickupAddress,
    Vendor,
    BoxSize,
    Courier,
    CourierLink,
    Service,
    RateCard,
    Category,
    Brand,
    Unit,
    Product,
    Item,
    Order,
    Fulfilment,
    Inbound,
    Return,
    File
);

/// A record whose body is known.
#[derive(Debug)]
pub struct Of<'r, T> {
    pub record: &'r Record,
    pub body: &'r T,
}

impl<T> Clone for Of<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Of<'_, T> {}

impl<'r, T: Part> Of<'r, T> {
    /// A record that was asked for by its kind.
    pub fn known(record: &'r Record) -> Result<Self, DeskError> {
        let body = T::of(&record.body).ok_or_else(|| {
            DeskError::Failed(format!("{} {} is no {}", record.kind(), record.id, T::KIND))
        })?;
        Ok(Self { record, body })
    }
}

impl<T> Of<'_, T> {
    pub const fn id(&self) -> i64 {
        self.record.id.0
    }
}

/// What to fetch.
#[derive(Clone, Debug, Default)]
pub struct Wants(BTreeSet<(Kind, RecordId)>);

impl Wants {
    pub fn add(&mut self, kind: Kind, ids: impl IntoIterator<Item = RecordId>) {
        self.0.extend(ids.into_iter().map(|id| (kind, id)));
    }
}

/// What was fetched.
#[derive(Clone, Debug)]
pub struct Related {
    records: HashMap<(Kind, RecordId), Arc<Record>>,
    /// The epoch of the address directory that the answer is in.
    pub epoch: Epoch,
}

impl Default for Related {
    fn default() -> Self {
        Self {
            records: HashMap::new(),
            epoch: address::USUAL,
        }
    }
}

impl Related {
    pub async fn load(
        desk: &impl Trade,
        principal: &Principal,
        wants: Wants,
    ) -> Result<Self, DeskError> {
        let mut related = Self::default();
        related.add(desk, principal, wants).await?;
        Ok(related)
    }

    /// The same for an answer in another epoch.
    pub fn told_in(self, epoch: Epoch) -> Self {
        Self { epoch, ..self }
    }

    /// Fetches more.
    pub async fn add(
        &mut self,
        desk: &impl Trade,
        principal: &Principal,
        wants: Wants,
    ) -> Result<(), DeskError> {
        let wanted: Vec<_> = wants
            .0
            .into_iter()
            .filter(|key| !self.records.contains_key(key))
            .collect();
        let found = desk.several(principal, &wanted).await?;
        let keyed = found
            .into_iter()
            .map(|record| ((record.kind(), record.id), record));
        self.records.extend(keyed);
        Ok(())
    }

    #[cfg(test)]
    pub fn of(records: impl IntoIterator<Item = Record>) -> Self {
        let keyed = records
            .into_iter()
            .map(|record| ((record.kind(), record.id), record.into()));
        Self {
            records: keyed.collect(),
            ..Self::default()
        }
    }

    /// A record; None where there is none any more.
    pub fn get<T: Part>(&self, id: RecordId) -> Option<Of<'_, T>> {
        let record = self.records.get(&(T::KIND, id))?;
        Of::known(record).ok()
    }

    pub fn some<T: Part>(&self, id: Option<RecordId>) -> Option<Of<'_, T>> {
        self.get(id?)
    }
}
