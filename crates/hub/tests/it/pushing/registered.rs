//! Numbers that clients register with us, and the pushes that they get.

use super::{DAY, DELIVERED, MINUTE, NUMBER, PUSHED, config, is, nothing, ok};
use crate::on_both_stores;
use crate::world::{LIMIT, World, texts};
use serde_json::{Value, json};
use trackway_hub::HubConfig;
use trackway_testkit::{Answer, Receiver, eventually};

on_both_stores!(
    a_registration_is_looked_after_as_the_vendor_says,
    a_push_is_sent_again_half_an_hour_later_and_then_parked,
    the_attempts_are_a_setting,
    silence_is_told_at_3_and_at_60_days,
    a_known_number_is_told_at_the_first_look,
    each_registration_is_told_at_its_own_address,
    nobody_is_sent_inside,
);

/// §7: the first check after about 15 minutes, then every 4 hours, until something is known.
async fn a_registration_is_looked_after_as_the_vendor_says(world: World) {
    let world = world.reopened_with(config()).await;
    let upstream = Receiver::start().await.unwrap();
    upstream.set_rule(|_| nothing());
    world.connect_keydelivery(&upstream).await;
    let shop = Receiver::start().await.unwrap();
    shop.set_rule(|_| ok());
    let key = world.key("keydelivery").await;
    let url = shop.url("/kd/5f1c?of=7");
    is(&world.create(&key, "gls", NUMBER, &url).await, 200);
    is(&world.create(&key, "GLS", NUMBER, &url).await, 60_201);
    world.hub.start();
    world.until_received(&upstream, 1, MINUTE).await;
    // The clock moves on while a call is on its way.
    let first = world.minutes();
    assert!((15..=20).contains(&first), "{first}");
    world.until_received(&upstream, 2, MINUTE * 5).await;
    let second = world.minutes() - first;
    assert!((215..=270).contains(&second), "{second}");
    upstream.set_rule(|_| Answer::status(200).body(DELIVERED));
    world.until_received(&upstream, 3, MINUTE * 5).await;
    let pushed = shop.wait_for(1, LIMIT).await.unwrap();
    assert_eq!(pushed[0].uri.to_string(), "/kd/5f1c?of=7");
    let told = pushed[0].json().unwrap();
    assert_eq!(
        (&told["order_status_code"], &told["tracking_number"]),
        (&json!(3), &json!(NUMBER))
    );
    assert_eq!(told["items"][0]["order_status_code"], "3");
    world.hub.stop().await.unwrap();
}

async fn a_push_is_sent_again_half_an_hour_later_and_then_parked(world: World) {
    let world = world.reopened_with(config()).await;
    world.is_tried(3).await;
}

async fn the_attempts_are_a_setting(world: World) {
    let config = HubConfig {
        settings: texts(&[("keydelivery.push_attempts", "2")]),
        ..config()
    };
    let world = world.reopened_with(config).await;
    world.is_tried(2).await;
}

impl World {
    /// A push that is never accepted is tried so often.
    async fn is_tried(&self, attempts: usize) {
        let upstream = Receiver::start().await.unwrap();
        let connection = self.connect_push(&upstream, "no").await;
        let shop = Receiver::start().await.unwrap();
        shop.set_rule(|_| Answer::json(&json!({"code": 500, "message": "not now"})));
        let key = self.key("keydelivery").await;
        is(
            &self.create(&key, "gls", NUMBER, &shop.url("/kd")).await,
            200,
        );
        self.hub.start();
        assert_eq!(self.pushed(&connection, PUSHED).await, 200);
        let first = shop.wait_for(1, LIMIT).await.unwrap();
        for attempt in 2..=attempts {
            let before = self.minutes();
            let received = self.until_received(&shop, attempt, MINUTE).await;
            let waited = self.minutes() - before;
            assert!((29..=36).contains(&waited), "{waited}");
            assert_eq!(received[attempt - 1].body, first[0].body);
        }
        let id = self.only_endpoint().await;
        eventually("the push to be parked", LIMIT, async || {
            let shown = self.hub.endpoint(None, id).await.unwrap();
            (shown.state.parked == 1).then_some(())
        })
        .await
        .unwrap();
        self.clock.advance(DAY);
        // It is asked by hand: until then nobody is told.
        assert_eq!(shop.received().len(), attempts);
        self.hub.stop().await.unwrap();
    }
}

async fn silence_is_told_at_3_and_at_60_days(world: World) {
    let world = world.reopened_with(config()).await;
    let shop = Receiver::start().await.unwrap();
    shop.set_rule(|_| ok());
    let key = world.key("keydelivery").await;
    is(
        &world.create(&key, "DHL", NUMBER, &shop.url("/kd")).await,
        200,
    );
    world.hub.start();
    let pass = async |days: u32| {
        for _ in 0..days {
            world.clock.advance(DAY);
            world.clocks_are_wound().await;
        }
    };
    pass(2).await;
    assert!(shop.received().is_empty());
    pass(1).await;
    let told = shop.wait_for(1, LIMIT).await.unwrap()[0].json().unwrap();
    let expected = json!({"event": "expired", "message": "No tracking information for 3 days",
        "carrier_id": "DHL", "tracking_number": NUMBER, "signer": 0});
    assert_eq!(told, expected);
    pass(56).await;
    assert_eq!(shop.received().len(), 1);
    pass(1).await;
    let told = shop.wait_for(2, LIMIT).await.unwrap()[1].json().unwrap();
    assert_eq!(
        (&told["event"], &told["message"]),
        (&json!("expired"), &json!("No status update for 60 days"))
    );
    world.hub.stop().await.unwrap();
}

