//! `/v1/deliveries`: what did not arrive, and the log of attempts.

use super::{get, is_problem, read, tell};
use crate::installation::{Installation, Shop};
use serde_json::json;
use std::time::Duration;
use trackway_hub::NewEndpoint;
use trackway_testkit::{Answer, Receiver, eventually};

const LIMIT: Duration = Duration::from_secs(20);

/// A shop with an endpoint of the operator's, and a receiver behind it.
async fn subscribed(own: &Installation, shop: &Shop) -> (Receiver, i64) {
    let receiver = Receiver::start().await.unwrap();
    let new = NewEndpoint {
        account: Some(shop.name.to_owned()),
        url: receiver.url("/hook"),
        operator: true,
        ..NewEndpoint::default()
    };
    let endpoint = own.hub.add_endpoint(new).await.unwrap().id.0;
    (receiver, endpoint)
}

#[tokio::test]
async fn deliveries_say_what_did_not_arrive_and_why() {
    let own = Installation::start().await;
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let (receiver, endpoint) = subscribed(&own, &shop).await;
    receiver.set_rule(|_| Answer::status(500).body("out of order"));
    own.hub.start();
    let event = json!([{"carrier": "own", "number": "P1", "status": "in_transit"}]);
    tell(&own, &shop, &event).await;
    let manager = &shop.native.key;
    let open = eventually("an open delivery", LIMIT, async || {
        let page = read(&own, manager, "/v1/deliveries").await;
        page["deliveries"].get(0).cloned()
    })
    .await
    .unwrap();
    assert_eq!(
        (&open["endpoint"], &open["state"]),
        (&json!(endpoint), &json!("retrying"))
    );
    let attempt = &open["attempts"][0];
    assert_eq!(
        (&attempt["status"], &attempt["outcome"]),
        (&json!(500), &json!("call_failed"))
    );
    assert_eq!(attempt["answer"], "out of order");
    let id = receiver.received()[0]
        .header("webhook-id")
        .unwrap()
        .to_owned();
    assert_eq!(attempt["message_id"], json!(id));
    let shipment = open["shipment"].as_str().unwrap();
    let found = async |path: &str| {
        let page = read(&own, manager, path).await;
        let list = page.get("deliveries").or(page.get("attempts")).unwrap();
        list.as_array().unwrap().len()
    };
    let (open, log) = ("/v1/deliveries", "/v1/deliveries/attempts");
    for (query, count) in [
        (
            format!("{open}?endpoint={endpoint}&shipment={shipment}&parked=false"),
            1,
        ),
        (format!("{open}?endpoint={}", endpoint + 1), 0),
        (format!("{open}?shipment=77"), 0),
        (format!("{open}?record=order:77"), 0),
        (format!("{open}?parked=true"), 0),
        (format!("{log}?outcome=call_failed&after=1h"), 1),
        (format!("{log}?outcome=accepted"), 0),
        (format!("{log}?outcome=partner_error"), 0),
        (format!("{log}?endpoint={endpoint}&shipment={shipment}"), 1),
        (format!("{log}?before=2026-06-01T12:00:00Z"), 0),
        (format!("{log}?before=2026-06-01T12:00:01Z"), 1),
        (format!("{log}?after=2026-06-01T12:00:01Z"), 0),
    ] {
        assert_eq!(found(&query).await, count, "{query}");
    }
    let theirs = read(&own, &other.native.key, open).await;
    assert_eq!(theirs, json!({"deliveries": [], "next": null}));
    let theirs = read(&own, &other.native.key, log).await;
    assert_eq!(theirs, json!({"attempts": [], "next": null}));
    for query in [
        "endpoint=x",
        "shipment=-1",
        "record=order",
        "record=order:x",
        "record=parcel:1",
        "record=order:9223372036854775807",
        "record=order:1&shipment=1",
        "parked=maybe",
        "limit=0",
        "limit=501",
        "cursor=AAAA",
        "outcome=lost",
        "sort=up",
    ] {
        is_problem(&get(&own, manager, &format!("{open}?{query}")).await, 400);
    }
    for query in [
        "outcome=lost",
        "after=tomorrow",
        "before=",
        "cursor=AAAA",
        "parked=true",
    ] {
        is_problem(&get(&own, manager, &format!("{log}?{query}")).await, 400);
    }
    own.hub.stop().await.unwrap();
}

#[tokio::test]
async fn deliveries_and_attempts_come_in_pages() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let (receiver, _) = subscribed(&own, &shop).await;
    own.hub.start();
    for number in 0..7 {
        let event =
            json!([{"carrier": "own", "number": format!("P{number}"), "status": "in_transit"}]);
        tell(&own, &shop, &event).await;
    }
    receiver.wait_for(7, LIMIT).await.unwrap();
    let manager = &shop.native.key;
    let walk = async |path: &str| {
        let (mut seen, mut next) = (Vec::new(), None::<String>);
        loop {
            let cursor = next
                .map(|next| format!("&cursor={next}"))
                .unwrap_or_default();
            let page = read(&own, manager, &format!("{path}?limit=2{cursor}")).await;
            let list = page["attempts"].as_array().unwrap();
            seen.extend(list.iter().map(|told| told["shipment"].to_string()));
            next = page["next"].as_str().map(str::to_owned);
            if next.is_none() {
                return seen;
            }
        }
    };
    let all = eventually("seven attempts", LIMIT, async || {
        let seen = walk("/v1/deliveries/attempts").await;
        (seen.len() == 7).then_some(seen)
    })
    .await
    .unwrap();
    let mut distinct = all.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 7, "{all:?}");
    let first = read(&own, manager, "/v1/deliveries/attempts?limit=2").await;
    let cursor = first["next"].as_str().unwrap();
    let other = format!("/v1/deliveries/attempts?outcome=accepted&cursor={cursor}");
    is_problem(&get(&own, manager, &other).await, 400);
    own.hub.stop().await.unwrap();
}
