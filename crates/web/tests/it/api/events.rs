//! `POST /v1/events` over a whole installation: what is taken back, and requests with one key at once.

use super::{feed_of, get, is_problem, read, register, tell};
use crate::harness::{Served, json_of};
use crate::installation::{Installation, NOON};
use crate::wayward::{KEY, Mode, Wayward};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};
use trackway_web::Limits;

on_every_store!(what_is_taken_back_is_kept_and_explained,);

async fn what_is_taken_back_is_kept_and_explained(own: Installation) {
    let shop = own.shop("shop").await;
    let id = register(&own, &shop, "gls", "G1").await;
    tell(&own, &shop, &json!([
        {"carrier": "gls", "number": "G1", "status": "in_transit", "occurred_at": "2026-05-30T10:00:00Z"},
        {"carrier": "gls", "number": "G1", "id": "e-7", "status": "delivered", "occurred_at": "2026-05-31T10:00:00Z", "text": "At the door"},
    ])).await;
    let path = format!("/v1/shipments/{id}");
    assert_eq!(
        read(&own, &shop.native.key, &path).await["stage"],
        "delivered"
    );
    own.clock.set(NOON + 60_000_000);
    let outcome = tell(&own, &shop, &json!([
        {"carrier": "gls", "number": "G1", "id": "e-7", "withdraw": true, "text": "Wrong parcel"},
    ])).await;
    assert_eq!(
        (&outcome["corrected"], &outcome["withdrawn"]),
        (&json!(1), &json!(1))
    );
    let shipment = read(&own, &shop.native.key, &path).await;
    assert_eq!(
        (&shipment["stage"], &shipment["delivered"]),
        (&json!("in_transit"), &Value::Null)
    );
    let events = read(&own, &shop.native.key, &format!("{path}/events")).await;
    assert_eq!(events["events"].as_array().unwrap().len(), 1);
    let gone = &events["withdrawn"][0];
    assert_eq!(
        (&gone["certainty"], &gone["text"]),
        (&json!("withdrawn"), &json!("Wrong parcel"))
    );
    assert_eq!(gone["withdrawn"], "2026-06-01T12:01:00Z");
    assert_eq!(gone["first_seen"], "2026-06-01T12:00:00Z");
    let feed = feed_of(&own, &shop.native.key, 2).await;
    assert_eq!(
        feed["changes"][1]["events"][0]["certainty"],
        json!("withdrawn")
    );
    let why = read(&own, &shop.native.key, &format!("{path}/explain")).await;
    let told = &why["withdrawn"][0];
    assert_eq!(
        (&told["withdrawn"], &told["stream"]),
        (&json!("2026-06-01T12:01:00Z"), &json!("events"))
    );
    // Told again later it counts again.
    own.clock.set(NOON + 120_000_000);
    tell(&own, &shop, &json!([
        {"carrier": "gls", "number": "G1", "id": "e-7", "status": "delivered", "occurred_at": "2026-05-31T11:00:00Z"},
    ])).await;
    let shipment = read(&own, &shop.native.key, &path).await;
    assert_eq!(shipment["delivered"]["time"], "2026-05-31T11:00:00+00:00");
    let feed = feed_of(&own, &shop.native.key, 3).await;
    let stages: Vec<_> = feed["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["after"]["stage"].clone())
        .collect();
    assert_eq!(stages, ["delivered", "in_transit", "delivered"]);
}

#[tokio::test]
async fn an_event_that_carries_too_much_is_refused_alone() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let events = json!([
        {"number": "A1", "status": "delivered", "more": "x".repeat(70_000)},
        {"number": "A2", "status": "delivered"},
    ]);
    let (_, outcome) = super::post(&own, &shop.native.key, "/v1/events", &events).await;
    assert_eq!(
        (&outcome["accepted"], &outcome["rejected"][0]["index"]),
        (&json!(1), &json!(0))
    );
    is_problem(&get(&own, &shop.native.key, "/v1/events").await, 405);
}

#[tokio::test]
async fn a_request_with_the_key_of_one_at_work_is_told_to_wait() {
    let desk = Wayward::new(Mode::Wait);
    let served = Served::start(desk.clone(), Limits::default()).await;
    let request = |idempotency: &str| {
        let request = served
            .post("/v1/events")
            .header(AUTHORIZATION, format!("Bearer {KEY}"))
            .header(CONTENT_TYPE, "application/json")
            .header("Idempotency-Key", idempotency);
        request.body(r#"[{"number":"A1","status":"delivered"}]"#)
    };
    // Whichever comes second; the first waits for the desk.
    let answer = tokio::select! {
        one = request("7").send() => one,
        other = request("7").send() => other,
    };
    let answer = answer.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["retry-after"]),
        (409, &"1".parse().unwrap())
    );
    let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(body["status"], 409);
    // Once nobody has the key any more it is free again: what waited was cut off.
    let free = || async {
        let waits =
            tokio::time::timeout(std::time::Duration::from_millis(50), json_of(request("7")));
        waits.await.is_err().then_some(())
    };
    trackway_testkit::eventually(
        "the key to be free",
        std::time::Duration::from_secs(10),
        async || free().await,
    )
    .await
    .unwrap();
}
