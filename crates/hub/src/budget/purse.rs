//! A purse: what this node holds of one upstream's quota, and how a coin is made of it.
//!
//! Contract: one payer at a time. A coin is made at one moment: what it needs of long windows is in
//! the pocket by then, slots of short ones are taken from the store one by one, and only then is
//! anything spent. A failure on the way loses at most what was just taken.

use super::time::Anchor;
use crate::Hub;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use trackway_dialects::quota;
use trackway_dialects::registry;
use trackway_model::quota::{Moment, Pocket, Quota, Want, Window};
use trackway_store::StoreError;
use trackway_store::budgets::{CallsTaken, CallsWish, Refusal};

/// What connections say of quotas, by purse.
pub(super) type Said = HashMap<String, Quota>;

/// How long what others said of a purse is gone by: other connections, other nodes.
const FRESH: Duration = Duration::from_secs(10);
/// Chunks that a payer may take before it gives way: a coin needs two windows of each limit at most.
const ROUNDS: usize = 16;
/// How long it keeps out of the way then.
const LATER: i64 = super::SECOND;

/// Every purse of this node.
#[derive(Debug, Default)]
pub(crate) struct Purses {
    all: Mutex<HashMap<String, Arc<Purse>>>,
    /// Coins that are out.
    out: Arc<AtomicUsize>,
    /// And when it was read.
    said: Mutex<Option<(Duration, Arc<Said>)>>,
    pub(super) anchor: Mutex<Option<Anchor>>,
}

impl Purses {
    pub(super) fn named(&self, name: String) -> Arc<Purse> {
        let mut all = self.all.lock();
        match all.entry(name) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(place) => {
                let purse = Arc::new(Purse::new(place.key().clone()));
                place.insert(purse).clone()
            }
        }
    }
}

/// What is held of one quota.
#[derive(Debug)]
pub(super) struct Purse {
    pub name: String,
    pub state: tokio::sync::Mutex<State>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pocket: Pocket,
    pub refusal: Option<Refusal>,
    /// When it was read.
    read: Option<Duration>,
}

impl Purse {
    fn new(name: String) -> Self {
        Self {
            name,
            state: tokio::sync::Mutex::default(),
        }
    }

    /// A window's name in the ledger.
    pub fn budget(&self, window: &Window) -> String {
        format!("{}/{}", self.name, window.name())
    }
}

/// The right to make one call, at once.
#[derive(Debug)]
#[must_use = "a coin that is dropped is spent"]
pub(crate) struct Coin {
    /// When it was made, by this node's own time.
    pub(super) began: Duration,
    purse: Arc<Purse>,
    slots: Vec<(Window, i64)>,
    _out: Out,
}

/// Counts a coin while it is out.
#[derive(Debug)]
struct Out(Arc<AtomicUsize>);

