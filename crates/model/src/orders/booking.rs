//! What carriers are told of fulfilments by us, and what they said to it.

use super::{Decimal, RecordId};
use serde::{Deserialize, Serialize};

/// What a carrier is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// To carry a fulfilment.
    Create,
    /// To carry it otherwise.
    Update,
    /// Not to carry it.
    Cancel,
    /// To do as the sender wishes with what could not be delivered.
    Wish,
}

impl Deed {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Cancel => "cancel",
            Self::Wish => "wish",
        }
    }
}

/// What stands between an account and the carrier that a fulfilment was booked with by us.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Booking {
    /// When the carrier took it.
    pub taken: Option<i64>,
    /// The number that the carrier gave; None: it took it and did not say under which.
    pub number: Option<String>,
    /// What the carrier asks for the carriage.
    pub cost: Option<Decimal>,
    /// When the carrier heard that it was cancelled.
    pub cancelled: Option<i64>,
    /// What the carrier refused last, until it does as it is asked.
    pub refused: Option<Declined>,
    /// How many of the fulfilment's wishes the carrier heard of, or refused.
    #[serde(default)]
    pub heard: u32,
}

/// What a carrier refused for good. In words of ours: a carrier's own may name people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declined {
    pub deed: Deed,
    /// The carrier's code.
    pub code: String,
    pub text: String,
    pub at: i64,
}

/// What a carrier said.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// It carries it, under this number, at this price, as far as it said.
    Taken {
        number: Option<String>,
        cost: Option<Decimal>,
    },
    /// It did what else it was asked.
    Done(Deed),
    Declined {
        deed: Deed,
        code: String,
        text: String,
    },
}

/// A fulfilment of which its carrier is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    pub fulfilment: RecordId,
    /// Our carrier code.
    pub carrier: String,
}
