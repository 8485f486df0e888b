//! KeyDelivery served by us: every error, in the order of the checks, and what `area_show` and
//! `order` do.

use super::{DELIVERED, KEY, REALTIME, Reply, SECRET, ask, desk, send, told};
use crate::support::{FakeDesk, Trouble};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use trackway_dialects::keydelivery;

const LOOKUP: &str = r#"{"carrier_id":"gls","tracking_number":"ZZ000111222"}"#;
const TYPE: (&str, &str) = ("content-type", "application/json");

/// The error's envelope to the letter: HTTP 200, code and message, and no `data`.
fn is_error(reply: &Reply, code: u32, message: &str) {
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.headers["content-type"], "application/json");
    assert_eq!(
        reply.text,
        format!(r#"{{"code":{code},"message":"{message}"}}"#)
    );
}

async fn post(desk: &Arc<FakeDesk>, headers: &[(&str, &str)], body: &str) -> Reply {
    send(desk, Method::POST, REALTIME, headers, body.to_owned()).await
}

fn known() -> Arc<FakeDesk> {
    let desk = desk();
    told(&desk, "gls", "ZZ000111222", DELIVERED);
    desk
}

#[tokio::test]
async fn another_method_is_101() {
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        // Before anything else is looked at.
        is_error(
            &send(&desk(), method, REALTIME, &[], "").await,
            101,
            "Request method GET/POST not supported",
        );
    }
}

#[tokio::test]
async fn a_missing_header_is_102() {
    let all = [TYPE, ("API-Key", "nobody"), ("signature", "x")];
    for left_out in 0..all.len() {
        let sent: Vec<_> = all
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != left_out)
            .map(|(_, h)| *h)
            .collect();
        is_error(&post(&desk(), &sent, "no JSON").await, 102, "Header error");
    }
    is_error(
        &post(&desk(), &[TYPE, ("API-Key", ""), ("signature", "x")], "{}").await,
        102,
        "Header error",
    );
}

#[tokio::test]
async fn what_is_no_json_is_103() {
    let headers = [TYPE, ("API-Key", "nobody"), ("signature", "x")];
    for body in ["", "{", "[]", "\"text\"", "{\"a\":1} x"] {
        is_error(
            &post(&desk(), &headers, body).await,
            103,
            "Invalid JSON data",
        );
    }
    let other_type = [("content-type", "text/plain"), headers[1], headers[2]];
    is_error(
        &post(&desk(), &other_type, "{}").await,
        103,
        "Invalid JSON data",
    );
    let no_text = send(
        &desk(),
        Method::POST,
        REALTIME,
        &headers,
        b"{\"a\":\"\xff\"}".to_vec(),
    )
    .await;
    is_error(&no_text, 103, "Invalid JSON data");
    let with_charset = [
        ("content-type", "Application/JSON; charset=utf-8"),
        headers[1],
        headers[2],
    ];
    assert_eq!(post(&desk(), &with_charset, "{}").await.code(), 404);
}

#[tokio::test]
async fn too_deep_or_too_large_is_106() {
    let headers = [TYPE, ("API-Key", "nobody"), ("signature", "x")];
    let text = "The request is understood, but it has been refused or access is not allowed";
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    is_error(&post(&desk(), &headers, &deep).await, 106, text);
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(70_000));
    is_error(&post(&desk(), &headers, &large).await, 106, text);
}

#[tokio::test]
async fn an_unknown_key_is_404_before_its_signature_is_looked_at() {
    let headers = [TYPE, ("API-Key", "nobody"), ("signature", "wrong")];
    is_error(
        &post(&desk(), &headers, "{}").await,
        404,
        "Invalid API key.",
    );
}

#[tokio::test]
async fn a_wrong_signature_is_104_before_the_quota() {
    let desk = desk();
    desk.set("keydelivery.lookups_per_day", "0");
    let good = keydelivery::sign(LOOKUP.as_bytes(), KEY, SECRET);
    let respelt = LOOKUP.replace(',', ", ");
    for (signature, body) in [
        ("x", LOOKUP),
        (good.to_lowercase().as_str(), LOOKUP),
        (good.as_str(), respelt.as_str()),
    ] {
        let headers = [TYPE, ("API-Key", KEY), ("signature", signature)];
        is_error(&post(&desk, &headers, body).await, 104, "Invalid signature");
    }
}

