//! The bytes of an entry. Times are relative to the chunk's, numbers are varints; the clear part of
//! an ordinary statement takes some 55 bytes.

use super::text::Style;
use super::{
    CodeRef, DocumentEntry, DocumentPart, Entry, MappedEntry, RemapEntry, StatementEntry, TimeText,
};
use trackway_model::bytes::{Reader, Truncated, Writer};
use trackway_model::statement::unit_key;
use trackway_model::track::Incoming;
use trackway_model::{
    AccountId, Certainty, CodeKind, ConnectionId, Direction, Milestone, Occurred, OffsetSource,
    Pieces, Precision, Reason, StatementId, StreamId, TrackId,
};

/// First byte of an entry. Never renumbered.
mod kind {
    pub const TRACK_OPENED: u8 = 1;
    pub const STATEMENT: u8 = 2;
    pub const MAPPED: u8 = 3;
    pub const DOCUMENT: u8 = 4;
    pub const UNCHANGED: u8 = 5;
    pub const SIGHTING: u8 = 6;
    pub const OPENING: u8 = 7;
    pub const REMAP: u8 = 8;
    pub const ERASED: u8 = 9;
}

/// Kinds of codes by their number in the log. Never renumbered.
const CODE_KINDS: [CodeKind; 12] = [
    CodeKind::Event,
    CodeKind::Shipment,
    CodeKind::Registration,
    CodeKind::Query,
    CodeKind::Location,
    CodeKind::Reason,
    CodeKind::Payment,
    CodeKind::OceanSearch,
    CodeKind::OceanTransit,
    CodeKind::OceanEvent,
    CodeKind::AirShipment,
    CodeKind::AirEvent,
];
const HAS_SUB: u8 = 0x80;
const HAS_UNIT: u8 = 0x40;

impl<'a> Entry<'a> {
    pub(super) fn encode(&self, base: i64, out: &mut Writer) {
        match self {
            Self::TrackOpened {
                track,
                account,
                carrier,
                number,
            } => {
                head(kind::TRACK_OPENED, *track, out).varint(account.0 as u64);
                out.text(carrier).text(number);
            }
            Self::Statement(entry) => entry.encode(base, out),
            Self::Mapped(entry) => {
                head(kind::MAPPED, entry.track, out).varint(entry.connection.0 as u64);
                time(entry.received, base, out).varint(u64::from(entry.ordinal));
                encode_incoming(&entry.incoming, entry.received, out);
            }
            Self::Document(entry) => entry.encode(base, out),
            Self::Unchanged {
                track,
                connection,
                stream,
                received,
                sources,
            } => {
                head(kind::UNCHANGED, *track, out).varint(connection.0 as u64);
                time(*received, base, out.varint(u64::from(stream.0))).bytes(sources);
            }
            Self::Sighting {
                track,
                connection,
                ordinal,
                received,
            } => {
                head(kind::SIGHTING, *track, out).varint(connection.0 as u64);
                time(*received, base, out.varint(u64::from(*ordinal)));
            }
            Self::Opening { track, instant } => {
                time(*instant, base, head(kind::OPENING, *track, out));
            }
            Self::Remap { track, remapped } => {
                head(kind::REMAP, *track, out).varint(remapped.len() as u64);
                for item in remapped {
                    time(item.last_seen, base, out.varint(u64::from(item.ordinal)));
                    out.u64(item.member_hash)
                        .varint(item.connection.0 as u64)
                        .u8(item.milestone as u8)
                        .u8(item.reason as u8);
                }
            }
            Self::Erased { track } => {
                head(kind::ERASED, *track, out);
            }
        }
    }

