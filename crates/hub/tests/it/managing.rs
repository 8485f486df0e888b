//! What an account owns, changed while the hub runs.

use crate::delivering::tell;
use crate::on_both_stores;
use crate::world::{JOURNEY, LIMIT, World, tracking_answer, upstream_247};
use serde_json::json;
use std::time::Duration;
use trackway_dialects::Desk;
use trackway_dialects::desk::Proof;
use trackway_hub::endpoints::ChangedEndpoint;
use trackway_hub::manage::KeyChange;
use trackway_hub::sent::{DeliveryState, OpenDeliveries};
use trackway_hub::{HubError, NewConnection, NewEndpoint, NewKey};
use trackway_model::{ConnectionId, EndpointId, KeyId};
use trackway_testkit::{Answer, Receiver, eventually};

on_both_stores!(
    a_disabled_key_proves_nothing_at_once,
    a_session_ends_with_its_key,
    a_use_of_a_key_is_noted,
    scopes_and_dates_of_keys_are_checked,
    a_paused_endpoint_gets_nothing_and_loses_nothing,
    a_message_that_fails_waits_while_its_endpoint_is_paused,
    a_removed_endpoint_gets_nothing_more,
    a_dead_endpoint_that_moves_is_told_at_its_new_address,
    a_paused_connection_is_not_asked,
    a_test_says_what_came_back,
    what_another_account_owns_is_not_there,
    an_account_is_made_once,
    an_account_has_a_bounded_number_of_endpoints,
);

pub const TIME: &str = "2024-05-07T10:00:00+07:00";

fn disabled(disabled: bool) -> KeyChange {
    KeyChange {
        disabled: Some(disabled),
        expires: None,
    }
}

fn paused(paused: bool) -> ChangedEndpoint {
    ChangedEndpoint {
        paused: Some(paused),
        ..ChangedEndpoint::default()
    }
}

impl World {
    pub async fn only_endpoint(&self) -> EndpointId {
        self.hub.endpoints(None).await.unwrap()[0].id
    }

    async fn pause(&self, endpoint: EndpointId, on: bool) {
        let changed = self.hub.change_endpoint(None, endpoint, paused(on)).await;
        assert_eq!(changed.unwrap().paused, on);
    }
}

async fn a_disabled_key_proves_nothing_at_once(world: World) {
    for dialect in ["native", "247express", "keydelivery"] {
        let made = world.key(dialect).await;
        let name = trackway_hub::accounts::dialect(dialect).unwrap().name();
        let proved = async || {
            let proof = Proof::Key(&made.key);
            world.hub.prove(name, proof).await.unwrap().is_some()
        };
        assert!(proved().await);
        let change = async |change| world.hub.change_key(None, made.id, change).await.unwrap();
        assert!(change(disabled(true)).await.disabled);
        assert!(!proved().await, "{dialect}");
        assert!(!change(disabled(false)).await.disabled);
        assert!(proved().await);
        let expires = Some(Some(crate::world::NOON));
        let expired = KeyChange {
            disabled: None,
            expires,
        };
        assert!(change(expired).await.expires.is_some());
        assert!(!proved().await, "{dialect}");
    }
    let listed = world.hub.keys(None).await.unwrap();
    let text = serde_json::to_string(&listed).unwrap();
    assert_eq!(listed.len(), 3);
    assert!(!text.contains("tw_"), "{text}");
}

async fn a_session_ends_with_its_key(world: World) {
    let made = world.key("247express").await;
    let (user, password) = (made.user_name.unwrap(), made.password.unwrap());
    let session = world.hub.log_in("247express", &user, &password).await;
    let session = session.unwrap().unwrap();
    let holds = async || {
        let proof = Proof::Session {
            client_id: session.client_id,
            token: &session.token,
        };
        let proved = world.hub.prove("247express", proof).await;
        proved.unwrap().is_some()
    };
    assert!(holds().await);
    let change = world.hub.change_key(None, made.id, disabled(true)).await;
    change.unwrap();
    assert!(!holds().await);
    let again = world.hub.log_in("247express", &user, &password).await;
    assert!(again.unwrap().is_none());
}

async fn a_use_of_a_key_is_noted(world: World) {
    let made = world.key("native").await;
    let used = async || world.hub.keys(None).await.unwrap()[0].used.clone();
    assert_eq!(used().await, None);
    let prove = async || {
        let proved = world.hub.prove("native", Proof::Key(&made.key)).await;
        assert!(proved.unwrap().is_some());
    };
    let noted = async |text: &str| {
        let seen = async || used().await.filter(|seen| seen == text);
        eventually(format!("a use at {text}"), LIMIT, seen)
            .await
            .unwrap();
    };
    prove().await;
    noted("2024-05-07T12:00:00Z").await;
    world.clock.advance(Duration::from_mins(5));
    prove().await;
    world.clock.advance(Duration::from_mins(6));
    prove().await;
    noted("2024-05-07T12:11:00Z").await;
}

