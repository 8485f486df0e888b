//! What people do with an account's endpoints: list, change, pause, resume, remove, rotate the secret,
//! send a test.
//!
//! Contract: every call works for one account; what another account owns is answered as what is not
//! there. No answer holds a secret but that of the making and that of a rotation, once. What is
//! changed is in force when the call returns: the next message of a paused endpoint waits in the
//! feed, the next message after a rotation is signed with the new secret, and with the old one too
//! until the overlap ends. A test goes the way of every message, through the same guard and under
//! the same rule of acknowledgement, but through no queue: nothing is stored, and nothing that waits
//! is held up or set free by it.

use crate::accounts::dialect;
use crate::checks::{check_hook, shared};
use crate::error::HubError;
use crate::manage::names;
use crate::outbound::Policy;
use crate::sent::AttemptOutcome;
use crate::{Hub, clock};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use trackway_dialects::dialect::{REGISTERED, Subscriber};
use trackway_dialects::{Dialect, Hook};
use trackway_model::EndpointId;
use trackway_model::change::FeedPosition;
use trackway_store::StoreError;
use trackway_store::lanes::{Backlog, EndpointState};
use trackway_store::records::{Endpoint, EndpointChange, Outcome, Settings};
use utoipa::ToSchema;

/// How long the old secret signs beside the new one where nobody says.
pub const USUAL_OVERLAP: Duration = Duration::from_hours(24);
/// The longest that it may.
pub const LONGEST_OVERLAP: Duration = Duration::from_hours(30 * 24);

/// An endpoint without its secret and its settings' values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EndpointInfo {
    #[schema(value_type = i64)]
    pub id: EndpointId,
    /// Whose webhooks it gets.
    pub dialect: String,
    pub url: String,
    /// A paused endpoint gets nothing and misses nothing: what happens waits in the feed.
    pub paused: bool,
    /// Names of what is set. Values are never shown.
    pub settings: Vec<String>,
    pub created: String,
    /// Changes in the feed that it has not been told of yet, other accounts' included.
    pub behind: u64,
    /// How its messages prove where they come from: `hmac` or `ed25519` (Standard Webhooks), `apikey`
    /// or `basic` (247Express).
    pub signature: String,
    /// What the receiver verifies `ed25519` with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// While a secret is being rotated: until when the one before it still signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub former_until: Option<String>,
    pub state: EndpointStanding,
}

/// How an endpoint does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EndpointStanding {
    /// `closed`: messages go out. `open`: it failed too often in a row and is left in peace, until
    /// `rests_until`. `half_open`: one message is tried, to see whether it answers again.
    pub breaker: String,
    /// Since when it stands so; null where it never stood otherwise.
    pub since: Option<String>,
    /// Attempts in a row that failed.
    pub failures: u32,
    /// Nothing is sent before.
    pub rests_until: Option<String>,
    /// Changes in its queue that are tried again or wait for an earlier one of their shipment.
    pub waiting: u64,
    /// Changes whose last attempt failed: they stay, and are sent again by hand or when it next
    /// answers well.
    pub parked: u64,
    /// When what waits longest was learned.
    pub oldest: Option<String>,
    /// What it answered last; null before the first message.
    pub last: Option<LastAnswerInfo>,
    /// When it said that it is gone for good (410), for which it was paused.
    pub gone: Option<String>,
}

/// What an endpoint answered last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LastAnswer)]
pub struct LastAnswerInfo {
    pub at: String,
    /// HTTP status; null where none came.
    pub status: Option<u16>,
    pub accepted: bool,
}

/// What is to change of an endpoint; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangedEndpoint {
    pub url: Option<String>,
    pub paused: Option<bool>,
    /// All of them anew.
    pub settings: Option<Settings>,
    /// Whether the operator names the address.
    pub operator: bool,
}

/// An endpoint with its new secret, as it is printed once.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct RotatedEndpoint {
    #[serde(flatten)]
    pub endpoint: EndpointInfo,
    /// What the receiver knows messages by from now on; left out where a public key does that. It is
    /// shown only here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// What came back from a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EndpointTest {
    /// The receiver took it, by the rule that every message is judged by.
    pub accepted: bool,
    pub outcome: AttemptOutcome,
    /// The id that the receiver saw.
    pub message_id: String,
    /// HTTP status; null where nothing came back.
    pub status: Option<u16>,
    pub took_ms: u64,
    pub error: Option<String>,
    /// The beginning of what the receiver answered.
    pub answer: String,
}

