//! A consumer's copy of the feed: a change a line, as the feed gave it, each hashed anew.
//!
//! Contract: a line that is no change is named, never skipped; members that the hash does not cover
//! may be gone or new. The copy's size is bounded by memory alone: some 60 bytes a change are held.

use anyhow::{Context, bail};
use serde::Deserialize;
use std::io::{BufRead, Read};
use trackway_model::Digest;
use trackway_model::change::FeedPosition;
use trackway_model::proof::{Covered, CoveredRecord, Stood};

/// No change is longer, with all its words.
const LONGEST_LINE: u64 = 24 << 20;

/// A change of the copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub line: u64,
    pub position: FeedPosition,
    /// As its members come to.
    pub hash: Digest,
    /// Its members come to the hash that stands in it, where one does.
    pub sound: bool,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Copy {
    pub held: Vec<Held>,
    /// Lines that are no change.
    pub unreadable: Vec<u64>,
}

#[derive(Deserialize)]
struct Line {
    position: String,
    hash: Option<String>,
    #[serde(flatten)]
    of: Of,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Of {
    Record(OfRecord),
    Shipment(OfShipment),
}

/// What the hash covers of a record's change.
#[derive(Deserialize)]
struct OfRecord {
    subject: Subject,
    learned: String,
    cause: Option<i64>,
    warehouse: Option<i64>,
    version: u64,
    before: Option<RecordState>,
    after: RecordState,
}

#[derive(Deserialize)]
struct Subject {
    kind: String,
    id: i64,
}

#[derive(Deserialize)]
struct RecordState {
    state: Option<String>,
}

/// What the hash covers of a shipment's change.
#[derive(Deserialize)]
struct OfShipment {
    shipment: String,
    carrier: String,
    number: String,
    kind: String,
    registration: Option<String>,
    learned: String,
    before: Option<State>,
    after: State,
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct State {
    milestone: String,
    reason: Option<String>,
    events: u64,
}

#[derive(Deserialize)]
struct Event {
    id: String,
}

impl AsRef<str> for Event {
    fn as_ref(&self) -> &str {
        &self.id
    }
}

impl State {
    fn stood(&self) -> Stood<'_> {
        Stood {
            milestone: &self.milestone,
            reason: self.reason.as_deref(),
            events: self.events,
        }
    }
}

impl OfShipment {
    fn hash(&self, position: FeedPosition) -> Digest {
        let covered = Covered {
            position,
            shipment: &self.shipment,
            carrier: &self.carrier,
            number: &self.number,
            kind: &self.kind,
            registration: self.registration.as_deref(),
            learned: &self.learned,
            before: self.before.as_ref().map(State::stood),
            after: self.after.stood(),
        };
        covered.hash(&self.events)
    }
}

impl OfRecord {
    fn hash(&self, position: FeedPosition) -> Digest {
        fn name(of: &RecordState) -> &str {
            of.state.as_deref().unwrap_or_default()
        }
        let covered = CoveredRecord {
            position,
            kind: &self.subject.kind,
            id: self.subject.id,
            learned: &self.learned,
            cause: self.cause,
            warehouse: self.warehouse,
            version: self.version,
            before: self.before.as_ref().map(name),
            after: name(&self.after),
        };
        covered.hash()
    }
}

impl Held {
    fn read(text: &[u8], line: u64) -> Option<Self> {
        let read: Line = serde_json::from_slice(text).ok()?;
        let position = FeedPosition::parse(&read.position)?;
        let hash = match &read.of {
            Of::Record(of) => of.hash(position),
            Of::Shipment(of) => of.hash(position),
        };
        let sound = read.hash.is_none_or(|told| told == hex::encode(hash));
        Some(Self {
            line,
            position,
            hash,
            sound,
        })
    }
}

/// Reads a copy to its end. Empty lines are none.
pub fn read(input: &mut dyn BufRead) -> anyhow::Result<Copy> {
    let mut copy = Copy::default();
    let mut text = Vec::new();
    for line in 1.. {
        text.clear();
        let length = input
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut text)
            .context("the copy can't be read")?;
        if length == 0 {
            break;
        }
        if length as u64 == LONGEST_LINE && !text.ends_with(b"\n") {
            bail!("line {line} is longer than any change: is this a copy of the feed?");
        }
        if text.trim_ascii().is_empty() {
            continue;
        }
        match Held::read(&text, line) {
            Some(held) => copy.held.push(held),
            None => copy.unreadable.push(line),
        }
    }
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// A change of an order, as the feed tells it.
    fn change() -> Value {
        let covered = CoveredRecord {
            position: FeedPosition {
                shard: 0,
                number: 15,
            },
            kind: "order",
            id: 12,
            learned: "2026-06-01T12:00:00Z",
            cause: None,
            warehouse: None,
            version: 2,
            before: Some("new"),
            after: "approved",
        };
        json!({
            "subject": { "kind": "order", "id": 12, "code": "OR12" },
            "learned": "2026-06-01T12:00:00Z",
            "before": { "state": "new" },
            "after": { "state": "approved" },
            "version": 2,
            "position": "0:15",
            "hash": hex::encode(covered.hash()),
        })
    }

    fn sound(change: &Value) -> bool {
        let copy = read(&mut change.to_string().as_bytes()).unwrap();
        assert_eq!((copy.held.len(), copy.unreadable.len()), (1, 0), "{change}");
        copy.held[0].sound
    }

    #[test]
    fn a_records_change_is_hashed_by_what_never_changes_of_it() {
        assert!(sound(&change()));
        let altered = |place: &str, value: Value| {
            let mut change = change();
            *change.pointer_mut(place).unwrap() = value;
            change
        };
        // A code may change: it is not covered.
        assert!(sound(&altered("/subject/code", json!("SO-7"))));
        for (place, value) in [
            ("/subject/id", json!(13)),
            ("/subject/kind", json!("return")),
            ("/before", Value::Null),
            ("/before/state", Value::Null),
            ("/after/state", json!("shipped")),
            ("/version", json!(3)),
            ("/position", json!("0:16")),
        ] {
            assert!(!sound(&altered(place, value)), "{place}");
        }
    }

    #[test]
    fn what_is_no_change_is_named() {
        let mut text = change().to_string().into_bytes();
        text.extend_from_slice(b"\n{\"subject\":{}}\n\n[]\n");
        let copy = read(&mut text.as_slice()).unwrap();
        assert_eq!((copy.held.len(), copy.unreadable), (1, vec![2, 4]));
    }
}
