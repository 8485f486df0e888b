//! Orders closed short: what was not sent becomes free, and the order ends as what was sent ends.

use super::world::{World, said, wanted};
use trackway_model::Milestone;
use trackway_model::orders::{Command, OrderState as O, RecordId, Who};

fn close(world: &mut World, order: RecordId) -> Result<RecordId, String> {
    let closed = world.subject(&Command::CloseOrder { order });
    closed.map_err(|refusal| said::<()>(Err(refusal)))
}

#[test]
fn what_was_not_sent_is_free_and_the_order_completes() {
    let mut world = World::stocked(10);
    let order = world.placed(&[("tea", 5), ("cup", 2)]);
    assert_eq!(world.figures(world.tea), [10, 5, 0, 0]);
    world.fulfil(wanted(order, &[(1, 3)], "W1")).unwrap();
    assert_eq!(
        close(&mut world, order).unwrap_err(),
        "order: nothing of it was handed over: cancel it"
    );
    world.tell("W1", Milestone::InTransit);
    assert_eq!(world.state(order), O::Processing);
    assert_eq!(world.figures(world.tea), [7, 2, 0, 0]);
    close(&mut world, order).unwrap();
    assert_eq!(world.state(order), O::Delivering);
    let closed: Vec<i64> = world
        .order(order)
        .lines
        .iter()
        .map(|it| it.closed)
        .collect();
    assert_eq!((closed, world.order(order).reserved), (vec![2, 2], false));
    assert_eq!(world.figures(world.tea), [7, 0, 0, 0]);
    assert_eq!(world.figures(world.cup), [10, 0, 0, 0]);
    let refused = said(world.fulfil(wanted(order, &[(1, 1)], "W2")));
    assert!(refused.contains("is delivering"), "{refused}");
    world.tell("W1", Milestone::Delivered);
    assert_eq!(world.state(order), O::Completed);
    assert_eq!(
        close(&mut world, order).unwrap_err(),
        "order: all of it is in its fulfilments: nothing is left to close"
    );
}

#[test]
fn what_is_packed_meanwhile_stays_and_can_be_closed_after_its_cancellation() {
    let mut world = World::stocked(10);
    let order = world.placed(&[("tea", 5)]);
    world.fulfil(wanted(order, &[(1, 2)], "W1")).unwrap();
    let packed = world.fulfil(wanted(order, &[(1, 2)], "W2")).unwrap();
    world.tell("W1", Milestone::Delivered);
    close(&mut world, order).unwrap();
    // One is free, two were sent, and two are packed.
    assert_eq!(world.figures(world.tea), [8, 2, 0, 0]);
    assert_eq!(world.state(order), O::Processing);
    let cancel = Command::CancelFulfilment {
        fulfilment: packed,
        reason: None,
        who: Who::Merchant,
    };
    world.carry(&cancel).unwrap();
    assert_eq!(world.figures(world.tea), [8, 2, 0, 0]);
    close(&mut world, order).unwrap();
    assert_eq!(world.figures(world.tea), [8, 0, 0, 0]);
    assert_eq!(world.state(order), O::Completed);
    assert_eq!(world.order(order).lines[0].closed, 3);
}

#[test]
fn an_order_that_nobody_has_is_not_closed() {
    let mut world = World::stocked(1);
    let unknown = close(&mut world, RecordId(424_242)).unwrap_err();
    assert!(unknown.contains("424242"), "{unknown}");
}