impl Hub {
    /// The account's endpoints, oldest first.
    pub async fn endpoints(&self, account: Option<&str>) -> Result<Vec<EndpointInfo>, HubError> {
        let account = self.known_account(account).await?;
        let around = self.around().await?;
        let endpoints = self.store.endpoints().await?;
        let own = endpoints
            .iter()
            .filter(|endpoint| endpoint.account == account.id);
        Ok(own
            .map(|endpoint| self.told_of(endpoint, &around))
            .collect())
    }

    pub async fn endpoint(
        &self,
        account: Option<&str>,
        id: EndpointId,
    ) -> Result<EndpointInfo, HubError> {
        let endpoint = self.own_endpoint(account, id).await?;
        Ok(self.told_of(&endpoint, &self.around().await?))
    }

    /// Pauses, resumes, moves or sets an endpoint. It is told next what it has not been told yet,
    /// however long it was paused. Another kind of signature comes with the next rotation.
    pub async fn change_endpoint(
        &self,
        account: Option<&str>,
        id: EndpointId,
        change: ChangedEndpoint,
    ) -> Result<EndpointInfo, HubError> {
        let known = self.own_endpoint(account, id).await?;
        if let Some(url) = &change.url {
            self.check_address(url, change.operator)?;
        }
        if let Some(settings) = &change.settings {
            let (dialect, hook) = hook_of(&known)?;
            check_hook(dialect.name(), hook, settings)?;
        }
        let settings = change.settings.map(|mut settings| {
            // What it was made for is not theirs to change.
            let made_for = known.settings.get_key_value(REGISTERED);
            settings.extend(made_for.map(|(name, origin)| (name.clone(), origin.clone())));
            settings
        });
        let stored = EndpointChange {
            url: change.url.map(|url| (url, change.operator)),
            disabled: change.paused,
            settings,
        };
        let changed = self
            .store
            .change_endpoint(known.account, id, stored)
            .await?
            .ok_or(HubError::NoRecord("endpoint", id.0))?;
        self.endpoints_bell.notify_one();
        tracing::info!(
            endpoint = id.0,
            paused = changed.disabled,
            "changed an endpoint"
        );
        Ok(self.told_of(&changed, &self.around().await?))
    }

    /// Removes an endpoint with all that it was still to be told.
    pub async fn delete_endpoint(
        &self,
        account: Option<&str>,
        id: EndpointId,
    ) -> Result<(), HubError> {
        let account = self.known_account(account).await?;
        if !self.store.delete_endpoint(account.id, id).await? {
            return Err(HubError::NoRecord("endpoint", id.0));
        }
        self.endpoints_bell.notify_one();
        tracing::info!(endpoint = id.0, "removed an endpoint");
        Ok(())
    }

    /// Gives an endpoint a new secret, of the kind that its settings name; the one before signs
    /// beside it until the overlap ends, and any before that no more.
    pub async fn rotate_endpoint(
        &self,
        account: Option<&str>,
        id: EndpointId,
        overlap: Option<Duration>,
    ) -> Result<RotatedEndpoint, HubError> {
        let overlap = overlap.unwrap_or(USUAL_OVERLAP);
        if overlap > LONGEST_OVERLAP {
            return Err(HubError::Overlap);
        }
        let known = self.own_endpoint(account, id).await?;
        let (dialect, hook) = hook_of(&known)?;
        if !hook.proof(&known.settings, &known.secret).own_secret {
            return Err(HubError::NoOwnSecret {
                dialect: dialect.name(),
            });
        }
        let secret = self.signing_secret(hook, &known.settings);
        let until = self.clock.now().saturating_add(clock::micros(overlap));
        let rotated = self
            .store
            .rotate_secret(known.account, id, secret.clone(), until)
            .await?
            .ok_or(HubError::NoRecord("endpoint", id.0))?;
        self.endpoints_bell.notify_one();
        tracing::info!(endpoint = id.0, ?overlap, "rotated an endpoint's secret");
        Ok(RotatedEndpoint {
            endpoint: self.told_of(&rotated, &self.around().await?),
            secret: shared(hook, &rotated.settings, &secret),
        })
    }

