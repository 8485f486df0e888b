//! A shipment from any source in Track123's words.

use super::*;
use crate::native;
use crate::support::NOON;
use serde_json::json;

async fn tell(desk: &Arc<FakeDesk>, events: Value) {
    desk.key("native", "default", "tw_example_key");
    let mut events = events;
    for event in events.as_array_mut().unwrap() {
        event["carrier"] = json!("247express");
        event["number"] = json!("VD0000001");
    }
    let reply = native::post(desk, &[], events.to_string()).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
}

async fn one(desk: &Arc<FakeDesk>) -> Value {
    let told = query(desk, json!({ "trackNos": ["VD0000001"] })).await;
    told["accepted"]["content"][0].clone()
}

#[tokio::test]
async fn another_sources_events_are_told_newest_first() {
    let desk = unhurried();
    let item = json!([{ "trackNo": "VD0000001", "courierCode": "247express", "orderNo": "SO-9", "country": "VN" }]);
    data(&post(&desk, "track/import", item).await);
    tell(
        &desk,
        json!([
            { "status": "info_received", "occurred_at": "2024-05-06T08:00:00+07:00", "text": "Order received" },
            { "status": "accepted", "occurred_at": "2024-05-06T20:02:00+07:00", "text": "Picked up", "place": "Da Nang" },
            { "status": "attempt_failed", "reason": "not_at_home", "occurred_at": "2024-05-07T09:30:00", "text": "Nobody there" },
            { "status": "delivered", "occurred_at": "2024-05-08T08:45:00+07:00", "text": "Delivered", "place": "Hue" },
        ]),
    )
    .await;
    desk.set_now(NOON + 2 * 86_400_000_000);
    let told = one(&desk).await;
    insta::assert_json_snapshot!(told);
    let reply = post(&desk, "track/query", json!({})).await;
    assert_in_order(&reply.text);
}

/// The members of §5.4's example, and of an event within it, as they follow each other there.
#[track_caller]
fn assert_in_order(answer: &str) {
    let example = [
        "id",
        "trackNo",
        "createTime",
        "nextUpdateTime",
        "orderNo",
        "customerEmail",
        "shipFrom",
        "shipTo",
        "trackingStatus",
        "transitStatus",
        "transitSubStatus",
        "shipTime",
        "orderTime",
        "receiptTime",
        "deliveredTime",
        "lastTrackingTime",
        "transitDays",
        "stayDays",
        "deliveredDays",
        "expectedDelivery",
        "shipmentType",
        "remark",
        "custom1",
        "custom2",
        "localLogisticsInfo",
        "courierCode",
        "courierNameCN",
        "courierNameEN",
        "courierHomePage",
        "courierTrackingLink",
        "trackingDetails",
        "address",
        "eventTime",
        "timezone",
        "eventTimeZeroUTC",
        "eventDetail",
        "transitSubStatus",
        "lastMileInfo",
        "extraInfo",
        "totalElements",
        "totalPages",
        "currentPage",
        "cursor",
        "rejected",
        "traceId",
    ];
    let mut rest = answer;
    for name in example {
        let member = format!("\"{name}\":");
        let (_, behind) = rest
            .split_once(&member)
            .unwrap_or_else(|| panic!("{name}: {rest}"));
        rest = behind;
    }
}

#[tokio::test]
async fn an_abnormal_state_is_told_with_its_text() {
    let desk = unhurried();
    data(
        &post(
            &desk,
            "track/import",
            json!([{ "trackNo": "VD0000001", "courierCode": "247express" }]),
        )
        .await,
    );
    tell(&desk, json!([{ "status": "attempt_failed", "reason": "not_at_home", "occurred_at": "2024-05-07T09:30:00+07:00", "text": "Nobody there" }])).await;
    let told = one(&desk).await;
    assert_eq!(
        (&told["transitStatus"], &told["transitSubStatus"]),
        (&json!("DELIVERY_FAILED"), &json!("DELIVERY_FAILED_02"))
    );
    assert_eq!(told["exception"], "Nobody there");
    assert_eq!(told["trackingStatus"], "001");
}
