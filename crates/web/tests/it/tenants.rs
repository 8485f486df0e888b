//! Another account's key sees nothing: every key of one account tried on everything of another.

use crate::harness::{json_of, signed};
use crate::installation::{Installation, Shop};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

const SECRET_PLACE: &str = "Bưu cục của người khác";

/// Two shops; the other one has a parcel of which both webhook and own events told.
async fn two_shops() -> (Installation, Shop, Shop) {
    let own = Installation::with(&[("express247.hide_other_accounts", "true")]).await;
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    own.told(&other, "VD0000001", "25", "2026-05-31T10:00:00+07:00")
        .await;
    let event = json!({"events": [{
        "carrier": "247express",
        "number": "VD0000001",
        "status": "in_transit",
        "place": SECRET_PLACE,
        "occurred_at": "2026-05-31T09:00:00+07:00",
    }]});
    let outcome = tell(&own, &other.native.key, &event).await;
    assert_eq!(outcome["accepted"], 1, "{outcome}");
    (own, shop, other)
}

async fn tell(own: &Installation, key: &str, events: &Value) -> Value {
    let request = own
        .served
        .post("/v1/events")
        .header(AUTHORIZATION, format!("Bearer {key}"));
    json_of(
        request
            .header(CONTENT_TYPE, "application/json")
            .body(events.to_string()),
    )
    .await
    .1
}

#[tokio::test]
async fn a_look_up_with_another_accounts_key_finds_nothing() {
    let (own, shop, other) = two_shops().await;
    let asked = r#"{"carrier_id":"247express","tracking_number":"VD0000001","area_show":1}"#;
    assert_eq!(own.tracking(&other, "VD0000001").await["status"], "25");
    assert_eq!(own.realtime(&other, asked).await["code"], 200);
    let hidden = own.tracking(&shop, "VD0000001").await;
    assert_eq!(hidden["errorCode"], "ORDERCODE_NOT_FOUND");
    // The same bytes as for a number that nobody has.
    assert_eq!(hidden, own.tracking(&shop, "VD8888888").await);
    let nowhere = asked.replace("VD0000001", "VD8888888");
    assert_eq!(
        own.realtime(&shop, asked).await,
        own.realtime(&shop, &nowhere).await
    );
    assert!(own.hub.show(Some("shop"), None, "VD0000001").await.is_err());
}

#[tokio::test]
async fn a_key_of_one_dialect_opens_no_other() {
    let (own, _, other) = two_shops().await;
    let keys = [&other.express247, &other.keydelivery, &other.native];
    for key in keys {
        let path = format!(
            "/api/Order/v1/Tracking?ordercode=VD0000001&apikey={}",
            key.key
        );
        let opened = own.get(&path).await.1["errorCode"].is_null();
        assert_eq!(opened, key.dialect == "247express", "{}", key.dialect);

        let body = r#"{"carrier_id":"247express","tracking_number":"VD0000001"}"#;
        let secret = key.secret.as_deref().unwrap_or_default();
        let answer = json_of(signed(&own.served, body, &key.key, secret)).await.1;
        assert_eq!(
            answer["code"] == 200,
            key.dialect == "keydelivery",
            "{}",
            key.dialect
        );

        let outcome = tell(&own, &key.key, &json!([])).await;
        assert_eq!(
            outcome["status"] != 401,
            key.dialect == "native",
            "{}",
            key.dialect
        );
    }
}

#[tokio::test]
async fn telling_of_a_number_says_nothing_of_who_else_has_it() {
    let (own, shop, other) = two_shops().await;
    let event = json!([{
        "carrier": "247express",
        "number": "VD0000001",
        "status": "in_transit",
        "occurred_at": "2026-05-31T09:00:00+07:00",
    }]);
    let first = tell(&own, &shop.native.key, &event).await;
    assert_eq!(first["accepted"], 1, "{first}");
    let mine = own.tracking(&shop, "VD0000001").await;
    assert!(!mine.to_string().contains(SECRET_PLACE), "{mine}");
    assert_eq!(mine["statuses"].as_array().map(Vec::len), Some(1), "{mine}");
    let theirs = own.tracking(&other, "VD0000001").await;
    assert_eq!(
        theirs["statuses"].as_array().map(Vec::len),
        Some(2),
        "{theirs}"
    );
}

#[tokio::test]
async fn webhook_credentials_open_their_own_accounts_door_only() {
    let (own, shop, other) = two_shops().await;
    own.told(&shop, "VD0000007", "21", "2026-05-31T10:00:00+07:00")
        .await;
    assert_eq!(
        own.tracking(&other, "VD0000007").await["errorCode"],
        "ORDERCODE_NOT_FOUND"
    );
    // User of one and password of another.
    let request = own
        .served
        .request(Method::POST, "/IntergrationAPI")
        .basic_auth("shop", Some("password of other"))
        .body(r#"{"OrderCode":"VD0000008","Status":"21"}"#);
    assert_eq!(json_of(request).await.1["IsError"], true);
    for of in [&shop, &other] {
        assert_eq!(
            own.tracking(of, "VD0000008").await["errorCode"],
            "ORDERCODE_NOT_FOUND"
        );
    }
}

#[tokio::test]
async fn a_session_reads_its_own_accounts_log_only() {
    let (own, shop, other) = two_shops().await;
    let token = async |of: &Shop| {
        let login =
            json!({"UserName": of.express247.user_name, "Password": of.express247.password});
        let answer = own
            .post("/api/Client/ClientLogin", &login.to_string())
            .await
            .1;
        answer["Token"].as_str().unwrap().to_owned()
    };
    let request = own
        .served
        .post("/api/Customer/GetStatusLogs")
        .header("ClientID", other.express247.client_id.unwrap())
        .header("Token", token(&shop).await)
        .header(CONTENT_TYPE, "application/json")
        .body(r#"{"FromDate":"2026-05-01","ToDate":"2026-06-02"}"#);
    assert_eq!(json_of(request).await.1["ErrorCode"], "12");
}
