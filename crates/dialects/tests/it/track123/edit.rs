//! Changing what is registered: courier, members, refresh, end; and the instant look-up.

use super::*;
use serde_json::json;

const HOUR: i64 = 3_600_000_000;
const NUMBER: &str = "ZX0000001CN";

fn pair(courier: &str) -> Value {
    json!({ "trackNo": NUMBER, "courierCode": courier })
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

fn refused(reply: &Reply) -> (String, String) {
    let told = reply.json();
    assert_eq!(reply.status, 400, "{}", reply.text);
    let text = |name: &str| told[name].as_str().unwrap().to_owned();
    (text("code"), text("msg"))
}

fn because(code: &str, msg: &str) -> (String, String) {
    (code.to_owned(), msg.to_owned())
}

/// A member that is needed is not there: the code's own text, with the member's name beside it.
#[track_caller]
fn assert_lacks(reply: &Reply, member: &str) {
    let text = "The parameter for the request is null.";
    assert_eq!(refused(reply), because("A0410", text));
    assert_eq!(reason(reply), format!("{member} is required"));
}

async fn one(desk: &Arc<FakeDesk>) -> Value {
    let told = query(desk, json!({ "trackNos": [NUMBER] })).await;
    told["accepted"]["content"][0].clone()
}

#[tokio::test]
async fn another_courier_begins_anew() {
    let desk = unhurried();
    import(&desk, &[NUMBER]).await;
    told(&desk, NUMBER, &TRACKING.replace("ZX0000071CN", NUMBER));
    assert_eq!(one(&desk).await["transitStatus"], "IN_TRANSIT");
    let change = with(pair("demo-post"), "newCourierCode", json!("dhl"));
    assert_eq!(
        data(&post(&desk, "track/update-courier", change.clone()).await),
        true
    );
    let now = one(&desk).await;
    assert_eq!(now["transitStatus"], "INIT");
    assert_eq!(now["localLogisticsInfo"]["courierCode"], "dhl");
    assert_eq!(now["localLogisticsInfo"]["trackingDetails"], json!([]));
    let reply = post(&desk, "track/update-courier", change).await;
    assert_eq!(refused(&reply), because("A0400", "trackNo not registered"));
}

#[tokio::test]
async fn a_courier_is_changed_only_to_one_that_is_free() {
    let desk = unhurried();
    import(&desk, &[NUMBER]).await;
    data(&post(&desk, "track/import", json!([pair("other-post")])).await);
    for (new, expected) in [
        (
            json!("other-post"),
            because("A0400", "The order number has been imported"),
        ),
        (
            json!("demo-post"),
            because("A0400", "The order number has been imported"),
        ),
        (
            json!("nobody"),
            because("A0400", "Unsupported logistics supplier code"),
        ),
    ] {
        let change = with(pair("demo-post"), "newCourierCode", new);
        let reply = post(&desk, "track/update-courier", change).await;
        assert_eq!(refused(&reply), expected);
    }
    let empty = with(pair("demo-post"), "newCourierCode", json!(""));
    let reply = post(&desk, "track/update-courier", empty).await;
    assert_lacks(&reply, "newCourierCode");
    let reply = post(&desk, "track/update-courier", json!({ "trackNo": NUMBER })).await;
    assert_lacks(&reply, "courierCode");
}

#[tokio::test]
async fn a_number_is_refreshed_once_in_six_hours() {
    let desk = unhurried();
    import(&desk, &[NUMBER]).await;
    let refresh = async || data(&post(&desk, "track/refresh", pair("demo-post")).await);
    let first = json!({ "success": true, "actualRefreshTime": "2024-05-08 02:00:00" });
    assert_eq!(refresh().await, first);
    desk.pass(6 * HOUR - 1_000_000);
    let early = json!({ "success": false, "actualRefreshTime": "2024-05-08 02:00:00" });
    assert_eq!(refresh().await, early);
    desk.pass(1_000_000);
    let second = json!({ "success": true, "actualRefreshTime": "2024-05-08 08:00:00" });
    assert_eq!(refresh().await, second);
    desk.set("track123.refresh_hours", "1");
    desk.pass(HOUR);
    assert_eq!(refresh().await["success"], true);
    let reply = post(&desk, "track/refresh", pair("other-post")).await;
    assert_eq!(refused(&reply), because("A0400", "trackNo not registered"));
    let reply = post(&desk, "track/refresh", json!({ "trackNo": NUMBER })).await;
    assert_lacks(&reply, "courierCode");
}

#[tokio::test]
async fn many_are_refreshed_each_by_itself() {
    let desk = unhurried();
    import(&desk, &[NUMBER]).await;
    let items = json!([
        pair("demo-post"),
        pair("other-post"),
        {},
        pair("demo-post"),
        7
    ]);
    let told = data(&post(&desk, "track/refresh-batch", items).await);
    let at = "2024-05-08 02:00:00";
    let done = |success: bool| {
        let item = with(pair("demo-post"), "success", json!(success));
        with(item, "actualRefreshTime", json!(at))
    };
    assert_eq!(told["accepted"], json!([done(true), done(false)]));
    let rejected = told["rejected"].as_array().unwrap();
    let codes: Vec<_> = rejected
        .iter()
        .map(|one| (&one["index"], &one["error"]["code"]))
        .collect();
    assert_eq!(
        codes,
        [
            (&json!(2), &json!("A0400")),
            (&json!(3), &json!("A0410")),
            (&json!(5), &json!("A0400"))
        ]
    );
}

#[tokio::test]
async fn an_edit_changes_what_it_names_and_clears_what_is_empty() {
    let desk = unhurried();
    let item = with(
        with(pair("demo-post"), "orderNo", json!("SO-1")),
        "remark",
        json!("gift"),
    );
    data(&post(&desk, "track/import", json!([item])).await);
    let edit = with(
        with(pair("demo-post"), "orderNo", json!("SO-2")),
        "remark",
        json!(""),
    );
    assert_eq!(data(&post(&desk, "track/update", edit).await), true);
    let now = one(&desk).await;
    assert_eq!(
        (&now["orderNo"], &now["remark"]),
        (&json!("SO-2"), &Value::Null)
    );
    let by = async |order: &str| {
        query(&desk, json!({ "orderNos": [order] })).await["accepted"]["totalElements"].clone()
    };
    assert_eq!((by("SO-1").await, by("SO-2").await), (json!(0), json!(1)));
    // What it does not name stays.
    let edit = with(pair("demo-post"), "custom1", json!("x"));
    assert_eq!(data(&post(&desk, "track/update", edit).await), true);
    let now = one(&desk).await;
    assert_eq!(
        (&now["orderNo"], &now["custom1"]),
        (&json!("SO-2"), &json!("x"))
    );
    let reply = post(
        &desk,
        "track/update",
        with(pair("demo-post"), "country", json!("USA")),
    )
    .await;
    assert_eq!(refused(&reply).0, "A0400");
    let reply = post(&desk, "track/update", pair("other-post")).await;
    assert_eq!(refused(&reply), because("A0400", "trackNo not registered"));
}

#[tokio::test]
async fn a_list_of_edits_is_answered_item_by_item() {
    let desk = unhurried();
    import(&desk, &[NUMBER]).await;
    for call in ["track/update", "track/update-batch"] {
        let items = json!([
            with(pair("demo-post"), "remark", json!(call)),
            pair("other-post"),
            {}
        ]);
        let told = data(&post(&desk, call, items).await);
        assert_eq!(told["accepted"], json!([pair("demo-post")]));
        let error = |code: &str, msg: &str| json!({ "code": code, "msg": msg });
        assert_eq!(
            told["rejected"],
            json!([
                with(with(pair("other-post"), "index", json!(2)), "error", error("A0400", "trackNo not registered")),
                { "index": 3, "trackNo": null, "courierCode": null, "error": error("A0410", "trackNo is required") },
            ])
        );
        assert_eq!(one(&desk).await["remark"], call);
    }
    let reply = post(&desk, "track/update-batch", pair("demo-post")).await;
    assert_eq!(refused(&reply).0, "A0400");
}

#[tokio::test]
async fn what_is_deleted_is_not_registered_any_more() {
    let desk = unhurried();
    import(&desk, &[NUMBER]).await;
    told(&desk, NUMBER, &TRACKING.replace("ZX0000071CN", NUMBER));
    assert_eq!(
        data(&post(&desk, "track/delete", pair("demo-post")).await),
        true
    );
    let gone = query(&desk, json!({ "trackNos": [NUMBER] })).await;
    assert_eq!(
        gone["rejected"][0]["error"]["msg"],
        "trackNo not registered"
    );
    let reply = post(&desk, "track/delete", pair("demo-post")).await;
    assert_eq!(refused(&reply), because("A0400", "trackNo not registered"));
    // It is new again, and what is known of it is there at once.
    import(&desk, &[NUMBER]).await;
    assert_eq!(one(&desk).await["transitStatus"], "IN_TRANSIT");
    let told = data(
        &post(
            &desk,
            "track/delete",
            json!([pair("demo-post"), pair("demo-post")]),
        )
        .await,
    );
    assert_eq!(told["accepted"], json!([pair("demo-post")]));
    assert_eq!(told["rejected"][0]["index"], 2);
}

#[tokio::test]
async fn an_instant_look_up_keeps_nothing_and_says_how_it_went() {
    let desk = unhurried();
    told(&desk, NUMBER, &TRACKING.replace("ZX0000071CN", NUMBER));
    let ask = async |courier: &str| data(&post(&desk, "track/query-realtime", pair(courier)).await);
    let known = ask("demo-post").await;
    assert!(known["rejected"].is_null());
    let tracking = &known["accepted"];
    assert_eq!(
        (&tracking["trackNo"], &tracking["trackingStatus"]),
        (&json!(NUMBER), &json!("001"))
    );
    assert_eq!(tracking["transitSubStatus"], "IN_TRANSIT_06");
    assert!(tracking["orderNo"].is_null(), "{tracking}");
    let nothing = ask("other-post").await;
    let status = (
        &nothing["accepted"]["transitStatus"],
        &nothing["accepted"]["trackingStatus"],
    );
    assert_eq!(status, (&json!("NO_RECORD"), &json!("002")));
    desk.silence(true);
    assert_eq!(ask("demo-post").await["accepted"]["trackingStatus"], "005");
    assert_eq!(ask("other-post").await["accepted"]["trackingStatus"], "003");
    assert_eq!(
        query(&desk, json!({})).await["accepted"]["totalElements"],
        0
    );
    let reply = post(&desk, "track/query-realtime", json!({})).await;
    assert_lacks(&reply, "trackNo");
    let reply = post(&desk, "track/query-realtime", pair("nobody")).await;
    assert_eq!(
        refused(&reply),
        because("A0400", "Unsupported logistics supplier code")
    );
}

#[tokio::test]
async fn an_upstreams_own_words_are_passed_on_as_d0000() {
    let desk = unhurried();
    told(&desk, NUMBER, &TRACKING.replace("ZX0000071CN", NUMBER));
    desk.refuse("405: The carrier_id is invalid");
    let reply = post(&desk, "track/query-realtime", pair("other-post")).await;
    let told = reply.json();
    assert_eq!(
        (&told["code"], &told["msg"]),
        (&json!("D0000"), &json!("405: The carrier_id is invalid"))
    );
    // What is known is told all the same.
    let known = data(&post(&desk, "track/query-realtime", pair("demo-post")).await);
    assert_eq!(known["accepted"]["trackingStatus"], "005");
}

#[tokio::test]
async fn instant_look_ups_have_a_pace_of_their_own() {
    let desk = desk();
    assert_eq!(
        data(&post(&desk, "track/query-realtime", pair("demo-post")).await)["rejected"],
        Value::Null
    );
    let reply = post(&desk, "track/query-realtime", pair("demo-post")).await;
    assert_eq!(reply.json()["code"], "B0210");
}
