//! What both engines do with what they read: a statement with its words, and rows compared with a
//! rebuild from the log.

use crate::StoreError;
use crate::log::{Chunk, Entry, entries};
use crate::records::Verification;
use crate::seal::{Cipher, SealedAs, Sealer};
use crate::write::{Kernel, opened, replay};
use std::collections::HashMap;
use trackway_model::track::Spine;
use trackway_model::view::StatementView;
use trackway_model::{Track, TrackId};

/// A statement with what its source wrote. `entry` is what the log holds at the spine's position;
/// `key` comes with the position since which it seals: what stands before was erased and stays
/// closed.
pub fn statement(
    sealer: &Sealer,
    key: Option<&(Cipher, i64)>,
    ordinal: u16,
    spine: Spine,
    entry: &Entry<'_>,
) -> Result<StatementView, StoreError> {
    let damaged = || StoreError::Damaged { what: "statement" };
    let Entry::Statement(entry) = entry else {
        return Err(damaged());
    };
    let what = SealedAs {
        id: entry.incoming.id,
        member_hash: entry.incoming.member_hash,
        received: entry.received,
    };
    let open = |cipher| sealer.open_statement(cipher, what, entry.sealed);
    let raw = match key {
        Some((cipher, since)) if spine.position >= *since => {
            Some(open(cipher).ok_or_else(damaged)?)
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
        unit: entry.unit.map(str::to_owned),
        raw,
    })
}

/// Rows built again from the log, of some of the tracks: all at once may be too many for memory.
pub struct Rebuild<'a> {
    kernel: &'a Kernel,
    mine: &'a (dyn Fn(TrackId) -> bool + Send + Sync),
    tracks: HashMap<TrackId, Track>,
}

impl<'a> Rebuild<'a> {
    pub fn new(kernel: &'a Kernel, mine: &'a (dyn Fn(TrackId) -> bool + Send + Sync)) -> Self {
        let tracks = HashMap::new();
        Self {
            kernel,
            mine,
            tracks,
        }
    }

    /// Takes a row of the log; all of them come, in order. Returns how many entries it has.
    pub fn take(&mut self, chunk: Chunk<'_>, found: &mut Verification) -> Result<u64, StoreError> {
        let mut count = 0;
        for entry in entries(chunk) {
            let (position, entry) = entry.map_err(|_| StoreError::Damaged { what: "log" })?;
            count += 1;
            if (self.mine)(entry.track()) {
                self.replay(position, &entry, found);
            }
        }
        Ok(count)
    }

    fn replay(&mut self, position: i64, entry: &Entry<'_>, found: &mut Verification) {
        let id = entry.track();
        let mut differs = |what: &str| found.differing.push((id, what.to_owned()));
        if let Some(track) = opened(entry)
            && self.tracks.insert(id, track).is_some()
        {
            differs("the log opens it twice");
        }
        match self.tracks.get_mut(&id) {
            Some(track) => replay(track, position, entry),
            None => differs("the log speaks of it before it opens it"),
        }
    }

    /// Compares a stored row, once the whole log was taken. A row of another part is passed over.
    pub fn compare(&mut self, id: TrackId, body: &[u8], found: &mut Verification) {
        if (self.mine)(id) {
            found.tracks += 1;
            let difference = self.difference(id, body, found);
            found.differing.extend(difference.map(|what| (id, what)));
        }
    }

    fn difference(&mut self, id: TrackId, body: &[u8], found: &mut Verification) -> Option<String> {
        let rebuilt = self.tracks.remove(&id);
        let Ok(stored) = Track::decode(body) else {
            return Some("its row is damaged".to_owned());
        };
        found.statements += stored.spine.len() as u64;
        let Some(mut rebuilt) = rebuilt else {
            return Some("its row is not in the log".to_owned());
        };
        self.kernel.settle(&mut rebuilt);
        if rebuilt == stored {
            return None;
        }
        let parts = [
            ("sources", rebuilt.sources == stored.sources),
            ("documents", rebuilt.documents == stored.documents),
            ("spans", rebuilt.spans == stored.spans),
            ("openings", rebuilt.openings == stored.openings),
            ("spine", rebuilt.spine == stored.spine),
            ("states", rebuilt.states == stored.states),
        ];
        let differing = parts.iter().filter(|(_, same)| !same);
        let differing: Vec<_> = differing.map(|(name, _)| *name).collect();
        Some(format!(
            "rebuilt from the log it has other {}",
            differing.join(", ")
        ))
    }

    /// Says which tracks the log knows and no row does.
    pub fn finish(self, found: &mut Verification) {
        let lost = self.tracks.into_keys();
        let lost = lost.map(|id| (id, "it is in the log and has no row".to_owned()));
        found.differing.extend(lost);
    }
}
