//! How much of the feed a lane has dealt with: pure.
//!
//! Guarantee: a position is handed on once. What is open stays open in every snapshot until it is
//! settled, and what was settled is never handed on again, also after a restart from any snapshot.
//! So one slow message holds up neither those behind it nor the cursor's truth.

use std::collections::BTreeSet;
use trackway_model::change::FeedPosition;
use trackway_store::lanes::Progress;

#[derive(Debug, Default)]
pub(crate) struct Passed {
    /// Where to read on.
    read: Vec<FeedPosition>,
    /// The furthest that was handed on, here or before a restart.
    reached: Vec<FeedPosition>,
    open: BTreeSet<FeedPosition>,
}

impl Passed {
    pub fn of(progress: Progress) -> Self {
        let Progress {
            cursor,
            reached,
            open,
        } = progress;
        let mut passed = Self {
            reached: cursor.clone(),
            read: cursor,
            open: open.into_iter().collect(),
        };
        for at in reached {
            further(&mut passed.reached, at);
        }
        passed
    }

    pub fn read(&self) -> &[FeedPosition] {
        &self.read
    }

    /// Takes what was read. Whether it is to be dealt with: then it is open until it is settled.
    pub fn hand(&mut self, at: FeedPosition, wanted: bool) -> bool {
        further(&mut self.read, at);
        if at.number <= number(&self.reached, at.shard) {
            return self.open.contains(&at);
        }
        further(&mut self.reached, at);
        wanted && self.open.insert(at)
    }

    /// Nothing up to here concerns this lane beyond what it was handed.
    pub fn pass_to(&mut self, cursor: &[FeedPosition]) {
        for at in cursor {
            further(&mut self.read, *at);
            further(&mut self.reached, *at);
        }
    }

    pub fn settle(&mut self, at: FeedPosition) {
        self.open.remove(&at);
    }

    /// Positions passed over and not known to the store, whose cursor is this.
    pub fn beyond(&self, saved: &[FeedPosition]) -> u64 {
        let beyond = |at: &FeedPosition| at.number - number(saved, at.shard).min(at.number);
        self.reached.iter().map(beyond).sum()
    }

    pub fn snapshot(&self) -> Progress {
        let cursor = |at: &FeedPosition| {
            let first = FeedPosition { number: 0, ..*at };
            let of_shard = self.open.range(first..).next();
            let open = of_shard.filter(|open| open.shard == at.shard);
            FeedPosition {
                number: open.map_or(at.number, |open| open.number - 1),
                ..*at
            }
        };
        Progress {
            cursor: self.reached.iter().map(cursor).collect(),
            reached: self.reached.clone(),
            open: self.open.iter().copied().collect(),
        }
    }
}

fn number(of: &[FeedPosition], shard: u16) -> u64 {
    let found = of.iter().find(|at| at.shard == shard);
    found.map_or(0, |at| at.number)
}

fn further(cursor: &mut Vec<FeedPosition>, at: FeedPosition) {
    crate::following::move_on(cursor, at);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a lane does: reads on, settles one that is open, dies and starts from what was stored.
    #[derive(Clone, Debug)]
    enum Step {
        Read { shard: u16, wanted: bool },
        Settle(usize),
        Store,
        Die,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let one = prop_oneof![
            4 => (0..2_u16, any::<bool>()).prop_map(|(shard, wanted)| Step::Read { shard, wanted }),
            3 => any::<usize>().prop_map(Step::Settle),
            1 => Just(Step::Store),
            1 => Just(Step::Die),
        ];
        proptest::collection::vec(one, 0..200)
    }

    proptest! {
        #[test]
        fn nothing_is_left_out_and_what_was_stored_as_settled_is_not_handed_again(steps in steps()) {
            // Whether a position is wanted is decided when it is first read, and stays.
            let mut wants: Vec<Vec<bool>> = vec![Vec::new(), Vec::new()];
            let mut passed = Passed::default();
            let mut stored = passed.snapshot();
            let mut open: BTreeSet<FeedPosition> = BTreeSet::new();
            let mut settled: BTreeSet<FeedPosition> = BTreeSet::new();
            let mut safe = settled.clone();
            for step in steps {
                match step {
                    Step::Read { shard, wanted } => {
                        let next = number(passed.read(), shard) + 1;
                        let wants = &mut wants[usize::from(shard)];
                        if wants.len() < next as usize {
                            wants.push(wanted);
                        }
                        let wanted = wants[next as usize - 1];
                        let at = FeedPosition { shard, number: next };
                        if passed.hand(at, wanted) {
                            prop_assert!(wanted && !safe.contains(&at), "{:?} again", at);
                            prop_assert!(open.insert(at), "{:?} twice", at);
                        } else {
                            prop_assert!(!wanted || settled.contains(&at), "{:?} left out", at);
                        }
                    }
                    Step::Settle(which) => {
                        let count = open.len().max(1);
                        if let Some(at) = open.iter().nth(which % count).copied() {
                            open.remove(&at);
                            settled.insert(at);
                            passed.settle(at);
                        }
                    }
                    Step::Store => {
                        stored = passed.snapshot();
                        safe = settled.clone();
                    }
                    Step::Die => {
                        passed = Passed::of(stored.clone());
                        open.clear();
                        settled = safe.clone();
                    }
                }
            }
            let last = passed.snapshot();
            for at in &last.cursor {
                let earlier = open.iter().filter(|open| open.shard == at.shard);
                prop_assert!(earlier.copied().all(|open| open.number > at.number));
            }
        }
    }
}
