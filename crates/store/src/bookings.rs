//! Fulfilments whose carriers are told of them by us: which connection tells, and when.
//!
//! Contract: a row is made in the transaction that makes the fulfilment, and comes due in every one that
//! writes it; what there is to tell follows from the record alone, and is not kept here. A claim ends by
//! itself, so a node that dies holds nothing; while it stands, nobody else has the row, and what is
//! written meanwhile makes it due again when it is settled. `tries` is counted before anything is sent:
//! who claims a row with more than one knows that an answer may have been lost. There is nothing
//! personal here.

use crate::StoreError;
use async_trait::async_trait;
use trackway_model::orders::RecordId;
use trackway_model::{AccountId, ConnectionId};

type Result<T> = std::result::Result<T, StoreError>;

/// A fulfilment that somebody is to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    pub fulfilment: RecordId,
    pub connection: ConnectionId,
    pub account: AccountId,
    /// When the claim ends; whoever claimed it names it when settling.
    pub lease: i64,
    /// Counts the record's writes: what was read.
    pub news: i64,
    /// Claims since it was last known what the carrier has, this one among them.
    pub tries: u32,
    /// Failures in a row.
    pub failures: u32,
    /// What the carrier was told last, as a fingerprint.
    pub told: Option<i64>,
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettledBooking {
    /// As it was claimed, with what is known now of tries, failures and what was told.
    pub booking: Booking,
    /// When to look again, though nothing be written; None: not.
    pub due: Option<i64>,
    pub now: i64,
}

#[async_trait]
pub trait Bookings: Send + Sync {
    /// Takes rows that are due, of connections that are not paused, for `lease_us`.
    async fn claim_bookings(&self, now: i64, lease_us: i64, limit: usize) -> Result<Vec<Booking>>;

    /// Gives a row back; false where the claim ended and another has it.
    async fn settle_booking(&self, settled: SettledBooking) -> Result<bool>;

    /// When the next comes due, of connections that are not paused.
    async fn next_booking(&self) -> Result<Option<i64>>;

    /// How many of a connection's are to be looked at, now or later.
    async fn count_bookings(&self, connection: ConnectionId) -> Result<u64>;
}
