//! One change's messages to one endpoint: encoded, sent, judged, and what failed tried again.
//!
//! Guarantee: at least once. A message counts as told when the receiver accepted it and that is
//! stored; message ids stay the same over all attempts, so that a receiver can drop repeats.
//! Retries follow the dialect's table; after its end a delivery is parked, not lost.

use crate::clock::{self, SECOND};
use crate::metrics::Name;
use crate::outbound::Policy;
use crate::sent::AttemptOutcome;
use crate::{Hub, accounts};
use std::sync::Arc;
use std::time::Duration;
use trackway_dialects::dialect::{Ack, Message, Subscriber};
use trackway_dialects::{Dialect, Hook};
use trackway_model::change::{Change, ChangeKind, FeedPosition};
use trackway_model::view::ShipmentView;
use trackway_store::StoreError;
use trackway_store::records::{Attempt, Delivery, Endpoint, Outcome};

/// How long a claimed retry stays with this node: longer than one message's deadline.
pub(crate) const LEASE: i64 = 60 * SECOND;
/// Characters of a receiver's answer that are kept.
const KEPT_ANSWER: usize = 500;
/// The longest wait that a receiver's `Retry-After` is believed.
const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(24);

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

    /// Whether a change is for this subscriber at all: a replay under another mapping is no news.
    pub fn wants(&self, change: &Change) -> bool {
        change.account == self.endpoint.account && change.kind == ChangeKind::Live
    }
}

/// What became of a change's messages, ready to be stored.
#[derive(Default)]
pub(crate) struct Sent {
    pub failed: Option<Delivery>,
    pub attempts: Vec<Attempt>,
    /// Nothing acceptable came back: the receiver may be down.
    pub unreachable: bool,
}

/// A change's messages to one target.
struct Telling<'a> {
    target: &'a Target,
    position: FeedPosition,
    change: &'a Change,
    view: ShipmentView,
    messages: Vec<Option<u16>>,
}

impl Hub {
    /// Sends a change's messages for the first time; the first that fails stops those after it.
    pub(crate) async fn tell(
        &self,
        target: &Target,
        position: FeedPosition,
        change: &Change,
    ) -> Result<Sent, StoreError> {
        let Some(telling) = self.telling(target, position, change).await? else {
            return Ok(Sent::default());
        };
        let mut sent = Sent::default();
        for message in 0..telling.messages.len() as u16 {
            let (attempt, retry_after) = self.attempt(&telling, message).await;
            let outcome = attempt.outcome.clone();
            sent.attempts.push(attempt);
            if outcome != Outcome::Accepted {
                sent.unreachable = matches!(outcome, Outcome::CallFailed { .. });
                sent.failed = Some(self.again(&telling, message, 1, retry_after));
                break;
            }
        }
        Ok(sent)
    }

