//! Tracks in memory: what the writer works on, and the overlay that readers ask before the file.
//!
//! Contract: only the writer changes it, after a commit, so that nobody reads what may yet be undone.
//! A track whose row in the file is older (`dirty`) or whose number is not in the index yet stays;
//! the others may go when the memory is used up.

use crate::seal::TrackKey;
use parking_lot::RwLock;
use smallvec::SmallVec;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use trackway_model::fold::ShipmentState;
use trackway_model::track::{Document, Span};
use trackway_model::{AccountId, Spine, Track, TrackId};

/// Ids are sequential: multiplying spreads them well enough.
#[derive(Default)]
pub struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0 ^ value)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(26);
    }

    fn write_i64(&mut self, value: i64) {
        self.write_u64(value as u64);
    }
}

pub type IdMap<K, V> = HashMap<K, V, BuildHasherDefault<IdHasher>>;

/// A track under the hash of its number. With the hash, the tag of (account, carrier, number) makes
/// 128 bits under keys that nobody outside knows: equal means the same, without a look at the track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Indexed {
    id: TrackId,
    tag: u64,
}

type Ids = SmallVec<[Indexed; 1]>;

/// A track in memory.
#[derive(Debug)]
pub struct Slot {
    pub track: Arc<Track>,
    /// None after an erasure, until something is sealed again.
    pub key: Option<TrackKey>,
    /// The row in the file is older.
    pub dirty: bool,
    /// The index in the file does not have its number yet.
    pub unindexed: bool,
    pub used: AtomicBool,
}

impl Slot {
    pub const fn new(track: Arc<Track>, key: Option<TrackKey>) -> Self {
        Self {
            track,
            key,
            dirty: false,
            unindexed: false,
            used: AtomicBool::new(true),
        }
    }
}

const SHARDS: usize = 64;

/// All tracks in memory, by id and by number.
#[derive(Debug)]
pub struct Hot {
    tracks: [RwLock<IdMap<TrackId, Slot>>; SHARDS],
    numbers: [RwLock<IdMap<u64, Ids>>; SHARDS],
    hasher: RandomState,
    tagger: RandomState,
    bytes: AtomicUsize,
    evicted: AtomicUsize,
}

/// A number as it is looked up, without an allocation for usual ones.
pub type NumberKey = SmallVec<[u8; 40]>;

/// The same key as `trackway_model::intake::number_key` makes.
pub fn number_key(number: &str) -> NumberKey {
    let trimmed = number.trim();
    if trimmed.is_ascii() {
        trimmed
            .bytes()
            .map(|byte| byte.to_ascii_uppercase())
            .collect()
    } else {
        SmallVec::from_slice(trackway_model::intake::number_key(number).as_bytes())
    }
}

impl Hot {
    pub fn new() -> Self {
        Self {
            tracks: std::array::from_fn(|_| RwLock::default()),
            numbers: std::array::from_fn(|_| RwLock::default()),
            hasher: RandomState::new(),
            tagger: RandomState::new(),
            bytes: AtomicUsize::new(0),
            evicted: AtomicUsize::new(0),
        }
    }

    pub fn hash(&self, key: &NumberKey) -> u64 {
        self.hasher.hash_one(key.as_slice())
    }

    fn tag(&self, key: &NumberKey, carrier: &str, account: AccountId) -> u64 {
        self.tagger.hash_one((key.as_slice(), carrier, account.0))
    }

    fn shard(&self, id: TrackId) -> &RwLock<IdMap<TrackId, Slot>> {
        &self.tracks[id.0 as usize % SHARDS]
    }

    fn numbers(&self, hash: u64) -> &RwLock<IdMap<u64, Ids>> {
        &self.numbers[hash as usize % SHARDS]
    }

    pub fn track(&self, id: TrackId) -> Option<Arc<Track>> {
        self.with(id, |slot| slot.track.clone())
    }

    pub fn with<T>(&self, id: TrackId, read: impl FnOnce(&Slot) -> T) -> Option<T> {
        self.shard(id).read().get(&id).map(|slot| {
            slot.used.store(true, Ordering::Relaxed);
            read(slot)
        })
    }

    /// The tracks under a number, of all accounts and carriers.
    pub fn under(&self, key: &NumberKey) -> SmallVec<[Arc<Track>; 2]> {
        let hash = self.hash(key);
        let ids = self
            .numbers(hash)
            .read()
            .get(&hash)
            .cloned()
            .unwrap_or_default();
        let tracks = ids.into_iter().filter_map(|held| self.track(held.id));
        tracks
            .filter(|track| number_key(&track.number) == *key)
            .collect()
    }

    /// The account's track under a number, without taking it.
    pub fn resolve(&self, key: &NumberKey, carrier: &str, account: AccountId) -> Option<TrackId> {
        let hash = self.hash(key);
        let tag = self.tag(key, carrier, account);
        let ids = self.numbers(hash).read();
        let found = ids.get(&hash)?.iter().find(|indexed| indexed.tag == tag)?;
        Some(found.id)
    }

