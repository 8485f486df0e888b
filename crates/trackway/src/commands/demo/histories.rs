//! A client's history of a number beside the hub's: to the second, happening by happening.
//!
//! What an upstream of the client's own system told is passed on as it came: so the client is told each
//! time and each status that this system wrote, as it wrote it, and nothing else. What only others told
//! is put in the client's words: each happening of the hub's at its own second, and no other.

use std::collections::BTreeSet;
use trackway_hub::Explanation;
use trackway_model::statement::Statement;
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{Certainty, CodeKind, Milestone, Occurred, Stage, time};

const SECOND: i64 = 1_000_000;

/// A moment to the second, by the clock of the place and in the world; who does not know the zone has the
/// clock alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Moment {
    clock: i64,
    instant: i64,
}

impl Moment {
    fn of(at: Occurred) -> Self {
        Self {
            clock: at.wall.div_euclid(SECOND),
            instant: at.assumed().div_euclid(SECOND),
        }
    }

    fn is(self, other: &Self) -> bool {
        self.clock == other.clock || self.instant == other.instant
    }
}

type Happened = (Moment, Milestone);

/// What is told of a number.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct History {
    happened: BTreeSet<Happened>,
}

impl History {
    pub fn told<'s>(statements: impl Iterator<Item = &'s Statement>) -> Self {
        let actual = statements.filter(|told| told.certainty == Certainty::Actual);
        let told = actual.filter_map(|told| Some((Moment::of(told.occurred?), told.milestone)));
        Self {
            happened: told.collect(),
        }
    }
}

/// What the hub holds of a number.
#[derive(Debug, Default)]
pub struct Held {
    all: History,
    /// What the client's own system told of it.
    own: History,
}

impl Held {
    pub fn of(journey: &Explanation, dialect: &str) -> Self {
        let mut held = Self::default();
        let events = journey.events.iter();
        for event in events.filter(|event| event.certainty == Certainty::Actual) {
            let moment = |text: &str| time::parse(text).map(Moment::of);
            let at = event.time.as_deref().and_then(moment);
            held.all.happened.extend(at.map(|at| (at, event.milestone)));
            let own = event.witnesses.iter().filter(|it| it.dialect == dialect);
            let own = own.filter_map(|it| Some((moment(&it.time_text)?, it.milestone)));
            held.own.happened.extend(own);
        }
        held
    }

    /// What a client that was told this in its system's words sees otherwise than it is held; None where it
    /// sees this history, and nothing else.
    pub fn difference(&self, told: &History, words: &Vocabulary) -> Option<String> {
        let is_own = !self.own.happened.is_empty();
        let held = if is_own { &self.own } else { &self.all };
        let says = |(at, said): &Happened, (of, milestone): &Happened| {
            if is_own {
                // A text may not say its zone where the answer says it beside.
                at.clock == of.clock && said == milestone
            } else {
                at.is(of) && may_say(words, *milestone, said.stage())
            }
        };
        let mut all = held.happened.iter();
        let missing = all.find(|it| !told.happened.iter().any(|said| says(said, it)));
        if let Some(it) = missing {
            return Some(format!("is not told of {}", described(it)));
        }
        let mut all = told.happened.iter();
        let surplus = all.find(|said| !held.happened.iter().any(|it| says(said, it)));
        surplus.map(|it| format!("is told of {}", described(it)))
    }
}

/// Whether a system tells a milestone as this stage: by the code that it has for it, in answers that hold
/// the first column of its codes alone too. What it has no code for it tells as it likes.
fn may_say(words: &Vocabulary, milestone: Milestone, stage: Stage) -> bool {
    let kinds = [CodeKind::Shipment, CodeKind::Event];
    let rows = kinds.map(|kind| words.tell(kind, milestone).0);
    let mut stages = rows.iter().flatten().flat_map(|row| {
        let codes = [row.sub.as_str(), ""];
        codes.map(|sub| words.read(row.kind, &row.code, sub).0.stage())
    });
    rows.iter().all(Option::is_none) || stages.any(|said| said == stage)
}

fn described((moment, milestone): &Happened) -> String {
    let at = jiff::Timestamp::from_second(moment.clock).unwrap_or_default();
    format!(
        "{} at {}",
        milestone.name(),
        at.strftime("%Y-%m-%dT%H:%M:%S")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use trackway_dialects::express247::vocabulary;

    fn history(told: &[(i64, Milestone)]) -> History {
        let moment = |at: i64| Moment {
            clock: at + 7 * 3_600,
            instant: at,
        };
        let happened = told.iter().map(|(at, told)| (moment(*at), *told)).collect();
        History { happened }
    }

    const PICKED_UP: (i64, Milestone) = (10, Milestone::PickedUp);
    const ON_ITS_WAY: (i64, Milestone) = (20, Milestone::InTransit);
    const DELIVERED: (i64, Milestone) = (30, Milestone::Delivered);

    #[test]
    fn what_its_own_system_told_is_told_as_it_was() {
        let held = Held {
            all: history(&[PICKED_UP, ON_ITS_WAY, DELIVERED]),
            own: history(&[PICKED_UP, DELIVERED]),
        };
        for (told, expected) in [
            (&[PICKED_UP, DELIVERED][..], true),
            (&[PICKED_UP], false),
            (&[PICKED_UP, ON_ITS_WAY, DELIVERED], false),
            (&[PICKED_UP, (31, Milestone::Delivered)], false),
            (&[PICKED_UP, (30, Milestone::Returned)], false),
            (&[], false),
        ] {
            let difference = held.difference(&history(told), vocabulary());
            assert_eq!(difference.is_none(), expected, "{told:?}: {difference:?}");
        }
    }

    #[test]
    fn what_others_told_is_told_in_its_words() {
        let held = Held {
            all: history(&[PICKED_UP, DELIVERED]),
            own: History::default(),
        };
        for (told, expected) in [
            (&[PICKED_UP, DELIVERED][..], true),
            (
                &[(10, Milestone::Accepted), (30, Milestone::Delivered)],
                true,
            ),
            (&[PICKED_UP, (30, Milestone::Returned)], false),
            (&[PICKED_UP], false),
            (&[PICKED_UP, ON_ITS_WAY, DELIVERED], false),
            (&[], false),
        ] {
            let difference = held.difference(&history(told), vocabulary());
            assert_eq!(difference.is_none(), expected, "{told:?}: {difference:?}");
        }
        // By the clock of the place alone.
        let clock = Moment {
            clock: 10 + 7 * 3_600,
            instant: 10 + 7 * 3_600,
        };
        let told = History {
            happened: BTreeSet::from([(clock, Milestone::PickedUp)]),
        };
        let held = Held {
            all: history(&[PICKED_UP]),
            own: History::default(),
        };
        assert_eq!(held.difference(&told, vocabulary()), None);
    }
}
