//! What proves that a copy of the feed is whole: a hash of every change, and a running hash over
//! them in the feed's order.
//!
//! Contract: a hash covers only what never changes once the change is written and what a consumer
//! reads in the change's JSON: no words, nothing that an erasure, a replay or another release
//! touches. So whoever holds the JSON computes the same, in any language and at any time. The form:
//!
//! - Every value is written as its length in bytes, `:`, its UTF-8 and `,`; a value that is null or
//!   left out as `-,`; a whole number as its decimal digits.
//! - In this order: [`FORM`], position, shipment, carrier, number, kind, registration, learned; the
//!   state before and the state after (milestone, reason, events; only `-,` for a state that is
//!   null); how many events are told of, and the id of each.
//! - A record's change has a form of its own: [`RECORD_FORM`], position, the record's kind and id,
//!   learned, cause, warehouse, version; the name of the state before (`-,` where the record is new)
//!   and of the state after, both as an empty text for records without states.
//! - The change's hash is the SHA-256 of that. The running hash begins with 32 zero bytes, and is
//!   with each change the SHA-256 of the running hash before and the change's hash.

use crate::change::{FeedPosition, Mark};
use crate::{Digest, Reason};
use sha2::{Digest as _, Sha256};

/// Names the form, so that another one could never give the same hash.
pub const FORM: &str = "trackway change 1";
pub const RECORD_FORM: &str = "trackway record change 1";
/// The running hash over nothing.
pub const NOTHING: Digest = [0; 32];
/// More than most changes need.
const USUAL_LENGTH: usize = 384;

/// The members of a change that its hash covers, but for the ids of its statements.
#[derive(Clone, Copy, Debug)]
pub struct Covered<'a> {
    pub position: FeedPosition,
    pub shipment: &'a str,
    pub carrier: &'a str,
    /// As first written.
    pub number: &'a str,
    pub kind: &'a str,
    pub registration: Option<&'a str>,
    pub learned: &'a str,
    pub before: Option<Stood<'a>>,
    pub after: Stood<'a>,
}

/// Where a shipment stood.
#[derive(Clone, Copy, Debug)]
pub struct Stood<'a> {
    pub milestone: &'a str,
    pub reason: Option<&'a str>,
    pub events: u64,
}

impl Stood<'static> {
    pub fn of(mark: Mark) -> Self {
        Self {
            milestone: mark.milestone.name(),
            reason: (mark.reason != Reason::None).then(|| mark.reason.name()),
            events: u64::from(mark.events),
        }
    }
}

impl Covered<'_> {
    /// The change's hash. `statements`: the ids of its events, as they stand in the JSON.
    pub fn hash<S: AsRef<str>>(&self, statements: &[S]) -> Digest {
        let mut form = Form(Vec::with_capacity(USUAL_LENGTH));
        form.value(FORM)
            .value(&self.position.to_string())
            .value(self.shipment)
            .value(self.carrier)
            .value(self.number)
            .value(self.kind)
            .option(self.registration)
            .value(self.learned)
            .state(self.before)
            .state(Some(self.after))
            .number(statements.len() as u64);
        for id in statements {
            form.value(id.as_ref());
        }
        Sha256::digest(&form.0).into()
    }
}

/// The members of a record's change that its hash covers.
#[derive(Clone, Copy, Debug)]
pub struct CoveredRecord<'a> {
    pub position: FeedPosition,
    pub kind: &'a str,
    pub id: i64,
    pub learned: &'a str,
    pub cause: Option<i64>,
    pub warehouse: Option<i64>,
    pub version: u64,
    /// Names of states, empty for a record without; None: it is new.
    pub before: Option<&'a str>,
    pub after: &'a str,
}

impl CoveredRecord<'_> {
    pub fn hash(&self) -> Digest {
        let mut form = Form(Vec::with_capacity(USUAL_LENGTH));
        form.value(RECORD_FORM)
            .value(&self.position.to_string())
            .value(self.kind)
            .value(&self.id.to_string())
            .value(self.learned)
            .option(self.cause.map(|id| id.to_string()).as_deref())
            .option(self.warehouse.map(|id| id.to_string()).as_deref())
            .number(self.version)
            .option(self.before)
            .value(self.after);
        Sha256::digest(&form.0).into()
    }
}

/// The running hash behind one more change.
pub fn run_on(running: &Digest, change: &Digest) -> Digest {
    let mut both = [0; 64];
    both[..32].copy_from_slice(running);
    both[32..].copy_from_slice(change);
    Sha256::digest(both).into()
}

/// Writes values so that no two lists of them give the same bytes.
struct Form(Vec<u8>);

