//! A copy of the feed against the feed's proof.
//!
//! Guarantee: a copy from which one change was removed, or in which one was altered, doubled or put
//! elsewhere, is never found whole, and that change is named. What the feed holds behind the copy's
//! last change is no fault: the copy is only behind.

use super::copy::{Copy, Held};
use serde::Serialize;
use std::collections::BTreeMap;
use trackway_model::Digest;
use trackway_model::change::FeedPosition;
use trackway_model::proof::{NOTHING, run_on};

/// What is wrong with a change of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The feed has it, the copy has not.
    Missing,
    /// It says something else than in the feed.
    Altered,
    /// It stands there again.
    Doubled,
    /// It stands behind a later one, or before an earlier one.
    OutOfOrder,
    /// The feed of this account has no such change.
    Unknown,
    /// The line is no change.
    Unreadable,
}

impl Fault {
    pub const ALL: [Self; 6] = [
        Self::Missing,
        Self::Altered,
        Self::Doubled,
        Self::OutOfOrder,
        Self::Unknown,
        Self::Unreadable,
    ];

    /// For people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Altered => "altered",
            Self::Doubled => "doubled",
            Self::OutOfOrder => "out of order",
            Self::Unknown => "not in the feed",
            Self::Unreadable => "unreadable",
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    pub fault: Fault,
    pub position: Option<FeedPosition>,
    pub line: Option<u64>,
}

/// A comparison at work: what the feed tells is brought in its order.
#[derive(Debug)]
pub struct Comparison {
    /// Each position once, ascending.
    held: Vec<Held>,
    /// Which of them the feed has told.
    told: Vec<bool>,
    /// The copy's last change in each shard.
    last: BTreeMap<u16, u64>,
    pub findings: Vec<Finding>,
    /// Changes that the feed tells up to the end of the copy, and the running hash over them.
    pub count: u64,
    pub hash: Digest,
    /// Changes that the feed tells behind the copy's end.
    pub behind: u64,
}

impl Comparison {
    pub fn of(copy: Copy) -> Self {
        let of = |fault, held: &Held| Finding {
            fault,
            position: Some(held.position),
            line: Some(held.line),
        };
        let mut findings: Vec<Finding> = copy
            .unreadable
            .into_iter()
            .map(|line| Finding {
                fault: Fault::Unreadable,
                position: None,
                line: Some(line),
            })
            .collect();
        let mut sorted = copy.held;
        // Lines ascend: the first of its position stays the first.
        sorted.sort_by_key(|held| (held.position, held.line));
        let mut held: Vec<Held> = Vec::with_capacity(sorted.len());
        for one in sorted {
            match held.last() {
                Some(before) if before.position == one.position => {
                    findings.push(of(Fault::Doubled, &one));
                }
                _ => held.push(one),
            }
        }
        for shard in held.chunk_by(|one, next| one.position.shard == next.position.shard) {
            let lines: Vec<u64> = shard.iter().map(|held| held.line).collect();
            let astray = astray(&lines).into_iter().map(|at| &shard[at]);
            findings.extend(astray.map(|held| of(Fault::OutOfOrder, held)));
        }
        let last = held
            .iter()
            .map(|held| (held.position.shard, held.position.number))
            .collect();
        Self {
            told: vec![false; held.len()],
            held,
            last,
            findings,
            count: 0,
            hash: NOTHING,
            behind: 0,
        }
    }

    /// The next change that the feed tells.
    pub fn tell(&mut self, position: FeedPosition, hash: &Digest) {
        let end = self.last.get(&position.shard).copied().unwrap_or_default();
        if position.number > end {
            self.behind += 1;
            return;
        }
        self.count += 1;
        self.hash = run_on(&self.hash, hash);
        let known = self
            .held
            .binary_search_by_key(&position, |held| held.position);
        let (fault, line) = match known {
            Err(_) => (Fault::Missing, None),
            Ok(at) => {
                self.told[at] = true;
                let held = &self.held[at];
                if held.sound && held.hash == *hash {
                    return;
                }
                (Fault::Altered, Some(held.line))
            }
        };
        self.findings.push(Finding {
            fault,
            position: Some(position),
            line,
        });
    }

    /// The feed has told all: what it did not tell is not in it. In the order of the feed.
    pub fn end(&mut self) {
        let untold = self.held.iter().zip(&self.told).filter(|(_, told)| !**told);
        self.findings.extend(untold.map(|(held, _)| Finding {
            fault: Fault::Unknown,
            position: Some(held.position),
            line: Some(held.line),
        }));
        self.findings
            .sort_by_key(|finding| (finding.position, finding.line, finding.fault));
    }

    /// The position of the copy's last change, one a shard.
    pub fn up_to(&self) -> Option<String> {
        let texts = self.last.iter().map(|(shard, number)| {
            let (shard, number) = (*shard, *number);
            FeedPosition { shard, number }.to_string()
        });
        let texts: Vec<String> = texts.collect();
        (!texts.is_empty()).then(|| texts.join(","))
    }
}

