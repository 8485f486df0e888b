//! What was committed last, in memory: whoever follows the feed at its end, deliveries before all,
//! reads nothing from the file.
//!
//! Contract: only the writer adds, after a commit and before the feed's new end is shown. What is not
//! here is in the file. An erasure empties it, so that everything here was sealed under the key that
//! its track has now, or has no key any more.

use super::half::Half;
use crate::log::{self, Chunk, Entry};
use parking_lot::RwLock;
use std::collections::VecDeque;
use std::sync::Arc;
use trackway_model::change::Change;

/// Bytes of the log that are kept: some thousand statements; and rows of one commit.
const BYTES: usize = 1 << 20;
const ROWS: usize = BYTES / log::ONE_PAGE;
/// Changes that are kept.
const CHANGES: usize = 4_096;

#[derive(Debug, Default)]
pub struct Recent(RwLock<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// By number, ascending.
    chunks: VecDeque<(i64, Arc<[u8]>)>,
    bytes: usize,
    /// Without a gap, up to the newest.
    changes: VecDeque<Change>,
    /// The number of the change behind the newest.
    next: u64,
}

impl Recent {
    /// Adds what a commit appended, and takes its changes; the first of them has this number.
    pub fn add(&self, mut first: u64, halves: &mut [Half; 2]) {
        for Half { batch, .. } in halves {
            self.add_chunks(batch.chunks.finish());
            let count = batch.changes.len() as u64;
            self.add_changes(first, batch.changes.drain(..));
            first += count;
        }
    }

    /// Rows come in the order of their numbers.
    fn add_chunks<'c>(&self, chunks: impl ExactSizeIterator<Item = Chunk<'c>>) {
        let mut inner = self.0.write();
        let beyond = chunks.len().saturating_sub(ROWS);
        for chunk in chunks.skip(beyond) {
            inner.bytes += chunk.bytes.len();
            inner.chunks.push_back((chunk.number, chunk.bytes.into()));
            while inner.bytes > BYTES
                && let Some((_, gone)) = inner.chunks.pop_front()
            {
                inner.bytes -= gone.len();
            }
        }
    }

    fn add_changes(&self, first: u64, changes: impl Iterator<Item = Change>) {
        let mut inner = self.0.write();
        if inner.next != first {
            inner.changes.clear();
            inner.next = first;
        }
        for change in changes {
            if inner.changes.len() == CHANGES {
                inner.changes.pop_front();
            }
            inner.changes.push_back(change);
            inner.next += 1;
        }
    }

    /// Forgets what an erasure closed; what comes after it is kept anew.
    pub fn clear_chunks(&self) {
        let mut inner = self.0.write();
        inner.chunks.clear();
        inner.bytes = 0;
    }

    /// Changes after a number, at most `limit`; None where the first of them is not here.
    pub fn changes_after(&self, after: u64, limit: usize) -> Option<Vec<(u64, Change)>> {
        let inner = self.0.read();
        let first = inner.next - inner.changes.len() as u64;
        let skipped = usize::try_from((after + 1).checked_sub(first)?).ok()?;
        let left = inner.changes.len().checked_sub(skipped)?;
        let changes = inner.changes.range(skipped..skipped + left.min(limit));
        Some((after + 1..).zip(changes.cloned()).collect())
    }

    /// The row of the log that holds a position.
    pub fn chunk_of(&self, position: i64) -> Option<Arc<[u8]>> {
        let (chunk, _) = log::place(position);
        let inner = self.0.read();
        let at = inner
            .chunks
            .binary_search_by_key(&chunk, |(number, _)| *number);
        at.ok().map(|at| inner.chunks[at].1.clone())
    }
}

/// The entry at a position of the row that holds it; None where it can't be read.
pub fn entry_of(chunk: &[u8], position: i64) -> Option<Entry<'_>> {
    let (_, slot) = log::place(position);
    log::entry_at(chunk, slot).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use smallvec::SmallVec;
    use trackway_model::change::{ChangeKind, Mark, ShipmentChange, Subject};
    use trackway_model::{AccountId, ShipmentId};

    fn change(shipment: i64) -> Change {
        Change::Shipment(ShipmentChange {
            account: AccountId(1),
            shipment: ShipmentId(shipment),
            kind: ChangeKind::Live,
            learned: 0,
            before: None,
            after: Mark::default(),
            statements: SmallVec::new(),
        })
    }

    fn add(recent: &Recent, first: u64, count: u64) {
        recent.add_changes(first, (first..first + count).map(|at| change(at as i64)));
    }

    fn numbers(found: Option<Vec<(u64, Change)>>) -> Option<Vec<u64>> {
        let found = found?;
        assert!(
            found.iter().all(|(number, change)| change.subject()
                == Subject::Shipment(ShipmentId(*number as i64)))
        );
        Some(found.into_iter().map(|(number, _)| number).collect())
    }

    #[test]
    fn changes_are_here_or_in_the_file_and_never_left_out() {
        let recent = Recent::default();
        assert_eq!(numbers(recent.changes_after(0, 9)), None);
        add(&recent, 5, 3);
        add(&recent, 8, 1);
        assert_eq!(numbers(recent.changes_after(3, 9)), None);
        assert_eq!(numbers(recent.changes_after(4, 9)), Some(vec![5, 6, 7, 8]));
        assert_eq!(numbers(recent.changes_after(6, 1)), Some(vec![7]));
        assert_eq!(numbers(recent.changes_after(8, 9)), Some(vec![]));
        // A gap: what stood before it is in the file.
        add(&recent, 20, 2);
        assert_eq!(numbers(recent.changes_after(7, 9)), None);
        assert_eq!(numbers(recent.changes_after(19, 9)), Some(vec![20, 21]));
        add(&recent, 22, CHANGES as u64);
        assert_eq!(numbers(recent.changes_after(20, 1)), None);
        assert_eq!(numbers(recent.changes_after(21, 2)), Some(vec![22, 23]));
    }

    #[test]
    fn the_oldest_rows_of_the_log_go_first() {
        let recent = Recent::default();
        let body = vec![7; BYTES / 4];
        for number in 1..=6 {
            let bytes = &body;
            recent.add_chunks(std::iter::once(Chunk { number, bytes }));
        }
        let held = |number: i64| recent.chunk_of(log::position(number, 0)).is_some();
        let all: Vec<bool> = (1..=6).map(held).collect();
        assert_eq!(all, [false, false, true, true, true, true]);
        recent.clear_chunks();
        assert!(!held(6));
    }
}
