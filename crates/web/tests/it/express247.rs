//! Every error of the 247Express calls, provoked by a real request and compared to the letter.

use crate::consigned::{self, CANCEL, CONFIRM, CREATE, Sender, UPDATE, log_in};
use crate::harness::{Served, json_of};
use crate::installation::Installation;
use crate::wayward::{Mode, Wayward};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use std::time::Duration;
use trackway_web::Limits;

/// Rows of the dialect's conformance table that this module provokes.
pub const PROVOKED: &[&str] = &[
    "MISSING_APIKEY",
    "MISSING_ORDERCODE",
    "ORDERCODE_MIN_LENGTH",
    "ORDERCODE_MAX_LENGTH",
    "ORDERCODE_FORMAT_EXCEPTION",
    "APIKEY_NOT_FOUND",
    "APIKEY_LIMIT",
    "ORDERCODE_NOT_FOUND",
    "ORDERCODE_DOES_NOT_BELONG_TO_YOUR_ACCOUNT",
    "ORDERCODE_QUERY_EXPIRED",
    "EXCEPTION",
    "login refused",
    "bad token",
    "log without dates",
    "webhook with a bad ApiKey",
    "webhook with bad Basic",
    "webhook without OrderCode",
    "broken webhook",
    "error 0",
    "error 1",
    "error 2",
    "error 3",
    "error 4",
    "error 5",
    "error 6",
    "error 7",
    "error 8",
    "error 9",
    "error 10",
    "error 12",
    "error 13",
    "error 14",
    "error 15",
    "error 16",
    "error 17",
    "error 18",
    "error 19",
    "error 20",
    "error 21",
    "error 22",
    "error 23",
    "error 24",
    "error 25",
];

/// Query, code, text. `{key}` stands for the shop's key.
const TRACKING: &[(&str, &str, &str)] = &[
    ("", "MISSING_APIKEY", "Missing Apikey."),
    ("ordercode=VD0000001", "MISSING_APIKEY", "Missing Apikey."),
    (
        "ordercode=VD0000001&apikey=",
        "MISSING_APIKEY",
        "Missing Apikey.",
    ),
    ("apikey={key}", "MISSING_ORDERCODE", "Missing Ordercode."),
    (
        "apiKey={key}&ordercode=",
        "MISSING_ORDERCODE",
        "Missing Ordercode.",
    ),
    (
        "ordercode=VD01&apikey={key}",
        "ORDERCODE_MIN_LENGTH",
        "OrderCode less than 5 characters.",
    ),
    (
        "ordercode=VD0000000000000000001&apikey={key}",
        "ORDERCODE_MAX_LENGTH",
        "The maximum number of OrderCode is 20 characters.",
    ),
    (
        "ordercode=VD0000%24001&APIKEY={key}",
        "ORDERCODE_FORMAT_EXCEPTION",
        "The ordercode contain special characters (except _-).",
    ),
    (
        "ordercode=VD0000001&apikey=1111-2222",
        "APIKEY_NOT_FOUND",
        "Apikey is not found.",
    ),
    (
        "ordercode=VD9999999&apikey={key}",
        "ORDERCODE_NOT_FOUND",
        "OrderCode is not found.",
    ),
    (
        "ordercode=VD0000002&apikey={key}",
        "ORDERCODE_DOES_NOT_BELONG_TO_YOUR_ACCOUNT",
        "Ordercode does not belong to your account.",
    ),
    (
        "ordercode=VD0000003&apikey={key}",
        "ORDERCODE_QUERY_EXPIRED",
        "The order has exceeded the tracking lookup period.",
    ),
];

/// The vendor's error: 40 members, all null but two.
fn assert_error(status: StatusCode, answer: &Value, code: &str, text: &str) {
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(
        (&answer["errorCode"], &answer["errorMessage"]),
        (&json!(code), &json!(text))
    );
    let members = answer.as_object().unwrap();
    assert_eq!(members.len(), 40, "{answer}");
    assert_eq!(
        members.values().filter(|value| !value.is_null()).count(),
        2,
        "{answer}"
    );
}

