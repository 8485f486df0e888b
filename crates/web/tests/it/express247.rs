//! 247Express's errors, each provoked by a real HTTP request (its conformance rows).

#[path = "../../../dialects/tests/it/support/mod.rs"]
mod memory;

use crate::harness::Served;
use memory::{FakeDesk, NOON, Trouble};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use trackway_dialects::Desk;
use trackway_dialects::express247::{CARRIER, NAME};
use trackway_web::Limits;

const KEY: &str = "1111-1111-1111-1111-111111111111";
const WEBHOOK_KEY: &str = "0A1B2C3D-0000-4000-8000-00112233AABB";
const TOKEN: &str = "the-token-of-the-address";
const DAY_US: i64 = 86_400_000_000;
const UPDATE: &str = r#"{"OrderCode":"VD0000001","Status":"25","StatusName":"DANGDIPHAT","Time":"2024-05-08T08:10:02.4946223+07:00"}"#;

/// A server whose one shop has one order; another account has another.
async fn served() -> (Arc<FakeDesk>, Served) {
    let desk = FakeDesk::new();
    desk.login(NAME, "shop", KEY, ("shop-user", "shop-password"));
    let settings = [
        ("webhook_apikey", WEBHOOK_KEY),
        ("webhook_user", "carrier"),
        ("webhook_password", "carrier-password"),
    ];
    desk.connection("shop", NAME, TOKEN, &settings);
    desk.elsewhere(CARRIER, "VD0000099");
    let served = Served::start(desk.clone(), Limits::default()).await;
    let told = served.post(&format!("/in/{TOKEN}/IntergrationAPI"));
    let reply = told.body(UPDATE).send().await.unwrap();
    assert_eq!(
        reply.text().await.unwrap(),
        r#"{"IsError":false,"ErrorMessage":""}"#
    );
    (desk, served)
}

async fn track(served: &Served, query: &str) -> (StatusCode, Value) {
    let request = served.request(Method::GET, &format!("/api/Order/v1/Tracking?{query}"));
    let reply = request.send().await.unwrap();
    (reply.status(), reply.json().await.unwrap())
}

async fn assert_error(served: &Served, query: &str, code: &str, text: &str) {
    let (status, answer) = track(served, query).await;
    assert_eq!(status, StatusCode::OK, "{query}");
    assert_eq!(answer["errorCode"], code, "{query}");
    assert_eq!(answer["errorMessage"], text, "{query}");
    let members = answer.as_object().unwrap();
    assert_eq!(members.len(), 40);
    assert_eq!(members.values().filter(|value| value.is_null()).count(), 38);
}

#[tokio::test]
async fn every_error_of_the_tracking_call() {
    let (desk, served) = served().await;
    for (query, code, text) in [
        ("ordercode=VD0000001", "MISSING_APIKEY", "Missing Apikey."),
        ("apikey=KEY", "MISSING_ORDERCODE", "Missing Ordercode."),
        (
            "ordercode=VD01&apikey=KEY",
            "ORDERCODE_MIN_LENGTH",
            "OrderCode less than 5 characters.",
        ),
        (
            "ordercode=VD0000000000000000001&apikey=KEY",
            "ORDERCODE_MAX_LENGTH",
            "The maximum number of OrderCode is 20 characters.",
        ),
        (
            "ordercode=VD%240001&apikey=KEY",
            "ORDERCODE_FORMAT_EXCEPTION",
            "The ordercode contain special characters (except _-).",
        ),
        (
            "ordercode=VD0000001&apikey=wrong",
            "APIKEY_NOT_FOUND",
            "Apikey is not found.",
        ),
        (
            "ordercode=VD0000098&apikey=KEY",
            "ORDERCODE_NOT_FOUND",
            "OrderCode is not found.",
        ),
        (
            "ordercode=VD0000099&apikey=KEY",
            "ORDERCODE_DOES_NOT_BELONG_TO_YOUR_ACCOUNT",
            "Ordercode does not belong to your account.",
        ),
    ] {
        assert_error(&served, &query.replace("KEY", KEY), code, text).await;
    }
    let own = format!("ordercode=VD0000001&apikey={KEY}");
    assert_eq!(track(&served, &own).await.1["errorCode"], Value::Null);

    desk.set("express247.lookup_period_days", "90");
    desk.set_now(NOON + 100 * DAY_US);
    let text = "The order has exceeded the tracking lookup period.";
    assert_error(&served, &own, "ORDERCODE_QUERY_EXPIRED", text).await;

    desk.set("express247.lookups_per_day", "0");
    let text = "Look up more than 200,000 times/day.";
    assert_error(&served, &own, "APIKEY_LIMIT", text).await;
}

