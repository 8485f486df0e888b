//! Lossless passage: what came in goes out as it came, but for the client's own members.

use super::*;
use serde_json::json;

const NUMBER: &str = "ZX0000071CN";

#[tokio::test]
async fn a_tracking_passes_whole_but_for_the_clients_own_members() {
    let desk = unhurried();
    let item = json!([{ "trackNo": NUMBER, "courierCode": "demo-post", "orderNo": "MINE-1", "remark": "mine", "country": "CA" }]);
    data(&post(&desk, "track/import", item).await);
    told(&desk, NUMBER, TRACKING);
    let reply = post(&desk, "track/query", json!({ "trackNos": [NUMBER] })).await;
    let sent: Value = serde_json::from_str(TRACKING).unwrap();
    let mut expected = sent.clone();
    for (name, value) in [
        ("id", json!("731000000000000001")),
        ("createTime", json!("2024-05-08 02:00:00")),
        ("nextUpdateTime", Value::Null),
        ("orderNo", json!("MINE-1")),
        ("customerEmail", Value::Null),
        ("remark", json!("mine")),
        ("shipTo", json!("CA")),
    ] {
        expected[name] = value;
    }
    assert_eq!(data(&reply)["accepted"]["content"][0], expected);
    // Byte for byte where nothing is the client's.
    let leg = TRACKING.split(r#""localLogisticsInfo""#).nth(1).unwrap();
    assert!(reply.text.contains(leg), "{}", reply.text);
}

#[tokio::test]
async fn quirks_pass_unchanged() {
    let desk = unhurried();
    import(&desk, &["ZX0000072CN"]).await;
    told(&desk, "ZX0000072CN", QUIRKS);
    let reply = post(&desk, "track/query", json!({ "trackNos": ["ZX0000072CN"] })).await;
    let leg = QUIRKS.split(r#""lastTrackingTime""#).nth(1).unwrap();
    assert!(reply.text.contains(leg), "{}", reply.text);
    assert_eq!(
        data(&reply)["accepted"]["content"][0]["trackingStatus"],
        "005"
    );
}

#[tokio::test]
async fn the_newest_of_answer_and_webhook_stands() {
    let desk = unhurried();
    import(&desk, &[NUMBER]).await;
    told(&desk, NUMBER, TRACKING);
    desk.pass(1_000_000);
    webhook::take(&desk, TOLD).await;
    let now = query(&desk, json!({ "trackNos": [NUMBER] })).await;
    let one = &now["accepted"]["content"][0];
    assert_eq!(
        (&one["transitStatus"], &one["deliveredDays"]),
        (&json!("DELIVERED"), &json!(7))
    );
    assert_eq!(one["id"], "731000000000000001");
    // What both tell is one event.
    let view = desk.view("default", "track123", NUMBER).unwrap();
    assert_eq!(view.state().events, 4);
}
