//! Changes of what an account owns: in the file first, then in memory, where every look-up finds it.

use super::readers::execute;
use super::records::{ENDPOINT_SECRET, ENDPOINT_SETTINGS};
use super::work::Work;
use super::{SqliteStore, sql};
use crate::records::{ApiKey, Connection, Endpoint, EndpointChange, Former, KeyChange};
use crate::{Management, StoreError};
use async_trait::async_trait;
use secrecy::SecretString;
use std::sync::Arc;
use trackway_model::{AccountId, ConnectionId, EndpointId, KeyId};

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Management for SqliteStore {
    async fn change_key(
        &self,
        account: AccountId,
        id: KeyId,
        change: KeyChange,
    ) -> Result<Option<ApiKey>> {
        let KeyChange { disabled, expires } = change;
        if self.key_of(account, id).is_none() {
            return Ok(None);
        }
        self.run(move |work| {
            let row = (id.0, disabled, expires.is_some(), expires.flatten());
            execute(&work.connection, sql::KEY_CHANGE, row)?;
            work.after_commit(move |core| {
                core.records.change_key(id, |key| {
                    key.disabled = disabled.unwrap_or(key.disabled);
                    key.expires = expires.unwrap_or(key.expires);
                });
            });
            Ok(())
        })
        .await?;
        Ok(self.key_of(account, id))
    }

    async fn use_key(&self, id: KeyId, at: i64) -> Result<()> {
        self.run(move |work| {
            execute(&work.connection, sql::KEY_USE, (id.0, at))?;
            work.after_commit(move |core| {
                core.records
                    .change_key(id, |key| key.used = key.used.max(Some(at)));
            });
            Ok(())
        })
        .await
    }

    async fn pause_connection(
        &self,
        account: AccountId,
        id: ConnectionId,
        paused: bool,
    ) -> Result<Option<Arc<Connection>>> {
        let found = || self.core.records.connection(id);
        if found().is_none_or(|connection| connection.account != account) {
            return Ok(None);
        }
        self.run(move |work| {
            execute(&work.connection, sql::CONNECTION_PAUSE, (id.0, paused))?;
            work.after_commit(move |core| core.records.pause_connection(id, paused));
            Ok(())
        })
        .await?;
        Ok(found())
    }

    async fn change_endpoint(
        &self,
        account: AccountId,
        id: EndpointId,
        change: EndpointChange,
    ) -> Result<Option<Arc<Endpoint>>> {
        if !self.has_endpoint(account, id) {
            return Ok(None);
        }
        self.run(move |work| change_endpoint(work, id, change))
            .await?;
        Ok(self.core.records.endpoint(id))
    }

    async fn rotate_secret(
        &self,
        account: AccountId,
        id: EndpointId,
        secret: SecretString,
        until: i64,
    ) -> Result<Option<Arc<Endpoint>>> {
        if !self.has_endpoint(account, id) {
            return Ok(None);
        }
        self.run(move |work| {
            let sealed = work.core.kernel.sealer.seal_text(ENDPOINT_SECRET, &secret);
            execute(
                &work.connection,
                sql::ENDPOINT_ROTATE,
                (id.0, sealed, until),
            )?;
            work.after_commit(move |core| {
                core.records.change_endpoint(id, |endpoint| {
                    let secret = std::mem::replace(&mut endpoint.secret, secret);
                    endpoint.former = Some(Former { secret, until });
                });
            });
            Ok(())
        })
        .await?;
        Ok(self.core.records.endpoint(id))
    }

    async fn delete_endpoint(&self, account: AccountId, id: EndpointId) -> Result<bool> {
        if !self.has_endpoint(account, id) {
            return Ok(false);
        }
        self.run(move |work| {
            for sql in [
                sql::ENDPOINT_DELETE_DELIVERIES,
                sql::ENDPOINT_DELETE_CURSOR,
                sql::ENDPOINT_DELETE_STATE,
                sql::ENDPOINT_DELETE,
            ] {
                execute(&work.connection, sql, [id.0])?;
            }
            work.after_commit(move |core| core.records.delete_endpoint(id));
            Ok(true)
        })
        .await
    }
}

impl SqliteStore {
    fn key_of(&self, account: AccountId, id: KeyId) -> Option<ApiKey> {
        let keys = self.core.records.keys(account);
        keys.into_iter().find(|key| key.id == id)
    }

    fn has_endpoint(&self, account: AccountId, id: EndpointId) -> bool {
        let found = self.core.records.endpoint(id);
        found.is_some_and(|endpoint| endpoint.account == account)
    }
}

/// Changes an endpoint in the commit in the making.
pub fn change_endpoint(work: &mut Work, id: EndpointId, change: EndpointChange) -> Result<()> {
    let sealer = &work.core.kernel.sealer;
    let settings = change.settings.as_ref();
    let sealed = settings.map(|settings| sealer.seal_settings(ENDPOINT_SETTINGS, settings));
    let (url, operator) = change.url.clone().unzip();
    let row = (id.0, url, operator, change.disabled, sealed);
    execute(&work.connection, sql::ENDPOINT_CHANGE, row)?;
    work.after_commit(move |core| {
        core.records
            .change_endpoint(id, |endpoint| apply(endpoint, change));
    });
    Ok(())
}

fn apply(endpoint: &mut Endpoint, change: EndpointChange) {
    if let Some((url, operator)) = change.url {
        endpoint.url = url;
        endpoint.operator = operator;
    }
    endpoint.disabled = change.disabled.unwrap_or(endpoint.disabled);
    if let Some(settings) = change.settings {
        endpoint.settings = settings;
    }
}
