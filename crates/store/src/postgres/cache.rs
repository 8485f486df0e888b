//! Tracks that this node has read or written lately.
//!
//! Guarantee: a hint only. Whoever uses one compares its version with the row's, since other nodes
//! write too; what stands here never decides anything by itself. Bounded: two generations, the
//! older of which is let go when the younger is full, so that what is used stays.

use crate::seal::TrackKey;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use trackway_model::{Track, TrackId};

/// A track as a row held it.
#[derive(Clone, Debug)]
pub struct Remembered {
    pub version: i64,
    pub track: Arc<Track>,
    /// Its sealing key, where a writer has read it under that version.
    pub key: Option<TrackKey>,
}

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<TrackId, Remembered>,
    old: HashMap<TrackId, Remembered>,
    /// Sum of the young ones' weights.
    weight: usize,
}

/// The cache.
#[derive(Debug)]
pub struct Cache {
    generations: Mutex<Generations>,
    limit: usize,
}

impl Cache {
    /// Holds about `bytes` at most, half of it in each generation.
    pub fn new(bytes: usize) -> Self {
        Self {
            generations: Mutex::default(),
            limit: bytes / 2,
        }
    }

    pub fn get(&self, id: TrackId) -> Option<Remembered> {
        let mut generations = self.generations.lock();
        if let Some(known) = generations.young.get(&id) {
            return Some(known.clone());
        }
        let known = generations.old.remove(&id)?;
        generations.put(id, known.clone(), self.limit);
        Some(known)
    }

    /// Takes out what is held, so that a writer may change it in place.
    pub fn take(&self, id: TrackId) -> Option<Remembered> {
        let mut generations = self.generations.lock();
        if let Some(known) = generations.young.remove(&id) {
            generations.weight -= weight(&known.track);
            return Some(known);
        }
        generations.old.remove(&id)
    }

    /// Remembers a track unless this version of it, or a newer one, is held.
    pub fn put(&self, remembered: Remembered) {
        let mut generations = self.generations.lock();
        let id = remembered.track.id;
        if generations
            .young
            .get(&id)
            .is_none_or(|known| known.version < remembered.version)
        {
            generations.old.remove(&id);
            generations.put(id, remembered, self.limit);
        }
    }
}

impl Generations {
    fn put(&mut self, id: TrackId, known: Remembered, limit: usize) {
        self.weight += weight(&known.track);
        if let Some(before) = self.young.insert(id, known) {
            self.weight -= weight(&before.track);
        }
        if self.weight > limit {
            self.old = std::mem::take(&mut self.young);
            self.weight = 0;
        }
    }
}

/// About what a track takes beside its spine.
const ROW: usize = 512;

/// About what a track takes in memory.
fn weight(track: &Track) -> usize {
    ROW + track.spine.len() * size_of::<trackway_model::Spine>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use trackway_model::AccountId;

    fn track(id: i64, version: i64) -> Remembered {
        let track = Track::new(TrackId(id), AccountId(1), "c".into(), "n".into());
        Remembered {
            version,
            track: Arc::new(track),
            key: None,
        }
    }

    #[test]
    fn holds_what_is_used_and_no_more_than_its_limit() {
        let cache = Cache::new(20 * ROW);
        for id in 0..1_000 {
            cache.put(track(id, 1));
            assert!(cache.get(TrackId(0)).is_some(), "{id}");
        }
        let held = (0..1_000).filter(|id| cache.get(TrackId(*id)).is_some());
        assert!(held.count() <= 22);
    }

    #[test]
    fn rewriting_one_track_lets_no_other_go() {
        let cache = Cache::new(20 * ROW);
        cache.put(track(1, 1));
        for version in 1..1_000 {
            cache.put(track(2, version));
            assert_eq!(
                cache.take(TrackId(2)).map(|known| known.version),
                Some(version)
            );
        }
        assert!(cache.get(TrackId(1)).is_some());
    }

    #[test]
    fn an_older_version_does_not_replace_a_newer_one() {
        let cache = Cache::new(20 * ROW);
        cache.put(track(1, 2));
        cache.put(track(1, 1));
        assert_eq!(cache.get(TrackId(1)).map(|known| known.version), Some(2));
    }
}
