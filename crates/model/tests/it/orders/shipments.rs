//! Fulfilments by example: how much of an order they take, who may make and move them, and where they
//! take their order.

use super::world::{World, cod, money, said, wanted};
use trackway_model::Milestone;
use trackway_model::orders::{
    Command, FulfilmentState, Kind, NewFulfilment, NewOrder, OrderState, PaymentStatus, RecordId,
    Refusal, Who,
};

use FulfilmentState as F;
use OrderState as O;

fn go(
    world: &mut World,
    fulfilment: RecordId,
    to: F,
    who: Who,
) -> Result<trackway_model::orders::Carried, Refusal> {
    world.carry(&Command::MoveFulfilment {
        fulfilment,
        to,
        who,
        waybill: None,
        weighed: None,
    })
}

#[test]
fn packed_handed_over_and_delivered() {
    let mut world = World::stocked(10);
    let new = NewOrder {
        payments: vec![cod(20_000)],
        ..world.asked(&[("set", 2)])
    };
    let order = world.place(new).unwrap();
    let fulfilment = world.fulfilled(order, "W1");
    assert_eq!(world.state(order), O::Processing);
    assert_eq!(
        world.record(Kind::Fulfilment, fulfilment).code,
        format!("NHSVC900{:06}", fulfilment.0)
    );
    let steps = [
        (F::AwaitingPackaging, Who::Warehouse, O::Processing),
        (F::Packing, Who::Warehouse, O::Processing),
        (F::ReadyToShip, Who::Warehouse, O::ReadyToShip),
        (F::AssigningDriver, Who::Carrier, O::ReadyToShip),
        (F::PickupFailed, Who::Carrier, O::Exception),
        (F::AssigningDriver, Who::Carrier, O::ReadyToShip),
        (F::AwaitingHandover, Who::Carrier, O::ReadyToShip),
    ];
    for (to, who, order_is) in steps {
        go(&mut world, fulfilment, to, who).unwrap();
        assert_eq!(world.state(order), order_is, "{to:?}");
        assert_eq!(world.figures(world.tea), [10, 4, 0, 0]);
    }
    go(&mut world, fulfilment, F::Shipped, Who::Carrier).unwrap();
    assert_eq!(world.state(order), O::Shipped);
    assert_eq!(world.order(order).shipped, Some(world.now));
    assert!(!world.order(order).reserved);
    assert_eq!(world.figures(world.tea), [6, 0, 0, 0]);
    assert_eq!(world.figures(world.cup), [8, 0, 0, 0]);
    go(&mut world, fulfilment, F::OutForDelivery, Who::Carrier).unwrap();
    assert_eq!(world.state(order), O::Delivering);
    go(&mut world, fulfilment, F::Delivered, Who::Carrier).unwrap();
    let done = world.order(order);
    assert_eq!(done.state, O::Completed);
    assert!(done.fulfilled < done.shipped && done.shipped < done.completed);
    assert_eq!(done.payments[0].status, PaymentStatus::Paid);
    assert_eq!(
        (done.cod_to_collect(), done.cod_asked),
        (money(0), money(20_000))
    );
    let refused = said(go(&mut world, fulfilment, F::InTransit, Who::Carrier));
    assert_eq!(
        refused,
        format!("fulfilment {fulfilment} is delivered: it can't become in_transit now")
    );
}

#[test]
fn never_more_than_is_left_and_no_line_that_there_is_not() {
    let mut world = World::stocked(10);
    let order = world.placed(&[("tea", 5), ("cup", 1)]);
    let try_it = |world: &mut World, lines: &[(u32, i64)]| world.fulfil(wanted(order, lines, "W9"));
    let cases: &[(&[(u32, i64)], &str)] = &[
        (&[(1, 6)], "lines[0].quantity: 6 are wanted, 5 are left"),
        (&[(1, 0)], "lines[0].quantity: must be 1 to 10000000, not 0"),
        (&[(1, 2), (1, 2)], "lines: names the same twice"),
        (&[(3, 1)], "lines[0].line: the order has no line 3"),
    ];
    for (lines, says) in cases {
        assert_eq!(said(try_it(&mut world, lines)), *says);
    }
    let first = world.fulfil(wanted(order, &[(1, 3)], "W1")).unwrap();
    assert_eq!(
        said(try_it(&mut world, &[(2, 1), (1, 3)])),
        "lines[1].quantity: 3 are wanted, 2 are left"
    );
    // The rest, whatever it is.
    let second = world.fulfilled(order, "W2");
    assert_eq!(world.fulfilment(second).quantity(), 3);
    let refused = said(try_it(&mut world, &[]));
    assert_eq!(
        refused,
        format!("order {order} is processing: it can't become processing now")
    );
    // What is cancelled is left again.
    let cancel = Command::CancelFulfilment {
        fulfilment: first,
        reason: None,
        who: Who::Merchant,
    };
    let carried = world.carry(&cancel).unwrap();
    assert_eq!(carried.verdict.cancelled[0].number, "W1");
    assert!(said(world.carry(&cancel)).contains("is cancelled: it can't become cancelled"));
    try_it(&mut world, &[(1, 3)]).unwrap();
}

