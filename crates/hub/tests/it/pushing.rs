//! KeyDelivery's registrations and pushes, from the client's call to the client's address, and from an
//! upstream's push to ours.

use crate::on_both_stores;
use crate::outbound::reach;
use crate::world::{LIMIT, NOON, World, texts};
use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::{Value, json};
use std::time::Duration;
use tower::ServiceExt;
use trackway_dialects::keydelivery;
use trackway_hub::detecting::Opinion;
use trackway_hub::{Clock, CreatedConnection, CreatedKey, HubConfig, NewConnection, NewTracking};
use trackway_testkit::{Answer, Receiver, Recorded, eventually};

on_both_stores!(
    a_registration_is_looked_after_as_the_vendor_says,
    a_push_is_sent_again_half_an_hour_later_and_then_parked,
    the_attempts_are_a_setting,
    silence_is_told_at_3_and_at_60_days,
    a_known_number_is_told_at_the_first_look,
    each_registration_is_told_at_its_own_address,
    nobody_is_sent_inside,
    an_upstream_is_given_numbers_and_pushes_what_becomes_of_them,
    pushes_are_wanted_only_where_they_can_come,
    an_upstream_that_does_not_push_is_asked,
    a_late_push_is_merged,
    an_upstream_is_asked_for_carriers,
);

const NUMBER: &str = "ZZ000111222";
const PUSHED: &str = include_str!("../../../dialects/src/keydelivery/fixtures/push-delivered.json");
const DELIVERED: &str = include_str!("../../../dialects/src/keydelivery/fixtures/delivered.json");
const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

fn ok() -> Answer {
    Answer::json(&json!({"code": 200, "message": "OK"}))
}

fn nothing() -> Answer {
    Answer::json(&json!({"code": 60101, "message": "No result found"}))
}

/// Clients may name addresses on this machine, and this server is known under a name.
fn config() -> HubConfig {
    let mut reach = reach(&["127.0.0.0/8"]);
    reach.ports = vec!["1-65535".parse().unwrap()];
    HubConfig {
        outbound: reach,
        public_url: Some("https://track.example/".to_owned()),
        ..HubConfig::default()
    }
}

impl World {
    async fn connect_push(&self, upstream: &Receiver, push: &str) -> CreatedConnection {
        let new = NewConnection {
            dialect: "keydelivery".to_owned(),
            base_url: upstream.url(""),
            settings: texts(&[("key", "KD-1"), ("secret", "kd-secret-1"), ("push", push)]),
            operator: true,
            ..NewConnection::default()
        };
        self.hub.connect(new).await.unwrap()
    }

    /// A signed call on us; the code of its answer.
    async fn call(&self, key: &CreatedKey, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let secret = key.secret.as_deref().unwrap();
        let signature = keydelivery::sign(body.as_bytes(), &key.key, secret);
        let request = Request::post(path)
            .header("content-type", "application/json")
            .header("API-Key", &key.key)
            .header("signature", signature);
        self.answer(request.body(Body::from(body)).unwrap()).await
    }

    async fn create(&self, key: &CreatedKey, carrier: &str, number: &str, url: &str) -> Value {
        let wish = json!({"carrier_id": carrier, "tracking_number": number, "area_show": 1,
            "webhook_url": url});
        self.call(key, "/api/v1/tracking/create", &wish).await
    }

    /// A push to a connection's address; the code of its acknowledgement.
    async fn pushed(&self, connection: &CreatedConnection, body: &str) -> Value {
        let path = format!("{}/keydelivery", connection.webhook_path);
        let request = Request::post(path).header("content-type", "application/json");
        self.answer(request.body(Body::from(body.to_owned())).unwrap())
            .await["code"]
            .clone()
    }

    async fn answer(&self, request: Request<Body>) -> Value {
        let router = keydelivery::router().with_state(self.hub.clone());
        let response = router.oneshot(request).await.unwrap();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    /// Moves the clock on until a receiver got so many requests.
    async fn until_received(
        &self,
        receiver: &Receiver,
        count: usize,
        step: Duration,
    ) -> Vec<Recorded> {
        let what = format!("{count} requests");
        self.moving_on(&what, step, async || {
            let received = receiver.received();
            (received.len() >= count).then_some(received)
        })
        .await
    }

    fn minutes(&self) -> i64 {
        (self.clock.now() - NOON) / 60_000_000
    }

    /// Waits until every registration's clock was looked at.
    async fn clocks_are_wound(&self) {
        let now = self.clock_now();
        eventually("clocks to be looked at", LIMIT, async || {
            let next = self.hub.store().next_clock().await.unwrap();
            next.is_none_or(|at| at > now).then_some(())
        })
        .await
        .unwrap();
    }
}

fn paths(receiver: &Receiver) -> Vec<String> {
    let received = receiver.received();
    received
        .iter()
        .map(|request| request.uri.path().to_owned())
        .collect()
}

fn is(answer: &Value, code: u32) {
    assert_eq!(answer["code"], code, "{answer}");
    assert_eq!(answer.get("data"), None);
}

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
    } = ask().await;
    assert_eq!(connection, "keydelivery");
    let told: Vec<_> = candidates
        .unwrap()
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
    assert_eq!(ask().await.candidates, Ok(Vec::new()));
    assert!(ask().await.candidates.unwrap_err().contains("401"));
    let asked = upstream.received();
    assert_eq!(asked[0].uri.path(), "/api/v1/carriers/detect");
    assert_eq!(
        asked[0].json().unwrap(),
        json!({"tracking_number": "00340434"})
    );
}
