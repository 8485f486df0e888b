//! Numbers that upstreams were given by us: what an upstream gave for one (its own order number), and
//! what it is still to be told of it.
//!
//! Contract: what is owed is written in the transaction of what the client did (a registration edited,
//! refreshed, moved to another carrier or ended), and makes the number's poll on that connection due as
//! one that somebody asked for: the schedule tells the upstream before it asks. It stays owed until
//! `settle_errands` says otherwise, whatever dies meanwhile; what is owed anew in between stays owed. A
//! number that nobody has registered any more is to be taken back: that follows from the registrations
//! and is stored nowhere. What was given is sealed, and an erasure takes it away.

use crate::StoreError;
use async_trait::async_trait;
use serde_json::Value;
use trackway_model::{AccountId, ConnectionId, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

/// A number that an upstream took.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEntrusted {
    pub track: TrackId,
    pub connection: ConnectionId,
    pub account: AccountId,
    /// What it gave for the number, as its dialect wants to read it back; null where it gave nothing.
    pub given: Value,
}

/// A number that an upstream has of us.
#[derive(Clone, Debug, PartialEq)]
pub struct Entrusted {
    pub track: TrackId,
    pub given: Value,
    /// How often its client changed what was said with it, and had it refreshed, since the upstream
    /// was told.
    pub edits: u32,
    pub refreshes: u32,
    /// The track that has the number under the carrier that the upstream still knows.
    pub moved_from: Option<TrackId>,
    /// Whether anybody has the number registered.
    pub is_wanted: bool,
}

impl Entrusted {
    /// Whether the upstream is to be told something.
    pub const fn is_owed(&self) -> bool {
        !self.is_wanted || self.edits > 0 || self.refreshes > 0 || self.moved_from.is_some()
    }
}

/// What became of errands.
#[derive(Clone, Debug, PartialEq)]
pub struct SettledErrand {
    pub track: TrackId,
    pub connection: ConnectionId,
    /// Those that are owed no more, of what was read.
    pub edits: u32,
    pub refreshes: u32,
    pub now_has: Has,
}

/// What the upstream has of the number now.
#[derive(Clone, Debug, PartialEq)]
pub enum Has {
    /// What it had.
    Same,
    /// The number under its new carrier, and not under the old one (`moved_from`) any more.
    Moved { given: Value },
    /// Nothing.
    Nothing,
    /// Nothing of the new carrier: the number of the old one is to be taken back, as of `now`.
    NotMoved { now: i64 },
}

#[async_trait]
pub trait Errands: Send + Sync {
    /// Keeps what an upstream gave for numbers.
    async fn entrust(&self, entrusted: Vec<NewEntrusted>) -> Result<()>;

    /// Of these tracks, those that the connection's upstream has of us.
    async fn entrusted(
        &self,
        connection: ConnectionId,
        tracks: &[TrackId],
    ) -> Result<Vec<Entrusted>>;

    async fn settle_errands(&self, settled: Vec<SettledErrand>) -> Result<()>;

    /// How many numbers of a connection its upstream is to be told something of. Reads them all.
    async fn count_errands(&self, connection: ConnectionId) -> Result<u64>;
}
