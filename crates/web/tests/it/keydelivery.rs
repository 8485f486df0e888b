//! Every code of KeyDelivery's calls, provoked by a real request and compared to the letter.

use crate::harness::{Served, json_of, keydelivery_request, signed, signed_call};
use crate::installation::Installation;
use crate::pages::parcels::{CARRIER, World};
use crate::wayward::{Mode, Wayward};
use reqwest::header::{CONTENT_TYPE, HeaderName};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use trackway_web::Limits;

/// Rows of the dialect's conformance table that this module provokes.
pub const PROVOKED: &[&str] = &[
    "code-200",
    "code-101",
    "code-102",
    "code-103",
    "code-104",
    "code-105",
    "code-106",
    "code-401",
    "code-404",
    "code-405",
    "code-406",
    "code-500",
    "code-60101",
    "code-60201",
];

const PATH: &str = "/api/v1/tracking/realtime";
const CREATE: &str = "/api/v1/tracking/create";
const DETECT: &str = "/api/v1/carriers/detect";
const KNOWN: &str = r#"{"carrier_id":"247express","tracking_number":"VD0000001"}"#;

/// Code and message, and nothing else.
async fn assert_told(request: RequestBuilder, code: u32, message: &str) {
    let (status, answer) = json_of(request).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer, json!({"code": code, "message": message}));
}

/// A request without one of its headers.
fn without(request: RequestBuilder, header: &HeaderName) -> RequestBuilder {
    let (client, request) = request.build_split();
    let mut request = request.unwrap();
    request.headers_mut().remove(header);
    RequestBuilder::from_parts(client, request)
}

#[tokio::test]
async fn every_code_of_the_look_up() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    own.told(&shop, "VD0000001", "25", "2026-05-31T10:00:00+07:00")
        .await;
    let (key, secret) = (
        shop.keydelivery.key.as_str(),
        shop.keydelivery.secret.as_deref().unwrap(),
    );
    let ask = |body: &str| signed(&own.served, body, key, secret);

    let get = own.served.request(Method::GET, PATH);
    assert_told(get, 101, "Request method GET/POST not supported").await;
    for header in ["api-key", "signature", "content-type"] {
        let header = HeaderName::from_static(header);
        assert_told(without(ask(KNOWN), &header), 102, "Header error").await;
    }
    for body in ["", "{", "[]", "null", "\"text\""] {
        assert_told(ask(body), 103, "Invalid JSON data").await;
    }
    let plain = without(ask(KNOWN), &CONTENT_TYPE).header(CONTENT_TYPE, "text/plain");
    assert_told(plain, 103, "Invalid JSON data").await;
    let respaced = KNOWN.replace(':', ": ");
    assert_told(ask(KNOWN).body(respaced), 104, "Invalid signature").await;
    assert_told(
        signed(&own.served, KNOWN, key, "wrong"),
        104,
        "Invalid signature",
    )
    .await;
    for body in [
        r#"{"carrier_id":"","tracking_number":"VD0000001"}"#,
        r#"{"carrier_id":"247express"}"#,
        r#"{"carrier_id":7,"tracking_number":"VD0000001"}"#,
        r#"{"carrier_id":"247express","tracking_number":"VD0000001","area_show":2}"#,
    ] {
        assert_told(ask(body), 105, "Parameter error").await;
    }
    let deep = format!(
        r#"{{"carrier_id":{}1{}}}"#,
        "[".repeat(300),
        "]".repeat(300)
    );
    let blocked = "The request is understood, but it has been refused or access is not allowed";
    assert_told(ask(&deep), 106, blocked).await;
    let stranger = signed(&own.served, KNOWN, "nobody", secret);
    assert_told(stranger, 404, "Invalid API key.").await;
    let carrier = r#"{"carrier_id":"nobody","tracking_number":"VD0000001"}"#;
    assert_told(ask(carrier), 405, "The carrier_id is invalid").await;
    let unknown = r#"{"carrier_id":"247express","tracking_number":"VD9999999"}"#;
    assert_told(ask(unknown), 60_101, "No result found").await;

    let (status, found) = json_of(ask(KNOWN)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&found["code"], &found["message"]),
        (&json!(200), &json!("OK"))
    );
    assert_eq!(found["data"]["order_status_code"], 5, "{found}");
    let item = found["data"]["items"][0].as_object().unwrap();
    assert_eq!(
        item.keys().collect::<Vec<_>>(),
        ["context", "time"],
        "area_show is 0"
    );
    assert_eq!(item["time"], "2026-05-31 10:00:00");
}

/// What is checked before every call is checked before these as well.
async fn assert_guarded(own: &Installation, path: &str, body: &str, key: &str, secret: &str) {
    let ask = |body: &str| signed_call(&own.served, path, body, key, secret);
    let get = own.served.request(Method::GET, path);
    assert_told(get, 101, "Request method GET/POST not supported").await;
    for header in ["api-key", "signature", "content-type"] {
        let header = HeaderName::from_static(header);
        assert_told(without(ask(body), &header), 102, "Header error").await;
    }
    assert_told(ask("[]"), 103, "Invalid JSON data").await;
    let respaced = body.replace(':', ": ");
    assert_told(ask(body).body(respaced), 104, "Invalid signature").await;
    assert_told(ask("{}"), 105, "Parameter error").await;
    let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(300), "]".repeat(300));
    let blocked = "The request is understood, but it has been refused or access is not allowed";
    assert_told(ask(&deep), 106, blocked).await;
    let stranger = signed_call(&own.served, path, body, "nobody", secret);
    assert_told(stranger, 404, "Invalid API key.").await;
}

