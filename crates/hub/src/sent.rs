//! What became of messages to subscribers, for people who look for the one that did not arrive:
//! what is still open, with every attempt at it, and the log of all attempts.
//!
//! Contract: reads only, for one account. A page reads a bounded part of the log; one that found
//! little says where to go on.

use crate::error::HubError;
use crate::resend::delivery_id;
use crate::{Hub, clock, deliver};
use futures::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;
use trackway_model::change::{FeedPosition, Subject};
use trackway_model::orders::{Kind, RecordId};
use trackway_model::{AccountId, EndpointId, ShipmentId};
use trackway_store::StoreError;
use trackway_store::records::{Attempt, Delivery, Endpoint, Outcome};
pub use trackway_store::records::{ChunkMark, OpenDeliveries};
use utoipa::ToSchema;

/// Chunks of the log that one page reads, and how many at a time.
const MOST_CHUNKS: usize = 512;
const CHUNKS: usize = 32;
/// Deliveries whose attempts are read side by side.
const AT_ONCE: usize = 8;

/// Messages about one change that an endpoint has not accepted yet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OpenDelivery {
    /// Under which it is sent again.
    pub id: String,
    #[schema(value_type = i64)]
    pub endpoint: EndpointId,
    #[schema(value_type = Named)]
    #[serde(flatten, serialize_with = "named")]
    pub subject: Subject,
    /// The change's place in the feed: shard and number.
    pub position: String,
    pub state: DeliveryState,
    /// When it is tried next; null where it is parked or waits.
    pub next_attempt: Option<String>,
    /// Attempts in a row that failed.
    pub failures: u32,
    /// Messages of the change that were accepted already.
    pub accepted: u16,
    /// Oldest first, as far as they are still kept.
    pub attempts: Vec<AttemptInfo>,
}

/// What a message is about: one of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Named {
    /// The shipment's id.
    #[schema(value_type = String)]
    #[serde(serialize_with = "as_text")]
    Shipment(ShipmentId),
    /// An order, a shipment of one, stock, or another record.
    Record {
        #[schema(value_type = String, example = "order")]
        kind: Kind,
        #[schema(value_type = i64)]
        id: RecordId,
    },
}

fn named<S: serde::Serializer>(subject: &Subject, serializer: S) -> Result<S::Ok, S::Error> {
    let named = match *subject {
        Subject::Shipment(id) => Named::Shipment(id),
        Subject::Record(kind, id) => Named::Record { kind, id },
    };
    named.serialize(serializer)
}

/// What happens next to an open delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is tried again.
    Retrying,
    /// An earlier message of its subject is tried again first.
    Waiting,
    /// Every attempt failed: it stays until somebody has it sent again, or until the endpoint
    /// answers well again.
    Parked,
    /// Its endpoint is paused.
    Paused,
}

/// One attempt to deliver a message.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AttemptInfo {
    /// The delivery's id, under which it is sent again.
    pub delivery: String,
    #[schema(value_type = i64)]
    pub endpoint: EndpointId,
    #[schema(value_type = Named)]
    #[serde(flatten, serialize_with = "named")]
    pub subject: Subject,
    pub position: String,
    /// The same over all attempts, as the receiver sees it; null once the endpoint was removed.
    pub message_id: Option<String>,
    pub at: String,
    pub took_ms: u64,
    pub outcome: AttemptOutcome,
    /// HTTP status; null where none came.
    pub status: Option<u16>,
    pub error: Option<String>,
    /// The beginning of what the receiver answered.
    pub answer: String,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttemptOutcome {
    Accepted,
    /// Nothing acceptable came back.
    CallFailed,
    /// The receiver's system answered an error of its own.
    PartnerError,
}

impl AttemptOutcome {
    pub const ALL: [Self; 3] = [Self::Accepted, Self::CallFailed, Self::PartnerError];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::CallFailed => "call_failed",
            Self::PartnerError => "partner_error",
        }
    }

    pub(crate) const fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Accepted => Self::Accepted,
            Outcome::CallFailed { .. } => Self::CallFailed,
            Outcome::PartnerError { .. } => Self::PartnerError,
        }
    }
}

/// Which attempts are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptFilter {
    pub endpoint: Option<EndpointId>,
    pub subject: Option<Subject>,
    pub outcome: Option<AttemptOutcome>,
    /// Microseconds since the epoch, both ends included.
    pub from: i64,
    pub to: i64,
}

impl AttemptFilter {
    fn fits(&self, attempt: &Attempt) -> bool {
        (self.from..=self.to).contains(&attempt.at)
            && self.endpoint.is_none_or(|id| id == attempt.endpoint)
            && self.subject.is_none_or(|wanted| wanted == attempt.subject)
            && self
                .outcome
                .is_none_or(|wanted| wanted == AttemptOutcome::of(&attempt.outcome))
    }
}

/// A place in the log: a chunk, and how many of its attempts were passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPlace {
    pub chunk: ChunkMark,
    pub passed: u32,
}

/// Where a reader of open deliveries is.
pub type OpenPlace = (EndpointId, FeedPosition);

