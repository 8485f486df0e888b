//! The clocks of registrations: when to look whether one ran out, and what was told when it did.
//!
//! Contract: a clock is wound together with what it tells, in one transaction, and only as it was
//! read; so what it tells is written once, whatever the nodes. One that a crash left is due still.

use crate::StoreError;
use async_trait::async_trait;
use trackway_model::change::ShipmentChange;
use trackway_model::{AccountId, Standing, TrackId};

/// A clock that is to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueClock {
    pub registration: i64,
    pub track: TrackId,
    pub account: AccountId,
    pub dialect: String,
    /// When the number was registered.
    pub created: i64,
    /// Since when a look is due.
    pub at: i64,
    /// What was told last, of the silence since then; None: nothing yet.
    pub told: Option<(Standing, i64)>,
}

/// What becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WoundClock {
    pub registration: i64,
    /// As it was read.
    pub at: i64,
    /// When to look next; None: never.
    pub next: Option<i64>,
    pub told: Option<(Standing, i64)>,
    /// What is told now.
    pub change: Option<ShipmentChange>,
    /// The account asks about the number no more, unless another registration of it goes on. `since`:
    /// others that were silent since then have told so too.
    pub ends: Option<Ends>,
}

/// Whose polls end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    pub track: TrackId,
    pub account: AccountId,
    pub since: i64,
}

#[async_trait]
pub trait RegistrationClocks: Send + Sync {
    /// When the next look is due.
    async fn next_clock(&self) -> Result<Option<i64>, StoreError>;
    /// Clocks that are due, those due longest first. Nothing is claimed.
    async fn due_clocks(&self, now: i64, limit: usize) -> Result<Vec<DueClock>, StoreError>;
    /// Returns whether it was as it was read.
    async fn wind_clock(&self, wound: WoundClock) -> Result<bool, StoreError>;
}

/// As stored.
pub(crate) const fn number(told: Option<(Standing, i64)>) -> i16 {
    match told {
        Some((Standing::NoRecord, _)) => 1,
        Some((Standing::Expired, _)) => 2,
        Some((Standing::Pending | Standing::Active | Standing::Ended, _)) | None => 0,
    }
}

pub(crate) fn told(number: i64, since: Option<i64>) -> Option<(Standing, i64)> {
    let standing = match number {
        1 => Standing::NoRecord,
        2 => Standing::Expired,
        _ => return None,
    };
    Some((standing, since?))
}
