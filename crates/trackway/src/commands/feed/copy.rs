//! A consumer's copy of the feed: a change a line, as the feed gave it, each hashed anew.
//!
//! Contract: a line that is no change is named, never skipped; members that the hash does not cover
//! may be gone or new. The copy's size is bounded by memory alone: some 60 bytes a change are held.

use anyhow::{Context, bail};
use serde::Deserialize;
use std::io::{BufRead, Read};
use trackway_model::Digest;
use trackway_model::change::FeedPosition;
use trackway_model::proof::{Covered, Stood};

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

impl Held {
    fn read(text: &[u8], line: u64) -> Option<Self> {
        let read: Line = serde_json::from_slice(text).ok()?;
        let position = FeedPosition::parse(&read.position)?;
        let covered = Covered {
            position,
            shipment: &read.shipment,
            carrier: &read.carrier,
            number: &read.number,
            kind: &read.kind,
            registration: read.registration.as_deref(),
            learned: &read.learned,
            before: read.before.as_ref().map(State::stood),
            after: read.after.stood(),
        };
        let hash = covered.hash(&read.events);
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
