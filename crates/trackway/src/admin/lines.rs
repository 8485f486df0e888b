//! The lines of an export, one JSON object each: a head, then connections, then shipments with
//! everything that was told of them.
//!
//! Guarantee: nothing in a line belongs to the installation that wrote it: no id, no key, no hash
//! under its key, no secret. What is taken in and exported again is the same lines; only the `rank`
//! of a statement can differ, where another connection tells today what stood beside it in the answer
//! that held it last. The file is complete without the installation's master key: whoever has it
//! reads all of it.

use serde::{Deserialize, Serialize};
use trackway_model::change::Mark;
use trackway_model::statement::Pieces;
use trackway_model::{Certainty, Code, Direction, Milestone, Occurred, Reason};

/// Of this release's lines.
pub const FORMAT: u32 = 1;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Line {
    Export { format: u32 },
    Connection(ConnectionLine),
    Shipment(Box<ShipmentLine>),
}

/// An upstream without its settings: some are secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionLine {
    pub account: String,
    pub name: String,
    pub dialect: String,
    pub base_url: String,
    pub zone: Option<String>,
}

/// All journeys under a number. Instants are microseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShipmentLine {
    pub account: String,
    pub carrier: String,
    pub number: String,
    /// What the journeys stand at, for the comparison after an import.
    pub states: Vec<Mark>,
    pub references: Vec<String>,
    pub registrations: Vec<RegistrationLine>,
    pub openings: Vec<i64>,
    /// Who spoke; other members name one by its place here.
    pub sources: Vec<SourceLine>,
    pub documents: Vec<DocumentLine>,
    pub spans: Vec<SpanLine>,
    pub statements: Vec<StatementLine>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegistrationLine {
    pub dialect: String,
    pub created: i64,
    pub data: serde_json::Value,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceLine {
    pub dialect: String,
    pub stream: String,
    /// The connection's name; None for the account's own events.
    pub connection: Option<String>,
}

/// The latest full answer of a connection. `source` names the first stream of its dialect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DocumentLine {
    pub source: usize,
    pub received: i64,
    pub fingerprint: String,
    /// None where it was erased or is too old.
    pub body: Option<Octets>,
}

/// What an answer covered of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SpanLine {
    pub source: usize,
    pub received: i64,
    pub from: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatementLine {
    pub source: usize,
    pub first_seen: i64,
    pub last_seen: i64,
    /// Its place in the newest answer that held it.
    pub rank: u16,
    pub code: Code,
    pub milestone: Milestone,
    pub reason: Reason,
    pub direction: Direction,
    pub certainty: Certainty,
    pub occurred: Option<Occurred>,
    pub time_text: String,
    pub place: u32,
    pub pieces: Pieces,
    /// The unit of the shipment that it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What the source wrote; None where it was erased.
    pub raw: Option<Octets>,
    /// What an erased statement is known by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased: Option<String>,
}

/// Bytes: as text where they are, in hexadecimal otherwise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Octets {
    Text(String),
    Hex { hex: String },
}

impl Octets {
    pub fn of(bytes: Vec<u8>) -> Self {
        String::from_utf8(bytes).map_or_else(
            |wrong| Self::Hex {
                hex: hex::encode(wrong.as_bytes()),
            },
            Self::Text,
        )
    }

    pub fn bytes(&self) -> Result<Vec<u8>, hex::FromHexError> {
        match self {
            Self::Text(text) => Ok(text.clone().into_bytes()),
            Self::Hex { hex } => hex::decode(hex),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_whatever_they_are() {
        for bytes in [&b""[..], b"{\"a\":1}", "Bưu cục".as_bytes(), &[0, 255, 254]] {
            let written = serde_json::to_string(&Octets::of(bytes.to_vec())).unwrap();
            let read: Octets = serde_json::from_str(&written).unwrap();
            assert_eq!(read.bytes().unwrap(), bytes, "{written}");
        }
    }
}