impl Hub {
    /// A page of what is open, in the order of endpoint and position, and where the next begins.
    pub async fn open_deliveries(
        &self,
        account: AccountId,
        wanted: &OpenDeliveries,
        limit: usize,
    ) -> Result<(Vec<OpenDelivery>, Option<OpenPlace>), HubError> {
        let mut rows = self
            .store
            .open_deliveries(account, wanted, limit + 1)
            .await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().map(|row| (row.endpoint, row.position));
        let endpoints = self.endpoints_of(account).await?;
        let page = stream::iter(rows)
            .map(|row| self.open_delivery(row, &endpoints))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        Ok((page, next.filter(|_| more)))
    }

    async fn open_delivery(
        &self,
        row: Delivery,
        endpoints: &HashMap<EndpointId, Arc<Endpoint>>,
    ) -> Result<OpenDelivery, StoreError> {
        let attempts = self.store.attempts_of(row.endpoint, row.position).await?;
        let endpoint = endpoints.get(&row.endpoint);
        let state = match (row.parked, row.due) {
            (Some(_), _) => DeliveryState::Parked,
            _ if endpoint.is_some_and(|endpoint| endpoint.disabled) => DeliveryState::Paused,
            (None, Some(_)) => DeliveryState::Retrying,
            (None, None) => DeliveryState::Waiting,
        };
        Ok(OpenDelivery {
            id: delivery_id(row.endpoint, row.position),
            endpoint: row.endpoint,
            subject: row.subject,
            position: position(row.position),
            state,
            next_attempt: row.due.filter(|_| row.parked.is_none()).map(clock::text),
            failures: row.attempts,
            accepted: row.done,
            attempts: attempts
                .into_iter()
                .map(|attempt| AttemptInfo::of(attempt, endpoint.map(Arc::as_ref)))
                .collect(),
        })
    }

    /// A page of the log of attempts, newest first, and where the next begins.
    pub async fn attempt_log(
        &self,
        account: AccountId,
        filter: &AttemptFilter,
        from: Option<LogPlace>,
        limit: usize,
    ) -> Result<(Vec<AttemptInfo>, Option<LogPlace>), HubError> {
        let endpoints = self.endpoints_of(account).await?;
        let window = (filter.from, filter.to);
        let mut page = Vec::new();
        // A chunk that was begun is read again, from where its reader was.
        let passed = |mark: ChunkMark| match from {
            Some(place) if place.chunk == mark.after() => place.passed as usize,
            _ => 0,
        };
        let mut before = from.map_or(ChunkMark::NEWEST, |place| place.chunk);
        for _ in 0..MOST_CHUNKS / CHUNKS {
            let chunks = self
                .store
                .attempts_before(account, window, before, CHUNKS)
                .await?;
            let is_last = chunks.len() < CHUNKS;
            for (mark, mut attempts) in chunks {
                attempts.sort_by_key(|attempt| std::cmp::Reverse(attempt.at));
                for (place, attempt) in attempts.into_iter().enumerate().skip(passed(mark)) {
                    if !filter.fits(&attempt) {
                        continue;
                    }
                    if page.len() == limit {
                        let place = LogPlace {
                            chunk: mark.after(),
                            passed: place as u32,
                        };
                        return Ok((page, Some(place)));
                    }
                    let endpoint = endpoints.get(&attempt.endpoint).map(Arc::as_ref);
                    page.push(AttemptInfo::of(attempt, endpoint));
                }
                before = mark;
            }
            if is_last {
                return Ok((page, None));
            }
        }
        let place = LogPlace {
            chunk: before,
            passed: 0,
        };
        Ok((page, Some(place)))
    }

    async fn endpoints_of(
        &self,
        account: AccountId,
    ) -> Result<HashMap<EndpointId, Arc<Endpoint>>, StoreError> {
        let endpoints = self.store.endpoints().await?;
        let own = endpoints
            .into_iter()
            .filter(|endpoint| endpoint.account == account);
        Ok(own.map(|endpoint| (endpoint.id, endpoint)).collect())
    }
}

impl AttemptInfo {
    fn of(attempt: Attempt, endpoint: Option<&Endpoint>) -> Self {
        let message_id = endpoint
            .map(|endpoint| deliver::message_id(endpoint, attempt.position, attempt.message));
        let outcome = AttemptOutcome::of(&attempt.outcome);
        let error = match attempt.outcome {
            Outcome::Accepted => None,
            Outcome::CallFailed { error } | Outcome::PartnerError { error } => Some(error),
        };
        Self {
            delivery: delivery_id(attempt.endpoint, attempt.position),
            endpoint: attempt.endpoint,
            subject: attempt.subject,
            position: position(attempt.position),
            message_id,
            at: clock::text(attempt.at),
            took_ms: attempt.took_us / 1_000,
            outcome,
            status: (attempt.status != 0).then_some(attempt.status),
            error,
            answer: attempt.answer,
        }
    }
}

pub(crate) fn position(at: FeedPosition) -> String {
    format!("{}-{}", at.shard, at.number)
}

/// Ids of shipments pass what a double can hold.
fn as_text<S: serde::Serializer>(id: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}
