//! Outcomes on their way to the store: one settlement at a time, what comes meanwhile goes with the
//! next. A subject goes on once its outcome is stored; what could not be stored is tried again as it
//! is, and the lane sends nothing of those subjects before.

use super::super::live::UNSAVED;
use super::super::settle::Stored;
use super::{Lane, STORE_WAIT};
use futures::FutureExt;
use futures::future::BoxFuture;
use std::sync::Arc;
use trackway_model::change::{FeedPosition, Subject};
use trackway_store::lanes::Settlement;
use trackway_store::records::{Attempt, Delivery};

/// Outcomes that are not on their way to the store yet.
#[derive(Default)]
pub(super) struct Pending {
    pub kept: Vec<Delivery>,
    pub over: Vec<FeedPosition>,
    pub attempts: Vec<Attempt>,
    pub state: bool,
    pub disable: bool,
    /// Shipments that go on once it is stored.
    pub release: Vec<Subject>,
}

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        let Self {
            kept,
            over,
            attempts,
            state,
            disable,
            release,
        } = self;
        let lists = kept.len() + over.len() + attempts.len() + release.len();
        lists == 0 && !state && !disable
    }
}

/// Outcomes on their way to the store.
pub(super) struct Settling {
    settlement: Arc<Settlement>,
    release: Vec<Subject>,
    stored: BoxFuture<'static, Stored>,
}

impl Lane {
    /// Sends outcomes to the store, unless others are on their way.
    pub(super) fn submit(&mut self) {
        let is_far = self.passed.beyond(&self.saved) >= UNSAVED;
        if self.settling.is_some() || (self.pending.is_empty() && !is_far) {
            return;
        }
        let Pending {
            kept,
            over,
            attempts,
            state,
            disable,
            release,
        } = std::mem::take(&mut self.pending);
        let settlement = Arc::new(Settlement {
            lane: self.lease,
            progress: self.passed.snapshot(),
            kept,
            over,
            attempts,
            state: state.then(|| self.state.clone()),
            disable,
        });
        let stored = self.shared.settler.settle(settlement.clone());
        self.settling = Some(Settling {
            settlement,
            release,
            stored: stored.boxed(),
        });
    }

    /// Goes on with what was stored. False where the lane is no longer this node's.
    pub(super) fn stored(&mut self, stored: Stored) -> bool {
        let Some(settling) = self.settling.take() else {
            return true;
        };
        match stored {
            Ok(is_ours) => {
                self.saved.clone_from(&settling.settlement.progress.cursor);
                for subject in settling.release {
                    self.queue.release(subject);
                }
                is_ours
            }
            Err(error) => {
                let endpoint = self.lease.endpoint.0;
                tracing::warn!(%error, endpoint, "outcomes could not be stored; trying again");
                self.settle_again(settling);
                true
            }
        }
    }

    fn settle_again(&mut self, settling: Settling) {
        let (settler, clock) = (self.shared.settler.clone(), self.shared.hub.clock.clone());
        let at = self.now() + STORE_WAIT;
        let settlement = settling.settlement.clone();
        let stored = async move {
            clock.sleep_until(at).await;
            settler.settle(settlement).await
        };
        self.settling = Some(Settling {
            stored: stored.boxed(),
            ..settling
        });
    }
}

pub(super) async fn stored(settling: &mut Option<Settling>) -> Stored {
    match settling {
        Some(settling) => (&mut settling.stored).await,
        None => std::future::pending().await,
    }
}