impl Out {
    fn of(purses: &Purses) -> Self {
        purses.out.fetch_add(1, Ordering::Relaxed);
        Self(purses.out.clone())
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Hub {
    /// Calls to upstreams that this node is making.
    pub fn calls_in_flight(&self) -> usize {
        self.purses.out.load(Ordering::Relaxed)
    }

    /// A coin; otherwise when there may be one, by the shared clock.
    pub(super) async fn try_pay(
        &self,
        purse: &Arc<Purse>,
        own: &Quota,
        by_people: bool,
    ) -> Result<Result<Coin, i64>, StoreError> {
        let mut state = purse.state.lock().await;
        let mut now = self.moment().await?;
        for _ in 0..ROUNDS {
            self.read_refusal(purse, &mut state).await?;
            let said = self.said().await?;
            let began = self.clock.monotonic();
            now = self.moment().await?;
            if let Some(refusal) = state.refusal
                && refusal.until > now.earliest
            {
                return Ok(Err(refusal.until));
            }
            let quota = match said.get(&purse.name) {
                Some(said) => own.clone().and(said),
                None => own.clone(),
            };
            for (window, number, calls) in state.pocket.stale(&quota, now) {
                self.give_back(purse, &window, number, calls).await;
            }
            if let Some(want) = state.pocket.missing(&quota, now, by_people) {
                let taken = self.take_of(purse, &want).await?;
                if taken.granted == 0 {
                    return Ok(Err(room_at(&want, &taken)));
                }
                state.pocket.put(&want, taken.granted, taken.before);
                continue;
            }
            let slots = match self.take_slots(purse, &quota, now).await? {
                Ok(slots) => slots,
                Err(at) => return Ok(Err(at)),
            };
            if state.pocket.spend(&quota, now, by_people) {
                return Ok(Ok(Coin {
                    began,
                    purse: purse.clone(),
                    slots,
                    _out: Out::of(&self.purses),
                }));
            }
        }
        Ok(Err(now.earliest + LATER))
    }

    /// Reads now and then what other nodes heard from the upstream.
    async fn read_refusal(&self, purse: &Purse, state: &mut State) -> Result<(), StoreError> {
        let now = self.clock.monotonic();
        if state.read.is_some_and(|at| now.saturating_sub(at) < FRESH) {
            return Ok(());
        }
        state.refusal = self.store.refusal(&purse.name).await?;
        state.read = Some(now);
        Ok(())
    }

    /// What all connections say of each purse's quota, by the purse's name: the strictest holds.
    pub(super) async fn said(&self) -> Result<Arc<Said>, StoreError> {
        let now = self.clock.monotonic();
        if let Some((at, said)) = &*self.purses.said.lock()
            && now.saturating_sub(*at) < FRESH
        {
            return Ok(said.clone());
        }
        let mut said = Said::new();
        for connection in self.store.connections().await? {
            let dialect = registry::find(&connection.dialect);
            if let Some(call) = dialect.and_then(|dialect| dialect.call())
                && let Ok(quota) = quota::of(call, &connection.settings)
            {
                let name = self.budget_name(call, &connection);
                let known = said
                    .remove(&name)
                    .unwrap_or_else(|| Quota::new(Vec::new(), 0));
                said.insert(name, known.and(&quota));
            }
        }
        let said = Arc::new(said);
        *self.purses.said.lock() = Some((now, said.clone()));
        Ok(said)
    }

    /// A connection was made: what it says holds at once.
    pub(crate) fn forget_said(&self) {
        *self.purses.said.lock() = None;
    }

    async fn take_of(&self, purse: &Purse, want: &Want) -> Result<CallsTaken, StoreError> {
        let wish = CallsWish {
            budget: purse.budget(&want.window),
            number: want.entry.number,
            counted: want.entry.counted,
            calls: want.calls,
            allowed: want.allowed,
            forget: want.entry.forget,
        };
        self.store.take_calls(wish).await
    }

    /// One slot of each short window, or none and when there may be one.
    async fn take_slots(
        &self,
        purse: &Purse,
        quota: &Quota,
        now: Moment,
    ) -> Result<Result<Vec<(Window, i64)>, i64>, StoreError> {
        let mut slots = Vec::new();
        for want in Pocket::slots(quota, now) {
            let taken = self.take_of(purse, &want).await?;
            if taken.granted == 0 {
                for (window, number) in slots {
                    self.give_back(purse, &window, number, 1).await;
                }
                return Ok(Err(room_at(&want, &taken)));
            }
            slots.push((want.window, want.entry.number));
        }
        Ok(Ok(slots))
    }

    /// Gives back what was surely not used. Tried once: what can't be given back is lost.
    async fn give_back(&self, purse: &Purse, window: &Window, number: i64, calls: u64) {
        let budget = purse.budget(window);
        let moved = self.store.move_calls(&budget, number, None, calls);
        if let Err(error) = moved.await {
            tracing::info!(%error, calls, "unused calls of a quota could not be given back");
        }
    }

    /// After an answer: its slots are free again once their windows have passed. One that is not
    /// settled is free when the longest call would have.
    pub(super) async fn settle(&self, coin: Coin) {
        if coin.slots.is_empty() {
            return;
        }
        let Ok(ended) = self.moment().await else {
            return;
        };
        for (window, from) in coin.slots {
            let Some(to) = window.settled(ended).filter(|to| *to < from) else {
                continue;
            };
            let budget = coin.purse.budget(&window);
            let moved = self.store.move_calls(&budget, from, Some(to), 1);
            if let Err(error) = moved.await {
                tracing::info!(%error, "a slot of a quota could not be settled; it ends by itself");
            }
        }
    }

    /// Gives back what no call was made with, at a clean end.
    pub(crate) async fn empty_purses(&self) {
        let purses: Vec<_> = self.purses.all.lock().values().cloned().collect();
        for purse in purses {
            let unused = purse.state.lock().await.pocket.drain();
            for (window, number, calls) in unused {
                self.give_back(&purse, &window, number, calls).await;
            }
        }
    }
}

fn room_at(want: &Want, taken: &CallsTaken) -> i64 {
    let oldest = taken.oldest.unwrap_or(want.entry.number);
    want.window.room_at(&want.entry, oldest)
}
