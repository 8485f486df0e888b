//! Trackings read back: selection, pages, the client's own members, and the registration's clock.

use super::*;
use axum::http::Request;
use serde_json::json;
use tower::ServiceExt as _;
use trackway_dialects::native;

const DAY: i64 = 86_400_000_000;

fn numbers(data: &Value) -> Vec<String> {
    let content = data["accepted"]["content"].as_array().unwrap();
    let number = |one: &Value| one["trackNo"].as_str().unwrap().to_owned();
    content.iter().map(number).collect()
}

async fn stocked() -> Arc<FakeDesk> {
    let desk = unhurried();
    for n in 0..5 {
        let item = json!([{ "trackNo": format!("ZX{n:04}"), "courierCode": "demo-post", "orderNo": format!("SO-{}", n % 2) }]);
        data(&post(&desk, "track/import", item).await);
        desk.pass(60_000_000);
    }
    data(
        &post(
            &desk,
            "track/import",
            json!([{ "trackNo": "ZX0003", "courierCode": "other-post" }]),
        )
        .await,
    );
    desk
}

#[tokio::test]
async fn without_a_filter_every_tracking_comes_newest_first() {
    let desk = stocked().await;
    let told = query(&desk, json!({})).await;
    assert_eq!(
        numbers(&told),
        ["ZX0003", "ZX0004", "ZX0003", "ZX0002", "ZX0001", "ZX0000"]
    );
    let accepted = &told["accepted"];
    assert_eq!(
        (&accepted["totalElements"], &accepted["totalPages"]),
        (&json!(6), &json!(1))
    );
    assert_eq!(
        (&accepted["currentPage"], &accepted["cursor"]),
        (&json!(1), &json!(""))
    );
    assert_eq!(told["rejected"], json!([]));
}

#[tokio::test]
async fn lists_are_alternatives_and_hold_together() {
    let desk = stocked().await;
    let none: [&str; 0] = [];
    for (asked, expected) in [
        (
            json!({ "trackNos": ["zx0001", "ZX0002", ""] }),
            &["ZX0002", "ZX0001"][..],
        ),
        (json!({ "trackNos": ["ZX0003"] }), &["ZX0003", "ZX0003"]),
        (
            json!({ "trackNoInfos": [{ "trackNo": "ZX0003", "courierCode": "other-post" }] }),
            &["ZX0003"],
        ),
        (
            json!({ "trackNoInfos": [{ "trackNo": "ZX0003" }, { "trackNo": "ZX0000", "courierCode": "" }] }),
            &["ZX0003", "ZX0003", "ZX0000"],
        ),
        (json!({ "orderNos": ["SO-1"] }), &["ZX0003", "ZX0001"]),
        (
            json!({ "orderNos": ["SO-1", "SO-0"] }),
            &["ZX0004", "ZX0003", "ZX0002", "ZX0001", "ZX0000"],
        ),
        (json!({ "orderNos": ["SO"] }), &none),
        (
            json!({ "trackNos": ["ZX0001", "ZX0002"], "orderNos": ["SO-0"] }),
            &["ZX0002"],
        ),
        (
            json!({ "createTimeStart": "2024-05-08 02:01:00", "createTimeEnd": "2024-05-08 02:03:00" }),
            &["ZX0003", "ZX0002", "ZX0001"],
        ),
        (
            json!({ "trackNos": ["ZX0001", "ZX0004"], "createTimeEnd": "2024-05-08 02:02:00" }),
            &["ZX0001"],
        ),
        (json!({ "trackNos": ["ZX0001", "ZX0001"] }), &["ZX0001"]),
    ] {
        let told = query(&desk, asked.clone()).await;
        assert_eq!(numbers(&told), expected, "{asked}");
        assert_eq!(told["accepted"]["totalElements"], expected.len(), "{asked}");
    }
}

#[tokio::test]
async fn a_number_that_is_not_registered_is_refused() {
    let desk = stocked().await;
    desk.elsewhere(DEMO, "ZX9999");
    let asked = json!({ "trackNos": ["ZX9999", "ZX0001"], "trackNoInfos": [{ "trackNo": "ZX0001", "courierCode": "nobody" }] });
    let told = query(&desk, asked).await;
    assert_eq!(numbers(&told), ["ZX0001"]);
    let error = json!({ "code": "A0400", "msg": "trackNo not registered" });
    assert_eq!(
        told["rejected"],
        json!([
            { "trackNo": "ZX9999", "error": error },
            { "trackNo": "ZX0001", "courierCode": "nobody", "error": error },
        ])
    );
}

#[tokio::test]
async fn pages_follow_each_other_by_a_cursor() {
    let desk = stocked().await;
    let sixth = ["ZX0003", "ZX0004", "ZX0003", "ZX0002", "ZX0001", "ZX0000"];
    for filter in [
        json!({}),
        json!({ "trackNos": ["ZX0000", "ZX0001", "ZX0002", "ZX0003", "ZX0004"] }),
    ] {
        let mut read = Vec::new();
        let mut cursor = String::new();
        for page in 1..=3 {
            let mut asked = filter.clone();
            asked["queryPageSize"] = json!(if page == 1 { json!(2) } else { json!("2") });
            asked["cursor"] = json!(cursor);
            let told = query(&desk, asked).await;
            let accepted = &told["accepted"];
            assert_eq!(accepted["currentPage"], page);
            assert_eq!(
                (&accepted["totalElements"], &accepted["totalPages"]),
                (&json!(6), &json!(3))
            );
            read.extend(numbers(&told));
            accepted["cursor"].as_str().unwrap().clone_into(&mut cursor);
        }
        assert_eq!(read, sixth);
        assert_eq!(cursor, "");
    }
}

