//! What tracked shipments tell moves fulfilments: in jumps, late and twice.

use super::world::{World, wanted};
use trackway_model::Milestone as M;
use trackway_model::orders::{Command, FulfilmentState as F, OrderState as O, Who, told};

#[test]
fn scans_that_were_left_out_are_not_waited_for() {
    for (milestone, fulfilment_is, order_is) in [
        (M::PickedUp, F::Shipped, O::Shipped),
        (M::ArrivedAtFacility, F::InTransit, O::Delivering),
        (M::OutForDelivery, F::OutForDelivery, O::Delivering),
        (M::RefusedByConsignee, F::AttemptFailed, O::Delivering),
        (M::Redelivery, F::AwaitingRedelivery, O::Delivering),
        (M::Returning, F::Returning, O::Delivering),
        (M::SignedByOther, F::Delivered, O::Completed),
        (M::Returned, F::Returned, O::Returned),
        (M::Lost, F::Lost, O::CourierLost),
        (M::Seized, F::Lost, O::CourierLost),
    ] {
        let mut world = World::stocked(10);
        let order = world.placed(&[("tea", 3)]);
        let fulfilment = world.fulfilled(order, "W1");
        world.tell("w1", milestone);
        assert_eq!(world.fulfilment(fulfilment).state, fulfilment_is);
        assert_eq!(world.state(order), order_is, "{milestone}");
        // It left the warehouse, whatever became of it.
        assert_eq!(world.figures(world.tea), [7, 0, 0, 0], "{milestone}");
    }
}

#[test]
fn a_courier_that_cancels_before_and_after_it_has_the_parcel() {
    let mut world = World::stocked(10);
    let order = world.placed(&[("tea", 3)]);
    let fulfilment = world.fulfilled(order, "W1");
    world.tell("W1", M::Cancelled);
    assert_eq!(world.fulfilment(fulfilment).state, F::Cancelled);
    assert_eq!(world.state(order), O::Approved);
    assert_eq!(world.figures(world.tea), [10, 3, 0, 0]);

    let again = world.fulfilled(order, "W2");
    world.tell("W2", M::InTransit);
    world.tell("W2", M::Cancelled);
    assert_eq!(world.fulfilment(again).state, F::CancelledAwaitingReturn);
    world.tell("W2", M::Returned);
    assert_eq!(world.state(order), O::Returned);
}

#[test]
fn what_changes_nothing_writes_nothing() {
    let mut world = World::stocked(10);
    let order = world.placed(&[("tea", 3)]);
    let fulfilment = world.fulfilled(order, "W1");
    let quiet = |world: &mut World, milestone| {
        let carried = world.tell("W1", milestone);
        let verdict = carried.verdict;
        assert!(
            verdict.writes.is_empty() && verdict.moves.is_empty(),
            "{milestone}"
        );
    };
    quiet(&mut world, M::InfoReceived);
    quiet(&mut world, M::Unknown);
    quiet(&mut world, M::Delayed);
    world.tell("W1", M::InTransit);
    quiet(&mut world, M::ArrivedAtFacility);
    quiet(&mut world, M::CustomsCleared);
    world.tell("W1", M::Delivered);
    // A final state is not left, whatever is told.
    for milestone in M::ALL {
        quiet(&mut world, *milestone);
    }
    assert_eq!(world.fulfilment(fulfilment).state, F::Delivered);
    let stranger = world.tell("NOBODYS", M::Delivered);
    assert!(stranger.verdict.writes.is_empty() && stranger.outcome.record.is_none());
    assert_eq!(world.state(order), O::Completed);
}

#[test]
fn on_its_way_back_it_is_not_on_its_way_again() {
    let mut world = World::stocked(10);
    let order = world.placed(&[("tea", 3)]);
    let fulfilment = world.fulfilled(order, "W1");
    world.tell("W1", M::Returning);
    world.tell("W1", M::InTransit);
    world.tell("W1", M::OutForDelivery);
    assert_eq!(world.fulfilment(fulfilment).state, F::Returning);
    world.tell("W1", M::Returned);
    assert_eq!(world.state(order), O::Returned);
}

#[test]
fn of_several_parcels_the_least_advanced_counts() {
    let mut world = World::stocked(10);
    let order = world.placed(&[("tea", 3)]);
    let mut new = wanted(order, &[], "W1");
    new.waybills.extend(["W2".to_owned(), "W3".to_owned()]);
    let fulfilment = world.fulfil(new).unwrap();
    let state = |world: &World| world.fulfilment(fulfilment).state;
    world.tell("W1", M::InTransit);
    // Nothing was told of the others.
    assert_eq!(state(&world), F::Unfulfilled);
    world.tell("W2", M::OutForDelivery);
    world.tell("W3", M::Cancelled);
    // What was cancelled does not hold the others back.
    assert_eq!(state(&world), F::InTransit);
    world.tell("W1", M::Delivered);
    assert_eq!(state(&world), F::OutForDelivery);
    world.tell("W2", M::AttemptFailed);
    assert_eq!(state(&world), F::AttemptFailed);
    world.tell("W2", M::Delivered);
    assert_eq!(state(&world), F::Delivered);
    assert_eq!(world.state(order), O::Completed);
    assert_eq!(world.figures(world.tea), [7, 0, 0, 0]);
}

#[test]
fn a_time_outside_its_life_is_brought_into_it() {
    let mut world = World::stocked(10);
    let order = world.placed(&[("tea", 3)]);
    let fulfilment = world.fulfilled(order, "W1");
    let tell = |world: &mut World, milestone, at| {
        world
            .carry(&Command::ParcelTold {
                carrier: "fastgo".to_owned(),
                number: "W1".to_owned(),
                milestone,
                at,
            })
            .unwrap();
    };
    let created = world.now;
    tell(&mut world, M::PickedUp, -5);
    assert_eq!(world.fulfilment(fulfilment).shipped, Some(created));
    tell(&mut world, M::Delivered, i64::MAX);
    assert_eq!(world.fulfilment(fulfilment).delivered, Some(world.now));
}

#[test]
fn every_milestone_that_means_something_can_be_made_of_a_packed_one() {
    use trackway_model::orders::FULFILMENT;
    for milestone in M::ALL {
        let told = told(*milestone);
        let from = [F::ReadyToShip, F::Shipped];
        let mut moves = from
            .iter()
            .flat_map(|from| told.iter().map(move |to| (from, to)));
        let can = moves.any(|(from, to)| FULFILMENT.find(*from, *to, Who::Carrier).is_some());
        assert!(told.is_empty() || can, "{milestone}");
    }
}
