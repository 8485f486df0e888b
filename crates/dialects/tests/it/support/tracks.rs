//! What the desk keeps of a track beside its row, and how it takes an intake in.

use std::collections::HashMap;
use trackway_model::intake::Answer;
use trackway_model::statement::unit_key;
use trackway_model::track::{Document, Incoming, Sighted, Track};
use trackway_model::view::StatementView;
use trackway_model::{Code, ConnectionId, InstallationKey, Statement, StreamId};

pub(super) struct Told {
    pub(super) code: Code,
    pub(super) time_text: String,
    pub(super) unit: Option<String>,
    pub(super) raw: Vec<u8>,
}

pub(super) struct Kept {
    pub(super) track: Track,
    pub(super) told: Vec<Told>,
    /// Its words are gone; what the fold needs stays.
    pub(super) erased: bool,
    pub(super) bodies: HashMap<(ConnectionId, StreamId), Vec<u8>>,
}

#[derive(Default)]
pub(super) struct Tally {
    pub(super) new: u32,
    pub(super) versions: u32,
    pub(super) repeats: u32,
    pub(super) unchanged: bool,
    pub(super) ordinals: Vec<u16>,
}

impl Kept {
    pub(super) fn statement(&self, ordinal: u16) -> StatementView {
        let spine = self.track.spine[usize::from(ordinal)];
        let told = &self.told[usize::from(ordinal)];
        StatementView {
            ordinal,
            spine,
            stream: self.track.stream_of(&spine),
            connection: self.track.sources[usize::from(spine.source)].connection,
            code: told.code.clone(),
            time_text: if self.erased {
                String::new()
            } else {
                told.time_text.clone()
            },
            unit: told.unit.clone(),
            raw: (!self.erased).then(|| told.raw.clone()),
        }
    }

    pub(super) fn document(
        &mut self,
        connection: ConnectionId,
        received: i64,
        answer: Answer,
        tally: &mut Tally,
    ) {
        let held = self.track.document(connection, answer.stream);
        if held.is_some_and(|held| held.hash == answer.fingerprint && held.received <= received) {
            let sources: Vec<u8> = answer
                .parts
                .iter()
                .filter_map(|part| self.track.source(part.stream, connection))
                .collect();
            self.track
                .unchanged(connection, answer.stream, &sources, received);
            tally.unchanged = true;
            return;
        }
        for part in &answer.parts {
            let mut seen: HashMap<&[u8], u16> = HashMap::new();
            for (rank, statement) in part.statements.iter().enumerate() {
                let occurrence = seen.entry(&statement.identity).or_default();
                self.sight(
                    connection,
                    received,
                    statement,
                    rank as u16,
                    *occurrence,
                    tally,
                );
                *occurrence += 1;
            }
            let source = self.track.source(part.stream, connection).unwrap();
            self.track.cover(source, received, part.covers_from());
        }
        let kept = self.track.keep_document(Document {
            connection,
            stream: answer.stream,
            received,
            hash: answer.fingerprint,
            payload: 0,
        });
        if kept {
            self.bodies.insert((connection, answer.stream), answer.body);
        }
    }

    pub(super) fn sight(
        &mut self,
        connection: ConnectionId,
        received: i64,
        statement: &Statement,
        rank: u16,
        occurrence: u16,
        tally: &mut Tally,
    ) {
        let key = InstallationKey::new([7; 32]);
        let id = key.statement_id(
            self.track.id,
            statement.stream,
            &statement.identity,
            occurrence,
        );
        let source = self.track.source(statement.stream, connection).unwrap();
        let incoming = Incoming {
            id,
            member_hash: key.member_hash(&statement.raw),
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
        let told = Told {
            code: statement.code.clone(),
            time_text: statement.time_text.clone(),
            unit: statement.unit.clone(),
            raw: statement.raw.clone(),
        };
        match self.track.sight(source, received, &incoming) {
            Sighted::New(ordinal) => {
                self.told.push(told);
                tally.new += 1;
                tally.ordinals.push(ordinal);
            }
            Sighted::Version(ordinal) => {
                self.told[usize::from(ordinal)] = told;
                tally.versions += 1;
                tally.ordinals.push(ordinal);
            }
            Sighted::Superseded(_) | Sighted::Again { .. } | Sighted::Full => tally.repeats += 1,
        }
    }
}
