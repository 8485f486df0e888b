//! What of a record is stored sealed, so that an erasure can take it: whom it tells of, members of a
//! source's record that we have no member for, and what people wrote in words of their own, who may have
//! written about anybody.

use super::{Fulfilment, Order, Party, Return};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// As it is stored.
#[derive(Debug, Deserialize)]
pub(super) struct Sealed {
    party: Option<Party>,
    extra: Map<String, Value>,
    /// In the order in which `Personal::told` gives them.
    words: Vec<Option<String>>,
}

/// The same as it is written.
#[derive(Debug, Serialize)]
pub(super) struct Told<'a> {
    party: Option<&'a Party>,
    extra: &'a Map<String, Value>,
    words: Vec<Option<&'a str>>,
}

impl Told<'_> {
    /// Whether there is nothing to seal.
    pub(super) fn is_empty(&self) -> bool {
        self.party.is_none() && self.extra.is_empty() && self.words.iter().all(Option::is_none)
    }
}

/// A body that has more than a party to seal.
pub(super) trait Personal {
    fn told(&self) -> Told<'_>;
    /// Puts back what `told` gave.
    fn put_back(&mut self, sealed: Sealed);
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

impl Personal for Order {
    fn told(&self) -> Told<'_> {
        Told {
            party: self.receiver.as_ref(),
            extra: &self.extra,
            words: vec![
                some(&self.note),
                some(&self.packaging_note),
                self.cancel_reason.as_deref(),
            ],
        }
    }

    fn put_back(&mut self, sealed: Sealed) {
        let mut words = sealed.words.into_iter();
        let mut next = || words.next().flatten();
        self.receiver = sealed.party;
        self.extra = sealed.extra;
        self.note = next().unwrap_or_default();
        self.packaging_note = next().unwrap_or_default();
        self.cancel_reason = next();
    }
}

impl Personal for Fulfilment {
    fn told(&self) -> Told<'_> {
        let notes = self.wishes.iter().map(|wished| some(&wished.note));
        Told {
            party: self.receiver.as_ref(),
            extra: &self.extra,
            words: std::iter::once(self.cancel_reason.as_deref())
                .chain(notes)
                .collect(),
        }
    }

    fn put_back(&mut self, sealed: Sealed) {
        let mut words = sealed.words.into_iter();
        self.receiver = sealed.party;
        self.extra = sealed.extra;
        self.cancel_reason = words.next().flatten();
        for (wished, note) in self.wishes.iter_mut().zip(words) {
            wished.note = note.unwrap_or_default();
        }
    }
}

impl Personal for Return {
    fn told(&self) -> Told<'_> {
        Told {
            party: self.pickup.as_ref(),
            extra: &self.extra,
            words: vec![
                some(&self.reason),
                some(&self.note),
                self.cancel_reason.as_deref(),
            ],
        }
    }

    fn put_back(&mut self, sealed: Sealed) {
        let mut words = sealed.words.into_iter();
        let mut next = || words.next().flatten();
        self.pickup = sealed.party;
        self.extra = sealed.extra;
        self.reason = next().unwrap_or_default();
        self.note = next().unwrap_or_default();
        self.cancel_reason = next();
    }
}