    /// Sends an endpoint one message that is marked as a test, also where it is paused.
    pub async fn test_endpoint(
        &self,
        account: Option<&str>,
        id: EndpointId,
    ) -> Result<EndpointTest, HubError> {
        let endpoint = self.own_endpoint(account, id).await?;
        let (_, hook) = hook_of(&endpoint)?;
        let now = self.clock.now();
        let message_id = uuid::Builder::from_custom_bytes(self.random())
            .into_uuid()
            .to_string();
        let subscriber = Subscriber {
            url: &endpoint.url,
            settings: &endpoint.settings,
            secret: &endpoint.secret,
            former: endpoint.former_at(now),
        };
        let message = hook.test(&subscriber, &message_id, now);
        let policy = Policy::of(endpoint.operator);
        let judged = self.send_message(hook, message, policy).await;
        let outcome = AttemptOutcome::of(&judged.outcome);
        Ok(EndpointTest {
            accepted: outcome == AttemptOutcome::Accepted,
            outcome,
            message_id,
            status: (judged.status != 0).then_some(judged.status),
            took_ms: judged.took.as_millis() as u64,
            error: match judged.outcome {
                Outcome::Accepted => None,
                Outcome::CallFailed { error } | Outcome::PartnerError { error } => Some(error),
            },
            answer: judged.answer,
        })
    }

    pub(crate) async fn own_endpoint(
        &self,
        account: Option<&str>,
        id: EndpointId,
    ) -> Result<Arc<Endpoint>, HubError> {
        let account = self.known_account(account).await?;
        let found = self.store.endpoint(id).await?;
        found
            .filter(|endpoint| endpoint.account == account.id)
            .ok_or(HubError::NoRecord("endpoint", id.0))
    }

    async fn around(&self) -> Result<Around, StoreError> {
        Ok(Around {
            head: self.store.head().await?,
            states: self.store.endpoint_states().await?.into_iter().collect(),
            backlogs: self.store.backlogs().await?,
        })
    }

    fn told_of(&self, endpoint: &Endpoint, around: &Around) -> EndpointInfo {
        let proof = hook_of(endpoint)
            .ok()
            .map(|(_, hook)| hook.proof(&endpoint.settings, &endpoint.secret));
        let (signature, public_key) =
            proof.map_or_else(Default::default, |proof| (proof.kind, proof.public_key));
        let former = endpoint.former.as_ref();
        let former_until = former
            .map(|former| former.until)
            .filter(|until| self.clock.now() < *until);
        EndpointInfo {
            id: endpoint.id,
            dialect: endpoint.dialect.clone(),
            url: endpoint.url.clone(),
            paused: endpoint.disabled,
            settings: names(&endpoint.settings),
            created: clock::text(endpoint.created),
            behind: behind(&endpoint.cursor, &around.head),
            signature: signature.to_owned(),
            public_key,
            former_until: former_until.map(clock::text),
            state: around.standing(endpoint.id),
        }
    }
}

/// What is known of endpoints beside their records.
struct Around {
    head: Vec<FeedPosition>,
    states: HashMap<EndpointId, EndpointState>,
    backlogs: Vec<Backlog>,
}

impl Around {
    fn standing(&self, id: EndpointId) -> EndpointStanding {
        let state = self.states.get(&id).cloned().unwrap_or_default();
        let backlog = self.backlogs.iter().find(|backlog| backlog.endpoint == id);
        EndpointStanding {
            breaker: state.breaker.name().to_owned(),
            since: (state.since > 0).then(|| clock::text(state.since)),
            failures: state.failures,
            rests_until: state.rest.map(clock::text),
            waiting: backlog.map_or(0, |backlog| backlog.waiting),
            parked: backlog.map_or(0, |backlog| backlog.parked),
            oldest: backlog.and_then(|backlog| backlog.oldest).map(clock::text),
            last: state.last.map(|last| LastAnswerInfo {
                at: clock::text(last.at),
                status: (last.status != 0).then_some(last.status),
                accepted: last.accepted,
            }),
            gone: state.gone.map(clock::text),
        }
    }
}

/// The part of an endpoint's dialect that tells it.
pub(crate) fn hook_of(
    endpoint: &Endpoint,
) -> Result<(&'static dyn Dialect, &'static dyn Hook), HubError> {
    let dialect = dialect(&endpoint.dialect)?;
    let name = dialect.name();
    let hook = dialect
        .hook()
        .ok_or(HubError::NoWebhooks { dialect: name })?;
    Ok((dialect, hook))
}

/// Changes between a cursor and the head of the feed.
pub(crate) fn behind(cursor: &[FeedPosition], head: &[FeedPosition]) -> u64 {
    let told: BTreeMap<u16, u64> = cursor.iter().map(|at| (at.shard, at.number)).collect();
    head.iter()
        .map(|at| {
            let told = told.get(&at.shard).copied().unwrap_or_default();
            at.number.saturating_sub(told)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_behind_is_counted_shard_by_shard() {
        let at = |shard, number| FeedPosition { shard, number };
        let head = [at(0, 10), at(1, 5)];
        assert_eq!(behind(&[at(0, 4)], &head), 11);
        assert_eq!(behind(&[at(0, 12), at(1, 5)], &head), 0);
    }
}
