//! Orders by example: what is refused and why, what is reserved and released.

use super::world::{OTHER, World, cod, line, money, party, said, wanted};
use trackway_model::orders::{
    Command, Decimal, Fee, Kind, Line, Movement, NewOrder, OrderState, OrderType, Party,
    PaymentStatus, RecordId, Refusal, Who,
};

type Spoil = fn(&mut NewOrder, &World);

#[test]
fn what_is_wrong_with_an_order_is_told_by_its_member_and_nothing_is_written() {
    let nobody = RecordId(4_000);
    let cases: &[(&str, Spoil)] = &[
        ("lines: must be 1 to 1000, not 0", |it, _| it.lines.clear()),
        ("lines: must be 1 to 1000, not 1001", |it, _| {
            it.lines = vec![line("tea", 1); 1_001];
        }),
        (
            "lines[0].quantity: must be 1 to 10000000, not 0",
            |it, _| {
                it.lines[0].quantity = 0;
            },
        ),
        (
            "lines[0].quantity: must be 1 to 10000000, not -3",
            |it, _| {
                it.lines[0].quantity = -3;
            },
        ),
        (
            "lines[0].quantity: must be 1 to 10000000, not 1000000000000",
            |it, _| it.lines[0].quantity = 1_000_000_000_000,
        ),
        (
            "lines[0].sale_price: must be 0 to 1000000000000, not -1",
            |it, _| it.lines[0].sale_price = money(-1),
        ),
        (
            "lines[0].discounted_price: must have at most 4 digits after the point, not 0.00001",
            |it, _| it.lines[0].discounted_price = Decimal::new(1, 5),
        ),
        ("lines[0].sku: must not be empty", |it, _| {
            it.lines[0].sku = " ".to_owned();
        }),
        ("there is no product `coffee`", |it, _| {
            it.lines[0].sku = "coffee".to_owned();
        }),
        ("there is no shop 4000", |it, _| it.shop = RecordId(4_000)),
        ("there is no pickup_address 4000", |it, _| {
            it.pickup = RecordId(4_000);
        }),
        // A record of another kind is no such record.
        ("there is no shop 3", |it, world| it.shop = world.warehouse),
        ("there is no courier 4000", |it, _| {
            it.choices.courier = Some(RecordId(4_000));
        }),
        ("there is no courier_link 4000", |it, _| {
            it.choices.courier_link = Some(RecordId(4_000));
        }),
        ("there is no service 4000", |it, _| {
            it.choices.service = Some(RecordId(4_000));
        }),
        ("there is no box_size 4000", |it, _| {
            it.choices.box_size = Some(RecordId(4_000));
        }),
        ("service: belongs to another courier", |it, world| {
            it.choices.courier = Some(world.fleet);
            it.choices.service = Some(world.service);
        }),
        ("there is no customer 4000", |it, _| {
            it.customer = Some(RecordId(4_000));
        }),
        ("receiver: must be given, or a saved customer", |it, _| {
            it.receiver = None;
        }),
        ("receiver.phone: must not be empty", |it, _| {
            it.receiver.as_mut().unwrap().phone = None;
        }),
        ("receiver.address.line: must not be empty", |it, _| {
            it.receiver.as_mut().unwrap().address.line.clear();
        }),
        ("order_type: the shop takes b2c orders only", |it, _| {
            it.order_type = OrderType::B2b;
        }),
        (
            "currency: must be a currency's three capital letters, such as VND",
            |it, _| {
                it.currency = "dong".to_owned();
            },
        ),
        (
            "total: 21000 was given, 20000 is what the parts come to",
            |it, _| it.total = Some(money(21_000)),
        ),
        (
            "payments: 20001 was given, 20000 is what the parts come to",
            |it, _| it.payments = vec![cod(20_001)],
        ),
        (
            "payments[0].amount: must be 0 to 1000000000000, not -5",
            |it, _| {
                it.payments = vec![cod(-5)];
            },
        ),
        ("discounts: are more than the order comes to", |it, _| {
            it.discounts = vec![Fee {
                code: "all".to_owned(),
                amount: money(20_001),
            }];
        }),
        (
            "total: must be 0 to 1000000000000, not 1000000000001",
            |it, _| {
                it.lines[0] = Line {
                    discounted_price: money(1_000_000_000_000),
                    ..line("tea", 1)
                };
                it.fees = vec![Fee {
                    code: "more".to_owned(),
                    amount: money(1),
                }];
            },
        ),
        ("only 100 of `tea` can be had, 101 are wanted", |it, _| {
            it.lines[0].quantity = 101;
        }),
        // Two for each set, and those of the line before.
        ("only 100 of `tea` can be had, 102 are wanted", |it, _| {
            it.lines.push(line("set", 50));
        }),
    ];
    let mut world = World::stocked(100);
    assert!(world.ledger.record(OTHER, Kind::Shop, nobody).is_none());
    let before = format!("{:?}", world.ledger);
    for (says, spoil) in cases {
        let mut new = world.asked(&[("tea", 2)]);
        spoil(&mut new, &world);
        assert_eq!(said(world.place(new)), *says);
        assert_eq!(format!("{:?}", world.ledger), before, "{says}");
    }
    world.place(world.asked(&[("tea", 2)])).unwrap();
}

