//! A lane for each endpoint: reads the feed after the endpoint's cursor and tells what concerns it.
//!
//! Guarantee: the cursor moves in the transaction that keeps what failed and what was attempted, so
//! after a crash an endpoint is told again at worst, never left out. Lanes share nothing but the
//! store: one endpoint never waits for another. A receiver that cannot be reached rests its lane,
//! and the feed, not a growing table, holds what it has missed; each rest ends with one probe.
//! Messages about one shipment are sent in the order of the feed. A lane reads its endpoint anew
//! before it tells anything: a paused or removed one is told nothing more, and its lane ends; one that
//! is resumed gets a lane that begins where its cursor stands.

use crate::Hub;
use crate::clock::SECOND;
use crate::deliver::{Sent, Target};
use crate::following::move_on;
use futures::StreamExt;
use futures::stream;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use trackway_model::change::{Change, FeedPosition};
use trackway_model::{EndpointId, ShipmentId};
use trackway_store::StoreError;
use trackway_store::records::Endpoint;

/// Changes that are read in one go.
const BATCH: usize = 64;
/// Shipments that one endpoint is told about at once.
const AT_ONCE: usize = 8;
/// Foreign changes after which the cursor is stored, so that a restart does not read them again.
const SKIPPED_UNSAVED: usize = 4_096;
/// The first rest of a lane whose receiver cannot be reached, and the bound to which it doubles.
const FIRST_REST: i64 = SECOND;
const LONGEST_REST: i64 = 5 * 60 * SECOND;
/// The wait after the store failed.
const STORE_WAIT: i64 = SECOND;

/// Keeps a lane for every endpoint until `stop`; new endpoints get theirs as they come.
pub(crate) async fn run_all(hub: Arc<Hub>, stop: CancellationToken) {
    let mut lanes = JoinSet::new();
    let mut known: HashMap<EndpointId, Known> = HashMap::new();
    while !stop.is_cancelled() {
        match hub.store.endpoints().await {
            Ok(endpoints) => {
                for (id, lane) in &mut known {
                    let found = endpoints.iter().find(|endpoint| endpoint.id == *id);
                    lane.compare(found);
                }
                for target in endpoints.into_iter().filter_map(Target::of) {
                    known.entry(target.endpoint.id).or_insert_with(|| {
                        let lane = Known::of(&target.endpoint);
                        let bell = lane.bell.clone();
                        lanes.spawn(Lane::new(hub.clone(), target, bell).run(stop.clone()));
                        lane
                    });
                }
            }
            Err(error) => tracing::warn!(%error, "endpoints could not be read"),
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            Some(Ok(ended)) = lanes.join_next() => {
                known.remove(&ended);
            }
            () = hub.endpoints_bell.notified() => {}
            () = hub.clock.sleep_until(hub.next_look()) => {}
        }
    }
    while lanes.join_next().await.is_some() {}
}

/// A lane, as the keeper of lanes knows it.
struct Known {
    /// The endpoint as it was when it was last compared; None: it is gone.
    seen: Option<Arc<Endpoint>>,
    /// Rings when the endpoint is another.
    bell: Arc<Notify>,
}

impl Known {
    fn of(endpoint: &Arc<Endpoint>) -> Self {
        Self {
            seen: Some(endpoint.clone()),
            bell: Arc::default(),
        }
    }

    fn compare(&mut self, found: Option<&Arc<Endpoint>>) {
        let told = |endpoint: &Arc<Endpoint>| {
            let Endpoint {
                url,
                operator,
                disabled,
                settings,
                ..
            } = &**endpoint;
            (url.clone(), *operator, *disabled, settings.clone())
        };
        if found.map(told) != self.seen.as_ref().map(told) {
            self.bell.notify_one();
        }
        self.seen = found.cloned();
    }
}

/// What a step of a lane came to.
enum Step {
    Moved,
    /// The feed holds nothing more.
    Idle,
    /// The receiver cannot be reached.
    Rest(i64),
    /// The endpoint is paused or gone.
    Over,
}

struct Lane {
    hub: Arc<Hub>,
    target: Target,
    cursor: Vec<FeedPosition>,
    /// Failed probes in a row.
    unreachable: u32,
    /// Changes passed since the cursor was stored.
    unsaved: usize,
    bell: Arc<Notify>,
    /// The endpoint is to be read anew before anything else.
    look: bool,
}

impl Lane {
    fn new(hub: Arc<Hub>, target: Target, bell: Arc<Notify>) -> Self {
        let cursor = target.endpoint.cursor.clone();
        Self {
            hub,
            target,
            cursor,
            unreachable: 0,
            unsaved: 0,
            bell,
            look: false,
        }
    }

