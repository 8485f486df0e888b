//! Carrier detection (§9), served and called.

use super::{DETECT, KEY, Reply, SECRET, call, desk, send};
use http::{Method, StatusCode};
use serde_json::json;
use std::collections::BTreeMap;
use trackway_dialects::Dialect;
use trackway_dialects::dialect::{Answer, CallError, Candidate, Detects, Upstream};
use trackway_dialects::keydelivery::{self, KeyDelivery};
use trackway_model::ConnectionId;

fn is_error(reply: &Reply, code: u32, message: &str) {
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(
        reply.text,
        format!(r#"{{"code":{code},"message":"{message}"}}"#)
    );
}

async fn detected(number: &str) -> Reply {
    let body = json!({ "tracking_number": number }).to_string();
    call(&desk(), DETECT, &body).await
}

#[tokio::test]
async fn carriers_are_told_as_a_list_the_most_likely_first() {
    // The form that the carrier's own page shows, with its check digit.
    let reply = detected("1Z999AA10123456784").await;
    assert_eq!((reply.status, reply.code()), (StatusCode::OK, 200));
    let answer = reply.json();
    assert_eq!(answer["message"], "OK");
    let data = answer["data"].as_array().unwrap();
    assert_eq!(data[0], json!({"carrier_id": "ups", "carrier_name": "UPS"}));
    for told in data {
        let id = told["carrier_id"].as_str().unwrap();
        assert!(
            keydelivery::carrier(id).is_some(),
            "{id} can be looked up and registered"
        );
        assert_eq!(told.as_object().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_number_of_nobody_is_406() {
    for number in ["HELLO", "12", "0000000000000000000000000000000", "x y z"] {
        is_error(&detected(number).await, 406, "Cannot detect the carrier");
    }
}

/// The table calls the number optional; without it nothing can be said.
#[tokio::test]
async fn a_blank_number_is_105() {
    for body in [
        "{}",
        r#"{"tracking_number":""}"#,
        r#"{"tracking_number":" "}"#,
        r#"{"tracking_number":null}"#,
        r#"{"tracking_number":12345678}"#,
        r#"{"tracking_number":["1Z999AA10123456784"]}"#,
    ] {
        is_error(&call(&desk(), DETECT, body).await, 105, "Parameter error");
    }
}

#[tokio::test]
async fn the_checks_before_are_those_of_every_call() {
    let desk = desk();
    let body = r#"{"tracking_number":"1Z999AA10123456784"}"#;
    let signature = keydelivery::sign(body.as_bytes(), KEY, SECRET);
    let headers = [
        ("content-type", "application/json"),
        ("API-Key", KEY),
        ("signature", signature.as_str()),
    ];
    let post = async |headers: &[(&str, &str)], body: &str| {
        send(&desk, Method::POST, DETECT, headers, body.to_owned()).await
    };
    is_error(
        &send(&desk, Method::GET, DETECT, &[], "").await,
        101,
        "Request method GET/POST not supported",
    );
    is_error(&post(&headers[..2], body).await, 102, "Header error");
    is_error(&post(&headers, "[]").await, 103, "Invalid JSON data");
    let stranger = [headers[0], ("API-Key", "nobody"), headers[2]];
    is_error(&post(&stranger, body).await, 404, "Invalid API key.");
    is_error(&post(&headers, "{}").await, 104, "Invalid signature");
    desk.set("keydelivery.lookups_per_day", "0");
    is_error(&post(&headers, body).await, 401, "Unauthorized");
}

fn detects() -> &'static dyn Detects {
    KeyDelivery.call().unwrap().detects().unwrap()
}

fn parse(status: u16, body: &str) -> Result<Vec<Candidate>, CallError> {
    detects().parse(&Answer {
        status,
        retry_after_s: None,
        body: body.as_bytes(),
    })
}

#[test]
fn an_upstream_is_asked_with_the_number_alone() {
    let settings: BTreeMap<String, String> = [("key", KEY), ("secret", SECRET)]
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .into();
    let upstream = Upstream {
        connection: ConnectionId(1),
        base_url: "https://kd.example",
        settings: &settings,
    };
    let sent = detects().request(&upstream, "ZZ000111222").unwrap();
    assert_eq!(sent.url, "https://kd.example/api/v1/carriers/detect");
    let body = std::str::from_utf8(&sent.body).unwrap();
    assert_eq!(body, r#"{"tracking_number":"ZZ000111222"}"#);
    let signature = keydelivery::sign(&sent.body, KEY, SECRET);
    let told = sent.headers.iter().find(|(name, _)| name == "signature");
    assert_eq!(told.unwrap().1, signature.as_str());
}

/// The reference's example, and what else may come.
#[test]
fn what_an_upstream_answers_is_read() {
    let body = r#"{"code":200,"message":"OK","data":[{"carrier_id":"dhl_de","carrier_name":"DHL Deutschland"},{"carrier_id":"dhl_benelux","carrier_name":"DHL Benelux"}]}"#;
    let candidate = |code: &str, name: &str| Candidate {
        carrier: code.to_owned(),
        code: code.to_owned(),
        name: name.to_owned(),
    };
    let expected = [
        candidate("dhl_de", "DHL Deutschland"),
        candidate("dhl_benelux", "DHL Benelux"),
    ];
    assert_eq!(parse(200, body).unwrap(), expected);
    let odd = r#"{"code":"200","data":[7,{"carrier_name":"x"},{"carrier_id":"Acme","carrier_name":null}]}"#;
    let expected = Candidate {
        carrier: "x-keydelivery:acme".to_owned(),
        ..candidate("Acme", "Acme")
    };
    assert_eq!(parse(200, odd).unwrap(), [expected]);
    let nothing = r#"{"code":406,"message":"Cannot detect the carrier"}"#;
    assert_eq!(parse(200, nothing).unwrap(), []);
    let refused = parse(200, r#"{"code":404,"message":"Invalid API key."}"#);
    assert!(matches!(refused, Err(CallError::Refused { .. })));
    let used_up = parse(200, r#"{"code":401,"message":"Unauthorized"}"#);
    assert!(matches!(used_up, Err(CallError::Quota { .. })));
    let shape = parse(200, r#"{"code":200,"message":"OK","data":{}}"#);
    assert!(matches!(shape, Err(CallError::Shape { .. })));
    let down = parse(502, "<html>");
    assert!(matches!(down, Err(CallError::Fault { .. })));
}
