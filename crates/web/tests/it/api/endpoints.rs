//! What is done with one endpoint: rotation, tests, messages sent again.

use super::{get, is_problem, post, read, tell};
use crate::installation::{Installation, Shop};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;
use trackway_hub::NewEndpoint;
use trackway_testkit::{Answer, Receiver, eventually};

const LIMIT: Duration = Duration::from_secs(20);

/// An endpoint of the operator's before a receiver; its path.
async fn subscribed(own: &Installation, shop: &Shop, receiver: &Receiver) -> String {
    let new = NewEndpoint {
        account: Some(shop.name.to_owned()),
        url: receiver.url("/hook"),
        operator: true,
        ..NewEndpoint::default()
    };
    let made = own.hub.add_endpoint(new).await.unwrap();
    format!("/v1/endpoints/{}", made.id)
}

async fn done(own: &Installation, key: &str, path: &str, body: Value) -> Value {
    let (status, answer) = post(own, key, path, &body).await;
    assert!(status.is_success(), "{path}: {answer}");
    answer
}

#[tokio::test]
async fn a_secret_is_rotated_and_shown_once() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let manager = &shop.native.key;
    let body = json!({"url": "https://shop.example/hook", "settings": {"signature": "ed25519"}});
    let made = done(&own, manager, "/v1/endpoints", body).await;
    assert_eq!(
        (&made["signature"], &made["secret"]),
        (&json!("ed25519"), &Value::Null)
    );
    let public = made["public_key"].as_str().unwrap().to_owned();
    assert!(public.starts_with("whpk_"));
    let path = format!("/v1/endpoints/{}", made["id"]);
    let rotate = format!("{path}/rotate");
    let rotated = done(&own, manager, &rotate, json!({"overlap": "1h"})).await;
    assert_ne!(rotated["public_key"], public);
    assert_eq!(rotated["former_until"], "2026-06-01T13:00:00Z");
    assert!(!rotated.to_string().contains("whsk_"));
    let usual = done(&own, manager, &rotate, json!({})).await;
    assert_eq!(usual["former_until"], "2026-06-02T12:00:00Z");
    let shown = read(&own, manager, &path).await;
    assert_eq!(shown["public_key"], usual["public_key"]);
    for body in [
        json!({"overlap": "soon"}),
        json!({"overlap": "31d"}),
        json!({"overlap": 24}),
        json!({"secret": "mine"}),
    ] {
        is_problem(&post(&own, manager, &rotate, &body).await, 422);
    }
    let odd = json!({"url": "https://shop.example/hook", "settings": {"signature": "rsa"}});
    is_problem(&post(&own, manager, "/v1/endpoints", &odd).await, 422);
    let body = json!({"url": "https://shop.example", "dialect": "247express",
        "settings": {"apikey": "theirs"}});
    let made = done(&own, manager, "/v1/endpoints", body).await;
    let rotate = format!("/v1/endpoints/{}/rotate", made["id"]);
    is_problem(&post(&own, manager, &rotate, &json!({})).await, 409);
}

#[tokio::test]
async fn a_test_tells_what_came_back() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let manager = &shop.native.key;
    let receiver = Receiver::start().await.unwrap();
    let path = subscribed(&own, &shop, &receiver).await;
    let test = format!("{path}/test");
    let told = done(&own, manager, &test, json!({})).await;
    assert_eq!(
        (&told["accepted"], &told["status"]),
        (&json!(true), &json!(200))
    );
    let seen = receiver.received()[0]
        .header("webhook-id")
        .map(str::to_owned);
    assert_eq!(told["message_id"].as_str(), seen.as_deref());
    receiver.push(Answer::status(500).body("out of order"));
    let told = done(&own, manager, &test, json!({})).await;
    assert_eq!(
        (&told["accepted"], &told["outcome"]),
        (&json!(false), &json!("call_failed"))
    );
    assert_eq!(told["answer"], "out of order");
    let state = &read(&own, manager, &path).await["state"];
    assert_eq!(
        (&state["breaker"], &state["last"]),
        (&json!("closed"), &Value::Null)
    );
}

#[tokio::test]
async fn messages_are_counted_and_sent_again() {
    let own = Installation::start().await;
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let manager = &shop.native.key;
    let receiver = Receiver::start().await.unwrap();
    let path = subscribed(&own, &shop, &receiver).await;
    own.hub.start();
    for number in ["P1", "P2", "P3"] {
        let event = json!([{"carrier": "own", "number": number, "status": "in_transit"}]);
        tell(&own, &other, &event).await;
        tell(&own, &shop, &event).await;
    }
    receiver.wait_for(3, LIMIT).await.unwrap();
    let through = async || {
        let shown = read(&own, manager, &path).await;
        (shown["behind"] == 0 && shown["state"]["waiting"] == 0).then_some(())
    };
    eventually("all told", LIMIT, through).await.unwrap();
    let replay = format!("{path}/replay");
    let counted = done(&own, manager, &replay, json!({"dry_run": true})).await;
    assert_eq!(
        counted,
        json!({"changes": 3, "dry_run": true, "next": null})
    );
    for (body, changes) in [
        (json!({"number": "P2"}), 1),
        (json!({"number": "P2", "carrier": "gls"}), 0),
        (json!({"from": "1h", "stage": "in_transit"}), 3),
        (json!({"to": "2026-06-01T12:00:00Z"}), 0),
        (json!({"stage": "delivered"}), 0),
        (json!({"state": "parked"}), 0),
        (json!({"state": "retrying"}), 0),
    ] {
        let mut count = body.clone();
        count["dry_run"] = json!(true);
        let counted = done(&own, manager, &replay, count).await;
        assert_eq!(counted["changes"], changes, "{body}");
    }
    assert_eq!(receiver.received().len(), 3);
    let sent = done(&own, manager, &replay, json!({"number": "P2"})).await;
    assert_eq!(sent, json!({"changes": 1, "dry_run": false, "next": null}));
    let received = receiver.wait_for(4, LIMIT).await.unwrap();
    let first = received
        .iter()
        .find(|told| told.json().unwrap()["data"]["number"] == "P2");
    let header = |at: &trackway_testkit::Recorded| at.header("webhook-id").map(str::to_owned);
    assert_eq!(header(&received[3]), header(first.unwrap()));
    // One of the log.
    let log = read(&own, manager, "/v1/deliveries/attempts?limit=500").await;
    let delivery = log["attempts"][0]["delivery"].as_str().unwrap();
    let resend = format!("/v1/deliveries/{delivery}/resend");
    let (status, queued) = post(&own, manager, &resend, &json!({})).await;
    assert_eq!(
        (status, &queued["queued"]),
        (StatusCode::ACCEPTED, &json!(true))
    );
    receiver.wait_for(5, LIMIT).await.unwrap();
    is_problem(
        &post(&own, &other.native.key, &resend, &json!({})).await,
        404,
    );
    for id in ["0", "x", "7-0", "1-0-99999", "%FF"] {
        let path = format!("/v1/deliveries/{id}/resend");
        is_problem(&post(&own, manager, &path, &json!({})).await, 404);
    }
    for (status, body) in [
        (400, json!({"from": "tomorrow"})),
        (400, json!({"after": "AAAA"})),
        (422, json!({"stage": "lost_in_space"})),
        (422, json!({"state": "open"})),
        (422, json!({"number": " "})),
        (422, json!({"numbers": []})),
    ] {
        is_problem(&post(&own, manager, &replay, &body).await, status);
    }
    is_problem(&get(&own, manager, &replay).await, 405);
    own.hub.stop().await.unwrap();
}
