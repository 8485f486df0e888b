//! What could not be read, kept and told of: list it, look at it, read it again, drop it; and the
//! report of what differs from what dialects know.
//!
//! Guarantee: a verified sender's bytes that no statement can be made of are kept before the sender
//! is answered, within the store's bounds; one bad item never fails the ones beside it. What is read
//! again is taken in exactly as if it had been understood when it came: asserted then, by the same
//! connection. Every call works for one account; what another one has is answered as what is not
//! there. Only `QuarantineDetail` holds bytes that came in: they may be personal.

mod again;

pub use again::Retried;

use crate::error::HubError;
use crate::metrics::Name;
use crate::outbound::Answered;
use crate::poll::{Again, Failed, Flight};
use crate::schedule::Trouble;
use crate::{Hub, clock};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use trackway_dialects::CallError;
use trackway_dialects::desk::{Door, Unread};
use trackway_model::{ConnectionId, Oddity, QuarantineId, Strange, Way};
use trackway_store::StoreError;
use trackway_store::quarantine::{About, KEPT, Noted, Payload, Quarantined, Wanted};
use trackway_store::records::{Account, Poll};
use utoipa::ToSchema;

/// Surprises that are listed in one go.
pub const MOST_LISTED: usize = 1_000;

/// One thing that was not as it was known, counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Surprise)]
pub struct QuarantineInfo {
    #[schema(value_type = i64)]
    pub id: QuarantineId,
    #[schema(value_type = i64)]
    pub connection: ConnectionId,
    /// The connection's name.
    pub name: String,
    pub dialect: String,
    /// `poll` (an answer to a question of ours) or `webhook`.
    pub way: String,
    /// Put aside: `unreadable`, `shape`, `too_large`. Read in spite of it: `unknown_code`,
    /// `new_member`, `missing_member`, `other_type`, `unreadable_time`, `time_ahead`.
    pub kind: String,
    /// Where, such as `statuses[].status`; empty for the whole.
    pub member: String,
    pub expected: String,
    /// What came last: a type and a length, or a code; never what a person wrote.
    pub found: String,
    pub times: u64,
    /// RFC 3339, as every time here.
    pub first: String,
    pub last: String,
    /// Bodies that are kept of it.
    pub kept: u64,
}

/// A surprise with the bodies that are kept of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SurpriseInFull)]
pub struct QuarantineDetail {
    #[serde(flatten)]
    pub surprise: QuarantineInfo,
    /// Oldest first.
    pub payloads: Vec<PayloadInfo>,
}

/// A body that was put aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PutAside)]
pub struct PayloadInfo {
    pub received: String,
    /// HTTP status of an answer; null for a webhook.
    pub status: Option<u16>,
    /// Bytes of the whole.
    pub size: u64,
    pub sha256: String,
    /// Whether the whole is kept; of a body over the limit only its beginning is.
    pub whole: bool,
    /// What was asked about.
    pub number: Option<String>,
    /// The body, where it is text.
    pub text: Option<String>,
    /// The body in hexadecimal, where it is none.
    pub hex: Option<String>,
}

/// Which surprises of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Of this connection only.
    pub connection: Option<ConnectionId>,
    pub after: QuarantineId,
    pub limit: usize,
}

impl Hub {
    /// What was put aside, in the order of ids.
    pub async fn quarantined(
        &self,
        account: Option<&str>,
        listing: &Listing,
    ) -> Result<Vec<QuarantineInfo>, HubError> {
        self.surprises(account, listing, true).await
    }

    /// What was read although it differs from what its dialect knows, in the order of ids.
    pub async fn drift(
        &self,
        account: Option<&str>,
        listing: &Listing,
    ) -> Result<Vec<QuarantineInfo>, HubError> {
        self.surprises(account, listing, false).await
    }

    async fn surprises(
        &self,
        account: Option<&str>,
        listing: &Listing,
        stopped: bool,
    ) -> Result<Vec<QuarantineInfo>, HubError> {
        let account = self.known_account(account).await?;
        self.write_notes().await?;
        let wanted = Wanted {
            account: Some(account.id),
            connection: listing.connection,
            stopped: Some(stopped),
            after: listing.after,
            ..Wanted::default()
        };
        let limit = listing.limit.clamp(1, MOST_LISTED);
        let found = self.store.quarantined(&wanted, limit).await?;
        let names = self.names_of(&account).await?;
        Ok(found.into_iter().map(|one| told(one, &names)).collect())
    }

    /// One surprise with the bodies that are kept of it.
    pub async fn quarantined_one(
        &self,
        account: Option<&str>,
        id: QuarantineId,
    ) -> Result<QuarantineDetail, HubError> {
        let account = self.known_account(account).await?;
        self.write_notes().await?;
        let found = self.own_surprise(&account, id).await?;
        let payloads = self.store.payloads(id, 0, KEPT).await?;
        let names = self.names_of(&account).await?;
        Ok(QuarantineDetail {
            surprise: told(found, &names),
            payloads: payloads.into_iter().map(|(_, one)| one.into()).collect(),
        })
    }

    /// Forgets a surprise with its bodies.
    pub async fn drop_quarantined(
        &self,
        account: Option<&str>,
        id: QuarantineId,
    ) -> Result<(), HubError> {
        let account = self.known_account(account).await?;
        self.write_notes().await?;
        if !self.store.drop_quarantined(Some(account.id), id).await? {
            return Err(HubError::NoRecord("surprise", id.0));
        }
        tracing::info!(quarantine = id.0, "dropped what was in quarantine");
        Ok(())
    }

