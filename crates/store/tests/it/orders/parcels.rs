//! Parcels of records: tracked from the command that names them, moving what they are of.

use super::world::*;
use crate::directory::connection;
use crate::engines::{Engine, contract};
use crate::fixtures::*;
use std::sync::Arc;
use trackway_model::change::Change;
use trackway_model::intake::Verified;
use trackway_model::orders::{Command, FulfilmentState, Kind, OrderState, RecordId, Who};
use trackway_store::Store;
use trackway_store::orders::BOOK;
use trackway_store::records::{Poll, Registration};

contract!(
    a_parcel_is_registered_and_asked_about_with_its_fulfilment,
    what_a_carrier_tells_moves_the_order_once,
    what_was_known_of_a_number_is_told_with_the_link,
    a_cancelled_parcel_is_asked_about_no_more,
    an_old_use_of_a_number_moves_nothing,
    many_carriers_at_once_move_every_order_once,
);

async fn open(engine: &Engine) -> World {
    let mut world = World::stocked(engine.open().await, 100).await;
    let made = world
        .store
        .create_connection(connection(world.account, "one"));
    world.connections.push(made.await.unwrap().id);
    world
}

async fn registered(world: &World, number: &str) -> (Vec<Registration>, Vec<Poll>) {
    let store: &Arc<dyn Store> = &world.store;
    let tracks = store.find(world.account, Some(POST), number).await.unwrap();
    let Some(track) = tracks.first() else {
        return (Vec::new(), Vec::new());
    };
    let held = store.registrations(world.account, BOOK, track.id).await;
    (held.unwrap(), store.polls_of(track.id).await.unwrap())
}

async fn a_parcel_is_registered_and_asked_about_with_its_fulfilment(engine: Engine) {
    let world = open(&engine).await;
    let order = world.placed("TEA", 1).await;
    world.fulfilled(order, "FG1").await;
    let (held, polls) = registered(&world, "FG1").await;
    assert_eq!(held.len(), 1);
    assert_eq!(
        (held[0].carrier.as_str(), held[0].number.as_str()),
        (POST, "FG1")
    );
    assert_eq!(polls.len(), 1);
    assert_eq!(polls[0].connection, world.connections[0]);
    assert!(polls[0].due.is_some());
    // A refused one registers nothing.
    let again = Command::CreateFulfilment(Box::new(trackway_model::orders::NewFulfilment {
        order,
        waybills: vec!["FG2".to_owned()],
        ..Default::default()
    }));
    refused(world.carry(again).await);
    assert_eq!(registered(&world, "FG2").await.0, []);
}

async fn changes_of(world: &World, least: usize) -> Vec<(Kind, RecordId, u16)> {
    let found = eventually_feed(world, least).await;
    found
        .iter()
        .filter_map(|change| change.as_record())
        .filter(|change| change.kind != Kind::Item)
        .map(|change| (change.kind, change.record, change.after))
        .collect()
}

async fn eventually_feed(world: &World, least: usize) -> Vec<Change> {
    let store = &world.store;
    let found = trackway_testkit::eventually("changes", LIMIT, async || {
        let found = store.changes(&[], 100_000).await.unwrap();
        (found.len() >= least).then_some(found)
    });
    let found = found.await.unwrap();
    found.into_iter().map(|(_, change)| change).collect()
}

