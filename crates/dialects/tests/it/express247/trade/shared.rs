//! One account, one set of orders: what was made here is N&H's and the other way round.

use super::super::track;
use super::{CANCEL, World};
use crate::support::FakeDesk;
use axum::body::{Body, to_bytes};
use http::Request;
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt;
use trackway_dialects::nandh;

pub const KEY: &str = "bmFuZGg=";

pub async fn nandh(desk: &Arc<FakeDesk>, method: &str, path: &str, body: &Value) -> Value {
    let request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", nandh::ROOT))
        .header("Authorization", KEY)
        .body(Body::from(body.to_string()))
        .unwrap();
    let router = nandh::router().with_state(desk.clone());
    let response = router.oneshot(request).await.unwrap();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    serde_json::from_slice(&body).unwrap()
}

#[tokio::test]
async fn an_order_made_here_is_an_order_there() {
    let world = World::new().await;
    world.desk.key(nandh::NAME, super::SHOP, KEY);
    let code = world
        .ordered(&json!({"CODAmount": 150_000, "ExternalCode": "SO-1"}))
        .await;
    let shipment = world.shipment(&code).await;
    let told = nandh(
        &world.desk,
        "GET",
        &format!("/orders/detail/{}", shipment.order),
        &json!({}),
    )
    .await;
    assert_eq!(told["error"], false, "{told}");
    assert!(told.to_string().contains("SO-1"), "{told}");
    let listed = nandh(
        &world.desk,
        "GET",
        &format!("/shipments/list?courier_tracking_code={code}"),
        &json!({}),
    )
    .await;
    assert_eq!(listed["total"], 1, "{listed}");
    let id = world.record(&code).await.id;
    let gone = nandh(
        &world.desk,
        "PATCH",
        &format!("/shipments/cancel/{id}"),
        &json!({"reason": "no more"}),
    )
    .await;
    assert_eq!(gone["error"], false, "{gone}");
    assert_eq!(track(&world.desk, &code).await.json()["status"], "18");
    assert_eq!(
        world.refused(CANCEL, &json!({"OrderCode": code})).await.0,
        "14"
    );
}