    async fn telling<'a>(
        &self,
        target: &'a Target,
        position: FeedPosition,
        change: &'a Change,
    ) -> Result<Option<Telling<'a>>, StoreError> {
        let Some(track) = self.store.track(change.shipment.track()).await? else {
            return Ok(None);
        };
        let name = target.dialect.name();
        let epoch = change.shipment.epoch();
        let mut view = self.view_of(track, epoch, name, &change.statements).await?;
        let messages = target
            .hook
            .tells(self.vocabularies().of(name), change, &view);
        let missing: Vec<u16> = messages
            .iter()
            .flatten()
            .copied()
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
            messages,
        }))
    }

    /// One attempt at one message, and how long the receiver wishes us to wait.
    async fn attempt(&self, telling: &Telling<'_>, message: u16) -> (Attempt, Option<Duration>) {
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
        let outgoing = hook.encode(
            self.vocabularies().of(dialect.name()),
            &Subscriber {
                url: &endpoint.url,
                settings: &endpoint.settings,
                secret: &endpoint.secret,
            },
            &Message {
                id: &id,
                change: telling.change,
                view: &telling.view,
                statement: statement.and_then(|ordinal| telling.view.statement(ordinal)),
                now: at,
            },
        );
        let began = self.clock.monotonic();
        let policy = Policy::of(endpoint.operator);
        let answered = self.outbound.send(outgoing, policy, hook.deadline()).await;
        let took = self.clock.monotonic().saturating_sub(began);
        let (outcome, status, answer, retry_after) = match answered {
            Ok(answered) => {
                let outcome = match hook.judge(&answered.as_answer()) {
                    Ack::Accepted => Outcome::Accepted,
                    Ack::CallFailed(error) => Outcome::CallFailed { error },
                    Ack::PartnerError(error) => Outcome::PartnerError { error },
                };
                let retry_after = answered.retry_after_s.map(Duration::from_secs);
                (
                    outcome,
                    answered.status,
                    beginning(&answered.body),
                    retry_after,
                )
            }
            Err(error) => (
                Outcome::CallFailed {
                    error: error.to_string(),
                },
                0,
                String::new(),
                None,
            ),
        };
        self.observe(dialect.name(), endpoint, &outcome, status, took);
        let attempt = Attempt {
            endpoint: endpoint.id,
            position: *position,
            message,
            shipment: telling.change.shipment,
            at,
            took_us: took.as_micros() as u64,
            outcome,
            status,
            answer,
        };
        (attempt, retry_after)
    }

    /// What is left of a change's messages after `attempts` failed ones in a row.
    fn again(
        &self,
        telling: &Telling<'_>,
        done: u16,
        attempts: u32,
        retry_after: Option<Duration>,
    ) -> Delivery {
        let table = telling.target.hook.retries();
        let wait = table.get(attempts.saturating_sub(1) as usize);
        let told = retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
        let due = wait.map(|wait| self.clock.now() + clock::micros((*wait).max(told)));
        if due.is_none() {
            let dialect = telling.target.dialect.name();
            self.metrics.count(Name::Parked, &[dialect.into()], 1);
            let endpoint = telling.target.endpoint.id.0;
            tracing::warn!(
                endpoint,
                attempts,
                "a message was parked after its last attempt"
            );
        }
        Delivery {
            endpoint: telling.target.endpoint.id,
            position: telling.position,
            shipment: telling.change.shipment,
            due,
            attempts,
            done,
        }
    }

    /// Tries a delivery again, from the first message that was not accepted.
    pub(crate) async fn retry(
        &self,
        target: &Target,
        delivery: Delivery,
    ) -> Result<(), StoreError> {
        let (endpoint, position) = (delivery.endpoint, delivery.position);
        let Some(change) = self.store.change(position).await? else {
            return self
                .give_up(delivery, "the feed no longer holds the change")
                .await;
        };
        let Some(telling) = self.telling(target, position, &change).await? else {
            return self
                .give_up(delivery, "the shipment is no longer held")
                .await;
        };
        let count = telling.messages.len() as u16;
        if delivery.done >= count {
            return self
                .give_up(delivery, "the mapping in force makes no message of it")
                .await;
        }
        for message in delivery.done..count {
            let (attempt, retry_after) = self.attempt(&telling, message).await;
            let accepted = attempt.outcome == Outcome::Accepted;
            let left = if !accepted {
                let attempts = if message == delivery.done {
                    delivery.attempts + 1
                } else {
                    1
                };
                Some(self.again(&telling, message, attempts, retry_after))
            } else if message + 1 < count {
                // Stays claimed while we go on with the next message.
                let due = Some(self.clock.now() + LEASE);
                Some(Delivery {
                    done: message + 1,
                    attempts: 0,
                    due,
                    ..delivery.clone()
                })
            } else {
                None
            };
            self.store
                .settle_delivery(endpoint, position, left, attempt)
                .await?;
            if !accepted {
                break;
            }
        }
        Ok(())
    }

    /// Takes a delivery off the table that can never be sent, and says why in the log of attempts.
    async fn give_up(&self, delivery: Delivery, why: &str) -> Result<(), StoreError> {
        let attempt = Attempt {
            endpoint: delivery.endpoint,
            position: delivery.position,
            message: delivery.done,
            shipment: delivery.shipment,
            at: self.clock.now(),
            took_us: 0,
            outcome: Outcome::CallFailed {
                error: why.to_owned(),
            },
            status: 0,
            answer: String::new(),
        };
        self.store
            .settle_delivery(delivery.endpoint, delivery.position, None, attempt)
            .await
    }
}

fn beginning(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(4 * KEPT_ANSWER)])
        .chars()
        .filter(|c| *c != '\0')
        .take(KEPT_ANSWER)
        .collect()
}

impl Hub {
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
