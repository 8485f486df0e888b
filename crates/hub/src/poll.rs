//! Asks upstreams about numbers that are due.
//!
//! Guarantee: a poll that was claimed comes due again by itself when this node dies, when the
//! upstream is out and when our own store refuses: nothing is ever taken off the list by a failure.
//! The claim pushes the due time back by a lease; no work happens inside the claiming transaction.
//! Each connection has a few calls in flight at most, and a bounded queue before them: a slow
//! upstream delays its own numbers only.

use crate::Hub;
use crate::clock::SECOND;
use crate::due::DueWork;
use crate::metrics::Name;
use crate::outbound::{Answered, Policy, SendError};
use crate::schedule::{self, Trouble};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use trackway_dialects::dialect::{Parcel, Parsed, Upstream};
use trackway_dialects::{Call, CallError, registry};
use trackway_model::intake::{Content, Intake, Verified};
use trackway_model::{ConnectionId, Stage};
use trackway_store::StoreError;
use trackway_store::records::{Connection, Poll};

/// Longer than the longest wait in a connection's queue and the call itself.
const LEASE: i64 = 15 * 60 * SECOND;
/// One deadline over connecting, headers and body.
const DEADLINE: Duration = Duration::from_secs(20);
/// Calls in flight to one connection.
const AT_ONCE: usize = 4;
/// Polls that wait for one of those; the next one is put back for a while.
const QUEUE: usize = 64;
const PUT_BACK: i64 = 30 * SECOND;
/// A paused or unknown connection is looked at again after this.
const PAUSED: i64 = 10 * 60 * SECOND;

/// What an upstream's answer said of the shipment.
struct Learned {
    stage: Stage,
    /// Assumed instant of the last happening; read only for final stages.
    last: i64,
    again: Again,
}

/// Why an answer brought nothing.
pub(crate) struct Failed {
    pub trouble: Trouble,
    pub retry_after: Option<Duration>,
    pub why: String,
    /// HTTP status, where an answer came.
    pub status: Option<u16>,
}

/// What an upstream answered about one parcel.
pub(crate) struct Heard {
    pub parsed: Parsed,
    pub status: u16,
    /// When it was asked.
    pub asked: i64,
    pub again: Again,
}

/// When to ask again after an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Again {
    BySchedule,
    /// The simulation knows; None: it has told all.
    At(Option<i64>),
}

/// The polls of every connection.
pub(crate) struct Polling {
    hub: Arc<Hub>,
    places: HashMap<ConnectionId, Arc<Semaphore>>,
}

impl Polling {
    pub fn of(hub: Arc<Hub>) -> Self {
        Self {
            hub,
            places: HashMap::new(),
        }
    }
}

impl DueWork for Polling {
    const WHAT: &'static str = "polls";
    const IN_MEMORY: usize = 1_024;

    async fn next(&self) -> Result<Option<i64>, StoreError> {
        self.hub.store.next_poll().await
    }

    async fn launch(
        &mut self,
        want: usize,
        flights: &mut JoinSet<()>,
    ) -> Result<usize, StoreError> {
        let claimed = self
            .hub
            .store
            .claim_polls(self.hub.clock.now(), LEASE, want)
            .await?;
        let count = claimed.len();
        for poll in claimed {
            let place = self
                .places
                .entry(poll.connection)
                .or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE)))
                .clone();
            // Besides this one and the table's, every other handle is a poll that runs or waits.
            let before_us = Arc::strong_count(&place) - 2;
            flights.spawn(wait_and_ask(self.hub.clone(), place, before_us, poll));
        }
        Ok(count)
    }

    async fn bell(&self) {
        self.hub.polls_bell.notified().await;
    }
}

async fn wait_and_ask(hub: Arc<Hub>, place: Arc<Semaphore>, before_us: usize, poll: Poll) {
    if before_us >= QUEUE + AT_ONCE {
        let due = Some(hub.clock.now() + PUT_BACK);
        return settle(&hub, Poll { due, ..poll }).await;
    }
    let Ok(_place) = place.acquire().await else {
        return;
    };
    ask(&hub, poll).await;
}

/// Asks about one number and says when to ask again.
pub(crate) async fn ask(hub: &Hub, mut poll: Poll) {
    let connection = match hub.store.connection(poll.connection).await {
        Ok(Some(connection)) if !connection.paused => connection,
        Ok(_) => {
            poll.due = Some(hub.clock.now() + PAUSED);
            return settle(hub, poll).await;
        }
        Err(error) => return tracing::warn!(%error, "a connection could not be read"),
    };
    let Some(dialect) = registry::find(&connection.dialect) else {
        poll.due = None;
        return settle(hub, poll).await;
    };
    let Some(call) = dialect.call() else {
        poll.due = None;
        return settle(hub, poll).await;
    };
    let began = hub.clock.monotonic();
    let outcome = learn(hub, call, dialect.name(), &connection, &poll).await;
    let took = hub.clock.monotonic().saturating_sub(began);
    let label = outcome
        .as_ref()
        .map_or_else(|failed| failed.trouble.name(), |_| "answered");
    let labels = [dialect.name().into(), label.into()];
    hub.metrics.count(Name::Polls, &labels, 1);
    hub.metrics.observe(Name::PollSeconds, &labels[..1], took);
    let now = hub.clock.now();
    match outcome {
        Ok(learned) => {
            poll.failures = 0;
            poll.due = match learned.again {
                Again::BySchedule => {
                    schedule::after_answer(poll.track, now, learned.stage, learned.last)
                }
                Again::At(due) => due,
            };
        }
        Err(failed) => {
            poll.failures = poll.failures.saturating_add(1);
            let Failed {
                trouble,
                retry_after,
                why,
                ..
            } = failed;
            poll.due =
                schedule::after_trouble(poll.track, now, trouble, poll.failures, retry_after);
            tracing::info!(
                connection = connection.id.0,
                track = poll.track.0,
                failures = poll.failures,
                trouble = trouble.name(),
                why,
                "a poll brought nothing"
            );
        }
    }
    settle(hub, poll).await;
}

