//! Erasing persons: who an order is for, wherever it stands.
//!
//! Guarantee: when it is answered, the personal members of the order, of its fulfilments and of its
//! returns are gone, with the names that they were found by, and so are the words of its parcels. What
//! fails in between is done by asking again. Codes, states, goods, money and times stay; nothing is told
//! in the feed, since no state has changed.

use crate::{Hub, HubError};
use serde::Serialize;
use trackway_model::AccountId;
use trackway_model::orders::{
    Body, Facet, Kind, Parcel, Record, RecordId, RecordPlace, RecordQuery, Sort,
};
use trackway_store::orders::{LONGEST_LIST, Whose};

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
        let records = self.store.erase_party(account, Whose::Whole(id)).await?;
        let mut parcels = 0;
        for kind in [Kind::Fulfilment, Kind::Return] {
            parcels += self.erase_parcels(account, id, kind).await?;
        }
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
                let carrier = Some(parcel.carrier.as_str());
                for track in self.store.find(account, carrier, &parcel.waybill).await? {
                    self.store.erase(track.id).await?;
                    erased += 1;
                }
            }
            match page.records.last() {
                Some(last) if page.records.len() == LONGEST_LIST => {
                    after = Some(query.sort.place(last));
                }
                _ => return Ok(erased),
            }
        }
    }
}

fn parcels_of(record: &Record) -> &[Parcel] {
    match &record.body {
        Body::Fulfilment(fulfilment) => &fulfilment.parcels,
        Body::Return(back) => back.parcel.as_slice(),
        _ => &[],
    }
}
