//! Deliveries that failed, tried again when they are due.
//!
//! Guarantee: an endpoint has a few retries in flight at most; what is over comes due again after
//! its lease. So a dead endpoint, however much it has missed, takes no places of a living one.

use crate::Hub;
use crate::deliver::{LEASE, Target};
use crate::due::DueWork;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use trackway_model::EndpointId;
use trackway_store::StoreError;

/// Retries in flight to one endpoint.
const AT_ONCE: usize = 4;

/// The retries of every endpoint.
pub(crate) struct Retries {
    hub: Arc<Hub>,
    places: HashMap<EndpointId, Arc<Semaphore>>,
}

impl Retries {
    pub fn of(hub: Arc<Hub>) -> Self {
        Self {
            hub,
            places: HashMap::new(),
        }
    }

    async fn targets(&self) -> Result<HashMap<EndpointId, Target>, StoreError> {
        let endpoints = self.hub.store.endpoints().await?;
        let targets = endpoints
            .into_iter()
            .filter_map(|e| Some((e.id, Target::of(e)?)));
        Ok(targets.collect())
    }
}

impl DueWork for Retries {
    const WHAT: &'static str = "retries";
    const IN_MEMORY: usize = 512;

    async fn next(&self) -> Result<Option<i64>, StoreError> {
        self.hub.store.next_delivery().await
    }

    async fn launch(
        &mut self,
        want: usize,
        flights: &mut JoinSet<()>,
    ) -> Result<usize, StoreError> {
        let now = self.hub.clock.now();
        let claimed = self.hub.store.claim_deliveries(now, LEASE, want).await?;
        let count = claimed.len();
        let targets = self.targets().await?;
        for delivery in claimed {
            let Some(target) = targets.get(&delivery.endpoint).cloned() else {
                continue;
            };
            let place = self
                .places
                .entry(delivery.endpoint)
                .or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE)))
                .clone();
            let Ok(place) = place.try_acquire_owned() else {
                continue;
            };
            let hub = self.hub.clone();
            flights.spawn(async move {
                let _place = place;
                if let Err(error) = hub.retry(&target, delivery).await {
                    tracing::warn!(%error, "a retry could not be stored; it comes due again");
                }
            });
        }
        Ok(count)
    }

    /// What failed a moment ago is never due at once.
    async fn bell(&self) {
        std::future::pending::<()>().await;
    }
}
