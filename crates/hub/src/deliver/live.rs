//! The feed, read once for all lanes of a node.
//!
//! Guarantee: a lane that has joined is handed every change of its account behind the position with
//! which it joined, in the order of the feed, until `take` says that it has fallen out; then it reads
//! the feed itself from where it was and joins again when it is there. Only lanes of accounts to
//! which something happened are woken. One that takes too slowly, or does not want to, falls out and
//! costs nothing: the feed holds what it has missed.

use crate::Hub;
use crate::following::move_on;
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use trackway_dialects::desk::Settings;
use trackway_dialects::dialect::RecordHook;
use trackway_model::change::{Change, FeedPosition};
use trackway_model::{AccountId, EndpointId};
use trackway_store::StoreError;

/// Changes that are read in one go.
const BATCH: usize = 512;
/// Changes that wait for a lane at most.
const MOST_WAITING: usize = 1_024;
/// Changes after which every lane is woken, so that its cursor follows though nothing concerned it.
pub(crate) const UNSAVED: u64 = 4_096;
/// Batches kept for lanes that read by themselves: after a start many stand at the same place.
const KEPT_BATCHES: usize = 8;

/// A change with its place.
pub(crate) type Entry = (FeedPosition, Arc<Change>);

/// Batches by where they were read from.
type Batches = VecDeque<(Vec<FeedPosition>, Arc<[Entry]>)>;

/// What a lane took.
pub(crate) struct Taken {
    pub entries: Vec<Entry>,
    /// Where the lane stands now, when nothing waits for it.
    pub through: Option<Vec<FeedPosition>>,
}

pub(crate) struct Live {
    inner: Mutex<Inner>,
    batches: Mutex<Batches>,
}

#[derive(Default)]
struct Inner {
    /// Everything up to here was handed out.
    cursor: Vec<FeedPosition>,
    slots: HashMap<EndpointId, Slot>,
    accounts: HashMap<AccountId, Vec<EndpointId>>,
    since_woken: u64,
}

/// Who is handed what is new.
#[derive(Clone, Copy)]
pub(crate) struct Reader {
    pub endpoint: EndpointId,
    pub account: AccountId,
    /// What its dialect tells of records; None: they are kept from it.
    pub records: Option<&'static dyn RecordHook>,
}

struct Slot {
    account: AccountId,
    records: Option<&'static dyn RecordHook>,
    joined: Vec<FeedPosition>,
    entries: VecDeque<Entry>,
    bell: Arc<Notify>,
}

impl Live {
    fn at(cursor: Vec<FeedPosition>) -> Self {
        let inner = Inner {
            cursor,
            ..Inner::default()
        };
        Self {
            inner: Mutex::new(inner),
            batches: Mutex::default(),
        }
    }

    /// Hands a lane everything behind `read` from now on. False where the common reader is further
    /// already.
    pub fn join(&self, reader: Reader, read: &[FeedPosition], bell: &Arc<Notify>) -> bool {
        let Reader {
            endpoint,
            account,
            records,
        } = reader;
        let mut inner = self.inner.lock();
        let mut shards = inner.cursor.iter();
        let is_there = shards.all(|at| at.number <= number(read, at.shard));
        if is_there && !inner.slots.contains_key(&endpoint) {
            let slot = Slot {
                account,
                records,
                joined: read.to_vec(),
                entries: VecDeque::new(),
                bell: bell.clone(),
            };
            inner.slots.insert(endpoint, slot);
            inner.accounts.entry(account).or_default().push(endpoint);
        }
        is_there
    }

    /// Hands a lane nothing more.
    pub fn leave(&self, endpoint: EndpointId) {
        self.inner.lock().remove(endpoint);
    }

