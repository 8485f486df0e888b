//! Records that stand on their own: accounts, keys, connections, endpoints, registrations, polls and
//! deliveries. Secrets are plain in memory only; the engines seal every `SecretString` they store.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use trackway_model::change::{FeedPosition, Subject};
use trackway_model::{AccountId, ConnectionId, EndpointId, KeyId, TrackId};

/// Settings given with `--set k=v`: sealed as a whole, since some are secrets.
pub type Settings = BTreeMap<String, String>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub id: AccountId,
    pub name: String,
    /// Microseconds since the epoch, as every time here.
    pub created: i64,
}

/// The account that is meant where none is named.
pub const DEFAULT_ACCOUNT: &str = "default";

/// A credential of an account in one dialect. Found by the SHA-256 of the key, or of `user_name`
/// where the dialect logs in.
#[derive(Clone, Debug)]
pub struct ApiKey {
    pub id: KeyId,
    pub account: AccountId,
    pub dialect: String,
    pub name: String,
    pub created: i64,
    pub expires: Option<i64>,
    pub disabled: bool,
    /// What the client sends. Kept sealed only for dialects that sign with it or send it.
    pub key: SecretString,
    /// What the client signs with, where the dialect has a secret beside the key.
    pub secret: Option<SecretString>,
    /// 247Express's `ClientID`.
    pub client_id: Option<i64>,
    pub user_name: Option<String>,
    pub password: Option<SecretString>,
    pub scopes: Vec<String>,
    /// When it last proved somebody, coarsely: written lazily.
    pub used: Option<i64>,
}

/// What may change of a key; None leaves it as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyChange {
    pub disabled: Option<bool>,
    /// `Some(None)`: it never expires.
    pub expires: Option<Option<i64>>,
}

/// Whether a dialect signs with its keys or sends them, so that they must be kept (sealed); a key of
/// any other dialect is only ever compared.
pub fn keeps_key(dialect: &str) -> bool {
    dialect != "native"
}

/// What a request proves itself with.
#[derive(Clone, Copy, Debug)]
pub enum KeyProof<'a> {
    /// The key itself.
    Key(&'a str),
    /// The user name of a login; the caller compares the password.
    UserName(&'a str),
    /// 247Express's `ClientID`; the caller checks the token.
    Client(i64),
}

/// An upstream of an account.
#[derive(Clone, Debug)]
pub struct Connection {
    pub id: ConnectionId,
    pub account: AccountId,
    pub dialect: String,
    pub name: String,
    pub base_url: String,
    /// Whether the operator named the address, who may name any, or the account, who may name
    /// public ones only.
    pub operator: bool,
    /// IANA name of the zone in which this source writes times without one.
    pub zone: Option<String>,
    pub paused: bool,
    pub settings: Settings,
    /// Unguessable part of its webhook address `/in/{token}/…`.
    pub token: SecretString,
    pub created: i64,
}

/// What an inbound webhook proves itself with, within one dialect.
#[derive(Clone, Copy, Debug)]
pub enum DoorProof<'a> {
    /// The token of the address it came to.
    Token(&'a str),
    /// A key that the connection's settings hold under this name.
    Setting { name: &'a str, value: &'a str },
}

/// A subscriber.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub id: EndpointId,
    pub account: AccountId,
    pub dialect: String,
    pub url: String,
    pub operator: bool,
    pub disabled: bool,
    pub settings: Settings,
    /// Signs what is sent; printed once.
    pub secret: SecretString,
    /// The secret before the last rotation.
    pub former: Option<Former>,
    pub created: i64,
    /// Everything at or before these positions was sent or has a row of its own.
    pub cursor: Vec<FeedPosition>,
}

/// A secret that was replaced and goes on signing beside the new one for a while.
#[derive(Clone, Debug)]
pub struct Former {
    pub secret: SecretString,
    /// When it signs no more.
    pub until: i64,
}

impl Endpoint {
    /// The secret before the last rotation, where it still signs.
    pub fn former_at(&self, now: i64) -> Option<&SecretString> {
        let former = self.former.as_ref().filter(|former| now < former.until)?;
        Some(&former.secret)
    }
}

/// What may change of an endpoint; None leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointChange {
    /// Its address, and whether the operator named it.
    pub url: Option<(String, bool)>,
    pub disabled: Option<bool>,
    pub settings: Option<Settings>,
}

impl EndpointChange {
    /// It is told nothing more.
    pub fn disable() -> Self {
        Self {
            disabled: Some(true),
            ..Self::default()
        }
    }
}

/// A consumer's wish to be served or told about a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    pub id: i64,
    pub account: AccountId,
    pub dialect: String,
    pub track: TrackId,
    pub carrier: String,
    pub number: String,
    pub created: i64,
    /// The client's own members (order number, remarks), as the dialect wrote them.
    pub data: serde_json::Value,
}

/// A number to be registered, one of many.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewRegistration {
    pub account: AccountId,
    pub dialect: String,
    pub carrier: String,
    pub number: String,
    pub created: i64,
    /// The client's own members.
    pub data: serde_json::Value,
    /// What its dialect finds it by beside the number: see `registrations`.
    pub key: Option<crate::registrations::Key>,
    /// Order numbers and the like under which the shipment is searched: see
    /// `search::MOST_REFERENCES`.
    pub references: Vec<String>,
    /// The connections that are asked about it, at once.
    pub connections: Vec<ConnectionId>,
    /// When its clock is looked at first; None: it has none.
    pub clock_at: Option<i64>,
    /// Whether a registration that is known takes these data and references too: see
    /// `amend::Holding`. Otherwise it stays as it is.
    pub amend: bool,
}

