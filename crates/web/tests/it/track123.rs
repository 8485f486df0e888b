//! Every service code of Track123's calls that this server has a cause for, provoked by a real request
//! and compared to the letter.

use crate::harness::{Served, json_of};
use crate::installation::Installation;
use crate::wayward::{self, Mode, Wayward};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::time::Duration;
use trackway_hub::{NewConnection, NewKey};
use trackway_store::records::KeyChange;
use trackway_testkit::{Answer, Receiver};
use trackway_web::Limits;

/// Rows of the dialect's conformance table that this module provokes.
pub const PROVOKED: &[&str] = &[
    "http-200",
    "http-400",
    "http-500",
    "code-00000",
    "code-A0001",
    "code-A0200",
    "code-A0230",
    "code-A0231",
    "code-A0300",
    "code-A0301",
    "code-A0400",
    "code-A0410",
    "code-B0001",
    "code-B0100",
    "code-B0210",
    "code-B0300",
    "code-B0310",
    "code-C0113",
    "code-D0000",
    "code-A0706",
    "code-101107",
    "msg-imported",
    "msg-not-registered",
    "msg-unsupported",
];

const IMPORT: &str = "/gateway/open-api/tk/v2.1/track/import";
const OCEAN_IMPORT: &str = "/gateway/open-api/tk/v2.1/ocean/track/import";
const INSTANT: &str = "/gateway/open-api/tk/v2.1/track/query-realtime";
const QUERY: &str = "/gateway/open-api/tk/v2.1/track/query";

async fn key(own: &Installation, scopes: &[&str]) -> (String, trackway_hub::CreatedKey) {
    let new = NewKey {
        account: Some("shop".to_owned()),
        dialect: Some("track123".to_owned()),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        ..NewKey::default()
    };
    let made = own.hub.create_key(new).await.unwrap();
    (made.key.clone(), made)
}

fn ask(served: &Served, path: &str, key: &str, body: &Value) -> RequestBuilder {
    let request = served.post(path).header("Track123-Api-Secret", key);
    request.json(body)
}

/// HTTP status, code and text of a failure.
async fn assert_told(request: RequestBuilder, status: u16, code: &str, msg: &str) {
    let (http, answer) = json_of(request).await;
    assert_eq!(
        (http.as_u16(), &answer["code"], &answer["msg"]),
        (status, &json!(code), &json!(msg)),
        "{answer}"
    );
    assert!(answer["data"].is_null());
    assert!(
        answer["traceId"]
            .as_str()
            .is_some_and(|trace| trace.len() > 32)
    );
}

/// `data` of a success.
async fn data(request: RequestBuilder) -> Value {
    let (http, answer) = json_of(request).await;
    assert_eq!(
        (http.as_u16(), &answer["code"], &answer["msg"]),
        (200, &json!("00000"), &json!("Success")),
        "{answer}"
    );
    answer["data"].clone()
}

async fn unhurried() -> Installation {
    Installation::with(&[("track123.requests_per_second", "0")]).await
}

