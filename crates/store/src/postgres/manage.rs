//! Changes of what an account owns. Nothing of it is remembered between two calls, so that every
//! node finds what is in force.

use super::{PostgresStore, records as row, sql};
use crate::records::{ApiKey, Connection, Endpoint, EndpointChange, KeyChange};
use crate::{Directory, Management, StoreError};
use async_trait::async_trait;
use secrecy::SecretString;
use std::sync::Arc;
use trackway_model::{AccountId, ConnectionId, EndpointId, KeyId};

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Management for PostgresStore {
    async fn change_key(
        &self,
        account: AccountId,
        id: KeyId,
        change: KeyChange,
    ) -> Result<Option<ApiKey>> {
        let KeyChange { disabled, expires } = change;
        let changed = self
            .database
            .row(
                &sql::KEY_CHANGE,
                &[
                    &account.0,
                    &id.0,
                    &disabled,
                    &expires.is_some(),
                    &expires.flatten(),
                ],
            )
            .await?;
        changed
            .map(|found| row::api_key(self.sealer(), &found, None))
            .transpose()
    }

    async fn use_key(&self, id: KeyId, at: i64) -> Result<()> {
        self.database.execute(&sql::KEY_USE, &[&id.0, &at]).await?;
        Ok(())
    }

    async fn pause_connection(
        &self,
        account: AccountId,
        id: ConnectionId,
        paused: bool,
    ) -> Result<Option<Arc<Connection>>> {
        let changed = self
            .database
            .row(&sql::CONNECTION_PAUSE, &[&account.0, &id.0, &paused])
            .await?;
        self.opened(changed)
    }

    async fn change_endpoint(
        &self,
        account: AccountId,
        id: EndpointId,
        change: EndpointChange,
    ) -> Result<Option<Arc<Endpoint>>> {
        let (url, operator) = change.url.unzip();
        let settings = change.settings.as_ref().map(|settings| {
            self.sealer()
                .seal_settings(row::ENDPOINT_SETTINGS, settings)
        });
        let changed = self
            .database
            .execute(
                &sql::ENDPOINT_CHANGE,
                &[
                    &account.0,
                    &id.0,
                    &url,
                    &operator,
                    &change.disabled,
                    &settings,
                ],
            )
            .await?;
        if changed == 0 {
            return Ok(None);
        }
        self.endpoint(id).await
    }

    async fn rotate_secret(
        &self,
        account: AccountId,
        id: EndpointId,
        secret: SecretString,
        until: i64,
    ) -> Result<Option<Arc<Endpoint>>> {
        let sealed = self.sealer().seal_text(row::ENDPOINT_SECRET, &secret);
        let changed = self
            .database
            .execute(&sql::ENDPOINT_ROTATE, &[&account.0, &id.0, &sealed, &until])
            .await?;
        if changed == 0 {
            return Ok(None);
        }
        self.endpoint(id).await
    }

    async fn delete_endpoint(&self, account: AccountId, id: EndpointId) -> Result<bool> {
        let work = self.database.begin().await?;
        // Before the endpoint is locked, as whoever settles takes them in that order.
        work.execute(&sql::ENDPOINT_LEASE_END, &[&account.0, &id.0])
            .await?;
        let found = work.rows(&sql::ENDPOINT_LOCK, &[&account.0, &id.0]).await?;
        if !found.is_empty() {
            for sql in [
                &sql::ENDPOINT_DELETE_LEASE,
                &sql::ENDPOINT_DELETE_STATE,
                &sql::ENDPOINT_DELETE_DELIVERIES,
                &sql::ENDPOINT_DELETE_CURSOR,
                &sql::ENDPOINT_DELETE,
            ] {
                work.execute(sql, &[&id.0]).await?;
            }
        }
        work.commit().await?;
        Ok(!found.is_empty())
    }
}
