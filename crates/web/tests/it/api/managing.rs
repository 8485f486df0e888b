//! What an account owns, by our own API: keys, endpoints, connections, accounts.

use super::{asked, get, is_problem, key, post, read};
use crate::harness::json_of;
use crate::installation::Installation;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use trackway_hub::NewKey;
use trackway_testkit::{Answer, Receiver};

async fn patch(own: &Installation, key: &str, path: &str, body: Value) -> (StatusCode, Value) {
    let request = asked(own, Method::PATCH, path, key);
    json_of(
        request
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string()),
    )
    .await
}

async fn made(own: &Installation, key: &str, path: &str, body: Value) -> Value {
    let (status, made) = post(own, key, path, &body).await;
    assert_eq!(status, StatusCode::CREATED, "{path}: {made}");
    made
}

/// Every call that makes or changes something, with bodies that it refuses as 422 or another status.
async fn refuses(own: &Installation, key: &str, path: &str, bodies: &[(u16, Value)]) {
    for (status, body) in bodies {
        let answer = post(own, key, path, body).await;
        is_problem(&answer, *status);
        assert!(
            !answer.1["detail"].as_str().unwrap().contains("--"),
            "{body}: {}",
            answer.1
        );
    }
}

#[tokio::test]
async fn a_key_is_made_used_and_disabled() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let manager = &shop.native.key;
    let body = json!({"name": "ci", "scopes": ["read"], "expires": "2026-06-02T12:00:00Z"});
    let new = made(&own, manager, "/v1/keys", body).await;
    let secret = new["key"].as_str().unwrap().to_owned();
    let path = format!("/v1/keys/{}", new["id"]);
    assert_eq!(get(&own, &secret, "/v1/shipments").await.0, StatusCode::OK);
    is_problem(&get(&own, &secret, "/v1/keys").await, 403);
    let all = read(&own, manager, "/v1/keys").await;
    let listed = all["keys"].as_array().unwrap();
    let of_ci = listed.iter().find(|key| key["name"] == "ci").unwrap();
    assert_eq!(of_ci["scopes"], json!(["read"]));
    assert_eq!(of_ci["expires"], "2026-06-02T12:00:00Z");
    assert!(!all.to_string().contains(&secret));
    assert!(listed.iter().all(|key| key.get("key").is_none()), "{all}");
    // At once, in the running server.
    let (_, changed) = patch(&own, manager, &path, json!({"disabled": true})).await;
    assert_eq!(changed["disabled"], true);
    is_problem(&get(&own, &secret, "/v1/shipments").await, 401);
    patch(&own, manager, &path, json!({"disabled": false})).await;
    assert_eq!(get(&own, &secret, "/v1/shipments").await.0, StatusCode::OK);
    own.clock.advance(Duration::from_hours(25));
    is_problem(&get(&own, &secret, "/v1/shipments").await, 401);
    let (_, changed) = patch(&own, manager, &path, json!({"expires": null})).await;
    assert_eq!(changed["expires"], Value::Null);
    assert_eq!(get(&own, &secret, "/v1/shipments").await.0, StatusCode::OK);
    let past = json!({"expires": "2026-06-01T12:00:00+07:00"});
    patch(&own, manager, &path, past).await;
    is_problem(&get(&own, &secret, "/v1/shipments").await, 401);
}

#[tokio::test]
async fn keys_of_other_systems_are_made_with_all_that_they_need() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let path = "/v1/keys";
    let made =
        async |dialect: &str| made(&own, &shop.native.key, path, json!({"dialect": dialect})).await;
    let of_247 = made("247express").await;
    assert!(
        of_247["client_id"].is_i64() && of_247["password"].is_string(),
        "{of_247}"
    );
    let tracking = format!(
        "/api/Order/v1/Tracking?ordercode=VD0000001&apikey={}",
        of_247["key"].as_str().unwrap()
    );
    assert_eq!(
        own.get(&tracking).await.1["errorCode"],
        "ORDERCODE_NOT_FOUND"
    );
    let patched = format!("/v1/keys/{}", of_247["id"]);
    patch(&own, &shop.native.key, &patched, json!({"disabled": true})).await;
    assert_eq!(own.get(&tracking).await.1["errorCode"], "APIKEY_NOT_FOUND");
    assert!(made("keydelivery").await["secret"].is_string());
}

