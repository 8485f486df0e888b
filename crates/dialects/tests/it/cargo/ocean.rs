//! Ocean's six calls (track123.md §6).

use super::{BILL, KEY, call, desk, sent, told};
use axum::body::Body;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use trackway_model::CodeKind;

const BILL_ITEM: &str =
    r#"{"trackingNo":"BL-DEMO-88","type":2,"carrierCode":"MAEU","customerEmail":"me@fwd.example"}"#;

/// Registers one item and returns its order number.
async fn registered(desk: &Arc<crate::support::FakeDesk>, item: &str) -> String {
    let data = call(desk, "v2.1/ocean/track/import", &format!("[{item}]"))
        .await
        .data();
    data["accepted"][0]["orderNo"].as_str().unwrap().to_owned()
}

async fn query(desk: &Arc<crate::support::FakeDesk>, order: &str, number: &str, kind: u8) -> Value {
    let body = json!([{"orderNo": order, "trackingNo": number, "type": kind}]).to_string();
    call(desk, "v2.1/ocean/track/query", &body).await.data()
}

#[tokio::test]
async fn carriers_are_listed_by_get_and_post_in_every_version() {
    let desk = desk();
    for path in [
        "v1/ocean/carrier/list",
        "v2/ocean/carrier/list",
        "v2.1/ocean/courier/list",
    ] {
        let posted = call(&desk, path, "").await.data();
        let asked = Request::builder()
            .method(Method::GET)
            .uri(format!("/gateway/open-api/tk/{path}"))
            .header("Track123-Api-Secret", KEY)
            .body(Body::empty())
            .unwrap();
        assert_eq!(sent(&desk, asked).await.data(), posted);
        let maersk = posted
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["carrierCode"] == "MAEU");
        assert_eq!(
            maersk.unwrap(),
            &json!({"carrierCode": "MAEU", "carrierNameCN": "马士基", "carrierNameEN": "Maersk", "carrierHomePage": "https://www.maersk.com/"})
        );
        assert!(!posted.to_string().contains("247express"), "lines only");
    }
    let posted = call(&desk, "v2.1/ocean/track/query", "").await;
    assert_eq!(posted.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn items_are_accepted_and_rejected_one_by_one() {
    let desk = desk();
    let items = format!(
        r#"[{BILL_ITEM},{{"trackingNo":"BL-0001","type":2,"carrierCode":"NOLINE"}},{},{BILL_ITEM},{},{},{},{},{},7]"#,
        r#"{"trackingNo":"CSQU3054383","type":"3","carrierCode":"maeu"}"#,
        r#"{"trackingNo":"BL-0002","type":4,"carrierCode":"MAEU"}"#,
        r#"{"type":1,"carrierCode":"MAEU"}"#,
        r#"{"trackingNo":"BL-0003","carrierCode":"MAEU"}"#,
        r#"{"trackingNo":"BL-0004","type":1}"#,
        r#"{"trackingNo":"NO-BOX-1","type":3,"carrierCode":"MAEU"}"#,
    );
    let data = call(&desk, "v2.1/ocean/track/import", &items).await.data();
    let accepted = data["accepted"].as_array().unwrap();
    assert_eq!(accepted.len(), 2);
    let order = accepted[0]["orderNo"].as_str().unwrap();
    assert!(
        order.len() == 18 && order.bytes().all(|byte| byte.is_ascii_digit()),
        "{order}"
    );
    assert_eq!(
        accepted[0],
        json!({"orderNo": order, "trackingNo": "BL-DEMO-88", "type": 2, "carrierCode": "MAEU", "customerEmail": "me@fwd.example"})
    );
    assert_eq!(
        (&accepted[1]["type"], &accepted[1]["customerEmail"]),
        (&json!(3), &Value::Null)
    );
    let rejected: Vec<(u64, &str, &str)> = data["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let error = &it["error"];
            (
                it["index"].as_u64().unwrap(),
                error["code"].as_str().unwrap(),
                error["msg"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        rejected,
        [
            (2, "A0400", "Unsupported carrier code"),
            (4, "A0400", "The order number has been imported"),
            (5, "A0400", "type must be 1, 2 or 3"),
            (6, "A0410", "trackingNo is required"),
            (7, "A0410", "type is required"),
            (8, "A0410", "carrierCode is required"),
            (9, "A0400", "Invalid container number"),
            (10, "A0400", "the item must be a JSON object"),
        ]
    );
    let first = &data["rejected"][0];
    let expected = json!({"index": 2, "trackingNo": "BL-0001", "type": 2, "carrierCode": "NOLINE",
        "error": {"code": "A0400", "msg": "Unsupported carrier code"}});
    assert_eq!(*first, expected);
    // A type that there is not is told back as it came.
    assert_eq!(data["rejected"][2]["type"], 4);
    // Registered is registered, in whatever case; another type of the same number is another one.
    let again = BILL_ITEM.replace("BL-DEMO", "bl-demo");
    let data = call(&desk, "v1/ocean/track/import", &format!("[{again}]"))
        .await
        .data();
    assert_eq!(
        data["rejected"][0]["error"]["msg"],
        "The order number has been imported"
    );
    registered(&desk, &BILL_ITEM.replace(r#""type":2"#, r#""type":1"#)).await;
}

#[tokio::test]
async fn a_container_with_a_wrong_check_digit_is_registered() {
    let desk = desk();
    let item = r#"{"trackingNo":"CSQU3054384","type":3,"carrierCode":"MAEU"}"#;
    assert_eq!(registered(&desk, item).await.len(), 18);
}

#[tokio::test]
async fn a_registration_takes_a_hundred_of_the_quota() {
    let desk = desk();
    desk.set("track123.quota_per_day", "250");
    let item = |n: u8| format!(r#"{{"trackingNo":"BL-000{n}","type":2,"carrierCode":"MAEU"}}"#);
    let three = format!("[{},{},{}]", item(1), item(2), item(3));
    assert_eq!(
        call(&desk, "v2.1/ocean/track/import", &three)
            .await
            .told_code(),
        "101107"
    );
    let two = format!("[{},{}]", item(1), item(2));
    let data = call(&desk, "v2.1/ocean/track/import", &two).await.data();
    assert_eq!(
        data["accepted"].as_array().unwrap().len(),
        2,
        "nothing was stored before"
    );
    // What is registered already costs nothing.
    let data = call(&desk, "v2.1/ocean/track/import", &two).await.data();
    assert_eq!(data["rejected"].as_array().unwrap().len(), 2);
    let one = format!("[{}]", item(4));
    assert_eq!(
        call(&desk, "v2.1/ocean/track/import", &one)
            .await
            .told_code(),
        "101107"
    );
}

#[tokio::test]
async fn registering_goes_three_times_a_second() {
    let desk = desk();
    desk.set("track123.cargo_registrations_per_second", "3");
    for (n, code) in [(1, "00000"), (2, "00000"), (3, "00000"), (4, "B0210")] {
        let item = format!(r#"[{{"trackingNo":"BL-000{n}","type":2,"carrierCode":"MAEU"}}]"#);
        let reply = call(&desk, "v2.1/ocean/track/import", &item).await;
        assert_eq!(reply.told_code(), code);
        assert_eq!(reply.headers.contains_key("retry-after"), n == 4);
    }
}

#[tokio::test]
async fn what_track123_told_passes_through_with_the_clients_own_members() {
    let desk = desk();
    let order = registered(&desk, BILL_ITEM).await;
    told(&desk, "maersk", "BL-DEMO-88", BILL);
    let body = json!([{"orderNo": order, "trackingNo": "BL-DEMO-88", "type": 2}]).to_string();
    let reply = call(&desk, "v2.1/ocean/track/query", &body).await;
    let expected = BILL
        .trim_end()
        .replace("577000000000000002", &order)
        .replace("2025-03-01 08:00:00", "2024-05-08 02:00:00")
        .replace("a@fwd.example", "me@fwd.example");
    assert!(reply.text.contains(&expected), "{}", reply.text);
}

#[tokio::test]
async fn a_number_is_asked_for_with_its_order_number_and_type() {
    let desk = desk();
    let order = registered(&desk, BILL_ITEM).await;
    let data = query(&desk, &order, "bl-demo-88", 2).await;
    assert_eq!(data["accepted"][0]["orderNo"], order);
    for (order, number, kind) in [
        ("577000000000000099", "BL-DEMO-88", 2),
        (&*order, "BL-NONE", 2),
        (&*order, "BL-DEMO-88", 3),
    ] {
        let data = query(&desk, order, number, kind).await;
        let expected = json!({"trackingNo": number, "orderNo": order,
            "error": {"code": "A0400", "msg": "trackingNo not registered"}});
        assert_eq!(data, json!({"accepted": [], "rejected": [expected]}));
    }
    let lacking = call(
        &desk,
        "v2.1/ocean/track/query",
        r#"[{"trackingNo":"BL-DEMO-88","type":2}]"#,
    )
    .await
    .data();
    assert_eq!(lacking["rejected"][0]["error"]["code"], "A0410");
    for (body, code) in [("[]", "A0410"), ("{}", "A0400"), ("x", "A0400")] {
        let reply = call(&desk, "v2.1/ocean/track/query", body).await;
        assert_eq!(
            (reply.told_code().as_str(), reply.status),
            (code, StatusCode::BAD_REQUEST),
            "{body}"
        );
    }
    let many = format!("[{}]", vec!["{}"; 101].join(","));
    assert_eq!(
        call(&desk, "v2.1/ocean/track/query", &many)
            .await
            .told_code(),
        "A0400"
    );
    // Another account's is nobody's.
    desk.key("track123", "other", "another-key-another-key-another0");
    let body = json!([{"orderNo": order, "trackingNo": "BL-DEMO-88", "type": 2}]).to_string();
    let request = Request::post("/gateway/open-api/tk/v2.1/ocean/track/query")
        .header("Track123-Api-Secret", "another-key-another-key-another0")
        .body(Body::from(body))
        .unwrap();
    let data = sent(&desk, request).await.data();
    assert_eq!(data["accepted"], json!([]));
}

#[tokio::test]
async fn another_carrier_is_all_or_nothing() {
    let desk = desk();
    let order = registered(&desk, BILL_ITEM).await;
    let booking = BILL_ITEM.replace(r#""type":2"#, r#""type":1"#);
    let other = registered(&desk, &booking).await;
    let detail =
        |order: &str, kind: u8| json!({"orderNo": order, "trackingNo": "BL-DEMO-88", "type": kind});
    let change = |carrier: &str, details: Value| {
        json!({"carrierCode": carrier, "details": details}).to_string()
    };
    let path = "v2.1/ocean/track/update-carrier";
    let wrong = change(
        "MSCU",
        json!([detail(&order, 2), detail("577000000000000000", 1)]),
    );
    let reply = call(&desk, path, &wrong).await;
    assert_eq!(reply.json()["msg"], "trackingNo not registered");
    let carrier = |data: Value| data["accepted"][0]["carrierInfo"]["carrierCode"].clone();
    assert_eq!(
        carrier(query(&desk, &order, "BL-DEMO-88", 2).await),
        "MAEU",
        "nothing changed"
    );
    let right = change("MSCU", json!([detail(&order, 2), detail(&other, 1)]));
    assert_eq!(call(&desk, path, &right).await.data(), json!(true));
    for (order, kind) in [(&order, 2), (&other, 1)] {
        assert_eq!(
            carrier(query(&desk, order, "BL-DEMO-88", kind).await),
            "MSCU"
        );
    }
    registered(&desk, BILL_ITEM).await;
    let back = change("MAEU", json!([detail(&order, 2)]));
    let reply = call(&desk, path, &back).await;
    assert_eq!(reply.json()["msg"], "The order number has been imported");
    for (body, code) in [
        (change("NOLINE", json!([detail(&order, 2)])), "A0400"),
        (json!({"details": []}).to_string(), "A0410"),
        (json!({"carrierCode": "MSCU"}).to_string(), "A0410"),
        (change("MSCU", json!([])), "A0410"),
        (change("MSCU", json!({})), "A0400"),
    ] {
        assert_eq!(call(&desk, path, &body).await.told_code(), code, "{body}");
    }
}

#[tokio::test]
async fn a_number_is_looked_at_again_once_in_six_hours() {
    let desk = desk();
    let order = registered(&desk, BILL_ITEM).await;
    let body = json!({"orderNo": order, "trackingNo": "BL-DEMO-88", "type": 2}).to_string();
    let path = "v1/ocean/track/refresh";
    let done = |success: bool, at: &str| json!({"success": success, "actualRefreshTime": at});
    assert_eq!(
        call(&desk, path, &body).await.data(),
        done(true, "2024-05-08 02:00:00")
    );
    desk.pass(5 * 3_600_000_000);
    assert_eq!(
        call(&desk, path, &body).await.data(),
        done(false, "2024-05-08 02:00:00")
    );
    desk.pass(3_600_000_000);
    assert_eq!(
        call(&desk, path, &body).await.data(),
        done(true, "2024-05-08 08:00:00")
    );
    let unknown = body.replace(&order, "577000000000000000");
    assert_eq!(call(&desk, path, &unknown).await.told_code(), "A0400");
    assert_eq!(
        call(&desk, path, r#"{"trackingNo":"BL-DEMO-88","type":2}"#)
            .await
            .told_code(),
        "A0410"
    );
}

#[tokio::test]
async fn deleting_is_all_or_nothing() {
    let desk = desk();
    let order = registered(&desk, BILL_ITEM).await;
    let item = |order: &str| json!({"orderNo": order, "trackingNo": "BL-DEMO-88", "type": 2});
    let path = "v2.1/ocean/track/delete";
    let both = json!([item(&order), item("577000000000000000")]).to_string();
    assert_eq!(call(&desk, path, &both).await.told_code(), "A0400");
    assert_eq!(
        query(&desk, &order, "BL-DEMO-88", 2).await["rejected"],
        json!([])
    );
    // Named twice is deleted once.
    let twice = json!([item(&order), item(&order)]).to_string();
    assert_eq!(call(&desk, path, &twice).await.data(), json!(true));
    assert_eq!(
        query(&desk, &order, "BL-DEMO-88", 2).await["accepted"],
        json!([])
    );
    registered(&desk, BILL_ITEM).await;
}

#[tokio::test]
async fn codes_leave_as_they_came() {
    let desk = desk();
    let order = registered(&desk, BILL_ITEM).await;
    let tables = trackway_dialects::registry::built_in();
    let table = tables.of("track123");
    for (kind, member) in [
        (CodeKind::Location, r#""locationType":"PRE""#),
        (CodeKind::OceanTransit, r#""transitStatus":"DELIVERED""#),
        (CodeKind::OceanEvent, r#""eventStatus":"STRP""#),
        (CodeKind::OceanSearch, r#""searchStatus":"IN_TRANSIT""#),
    ] {
        for row in table.of_kind(kind) {
            let (name, _) = member.split_once(':').unwrap();
            let spelt = format!(r#"{name}:"{}""#, row.code);
            desk.pass(1_000_000);
            told(&desk, "maersk", "BL-DEMO-88", &BILL.replace(member, &spelt));
            let body = json!([{"orderNo": order, "trackingNo": "BL-DEMO-88", "type": 2}]);
            let reply = call(&desk, "v2.1/ocean/track/query", &body.to_string()).await;
            assert!(reply.text.contains(&spelt), "{}", row.code);
        }
    }
}
