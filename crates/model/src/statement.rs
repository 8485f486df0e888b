//! A statement: what one stream of one source said once about one shipment.

use crate::{Milestone, Occurred, Reason, StreamId};
use serde::{Deserialize, Serialize};

/// Which of a system's code tables a code belongs to. Vocabulary laws hold within a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeKind {
    Event,
    Shipment,
    Registration,
    Query,
    Location,
    Reason,
    Payment,
}

/// A code as its source spelt it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Code {
    pub kind: CodeKind,
    pub code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    #[default]
    Forward,
    Return,
}

/// Whether the source says that it happened, that it will, or that it takes back what it said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    #[default]
    Actual,
    Estimated,
    Planned,
    /// A news stream took the statement back: kept and explained, never folded. Told again later, the
    /// statement counts again.
    Withdrawn,
}

/// Pieces that a statement speaks of, and how many there are in all if the source says so.
/// Zero is "not said".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
pub struct Pieces {
    pub count: u16,
    pub total: u16,
}

/// A place as written, and the key of the place it was resolved to (0: unresolved, which never
/// contradicts another place).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Place {
    pub name: String,
    pub key: u32,
}

/// One statement, as a dialect reads it from a source. What the source wrote stays in `raw`; texts
/// and names are read from there when they are shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    pub stream: StreamId,
    pub code: Code,
    pub milestone: Milestone,
    pub reason: Reason,
    pub direction: Direction,
    pub certainty: Certainty,
    /// None: the source gave no time, or none that can be read. The text stands in `time_text`.
    pub occurred: Option<Occurred>,
    pub time_text: String,
    pub place: Option<Place>,
    pub pieces: Pieces,
    /// Members that the dialect's identity list names, as written, separated by 0x1f.
    pub identity: Vec<u8>,
    /// The statement's own bytes as the source sent them, credentials left out.
    pub raw: Vec<u8>,
}

/// Separates the members of an identity: a control character that no vendor's code or time holds.
pub const IDENTITY_SEPARATOR: u8 = 0x1f;

/// Joins identity members as written.
pub fn identity(members: &[&str]) -> Vec<u8> {
    members.join("\u{1f}").into_bytes()
}
