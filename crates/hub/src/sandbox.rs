//! Test mode: an account's sandbox, in which every number has a simulated journey.
//!
//! Guarantee: a sandbox is an account of its own, known by its name, so that whatever holds between
//! two accounts holds between it and the live one it stands beside. Its keys are test keys, and test
//! keys are made for sandboxes only. Whatever connections it has, none of them is ever called: the
//! simulation answers in their place. It is made, with a connection for each system that can be
//! asked, when its first key is; until then there is nothing of it.
//!
//! A journey begins with the number's registration, which is stored, so that every node and every
//! restart tells the same one.

use crate::error::HubError;
use crate::poll::{self, Again, Failed, Heard};
use crate::schedule::Trouble;
use crate::{Hub, NewTracking};
use std::time::Duration;
use trackway_dialects::desk::{Principal, Settings};
use trackway_dialects::dialect::{Answer, Dialect, Parcel};
use trackway_dialects::registry::DIALECTS;
use trackway_dialects::{Call, settings};
use trackway_model::{AccountId, ConnectionId};
use trackway_store::StoreError;
use trackway_store::records::{Account, Connection, DEFAULT_ACCOUNT};

/// A sandbox's name ends so; no live account's does.
pub const ENDING: &str = ".test";
/// Where a sandbox's connections lead to. It is no address that anybody can be sent to.
const NOWHERE: &str = "simulator:";
/// The simulated systems write the clock of this zone where they name none.
const ZONE: &str = "Asia/Ho_Chi_Minh";
/// How long a journey takes to be told, unless it is set.
const JOURNEY: Duration = Duration::from_mins(2);
/// Numbers that a key may have looked up for the first time in a day of UTC.
const NEW_NUMBERS: u64 = 10_000;
const DAY: i64 = 86_400_000_000;

/// What is asked of the simulation.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub dialect: &'static str,
    pub parcel: Parcel<'a>,
    /// When the number was registered, in microseconds since the epoch, as all times here.
    pub since: i64,
    pub now: i64,
    /// How long its journey takes to be told.
    pub takes: i64,
}

/// What the simulated system answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulated {
    pub body: Vec<u8>,
    /// When it will have more to tell; None: never.
    pub again: Option<i64>,
}

/// Stands in for every upstream of a sandbox. A pure function: any node may ask, and ask again.
pub trait Simulation: Send + Sync + 'static {
    fn answer(&self, asked: &Asked<'_>) -> Simulated;
}

/// Whether an account of that name is a sandbox.
pub fn is_sandbox(account: &str) -> bool {
    account.ends_with(ENDING)
}

/// The sandbox beside an account; a sandbox's own name stays.
pub fn beside(account: Option<&str>) -> String {
    match account.unwrap_or(DEFAULT_ACCOUNT) {
        sandbox if is_sandbox(sandbox) => sandbox.to_owned(),
        live => format!("{live}{ENDING}"),
    }
}

impl Hub {
    pub(crate) async fn in_sandbox(&self, account: AccountId) -> Result<bool, StoreError> {
        Ok(is_sandbox(&self.account_name(account).await?))
    }

    /// Connects a sandbox with a simulation of every system that can be asked, unless it is.
    pub(crate) async fn furnish(&self, sandbox: &Account) -> Result<(), HubError> {
        // One at a time, so that two first keys do not connect twice.
        let _turn = self.furnishing.lock().await;
        let known = self.store.connections().await?;
        for dialect in DIALECTS {
            let is_there = known.iter().any(|connection| {
                connection.account == sandbox.id && connection.dialect == dialect.name()
            });
            if let Some(call) = dialect.call().filter(|_| !is_there) {
                let connection = self.simulated_connection(sandbox, *dialect, call);
                self.store.create_connection(connection).await?;
            }
        }
        Ok(())
    }