#[test]
fn another_accounts_records_are_no_records() {
    let mut world = World::stocked(10);
    let order = world.placed(&[("tea", 1)]);
    let foreign = [
        Command::PlaceOrder(Box::new(world.asked(&[("tea", 1)]))),
        Command::ApproveOrder { order },
        Command::CancelOrder {
            order,
            reason: None,
            who: Who::Merchant,
        },
        Command::CreateFulfilment(Box::new(wanted(order, &[], "X1"))),
    ];
    let before = format!("{:?}", world.ledger);
    for command in foreign {
        let refused = world.carry_for(OTHER, &command).unwrap_err();
        assert!(matches!(refused, Refusal::Unknown { .. }), "{refused}");
    }
    assert_eq!(format!("{:?}", world.ledger), before);
}

#[test]
fn what_is_switched_off_takes_no_orders() {
    let mut world = World::stocked(10);
    let shop = super::world::shop("Corner", OrderType::B2c);
    let off = trackway_model::orders::Shop {
        active: false,
        ..shop
    };
    world.change(world.shop, off).unwrap();
    let new = world.asked(&[("tea", 1)]);
    assert_eq!(said(world.place(new)), "shop: shop 1 is switched off");
}

#[test]
fn approved_it_is_reserved_and_unapproved_it_is_not() {
    let mut world = World::stocked(10);
    let waiting = world.asked(&[("set", 3)]);
    let waiting = world
        .place(NewOrder {
            approve: false,
            ..waiting
        })
        .unwrap();
    assert_eq!(world.state(waiting), OrderState::New);
    assert_eq!(world.figures(world.tea), [10, 0, 0, 0]);

    let approve = Command::ApproveOrder { order: waiting };
    world.carry(&approve).unwrap();
    assert_eq!(world.state(waiting), OrderState::Approved);
    assert_eq!(world.order(waiting).confirmed, Some(world.now));
    assert_eq!(world.figures(world.tea), [10, 6, 0, 0]);
    assert_eq!(world.figures(world.cup), [10, 3, 0, 0]);
    assert_eq!(
        said(world.carry(&approve)),
        format!("order {waiting} is approved: it can't become approved now")
    );

    // What is reserved is gone for others, and what is short by approving is not written.
    let late = world.asked(&[("tea", 5)]);
    assert_eq!(
        world.place(late.clone()),
        Err(Refusal::OutOfStock {
            sku: "tea".to_owned(),
            wanted: 5,
            available: 4
        })
    );
    let late = world
        .place(NewOrder {
            approve: false,
            ..late
        })
        .unwrap();
    let refused = said(world.carry(&Command::ApproveOrder { order: late }));
    assert_eq!(refused, "only 4 of `tea` can be had, 5 are wanted");
    assert_eq!(world.state(late), OrderState::New);
}

#[test]
fn an_order_keeps_what_it_was_made_of() {
    let mut world = World::stocked(10);
    let new = NewOrder {
        number: Some("PO-1".to_owned()),
        payments: vec![cod(15_000)],
        ..world.asked(&[("set", 1), ("tea", 1)])
    };
    let id = world.place(new).unwrap();
    let record = world.record(Kind::Order, id);
    assert_eq!(record.code, format!("NHOV900{:06}", id.0));
    assert_eq!((record.created, record.created_by), (world.now, 7));
    let order = world.order(id);
    assert_eq!(order.platform, "retail");
    assert_eq!(order.lines[0].name, "One set");
    assert_eq!((order.lines[0].weight, order.lines[1].weight), (300, 100));
    assert_eq!(order.lines[0].volume, money(3_000));
    assert!(order.lines[0].protective && !order.lines[1].protective);
    assert_eq!(
        (order.cod_asked, order.total()),
        (money(15_000), money(20_000))
    );
}

