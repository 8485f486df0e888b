//! Asking about a shipment now, because somebody wants to know.
//!
//! Guarantee: every connection that follows the number asks once more, before all that is due by
//! schedule, also where the number had ended; a paused connection asks when it is resumed. Calls are
//! paid from the part of the quota that is kept for people. An account's wishes are limited an hour.

use crate::Hub;
use crate::error::HubError;
use serde::Serialize;
use trackway_model::{AccountId, ShipmentId, TrackId};
use trackway_store::records::PollKind;
use utoipa::ToSchema;

/// What an account may ask for in an hour.
pub const MOST_AN_HOUR: u64 = 600;
const HOUR: i64 = 3_600_000_000;

/// What becomes of the wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// Names of the connections that are asked.
    Asked(Vec<String>),
    /// No connection follows the number.
    Nobody,
    /// The hour's wishes are used up; seconds until there are new ones.
    TooOften { retry_after_s: u64 },
}

/// A number that is asked about, for people.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Asking {
    pub number: String,
    pub carrier: String,
    /// Names of the connections that are asked.
    pub connections: Vec<String>,
}

impl Hub {
    /// None where the account has no such shipment.
    pub async fn refresh(
        &self,
        account: AccountId,
        id: ShipmentId,
    ) -> Result<Option<Refreshed>, HubError> {
        let Some(view) = self.shipment(account, id).await? else {
            return Ok(None);
        };
        Ok(Some(self.refresh_track(account, view.track.id).await?))
    }

    /// The same by the number, for the operator.
    pub async fn refresh_number(
        &self,
        account: Option<&str>,
        carrier: Option<&str>,
        number: &str,
    ) -> Result<Vec<Asking>, HubError> {
        let track = self.one_track(account, carrier, number).await?;
        match self.refresh_track(track.account, track.id).await? {
            Refreshed::Asked(connections) => Ok(vec![Asking {
                number: track.number.to_string(),
                carrier: track.carrier.to_string(),
                connections,
            }]),
            Refreshed::Nobody => Err(HubError::NotFollowed {
                number: number.to_owned(),
            }),
            Refreshed::TooOften { retry_after_s } => Err(HubError::TooOften { retry_after_s }),
        }
    }

    async fn refresh_track(
        &self,
        account: AccountId,
        track: TrackId,
    ) -> Result<Refreshed, HubError> {
        let polls = self.store.polls_of(track).await?;
        if polls.is_empty() {
            return Ok(Refreshed::Nobody);
        }
        match self.wish("refresh", account).await {
            Err(HubError::TooOften { retry_after_s }) => {
                return Ok(Refreshed::TooOften { retry_after_s });
            }
            other => other?,
        }
        let now = self.clock.now();
        self.store.ask_polls(track, PollKind::Manual, now).await?;
        self.wake_poller();
        let mut names = Vec::with_capacity(polls.len());
        for poll in polls {
            names.extend(self.connection_name(poll.connection).await?);
        }
        tracing::info!(track = track.0, "asked for a refresh");
        Ok(Refreshed::Asked(names))
    }
    /// Counts a wish of the account's that upstreams are asked for; refused where it had all of this
    /// hour's.
    pub(crate) async fn wish(&self, what: &str, account: AccountId) -> Result<(), HubError> {
        let now = self.clock.now();
        let hour = now.div_euclid(HOUR);
        let meter = format!("{what}/{account}");
        if self.store.spend(&meter, hour, 1, MOST_AN_HOUR).await? {
            return Ok(());
        }
        let left = (hour + 1).saturating_mul(HOUR).saturating_sub(now);
        let retry_after_s = left.unsigned_abs().div_ceil(1_000_000);
        Err(HubError::TooOften { retry_after_s })
    }
}
