//! What could not be read, and how everything stands.

use super::access::connection;
use anyhow::bail;
use serde_json::{Value, json};
use trackway_hub::Hub;
use trackway_hub::quarantine::{Listing, MOST_LISTED, QuarantineInfo};
use trackway_model::QuarantineId;
use trackway_web::admin::AdminRequest;

/// Does what is asked about it.
pub async fn execute(hub: &Hub, request: AdminRequest) -> anyhow::Result<Value> {
    use AdminRequest as Asked;
    let value = match request {
        Asked::QuarantineList {
            account,
            connection,
        } => json!(all(hub, &account, connection, true).await?),
        Asked::Drift {
            account,
            connection,
        } => json!(all(hub, &account, connection, false).await?),
        Asked::QuarantineShow { account, id } => json!(
            hub.quarantined_one(Some(&account), QuarantineId(id))
                .await?
        ),
        Asked::QuarantineRetry { account, ids } => {
            let ids: Vec<QuarantineId> = ids.into_iter().map(QuarantineId).collect();
            json!(hub.retry_quarantined(Some(&account), &ids).await?)
        }
        Asked::QuarantineDrop { account, id } => {
            hub.drop_quarantined(Some(&account), QuarantineId(id))
                .await?;
            json!({ "id": id, "dropped": true })
        }
        Asked::Status { account } => json!(hub.overview(account.as_deref()).await?),
        other => bail!("{other:?} is not about what could not be read"),
    };
    Ok(value)
}

/// All of an account's, or of one connection's, page by page.
async fn all(
    hub: &Hub,
    account: &str,
    of: Option<String>,
    stopped: bool,
) -> anyhow::Result<Vec<QuarantineInfo>> {
    let mut listing = Listing {
        connection: match of {
            Some(name) => Some(connection(hub, account, &name).await?.id),
            None => None,
        },
        limit: MOST_LISTED,
        ..Listing::default()
    };
    let mut found = Vec::new();
    loop {
        let page = if stopped {
            hub.quarantined(Some(account), &listing).await?
        } else {
            hub.drift(Some(account), &listing).await?
        };
        let ended = page.len() < MOST_LISTED;
        listing.after = page.last().map_or(listing.after, |last| last.id);
        found.extend(page);
        if ended {
            return Ok(found);
        }
    }
}
