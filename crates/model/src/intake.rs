//! What comes in: one shipment's share of an answer, a webhook or an API call, cut and mapped by its
//! dialect, ready to be committed. Built only from verified input: see `Verified`.

use crate::{AccountId, ConnectionId, ShipmentId, Stage, Statement, StreamId};

/// Input whose sender was authenticated. Only the code that checks a signature or a key makes one
/// (`Verified::attest`, with the reason at the call), so that unverified input can't be committed by
/// mistake.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    /// Says that the caller has authenticated the sender of `value`.
    pub const fn attest(value: T) -> Self {
        Self(value)
    }

    pub fn into_inner(self) -> T {
        self.0
    }

    pub const fn get(&self) -> &T {
        &self.0
    }
}

/// One shipment's share of something received.
#[derive(Clone, Debug, PartialEq)]
pub struct Intake {
    pub account: AccountId,
    /// The connection that spoke; `ConnectionId(0)` for the account's own events.
    pub connection: ConnectionId,
    /// Our carrier code, or `x-<dialect>:<code>` for one that only a source knows.
    pub carrier: String,
    /// As written by the sender.
    pub number: String,
    /// When we received it, microseconds since the epoch.
    pub received: i64,
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A full answer: its history streams restate everything that they cover.
    Document(Answer),
    /// Single tellings that say nothing about the rest.
    News(Vec<Statement>),
    /// A new journey begins under this number at this instant.
    Opening(i64),
}

/// A full answer of one source about one shipment.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The first stream of its dialect; names the dialect.
    pub stream: StreamId,
    /// The answer's own bytes about this shipment, credentials redacted.
    pub body: Vec<u8>,
    /// Hash of the body without its volatile members: equal means nothing new.
    pub fingerprint: [u8; 16],
    pub parts: Vec<Part>,
}

/// One stream's statements in an answer, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub stream: StreamId,
    pub statements: Vec<Statement>,
}

impl Part {
    /// From when on the answer covers its stream: its oldest time. None for an empty answer.
    pub fn covers_from(&self) -> Option<i64> {
        self.statements
            .iter()
            .filter_map(|s| s.occurred)
            .map(crate::Occurred::assumed)
            .min()
    }
}

/// What became of an intake. Given only after the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub shipment: ShipmentId,
    pub stage: Stage,
    pub new: u32,
    pub versions: u32,
    pub repeats: u32,
    /// The whole answer was the one held already.
    pub unchanged: bool,
}

/// The key under which a number is found: carriers do not tell case apart.
pub fn number_key(number: &str) -> String {
    number.trim().to_uppercase()
}
