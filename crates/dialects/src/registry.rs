//! The registry: one list. Stream numbers are given here and never given again.

use crate::dialect::Dialect;
use crate::standards::STANDARDS;
use crate::{express247, keydelivery, nandh, native, track123};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use trackway_model::vocabulary::{Vocabulary, VocabularyError};
use trackway_model::{StreamDef, StreamId, StreamTable};

/// Every dialect, in the order in which people should see them.
pub static DIALECTS: &[&dyn Dialect] = &[
    &native::Native,
    &express247::Express247,
    &keydelivery::KeyDelivery,
    &track123::Track123,
    &nandh::Nandh,
];

/// Every stream of every dialect, by number; the next free one is 15.
pub static STREAMS: &[StreamDef] = &[
    native::EVENTS,
    express247::STATUSES,
    express247::TRACKINGS,
    express247::WEBHOOK,
    keydelivery::ITEMS,
    keydelivery::PUSH,
    track123::TRACKINGS,
    track123::WEBHOOK,
    track123::OCEAN,
    track123::OCEAN_WEBHOOK,
    track123::AIR,
    track123::AIR_WEBHOOK,
    nandh::DETAILS,
    nandh::WEBHOOK,
];

pub fn streams() -> StreamTable {
    StreamTable(STREAMS)
}

pub fn find(name: &str) -> Option<&'static dyn Dialect> {
    DIALECTS
        .iter()
        .copied()
        .find(|dialect| dialect.name() == name)
}

/// The dialect that a stream belongs to.
pub fn of_stream(stream: StreamId) -> Option<&'static dyn Dialect> {
    find(streams().get(stream).dialect)
}

/// Whether a stream's statements come by webhook, unasked.
pub fn is_pushed(stream: StreamId) -> bool {
    of_stream(stream).is_some_and(|dialect| dialect.pushed(stream))
}

/// The tables that the binary carries, read once.
pub fn built_in() -> Arc<Vocabularies> {
    static TABLES: LazyLock<Arc<Vocabularies>> = LazyLock::new(|| {
        Arc::new(Vocabularies::built_in().expect("the tables in the binary are tested"))
    });
    TABLES.clone()
}

/// The vocabularies in force: those in the binary, or a replay's. The code lists of standards stand
/// beside the dialects'.
#[derive(Clone, Debug)]
pub struct Vocabularies(HashMap<&'static str, Vocabulary>);

impl Vocabularies {
    /// The tables that the binary carries.
    pub fn built_in() -> Result<Self, VocabularyError> {
        DIALECTS
            .iter()
            .map(|dialect| (dialect.name(), dialect.codes()))
            .chain(STANDARDS.iter().map(|it| (it.name, it.codes)))
            .map(|(name, codes)| Ok((name, Vocabulary::parse(codes)?)))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The same with one dialect's table replaced.
    #[must_use]
    pub fn with(mut self, dialect: &'static str, vocabulary: Vocabulary) -> Self {
        self.0.insert(dialect, vocabulary);
        self
    }

    /// The vocabulary of a dialect or of a standard.
    pub fn named(&self, name: &str) -> Option<&Vocabulary> {
        self.0.get(name)
    }

    /// A dialect's vocabulary. Every registered dialect has one.
    pub fn of(&self, dialect: &str) -> &Vocabulary {
        self.0
            .get(dialect)
            .expect("every registered dialect has a vocabulary")
    }
}
