//! Numbers of parcels that carriers were told of by us.
//!
//! Contract: a parcel that was consigned through its carrier's own API here, and that the carrier carries
//! for us, has one shipment, under the number that it has here: the carrier is asked by its own number,
//! and what it tells under that is readdressed before it is committed. A webhook that names our reference
//! of a parcel whose number nobody knows, since the answer to its booking was lost, gives it that number.

use crate::Hub;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use trackway_dialects::dialect::carries::{self, Carries};
use trackway_dialects::registry;
use trackway_model::intake::{Content, Intake};
use trackway_model::orders::{Body, Fulfilment, Kind, Name, NameKind, Record, RecordQuery, Reply};
use trackway_model::{AccountId, ConnectionId, TrackId};
use trackway_store::StoreError;
use trackway_store::records::{Connection, Poll};

/// Records that are looked at for one number.
const NAMESAKES: u32 = 10;

/// Who is told of parcels by a connection; None: nobody is.
fn teller(connection: &Connection) -> Option<&'static dyn Carries> {
    let carries = registry::find(&connection.dialect)?.call()?.carries()?;
    (carries.creates() && carries::is_on(&connection.settings)).then_some(carries)
}

fn fulfilment(record: &Record) -> Option<&Fulfilment> {
    match &record.body {
        Body::Fulfilment(it) => Some(it),
        _ => None,
    }
}

/// Whether it waits for a number of its carrier.
fn waits(it: &Fulfilment) -> bool {
    let numbered = it.booking.as_ref().is_some_and(|it| it.number.is_some());
    !numbered && (it.parcels.is_empty() || it.made_by_carrier().is_some())
}

impl Hub {
    /// Has what carriers tell by themselves be told under the numbers that parcels have here.
    pub(crate) async fn readdress(&self, intakes: &mut [Intake]) -> Result<(), StoreError> {
        let mut known: HashMap<ConnectionId, Option<Arc<Connection>>> = HashMap::new();
        // The account's own word is nobody's else.
        let foreign = |it: &&mut Intake| it.connection != ConnectionId::default();
        for intake in intakes.iter_mut().filter(foreign) {
            let id = intake.connection;
            let connection = match known.entry(id) {
                Entry::Occupied(held) => held.into_mut(),
                Entry::Vacant(free) => free.insert(self.store.connection(id).await?),
            };
            let Some(carries) = connection.as_deref().and_then(teller) else {
                continue;
            };
            if intake.carrier != carries.carrier() {
                continue;
            }
            let mut told = self.parcel_of(intake.account, intake).await?;
            if told.is_none() && self.give_number(carries, intake).await? {
                told = self.parcel_of(intake.account, intake).await?;
            }
            if let Some(it) = told.as_ref().and_then(fulfilment) {
                readdressed(carries, intake, it);
            }
        }
        Ok(())
    }

    /// Of these polls those whose numbers the connection's carrier calls otherwise, with what it calls
    /// them and the fulfilment.
    pub(crate) async fn called_otherwise(
        &self,
        connection: &Connection,
        polls: &[&Poll],
    ) -> Result<HashMap<TrackId, Otherwise>, StoreError> {
        let mut otherwise = HashMap::new();
        let Some(carries) = teller(connection) else {
            return Ok(otherwise);
        };
        for poll in polls.iter().filter(|it| it.carrier == carries.carrier()) {
            let found = self
                .fulfilment_of(poll.account, &poll.carrier, &poll.number)
                .await?;
            let Some(it) = found.as_ref().and_then(fulfilment) else {
                continue;
            };
            if let Some(number) = it.number_upstream() {
                let number = number.to_owned();
                let it = it.clone();
                otherwise.insert(
                    poll.track,
                    Otherwise {
                        carries,
                        number,
                        it,
                    },
                );
            }
        }
        Ok(otherwise)
    }

    async fn parcel_of(
        &self,
        account: AccountId,
        intake: &Intake,
    ) -> Result<Option<Record>, StoreError> {
        self.fulfilment_of(account, &intake.carrier, &intake.number)
            .await
    }

    /// The fulfilment that a carrier knows by a number, or that is known by it here.
    async fn fulfilment_of(
        &self,
        account: AccountId,
        carrier: &str,
        number: &str,
    ) -> Result<Option<Record>, StoreError> {
        let query = RecordQuery {
            named: Some((NameKind::Waybill, number.to_owned())),
            limit: NAMESAKES,
            ..RecordQuery::of(Kind::Fulfilment)
        };
        let found = self.store.records(account, &query).await?;
        let is_of = |record: &Record| {
            let mut parcels = fulfilment(record).into_iter().flat_map(|it| &it.parcels);
            parcels.any(|parcel| parcel.carrier == carrier)
        };
        Ok(found.records.into_iter().find(is_of))
    }

    async fn carried_by(&self, record: &Record, carrier: &str) -> Result<bool, StoreError> {
        let Some(courier) = fulfilment(record).and_then(|it| it.courier) else {
            return Ok(false);
        };
        let courier = self.store.record(record.account, Kind::Courier, courier);
        let is_it = |record: Record| match record.body {
            Body::Courier(courier) => courier.carrier == carrier,
            _ => false,
        };
        Ok(courier.await?.is_some_and(is_it))
    }

    /// Gives a parcel its number, where what was told names our reference of it. Whether it did.
    async fn give_number(
        &self,
        carries: &dyn Carries,
        intake: &Intake,
    ) -> Result<bool, StoreError> {
        let Content::News(told) = &intake.content else {
            return Ok(false);
        };
        let Some(reference) = told.iter().find_map(|it| carries.reference_in(it)) else {
            return Ok(false);
        };
        let named = Name::code(reference);
        let account = intake.account;
        let found = self.store.record_named(account, Kind::Fulfilment, &named);
        let found = found.await?;
        let Some(record) = found.filter(|it| fulfilment(it).is_some_and(waits)) else {
            return Ok(false);
        };
        if !self.carried_by(&record, &intake.carrier).await? {
            return Ok(false);
        }
        let reply = Reply::Taken {
            number: Some(intake.number.clone()),
            cost: None,
        };
        let refused = self.carrier_answered(account, record.id, reply).await?;
        if let Some(refusal) = &refused {
            let fulfilment = record.id.0;
            tracing::warn!(fulfilment, %refusal, "a parcel's number can't be kept");
        }
        self.bookings_bell.notify_one();
        Ok(refused.is_none())
    }
}

/// A parcel that its carrier knows by another number.
pub(crate) struct Otherwise {
    carries: &'static dyn Carries,
    pub number: String,
    it: Fulfilment,
}

impl Otherwise {
    /// Makes what was told of it be told of the parcel as it is known here.
    pub(crate) fn readdress(&self, content: &mut Content) {
        self.carries.readdress(content, &self.it);
    }
}

fn readdressed(carries: &dyn Carries, intake: &mut Intake, it: &Fulfilment) {
    let (Some(_), Some(parcel)) = (it.number_upstream(), it.parcels.first()) else {
        return;
    };
    intake.number.clone_from(&parcel.waybill);
    carries.readdress(&mut intake.content, it);
}
