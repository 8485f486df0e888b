//! What people do with an account's keys and connections: list, change, pause, resume. (Endpoints
//! are in `endpoints`.)
//!
//! Contract: every call works for one account; what another account owns is answered as what is not
//! there. No answer holds a secret: keys without their key, settings by name. What is changed is in
//! force when the call returns: the next request with a disabled key is refused, the next poll of a
//! paused connection is put off.

use crate::ages::ConnectionStanding;
use crate::error::HubError;
use crate::{Hub, clock, sandbox};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use trackway_dialects::native::caller::{Scope, TEST_MARK};
use trackway_model::{ConnectionId, KeyId};
pub use trackway_store::records::KeyChange;
use trackway_store::records::{Account, ApiKey, Connection, Settings};
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
    pub state: ConnectionStanding,
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
        let own: Vec<_> = connections
            .into_iter()
            .filter(|connection| connection.account == account.id)
            .collect();
        let standings = self.standings(&own).await?;
        let both = own.iter().zip(standings);
        Ok(both
            .map(|(connection, state)| ConnectionInfo::of(connection, state))
            .collect())
    }

    async fn connection_info(
        &self,
        connection: Arc<Connection>,
    ) -> Result<ConnectionInfo, HubError> {
        let connections = [connection];
        let standings = self.standings(&connections).await?;
        let state = standings.into_iter().next().unwrap_or_default();
        Ok(ConnectionInfo::of(&connections[0], state))
    }

    pub async fn connection(
        &self,
        account: Option<&str>,
        id: ConnectionId,
    ) -> Result<ConnectionInfo, HubError> {
        let connection = self.own_connection(account, id).await?;
        self.connection_info(connection).await
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
        self.connection_info(changed).await
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

/// Whether it says no more than to read or to write.
fn is_plain(scope: &str) -> bool {
    let mut plain = [Scope::Read, Scope::Write].iter();
    plain.any(|plain| plain.name() == scope)
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
        // Its keys may be narrowed to what reads.
        None if matches!(dialect, "track123" | "nandh")
            && scopes.iter().all(|scope| is_plain(scope)) =>
        {
            Ok(())
        }
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

pub(crate) fn names(settings: &Settings) -> Vec<String> {
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
    pub(crate) fn of(connection: &Connection, state: ConnectionStanding) -> Self {
        Self {
            id: connection.id,
            dialect: connection.dialect.clone(),
            name: connection.name.clone(),
            base_url: connection.base_url.clone(),
            zone: connection.zone.clone(),
            paused: connection.paused,
            settings: names(&connection.settings),
            created: text(connection.created),
            state,
        }
    }
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
}
