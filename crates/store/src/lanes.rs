//! What is kept of the way to a subscriber: how far it was told, how it answers, who tells it.
//!
//! Contract: one node at a time holds an endpoint's lane, by a lease that the database's clock ends.
//! Each time that it changes hands its epoch grows, and a `Settlement` of an older epoch changes
//! nothing. What a lane knows it can read again from here, so that another may go on at any moment.

use crate::StoreError;
use crate::records::{Attempt, Delivery};
use serde::{Deserialize, Serialize};
use trackway_model::EndpointId;
use trackway_model::bytes::{Reader, Truncated, Writer};
use trackway_model::change::{FeedPosition, Subject};

/// A lane that this node holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane {
    pub endpoint: EndpointId,
    pub epoch: i64,
}

/// Whether messages are let through to an endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breaker {
    /// All that is due.
    #[default]
    Closed,
    /// None: it failed too often in a row.
    Open,
    /// One, to see whether it answers again.
    HalfOpen,
}

impl Breaker {
    pub const ALL: [Self; 3] = [Self::Closed, Self::Open, Self::HalfOpen];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }

    pub(crate) const fn number(self) -> i16 {
        match self {
            Self::Closed => 0,
            Self::Open => 1,
            Self::HalfOpen => 2,
        }
    }

    pub(crate) fn from_number(number: i16) -> Result<Self, StoreError> {
        let found = Self::ALL.into_iter().find(|one| one.number() == number);
        found.ok_or(StoreError::Damaged {
            what: "state of an endpoint",
        })
    }
}

/// How an endpoint answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointState {
    pub breaker: Breaker,
    /// Since when the breaker stands so; 0: from the beginning.
    pub since: i64,
    /// Attempts in a row that failed.
    pub failures: u32,
    /// Probes in a row that failed.
    pub probes: u32,
    /// Nothing is sent before.
    pub rest: Option<i64>,
    pub last: Option<LastAnswer>,
    /// When the receiver said that it is gone for good, for which the endpoint was disabled.
    pub gone: Option<i64>,
}

/// What an endpoint answered last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastAnswer {
    pub at: i64,
    /// HTTP status, 0 where none came.
    pub status: u16,
    pub accepted: bool,
}

/// How far an endpoint was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Everything at or before these positions was settled: accepted, of no concern to it, or kept
    /// as a delivery.
    pub cursor: Vec<FeedPosition>,
    /// Between the cursor and these, everything but what is open.
    pub reached: Vec<FeedPosition>,
    /// Behind the cursor, not settled.
    pub open: Vec<FeedPosition>,
}

impl Progress {
    /// `reached` and `open` as they are stored; nothing where the cursor says it all.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        if self.open.is_empty() {
            return out.0;
        }
        for list in [&self.reached, &self.open] {
            out.varint(list.len() as u64);
            let mut before = FeedPosition::default();
            for at in list {
                let step = (at.number as i64).wrapping_sub(before.number as i64);
                out.varint(u64::from(at.shard)).signed(step);
                before = *at;
            }
        }
        out.0
    }

    pub(crate) fn decode(cursor: Vec<FeedPosition>, stored: &[u8]) -> Result<Self, Truncated> {
        let mut read = Reader(stored);
        let mut lists = [Vec::new(), Vec::new()];
        if !read.is_empty() {
            for list in &mut lists {
                let mut number = 0_i64;
                for _ in 0..read.length()? {
                    let shard = u16::try_from(read.varint()?).map_err(|_| Truncated)?;
                    number = number.wrapping_add(read.signed()?);
                    let number = number as u64;
                    list.push(FeedPosition { shard, number });
                }
            }
        }
        let [reached, open] = lists;
        Ok(Self {
            cursor,
            reached,
            open,
        })
    }
}

/// What became of messages to one endpoint; stored whole or not at all.
#[derive(Clone, Debug)]
pub struct Settlement {
    pub lane: Lane,
    pub progress: Progress,
    /// Deliveries that are new or another.
    pub kept: Vec<Delivery>,
    /// Deliveries of which nothing is left to do.
    pub over: Vec<FeedPosition>,
    pub attempts: Vec<Attempt>,
    /// Where it changed.
    pub state: Option<EndpointState>,
    /// The endpoint is told nothing more.
    pub disable: bool,
}

impl Settlement {
    /// Attempts in the rows in which they stand: what failed once will be looked for by its
    /// delivery, so an attempt of it stands by itself.
    pub(crate) fn chunks(&self) -> Vec<(Option<FeedPosition>, Vec<&Attempt>)> {
        let of_row = |at: FeedPosition| {
            self.kept.iter().any(|kept| kept.position == at) || self.over.contains(&at)
        };
        let (alone, together): (Vec<_>, Vec<_>) = self
            .attempts
            .iter()
            .partition(|attempt| of_row(attempt.position));
        let mut chunks: Vec<_> = alone
            .into_iter()
            .map(|attempt| (Some(attempt.position), vec![attempt]))
            .collect();
        if !together.is_empty() {
            chunks.push((None, together));
        }
        chunks
    }
}

/// A lane as it is taken up.
#[derive(Clone, Debug, Default)]
pub struct LaneStart {
    pub progress: Progress,
    pub state: EndpointState,
}

/// An endpoint's queue in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    pub endpoint: EndpointId,
    /// Deliveries that are tried again or wait for an earlier one of their subject.
    pub waiting: u64,
    pub parked: u64,
    /// When what waits longest was learned.
    pub oldest: Option<i64>,
}

/// A change whose messages are to be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Again {
    pub position: FeedPosition,
    pub subject: Subject,
    /// When it was learned.
    pub since: i64,
    /// So many of its messages, from the first, are not sent.
    pub done: u16,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn positions() -> impl Strategy<Value = Vec<FeedPosition>> {
        let one = (any::<u16>(), 0..1_u64 << 60);
        let one = one.prop_map(|(shard, number)| FeedPosition { shard, number });
        proptest::collection::vec(one, 0..20)
    }

    proptest! {
        #[test]
        fn progress_is_read_as_it_was_written(reached in positions(), open in positions()) {
            let reached = if open.is_empty() { Vec::new() } else { reached };
            let progress = Progress { cursor: Vec::new(), reached, open };
            let read = Progress::decode(Vec::new(), &progress.encode()).unwrap();
            prop_assert_eq!(read, progress);
        }

        #[test]
        fn damaged_progress_is_no_panic(stored: Vec<u8>) {
            let _ = Progress::decode(Vec::new(), &stored);
        }
    }
}
