//! Telling subscribers what changed.
//!
//! Guarantee: at least once, in the order of the feed for each shipment or record. A message counts as told
//! when the receiver accepted it and that is stored; the next one of its subject goes out after
//! that, so a crash repeats only what was in flight or waited to be stored. Ids and sequence numbers
//! stay the same over all attempts, so that a receiver can drop repeats. Retries follow the
//! dialect's table; after its end a message is parked, not lost.
//!
//! One lane an endpoint, on one node at a time: a slow or dead endpoint delays no other.
//!
//! ```text
//! feed ─live─> lane: passed · queue · breaker · pace ─send─> receiver
//!   (read once)  ^        what became of it ──settle──> store (one transaction for many lanes)
//!                └─keeper: leases, endpoints that come, change and go
//! ```
//!
//! `retry`, `breaker`, `pace`, `queue` and `passed` are pure; `lane` puts them together; this file
//! encodes a message about a shipment and sends it, `record` makes those about records.

mod breaker;
pub(crate) mod keeper;
mod lane;
mod live;
mod own;
mod pace;
mod passed;
mod queue;
mod record;
pub(crate) mod retry;
mod settle;

use crate::judged::Judged;
use crate::metrics::Name;
use crate::outbound::Policy;
use crate::sent::AttemptOutcome;
use crate::{Hub, accounts, views};
use own::Own;
use queue::Item;
use std::sync::Arc;
use std::time::Duration;
use trackway_dialects::dialect::{Message, RecordHook, Subscriber};
use trackway_dialects::{Dialect, Hook, Outgoing};
use trackway_model::change::{Change, FeedPosition, ShipmentChange, Subject};
use trackway_model::view::ShipmentView;
use trackway_store::StoreError;
use trackway_store::records::{Attempt, Endpoint, Outcome};

/// The stable id of a message; has no `.` in it and looks like a UUID.
pub(crate) fn message_id(endpoint: &Endpoint, at: FeedPosition, message: u16) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("trackway 2026-11 message ids");
    hasher
        .update(&endpoint.id.0.to_le_bytes())
        .update(&endpoint.created.to_le_bytes());
    hasher
        .update(&at.shard.to_le_bytes())
        .update(&at.number.to_le_bytes());
    hasher.update(&message.to_le_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes)
        .into_uuid()
        .to_string()
}

/// Messages of one change that sequence numbers tell apart: a change has as many statements as one
/// commit brought of one shipment.
const MESSAGES: u64 = 1 << 12;

/// The sequence number of a message: grows with the feed, and with the messages of one change. A
/// shipment's changes are numbered by one shard, and the number stays below 2^53, what a double
/// holds exactly, for the first 2^41 changes.
pub(crate) const fn sequence(at: FeedPosition, message: u16) -> u64 {
    let message = message as u64;
    let message = if message < MESSAGES {
        message
    } else {
        MESSAGES - 1
    };
    at.number * MESSAGES + message
}

/// A subscriber with the part of its dialect that tells it.
#[derive(Clone)]
pub(crate) struct Target {
    pub endpoint: Arc<Endpoint>,
    pub dialect: &'static dyn Dialect,
    pub hook: &'static dyn Hook,
}

impl Target {
    /// None for a disabled endpoint or one whose dialect tells nothing.
    pub fn of(endpoint: Arc<Endpoint>) -> Option<Self> {
        let dialect = accounts::dialect(&endpoint.dialect).ok()?;
        let hook = dialect.hook()?;
        (!endpoint.disabled).then_some(Self {
            endpoint,
            dialect,
            hook,
        })
    }

    pub fn concerns(&self, change: &Change) -> bool {
        concerns(&self.endpoint, self.hook.records(), change)
    }
}

/// What an endpoint's dialect tells of records; None: nothing.
pub(crate) fn records_of(endpoint: &Endpoint) -> Option<&'static dyn RecordHook> {
    accounts::dialect(&endpoint.dialect).ok()?.hook()?.records()
}

