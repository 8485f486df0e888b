//! A full answer applied to a row.

use super::apply::{Note, Telling, Turn};
use crate::log::{DocumentEntry, DocumentPart, Entry};
use smallvec::SmallVec;
use std::collections::HashMap;
use trackway_model::intake::{Answer, Intake};
use trackway_model::track::Document;
use trackway_model::{StreamId, Track};

impl<'a> Turn<'a> {
    /// Returns whether the whole answer was the one held already.
    pub(super) fn document(&mut self, answer: &'a Answer) -> bool {
        let Intake {
            connection,
            received,
            ..
        } = *self.intake();
        let again = self.as_if_unchanged(answer);
        let (sources, spans) = (self.track.sources.len(), self.track.spans.clone());
        for part in &answer.parts {
            self.track.source(part.stream, connection);
        }
        let (notes, parts) = self.sight_parts(answer);
        for part in &answer.parts {
            if let Some(source) = self.track.source(part.stream, connection) {
                self.track.cover(source, received, part.covers_from());
            }
        }
        let (kept, payload) = self.keep(answer);
        if let Some((expected, moved)) = again
            && notes.is_empty()
            && *self.track == expected
        {
            if moved {
                self.unchanged(answer);
            }
            return true;
        }
        let seen = parts.iter().any(|part| !part.known.is_empty());
        if kept || seen || self.track.sources.len() > sources || self.track.spans != spans {
            self.changed = true;
            let (track, stream, hash) = (self.track.id, answer.stream, answer.fingerprint);
            let entry = DocumentEntry {
                track,
                connection,
                stream,
                received,
                hash,
                payload,
                parts,
            };
            self.batch.chunks.append(received, &Entry::Document(entry));
        }
        for (telling, note) in &notes {
            self.write(telling, note);
        }
        false
    }

    /// The row as a mere "unchanged" would leave it, and whether that moves anything; None when the
    /// answer is not the held one.
    fn as_if_unchanged(&self, answer: &Answer) -> Option<(Track, bool)> {
        let Intake {
            connection,
            received,
            ..
        } = *self.intake();
        let held = self.track.document(connection, answer.stream)?;
        if held.hash != answer.fingerprint || held.received > received {
            return None;
        }
        let moved = held.received < received;
        let mut expected = self.track.clone();
        expected.unchanged(connection, answer.stream, &self.restated(answer), received);
        Some((expected, moved))
    }

    /// The row's sources that an answer restates.
    fn restated(&self, answer: &Answer) -> SmallVec<[u8; 4]> {
        let speaks = |stream: StreamId| answer.parts.iter().any(|part| part.stream == stream);
        let connection = self.intake().connection;
        self.track
            .sources
            .iter()
            .zip(0_u8..)
            .filter(|(source, _)| source.connection == connection && speaks(source.stream))
            .map(|(_, at)| at)
            .collect()
    }

    fn unchanged(&mut self, answer: &Answer) {
        self.changed = true;
        let Intake {
            connection,
            received,
            ..
        } = *self.intake();
        let (track, stream, sources) = (self.track.id, answer.stream, self.restated(answer));
        let entry = Entry::Unchanged {
            track,
            connection,
            stream,
            received,
            sources,
        };
        self.batch.chunks.append(received, &entry);
    }

    /// Tells the row every statement: what must be written about them, and what of them was known.
    fn sight_parts(
        &mut self,
        answer: &'a Answer,
    ) -> (Vec<(Telling<'a>, Note)>, SmallVec<[DocumentPart; 2]>) {
        let mut notes = Vec::new();
        let mut parts = SmallVec::new();
        let mut occurrences: HashMap<(StreamId, &[u8]), u16> = HashMap::new();
        let mut at = 0;
        for part in &answer.parts {
            let (stream, covers_from) = (part.stream, part.covers_from());
            let mut known = Vec::new();
            for (rank, statement) in part.statements.iter().enumerate() {
                let rank = u16::try_from(rank).unwrap_or(u16::MAX);
                let occurrence = occurrences
                    .entry((stream, &statement.identity))
                    .or_default();
                let telling = self.telling(at, stream, statement, *occurrence, rank);
                *occurrence = occurrence.saturating_add(1);
                at += 1;
                match self.sight(&telling) {
                    Note::Seen(ordinal) => known.push((ordinal, rank)),
                    Note::Nothing => {}
                    note @ (Note::Statement(_) | Note::Mapped(_)) => notes.push((telling, note)),
                }
            }
            parts.push(DocumentPart {
                stream,
                covers_from,
                known,
            });
        }
        (notes, parts)
    }

    /// Holds the answer if it is the newest. Returns whether the row holds it now, and where its
    /// body is (0 for one that came too late). The same body is not archived twice.
    fn keep(&mut self, answer: &Answer) -> (bool, i64) {
        let Intake {
            connection,
            received,
            ..
        } = *self.intake();
        let held = self.track.document(connection, answer.stream).copied();
        let newest = held.is_none_or(|h| (h.received, h.hash) < (received, answer.fingerprint));
        if !newest {
            return (false, 0);
        }
        let payload = match held {
            Some(held) if held.hash == answer.fingerprint => held.payload,
            _ => {
                let sealer = &self.kernel.sealer;
                let sealed = sealer.seal_document(self.key, answer.stream, &answer.body);
                self.batch.keep(self.track.id, sealed)
            }
        };
        let (stream, hash) = (answer.stream, answer.fingerprint);
        let kept = self.track.keep_document(Document {
            connection,
            stream,
            received,
            hash,
            payload,
        });
        (kept, payload)
    }
}
