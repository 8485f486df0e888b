//! Ocean cargo (track123.md §6): bookings and bills of lading as one consignment with many
//! containers, and single containers.

pub mod members;
pub mod read;
pub mod synthesis;
pub mod wire;

use super::NAME;
use trackway_model::{Nature, StreamDef, StreamId};

/// Records of a query's answer: each restates all.
pub const QUERY: StreamDef = StreamDef {
    id: StreamId(9),
    dialect: NAME,
    name: "ocean",
    nature: Nature::History,
    rank: 10,
};

/// Records of a webhook, which restate all as well.
pub const PUSH: StreamDef = StreamDef {
    id: StreamId(10),
    dialect: NAME,
    name: "ocean_webhook",
    nature: Nature::History,
    rank: 11,
};

/// Both.
pub const STREAMS: [StreamId; 2] = [QUERY.id, PUSH.id];

/// The `type` of a container's number.
pub const CONTAINER: u8 = 3;
