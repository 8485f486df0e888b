//! One endpoint's lane: takes what concerns it from the feed, sends it, and has what became of it
//! stored.
//!
//! Guarantee: a settlement holds outcomes and how far the lane is in one transaction, so after a
//! crash the next lane goes on from exactly there. A subject's next message goes out after the
//! outcome of the one before is stored. Lanes share the reading of the feed and the commits, and wait
//! for neither: only their own receiver slows them. What a lane holds in memory is bounded; the feed
//! holds the rest.
//!
//! A lane reads its endpoint anew before it sends anything: a paused or removed one is told nothing
//! more, and its lane ends once what is in flight is settled. It sends only while its lease is sure;
//! where the lease is lost it ends at once, and another node's lane repeats what was in flight.

mod outcome;
mod settling;

use super::breaker::{self, Gate};
use super::keeper::{Held, Orders};
use super::live::{Live, Reader};
use super::pace::Pace;
use super::passed::Passed;
use super::queue::{Item, Queue};
use super::settle::Settler;
use super::{Target, Told, is_like};
use crate::Hub;
use crate::clock::{self, SECOND};
use settling::{Pending, Settling, stored};
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use trackway_model::EndpointId;
use trackway_model::change::{Change, FeedPosition, Subject};
use trackway_store::StoreError;
use trackway_store::lanes::{self, Breaker, EndpointState};
use trackway_store::records::Delivery;

/// Messages read ahead of what is in flight.
const AHEAD: usize = 512;
/// Changes taken in one go.
const BATCH: usize = 256;
/// Deliveries that a lane holds in memory; with more it takes nothing new.
const MOST_STORED: usize = 100_000;
/// Deliveries read from the store in one go.
const PAGE: usize = 1_000;
/// Parked deliveries that go out in one go once the endpoint answers well.
const PARKED_PAGE: usize = 64;
/// The wait after the store failed.
const STORE_WAIT: i64 = SECOND;

/// What all lanes of a node share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub hub: Arc<Hub>,
    pub live: Arc<Live>,
    pub settler: Settler,
    pub held: Arc<Held>,
}

/// What came back from a flight.
struct Flown {
    subject: Subject,
    item: Item,
    told: Result<Told, StoreError>,
}

pub(crate) struct Lane {
    shared: Shared,
    orders: Arc<Orders>,
    lease: lanes::Lane,
    target: Target,
    passed: Passed,
    queue: Queue,
    state: EndpointState,
    pace: Pace,
    flights: JoinSet<Flown>,
    pending: Pending,
    settling: Option<Settling>,
    /// The cursor as the store has it.
    saved: Vec<FeedPosition>,
    /// The common reader hands it what is new.
    joined: bool,
    /// Behind this the store has deliveries that are not in memory.
    unread: Option<FeedPosition>,
    /// A good answer came since parked deliveries were looked for, and when the next one may go.
    well: bool,
    parked_due: i64,
    /// Nothing new is sent any more.
    over: bool,
}

/// What to wait for beside what is in flight.
enum Wake {
    At(i64),
    /// A bell.
    Bell,
}

impl Lane {
    /// Takes a lane up where it was left.
    pub async fn start(
        shared: Shared,
        orders: Arc<Orders>,
        lease: lanes::Lane,
        target: Target,
    ) -> Result<Self, StoreError> {
        let start = shared.hub.store.start_lane(lease.endpoint).await?;
        let mut taken = Self {
            saved: start.progress.cursor.clone(),
            passed: Passed::of(start.progress),
            state: start.state,
            shared,
            orders,
            lease,
            target,
            queue: Queue::default(),
            pace: Pace::default(),
            flights: JoinSet::new(),
            pending: Pending::default(),
            settling: None,
            joined: false,
            unread: Some(FeedPosition::default()),
            well: false,
            parked_due: i64::MIN,
            over: false,
        };
        if taken.state.gone.is_some() {
            // Somebody enabled it again.
            taken.forgive();
        }
        taken.read_rows().await?;
        Ok(taken)
    }