#[tokio::test]
async fn a_key_gives_no_right_that_it_has_not() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let new = NewKey {
        account: Some("shop".to_owned()),
        scopes: vec!["manage".to_owned(), "read".to_owned()],
        ..NewKey::default()
    };
    let made = own.hub.create_key(new).await.unwrap();
    let manager = made.key;
    for (scopes, status) in [
        (json!(["read"]), 201),
        (json!(["manage", "read"]), 201),
        (json!(["write"]), 403),
        (json!(["payloads"]), 403),
        (json!(["admin"]), 403),
        // All but two: more than this key has.
        (json!([]), 403),
    ] {
        let body = json!({"scopes": scopes});
        let (told, answer) = post(&own, &manager, "/v1/keys", &body).await;
        assert_eq!(told.as_u16(), status, "{body}: {answer}");
    }
    let facade = json!({"dialect": "keydelivery"});
    is_problem(&post(&own, &manager, "/v1/keys", &facade).await, 403);
    // Neither does it bring a stronger one back, or make one last.
    let strong = format!("/v1/keys/{}", shop.native.id);
    let (status, _) = patch(&own, &manager, &strong, json!({"disabled": true})).await;
    assert_eq!(status, StatusCode::OK);
    for change in [json!({"disabled": false}), json!({"expires": null})] {
        is_problem(&patch(&own, &manager, &strong, change).await, 403);
    }
    // Nor itself.
    let path = format!("/v1/keys/{}", made.id);
    for change in [
        json!({"expires": null}),
        json!({"expires": "2030-01-01T00:00:00Z"}),
    ] {
        is_problem(&patch(&own, &manager, &path, change).await, 403);
    }
    let (status, _) = patch(&own, &manager, &path, json!({"disabled": true})).await;
    assert_eq!(status, StatusCode::OK, "it may end itself");
    is_problem(&get(&own, &manager, "/v1/keys").await, 401);
}

#[tokio::test]
async fn what_is_wrong_with_a_key_is_named() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let manager = &shop.native.key;
    let rows = [
        (422, json!({"scopes": ["raed"]})),
        (422, json!({"dialect": "nobody"})),
        (422, json!({"dialect": "247express", "scopes": ["read"]})),
        (422, json!({"expires": "tomorrow"})),
        (422, json!({"expires": "2026-06-02 12:00:00"})),
        (422, json!({"expires": "2020-01-01T00:00:00Z"})),
        (422, json!({"name": "x".repeat(101)})),
        (422, json!({"nmae": "x"})),
        (422, json!({"name": 5})),
        (403, json!({"account": "other"})),
    ];
    refuses(&own, manager, "/v1/keys", &rows).await;
    let path = format!("/v1/keys/{}", shop.express247.id);
    for change in [
        json!({"expires": "soon"}),
        json!({"disabled": 1}),
        json!({"x": 1}),
    ] {
        is_problem(&patch(&own, manager, &path, change).await, 422);
    }
    for id in ["0", "-1", "01", "x", "99999999999999999999", "%00"] {
        let path = format!("/v1/keys/{id}");
        is_problem(&patch(&own, manager, &path, json!({})).await, 404);
    }
    let plain = asked(&own, Method::POST, "/v1/keys", manager).body("{}");
    is_problem(&json_of(plain).await, 415);
}

#[tokio::test]
async fn accounts_and_their_keys_are_made_by_who_may_see_all() {
    let own = Installation::start().await;
    own.shop("shop").await;
    let admin = key(
        &own,
        "shop",
        &["admin", "manage", "read", "events", "write"],
    )
    .await;
    let new = made(&own, &admin, "/v1/accounts", json!({"name": "north"})).await;
    assert_eq!(new["name"], "north");
    let accounts = read(&own, &admin, "/v1/accounts").await;
    let names: Vec<&str> = accounts["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|account| account["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["shop", "north"]);
    let body = json!({"account": "north", "scopes": ["manage"]});
    let of_north = made(&own, &admin, "/v1/keys", body).await;
    assert_eq!(of_north["account"], "north");
    let theirs = read(&own, of_north["key"].as_str().unwrap(), "/v1/keys").await;
    assert_eq!(theirs["keys"].as_array().unwrap().len(), 1);
    let rows = [
        (409, json!({"name": "north"})),
        (422, json!({"name": ""})),
        (422, json!({"name": "a b"})),
        (422, json!({"name": "x".repeat(65)})),
        (422, json!({})),
    ];
    refuses(&own, &admin, "/v1/accounts", &rows).await;
    let nobody = json!({"account": "south", "scopes": ["manage"]});
    is_problem(&post(&own, &admin, "/v1/keys", &nobody).await, 422);
}