/// Nobody is told twice what was told, but whoever registers a number that is known is told how it
/// stands.
async fn a_known_number_is_told_at_the_first_look(world: World) {
    let world = world.reopened_with(config()).await;
    let upstream = Receiver::start().await.unwrap();
    let connection = world.connect_push(&upstream, "no").await;
    assert_eq!(world.pushed(&connection, PUSHED).await, 200);
    let (shop, native) = (
        Receiver::start().await.unwrap(),
        Receiver::start().await.unwrap(),
    );
    shop.set_rule(|_| ok());
    eventually("the feed to be numbered", LIMIT, async || {
        let head = world.hub.store().head().await.unwrap();
        head.iter().any(|at| at.number > 0).then_some(())
    })
    .await
    .unwrap();
    world.endpoint("native", native.url("/hook"), &[]).await;
    world.clock.advance(MINUTE);
    let key = world.key("keydelivery").await;
    is(
        &world.create(&key, "gls", NUMBER, &shop.url("/kd")).await,
        200,
    );
    world.hub.start();
    world.clock.advance(MINUTE * 14);
    world.clocks_are_wound().await;
    assert!(shop.received().is_empty());
    world.clock.advance(MINUTE);
    let told = shop.wait_for(1, LIMIT).await.unwrap();
    assert_eq!(told[0].body, PUSHED.as_bytes(), "as it came");
    // Once, and to nobody else.
    world.clock.advance(DAY);
    world.clocks_are_wound().await;
    let later = PUSHED.replace("14:20:11", "15:00:00");
    assert_eq!(world.pushed(&connection, &later).await, 200);
    let told = shop.wait_for(2, LIMIT).await.unwrap();
    assert_eq!(told[1].body, later.as_bytes());
    let heard = native.wait_for(1, LIMIT).await.unwrap();
    assert_eq!(heard[0].json().unwrap()["type"], "shipment.updated");
    assert_eq!((shop.received().len(), native.received().len()), (2, 1));
    world.hub.stop().await.unwrap();
}

/// One endpoint an origin: each registration is told at the very address that it names, and a
/// receiver that fails delays no other.
async fn each_registration_is_told_at_its_own_address(world: World) {
    let world = world.reopened_with(config()).await;
    let upstream = Receiver::start().await.unwrap();
    let connection = world.connect_push(&upstream, "no").await;
    let (dead, shop) = (
        Receiver::start().await.unwrap(),
        Receiver::start().await.unwrap(),
    );
    dead.set_rule(|_| Answer::status(500));
    shop.set_rule(|_| ok());
    let key = world.key("keydelivery").await;
    for (number, url) in [
        ("P1", dead.url("/kd/1")),
        ("P2", shop.url("/kd/2")),
        ("P3", shop.url("/kd/3?of=3")),
    ] {
        is(&world.create(&key, "gls", number, &url).await, 200);
    }
    let endpoints = world.hub.endpoints(None).await.unwrap();
    assert_eq!(endpoints.len(), 2);
    assert!(
        endpoints
            .iter()
            .all(|it| it.dialect == "keydelivery" && it.signature == "address")
    );
    world.hub.start();
    // P4 is nobody's registration.
    for number in ["P1", "P2", "P3", "P4"] {
        assert_eq!(
            world
                .pushed(&connection, &PUSHED.replace(NUMBER, number))
                .await,
            200
        );
    }
    dead.wait_for(1, LIMIT).await.unwrap();
    shop.wait_for(2, LIMIT).await.unwrap();
    let mut told: Vec<(String, Value)> = shop
        .received()
        .iter()
        .map(|it| {
            (
                it.uri.to_string(),
                it.json().unwrap()["tracking_number"].clone(),
            )
        })
        .collect();
    told.sort_by(|one, other| one.0.cmp(&other.0));
    let expected = [("/kd/2", "P2"), ("/kd/3?of=3", "P3")];
    assert_eq!(
        told,
        expected.map(|(url, number)| (url.to_owned(), json!(number)))
    );
    assert!(dead.received().iter().all(|it| it.uri == "/kd/1"));
    // What is set stays: it tells registrations only.
    let first = endpoints[0].id;
    assert_eq!(endpoints[0].settings, ["registered"]);
    let change = trackway_hub::endpoints::ChangedEndpoint {
        settings: Some(texts(&[])),
        ..Default::default()
    };
    let changed = world
        .hub
        .change_endpoint(None, first, change)
        .await
        .unwrap();
    assert_eq!(changed.settings, ["registered"]);
    world.hub.stop().await.unwrap();
}

async fn nobody_is_sent_inside(world: World) {
    let key = world.key("keydelivery").await;
    for url in [
        "http://127.0.0.1:8080/kd",
        "http://[::1]/kd",
        "https://10.0.0.7/kd",
        "https://user:password@shop.example/kd",
        "https://shop.example:22/kd",
    ] {
        is(&world.create(&key, "gls", NUMBER, url).await, 105);
    }
    assert_eq!(world.hub.endpoints(None).await.unwrap(), []);
    let taken = world
        .create(&key, "gls", NUMBER, "https://shop.example/kd")
        .await;
    is(&taken, 200);
}
