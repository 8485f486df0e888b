//! Follows the feed and queues what people are to be told, which is of shipments only.
//!
//! Guarantee: the cursor moves in the commit that queues, so that no change is left out, and one that is
//! read again queues nothing new. Several nodes may follow at once: the rows say what is known. A feed
//! that was never followed is followed from where it ends: nobody is told of what was before.

use super::Limits;
use super::news;
use crate::Hub;
use crate::clock::{SECOND, micros};
use crate::following::moved;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use trackway_model::Track;
use trackway_model::change::{ChangeKind, FeedPosition, ShipmentChange};
use trackway_store::StoreError;
use trackway_store::notices::{MailKey, NewMail, Standing};

/// Changes that are read in one go.
const BATCH: usize = 256;
/// Changes after which the cursor is stored though nothing was queued, and the time after which it is.
const SKIPPED_UNSAVED: usize = 4_096;
const UNSAVED_FOR: i64 = 30 * SECOND;
/// The wait after the store failed.
const STORE_WAIT: i64 = SECOND;

pub(super) async fn run(hub: Arc<Hub>, limits: Limits, stop: CancellationToken) {
    let mut bell = hub.store.doorbell();
    let mut follower = Follower {
        hub: hub.clone(),
        limits,
        cursor: None,
        unsaved: 0,
        saved: hub.clock.now(),
    };
    while !stop.is_cancelled() {
        bell.borrow_and_update();
        let wake = match follower.step().await {
            Ok(true) => continue,
            Ok(false) => hub.next_look(),
            Err(error) => {
                tracing::warn!(%error, "e-mails could not be queued; it is tried again");
                hub.clock.now() + STORE_WAIT
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            Ok(()) = bell.changed() => {}
            () = hub.clock.sleep_until(wake) => {}
        }
    }
}

struct Follower {
    hub: Arc<Hub>,
    limits: Limits,
    /// None until it was read.
    cursor: Option<Vec<FeedPosition>>,
    /// Changes passed since the cursor was stored.
    unsaved: usize,
    /// When it was.
    saved: i64,
}

impl Follower {
    /// Whether there may be more at once.
    async fn step(&mut self) -> Result<bool, StoreError> {
        let cursor = match &self.cursor {
            Some(cursor) => cursor.clone(),
            None => self.begin().await?,
        };
        let changes = self.hub.store.changes(&cursor, BATCH).await?;
        let now = self.hub.clock.now();
        let Some(cursor) = moved(&cursor, &changes) else {
            if self.unsaved > 0 && now - self.saved >= UNSAVED_FOR {
                self.save(cursor, Vec::new()).await?;
            }
            return Ok(false);
        };
        let mut mails = Vec::new();
        for change in changes
            .iter()
            .filter_map(|(_, change)| change.as_shipment())
        {
            mails.extend(self.of(change, now).await?);
        }
        self.unsaved += changes.len();
        if !mails.is_empty() || self.unsaved >= SKIPPED_UNSAVED {
            self.save(cursor.clone(), mails).await?;
        }
        self.cursor = Some(cursor);
        Ok(true)
    }

    async fn begin(&mut self) -> Result<Vec<FeedPosition>, StoreError> {
        let mut cursor = self.hub.store.mail_cursor().await?;
        if cursor.is_empty() {
            cursor = self.hub.store.head().await?;
            if cursor.is_empty() {
                // The beginning of a feed that holds nothing yet.
                cursor.push(FeedPosition::default());
            }
            self.save(cursor.clone(), Vec::new()).await?;
        }
        self.cursor = Some(cursor.clone());
        Ok(cursor)
    }

    async fn save(
        &mut self,
        cursor: Vec<FeedPosition>,
        mails: Vec<NewMail>,
    ) -> Result<(), StoreError> {
        let queued = self.hub.store.queue_mails(cursor, mails).await?;
        if queued > 0 {
            self.hub.mails_bell.notify_one();
        }
        self.unsaved = 0;
        self.saved = self.hub.clock.now();
        Ok(())
    }

    /// The e-mails that a change asks for.
    async fn of(&self, change: &ShipmentChange, now: i64) -> Result<Vec<NewMail>, StoreError> {
        let store = &self.hub.store;
        let stage = change.after.milestone.stage();
        let was = change.before.map(|before| before.milestone.stage());
        if change.kind != ChangeKind::Live || was == Some(stage) {
            return Ok(Vec::new());
        }
        let mut recipients = store.recipients(change.shipment).await?;
        recipients.retain(|one| one.standing == Standing::Active && one.stages.contains(stage));
        if recipients.is_empty() || self.hub.in_sandbox(change.account).await? {
            return Ok(Vec::new());
        }
        let track = store.track(change.shipment.track()).await?;
        let Some((milestone, fresh_until)) = track.and_then(|track| self.fresh(change, &track))
        else {
            return Ok(Vec::new());
        };
        if fresh_until < now {
            return Ok(Vec::new());
        }
        let mail = |recipient| NewMail {
            key: MailKey {
                shipment: change.shipment,
                recipient,
                milestone,
            },
            account: change.account,
            due: now,
            fresh_until,
        };
        Ok(recipients.iter().map(|one| mail(one.id)).collect())
    }

    fn fresh(
        &self,
        change: &ShipmentChange,
        track: &Track,
    ) -> Option<(trackway_model::Milestone, i64)> {
        let (milestone, happened) = news::of(change, track)?;
        Some((
            milestone,
            happened.saturating_add(micros(self.limits.fresh)),
        ))
    }
}
