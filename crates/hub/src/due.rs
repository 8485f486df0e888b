//! The loop behind everything that comes due in the store: polls and retries.
//!
//! Guarantee: work is claimed with a lease in a short transaction of its own and done outside of it;
//! what a dead node held comes due again. An idle loop only reads. At most `IN_MEMORY` pieces are in
//! flight; after `stop` what is in flight is awaited.

use crate::Hub;
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use trackway_store::StoreError;

/// Pieces that are claimed in one go.
const CLAIM: usize = 64;

/// A kind of work that comes due.
pub(crate) trait DueWork: Send {
    /// What it is, for the log.
    const WHAT: &'static str;
    const IN_MEMORY: usize;

    /// When the next piece is due.
    fn next(&self) -> impl Future<Output = Result<Option<i64>, StoreError>> + Send;

    /// Claims up to `want` pieces and sends them off; returns how many were claimed.
    fn launch(
        &mut self,
        want: usize,
        flights: &mut JoinSet<()>,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// Rings when a piece may have come due earlier than was known.
    fn bell(&self) -> impl Future<Output = ()> + Send;
}

/// Does the work until `stop`.
pub(crate) async fn run<W: DueWork>(hub: Arc<Hub>, mut work: W, stop: CancellationToken) {
    let mut flights = JoinSet::new();
    while !stop.is_cancelled() {
        while flights.try_join_next().is_some() {}
        let wake = step(&hub, &mut work, &mut flights)
            .await
            .unwrap_or_else(|error| {
                tracing::warn!(%error, "{} could not be claimed", W::WHAT);
                hub.next_look()
            });
        let full = flights.len() >= W::IN_MEMORY;
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            _ = flights.join_next(), if full => {}
            () = work.bell(), if !full => {}
            () = hub.clock.sleep_until(wake), if !full => {}
        }
    }
    while flights.join_next().await.is_some() {}
}

/// Sends off what is due; returns when to look again.
async fn step<W: DueWork>(
    hub: &Hub,
    work: &mut W,
    flights: &mut JoinSet<()>,
) -> Result<i64, StoreError> {
    let is_due = |next: Option<i64>| next.is_some_and(|at| at <= hub.clock.now());
    let mut next = work.next().await?;
    while is_due(next) && flights.len() < W::IN_MEMORY {
        let want = CLAIM.min(W::IN_MEMORY - flights.len());
        if work.launch(want, flights).await? == 0 {
            break;
        }
        next = work.next().await?;
    }
    let look = hub.next_look();
    // What is due still was refused a moment ago: not at once again.
    Ok(next
        .filter(|_| !is_due(next))
        .map_or(look, |at| at.min(look)))
}
