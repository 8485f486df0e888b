//! The calls for parcels: each check provoked by a real request.

use super::*;
use crate::support::Trouble;
use serde_json::json;
use trackway_dialects::desk::Denial;

/// What a whole request is refused with.
fn refused(reply: &Reply) -> (u16, String, String) {
    let told = reply.json();
    assert!(told["data"].is_null(), "{}", reply.text);
    let text = |name: &str| told[name].as_str().unwrap().to_owned();
    (reply.status.as_u16(), text("code"), text("msg"))
}

fn code(reply: &Reply) -> (u16, String) {
    let (status, code, _) = refused(reply);
    (status, code)
}

/// Codes and texts of the refused items, by their index.
fn rejected(data: &Value) -> Vec<(u64, String, String)> {
    let item = |item: &Value| {
        let error = &item["error"];
        (
            item["index"].as_u64().unwrap(),
            error["code"].as_str().unwrap().to_owned(),
            error["msg"].as_str().unwrap().to_owned(),
        )
    };
    data["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(item)
        .collect()
}

fn imported(index: u64) -> (u64, String, String) {
    let msg = "The order number has been imported";
    (index, "A0400".to_owned(), msg.to_owned())
}

#[tokio::test]
async fn the_envelope_is_the_references() {
    let desk = desk();
    let reply = post(
        &desk,
        "track/import",
        json!([{ "trackNo": "ZX0000001CN", "courierCode": "demo-post" }]),
    )
    .await;
    let told = reply.json();
    assert_eq!(reply.status, 200);
    assert_eq!(told["code"], "00000");
    assert_eq!(told["msg"], "Success");
    let trace = told["traceId"].as_str().unwrap();
    let parts: Vec<&str> = trace.split('.').collect();
    assert!(parts.len() == 3 && parts[0].len() == 32, "{trace}");
}

#[tokio::test]
async fn every_version_is_served_by_one_handler() {
    let desk = desk();
    for (nth, version) in ["v1", "v2", "v2.1"].into_iter().enumerate() {
        desk.pass(1_000_000);
        let path = format!("/gateway/open-api/tk/{version}/track/import");
        let body = json!([{ "trackNo": format!("ZX000000{nth}CN"), "courierCode": "demo-post" }]);
        let reply = send(&desk, Method::POST, &path, &[KEY_HEADER], body.to_string()).await;
        assert_eq!(
            data(&reply)["accepted"].as_array().unwrap().len(),
            1,
            "{path}"
        );
    }
}

#[tokio::test]
async fn another_path_is_c0113() {
    let desk = desk();
    for path in [
        "/gateway/open-api/tk/v2.1/track/nothing",
        "/gateway/open-api/tk/v3/track/import",
        "/gateway/open-api/",
    ] {
        let reply = send(&desk, Method::POST, path, &[KEY_HEADER], "[]").await;
        assert_eq!(code(&reply), (400, "C0113".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn the_lists_take_get_and_post_and_all_else_post_alone() {
    let desk = desk();
    for method in [Method::GET, Method::POST] {
        let reply = send(&desk, method, &path("courier/list"), &[KEY_HEADER], "").await;
        let couriers = data(&reply);
        let dhl = couriers
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["courierCode"] == "dhl");
        let dhl = dhl.unwrap();
        for member in ["courierNameCN", "courierNameEN", "courierHomePage"] {
            assert!(dhl.get(member).is_some(), "{member}");
        }
    }
    let reply = send(&desk, Method::GET, &path("track/query"), &[KEY_HEADER], "").await;
    assert_eq!(code(&reply), (400, "C0113".to_owned()));
}

#[tokio::test]
async fn a_missing_header_is_a0301_and_a_wrong_key_a0230() {
    let desk = desk();
    let at = path("track/query");
    let reply = send(&desk, Method::POST, &at, &[], "{}").await;
    assert_eq!(code(&reply), (200, "A0301".to_owned()));
    let reply = send(
        &desk,
        Method::POST,
        &at,
        &[("Track123-Api-Secret", "")],
        "{}",
    )
    .await;
    assert_eq!(code(&reply), (200, "A0301".to_owned()));
    let reply = send(
        &desk,
        Method::POST,
        &at,
        &[("Track123-Api-Secret", "nobody")],
        "{}",
    )
    .await;
    let text = "Token is invalid or expired.".to_owned();
    assert_eq!(refused(&reply), (200, "A0230".to_owned(), text));
}

#[tokio::test]
async fn a_login_in_the_place_of_a_key_is_a0200() {
    let desk = desk();
    let at = path("track/query");
    let login = [("Authorization", "Basic c2hvcDpzZWNyZXQ=")];
    let reply = send(&desk, Method::POST, &at, &login, "{}").await;
    let text = "Server error.".to_owned();
    assert_eq!(refused(&reply), (200, "A0200".to_owned(), text));
    // Beside a key it does not matter.
    let both = [login[0], ("Track123-Api-Secret", KEY)];
    let reply = send(&desk, Method::POST, &at, &both, "{}").await;
    assert_eq!(data(&reply)["accepted"]["totalElements"], 0);
}

#[tokio::test]
async fn a_carrier_that_carries_something_else_is_a0001() {
    let desk = unhurried();
    let import = async |path: &str, item: Value| {
        let told = data(&post(&desk, path, json!([item])).await);
        assert!(told["accepted"].as_array().unwrap().is_empty(), "{told}");
        rejected(&told).remove(0)
    };
    let bill = json!({ "trackingNo": "BL-0001", "type": 2, "carrierCode": "LH" });
    let told = import("ocean/track/import", bill);
    let msg = "LH carries air cargo: register the number with aviation/track/import";
    assert_eq!(told.await, (1, "A0001".to_owned(), msg.to_owned()));
    let waybill = json!({ "trackingNo": "020-12345675", "carrierCode": "MAEU" });
    let told = import("aviation/track/import", waybill);
    let msg = "MAEU carries ocean cargo: register the number with ocean/track/import";
    assert_eq!(told.await, (1, "A0001".to_owned(), msg.to_owned()));
    let nobodys = json!({ "trackingNo": "BL-0001", "type": 2, "carrierCode": "NOLINE" });
    let told = import("ocean/track/import", nobodys).await;
    assert_eq!(told.1, "A0400");
}

#[tokio::test]
async fn an_expired_key_is_a0230_and_a_disabled_one_a0231() {
    let desk = desk();
    for (key, why, expected) in [
        ("old", Denial::Expired, "A0230"),
        ("barred", Denial::Disabled, "A0231"),
    ] {
        let principal = desk.key("track123", "default", key);
        desk.deny(principal.key, why);
        let header = ("Track123-Api-Secret", key);
        let reply = send(&desk, Method::POST, &path("track/query"), &[header], "{}").await;
        assert_eq!(code(&reply), (200, expected.to_owned()));
    }
}

#[tokio::test]
async fn a_key_for_reading_is_a0300_where_something_changes() {
    let desk = desk();
    let reader = desk.key("track123", "default", "reader");
    desk.scope(reader.key, &["read"]);
    let header = ("Track123-Api-Secret", "reader");
    let reply = send(&desk, Method::POST, &path("track/query"), &[header], "{}").await;
    assert_eq!(reply.json()["code"], "00000");
    let body = r#"[{"trackNo":"ZX0000001CN"}]"#;
    let reply = send(&desk, Method::POST, &path("track/import"), &[header], body).await;
    assert_eq!(code(&reply), (200, "A0300".to_owned()));
    assert!(
        query(&desk, json!({})).await["accepted"]["content"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn too_many_calls_a_second_are_b0210_or_a0706() {
    let desk = desk();
    for _ in 0..5 {
        query(&desk, json!({})).await;
    }
    let reply = post(&desk, "track/query", json!({})).await;
    assert_eq!(code(&reply), (200, "B0210".to_owned()));
    assert_eq!(reply.headers["retry-after"], "1");
    // Another endpoint has its own.
    let reply = post(&desk, "track/refresh-batch", json!([{}])).await;
    assert_eq!(reply.json()["code"], "00000");
    desk.set("track123.too_fast_is_a0706", "true");
    let reply = post(&desk, "track/query", json!({})).await;
    assert_eq!(code(&reply), (200, "A0706".to_owned()));
    desk.pass(1_000_000);
    query(&desk, json!({})).await;
    desk.set("track123.requests_per_second", "0");
    for _ in 0..20 {
        query(&desk, json!({})).await;
    }
}

#[tokio::test]
async fn bodies_of_another_form_are_a0400_with_http_400() {
    let desk = unhurried();
    let wrong = |reply: &Reply, call: &str| {
        let text = "User request parameter error.".to_owned();
        assert_eq!(refused(reply), (400, "A0400".to_owned(), text), "{call}");
        assert!(reason(reply).starts_with("the body"), "{call}");
    };
    for (call, body) in [
        ("track/import", "{}"),
        ("track/import", "[1"),
        ("track/import", ""),
        ("track/query", "[]"),
        ("track/query", "nothing"),
        ("track/update-courier", "[]"),
        ("track/refresh", "7"),
        ("track/refresh-batch", "{}"),
        ("track/update", "\"x\""),
        ("track/delete", ""),
        ("track/query-realtime", "[]"),
        ("courier/detection", "[]"),
    ] {
        let reply = send(&desk, Method::POST, &path(call), &[KEY_HEADER], body).await;
        wrong(&reply, call);
    }
    let deep = "[".repeat(100);
    let reply = send(
        &desk,
        Method::POST,
        &path("track/import"),
        &[KEY_HEADER],
        deep,
    )
    .await;
    wrong(&reply, "a deep one");
}

#[tokio::test]
async fn empty_lists_are_a0410_and_101_items_a0400() {
    let desk = unhurried();
    let many: Vec<Value> = (0..101)
        .map(|n| json!({ "trackNo": format!("ZX{n:06}"), "courierCode": "demo-post" }))
        .collect();
    for call in [
        "track/import",
        "track/refresh-batch",
        "track/update",
        "track/update-batch",
        "track/delete",
    ] {
        let reply = post(&desk, call, json!([])).await;
        let text = "The parameter for the request is null.".to_owned();
        assert_eq!(refused(&reply), (400, "A0410".to_owned(), text), "{call}");
        assert_eq!(reason(&reply), "the list must hold an item at least");
        let reply = post(&desk, call, json!(many)).await;
        let text = "User request parameter error.".to_owned();
        assert_eq!(refused(&reply), (400, "A0400".to_owned(), text), "{call}");
        assert_eq!(reason(&reply), "101 items in one call: at most 100");
    }
    desk.set("track123.items_per_call", "101");
    let reply = post(&desk, "track/import", json!(many)).await;
    assert_eq!(data(&reply)["accepted"].as_array().unwrap().len(), 101);
}

#[tokio::test]
async fn items_are_accepted_as_they_were_given() {
    let desk = desk();
    let item = json!({
        "trackNo": "ZX0000001CN", "courierCode": "demo-post", "orderNo": "SO-1", "country": "US",
        "shipTime": "2025-02-01 09:00:00", "customerEmail": "a@shop.example", "postalCode": "10001",
        "remark": "gift", "custom1": "x", "custom2": "y", "extendFieldMap": { "phoneSuffix": "4321" },
    });
    let reply = post(&desk, "track/import", json!([item.clone()])).await;
    assert_eq!(data(&reply), json!({ "accepted": [item], "rejected": [] }));
    // In the order of §5.3's example.
    let echoed = r#"{"trackNo":"ZX0000001CN","courierCode":"demo-post","postalCode":"10001","orderNo":"SO-1","country":"US","shipTime":"2025-02-01 09:00:00","customerEmail":"a@shop.example","remark":"gift","extendFieldMap":{"phoneSuffix":"4321"},"custom1":"x","custom2":"y"}"#;
    assert!(reply.text.contains(echoed), "{}", reply.text);
}

/// §4: those that need more than the number.
#[tokio::test]
async fn every_courier_that_the_reference_names_is_listed() {
    let desk = unhurried();
    let named = [
        "alliedexpress",
        "b2ceurope-be",
        "colis-prive",
        "dxdelivery",
        "gel-express-logistik",
        "gls-spain",
        "mondialrelay",
        "postnl",
        "postmedia-parcel-services-bni-pa",
        "thedeliverygroup",
        "xdpexpress",
        "yodel",
        "sfb2c",
        "jtexpress-mx",
        "jetid",
        "japan-post",
    ];
    let listed = send(&desk, Method::GET, &path("courier/list"), &[KEY_HEADER], "").await;
    let listed = data(&listed);
    let is_listed = |code: &str| {
        let mut couriers = listed.as_array().unwrap().iter();
        couriers.any(|it| it["courierCode"] == code && it["courierNameEN"].is_string())
    };
    for code in named {
        assert!(is_listed(code), "{code}");
    }
}

#[tokio::test]
async fn a_known_number_is_refused_and_so_is_its_twin_in_one_call() {
    let desk = unhurried();
    let one = json!({ "trackNo": "ZX0000001CN", "courierCode": "demo-post", "orderNo": "SO-1" });
    let twin = json!({ "trackNo": " zx0000001cn ", "courierCode": "demo-post", "orderNo": "SO-2" });
    let other = json!({ "trackNo": "ZX0000001CN", "courierCode": "other-post" });
    let told = data(&post(&desk, "track/import", json!([one, twin, other])).await);
    assert_eq!(told["accepted"].as_array().unwrap().len(), 2);
    assert_eq!(rejected(&told), [imported(2)]);
    assert_eq!(told["rejected"][0]["orderNo"], "SO-2");
    assert_eq!(told["rejected"][0]["courierCode"], "demo-post");
    let told = data(&post(&desk, "track/import", json!([one])).await);
    assert_eq!(rejected(&told), [imported(1)]);
    // Every item was refused: the call is a success all the same.
    assert!(told["accepted"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn bad_items_are_refused_alone() {
    let desk = desk();
    let told = data(
        &post(
            &desk,
            "track/import",
            json!([
                { "courierCode": "demo-post" },
                { "trackNo": "null" },
                { "trackNo": "x" },
                { "trackNo": "ZX0000001CN", "courierCode": "nobody" },
                { "trackNo": "ZX0000001CN", "courierCode": "demo-post", "country": "USA" },
                { "trackNo": "ZX0000001CN", "courierCode": "demo-post", "extendFieldMap": { "phoneSuffix": "12" } },
                7,
                { "trackNo": 990_011, "courierCode": "demo-post", "orderNo": 17 },
            ]),
        )
        .await,
    );
    let codes: Vec<(u64, String)> = rejected(&told)
        .into_iter()
        .map(|(at, code, _)| (at, code))
        .collect();
    let expected = [
        (1, "A0410"),
        (2, "A0410"),
        (3, "A0400"),
        (4, "A0400"),
        (5, "A0400"),
        (6, "A0400"),
        (7, "A0400"),
    ];
    assert_eq!(codes, expected.map(|(at, code)| (at, code.to_owned())));
    assert_eq!(
        told["rejected"][3]["error"]["msg"],
        "Unsupported logistics supplier code"
    );
    // Numbers pass as texts.
    assert_eq!(told["accepted"][0]["trackNo"], "990011");
    assert_eq!(told["accepted"][0]["orderNo"], "17");
}

#[tokio::test]
async fn a_courier_is_detected_or_left_open() {
    let desk = unhurried();
    let told = data(
        &post(
            &desk,
            "track/import",
            json!([{ "trackNo": "1Z5R89390357567127" }, { "trackNo": "QQ-77" }]),
        )
        .await,
    );
    assert_eq!(told["accepted"][0]["courierCode"], "ups");
    assert!(told["accepted"][1]["courierCode"].is_null());
    let content = query(&desk, json!({ "trackNos": ["QQ-77"] })).await;
    let open = &content["accepted"]["content"][0];
    assert_eq!(open["transitStatus"], "INIT");
    assert!(open["localLogisticsInfo"]["courierCode"].is_null());
    desk.pass(3_600_000_000);
    let content = query(&desk, json!({ "trackNos": ["QQ-77"] })).await;
    assert_eq!(
        content["accepted"]["content"][0]["transitStatus"],
        "NO_RECORD"
    );
}

#[tokio::test]
async fn a_quota_that_is_too_small_takes_nothing() {
    let desk = unhurried();
    desk.set("track123.quota_per_day", "2");
    let item = |n: u32| json!({ "trackNo": format!("ZX000{n}CN"), "courierCode": "demo-post" });
    let reply = post(&desk, "track/import", json!([item(1), item(2), item(3)])).await;
    assert_eq!(code(&reply), (200, "101107".to_owned()));
    assert!(
        query(&desk, json!({})).await["accepted"]["content"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    // Twins and refused items cost nothing.
    let told = data(
        &post(
            &desk,
            "track/import",
            json!([item(1), item(1), {}, item(2)]),
        )
        .await,
    );
    assert_eq!(told["accepted"].as_array().unwrap().len(), 2);
    let told = data(&post(&desk, "track/import", json!([item(1), item(2)])).await);
    assert_eq!(rejected(&told).len(), 2);
    let reply = post(&desk, "track/query-realtime", item(9)).await;
    assert_eq!(code(&reply), (200, "101107".to_owned()));
}

#[tokio::test]
async fn a_busy_desk_is_b0310_a_full_one_b0300_and_a_failing_one_b0001() {
    let desk = desk();
    desk.trouble(Some(Trouble::Full(30)));
    let reply = post(&desk, "track/query", json!({})).await;
    let text = "Abnormal system resources.".to_owned();
    assert_eq!(refused(&reply), (500, "B0300".to_owned(), text));
    assert_eq!(reply.headers["retry-after"], "30");
    desk.trouble(Some(Trouble::Busy(7)));
    let reply = post(&desk, "track/query", json!({})).await;
    assert_eq!(code(&reply), (500, "B0310".to_owned()));
    assert_eq!(reply.headers["retry-after"], "7");
    desk.trouble(Some(Trouble::Failed));
    let reply = post(&desk, "track/query", json!({})).await;
    assert_eq!(code(&reply), (500, "B0001".to_owned()));
}