/// keydelivery.md §2: three spellings of one object have three signatures, and none holds for
/// another's bytes.
#[tokio::test]
async fn the_signature_covers_the_raw_bytes() {
    let spellings = [
        (
            r#"{"carrier_id":"gls","tracking_number":"ZZ000111222","area_show":1}"#,
            "133E188F6CC2CA2E8E7790B47501D330",
        ),
        (
            r#"{"carrier_id": "gls", "tracking_number": "ZZ000111222", "area_show": 1}"#,
            "F3AAF010AF8C93DD0A4ADF0CCD998055",
        ),
        (
            "{\n  \"carrier_id\": \"gls\",\n  \"tracking_number\": \"ZZ000111222\",\n  \"area_show\": 1\n}",
            "D590DC6F0B39FED7DAA0C7518D90EFF7",
        ),
    ];
    let desk = known();
    for (at, (body, _)) in spellings.iter().enumerate() {
        for (other, (_, signature)) in spellings.iter().enumerate() {
            let headers = [TYPE, ("API-Key", KEY), ("signature", *signature)];
            let expected = if at == other { 200 } else { 104 };
            assert_eq!(post(&desk, &headers, body).await.code(), expected);
        }
    }
}

#[tokio::test]
async fn a_used_up_quota_is_401_before_the_parameters() {
    let desk = known();
    desk.set("keydelivery.lookups_per_day", "2");
    assert_eq!(ask(&desk, LOOKUP).await.code(), 200);
    assert_eq!(ask(&desk, "{}").await.code(), 105);
    is_error(&ask(&desk, "{}").await, 401, "Unauthorized");
    desk.pass(86_400_000_000);
    assert_eq!(ask(&desk, LOOKUP).await.code(), 200, "another day");
}

#[tokio::test]
async fn wrong_parameters_are_105_before_the_carrier() {
    for body in [
        "{}",
        r#"{"carrier_id":"","tracking_number":"Z1"}"#,
        r#"{"carrier_id":"nobody","tracking_number":" "}"#,
        r#"{"carrier_id":"gls","tracking_number":7}"#,
        r#"{"carrier_id":"nobody","tracking_number":"Z1","area_show":2}"#,
        r#"{"carrier_id":"nobody","tracking_number":"Z1","order":"newest"}"#,
        r#"{"carrier_id":"nobody","tracking_number":"Z1","phone":[]}"#,
    ] {
        is_error(&ask(&desk(), body).await, 105, "Parameter error");
    }
    let long = format!(
        r#"{{"carrier_id":"gls","tracking_number":"{}"}}"#,
        "9".repeat(201)
    );
    is_error(&ask(&desk(), &long).await, 105, "Parameter error");
}

#[tokio::test]
async fn an_unknown_carrier_is_405() {
    let reply = ask(
        &desk(),
        r#"{"carrier_id":"nobody","tracking_number":"ZZ000111222"}"#,
    )
    .await;
    is_error(&reply, 405, "The carrier_id is invalid");
}

#[tokio::test]
async fn nothing_known_is_60101_and_another_accounts_parcel_is_nothing() {
    let desk = desk();
    is_error(&ask(&desk, LOOKUP).await, 60_101, "No result found");
    desk.elsewhere("gls", "ZZ000111222");
    is_error(&ask(&desk, LOOKUP).await, 60_101, "No result found");
    // Known, but nothing has happened yet.
    desk.news(
        "default",
        trackway_model::ConnectionId(0),
        "gls",
        "ZZ000111222",
        Vec::new(),
    );
    is_error(&ask(&desk, LOOKUP).await, 60_101, "No result found");
}