    async fn own_surprise(
        &self,
        account: &Account,
        id: QuarantineId,
    ) -> Result<Quarantined, HubError> {
        let wanted = Wanted {
            account: Some(account.id),
            id: Some(id),
            ..Wanted::default()
        };
        let found = self.store.quarantined(&wanted, 1).await?;
        found
            .into_iter()
            .next()
            .ok_or(HubError::NoRecord("surprise", id.0))
    }

    async fn names_of(
        &self,
        account: &Account,
    ) -> Result<HashMap<ConnectionId, String>, StoreError> {
        let connections = self.store.connections().await?;
        let own = connections
            .iter()
            .filter(|known| known.account == account.id);
        Ok(own.map(|known| (known.id, known.name.clone())).collect())
    }

    /// Keeps a webhook that no statement can be made of.
    pub(crate) async fn put_aside(
        &self,
        door: &Door,
        dialect: &'static str,
        unread: Unread<'_>,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut payload = Payload::of(unread.body, now);
        if let Some((size, hash)) = unread.over {
            payload = Payload {
                size,
                hash,
                whole: false,
                ..payload
            };
        }
        let noted = Noted {
            account: door.account,
            connection: door.connection,
            dialect: dialect.to_owned(),
            way: Way::Webhook,
            strange: unread.strange,
            at: now,
            times: 1,
            payload: Some(payload),
        };
        self.keep_unread(dialect, noted).await
    }

    /// Notes what became of a call: how its connection does, and the answers that can't be read. One
    /// that can't be kept either is asked for again.
    pub(crate) async fn note_flight(&self, flight: &Flight, outcomes: &[Result<Again, Failed>]) {
        let connection = &flight.connection;
        let failures = || outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
        let made = failures().all(|failed| failed.made);
        let worst = failures().find(|failed| failed.made && failed.trouble != Trouble::Nothing);
        let why = worst.map(|failed| failed.why.as_str());
        self.note_call(connection.id, made, why);
        for (poll, outcome) in flight.polls.iter().zip(outcomes) {
            let Some(misread) = outcome.as_ref().err().and_then(|f| f.unread.as_ref()) else {
                continue;
            };
            let noted = misread.noted(poll, flight.dialect, self.clock.now());
            if let Err(error) = self.keep_unread(flight.dialect, noted).await {
                tracing::warn!(%error, "an answer that can't be read could not be kept either");
            }
        }
    }

    /// Counts it and keeps its bytes, before anybody is answered.
    pub(crate) async fn keep_unread(
        &self,
        dialect: &'static str,
        noted: Noted,
    ) -> Result<(), StoreError> {
        let connection = noted.connection.0;
        let (way, strange) = (noted.way, noted.strange.clone());
        self.store.note_strange(vec![noted]).await?;
        self.metrics.count(Name::Quarantined, &[dialect.into()], 1);
        tracing::warn!(
            dialect,
            connection,
            %way,
            kind = %strange.oddity,
            member = strange.member,
            found = strange.found,
            "put aside what can't be read: see `trackway quarantine list`"
        );
        Ok(())
    }
}

/// An answer of an upstream that has a shape which nobody knows.
#[derive(Debug)]
pub(crate) struct Misread {
    strange: Strange,
    status: u16,
    body: Vec<u8>,
}

impl Misread {
    /// None where the answer can be read, whatever it says.
    pub fn of(error: &CallError, answered: &Answered) -> Option<Arc<Self>> {
        let CallError::Shape { member, .. } = error else {
            return None;
        };
        // What the dialect says may quote the answer; what is at the member is told by its type.
        let found = if answered.body.is_empty() {
            "nothing".to_owned()
        } else {
            format!("an answer of {} bytes", answered.body.len())
        };
        let expected = "the shape that the dialect knows";
        Some(Arc::new(Self {
            strange: Strange::new(Oddity::Shape, member.clone(), expected, found),
            status: answered.status,
            body: answered.body.clone(),
        }))
    }

    fn noted(&self, poll: &Poll, dialect: &str, now: i64) -> Noted {
        let payload = Payload {
            about: Some(About {
                track: poll.track,
                carrier: poll.carrier.clone(),
                number: poll.number.clone(),
            }),
            status: self.status,
            ..Payload::of(&self.body, now)
        };
        Noted {
            account: poll.account,
            connection: poll.connection,
            dialect: dialect.to_owned(),
            way: Way::Poll,
            strange: self.strange.clone(),
            at: now,
            times: 1,
            payload: Some(payload),
        }
    }
}

fn told(found: Quarantined, names: &HashMap<ConnectionId, String>) -> QuarantineInfo {
    QuarantineInfo {
        id: found.id,
        connection: found.connection,
        name: names.get(&found.connection).cloned().unwrap_or_default(),
        dialect: found.dialect,
        way: found.way.name().to_owned(),
        kind: found.strange.oddity.name().to_owned(),
        member: found.strange.member,
        expected: found.strange.expected,
        found: found.strange.found,
        times: found.times,
        first: clock::text(found.first),
        last: clock::text(found.last),
        kept: found.kept,
    }
}

impl From<Payload> for PayloadInfo {
    fn from(kept: Payload) -> Self {
        let (text, hex) = match String::from_utf8(kept.body) {
            Ok(text) => (Some(text), None),
            Err(wrong) => (None, Some(hex::encode(wrong.as_bytes()))),
        };
        Self {
            received: clock::text(kept.received),
            status: (kept.status > 0).then_some(kept.status),
            size: kept.size,
            sha256: kept.hash,
            whole: kept.whole,
            number: kept.about.map(|about| about.number),
            text,
            hex,
        }
    }
}
