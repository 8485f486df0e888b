//! Executes the operator's requests on a hub: the same code whether a command opened the data itself
//! or a server was asked through its socket.

use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::sync::Arc;
use trackway_dialects::registry;
use trackway_hub::{Hub, NewConnection, NewEndpoint, NewKey, NewTracking};
use trackway_web::admin::{AdminRequest, Execute};

/// What the socket's door executes.
pub fn executor(hub: Arc<Hub>) -> Execute {
    Arc::new(move |request| {
        let hub = hub.clone();
        Box::pin(async move {
            execute(&hub, request)
                .await
                .map_err(|error| format!("{error:#}"))
        })
    })
}

/// Does what is asked and returns what the operator sees.
pub async fn execute(hub: &Hub, request: AdminRequest) -> anyhow::Result<Value> {
    let value = match request {
        AdminRequest::KeyCreate {
            account,
            dialect,
            name,
        } => {
            let new = NewKey {
                account: Some(account),
                dialect: Some(dialect),
                name,
                ..NewKey::default()
            };
            json!(hub.create_key(new).await?)
        }
        AdminRequest::Connect {
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
        AdminRequest::EndpointAdd {
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
        AdminRequest::Track {
            account,
            dialect,
            carrier,
            numbers,
        } => track(hub, account, &dialect, carrier, numbers).await?,
        AdminRequest::Show {
            account,
            carrier,
            number,
        } => {
            json!(
                hub.show(Some(&account), carrier.as_deref(), &number)
                    .await?
            )
        }
        AdminRequest::Explain {
            account,
            carrier,
            number,
        } => {
            json!(
                hub.explain(Some(&account), carrier.as_deref(), &number)
                    .await?
            )
        }
        AdminRequest::Replay {
            dialect,
            codes,
            dry_run,
        } => {
            json!(hub.replay(&dialect, &codes, dry_run).await?)
        }
        AdminRequest::Erase {
            account,
            carrier,
            number,
        } => {
            json!(
                hub.erase(Some(&account), carrier.as_deref(), &number)
                    .await?
            )
        }
        AdminRequest::Doctor { verify } => doctor(hub, verify).await?,
    };
    Ok(value)
}

/// Follows numbers at every connection that the account has to a system.
async fn track(
    hub: &Hub,
    account: String,
    dialect: &str,
    carrier: Option<String>,
    numbers: Vec<String>,
) -> anyhow::Result<Value> {
    let carrier = carrier_of(dialect, carrier)?;
    let owner = hub.account(Some(&account)).await?;
    let connections = hub.store().connections().await?;
    let names: Vec<String> = connections
        .iter()
        .filter(|known| known.account == owner.id && known.dialect == dialect)
        .map(|known| known.name.clone())
        .collect();
    if names.is_empty() {
        bail!(
            "account `{account}` has no connection to {dialect}: make one with \
             `trackway connect {dialect} --account {account} --base-url …`"
        );
    }
    let mut tracked = Vec::new();
    for name in names {
        let new = NewTracking {
            account: Some(account.clone()),
            carrier: carrier.clone(),
            numbers: numbers.clone(),
            connection: Some(name),
        };
        tracked.extend(hub.track(new).await?);
    }
    Ok(json!(tracked))
}

/// The carrier that is meant: the one named, or the only one that the system speaks for.
fn carrier_of(dialect: &str, named: Option<String>) -> anyhow::Result<String> {
    let known = registry::DIALECTS
        .iter()
        .map(|dialect| dialect.name())
        .collect::<Vec<_>>();
    let call = registry::find(dialect)
        .with_context(|| format!("no dialect `{dialect}`: choose one of {}", known.join(", ")))?
        .call()
        .with_context(|| format!("{dialect} can't be asked: choose another dialect"))?;
    match (named, call.carriers()) {
        (Some(named), _) => Ok(named),
        (None, [only]) => Ok((*only).to_owned()),
        (None, _) => bail!("{dialect} serves several carriers: name one with --carrier"),
    }
}

async fn doctor(hub: &Hub, verify: bool) -> anyhow::Result<Value> {
    hub.ready().await?;
    let mut found = json!({ "ready": true, "counts": hub.store().counts().await? });
    if verify {
        found["verification"] = json!(hub.store().verify().await?);
    }
    Ok(found)
}
