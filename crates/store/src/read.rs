//! What both engines do with what they read: a statement with its words, and a row compared with a
//! rebuild from the log.

use crate::StoreError;
use crate::log::{Chunk, Entry, entries, entry_at, place};
use crate::records::Verification;
use crate::seal::{Cipher, SealedAs, Sealer};
use crate::write::{Kernel, opened, replay};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use trackway_model::view::StatementView;
use trackway_model::{Track, TrackId};

/// A statement with what its source wrote. `chunk` is the log's row that its position names; `key`
/// comes with the position since which it seals: what stands before was erased and stays closed.
pub fn view(
    sealer: &Sealer,
    key: Option<&(Cipher, i64)>,
    track: &Track,
    ordinal: u16,
    chunk: &[u8],
) -> Result<StatementView, StoreError> {
    let damaged = || StoreError::Damaged { what: "statement" };
    let spine = *track.spine.get(usize::from(ordinal)).ok_or_else(damaged)?;
    let (_, slot) = place(spine.position);
    let Entry::Statement(entry) = entry_at(chunk, slot)? else { return Err(damaged()) };
    let what = SealedAs {
        id: entry.incoming.id,
        member_hash: entry.incoming.member_hash,
        received: entry.received,
    };
    let raw = match key {
        Some((cipher, since)) if spine.position >= *since => {
            Some(sealer.open_statement(cipher, what, entry.sealed).ok_or_else(damaged)?)
        }
        _ => None,
    };
    Ok(StatementView {
        ordinal,
        spine,
        stream: entry.stream,
        connection: entry.connection,
        code: entry.code.to_code(),
        time_text: entry.time_text.restore(entry.incoming.occurred),
        raw,
    })
}

/// Rows built again from the log, of the tracks within a range.
#[derive(Debug)]
pub struct Rebuild<'k> {
    kernel: &'k Kernel,
    range: RangeInclusive<TrackId>,
    tracks: BTreeMap<TrackId, Track>,
}

impl<'k> Rebuild<'k> {
    pub const fn new(kernel: &'k Kernel, range: RangeInclusive<TrackId>) -> Self {
        Self { kernel, range, tracks: BTreeMap::new() }
    }

    /// Takes a chunk; chunks come in the order of their numbers. Returns how many entries it holds.
    pub fn chunk(&mut self, chunk: Chunk<'_>) -> Result<u64, StoreError> {
        let mut count = 0;
        for entry in entries(chunk) {
            let (position, entry) = entry?;
            count += 1;
            if !self.range.contains(&entry.track()) {
                continue;
            }
            if let Some(track) = opened(&entry) {
                self.tracks.insert(track.id, track);
            } else if let Some(track) = self.tracks.get_mut(&entry.track()) {
                replay(track, position, &entry);
            }
        }
        Ok(count)
    }

    /// Compares the rows stored within the range, and notes what differs. `damaged` are rows that
    /// can't be read.
    pub fn compare(mut self, stored: &[Track], damaged: &[TrackId], found: &mut Verification) {
        for id in damaged {
            self.tracks.remove(id);
            found.tracks += 1;
            found.differing.push((*id, "its row can't be read".to_owned()));
        }
        for row in stored {
            found.tracks += 1;
            found.statements += row.spine.len() as u64;
            match self.tracks.remove(&row.id) {
                Some(mut rebuilt) => {
                    self.kernel.settle(&mut rebuilt);
                    if let Some(what) = difference(row, &rebuilt) {
                        found.differing.push((row.id, what));
                    }
                }
                None => found.differing.push((row.id, "the log does not know it".to_owned())),
            }
        }
        let lost = self.tracks.into_keys().map(|id| (id, "it has no row".to_owned()));
        found.differing.extend(lost);
    }
}

/// What two rows of one track do not agree on; None where they are equal, byte for byte.
fn difference(stored: &Track, rebuilt: &Track) -> Option<String> {
    let parts = [
        (stored.states != rebuilt.states, "states"),
        (stored.spine != rebuilt.spine, "statements"),
        (stored.documents != rebuilt.documents, "documents"),
        (stored.spans != rebuilt.spans, "spans of documents"),
        (stored.sources != rebuilt.sources, "sources"),
        (stored.openings != rebuilt.openings, "openings"),
    ];
    let named: Vec<_> = parts.iter().filter(|(differs, _)| *differs).map(|(_, what)| *what).collect();
    match (named.is_empty(), stored.encode() == rebuilt.encode()) {
        (true, true) => None,
        (true, false) => Some("its name differs".to_owned()),
        (false, _) => Some(format!("{} differ", named.join(", "))),
    }
}
