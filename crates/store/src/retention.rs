//! What is kept for a time only: documents' bodies, attempts to deliver, what is in quarantine.
//!
//! Contract: a call removes at most `limit` things in one short transaction, so that whoever takes
//! data in waits for nothing longer; the caller calls again until there is nothing left. Statements
//! are never removed: a shipment folds, replays and verifies as before, whatever is gone.
//!
//! Ages of bodies are told by their numbers, which ascend with the commits: the caller notes
//! `archive_edge` from time to time, and what is numbered below an old note is older than it. So no
//! index is written with each body.
//!
//! The latest document of a living shipment stays whatever its age: lossless passage needs it. That
//! of a shipment which has come to its end goes like any other.

use crate::StoreError;
use async_trait::async_trait;
use trackway_model::Track;
use trackway_model::track::Document;

/// What became of a document's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Archived {
    Kept(Vec<u8>),
    /// The shipment was erased; the body can't be opened any more.
    Erased,
    /// The body was older than bodies are kept.
    Removed,
}

impl Archived {
    pub fn kept(self) -> Option<Vec<u8>> {
        match self {
            Self::Kept(body) => Some(body),
            Self::Erased | Self::Removed => None,
        }
    }

    /// For people, where there is no body.
    pub const fn why_not(&self) -> Option<&'static str> {
        match self {
            Self::Kept(_) => None,
            Self::Erased => Some("The shipment was erased: its documents can't be read any more."),
            Self::Removed => Some(
                "The document is older than `retention.payload_days` and was removed; what it told \
                 is kept as statements.",
            ),
        }
    }
}

/// A walk over bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bodies {
    /// Where the walk is: numbers below were looked at.
    pub from: i64,
    /// Numbers from here on are too young.
    pub until: i64,
    /// A shipment that ended before this instant is over for good.
    pub over: i64,
}

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub removed: u64,
    /// Where to go on; None when the walk is over.
    pub next: Option<i64>,
}

/// Removing by age.
#[async_trait]
pub trait Retention: Send + Sync {
    /// What is left of a document.
    async fn archived(&self, track: &Track, document: &Document) -> Result<Archived, StoreError>;

    /// Every body that is stored from now on has this number or a higher one.
    async fn archive_edge(&self) -> Result<i64, StoreError>;

    /// Looks at up to `limit` bodies and removes those that may go.
    async fn remove_bodies(&self, walk: Bodies, limit: usize) -> Result<Step, StoreError>;

    /// Removes up to `limit` chunks of attempts of which the latest was before an instant.
    async fn remove_attempts(&self, before: i64, limit: usize) -> Result<u64, StoreError>;

    /// Removes up to `limit` payloads in quarantine that came before an instant, and the surprises
    /// that were not seen since and of which none is left.
    async fn remove_quarantined(&self, before: i64, limit: usize) -> Result<u64, StoreError>;
}

/// Whether a body may go. One whose track is not known stays.
pub(crate) fn may_go(track: Option<&Track>, body: i64, over: i64) -> bool {
    let Some(track) = track else { return false };
    let latest = track.documents.iter().any(|held| held.payload == body);
    !latest || is_over(track, over)
}

/// Whether the newest journey ended before an instant, and nothing was told since.
fn is_over(track: &Track, before: i64) -> bool {
    let ended = track
        .states
        .last()
        .is_some_and(|state| state.stage().is_final());
    let quiet = track.spine.iter().all(|told| told.last_seen < before);
    ended && quiet
}

/// What the last step of a walk looked at, and so where the next one begins.
pub(crate) fn step(removed: usize, looked_at: &[i64], limit: usize) -> Step {
    let next = looked_at.last().filter(|_| looked_at.len() == limit);
    Step {
        removed: removed as u64,
        next: next.map(|last| last + 1),
    }
}
