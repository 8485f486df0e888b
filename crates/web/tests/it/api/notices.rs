//! Who is told of a shipment, as our own API keeps it.

use super::{asked, get, is_problem, read, register};
use crate::harness::json_of;
use crate::installation::Installation;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

on_every_store!(
    a_recipient_is_added_changed_listed_and_removed,
    the_accounts_policy_is_what_holds_where_nobody_says,
    what_cannot_be_an_address_is_refused_by_its_member,
);

async fn put(own: &Installation, key: &str, path: &str, body: &Value) -> (StatusCode, Value) {
    let request = asked(own, Method::PUT, path, key);
    let request = request.header(CONTENT_TYPE, "application/json");
    json_of(request.body(body.to_string())).await
}

async fn a_recipient_is_added_changed_listed_and_removed(own: Installation) {
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let id = register(&own, &shop, "own", "N-1").await;
    let path = format!("/v1/shipments/{id}/notices");
    let nobody = read(&own, key, &path).await;
    assert_eq!(nobody, json!({"sending": false, "notices": []}));
    let wanted = json!({"address": "Buyer@example.org", "language": "vi", "stages": ["delivered"]});
    let (status, kept) = put(&own, key, &path, &wanted).await;
    assert_eq!(status, StatusCode::OK, "{kept}");
    assert_eq!(
        (
            &kept["address"],
            &kept["language"],
            &kept["stages"],
            &kept["standing"]
        ),
        (
            &json!("B…@example.org"),
            &json!("vi"),
            &json!(["delivered"]),
            &json!("active")
        )
    );
    // Another way to write the same one is the same one.
    let again = json!({"address": "buyer@EXAMPLE.org"});
    let (_, changed) = put(&own, key, &path, &again).await;
    assert_eq!(changed["id"], kept["id"]);
    assert_eq!(changed["language"], "en");
    assert_eq!(read(&own, key, &path).await["notices"], json!([changed]));
    let one = format!("{path}/{}", kept["id"].as_str().unwrap());
    for expected in [StatusCode::NO_CONTENT, StatusCode::NOT_FOUND] {
        let answer = asked(&own, Method::DELETE, &one, key).send().await.unwrap();
        assert_eq!(answer.status(), expected);
    }
    let ended = read(&own, key, &path).await;
    assert_eq!(ended["notices"][0]["standing"], "removed");
    assert!(!ended.to_string().contains("uyer"), "{ended}");
    // An erasure takes what is left of the address.
    let erased = format!("/v1/shipments/{id}/erase");
    let answer = asked(&own, Method::POST, &erased, key);
    let answer = answer.header(CONTENT_TYPE, "application/json").body("{}");
    assert!(answer.send().await.unwrap().status().is_success());
    assert_eq!(
        read(&own, key, &path).await["notices"][0]["address"],
        Value::Null
    );
}

async fn the_accounts_policy_is_what_holds_where_nobody_says(own: Installation) {
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let key = &shop.native.key;
    let usual = json!({
        "language": "en",
        "stages": ["out_for_delivery", "ready_for_pickup", "attempt_failed", "delivered"],
    });
    assert_eq!(read(&own, key, "/v1/notices").await, usual);
    let changed = json!({"language": "zh", "stages": ["delivered", "customs"]});
    let (status, told) = put(&own, key, "/v1/notices", &changed).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(
        told,
        json!({"language": "zh", "stages": ["customs", "delivered"]})
    );
    let (_, told) = put(&own, key, "/v1/notices", &json!({"language": "vi"})).await;
    assert_eq!(
        told["stages"],
        json!(["customs", "delivered"]),
        "what is left out stays"
    );
    assert_eq!(read(&own, &other.native.key, "/v1/notices").await, usual);
    let id = register(&own, &shop, "own", "N-1").await;
    let path = format!("/v1/shipments/{id}/notices");
    let (_, kept) = put(&own, key, &path, &json!({"address": "a@example.org"})).await;
    assert_eq!(
        (&kept["language"], &kept["stages"]),
        (&json!("vi"), &told["stages"])
    );
    for wrong in [
        json!({"language": "tlh"}),
        json!({"stages": ["unknown"]}),
        json!({"stages": "delivered"}),
        json!({"stage": []}),
    ] {
        is_problem(&put(&own, key, "/v1/notices", &wrong).await, 422);
    }
}

async fn what_cannot_be_an_address_is_refused_by_its_member(own: Installation) {
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let id = register(&own, &shop, "own", "N-1").await;
    let path = format!("/v1/shipments/{id}/notices");
    for address in [
        "",
        "nobody",
        "a@localhost",
        "a@example.org\r\nBcc: b@example.org",
        "A <a@example.org>",
        "a@example.org,b@example.org",
    ] {
        let answer = put(&own, key, &path, &json!({"address": address})).await;
        let problem = is_problem(&answer, 422);
        assert_eq!(problem["errors"][0]["pointer"], "/address", "{problem}");
        assert!(address.is_empty() || !problem.to_string().contains(address));
    }
    assert_eq!(get(&own, key, &path).await.1["notices"], json!([]));
    for n in 0..5 {
        let body = json!({"address": format!("p{n}@example.org")});
        assert_eq!(put(&own, key, &path, &body).await.0, StatusCode::OK);
    }
    is_problem(
        &put(&own, key, &path, &json!({"address": "p5@example.org"})).await,
        409,
    );
}
