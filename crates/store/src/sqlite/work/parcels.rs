//! Records whose parcels are tracked: what a commit tells them of their tracks, and the feed of them.
//!
//! Contract: what an ingest changes of a linked track is told to its record in the same commit, once.
//! Where that can't be written, nothing of the commit is. A record that can't be read, or whose rules
//! refuse, does not hold up what is told of its track.

use super::{Result, Work};
use crate::StoreError;
use crate::orders::{Asking, Task};
use crate::sqlite::hot::number_key;
use crate::sqlite::orders::{carry_out, link_of};
use std::sync::Arc;
use trackway_model::change::{Change, ChangeKind, ShipmentChange};
use trackway_model::fold::ShipmentState;
use trackway_model::orders::{Command, RecordChange};
use trackway_model::{AccountId, TrackId};

impl Work {
    /// How many changes each half holds.
    pub(super) fn changes(&self) -> [usize; 2] {
        self.halves.each_ref().map(|half| half.batch.changes.len())
    }

    /// Tells records of what changed since `from`.
    pub(super) fn tell_parcels(&mut self, from: [usize; 2]) -> Result<()> {
        let mut tasks = Vec::new();
        for (half, from) in self.halves.iter().zip(from) {
            let news = half.batch.changes[from..].iter();
            for change in news.filter_map(Change::as_shipment) {
                let told = self.desk.is_linked(change.account) && moves(change);
                tasks.extend(if told { self.told(change)? } else { None });
            }
        }
        for task in tasks {
            self.tell_parcel(task)?;
        }
        Ok(())
    }

    fn tell_parcel(&mut self, task: Task) -> Result<()> {
        let tasks = [Arc::new(task)];
        match self.record(|work| carry_out(work, &tasks)) {
            Ok(answers) => {
                for refusal in answers.iter().filter_map(|answer| answer.as_ref().err()) {
                    tracing::debug!(%refusal, "a record is not moved by its parcel");
                }
                Ok(())
            }
            Err(error @ StoreError::Damaged { .. }) => {
                tracing::error!(%error, "a record can't be read: its parcel does not move it");
                Ok(())
            }
            Err(error) => {
                self.tear();
                Err(error)
            }
        }
    }

    fn told(&self, change: &ShipmentChange) -> Result<Option<Task>> {
        let shipment = change.shipment;
        let (id, account) = (shipment.track(), change.account);
        let half = &self.halves[super::half_of(id)];
        let Some(track) = half.tracks.get(id) else {
            return Ok(None);
        };
        // A journey that is over moves nothing any more.
        let newest = track.states.last().map(|state| state.epoch);
        if newest != Some(shipment.epoch()) {
            return Ok(None);
        }
        let link = link_of(&self.connection, account, id)?;
        Ok(link.map(|(_, number)| Task {
            account,
            by: 0,
            now: change.learned,
            command: Command::ParcelTold {
                carrier: track.carrier.to_string(),
                number,
                milestone: change.after.milestone,
                at: change.after.at,
            },
            asking: Asking::default(),
        }))
    }

    /// Something was done that can't be undone by itself: the commit can't be made.
    pub fn tear(&mut self) {
        self.torn = true;
    }

    /// How a track stands, in this commit.
    pub fn told_of(&mut self, id: TrackId) -> Result<Option<ShipmentState>> {
        let at = self.load(id)?;
        let state = at.and_then(|at| self.at(at).track.states.last());
        Ok(state.cloned())
    }

    /// The track of a number, where it is known.
    pub fn number_of(
        &self,
        account: AccountId,
        carrier: &str,
        number: &str,
    ) -> Result<Option<TrackId>> {
        let key = number_key(number);
        let hash = self.core.hot.hash(&key);
        match self.opened_here(hash, &key, carrier, account) {
            Some(at) => Ok(Some(self.id_of(at))),
            None => self.resolve(&key, carrier, account),
        }
    }

    /// Writes what became of records into the feed, in this order. A job does so last: it is not undone
    /// with it.
    pub fn tell_of_records(&mut self, changes: Vec<RecordChange>) {
        let changes = changes.into_iter().map(Change::Record);
        self.halves[0].batch.changes.extend(changes);
    }
}

/// Whether a change moves what is linked to its track.
fn moves(change: &ShipmentChange) -> bool {
    let before = change.before.map(|before| before.milestone);
    change.kind == ChangeKind::Live && before != Some(change.after.milestone)
}