#[tokio::test]
async fn every_code_of_a_call() {
    let own = unhurried().await;
    let (shop, _) = key(&own, &[]).await;
    assert!(
        shop.len() == 32
            && shop
                .bytes()
                .all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
    );
    let served = &own.served;
    let item = json!([{ "trackNo": "VD0000001", "courierCode": "247express", "orderNo": "SO-1" }]);
    assert_eq!(
        data(ask(served, IMPORT, &shop, &item)).await["accepted"],
        item
    );

    assert_told(
        served.post(IMPORT).json(&item),
        200,
        "A0301",
        "Unauthorized access.",
    )
    .await;
    let login = served.post(IMPORT).basic_auth("shop", Some("secret"));
    assert_told(login.json(&item), 200, "A0200", "Server error.").await;
    let stranger = ask(served, IMPORT, "nobody", &item);
    assert_told(stranger, 200, "A0230", "Token is invalid or expired.").await;
    let (barred, made) = key(&own, &[]).await;
    let disable = KeyChange {
        disabled: Some(true),
        ..KeyChange::default()
    };
    own.hub
        .change_key(Some("shop"), made.id, disable)
        .await
        .unwrap();
    let request = ask(served, IMPORT, &barred, &item);
    assert_told(request, 200, "A0231", "Token has been forbidden.").await;
    let (reader, _) = key(&own, &["read"]).await;
    let request = ask(served, IMPORT, &reader, &item);
    assert_told(request, 200, "A0300", "Abnormal access rights.").await;
    assert_eq!(
        data(ask(served, QUERY, &reader, &json!({}))).await["accepted"]["totalElements"],
        1
    );

    let request = ask(served, IMPORT, &shop, &json!({}));
    assert_told(request, 400, "A0400", "User request parameter error.").await;
    let request = ask(served, IMPORT, &shop, &json!([]));
    let missing = "The parameter for the request is null.";
    assert_told(request, 400, "A0410", missing).await;
    let nowhere = "/gateway/open-api/tk/v2.1/track/nothing";
    let request = ask(served, nowhere, &shop, &json!({}));
    assert_told(request, 400, "C0113", "The interface does not exist.").await;
    let request = served
        .request(Method::GET, QUERY)
        .header("Track123-Api-Secret", &shop);
    assert_told(request, 400, "C0113", "The interface does not exist.").await;

    let twice = data(ask(served, IMPORT, &shop, &item)).await;
    assert_eq!(
        twice["rejected"][0]["error"],
        json!({ "code": "A0400", "msg": "The order number has been imported" })
    );
    // One of those that the reference names (§4).
    let named =
        json!([{ "trackNo": "AE0000002", "courierCode": "alliedexpress", "postalCode": "2000" }]);
    assert_eq!(
        data(ask(served, IMPORT, &shop, &named)).await["accepted"],
        named
    );
    let nobody = json!([{ "trackNo": "VD0000002", "courierCode": "no-such-courier" }]);
    let told = data(ask(served, IMPORT, &shop, &nobody)).await;
    assert_eq!(
        told["rejected"][0]["error"],
        json!({ "code": "A0400", "msg": "Unsupported logistics supplier code" })
    );
    let bill = json!([{ "trackingNo": "BL-0001", "type": 2, "carrierCode": "LH" }]);
    let told = data(ask(served, OCEAN_IMPORT, &shop, &bill)).await;
    assert_eq!(
        told["rejected"][0]["error"],
        json!({ "code": "A0001",
            "msg": "LH carries air cargo: register the number with aviation/track/import" })
    );
    let told = data(ask(
        served,
        QUERY,
        &shop,
        &json!({ "trackNos": ["VD9999999"] }),
    ))
    .await;
    assert_eq!(
        told["rejected"][0]["error"],
        json!({ "code": "A0400", "msg": "trackNo not registered" })
    );
}

