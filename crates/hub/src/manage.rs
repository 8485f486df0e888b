//! What people do with what an account owns: list, change, pause, resume, remove.
//!
//! Contract: every call works for one account; what another account owns is answered as what is not
//! there. No answer holds a secret: keys without their key, settings by name. What is changed is in
//! force when the call returns: the next request with a disabled key is refused, the next poll of a
//! paused connection is put off, the next message of a paused endpoint waits in the feed.

use crate::accounts::{check_settings, dialect};
use crate::error::HubError;
use crate::{Hub, clock, sandbox};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use trackway_dialects::native::caller::{Scope, TEST_MARK};
use trackway_model::change::FeedPosition;
use trackway_model::{ConnectionId, EndpointId, KeyId};
pub use trackway_store::records::KeyChange;
use trackway_store::records::{Account, ApiKey, Connection, Endpoint, EndpointChange, Settings};
use utoipa::ToSchema;

/// Characters of an account's name.
const LONGEST_NAME: usize = 64;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountInfo {
    pub name: String,
    /// RFC 3339, as every time here.
    pub created: String,
}

/// A key without what it proves itself with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyInfo {
    #[schema(value_type = i64)]
    pub id: KeyId,
    /// Whose API it opens.
    pub dialect: String,
    pub name: String,
    /// What it may do in our own API. None: all but `payloads` and `admin`.
    pub scopes: Vec<String>,
    /// Made to try things out.
    pub test: bool,
    pub created: String,
    pub expires: Option<String>,
    pub disabled: bool,
    /// When it was last used, to about ten minutes.
    pub used: Option<String>,
    /// 247Express's `ClientID`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
}

/// A connection without its settings' values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConnectionInfo {
    #[schema(value_type = i64)]
    pub id: ConnectionId,
    pub dialect: String,
    pub name: String,
    pub base_url: String,
    /// The zone in which this source writes times without one.
    pub zone: Option<String>,
    /// A paused connection is not asked; its webhooks are taken.
    pub paused: bool,
    /// Names of what is set. Values are never shown.
    pub settings: Vec<String>,
    pub created: String,
}

/// An endpoint without its secret and its settings' values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EndpointInfo {
    #[schema(value_type = i64)]
    pub id: EndpointId,
    /// Whose webhooks it gets.
    pub dialect: String,
    pub url: String,
    /// A paused endpoint gets nothing and misses nothing: what happens waits in the feed.
    pub paused: bool,
    /// Names of what is set. Values are never shown.
    pub settings: Vec<String>,
    pub created: String,
    /// Changes in the feed that it has not been told of yet, other accounts' included.
    pub behind: u64,
}

/// What is to change of an endpoint; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangedEndpoint {
    pub url: Option<String>,
    pub paused: Option<bool>,
    /// All of them anew.
    pub settings: Option<Settings>,
    /// Whether the operator names the address.
    pub operator: bool,
}

impl Hub {
    /// Every account of the installation.
    pub async fn accounts(&self) -> Result<Vec<AccountInfo>, HubError> {
        let accounts = self.store.accounts().await?;
        Ok(accounts.into_iter().map(AccountInfo::from).collect())
    }

    /// Makes an account that is not there yet.
    pub async fn create_account(&self, name: &str) -> Result<AccountInfo, HubError> {
        check_account_name(name)?;
        if self.store.find_account(name).await?.is_some() {
            return Err(HubError::AccountExists(name.to_owned()));
        }
        Ok(self.account(Some(name)).await?.into())
    }

    /// The account's keys in every dialect, oldest first.
    pub async fn keys(&self, account: Option<&str>) -> Result<Vec<KeyInfo>, HubError> {
        let account = self.known_account(account).await?;
        let keys = self.store.keys(account.id).await?;
        Ok(keys.into_iter().map(KeyInfo::from).collect())
    }

    /// Disables, enables, lets expire.
    pub async fn change_key(
        &self,
        account: Option<&str>,
        id: KeyId,
        change: KeyChange,
    ) -> Result<KeyInfo, HubError> {
        let account = self.known_account(account).await?;
        let changed = self.store.change_key(account.id, id, change).await?;
        let changed = changed.ok_or(HubError::NoRecord("key", id.0))?;
        tracing::info!(key = id.0, ?change, "changed a key");
        Ok(changed.into())
    }

