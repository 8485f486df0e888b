//! Returns by example: never more than the buyer has, and the goods come back by an inbound.

use super::world::{World, money, party, said};
use trackway_model::Milestone;
use trackway_model::orders::{
    Carried, Command, Condition, InboundState, InboundType, Kind, NewReturn, RecordId, Refusal,
    ReturnReason, ReturnState as S, Who,
};

fn asked(world: &World, order: RecordId, lines: &[(u32, i64)]) -> NewReturn {
    NewReturn {
        order,
        warehouse: world.warehouse,
        reason_type: ReturnReason::ChangeMind,
        reason: String::new(),
        pickup: None,
        customer: None,
        lines: lines
            .iter()
            .map(|(line, quantity)| (*line, *quantity, money(9_000)))
            .collect(),
        courier: Some(world.courier),
        courier_link: None,
        service: None,
        extra: serde_json::Map::new(),
    }
}

fn ask(world: &mut World, order: RecordId, lines: &[(u32, i64)]) -> Result<RecordId, Refusal> {
    let new = asked(world, order, lines);
    world.subject(&Command::RequestReturn(Box::new(new)))
}

fn go(
    world: &mut World,
    return_: RecordId,
    to: S,
    conditions: &[Condition],
    waybill: Option<&str>,
) -> Result<Carried, Refusal> {
    world.carry(&Command::MoveReturn {
        return_,
        to,
        who: if to == S::Approved {
            Who::Merchant
        } else {
            Who::Warehouse
        },
        conditions: conditions.to_vec(),
        waybill: waybill.map(str::to_owned),
    })
}

/// An order of three sets, delivered.
fn delivered() -> (World, RecordId) {
    let mut world = World::stocked(10);
    let order = world.placed(&[("set", 3)]);
    world.fulfilled(order, "W1");
    world.tell("W1", Milestone::Delivered);
    assert_eq!(world.figures(world.tea), [4, 0, 0, 0]);
    (world, order)
}

#[test]
fn what_comes_back_goes_on_the_shelf_as_it_is() {
    let (mut world, order) = delivered();
    let id = ask(&mut world, order, &[]).unwrap();
    assert_eq!(
        world.record(Kind::Return, id).code,
        format!("NHRV900{:06}", id.0)
    );
    assert_eq!(world.return_(id).total(), money(36_000));
    assert_eq!(world.figures(world.tea), [4, 0, 6, 0]);
    go(&mut world, id, S::Approved, &[], None).unwrap();
    let carried = go(&mut world, id, S::Approved, &[], Some("R1")).unwrap();
    assert_eq!(carried.verdict.links[0].record, id);
    world.tell("R1", Milestone::PickedUp);
    assert_eq!(world.return_(id).state, S::Returning);
    // The buyer's courier delivered it; whether it is there the warehouse says.
    assert!(
        world
            .tell("R1", Milestone::Delivered)
            .verdict
            .writes
            .is_empty()
    );
    assert_eq!(world.return_(id).inbound, None);
    go(&mut world, id, S::Received, &[], None).unwrap();
    let inbound = world.return_(id).inbound.unwrap();
    assert_eq!(world.inbound(inbound).inbound_type, InboundType::Return);
    assert_eq!(world.inbound(inbound).return_, Some(id));
    assert_eq!(world.inbound(inbound).state, InboundState::Received);
    assert_eq!(world.inbound(inbound).quantity(), 9);
    let by_itself = world.carry(&Command::MoveInbound {
        inbound,
        to: InboundState::Inspecting,
        conditions: vec![],
    });
    assert_eq!(
        said(by_itself),
        "inbound: it belongs to a return and goes with it"
    );
    let count = |received, damaged, lost| Condition {
        line: 1,
        received,
        damaged: [damaged, 0, 0],
        lost,
    };
    go(&mut world, id, S::Inspecting, &[], None).unwrap();
    go(&mut world, id, S::Exception, &[], None).unwrap();
    let short = go(&mut world, id, S::Completed, &[count(1, 1, 0)], None);
    assert!(said(short).starts_with("lines[0]: 3 announced was given, 2 received"));
    go(&mut world, id, S::Completed, &[count(1, 1, 1)], None).unwrap();
    assert_eq!(world.figures(world.tea), [6, 0, 0, 2]);
    assert_eq!(world.figures(world.cup), [8, 0, 0, 1]);
    let twin = world.inbound(inbound);
    assert_eq!(twin.state, InboundState::Completed);
    assert_eq!(twin.received_quantity(), 3);
    assert_eq!(twin.damaged_quantity(), [3, 0, 0]);
    assert_eq!(twin.lost_quantity(), 3);
}