#[tokio::test]
async fn every_error_of_the_tracking_call() {
    let own = Installation::with(&[("express247.lookup_period_days", "10")]).await;
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    own.told(&shop, "VD0000001", "25", "2026-05-31T10:00:00+07:00")
        .await;
    own.told(&other, "VD0000002", "25", "2026-05-31T10:00:00+07:00")
        .await;
    own.told(&shop, "VD0000003", "25", "2026-05-01T10:00:00+07:00")
        .await;
    for (query, code, text) in TRACKING {
        let query = query.replace("{key}", &shop.express247.key);
        let (status, answer) = own.get(&format!("/api/Order/v1/Tracking?{query}")).await;
        assert_error(status, &answer, code, text);
    }
    let known = own.tracking(&shop, "VD0000001").await;
    assert_eq!(
        (&known["errorCode"], &known["status"]),
        (&Value::Null, &json!("25"))
    );

    let limited = Installation::with(&[("express247.lookups_per_day", "1")]).await;
    let shop = limited.shop("shop").await;
    let (key, limit) = (&shop.express247.key, "Look up more than 200,000 times/day.");
    let path = format!("/api/Order/v1/Tracking?ordercode=VD0000001&apikey={key}");
    assert_eq!(
        limited.get(&path).await.1["errorCode"],
        "ORDERCODE_NOT_FOUND"
    );
    let (status, answer) = limited.get(&path).await;
    assert_error(status, &answer, "APIKEY_LIMIT", limit);
    // A new day in Vietnam begins at 17:00 UTC.
    limited.clock.advance(Duration::from_hours(5));
    assert_eq!(
        limited.get(&path).await.1["errorCode"],
        "ORDERCODE_NOT_FOUND"
    );
}

#[tokio::test]
async fn a_desk_that_fails_is_an_exception() {
    let served = Served::start(Wayward::new(Mode::Fail), Limits::default()).await;
    let (status, answer) = json_of(served.look_up_247("VD0000001")).await;
    assert_error(
        status,
        &answer,
        "EXCEPTION",
        "Unknown error, please contact 247.",
    );
}

const LOGIN: &str = "/api/Client/ClientLogin";
const LOGS: &str = "/api/Customer/GetStatusLogs";
const REFUSED: &str = "Tên tài khoản hoặc mật khẩu không đúng!";

