//! What people do with numbers: track, show, explain, erase.

use crate::error::HubError;
use crate::explain::{Explanation, Shown};
use crate::listing::OWN_DIALECT;
use crate::{Hub, clocks};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use trackway_model::track::Track;
use trackway_model::{AccountId, TrackId};
use trackway_store::records::{Connection, NewRegistration};

/// Longest number that is taken.
const LONGEST_NUMBER: usize = 100;

/// Numbers to be tracked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewTracking {
    pub account: Option<String>,
    /// Our carrier code.
    pub carrier: String,
    pub numbers: Vec<String>,
    /// Which connection to ask. Where none is named: those that speak for this carrier by name, and
    /// only if there is none of those, the ones that speak for any, so that no quota is spent twice.
    pub connection: Option<String>,
}

/// A number that is tracked now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracked {
    pub number: String,
    pub carrier: String,
    pub track: TrackId,
    pub registration: i64,
    pub new: bool,
    /// Names of the connections that are asked; none: only what webhooks bring will be known.
    pub connections: Vec<String>,
}

/// A number whose words were destroyed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    pub number: String,
    pub carrier: String,
    pub track: TrackId,
}

impl Hub {
    /// Registers numbers and asks about the new ones at once.
    pub async fn track(&self, new: NewTracking) -> Result<Vec<Tracked>, HubError> {
        let account = self.account(new.account.as_deref()).await?;
        for number in &new.numbers {
            check_number(number)?;
        }
        let connections = self.connections_for(account.id, &new).await?;
        let now = self.clock.now();
        let wishes = new.numbers.iter().map(|number| NewRegistration {
            account: account.id,
            dialect: OWN_DIALECT.to_owned(),
            carrier: new.carrier.clone(),
            number: number.trim().to_owned(),
            created: now,
            connections: connections.iter().map(|c| c.id).collect(),
            clock_at: clocks::first_look(OWN_DIALECT, now),
            ..NewRegistration::default()
        });
        let made = self.store.register_many(wishes.collect()).await?;
        self.wake_poller();
        let names: Vec<String> = connections.iter().map(|c| c.name.clone()).collect();
        let tracked = made.into_iter().map(|(kept, new)| Tracked {
            number: kept.number,
            carrier: kept.carrier,
            track: kept.track,
            registration: kept.id,
            new,
            connections: names.clone(),
        });
        Ok(tracked.collect())
    }

    /// The connections that are to be asked about a carrier.
    async fn connections_for(
        &self,
        account: AccountId,
        new: &NewTracking,
    ) -> Result<Vec<Arc<Connection>>, HubError> {
        let named = new.connection.as_ref().map(std::slice::from_ref);
        let askable = self.askable(account).await?;
        askable
            .of(&new.carrier, named)
            .map_err(|_| HubError::NoConnection {
                name: new.connection.clone().unwrap_or_default(),
                carrier: new.carrier.clone(),
            })
    }

    /// Every journey under a number, the newest first, as people read it.
    pub async fn show(
        &self,
        account: Option<&str>,
        carrier: Option<&str>,
        number: &str,
    ) -> Result<Vec<Shown>, HubError> {
        let mut shown = Vec::new();
        for track in self.tracks(account, carrier, number).await? {
            let explained = self.explain_track(&track).await?;
            let first = shown.len();
            shown.extend(explained.into_iter().map(Shown::from));
            if let Some(newest) = shown.get_mut(first) {
                newest.registration = self.standing_of(&track).await?;
            }
        }
        Ok(shown)
    }

    /// Every journey under a number, the newest first, with every decision of the fold.
    pub async fn explain(
        &self,
        account: Option<&str>,
        carrier: Option<&str>,
        number: &str,
    ) -> Result<Vec<Explanation>, HubError> {
        let mut explained = Vec::new();
        for track in self.tracks(account, carrier, number).await? {
            explained.extend(self.explain_track(&track).await?);
        }
        Ok(explained)
    }

    /// Makes a shipment's words unreadable for ever; its codes, times and milestones stay.
    pub async fn erase(
        &self,
        account: Option<&str>,
        carrier: Option<&str>,
        number: &str,
    ) -> Result<Vec<Erased>, HubError> {
        let track = self.one_track(account, carrier, number).await?;
        self.store.erase(track.id).await?;
        tracing::info!(track = track.id.0, "erased the words of a shipment");
        Ok(vec![Erased {
            number: track.number.to_string(),
            carrier: track.carrier.to_string(),
            track: track.id,
        }])
    }

    /// The one track under a number; an error where several carriers use it.
    pub(crate) async fn one_track(
        &self,
        account: Option<&str>,
        carrier: Option<&str>,
        number: &str,
    ) -> Result<Arc<Track>, HubError> {
        let tracks = self.tracks(account, carrier, number).await?;
        let [track] = tracks.as_slice() else {
            let carriers: Vec<&str> = tracks.iter().map(|track| track.carrier.as_ref()).collect();
            return Err(HubError::SeveralCarriers {
                number: number.to_owned(),
                carriers: carriers.join(", "),
            });
        };
        Ok(track.clone())
    }

    async fn tracks(
        &self,
        account: Option<&str>,
        carrier: Option<&str>,
        number: &str,
    ) -> Result<Vec<Arc<Track>>, HubError> {
        let account = self.known_account(account).await?;
        let tracks = self.store.find(account.id, carrier, number).await?;
        if tracks.is_empty() {
            return Err(HubError::NoShipment {
                account: account.name,
                number: number.to_owned(),
            });
        }
        Ok(tracks)
    }
}

/// Whether a number can be followed; what is wrong with it otherwise.
pub fn check_number(number: &str) -> Result<(), HubError> {
    let trimmed = number.trim();
    let problem = if trimmed.is_empty() {
        "it is empty"
    } else if trimmed.chars().count() > LONGEST_NUMBER {
        "it is longer than 100 characters"
    } else if trimmed.chars().any(char::is_control) {
        "it holds a control character"
    } else {
        return Ok(());
    };
    Err(HubError::Number {
        number: number.chars().take(LONGEST_NUMBER).collect(),
        problem,
    })
}
