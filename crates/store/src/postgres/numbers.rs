//! From numbers to tracks.
//!
//! Guarantee: a number has one track, whoever names it first on whichever node. Numbers are created
//! in sorted order before any track is locked, so that transactions never wait for each other in a
//! circle.

use super::connect::Work;
use super::{SHARDS, sql};
use crate::StoreError;
use std::collections::HashMap;
use std::ops::Range;
use trackway_model::intake::number_key;
use trackway_model::{AccountId, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

/// What an index row may hold of a number or a carrier; longer ones are found by their hash.
const LONGEST: usize = 128;
/// Begins a hash: no text does.
const HASHED: u8 = 0xff;

/// A number of an account with a carrier, as it is found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NumberKey {
    pub number: Vec<u8>,
    pub carrier: Vec<u8>,
    pub account: i64,
    /// Of all of the above.
    digest: u128,
}

impl NumberKey {
    pub fn new(account: AccountId, carrier: &str, number: &str) -> Self {
        let (number, carrier) = (key_of(&number_key(number)), key_of(carrier));
        let mut hasher = blake3::Hasher::new();
        hasher
            .update(&account.0.to_le_bytes())
            .update(&[number.len() as u8]);
        hasher.update(&number).update(&carrier);
        let mut digest = [0; 16];
        digest.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self {
            number,
            carrier,
            account: account.0,
            digest: u128::from_le_bytes(digest),
        }
    }

    /// The track's logical shard. Follows from the number, so that a track's shard is known before
    /// the track is.
    pub const fn shard(&self) -> i16 {
        (self.digest % SHARDS as u128) as i16
    }

    pub const fn digest(&self) -> u128 {
        self.digest
    }
}

/// A text as an index row holds it.
pub fn key_of(text: &str) -> Vec<u8> {
    if text.len() <= LONGEST {
        return text.as_bytes().to_vec();
    }
    let mut key = vec![HASHED];
    key.extend_from_slice(blake3::hash(text.as_bytes()).as_bytes());
    key
}

/// Ids for new tracks, taken from the database in blocks.
#[derive(Debug, Default)]
pub struct TrackIds {
    free: Vec<Range<i64>>,
}

/// The step of the sequence.
pub const TRACK_BLOCK: i64 = 4_096;

impl TrackIds {
    async fn take(&mut self, work: &Work, count: usize) -> Result<Vec<i64>> {
        let free: i64 = self.free.iter().map(|range| range.end - range.start).sum();
        let missing = count as i64 - free;
        if missing > 0 {
            let blocks = (missing as u64).div_ceil(TRACK_BLOCK as u64) as i32;
            let rows = work.rows(&sql::TRACK_BLOCK, &[&blocks]).await?;
            self.free.extend(
                rows.iter()
                    .map(|row| row.get(0))
                    .map(|at: i64| at..at + TRACK_BLOCK),
            );
        }
        let ids = self.free.iter_mut().flatten().take(count).collect();
        self.free.retain(|range| !range.is_empty());
        Ok(ids)
    }
}

/// A number's track, and whether this transaction creates it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolved {
    pub track: TrackId,
    pub fresh: bool,
}

/// Finds each number's track, in the open transaction, and creates what is missing.
pub async fn resolve(
    work: &Work,
    ids: &tokio::sync::Mutex<TrackIds>,
    wanted: &[&NumberKey],
) -> Result<Vec<Resolved>> {
    let mut found: HashMap<u128, Resolved> = HashMap::with_capacity(wanted.len());
    find(work, wanted, &mut found).await?;
    let missing = without(wanted, &found);
    if !missing.is_empty() {
        create(work, ids, missing, &mut found).await?;
        let lost = without(wanted, &found);
        if !lost.is_empty() {
            find(work, &lost, &mut found).await?;
        }
    }
    let track = |key: &&NumberKey| found.get(&key.digest).copied();
    wanted
        .iter()
        .map(|key| {
            track(key).ok_or(StoreError::Damaged {
                what: "index of numbers",
            })
        })
        .collect()
}

