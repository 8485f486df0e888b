//! Who is told of a parcel by e-mail.

use anyhow::{Context, bail};
use serde_json::{Value, json};
use trackway_hub::Hub;
use trackway_hub::notices::NoticeWish;
use trackway_web::admin::AdminRequest;

pub async fn execute(hub: &Hub, request: AdminRequest) -> anyhow::Result<Value> {
    use AdminRequest as Asked;
    match request {
        Asked::NoticeAdd {
            account,
            carrier,
            number,
            address,
            language,
            stages,
        } => {
            let wish = NoticeWish {
                address,
                language,
                stages,
            };
            let (owner, shipment) = hub
                .newest_shipment(Some(&account), carrier.as_deref(), &number)
                .await?;
            let kept = hub.notify(owner, shipment, &wish).await?;
            Ok(json!(kept.context("the parcel is gone")?))
        }
        Asked::NoticeList {
            account,
            carrier,
            number,
        } => {
            let (owner, shipment) = hub
                .newest_shipment(Some(&account), carrier.as_deref(), &number)
                .await?;
            Ok(json!(hub.notices(owner, shipment).await?))
        }
        Asked::NoticeRemove {
            account,
            carrier,
            number,
            address,
        } => {
            let (owner, shipment) = hub
                .newest_shipment(Some(&account), carrier.as_deref(), &number)
                .await?;
            let id = hub.notice_id(owner, &address)?;
            match hub.end_notice(owner, shipment, &id).await? {
                Some(true) => Ok(json!({ "id": id, "standing": "removed" })),
                Some(false) | None => bail!("nobody of this address is told of this parcel"),
            }
        }
        Asked::NoticePolicy {
            account,
            language,
            stages,
        } => {
            let owner = hub.account(Some(&account)).await?;
            if language.is_none() && stages.is_none() {
                return Ok(json!(hub.notice_policy(owner.id).await?));
            }
            let policy = hub
                .set_notice_policy(owner.id, language.as_deref(), stages.as_deref())
                .await?;
            Ok(json!(policy))
        }
        _ => bail!("this is not about who is told"),
    }
}
