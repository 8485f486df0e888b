//! The ledger of quotas: how many calls to upstreams were taken, by all nodes.
//!
//! Guarantee: over the numbers that a wish counts, no more calls are ever granted than it allows,
//! whoever else takes at the same time; what was granted is durable when the call returns. Nothing
//! is given back but by [`Budgets::move_calls`]: what a caller took and lost stays taken. What
//! numbers mean is the caller's (see `trackway_model::quota`); a budget's name holds no secret.

use crate::StoreError;
use async_trait::async_trait;

type Result<T> = std::result::Result<T, StoreError>;

/// Calls that somebody wants to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallsWish {
    pub budget: String,
    /// The number under which they are counted.
    pub number: i64,
    /// The first and the last number that count against them.
    pub counted: (i64, i64),
    /// So many at most.
    pub calls: u64,
    /// So many may be counted in all.
    pub allowed: u64,
    /// What is counted under numbers below this one may be forgotten.
    pub forget: i64,
}

/// What the ledger says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallsTaken {
    /// So many of the wish.
    pub granted: u64,
    /// So many were counted before.
    pub before: u64,
    /// The least number that counts and under which there are calls.
    pub oldest: Option<i64>,
}

impl CallsTaken {
    /// What a wish is granted where so many are counted.
    pub(crate) fn of(wish: &CallsWish, before: u64, oldest: Option<i64>) -> Self {
        Self {
            granted: wish.allowed.saturating_sub(before).min(wish.calls),
            before,
            oldest,
        }
    }
}

/// What an upstream itself said of a budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// Until when nobody is to call.
    pub until: i64,
    /// When it said so last.
    pub at: i64,
    /// How often in a row.
    pub times: u32,
    /// How many calls were counted then.
    pub counted: u64,
}

/// What may be asked of upstreams.
#[async_trait]
pub trait Budgets: Send + Sync {
    /// The time that all nodes go by, in microseconds since the epoch: the database server's, where
    /// the store was told to go by that; otherwise `now`, the caller's own.
    async fn shared_time(&self, now: i64) -> Result<i64>;

    /// Takes calls, as many as there are, at most as wished.
    async fn take_calls(&self, wish: CallsWish) -> Result<CallsTaken>;

    /// Counts calls under another number from now on, or nowhere. For calls that the caller took
    /// and knows of what became; never to be tried again after a failure, since it may have worked.
    async fn move_calls(&self, budget: &str, from: i64, to: Option<i64>, calls: u64) -> Result<()>;

    /// How many calls are counted from one number to another, and the least of the numbers.
    async fn calls_taken(&self, budget: &str, counted: (i64, i64)) -> Result<CallsTaken>;

    /// Keeps what an upstream said; what was said later stands.
    async fn keep_refusal(&self, budget: &str, refusal: Refusal) -> Result<()>;

    async fn refusal(&self, budget: &str) -> Result<Option<Refusal>>;
}
