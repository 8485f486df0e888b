//! One intake applied to one row.

use super::changes::Before;
use super::{Batch, Item, Kernel};
use crate::log::{CodeRef, Entry, MappedEntry, StatementEntry, TimeText};
use crate::seal::{Cipher, Packed, SealedAs, TrackKey};
use smallvec::SmallVec;
use trackway_model::change::ChangeKind;
use trackway_model::intake::{Content, Intake, Receipt};
use trackway_model::statement::unit_key;
use trackway_model::track::{Incoming, Sighted, Spine};
use trackway_model::{ShipmentId, Statement, StreamId, Track};

/// The work on one intake, and its tally.
pub(super) struct Turn<'a> {
    pub kernel: &'a Kernel,
    pub track: &'a mut Track,
    pub key: &'a TrackKey,
    pub item: Item<'a>,
    pub batch: &'a mut Batch,
    cipher: Option<Cipher>,
    /// Ordinals that are new or have a new version.
    told: SmallVec<[u16; 6]>,
    new: u32,
    versions: u32,
    pub repeats: u32,
    /// Whether the row changed.
    pub changed: bool,
}

/// A statement on its way into the row.
#[derive(Clone, Copy)]
pub(super) struct Telling<'a> {
    pub stream: StreamId,
    pub statement: &'a Statement,
    pub packed: Packed<'a>,
    pub incoming: Incoming,
}

/// What must be written about a telling.
pub(super) enum Note {
    /// The statement, since the row did not know it so.
    Statement(Sighted),
    /// Our mapping of a known statement.
    Mapped(u16),
    /// That a known statement was seen again.
    Seen(u16),
    /// Nothing: the row knew all of it.
    Nothing,
}

impl Kernel {
    /// Applies an intake to its row. `track` is the row of the intake's number.
    pub fn apply(
        &self,
        track: &mut Track,
        key: &TrackKey,
        item: Item<'_>,
        batch: &mut Batch,
    ) -> Receipt {
        let intake = item.intake;
        let history = matches!(intake.content, Content::Document(_));
        let before = Before::of(track, &self.rules, history);
        let mut turn = Turn {
            kernel: self,
            track,
            key,
            item,
            batch,
            cipher: None,
            told: SmallVec::new(),
            new: 0,
            versions: 0,
            repeats: 0,
            changed: false,
        };
        let unchanged = match &intake.content {
            Content::News(statements) => {
                turn.news(statements);
                false
            }
            Content::Document(answer) => turn.document(answer),
            Content::Opening(instant) => {
                turn.opening(*instant);
                false
            }
        };
        let Turn {
            told,
            new,
            versions,
            repeats,
            changed,
            ..
        } = turn;
        let epoch = if changed {
            let (kind, learned) = (ChangeKind::Live, intake.received);
            before.fold(track, &self.rules, &told, kind, learned, &mut batch.changes)
        } else {
            before.restore(track)
        };
        let state = track.states.get(usize::from(epoch));
        Receipt {
            shipment: ShipmentId::new(track.id, epoch),
            stage: state.map_or_else(Default::default, trackway_model::fold::ShipmentState::stage),
            new,
            versions,
            repeats,
            unchanged,
        }
    }
}

