//! Accounts, keys, connections and endpoints.

use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::time::Duration;
use trackway_hub::endpoints::ChangedEndpoint;
use trackway_hub::manage::ConnectionInfo;
use trackway_hub::pull::Pull;
use trackway_hub::{Hub, NewConnection, NewEndpoint, NewKey};
use trackway_model::{EndpointId, KeyId};
use trackway_store::records::KeyChange;
use trackway_web::admin::{self, AdminRequest as Asked};

pub async fn execute(hub: &Hub, request: Asked) -> anyhow::Result<Value> {
    let value = match request {
        Asked::AccountCreate { name } => json!(hub.create_account(&name).await?),
        Asked::AccountList => json!(hub.accounts().await?),
        Asked::KeyCreate(new) => json!(hub.create_key(key(new)).await?),
        Asked::KeyList { account } => json!(hub.keys(Some(&account)).await?),
        Asked::KeyDisable { account, id } => {
            let change = KeyChange {
                disabled: Some(true),
                ..KeyChange::default()
            };
            json!(hub.change_key(Some(&account), KeyId(id), change).await?)
        }
        Asked::KeyExpire {
            account,
            id,
            after_s,
        } => {
            let after = i64::try_from(after_s)
                .unwrap_or(i64::MAX)
                .saturating_mul(1_000_000);
            let change = KeyChange {
                expires: Some(Some(hub.clock().now().saturating_add(after))),
                ..KeyChange::default()
            };
            json!(hub.change_key(Some(&account), KeyId(id), change).await?)
        }
        Asked::Connect {
            account,
            dialect,
            name,
            base_url,
            zone,
            settings,
        } => {
            let new = NewConnection {
                account: Some(account),
                dialect,
                base_url,
                name,
                zone,
                settings,
                operator: true,
            };
            json!(hub.connect(new).await?)
        }
        Asked::ConnectionList { account } => json!(hub.connections(Some(&account)).await?),
        Asked::ConnectionTest { account, name } => {
            let connection = connection(hub, &account, &name).await?;
            let account = Some(account.as_str());
            json!(
                hub.test_connection(account, connection.id, None, None)
                    .await?
            )
        }
        Asked::ConnectionPause {
            account,
            name,
            paused,
        } => {
            let connection = connection(hub, &account, &name).await?;
            let account = Some(account.as_str());
            json!(hub.pause_connection(account, connection.id, paused).await?)
        }
        Asked::ConnectionPull {
            account,
            name,
            wanted,
            dry_run,
            calls,
        } => {
            let connection = connection(hub, &account, &name).await?;
            let whose = hub.operator_of(Some(&account)).await?;
            let pull = Pull {
                wanted,
                dry_run,
                calls,
            };
            json!(hub.pull(&whose, connection.id, &pull).await?)
        }
        Asked::EndpointAdd {
            account,
            dialect,
            url,
            settings,
        } => {
            let new = NewEndpoint {
                account: Some(account),
                dialect: Some(dialect),
                url,
                settings,
                operator: true,
            };
            json!(hub.add_endpoint(new).await?)
        }
        Asked::EndpointList { account } => json!(hub.endpoints(Some(&account)).await?),
        Asked::EndpointPause {
            account,
            id,
            paused,
        } => {
            let change = ChangedEndpoint {
                paused: Some(paused),
                operator: true,
                ..ChangedEndpoint::default()
            };
            json!(
                hub.change_endpoint(Some(&account), EndpointId(id), change)
                    .await?
            )
        }
        Asked::EndpointRemove { account, id } => {
            hub.delete_endpoint(Some(&account), EndpointId(id)).await?;
            json!({ "id": id, "removed": true })
        }
        other => bail!("{other:?} is not about who may do what"),
    };
    Ok(value)
}

fn key(new: admin::NewKey) -> NewKey {
    NewKey {
        account: Some(new.account),
        dialect: Some(new.dialect),
        name: new.name,
        test: new.test,
        scopes: new.scopes,
        expires_after: new.expires_after_s.map(Duration::from_secs),
        ..NewKey::default()
    }
}

pub async fn connection(hub: &Hub, account: &str, name: &str) -> anyhow::Result<ConnectionInfo> {
    let connections = hub.connections(Some(account)).await?;
    let known: Vec<&str> = connections.iter().map(|c| c.name.as_str()).collect();
    let known = if known.is_empty() {
        "it has none".to_owned()
    } else {
        format!("it has {}", known.join(", "))
    };
    let found = connections.into_iter().find(|c| c.name == name);
    found.with_context(|| format!("account `{account}` has no connection `{name}`: {known}"))
}
