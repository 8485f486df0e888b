//! Webhooks about numbers that nobody registered: kept until somebody does, or registered at once.

use crate::on_both_stores;
use crate::world::{JOURNEY, LIMIT, World, texts, upstream_247};
use trackway_hub::listing::{ShipmentQuery, Wish};
use trackway_hub::{HubConfig, HubError, NewConnection, Unregistered};
use trackway_testkit::{Receiver, eventually};

on_both_stores!(
    what_was_told_is_there_when_its_number_is_registered,
    registered_at_once_where_the_server_says_so,
    a_connections_own_word_counts,
);

const TIME: &str = "2024-05-06T15:36:56.92+07:00";

async fn listed(world: &World, registered: bool) -> Vec<String> {
    let account = world.hub.account(None).await.unwrap().id;
    let query = ShipmentQuery {
        registered: Some(registered),
        ..ShipmentQuery::of(account)
    };
    let (rows, ..) = world.hub.list(&query, None, 10).await.unwrap();
    rows.iter()
        .map(|listed| listed.row.number.to_string())
        .collect()
}

async fn connect(world: &World, upstream: &Receiver, unregistered: &str) -> Result<(), HubError> {
    let settings = [
        ("apikey", "1111-2222"),
        ("webhook_apikey", "HOOK-KEY-1"),
        ("unregistered", unregistered),
    ];
    let new = NewConnection {
        dialect: "247express".to_owned(),
        base_url: upstream.url(""),
        settings: texts(&settings),
        operator: true,
        ..NewConnection::default()
    };
    world.hub.connect(new).await.map(|_| ())
}

async fn what_was_told_is_there_when_its_number_is_registered(world: World) {
    let upstream = upstream_247(JOURNEY).await;
    let subscriber = Receiver::start().await.unwrap();
    world.connect_247(&upstream).await;
    world.endpoint("native", subscriber.url("/hook"), &[]).await;
    let key = world.key("247express").await;
    world.hub.start();
    assert_eq!(
        world.webhook("VD0000001", "23", TIME).await["IsError"],
        false
    );
    // Subscribers are told of their account, registered or not; facades answer what is known.
    subscriber.wait_for(1, LIMIT).await.unwrap();
    assert_eq!(world.tracking(&key, "VD0000001").await["status"], "23");
    assert_eq!(listed(&world, false).await, ["VD0000001"]);
    assert_eq!(listed(&world, true).await, [""; 0]);
    let before = world.hub.overview(None).await.unwrap();
    assert_eq!(before.unregistered.count, 1);
    assert_eq!(
        upstream.received().len(),
        0,
        "nobody wants it to be asked about"
    );
    let account = world.hub.account(None).await.unwrap().id;
    let askable = world.hub.askable(account).await.unwrap();
    let connections = askable.of("247express", None::<&[&str]>).unwrap();
    let wish = Wish {
        carrier: "247express".to_owned(),
        number: "vd0000001".to_owned(),
        connections: connections.iter().map(|known| known.id).collect(),
        ..Wish::default()
    };
    let shipment = world.shown("VD0000001").await.unwrap();
    let made = world.hub.register(account, vec![wish]).await.unwrap();
    // The registration is new, the shipment is the one that is known.
    assert!(made[0].new);
    assert_eq!(made[0].number, "vd0000001");
    let query = ShipmentQuery::of(account);
    let (rows, ..) = world.hub.list(&query, None, 10).await.unwrap();
    assert_eq!((rows.len(), rows[0].row.shipment), (1, made[0].shipment));
    assert_eq!(shipment.events.len(), 1);
    assert_eq!(listed(&world, false).await, [""; 0]);
    // From then on it is asked about.
    upstream.wait_for(1, LIMIT).await.unwrap();
    world.until_milestone("VD0000001", "pending_handling").await;
    world.hub.stop().await.unwrap();
}

async fn registered_at_once_where_the_server_says_so(world: World) {
    let config = HubConfig {
        unregistered: Unregistered::Register,
        ..HubConfig::default()
    };
    let world = world.reopened_with(config).await;
    let upstream = upstream_247(JOURNEY).await;
    world.connect_247(&upstream).await;
    world.hub.start();
    for _ in 0..2 {
        assert_eq!(
            world.webhook("VD0000001", "23", TIME).await["IsError"],
            false
        );
    }
    assert_eq!(listed(&world, true).await, ["VD0000001"]);
    upstream.wait_for(1, LIMIT).await.unwrap();
    world.until_milestone("VD0000001", "pending_handling").await;
    // One registration, one poll.
    let account = world.hub.account(None).await.unwrap().id;
    let track = world
        .hub
        .store()
        .find(account, None, "VD0000001")
        .await
        .unwrap()[0]
        .id;
    let held = world
        .hub
        .store()
        .registrations(account, "native", track)
        .await;
    assert_eq!(held.unwrap().len(), 1);
    // What can't be a number that is followed is kept all the same.
    let long = "9".repeat(150);
    assert_eq!(world.webhook(&long, "23", TIME).await["IsError"], false);
    assert_eq!(listed(&world, false).await, [long]);
    world.hub.stop().await.unwrap();
}

async fn a_connections_own_word_counts(world: World) {
    let upstream = upstream_247(JOURNEY).await;
    let refused = connect(&world, &upstream, "perhaps").await;
    assert!(
        matches!(refused, Err(HubError::UnknownValue { .. })),
        "{refused:?}"
    );
    connect(&world, &upstream, "register").await.unwrap();
    world.webhook("VD0000001", "23", TIME).await;
    assert_eq!(listed(&world, true).await, ["VD0000001"]);
    // The other way round: the server registers, the connection does not.
    let config = HubConfig {
        unregistered: Unregistered::Register,
        ..HubConfig::default()
    };
    let other = World::sqlite().await.reopened_with(config).await;
    connect(&other, &upstream, "keep").await.unwrap();
    other.webhook("VD0000001", "23", TIME).await;
    eventually("nothing to be registered", LIMIT, async || {
        (listed(&other, false).await == ["VD0000001"]).then_some(())
    })
    .await
    .unwrap();
}