#[tokio::test]
async fn too_fast_and_out_of_quota() {
    for (setting, code, msg) in [
        ("false", "B0210", "Exceed flow limits."),
        ("true", "A0706", "Too Many Requests"),
    ] {
        let own = Installation::with(&[("track123.too_fast_is_a0706", setting)]).await;
        let (shop, _) = key(&own, &[]).await;
        for _ in 0..5 {
            data(ask(&own.served, QUERY, &shop, &json!({}))).await;
        }
        assert_told(ask(&own.served, QUERY, &shop, &json!({})), 200, code, msg).await;
    }
    let own = Installation::with(&[("track123.quota_per_day", "1")]).await;
    let (shop, _) = key(&own, &[]).await;
    let item = |n: u32| json!({ "trackNo": format!("VD000000{n}"), "courierCode": "247express" });
    let request = ask(&own.served, IMPORT, &shop, &json!([item(1), item(2)]));
    assert_told(request, 200, "101107", "Insufficient quota").await;
    let told = data(ask(&own.served, IMPORT, &shop, &json!([item(1)]))).await;
    assert_eq!(told["accepted"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_desk_that_fails_is_b0001_a_full_one_b0300_and_a_busy_one_b0310() {
    for (mode, code, msg) in [
        (Mode::Fail, "B0001", "System error."),
        (Mode::Panic, "B0001", "System error."),
        (Mode::Full, "B0300", "Abnormal system resources."),
        (Mode::Busy, "B0310", "System resources are exhausted."),
    ] {
        let served = Served::start(Wayward::new(mode), Limits::default()).await;
        assert_told(
            ask(&served, QUERY, wayward::KEY, &json!({})),
            500,
            code,
            msg,
        )
        .await;
    }
}

/// An upstream of the account refuses: its words are the client's to read.
#[tokio::test]
async fn an_upstreams_own_words_are_d0000() {
    let own = unhurried().await;
    let (shop, _) = key(&own, &[]).await;
    let upstream = Receiver::start().await.unwrap();
    let refusal = json!({ "code": 405, "message": "The carrier_id is invalid" });
    upstream.set_rule(move |_| Answer::json(&refusal));
    let new = NewConnection {
        account: Some("shop".to_owned()),
        dialect: "keydelivery".to_owned(),
        base_url: upstream.url(""),
        settings: [("key", "KD-1"), ("secret", "kd-secret-1")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        operator: true,
        ..NewConnection::default()
    };
    own.hub.connect(new).await.unwrap();
    let asked = json!({ "trackNo": "ZZ000111222", "courierCode": "gls" });
    let words = "405: The carrier_id is invalid";
    assert_told(
        ask(&own.served, INSTANT, &shop, &asked),
        200,
        "D0000",
        words,
    )
    .await;
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_b0100() {
    let limits = Limits {
        request: Duration::from_millis(200),
        ..Limits::default()
    };
    let served = Served::start(Wayward::new(Mode::Wait), limits).await;
    assert_told(
        ask(&served, QUERY, wayward::KEY, &json!({})),
        500,
        "B0100",
        "System timeout.",
    )
    .await;
}

#[tokio::test]
async fn what_is_registered_is_told_in_every_dialect() {
    let own = unhurried().await;
    let shop = own.shop("shop").await;
    let (track123, _) = key(&own, &[]).await;
    let item = json!([{ "trackNo": "VD0000001", "courierCode": "247express", "orderNo": "SO-1" }]);
    data(ask(&own.served, IMPORT, &track123, &item)).await;
    let asked = json!({ "orderNos": ["SO-1"] });
    let one = async || {
        data(ask(&own.served, QUERY, &track123, &asked)).await["accepted"]["content"][0].clone()
    };
    assert_eq!(one().await["transitStatus"], "INIT");
    own.told(&shop, "VD0000001", "30", "2026-05-31T10:00:00+07:00")
        .await;
    let told = one().await;
    assert_eq!(
        (&told["transitStatus"], &told["orderNo"]),
        (&json!("DELIVERED"), &json!("SO-1"))
    );
    assert_eq!(
        told["localLogisticsInfo"]["trackingDetails"][0]["eventTimeZeroUTC"],
        "2026-05-31T03:00:00Z"
    );
    // It is the account's shipment for every other dialect too.
    let found = own
        .realtime(
            &shop,
            r#"{"carrier_id":"247express","tracking_number":"VD0000001"}"#,
        )
        .await;
    assert_eq!(found["code"], 200);
    // Another account sees nothing of it.
    let other = NewKey {
        account: Some("other".to_owned()),
        dialect: Some("track123".to_owned()),
        ..NewKey::default()
    };
    let other = own.hub.create_key(other).await.unwrap().key;
    let told = data(ask(
        &own.served,
        QUERY,
        &other,
        &json!({ "trackNos": ["VD0000001"] }),
    ))
    .await;
    assert_eq!(told["accepted"]["totalElements"], 0);
    let delete = "/gateway/open-api/tk/v2.1/track/delete";
    let pair = json!({ "trackNo": "VD0000001", "courierCode": "247express" });
    assert_told(
        ask(&own.served, delete, &other, &pair),
        400,
        "A0400",
        "trackNo not registered",
    )
    .await;
    assert_eq!(data(ask(&own.served, delete, &track123, &pair)).await, true);
}