#[test]
fn a_number_is_there_once_in_a_shop() {
    let mut world = World::stocked(10);
    let new = NewOrder {
        number: Some("PO-1".to_owned()),
        ..world.asked(&[("tea", 1)])
    };
    let first = world.place(new.clone()).unwrap();
    let refused = world.place(new.clone()).unwrap_err();
    assert!(
        matches!(&refused, Refusal::Duplicate { kind: Kind::Order, existing, .. } if *existing == first),
        "{refused}"
    );
    let elsewhere = NewOrder {
        shop: world.trade,
        order_type: OrderType::B2b,
        ..new
    };
    world.place(elsewhere).unwrap();
}

#[test]
fn a_saved_customer_fills_what_is_left_open() {
    let mut world = World::stocked(10);
    let from = |receiver: Option<Party>, world: &mut World| {
        let new = NewOrder {
            receiver,
            customer: Some(world.customer),
            ..world.asked(&[("tea", 1)])
        };
        let order = world.place(new).unwrap();
        world.order(order).receiver.clone().unwrap()
    };
    let saved = from(None, &mut world);
    assert_eq!(saved.name, "A saved customer");
    assert_eq!(saved.customer, Some(world.customer));
    let given = Party {
        name: "Somebody else".to_owned(),
        ..Party::default()
    };
    let mixed = from(Some(given), &mut world);
    assert_eq!(mixed.name, "Somebody else");
    assert_eq!(mixed.address, saved.address);
}

#[test]
fn a_cancelled_order_gives_back_what_it_held() {
    let mut world = World::stocked(10);
    let new = NewOrder {
        payments: vec![cod(20_000)],
        ..world.asked(&[("tea", 2)])
    };
    let order = world.place(new).unwrap();
    let fulfilment = world
        .fulfil(trackway_model::orders::NewFulfilment {
            order,
            ..Default::default()
        })
        .unwrap();
    assert_eq!(world.state(order), OrderState::AwaitingLabel);
    assert!(world.order(order).can_cancel());
    let carried = world.cancel(order).unwrap();
    assert_eq!(carried.outcome.others.len(), 1);
    let cancelled = world.order(order);
    assert_eq!(cancelled.state, OrderState::CancelledBySeller);
    assert_eq!(cancelled.cancelled, Some(world.now));
    assert_eq!(cancelled.cancel_reason.as_deref(), Some("no longer wanted"));
    assert_eq!(cancelled.payments[0].status, PaymentStatus::CodCancelled);
    assert!(!cancelled.reserved && !cancelled.can_cancel());
    assert!(!world.fulfilment(fulfilment).can_cancel());
    assert_eq!(world.figures(world.tea), [10, 0, 0, 0]);
    assert_eq!(
        said(world.cancel(order)),
        format!("order {order} is cancelled_by_seller: it can't become cancelled_by_seller now")
    );
}

#[test]
fn who_cancels_is_told_by_the_state() {
    for (who, to) in [
        (Who::Merchant, OrderState::CancelledBySeller),
        (Who::Warehouse, OrderState::CancelledByOperator),
        (Who::System, OrderState::CancelledBySystem),
    ] {
        let mut world = World::stocked(10);
        let order = world.placed(&[("tea", 2)]);
        let reason = None;
        world
            .carry(&Command::CancelOrder { order, reason, who })
            .unwrap();
        assert_eq!(world.state(order), to);
    }
    let mut world = World::stocked(10);
    let order = world.placed(&[("tea", 2)]);
    let refused = world.carry(&Command::CancelOrder {
        order,
        reason: None,
        who: Who::Carrier,
    });
    assert_eq!(said(refused), "who: a carrier can't cancel an order");
}

#[test]
fn a_cancellation_that_the_warehouse_must_agree_to() {
    let mut world = World::stocked(10);
    let order = world.placed(&[("tea", 2)]);
    let go = |world: &mut World, to, who| world.carry(&Command::MoveOrder { order, to, who });
    go(&mut world, OrderState::CancellationRequested, Who::Merchant).unwrap();
    assert_eq!(world.figures(world.tea), [10, 2, 0, 0]);
    // It does not, and later it does.
    let refused = go(&mut world, OrderState::Approved, Who::Merchant);
    assert!(said(refused).contains("can't become approved"));
    go(&mut world, OrderState::Approved, Who::Warehouse).unwrap();
    go(&mut world, OrderState::CancellationRequested, Who::Merchant).unwrap();
    go(&mut world, OrderState::CancelledByOperator, Who::Warehouse).unwrap();
    assert_eq!(world.figures(world.tea), [10, 0, 0, 0]);
}

