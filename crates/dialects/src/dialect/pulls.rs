//! Systems whose records an account pulls into its own, sans-IO: what there is to be had, the calls one
//! after the other, and what each answer holds.
//!
//! Contract: a `Walk` asks one call at a time; who drives it sends the call, hands the answer in, and
//! takes what was found, in its order. What is found is known again by names (`Entry::names`) or by what
//! stands of it (`Listed`), so that a second walk changes nothing. What can't be read is `Found::Wrong`
//! and holds up nothing else. A walk that was broken off goes on from its `cursor`, at the page that
//! was not done: nothing is lost, and what comes twice is known.

use super::{Answer, CallError, Outgoing, Upstream};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use trackway_model::ConnectionId;
use trackway_model::orders::{Body, Kind, Name, NameKind, NewReport, RecordId};

/// A list of a system's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// As people name it.
    pub name: &'static str,
    /// Whether it is pulled where nobody says what.
    pub usual: bool,
}

/// What is to be pulled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Parts by name; empty: the usual ones.
    pub parts: Vec<String>,
    /// Of one part a single thing, by its number or code there.
    pub one: Option<(String, String)>,
    /// Where another walk ended.
    pub from: Option<String>,
}

/// A thing of theirs, by its kind here and its number there.
pub type Theirs = (Kind, String);

/// Which record of ours a thing of theirs is.
#[derive(Clone, Debug, Default)]
pub struct Known(HashMap<Theirs, RecordId>);

impl Known {
    pub fn get(&self, kind: Kind, theirs: &str) -> Option<RecordId> {
        self.0.get(&(kind, theirs.to_owned())).copied()
    }

    pub fn has(&self, theirs: &Theirs) -> bool {
        self.0.contains_key(theirs)
    }

    pub fn insert(&mut self, theirs: Theirs, ours: RecordId) {
        self.0.insert(theirs, ours);
    }
}

/// A name that a record is found by, perhaps within another thing of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundBy {
    pub kind: NameKind,
    pub within: Option<Theirs>,
    pub text: String,
}

/// Reads a row as a record, over what we have; the error says what is wrong with it.
pub type Reads = fn(&[u8], Option<&Body>, &Known) -> Result<Body, String>;

/// A thing of theirs that is a record of our catalogue.
#[derive(Clone, Debug)]
pub struct Entry {
    pub part: &'static str,
    pub theirs: Theirs,
    /// What our record is found by: the first that there is.
    pub found_by: Vec<FoundBy>,
    /// What a new record is called; None: as ours are.
    pub code: Option<String>,
    /// What it names.
    pub refers: Vec<Theirs>,
    /// As it was told.
    pub row: Vec<u8>,
    pub read: Reads,
}

impl Entry {
    pub fn names(&self, known: &Known) -> Vec<Name> {
        let name = |it: &FoundBy| {
            let scope = match &it.within {
                Some((kind, theirs)) => known.get(*kind, theirs)?,
                None => RecordId(0),
            };
            Some(Name::new(it.kind, scope, &it.text))
        };
        self.found_by.iter().filter_map(name).collect()
    }
}

/// A thing of theirs of which a report stands here, or is to stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub part: &'static str,
    /// Its code there.
    pub code: String,
    /// The code of what stands of it.
    pub standing: String,
    /// When it changed last, as its list says.
    pub at: Option<i64>,
}

/// A thing that can't be taken, or a call that brought nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub part: &'static str,
    /// Its number or code there, where it has one.
    pub id: String,
    pub problem: String,
}

/// What an answer holds.
#[derive(Clone, Debug)]
pub enum Found {
    Entry(Box<Entry>),
    /// Opened (`Walk::open`) unless what stands of it is as new.
    Listed(Listed),
    /// Unless what stands says the same.
    Report(&'static str, Box<NewReport>),
    /// A number that is followed from now on.
    Followed {
        part: &'static str,
        carrier: &'static str,
        number: String,
    },
    /// A list or a directory of theirs says what ours does not.
    Differs {
        part: &'static str,
        what: String,
    },
    /// As ours says.
    Same(&'static str),
    Wrong(Wrong),
}

/// One walk over a system's records.
pub trait Walk: Send {
    /// The next call and the part that it is of; None: all was asked.
    fn next(
        &mut self,
        upstream: &Upstream<'_>,
    ) -> Option<(&'static str, Result<Outgoing, CallError>)>;
    /// What the answer to the last call holds, that was sent at this instant. An error is about that
    /// call alone: the walk goes on with the next.
    fn heard(&mut self, asked: i64, answer: &Answer<'_>) -> Result<Vec<Found>, CallError>;
    /// Has what a thing holds asked for.
    fn open(&mut self, listed: Listed);
    /// Where to go on later; None: all was asked.
    fn cursor(&self) -> Option<String>;
}

/// A system whose records can be pulled.
pub trait Pulls: Send + Sync {
    /// In the order in which they are pulled: what names others comes after them.
    fn parts(&self) -> &'static [Part];
    /// The error says what is wrong with the wish.
    fn walk(
        &self,
        connection: ConnectionId,
        counted_at: Option<String>,
        wanted: &Wanted,
    ) -> Result<Box<dyn Walk>, String>;
    /// The code that a thing of theirs got here that has no code of its own there.
    fn code_of(&self, connection: ConnectionId, theirs: &Theirs) -> Option<String>;
}