#[tokio::test]
async fn wrong_filters_are_a0400() {
    let desk = stocked().await;
    let first = query(&desk, json!({ "queryPageSize": 2 })).await;
    let cursor = first["accepted"]["cursor"].as_str().unwrap().to_owned();
    let many: Vec<String> = (0..101).map(|n| format!("ZX{n:06}")).collect();
    for asked in [
        json!({ "trackNos": many }),
        json!({ "orderNos": many }),
        json!({ "trackNos": "ZX0001" }),
        json!({ "trackNos": [{}] }),
        json!({ "trackNoInfos": ["ZX0001"] }),
        json!({ "createTimeStart": "yesterday" }),
        json!({ "createTimeEnd": 7 }),
        json!({ "queryPageSize": 0 }),
        json!({ "queryPageSize": 101 }),
        json!({ "queryPageSize": "many" }),
        json!({ "cursor": "x" }),
        // Of another question.
        json!({ "cursor": cursor, "queryPageSize": 3 }),
        json!({ "cursor": cursor, "queryPageSize": 2, "orderNos": ["SO-1"] }),
    ] {
        let reply = post(&desk, "track/query", asked.clone()).await;
        assert_eq!(reply.status, 400, "{asked}");
        assert_eq!(reply.json()["code"], "A0400", "{asked}");
    }
    let reply = post(&desk, "track/query", json!({ "trackNoInfos": [{}] })).await;
    assert_eq!(reply.json()["code"], "A0410");
}

#[tokio::test]
async fn one_account_sees_nothing_of_another() {
    let desk = stocked().await;
    desk.key("track123", "somebody-else", "theirs");
    let header = ("Track123-Api-Secret", "theirs");
    let body = json!({ "trackNos": ["ZX0001"] }).to_string();
    let reply = send(&desk, Method::POST, &path("track/query"), &[header], body).await;
    let told = data(&reply);
    assert_eq!(numbers(&told), [] as [&str; 0]);
    assert_eq!(
        told["rejected"][0]["error"]["msg"],
        "trackNo not registered"
    );
    let reply = send(&desk, Method::POST, &path("track/query"), &[header], "{}").await;
    assert_eq!(data(&reply)["accepted"]["totalElements"], 0);
}

#[tokio::test]
async fn a_registration_stands_by_its_own_clock() {
    let desk = unhurried();
    import(&desk, &["ZX0000001CN"]).await;
    let status = async || {
        let told = query(&desk, json!({ "trackNos": ["ZX0000001CN"] })).await;
        let one = told["accepted"]["content"][0].clone();
        (one["transitStatus"].clone(), one["trackingStatus"].clone())
    };
    assert_eq!(status().await, (json!("INIT"), Value::Null));
    desk.pass(3_600_000_000);
    assert_eq!(status().await, (json!("NO_RECORD"), json!("002")));
    desk.pass(30 * DAY);
    assert_eq!(status().await, (json!("EXPIRED"), json!("002")));
    // News end it, and their silence brings it back.
    told(
        &desk,
        "ZX0000001CN",
        &TRACKING.replace("ZX0000071CN", "ZX0000001CN"),
    );
    assert_eq!(status().await, (json!("IN_TRANSIT"), json!("001")));
    desk.pass(30 * DAY);
    let told = query(&desk, json!({ "trackNos": ["ZX0000001CN"] })).await;
    let one = &told["accepted"]["content"][0];
    assert_eq!(
        (&one["transitStatus"], &one["transitSubStatus"]),
        (&json!("EXPIRED"), &Value::Null)
    );
    desk.set("track123.expired_days", "50");
    assert_eq!(status().await.0, "IN_TRANSIT");
}

#[tokio::test]
async fn what_others_told_of_is_seen_without_a_registration() {
    let desk = stocked().await;
    desk.key("native", "default", "own");
    let event = json!({
        "carrier": DEMO, "number": "ZX7777", "status": "out_for_delivery", "place": "Vinh",
        "occurred_at": "2026-05-31T08:15:40+07:00",
    });
    let key = ("authorization", "Bearer own");
    let body = json!({ "events": [event] }).to_string();
    let router = native::router().with_state(desk.clone());
    let request = Request::post("/v1/events")
        .header("content-type", "application/json")
        .header(key.0, key.1)
        .body(Body::from(body))
        .unwrap();
    assert_eq!(router.oneshot(request).await.unwrap().status(), 200);
    let told = query(&desk, json!({ "trackNos": ["ZX7777", "ZX0001"] })).await;
    assert_eq!(numbers(&told), ["ZX0001", "ZX7777"]);
    assert_eq!(told["accepted"]["totalElements"], 2);
    let seen = &told["accepted"]["content"][1];
    assert_eq!(seen["transitStatus"], "WAITING_DELIVERY");
    assert!(seen["id"].is_null() && seen["orderNo"].is_null(), "{seen}");
    // Order numbers are only a registration's.
    let asked = json!({ "trackNos": ["ZX7777"], "orderNos": ["SO-1"] });
    assert_eq!(numbers(&query(&desk, asked).await), [""; 0]);
}
