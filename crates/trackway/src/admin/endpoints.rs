//! What is done with one endpoint: looked at, set, rotated, tested, told again.

use super::parcels::{cursor, text};
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::time::Duration;
use trackway_hub::Hub;
use trackway_hub::endpoints::ChangedEndpoint;
use trackway_hub::resend::{Wanted, read_delivery_id};
use trackway_model::{EndpointId, Stage, time};
use trackway_web::admin::{AdminRequest as Asked, EndpointReplay};
use trackway_web::api::input::duration;

pub async fn execute(hub: &Hub, request: Asked) -> anyhow::Result<Value> {
    let value = match request {
        Asked::EndpointShow { account, id } => {
            json!(hub.endpoint(Some(&account), EndpointId(id)).await?)
        }
        Asked::EndpointSet {
            account,
            id,
            url,
            paused,
            settings,
        } => {
            let change = ChangedEndpoint {
                url,
                paused,
                settings,
                operator: true,
            };
            let account = Some(account.as_str());
            json!(hub.change_endpoint(account, EndpointId(id), change).await?)
        }
        Asked::EndpointRotate {
            account,
            id,
            overlap_s,
        } => {
            let overlap = Some(Duration::from_secs(overlap_s));
            let account = Some(account.as_str());
            json!(
                hub.rotate_endpoint(account, EndpointId(id), overlap)
                    .await?
            )
        }
        Asked::EndpointTest { account, id } => {
            json!(hub.test_endpoint(Some(&account), EndpointId(id)).await?)
        }
        Asked::EndpointReplay(replay) => self::replay(hub, replay).await?,
        Asked::EndpointResend { account, delivery } => {
            let (endpoint, at) = read_delivery_id(&delivery).with_context(|| {
                format!("`{delivery}` is no delivery: take the `id` of one, such as 7-0-1234")
            })?;
            hub.resend_one(Some(&account), endpoint, at).await?;
            json!({ "id": delivery, "queued": true })
        }
        other => bail!("{other:?} is not about one endpoint"),
    };
    Ok(value)
}

async fn replay(hub: &Hub, replay: EndpointReplay) -> anyhow::Result<Value> {
    let now = hub.clock().now();
    let moment = |text: Option<&str>| text.map(|text| moment(text, now)).transpose();
    let wanted = Wanted {
        from: moment(replay.from.as_deref())?,
        to: moment(replay.to.as_deref())?,
        carrier: replay.carrier,
        number: replay.number,
        stage: replay.stage.as_deref().map(stage).transpose()?,
        parked: replay.parked.then_some(true),
        after: cursor(&replay.after)?,
        dry_run: replay.dry_run,
    };
    let account = Some(replay.account.as_str());
    let resent = hub.resend(account, EndpointId(replay.id), &wanted).await?;
    Ok(json!({ "changes": resent.changes, "next": resent.next.as_deref().map(text) }))
}

fn moment(text: &str, now: i64) -> anyhow::Result<i64> {
    let aged = duration(text).map(|age| now.saturating_sub(age));
    let written = || time::parse(text).and_then(time::Occurred::instant);
    aged.or_else(written).with_context(|| {
        format!(
            "`{text}` is no time: give RFC 3339 with an offset, or an age such as `10d` or `12h`"
        )
    })
}

fn stage(name: &str) -> anyhow::Result<Stage> {
    let found = Stage::ALL.iter().find(|stage| stage.name() == name);
    let names = || {
        let names: Vec<&str> = Stage::ALL.iter().map(|stage| stage.name()).collect();
        names.join(", ")
    };
    found
        .copied()
        .with_context(|| format!("no stage `{name}`: choose one of {}", names()))
}
