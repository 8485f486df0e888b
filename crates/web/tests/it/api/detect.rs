//! `POST /v1/detect` and `POST /v1/detect/ask`.

use super::{is_problem, post, posted};
use crate::installation::Installation;
use http::StatusCode;
use reqwest::header::RETRY_AFTER;
use serde_json::{Value, json};
use trackway_hub::NewConnection;
use trackway_hub::refresh::MOST_AN_HOUR;
use trackway_testkit::{Answer, Receiver};

const PATH: &str = "/v1/detect";
const ASK: &str = "/v1/detect/ask";

#[tokio::test]
async fn numbers_are_answered_in_their_order_with_reasons() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let numbers = json!(["RR 123 456 785 VN", "000000000001", "CSQU3054384", "?"]);
    let asked = json!({ "numbers": numbers });
    let (status, found) = post(&own, &shop.native.key, PATH, &asked).await;
    assert_eq!(status, StatusCode::OK, "{found}");
    let found = found["detections"].as_array().unwrap();
    let asked: Vec<&Value> = found.iter().map(|one| &one["number"]).collect();
    assert_eq!(json!(asked), numbers);

    assert_eq!(found[0]["likely"], "vnpost");
    let first = &found[0]["candidates"][0];
    assert_eq!(
        (&first["carrier"], &first["code"]),
        (&json!("vnpost"), &json!("vnpost"))
    );
    assert!(first["probability"].as_f64().unwrap() > 0.9);
    let check = json!({
        "kind": "check_digit",
        "text": "its check digit (UPU S10) is right, as in one of 10 random numbers",
    });
    assert!(
        first["evidence"].as_array().unwrap().contains(&check),
        "{first}"
    );
    assert_eq!(
        found[0]["identifiers"],
        json!([{ "kind": "s10", "number": "RR123456785VN", "problem": null }])
    );

    assert_eq!(
        found[1]["likely"],
        Value::Null,
        "plain digits are many things"
    );
    assert_eq!(
        found[2]["identifiers"][0]["problem"],
        "a container number with the check digit 4 can't be: it would be 3"
    );
    assert_eq!(found[3]["candidates"], json!([]));
}

#[tokio::test]
async fn hints_and_dialects_are_taken() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let detect = async |asked: Value| {
        let (status, found) = post(&own, &shop.native.key, PATH, &asked).await;
        assert_eq!(status, StatusCode::OK, "{found}");
        found["detections"][0].clone()
    };
    let plain = detect(json!({ "numbers": ["02012345675"] })).await;
    assert_eq!(plain["likely"], Value::Null);
    let air = json!({ "numbers": ["02012345675"], "mode": "air", "dialect": "track123" });
    let air = detect(air).await;
    assert_eq!(air["likely"], "lufthansa-cargo");
    assert_eq!(air["candidates"][0]["code"], "LH");
    let there = detect(json!({ "numbers": ["800000000001"], "country": "VN" })).await;
    assert_eq!(there["candidates"][0]["carrier"], "jt-vn");
}

#[tokio::test]
async fn what_can_not_be_used_is_named() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    for (asked, named) in [
        (json!({ "numbers": [] }), "/numbers"),
        (json!({ "numbers": vec!["1"; 1_001] }), "/numbers"),
        (
            json!({ "numbers": ["1"], "country": "Vietnam" }),
            "/country",
        ),
        (json!({ "numbers": ["1"], "mode": "camel" }), "/mode"),
        (json!({ "numbers": ["1"], "dialect": "nobody" }), "/dialect"),
        (json!({ "numbers": [1] }), "string"),
        (json!({ "number": ["1"] }), "number"),
    ] {
        let answer = post(&own, &shop.native.key, PATH, &asked).await;
        is_problem(&answer, 422);
        assert!(
            answer.1.to_string().contains(named),
            "{asked}: {}",
            answer.1
        );
    }
}

/// What an upstream says, what it refuses, and that nobody else's is asked.
#[tokio::test]
async fn the_accounts_own_upstreams_are_asked() {
    let own = Installation::start().await;
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let upstream = Receiver::start().await.unwrap();
    upstream.push(Answer::json(&json!({"code": 200, "message": "OK",
        "data": [{"carrier_id": "gls", "carrier_name": "GLS"}]})));
    upstream.push(Answer::json(
        &json!({"code": 401, "message": "Unauthorized"}),
    ));
    let setting = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let connection = NewConnection {
        account: Some("shop".to_owned()),
        dialect: "keydelivery".to_owned(),
        base_url: upstream.url(""),
        settings: [("key", "KD-1"), ("secret", "kd-secret-1")]
            .map(setting)
            .into(),
        operator: true,
        ..NewConnection::default()
    };
    own.hub.connect(connection).await.unwrap();
    let ask = async |key: &str, body: Value| post(&own, key, ASK, &body).await;
    let number = || json!({ "number": "00340434" });

    let (status, told) = ask(&shop.native.key, number()).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let candidates = json!([{ "carrier": "gls", "code": "gls", "name": "GLS" }]);
    let opinion = |candidates: &Value, problem: Value| json!({ "opinions": [{ "connection": "keydelivery", "candidates": candidates, "problem": problem }] });
    assert_eq!(told, opinion(&candidates, Value::Null));
    let (_, told) = ask(&shop.native.key, number()).await;
    let problem = told["opinions"][0]["problem"].as_str().unwrap();
    assert!(problem.contains("401"), "{problem}");
    assert_eq!(told, opinion(&json!([]), json!(problem)));

    let (_, told) = ask(&other.native.key, number()).await;
    assert_eq!(told, json!({ "opinions": [] }));
    let refused = ask(&shop.native.key, json!({ "number": " " })).await;
    let errors = &is_problem(&refused, 422)["errors"];
    assert_eq!(errors[0]["pointer"], "/number");
    assert_eq!(upstream.received().len(), 2, "the refused one cost nothing");
}

#[tokio::test]
async fn upstreams_are_asked_so_often_an_hour() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let account = own.hub.account(Some("shop")).await.unwrap().id;
    for _ in 0..MOST_AN_HOUR {
        own.hub.ask_carriers(account, "1").await.unwrap();
    }
    let request = posted(&own, &shop.native.key, ASK, r#"{"number":"1"}"#.to_owned());
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    // The clock stands at the beginning of an hour.
    assert_eq!(answer.headers()[RETRY_AFTER], "3600");
}
