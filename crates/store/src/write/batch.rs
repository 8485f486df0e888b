//! What goes into a commit and what comes out of it. Both keep their buffers.

use crate::log::Chunks;
use crate::seal::{Packed, Sealer};
use trackway_model::change::Change;
use trackway_model::intake::{Content, Intake, Verified};
use trackway_model::{Statement, StreamId, TrackId};

/// A body for the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    pub id: i64,
    pub track: TrackId,
    pub sealed: Vec<u8>,
}

/// What a commit must hold.
#[derive(Debug)]
pub struct Batch {
    pub chunks: Chunks,
    pub payloads: Vec<Payload>,
    pub changes: Vec<Change>,
    /// Statements written to the log.
    pub statements: usize,
    next_payload: i64,
    /// Room for one statement's sealed bytes.
    pub(super) sealed: Vec<u8>,
}

impl Batch {
    /// The numbers of the first chunk and the first archive body that it may use (from 1 on), and
    /// the size at which a chunk is closed.
    pub fn new(first_chunk: i64, first_payload: i64, chunk_limit: usize) -> Self {
        Self {
            chunks: Chunks::new(first_chunk, chunk_limit),
            payloads: Vec::new(),
            changes: Vec::new(),
            statements: 0,
            next_payload: first_payload,
            sealed: Vec::new(),
        }
    }

    pub const fn next_payload(&self) -> i64 {
        self.next_payload
    }

    /// Empties it for the next commit.
    pub fn restart(&mut self, first_chunk: i64, first_payload: i64) {
        self.chunks.restart(first_chunk);
        self.payloads.clear();
        self.changes.clear();
        self.statements = 0;
        self.next_payload = first_payload;
    }

    pub(super) fn keep(&mut self, track: TrackId, sealed: Vec<u8>) -> i64 {
        let id = self.next_payload;
        self.next_payload += 1;
        self.payloads.push(Payload { id, track, sealed });
        id
    }
}

/// Intakes with everything done that needs no row: hashing and packing. Made on the caller's thread,
/// so that the writer's has less to do.
#[derive(Debug)]
pub struct Prepared {
    intakes: Vec<Intake>,
    cuts: Vec<Cut>,
    /// Where each intake's cuts begin.
    starts: Vec<usize>,
    packed: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Cut {
    member_hash: u64,
    codec: u8,
    start: usize,
    end: usize,
}

impl Prepared {
    pub fn new(sealer: &Sealer, intakes: Verified<Vec<Intake>>) -> Self {
        let intakes = intakes.into_inner();
        let mut prepared = Self {
            cuts: Vec::with_capacity(intakes.len()),
            starts: Vec::with_capacity(intakes.len()),
            packed: Vec::with_capacity(intakes.len() * 256),
            intakes: Vec::new(),
        };
        for intake in &intakes {
            prepared.starts.push(prepared.cuts.len());
            match &intake.content {
                Content::News(statements) => {
                    for statement in statements {
                        prepared.cut(sealer, statement.stream, statement);
                    }
                }
                Content::Document(answer) => {
                    for part in &answer.parts {
                        for statement in &part.statements {
                            prepared.cut(sealer, part.stream, statement);
                        }
                    }
                }
                Content::Opening(_) => {}
            }
        }
        prepared.intakes = intakes;
        prepared
    }

    fn cut(&mut self, sealer: &Sealer, stream: StreamId, statement: &Statement) {
        let start = self.packed.len();
        let codec = sealer.pack(stream, &statement.raw, &mut self.packed);
        let member_hash = sealer.installation().member_hash(&statement.raw);
        self.cuts.push(Cut {
            member_hash,
            codec,
            start,
            end: self.packed.len(),
        });
    }

    pub fn len(&self) -> usize {
        self.intakes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.intakes.is_empty()
    }

    /// Statements in all intakes, an intake without any counting as one: a measure of the work.
    pub fn weight(&self) -> usize {
        self.cuts.len().max(self.intakes.len())
    }

    pub fn intakes(&self) -> &[Intake] {
        &self.intakes
    }

    pub fn items(&self) -> impl Iterator<Item = Item<'_>> {
        (0..self.intakes.len()).map(|at| self.item(at))
    }

    pub fn item(&self, at: usize) -> Item<'_> {
        let end = self.starts.get(at + 1).copied().unwrap_or(self.cuts.len());
        Item {
            intake: &self.intakes[at],
            cuts: &self.cuts[self.starts[at]..end],
            packed: &self.packed,
        }
    }
}

/// One prepared intake.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    pub intake: &'a Intake,
    cuts: &'a [Cut],
    packed: &'a [u8],
}

impl<'a> Item<'a> {
    /// Hash and packed bytes of the statement with this place among the intake's.
    pub(super) fn cut(&self, at: usize) -> (u64, Packed<'a>) {
        let cut = self.cuts[at];
        (
            cut.member_hash,
            Packed {
                codec: cut.codec,
                bytes: &self.packed[cut.start..cut.end],
            },
        )
    }
}
