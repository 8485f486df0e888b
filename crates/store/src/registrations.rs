//! A client's registrations in one dialect: read back, changed and ended.
//!
//! Contract: a registration is found by its track, by its id, or by its key, a blind index of what the
//! dialect names; never by another account or in another dialect. Each call is one transaction. What
//! was told of a number stays when its registration ends; an erasure takes data and key away.

use crate::StoreError;
use crate::records::Registration;
use crate::search::Bounds;
use async_trait::async_trait;
use serde_json::Value;
use trackway_model::{AccountId, ConnectionId, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

/// What a registration is found by beside its number: a keyed hash, made by the caller.
pub type Key = [u8; 16];

/// Whose registrations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    pub account: AccountId,
    /// The dialect's name, or a part of its own.
    pub dialect: String,
}

/// A registration as its book shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub registration: Registration,
    /// When its client last had it refreshed.
    pub refreshed: Option<i64>,
}

/// Which entries are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BookQuery {
    pub created: Bounds,
    /// Those with one of these keys; empty: all.
    pub keys: Vec<Key>,
}

/// Where an entry stands: newer ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    pub created: i64,
    pub id: i64,
}

impl Mark {
    /// Newer than every entry.
    pub const NEWEST: Self = Self {
        created: i64::MAX,
        id: i64::MAX,
    };
}

/// Another carrier for registrations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    pub ids: Vec<i64>,
    pub carrier: String,
    pub now: i64,
    pub clock_at: Option<i64>,
    /// The connections that are asked, at once.
    pub connections: Vec<ConnectionId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    All,
    /// Nothing was changed: the book has no such entry.
    Unknown(i64),
    /// Nothing was changed: the book has the number of this one with that carrier already.
    Taken(i64),
}

/// What becomes of a wish to ask once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// The track's polls are due.
    Asked(TrackId),
    /// It was refreshed then, which is not long enough ago.
    TooSoon(i64),
    Unknown,
}

impl BookQuery {
    /// The first and the last instant that are asked for.
    pub(crate) fn window(&self) -> (i64, i64) {
        let before = self.created.before;
        (
            self.created.from.unwrap_or(i64::MIN),
            before.map_or(i64::MAX, |before| before.saturating_sub(1)),
        )
    }
}

#[async_trait]
pub trait Registrations: Send + Sync {
    /// The entries of these tracks.
    async fn entries_of(&self, book: &Book, tracks: &[TrackId]) -> Result<Vec<Entry>>;

    /// Entries newest first, those after `after`, at most `limit` and at most
    /// `search::LONGEST_PAGE`.
    async fn entries(
        &self,
        book: &Book,
        query: &BookQuery,
        after: Option<Mark>,
        limit: usize,
    ) -> Result<Vec<Entry>>;

    async fn count_entries(&self, book: &Book, query: &BookQuery) -> Result<u64>;

    /// Puts other data and another key in the place of an entry's; upstreams that were given its number
    /// are to be told (`errands`). False where there is none.
    async fn replace_entry(
        &self,
        book: &Book,
        id: i64,
        data: Value,
        key: Option<Key>,
        now: i64,
    ) -> Result<bool>;

    /// Ends registrations, and the polls of tracks that nobody has registered any more, but for those
    /// on which an upstream is to be told so (`errands`). Returns how many of these there were.
    async fn unregister(&self, book: &Book, ids: Vec<i64>, now: i64) -> Result<u64>;

    /// Moves registrations to the tracks of another carrier, as if made now, and ends the polls of
    /// tracks that nobody has registered any more.
    async fn move_entries(&self, book: &Book, to: Move) -> Result<Moved>;

    /// Makes all polls of an entry's track due, unless its client had that done after `since`.
    async fn refresh_entry(&self, book: &Book, id: i64, now: i64, since: i64) -> Result<Again>;
}
