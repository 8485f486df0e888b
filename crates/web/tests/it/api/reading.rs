//! One shipment: its state, events, payloads, explanation and erasure.

use super::{get, is_problem, key, post, posted, read, register, tell};
use crate::harness::json_of;
use crate::installation::{Installation, NOON, Shop};
use reqwest::StatusCode;
use serde_json::{Value, json};

on_every_store!(
    what_was_erased_is_gone_and_the_facts_stay,
    pages_of_events_follow_each_other_while_more_comes,
    every_journey_of_a_number_is_a_shipment_of_its_own,
);

/// A 247Express parcel of which a webhook and the shop itself told.
async fn parcel(own: Installation) -> (Installation, Shop, String) {
    let shop = own.shop("shop").await;
    let body = json!({"carrier": "247express", "number": "VD0000001", "references": ["SO-1"]});
    let (_, made) = post(&own, &shop.native.key, "/v1/shipments", &body).await;
    own.clock.set(NOON + 60_000_000);
    own.told(&shop, "VD0000001", "25", "2026-05-31T10:00:00+07:00")
        .await;
    own.clock.set(NOON + 120_000_000);
    tell(&own, &shop, &json!([
        {"carrier": "247express", "number": "VD0000001", "status": "in_transit", "occurred_at": "2026-05-30 09:00:00", "place": "Huế", "text": "Đang đi", "language": "vi"},
        {"carrier": "247express", "number": "VD0000001", "status": "out_for_delivery", "occurred_at": "2026-05-31T10:00:00+07:00"},
        {"carrier": "247express", "number": "VD0000001", "status": "delivered", "certainty": "estimated", "occurred_at": "2026-06-02"},
    ])).await;
    (own, shop, made["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_shipment_tells_how_it_stands_and_who_said_so() {
    let (own, shop, id) = parcel(Installation::start().await).await;
    let shipment = read(&own, &shop.native.key, &format!("/v1/shipments/{id}")).await;
    assert_eq!(shipment["id"], json!(id));
    assert_eq!(
        (&shipment["carrier"], &shipment["number"]),
        (&json!("247express"), &json!("VD0000001"))
    );
    assert_eq!(
        (&shipment["milestone"], &shipment["stage"]),
        (&json!("out_for_delivery"), &json!("out_for_delivery"))
    );
    assert_eq!(
        (&shipment["reason"], &shipment["direction"]),
        (&Value::Null, &json!("forward"))
    );
    assert_eq!(shipment["occurred"]["time"], "2026-05-31T10:00:00+07:00");
    assert_eq!(shipment["occurred"]["offset_source"], "source");
    // A day in the carrier's own zone, and nothing finer than was said.
    assert_eq!(shipment["expected"]["precision"], "day");
    assert_eq!(shipment["expected"]["offset_source"], "connection");
    assert_eq!(shipment["delivered"], Value::Null);
    assert_eq!(shipment["created"], "2026-06-01T12:00:00Z");
    assert_eq!(shipment["references"], json!(["SO-1"]));
    assert_eq!(shipment["journeys"], json!([id]));
    let sources = shipment["sources"].as_array().unwrap();
    assert_eq!(sources.len(), 2);
    assert_eq!(
        (&sources[0]["stream"], &sources[0]["connection"]),
        (&json!("webhook"), &json!("247express"))
    );
    assert_eq!(sources[0]["last_heard"], "2026-06-01T12:01:00Z");
    assert_eq!(
        (&sources[1]["dialect"], &sources[1]["connection"]),
        (&json!("native"), &Value::Null)
    );
    assert_eq!(
        (&sources[1]["last_heard"], &sources[1]["statements"]),
        (&json!("2026-06-01T12:02:00Z"), &json!(3))
    );
}

#[tokio::test]
async fn events_stand_together_with_their_witnesses() {
    let (own, shop, id) = parcel(Installation::start().await).await;
    let answer = read(
        &own,
        &shop.native.key,
        &format!("/v1/shipments/{id}/events"),
    )
    .await;
    assert_eq!(
        (&answer["next"], &answer["withdrawn"]),
        (&Value::Null, &json!([]))
    );
    let [moving, out, expected] = answer["events"].as_array().unwrap().as_slice() else {
        panic!("{answer}")
    };
    assert_eq!(
        (&moving["text"], &moving["language"], &moving["place"]),
        (&json!("Đang đi"), &json!("vi"), &json!("Huế"))
    );
    let occurred = &moving["occurred"];
    assert_eq!(
        (&occurred["written"], &occurred["time"]),
        (
            &json!("2026-05-30 09:00:00"),
            &json!("2026-05-30T09:00:00+07:00")
        )
    );
    assert_eq!(
        (&occurred["offset"], &occurred["offset_source"]),
        (&json!("+07:00"), &json!("connection"))
    );
    assert_eq!(moving["current"], false);
    assert_eq!(
        (&out["current"], &out["witnesses"].as_array().unwrap().len()),
        (&json!(true), &2)
    );
    let names: Vec<_> = out["witnesses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|witness| witness["connection"].clone())
        .collect();
    assert!(
        names.contains(&json!("247express")) && names.contains(&Value::Null),
        "{names:?}"
    );
    assert_eq!(
        (&expected["certainty"], &expected["current"]),
        (&json!("estimated"), &json!(false))
    );
}

async fn pages_of_events_follow_each_other_while_more_comes(own: Installation) {
    let shop = own.shop("shop").await;
    let id = register(&own, &shop, "own", "A1").await;
    let event = |hour: usize| json!({"number": "A1", "status": "in_transit", "occurred_at": format!("2026-05-{:02}T{:02}:00:00Z", 1 + hour / 24, hour % 24)});
    let events: Vec<_> = (0..60).step_by(2).map(event).collect();
    tell(&own, &shop, &json!(events)).await;
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/shipments/{id}/events?limit=7{cursor}");
        let page = read(&own, &shop.native.key, &path).await;
        let times = page["events"].as_array().unwrap().iter();
        seen.extend(times.map(|event| event["occurred"]["written"].as_str().unwrap().to_owned()));
        // Something earlier becomes known: pages that were read already don't shift.
        tell(&own, &shop, &json!([event(1)])).await;
        let Some(next) = page["next"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    let told: Vec<_> = events
        .iter()
        .map(|event| event["occurred_at"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(seen, told);
    let other = register(&own, &shop, "own", "A2").await;
    is_problem(
        &get(
            &own,
            &shop.native.key,
            &format!("/v1/shipments/{other}/events?limit=7{cursor}"),
        )
        .await,
        400,
    );
    for query in ["limit=0", "limit=501", "cursor=x", "limits=5"] {
        is_problem(
            &get(
                &own,
                &shop.native.key,
                &format!("/v1/shipments/{id}/events?{query}"),
            )
            .await,
            400,
        );
    }
}

#[tokio::test]
async fn an_explanation_names_rules_and_what_was_won_against() {
    let (own, shop, id) = parcel(Installation::start().await).await;
    let why = read(
        &own,
        &shop.native.key,
        &format!("/v1/shipments/{id}/explain"),
    )
    .await;
    assert_eq!(why["milestone"], "out_for_delivery");
    let events = why["events"].as_array().unwrap();
    assert_eq!(events[1]["verdict"]["verdict"], "current");
    assert_eq!(events[1]["won_against"], 0);
    let rules: Vec<_> = events[1]["witnesses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|witness| witness["rule"].clone())
        .collect();
    assert!(
        rules.contains(&json!(
            "247express: shipment code 25 means out_for_delivery"
        )),
        "{rules:?}"
    );
}

#[tokio::test]
async fn payloads_are_given_byte_for_byte_to_keys_that_name_the_scope() {
    let (own, shop, id) = parcel(Installation::start().await).await;
    let path = format!("/v1/shipments/{id}/payloads");
    is_problem(&get(&own, &shop.native.key, &path).await, 403);
    let key = key(&own, "shop", &["payloads"]).await;
    let answer = read(&own, &key, &path).await;
    let payloads = answer["payloads"].as_array().unwrap();
    assert_eq!((payloads.len(), &answer["next"]), (4, &Value::Null));
    let hook = &payloads[0];
    assert_eq!(
        (&hook["kind"], &hook["encoding"]),
        (&json!("statement"), &json!("text"))
    );
    assert_eq!(
        (&hook["source"]["stream"], &hook["connection"]),
        (&json!("webhook"), &json!("247express"))
    );
    assert_eq!(hook["received"], "2026-06-01T12:01:00Z");
    let body: Value = serde_json::from_str(hook["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["OrderCode"], "VD0000001");
    assert!(
        !hook["body"].as_str().unwrap().contains("WEBHOOK-shop"),
        "no credential"
    );
    // Page by page the same.
    let mut paged = Vec::new();
    let mut query = "?limit=3".to_owned();
    loop {
        let page = read(&own, &key, &format!("{path}{query}")).await;
        paged.extend(page["payloads"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else {
            break;
        };
        query = format!("?limit=3&cursor={next}");
    }
    assert_eq!(&paged, payloads);
    for query in ["limit=0", "limit=501", "cursor=x", "page=2"] {
        is_problem(&get(&own, &key, &format!("{path}?{query}")).await, 400);
    }
}

async fn what_was_erased_is_gone_and_the_facts_stay(own: Installation) {
    let (own, shop, id) = parcel(own).await;
    let reader = key(&own, "shop", &["payloads", "read"]).await;
    let path = format!("/v1/shipments/{id}");
    let erase = format!("{path}/erase");
    let refused = json_of(posted(&own, &reader, &erase, String::new())).await;
    is_problem(&refused, 403);
    let (status, erased) = json_of(posted(&own, &shop.native.key, &erase, String::new())).await;
    assert_eq!(
        (status, &erased["erased"]),
        (StatusCode::OK, &json!(true)),
        "{erased}"
    );
    is_problem(&get(&own, &reader, &format!("{path}/payloads")).await, 410);
    let shipment = read(&own, &reader, &path).await;
    assert_eq!(
        (&shipment["stage"], &shipment["events"]),
        (&json!("out_for_delivery"), &json!(3))
    );
    let events = read(&own, &reader, &format!("{path}/events")).await;
    assert!(!events.to_string().contains("Huế"), "{events}");
    assert_eq!(events["events"][0]["milestone"], "in_transit");
    // Again is harmless; what is told from now on is readable.
    assert_eq!(
        json_of(posted(&own, &shop.native.key, &erase, String::new()))
            .await
            .0,
        StatusCode::OK
    );
    own.clock.set(NOON + 180_000_000);
    own.told(&shop, "VD0000001", "26", "2026-06-01T10:00:00+07:00")
        .await;
    let payloads = read(&own, &reader, &format!("{path}/payloads")).await;
    let bodies: Vec<_> = payloads["payloads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["body"].is_null())
        .collect();
    assert_eq!(bodies, [true, true, true, true, false]);
}

async fn every_journey_of_a_number_is_a_shipment_of_its_own(own: Installation) {
    let shop = own.shop("shop").await;
    tell(
        &own,
        &shop,
        &json!([
            {"number": "A1", "status": "accepted", "occurred_at": "2025-01-01T10:00:00Z"},
            {"number": "A1", "status": "delivered", "occurred_at": "2025-01-03T10:00:00Z"},
            {"number": "A1", "status": "accepted", "occurred_at": "2026-05-01T10:00:00Z"},
        ]),
    )
    .await;
    let page = read(&own, &shop.native.key, "/v1/shipments").await;
    let ids: Vec<_> = page["shipments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 2);
    for (id, stage, events) in [(&ids[0], "accepted", 1), (&ids[1], "delivered", 2)] {
        let shipment = read(&own, &shop.native.key, &format!("/v1/shipments/{id}")).await;
        assert_eq!(
            (&shipment["stage"], &shipment["journeys"]),
            (&json!(stage), &json!(ids))
        );
        let told = read(
            &own,
            &shop.native.key,
            &format!("/v1/shipments/{id}/events"),
        )
        .await;
        assert_eq!(told["events"].as_array().unwrap().len(), events);
    }
    // The number's newest journey is the one that registering it answers.
    assert_eq!(register(&own, &shop, "own", "A1").await, ids[0]);
}

#[tokio::test]
async fn what_is_no_id_is_answered_as_an_unknown_one() {
    let (own, shop, id) = parcel(Installation::start().await).await;
    let unknown = get(&own, &shop.native.key, "/v1/shipments/1024000").await;
    is_problem(&unknown, 404);
    let later = id.parse::<i64>().unwrap() + 1;
    for id in [
        "0",
        "-1",
        "x",
        "1e9",
        "99999999999999999999",
        "%00",
        &format!("0{id}"),
        &format!("{id}%20"),
        &later.to_string(),
    ] {
        for more in ["", "/events", "/explain"] {
            let path = format!("/v1/shipments/{id}{more}");
            assert_eq!(get(&own, &shop.native.key, &path).await, unknown, "{path}");
        }
    }
}