/// Whether a change is news to an endpoint, as far as can be seen without reading more. A replay under
/// another mapping is none, nor is a record's change to a dialect that knows no records, or that its
/// settings leave out.
pub(crate) fn concerns(
    endpoint: &Endpoint,
    records: Option<&dyn RecordHook>,
    change: &Change,
) -> bool {
    change.account() == endpoint.account
        && change.is_news()
        && live::is_told(records, &endpoint.settings, change)
}

/// Whether two states of an endpoint are told alike.
fn is_like(one: &Endpoint, other: &Endpoint) -> bool {
    one.url == other.url
        && one.operator == other.operator
        && one.disabled == other.disabled
        && one.settings == other.settings
}

/// What came of a try to send an item's next message.
pub(crate) enum Told {
    /// There is none, and why.
    Nothing(&'static str),
    Message {
        attempt: Attempt,
        /// How long the receiver wishes us to wait.
        retry_after: Option<Duration>,
        /// The change makes more messages behind this one.
        more: bool,
    },
}

/// Why a message is not sent that the dialect does not make for this endpoint.
const LEFT_OUT: &str = "the endpoint's settings leave it out, or its words are gone";

/// A message made for one target.
struct Draft {
    subject: Subject,
    position: FeedPosition,
    /// Which of the change's messages.
    message: u16,
    at: i64,
    outgoing: Outgoing,
}

/// The messages of a shipment's change to one target.
struct Telling<'a> {
    target: &'a Target,
    position: FeedPosition,
    change: &'a ShipmentChange,
    view: ShipmentView,
    own: Own,
    messages: Vec<Option<u16>>,
}

impl Hub {
    /// Sends an item's first message that was not accepted.
    async fn send_next(&self, target: &Target, item: &Item) -> Result<Told, StoreError> {
        let change = match &item.change {
            Some(change) => change.clone(),
            None => match self.store.change(item.position).await? {
                Some(change) => Arc::new(change),
                None => return Ok(Told::Nothing("the feed no longer holds the change")),
            },
        };
        match &*change {
            Change::Shipment(change) => self.tell_shipment(target, item, change).await,
            Change::Record(change) => self.tell_record(target, item, change).await,
        }
    }

    /// Sends the first message about a shipment's change that was not accepted.
    async fn tell_shipment(
        &self,
        target: &Target,
        item: &Item,
        change: &ShipmentChange,
    ) -> Result<Told, StoreError> {
        let Some(telling) = self.telling(target, item.position, change).await? else {
            return Ok(Told::Nothing("the shipment is no longer held"));
        };
        if usize::from(item.done) >= telling.messages.len() {
            return Ok(Told::Nothing("the mapping in force makes no message of it"));
        }
        let Some(draft) = self.draft(&telling, item.done) else {
            return Ok(Told::Nothing(LEFT_OUT));
        };
        let more = usize::from(item.done) + 1 < telling.messages.len();
        Ok(self.send(target, draft, more).await)
    }

