//! `GET /v1/shipments`: filters and pages.

use super::{asked, get, is_problem, post, read, register, tell};
use crate::installation::{Installation, NOON, Shop};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

on_every_store!(
    every_filter_finds_what_it_says,
    a_row_tells_how_it_stands_and_its_time_honestly,
    pages_leave_none_out_and_give_none_twice_whatever_comes_meanwhile,
);

const DAY: i64 = 86_400_000_000;

async fn numbers(own: &Installation, shop: &Shop, query: &str) -> Vec<String> {
    let page = read(own, &shop.native.key, &format!("/v1/shipments?{query}")).await;
    shown(&page)
}

fn shown(page: &Value) -> Vec<String> {
    let shipments = page["shipments"].as_array().unwrap().iter();
    let numbers = shipments.map(|one| one["number"].as_str().unwrap().to_owned());
    numbers.collect()
}

/// Four shipments of a shop, registered a day apart, and one of another shop.
async fn world(own: Installation) -> (Installation, Shop, Shop) {
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    for (at, (carrier, number, reference)) in [
        ("gls", "AB-1", "SO-1001"),
        ("gls", "AB-2", "SO-1002"),
        ("247express", "VD1", "so-2001"),
        ("own", "ab-3", "PO-1"),
    ]
    .into_iter()
    .enumerate()
    {
        own.clock.set(NOON + at as i64 * DAY);
        let body = json!({"carrier": carrier, "number": number, "references": [reference]});
        post(&own, &shop.native.key, "/v1/shipments", &body).await;
    }
    let events = json!([
        {"carrier": "gls", "number": "AB-1", "status": "in_transit", "occurred_at": "2026-06-01T10:00:00Z"},
        {"carrier": "gls", "number": "AB-2", "status": "delivered", "occurred_at": "2026-06-02T10:00:00+07:00"},
        {"carrier": "247express", "number": "VD1", "status": "out_for_delivery", "occurred_at": "2026-06-03 10:00:00"},
    ]);
    tell(&own, &shop, &events).await;
    register(&own, &other, "gls", "AB-9").await;
    (own, shop, other)
}

async fn every_filter_finds_what_it_says(own: Installation) {
    let (own, shop, other) = world(own).await;
    let rows: &[(&str, &[&str])] = &[
        ("", &["ab-3", "VD1", "AB-2", "AB-1"]),
        ("stage=delivered", &["AB-2"]),
        ("milestone=in_transit", &["AB-1"]),
        ("stage=unknown", &["ab-3"]),
        ("carrier=gls", &["AB-2", "AB-1"]),
        ("carrier=GLS", &["AB-2", "AB-1"]),
        ("number=ab", &["ab-3", "AB-2", "AB-1"]),
        ("number=AB-2", &["AB-2"]),
        ("number=B-2", &[]),
        ("reference=SO", &["VD1", "AB-2", "AB-1"]),
        ("reference=so-10", &["AB-2", "AB-1"]),
        ("created_before=2d", &["AB-1"]),
        ("created_after=2026-06-03T12:00:00Z", &["ab-3", "VD1"]),
        ("created_after=2d&created_before=1d", &["AB-2"]),
        ("moved_before=2026-06-02T00:00:00%2B00:00", &["AB-1"]),
        ("moved_after=36h", &["ab-3", "VD1"]),
        ("carrier=gls&stage=delivered&reference=so", &["AB-2"]),
        ("carrier=gls&stage=lost", &[]),
    ];
    for (query, expected) in rows {
        assert_eq!(numbers(&own, &shop, query).await, *expected, "{query}");
    }
    assert_eq!(numbers(&own, &other, "").await, ["AB-9"]);
}

async fn a_row_tells_how_it_stands_and_its_time_honestly(own: Installation) {
    let (own, shop, _) = world(own).await;
    let page = read(&own, &shop.native.key, "/v1/shipments?carrier=247express").await;
    let row = &page["shipments"][0];
    assert_eq!(row["milestone"], "out_for_delivery");
    assert_eq!(row["references"], json!(["so-2001"]));
    assert_eq!(row["created"], "2026-06-03T12:00:00Z");
    // Ruled for the carrier, and said so.
    assert_eq!(row["occurred"]["time"], "2026-06-03T10:00:00+07:00");
    assert_eq!(row["occurred"]["offset_source"], "connection");
    let page = read(&own, &shop.native.key, "/v1/shipments?number=ab-3").await;
    assert_eq!(page["shipments"][0]["occurred"], Value::Null);
    let events =
        json!([{"number": "ab-3", "status": "delivered", "occurred_at": "2026-06-03 09:00:00"}]);
    tell(&own, &shop, &events).await;
    let page = read(&own, &shop.native.key, "/v1/shipments?number=ab-3").await;
    let occurred = &page["shipments"][0]["occurred"];
    assert_eq!(
        occurred["time"], "2026-06-03T09:00:00",
        "nobody knows the zone"
    );
    assert_eq!(
        (&occurred["offset"], &occurred["offset_source"]),
        (&Value::Null, &json!("unknown"))
    );
}

