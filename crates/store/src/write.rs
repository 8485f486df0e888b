//! Applying what was received to a track's row, the same way in both engines and in a rebuild.
//!
//! `Kernel::apply` takes one intake and leaves behind the new row and, in the `Batch`, what the
//! commit must hold: log entries, archive bodies, changes. `replay` builds the row again from the
//! entries. Guarantee: both give equal rows, byte for byte, whatever else was applied between.
//!
//! An engine must apply the intakes of one track in the order of their log positions and commit a
//! batch whole or not at all.

mod apply;
mod batch;
mod changes;
mod document;
mod replay;

pub use batch::{Batch, Item, Payload, Prepared};
pub use replay::{opened, replay};

use crate::log::{Entry, RemapEntry};
use crate::records::Remapping;
use crate::seal::Sealer;
use std::sync::Arc;
use trackway_model::change::ChangeKind;
use trackway_model::fold::FoldRules;
use trackway_model::fold::refold;
use trackway_model::{AccountId, Track, TrackId};

/// What applying needs besides the row.
#[derive(Debug)]
pub struct Kernel {
    pub sealer: Sealer,
    pub rules: FoldRules,
}

impl Kernel {
    /// A row for a number that was not known. `near` is a time near the opening.
    pub fn open(
        &self,
        id: TrackId,
        account: AccountId,
        carrier: &str,
        number: &str,
        near: i64,
        batch: &mut Batch,
    ) -> Track {
        batch.chunks.append(
            near,
            &Entry::TrackOpened {
                track: id,
                account,
                carrier,
                number,
            },
        );
        let mut track = Track::new(id, account, Arc::from(carrier), Arc::from(number));
        self.settle(&mut track);
        track
    }

    /// Folds a row whose facts have changed. Returns whether a state did.
    pub fn settle(&self, track: &mut Track) -> bool {
        refold(track, &self.rules)
    }

    /// Gives statements other milestones. Returns whether a state changed.
    pub fn remap(
        &self,
        track: &mut Track,
        remapped: &[Remapping],
        now: i64,
        batch: &mut Batch,
    ) -> bool {
        let remapped: Vec<_> = remapped
            .iter()
            .filter_map(|item| {
                let spine = track.spine.get(usize::from(item.ordinal))?;
                let other = (spine.milestone, spine.reason) != (item.milestone, item.reason);
                other.then_some(RemapEntry {
                    ordinal: item.ordinal,
                    last_seen: spine.last_seen,
                    member_hash: spine.member_hash,
                    connection: track.connection_of(spine),
                    milestone: item.milestone,
                    reason: item.reason,
                })
            })
            .collect();
        if remapped.is_empty() {
            return false;
        }
        let before = changes::Before::of(track, &self.rules, false);
        let entry = Entry::Remap {
            track: track.id,
            remapped,
        };
        let position = batch.chunks.append(now, &entry);
        replay(track, position, &entry);
        let count = batch.changes.len();
        before.fold(
            track,
            &self.rules,
            &[],
            ChangeKind::Revised,
            now,
            &mut batch.changes,
        );
        batch.changes.len() > count
    }

    /// Notes that the track's key is destroyed; the engine deletes the key in the same commit.
    /// Returns the entry's position: what stands before it can't be read any more.
    pub fn erase(&self, track: &Track, near: i64, batch: &mut Batch) -> i64 {
        batch
            .chunks
            .append(near, &Entry::Erased { track: track.id })
    }
}

#[cfg(test)]
mod tests;
