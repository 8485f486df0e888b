//! What an attempt came to: what is kept of a message, and when it goes on.

use super::super::breaker::{self, Signal};
use super::super::queue::Item;
use super::super::{Told, retry};
use super::{Flown, Lane, STORE_WAIT};
use crate::clock;
use crate::metrics::Name;
use std::time::Duration;
use tokio::task::JoinError;
use trackway_model::change::Subject;
use trackway_store::lanes::Breaker;
use trackway_store::records::{Attempt, Outcome};

impl Lane {
    pub(super) fn landed(&mut self, landed: Result<Flown, JoinError>) {
        let Flown {
            subject,
            item,
            told,
        } = match landed {
            Ok(flown) => flown,
            Err(error) => {
                // The next lane goes on from what is stored.
                tracing::error!(%error, endpoint = self.lease.endpoint.0, "a message was dropped");
                self.over = true;
                return;
            }
        };
        match told {
            Ok(Told::Message {
                attempt,
                retry_after,
                more,
            }) => self.judge(subject, item, attempt, retry_after, more),
            Ok(Told::Nothing(why)) if item.stored => {
                let endpoint = &self.target.endpoint;
                let given_up = self.shared.hub.given_up(endpoint, subject, &item, why);
                self.pending.attempts.push(given_up);
                self.finish(subject, &item);
            }
            // It goes with the cursor, whenever that is stored.
            Ok(Told::Nothing(_)) => {
                self.passed.settle(item.position);
                self.queue.finish(subject, item.position);
                self.queue.release(subject);
            }
            Err(error) => {
                tracing::warn!(%error, endpoint = self.lease.endpoint.0, "a message waits for the store");
                let due = self.now() + STORE_WAIT;
                let held = self.queue.put_back(subject, Item { due, ..item });
                self.hold(subject, held);
                self.queue.release(subject);
            }
        }
    }

    fn judge(
        &mut self,
        subject: Subject,
        item: Item,
        attempt: Attempt,
        told: Option<Duration>,
        more: bool,
    ) {
        let (now, status) = (self.now(), attempt.status);
        let drawn = u64::from_le_bytes(self.shared.hub.random());
        let signal = Signal::of(&attempt.outcome, status, told);
        let before = self.state.breaker;
        self.state = breaker::after(&self.state, signal, status, now, drawn);
        if self.state.breaker != before {
            let (endpoint, breaker) = (self.lease.endpoint.0, self.state.breaker.name());
            tracing::info!(endpoint, breaker, "the breaker of an endpoint turned");
            if self.state.breaker == Breaker::Closed {
                // What failed while nobody was there need not wait for its next turn.
                self.queue.hurry(now);
            }
        }
        let took = Duration::from_micros(attempt.took_us);
        let is_accepted = attempt.outcome == Outcome::Accepted;
        self.pending.state = true;
        self.pending.attempts.push(attempt);
        if is_accepted {
            self.pace.accepted(took, self.flights.len() + 1);
            self.well = true;
            self.accepted(subject, item, more, now);
            return;
        }
        if signal != Signal::Refused {
            self.pace.failed();
        }
        if signal == Signal::Gone {
            tracing::warn!(
                endpoint = self.lease.endpoint.0,
                "the receiver is gone: disabled"
            );
            self.pending.disable = true;
            self.over = true;
        }
        self.failed(subject, item, told, now, drawn);
    }

    fn accepted(&mut self, subject: Subject, item: Item, more: bool, now: i64) {
        if !more {
            return self.finish(subject, &item);
        }
        let next = Item {
            done: item.done + 1,
            attempts: 0,
            due: now,
            ..item
        };
        self.keep(subject, next);
    }

    fn failed(
        &mut self,
        subject: Subject,
        item: Item,
        told: Option<Duration>,
        now: i64,
        drawn: u64,
    ) {
        if let Some(parked) = item.parked {
            return self.park(subject, item, parked, retry::parked_again(parked, now));
        }
        // An attempt that something new made early does not use its table up.
        if let Some(due) = item.table.filter(|due| *due > now) {
            return self.keep(subject, Item { due, ..item });
        }
        let attempts = item.attempts + 1;
        let item = Item { attempts, ..item };
        let hub = &self.shared.hub;
        let set = |name: &str| hub.config.settings.get(name).cloned();
        let table = self.target.hook.retries_as_set(&set);
        if let Some(wait) = retry::wait(table, attempts, told, drawn) {
            let due = now.saturating_add(clock::micros(wait));
            return self.keep(subject, Item { due, ..item });
        }
        let dialect = self.target.dialect.name();
        self.shared
            .hub
            .metrics
            .count(Name::Parked, &[dialect.into()], 1);
        let endpoint = self.lease.endpoint.0;
        tracing::warn!(
            endpoint,
            attempts,
            "a message was parked after its last attempt"
        );
        self.park(subject, item, now, now);
    }

    /// Has an item kept with another state; it goes on once that is stored.
    fn keep(&mut self, subject: Subject, item: Item) {
        let item = Item {
            stored: true,
            table: None,
            ..item
        };
        self.passed.settle(item.position);
        let kept = self.delivery(subject, &item, Some(item.due));
        self.pending.kept.push(kept);
        let held = self.queue.put_back(subject, item);
        self.hold(subject, held);
        self.pending.release.push(subject);
    }

    fn park(&mut self, subject: Subject, item: Item, parked: i64, due: i64) {
        self.parked_due = self.parked_due.min(due);
        self.passed.settle(item.position);
        self.queue.finish(subject, item.position);
        let item = Item {
            parked: Some(parked),
            ..item
        };
        let kept = self.delivery(subject, &item, Some(due));
        self.pending.kept.push(kept);
        self.pending.release.push(subject);
    }

    /// Nothing is left to do of an item.
    fn finish(&mut self, subject: Subject, item: &Item) {
        self.passed.settle(item.position);
        self.queue.finish(subject, item.position);
        if item.stored {
            self.pending.over.push(item.position);
        }
        self.pending.release.push(subject);
    }
}