async fn pages_leave_none_out_and_give_none_twice_whatever_comes_meanwhile(own: Installation) {
    let shop = own.shop("shop").await;
    let batch: Vec<_> = (0..25)
        .map(|at| json!({"carrier": "gls", "number": format!("G{at:02}")}))
        .collect();
    post(&own, &shop.native.key, "/v1/shipments", &json!(batch)).await;
    for limit in [1, 7, 24, 25, 26] {
        let mut seen = Vec::new();
        let mut path = format!("/v1/shipments?number=G&limit={limit}");
        loop {
            let answer = asked(&own, Method::GET, &path, &shop.native.key)
                .send()
                .await
                .unwrap();
            let link = answer
                .headers()
                .get("link")
                .map(|value| value.to_str().unwrap().to_owned());
            let page: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
            assert_eq!(
                (&page["total"], &page["total_exact"]),
                (&json!(25), &json!(true))
            );
            seen.extend(shown(&page));
            // Something moves, and something is new: neither may shift the pages.
            tell(
                &own,
                &shop,
                &json!([{"carrier": "gls", "number": "G03", "status": "in_transit", "text": path}]),
            )
            .await;
            register(&own, &shop, "gls", &format!("N{limit}-{}", seen.len())).await;
            let Some(link) = link else {
                assert_eq!(page["next"], Value::Null);
                break;
            };
            let (next, rel) = link.split_once('>').unwrap();
            assert_eq!(rel, "; rel=\"next\"");
            assert!(next.contains(page["next"].as_str().unwrap()));
            next.trim_start_matches('<').clone_into(&mut path);
        }
        let expected: Vec<_> = (0..25).rev().map(|at| format!("G{at:02}")).collect();
        assert_eq!(seen, expected, "limit {limit}");
    }
}

#[tokio::test]
async fn a_cursor_holds_for_its_account_and_filters_only() {
    let (own, shop, other) = world(Installation::start().await).await;
    let page = read(&own, &shop.native.key, "/v1/shipments?limit=1&carrier=gls").await;
    let cursor = page["next"].as_str().unwrap();
    let path = |query: &str| format!("/v1/shipments?{query}&cursor={cursor}");
    let next = read(&own, &shop.native.key, &path("carrier=gls&limit=5")).await;
    assert_eq!(shown(&next), ["AB-1"]);
    for query in ["", "carrier=own", "carrier=gls&stage=delivered"] {
        is_problem(&get(&own, &shop.native.key, &path(query)).await, 400);
    }
    is_problem(
        &get(&own, &other.native.key, &path("carrier=gls")).await,
        400,
    );
    for cursor in ["x", "", "%00", &"A".repeat(5_000)] {
        let path = format!("/v1/shipments?cursor={cursor}");
        is_problem(&get(&own, &shop.native.key, &path).await, 400);
    }
}

#[tokio::test]
async fn a_query_that_means_nothing_is_refused() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    own.clock.advance(Duration::from_secs(1));
    for query in [
        "stages=delivered",
        "stage=arrived",
        "stage=Delivered",
        "stage=",
        "milestone=in%20transit",
        "stage=delivered&stage=lost",
        "limit=0",
        "limit=1001",
        "limit=-1",
        "limit=many",
        "number=",
        "number=%20",
        "number=%00",
        "moved_before=yesterday",
        "moved_before=10",
        "moved_after=99999999999999999999d",
        "created_before=2026-02-30T00:00:00Z",
        "created_after=2026-06-01T12:00:00",
        "created_after=+292277-01-01T00:00:00Z",
        "created_after=0000-00-00T00:00:00Z",
    ] {
        let answer = get(&own, &shop.native.key, &format!("/v1/shipments?{query}")).await;
        assert_eq!(answer.0.as_u16(), 400, "{query}: {}", answer.1);
        is_problem(&answer, 400);
    }
    let long = "x".repeat(101);
    is_problem(
        &get(
            &own,
            &shop.native.key,
            &format!("/v1/shipments?number={long}"),
        )
        .await,
        400,
    );
}
