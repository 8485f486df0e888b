//! Webhooks about numbers that nobody registered.
//!
//! Guarantee: whatever a verified sender tells is committed before it is answered, registered or not;
//! facades answer what is known, subscribers are told of every change of their account. A number
//! that is registered later finds its history: the answer to the registration names the shipment as
//! it stands, and nothing is told twice. What `unregistered` decides is only whether it is followed:
//! under `keep` it waits until somebody registers it, under `register` it is registered in our own
//! name at once and asked about where a connection can be.

use crate::Hub;
use crate::error::HubError;
use crate::listing::{OWN_DIALECT, Wish};
use crate::shipments::check_number;
use trackway_dialects::registry;
use trackway_model::intake::{Content, Intake, Receipt, Verified};
use trackway_model::{AccountId, ConnectionId};
use trackway_store::records::Settings;

/// The setting of a connection that overrules the server's.
pub const SETTING: &str = "unregistered";

/// What becomes of a number that a webhook tells of and nobody registered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unregistered {
    /// Its history is kept until somebody registers it.
    #[default]
    Keep,
    /// It is registered at once.
    Register,
}

impl Unregistered {
    pub const ALL: [Self; 2] = [Self::Keep, Self::Register];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Register => "register",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// The setting, where a connection has it, is one of its values.
pub(crate) fn check(settings: &Settings) -> Result<(), HubError> {
    match settings.get(SETTING) {
        Some(value) if Unregistered::parse(value).is_none() => Err(HubError::UnknownValue {
            name: SETTING,
            value: value.clone(),
            known: Unregistered::ALL.map(Unregistered::name).join(", "),
        }),
        Some(_) | None => Ok(()),
    }
}

/// A number that is to be registered if it is not.
struct Sought {
    at: usize,
    account: AccountId,
    carrier: String,
    number: String,
}

impl Hub {
    /// Commits what verified senders told, and registers what they told of where that is wanted.
    pub(crate) async fn take_in(
        &self,
        intakes: Verified<Vec<Intake>>,
    ) -> Result<Vec<Receipt>, HubError> {
        let mut intakes = intakes.into_inner();
        self.readdress(&mut intakes).await?;
        // Their senders were proved by whoever made the value that came in.
        let intakes = Verified::attest(intakes);
        let sought = self.unclaimed_of(intakes.get()).await?;
        let receipts = self.ingest(intakes).await?;
        for Sought {
            at,
            account,
            carrier,
            number,
        } in sought
        {
            let Some(receipt) = receipts.get(at) else {
                continue;
            };
            let track = receipt.shipment.track();
            let held = self
                .store
                .registrations(account, OWN_DIALECT, track)
                .await?;
            if !held.is_empty() {
                continue;
            }
            let askable = self.askable(account).await?;
            let connections = askable.of(&carrier, None::<&[&str]>).unwrap_or_default();
            let wish = Wish {
                carrier,
                number,
                connections: connections.iter().map(|known| known.id).collect(),
                ..Wish::default()
            };
            self.register(account, vec![wish]).await?;
            tracing::info!(
                track = track.0,
                "registered a number that a webhook told of"
            );
        }
        Ok(receipts)
    }

    async fn unclaimed_of(&self, intakes: &[Intake]) -> Result<Vec<Sought>, HubError> {
        let mut sought = Vec::new();
        for (at, intake) in intakes.iter().enumerate() {
            let Intake {
                account,
                connection,
                carrier,
                number,
                ..
            } = intake;
            let is_news = match &intake.content {
                Content::News(_) => true,
                Content::Document(answer) => registry::is_pushed(answer.stream),
                Content::Opening(_) => false,
            };
            if is_news
                && *connection != ConnectionId::default()
                && check_number(number).is_ok()
                && self.unregistered_of(*connection).await? == Unregistered::Register
            {
                sought.push(Sought {
                    at,
                    account: *account,
                    carrier: carrier.clone(),
                    number: number.trim().to_owned(),
                });
            }
        }
        Ok(sought)
    }

    /// The connection's own word, otherwise the server's.
    async fn unregistered_of(&self, id: ConnectionId) -> Result<Unregistered, HubError> {
        let connection = self.store.connection(id).await?;
        let own = connection.and_then(|c| Unregistered::parse(c.settings.get(SETTING)?));
        Ok(own.unwrap_or(self.config.unregistered))
    }
}
