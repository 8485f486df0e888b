//! Streams: the separate voices of a source. Two statements of one stream are never one event.

use serde::{Deserialize, Serialize};

/// A stream's number for life; the registry of dialects gives it and never gives it again.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(transparent)]
pub struct StreamId(pub u16);

/// How a stream tells its story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    /// Each answer restates everything: what a later answer leaves out is withdrawn.
    History,
    /// Each message tells one thing and says nothing about the rest.
    News,
}

/// What the fold must know of a stream. `rank`: the lower, the nearer to the happening; it orders
/// grouping and breaks ties between witnesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamDef {
    pub id: StreamId,
    /// The dialect's name in the registry.
    pub dialect: &'static str,
    pub name: &'static str,
    pub nature: Nature,
    pub rank: u8,
}

/// All streams, by id. Unknown ids (a newer release wrote them) read as news of the lowest rank.
#[derive(Clone, Copy, Debug)]
pub struct StreamTable(pub &'static [StreamDef]);

const UNKNOWN: StreamDef = StreamDef {
    id: StreamId(u16::MAX),
    dialect: "unknown",
    name: "unknown",
    nature: Nature::News,
    rank: u8::MAX,
};

impl StreamTable {
    /// Asked for every statement of every fold: a stream usually stands at its number.
    pub fn get(&self, id: StreamId) -> &'static StreamDef {
        let at_its_number = self.0.get(usize::from(id.0).wrapping_sub(1));
        at_its_number
            .filter(|def| def.id == id)
            .or_else(|| self.0.iter().find(|def| def.id == id))
            .unwrap_or(&UNKNOWN)
    }
}
