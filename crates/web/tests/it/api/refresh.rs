//! `POST /v1/shipments/{id}/refresh`.

use super::{asked, is_problem, post, register};
use crate::harness::json_of;
use crate::installation::Installation;
use reqwest::header::RETRY_AFTER;
use reqwest::{Method, StatusCode};
use serde_json::json;
use trackway_hub::refresh::MOST_AN_HOUR;
use trackway_model::ShipmentId;

on_every_store!(
    the_connections_that_follow_a_number_are_asked,
    what_nobody_follows_is_a_conflict_and_anothers_is_not_there,
    an_account_may_ask_so_often_an_hour,
);

fn path(id: &str) -> String {
    format!("/v1/shipments/{id}/refresh")
}

async fn the_connections_that_follow_a_number_are_asked(own: Installation) {
    let shop = own.shop("shop").await;
    let id = register(&own, &shop, "247express", "VD0000001").await;
    let (status, told) = post(&own, &shop.native.key, &path(&id), &json!({})).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{told}");
    assert_eq!(told, json!({"id": id, "connections": ["247express"]}));
}

async fn what_nobody_follows_is_a_conflict_and_anothers_is_not_there(own: Installation) {
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let id = register(&own, &shop, "own", "A1").await;
    let refused = post(&own, &shop.native.key, &path(&id), &json!({})).await;
    is_problem(&refused, 409);
    let strange = post(&own, &other.native.key, &path(&id), &json!({})).await;
    let nowhere = post(&own, &other.native.key, &path("999999"), &json!({})).await;
    is_problem(&strange, 404);
    assert_eq!(strange, nowhere);
}

async fn an_account_may_ask_so_often_an_hour(own: Installation) {
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let id = register(&own, &shop, "247express", "VD0000001").await;
    let account = own.hub.account(Some("shop")).await.unwrap().id;
    let shipment = ShipmentId(id.parse().unwrap());
    for _ in 1..MOST_AN_HOUR {
        own.hub.refresh(account, shipment).await.unwrap();
    }
    let (status, _) = post(&own, &shop.native.key, &path(&id), &json!({})).await;
    assert_eq!(status, StatusCode::ACCEPTED, "the last of the hour");
    let request = asked(&own, Method::POST, &path(&id), &shop.native.key);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    // The clock stands at the beginning of an hour.
    assert_eq!(answer.headers()[RETRY_AFTER], "3600");
    let refused = json_of(asked(&own, Method::POST, &path(&id), &shop.native.key)).await;
    is_problem(&refused, 429);
    // Another account's hour is its own, and the next hour is a new one.
    let theirs = register(&own, &other, "247express", "VD0000001").await;
    let (status, _) = post(&own, &other.native.key, &path(&theirs), &json!({})).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    own.clock.advance(std::time::Duration::from_hours(1));
    let (status, _) = post(&own, &shop.native.key, &path(&id), &json!({})).await;
    assert_eq!(status, StatusCode::ACCEPTED);
}