    fn simulated_connection(
        &self,
        sandbox: &Account,
        dialect: &dyn Dialect,
        call: &dyn Call,
    ) -> Connection {
        let (required, _) = call.settings();
        let settings: Settings = required
            .iter()
            .map(|name| ((*name).to_owned(), "simulated".to_owned()))
            .collect();
        Connection {
            id: ConnectionId::default(),
            account: sandbox.id,
            dialect: dialect.name().to_owned(),
            name: dialect.name().to_owned(),
            base_url: NOWHERE.to_owned(),
            operator: true,
            zone: Some(ZONE.to_owned()),
            paused: false,
            settings,
            token: self.door_token().into(),
            created: self.clock.now(),
        }
    }

    /// What a sandbox's connection hears.
    pub(crate) async fn hear_simulated(
        &self,
        call: &dyn Call,
        dialect: &'static str,
        connection: &Connection,
        parcel: &Parcel<'_>,
    ) -> Result<Heard, Failed> {
        let account = connection.account;
        let now = self.clock.now();
        let since = self.registered(account, parcel).await;
        let (Some(simulation), Some(since)) = (
            &self.config.simulation,
            since.map_err(|e| Failed::store(&e))?.unwrap_or(Some(now)),
        ) else {
            return Err(Failed {
                trouble: Trouble::Nothing,
                retry_after: None,
                why: "nothing is simulated of this number".to_owned(),
                status: None,
                made: true,
                unread: None,
            });
        };
        let simulated = simulation.answer(&Asked {
            dialect,
            parcel: *parcel,
            since,
            now,
            takes: self.journey_takes(),
        });
        let answer = Answer {
            status: 200,
            retry_after_s: None,
            body: &simulated.body,
        };
        let parsed = call
            .parse(self.vocabularies().of(dialect), parcel, &answer)
            .map_err(|error| Failed::call(&error, None))?;
        Ok(Heard {
            parsed,
            status: 200,
            asked: now,
            again: Again::At(simulated.again),
        })
    }

    /// When a number was first registered: `Some(None)` where it is known and no registration is
    /// left (it was erased), None where it is not known at all.
    async fn registered(
        &self,
        account: AccountId,
        parcel: &Parcel<'_>,
    ) -> Result<Option<Option<i64>>, StoreError> {
        let tracks = self
            .store
            .find(account, Some(parcel.carrier), parcel.number)
            .await?;
        let Some(track) = tracks.first() else {
            return Ok(None);
        };
        let mut first = None;
        for book in DIALECTS.iter().flat_map(|dialect| dialect.books()) {
            let kept = self.store.registrations(account, book, track.id);
            let created = kept.await?.into_iter().map(|known| known.created);
            first = created.chain(first).min();
        }
        Ok(Some(first))
    }

    fn journey_takes(&self) -> i64 {
        let set = self.config.settings.get(settings::JOURNEY_SECONDS);
        let seconds = set.and_then(|text| text.parse::<u32>().ok());
        let takes = seconds.map_or(JOURNEY, |seconds| Duration::from_secs(seconds.into()));
        crate::clock::micros(takes).max(1)
    }

    /// A sandbox's look-up of a number that it does not know yet: registers it and hears the first
    /// of its journey. Nothing where the key has had its new numbers for the day, or the number or
    /// the carrier are none.
    pub(crate) async fn first_look(
        &self,
        principal: &Principal,
        carrier: &str,
        number: &str,
    ) -> Result<(), HubError> {
        let day = self.clock.now().div_euclid(DAY);
        let meter = "sandbox.numbers";
        if !self
            .count_use(principal.key, meter, day, NEW_NUMBERS)
            .await?
        {
            return Ok(());
        }
        let tracked = self.track(NewTracking {
            account: Some(principal.account_name.to_string()),
            carrier: carrier.to_owned(),
            numbers: vec![number.to_owned()],
            ..NewTracking::default()
        });
        let tracked = match tracked.await {
            Ok(tracked) => tracked,
            Err(HubError::Number { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        for tracked in tracked {
            for poll in self.store.polls_of(tracked.track).await? {
                poll::ask(self, poll).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sandbox_is_known_by_its_name() {
        assert_eq!(beside(None), "default.test");
        assert_eq!(beside(Some("shop")), "shop.test");
        assert_eq!(beside(Some("shop.test")), "shop.test");
        assert!(is_sandbox("shop.test") && !is_sandbox("shop") && !is_sandbox("test"));
    }
}