/// Why a number is asked about: what is claimed is one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PollKind {
    /// Somebody asked for it now.
    Manual = 0,
    /// A new number.
    First,
    /// Its time has come.
    Usual,
}

impl PollKind {
    pub const ALL: [Self; 3] = [Self::Manual, Self::First, Self::Usual];

    pub(crate) const fn from_number(number: i64) -> Self {
        match number {
            0 => Self::Manual,
            1 => Self::First,
            _ => Self::Usual,
        }
    }
}

/// A number to ask an upstream about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poll {
    pub track: TrackId,
    pub connection: ConnectionId,
    pub account: AccountId,
    pub carrier: String,
    pub number: String,
    /// When to ask next; None: no more.
    pub due: Option<i64>,
    pub failures: u32,
    pub kind: PollKind,
    /// When it was last told of, by an answer or a webhook. Follows some seconds later.
    pub heard: Option<i64>,
    /// What its settlement names: the end of the lease that claimed it, or `due` where it was only
    /// read. Once it was ended, asked for, woken or claimed again, it is another.
    pub fence: Option<i64>,
}

/// What becomes of a poll that was claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettledPoll {
    pub track: TrackId,
    pub connection: ConnectionId,
    /// As it was claimed.
    pub kind: PollKind,
    pub fence: Option<i64>,
    /// When to ask next; None: no more.
    pub due: Option<i64>,
    pub failures: u32,
}

/// The first poll of a kind on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollHead {
    pub connection: ConnectionId,
    pub kind: PollKind,
    pub due: i64,
}

/// Which polls are claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollClaim {
    pub connection: ConnectionId,
    pub kind: PollKind,
    pub now: i64,
    /// How long nobody else claims them.
    pub lease_us: i64,
    pub limit: usize,
}

/// A change's messages to an endpoint that were not all accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub endpoint: EndpointId,
    pub position: FeedPosition,
    pub subject: Subject,
    /// When the change was learned.
    pub since: i64,
    /// When to try next; None: once the earlier ones of its subject are through. A parked one is
    /// tried by itself no earlier than this.
    pub due: Option<i64>,
    /// Attempts in a row that failed, as far as they count in the dialect's table.
    pub attempts: u32,
    /// A change can make several messages: so many of them, from the first, were accepted already.
    pub done: u16,
    /// Since when it is parked: the last attempt of its table failed, and it holds back no other.
    pub parked: Option<i64>,
}

/// One attempt to deliver, kept by age.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub endpoint: EndpointId,
    pub position: FeedPosition,
    /// Which of the change's messages, counted from 0.
    pub message: u16,
    #[serde(rename = "shipment")]
    pub subject: Subject,
    pub at: i64,
    pub took_us: u64,
    pub outcome: Outcome,
    /// HTTP status, 0 where none came.
    pub status: u16,
    /// What the receiver answered, its first bytes.
    pub answer: String,
}

/// Which open deliveries of an account are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenDeliveries {
    /// Those behind this one, in the order of endpoint and position.
    pub after: Option<(EndpointId, FeedPosition)>,
    pub endpoint: Option<EndpointId>,
    pub subject: Option<Subject>,
    /// Only those that are parked, or only those that are tried again.
    pub parked: Option<bool>,
}

/// Where a chunk of attempts stands: newer ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChunkMark {
    /// The time of its newest attempt.
    pub latest: i64,
    pub id: i64,
}

impl ChunkMark {
    /// Newer than every chunk.
    pub const NEWEST: Self = Self {
        latest: i64::MAX,
        id: i64::MAX,
    };

    /// The place of which this chunk is the first that comes before.
    #[must_use]
    pub const fn after(self) -> Self {
        Self {
            id: self.id.saturating_add(1),
            ..self
        }
    }
}

/// 247express.md §7 keeps the second and the third apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    Accepted,
    /// Nothing acceptable came back: no connection, a time-out, an HTTP failure.
    CallFailed {
        error: String,
    },
    /// The receiver's system answered an error of its own.
    PartnerError {
        error: String,
    },
}

/// A result kept for a repeated request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Of the request's payload: the same key with another payload is an error.
    pub fingerprint: [u8; 32],
    pub status: u16,
    pub body: Vec<u8>,
}

/// What `History::verify` found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    pub tracks: u64,
    pub statements: u64,
    pub log_entries: u64,
    /// Tracks whose stored row differs from a rebuild from the log, with what differs.
    pub differing: Vec<(TrackId, String)>,
    /// Records of orders.
    pub records: u64,
    /// Levels of stock that are not the sum of their movements, and kept counts that are not the
    /// number of their records, with what differs.
    pub unbalanced: Vec<String>,
}

impl Verification {
    /// Notes the tracks whose keys the master key does not open.
    pub(crate) fn keys<K, E>(&mut self, opened: impl Iterator<Item = (TrackId, Result<K, E>)>) {
        let closed = opened.filter(|(_, key)| key.is_err());
        let told = |(track, _)| {
            (
                track,
                "its key does not open with the master key".to_owned(),
            )
        };
        self.differing.extend(closed.map(told));
    }
}

/// One statement's new mapping, found by a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remapping {
    pub ordinal: u16,
    pub milestone: trackway_model::Milestone,
    pub reason: trackway_model::Reason,
}

/// Sizes, for operators and for the disk figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub tracks: u64,
    pub statements: u64,
    pub bytes: u64,
}

/// What an engine is doing, for metrics: counted since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    pub commits: u64,
    /// Statements that wait for a commit.
    pub queued: u64,
    /// The most that may wait; beyond it callers wait for room.
    pub queue: u64,
    /// Bytes free on the data folder's disk, where there is one.
    pub disk_free: Option<u64>,
}