    /// Works until `stop`, or until the endpoint or the lease is gone.
    pub async fn run(mut self, stop: CancellationToken) -> EndpointId {
        let (orders, clock) = (self.orders.clone(), self.shared.hub.clock.clone());
        loop {
            while let Some(landed) = self.flights.try_join_next() {
                self.landed(landed);
            }
            self.over |= stop.is_cancelled();
            let wake = self.go_on().await;
            self.submit();
            if self.over && self.flights.is_empty() && self.settling.is_none() {
                break;
            }
            let (wake, timed) = match wake {
                Wake::At(at) => (at, true),
                Wake::Bell => (0, false),
            };
            tokio::select! {
                biased;
                () = orders.lost.cancelled() => break,
                () = stop.cancelled(), if !self.over => {}
                stored = stored(&mut self.settling), if self.settling.is_some() => {
                    if !self.stored(stored) {
                        break;
                    }
                }
                Some(landed) = self.flights.join_next() => self.landed(landed),
                () = orders.bell.notified() => {}
                () = clock.sleep_until(wake), if timed => {}
            }
        }
        self.shared.live.leave(self.lease.endpoint);
        self.lease.endpoint
    }

    fn now(&self) -> i64 {
        self.shared.hub.clock.now()
    }

    /// Sends what may be sent.
    async fn go_on(&mut self) -> Wake {
        if self.over {
            return Wake::Bell;
        }
        match self.launch().await {
            Ok(wake) => wake,
            Err(error) => {
                let endpoint = self.lease.endpoint.0;
                tracing::warn!(%error, endpoint, "a lane could not go on; it tries again");
                Wake::At(self.now() + STORE_WAIT)
            }
        }
    }

    async fn launch(&mut self) -> Result<Wake, StoreError> {
        if self.orders.changed() && !self.look().await? {
            return Ok(Wake::Bell);
        }
        self.take_up().await?;
        let now = self.now();
        let room = match breaker::gate(&self.state, now) {
            _ if !self.shared.held.is_sure() => return Ok(Wake::Bell),
            Gate::All => self.pace.room().saturating_sub(self.flights.len()),
            Gate::Probe => usize::from(self.flights.is_empty()),
            Gate::Shut(until) => {
                self.joined = false;
                self.shared.live.leave(self.lease.endpoint);
                return Ok(Wake::At(until));
            }
        };
        if room == 0 {
            return Ok(Wake::Bell);
        }
        self.pull(now).await?;
        if self.queue.is_ready(now) && self.look().await? {
            self.send(room, now);
        }
        let due = self.queue.next_due().filter(|due| *due > now);
        let look = (!self.joined).then(|| self.shared.hub.next_look());
        Ok(due
            .into_iter()
            .chain(look)
            .min()
            .map_or(Wake::Bell, Wake::At))
    }

    fn send(&mut self, room: usize, now: i64) {
        for _ in 0..room {
            let Some((subject, item)) = self.queue.take(now) else {
                return;
            };
            if self.state.breaker == Breaker::Open {
                self.state = breaker::probing(&self.state, now);
                self.pending.state = true;
            }
            let (hub, target) = (self.shared.hub.clone(), self.target.clone());
            self.flights.spawn(async move {
                let told = hub.send_next(&target, &item).await;
                Flown {
                    subject,
                    item,
                    told,
                }
            });
        }
    }

    /// Reads the endpoint anew. False where it is paused or gone.
    async fn look(&mut self) -> Result<bool, StoreError> {
        let found = self.shared.hub.store.endpoint(self.lease.endpoint).await?;
        let Some(target) = found.and_then(Target::of) else {
            self.over = true;
            return Ok(false);
        };
        let is_like = is_like(&self.target.endpoint, &target.endpoint);
        self.target = target;
        if !is_like {
            // Another address may well be there.
            self.forgive();
            self.queue.hurry(self.now());
        }
        Ok(true)
    }

    fn forgive(&mut self) {
        self.state = breaker::forgiven(&self.state, self.now());
        self.pending.state = true;
    }

    /// Reads what others put into the queue, and what is parked and may go out once more. What the
    /// store holds is compared with memory only while the two agree.
    async fn take_up(&mut self) -> Result<(), StoreError> {
        if !self.pending.is_empty() || self.settling.is_some() {
            return Ok(());
        }
        if self.orders.asked() {
            self.unread = Some(FeedPosition::default());
        }
        self.read_rows().await?;
        let now = self.now();
        if self.well && self.parked_due <= now && self.queue.parked() == 0 {
            self.well = false;
            self.read_parked(now).await?;
        }
        Ok(())
    }

