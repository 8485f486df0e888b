//! What came of a run with kills, and the judgement on it: one for honest builds and for those that
//! tests break on purpose. Pure.
//!
//! What must hold, whatever happened: what was acknowledged is in the log, once; the state is what
//! the log says; every change arrived, and the messages of a shipment in their order; a message came
//! again only where it had failed or where its acknowledgement was in flight at a kill; no more calls
//! were made than a budget allows.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Debug;
use std::hash::Hash;

/// An event: the shipment's number and the event's text.
pub type Told = (String, String);
/// A message: the shipment's number and the message's sequence number.
pub type Message = (String, u64);

/// Examples that a finding names.
const EXAMPLES: usize = 3;

/// What happened at the receiver, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Came {
        message: Message,
        accepted: bool,
    },
    /// Whatever worked was killed; of these messages the outcome was not stored yet.
    Killed {
        in_flight: HashSet<Message>,
    },
}

/// Calls against a budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calls {
    /// Of what budget.
    pub of: String,
    pub made: usize,
    pub allowed: usize,
}

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Events whose sender has an acknowledgement.
    pub acknowledged: BTreeSet<Told>,
    /// Events in the log, as often as it has them.
    pub kept: Vec<Told>,
    /// Shipments whose state differs from a rebuild from the log.
    pub differing: Vec<String>,
    /// What the feed holds for the receiver, by each change's first message.
    pub changes: BTreeSet<Message>,
    /// Events of which the receiver accepted a message.
    pub told: BTreeSet<Told>,
    pub steps: Vec<Step>,
    pub calls: Vec<Calls>,
}

impl Evidence {
    /// What must not be, in words. Empty: the run passed.
    pub fn findings(&self) -> Vec<String> {
        let mut found = in_log(self.acknowledged.iter(), self.kept.iter());
        found.extend(
            self.differing
                .iter()
                .map(|what| format!("the stored state differs from a rebuild: {what}")),
        );
        let accepted = self.accepted();
        let missing = self.changes.iter().filter(|one| !accepted.contains(one));
        found.extend(some("changes never arrived", missing));
        let untold = self.acknowledged.difference(&self.told);
        found.extend(some("acknowledged events were never told", untold));
        found.extend(self.repeats());
        found.extend(self.disorder());
        let over = self.calls.iter().filter(|calls| calls.made > calls.allowed);
        found.extend(over.map(|Calls { of, made, allowed }| {
            format!("{made} calls where {of} allows {allowed}")
        }));
        found
    }

    fn accepted(&self) -> HashSet<&Message> {
        let accepted = self.steps.iter().filter_map(|step| match step {
            Step::Came { message, accepted } => accepted.then_some(message),
            Step::Killed { .. } => None,
        });
        accepted.collect()
    }

    fn repeats(&self) -> Option<String> {
        let mut done = HashSet::new();
        let mut again = Vec::new();
        for step in &self.steps {
            match step {
                Step::Came { message, accepted } => {
                    if done.contains(message) {
                        again.push(message);
                    } else if *accepted {
                        done.insert(message);
                    }
                }
                Step::Killed { in_flight } => done.retain(|message| !in_flight.contains(*message)),
            }
        }
        some(
            "messages came again though no acknowledgement of them was in flight",
            again.into_iter(),
        )
    }

    /// Messages that came for the first time after a later one of their shipment.
    fn disorder(&self) -> Option<String> {
        let mut newest: HashMap<&str, u64> = HashMap::new();
        let mut seen = HashSet::new();
        let mut late = Vec::new();
        for step in &self.steps {
            let Step::Came { message, .. } = step else {
                continue;
            };
            if !seen.insert(message) {
                continue;
            }
            let newest = newest.entry(&message.0).or_default();
            if message.1 < *newest {
                late.push(message);
            }
            *newest = message.1.max(*newest);
        }
        some(
            "messages came after a later one of their shipment",
            late.into_iter(),
        )
    }
}