fn without<'k>(wanted: &[&'k NumberKey], found: &HashMap<u128, Resolved>) -> Vec<&'k NumberKey> {
    wanted
        .iter()
        .copied()
        .filter(|key| !found.contains_key(&key.digest))
        .collect()
}

async fn find(
    work: &Work,
    wanted: &[&NumberKey],
    found: &mut HashMap<u128, Resolved>,
) -> Result<()> {
    let (numbers, carriers, accounts) = columns(wanted);
    let rows = work
        .rows(&sql::NUMBER_RESOLVE, &[&numbers, &carriers, &accounts])
        .await?;
    for row in rows {
        let ordinal: i64 = row.get(0);
        let track = TrackId(row.get(1));
        found.insert(
            wanted[ordinal as usize - 1].digest,
            Resolved {
                track,
                fresh: false,
            },
        );
    }
    Ok(())
}

async fn create(
    work: &Work,
    ids: &tokio::sync::Mutex<TrackIds>,
    mut missing: Vec<&NumberKey>,
    found: &mut HashMap<u128, Resolved>,
) -> Result<()> {
    missing.sort_unstable();
    missing.dedup();
    let tracks = ids.lock().await.take(work, missing.len()).await?;
    let (numbers, carriers, accounts) = columns(&missing);
    let rows = work
        .rows(
            &sql::NUMBER_CREATE,
            &[&numbers, &carriers, &accounts, &tracks],
        )
        .await?;
    let by_track: HashMap<i64, &NumberKey> = tracks
        .iter()
        .copied()
        .zip(missing.iter().copied())
        .collect();
    for row in rows {
        let track: i64 = row.get(0);
        if let Some(key) = by_track.get(&track) {
            found.insert(
                key.digest,
                Resolved {
                    track: TrackId(track),
                    fresh: true,
                },
            );
        }
    }
    Ok(())
}

fn columns<'k>(keys: &[&'k NumberKey]) -> (Vec<&'k [u8]>, Vec<&'k [u8]>, Vec<i64>) {
    (
        keys.iter().map(|key| &key.number[..]).collect(),
        keys.iter().map(|key| &key.carrier[..]).collect(),
        keys.iter().map(|key| key.account).collect(),
    )
}

/// Numbers that a lane has resolved lately. A number keeps its track for ever, so nothing here ever
/// becomes wrong; bounded by two generations.
#[derive(Debug, Default)]
pub struct Known {
    young: HashMap<u128, TrackId>,
    old: HashMap<u128, TrackId>,
}

impl Known {
    const GENERATION: usize = 1 << 17;

    pub fn get(&mut self, key: &NumberKey) -> Option<TrackId> {
        if let Some(track) = self.young.get(&key.digest) {
            return Some(*track);
        }
        let track = self.old.remove(&key.digest)?;
        self.put(key, track);
        Some(track)
    }

    pub fn put(&mut self, key: &NumberKey, track: TrackId) {
        if self.young.len() >= Self::GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key.digest, track);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_blanks_do_not_tell_numbers_apart_and_accounts_do() {
        let key = |account, number| NumberKey::new(AccountId(account), "247express", number);
        assert_eq!(key(1, " ab12 "), key(1, "AB12"));
        assert_ne!(key(1, "AB12"), key(2, "AB12"));
        assert_ne!(key(1, "AB12").digest(), key(2, "AB12").digest());
    }

    #[test]
    fn absurd_numbers_fit_an_index_row() {
        let long = NumberKey::new(AccountId(1), "c", &"9".repeat(100_000));
        let other = NumberKey::new(AccountId(1), "c", &"9".repeat(100_001));
        assert_eq!(long.number.len(), 33);
        assert_ne!(long, other);
        assert!((0..SHARDS as i16).contains(&long.shard()));
    }

    #[test]
    fn what_is_used_outlives_a_generation() {
        let key = |n: usize| NumberKey::new(AccountId(1), "c", &n.to_string());
        let mut known = Known::default();
        known.put(&key(0), TrackId(7));
        known.old = std::mem::take(&mut known.young);
        assert_eq!(known.get(&key(0)), Some(TrackId(7)));
        assert!(known.young.contains_key(&key(0).digest()));
        assert_eq!(known.get(&key(1)), None);
    }
}
