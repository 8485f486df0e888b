//! What is done to a track's words: mapped anew, erased, sealed under its key.

use super::{Half, Result, Told, Touched, Work, execute, sql};
use crate::notices::journeys;
use crate::records::Remapping;
use crate::seal::TrackKey;
use crate::sqlite::orders::erase_linked;
use std::sync::Arc;
use trackway_model::TrackId;

impl Work {
    pub fn remap(&mut self, id: TrackId, remapped: &[Remapping], now: i64) -> Result<bool> {
        let at = self.known(id)?;
        let Half { batch, tracks, .. } = &mut self.halves[at.half];
        let core = &self.core;
        let Touched { track, changed, .. } = tracks.at_mut(at.index);
        let entries = batch.chunks.count();
        let revised = core
            .kernel
            .remap(Arc::make_mut(track), remapped, now, batch);
        *changed |= batch.chunks.count() > entries;
        Ok(revised)
    }

    /// Destroys a track's key, here and in the file.
    pub fn erase(&mut self, id: TrackId) -> Result<()> {
        let at = self.known(id)?;
        let account = self.at(at).track.account;
        self.erasing()?;
        erase_linked(self, account, id)?;
        execute(&self.connection, sql::TRACK_KEY_DESTROY, [id.0])?;
        self.after_commit(|core| core.recent.clear_chunks());
        execute(&self.connection, sql::REGISTRATION_ERASE, [id.0])?;
        execute(&self.connection, sql::ENTRUSTED_ERASE, [id.0])?;
        execute(&self.connection, sql::QUARANTINE_ERASE, [id.0])?;
        let (first, last) = journeys(id);
        execute(&self.connection, sql::NOTICE_ERASE, (first.0, last.0))?;
        let Half {
            batch,
            tracks,
            keys,
            ..
        } = &mut self.halves[at.half];
        keys.retain(|(track, ..)| *track != id);
        let touched = tracks.at_mut(at.index);
        touched.key = None;
        let near = touched
            .track
            .spine
            .iter()
            .map(|spine| spine.last_seen)
            .max()
            .unwrap_or(0);
        self.core.kernel.erase(&touched.track, near, batch);
        let erased = Told {
            erased: true,
            ..Told::default()
        };
        self.tell(at, &erased);
        Ok(())
    }

    /// The key that a track's words are sealed under, made where it has none. A job asks for it last:
    /// a key is not undone with it, which does no harm.
    pub fn sealing_key(&mut self, id: TrackId) -> Result<TrackKey> {
        let at = self.known(id)?;
        Ok(self.halves[at.half].key(&self.core, at.index).clone())
    }
}