#[tokio::test]
async fn an_endpoint_is_made_changed_and_removed() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let manager = &shop.native.key;
    let body = json!({"url": "https://shop.example/hook?to=1"});
    let new = made(&own, manager, "/v1/endpoints", body).await;
    let secret = new["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"), "{new}");
    let path = format!("/v1/endpoints/{}", new["id"]);
    let shown = read(&own, manager, &path).await;
    assert_eq!(shown["url"], "https://shop.example/hook?to=1");
    assert_eq!(
        (&shown["paused"], &shown["behind"]),
        (&json!(false), &json!(0))
    );
    let all = read(&own, manager, "/v1/endpoints").await;
    assert_eq!(all["endpoints"], json!([shown]));
    assert!(!all.to_string().contains(&secret));
    let (_, paused) = patch(&own, manager, &path, json!({"paused": true})).await;
    assert_eq!(paused["paused"], true);
    let moved = json!({"url": "https://shop.example/new", "paused": false});
    let (_, moved) = patch(&own, manager, &path, moved).await;
    assert_eq!(moved["url"], "https://shop.example/new");
    for change in [
        json!({"url": "http://127.0.0.1/"}),
        json!({"url": "nonsense"}),
        json!({"settings": {"unheard": "of"}}),
        json!({"paused": "yes"}),
        json!({"secret": "mine"}),
    ] {
        is_problem(&patch(&own, manager, &path, change).await, 422);
    }
    let remove = || asked(&own, Method::DELETE, &path, manager);
    let removed = remove().send().await.unwrap();
    assert_eq!(removed.status(), StatusCode::NO_CONTENT);
    assert!(removed.bytes().await.unwrap().is_empty());
    is_problem(&json_of(remove()).await, 404);
    is_problem(&get(&own, manager, &path).await, 404);
}

#[tokio::test]
async fn an_account_names_no_address_inside() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let manager = &shop.native.key;
    let inside = [
        "http://127.0.0.1:8080/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
        "http://[::ffff:10.0.0.1]/",
        "http://0x7f.1/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "https://user:pass@example.com/",
        "",
    ];
    for url in inside {
        let endpoint = json!({"url": url});
        let connection =
            json!({"dialect": "247express", "base_url": url, "settings": {"apikey": "1"}});
        for (path, body) in [("/v1/endpoints", endpoint), ("/v1/connections", connection)] {
            let answer = post(&own, manager, path, &body).await;
            let problem = is_problem(&answer, 422);
            assert!(!problem.to_string().contains("user:"), "{url}: {problem}");
        }
    }
    let long = format!("https://example.com/{}", "x".repeat(3_000));
    let answer = post(&own, manager, "/v1/endpoints", &json!({"url": long})).await;
    is_problem(&answer, 422);
}

#[tokio::test]
async fn endpoints_need_what_their_dialect_needs() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let url = "https://shop.example/hook";
    let rows = [
        (422, json!({"url": url, "settings": {"signature": "none"}})),
        (
            422,
            json!({"url": url, "dialect": "track123", "settings": {"type": "road"}}),
        ),
        (422, json!({"url": url, "dialect": "nobody"})),
        (422, json!({"url": url, "settings": {"unheard": "of"}})),
        (422, json!({"dialect": "native"})),
        (422, json!({"url": url, "operator": true})),
    ];
    refuses(&own, &shop.native.key, "/v1/endpoints", &rows).await;
}

