//! The log: for shipments it is the record, and a track's row is what replaying its entries gives.
//!
//! Entries stand in *chunks*, one database row each, so that a commit of a thousand statements writes
//! some thirty rows at the right edge of one table. An entry's position is its chunk's number and its
//! slot in it; positions ascend in the order of commits, and for one track in the order in which its
//! facts were applied.
//!
//! Guarantee: an entry tells a *fact* (what was said, by whom, when we received it). Replaying a
//! track's entries in order gives its row; a replay onto a row that was written back starts with the
//! first chunk that the row does not hold yet.

mod chunk;
mod codec;
mod text;

pub use chunk::{Chunk, Chunks, ONE_PAGE, entries, entry_at};

use smallvec::SmallVec;
use trackway_model::track::Incoming;
use trackway_model::{AccountId, ConnectionId, Milestone, Reason, StreamId, TrackId};

/// Slots of a chunk that a position can tell apart.
pub const SLOTS: i64 = 256;

/// Where an entry stands: `chunk * 256 + slot`.
pub const fn position(chunk: i64, slot: usize) -> i64 {
    chunk * SLOTS + slot as i64
}

/// The chunk of a position, and the slot.
pub const fn place(position: i64) -> (i64, usize) {
    (
        position.div_euclid(SLOTS),
        position.rem_euclid(SLOTS) as usize,
    )
}

/// One fact about one track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry<'a> {
    /// A number was named for the first time.
    TrackOpened {
        track: TrackId,
        account: AccountId,
        carrier: &'a str,
        number: &'a str,
    },
    /// Something was said that the row did not know, or otherwise.
    Statement(StatementEntry<'a>),
    /// Something known was said again, and our mapping of it is another now.
    Mapped(MappedEntry),
    /// A full answer. Its statements that were not known follow as entries of their own.
    Document(DocumentEntry),
    /// The same full answer again; `sources` are the row's sources that it restates.
    Unchanged {
        track: TrackId,
        connection: ConnectionId,
        stream: StreamId,
        received: i64,
        sources: SmallVec<[u8; 4]>,
    },
    /// A single telling that is known came again and widened when it was seen.
    Sighting {
        track: TrackId,
        connection: ConnectionId,
        ordinal: u16,
        received: i64,
    },
    /// A new journey begins.
    Opening { track: TrackId, instant: i64 },
    /// A replay gave statements other milestones.
    Remap {
        track: TrackId,
        remapped: Vec<RemapEntry>,
    },
    /// The track's key was destroyed: what was sealed before this entry can't be read.
    Erased { track: TrackId },
}

impl Entry<'_> {
    pub const fn track(&self) -> TrackId {
        match self {
            Self::TrackOpened { track, .. }
            | Self::Unchanged { track, .. }
            | Self::Sighting { track, .. }
            | Self::Opening { track, .. }
            | Self::Remap { track, .. }
            | Self::Erased { track } => *track,
            Self::Statement(entry) => entry.track,
            Self::Mapped(entry) => entry.track,
            Self::Document(entry) => entry.track,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementEntry<'a> {
    pub track: TrackId,
    pub stream: StreamId,
    pub connection: ConnectionId,
    pub received: i64,
    pub incoming: Incoming,
    pub code: CodeRef<'a>,
    /// The unit that it speaks of, as a statement spells it; `incoming` holds its key.
    pub unit: Option<&'a str>,
    pub time_text: TimeText<'a>,
    /// The statement's own bytes, packed and sealed under the track's key.
    pub sealed: &'a [u8],
}

/// A code as its source spelt it, not copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeRef<'a> {
    pub kind: trackway_model::CodeKind,
    pub code: &'a str,
    pub sub: Option<&'a str>,
}

impl<'a> CodeRef<'a> {
    pub fn of(code: &'a trackway_model::Code) -> Self {
        Self {
            kind: code.kind,
            code: &code.code,
            sub: code.sub.as_deref(),
        }
    }

    pub fn to_code(self) -> trackway_model::Code {
        trackway_model::Code {
            kind: self.kind,
            code: self.code.to_owned(),
            sub: self.sub.map(str::to_owned),
        }
    }
}

/// The time as written: most texts follow from the time itself and one of a few styles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeText<'a> {
    Written(&'a str),
    Styled(text::Style),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MappedEntry {
    pub track: TrackId,
    pub connection: ConnectionId,
    pub received: i64,
    pub ordinal: u16,
    pub incoming: Incoming,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentEntry {
    pub track: TrackId,
    pub connection: ConnectionId,
    pub stream: StreamId,
    pub received: i64,
    pub hash: [u8; 16],
    /// Where the archive keeps the body; 0 where an answer came too late to be kept.
    pub payload: i64,
    pub parts: SmallVec<[DocumentPart; 2]>,
}

/// What an answer told of one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentPart {
    pub stream: StreamId,
    pub covers_from: Option<i64>,
    /// Statements that were known as they are: ordinal, and rank in this answer.
    pub known: Vec<(u16, u16)>,
}

/// One statement's new milestone, valid for the version that the row held then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemapEntry {
    pub ordinal: u16,
    pub last_seen: i64,
    pub member_hash: u64,
    /// Who said that version.
    pub connection: ConnectionId,
    pub milestone: Milestone,
    pub reason: Reason,
}
