//! Addresses that clients name with a number: where what becomes of that number is told.
//!
//! Contract: an account has one endpoint for each origin (scheme, host and port) that its registrations
//! of a dialect name, so that a slow or dead receiver delays no other; it tells of those registrations
//! only, each at the very address that it names (`deliver::own`). It goes the way of every endpoint:
//! through the guard, by the dialect's retry table, shown, paused and removed like any other. Safe to
//! repeat, and two nodes that make it at once leave one.

use crate::Hub;
use crate::accounts::{MOST_ENDPOINTS, dialect};
use crate::error::HubError;
use crate::outbound::origin;
use trackway_dialects::dialect::REGISTERED;
use trackway_model::{AccountId, EndpointId};
use trackway_store::StoreError;
use trackway_store::records::{Endpoint, Settings};

impl Hub {
    /// False where nobody may be sent there, or the account has as many endpoints as it may have.
    pub(crate) async fn listen_at(
        &self,
        account: AccountId,
        dialect_name: &str,
        url: &str,
    ) -> Result<bool, HubError> {
        let dialect = dialect(dialect_name)?;
        let Some(hook) = dialect.hook() else {
            return Ok(false);
        };
        let (Ok(()), Some(origin)) = (self.check_address(url, false), origin(url)) else {
            return Ok(false);
        };
        let own = self.own_endpoints(account).await?;
        if own
            .iter()
            .any(|known| listens(known, dialect.name(), &origin))
        {
            return Ok(true);
        }
        if own.len() >= MOST_ENDPOINTS {
            tracing::warn!(account = account.0, "an account has no endpoint left");
            return Ok(false);
        }
        let settings = Settings::from([(REGISTERED.to_owned(), origin.clone())]);
        let endpoint = Endpoint {
            id: EndpointId::default(),
            account,
            dialect: dialect.name().to_owned(),
            url: origin.clone(),
            operator: false,
            disabled: false,
            secret: self.signing_secret(hook, &settings),
            settings,
            former: None,
            created: self.clock.now(),
            cursor: self.store.head().await?,
        };
        let made = self.store.create_endpoint(endpoint).await?;
        let first = self.own_endpoints(account).await?;
        let first = first
            .iter()
            .filter(|known| listens(known, dialect.name(), &origin))
            .map(|known| known.id)
            .min();
        if first.is_some_and(|first| first < made.id) {
            self.store.delete_endpoint(account, made.id).await?;
        } else {
            tracing::info!(endpoint = made.id.0, "made an endpoint for registrations");
        }
        self.endpoints_bell.notify_one();
        Ok(true)
    }

    async fn own_endpoints(
        &self,
        account: AccountId,
    ) -> Result<Vec<std::sync::Arc<Endpoint>>, StoreError> {
        let mut endpoints = self.store.endpoints().await?;
        endpoints.retain(|endpoint| endpoint.account == account);
        Ok(endpoints)
    }
}

fn listens(endpoint: &Endpoint, dialect: &str, origin: &str) -> bool {
    endpoint.dialect == dialect
        && endpoint
            .settings
            .get(REGISTERED)
            .is_some_and(|kept| kept == origin)
}