#[test]
fn never_more_than_was_shipped_less_earlier_returns() {
    let (mut world, order) = delivered();
    assert_eq!(
        said(ask(&mut world, order, &[(1, 4)])),
        "lines[0].quantity: 4 are wanted, 3 are left"
    );
    assert_eq!(
        said(ask(&mut world, order, &[(7, 1)])),
        "lines[0].line: the order has no line 7"
    );
    assert!(said(ask(&mut world, order, &[(1, 1), (1, 1)])).starts_with("lines: names"));
    let first = ask(&mut world, order, &[(1, 2)]).unwrap();
    assert_eq!(
        said(ask(&mut world, order, &[(1, 2)])),
        "lines[0].quantity: 2 are wanted, 1 are left"
    );
    let rest = ask(&mut world, order, &[]).unwrap();
    assert_eq!(world.return_(rest).quantity(), 1);
    assert_eq!(
        said(ask(&mut world, order, &[])),
        "lines: 1 are wanted, 0 are left"
    );
    world
        .carry(&Command::CancelReturn {
            return_: first,
            reason: None,
        })
        .unwrap();
    assert_eq!(world.figures(world.tea), [4, 0, 2, 0]);
    ask(&mut world, order, &[(1, 2)]).unwrap();
}

#[test]
fn nothing_comes_back_of_what_did_not_go() {
    let mut world = World::stocked(10);
    let order = world.placed(&[("tea", 3)]);
    let refused = said(ask(&mut world, order, &[]));
    assert_eq!(
        refused,
        format!("order {order} is approved: it can't become returned now")
    );
    world.fulfilled(order, "W1");
    world.tell("W1", Milestone::Lost);
    assert!(said(ask(&mut world, order, &[])).contains("it can't become returned now"));
    assert_eq!(
        said(ask(&mut world, RecordId(4_000), &[])),
        "there is no order 4000"
    );
}

#[test]
fn once_received_it_is_not_cancelled_and_lost_it_is_not_expected() {
    let (mut world, order) = delivered();
    let id = ask(&mut world, order, &[(1, 1)]).unwrap();
    go(&mut world, id, S::Approved, &[], None).unwrap();
    go(&mut world, id, S::Received, &[], None).unwrap();
    let cancel = |return_| Command::CancelReturn {
        return_,
        reason: None,
    };
    assert!(said(world.carry(&cancel(id))).contains("is received: it can't become cancelled"));
    assert!(!world.return_(id).can_cancel());

    let lost = ask(&mut world, order, &[(1, 2)]).unwrap();
    go(&mut world, lost, S::Approved, &[], Some("R2")).unwrap();
    assert_eq!(world.figures(world.tea), [4, 0, 6, 0]);
    world.tell("R2", Milestone::Lost);
    assert_eq!(world.return_(lost).state, S::Lost);
    assert_eq!(world.figures(world.tea), [4, 0, 2, 0]);
}

#[test]
fn it_is_collected_where_it_is_said() {
    let (mut world, order) = delivered();
    let mut new = asked(&world, order, &[(1, 1)]);
    new.pickup = Some(party("The buyer's neighbour"));
    let id = world
        .subject(&Command::RequestReturn(Box::new(new.clone())))
        .unwrap();
    let pickup = world.return_(id).pickup.as_ref().unwrap();
    assert_eq!(pickup.name, "The buyer's neighbour");
    new.pickup.as_mut().unwrap().phone = None;
    let refused = world.subject(&Command::RequestReturn(Box::new(new)));
    assert_eq!(said(refused), "pickup.phone: must not be empty");
}
