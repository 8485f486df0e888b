//! Login and status log.

use super::{KEY, SHOP, TOKEN, desk, fixture, get, post};
use crate::support::{FakeDesk, NOON, Trouble};
use http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;
use trackway_dialects::desk::LoggedMessage;
use trackway_dialects::express247::NAME;

const LOGIN: &str = "/api/Client/ClientLogin";
const LOGS: &str = "/api/Customer/GetStatusLogs";

async fn session(desk: &Arc<FakeDesk>) -> (String, String) {
    let body = r#"{"UserName":"shop-user","Password":"shop-password"}"#;
    let answer = post(desk, LOGIN, &[], body).await.json();
    (
        answer["ClientID"].to_string(),
        answer["Token"].as_str().unwrap().to_owned(),
    )
}

async fn logs(desk: &Arc<FakeDesk>, body: &str) -> Value {
    let (id, token) = session(desk).await;
    let reply = post(
        desk,
        LOGS,
        &[("ClientID", &id), ("Token", &token)],
        body.to_owned(),
    )
    .await;
    assert_eq!(reply.status, StatusCode::OK);
    reply.json()
}

#[tokio::test]
async fn a_login_opens_a_session() {
    let (desk, _) = desk();
    for body in [
        r#"{"UserName":"shop-user","Password":"shop-password"}"#,
        r#"{"USERNAME":"shop-user","PASSWORD":"shop-password","more":1}"#,
    ] {
        let reply = post(&desk, "/API/client/clientLOGIN", &[], body).await;
        assert_eq!(reply.status, StatusCode::OK);
        let answer = reply.json();
        assert!(answer["ClientID"].is_i64());
        assert_eq!(answer["ClientName"], SHOP);
        let token = answer["Token"].as_str().unwrap();
        assert!(token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(
            (&answer["Errors"], &answer["ErrorMessage"]),
            (&json!([]), &json!(""))
        );
        assert_eq!(answer["IsError"], false);
        assert_eq!(answer["ExpireDate"], "2024-05-09T09:00:00+07:00");
        let key = answer["TrackingApiKey"].as_str().unwrap();
        assert_eq!(key, KEY);
        let path = format!("/api/Order/v1/Tracking?ordercode=VD0000098&apikey={key}");
        assert_eq!(
            get(&desk, &path).await.raw("errorCode"),
            "\"ORDERCODE_NOT_FOUND\""
        );
    }
}

#[tokio::test]
async fn a_login_that_does_not_hold_is_refused_in_the_vendors_words() {
    let (desk, _) = desk();
    for body in [
        r#"{"UserName":"shop-user","Password":"wrong"}"#,
        r#"{"UserName":"shop-user"}"#,
        r#"{"UserName":7,"Password":[]}"#,
        "{}",
        "",
        "not JSON",
    ] {
        let reply = post(&desk, LOGIN, &[], body).await;
        assert_eq!(reply.status, StatusCode::OK);
        let text = "Tên tài khoản hoặc mật khẩu không đúng!";
        let answer = reply.json();
        assert_eq!(
            (&answer["ClientID"], &answer["ClientName"]),
            (&json!(0), &Value::Null)
        );
        assert_eq!(answer["Token"], Value::Null);
        assert_eq!(
            answer["Errors"],
            json!([{"ErrorMessage": text, "PropertyName": null}])
        );
        assert_eq!(
            answer["ErrorMessage"],
            format!(" | {text} | {text} | {text}")
        );
        assert_eq!(answer["IsError"], true);
    }
}

#[tokio::test]
async fn a_token_that_does_not_hold_is_an_invalid_account() {
    let (desk, _) = desk();
    let (id, token) = session(&desk).await;
    let other = "0".repeat(64);
    let body = r#"{"FromDate":"2024-05-01","ToDate":"2024-05-09"}"#;
    for headers in [
        vec![],
        vec![("ClientID", id.as_str())],
        vec![("Token", token.as_str())],
        vec![("ClientID", id.as_str()), ("Token", other.as_str())],
        vec![("ClientID", "1"), ("Token", token.as_str())],
        vec![("ClientID", "x"), ("Token", token.as_str())],
    ] {
        let reply = post(&desk, LOGS, &headers, body).await;
        assert_eq!(reply.status, StatusCode::OK);
        let answer = reply.json();
        assert_eq!(
            (&answer["ErrorCode"], &answer["IsError"]),
            (&json!("12"), &json!(true))
        );
        assert_ne!(answer["ErrorMessage"], "");
        assert_eq!(answer["Errors"].as_array().unwrap().len(), 1);
    }
    let reply = post(&desk, LOGS, &[("clientid", &id), ("token", &token)], body).await;
    assert_eq!(reply.json()["Data"], json!({"Orders": []}));
}

#[tokio::test]
async fn dates_are_needed_and_must_make_a_window() {
    let (desk, _) = desk();
    for (body, property) in [
        (r#"{"ToDate":"2024-05-09"}"#, json!("FromDate")),
        (
            r#"{"FromDate":null,"ToDate":"2024-05-09"}"#,
            json!("FromDate"),
        ),
        (
            r#"{"FromDate":"yesterday","ToDate":"2024-05-09"}"#,
            json!("FromDate"),
        ),
        (r#"{"FromDate":"2024-05-09"}"#, json!("ToDate")),
        (
            r#"{"FromDate":"2024-05-09","ToDate":20240509}"#,
            json!("ToDate"),
        ),
        (
            r#"{"FromDate":"2024-05-09","ToDate":"2024-05-08"}"#,
            json!("ToDate"),
        ),
        ("", Value::Null),
        ("[]", Value::Null),
    ] {
        let answer = logs(&desk, body).await;
        assert_eq!(
            (&answer["ErrorCode"], &answer["IsError"]),
            (&json!("6"), &json!(true)),
            "{body}"
        );
        assert_eq!(answer["Errors"][0]["PropertyName"], property, "{body}");
    }
}

/// Logs what became of telling the newest webhook.
async fn told_and_logged(
    desk: &Arc<FakeDesk>,
    body: &str,
    number: &str,
    failed: (Option<&str>, Option<&str>),
) {
    let reply = post(
        desk,
        &format!("/in/{TOKEN}/IntergrationAPI"),
        &[],
        body.to_owned(),
    )
    .await;
    assert_eq!(reply.raw("IsError"), "false");
    let change = desk.changes().pop().unwrap();
    desk.log(
        SHOP,
        NAME,
        LoggedMessage {
            view: Arc::new(desk.view(SHOP, NAME, number).unwrap()),
            statement: Some(change.statements[0]),
            message_id: format!("msg_{number}"),
            at: change.learned,
            change,
            call_error: failed.0.map(str::to_owned),
            partner_error: failed.1.map(str::to_owned),
        },
    );
}

#[tokio::test]
async fn the_log_tells_a_failed_call_and_a_partners_error_apart() {
    let (desk, _) = desk();
    told_and_logged(
        &desk,
        fixture!("webhook-delivering.json"),
        "VD0000001",
        (None, Some("unknown order")),
    )
    .await;
    desk.pass(60_000_000);
    told_and_logged(
        &desk,
        fixture!("webhook-delayed.json"),
        "VD0000001",
        (Some("timed out"), None),
    )
    .await;
    desk.pass(60_000_000);
    told_and_logged(
        &desk,
        fixture!("webhook-unknown.json"),
        "VD0000006",
        (None, None),
    )
    .await;

    let answer = logs(
        &desk,
        r#"{"FromDate":"2024-05-08T00:00:00","ToDate":"2024-05-08"}"#,
    )
    .await;
    let orders = answer["Data"]["Orders"].as_array().unwrap();
    assert_eq!(orders.len(), 2);
    assert_eq!(orders[0]["OrderCode"], "VD0000001");
    let mut expected: Value = serde_json::from_str(fixture!("webhook-delivering.json")).unwrap();
    let expected = expected.as_object_mut().unwrap();
    expected.remove("ApiKey");
    expected.extend([
        ("IsCallError".to_owned(), json!(false)),
        ("ErrorMessage".to_owned(), json!("")),
        ("IsPartnerResponseError".to_owned(), json!(true)),
        ("PartnerResponseErrorMsg".to_owned(), json!("unknown order")),
    ]);
    assert_eq!(orders[0]["Histories"][0], json!(expected));
    let second = &orders[0]["Histories"][1];
    assert_eq!(
        (&second["IsCallError"], &second["ErrorMessage"]),
        (&json!(true), &json!("timed out"))
    );
    assert_eq!(second["IsPartnerResponseError"], false);
    let third = &orders[1]["Histories"][0];
    assert_eq!(
        (&third["IsCallError"], &third["IsPartnerResponseError"]),
        (&json!(false), &json!(false))
    );

    for (codes, wanted) in [
        ("\"vd0000006\"", 1),
        ("\"VD0000001, VD0000006,\"", 2),
        ("[\"VD0000001\"]", 1),
        ("\"\"", 2),
        ("null", 2),
        ("\"VD0000099\"", 0),
    ] {
        let body = format!(
            "{{\"fromdate\":\"2024-05-08\",\"TODATE\":\"2024-05-08\",\"OrderCodes\":{codes}}}"
        );
        let answer = logs(&desk, &body).await;
        assert_eq!(
            answer["Data"]["Orders"].as_array().unwrap().len(),
            wanted,
            "{codes}"
        );
    }
    let outside = logs(&desk, r#"{"FromDate":"2024-05-06","ToDate":"2024-05-07"}"#).await;
    assert_eq!(outside["Data"]["Orders"], json!([]));
    assert_eq!(NOON, 1_715_133_600_000_000);
}

#[tokio::test]
async fn a_desk_that_fails_is_a_server_error() {
    let (desk, _) = desk();
    let (id, token) = session(&desk).await;
    let headers = [("ClientID", id.as_str()), ("Token", token.as_str())];
    for (trouble, status) in [(Trouble::Failed, 200), (Trouble::Busy(9), 503)] {
        desk.trouble(Some(trouble));
        for reply in [
            post(&desk, LOGIN, &[], "{}").await,
            post(
                &desk,
                LOGS,
                &headers,
                r#"{"FromDate":"2024-05-08","ToDate":"2024-05-08"}"#,
            )
            .await,
        ] {
            assert_eq!(reply.status.as_u16(), status);
            assert_eq!(reply.json()["ErrorCode"], "5");
            assert_eq!(reply.headers.contains_key("retry-after"), status == 503);
        }
    }
}