    /// What waits for a lane, at most `limit`; None: it has fallen out.
    pub fn take(&self, endpoint: EndpointId, limit: usize) -> Option<Taken> {
        let mut inner = self.inner.lock();
        let cursor = inner.cursor.clone();
        let slot = inner.slots.get_mut(&endpoint)?;
        let count = slot.entries.len().min(limit);
        let entries = slot.entries.drain(..count).collect();
        let is_empty = slot.entries.is_empty();
        Some(Taken {
            entries,
            through: is_empty.then_some(cursor),
        })
    }

    /// Reads the feed for a lane that has not joined. What many ask for is read once.
    pub async fn read(
        &self,
        hub: &Hub,
        after: &[FeedPosition],
    ) -> Result<Arc<[Entry]>, StoreError> {
        let kept = |batches: &Batches| {
            let found = batches.iter().find(|(from, _)| from == after);
            found.map(|(_, batch)| batch.clone())
        };
        if let Some(batch) = kept(&self.batches.lock()) {
            return Ok(batch);
        }
        let batch: Arc<[Entry]> = read(hub, after).await?.into();
        // A full one stays as it is; the last one grows.
        if batch.len() >= BATCH {
            let mut batches = self.batches.lock();
            if batches.len() == KEPT_BATCHES {
                batches.pop_front();
            }
            batches.push_back((after.to_vec(), batch.clone()));
        }
        Ok(batch)
    }

    fn hand_out(&self, entries: Vec<Entry>) {
        let mut inner = self.inner.lock();
        let inner = &mut *inner;
        inner.since_woken += entries.len() as u64;
        let mut fallen = Vec::new();
        for (position, change) in entries {
            move_on(&mut inner.cursor, position);
            if !change.is_news() {
                continue;
            }
            let concerned = inner.accounts.get(&change.account());
            for endpoint in concerned.into_iter().flatten() {
                let Some(slot) = inner.slots.get_mut(endpoint) else {
                    continue;
                };
                if position.number <= number(&slot.joined, position.shard)
                    || !is_told(slot.records, &ANY, &change)
                {
                    continue;
                }
                if slot.entries.len() >= MOST_WAITING {
                    fallen.push(*endpoint);
                    continue;
                }
                slot.entries.push_back((position, change.clone()));
                slot.bell.notify_one();
            }
        }
        for endpoint in fallen {
            inner.remove(endpoint);
        }
        if inner.since_woken >= UNSAVED {
            inner.since_woken = 0;
            for slot in inner.slots.values() {
                slot.bell.notify_one();
            }
        }
    }
}

impl Inner {
    fn remove(&mut self, endpoint: EndpointId) {
        let Some(slot) = self.slots.remove(&endpoint) else {
            return;
        };
        if let Some(lanes) = self.accounts.get_mut(&slot.account) {
            lanes.retain(|id| *id != endpoint);
            if lanes.is_empty() {
                self.accounts.remove(&slot.account);
            }
        }
        slot.bell.notify_one();
    }
}

/// Nothing is left out: the lane looks at its endpoint's settings, which may change meanwhile.
const ANY: Settings = Settings::new();

/// Whether a dialect has something to say of a change, as far as can be seen without reading more.
pub(super) fn is_told(
    records: Option<&dyn RecordHook>,
    settings: &Settings,
    change: &Change,
) -> bool {
    match change {
        Change::Shipment(_) => true,
        Change::Record(change) => records.is_some_and(|it| it.tells(settings, change)),
    }
}

fn number(of: &[FeedPosition], shard: u16) -> u64 {
    let found = of.iter().find(|at| at.shard == shard);
    found.map_or(0, |at| at.number)
}

async fn read(hub: &Hub, after: &[FeedPosition]) -> Result<Vec<Entry>, StoreError> {
    let changes = hub.store.changes(after, BATCH).await?;
    let shared = |(position, change)| (position, Arc::new(change));
    Ok(changes.into_iter().map(shared).collect())
}

/// Begins at the end of the feed; None where `stop` came first. Lanes join afterwards.
pub(crate) async fn begin(hub: &Hub, stop: &CancellationToken) -> Option<Arc<Live>> {
    loop {
        match hub.store.head().await {
            Ok(head) => return Some(Arc::new(Live::at(head))),
            Err(error) => tracing::warn!(%error, "the feed could not be read; trying again"),
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            () = hub.clock.sleep_until(hub.next_look()) => {}
        }
    }
}