async fn scopes_and_dates_of_keys_are_checked(world: World) {
    let new = |dialect: &str, scopes: &[&str], expires_at| NewKey {
        dialect: Some(dialect.to_owned()),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        expires_at,
        ..NewKey::default()
    };
    let create = async |new| world.hub.create_key(new).await;
    let unknown = create(new("native", &["read", "wirte"], None)).await;
    assert!(matches!(unknown, Err(HubError::UnknownScope { .. })));
    let useless = create(new("247express", &["read"], None)).await;
    assert!(matches!(useless, Err(HubError::NoScopes { .. })));
    let past = create(new("native", &[], Some(crate::world::NOON))).await;
    assert!(matches!(past, Err(HubError::Expired(_))));
    let long = NewKey {
        name: "x".repeat(101),
        ..NewKey::default()
    };
    assert!(matches!(create(long).await, Err(HubError::TooLong { .. })));
    let later = Some(crate::world::NOON + 1);
    create(new("native", &["read"], later)).await.unwrap();
    let listed = world.hub.keys(None).await.unwrap();
    assert_eq!(
        (listed.len(), &listed[0].scopes[..]),
        (1, &["read".to_owned()][..])
    );
}

async fn a_paused_endpoint_gets_nothing_and_loses_nothing(world: World) {
    let receiver = Receiver::start().await.unwrap();
    let other = Receiver::start().await.unwrap();
    world.endpoint("native", receiver.url("/hook"), &[]).await;
    let endpoint = world.only_endpoint().await;
    world.endpoint("native", other.url("/hook"), &[]).await;
    world.hub.start();
    tell(&world, "P1", "in_transit", TIME).await;
    receiver.wait_for(1, LIMIT).await.unwrap();
    world.pause(endpoint, true).await;
    for number in ["P2", "P3"] {
        tell(&world, number, "in_transit", TIME).await;
    }
    // Both endpoints' lanes hear of a change alike: the other one was told of all.
    other.wait_for(3, LIMIT).await.unwrap();
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(world.hub.endpoint(None, endpoint).await.unwrap().behind, 2);
    world.pause(endpoint, false).await;
    let told = receiver.wait_for(3, LIMIT).await.unwrap();
    let mut numbers: Vec<String> = told
        .iter()
        .map(|message| message.json().unwrap()["data"]["number"].to_string())
        .collect();
    // Of several shipments none waits for another.
    numbers.sort();
    assert_eq!(numbers, ["\"P1\"", "\"P2\"", "\"P3\""]);
    // Paused over a restart as well.
    world.pause(endpoint, true).await;
    let world = world.reopened().await;
    world.hub.start();
    tell(&world, "P4", "in_transit", TIME).await;
    other.wait_for(4, LIMIT).await.unwrap();
    assert_eq!(receiver.received().len(), 3);
    world.pause(endpoint, false).await;
    receiver.wait_for(4, LIMIT).await.unwrap();
    world.hub.stop().await.unwrap();
}

async fn a_message_that_fails_waits_while_its_endpoint_is_paused(world: World) {
    let receiver = Receiver::start().await.unwrap();
    receiver.push(Answer::status(400));
    world.endpoint("native", receiver.url("/hook"), &[]).await;
    let endpoint = world.only_endpoint().await;
    world.hub.start();
    tell(&world, "P1", "in_transit", TIME).await;
    let account = world.hub.account(None).await.unwrap().id;
    let state = async || {
        let all = OpenDeliveries::default();
        let (open, _) = world.hub.open_deliveries(account, &all, 9).await.unwrap();
        open.first().map(|delivery| delivery.state)
    };
    let open = async || state().await;
    eventually("a failed message", LIMIT, open).await.unwrap();
    assert_eq!(state().await, Some(DeliveryState::Retrying));
    world.pause(endpoint, true).await;
    assert_eq!(state().await, Some(DeliveryState::Paused));
    assert_eq!(world.hub.store().next_delivery().await.unwrap(), None);
    world.clock.advance(Duration::from_hours(1));
    let lanes = world.hub.store().hold_lanes(Duration::from_secs(1)).await;
    assert!(lanes.unwrap().is_empty());
    assert_eq!(receiver.received().len(), 1);
    world.pause(endpoint, false).await;
    let again = async || (receiver.received().len() == 2).then_some(());
    let step = Duration::from_secs(1);
    world.moving_on("the second attempt", step, again).await;
    world.hub.stop().await.unwrap();
}

