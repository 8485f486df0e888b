//! A parcel that other sources told of, served in KeyDelivery's words.

use super::{ask, desk, parse};
use crate::support::FakeDesk;
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt;
use trackway_dialects::native;
use trackway_model::ConnectionId;

/// Tells events by the native API.
async fn tell(desk: &Arc<FakeDesk>, events: Value) {
    desk.key("native", "default", "native-key");
    let request = http::Request::post("/v1/events")
        .header("authorization", "Bearer native-key")
        .header("content-type", "application/json")
        .body(axum::body::Body::from(events.to_string()))
        .unwrap();
    let response = native::router::<FakeDesk>()
        .with_state(desk.clone())
        .oneshot(request)
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
}

async fn look_up(desk: &Arc<FakeDesk>, more: &str) -> Value {
    ask(
        desk,
        &format!(r#"{{"carrier_id":"247Express","tracking_number":"VD0000001"{more}}}"#),
    )
    .await
    .json()
}

fn events() -> Value {
    json!([
        {"carrier": "247express", "number": "VD0000001", "status": "picked_up", "occurred_at": "2024-05-06T16:10:02.49+07:00", "text": "Đã lấy hàng", "place": "Quận 1"},
        {"carrier": "247express", "number": "VD0000001", "code": "X-77", "occurred_at": "2024-05-07 09:00"},
        {"carrier": "247express", "number": "VD0000001", "status": "delivered", "occurred_at": "2024-05-09T00:00:00Z", "certainty": "estimated"},
        {"carrier": "247express", "number": "VD0000001", "status": "attempt_failed", "occurred_at": "2024-05-08T10:00:00+07:00", "reason": "not_at_home"},
    ])
}

#[tokio::test]
async fn one_item_an_event_that_happened() {
    let desk = desk();
    desk.map_carrier("keydelivery", "247Express", "247express");
    tell(&desk, events()).await;
    let answer = look_up(&desk, r#","area_show":1"#).await;
    assert_eq!(
        answer,
        json!({"code": 200, "message": "OK", "data": {
        "carrier_id": "247Express", "tracking_number": "VD0000001", "order_status_code": 2,
        "items": [
            {"context": "A delivery attempt failed", "time": "2024-05-08 10:00:00", "order_status_code": 2, "order_status_description": "Exception", "location": null, "area_name": null},
            {"context": "X-77", "time": "2024-05-07 09:00:00", "order_status_code": null, "order_status_description": null, "location": null, "area_name": null},
            {"context": "Đã lấy hàng", "time": "2024-05-06 16:10:02", "order_status_code": 1, "order_status_description": "Accepted", "location": "Quận 1", "area_name": "Quận 1"},
        ]}})
    );
    let short = look_up(&desk, r#","order":"asc""#).await;
    assert_eq!(
        short["data"]["items"][0],
        json!({"context": "Đã lấy hàng", "time": "2024-05-06 16:10:02"})
    );
    assert_eq!(short["data"]["items"].as_array().unwrap().len(), 3);
}

/// An item that KeyDelivery itself told leaves as it came, also where no document is held.
#[tokio::test]
async fn what_it_said_itself_leaves_as_it_came() {
    let desk = desk();
    let body = r#"{"code":200,"data":{"items":[{"context":"Moving","time":"2024-05-06 16:10:02","order_status_code":"1002","odd":1.0}]}}"#;
    let parsed = parse("VD0000001", 200, body.as_bytes()).unwrap();
    desk.news(
        "default",
        ConnectionId(1),
        "247express",
        "VD0000001",
        parsed.answer.parts[0].statements.clone(),
    );
    let reply = ask(
        &desk,
        r#"{"carrier_id":"247express","tracking_number":"VD0000001","area_show":1}"#,
    )
    .await;
    assert!(reply.text.contains(r#"[{"context":"Moving","time":"2024-05-06 16:10:02","order_status_code":"1002","odd":1.0}]"#), "{}", reply.text);
    assert_eq!(
        reply.json()["data"]["order_status_code"],
        0,
        "0 is a status"
    );
}
