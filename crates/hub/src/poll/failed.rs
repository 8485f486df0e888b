//! Why a call about a parcel brought nothing: what the schedule, the connection's state and people are
//! told of it.

use crate::Hub;
use crate::budget::Unpaid;
use crate::outbound::{Answered, SendError};
use crate::quarantine::Misread;
use crate::schedule::Trouble;
use std::sync::Arc;
use std::time::Duration;
use trackway_dialects::CallError;
use trackway_store::StoreError;

/// Why an answer brought nothing.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    pub trouble: Trouble,
    pub retry_after: Option<Duration>,
    pub why: String,
    /// HTTP status, where an answer came.
    pub status: Option<u16>,
    /// Whether a call was made at all.
    pub made: bool,
    /// The answer, where it has a shape that nobody knows.
    pub unread: Option<Arc<Misread>>,
}

impl Failed {
    pub fn call(error: &CallError, answered: Option<&Answered>) -> Self {
        let told = answered.and_then(|answered| answered.retry_after_s);
        Self {
            trouble: Trouble::of(error),
            retry_after: told.map(Duration::from_secs),
            why: error.to_string(),
            status: answered.map(|answered| answered.status),
            made: answered.is_some(),
            unread: answered.and_then(|answered| Misread::of(error, answered)),
        }
    }

    /// No call was made.
    pub(super) fn unpaid(hub: &Hub, unpaid: &Unpaid) -> Self {
        let (trouble, wait) = match unpaid {
            Unpaid::NotBefore { at } => (Trouble::Quota, Some(at - hub.clock.now())),
            Unpaid::Store(_) => (Trouble::Store, None),
            Unpaid::Setting(_) => (Trouble::Unset, None),
        };
        Self {
            trouble,
            retry_after: wait.map(|us| Duration::from_micros(us.max(0).unsigned_abs())),
            why: unpaid.to_string(),
            status: None,
            made: false,
            unread: None,
        }
    }

    pub(super) fn send(error: &SendError) -> Self {
        let trouble = if error.is_of_address() {
            Trouble::Refused
        } else {
            Trouble::Fault
        };
        Self {
            trouble,
            retry_after: None,
            why: error.to_string(),
            status: None,
            made: true,
            unread: None,
        }
    }

    pub fn store(error: &StoreError) -> Self {
        Self {
            trouble: Trouble::Store,
            retry_after: None,
            why: error.to_string(),
            status: None,
            made: true,
            unread: None,
        }
    }

    /// The upstream was given the number, and will push what becomes of it.
    pub fn registered() -> Self {
        Self {
            why: "registered with the upstream, which is to tell of it".to_owned(),
            ..Self::empty()
        }
    }

    /// The upstream was not given the number by us, and can't be asked about it.
    pub(super) fn not_given() -> Self {
        Self {
            why: "the upstream was not given this number by us yet".to_owned(),
            made: false,
            ..Self::empty()
        }
    }

    /// An answer came, and said nothing of the parcel.
    pub(super) fn empty() -> Self {
        Self {
            trouble: Trouble::Nothing,
            retry_after: None,
            why: "the answer tells nothing of this number".to_owned(),
            status: None,
            made: true,
            unread: None,
        }
    }
}