/// Whether all that was acknowledged is in the log, and nothing twice.
pub fn in_log<T: Debug + Eq + Hash>(
    acknowledged: impl Iterator<Item = T>,
    kept: impl Iterator<Item = T>,
) -> Vec<String> {
    let acknowledged: HashSet<T> = acknowledged.collect();
    let mut held = HashSet::new();
    let mut twice = Vec::new();
    for one in kept {
        if let Some(before) = held.replace(one) {
            twice.push(before);
        }
    }
    let lost = some(
        "acknowledged events are not in the log",
        acknowledged.difference(&held),
    );
    let twice = some("events are in the log twice", twice.iter());
    lost.into_iter().chain(twice).collect()
}

/// How many there are, with examples; None where there are none.
fn some<T: Debug>(what: &str, all: impl Iterator<Item = T>) -> Option<String> {
    let all: Vec<T> = all.collect();
    let examples = &all[..all.len().min(EXAMPLES)];
    (!all.is_empty()).then(|| format!("{} {what}, such as {examples:?}", all.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Told {
        ("P1".to_owned(), text.to_owned())
    }

    fn message(sequence: u64) -> Message {
        ("P1".to_owned(), sequence)
    }

    fn came(sequence: u64, accepted: bool) -> Step {
        let message = message(sequence);
        Step::Came { message, accepted }
    }

    /// Two events; the second one's message failed once, and came again after a kill.
    fn good() -> Evidence {
        let both = [told("a"), told("b")];
        let killed = Step::Killed {
            in_flight: [message(2)].into(),
        };
        Evidence {
            acknowledged: both.clone().into(),
            kept: both.to_vec(),
            changes: [message(1), message(2)].into(),
            told: both.into(),
            steps: vec![
                came(1, true),
                came(2, false),
                came(2, true),
                killed,
                came(2, true),
            ],
            ..Evidence::default()
        }
    }

    #[track_caller]
    fn finds(evidence: &Evidence, words: &str) {
        let found = evidence.findings();
        assert!(
            found.len() == 1 && found[0].contains(words),
            "{words}: {found:#?}"
        );
    }

    #[test]
    fn a_good_run_passes() {
        assert_eq!(good().findings(), Vec::<String>::new());
        assert_eq!(Evidence::default().findings(), Vec::<String>::new());
    }

    #[test]
    fn whatever_must_not_be_is_found() {
        let mut lost = good();
        lost.kept.pop();
        finds(
            &lost,
            "1 acknowledged events are not in the log, such as [(\"P1\", \"b\")]",
        );
        let mut twice = good();
        twice.kept.push(told("a"));
        finds(&twice, "1 events are in the log twice");
        let mut differing = good();
        differing.differing.push("P1: stage".to_owned());
        finds(&differing, "differs from a rebuild: P1: stage");
        let mut missing = good();
        missing.changes.insert(message(3));
        finds(&missing, "1 changes never arrived");
        let mut untold = good();
        untold.told.remove(&told("a"));
        finds(&untold, "1 acknowledged events were never told");
        let mut again = good();
        again.steps.push(came(2, true));
        finds(&again, "1 messages came again");
        let mut late = good();
        late.steps.insert(0, came(2, true));
        late.steps[2] = came(3, true);
        late.steps.remove(3);
        finds(&late, "1 messages came after a later one");
        let mut over = good();
        over.calls = vec![
            Calls {
                of: "a day".to_owned(),
                made: 14,
                allowed: 14,
            },
            Calls {
                of: "a second".to_owned(),
                made: 3,
                allowed: 2,
            },
        ];
        finds(&over, "3 calls where a second allows 2");
    }

    #[test]
    fn a_kill_excuses_what_was_in_flight_and_nothing_else() {
        let mut other = good();
        other.steps.push(came(1, true));
        finds(&other, "1 messages came again");
        let mut first = good();
        first.steps.remove(3);
        finds(&first, "1 messages came again");
    }
}
