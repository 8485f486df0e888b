//! What Trackway knows about shipments, as pure values: statements, their times and places, the
//! vocabularies that translate codes, and the fold that turns a set of statements into a state.
//!
//! Guarantee: nothing here does I/O, reads a clock or draws a random number. The same facts give
//! the same bytes on every node, in whatever order and however often they were learned.

pub mod address;
pub mod bytes;
pub mod change;
pub mod fold;
pub mod group;
pub mod hash;
pub mod ids;
pub mod intake;
pub mod milestone;
pub mod orders;
pub mod place;
pub mod proof;
pub mod quota;
pub mod reason;
pub mod registration;
pub mod statement;
pub mod strange;
pub mod stream;
pub mod time;
pub mod track;
pub mod view;
pub mod vocabulary;

pub use hash::{Digest, InstallationKey};
pub use ids::{
    AccountId, ConnectionId, EndpointId, KeyId, QuarantineId, ShipmentId, StatementId, TrackId,
};
pub use milestone::{Milestone, Stage};
pub use reason::Reason;
pub use registration::{Clocks, Standing};
pub use statement::{Certainty, Code, CodeKind, Direction, Pieces, Place, Statement};
pub use strange::{Oddity, Strange, Way};
pub use stream::{Nature, StreamDef, StreamId, StreamTable};
pub use time::{Occurred, OffsetSource, Precision};
pub use track::{Spine, Track};