/// If the store refuses, the lease runs out and the poll comes due again.
async fn settle(hub: &Hub, poll: Poll) {
    if let Err(error) = hub.store.settle_poll(&poll).await {
        tracing::warn!(%error, track = poll.track.0, "a poll could not be settled; it comes again");
    }
}

async fn learn(
    hub: &Hub,
    call: &dyn Call,
    dialect: &'static str,
    connection: &Connection,
    poll: &Poll,
) -> Result<Learned, Failed> {
    let parcel = Parcel {
        carrier: &poll.carrier,
        number: &poll.number,
    };
    let Heard {
        parsed,
        asked,
        again,
        ..
    } = hear(hub, call, dialect, connection, &parcel).await?;
    let strange = parsed.warnings.len() as u64;
    hub.metrics
        .count(Name::Warnings, &[dialect.into()], strange);
    let intake = Intake {
        account: poll.account,
        connection: connection.id,
        carrier: poll.carrier.clone(),
        number: poll.number.clone(),
        // An answer tells what was known when it was asked for: a webhook that comes in while it is
        // on its way is newer.
        received: asked,
        content: Content::Document(parsed.answer),
    };
    // Verified: we asked this upstream ourselves, at the address that its connection names.
    let receipts = hub
        .ingest(Verified::attest(vec![intake]))
        .await
        .map_err(|e| Failed::store(&e))?;
    let stage = receipts
        .first()
        .map_or(Stage::Unknown, |receipt| receipt.stage);
    let last = if stage.is_final() {
        last_happening(hub, poll).await?
    } else {
        0
    };
    Ok(Learned { stage, last, again })
}

/// Asks an upstream about a parcel, once, and reads what it answers. In a sandbox the simulation is
/// asked in its place.
pub(crate) async fn hear(
    hub: &Hub,
    call: &dyn Call,
    dialect: &'static str,
    connection: &Connection,
    parcel: &Parcel<'_>,
) -> Result<Heard, Failed> {
    let simulated = hub.hear_simulated(call, dialect, connection, parcel);
    if let Some(heard) = simulated.await? {
        return Ok(heard);
    }
    let upstream = Upstream {
        connection: connection.id,
        base_url: &connection.base_url,
        settings: &connection.settings,
    };
    let outgoing = call
        .request(&upstream, parcel)
        .map_err(|e| Failed::call(&e, None))?;
    let policy = Policy::of(connection.operator);
    let asked = hub.clock.now();
    let answered = hub
        .outbound
        .send(outgoing, policy, DEADLINE)
        .await
        .map_err(|e| Failed::send(&e))?;
    let vocabularies = hub.vocabularies();
    let parsed = call
        .parse(vocabularies.of(dialect), parcel, &answered.as_answer())
        .map_err(|error| Failed::call(&error, Some(&answered)))?;
    Ok(Heard {
        parsed,
        status: answered.status,
        asked,
        again: Again::BySchedule,
    })
}

async fn last_happening(hub: &Hub, poll: &Poll) -> Result<i64, Failed> {
    let track = hub
        .store
        .track(poll.track)
        .await
        .map_err(|e| Failed::store(&e))?;
    let state = track.as_ref().and_then(|track| track.states.last());
    Ok(state.map_or_else(|| hub.clock.now(), |state| state.last))
}

impl Failed {
    pub fn call(error: &CallError, answered: Option<&Answered>) -> Self {
        let told = answered.and_then(|answered| answered.retry_after_s);
        Self {
            trouble: Trouble::of(error),
            retry_after: told.map(Duration::from_secs),
            why: error.to_string(),
            status: answered.map(|answered| answered.status),
        }
    }

    fn send(error: &SendError) -> Self {
        let trouble = match error {
            SendError::Address | SendError::Credentials | SendError::Inside { .. } => {
                Trouble::Refused
            }
            SendError::Connect(_)
            | SendError::Deadline(_)
            | SendError::Broken(_)
            | SendError::TooLarge(_) => Trouble::Fault,
        };
        Self {
            trouble,
            retry_after: None,
            why: error.to_string(),
            status: None,
        }
    }

    pub fn store(error: &StoreError) -> Self {
        Self {
            trouble: Trouble::Store,
            retry_after: None,
            why: error.to_string(),
            status: None,
        }
    }
}

impl Hub {
    /// Wakes the poller: a poll may be due.
    pub fn wake_poller(&self) {
        self.polls_bell.notify_one();
    }
}

/// Compile-time check of the lease: the longest queue at the longest deadline fits in it.
const _: () = assert!(
    (QUEUE / AT_ONCE + 2) as i64 * DEADLINE.as_secs() as i64 * SECOND <= LEASE,
    "a queued poll must not come due again while it waits"
);