    async fn read_rows(&mut self) -> Result<(), StoreError> {
        while let Some(after) = self.unread
            && self.queue.stored() < MOST_STORED
        {
            let (store, endpoint) = (&self.shared.hub.store, self.lease.endpoint);
            let rows = store
                .waiting_deliveries(endpoint, Some(after), PAGE)
                .await?;
            self.unread = rows.last().map(|row| row.position);
            let now = self.now();
            for row in rows {
                let item = Item::stored(&row, now);
                if self.queue.contains(row.subject, row.position) {
                    self.queue.renew(row.subject, item);
                } else {
                    self.queue.add(row.subject, item, now);
                }
            }
        }
        Ok(())
    }

    async fn read_parked(&mut self, now: i64) -> Result<(), StoreError> {
        let hub = &self.shared.hub;
        let since = now.saturating_sub(clock::micros(hub.config.parked_for));
        let rows = hub
            .store
            .parked_deliveries(self.lease.endpoint, since, PARKED_PAGE)
            .await?;
        self.parked_due = if rows.len() < PARKED_PAGE {
            i64::MAX
        } else {
            now
        };
        for row in rows {
            let due = row.due.unwrap_or(now);
            if due > now {
                self.parked_due = due;
                break;
            }
            let item = Item::stored(&row, now);
            self.queue.add(row.subject, item, now);
        }
        Ok(())
    }

    /// Takes what is new from the feed, as far as there is room for it.
    async fn pull(&mut self, now: i64) -> Result<(), StoreError> {
        let is_closed = self.state.breaker == Breaker::Closed;
        while self.unread.is_none() && self.queue.stored() < MOST_STORED {
            let is_enough = if is_closed {
                self.queue.unstored() >= AHEAD
            } else {
                self.queue.is_ready(now)
            };
            if is_enough || !self.pull_some(now).await? {
                break;
            }
        }
        Ok(())
    }

    /// Takes a little; whether there may be more.
    async fn pull_some(&mut self, now: i64) -> Result<bool, StoreError> {
        let endpoint = self.lease.endpoint;
        if self.joined {
            let Some(taken) = self.shared.live.take(endpoint, BATCH) else {
                self.joined = false;
                return Ok(true);
            };
            for (position, change) in &taken.entries {
                self.hand(*position, change, now);
            }
            if let Some(through) = &taken.through {
                self.passed.pass_to(through);
            }
            return Ok(taken.through.is_none());
        }
        let read = self.passed.read().to_vec();
        let batch = self.shared.live.read(&self.shared.hub, &read).await?;
        for (position, change) in batch.iter() {
            self.hand(*position, change, now);
        }
        if !batch.is_empty() {
            return Ok(true);
        }
        let account = self.target.endpoint.account;
        let bell = &self.orders.bell;
        let reader = Reader {
            endpoint,
            account,
            records: self.target.hook.records(),
        };
        self.joined = self.shared.live.join(reader, &read, bell);
        // Where the common reader is further, there is something to read by now.
        Ok(!self.joined)
    }

    fn hand(&mut self, position: FeedPosition, change: &Arc<Change>, now: i64) {
        let wanted = self.target.concerns(change);
        if !self.passed.hand(position, wanted) {
            return;
        }
        let subject = change.subject();
        if self.queue.contains(subject, position) {
            return self.passed.settle(position);
        }
        let item = Item::fresh(position, change.clone(), now);
        let held = self.queue.add(subject, item, now);
        self.hold(subject, held);
    }

    /// Has those kept that wait for an earlier one of their subject.
    fn hold(&mut self, subject: Subject, held: Vec<Item>) {
        for item in held {
            self.passed.settle(item.position);
            let kept = self.delivery(subject, &item, None);
            self.pending.kept.push(kept);
        }
    }

    fn delivery(&self, subject: Subject, item: &Item, due: Option<i64>) -> Delivery {
        Delivery {
            endpoint: self.lease.endpoint,
            position: item.position,
            subject,
            since: item.since,
            due,
            attempts: item.attempts,
            done: item.done,
            parked: item.parked,
        }
    }
}
