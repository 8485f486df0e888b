//! What records say of themselves: committed with them, so that a node that dies leaves both or neither.

use super::world::*;
use crate::engines::{Engine, contract};
use crate::fixtures::*;
use std::sync::Arc;
use trackway_model::change::Change;
use trackway_model::intake::{Content, Intake};
use trackway_model::orders::{
    Body, Command, FulfilmentState, Kind, NewFulfilment, OrderState, Record, RecordId, Who,
};
use trackway_model::{AccountId, ConnectionId};
use trackway_store::Store;
use trackway_store::orders::{Answer, Task};

contract!(
    a_record_and_what_it_says_are_one_commit,
    what_was_told_before_is_told_beside_it,
    a_refused_command_says_nothing,
    many_that_speak_at_once_are_all_heard,
);

/// A fulfilment says of its first parcel that it waits, or goes nowhere.
fn voice(record: &Record) -> Option<Intake> {
    let Body::Fulfilment(it) = &record.body else {
        return None;
    };
    let (name, hour) = match it.state {
        FulfilmentState::Unfulfilled => ("info_received", 1),
        FulfilmentState::Cancelled => ("cancelled", 2),
        FulfilmentState::Returning => ("returning", 9),
        _ => return None,
    };
    let parcel = it.parcels.first()?;
    Some(Intake {
        account: record.account,
        connection: ConnectionId::default(),
        carrier: parcel.carrier.clone(),
        number: parcel.waybill.clone(),
        received: record.updated,
        content: Content::News(vec![statement(HOOK, name, hour, 0)]),
    })
}

fn speaking(world: &World, command: Command) -> Task {
    let task = world.task(command);
    Task {
        asking: task.asking.speaking(voice),
        ..task
    }
}

async fn carry(world: &World, command: Command) -> Answer {
    let done = world.store.carry_out(vec![speaking(world, command)]).await;
    done.unwrap().remove(0)
}

fn shipment(order: RecordId, waybill: &str) -> Command {
    Command::CreateFulfilment(Box::new(NewFulfilment {
        order,
        waybills: vec![waybill.to_owned()],
        ..NewFulfilment::default()
    }))
}

fn cancel(fulfilment: RecordId) -> Command {
    Command::CancelFulfilment {
        fulfilment,
        reason: None,
        who: Who::Merchant,
    }
}

/// The milestones of a number's track, in their order.
async fn told(store: &Arc<dyn Store>, account: AccountId, number: &str) -> Vec<String> {
    let tracks = store.find(account, Some(POST), number).await.unwrap();
    let track = tracks.first().expect("the number is known");
    let spine = track.spine.iter();
    spine.map(|it| it.milestone.name().to_owned()).collect()
}

async fn a_record_and_what_it_says_are_one_commit(engine: Engine) {
    let world = World::stocked(engine.open().await, 10).await;
    let order = world.placed("TEA", 1).await;
    let made = subject(carry(&world, shipment(order, "FG1")).await.unwrap());
    // Whoever asked it does nothing more: all is there, also for the next who opens the store.
    assert_eq!(
        told(&world.store, world.account, "FG1").await,
        ["info_received"]
    );
    let changes = trackway_testkit::eventually("changes", LIMIT, async || {
        let found = world.store.changes(&[], 100_000).await.unwrap();
        let tells = found.iter().any(|(_, it)| it.as_shipment().is_some());
        tells.then_some(found)
    });
    let changes = changes.await.unwrap();
    let of = |change: &&Change| change.as_shipment().is_some();
    let mut changes = changes.iter().map(|(_, change)| change);
    assert_eq!(changes.by_ref().filter(of).count(), 1);
    carry(&world, cancel(made.id)).await.unwrap();
    let World { store, account, .. } = world;
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    assert_eq!(
        told(&store, account, "FG1").await,
        ["info_received", "cancelled"]
    );
    let again = store.record(account, Kind::Fulfilment, made.id).await;
    let again = again.unwrap().unwrap();
    assert_eq!(again.status(), FulfilmentState::Cancelled as u16);
    assert_balanced(&store).await;
}

async fn what_was_told_before_is_told_beside_it(engine: Engine) {
    let world = World::stocked(engine.open().await, 10).await;
    let order = world.placed("TEA", 1).await;
    let id = subject(carry(&world, shipment(order, "FG1")).await.unwrap()).id;
    world.tell("FG1", "picked_up", 3).await;
    assert_eq!(world.fulfilment(id).await.state, FulfilmentState::Shipped);
    let back = Command::MoveFulfilment {
        fulfilment: id,
        to: FulfilmentState::Returning,
        who: Who::Warehouse,
        waybill: None,
        weighed: None,
    };
    carry(&world, back).await.unwrap();
    let expected = ["info_received", "picked_up", "returning"];
    assert_eq!(told(&world.store, world.account, "FG1").await, expected);
    // What the carrier says then moves it on.
    world.tell("FG1", "returned", 12).await;
    assert_eq!(world.fulfilment(id).await.state, FulfilmentState::Returned);
    assert_eq!(world.order_of(order).await.state, OrderState::Returned);
    assert_balanced(&world.store).await;
}

async fn a_refused_command_says_nothing(engine: Engine) {
    let world = World::stocked(engine.open().await, 10).await;
    let order = world.placed("TEA", 1).await;
    let id = subject(carry(&world, shipment(order, "FG1")).await.unwrap()).id;
    carry(&world, cancel(id)).await.unwrap();
    refused(carry(&world, cancel(id)).await);
    refused(carry(&world, shipment(RecordId(1), "FG2")).await);
    assert_eq!(told(&world.store, world.account, "FG1").await.len(), 2);
    let unknown = world.store.find(world.account, Some(POST), "FG2").await;
    assert!(unknown.unwrap().is_empty());
}

async fn many_that_speak_at_once_are_all_heard(engine: Engine) {
    let world = Arc::new(World::stocked(engine.open().await, 1_000).await);
    let mut running = Vec::new();
    for nth in 0..40 {
        let world = world.clone();
        running.push(tokio::spawn(async move {
            let order = world.placed("TEA", 1).await;
            let number = format!("FG{nth}");
            let id = subject(carry(&world, shipment(order, &number)).await.unwrap()).id;
            // A carrier tells of it meanwhile.
            let (told, gone) = tokio::join!(
                world.tell(&number, "info_received", 0),
                carry(&world, cancel(id))
            );
            let () = told;
            gone.unwrap();
            number
        }));
    }
    for task in running {
        let number = task.await.unwrap();
        let told = told(&world.store, world.account, &number).await;
        assert_eq!(told.len(), 3, "{number}: {told:?}");
    }
    assert_balanced(&world.store).await;
}
