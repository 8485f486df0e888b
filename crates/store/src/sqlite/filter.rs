//! Tells numbers that were never seen without asking the file: most of what an import brings. A
//! Bloom filter over the index of numbers, built beside the start. Being wrong costs one look-up.

use super::Core;
use super::readers::read_failed;
use crate::StoreError;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// 4 MB: one in a hundred wrong at three million numbers, one in four at ten.
const WORDS: usize = 1 << 19;
const PROBES: u32 = 4;
const ALL: &str = "SELECT number FROM number";

pub struct Filter {
    words: Box<[AtomicU64]>,
    hasher: RandomState,
    /// Whether all numbers of the file are in it.
    ready: AtomicBool,
}

impl Filter {
    pub fn new(ready: bool) -> Self {
        Self {
            words: (0..WORDS).map(|_| AtomicU64::new(0)).collect(),
            hasher: RandomState::new(),
            ready: AtomicBool::new(ready),
        }
    }

    /// Whether the file's index may hold the number.
    pub fn may_hold(&self, key: &[u8]) -> bool {
        !self.ready.load(Ordering::Acquire)
            || self
                .bits(key)
                .all(|(word, bit)| self.words[word].load(Ordering::Relaxed) & bit != 0)
    }

    pub fn add(&self, key: &[u8]) {
        for (word, bit) in self.bits(key) {
            self.words[word].fetch_or(bit, Ordering::Relaxed);
        }
    }

    fn bits(&self, key: &[u8]) -> impl Iterator<Item = (usize, u64)> {
        let hash = self.hasher.hash_one(key);
        let step = hash.rotate_left(32) | 1;
        (0..PROBES).map(move |probe| {
            let at = hash.wrapping_add(step.wrapping_mul(u64::from(probe)));
            ((at >> 6) as usize % WORDS, 1 << (at & 63))
        })
    }
}

/// Fills the filter from the file on a thread of its own. What the writer indexes meanwhile it adds
/// itself.
pub fn fill(core: &Arc<Core>) {
    let core = core.clone();
    let filled = std::thread::Builder::new()
        .name("store-filter".to_owned())
        .spawn(move || {
            match read(&core) {
                Ok(()) => core.filter.ready.store(true, Ordering::Release),
                // Without it the file is asked every time.
                Err(error) => tracing::warn!(%error, "the filter of numbers could not be built"),
            }
        });
    if let Err(error) = filled {
        tracing::warn!(%error, "the filter of numbers could not be built");
    }
}

fn read(core: &Core) -> Result<(), StoreError> {
    let connection = core.readers.own()?;
    connection
        .execute_batch("PRAGMA mmap_size = 0")
        .map_err(read_failed)?;
    let mut statement = connection.prepare(ALL).map_err(read_failed)?;
    let mut rows = statement.query([]).map_err(read_failed)?;
    while let Some(row) = rows.next().map_err(read_failed)? {
        let number = row.get_ref(0).map_err(read_failed)?;
        core.filter.add(
            number
                .as_bytes()
                .map_err(|_| StoreError::Damaged { what: "number" })?,
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_all_that_was_added_and_little_else() {
        let filter = Filter::new(true);
        (0..10_000).for_each(|n| filter.add(format!("A{n}").as_bytes()));
        assert!((0..10_000).all(|n| filter.may_hold(format!("A{n}").as_bytes())));
        let wrong = (0..10_000)
            .filter(|n| filter.may_hold(format!("B{n}").as_bytes()))
            .count();
        assert!(wrong < 20, "{wrong}");
        assert!(Filter::new(false).may_hold(b"X"));
    }
}
