//! A system's webhooks sent by us: what the hub tells a dialect of a change, and what a message is
//! made of.

use super::{Answer, Outgoing};
use crate::desk::Settings;
use http::{HeaderName, HeaderValue};
use secrecy::SecretString;
use std::time::Duration;
use trackway_model::change::{RecordChange, ShipmentChange};
use trackway_model::orders::{Level, Record};
use trackway_model::view::{ShipmentView, StatementView};
use trackway_model::vocabulary::Vocabulary;

/// A message to a subscriber about a shipment.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// Stable over retries; has no `.` in it.
    pub id: &'a str,
    /// Greater than that of every earlier message about the same shipment to the same subscriber,
    /// and the same over retries and replays.
    pub sequence: u64,
    pub change: &'a ShipmentChange,
    pub view: &'a ShipmentView,
    /// The new statement that this message tells, where it tells one.
    pub statement: Option<&'a StatementView>,
    /// The account's registration of the number in the subscriber's dialect, where it has one.
    pub registration: Option<Registration<'a>>,
    pub now: i64,
}

/// A message to a subscriber about a record: what became of it, and how it stands now.
#[derive(Clone, Copy, Debug)]
pub struct RecordMessage<'a> {
    /// Stable over retries; has no `.` in it.
    pub id: &'a str,
    /// Greater than that of every earlier message about the same record to the same subscriber, and
    /// the same over retries and replays.
    pub sequence: u64,
    pub change: &'a RecordChange,
    pub record: &'a Record,
    /// The pickup address that stands for the warehouse: of stock, of an inbound, of a return.
    pub warehouse: Option<&'a Record>,
    /// Of stock: the item's level in the warehouse.
    pub level: Option<Level>,
    pub now: i64,
}

/// A client's registration of a number in a dialect.
#[derive(Clone, Copy, Debug)]
pub struct Registration<'a> {
    pub id: i64,
    /// Microseconds since the epoch.
    pub created: i64,
    /// The client's own members, as the dialect wrote them.
    pub data: &'a serde_json::Value,
}

/// Settings of an endpoint that the hub keeps for clients who name an address with each number: it
/// tells of registrations that name an address of this origin, each at the address that it names.
pub const REGISTERED: &str = "registered";

/// A subscriber as a dialect needs it.
#[derive(Clone, Copy, Debug)]
pub struct Subscriber<'a> {
    pub url: &'a str,
    pub settings: &'a Settings,
    pub secret: &'a SecretString,
    /// The secret before the last rotation, until its overlap ends.
    pub former: Option<&'a SecretString>,
}

/// The header of a sequence number, for dialects whose bodies have no place for it.
pub const SEQUENCE: HeaderName = HeaderName::from_static("trackway-sequence");
/// The header that marks a test.
pub const TEST: HeaderName = HeaderName::from_static("trackway-test");

/// A message of a form that has no place for its sequence number: a header says it.
pub fn numbered(mut sent: Outgoing, sequence: u64) -> Outgoing {
    sent.headers.push((SEQUENCE, HeaderValue::from(sequence)));
    sent
}

/// A message that is marked as a test.
pub fn marked_as_test(mut sent: Outgoing) -> Outgoing {
    sent.headers.push((TEST, HeaderValue::from_static("1")));
    sent
}

/// What a receiver's answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ack {
    Accepted,
    /// Nothing acceptable came back.
    CallFailed(String),
    /// The receiver's system answered an error of its own.
    PartnerError(String),
}

/// How a subscriber's messages prove where they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Its name in lists and documents.
    pub kind: &'static str,
    /// What the receiver verifies with where that is not the secret; it may be shown to everybody.
    pub public_key: Option<String>,
    /// Whether the endpoint's own secret is used, or only what its settings hold.
    pub own_secret: bool,
}

/// The number of a test's parcel: nobody has it.
pub const TEST_NUMBER: &str = "TRACKWAY-TEST";

/// A setting that takes one of a few values (the first where it is not set), or some of them.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    pub name: &'static str,
    pub values: &'static [&'static str],
}

/// A system's webhooks, sent by us. (Received ones are served: see each dialect's `hook`.)
pub trait Hook: Send + Sync {
    /// Settings that an endpoint needs, and those it may have.
    fn settings(&self) -> (&'static [&'static str], &'static [&'static str]);
    /// Of these, the ones that not any value will do for.
    fn choices(&self) -> &'static [Choice] {
        &[]
    }
    /// Those that take some of their values, with commas between them; all where none is named.
    fn lists(&self) -> &'static [Choice] {
        &[]
    }
    /// A new secret of the look that the settings ask for, made of fresh random bytes; None: any
    /// unguessable text will do.
    fn secret(&self, _settings: &Settings, _drawn: &[u8; 32]) -> Option<SecretString> {
        None
    }
    /// How messages prove where they come from, and what the receiver verifies with where that is
    /// not the secret itself.
    fn proof(&self, settings: &Settings, secret: &SecretString) -> Proof;
    /// The messages that a change makes for one subscriber: the statements told, oldest first; a
    /// `None` is a message about the change as a whole. Empty: this system has nothing to say of it.
    fn tells(
        &self,
        vocabulary: &Vocabulary,
        change: &ShipmentChange,
        view: &ShipmentView,
    ) -> Vec<Option<u16>>;
    /// Whether a message tells the whole journey: the view then holds all of its statements.
    fn tells_history(&self) -> bool {
        false
    }
    /// Where a registration's client wants to be told of its number, if it named an address with it.
    fn address<'r>(&self, _registration: &'r serde_json::Value) -> Option<&'r str> {
        None
    }
    /// One of these messages. None: the subscriber's settings leave it out, or an erasure took what it
    /// would tell.
    fn encode(
        &self,
        vocabulary: &Vocabulary,
        subscriber: &Subscriber<'_>,
        message: &Message<'_>,
    ) -> Option<Outgoing>;
    /// What it tells of records; None: it knows shipments only, and nothing of a record's change is
    /// looked at for its subscribers.
    fn records(&self) -> Option<&dyn RecordHook> {
        None
    }
    /// A message that shows that messages arrive: of this system's form, with its credential or
    /// signature, marked as a test and about a parcel that nobody has.
    fn test(&self, subscriber: &Subscriber<'_>, id: &str, now: i64) -> Outgoing;
    fn judge(&self, answer: &Answer<'_>) -> Ack;
    /// Waits before the second attempt, the third, and so on; after the last the message is parked.
    fn retries(&self) -> &'static [Duration];
    /// The same as the operator set it, asked by name.
    fn retries_as_set(&self, _setting: &dyn Fn(&str) -> Option<String>) -> &'static [Duration] {
        self.retries()
    }
    /// One deadline over connecting, headers and body.
    fn deadline(&self) -> Duration {
        Duration::from_secs(15)
    }
}

/// A system's webhooks about records, sent by us. A change makes one message or none; whether it was
/// acknowledged and when it is tried again is the `Hook`'s to say.
pub trait RecordHook: Send + Sync {
    /// Whether this system has something to say of such a change to a subscriber with these settings.
    /// Asked before anything is read; without settings nothing is left out.
    fn tells(&self, settings: &Settings, change: &RecordChange) -> bool;
    /// A message about a change that it tells.
    fn encode(&self, subscriber: &Subscriber<'_>, message: &RecordMessage<'_>) -> Outgoing;
}