async fn what_a_carrier_tells_moves_the_order_once(engine: Engine) {
    let world = open(&engine).await;
    let order = world.placed("TEA", 2).await;
    let fulfilment = world.fulfilled(order, "FG1").await;
    let state = async || {
        let states = (
            world.order_of(order).await.state,
            world.fulfilment(fulfilment).await.state,
        );
        (
            states,
            world.record(Kind::Fulfilment, fulfilment).await.version,
        )
    };
    let ((_, before), version) = state().await;
    assert_ne!(before, FulfilmentState::InTransit);
    world.tell("FG1", "in_transit", 5).await;
    let ((after, carried), moved) = state().await;
    assert_eq!(
        (after, carried),
        (OrderState::Delivering, FulfilmentState::InTransit)
    );
    assert_eq!(moved, version + 1);
    let level = world.level(world.tea).await;
    assert_eq!((level.on_hand, level.reserved), (98, 0));
    // The webhook again, and another scan of the same stage.
    world.tell("FG1", "in_transit", 5).await;
    world.tell("FG1", "in_transit", 7).await;
    assert_eq!(state().await.1, moved);
    world.tell("FG1", "delivered", 20).await;
    world.tell("FG1", "delivered", 20).await;
    let ((done, delivered), last) = state().await;
    assert_eq!(
        (done, delivered),
        (OrderState::Completed, FulfilmentState::Delivered)
    );
    assert_eq!(last, moved + 1);
    assert_eq!(world.level(world.tea).await, level);
    // Two of stock found, one reserved, one shipped; the rest of records and the shipment.
    let changes = changes_of(&world, 12).await;
    let completed = (Kind::Order, order, OrderState::Completed as u16);
    assert_eq!(changes.iter().filter(|it| **it == completed).count(), 1);
    let delivered = (
        Kind::Fulfilment,
        fulfilment,
        FulfilmentState::Delivered as u16,
    );
    assert_eq!(changes.iter().filter(|it| **it == delivered).count(), 1);
    // And it stays so after a start.
    let World { store, account, .. } = world;
    drop(store);
    let store = engine.open().await;
    let found = store.record(account, Kind::Fulfilment, fulfilment).await;
    assert_eq!(found.unwrap().unwrap().version, last);
    assert_balanced(&store).await;
}

async fn what_was_known_of_a_number_is_told_with_the_link(engine: Engine) {
    let world = open(&engine).await;
    world.tell("FG1", "in_transit", 0).await;
    let order = world.placed("TEA", 1).await;
    let fulfilment = world.fulfilled(order, "fg1").await;
    assert_eq!(
        world.fulfilment(fulfilment).await.state,
        FulfilmentState::InTransit
    );
    assert_eq!(world.order_of(order).await.state, OrderState::Delivering);
    world.tell("FG1", "delivered", 9).await;
    assert_eq!(world.order_of(order).await.state, OrderState::Completed);
    assert_balanced(&world.store).await;
}

async fn a_cancelled_parcel_is_asked_about_no_more(engine: Engine) {
    let world = open(&engine).await;
    let order = world.placed("TEA", 1).await;
    let fulfilment = world.fulfilled(order, "FG1").await;
    let cancel = Command::CancelFulfilment {
        fulfilment,
        reason: None,
        who: Who::Merchant,
    };
    world.carry(cancel).await.unwrap();
    let (held, polls) = registered(&world, "FG1").await;
    assert_eq!(held, []);
    assert!(polls.iter().all(|poll| poll.due.is_none()), "{polls:?}");
    let before = world.record(Kind::Fulfilment, fulfilment).await;
    world.tell("FG1", "in_transit", 5).await;
    assert_eq!(world.record(Kind::Fulfilment, fulfilment).await, before);
    assert_balanced(&world.store).await;
}

async fn an_old_use_of_a_number_moves_nothing(engine: Engine) {
    let world = open(&engine).await;
    world.tell("FG1", "delivered", -24 * 400).await;
    let order = world.placed("TEA", 1).await;
    let fulfilment = world.fulfilled(order, "FG1").await;
    let state = world.fulfilment(fulfilment).await.state;
    assert_ne!(state, FulfilmentState::Delivered);
    assert_eq!(world.level(world.tea).await.on_hand, 100);
}

async fn many_carriers_at_once_move_every_order_once(engine: Engine) {
    const ORDERS: usize = 40;
    let world = open(&engine).await;
    let mut placed = Vec::new();
    for n in 0..ORDERS {
        let order = world.placed("TEA", 1).await;
        world.fulfilled(order, &format!("FG{n}")).await;
        placed.push(order);
    }
    let told = |n: usize| {
        let world = &world;
        async move {
            for name in ["accepted", "in_transit", "delivered"] {
                let hour = 1 + name.len() as i64;
                let twice = vec![
                    world.scan(&format!("FG{n}"), name, hour),
                    world.scan(&format!("FG{}", (n + 1) % ORDERS), name, hour),
                ];
                world.store.ingest(Verified::attest(twice)).await.unwrap();
            }
        }
    };
    let sales = (0..ORDERS).map(|_| async { world.placed("TEA", 1).await });
    let telling = futures::future::join_all((0..ORDERS).map(told));
    futures::join!(telling, futures::future::join_all(sales));
    for order in placed {
        assert_eq!(world.order_of(order).await.state, OrderState::Completed);
    }
    let level = world.level(world.tea).await;
    assert_eq!((level.on_hand, level.reserved), (60, 40));
    assert_balanced(&world.store).await;
}
