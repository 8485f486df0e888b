//! Registering many numbers at once, and finding shipments again.
//!
//! Guarantee: what is answered is committed, in one transaction a call; a number that is registered
//! already keeps its registration, and takes the references and members that are given again. Callers proved whose account it is; nothing here looks at
//! another one's.

use crate::error::HubError;
use crate::{Hub, clocks};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use trackway_dialects::dialect::carries;
use trackway_dialects::{Call, registry};
use trackway_model::{AccountId, ConnectionId, Occurred, ShipmentId, Track};
use trackway_store::records::{Connection, NewRegistration};
pub use trackway_store::search::{
    Bounds, LONGEST_PAGE, LONGEST_REFERENCE, MOST_REFERENCES, ShipmentPage, ShipmentQuery,
    ShipmentRow, Total,
};

/// The dialect in which the hub's own registrations stand.
pub(crate) const OWN_DIALECT: &str = "native";

/// A number that an account wants to be tracked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wish {
    /// Our carrier code.
    pub carrier: String,
    pub number: String,
    /// Order numbers and the like.
    pub references: Vec<String>,
    /// The client's own members.
    pub data: serde_json::Value,
    /// Which connections are asked; see `Askable`.
    pub connections: Vec<ConnectionId>,
}

/// A number that is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The newest journey under the number.
    pub shipment: ShipmentId,
    pub registration: i64,
    pub carrier: String,
    /// As first written.
    pub number: String,
    /// Microseconds since the epoch.
    pub created: i64,
    /// Whether this call registered it.
    pub new: bool,
}

/// A shipment in a list, with the time of its status as honest as we know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub row: ShipmentRow,
    pub occurred: Option<Occurred>,
}

/// The connections of one account, to choose from for many numbers.
#[derive(Clone, Debug)]
pub struct Askable(Vec<(Arc<Connection>, &'static [&'static str])>);

impl Askable {
    /// The connections that fit a carrier. Where `named` has none: those that speak for this carrier
    /// by name, and only if there is none of those, the ones that speak for any, so that no quota is
    /// spent twice. Otherwise each of `named`; `Err` is the place of the first that does not fit.
    pub fn of(
        &self,
        carrier: &str,
        named: Option<&[impl AsRef<str>]>,
    ) -> Result<Vec<Arc<Connection>>, usize> {
        let Some(named) = named else {
            return Ok(self.fitting(carrier, |_| true));
        };
        let mut chosen = Vec::with_capacity(named.len());
        for (at, name) in named.iter().enumerate() {
            let fitting = self.fitting(carrier, |known| known == name.as_ref());
            if fitting.is_empty() {
                return Err(at);
            }
            chosen.extend(fitting);
        }
        Ok(chosen)
    }

    /// Those that tell their carriers of fulfilments, with the carriers' codes.
    pub(crate) fn tellers(&self) -> Vec<(&'static str, ConnectionId)> {
        let told = self.0.iter().filter_map(|(connection, _)| {
            let carries = registry::find(&connection.dialect)?.call()?.carries()?;
            carries::is_on(&connection.settings).then_some((carries.carrier(), connection.id))
        });
        told.collect()
    }

    fn fitting(&self, carrier: &str, named: impl Fn(&str) -> bool) -> Vec<Arc<Connection>> {
        let of = |fits: &dyn Fn(&[&str]) -> bool| -> Vec<_> {
            let named = self.0.iter().filter(|(c, _)| named(&c.name));
            let fitting = named.filter(|(_, carriers)| fits(carriers));
            fitting.map(|(connection, _)| connection.clone()).collect()
        };
        let by_name = of(&|carriers| carriers.contains(&carrier));
        if by_name.is_empty() {
            of(&|carriers| carriers.is_empty())
        } else {
            by_name
        }
    }
}

impl Hub {
    /// The connections that an account can have asked.
    pub async fn askable(&self, account: AccountId) -> Result<Askable, HubError> {
        let connections = self.store.connections().await?;
        let own = connections.into_iter().filter(|c| c.account == account);
        let called = own.filter_map(|connection| {
            let call = registry::find(&connection.dialect)?.call();
            call.map(Call::carriers)
                .map(|carriers| (connection, carriers))
        });
        Ok(Askable(called.collect()))
    }

    /// Registers numbers and asks about the new ones at once; answers in the order of the wishes.
    pub async fn register(
        &self,
        account: AccountId,
        wishes: Vec<Wish>,
    ) -> Result<Vec<Registered>, HubError> {
        let created = self.clock.now();
        let asked = wishes.iter().any(|wish| !wish.connections.is_empty());
        let wishes = wishes.into_iter().map(|wish| NewRegistration {
            account,
            dialect: OWN_DIALECT.to_owned(),
            carrier: wish.carrier,
            number: wish.number,
            created,
            data: wish.data,
            key: None,
            references: wish.references,
            connections: wish.connections,
            clock_at: clocks::first_look(OWN_DIALECT, created),
            amend: true,
        });
        let made = self.store.register_many(wishes.collect()).await?;
        if asked {
            self.wake_poller();
        }
        let mut registered = Vec::with_capacity(made.len());
        for (kept, new) in made {
            let track = self.store.track(kept.track).await?;
            let newest = track.and_then(|track| track.states.last().map(|state| state.epoch));
            registered.push(Registered {
                shipment: ShipmentId::new(kept.track, newest.unwrap_or_default()),
                registration: kept.id,
                carrier: kept.carrier,
                number: kept.number,
                created: kept.created,
                new,
            });
        }
        Ok(registered)
    }

    /// A page of the shipments that are asked for, newest first: those after `after`.
    pub async fn list(
        &self,
        query: &ShipmentQuery,
        after: Option<ShipmentId>,
        limit: usize,
    ) -> Result<(Vec<Listed>, Option<ShipmentId>, Option<Total>), HubError> {
        let page = self.store.shipments(query, after, limit).await?;
        let mut tracks: HashMap<_, Option<Arc<Track>>> = HashMap::new();
        let mut listed = Vec::with_capacity(page.rows.len());
        for row in page.rows {
            let track = match tracks.entry(row.track) {
                Entry::Occupied(held) => held.into_mut(),
                Entry::Vacant(free) => free.insert(self.store.track(row.track).await?),
            };
            let track = track.as_ref();
            let state = track.and_then(|t| t.states.get(usize::from(row.shipment.epoch())));
            let occurred = state.and_then(|state| state.occurred);
            listed.push(Listed { row, occurred });
        }
        Ok((listed, page.next, page.total))
    }
}
