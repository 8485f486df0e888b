//! The row's bytes. The format byte comes first; a row of a newer format is refused, not guessed at.

use super::{Document, Source, Span, Spine, Track};
use crate::bytes::{Reader, Truncated, Writer};
use crate::fold::{ShipmentState, offset_source, precision};
use crate::statement::{Certainty, Direction, Pieces};
use crate::time::{Occurred, OffsetSource, Precision};
use crate::{AccountId, ConnectionId, Milestone, Reason, StatementId, StreamId, TrackId};
use std::sync::Arc;

const FORMAT: u8 = 1;

impl Track {
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(160 + self.spine.len() * 72);
        self.encode_to(&mut out);
        out.0
    }

    /// Appends the row's bytes.
    pub fn encode_to(&self, out: &mut Writer) {
        out.u8(FORMAT)
            .i64(self.id.0)
            .i64(self.account.0)
            .text(&self.carrier)
            .text(&self.number);
        out.varint(self.openings.len() as u64);
        for at in &self.openings {
            out.i64(*at);
        }
        out.varint(self.sources.len() as u64);
        for source in &self.sources {
            out.u16(source.stream.0).varint(source.connection.0 as u64);
        }
        out.varint(self.documents.len() as u64);
        for held in &self.documents {
            out.varint(held.connection.0 as u64)
                .u16(held.stream.0)
                .i64(held.received);
            out.raw(&held.hash).i64(held.payload);
        }
        out.varint(self.spans.len() as u64);
        for span in &self.spans {
            out.u8(span.source).i64(span.received).i64(span.from);
        }
        out.varint(self.states.len() as u64);
        self.states.iter().for_each(|state| state.encode(out));
        out.varint(self.spine.len() as u64);
        let mut before = Neighbour::default();
        for spine in &self.spine {
            spine.encode(&mut before, out);
        }
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, Truncated> {
        let mut row = Reader(bytes);
        if row.u8()? != FORMAT {
            return Err(Truncated);
        }
        let id = TrackId(row.i64()?);
        let account = AccountId(row.i64()?);
        let carrier = Arc::from(row.text()?);
        let number = Arc::from(row.text()?);
        let openings = list(&mut row, Reader::i64)?;
        let sources = list(&mut row, |row| {
            Ok(Source {
                stream: StreamId(row.u16()?),
                connection: ConnectionId(row.varint()? as i64),
            })
        })?;
        let documents = list(&mut row, |row| {
            Ok(Document {
                connection: ConnectionId(row.varint()? as i64),
                stream: StreamId(row.u16()?),
                received: row.i64()?,
                hash: row.array()?,
                payload: row.i64()?,
            })
        })?;
        let spans = list(&mut row, |row| {
            Ok(Span {
                source: row.u8()?,
                received: row.i64()?,
                from: row.i64()?,
            })
        })?;
        let states = list(&mut row, ShipmentState::decode)?;
        let mut before = Neighbour::default();
        let spine = list(&mut row, |row| Spine::decode(&mut before, row))?;
        Ok(Self {
            id,
            account,
            carrier,
            number,
            openings,
            sources,
            documents,
            spans,
            states,
            spine,
        })
    }
}

fn list<'a, T, L: FromIterator<T>>(
    row: &mut Reader<'a>,
    mut item: impl FnMut(&mut Reader<'a>) -> Result<T, Truncated>,
) -> Result<L, Truncated> {
    let length = row.length()?;
    if length > row.0.len() {
        return Err(Truncated);
    }
    (0..length).map(|_| item(row)).collect()
}

/// Which parts of an entry's bytes are there.
mod flag {
    pub const SEEN_AGAIN: u8 = 1;
    pub const WHOLE_SECONDS: u8 = 2;
    pub const PLACE: u8 = 4;
    pub const PIECES: u8 = 8;
    pub const REASON: u8 = 16;
    pub const UNIT: u8 = 32;
}
const SECOND_US: i64 = 1_000_000;

/// What an entry's numbers are told against: its neighbour's, since neighbours are alike.
#[derive(Clone, Copy, Default)]
struct Neighbour {
    position: i64,
    first_seen: i64,
    wall: i64,
}

