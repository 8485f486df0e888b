//! Numbers registered by us (§7): every member, every check, and what is kept of them.

use super::{CREATE, KEY, Reply, SECRET, TOKEN, call, desk, push, send};
use crate::support::{FakeDesk, Trouble};
use http::{Method, StatusCode};
use serde_json::json;
use std::sync::Arc;
use trackway_dialects::desk::{Registered, Registrar};
use trackway_dialects::keydelivery;

const WISH: &str = r#"{"carrier_id":"gls","tracking_number":"ZZ000111222","webhook_url":"https://shop.example/kd/5f1c"}"#;

fn is_error(reply: &Reply, code: u32, message: &str) {
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(
        reply.text,
        format!(r#"{{"code":{code},"message":"{message}"}}"#)
    );
}

async fn registered(desk: &Arc<FakeDesk>, number: &str) -> Vec<Registered> {
    let principal = desk.key("keydelivery", "default", "another-key");
    desk.registered(&principal, "keydelivery", None, number)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_number_is_registered_and_answered_with_ok() {
    let desk = desk();
    let reply = call(&desk, CREATE, WISH).await;
    is_error(&reply, 200, "OK");
    let known = registered(&desk, "ZZ000111222").await;
    assert_eq!((known.len(), known[0].carrier.as_str()), (1, "gls"));
    let kept = json!({"carrier_id": "gls", "tracking_number": "ZZ000111222",
        "webhook_url": "https://shop.example/kd/5f1c", "area_show": 0});
    assert_eq!(known[0].data, kept);
}

#[tokio::test]
async fn every_member_is_taken_and_kept_as_sent() {
    let desk = desk();
    let wish = r#"{"carrier_id":"DHL","tracking_number":" zz000333444","phone":"0900000000","ship_from":"M\u00e1laga","ship_to":"Hanoi","area_show":"1","webhook_url":"http://shop.example:8080/kd?of=7","more":[1]}"#;
    assert_eq!(call(&desk, CREATE, wish).await.code(), 200);
    let known = registered(&desk, "ZZ000333444").await;
    let kept = json!({"carrier_id": "DHL", "tracking_number": " zz000333444", "phone": "0900000000",
        "ship_from": "Málaga", "ship_to": "Hanoi", "area_show": 1,
        "webhook_url": "http://shop.example:8080/kd?of=7"});
    assert_eq!(known[0].data, kept);
    assert_eq!(known[0].number, "zz000333444");
}

#[tokio::test]
async fn a_registered_number_is_60201_and_stays_as_it_was() {
    let desk = desk();
    assert_eq!(call(&desk, CREATE, WISH).await.code(), 200);
    let again = WISH.replace("5f1c", "other").replace("ZZ", "zz");
    is_error(
        &call(&desk, CREATE, &again).await,
        60_201,
        "Tracking already exists.",
    );
    let known = registered(&desk, "ZZ000111222").await;
    assert_eq!(known[0].data["webhook_url"], "https://shop.example/kd/5f1c");
    // Another carrier's number is another number, and so is another account's.
    let other = WISH.replace("gls", "dhl");
    assert_eq!(call(&desk, CREATE, &other).await.code(), 200);
    desk.signing_key("keydelivery", "other", "KD-2", "secret-2");
    let signature = keydelivery::sign(WISH.as_bytes(), "KD-2", "secret-2");
    let headers = [
        ("content-type", "application/json"),
        ("API-Key", "KD-2"),
        ("signature", signature.as_str()),
    ];
    let reply = send(&desk, Method::POST, CREATE, &headers, WISH).await;
    assert_eq!(reply.code(), 200);
}

/// A number that a push told of is not registered by that.
#[tokio::test]
async fn a_known_number_can_be_registered() {
    let desk = desk();
    desk.connection("default", "keydelivery", TOKEN, &[]);
    assert_eq!(push(&desk, TOKEN, super::PUSHED).await.code(), 200);
    assert_eq!(call(&desk, CREATE, WISH).await.code(), 200);
}

#[tokio::test]
async fn wrong_parameters_are_105_before_the_carrier() {
    let desk = desk();
    for (from, to) in [
        (r#""gls""#, r#""""#),
        (r#""gls""#, "7"),
        (r#""ZZ000111222""#, r#"" ""#),
        (r#""ZZ000111222""#, "null"),
        (r#""https://shop.example/kd/5f1c""#, r#""""#),
        (r#""https://shop.example/kd/5f1c""#, "null"),
        (r#""https://shop.example/kd/5f1c""#, r#""shop.example""#),
        (
            r#""https://shop.example/kd/5f1c""#,
            r#""file:///etc/hosts""#,
        ),
        (r#""gls""#, r#""nobody","area_show":2"#),
        (r#""gls""#, r#""nobody","phone":[]"#),
    ] {
        let wish = WISH.replace(from, to);
        is_error(&call(&desk, CREATE, &wish).await, 105, "Parameter error");
    }
    let long = WISH.replace("ZZ000111222", &"9".repeat(101));
    is_error(&call(&desk, CREATE, &long).await, 105, "Parameter error");
    assert!(registered(&desk, "ZZ000111222").await.is_empty());
}

/// There is no `order` parameter here (§7): whatever stands there is no matter.
#[tokio::test]
async fn order_is_no_parameter_here() {
    let wish = WISH.replace('}', r#","order":"sideways"}"#);
    assert_eq!(call(&desk(), CREATE, &wish).await.code(), 200);
}

#[tokio::test]
async fn an_address_that_nobody_may_be_sent_to_is_105() {
    let desk = desk();
    let wish = WISH.replace("https://shop.example", "http://127.0.0.1:9000");
    is_error(&call(&desk, CREATE, &wish).await, 105, "Parameter error");
    assert!(registered(&desk, "ZZ000111222").await.is_empty());
}

#[tokio::test]
async fn an_unknown_carrier_is_405() {
    let wish = WISH.replace("gls", "nobody");
    is_error(
        &call(&desk(), CREATE, &wish).await,
        405,
        "The carrier_id is invalid",
    );
}

#[tokio::test]
async fn the_checks_before_are_those_of_every_call() {
    let desk = desk();
    let post = async |headers: &[(&str, &str)], body: &str| {
        send(&desk, Method::POST, CREATE, headers, body.to_owned()).await
    };
    is_error(
        &send(&desk, Method::GET, CREATE, &[], "").await,
        101,
        "Request method GET/POST not supported",
    );
    let signature = keydelivery::sign(WISH.as_bytes(), KEY, SECRET);
    let headers = [
        ("content-type", "application/json"),
        ("API-Key", KEY),
        ("signature", signature.as_str()),
    ];
    is_error(&post(&headers[1..], WISH).await, 102, "Header error");
    is_error(&post(&headers, "{").await, 103, "Invalid JSON data");
    let stranger = [headers[0], ("API-Key", "nobody"), headers[2]];
    is_error(&post(&stranger, WISH).await, 404, "Invalid API key.");
    let respaced = WISH.replace(':', ": ");
    is_error(&post(&headers, &respaced).await, 104, "Invalid signature");
    desk.set("keydelivery.lookups_per_day", "0");
    is_error(&post(&headers, WISH).await, 401, "Unauthorized");
}

#[tokio::test]
async fn a_failing_desk_is_500() {
    let desk = desk();
    desk.trouble(Some(Trouble::Failed));
    is_error(
        &call(&desk, CREATE, WISH).await,
        500,
        "Internal Server Error",
    );
    desk.trouble(Some(Trouble::Busy(7)));
    let reply = call(&desk, CREATE, WISH).await;
    is_error(&reply, 500, "Internal Server Error");
    assert_eq!(reply.headers["retry-after"], "7");
}