#[test]
fn an_order_without_approval_gets_none() {
    let mut world = World::stocked(10);
    let new = NewOrder {
        approve: false,
        ..world.asked(&[("tea", 5)])
    };
    let order = world.place(new).unwrap();
    assert_eq!(
        said(world.fulfil(wanted(order, &[], "W1"))),
        format!("order {order} is new: it can't become processing now")
    );
    assert_eq!(
        said(world.fulfil(wanted(RecordId(4_000), &[], "W1"))),
        "there is no order 4000"
    );
}

#[test]
fn by_hand_only_the_merchants_own_people_carry() {
    let mut world = World::stocked(10);
    let by_hand = |order| NewFulfilment {
        order,
        by_hand: true,
        ..NewFulfilment::default()
    };
    let order = world.placed(&[("tea", 5)]);
    let refused = said(world.fulfil(by_hand(order)));
    assert!(refused.starts_with("courier: only the merchant's own people"));

    let order = world.place(world.asked_by_fleet(&[("tea", 5)])).unwrap();
    let code = world.record(Kind::Order, order).code.clone();
    let part = NewFulfilment {
        lines: vec![(1, 2)],
        ..by_hand(order)
    };
    let first = world.fulfil(part).unwrap();
    let second = world.fulfil(by_hand(order)).unwrap();
    // The order's own code is its people's number.
    assert_eq!(world.fulfilment(first).parcels[0].waybill, code);
    assert_eq!(
        world.fulfilment(second).parcels[0].waybill,
        format!("{code}-2")
    );
    // They are the carrier too, and hand themselves over.
    go(&mut world, first, F::Shipped, Who::Merchant).unwrap();
    let foreign = world.placed(&[("cup", 1)]);
    let foreign = world.fulfilled(foreign, "W1");
    assert!(go(&mut world, foreign, F::Shipped, Who::Merchant).is_err());
    assert!(go(&mut world, foreign, F::AwaitingPackaging, Who::Merchant).is_err());
}

#[test]
fn on_a_shelf_of_its_own_the_merchant_packs() {
    let mut world = World::stocked(10);
    let key = trackway_model::orders::StockKey {
        item: world.tea,
        warehouse: world.shelf,
    };
    world
        .carry(&Command::Stock {
            key,
            movement: trackway_model::orders::Movement::Found,
            quantity: 3,
        })
        .unwrap();
    let new = NewOrder {
        pickup: world.shelf,
        ..world.asked(&[("tea", 3)])
    };
    let order = world.place(new).unwrap();
    let fulfilment = world.fulfilled(order, "W1");
    go(&mut world, fulfilment, F::ReadyToShip, Who::Merchant).unwrap();
    assert_eq!(world.state(order), O::ReadyToShip);
    // A stranger's warehouse is not asked.
    assert_eq!(world.figures(world.tea), [10, 0, 0, 0]);
}

#[test]
fn a_number_that_comes_later_and_a_weight() {
    let mut world = World::stocked(10);
    let order = world.placed(&[("tea", 5)]);
    let fulfilment = world
        .fulfil(NewFulfilment {
            order,
            ..NewFulfilment::default()
        })
        .unwrap();
    assert_eq!(world.fulfilment(fulfilment).state, F::AwaitingLabel);
    assert_eq!(world.order(order).weight(), 500);
    let found = |to, waybill: Option<&str>, weighed| Command::MoveFulfilment {
        fulfilment,
        to,
        who: Who::Warehouse,
        waybill: waybill.map(str::to_owned),
        weighed,
    };
    let carried = world
        .carry(&found(F::Unfulfilled, Some("W1"), None))
        .unwrap();
    assert_eq!(carried.verdict.links.len(), 1);
    assert_eq!(carried.verdict.links[0].carrier, "fastgo");
    // A further parcel, and what all weigh, without a move.
    let carried = world
        .carry(&found(F::Unfulfilled, Some("W2"), Some(730)))
        .unwrap();
    assert_eq!(carried.verdict.links[0].number, "W2");
    assert_eq!(world.order(order).weight(), 730);
    // The same again changes nothing.
    let carried = world
        .carry(&found(F::Unfulfilled, Some("w2"), Some(730)))
        .unwrap();
    assert!(carried.verdict.writes.is_empty() && carried.verdict.links.is_empty());
    assert!(world.carry(&found(F::Unfulfilled, None, None)).is_err());
    assert!(said(world.carry(&found(F::Packing, None, Some(0)))).starts_with("weighed: "));
    assert!(said(world.carry(&found(F::Packing, Some(" "), None))).starts_with("waybill: "));

    // A number is one parcel's.
    let other = world.placed(&[("tea", 1)]);
    let refused = world.fulfil(wanted(other, &[], "W2")).unwrap_err();
    assert!(
        matches!(refused, Refusal::Duplicate { existing, .. } if existing == fulfilment),
        "{refused}"
    );
}