impl Form {
    fn value(&mut self, value: &str) -> &mut Self {
        self.digits(value.len() as u64);
        self.0.push(b':');
        self.0.extend_from_slice(value.as_bytes());
        self.0.push(b',');
        self
    }

    fn option(&mut self, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => self.value(value),
            None => self.none(),
        }
    }

    fn number(&mut self, number: u64) -> &mut Self {
        self.value(&number.to_string())
    }

    fn state(&mut self, state: Option<Stood<'_>>) -> &mut Self {
        match state {
            Some(state) => self
                .value(state.milestone)
                .option(state.reason)
                .number(state.events),
            None => self.none(),
        }
    }

    fn none(&mut self) -> &mut Self {
        self.0.extend_from_slice(b"-,");
        self
    }

    /// A length has few digits: no text is made for it.
    fn digits(&mut self, number: u64) {
        if number >= 10 {
            self.digits(number / 10);
        }
        self.0.push(b'0' + (number % 10) as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AFTER: Stood<'_> = Stood {
        milestone: "in_transit",
        reason: None,
        events: 12,
    };

    fn covered<'a>(texts: &'a [String], before: Option<Stood<'a>>) -> Covered<'a> {
        Covered {
            position: FeedPosition {
                shard: 0,
                number: 15,
            },
            shipment: &texts[0],
            carrier: &texts[1],
            number: &texts[2],
            kind: &texts[3],
            registration: texts.get(6).map(String::as_str),
            learned: &texts[4],
            before,
            after: Stood {
                milestone: &texts[5],
                ..AFTER
            },
        }
    }

    fn hex(digest: &Digest) -> String {
        use std::fmt::Write as _;
        digest.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a text takes what is written");
            text
        })
    }

    /// Another program computed these, from the form as it is told above.
    #[test]
    fn the_form_is_what_consumers_compute() {
        let texts = [
            "4096",
            "gls",
            "GÄ1",
            "live",
            "2026-06-01T12:00:00Z",
            "in_transit",
        ];
        let texts = texts.map(str::to_owned);
        let first = covered(&texts, None).hash::<&str>(&[]);
        let before = Stood {
            milestone: "accepted",
            reason: Some("held"),
            events: 1,
        };
        let second = covered(&texts, Some(before)).hash(&["00ff", "a1"]);
        let told = [
            hex(&first),
            hex(&second),
            hex(&run_on(&run_on(&NOTHING, &first), &second)),
        ];
        assert_eq!(
            told,
            [
                "a9354358915bdd588f412422f7c307ed1dec40083ad7df6897473053edbc8c37",
                "7f81d33352aec55612bf8988f907635c48bf43934003380d2b34ca23d8039bca",
                "786600bcf7348dcc3229c330cf19eea44b5ed74aef62642ccbb6773f947dee03"
            ]
        );
    }

    /// Another program computed these too.
    #[test]
    fn the_form_of_records_is_what_consumers_compute() {
        let order = CoveredRecord {
            position: FeedPosition {
                shard: 0,
                number: 15,
            },
            kind: "order",
            id: 12,
            learned: "2026-06-01T12:00:00Z",
            cause: Some(9),
            warehouse: None,
            version: 3,
            before: Some("new"),
            after: "approved",
        };
        let stock = CoveredRecord {
            kind: "item",
            cause: None,
            warehouse: Some(7),
            version: 18,
            before: None,
            after: "",
            ..order
        };
        assert_eq!(
            [hex(&order.hash()), hex(&stock.hash())],
            [
                "63f24b226ae8b7fc8d5208f16cce318b23bb6902d9059a5f23fdde9cc877bbec",
                "aaf9394498be7b93a71e145e93f35fce38bd4977763d9a5fd9e606d8e464db68"
            ]
        );
    }

    proptest! {
        /// Whatever stands in the members: a hash is of one change only.
        #[test]
        fn other_members_give_another_hash(
            one in proptest::collection::vec("[0-9:,\\-a]{0,4}", 6..8),
            other in proptest::collection::vec("[0-9:,\\-a]{0,4}", 6..8),
            ids in proptest::collection::vec("[0-9:,\\-]{0,3}", 0..4),
            others in proptest::collection::vec("[0-9:,\\-]{0,3}", 0..4),
            new in any::<bool>(),
            newer in any::<bool>(),
        ) {
            let hash = |texts: &[String], new: bool, ids: &[String]| {
                covered(texts, new.then_some(AFTER)).hash(ids)
            };
            let same = one == other && ids == others && new == newer;
            prop_assert_eq!(hash(&one, new, &ids) == hash(&other, newer, &others), same);
        }
    }
}