    /// Puts a track where readers find it. Returns whether it was not there before.
    pub fn publish(&self, slot: Slot) -> bool {
        let (id, grown) = (slot.track.id, cost(&slot.track));
        let replaced = {
            let mut shard = self.shard(id).write();
            if let Some(held) = shard.get_mut(&id) {
                let before = cost(&held.track);
                *held = slot;
                Some(before)
            } else {
                let key = number_key(&slot.track.number);
                let tag = self.tag(&key, &slot.track.carrier, slot.track.account);
                shard.insert(id, slot);
                drop(shard);
                self.index(self.hash(&key), Indexed { id, tag });
                None
            }
        };
        self.bytes.fetch_add(grown, Ordering::Relaxed);
        self.bytes
            .fetch_sub(replaced.unwrap_or(0), Ordering::Relaxed);
        replaced.is_none()
    }

    fn index(&self, hash: u64, indexed: Indexed) {
        let mut numbers = self.numbers(hash).write();
        let ids = numbers.entry(hash).or_default();
        if !ids.contains(&indexed) {
            ids.push(indexed);
        }
    }

    /// Notes that the file has the track's row, or its number.
    pub fn written(&self, id: TrackId, note: impl FnOnce(&mut Slot)) {
        if let Some(slot) = self.shard(id).write().get_mut(&id) {
            note(slot);
        }
    }

    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// How many tracks were let go. A row that was read from the file before a track was missed here
    /// is its newest only if this has not grown meanwhile.
    pub fn evicted(&self) -> usize {
        self.evicted.load(Ordering::Relaxed)
    }

    /// Lets go of a track that the file holds and nobody asked for since the last call. Returns
    /// whether it is gone.
    pub fn evict(&self, id: TrackId) -> bool {
        let mut shard = self.shard(id).write();
        let Some(slot) = shard.get(&id) else {
            return true;
        };
        if slot.dirty || slot.unindexed || slot.used.swap(false, Ordering::Relaxed) {
            return false;
        }
        self.evicted.fetch_add(1, Ordering::Relaxed);
        let Some(slot) = shard.remove(&id) else {
            return true;
        };
        drop(shard);
        self.bytes.fetch_sub(cost(&slot.track), Ordering::Relaxed);
        let hash = self.hash(&number_key(&slot.track.number));
        let mut numbers = self.numbers(hash).write();
        if let Some(ids) = numbers.get_mut(&hash) {
            ids.retain(|other| other.id != id);
            if ids.is_empty() {
                numbers.remove(&hash);
            }
        }
        true
    }

    /// Ids of tracks after `after` whose rows in the file are older or missing, ascending.
    pub fn dirty_after(&self, after: TrackId) -> Vec<TrackId> {
        let mut ids = Vec::new();
        for shard in &self.tracks {
            let shard = shard.read();
            ids.extend(
                shard
                    .iter()
                    .filter(|(id, slot)| slot.dirty && **id > after)
                    .map(|(id, _)| *id),
            );
        }
        ids.sort_unstable();
        ids
    }
}

/// Whether a track is the account's under that number and carrier.
pub fn is(track: &Track, key: &NumberKey, carrier: &str, account: AccountId) -> bool {
    track.account == account && &*track.carrier == carrier && number_key(&track.number) == *key
}

/// Bytes that a track takes in memory, about.
fn cost(track: &Track) -> usize {
    const FIXED: usize = size_of::<Track>() + size_of::<Slot>() + 120;
    FIXED
        + track.carrier.len()
        + track.number.len()
        + track.spine.capacity() * size_of::<Spine>()
        + track.states.capacity() * size_of::<ShipmentState>()
        + track.documents.capacity() * size_of::<Document>()
        + track.spans.capacity() * size_of::<Span>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(id: i64, number: &str) -> Slot {
        let track = Track::new(TrackId(id), AccountId(1), Arc::from("c"), Arc::from(number));
        Slot::new(Arc::new(track), None)
    }

    #[test]
    fn keys_agree_with_the_models() {
        for number in ["ab1", " x-9 ", "ÄöÜ1", "ﬀ", ""] {
            let key = trackway_model::intake::number_key(number);
            assert_eq!(number_key(number).as_slice(), key.as_bytes());
        }
    }

    #[test]
    fn a_track_is_found_by_its_number_until_it_is_evicted() {
        let hot = Hot::new();
        assert!(hot.publish(slot(1, "ab1")));
        assert!(!hot.publish(Slot {
            dirty: true,
            ..slot(1, "ab1")
        }));
        let key = number_key("AB1");
        assert_eq!(hot.resolve(&key, "c", AccountId(1)), Some(TrackId(1)));
        assert_eq!(hot.resolve(&key, "c", AccountId(2)), None);
        assert_eq!(hot.under(&key).len(), 1);
        assert!(
            !hot.evict(TrackId(1)) && !hot.evict(TrackId(1)),
            "dirty tracks stay"
        );
        hot.written(TrackId(1), |slot| slot.dirty = false);
        assert!(hot.evict(TrackId(1)) || hot.evict(TrackId(1)));
        assert!(hot.under(&key).is_empty());
        assert_eq!(hot.bytes(), 0);
    }
}
