//! Inbounds by example: announced, received, inspected, and every piece accounted for.

use super::world::{World, money, said};
use trackway_model::orders::{
    Body, Command, Condition, InboundState as S, InboundType, Kind, NewInbound, RecordId,
};

type Spoil = fn(&mut NewInbound);

fn announced(world: &World) -> NewInbound {
    NewInbound {
        inbound_type: InboundType::PurchaseOrder,
        warehouse: world.warehouse,
        vendor: Some(world.vendor),
        reference: Some("PO-1".to_owned()),
        note: String::new(),
        parcels: 2,
        additional_services: vec!["ULG".to_owned()],
        priority: false,
        documents: vec![],
        lines: vec![
            ("tea".to_owned(), 200, money(6_000), String::new()),
            ("cup".to_owned(), 5, money(1), "BOX-7".to_owned()),
        ],
        estimated_delivery: None,
        extra: serde_json::Map::new(),
    }
}

fn announce(
    world: &mut World,
    new: NewInbound,
) -> Result<RecordId, trackway_model::orders::Refusal> {
    world.subject(&Command::AnnounceInbound(Box::new(new)))
}

fn go(
    world: &mut World,
    inbound: RecordId,
    to: S,
    conditions: &[Condition],
) -> Result<trackway_model::orders::Carried, trackway_model::orders::Refusal> {
    world.carry(&Command::MoveInbound {
        inbound,
        to,
        conditions: conditions.to_vec(),
    })
}

const fn found(line: u32, received: i64, damaged: [i64; 3], lost: i64) -> Condition {
    Condition {
        line,
        received,
        damaged,
        lost,
    }
}

#[test]
fn from_the_announcement_to_the_shelf() {
    let mut world = World::new();
    let new = announced(&world);
    let id = announce(&mut world, new).unwrap();
    assert_eq!(
        world.record(Kind::Inbound, id).code,
        format!("NHIV900{:06}", id.0)
    );
    assert_eq!(world.figures(world.tea), [0, 0, 200, 0]);
    let inbound = world.inbound(id);
    assert_eq!(inbound.lines[0].parcel_code, "PN00001");
    assert_eq!(inbound.lines[1].parcel_code, "BOX-7");
    assert_eq!((inbound.quantity(), inbound.skus()), (205, 2));
    assert_eq!(inbound.cost(), money(1_200_005));
    go(&mut world, id, S::AwaitingArrival, &[]).unwrap();
    go(&mut world, id, S::Received, &[]).unwrap();
    assert!(!world.inbound(id).can_cancel());
    go(&mut world, id, S::Inspecting, &[found(1, 1, [0; 3], 0)]).unwrap();
    // It is counted again, to the end.
    let counts = [found(1, 60, [15, 3, 2], 120), found(2, 5, [0; 3], 0)];
    go(&mut world, id, S::Inspecting, &counts).unwrap();
    assert_eq!(world.figures(world.tea), [0, 0, 200, 0]);
    let carried = go(&mut world, id, S::Completed, &[]).unwrap();
    assert_eq!(world.figures(world.tea), [60, 0, 0, 20]);
    assert_eq!(world.figures(world.cup), [5, 0, 0, 0]);
    let done = world.inbound(id);
    assert_eq!(done.received_quantity(), 65);
    assert_eq!(done.damaged_quantity(), [15, 3, 2]);
    assert_eq!(done.lost_quantity(), 120);
    assert!(done.received < done.inspected && done.inspected < done.completed);
    // The warehouse knows the items now.
    assert_eq!(carried.outcome.others.len(), 2);
    match &world.record(Kind::Item, world.tea).body {
        Body::Item(tea) => assert!(tea.qualified && tea.status_since == world.now),
        other => panic!("{other:?}"),
    }
    assert!(said(go(&mut world, id, S::Completed, &[])).contains("is completed"));
}

#[test]
fn what_does_not_add_up_is_not_completed() {
    let mut world = World::new();
    let new = announced(&world);
    let id = announce(&mut world, new).unwrap();
    go(&mut world, id, S::Received, &[]).unwrap();
    go(&mut world, id, S::Inspecting, &[]).unwrap();
    let before = format!("{:?}", world.ledger);
    let all = found(2, 5, [0; 3], 0);
    let cases = [
        (
            vec![],
            "lines[0]: 200 announced was given, 0 received, damaged and lost is what the parts come to",
        ),
        (
            vec![all, found(1, 60, [15, 3, 2], 121)],
            "lines[0]: 200 announced was given, 201 received, damaged and lost is what the parts come to",
        ),
        (vec![all, all], "conditions: names the same twice"),
        (
            vec![found(9, 1, [0; 3], 0)],
            "conditions[0].line: there is no line 9",
        ),
        (
            vec![found(1, -1, [0; 3], 0)],
            "conditions[0].received: must be 0 to 10000000, not -1",
        ),
        (
            vec![found(1, 0, [0, 0, 1_000_000_000_000], 0)],
            "conditions[0].damaged: must be 0 to 10000000, not 1000000000000",
        ),
    ];
    for (conditions, says) in cases {
        assert_eq!(said(go(&mut world, id, S::Completed, &conditions)), says);
    }
    assert_eq!(format!("{:?}", world.ledger), before);
}

#[test]
fn what_is_wrong_with_an_announcement() {
    let mut world = World::new();
    let cases: &[(&str, Spoil)] = &[
        ("lines: must be 1 to 1000, not 0", |it| it.lines.clear()),
        ("lines[0].quantity: must be 1 to 10000000, not 0", |it| {
            it.lines[0].1 = 0;
        }),
        ("lines[0].cost: must be 0 to 1000000000000, not -1", |it| {
            it.lines[0].2 = money(-1);
        }),
        ("there is no item `coffee`", |it| {
            it.lines[0].0 = "coffee".to_owned();
        }),
        // Goods come in by item, not by what a shop makes of them.
        ("there is no item `set`", |it| {
            it.lines[0].0 = "set".to_owned();
        }),
        ("there is no pickup_address 4000", |it| {
            it.warehouse = RecordId(4_000);
        }),
        ("there is no vendor 4000", |it| {
            it.vendor = Some(RecordId(4_000));
        }),
        ("parcels: must be 0 to 10000000, not -1", |it| {
            it.parcels = -1;
        }),
    ];
    let before = format!("{:?}", world.ledger);
    for (says, spoil) in cases {
        let mut new = announced(&world);
        spoil(&mut new);
        assert_eq!(said(announce(&mut world, new)), *says);
    }
    assert_eq!(format!("{:?}", world.ledger), before);
}

#[test]
fn cancelled_before_it_arrives_and_not_after() {
    let mut world = World::new();
    let new = announced(&world);
    let id = announce(&mut world, new.clone()).unwrap();
    let cancel = |inbound| Command::CancelInbound {
        inbound,
        reason: Some("late".to_owned()),
    };
    world.carry(&cancel(id)).unwrap();
    assert_eq!(world.figures(world.tea), [0, 0, 0, 0]);
    assert_eq!(world.inbound(id).cancel_reason.as_deref(), Some("late"));
    assert!(said(world.carry(&cancel(id))).contains("is cancelled"));
    let id = announce(&mut world, new).unwrap();
    go(&mut world, id, S::Received, &[]).unwrap();
    assert!(said(world.carry(&cancel(id))).contains("is received: it can't become cancelled"));
    assert!(said(go(&mut world, id, S::Completed, &[])).contains("can't become completed"));
    let counts = [found(1, 1, [0; 3], 0)];
    assert!(said(go(&mut world, id, S::Received, &counts)).starts_with("conditions: "));
}
