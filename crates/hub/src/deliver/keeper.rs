//! Who tells which endpoint: takes and renews the leases, and keeps a lane for each that it holds.
//!
//! Guarantee: of all nodes one has an endpoint's lane, by the store's clock. A node counts a lease
//! from before it asked for it, and stops sending well before it can run out, so that where the store
//! does not answer the next node's lane repeats only what was in flight. A node that stops gives its
//! leases back; one that dies lets them run out.
//!
//! Leases go by the store's clock, which the injected one has nothing to do with: renewing them, and
//! being sure of them, goes by real time.

use super::lane::{Lane, Shared};
use super::live;
use super::settle::Settler;
use super::{Target, is_like};
use crate::Hub;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use trackway_model::EndpointId;
use trackway_store::StoreError;
use trackway_store::lanes;
use trackway_store::records::Endpoint;

/// How long a lease holds, how often it is renewed, and how long before its end nothing is sent.
const LEASE: Duration = Duration::from_secs(6);
const RENEW: Duration = Duration::from_secs(1);
const MARGIN: Duration = Duration::from_secs(2);

/// Until when this node is sure of its leases.
#[derive(Default)]
pub(crate) struct Held(Mutex<Option<Instant>>);

impl Held {
    pub fn is_sure(&self) -> bool {
        self.0.lock().is_some_and(|until| Instant::now() < until)
    }

    /// Returns whether it was not sure before.
    fn renew(&self, asked: Instant) -> bool {
        let was_sure = self.is_sure();
        *self.0.lock() = Some(asked + LEASE - MARGIN);
        !was_sure
    }
}

/// What a keeper tells a lane.
#[derive(Default)]
pub(crate) struct Orders {
    pub bell: Arc<Notify>,
    /// The lease is another node's.
    pub lost: CancellationToken,
    changed: AtomicBool,
    asked: AtomicBool,
}

impl Orders {
    /// Whether the endpoint is another since this was asked.
    pub fn changed(&self) -> bool {
        self.changed.swap(false, Ordering::AcqRel)
    }

    /// Whether somebody put something into the queue since this was asked.
    pub fn asked(&self) -> bool {
        self.asked.swap(false, Ordering::AcqRel)
    }

    fn tell(&self, order: &AtomicBool) {
        order.store(true, Ordering::Release);
        self.bell.notify_one();
    }
}

/// A lane as its keeper knows it.
struct Known {
    orders: Arc<Orders>,
    epoch: i64,
    /// The endpoint as it was when it was last compared; None: it is gone.
    seen: Option<Arc<Endpoint>>,
    asked: i64,
}

impl Known {
    fn compare(&mut self, found: Option<&Arc<Endpoint>>) {
        let is_same = match (found, &self.seen) {
            (Some(found), Some(seen)) => is_like(found, seen),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if !is_same {
            self.orders.tell(&self.orders.changed);
        }
        self.seen = found.cloned();
    }
}

struct Keeper {
    shared: Shared,
    lanes: JoinSet<EndpointId>,
    known: HashMap<EndpointId, Known>,
    stop: CancellationToken,
}

/// Keeps lanes until `stop`; new endpoints get theirs as they come.
pub(crate) async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    let Some(live) = live::begin(&hub, &stop).await else {
        return;
    };
    let (settler, settling) = Settler::start(&hub);
    let settling = tokio::spawn(settling);
    let reading = tokio::spawn(live::run(hub.clone(), live.clone(), stop.clone()));
    let shared = Shared {
        hub: hub.clone(),
        live,
        settler,
        held: Arc::default(),
    };
    let mut keeper = Keeper {
        shared,
        lanes: JoinSet::new(),
        known: HashMap::new(),
        stop: stop.clone(),
    };
    while !stop.is_cancelled() {
        if let Err(error) = keeper.round().await {
            tracing::warn!(%error, "endpoints could not be read");
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            Some(ended) = keeper.lanes.join_next() => keeper.ended(ended.ok()),
            () = hub.endpoints_bell.notified() => {}
            () = tokio::time::sleep(RENEW) => {}
        }
    }
    while keeper.lanes.join_next().await.is_some() {}
    // Its handles are gone with it, and so it ends.
    drop(keeper);
    let _ = tokio::join!(settling, reading);
    if let Err(error) = hub.store.release_lanes().await {
        tracing::warn!(%error, "leases could not be given back; they run out");
    }
}

impl Keeper {
    async fn round(&mut self) -> Result<(), StoreError> {
        let store = self.shared.hub.store.clone();
        let asked = Instant::now();
        let held = store.hold_lanes(LEASE).await?;
        let is_news = self.shared.held.renew(asked);
        let endpoints = store.endpoints().await?;
        let endpoints: HashMap<EndpointId, Arc<Endpoint>> =
            endpoints.into_iter().map(|one| (one.id, one)).collect();
        let counts: HashMap<EndpointId, i64> = store.asked().await?.into_iter().collect();
        let epochs: HashMap<EndpointId, i64> = held
            .iter()
            .map(|lane| (lane.endpoint, lane.epoch))
            .collect();
        for (id, known) in &mut self.known {
            known.compare(endpoints.get(id));
            let asked = counts.get(id).copied().unwrap_or_default();
            if known.asked != asked {
                known.asked = asked;
                known.orders.tell(&known.orders.asked);
            }
            // A disabled one is not listed and ends by itself.
            let is_enabled = known.seen.as_ref().is_some_and(|seen| !seen.disabled);
            if is_enabled && epochs.get(id) != Some(&known.epoch) {
                known.orders.lost.cancel();
            }
            if is_news {
                known.orders.bell.notify_one();
            }
        }
        for lane in held {
            let endpoint = endpoints.get(&lane.endpoint).cloned();
            let asked = counts.get(&lane.endpoint).copied().unwrap_or_default();
            if let Some(target) = endpoint.and_then(Target::of) {
                self.begin(lane, target, asked);
            }
        }
        Ok(())
    }

    fn begin(&mut self, lane: lanes::Lane, target: Target, asked: i64) {
        if self.known.contains_key(&lane.endpoint) {
            return;
        }
        let orders = Arc::new(Orders::default());
        let known = Known {
            orders: orders.clone(),
            epoch: lane.epoch,
            seen: Some(target.endpoint.clone()),
            asked,
        };
        self.known.insert(lane.endpoint, known);
        let (shared, stop) = (self.shared.clone(), self.stop.clone());
        self.lanes.spawn(async move {
            match Lane::start(shared, orders, lane, target).await {
                Ok(lane) => lane.run(stop).await,
                Err(error) => {
                    tracing::warn!(%error, endpoint = lane.endpoint.0, "a lane could not begin");
                    tokio::time::sleep(RENEW).await;
                    lane.endpoint
                }
            }
        });
    }

    /// A lane has ended; one that panicked is found by its orders, which nobody else holds.
    fn ended(&mut self, endpoint: Option<EndpointId>) {
        match endpoint {
            Some(endpoint) => {
                self.known.remove(&endpoint);
            }
            None => self
                .known
                .retain(|_, known| Arc::strong_count(&known.orders) > 1),
        }
    }
}