#[tokio::test]
async fn a_connection_is_made_tried_and_paused() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let manager = &shop.native.key;
    let body = json!({
        "dialect": "keydelivery",
        "base_url": "https://upstream.example",
        "zone": "Asia/Ho_Chi_Minh",
        "settings": {"key": "KD-SECRET-1", "secret": "KD-SECRET-2"},
    });
    let new = made(&own, manager, "/v1/connections", body).await;
    assert_eq!(new["settings"], json!(["key", "secret"]));
    assert!(new["webhook_path"].as_str().unwrap().starts_with("/in/"));
    let path = format!("/v1/connections/{}", new["id"]);
    let shown = read(&own, manager, &path).await;
    let all = read(&own, manager, "/v1/connections").await;
    assert_eq!(all["connections"][1], shown);
    let token = new["webhook_path"].as_str().unwrap();
    for text in [
        all.to_string(),
        shown.to_string(),
        new["settings"].to_string(),
    ] {
        assert!(!text.contains("SECRET") && !text.contains(token), "{text}");
    }
    for (step, paused) in [("pause", true), ("pause", true), ("resume", false)] {
        let (status, told) = post(&own, manager, &format!("{path}/{step}"), &json!({})).await;
        assert_eq!((status, &told["paused"]), (StatusCode::OK, &json!(paused)));
    }
    let settings = json!({"key": "k", "secret": "s"});
    let base_url = "https://upstream.example";
    let rows = [
        (422, json!({"dialect": "keydelivery", "base_url": base_url})),
        (422, json!({"dialect": "native", "base_url": base_url})),
        (
            422,
            json!({"dialect": "keydelivery", "base_url": base_url, "settings": settings, "zone": "Asia/Nowhere"}),
        ),
        (
            422,
            json!({"dialect": "keydelivery", "base_url": base_url, "settings": {"key": "k", "secret": "s", "more": "x"}}),
        ),
        (
            409,
            json!({"dialect": "keydelivery", "base_url": base_url, "settings": settings, "name": "keydelivery"}),
        ),
        (
            422,
            json!({"dialect": "keydelivery", "base_url": base_url, "settings": {"key": 5}}),
        ),
    ];
    refuses(&own, manager, "/v1/connections", &rows).await;
}

#[tokio::test]
async fn a_test_is_a_real_call() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let upstream = Receiver::start().await.unwrap();
    let error = json!({"errorMessage": "x", "errorCode": "APIKEY_NOT_FOUND", "orderCode": null});
    upstream.set_rule(move |_| Answer::json(&error));
    let new = trackway_hub::NewConnection {
        account: Some("shop".to_owned()),
        dialect: "247express".to_owned(),
        base_url: upstream.url(""),
        settings: [("apikey".to_owned(), "SECRET-1".to_owned())].into(),
        operator: true,
        ..Default::default()
    };
    let connection = own.hub.connect(new).await.unwrap().id;
    let path = format!("/v1/connections/{connection}/test");
    let body = json!({"number": "VD0000001"});
    let (status, told) = post(&own, &shop.native.key, &path, &body).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(
        (&told["works"], &told["outcome"]),
        (&json!(false), &json!("refused"))
    );
    assert_eq!(
        (&told["status"], &told["statements"]),
        (&json!(200), &json!(0))
    );
    let seen = upstream.received();
    assert!(seen[0].uri.to_string().contains("VD0000001"));
    assert!(!told.to_string().contains("SECRET"), "{told}");
    let rows = [
        (422, json!({"number": ""})),
        (422, json!({"number": "x".repeat(200)})),
        (422, json!({"nubmer": "VD0000001"})),
    ];
    refuses(&own, &shop.native.key, &path, &rows).await;
    assert_eq!(upstream.received().len(), 1);
}

#[tokio::test]
async fn a_test_key_is_the_sandboxs_and_makes_no_other() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let body = json!({"test": true, "scopes": ["manage", "read"]});
    let new = made(&own, &shop.native.key, "/v1/keys", body).await;
    assert_eq!(new["account"], "shop.test");
    let test = new["key"].as_str().unwrap();
    assert!(test.starts_with("tw_test_"), "{test}");
    let more = made(&own, test, "/v1/keys", json!({"scopes": ["read"]})).await;
    assert_eq!(more["account"], "shop.test");
    let keys = read(&own, test, "/v1/keys").await;
    assert!(
        keys["keys"]
            .as_array()
            .unwrap()
            .iter()
            .all(|key| key["test"] == true)
    );
    let live = read(&own, &shop.native.key, "/v1/keys").await;
    assert!(
        live["keys"]
            .as_array()
            .unwrap()
            .iter()
            .all(|key| key["test"] == false)
    );
    is_problem(
        &post(
            &own,
            test,
            "/v1/keys",
            &json!({"account": "shop", "scopes": ["read"]}),
        )
        .await,
        403,
    );
}