async fn a_removed_endpoint_gets_nothing_more(world: World) {
    let receiver = Receiver::start().await.unwrap();
    let other = Receiver::start().await.unwrap();
    world.endpoint("native", receiver.url("/hook"), &[]).await;
    let endpoint = world.only_endpoint().await;
    world.endpoint("native", other.url("/hook"), &[]).await;
    world.hub.start();
    tell(&world, "P1", "in_transit", TIME).await;
    receiver.wait_for(1, LIMIT).await.unwrap();
    world.hub.delete_endpoint(None, endpoint).await.unwrap();
    tell(&world, "P2", "in_transit", TIME).await;
    other.wait_for(2, LIMIT).await.unwrap();
    assert_eq!(receiver.received().len(), 1);
    let again = world.hub.delete_endpoint(None, endpoint).await;
    assert!(matches!(again, Err(HubError::NoRecord("endpoint", _))));
    world.hub.stop().await.unwrap();
}

async fn a_dead_endpoint_that_moves_is_told_at_its_new_address(world: World) {
    let dead = Receiver::start().await.unwrap();
    let url = dead.url("/hook");
    drop(dead);
    world.endpoint("native", url, &[]).await;
    let endpoint = world.only_endpoint().await;
    world.hub.start();
    for number in ["P1", "P2"] {
        tell(&world, number, "in_transit", TIME).await;
    }
    let account = world.hub.account(None).await.unwrap().id;
    let failed = async || {
        let kept = world.hub.store().deliveries(account).await.unwrap();
        (!kept.is_empty()).then_some(())
    };
    eventually("a failed message", LIMIT, failed).await.unwrap();
    let alive = Receiver::start().await.unwrap();
    let change = ChangedEndpoint {
        url: Some(alive.url("/moved")),
        operator: true,
        ..ChangedEndpoint::default()
    };
    world
        .hub
        .change_endpoint(None, endpoint, change)
        .await
        .unwrap();
    let both = async || {
        let told = alive.received();
        let number = |n: &str| {
            told.iter()
                .any(|m| m.json().unwrap()["data"]["number"] == n)
        };
        (number("P1") && number("P2")).then_some(())
    };
    let step = Duration::from_secs(5);
    world.moving_on("both messages", step, both).await;
    world.hub.stop().await.unwrap();
}

async fn a_paused_connection_is_not_asked(world: World) {
    let upstream = upstream_247(JOURNEY).await;
    world.connect_247(&upstream).await;
    let id = world.hub.connections(None).await.unwrap()[0].id;
    let pause = async |on| {
        let changed = world.hub.pause_connection(None, id, on).await.unwrap();
        assert_eq!(changed.paused, on);
    };
    pause(true).await;
    world.hub.start();
    world.track("VD0000001", None).await;
    // It waits in the store, and is asked at once when the connection is resumed.
    assert_eq!(world.hub.store().next_poll().await.unwrap(), None);
    let look = async || world.hub.store().poll_heads().await.unwrap();
    assert_eq!(look().await, []);
    assert_eq!(upstream.received().len(), 0);
    pause(false).await;
    let step = Duration::from_mins(1);
    let asked = async || (!upstream.received().is_empty()).then_some(());
    world.moving_on("the first poll", step, asked).await;
    let shown = async || {
        let shown = world.shown("VD0000001").await?;
        (shown.events.len() == 4).then_some(())
    };
    eventually("its history", LIMIT, shown).await.unwrap();
    world.hub.stop().await.unwrap();
}