#[tokio::test]
async fn a_desk_that_fails_is_an_exception() {
    let (desk, served) = served().await;
    desk.trouble(Some(Trouble::Failed));
    let own = format!("ordercode=VD0000001&apikey={KEY}");
    let text = "Unknown error, please contact 247.";
    assert_error(&served, &own, "EXCEPTION", text).await;
}

#[tokio::test]
async fn the_customer_calls_errors() {
    let (_, served) = served().await;
    let login = async |password: &str| -> Value {
        let body = json!({"UserName": "shop-user", "Password": password});
        let request = served.post("/api/Client/ClientLogin").json(&body);
        request.send().await.unwrap().json().await.unwrap()
    };
    let refused = login("wrong").await;
    let text = "Tên tài khoản hoặc mật khẩu không đúng!";
    assert_eq!(refused["ClientID"], 0);
    assert_eq!(
        refused["Errors"],
        json!([{"ErrorMessage": text, "PropertyName": null}])
    );
    let session = login("shop-password").await;

    let logs = async |token: &str, body: Value| -> Value {
        let request = served
            .post("/api/Customer/GetStatusLogs")
            .header("ClientID", session["ClientID"].to_string())
            .header("Token", token)
            .json(&body);
        request.send().await.unwrap().json().await.unwrap()
    };
    let token = session["Token"].as_str().unwrap();
    let window = json!({"FromDate": "2024-05-08", "ToDate": "2024-05-08"});
    assert_eq!(
        logs("0".repeat(64).as_str(), window.clone()).await["ErrorCode"],
        "12"
    );
    assert_eq!(logs(token, window).await["IsError"], false);
    for (body, property) in [
        (json!({"ToDate": "2024-05-08"}), "FromDate"),
        (
            json!({"FromDate": "2024-05-08", "ToDate": "soon"}),
            "ToDate",
        ),
    ] {
        let answer = logs(token, body).await;
        assert_eq!(
            (&answer["ErrorCode"], &answer["IsError"]),
            (&json!("6"), &json!(true))
        );
        assert_eq!(answer["Errors"][0]["PropertyName"], property);
    }
}

#[tokio::test]
async fn the_webhooks_refusals() {
    let (desk, served) = served().await;
    let inbound = format!("/in/{TOKEN}/IntergrationAPI");
    let keyed = |key: &str| format!("{{\"ApiKey\":\"{key}\",{}", &UPDATE[1..]);
    let basic = Some(("carrier", "wrong"));
    let taken = desk.taken();
    for (path, login, body, status, kept) in [
        ("/IntergrationAPI", None, keyed("wrong"), 200, 0),
        ("/IntergrationAPI", basic, keyed("wrong"), 401, 0),
        ("/IntergrationAPI", None, "{\"ApiKey\":".to_owned(), 200, 0),
        (inbound.as_str(), None, "{\"OrderCode\":".to_owned(), 200, 1),
        (
            inbound.as_str(),
            None,
            "{\"Status\":\"25\"}".to_owned(),
            200,
            2,
        ),
    ] {
        let mut request = served.post(path).body(body.clone());
        if let Some((user, password)) = login {
            request = request.basic_auth(user, Some(password));
        }
        let reply = request.send().await.unwrap();
        assert_eq!(reply.status().as_u16(), status, "{path} {body}");
        let answer: Value = reply.json().await.unwrap();
        assert_eq!(answer["IsError"], true);
        assert_ne!(answer["ErrorMessage"], "");
        assert_eq!(desk.quarantined().len(), kept, "{path} {body}");
    }
    assert_eq!(desk.taken(), taken);
    assert!(desk.now() >= NOON);
}
