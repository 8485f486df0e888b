//! What an upstream tells of goods, from its webhook to what our own API reads of it.

use super::*;
use crate::api::{asked, get, key};
use crate::harness::json_of;
use reqwest::Method;

/// Tells of so many of the item, as a system would that is not ours; the message's bytes.
pub async fn told(own: &Installation, token: &str, quantity: u32, at: u32) -> String {
    let body = format!(
        r#"{{ "event_code":"HOOK_EVENT_STOCK_UPDATE","id":1,"sku":"SKU-1","warehouse_provider":"WH-E","stock":{quantity},"available_stock":{quantity},"reserved_stock":0,"incoming":0,"updated_time":{at} }}"#
    );
    let (status, answer) = own.post(&format!("/in/{token}/nandh"), &body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    body
}

async fn reports_are_read(own: Installation) {
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let trading = Trading::open(&own, &shop.native.key, 5).await;
    let token = own.push_token(&shop, "nandh").await;
    let key = &shop.native.key;
    let first = told(&own, &token, 3, 1_780_300_000).await;
    told(&own, &token, 3, 1_780_300_000).await;
    told(&own, &token, 9, 1_780_300_060).await;
    let messages = read(&own, key, "/v1/reports?standing=false&sort=oldest").await;
    assert_eq!(messages["total"], 2, "{messages}");
    let record = &messages["records"][0];
    assert_eq!(
        (&record["type"], &record["about"]),
        (&json!("stock"), &json!(trading.item))
    );
    assert_eq!(
        (&record["dialect"], &record["inbound"]),
        (&json!("nandh"), &Value::Null)
    );
    assert_eq!(record["stock"]["on_hand"], 3);
    let last = read(
        &own,
        key,
        "/v1/reports?standing=true&about=SKU-1&type=stock",
    )
    .await;
    assert_eq!(
        (&last["total"], &last["records"][0]["stock"]["on_hand"]),
        (&json!(1), &json!(9))
    );
    assert_eq!(level(&own, key).await, (5, 0), "our own stays");
    let one = read(
        &own,
        key,
        &format!("/v1/reports/{}", record["code"].as_str().unwrap()),
    )
    .await;
    assert_eq!(&one, record);
    for query in [
        "standing=perhaps",
        "about=nobody",
        "type=order",
        "number=SKU-1",
    ] {
        let answer = get(&own, key, &format!("/v1/reports?{query}")).await;
        is_problem(&answer, 400);
    }
    // The bytes are for those who may see what is personal.
    let path = format!("/v1/reports/{}/payload", record["id"]);
    is_problem(&get(&own, key, &path).await, 403);
    let reader = self::key(&own, "shop", &["payloads"]).await;
    let payload = read(&own, &reader, &path).await;
    assert_eq!(
        payload,
        json!({"report": record["id"], "body": first, "encoding": "text"})
    );
    let stranger = self::key(&own, "other", &["payloads"]).await;
    is_problem(
        &json_of(asked(&own, Method::GET, &path, &stranger)).await,
        404,
    );
    assert_eq!(
        read(&own, &other.native.key, "/v1/reports").await["total"],
        0
    );
}

#[tokio::test]
async fn reports_are_read_on_sqlite() {
    reports_are_read(Installation::start().await).await;
}

#[tokio::test]
async fn reports_are_read_on_postgres() {
    reports_are_read(Installation::on_postgres().await).await;
}