async fn a_test_says_what_came_back(world: World) {
    let upstream = Receiver::start().await.unwrap();
    let error = |code: &str| {
        Answer::json(&json!({ "errorMessage": code, "errorCode": code, "orderCode": null }))
    };
    upstream.push(error("ORDERCODE_NOT_FOUND"));
    upstream.push(error("APIKEY_NOT_FOUND"));
    upstream.push(error("APIKEY_LIMIT"));
    upstream.push(Answer::status(502));
    upstream.push(Answer::status(200).body("<html>"));
    upstream.set_rule(|_| Answer::json(&tracking_answer("VD0000001", JOURNEY)));
    world.connect_247(&upstream).await;
    let id = world.hub.connections(None).await.unwrap()[0].id;
    let test = async |number| {
        let told = world.hub.test_connection(None, id, None, number).await;
        let told = told.unwrap();
        (told.works, told.outcome, told.status, told.statements)
    };
    assert_eq!(test(None).await, (true, "nothing", Some(200), 0));
    assert_eq!(test(None).await, (false, "refused", Some(200), 0));
    assert_eq!(test(None).await, (false, "quota", Some(200), 0));
    // Whoever said that it has had enough is left in peace, also by tests.
    assert_eq!(test(None).await, (false, "quota", None, 0));
    world.clock.advance(Duration::from_hours(24));
    assert_eq!(test(None).await, (false, "fault", Some(502), 0));
    assert_eq!(test(None).await, (false, "shape", Some(200), 0));
    let answered = test(Some("VD0000001")).await;
    assert_eq!(answered, (true, "answered", Some(200), 4));
    assert_eq!(
        world
            .shown("VD0000001")
            .await
            .map(|shown| shown.events.len()),
        None
    );
    // The key that is sent is in no answer, and neither is the address.
    drop(upstream);
    let told = world
        .hub
        .test_connection(None, id, None, None)
        .await
        .unwrap();
    assert_eq!(
        (told.works, told.outcome, told.status),
        (false, "fault", None)
    );
    assert!(
        !told.detail.contains("1111-2222") && !told.detail.contains("127.0.0.1"),
        "{told:?}"
    );
    let wrong = world.hub.test_connection(None, id, None, Some(" ")).await;
    assert!(matches!(wrong, Err(HubError::Number { .. })));
    let upstream = Receiver::start().await.unwrap();
    world.connect_keydelivery(&upstream).await;
    let id = world.hub.connections(None).await.unwrap()[1].id;
    let unnamed = world.hub.test_connection(None, id, None, None).await;
    assert!(matches!(unnamed, Err(HubError::CarrierUnnamed { .. })));
}

async fn what_another_account_owns_is_not_there(world: World) {
    let upstream = Receiver::start().await.unwrap();
    world.connect_247(&upstream).await;
    world.endpoint("native", upstream.url("/hook"), &[]).await;
    let key = world.key("native").await.id;
    let endpoint = world.only_endpoint().await;
    let connection = world.hub.connections(None).await.unwrap()[0].id;
    let other = Some("other");
    world.hub.account(other).await.unwrap();
    assert!(world.hub.keys(other).await.unwrap().is_empty());
    assert!(world.hub.connections(other).await.unwrap().is_empty());
    assert!(world.hub.endpoints(other).await.unwrap().is_empty());
    for (key, connection, endpoint) in [
        (key, connection, endpoint),
        (KeyId(901), ConnectionId(902), EndpointId(903)),
    ] {
        let hub = &world.hub;
        let told = [
            hub.change_key(other, key, disabled(true)).await.err(),
            hub.connection(other, connection).await.err(),
            hub.pause_connection(other, connection, true).await.err(),
            hub.test_connection(other, connection, None, None)
                .await
                .err(),
            hub.endpoint(other, endpoint).await.err(),
            hub.change_endpoint(other, endpoint, paused(true))
                .await
                .err(),
            hub.delete_endpoint(other, endpoint).await.err(),
        ];
        for error in told {
            assert!(matches!(error, Some(HubError::NoRecord(..))), "{error:?}");
        }
    }
    assert!(upstream.received().is_empty());
}

async fn an_account_is_made_once(world: World) {
    let made = world.hub.create_account("shop-2").await.unwrap();
    assert_eq!(made.name, "shop-2");
    let twice = world.hub.create_account("shop-2").await;
    assert!(matches!(twice, Err(HubError::AccountExists(_))));
    let odd = world.hub.create_account("shop 2").await;
    assert!(matches!(odd, Err(HubError::AccountName)));
    assert_eq!(world.hub.accounts().await.unwrap(), [made]);
}

async fn an_account_has_a_bounded_number_of_endpoints(world: World) {
    let new = |operator| NewEndpoint {
        url: "https://shop.example/hook".to_owned(),
        operator,
        ..NewEndpoint::default()
    };
    for _ in 0..100 {
        world.hub.add_endpoint(new(false)).await.unwrap();
    }
    let more = world.hub.add_endpoint(new(false)).await;
    assert!(matches!(more, Err(HubError::TooMany { most: 100, .. })));
    world.hub.add_endpoint(new(true)).await.unwrap();
    let inside = NewConnection {
        dialect: "247express".to_owned(),
        base_url: "http://169.254.169.254/latest".to_owned(),
        settings: crate::world::texts(&[("apikey", "1")]),
        ..NewConnection::default()
    };
    let told = world.hub.connect(inside).await;
    assert!(matches!(told, Err(HubError::Address { .. })));
}
