//! Air's six calls (track123.md §7).

use super::{AIR, call, desk, told};
use serde_json::{Value, json};
use std::sync::Arc;

const NUMBER: &str = "020-12345675";

async fn import(desk: &Arc<crate::support::FakeDesk>, items: Value) -> Value {
    call(desk, "v2.1/aviation/track/import", &items.to_string())
        .await
        .data()
}

#[tokio::test]
async fn airlines_are_listed_with_their_prefixes() {
    let listed = call(&desk(), "v2.1/aviation/carrier/list", "").await.data();
    let airline = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["carrierCode"] == "LH");
    assert_eq!(
        airline.unwrap(),
        &json!({"carrierCode": "LH", "carrierNameCN": "汉莎货运", "carrierNameEN": "Lufthansa Cargo", "carrierHomePage": null, "prefix": "020"})
    );
}

#[tokio::test]
async fn the_airline_follows_from_the_prefix() {
    let desk = desk();
    let data = import(
        &desk,
        json!([
            {"trackingNo": "02012345675"},
            {"trackingNo": "000-00000000"},
            {"trackingNo": "235-12345675", "carrierCode": "LH"},
            {"trackingNo": "998-12345675"},
            {"trackingNo": "1234"},
            {"trackingNo": "235-12345675", "carrierCode": "nobody"},
            {"trackingNo": NUMBER},
            {},
        ]),
    )
    .await;
    let accepted: Vec<_> = data["accepted"].as_array().unwrap().iter().collect();
    let order = accepted[0]["orderNo"].as_str().unwrap();
    let expected = json!({"trackingNo": NUMBER, "carrierCode": "LH", "orderNo": order});
    assert_eq!(*accepted[0], expected);
    assert_eq!(accepted[1]["carrierCode"], "LH", "as it was said");
    assert_eq!(
        accepted[2]["carrierCode"],
        Value::Null,
        "nobody knows the prefix"
    );
    let rejected: Vec<_> = data["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["index"].as_u64().unwrap(),
                it["error"]["msg"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        rejected,
        [
            (2, "Invalid air waybill number"),
            (5, "Invalid air waybill number"),
            (6, "Unsupported carrier code"),
            (7, "The order number has been imported"),
            (8, "trackingNo is required"),
        ]
    );
    let expected = json!({"index": 2, "trackingNo": "000-00000000", "carrierCode": null,
        "error": {"code": "A0400", "msg": "Invalid air waybill number"}});
    assert_eq!(data["rejected"][0], expected);
}

#[tokio::test]
async fn a_wrong_check_digit_is_refused_in_strict_mode_only() {
    let desk = desk();
    let item = json!([{"trackingNo": "020-12345676"}]);
    desk.set("track123.strict_waybills", "true");
    let data = import(&desk, item.clone()).await;
    assert_eq!(
        data["rejected"][0]["error"]["msg"],
        "Invalid air waybill number"
    );
    desk.set("track123.strict_waybills", "false");
    let data = import(&desk, item).await;
    assert_eq!(data["accepted"][0]["trackingNo"], "020-12345676");
}

#[tokio::test]
async fn what_track123_told_passes_through_with_the_clients_own_members() {
    let desk = desk();
    let data = import(
        &desk,
        json!([{"trackingNo": NUMBER, "customerEmail": "me@fwd.example"}]),
    )
    .await;
    let order = data["accepted"][0]["orderNo"].as_str().unwrap();
    told(&desk, "lufthansa-cargo", NUMBER, AIR);
    let expected = AIR
        .trim_end()
        .replace("588000000000000001", order)
        .replace("999-12345675", NUMBER)
        .replace("2025-04-02 08:00:00", "2024-05-08 02:00:00")
        .replace(
            r#""customerEmail":null"#,
            r#""customerEmail":"me@fwd.example""#,
        );
    for asked in [
        json!([{"trackingNo": "02012345675"}]),
        json!([{"trackingNo": NUMBER, "carrierCode": "LH"}]),
        json!({"trackNos": [NUMBER]}),
    ] {
        let reply = call(&desk, "v2.1/aviation/track/query", &asked.to_string()).await;
        assert!(reply.text.contains(&expected), "{asked}: {}", reply.text);
    }
    for (asked, carrier) in [
        (json!([{"trackingNo": "999-00000000"}]), Value::Null),
        (
            json!([{"trackingNo": NUMBER, "carrierCode": "TK"}]),
            json!("TK"),
        ),
    ] {
        let data = call(&desk, "v2.1/aviation/track/query", &asked.to_string())
            .await
            .data();
        let rejected = json!({"trackingNo": asked[0]["trackingNo"], "carrierCode": carrier,
            "error": {"code": "A0400", "msg": "trackingNo not registered"}});
        assert_eq!(data, json!({"accepted": [], "rejected": [rejected]}));
    }
    for (body, code) in [
        (r#"{"trackNos":[]}"#, "A0410"),
        (r#"{"trackNos":"x"}"#, "A0400"),
        ("{}", "A0400"),
    ] {
        assert_eq!(
            call(&desk, "v2.1/aviation/track/query", body)
                .await
                .told_code(),
            code,
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_waybill_is_changed_refreshed_and_deleted() {
    let desk = desk();
    let data = import(&desk, json!([{"trackingNo": NUMBER}])).await;
    let order = data["accepted"][0]["orderNo"].as_str().unwrap();
    let change = json!({"carrierCode": "TK", "details": [{"trackingNo": NUMBER}]}).to_string();
    let changed = call(&desk, "v2.1/aviation/track/update-carrier", &change).await;
    assert_eq!(changed.data(), json!(true));
    let refresh = json!({"trackingNo": NUMBER, "carrierCode": "TK", "orderNo": order}).to_string();
    let refreshed = call(&desk, "v2.1/aviation/track/refresh", &refresh)
        .await
        .data();
    assert_eq!(refreshed["success"], true);
    let delete = json!([{"trackingNo": NUMBER, "orderNo": order}]).to_string();
    assert_eq!(
        call(&desk, "v2.1/aviation/track/delete", &delete)
            .await
            .data(),
        json!(true)
    );
    assert_eq!(
        call(&desk, "v2.1/aviation/track/delete", &delete)
            .await
            .told_code(),
        "A0400"
    );
}