/// Reads the feed on until `stop`.
pub(crate) async fn run(hub: Arc<Hub>, live: Arc<Live>, stop: CancellationToken) {
    let mut bell = hub.store.doorbell();
    while !stop.is_cancelled() {
        bell.borrow_and_update();
        let wake = match step(&hub, &live).await {
            Ok(true) => continue,
            Ok(false) => hub.next_look(),
            Err(error) => {
                tracing::warn!(%error, "the feed could not be read; trying again");
                hub.next_look()
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            Ok(()) = bell.changed() => {}
            () = hub.clock.sleep_until(wake) => {}
        }
    }
}

/// Hands out what is new; whether there was anything.
async fn step(hub: &Hub, live: &Live) -> Result<bool, StoreError> {
    let cursor = live.inner.lock().cursor.clone();
    let entries = read(hub, &cursor).await?;
    let is_empty = entries.is_empty();
    live.hand_out(entries);
    Ok(!is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trackway_model::ShipmentId;
    use trackway_model::change::{ChangeKind, Mark, ShipmentChange};

    const MINE: AccountId = AccountId(1);

    fn at(number: u64) -> FeedPosition {
        FeedPosition { shard: 0, number }
    }

    fn entry(number: u64, account: AccountId, kind: ChangeKind) -> Entry {
        let change = ShipmentChange {
            account,
            shipment: ShipmentId(1_024),
            kind,
            learned: 0,
            before: None,
            after: Mark::default(),
            statements: std::iter::empty().collect(),
        };
        (at(number), Arc::new(change.into()))
    }

    fn reader(id: i64) -> Reader {
        Reader {
            endpoint: EndpointId(id),
            account: MINE,
            records: None,
        }
    }

    fn live(from: u64) -> Live {
        Live::at(vec![at(from)])
    }

    fn numbers(taken: &Taken) -> Vec<u64> {
        taken.entries.iter().map(|(at, _)| at.number).collect()
    }

    #[test]
    fn a_lane_gets_what_is_its_own_from_where_it_joined() {
        let live = live(5);
        let bell = Arc::new(Notify::new());
        assert!(
            !live.join(reader(1), &[at(4)], &bell),
            "it has to read on first"
        );
        // It has read further than the common reader.
        assert!(live.join(reader(1), &[at(6)], &bell));
        live.hand_out(vec![
            entry(6, MINE, ChangeKind::Live),
            entry(7, AccountId(2), ChangeKind::Live),
            entry(8, MINE, ChangeKind::Revised),
            entry(9, MINE, ChangeKind::Live),
            entry(10, MINE, ChangeKind::Live),
        ]);
        let first = live.take(EndpointId(1), 1).unwrap();
        assert_eq!((numbers(&first), first.through), (vec![9], None));
        let second = live.take(EndpointId(1), 9).unwrap();
        assert_eq!(
            (numbers(&second), second.through),
            (vec![10], Some(vec![at(10)]))
        );
        live.leave(EndpointId(1));
        assert!(live.take(EndpointId(1), 9).is_none());
        assert!(live.inner.lock().accounts.is_empty());
    }

    #[test]
    fn who_takes_nothing_falls_out_and_holds_up_nobody() {
        let live = live(0);
        let bell = Arc::new(Notify::new());
        for id in [1, 2] {
            assert!(live.join(reader(id), &[], &bell));
        }
        let many = MOST_WAITING as u64 + 1;
        for number in 1..=many {
            live.hand_out(vec![entry(number, MINE, ChangeKind::Live)]);
            let taken = live.take(EndpointId(2), 1).unwrap();
            assert_eq!(numbers(&taken), [number]);
        }
        assert!(live.take(EndpointId(1), 1).is_none());
    }
}
