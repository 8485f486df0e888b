//! A statement: what one stream of one source said once about one shipment.

use crate::{Milestone, Occurred, Reason, StreamId};
use serde::{Deserialize, Serialize};

/// Which of a system's code members a code stands in: one kind, one table. Vocabulary laws hold within
/// a kind, for the same word means another thing in another table.
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
    /// A whole ocean shipment: a bill of lading or a booking with all its containers.
    OceanSearch,
    /// One container.
    OceanTransit,
    OceanEvent,
    /// An air waybill.
    AirShipment,
    AirEvent,
    /// An order of an order management.
    Order,
    /// What a buyer sends back.
    Return,
}

impl CodeKind {
    pub const ALL: &'static [Self] = &[
        Self::Event,
        Self::Shipment,
        Self::Registration,
        Self::Query,
        Self::Location,
        Self::Reason,
        Self::Payment,
        Self::OceanSearch,
        Self::OceanTransit,
        Self::OceanEvent,
        Self::AirShipment,
        Self::AirEvent,
        Self::Order,
        Self::Return,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Shipment => "shipment",
            Self::Registration => "registration",
            Self::Query => "query",
            Self::Location => "location",
            Self::Reason => "reason",
            Self::Payment => "payment",
            Self::OceanSearch => "ocean_search",
            Self::OceanTransit => "ocean_transit",
            Self::OceanEvent => "ocean_event",
            Self::AirShipment => "air_shipment",
            Self::AirEvent => "air_event",
            Self::Order => "order",
            Self::Return => "return",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
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
    /// The unit of the consignment that it speaks of, such as one container of a bill of lading, as
    /// `unit` spells it; None: the consignment as a whole. It stands in `raw` too, and in the
    /// identity: equal bytes speak of the same unit.
    pub unit: Option<String>,
    /// Members that the dialect's identity list names, as written, separated by 0x1f.
    pub identity: Vec<u8>,
    /// The statement's own bytes as the source sent them, credentials left out.
    pub raw: Vec<u8>,
}

/// A unit's name as it is kept: upper case, without spaces. None where nothing is left.
pub fn unit(text: &str) -> Option<String> {
    let name: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .flat_map(char::to_uppercase)
        .collect();
    (!name.is_empty()).then_some(name)
}

/// The key that a spine holds of a unit: made of its letters and digits, so that a number written
/// with a dash before its check digit is the same one; 0 is the consignment as a whole. A hash: of
/// a hundred units, two share a key once in a million consignments, and then count as one.
pub fn unit_key(unit: Option<&str>) -> u32 {
    let Some(unit) = unit else { return 0 };
    let mut hasher = blake3::Hasher::new();
    for letter in unit.chars().filter(|letter| letter.is_alphanumeric()) {
        hasher.update(letter.encode_utf8(&mut [0; 4]).as_bytes());
    }
    let digest = hasher.finalize();
    let [a, b, c, d, ..] = *digest.as_bytes();
    u32::from_le_bytes([a, b, c, d]).max(1)
}

/// Separates the members of an identity: a control character that no vendor's code or time holds.
pub const IDENTITY_SEPARATOR: u8 = 0x1f;

/// Joins identity members as written.
pub fn identity(members: &[&str]) -> Vec<u8> {
    members.join("\u{1f}").into_bytes()
}
