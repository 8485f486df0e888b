//! Numbers that ended begin anew when a webhook tells something new of them.
//!
//! Contract: called after the commit of what was told. A number can only have ended after days without
//! a happening (`life`), so the store is asked about those alone, and the others cost nothing.

use super::life::AFTER_END;
use crate::Hub;
use trackway_dialects::registry;
use trackway_model::intake::{Content, Intake, Receipt};
use trackway_model::{ConnectionId, Track};
use trackway_store::StoreError;

/// Which intakes are webhooks, and when they came.
pub(crate) fn pushed(intakes: &[Intake]) -> Vec<Option<i64>> {
    let told = intakes.iter().map(|intake| match intake.content {
        Content::News(_) if intake.connection != ConnectionId::default() => Some(intake.received),
        Content::Document(ref answer) if registry::is_pushed(answer.stream) => {
            Some(intake.received)
        }
        Content::News(_) | Content::Document(_) | Content::Opening(_) => None,
    });
    told.collect()
}

/// Whether nothing had happened for so long, before what was received then, that the number may have
/// ended.
fn was_quiet(track: &Track, received: i64) -> bool {
    let before = track.spine.iter().filter(|told| told.first_seen < received);
    before
        .map(trackway_model::Spine::assumed)
        .all(|at| at <= received - AFTER_END)
}

impl Hub {
    /// Has ended numbers asked again of which a webhook told something new.
    pub(crate) async fn wake_ended(
        &self,
        pushed: &[Option<i64>],
        receipts: &[Receipt],
    ) -> Result<(), StoreError> {
        let mut ended = Vec::new();
        for (received, receipt) in pushed.iter().zip(receipts) {
            let Some(received) = received.filter(|_| receipt.new > 0) else {
                continue;
            };
            let id = receipt.shipment.track();
            let track = self.store.track(id).await?;
            if !track.is_some_and(|track| was_quiet(&track, received)) {
                continue;
            }
            let polls = self.store.polls_of(id).await?;
            if polls.iter().any(|poll| poll.due.is_none()) {
                ended.push(id);
            }
        }
        if !ended.is_empty() && self.store.wake_polls(ended, self.clock.now()).await? > 0 {
            self.wake_poller();
        }
        Ok(())
    }
}
