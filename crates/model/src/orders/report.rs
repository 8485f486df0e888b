//! Reports: what another system tells of goods that it keeps for an account, word for word.
//!
//! A message stands as it came and is never changed. Beside the messages stands, for each thing that is
//! told of, what was told of it last ("standing"): it is written over by what is newer. Neither is our
//! own ledger: what a report does to that is `decide`'s to say.

use super::record::numbered;
use super::{Condition, InboundState, RecordId};
use serde::{Deserialize, Serialize};

numbered! {
    /// What a report is about.
    ReportType {
        Inbound = 1 "inbound",
        Stock = 2 "stock",
    }
}

/// What another system says that there is of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ToldLevel {
    pub on_hand: Option<i64>,
    pub available: Option<i64>,
    pub reserved: Option<i64>,
    pub incoming: Option<i64>,
}

/// What a report says, as far as it is understood.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Says {
    Inbound {
        /// What the sender calls the inbound of ours.
        reference: Option<String>,
        /// None: a status that nobody knows, or none.
        state: Option<InboundState>,
    },
    Stock {
        /// The sender's code of the warehouse.
        warehouse: Option<String>,
        level: ToldLevel,
    },
}

impl Says {
    pub const fn report_type(&self) -> ReportType {
        match self {
            Self::Inbound { .. } => ReportType::Inbound,
            Self::Stock { .. } => ReportType::Stock,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The connection that it came by, by number.
    pub connection: i64,
    /// The system that sent it.
    pub dialect: String,
    /// The event by its own name.
    pub event: String,
    /// What it calls the thing: an inbound's code, an item's SKU.
    pub subject: String,
    /// Since when it was so, as the sender says.
    pub at: Option<i64>,
    pub says: Says,
    /// Our inbound or item; None: the account has none.
    pub about: Option<RecordId>,
    /// Not a message, but what was told last.
    pub standing: bool,
    /// The message's bytes; sealed, and empty after an erasure.
    #[serde(skip)]
    pub body: Vec<u8>,
}

/// How a line of an inbound came in, as a report tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// None: the inbound as a whole, which says something of a single line only.
    pub sku: Option<String>,
    /// Its `line` is found by the SKU.
    pub condition: Condition,
}

/// A report as it comes in.
#[derive(Clone, Debug, PartialEq)]
pub struct NewReport {
    /// What the message is known by: the same bytes over the same connection are the same message.
    pub code: String,
    /// What the thing is known by that it tells of.
    pub standing: String,
    pub report: Report,
    /// Of an inbound: what came in.
    pub counts: Vec<Count>,
    /// Of stock: the code of the pickup address whose stock the sender counts. There our ledger follows.
    pub counted_at: Option<String>,
}