impl<'a> Turn<'a> {
    pub const fn intake(&self) -> &'a Intake {
        self.item.intake
    }

    fn news(&mut self, statements: &'a [Statement]) {
        for (at, statement) in statements.iter().enumerate() {
            let telling = self.telling(at, statement.stream, statement, 0, 0);
            let sources = self.track.sources.len();
            let note = self.sight(&telling);
            match note {
                Note::Seen(ordinal) => self.seen(ordinal),
                Note::Nothing if self.track.sources.len() > sources => {
                    // Known in every respect, but from a voice that had not spoken before.
                    if let Some(ordinal) = self.track.ordinal(telling.incoming.id) {
                        self.seen(ordinal);
                    }
                }
                Note::Statement(_) | Note::Mapped(_) | Note::Nothing => self.write(&telling, &note),
            }
        }
    }

    fn opening(&mut self, instant: i64) {
        if self.track.open(instant) {
            self.changed = true;
            let entry = Entry::Opening {
                track: self.track.id,
                instant,
            };
            self.batch.chunks.append(self.intake().received, &entry);
        } else {
            self.repeats += 1;
        }
    }

    fn seen(&mut self, ordinal: u16) {
        self.changed = true;
        let Intake {
            connection,
            received,
            ..
        } = *self.intake();
        let entry = Entry::Sighting {
            track: self.track.id,
            connection,
            ordinal,
            received,
        };
        self.batch.chunks.append(received, &entry);
    }

    /// `at`: its place among the intake's statements; `rank`: its place in the answer's part.
    pub fn telling(
        &self,
        at: usize,
        stream: StreamId,
        statement: &'a Statement,
        occurrence: u16,
        rank: u16,
    ) -> Telling<'a> {
        let (member_hash, packed) = self.item.cut(at);
        let installation = self.kernel.sealer.installation();
        let incoming = Incoming {
            id: installation.statement_id(self.track.id, stream, &statement.identity, occurrence),
            member_hash,
            occurred: statement.occurred,
            milestone: statement.milestone,
            reason: statement.reason,
            direction: statement.direction,
            certainty: statement.certainty,
            place: statement.place.as_ref().map_or(0, |place| place.key),
            unit: unit_key(statement.unit.as_deref()),
            pieces: statement.pieces,
            rank,
        };
        Telling {
            stream,
            statement,
            packed,
            incoming,
        }
    }

    /// Tells the row, and says what must be written about it.
    pub fn sight(&mut self, telling: &Telling<'_>) -> Note {
        let Intake {
            connection,
            received,
            ..
        } = *self.intake();
        let Some(source) = self.track.source(telling.stream, connection) else {
            return Note::Statement(Sighted::Full);
        };
        let spine = |track: &Track, ordinal: u16| track.spine[usize::from(ordinal)];
        let known = self
            .track
            .ordinal(telling.incoming.id)
            .map(|at| spine(self.track, at));
        let sighted = self.track.sight(source, received, &telling.incoming);
        match (sighted, known) {
            (Sighted::Again { ordinal, .. }, Some(known)) => {
                self.repeats += 1;
                let now = spine(self.track, ordinal);
                if !same_mapping(&known, &now) {
                    Note::Mapped(ordinal)
                } else if known == now {
                    Note::Nothing
                } else {
                    Note::Seen(ordinal)
                }
            }
            (sighted, _) => Note::Statement(sighted),
        }
    }

    /// Writes a statement or its mapping. What was merely seen again, the caller tells in its way.
    pub fn write(&mut self, telling: &Telling<'_>, note: &Note) {
        match note {
            Note::Statement(sighted) => self.statement(telling, *sighted),
            Note::Mapped(ordinal) => {
                self.changed = true;
                let Intake {
                    connection,
                    received,
                    ..
                } = *self.intake();
                let (track, incoming) = (self.track.id, telling.incoming);
                let entry = MappedEntry {
                    track,
                    connection,
                    received,
                    ordinal: *ordinal,
                    incoming,
                };
                self.batch.chunks.append(received, &Entry::Mapped(entry));
            }
            Note::Seen(_) | Note::Nothing => {}
        }
    }

    fn statement(&mut self, telling: &Telling<'_>, sighted: Sighted) {
        self.changed = true;
        // What the row does not point at may be told again and be written again: unpacked, equal
        // input gives equal bytes in every release, as the nonce demands.
        let (packed, ordinal) = match sighted {
            Sighted::New(ordinal) => {
                self.new += 1;
                (telling.packed, Some(ordinal))
            }
            Sighted::Version(ordinal) => {
                self.versions += 1;
                (telling.packed, Some(ordinal))
            }
            Sighted::Superseded(_) | Sighted::Full | Sighted::Again { .. } => {
                self.repeats += 1;
                (Packed::plain(&telling.statement.raw), None)
            }
        };
        let position = self.append(telling, packed);
        if let Some(ordinal) = ordinal {
            self.track.spine[usize::from(ordinal)].position = position;
            if !self.told.contains(&ordinal) {
                self.told.push(ordinal);
            }
        }
    }

    fn append(&mut self, telling: &Telling<'_>, packed: Packed<'_>) -> i64 {
        let Intake {
            connection,
            received,
            ..
        } = *self.intake();
        let Incoming {
            id,
            member_hash,
            occurred,
            ..
        } = telling.incoming;
        let cipher = self.cipher.get_or_insert_with(|| self.key.cipher());
        self.batch.sealed.clear();
        let what = SealedAs {
            id,
            member_hash,
            received,
        };
        self.kernel
            .sealer
            .seal_statement(cipher, what, packed, &mut self.batch.sealed);
        self.batch.statements += 1;
        let entry = Entry::Statement(StatementEntry {
            track: self.track.id,
            stream: telling.stream,
            connection,
            received,
            incoming: telling.incoming,
            code: CodeRef::of(&telling.statement.code),
            unit: telling.statement.unit.as_deref(),
            time_text: TimeText::of(occurred, &telling.statement.time_text),
            sealed: &self.batch.sealed,
        });
        self.batch.chunks.append(received, &entry)
    }
}

/// Whether our reading of a statement is the same, apart from when and by whom it was said.
fn same_mapping(a: &Spine, b: &Spine) -> bool {
    let mapping = |s: &Spine| {
        (
            s.occurred,
            s.milestone,
            s.reason,
            s.direction,
            s.certainty,
            s.place,
            s.pieces,
        )
    };
    mapping(a) == mapping(b)
}