/// The fewest that must be taken out so that the rest ascends; where they stand.
fn astray(lines: &[u64]) -> Vec<usize> {
    if lines.is_sorted() {
        return Vec::new();
    }
    // The longest ascending subsequence by patience: `ends[n]` is the place of the smallest end of
    // one of n + 1 members.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(lines.len());
    for (at, line) in lines.iter().enumerate() {
        let length = ends.partition_point(|end| lines[*end] < *line);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() {
            ends.push(at);
        } else {
            ends[length] = at;
        }
    }
    let mut stays = vec![false; lines.len()];
    let mut next = ends.last().copied();
    while let Some(at) = next {
        stays[at] = true;
        next = before[at];
    }
    (0..lines.len()).filter(|at| !stays[*at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn feed(length: u64) -> Vec<(FeedPosition, Digest)> {
        // Others' changes stand between.
        let change = |n: u64| {
            let number = 3 * n + 1;
            (FeedPosition { shard: 0, number }, [n as u8; 32])
        };
        (0..length).map(change).collect()
    }

    fn copy_of(changes: &[(FeedPosition, Digest)]) -> Copy {
        let held = changes
            .iter()
            .zip(1..)
            .map(|((position, hash), line)| Held {
                line,
                position: *position,
                hash: *hash,
                sound: true,
            });
        Copy {
            held: held.collect(),
            unreadable: Vec::new(),
        }
    }

    fn compared(copy: Copy, feed: &[(FeedPosition, Digest)]) -> Comparison {
        let mut comparison = Comparison::of(copy);
        for (position, hash) in feed {
            comparison.tell(*position, hash);
        }
        comparison.end();
        comparison
    }

    fn faults(comparison: &Comparison) -> Vec<(Fault, Option<FeedPosition>)> {
        let findings = comparison.findings.iter();
        findings
            .map(|finding| (finding.fault, finding.position))
            .collect()
    }

    proptest! {
        #[test]
        fn a_whole_copy_is_whole_up_to_where_it_ends(length in 0_u64..40, kept in 0_usize..40) {
            let feed = feed(length);
            let kept = kept.min(feed.len());
            let comparison = compared(copy_of(&feed[..kept]), &feed);
            prop_assert_eq!(faults(&comparison), []);
            prop_assert_eq!(comparison.count as usize, kept);
            prop_assert_eq!(comparison.behind as usize, feed.len() - kept);
            let running = feed[..kept].iter().fold(NOTHING, |hash, (_, change)| run_on(&hash, change));
            prop_assert_eq!(comparison.hash, running);
        }

        #[test]
        fn whatever_was_removed_is_named(length in 2_u64..40, at in any::<prop::sample::Index>()) {
            let feed = feed(length);
            let mut changes = feed.clone();
            // Without its end a copy is only behind.
            let (gone, _) = changes.remove(at.index(feed.len() - 1));
            let comparison = compared(copy_of(&changes), &feed);
            prop_assert_eq!(faults(&comparison), [(Fault::Missing, Some(gone))]);
        }

        #[test]
        fn whatever_was_altered_is_named(length in 1_u64..40, at in any::<prop::sample::Index>(), byte in 0_usize..32, told in any::<bool>()) {
            let feed = feed(length);
            let mut copy = copy_of(&feed);
            let altered = &mut copy.held[at.index(feed.len())];
            if told { altered.hash[byte] ^= 1; } else { altered.sound = false; }
            let position = altered.position;
            prop_assert_eq!(faults(&compared(copy, &feed)), [(Fault::Altered, Some(position))]);
        }

        #[test]
        fn whatever_is_doubled_is_named(length in 1_u64..40, at in any::<prop::sample::Index>(), to in any::<prop::sample::Index>()) {
            let feed = feed(length);
            let mut changes = feed.clone();
            let again = changes[at.index(feed.len())];
            changes.insert(to.index(feed.len() + 1), again);
            let comparison = compared(copy_of(&changes), &feed);
            // Put before earlier ones, the first of the two is also out of order; of two neighbours
            // either may be the one.
            let (doubled, rest): (Vec<_>, Vec<_>) = faults(&comparison)
                .into_iter()
                .partition(|(fault, _)| *fault == Fault::Doubled);
            prop_assert_eq!(doubled, [(Fault::Doubled, Some(again.0))]);
            prop_assert!(rest.len() <= 1 && rest.iter().all(|(fault, _)| *fault == Fault::OutOfOrder));
        }

        #[test]
        fn what_stands_elsewhere_is_named(length in 2_u64..40, at in any::<prop::sample::Index>(), to in any::<prop::sample::Index>()) {
            let feed = feed(length);
            let mut changes = feed.clone();
            let (at, to) = (at.index(feed.len()), to.index(feed.len()));
            let moved = changes.remove(at);
            changes.insert(to, moved);
            let comparison = compared(copy_of(&changes), &feed);
            let found = faults(&comparison);
            match at.abs_diff(to) {
                0 => prop_assert_eq!(found, []),
                // Of two neighbours either may be the one.
                1 => {
                    prop_assert_eq!(found.len(), 1);
                    prop_assert_eq!(found[0].0, Fault::OutOfOrder);
                }
                _ => prop_assert_eq!(found, [(Fault::OutOfOrder, Some(moved.0))]),
            }
        }

        #[test]
        fn what_is_none_of_the_feed_is_named(length in 0_u64..40, number in 0_u64..200) {
            let feed = feed(length);
            let foreign = FeedPosition { shard: 0, number: 3 * number + 2 };
            let mut changes = feed.clone();
            changes.push((foreign, [9; 32]));
            changes.sort_unstable();
            prop_assert_eq!(faults(&compared(copy_of(&changes), &feed)), [(Fault::Unknown, Some(foreign))]);
        }
    }
}
