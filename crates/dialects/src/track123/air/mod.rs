//! Air cargo (track123.md §7): air waybills, told piece by piece.

pub mod members;
pub mod read;
pub mod synthesis;
pub mod wire;

use super::NAME;
use trackway_model::{Nature, StreamDef, StreamId};

/// Records of a query's answer: each restates all.
pub const QUERY: StreamDef = StreamDef {
    id: StreamId(11),
    dialect: NAME,
    name: "air",
    nature: Nature::History,
    rank: 10,
};

/// Records of a webhook, which restate all as well.
pub const PUSH: StreamDef = StreamDef {
    id: StreamId(12),
    dialect: NAME,
    name: "air_webhook",
    nature: Nature::History,
    rank: 11,
};

/// Both.
pub const STREAMS: [StreamId; 2] = [QUERY.id, PUSH.id];