#[tokio::test]
async fn every_code_of_a_registration() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let other = own.shop("other").await;
    let secret = |shop: &crate::installation::Shop| shop.keydelivery.secret.clone().unwrap();
    let (key, own_secret) = (shop.keydelivery.key.as_str(), secret(&shop));
    let ask = |body: &str| signed_call(&own.served, CREATE, body, key, &own_secret);
    let wish = r#"{"carrier_id":"gls","tracking_number":"ZZ000111222","area_show":"1","webhook_url":"https://shop.example/kd/5f1c"}"#;
    assert_guarded(&own, CREATE, wish, key, &own_secret).await;
    for (from, to) in [
        ("https://shop.example", "http://127.0.0.1:8080"),
        ("https://shop.example", "http://[::1]"),
        ("https://shop.example", "ftp://shop.example"),
        ("ZZ000111222", ""),
        (r#""1""#, r#""2""#),
    ] {
        assert_told(ask(&wish.replace(from, to)), 105, "Parameter error").await;
    }
    let carrier = wish.replace("gls", "nobody");
    assert_told(ask(&carrier), 405, "The carrier_id is invalid").await;
    assert_told(ask(wish), 200, "OK").await;
    assert_told(ask(wish), 60_201, "Tracking already exists.").await;
    let spelt = wish.replace("gls", "GLS").replace("ZZ", "zz");
    assert_told(ask(&spelt), 60_201, "Tracking already exists.").await;
    // Another account's registrations are its own.
    let others = signed_call(
        &own.served,
        CREATE,
        wish,
        &other.keydelivery.key,
        &secret(&other),
    );
    assert_told(others, 200, "OK").await;
    // Nothing is known of it yet.
    let known = r#"{"carrier_id":"gls","tracking_number":"ZZ000111222"}"#;
    assert_told(
        signed(&own.served, known, key, &own_secret),
        60_101,
        "No result found",
    )
    .await;
}

#[tokio::test]
async fn every_code_of_a_detection() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let (key, secret) = (
        shop.keydelivery.key.as_str(),
        shop.keydelivery.secret.as_deref().unwrap(),
    );
    let ask = |body: &str| signed_call(&own.served, DETECT, body, key, secret);
    let number = r#"{"tracking_number":"1Z999AA10123456784"}"#;
    assert_guarded(&own, DETECT, number, key, secret).await;
    let nobodys = r#"{"tracking_number":"HELLO"}"#;
    assert_told(ask(nobodys), 406, "Cannot detect the carrier").await;
    let (status, found) = json_of(ask(number)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(found["data"][0]["carrier_id"], "ups", "{found}");
}

#[tokio::test]
async fn a_quota_that_is_used_up_is_401() {
    let own = Installation::with(&[("keydelivery.lookups_per_day", "1")]).await;
    let shop = own.shop("shop").await;
    let secret = shop.keydelivery.secret.as_deref().unwrap();
    let ask = || signed(&own.served, KNOWN, &shop.keydelivery.key, secret);
    assert_told(ask(), 60_101, "No result found").await;
    assert_told(ask(), 401, "Unauthorized").await;
    for path in [CREATE, DETECT] {
        let call = signed_call(&own.served, path, KNOWN, &shop.keydelivery.key, secret);
        assert_told(call, 401, "Unauthorized").await;
    }
}

#[tokio::test]
async fn a_desk_that_fails_is_500() {
    let served = Served::start(Wayward::new(Mode::Fail), Limits::default()).await;
    let request = keydelivery_request(&served, "VD0000001");
    assert_told(request, 500, "Internal Server Error").await;
}

#[tokio::test]
async fn the_same_parcel_is_told_by_both_systems() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    own.told(&shop, "VD0000001", "23", "2026-05-30T15:36:56.92+07:00")
        .await;
    own.told(&shop, "VD0000001", "25", "2026-05-31T10:00:00+07:00")
        .await;
    let asked = r#"{"carrier_id":"247express","tracking_number":"vd0000001","area_show":"1","order":"asc"}"#;
    let found = own.realtime(&shop, asked).await;
    let times: Vec<&Value> = found["data"]["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["time"])
        .collect();
    assert_eq!(times, ["2026-05-30 15:36:56", "2026-05-31 10:00:00"]);
    assert_eq!(
        found["data"]["tracking_number"], "vd0000001",
        "echoed as sent"
    );
    let told = own.tracking(&shop, "VD0000001").await;
    let times: Vec<&Value> = told["statuses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|status| &status["time"])
        .collect();
    assert_eq!(
        times,
        ["2026-05-30T15:36:56.92+07:00", "2026-05-31T10:00:00+07:00"]
    );
}

/// An answer that knew nothing of a parcel hides nothing that another source told of it.
#[tokio::test]
async fn an_empty_answer_hides_no_history() {
    let world = World::start().await;
    world.aggregator(CARRIER, "VD0000001", &[]).await;
    let asked = async || world.own.realtime(&world.shop, KNOWN).await;
    assert_eq!(asked().await["data"]["items"], json!([]));
    let told = world
        .own
        .told(&world.shop, "VD0000001", "25", "2026-05-31T10:00:00+07:00");
    told.await;
    let items = asked().await["data"]["items"].clone();
    assert_eq!(items.as_array().map(Vec::len), Some(1), "{items}");
}