    pub(super) fn decode(bytes: &'a [u8], base: i64) -> Result<Self, Truncated> {
        let mut row = Reader(bytes);
        let kind = row.u8()?;
        let track = TrackId(row.varint()? as i64);
        Ok(match kind {
            kind::TRACK_OPENED => Self::TrackOpened {
                track,
                account: AccountId(row.varint()? as i64),
                carrier: row.text()?,
                number: row.text()?,
            },
            kind::STATEMENT => Self::Statement(StatementEntry::decode(track, base, row)?),
            kind::MAPPED => {
                let connection = connection(&mut row)?;
                let received = read_time(&mut row, base)?;
                let ordinal = row.varint()? as u16;
                let incoming = decode_incoming(&mut row, received)?;
                Self::Mapped(MappedEntry {
                    track,
                    connection,
                    received,
                    ordinal,
                    incoming,
                })
            }
            kind::DOCUMENT => Self::Document(DocumentEntry::decode(track, base, row)?),
            kind::UNCHANGED => Self::Unchanged {
                track,
                connection: connection(&mut row)?,
                stream: StreamId(row.varint()? as u16),
                received: read_time(&mut row, base)?,
                sources: row.bytes()?.into(),
            },
            kind::SIGHTING => Self::Sighting {
                track,
                connection: connection(&mut row)?,
                ordinal: row.varint()? as u16,
                received: read_time(&mut row, base)?,
            },
            kind::OPENING => Self::Opening {
                track,
                instant: read_time(&mut row, base)?,
            },
            kind::REMAP => {
                let length = row.length()?;
                let remapped = (0..length)
                    .map(|_| decode_remap(&mut row, base))
                    .collect::<Result<_, _>>()?;
                Self::Remap { track, remapped }
            }
            kind::ERASED => Self::Erased { track },
            _ => return Err(Truncated),
        })
    }
}

impl<'a> StatementEntry<'a> {
    fn encode(&self, base: i64, out: &mut Writer) {
        head(kind::STATEMENT, self.track, out);
        out.varint(u64::from(self.stream.0))
            .varint(self.connection.0 as u64);
        time(self.received, base, out);
        out.raw(&self.incoming.id.0).u64(self.incoming.member_hash);
        encode_incoming(&self.incoming, self.received, out);
        let number = CODE_KINDS
            .iter()
            .position(|kind| *kind == self.code.kind)
            .unwrap_or(0) as u8;
        let given = |there: bool, flag: u8| if there { flag } else { 0 };
        out.u8(number
            | given(self.code.sub.is_some(), HAS_SUB)
            | given(self.unit.is_some(), HAS_UNIT))
            .text(self.code.code);
        for text in [self.code.sub, self.unit].into_iter().flatten() {
            out.text(text);
        }
        match self.time_text {
            TimeText::Styled(style) => out.u8(style.0),
            TimeText::Written(text) => out.u8(0).text(text),
        };
        out.raw(self.sealed);
    }

    fn decode(track: TrackId, base: i64, mut row: Reader<'a>) -> Result<Self, Truncated> {
        let stream = StreamId(row.varint()? as u16);
        let connection = connection(&mut row)?;
        let received = read_time(&mut row, base)?;
        let id = StatementId(row.array()?);
        let member_hash = row.u64()?;
        let mut incoming = Incoming {
            id,
            member_hash,
            ..decode_incoming(&mut row, received)?
        };
        let bits = row.u8()?;
        let code = CodeRef {
            kind: *CODE_KINDS
                .get(usize::from(bits & !(HAS_SUB | HAS_UNIT)))
                .ok_or(Truncated)?,
            code: row.text()?,
            sub: if bits & HAS_SUB == 0 {
                None
            } else {
                Some(row.text()?)
            },
        };
        let unit = if bits & HAS_UNIT == 0 {
            None
        } else {
            Some(row.text()?)
        };
        incoming.unit = unit_key(unit);
        let time_text = match Style::parse(row.u8()?) {
            Some(style) => TimeText::Styled(style),
            None => TimeText::Written(row.text()?),
        };
        Ok(Self {
            track,
            stream,
            connection,
            received,
            incoming,
            code,
            unit,
            time_text,
            sealed: row.0,
        })
    }
}

impl DocumentEntry {
    fn encode(&self, base: i64, out: &mut Writer) {
        head(kind::DOCUMENT, self.track, out).varint(self.connection.0 as u64);
        time(self.received, base, out.varint(u64::from(self.stream.0)));
        out.raw(&self.hash)
            .varint(self.payload as u64)
            .varint(self.parts.len() as u64);
        for part in &self.parts {
            out.varint(u64::from(part.stream.0))
                .u8(u8::from(part.covers_from.is_some()));
            if let Some(from) = part.covers_from {
                time(from, self.received, out);
            }
            out.varint(part.known.len() as u64);
            for (ordinal, rank) in &part.known {
                out.varint(u64::from(*ordinal)).varint(u64::from(*rank));
            }
        }
    }

