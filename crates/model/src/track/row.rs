//! The row's bytes. The format byte comes first; a row of a newer format is refused, not guessed at.

use super::{Document, Source, Span, Spine, Track};
use crate::bytes::{Reader, Truncated, Writer};
use crate::fold::ShipmentState;
use crate::statement::{Certainty, Direction, Pieces};
use crate::time::{Occurred, OffsetSource, Precision};
use crate::{AccountId, ConnectionId, Milestone, Reason, StatementId, StreamId, TrackId};
use std::sync::Arc;

const FORMAT: u8 = 1;

impl Track {
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(160 + self.spine.len() * 72);
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
        self.states.iter().for_each(|state| state.encode(&mut out));
        out.varint(self.spine.len() as u64);
        self.spine.iter().for_each(|spine| spine.encode(&mut out));
        out.0
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
        let spine = list(&mut row, Spine::decode)?;
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

impl Spine {
    fn encode(&self, out: &mut Writer) {
        let time = self.occurred.unwrap_or(Occurred {
            wall: 0,
            offset: 0,
            offset_source: OffsetSource::Unknown,
            precision: Precision::Day,
        });
        let bits = time.precision as u8
            | (time.offset_source as u8) << 2
            | (self.certainty as u8) << 4
            | (self.direction as u8) << 6
            | u8::from(self.occurred.is_some()) << 7;
        out.raw(&self.id.0).u64(self.member_hash).i64(self.position);
        out.i64(self.first_seen).i64(self.last_seen).i64(time.wall);
        out.u32(self.place).u16(time.offset as u16).u16(self.rank);
        out.u16(self.pieces.count).u16(self.pieces.total);
        out.u8(self.source)
            .u8(self.milestone as u8)
            .u8(self.reason as u8)
            .u8(bits);
    }

    fn decode(row: &mut Reader<'_>) -> Result<Self, Truncated> {
        let id = StatementId(row.array()?);
        let member_hash = row.u64()?;
        let position = row.i64()?;
        let (first_seen, last_seen, wall) = (row.i64()?, row.i64()?, row.i64()?);
        let place = row.u32()?;
        let (offset, rank) = (row.u16()? as i16, row.u16()?);
        let pieces = Pieces {
            count: row.u16()?,
            total: row.u16()?,
        };
        let source = row.u8()?;
        let milestone = Milestone::from_number(row.u8()?);
        let reason = Reason::from_number(row.u8()?);
        let bits = row.u8()?;
        let time = Occurred {
            wall,
            offset,
            offset_source: match (bits >> 2) & 3 {
                0 => OffsetSource::Source,
                1 => OffsetSource::Place,
                2 => OffsetSource::Connection,
                _ => OffsetSource::Unknown,
            },
            precision: match bits & 3 {
                0 => Precision::Day,
                1 => Precision::Minute,
                2 => Precision::Second,
                _ => Precision::Fraction,
            },
        };
        Ok(Self {
            id,
            member_hash,
            position,
            first_seen,
            last_seen,
            occurred: (bits >> 7 == 1).then_some(time),
            place,
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
                _ => Certainty::Planned,
            },
        })
    }
}
