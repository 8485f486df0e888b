//! History under another mapping: every statement of a dialect read anew through another
//! `codes.csv`, every shipment folded again.
//!
//! Guarantee: a dry run lists exactly the shipments whose state the real run changes, since both
//! compute it the same way from the same rows; statement ids stay. The real run puts the table in
//! force for what comes in from then on, also after a restart, and writes changes of kind `Revised`.
//! Safe to repeat: a run that was cut short goes on where it stopped.

use crate::error::HubError;
use crate::{Hub, accounts, fold_rules};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use trackway_dialects::Dialect;
use trackway_dialects::registry::{DIALECTS, Vocabularies};
use trackway_model::change::Mark;
use trackway_model::fold::refold;
use trackway_model::track::Track;
use trackway_model::vocabulary::{Vocabulary, VocabularyError};
use trackway_model::{ShipmentId, TrackId};
use trackway_store::records::Remapping;
use trackway_store::{Headway, Store};

/// Tracks that are read in one go.
const BATCH: usize = 256;

/// What a replay did, or would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    pub dialect: String,
    pub dry_run: bool,
    /// Tracks that were looked at.
    pub tracks: u64,
    /// Statements that get another milestone or reason, also where no state changes.
    pub statements: u64,
    /// The shipments whose state changes, in id order.
    pub revisions: Vec<Revision>,
}

/// One shipment whose state changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    pub shipment: ShipmentId,
    pub carrier: String,
    pub number: String,
    pub before: Mark,
    pub after: Mark,
}

/// The store's name for a table that a replay put in force.
fn meta_name(dialect: &str) -> String {
    format!("codes/{dialect}")
}

/// The tables in the binary, with those that replays put in force.
pub(crate) async fn in_force(store: &dyn Store) -> Result<Vocabularies, HubError> {
    let codes = |dialect| move |source| HubError::Codes { dialect, source };
    let mut vocabularies = Vocabularies::built_in().map_err(codes("this release"))?;
    for dialect in DIALECTS {
        let name = dialect.name();
        if let Some(csv) = store.meta(&meta_name(name)).await? {
            let table = Vocabulary::parse(&csv).map_err(codes(name))?;
            vocabularies = vocabularies.with(name, table);
        }
    }
    Ok(vocabularies)
}

/// A table that an operator gave. One without a code is another file than was meant.
fn table(csv: &str) -> Result<Vocabulary, VocabularyError> {
    let table = Vocabulary::parse(csv)?;
    if table.rows().is_empty() {
        return Err(VocabularyError::Empty);
    }
    Ok(table)
}

impl Hub {
    /// Reads a dialect's statements anew under another code table. A dry run changes nothing.
    pub async fn replay(
        &self,
        dialect: &str,
        csv: &str,
        dry_run: bool,
    ) -> Result<Replayed, HubError> {
        let unseen = Headway::default();
        self.replay_with(dialect, csv, dry_run, &unseen).await
    }

    /// The same, telling how many tracks it has looked at.
    pub async fn replay_with(
        &self,
        dialect: &str,
        csv: &str,
        dry_run: bool,
        headway: &Headway,
    ) -> Result<Replayed, HubError> {
        let dialect = accounts::dialect(dialect)?;
        let name = dialect.name();
        let table = table(csv).map_err(|source| HubError::Codes {
            dialect: name,
            source,
        })?;
        if !dry_run {
            // First the table, then the history: what comes in meanwhile is read by it already.
            self.store.set_meta(&meta_name(name), csv).await?;
            self.with_vocabulary(name, table.clone());
        }
        let mut replayed = Replayed {
            dialect: name.to_owned(),
            dry_run,
            tracks: 0,
            statements: 0,
            revisions: Vec::new(),
        };
        headway.expect(self.store.counts().await?.tracks);
        let mut after = TrackId(i64::MIN);
        loop {
            let tracks = self.store.scan(after, BATCH).await?;
            let Some(last) = tracks.last() else { break };
            after = last.id;
            for track in &tracks {
                self.replay_track(dialect, &table, track, &mut replayed)
                    .await?;
                headway.add(1);
            }
        }
        replayed.revisions.sort_by_key(|revision| revision.shipment);
        tracing::info!(
            dialect = name,
            dry_run,
            tracks = replayed.tracks,
            statements = replayed.statements,
            shipments = replayed.revisions.len(),
            "replayed"
        );
        Ok(replayed)
    }

    async fn replay_track(
        &self,
        dialect: &'static dyn Dialect,
        table: &Vocabulary,
        track: &Arc<Track>,
        replayed: &mut Replayed,
    ) -> Result<(), HubError> {
        replayed.tracks += 1;
        let remapped = self.remapped(dialect, table, track).await?;
        if remapped.is_empty() {
            return Ok(());
        }
        replayed.statements += remapped.len() as u64;
        replayed.revisions.extend(revisions(track, &remapped));
        if !replayed.dry_run {
            self.store
                .remap(track.id, remapped, self.clock.now())
                .await?;
        }
        Ok(())
    }

    /// The statements of a track that mean something else under the table.
    async fn remapped(
        &self,
        dialect: &'static dyn Dialect,
        table: &Vocabulary,
        track: &Track,
    ) -> Result<Vec<Remapping>, HubError> {
        let streams = fold_rules().streams;
        let ordinals: Vec<u16> = track
            .spine
            .iter()
            .enumerate()
            .filter(|(_, spine)| streams.get(track.stream_of(spine)).dialect == dialect.name())
            .map(|(ordinal, _)| ordinal as u16)
            .collect();
        if ordinals.is_empty() {
            return Ok(Vec::new());
        }
        let mut remapped = Vec::new();
        for view in self.store.statements(track, &ordinals).await? {
            let spine = &track.spine[usize::from(view.ordinal)];
            let raw = view.raw.as_deref();
            let (milestone, reason) =
                dialect.reread(table, view.stream, &view.code, raw, spine.reason);
            if (milestone, reason) != (spine.milestone, spine.reason) {
                remapped.push(Remapping {
                    ordinal: view.ordinal,
                    milestone,
                    reason,
                });
            }
        }
        Ok(remapped)
    }
}

/// The shipments of a track whose state changes under these mappings.
fn revisions(track: &Track, remapped: &[Remapping]) -> Vec<Revision> {
    let mut before = track.clone();
    refold(&mut before, &fold_rules());
    let mut after = before.clone();
    for mapping in remapped {
        let spine = &mut after.spine[usize::from(mapping.ordinal)];
        spine.milestone = mapping.milestone;
        spine.reason = mapping.reason;
    }
    refold(&mut after, &fold_rules());
    let epochs = before.states.len().max(after.states.len());
    (0..epochs)
        .filter(|epoch| before.states.get(*epoch) != after.states.get(*epoch))
        .map(|epoch| {
            let mark = |track: &Track| track.states.get(epoch).map_or_else(Mark::default, Mark::of);
            Revision {
                shipment: ShipmentId::new(track.id, epoch as u16),
                carrier: track.carrier.to_string(),
                number: track.number.to_string(),
                before: mark(&before),
                after: mark(&after),
            }
        })
        .collect()
}