    fn decode(track: TrackId, base: i64, mut row: Reader<'_>) -> Result<Self, Truncated> {
        let connection = connection(&mut row)?;
        let stream = StreamId(row.varint()? as u16);
        let received = read_time(&mut row, base)?;
        let hash = row.array()?;
        let payload = row.varint()? as i64;
        let length = row.length()?;
        let part = |row: &mut Reader<'_>| {
            let stream = StreamId(row.varint()? as u16);
            let covers_from = if row.u8()? == 0 {
                None
            } else {
                Some(read_time(row, received)?)
            };
            let length = row.length()?;
            let known = (0..length)
                .map(|_| Ok((row.varint()? as u16, row.varint()? as u16)))
                .collect::<Result<_, _>>()?;
            Ok(DocumentPart {
                stream,
                covers_from,
                known,
            })
        };
        let parts = (0..length)
            .map(|_| part(&mut row))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            track,
            connection,
            stream,
            received,
            hash,
            payload,
            parts,
        })
    }
}

fn decode_remap(row: &mut Reader<'_>, base: i64) -> Result<RemapEntry, Truncated> {
    Ok(RemapEntry {
        ordinal: row.varint()? as u16,
        last_seen: read_time(row, base)?,
        member_hash: row.u64()?,
        connection: connection(row)?,
        milestone: Milestone::from_number(row.u8()?),
        reason: Reason::from_number(row.u8()?),
    })
}

fn head(kind: u8, track: TrackId, out: &mut Writer) -> &mut Writer {
    out.u8(kind).varint(track.0 as u64)
}

/// A time, relative to another that is near.
fn time(at: i64, near: i64, out: &mut Writer) -> &mut Writer {
    out.signed(at.wrapping_sub(near))
}

fn read_time(row: &mut Reader<'_>, near: i64) -> Result<i64, Truncated> {
    Ok(near.wrapping_add(row.signed()?))
}

fn connection(row: &mut Reader<'_>) -> Result<ConnectionId, Truncated> {
    Ok(ConnectionId(row.varint()? as i64))
}

const HAS_TIME: u8 = 1 << 4;

/// All of it but id and hash, which not every entry repeats, and the unit: a statement's stands
/// beside its code, and no other reading of the same bytes changes it.
fn encode_incoming(incoming: &Incoming, received: i64, out: &mut Writer) {
    let mut bits = (incoming.certainty as u8) << 5 | (incoming.direction as u8) << 7;
    if let Some(at) = incoming.occurred {
        bits |= at.precision as u8 | (at.offset_source as u8) << 2 | HAS_TIME;
    }
    out.u8(bits);
    if let Some(at) = incoming.occurred {
        time(at.wall, received, out).signed(i64::from(at.offset));
    }
    out.u8(incoming.milestone as u8)
        .u8(incoming.reason as u8)
        .varint(u64::from(incoming.place));
    out.varint(u64::from(incoming.pieces.count))
        .varint(u64::from(incoming.pieces.total));
    out.varint(u64::from(incoming.rank));
}

fn decode_incoming(row: &mut Reader<'_>, received: i64) -> Result<Incoming, Truncated> {
    let bits = row.u8()?;
    let occurred = if bits & HAS_TIME == 0 {
        None
    } else {
        Some(Occurred {
            wall: read_time(row, received)?,
            offset: row.signed()? as i16,
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
        })
    };
    Ok(Incoming {
        id: StatementId::default(),
        member_hash: 0,
        occurred,
        milestone: Milestone::from_number(row.u8()?),
        reason: Reason::from_number(row.u8()?),
        place: row.varint()? as u32,
        unit: 0,
        pieces: Pieces {
            count: row.varint()? as u16,
            total: row.varint()? as u16,
        },
        rank: row.varint()? as u16,
        direction: if bits >> 7 == 1 {
            Direction::Return
        } else {
            Direction::Forward
        },
        certainty: match (bits >> 5) & 3 {
            0 => Certainty::Actual,
            1 => Certainty::Estimated,
            2 => Certainty::Planned,
            _ => Certainty::Withdrawn,
        },
    })
}