#[test]
fn a_split_order_follows_the_least_advanced() {
    let mut world = World::stocked(10);
    let new = NewOrder {
        payments: vec![cod(30_000)],
        ..world.asked(&[("tea", 3)])
    };
    let order = world.place(new).unwrap();
    let first = world.fulfil(wanted(order, &[(1, 1)], "W1")).unwrap();
    go(&mut world, first, F::ReadyToShip, Who::Warehouse).unwrap();
    // Two are in no shipment yet.
    assert_eq!(world.state(order), O::Processing);
    world.tell("W1", Milestone::PickedUp);
    assert_eq!(world.state(order), O::Processing);
    assert_eq!(world.figures(world.tea), [9, 2, 0, 0]);
    assert!(!world.order(order).can_cancel());
    let second = world.fulfilled(order, "W2");
    assert_eq!(world.fulfilment(first).cod, money(10_000));
    assert_eq!(world.fulfilment(second).cod, money(20_000));
    world.tell("W1", Milestone::Delivered);
    assert_eq!(world.state(order), O::Processing);
    world.tell("W2", Milestone::InTransit);
    assert_eq!(world.state(order), O::Delivering);
    world.tell("W2", Milestone::Lost);
    // One of both is lost: it is not complete, and only one's cash came in.
    let lost = world.order(order);
    assert_eq!(lost.state, O::CourierLost);
    assert_eq!(lost.payment_detail().paid, money(10_000));
    assert_eq!(lost.payment_detail().unpaid, money(20_000));
    assert_eq!(lost.cod_to_collect(), money(0));
    assert_eq!(world.figures(world.tea), [7, 0, 0, 0]);
}

#[test]
fn an_order_whose_shipments_were_cancelled_waits_again() {
    let mut world = World::stocked(10);
    let order = world.placed(&[("tea", 3)]);
    let fulfilment = world.fulfilled(order, "W1");
    go(&mut world, fulfilment, F::ReadyToShip, Who::Warehouse).unwrap();
    assert_eq!(world.state(order), O::ReadyToShip);
    let reason = Some("wrong box".to_owned());
    let who = Who::Merchant;
    world
        .carry(&Command::CancelFulfilment {
            fulfilment,
            reason,
            who,
        })
        .unwrap();
    assert_eq!(world.state(order), O::Approved);
    assert!(world.order(order).can_create_fulfilment());
    assert_eq!(world.figures(world.tea), [10, 3, 0, 0]);
    // The number is free again.
    world.fulfilled(order, "W1");
    world.tell("W1", Milestone::PickedUp);
    assert_eq!(world.state(order), O::Shipped);
}

#[test]
fn from_the_handover_on_nobody_cancels() {
    let mut world = World::stocked(10);
    let order = world.placed(&[("tea", 3)]);
    let fulfilment = world.fulfilled(order, "W1");
    world.tell("W1", Milestone::PickedUp);
    for who in [Who::Merchant, Who::Warehouse, Who::Carrier, Who::System] {
        let refused = world.carry(&Command::CancelFulfilment {
            fulfilment,
            reason: None,
            who,
        });
        assert!(said(refused).contains("is shipped: it can't become cancelled"));
    }
    assert!(said(world.cancel(order)).contains("is shipped: it can't become cancelled_by_seller"));
}

#[test]
fn a_label_that_fails_and_is_asked_for_again() {
    let mut world = World::stocked(10);
    let order = world.placed(&[("tea", 3)]);
    let new = NewFulfilment {
        order,
        ..NewFulfilment::default()
    };
    let fulfilment = world.fulfil(new).unwrap();
    let go_order = |world: &mut World, to, who| world.carry(&Command::MoveOrder { order, to, who });
    go_order(&mut world, O::LabelError, Who::Warehouse).unwrap();
    go_order(&mut world, O::AwaitingLabel, Who::Merchant).unwrap();
    go_order(&mut world, O::LabelError, Who::Warehouse).unwrap();
    go(&mut world, fulfilment, F::Unfulfilled, Who::Warehouse).unwrap();
    assert_eq!(world.state(order), O::Processing);
}