    /// Returns the endpoint that the lane was of.
    async fn run(mut self, stop: CancellationToken) -> EndpointId {
        let mut bell = self.hub.store.doorbell();
        while !stop.is_cancelled() {
            bell.borrow_and_update();
            let step = self.step().await;
            let now = self.hub.clock.now();
            let (wake, listen) = match step {
                Ok(Step::Moved) => continue,
                Ok(Step::Idle) => (self.hub.next_look(), true),
                Ok(Step::Rest(wait)) => (now + wait, false),
                Ok(Step::Over) => break,
                Err(error) => {
                    let endpoint = self.target.endpoint.id.0;
                    tracing::warn!(%error, endpoint, "a lane could not go on; it tries again");
                    (now + STORE_WAIT, false)
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                () = self.bell.notified() => {
                    // Another address may well be there.
                    self.unreachable = 0;
                    self.look = true;
                }
                Ok(()) = bell.changed(), if listen => {}
                () = self.hub.clock.sleep_until(wake) => {}
            }
        }
        self.target.endpoint.id
    }

    /// Reads the endpoint anew. False where it is paused or gone.
    async fn look(&mut self) -> Result<bool, StoreError> {
        let found = self.hub.store.endpoint(self.target.endpoint.id).await?;
        let found = found.and_then(Target::of);
        let is_there = found.is_some();
        if let Some(found) = found {
            self.target = found;
        }
        self.look = false;
        Ok(is_there)
    }

    async fn step(&mut self) -> Result<Step, StoreError> {
        let mut changes = self.hub.store.changes(&self.cursor, BATCH).await?;
        if (self.look || !changes.is_empty()) && !self.look().await? {
            return Ok(Step::Over);
        }
        if self.unreachable > 0 {
            // A probe: up to the first change that is for this endpoint.
            let first = changes
                .iter()
                .position(|(_, change)| self.target.wants(change));
            changes.truncate(first.map_or(changes.len(), |at| at + 1));
        }
        let Some(cursor) = moved(&self.cursor, &changes) else {
            return Ok(Step::Idle);
        };
        self.unsaved += changes.len();
        let told = self.tell(changes).await?;
        let unreachable = told.iter().any(|sent| sent.unreachable);
        let reached = told.iter().any(Sent::reached);
        let mut failed = Vec::new();
        let mut attempts = Vec::new();
        for sent in told {
            failed.extend(sent.failed);
            attempts.extend(sent.attempts);
        }
        if !attempts.is_empty() || self.unsaved >= SKIPPED_UNSAVED {
            let endpoint = self.target.endpoint.id;
            self.hub
                .store
                .advance(endpoint, cursor.clone(), failed, attempts)
                .await?;
            self.unsaved = 0;
        }
        self.cursor = cursor;
        Ok(self.judge(unreachable, reached))
    }

    fn judge(&mut self, unreachable: bool, reached: bool) -> Step {
        if reached {
            self.unreachable = 0;
        } else if unreachable {
            let rest = FIRST_REST << self.unreachable.min(20);
            self.unreachable += 1;
            return Step::Rest(rest.min(LONGEST_REST));
        }
        Step::Moved
    }

    /// Tells a batch: shipments side by side, one shipment's changes one after the other.
    async fn tell(&self, changes: Vec<(FeedPosition, Change)>) -> Result<Vec<Sent>, StoreError> {
        let mut by_shipment: Vec<(ShipmentId, Vec<(FeedPosition, Change)>)> = Vec::new();
        for entry in changes {
            if !self.target.wants(&entry.1) {
                continue;
            }
            let shipment = entry.1.shipment;
            match by_shipment.iter_mut().find(|(known, _)| *known == shipment) {
                Some((_, entries)) => entries.push(entry),
                None => by_shipment.push((shipment, vec![entry])),
            }
        }
        let told: Vec<Result<Vec<Sent>, StoreError>> = stream::iter(by_shipment)
            .map(|(_, entries)| self.tell_one(entries))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut sent = Vec::new();
        for of_shipment in told {
            sent.extend(of_shipment?);
        }
        Ok(sent)
    }

    async fn tell_one(
        &self,
        entries: Vec<(FeedPosition, Change)>,
    ) -> Result<Vec<Sent>, StoreError> {
        let mut sent = Vec::with_capacity(entries.len());
        for (position, change) in &entries {
            sent.push(self.hub.tell(&self.target, *position, change).await?);
        }
        Ok(sent)
    }
}

impl Sent {
    /// Whether the receiver showed that it is there.
    fn reached(&self) -> bool {
        !self.attempts.is_empty() && !self.unreachable
    }
}

/// The cursor behind these changes; None when there are none.
pub(crate) fn moved(
    cursor: &[FeedPosition],
    changes: &[(FeedPosition, Change)],
) -> Option<Vec<FeedPosition>> {
    if changes.is_empty() {
        return None;
    }
    let mut moved = cursor.to_vec();
    for (position, _) in changes {
        move_on(&mut moved, *position);
    }
    Some(moved)
}
