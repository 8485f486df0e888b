//! Chunks: a commit's entries, cut into rows. The buffers are kept between commits, so that an entry
//! allocates nothing.

use super::{Entry, SLOTS, position};
use std::ops::Range;
use trackway_model::bytes::{Reader, Truncated, Writer};

/// First byte of a chunk.
const FORMAT: u8 = 1;
/// Bytes of a chunk's head: format, and the time that its entries' times are relative to.
const HEAD: usize = 9;
/// A chunk of this size fills an 8 KB page of SQLite and needs no second one.
pub const ONE_PAGE: usize = 8_080;

/// A row of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    pub number: i64,
    pub bytes: &'a [u8],
}

/// A commit's entries.
#[derive(Debug)]
pub struct Chunks {
    buffer: Writer,
    entry: Writer,
    closed: Vec<(i64, Range<usize>)>,
    /// Start of the open chunk in the buffer, and its entries.
    start: usize,
    slots: usize,
    next: i64,
    base: Option<i64>,
    limit: usize,
    count: usize,
}

impl Chunks {
    /// `first` is the number of the first chunk; a chunk that reaches `limit` bytes is closed.
    pub fn new(first: i64, limit: usize) -> Self {
        Self {
            buffer: Writer::default(),
            entry: Writer::default(),
            closed: Vec::new(),
            start: 0,
            slots: 0,
            next: first,
            base: None,
            limit,
            count: 0,
        }
    }

    /// The number of the chunk that the next entry may start.
    pub fn next(&self) -> i64 {
        self.next + i64::from(self.slots > 0)
    }

    pub fn is_empty(&self) -> bool {
        self.closed.is_empty() && self.slots == 0
    }

    /// Forgets all entries and keeps the buffers.
    pub fn restart(&mut self, first: i64) {
        self.buffer.0.clear();
        self.closed.clear();
        (self.start, self.slots, self.next, self.base) = (0, 0, first, None);
        self.count = 0;
    }

    /// Entries appended since the start.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// No later entry stands before this position.
    pub const fn next_position(&self) -> i64 {
        position(self.next, self.slots)
    }

    /// Appends an entry and returns its position. `near` is a time near the entry's.
    pub fn append(&mut self, near: i64, entry: &Entry<'_>) -> i64 {
        let base = *self.base.get_or_insert(near);
        self.entry.0.clear();
        entry.encode(base, &mut self.entry);
        let grown = self.buffer.0.len() - self.start + self.entry.0.len() + 3;
        if self.slots as i64 == SLOTS || (self.slots > 0 && grown > self.limit) {
            self.close();
        }
        if self.slots == 0 {
            self.start = self.buffer.0.len();
            self.buffer.u8(FORMAT).i64(base);
        }
        self.buffer.bytes(&self.entry.0);
        self.slots += 1;
        self.count += 1;
        position(self.next, self.slots - 1)
    }

    fn close(&mut self) {
        if self.slots > 0 {
            self.closed
                .push((self.next, self.start..self.buffer.0.len()));
            self.next += 1;
            self.slots = 0;
        }
    }

    /// Closes the open chunk and returns all rows in order.
    pub fn finish(&mut self) -> impl ExactSizeIterator<Item = Chunk<'_>> {
        self.close();
        let buffer = &self.buffer.0;
        self.closed.iter().map(|(number, range)| Chunk {
            number: *number,
            bytes: &buffer[range.clone()],
        })
    }
}

/// Reads a chunk's entries in order, with their positions.
pub fn entries(chunk: Chunk<'_>) -> impl Iterator<Item = Result<(i64, Entry<'_>), Truncated>> {
    let head = Reader(chunk.bytes);
    let mut rest = read_head(head);
    let mut slot = 0;
    std::iter::from_fn(move || {
        let (base, row) = match &mut rest {
            Ok((_, row)) if row.is_empty() => return None,
            Ok((base, row)) => (*base, row),
            Err(_) => {
                // A damaged head is told once; what follows can't be read.
                let told = std::mem::replace(&mut rest, Ok((0, Reader(&[]))));
                return told.err().map(Err);
            }
        };
        let read = row.bytes().and_then(|bytes| Entry::decode(bytes, base));
        let at = position(chunk.number, slot);
        slot += 1;
        if read.is_err() {
            row.0 = &[];
        }
        Some(read.map(|entry| (at, entry)))
    })
}

/// Reads the entry in one slot.
pub fn entry_at(chunk: &[u8], slot: usize) -> Result<Entry<'_>, Truncated> {
    let (base, mut row) = read_head(Reader(chunk))?;
    for _ in 0..slot {
        row.bytes()?;
    }
    Entry::decode(row.bytes()?, base)
}

