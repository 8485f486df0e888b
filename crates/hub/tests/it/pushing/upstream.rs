//! Upstreams that are given numbers and push what becomes of them, and that are asked for carriers.

use super::{DELIVERED, MINUTE, NUMBER, PUSHED, config, ok, paths};
use crate::on_both_stores;
use crate::world::{LIMIT, World, texts};
use serde_json::json;
use std::time::Duration;
use trackway_dialects::keydelivery;
use trackway_hub::detecting::Opinion;
use trackway_hub::{NewConnection, NewTracking};
use trackway_testkit::{Answer, Receiver};

on_both_stores!(
    an_upstream_is_given_numbers_and_pushes_what_becomes_of_them,
    pushes_are_wanted_only_where_they_can_come,
    an_upstream_that_does_not_push_is_asked,
    a_late_push_is_merged,
    an_upstream_is_asked_for_carriers,
);

async fn track(world: &World) {
    let new = NewTracking {
        carrier: "gls".to_owned(),
        numbers: vec![NUMBER.to_owned()],
        ..NewTracking::default()
    };
    world.hub.track(new).await.unwrap();
}

/// A number goes to an upstream that pushes by `create`, with our own address; its push is taken in
/// and passed on as it came; it is asked seldom.
async fn an_upstream_is_given_numbers_and_pushes_what_becomes_of_them(world: World) {
    let world = world.reopened_with(config()).await;
    let upstream = Receiver::start().await.unwrap();
    upstream.set_rule(|_| ok());
    let connection = world.connect_push(&upstream, "yes").await;
    let shop = Receiver::start().await.unwrap();
    shop.set_rule(|_| ok());
    let settings = [("area_show", "1")];
    world
        .hub
        .add_endpoint(trackway_hub::NewEndpoint {
            dialect: Some("keydelivery".to_owned()),
            url: shop.url("/all"),
            settings: texts(&settings),
            operator: true,
            ..Default::default()
        })
        .await
        .unwrap();
    world.hub.start();
    track(&world).await;
    let asked = upstream.wait_for(1, LIMIT).await.unwrap();
    assert_eq!(asked[0].uri.path(), "/api/v1/tracking/create");
    let webhook = format!(
        "https://track.example{}/keydelivery",
        connection.webhook_path
    );
    let expected = json!({"carrier_id": "gls", "tracking_number": NUMBER, "area_show": 1,
        "webhook_url": webhook});
    assert_eq!(asked[0].json().unwrap(), expected);
    let signature = keydelivery::sign(&asked[0].body, "KD-1", "kd-secret-1");
    assert_eq!(asked[0].header("signature"), Some(signature.as_str()));
    assert_eq!(world.pushed(&connection, PUSHED).await, 200);
    world.until_milestone(NUMBER, "delivered").await;
    let told = shop.wait_for(1, LIMIT).await.unwrap();
    assert_eq!(told[0].body, PUSHED.as_bytes(), "as it came");
    // A repeat tells nobody anything.
    assert_eq!(world.pushed(&connection, PUSHED).await, 200);
    // It was pushed, and is over: it is neither registered again nor looked up when that would have been its turn.
    world.clock.advance(Duration::from_hours(5));
    let track = world.shown(NUMBER).await.unwrap().shipment.track();
    let step = Duration::from_secs(10);
    world
        .moving_on("its turn to be over", step, async || {
            let polls = world.hub.store().polls_of(track).await.unwrap();
            polls[0].due.is_none().then_some(())
        })
        .await;
    assert_eq!(upstream.received().len(), 1);
    assert_eq!(shop.received().len(), 1);
    world.hub.stop().await.unwrap();
}

async fn pushes_are_wanted_only_where_they_can_come(world: World) {
    let connect = async |push: &str| {
        let new = NewConnection {
            dialect: "keydelivery".to_owned(),
            base_url: "https://kd.example".to_owned(),
            settings: texts(&[("key", "KD-1"), ("secret", "s"), ("push", push)]),
            operator: true,
            ..NewConnection::default()
        };
        world.hub.connect(new).await.map(|made| made.name)
    };
    let told = connect("maybe").await.unwrap_err().to_string();
    assert!(told.contains("`yes` or `no`"), "{told}");
    let told = connect("yes").await.unwrap_err().to_string();
    assert!(told.contains("public_url"), "{told}");
    assert_eq!(connect("no").await.unwrap(), "keydelivery");
}

