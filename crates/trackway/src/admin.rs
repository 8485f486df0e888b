//! Executes the operator's requests on a hub: the same code whether a command opened the data itself
//! or a server was asked through its socket.

mod access;
mod endpoints;
mod export;
mod health;
mod import;
pub mod keeping;
mod lines;
mod notices;
mod orders;
mod parcels;
mod quarantine;

use serde_json::{Value, json};
use std::sync::Arc;
use trackway_hub::{Headway, Hub};
use trackway_store::Store;
use trackway_web::admin::{AdminRequest, Execute, NumberToTrack};

pub use health::{Finding, Severity};

/// What the socket's door executes.
pub fn executor(hub: Arc<Hub>) -> Execute {
    Arc::new(move |request, headway| {
        let hub = hub.clone();
        Box::pin(async move {
            execute(&hub, request, &headway)
                .await
                .map_err(|error| format!("{error:#}"))
        })
    })
}

/// Does what is asked and returns what the operator sees; tells how far long work is.
pub async fn execute(hub: &Hub, request: AdminRequest, headway: &Headway) -> anyhow::Result<Value> {
    use AdminRequest as Asked;
    let value = match request {
        Asked::Track {
            account,
            dialect,
            numbers,
        } => parcels::track(hub, &account, &dialect, numbers).await?,
        Asked::Show {
            account,
            carrier,
            number,
        } => json!(
            hub.show(Some(&account), carrier.as_deref(), &number)
                .await?
        ),
        Asked::Explain {
            account,
            carrier,
            number,
        } => json!(
            hub.explain(Some(&account), carrier.as_deref(), &number)
                .await?
        ),
        Asked::Refresh {
            account,
            carrier,
            number,
        } => json!(
            hub.refresh_number(Some(&account), carrier.as_deref(), &number)
                .await?
        ),
        Asked::AskCarriers { account, number } => {
            let account = hub.account(Some(&account)).await?;
            json!(hub.ask_carriers(account.id, &number).await?)
        }
        Asked::Erase {
            account,
            carrier,
            number,
        } => json!(
            hub.erase(Some(&account), carrier.as_deref(), &number)
                .await?
        ),
        Asked::Link {
            account,
            carrier,
            number,
            days,
        } => json!(
            hub.link(Some(&account), carrier.as_deref(), &number, days)
                .await?
        ),
        Asked::List(listing) => parcels::list(hub, listing).await?,
        Asked::Feed {
            account,
            after,
            limit,
            wait_ms,
        } => parcels::feed(hub, &account, &after, limit, wait_ms).await?,
        Asked::FeedProof {
            account,
            after,
            since,
        } => parcels::proof(hub, &account, after.as_deref(), since.as_deref()).await?,
        Asked::Replay {
            dialect,
            codes,
            dry_run,
        } => json!(hub.replay_with(&dialect, &codes, dry_run, headway).await?),
        Asked::Export {
            account,
            after,
            limit,
        } => export::page(hub, account.as_deref(), after, limit).await?,
        Asked::Import { lines } => json!(import::take(hub, lines).await?),
        Asked::Trade { account, asked } => orders::execute(hub, &account, asked).await?,
        Asked::Backup { to } => keeping::backup(hub, &to).await?,
        Asked::Counts => json!(hub.store().counts().await?),
        Asked::Doctor { verify } => health::examine(hub, verify.then_some(headway)).await?,
        other @ (Asked::QuarantineList { .. }
        | Asked::QuarantineShow { .. }
        | Asked::QuarantineRetry { .. }
        | Asked::QuarantineDrop { .. }
        | Asked::Drift { .. }
        | Asked::Status { .. }) => quarantine::execute(hub, other).await?,
        other @ (Asked::NoticeAdd { .. }
        | Asked::NoticeList { .. }
        | Asked::NoticeRemove { .. }
        | Asked::NoticePolicy { .. }) => notices::execute(hub, other).await?,
        other @ (Asked::AccountCreate { .. }
        | Asked::AccountList
        | Asked::KeyCreate(_)
        | Asked::KeyList { .. }
        | Asked::KeyDisable { .. }
        | Asked::KeyExpire { .. }
        | Asked::Connect { .. }
        | Asked::ConnectionList { .. }
        | Asked::ConnectionTest { .. }
        | Asked::ConnectionPause { .. }
        | Asked::ConnectionPull { .. }
        | Asked::EndpointAdd { .. }
        | Asked::EndpointList { .. }
        | Asked::EndpointPause { .. }
        | Asked::EndpointRemove { .. }) => access::execute(hub, other).await?,
        other @ (Asked::EndpointShow { .. }
        | Asked::EndpointSet { .. }
        | Asked::EndpointRotate { .. }
        | Asked::EndpointTest { .. }
        | Asked::EndpointReplay(_)
        | Asked::EndpointResend { .. }) => endpoints::execute(hub, other).await?,
    };
    Ok(value)
}

/// A number that can be followed at a system; what is wrong with it otherwise.
pub fn checked(dialect: &str, number: NumberToTrack) -> anyhow::Result<NumberToTrack> {
    let carriers = parcels::carriers_of(dialect)?;
    parcels::wish(number.clone(), dialect, carriers, &[])?;
    Ok(number)
}

/// The store that a hub works on.
fn store(hub: &Hub) -> &dyn Store {
    hub.store().as_ref()
}
