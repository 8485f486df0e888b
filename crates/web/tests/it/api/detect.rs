//! `POST /v1/detect`.

use super::{is_problem, post};
use crate::installation::Installation;
use http::StatusCode;
use serde_json::{Value, json};

const PATH: &str = "/v1/detect";

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
