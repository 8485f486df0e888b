//! What the operator asks about orders, and what they are made of.

use crate::api::orders::listing::Filters;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is asked about orders, and what they are made of. Kinds are named as in the paths of our own
/// API, and bodies are what it takes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum Traded {
    List {
        kind: String,
        filters: Box<Filters>,
    },
    Show {
        kind: String,
        id: String,
    },
    Make {
        kind: String,
        bodies: Vec<Value>,
    },
    /// `approve`, `close`, `cancel`, `move`, `fulfil` or `change`.
    Act {
        kind: String,
        id: String,
        act: String,
        body: Value,
    },
    /// Takes away whom an order is for.
    Erase {
        id: String,
    },
    /// Takes a person away who is known by this.
    Forget {
        phone: Option<String>,
        email: Option<String>,
    },
    /// The bytes of a report.
    Payload {
        id: String,
    },
    Levels {
        item: Option<String>,
        warehouse: Option<String>,
    },
    Movements {
        item: String,
        warehouse: String,
    },
    Adjust {
        body: Value,
    },
    /// Records as files hold them, the oldest first.
    Written {
        kind: String,
        offset: u64,
        limit: u32,
    },
    /// Records of a file.
    TakeIn {
        kind: String,
        bodies: Vec<Value>,
        dry_run: bool,
    },
}

/// What became of a record of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenIn {
    Made,
    /// It is here already, and was left as it is.
    Known,
    /// It has ended, and can't be begun anew.
    LeftOut,
    Refused {
        /// Members by name, each with what is wrong with it.
        errors: Vec<(String, String)>,
    },
}
