//! Shipments as facades and subscribers need them, put together from the store.
//!
//! The common look-up costs one row and one document: the journey is folded only when somebody asks
//! for it, and the log is read only for statements that the document does not hold yet.

use crate::{Hub, fold_rules};
use std::sync::Arc;
use trackway_model::stream::Nature;
use trackway_model::track::{Document, Spine, Track};
use trackway_model::view::{DocumentView, LazyJourney, ShipmentView};
use trackway_store::StoreError;

impl Hub {
    /// The newest journey for a facade of `dialect`: its document with its news since, or all that
    /// the journey holds.
    pub(crate) async fn view_for(
        &self,
        track: Arc<Track>,
        dialect: &str,
    ) -> Result<ShipmentView, StoreError> {
        let mut view = ShipmentView::newest(track.clone(), fold_rules());
        let ordinals = match own_document(&track, dialect) {
            Some(document) => {
                view.document = self.body_of(&track, document).await?;
                match view.document {
                    Some(_) => news_since(&track, dialect, document),
                    // Erased: what is left is in the log.
                    None => told(&view),
                }
            }
            None => told(&view),
        };
        if !ordinals.is_empty() {
            view.statements = self.store.statements(&track, &ordinals).await?;
        }
        Ok(view)
    }

    /// One journey with these statements, and the dialect's own document.
    pub(crate) async fn view_of(
        &self,
        track: Arc<Track>,
        epoch: u16,
        dialect: &str,
        ordinals: &[u16],
    ) -> Result<ShipmentView, StoreError> {
        let document = match own_document(&track, dialect) {
            Some(document) => self.body_of(&track, document).await?,
            None => None,
        };
        let statements = self.store.statements(&track, ordinals).await?;
        let journey = LazyJourney::new(track.clone(), epoch, fold_rules());
        Ok(ShipmentView {
            track,
            journey,
            document,
            statements,
        })
    }

    pub(crate) async fn body_of(
        &self,
        track: &Track,
        document: &Document,
    ) -> Result<Option<DocumentView>, StoreError> {
        let body = self.store.document(track, document).await?;
        Ok(body.map(|body| DocumentView {
            connection: document.connection,
            stream: document.stream,
            received: document.received,
            body,
        }))
    }
}

/// Of several tracks under one number the one where something happened last.
pub(crate) fn newest(tracks: Vec<Arc<Track>>) -> Option<Arc<Track>> {
    tracks
        .into_iter()
        .filter(|track| !track.spine.is_empty() || !track.documents.is_empty())
        .max_by_key(|track| {
            (
                track.states.last().map_or(i64::MIN, |state| state.last),
                track.id,
            )
        })
}

/// The newest document in which this dialect told of the track's newest journey; none where it told of
/// nothing that happened, and others did: an answer that knows nothing hides no history.
fn own_document<'t>(track: &'t Track, dialect: &str) -> Option<&'t Document> {
    let streams = fold_rules().streams;
    let is_own = |spine: &Spine| {
        streams.get(track.stream_of(spine)).dialect == dialect && spine.assumed() >= opened(track)
    };
    if !track.spine.is_empty() && !track.spine.iter().any(is_own) {
        return None;
    }
    track
        .documents
        .iter()
        .filter(|document| streams.get(document.stream).dialect == dialect)
        .filter(|document| document.received >= opened(track))
        .max_by_key(|document| document.received)
}

/// News of the dialect about the newest journey that came after its document.
fn news_since(track: &Track, dialect: &str, document: &Document) -> Vec<u16> {
    let streams = fold_rules().streams;
    let since = |spine: &Spine| {
        let stream = streams.get(track.stream_of(spine));
        spine.last_seen > document.received
            && stream.dialect == dialect
            && stream.nature == Nature::News
            && spine.assumed() >= opened(track)
    };
    let at = |(ordinal, _)| ordinal as u16;
    track
        .spine
        .iter()
        .enumerate()
        .filter(|(_, spine)| since(spine))
        .map(at)
        .collect()
}

/// No earlier than this did the newest journey of a reused number begin.
pub(crate) fn opened(track: &Track) -> i64 {
    match track.states.as_slice() {
        [.., newest] if newest.epoch > 0 => newest.first,
        _ => i64::MIN,
    }
}

/// Every statement that the journey tells of, in the order of the spine.
pub(crate) fn told(view: &ShipmentView) -> Vec<u16> {
    let events = &view.journey().events;
    let mut ordinals: Vec<u16> = events
        .iter()
        .flat_map(|(event, _)| event.witnesses.iter().copied())
        .collect();
    ordinals.sort_unstable();
    ordinals
}