impl Spine {
    fn encode(&self, before: &mut Neighbour, out: &mut Writer) {
        let time = self.occurred.unwrap_or(Occurred {
            wall: before.wall,
            offset: 0,
            offset_source: OffsetSource::Unknown,
            precision: Precision::Day,
        });
        let bits = time.precision as u8
            | (time.offset_source as u8) << 2
            | (self.certainty as u8) << 4
            | (self.direction as u8) << 6
            | u8::from(self.occurred.is_some()) << 7;
        let moved = time.wall.wrapping_sub(before.wall);
        let given = |there: bool, flag: u8| if there { flag } else { 0 };
        let flags = given(self.last_seen != self.first_seen, flag::SEEN_AGAIN)
            | given(moved % SECOND_US == 0, flag::WHOLE_SECONDS)
            | given(self.place != 0, flag::PLACE)
            | given(self.pieces != Pieces::default(), flag::PIECES)
            | given(self.reason != Reason::None, flag::REASON)
            | given(self.unit != 0, flag::UNIT);
        out.raw(&self.id.0).u64(self.member_hash).u8(bits).u8(flags);
        out.signed(self.position.wrapping_sub(before.position));
        out.signed(self.first_seen.wrapping_sub(before.first_seen));
        if flags & flag::SEEN_AGAIN != 0 {
            out.signed(self.last_seen.wrapping_sub(self.first_seen));
        }
        out.signed(if flags & flag::WHOLE_SECONDS == 0 {
            moved
        } else {
            moved / SECOND_US
        });
        out.signed(i64::from(time.offset))
            .varint(u64::from(self.rank));
        out.u8(self.source).u8(self.milestone as u8);
        if flags & flag::PLACE != 0 {
            out.u32(self.place);
        }
        if flags & flag::PIECES != 0 {
            out.u16(self.pieces.count).u16(self.pieces.total);
        }
        if flags & flag::REASON != 0 {
            out.u8(self.reason as u8);
        }
        if flags & flag::UNIT != 0 {
            out.u32(self.unit);
        }
        *before = Neighbour {
            position: self.position,
            first_seen: self.first_seen,
            wall: time.wall,
        };
    }

    fn decode(before: &mut Neighbour, row: &mut Reader<'_>) -> Result<Self, Truncated> {
        let id = StatementId(row.array()?);
        let member_hash = row.u64()?;
        let (bits, flags) = (row.u8()?, row.u8()?);
        let has = |flag: u8| flags & flag != 0;
        let position = before.position.wrapping_add(row.signed()?);
        let first_seen = before.first_seen.wrapping_add(row.signed()?);
        let seen_again = if has(flag::SEEN_AGAIN) {
            row.signed()?
        } else {
            0
        };
        let unit = if has(flag::WHOLE_SECONDS) {
            SECOND_US
        } else {
            1
        };
        let wall = before.wall.wrapping_add(row.signed()?.wrapping_mul(unit));
        let (offset, rank) = (row.signed()? as i16, row.varint()? as u16);
        let (source, milestone) = (row.u8()?, Milestone::from_number(row.u8()?));
        let place = if has(flag::PLACE) { row.u32()? } else { 0 };
        let pieces = if has(flag::PIECES) {
            Pieces {
                count: row.u16()?,
                total: row.u16()?,
            }
        } else {
            Pieces::default()
        };
        let reason = if has(flag::REASON) {
            Reason::from_number(row.u8()?)
        } else {
            Reason::None
        };
        let unit_key = if has(flag::UNIT) { row.u32()? } else { 0 };
        *before = Neighbour {
            position,
            first_seen,
            wall,
        };
        Ok(Self {
            id,
            member_hash,
            position,
            first_seen,
            last_seen: first_seen.wrapping_add(seen_again),
            occurred: (bits >> 7 == 1).then_some(Occurred {
                wall,
                offset,
                offset_source: offset_source(bits >> 2),
                precision: precision(bits),
            }),
            place,
            unit: unit_key,
            rank,
            pieces,
            source,
            milestone,
            reason,
            direction: if (bits >> 6) & 1 == 1 {
                Direction::Return
            } else {
                Direction::Forward
            },
            certainty: match (bits >> 4) & 3 {
                0 => Certainty::Actual,
                1 => Certainty::Estimated,
                2 => Certainty::Planned,
                _ => Certainty::Withdrawn,
            },
        })
    }
}
