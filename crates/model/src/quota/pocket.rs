//! What a node holds of a quota: calls that it took from the ledger and has not used yet.
//!
//! Contract, for whoever drives it, at one [`Moment`] and under one lock: while [`Pocket::missing`]
//! names a want, take it from the ledger and [`Pocket::put`] what was granted; then take one slot for
//! each of [`Pocket::slots`]; then [`Pocket::spend`]. The call that is paid for so must arrive within
//! [`super::FLIGHT`] of that moment. Whatever else happens in between, nothing is ever paid twice:
//! what is not spent stays or is lost.
//!
//! A call that was granted knows how many were counted before it: for the schedule it is good only
//! if those are fewer than its part of the limit. It knows the limit as well under which it was
//! granted: once a lower one holds it is good for nothing, since nobody knows how many the others
//! have used, and must be taken anew.

use super::{Entry, Limit, Moment, Quota, Window};

/// Calls that are taken at once, at most.
const LARGEST: u64 = 32;
/// At most such a part of what is left is taken at once, so that what a dead node took is little
/// and the last calls are shared by all nodes.
const OF_LEFT: u64 = 16;

/// Calls to be taken from the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    pub window: Window,
    pub entry: Entry,
    /// As many at most.
    pub calls: u64,
    /// As many may be counted in all.
    pub allowed: u64,
    /// By whomever: what the limit says.
    limit: u64,
}

/// Calls of one window that were taken together.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Chunk {
    window: Window,
    number: i64,
    /// The limit that held.
    limit: u64,
    /// How many calls were counted before the next one, and before the one after the last.
    next: u64,
    end: u64,
}

impl Chunk {
    const fn left(&self) -> u64 {
        self.end - self.next
    }

    fn is_of(&self, limit: &Limit) -> bool {
        self.limit <= limit.calls && self.window == limit.window
    }

    fn pays(&self, limit: &Limit, number: i64, allowed: u64) -> bool {
        self.number == number && self.next < self.end && self.next < allowed && self.is_of(limit)
    }
}

/// What a node holds of one quota.
#[derive(Clone, Debug, Default)]
pub struct Pocket(Vec<Chunk>);

impl Pocket {
    /// What must be taken first; None: everything but slots is there.
    pub fn missing(&self, quota: &Quota, now: Moment, by_people: bool) -> Option<Want> {
        let long = quota.limits().iter().filter(|l| !l.window.has_slots());
        long.flat_map(|limit| {
            let entries = limit.window.entries(now);
            entries.into_iter().map(move |entry| (limit, entry))
        })
        .find_map(|(limit, entry)| {
            let allowed = quota.allowed(limit, by_people);
            let pays = |chunk: &Chunk| chunk.pays(limit, entry.number, allowed);
            (!self.0.iter().any(pays)).then(|| Want {
                window: limit.window.clone(),
                entry,
                calls: if by_people {
                    1
                } else {
                    self.portion(limit, entry, allowed)
                },
                allowed,
                limit: limit.calls,
            })
        })
    }

    /// How many to take: less and less towards the end.
    fn portion(&self, limit: &Limit, entry: Entry, allowed: u64) -> u64 {
        let same = |chunk: &&Chunk| chunk.number == entry.number && chunk.window == limit.window;
        let counted = self.0.iter().filter(same).map(|chunk| chunk.end).max();
        let left = allowed.saturating_sub(counted.unwrap_or_default());
        (left / OF_LEFT).clamp(1, LARGEST)
    }

    /// Keeps what was granted; `before` calls were counted then.
    pub fn put(&mut self, want: &Want, granted: u64, before: u64) {
        let number = want.entry.number;
        // The newest alone tells how many were counted.
        self.0.retain(|chunk| {
            chunk.left() > 0 || chunk.number != number || chunk.window != want.window
        });
        self.0.push(Chunk {
            window: want.window.clone(),
            number,
            limit: want.limit,
            next: before,
            end: before.saturating_add(granted),
        });
    }

    /// The slots that must be taken, one each.
    pub fn slots(quota: &Quota, now: Moment) -> Vec<Want> {
        let short = quota.limits().iter().filter(|l| l.window.has_slots());
        short
            .flat_map(|limit| {
                let entries = limit.window.entries(now);
                entries.into_iter().map(|entry| Want {
                    window: limit.window.clone(),
                    entry,
                    calls: 1,
                    allowed: limit.calls,
                    limit: limit.calls,
                })
            })
            .collect()
    }

    /// Pays for a call out of what is there; false where something is missing: then nothing is
    /// spent.
    pub fn spend(&mut self, quota: &Quota, now: Moment, by_people: bool) -> bool {
        if self.missing(quota, now, by_people).is_some() {
            return false;
        }
        for limit in quota.limits().iter().filter(|l| !l.window.has_slots()) {
            let allowed = quota.allowed(limit, by_people);
            for entry in limit.window.entries(now) {
                let pays = |chunk: &&mut Chunk| chunk.pays(limit, entry.number, allowed);
                if let Some(chunk) = self.0.iter_mut().find(pays) {
                    chunk.next += 1;
                }
            }
        }
        true
    }

    /// What can't be used any more: windows, numbers and how many calls of them were not used.
    pub fn stale(&mut self, quota: &Quota, now: Moment) -> Vec<(Window, i64, u64)> {
        let current: Vec<(&Limit, i64)> = quota
            .limits()
            .iter()
            .flat_map(|limit| {
                let entries = limit.window.entries(now);
                entries.into_iter().map(move |e| (limit, e.number))
            })
            .collect();
        let is_current = |chunk: &Chunk| {
            let mut current = current.iter();
            current.any(|(limit, number)| chunk.number == *number && chunk.is_of(limit))
        };
        let (kept, gone) = self.0.drain(..).partition(is_current);
        self.0 = kept;
        unused(gone)
    }

    /// Empties it, at a clean end.
    pub fn drain(&mut self) -> Vec<(Window, i64, u64)> {
        unused(std::mem::take(&mut self.0))
    }
}

fn unused(chunks: Vec<Chunk>) -> Vec<(Window, i64, u64)> {
    let open = chunks.into_iter().filter(|chunk| chunk.left() > 0);
    open.map(|chunk| (chunk.window.clone(), chunk.number, chunk.left()))
        .collect()
}
