//! Links: who may open what, until when, and that a link which opens nothing tells nothing.

use super::page::get;
use super::parcels::{CARRIER, JOURNEY, World};
use crate::installation::Installation;
use reqwest::header::{AUTHORIZATION, ETAG};
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::time::Duration;
use trackway_hub::HubError;

const DAY: Duration = Duration::from_hours(24);

/// The page of a path that opens nothing.
async fn nothing(world: &World, path: &str) -> (StatusCode, String) {
    let (status, headers, body) = get(world, path, "en").await;
    assert_eq!(headers.get(ETAG), None, "{path}");
    assert_eq!(headers["cache-control"], "private, no-cache", "{path}");
    (status, body)
}

#[tokio::test]
async fn what_opens_nothing_is_one_page() {
    let world = World::start().await;
    world.on_its_way("VD2605310").await;
    world.on_its_way("VD2605399").await;
    let path = world.link("VD2605310").await;
    let erased = world.link("VD2605399").await;
    world
        .own
        .hub
        .erase(Some("shop"), None, "VD2605399")
        .await
        .unwrap();
    let other = {
        let stranger = World::start().await;
        stranger.on_its_way("VD2605310").await;
        stranger.link("VD2605310").await
    };

    let token = path.strip_prefix("/t/").unwrap();
    let middle = token.len() / 2;
    let digit = if &token[middle..=middle] == "A" {
        "B"
    } else {
        "A"
    };
    let changed = format!("/t/{}{digit}{}", &token[..middle], &token[middle + 1..]);
    let (status, page) = nothing(&world, &erased).await;
    assert_eq!(status, StatusCode::GONE, "{page}");
    let wrong = [
        changed,
        "/t/".to_owned(),
        "/t".to_owned(),
        format!("/t/{}", &token[1..]),
        format!("{path}A"),
        format!("{path}%00"),
        format!("{path}/more"),
        format!("/t/{}", token.to_lowercase()),
        format!("/t/{}", "A".repeat(56)),
        format!("/t/{}", "A".repeat(20_000)),
        "/t/%F0%9F%93%A6".to_owned(),
        "/t/..%2f..%2fetc%2fpasswd".to_owned(),
        "/t/VD2605310".to_owned(),
    ];
    for wrong in wrong {
        let (status, body) = nothing(&world, &wrong).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{wrong:.80}");
        assert_eq!(body, page, "{wrong:.80}");
    }
    // Every installation of the tests has one master key, but each its own secret.
    assert_eq!(
        nothing(&world, &other).await,
        (StatusCode::NOT_FOUND, page.clone())
    );

    assert_eq!(get(&world, &path, "en").await.0, StatusCode::OK);
    world
        .own
        .clock
        .advance(Duration::from_secs(30 * 86_400 - 1));
    assert_eq!(get(&world, &path, "en").await.0, StatusCode::OK);
    world.own.clock.advance(Duration::from_secs(1));
    assert_eq!(nothing(&world, &path).await, (StatusCode::GONE, page));
}

#[tokio::test]
async fn a_link_survives_the_end_of_the_server_and_what_is_told_later() {
    let world = World::start().await;
    world.express("VD2605310", &JOURNEY[..2], None).await;
    let path = world.link("VD2605310").await;
    let another = world.link("VD2605310").await;
    assert_ne!(path, another, "no two tokens are alike");
    world.express("VD2605310", JOURNEY, None).await;
    let (_, _, body) = get(&world, &path, "en").await;
    assert!(body.contains("Delivered</h1>"), "{body}");
}

#[tokio::test]
async fn a_link_is_of_one_journey_under_its_number() {
    let world = World::start().await;
    let number = "VD2605311";
    world.delivered(number).await;
    let first = world.own.hub.link(Some("shop"), None, number, 400).await;
    world.own.clock.advance(DAY * 90);
    let again = [
        ("21", "2026-08-28T08:00:00+07:00"),
        ("23", "2026-08-28T15:00:00+07:00"),
    ];
    for (status, at) in again {
        world.own.told(&world.shop, number, status, at).await;
    }
    let second = world.link(number).await;
    let (_, _, body) = get(&world, &second, "en").await;
    assert!(body.contains("Picked up by the carrier</h1>"), "{body}");
    assert!(!body.contains("1 June 2026"), "{body}");
    let (_, _, body) = get(&world, &first.unwrap().path, "en").await;
    assert!(body.contains("Delivered</h1>"), "{body}");
    assert!(!body.contains("August"), "{body}");
}

#[tokio::test]
async fn the_api_makes_links_to_ones_own_shipments_only() {
    let world = World::start().await;
    world.on_its_way("VD2605310").await;
    let stranger = world.own.shop("stranger").await;
    let shipment = world
        .own
        .hub
        .link(Some("shop"), None, "VD2605310", 1)
        .await
        .unwrap()
        .shipment;
    let ask = async |key: &str, id: &str, body: &str| {
        let path = format!("/v1/shipments/{id}/link");
        let request = world
            .own
            .served
            .post(&path)
            .header(AUTHORIZATION, format!("Bearer {key}"));
        let request = request
            .header("content-type", "application/json")
            .body(body.to_owned());
        crate::harness::json_of(request).await
    };
    let own = &world.shop.native.key;
    let id = shipment.to_string();
    let (status, link) = ask(own, &id, r#"{"days": 7}"#).await;
    assert_eq!(status, StatusCode::CREATED, "{link}");
    assert_eq!(link["number"], "VD2605310");
    assert_eq!(link["carrier"], CARRIER);
    assert_eq!(link["expires"], "2026-06-08T12:00:00Z");
    let (status, ..) = get(&world, link["path"].as_str().unwrap(), "en").await;
    assert_eq!(status, StatusCode::OK);
    let (status, link) = ask(own, &id, "{}").await;
    assert_eq!(
        (status, &link["expires"]),
        (StatusCode::CREATED, &json!("2026-07-31T12:00:00Z"))
    );

    let (status, foreign) = ask(&stranger.native.key, &id, "{}").await;
    let (unknown_status, unknown) = ask(own, "999999999", "{}").await;
    assert_eq!(
        (status, unknown_status),
        (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND)
    );
    assert_eq!(foreign, unknown, "somebody else's is answered as unknown");
    for wrong in [
        r#"{"days": 0}"#,
        r#"{"days": 401}"#,
        r#"{"days": "soon"}"#,
        r#"{"day": 3}"#,
    ] {
        let (status, told) = ask(own, &id, wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong} {told}");
    }
    assert_eq!(ask("nobody", &id, "{}").await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn links_are_made_for_what_is_there_and_for_a_while_only() {
    let own = Installation::start().await;
    let nobody = own.hub.link(None, None, "VD0", 1).await;
    assert!(
        matches!(nobody, Err(HubError::NoShipment { .. })),
        "{nobody:?}"
    );
    let world = World::start().await;
    world.unheard_of("VD2605315").await;
    for days in [0, 401, u16::MAX] {
        let refused = world
            .own
            .hub
            .link(Some("shop"), None, "VD2605315", days)
            .await;
        assert!(
            matches!(refused, Err(HubError::LinkDays { .. })),
            "{refused:?}"
        );
    }
    let path = world.link("VD2605315").await;
    let answer = world
        .own
        .served
        .request(Method::GET, &path)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}