    /// The account's connections, oldest first.
    pub async fn connections(
        &self,
        account: Option<&str>,
    ) -> Result<Vec<ConnectionInfo>, HubError> {
        let account = self.known_account(account).await?;
        let connections = self.store.connections().await?;
        let own = connections
            .iter()
            .filter(|connection| connection.account == account.id);
        Ok(own
            .map(|connection| ConnectionInfo::of(connection))
            .collect())
    }

    pub async fn connection(
        &self,
        account: Option<&str>,
        id: ConnectionId,
    ) -> Result<ConnectionInfo, HubError> {
        let connection = self.own_connection(account, id).await?;
        Ok(ConnectionInfo::of(&connection))
    }

    /// Stops asking a connection, or begins again: what came due meanwhile is asked for within some
    /// minutes.
    pub async fn pause_connection(
        &self,
        account: Option<&str>,
        id: ConnectionId,
        paused: bool,
    ) -> Result<ConnectionInfo, HubError> {
        let account = self.known_account(account).await?;
        let changed = self
            .store
            .pause_connection(account.id, id, paused)
            .await?
            .ok_or(HubError::NoRecord("connection", id.0))?;
        self.wake_poller();
        tracing::info!(connection = id.0, paused, "paused or resumed a connection");
        Ok(ConnectionInfo::of(&changed))
    }

    pub(crate) async fn own_connection(
        &self,
        account: Option<&str>,
        id: ConnectionId,
    ) -> Result<Arc<Connection>, HubError> {
        let account = self.known_account(account).await?;
        let found = self.store.connection(id).await?;
        found
            .filter(|connection| connection.account == account.id)
            .ok_or(HubError::NoRecord("connection", id.0))
    }

    /// The account's endpoints, oldest first.
    pub async fn endpoints(&self, account: Option<&str>) -> Result<Vec<EndpointInfo>, HubError> {
        let account = self.known_account(account).await?;
        let head = self.store.head().await?;
        let endpoints = self.store.endpoints().await?;
        let own = endpoints
            .iter()
            .filter(|endpoint| endpoint.account == account.id);
        Ok(own
            .map(|endpoint| EndpointInfo::of(endpoint, &head))
            .collect())
    }

    pub async fn endpoint(
        &self,
        account: Option<&str>,
        id: EndpointId,
    ) -> Result<EndpointInfo, HubError> {
        let endpoint = self.own_endpoint(account, id).await?;
        Ok(EndpointInfo::of(&endpoint, &self.store.head().await?))
    }

    /// Pauses, resumes, moves or sets an endpoint. It is told next what it has not been told yet,
    /// however long it was paused.
    pub async fn change_endpoint(
        &self,
        account: Option<&str>,
        id: EndpointId,
        change: ChangedEndpoint,
    ) -> Result<EndpointInfo, HubError> {
        let known = self.own_endpoint(account, id).await?;
        if let Some(url) = &change.url {
            self.check_address(url, change.operator)?;
        }
        if let Some(settings) = &change.settings {
            let dialect = dialect(&known.dialect)?;
            let name = dialect.name();
            let hook = dialect
                .hook()
                .ok_or(HubError::NoWebhooks { dialect: name })?;
            let (required, optional) = hook.settings();
            check_settings(name, settings, required, optional)?;
        }
        let stored = EndpointChange {
            url: change.url.map(|url| (url, change.operator)),
            disabled: change.paused,
            settings: change.settings,
        };
        let changed = self
            .store
            .change_endpoint(known.account, id, stored)
            .await?
            .ok_or(HubError::NoRecord("endpoint", id.0))?;
        self.endpoints_bell.notify_one();
        tracing::info!(
            endpoint = id.0,
            paused = changed.disabled,
            "changed an endpoint"
        );
        Ok(EndpointInfo::of(&changed, &self.store.head().await?))
    }

    /// Removes an endpoint with all that it was still to be told.
    pub async fn delete_endpoint(
        &self,
        account: Option<&str>,
        id: EndpointId,
    ) -> Result<(), HubError> {
        let account = self.known_account(account).await?;
        if !self.store.delete_endpoint(account.id, id).await? {
            return Err(HubError::NoRecord("endpoint", id.0));
        }
        self.endpoints_bell.notify_one();
        tracing::info!(endpoint = id.0, "removed an endpoint");
        Ok(())
    }

