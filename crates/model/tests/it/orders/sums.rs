//! What follows from an order by itself, by numbers worked by hand.

use super::world::{World, cod, money};
use trackway_model::orders::{
    Decimal, Fee, NewOrder, Order, OrderState, Payment, PaymentDetail, PaymentMethod, PaymentStatus,
};

fn fee(code: &str, amount: i64) -> Fee {
    Fee {
        code: code.to_owned(),
        amount: money(amount),
    }
}

fn paid(status: PaymentStatus, amount: i64) -> Payment {
    Payment {
        status,
        method: PaymentMethod::BankTransfer,
        amount: money(amount),
    }
}

/// Two sets and three of tea: 5 x 10,000, with fees and a discount.
fn order() -> Order {
    let mut world = World::stocked(100);
    let new = NewOrder {
        fees: vec![
            fee("buyer_shipping_fee", 15_000),
            fee("total_platform_discount", 9_000),
        ],
        discounts: vec![fee("TET", 5_000)],
        ..world.asked(&[("set", 2), ("tea", 3)])
    };
    let id = world.place(new).unwrap();
    world.order(id).clone()
}

#[test]
fn what_the_buyer_pays() {
    let order = order();
    assert_eq!(order.goods(), money(50_000));
    // 50,000 + 15,000 - 5,000; what the platform bears is in the freight already.
    assert_eq!(order.total(), money(60_000));
}

#[test]
fn what_it_weighs_and_measures() {
    let mut order = order();
    // A set is two of tea and a cup: 300 g and 3,000 cubic centimetres.
    assert_eq!((order.quantity(), order.items_weight()), (5, 900));
    assert_eq!(order.weight(), 900);
    order.weighed = Some(1_040);
    assert_eq!((order.weight(), order.items_weight()), (1_040, 900));
    assert_eq!(order.cbm(), Decimal::new(9, 3));
    assert!(order.is_protective());
    order.lines.remove(0);
    assert!(!order.is_protective());
}

#[test]
fn what_its_payments_come_to() {
    use PaymentStatus as P;
    let detail = |payments: Vec<Payment>| {
        let mut order = order();
        order.payments = payments;
        let PaymentDetail {
            total,
            paid,
            unpaid,
            debt,
            refund,
        } = order.payment_detail();
        assert_eq!(total, money(60_000));
        let of = [paid, unpaid, debt, refund].map(|it| i64::try_from(it).unwrap());
        (of, order.payment_status(), order.cod_to_collect())
    };
    assert_eq!(detail(vec![]), ([0, 60_000, 0, 0], P::NotPaid, money(0)));
    assert_eq!(
        detail(vec![paid(P::Paid, 60_000)]),
        ([60_000, 0, 0, 0], P::Paid, money(0))
    );
    assert_eq!(
        detail(vec![paid(P::Paid, 20_000), cod(40_000)]),
        ([20_000, 40_000, 0, 0], P::PartiallyPaid, money(40_000))
    );
    assert_eq!(
        detail(vec![paid(P::Refunded, 10_000), paid(P::Overdue, 30_000)]),
        ([0, 50_000, 30_000, 10_000], P::Refunded, money(0))
    );
    assert_eq!(
        detail(vec![
            paid(P::Paid, 60_000),
            paid(P::PartiallyRefunded, 10_000)
        ]),
        ([60_000, 0, 0, 10_000], P::Paid, money(0))
    );
}

#[test]
fn what_may_be_done_is_what_the_machine_has() {
    use OrderState as O;
    let can = |state| {
        let mut order = order();
        order.state = state;
        [
            order.can_approve(),
            order.can_edit(),
            order.can_cancel(),
            order.can_create_fulfilment(),
        ]
    };
    // nandh-oms.md §9: "can_approve,can_edit = 200/250; can_cancel = 200..380; can_create_shipment = 300".
    assert_eq!(can(O::New), [true, true, true, false]);
    assert_eq!(can(O::AwaitingConfirmation), [true, true, true, false]);
    assert_eq!(can(O::Approved), [false, false, true, true]);
    assert_eq!(can(O::AwaitingLabel), [false, false, true, false]);
    assert_eq!(can(O::ReadyToShipException), [false, false, true, false]);
    assert_eq!(can(O::CancellationRequested), [false, false, true, false]);
    assert_eq!(can(O::LabelError), [false, false, true, false]);
    for state in [
        O::Processing,
        O::Exception,
        O::ReadyToShip,
        O::Shipped,
        O::Completed,
    ] {
        assert_eq!(can(state), [false; 4], "{state:?}");
    }
}