#[tokio::test]
async fn the_customer_calls_errors() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    for body in [
        json!({"UserName": shop.express247.user_name, "Password": "wrong"}).to_string(),
        json!({"UserName": "nobody", "Password": shop.express247.password}).to_string(),
        json!({"UserName": null, "Password": null}).to_string(),
        "{}".to_owned(),
        "{".to_owned(),
    ] {
        let (status, answer) = own.post(LOGIN, &body).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(answer["ClientID"], 0);
        assert_eq!(
            (&answer["ClientName"], &answer["Token"]),
            (&Value::Null, &Value::Null)
        );
        assert_eq!(
            answer["Errors"],
            json!([{"ErrorMessage": REFUSED, "PropertyName": null}]),
            "{body}"
        );
        assert_eq!(
            answer["ErrorMessage"],
            format!(" | {REFUSED} | {REFUSED} | {REFUSED}")
        );
    }
    let session = log_in(&own, &shop).await;
    let dates = json!({"FromDate": "2026-05-01", "ToDate": "2026-06-01"});
    for (client, token, body, code, property) in [
        ("0", session.1.as_str(), &dates, "12", json!("Token")),
        (session.0.as_str(), "00", &dates, "12", json!("Token")),
        ("", "", &dates, "12", json!("ClientID")),
        (
            &session.0,
            &session.1,
            &json!({"ToDate": "2026-06-01"}),
            "6",
            json!("FromDate"),
        ),
        (
            &session.0,
            &session.1,
            &json!({"FromDate": "2026-06-01"}),
            "6",
            json!("ToDate"),
        ),
        (
            &session.0,
            &session.1,
            &json!({"FromDate": "soon", "ToDate": "2026-06-01"}),
            "6",
            json!("FromDate"),
        ),
    ] {
        let answer = logs(&own, client, token, body).await;
        assert_eq!(answer["ErrorCode"], code, "{answer}");
        assert_eq!(answer["IsError"], true);
        assert_eq!(answer["Errors"][0]["PropertyName"], property, "{answer}");
        assert!(
            answer["ErrorMessage"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
    }
    let empty = logs(&own, &session.0, &session.1, &dates).await;
    assert_eq!(empty["Data"]["Orders"], json!([]), "{empty}");

    // The token ends with its day.
    own.clock.advance(Duration::from_hours(25));
    assert_eq!(
        logs(&own, &session.0, &session.1, &dates).await["ErrorCode"],
        "12"
    );
}

async fn logs(own: &Installation, client: &str, token: &str, body: &Value) -> Value {
    let request = own
        .served
        .post(LOGS)
        .header("ClientID", client)
        .header("Token", token);
    let request = request
        .header(CONTENT_TYPE, "application/json")
        .body(body.to_string());
    let (status, answer) = json_of(request).await;
    assert_eq!(status, StatusCode::OK);
    answer
}

#[tokio::test]
async fn the_webhooks_refusals() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let update = |key: &str| {
        json!({
            "ApiKey": key,
            "OrderCode": "VD0000001",
            "Status": "25",
            "Time": "2026-05-31T10:00:00+07:00",
        })
        .to_string()
    };
    let refused = |answer: &Value| {
        assert_eq!(answer["IsError"], true, "{answer}");
        assert!(
            answer["ErrorMessage"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{answer}"
        );
    };
    let (status, answer) = own.post("/IntergrationAPI", &update("WRONG")).await;
    assert_eq!(status, StatusCode::OK);
    refused(&answer);

    let basic = |password: &str| {
        let credentials = STANDARD.encode(format!("shop:{password}"));
        let request = own.served.post("/intergrationapi").body(update(""));
        request
            .header(CONTENT_TYPE, "application/json")
            .header("authorization", format!("Basic {credentials}"))
    };
    let (status, answer) = json_of(basic("wrong")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    refused(&answer);

    let nameless = json!({"ApiKey": shop.webhook_key(), "Status": "25"}).to_string();
    let (status, answer) = own.post("/IntergrationAPI", &nameless).await;
    assert_eq!(status, StatusCode::OK);
    refused(&answer);

    for path in ["/IntergrationAPI".to_owned(), shop.webhook_path()] {
        let (status, answer) = own.post(&path, "{\"OrderCode\":").await;
        assert_eq!(status, StatusCode::OK);
        refused(&answer);
    }
    // Nothing of this was taken for a statement; each of the three ways in works.
    assert_eq!(
        own.tracking(&shop, "VD0000001").await["errorCode"],
        "ORDERCODE_NOT_FOUND"
    );
    for request in [
        basic("password of shop"),
        own.served.post(&shop.webhook_path()).body(update("")),
        own.served
            .post("/INTERGRATIONAPI")
            .body(update(&shop.webhook_key())),
    ] {
        let (status, answer) = json_of(request).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(answer, json!({"IsError": false, "ErrorMessage": ""}));
    }
    let known = own.tracking(&shop, "VD0000001").await;
    assert_eq!(
        known["statuses"].as_array().map(Vec::len),
        Some(1),
        "{known}"
    );
}

/// Every number of §8.3, each by a real request.
#[tokio::test]
async fn every_number_of_the_customer_api() {
    let sender = Sender::new(Installation::start().await).await;
    let code = sender.ordered(&json!({"ExternalCode": "SO-1"})).await;
    let done = sender
        .call(UPDATE, &json!({"OrderInfo": {"OrderCode": code}}))
        .await;
    assert_eq!(done["ErrorCode"], "0", "{done}");
    for (members, number, property) in [
        (
            json!({"ReceiverWardName": "Phường 2"}),
            "1",
            "ReceiverWardName",
        ),
        (
            json!({"ReceiverDistrictName": "Quận 1"}),
            "2",
            "ReceiverDistrictName",
        ),
        (
            json!({"ReceiverProvinceName": "Nowhere"}),
            "3",
            "ReceiverProvinceName",
        ),
        (json!({"ExternalCode": "SO-1"}), "4", "ExternalCode"),
        (json!({"RealWeight": -1}), "6", "RealWeight"),
        (
            json!({"SpecialInstructionId": 5}),
            "9",
            "SpecialInstructionId",
        ),
        (json!({"ServiceTypeID": "NONE"}), "10", "ServiceTypeID"),
        (json!({"ReceiverAddress": null}), "17", "ReceiverAddress"),
        (json!({"MailerType": "XX"}), "18", "MailerType"),
        (json!({"Quantity": 0}), "19", "Quantity"),
        (json!({"Quantity": 2}), "20", "Packages"),
        (json!({"ClientHubID": null}), "21", "ClientHubID"),
        (json!({"COPAmt": -1}), "25", "COPAmt"),
    ] {
        let told = sender.refused(CREATE, &sender.wanted(&members)).await;
        assert_eq!(told, (number.to_owned(), json!(property)), "{members}");
    }
    sender
        .own
        .told(&sender.shop, &code, "25", "2026-06-01T19:00:00+07:00")
        .await;
    sender
        .own
        .told(&sender.shop, &code, "16", "2026-06-01T19:00:01+07:00")
        .await;
    let confirm = |members: Value| {
        let mut body = members;
        body["OrderCode"] = json!(code);
        body
    };
    for (path, body, number, property) in [
        (
            UPDATE,
            json!({"OrderInfo": {"OrderCode": code, "Note": "x"}}),
            "8",
            "OrderCode",
        ),
        (CANCEL, json!({"OrderCode": "VD9999999"}), "13", "OrderCode"),
        (CANCEL, json!({"OrderCode": code}), "14", "OrderCode"),
        (CANCEL, json!({}), "15", "OrderCode"),
        (CANCEL, json!({"OrderCode": {}}), "16", "OrderCode"),
        (CONFIRM, confirm(json!({"ConfirmID": 9})), "22", "ConfirmID"),
        (
            CONFIRM,
            confirm(json!({"ConfirmID": 4})),
            "23",
            "DeliveryInfo",
        ),
        (
            CONFIRM,
            confirm(json!({"ConfirmID": 4, "DeliveryInfo": 1})),
            "24",
            "DeliveryInfo",
        ),
    ] {
        let told = sender.refused(path, &body).await;
        assert_eq!(told, (number.to_owned(), json!(property)), "{path} {body}");
    }
    let again = confirm(json!({"ConfirmID": 1}));
    assert_eq!(sender.call(CONFIRM, &again).await["IsError"], false);
    sender.switch_shop_off().await;
    assert_eq!(
        sender.refused(CREATE, &sender.wanted(&json!({}))).await.0,
        "7"
    );
    // Another client's order is none, and a token ends with its day.
    let other = sender.own.shop("other").await;
    let foreign = log_in(&sender.own, &other).await;
    let told = sender
        .call_as(&foreign, CANCEL, &json!({"OrderCode": code}))
        .await;
    assert_eq!(consigned::faults(&told).0, "13");
    sender.own.clock.advance(Duration::from_hours(25));
    let told = sender.refused(CANCEL, &json!({"OrderCode": code})).await;
    assert_eq!(told, ("12".to_owned(), json!("Token")));

    let broken = Served::start(Wayward::new(Mode::Fail), Limits::default()).await;
    let request = broken
        .post(CANCEL)
        .header("ClientID", "1")
        .header("Token", "00");
    let (status, told) = json_of(request.body(json!({"OrderCode": "VD0000001"}).to_string())).await;
    assert_eq!(
        (status, consigned::faults(&told).0.as_str()),
        (StatusCode::OK, "5")
    );
}