fn read_head(mut row: Reader<'_>) -> Result<(i64, Reader<'_>), Truncated> {
    if row.0.len() < HEAD || row.u8()? != FORMAT {
        return Err(Truncated);
    }
    Ok((row.i64()?, row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{CodeRef, DocumentEntry, DocumentPart, RemapEntry, StatementEntry, TimeText};
    use proptest::prelude::*;
    use trackway_model::statement::unit_key;
    use trackway_model::track::Incoming;
    use trackway_model::{
        AccountId, Certainty, CodeKind, ConnectionId, Direction, Milestone, Pieces, Reason,
        StatementId, StreamId, TrackId, time,
    };

    const UNIT: &str = "DEMU1234567";

    fn incoming(wall: i64, rank: u16) -> Incoming {
        Incoming {
            id: StatementId([9; 16]),
            member_hash: 77,
            occurred: time::parse("2024-05-06T16:10:02.494622+07:00")
                .map(|t| trackway_model::Occurred { wall, ..t }),
            milestone: Milestone::Unknown,
            reason: Reason::None,
            direction: Direction::Return,
            certainty: Certainty::Estimated,
            place: 70_000,
            unit: unit_key(Some(UNIT)),
            pieces: Pieces {
                count: 1,
                total: 300,
            },
            rank,
        }
    }

    fn samples(received: i64, wall: i64, rank: u16) -> Vec<Entry<'static>> {
        let track = TrackId(i64::from(rank) + 1);
        let connection = ConnectionId(4);
        let member_less = Incoming {
            id: StatementId::default(),
            member_hash: 0,
            unit: 0,
            ..incoming(wall, rank)
        };
        vec![
            Entry::TrackOpened {
                track,
                account: AccountId(1),
                carrier: "247express",
                number: "AB1",
            },
            Entry::Statement(StatementEntry {
                track,
                stream: StreamId(3),
                connection,
                received,
                incoming: incoming(wall, rank),
                code: CodeRef {
                    kind: CodeKind::Event,
                    code: "Delivered",
                    sub: Some("01"),
                },
                unit: Some(UNIT),
                time_text: TimeText::Written("soon"),
                sealed: b"sealed bytes",
            }),
            Entry::Mapped(crate::log::MappedEntry {
                track,
                connection,
                received,
                ordinal: rank,
                incoming: member_less,
            }),
            Entry::Document(DocumentEntry {
                track,
                connection,
                stream: StreamId(1),
                received,
                hash: [5; 16],
                payload: 12,
                parts: smallvec::smallvec![
                    DocumentPart {
                        stream: StreamId(1),
                        covers_from: Some(wall),
                        known: vec![(0, 1), (rank, 0)]
                    },
                    DocumentPart {
                        stream: StreamId(2),
                        covers_from: None,
                        known: Vec::new()
                    },
                ],
            }),
            Entry::Unchanged {
                track,
                connection,
                stream: StreamId(1),
                received,
                sources: smallvec::smallvec![0, 1],
            },
            Entry::Sighting {
                track,
                connection,
                ordinal: rank,
                received,
            },
            Entry::Opening {
                track,
                instant: wall,
            },
            Entry::Remap {
                track,
                remapped: vec![RemapEntry {
                    ordinal: 0,
                    last_seen: received,
                    member_hash: 1,
                    connection,
                    milestone: Milestone::Unknown,
                    reason: Reason::None,
                }],
            },
            Entry::Erased { track },
        ]
    }

    proptest! {
        #[test]
        fn every_entry_returns_from_its_chunk(received: i64, wall: i64, rank: u16, base: i64, limit in 0_usize..400) {
            let samples: Vec<_> = std::iter::repeat_n(samples(received, wall, rank), 9).flatten().collect();
            let mut chunks = Chunks::new(5, limit);
            let positions: Vec<_> = samples.iter().map(|entry| chunks.append(base, entry)).collect();
            let rows: Vec<_> = chunks.finish().collect();
            let read: Result<Vec<_>, _> = rows.iter().flat_map(|chunk| entries(*chunk)).collect();
            let (at, read): (Vec<_>, Vec<_>) = read.unwrap().into_iter().unzip();
            prop_assert_eq!(&at, &positions);
            prop_assert_eq!(&read, &samples);
            for (position, sample) in positions.iter().zip(&samples) {
                let (number, slot) = crate::log::place(*position);
                let row = rows.iter().find(|row| row.number == number).unwrap();
                prop_assert_eq!(&entry_at(row.bytes, slot).unwrap(), sample);
            }
        }

        #[test]
        fn damaged_chunks_are_refused_and_never_panic(bytes: Vec<u8>, cut in 0_usize..200) {
            let chunk = Chunk { number: 1, bytes: &bytes };
            let _ = entries(chunk).count();
            let mut chunks = Chunks::new(1, ONE_PAGE);
            for entry in samples(1, 2, 3) {
                chunks.append(0, &entry);
            }
            let row = chunks.finish().next().unwrap();
            let cut = Chunk { number: 1, bytes: &row.bytes[..cut.min(row.bytes.len())] };
            let _ = entries(cut).count();
        }
    }

    #[test]
    fn the_clear_part_of_a_statement_is_small() {
        let received = 1_763_856_000_000_000;
        let text = "2025-11-22T21:10:02.494622+07:00";
        let occurred = time::parse(text);
        let entry = Entry::Statement(StatementEntry {
            track: TrackId(1_000_000),
            stream: StreamId(3),
            connection: ConnectionId(4),
            received,
            incoming: Incoming {
                occurred,
                unit: 0,
                ..incoming(0, 3)
            },
            code: CodeRef {
                kind: CodeKind::Event,
                code: "Delivered",
                sub: None,
            },
            unit: None,
            time_text: TimeText::of(occurred, text),
            sealed: b"",
        });
        let mut out = Writer::default();
        entry.encode(received - 1_000_000, &mut out);
        assert!(out.0.len() <= 65, "{}", out.0.len());
    }
}