    async fn own_endpoint(
        &self,
        account: Option<&str>,
        id: EndpointId,
    ) -> Result<Arc<Endpoint>, HubError> {
        let account = self.known_account(account).await?;
        let found = self.store.endpoint(id).await?;
        found
            .filter(|endpoint| endpoint.account == account.id)
            .ok_or(HubError::NoRecord("endpoint", id.0))
    }
}

/// An account's name stands in log-in names and in commands. Sandboxes are made with their keys.
fn check_account_name(name: &str) -> Result<(), HubError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let plain = !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(allowed);
    if !plain || sandbox::is_sandbox(name) {
        return Err(HubError::AccountName);
    }
    Ok(())
}

/// Every scope is one that there is.
pub(crate) fn check_scopes(dialect: &'static str, scopes: &[String]) -> Result<(), HubError> {
    let known = || Scope::ALL.iter().map(|scope| scope.name());
    match scopes
        .iter()
        .find(|scope| !known().any(|name| name == *scope))
    {
        _ if scopes.is_empty() => Ok(()),
        None if dialect == "native" => Ok(()),
        None => Err(HubError::NoScopes { dialect }),
        Some(name) => Err(HubError::UnknownScope {
            name: name.clone(),
            known: known().collect::<Vec<_>>().join(", "),
        }),
    }
}

fn text(instant: i64) -> String {
    clock::text(instant)
}

fn names(settings: &Settings) -> Vec<String> {
    settings.keys().cloned().collect()
}

impl From<Account> for AccountInfo {
    fn from(account: Account) -> Self {
        Self {
            name: account.name,
            created: text(account.created),
        }
    }
}

impl From<ApiKey> for KeyInfo {
    fn from(key: ApiKey) -> Self {
        let test = key.scopes.iter().any(|scope| scope == TEST_MARK);
        Self {
            id: key.id,
            dialect: key.dialect,
            name: key.name,
            scopes: key
                .scopes
                .into_iter()
                .filter(|scope| scope != TEST_MARK)
                .collect(),
            test,
            created: text(key.created),
            expires: key.expires.map(text),
            disabled: key.disabled,
            used: key.used.map(text),
            client_id: key.client_id,
            user_name: key.user_name,
        }
    }
}

impl ConnectionInfo {
    fn of(connection: &Connection) -> Self {
        Self {
            id: connection.id,
            dialect: connection.dialect.clone(),
            name: connection.name.clone(),
            base_url: connection.base_url.clone(),
            zone: connection.zone.clone(),
            paused: connection.paused,
            settings: names(&connection.settings),
            created: text(connection.created),
        }
    }
}

impl EndpointInfo {
    fn of(endpoint: &Endpoint, head: &[FeedPosition]) -> Self {
        Self {
            id: endpoint.id,
            dialect: endpoint.dialect.clone(),
            url: endpoint.url.clone(),
            paused: endpoint.disabled,
            settings: names(&endpoint.settings),
            created: text(endpoint.created),
            behind: behind(&endpoint.cursor, head),
        }
    }
}

/// Changes between a cursor and the head of the feed.
pub(crate) fn behind(cursor: &[FeedPosition], head: &[FeedPosition]) -> u64 {
    let told: BTreeMap<u16, u64> = cursor.iter().map(|at| (at.shard, at.number)).collect();
    head.iter()
        .map(|at| {
            let told = told.get(&at.shard).copied().unwrap_or_default();
            at.number.saturating_sub(told)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_accounts_are_plain() {
        for name in ["default", "shop-1", "A_b.c", &"x".repeat(64)] {
            assert!(check_account_name(name).is_ok(), "{name}");
        }
        for name in [
            "",
            " ",
            "a b",
            "a/b",
            "tiệm",
            "a\n",
            "shop.test",
            &"x".repeat(65),
        ] {
            assert!(check_account_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn what_is_behind_is_counted_shard_by_shard() {
        let at = |shard, number| FeedPosition { shard, number };
        let head = [at(0, 10), at(1, 5)];
        assert_eq!(behind(&[at(0, 4)], &head), 11);
        assert_eq!(behind(&[at(0, 12), at(1, 5)], &head), 0);
    }
}
