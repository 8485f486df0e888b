//! Erasing persons: who an order is for, wherever it stands; and whoever is known by a telephone number or
//! an e-mail address.
//!
//! Guarantee: when it is answered, the personal members of the order, of its fulfilments and of its
//! returns are gone, with the names that they were found by and what people wrote there, and so are the
//! words of its parcels. What fails in between is done by asking again, for an order by its id or code.
//! Codes, states, goods, money and times stay; nothing is told in the feed, since no state has changed.

use crate::{Hub, HubError};
use serde::Serialize;
use trackway_model::AccountId;
use trackway_model::orders::{
    Body, Facet, Kind, NameKind, Parcel, Record, RecordId, RecordPlace, RecordQuery, Sort,
    forms_of_phone,
};
use trackway_store::orders::{LONGEST_LIST, Whose};

/// What is made of orders and has parcels.
const WITH_PARCELS: [Kind; 2] = [Kind::Fulfilment, Kind::Return];

/// An order that tells of nobody any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErasedOrder {
    pub id: RecordId,
    pub code: String,
    /// Records that told of a person until now.
    pub records: u64,
    /// Parcels whose words were destroyed.
    pub parcels: u64,
}

/// By what a person is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Person {
    Phone(String),
    Email(String),
}

impl Person {
    /// The names that they may stand under.
    fn names(&self) -> Vec<(NameKind, Whose, String)> {
        match self {
            Self::Phone(phone) => forms_of_phone(phone)
                .into_iter()
                .map(|form| (NameKind::Phone, Whose::Phone(form.clone()), form))
                .collect(),
            Self::Email(email) => {
                vec![(NameKind::Email, Whose::Email(email.clone()), email.clone())]
            }
        }
    }
}

/// What told of a person until now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize)]
pub struct ErasedPerson {
    /// Orders that were for them.
    pub orders: u64,
    /// Records, these orders among them.
    pub records: u64,
    /// Parcels whose words were destroyed.
    pub parcels: u64,
}

impl Hub {
    /// None where the account has no such order.
    pub async fn erase_order(
        &self,
        account: AccountId,
        id: RecordId,
    ) -> Result<Option<ErasedOrder>, HubError> {
        let Some(order) = self.store.record(account, Kind::Order, id).await? else {
            return Ok(None);
        };
        let ErasedPerson {
            records, parcels, ..
        } = self.erase_whole(account, &order).await?;
        tracing::info!(
            order = id.0,
            records,
            parcels,
            "erased whom an order is for"
        );
        Ok(Some(ErasedOrder {
            id,
            code: order.code,
            records,
            parcels,
        }))
    }

    /// Takes a person away wherever the account has them under this telephone number, however it is
    /// written, or this e-mail address: orders that were for them with all that is of these, and whatever
    /// else names them. Orders for others, and parcels without an order, stay as they are.
    pub async fn erase_person(
        &self,
        account: AccountId,
        person: &Person,
    ) -> Result<ErasedPerson, HubError> {
        let mut erased = ErasedPerson::default();
        for (name, whose, text) in person.names() {
            for kind in [Kind::Order, Kind::Fulfilment, Kind::Return] {
                // What is erased is under no name any more: the first of the list are those that are left.
                loop {
                    let query = RecordQuery {
                        named: Some((name, text.clone())),
                        limit: LONGEST_LIST as u32,
                        ..RecordQuery::of(kind)
                    };
                    let found = self.store.records(account, &query).await?.records;
                    if found.is_empty() {
                        break;
                    }
                    for record in &found {
                        let one = self.erase_whole(account, record).await?;
                        erased.orders += u64::from(kind == Kind::Order);
                        erased.records += one.records;
                        erased.parcels += one.parcels;
                    }
                }
            }
            erased.records += self.store.erase_party(account, whose).await?;
        }
        let ErasedPerson {
            orders,
            records,
            parcels,
        } = erased;
        tracing::info!(orders, records, parcels, "erased a person");
        Ok(erased)
    }

    /// Takes the persons of a record away, and of all that is of it, with the words of its parcels.
    async fn erase_whole(
        &self,
        account: AccountId,
        record: &Record,
    ) -> Result<ErasedPerson, HubError> {
        let whole = Whose::Whole(record.id);
        let mut erased = ErasedPerson {
            records: self.store.erase_party(account, whole).await?,
            ..ErasedPerson::default()
        };
        for parcel in parcels_of(record) {
            erased.parcels += self.erase_parcel(account, parcel).await?;
        }
        if record.kind() == Kind::Order {
            for kind in WITH_PARCELS {
                erased.parcels += self.erase_parcels(account, record.id, kind).await?;
            }
        }
        Ok(erased)
    }

    /// Destroys the words of the parcels of an order's fulfilments or returns.
    async fn erase_parcels(
        &self,
        account: AccountId,
        order: RecordId,
        kind: Kind,
    ) -> Result<u64, HubError> {
        let (mut erased, mut after) = (0, None::<RecordPlace>);
        loop {
            let query = RecordQuery {
                facets: vec![(Facet::Parent, vec![order.0])],
                sort: Sort::OldestFirst,
                after,
                limit: LONGEST_LIST as u32,
                ..RecordQuery::of(kind)
            };
            let page = self.store.records(account, &query).await?;
            for parcel in page.records.iter().flat_map(parcels_of) {
                erased += self.erase_parcel(account, parcel).await?;
            }
            match page.records.last() {
                Some(last) if page.records.len() == LONGEST_LIST => {
                    after = Some(query.sort.place(last));
                }
                _ => return Ok(erased),
            }
        }
    }

    async fn erase_parcel(&self, account: AccountId, parcel: &Parcel) -> Result<u64, HubError> {
        let carrier = Some(parcel.carrier.as_str());
        let tracks = self.store.find(account, carrier, &parcel.waybill).await?;
        for track in &tracks {
            self.store.erase(track.id).await?;
        }
        Ok(tracks.len() as u64)
    }
}

fn parcels_of(record: &Record) -> &[Parcel] {
    match &record.body {
        Body::Fulfilment(fulfilment) => &fulfilment.parcels,
        Body::Return(back) => back.parcel.as_slice(),
        _ => &[],
    }
}
