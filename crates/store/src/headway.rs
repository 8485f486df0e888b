//! How far long work is, for whoever waits for it.
//!
//! Contract: cheap to tell and to look at, from any thread; nothing queues, and a look sees what was
//! told last. What is done never exceeds what there is to do, once that is known.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Shared by the one who works and the one who looks.
#[derive(Clone, Debug, Default)]
pub struct Headway(Arc<Steps>);

#[derive(Debug, Default)]
struct Steps {
    done: AtomicU64,
    all: AtomicU64,
}

impl Headway {
    /// There are so many steps.
    pub fn expect(&self, all: u64) {
        self.0.all.store(all, Ordering::Relaxed);
    }

    /// So many more are done.
    pub fn add(&self, steps: u64) {
        self.0.done.fetch_add(steps, Ordering::Relaxed);
    }

    /// So many are done, as somebody else counted.
    pub fn set(&self, done: u64) {
        self.0.done.store(done, Ordering::Relaxed);
    }

    /// How many are done, and how many there are, where that is known.
    pub fn look(&self) -> (u64, Option<u64>) {
        let done = self.0.done.load(Ordering::Relaxed);
        match self.0.all.load(Ordering::Relaxed) {
            0 => (done, None),
            all => (done.min(all), Some(all)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_seen() {
        let headway = Headway::default();
        assert_eq!(headway.look(), (0, None));
        let worker = headway.clone();
        worker.add(2);
        assert_eq!(headway.look(), (2, None));
        worker.expect(5);
        worker.add(2);
        assert_eq!(headway.look(), (4, Some(5)));
        worker.add(2);
        assert_eq!(headway.look(), (5, Some(5)));
    }
}