    async fn telling<'a>(
        &self,
        target: &'a Target,
        position: FeedPosition,
        change: &'a ShipmentChange,
    ) -> Result<Option<Telling<'a>>, StoreError> {
        let Some(track) = self.store.track(change.shipment.track()).await? else {
            return Ok(None);
        };
        let own = self.own(target, change).await?;
        let name = target.dialect.name();
        let epoch = change.shipment.epoch();
        let mut view = self.view_of(track, epoch, name, &change.statements).await?;
        let messages = match own {
            Some(_) => target
                .hook
                .tells(self.vocabularies().of(name), change, &view),
            // Another's registration, or nobody's.
            None => Vec::new(),
        };
        let mut needed: Vec<u16> = messages.iter().flatten().copied().collect();
        if !messages.is_empty() && target.hook.tells_history() {
            needed.extend(views::told(&view));
        }
        let missing: Vec<u16> = needed
            .into_iter()
            .filter(|o| view.statement(*o).is_none())
            .collect();
        if !missing.is_empty() {
            view.statements
                .extend(self.store.statements(&view.track, &missing).await?);
        }
        Ok(Some(Telling {
            target,
            position,
            change,
            view,
            own: own.unwrap_or_default(),
            messages,
        }))
    }

    /// A shipment's message; None where the dialect makes none for this endpoint.
    fn draft(&self, telling: &Telling<'_>, message: u16) -> Option<Draft> {
        let Telling {
            target:
                Target {
                    endpoint,
                    dialect,
                    hook,
                },
            position,
            ..
        } = telling;
        let statement = telling.messages[usize::from(message)];
        let at = self.clock.now();
        let id = message_id(endpoint, *position, message);
        let told = Message {
            id: &id,
            sequence: sequence(*position, message),
            change: telling.change,
            view: &telling.view,
            statement: statement.and_then(|ordinal| telling.view.statement(ordinal)),
            registration: telling.own.registration(),
            now: at,
        };
        let outgoing = hook.encode(
            self.vocabularies().of(dialect.name()),
            &Subscriber {
                url: telling.own.url.as_deref().unwrap_or(&endpoint.url),
                settings: &endpoint.settings,
                secret: &endpoint.secret,
                former: endpoint.former_at(at),
            },
            &told,
        )?;
        Some(Draft {
            subject: Subject::Shipment(telling.change.shipment),
            position: *position,
            message,
            at,
            outgoing,
        })
    }

    /// One attempt at one message. `more`: the change makes more of them behind this one.
    async fn send(&self, target: &Target, draft: Draft, more: bool) -> Told {
        let Target {
            endpoint,
            dialect,
            hook,
        } = target;
        let policy = Policy::of(endpoint.operator);
        let judged = self.send_message(*hook, draft.outgoing, policy).await;
        let Judged {
            outcome,
            status,
            answer,
            retry_after,
            took,
        } = judged;
        self.observe(dialect.name(), endpoint, &outcome, status, took);
        let attempt = Attempt {
            endpoint: endpoint.id,
            position: draft.position,
            message: draft.message,
            subject: draft.subject,
            at: draft.at,
            took_us: took.as_micros() as u64,
            outcome,
            status,
            answer,
        };
        Told::Message {
            attempt,
            retry_after,
            more,
        }
    }

    /// Why an item can never be sent, for the log of attempts.
    fn given_up(&self, endpoint: &Endpoint, subject: Subject, item: &Item, why: &str) -> Attempt {
        Attempt {
            endpoint: endpoint.id,
            position: item.position,
            message: item.done,
            subject,
            at: self.clock.now(),
            took_us: 0,
            outcome: Outcome::CallFailed {
                error: why.to_owned(),
            },
            status: 0,
            answer: String::new(),
        }
    }

    fn observe(
        &self,
        dialect: &'static str,
        endpoint: &Endpoint,
        outcome: &Outcome,
        status: u16,
        took: Duration,
    ) {
        let label = AttemptOutcome::of(outcome).name();
        let labels = [dialect.into(), label.into()];
        self.metrics.count(Name::Deliveries, &labels, 1);
        self.metrics
            .observe(Name::DeliverySeconds, &labels[..1], took);
        if *outcome != Outcome::Accepted {
            tracing::info!(
                endpoint = endpoint.id.0,
                dialect,
                status,
                outcome = label,
                "not delivered"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequence_numbers_grow_and_a_double_holds_them() {
        let at = |number| FeedPosition { shard: 0, number };
        let all = [
            sequence(at(1), 0),
            sequence(at(1), 1),
            sequence(at(1), 4_095),
            sequence(at(2), 0),
            sequence(at((1 << 41) - 1), 4_095),
        ];
        assert!(all.is_sorted_by(|one, next| one < next), "{all:?}");
        assert_eq!(all[4], (1 << 53) - 1);
    }
}