async fn an_upstream_that_does_not_push_is_asked(world: World) {
    let world = world.reopened_with(config()).await;
    let upstream = Receiver::start().await.unwrap();
    upstream.push(Answer::json(
        &json!({"code": 500, "message": "Internal Server Error"}),
    ));
    upstream.push(ok());
    upstream.set_rule(|request| {
        if request.uri.path().ends_with("/create") {
            Answer::json(&json!({"code": 60201, "message": "Tracking already exists."}))
        } else {
            Answer::status(200).body(DELIVERED)
        }
    });
    world.connect_push(&upstream, "yes").await;
    world.hub.start();
    track(&world).await;
    // A fault: it is tried again soon.
    world
        .until_received(&upstream, 2, Duration::from_secs(5))
        .await;
    assert!(world.minutes() < 30);
    // No push came for hours: it is there already, and so it is asked.
    world.until_received(&upstream, 4, MINUTE * 10).await;
    let (create, ask) = ("/api/v1/tracking/create", "/api/v1/tracking/realtime");
    assert_eq!(paths(&upstream)[..4], [create, create, create, ask]);
    assert!(world.minutes() > 200, "{}", world.minutes());
    world.until_milestone(NUMBER, "delivered").await;
    world.hub.stop().await.unwrap();
}

/// §8: pushes may come out of order; items are merged, and what is known stays known.
async fn a_late_push_is_merged(world: World) {
    let upstream = Receiver::start().await.unwrap();
    let connection = world.connect_push(&upstream, "no").await;
    assert_eq!(world.pushed(&connection, PUSHED).await, 200);
    world.clock.advance(MINUTE * 30);
    // The one before, sent again, and with an item that the newer one did not have.
    let delivered = PUSHED.find(r#"{"context":"Parcel delivered""#).unwrap();
    let before = PUSHED.find(r#"{"context":"On the delivery"#).unwrap();
    let late = [&PUSHED[..delivered], &PUSHED[before..]].concat();
    let late = late.replace("Parcel data received", "Parcel announced");
    let late = late.replace(r#""order_status_code":3,"#, r#""order_status_code":5,"#);
    assert_eq!(world.pushed(&connection, &late).await, 200);
    let shown = world.shown(NUMBER).await.unwrap();
    assert_eq!(shown.milestone.name(), "delivered");
    assert_eq!(shown.events.len(), 4, "both tell of it");
    // What the facade answers is the whole one still.
    let key = world.key("keydelivery").await;
    let asked = json!({"carrier_id": "gls", "tracking_number": NUMBER, "area_show": 1});
    let told = world.call(&key, "/api/v1/tracking/realtime", &asked).await;
    assert_eq!(told["data"]["order_status_code"], 3);
    assert_eq!(told["data"]["items"].as_array().unwrap().len(), 3);
}

async fn an_upstream_is_asked_for_carriers(world: World) {
    let upstream = Receiver::start().await.unwrap();
    upstream.push(Answer::json(
        &json!({"code": 200, "message": "OK", "data": [
        {"carrier_id": "dhl_de", "carrier_name": "DHL Deutschland"},
        {"carrier_id": "acme", "carrier_name": "Acme Express"}]}),
    ));
    upstream.push(Answer::json(
        &json!({"code": 406, "message": "Cannot detect the carrier"}),
    ));
    upstream.push(Answer::json(
        &json!({"code": 401, "message": "Unauthorized"}),
    ));
    world.connect_keydelivery(&upstream).await;
    let account = world.hub.account(None).await.unwrap().id;
    let ask = async || {
        world
            .hub
            .ask_carriers(account, " 00340434 ")
            .await
            .unwrap()
            .remove(0)
    };
    let Opinion {
        connection,
        candidates,
        problem,
    } = ask().await;
    assert_eq!((connection.as_str(), problem), ("keydelivery", None));
    let told: Vec<_> = candidates
        .into_iter()
        .map(|it| (it.carrier, it.code, it.name))
        .collect();
    let named = |carrier: &str, code: &str, name: &str| {
        (carrier.to_owned(), code.to_owned(), name.to_owned())
    };
    let expected = [
        named("dhl_de", "dhl_de", "DHL Deutschland"),
        named("x-keydelivery:acme", "acme", "Acme Express"),
    ];
    assert_eq!(told, expected);
    let nothing = ask().await;
    assert_eq!((nothing.candidates, nothing.problem), (Vec::new(), None));
    assert!(ask().await.problem.unwrap().contains("401"));
    let asked = upstream.received();
    assert_eq!(asked[0].uri.path(), "/api/v1/carriers/detect");
    assert_eq!(
        asked[0].json().unwrap(),
        json!({"tracking_number": "00340434"})
    );
}