#[test]
fn what_the_warehouse_lost_is_neither_reserved_nor_there() {
    let mut world = World::stocked(10);
    let order = world.placed(&[("tea", 2)]);
    let fulfilment = world.fulfilled(order, "W1");
    assert_eq!(world.state(order), OrderState::Processing);
    assert!(said(world.cancel(order)).contains("can't become cancelled_by_seller"));
    let carried = world
        .carry(&Command::MoveOrder {
            order,
            to: OrderState::WarehouseLoss,
            who: Who::Warehouse,
        })
        .unwrap();
    assert_eq!(world.figures(world.tea), [8, 0, 0, 0]);
    assert_eq!(carried.verdict.cancelled.len(), 1);
    assert!(!world.fulfilment(fulfilment).can_cancel());
}

#[test]
fn an_order_goes_by_hand_only_where_the_table_says_so() {
    let mut world = World::stocked(10);
    let new = NewOrder {
        approve: false,
        ..world.asked(&[("tea", 2)])
    };
    let order = world.place(new).unwrap();
    let go = |world: &mut World, to, who| world.carry(&Command::MoveOrder { order, to, who });
    // What follows from fulfilments can't be said without them.
    for to in [
        OrderState::Processing,
        OrderState::Shipped,
        OrderState::Completed,
    ] {
        for who in [Who::Merchant, Who::Warehouse, Who::System] {
            assert!(matches!(
                go(&mut world, to, who),
                Err(Refusal::IllegalMove { .. })
            ));
        }
    }
    go(&mut world, OrderState::AwaitingConfirmation, Who::Merchant).unwrap();
    go(&mut world, OrderState::CourierAllocation, Who::System).unwrap();
    go(&mut world, OrderState::Approved, Who::Merchant).unwrap();
    assert_eq!(world.figures(world.tea), [10, 2, 0, 0]);
    // System may, but only to where the fulfilments are.
    assert!(go(&mut world, OrderState::Shipped, Who::System).is_err());
    go(&mut world, OrderState::ReadyToShipException, Who::Warehouse).unwrap();
    go(&mut world, OrderState::Approved, Who::System).unwrap();
}

#[test]
fn traders_orders_are_a_traders_shops() {
    let mut world = World::stocked(10);
    let new = NewOrder {
        order_type: OrderType::B2b,
        shop: world.trade,
        receiver: Some(party("A trader")),
        ..world.asked(&[("tea", 2)])
    };
    let order = world.place(new.clone()).unwrap();
    assert_eq!(world.order(order).order_type, OrderType::B2b);
    // A shop's products are its own.
    let new = NewOrder {
        lines: vec![Line {
            sku: "set".to_owned(),
            ..line("set", 1)
        }],
        ..new
    };
    assert_eq!(said(world.place(new)), "there is no product `set`");
}

#[test]
fn a_count_of_the_shelves_keeps_the_law() {
    let mut world = World::stocked(10);
    world.placed(&[("tea", 4)]);
    let tea = world.tea;
    assert_eq!(
        said(world.count(tea, Movement::Missing, 7)),
        "only 6 of `tea` can be had, 7 are wanted"
    );
    world.count(tea, Movement::Missing, 1).unwrap();
    world.count(tea, Movement::Spoil, 5).unwrap();
    assert_eq!(world.figures(tea), [4, 4, 0, 5]);
    assert!(said(world.count(tea, Movement::Discard, 6)).starts_with("only 5 of `tea`"));
    world.count(tea, Movement::Discard, 5).unwrap();
    assert_eq!(world.figures(tea), [4, 4, 0, 0]);
    for by_record in [
        Movement::Reserve,
        Movement::Release,
        Movement::Ship,
        Movement::Announce,
        Movement::Retract,
        Movement::Receive,
        Movement::ReceiveDamaged,
    ] {
        assert!(said(world.count(tea, by_record, 1)).starts_with("movement: "));
    }
    assert!(said(world.count(tea, Movement::Found, 1_000_000_000_000)).starts_with("quantity: "));
    assert!(said(world.count(RecordId(4_000), Movement::Found, 1)).starts_with("there is no item"));
}

#[test]
fn the_last_pieces_are_sold_once() {
    let mut world = World::stocked(25);
    let mut sold = 0;
    for _ in 0..40 {
        match world.place(world.asked(&[("tea", 1)])) {
            Ok(_) => sold += 1,
            Err(refusal) => assert!(matches!(refusal, Refusal::OutOfStock { .. }), "{refusal}"),
        }
    }
    assert_eq!((sold, world.figures(world.tea)), (25, [25, 25, 0, 0]));
}