/// The original is asked of any number at any time, so an upstream is where nothing is known here.
#[tokio::test]
async fn an_unknown_parcel_is_asked_of_an_upstream_at_once() {
    let elsewhere = known();
    let whole = elsewhere.view("default", "keydelivery", "ZZ000111222");
    let desk = desk();
    desk.knows_upstream(whole.unwrap());
    let asked = r#"{"carrier_id":"gls","tracking_number":"ZZ000111222","area_show":1}"#;
    assert_eq!(ask(&desk, asked).await.text, DELIVERED);
    // Nothing is kept by that.
    assert!(desk.view("default", "keydelivery", "ZZ000111222").is_none());
    desk.silence(true);
    is_error(&ask(&desk, asked).await, 60_101, "No result found");
    // No upstream is asked of what no number of anybody's can be.
    let long = format!(
        r#"{{"carrier_id":"gls","tracking_number":"{}"}}"#,
        "Z".repeat(150)
    );
    is_error(&ask(&desk, &long).await, 60_101, "No result found");
}

#[tokio::test]
async fn a_failing_desk_is_500() {
    let desk = known();
    desk.trouble(Some(Trouble::Failed));
    is_error(&ask(&desk, LOOKUP).await, 500, "Internal Server Error");
    desk.trouble(Some(Trouble::Busy(7)));
    let reply = ask(&desk, LOOKUP).await;
    is_error(&reply, 500, "Internal Server Error");
    assert_eq!(reply.headers["retry-after"], "7");
    desk.trouble(None);
    desk.set("keydelivery.lookups_per_day", "many");
    is_error(&ask(&desk, LOOKUP).await, 500, "Internal Server Error");
}

#[tokio::test]
async fn another_path_is_404_with_101() {
    for path in [
        "/api/v1/tracking/nothing",
        "/api/v1/carriers/nothing",
        "/api/v1/Tracking/Realtime",
    ] {
        let reply = send(&desk(), Method::POST, path, &[], "{}").await;
        assert_eq!((reply.status, reply.code()), (StatusCode::NOT_FOUND, 101));
    }
}

fn data(reply: &Reply) -> Value {
    assert_eq!(reply.code(), 200, "{}", reply.text);
    reply.json()["data"].clone()
}

#[tokio::test]
async fn area_show_decides_what_items_hold() {
    let desk = known();
    let keys = |reply: &Reply| {
        let items = data(reply)["items"].clone();
        items
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item.as_object().unwrap().len())
            .collect::<Vec<_>>()
    };
    for (area_show, expected) in [
        ("", 2),
        (r#","area_show":0"#, 2),
        (r#","area_show":"0""#, 2),
        (r#","area_show":1"#, 6),
        (r#","area_show":"1""#, 6),
    ] {
        let reply = ask(&desk, &LOOKUP.replace('}', &format!("{area_show}}}"))).await;
        assert_eq!(keys(&reply), [expected; 3], "{area_show}");
        assert_eq!(data(&reply)["order_status_code"], 3, "stays in both cases");
    }
    let reply = ask(&desk, LOOKUP).await;
    let expected = json!({"context": "Parcel delivered", "time": "2024-03-05 14:20:11"});
    assert_eq!(data(&reply)["items"][0], expected);
}

#[tokio::test]
async fn order_reverses_the_items_only() {
    let desk = known();
    let ordered =
        |order: &str| LOOKUP.replace('}', &format!(r#","area_show":1,"order":"{order}"}}"#));
    let mut newest = data(&ask(&desk, &ordered("desc")).await);
    let oldest = data(&ask(&desk, &ordered("asc")).await);
    newest["items"].as_array_mut().unwrap().reverse();
    assert_eq!(newest, oldest);
    assert_eq!(oldest["items"][0]["context"], "Parcel data received");
}

#[tokio::test]
async fn carrier_and_number_are_echoed_as_sent() {
    let desk = desk();
    told(&desk, "dhl", "ZZ000333444", super::QUIRKS);
    let reply = ask(
        &desk,
        r#"{"carrier_id":"DHL","tracking_number":"zz000333444"}"#,
    )
    .await;
    let data = data(&reply);
    assert_eq!(
        (&data["carrier_id"], &data["tracking_number"]),
        (&json!("DHL"), &json!("zz000333444"))
    );
    assert_eq!(
        data["order_status_code"], 4,
        "as sent, whatever the newest item says"
    );
}
