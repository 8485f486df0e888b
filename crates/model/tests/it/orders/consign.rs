//! Parcels consigned through a carrier's own API: made, priced, changed, given up, and answered for.

mod desk;
mod others;

use super::world::{ACCOUNT, OTHER, cod, money, said};
use desk::*;
use proptest::prelude::*;
use trackway_model::Milestone;
use trackway_model::address::Level;
use trackway_model::orders::{
    Body, CarrierAnswer, Command, Consigning, Content, Decimal, FULFILMENT, FulfilmentState, Kind,
    Name, OrderState, Package, PaymentStatus, Refusal, State, Whence, Who, Wish,
};

#[test]
fn order_shipment_and_shop_are_made_in_one() {
    let mut world = world();
    let id = consign(
        &mut world,
        Consigning {
            cod: Some(money(150_000)),
            number: Some("SO-1".to_owned()),
            ..wanted()
        },
    )
    .unwrap();
    let (order, fulfilment) = both(&world, id);
    assert_eq!(order.state, OrderState::Processing);
    assert_eq!(fulfilment.state, FulfilmentState::Unfulfilled);
    assert_eq!(
        (order.source.as_str(), order.total()),
        ("fastgo-api", money(150_000))
    );
    assert_eq!(order.payments, [cod(150_000)]);
    assert_eq!(
        (fulfilment.cod, fulfilment.order_number.as_str()),
        (money(150_000), "SO-1")
    );
    let code = &world.record(Kind::Order, fulfilment.order).code;
    assert_eq!(
        &fulfilment.parcels[0].waybill, code,
        "tracked under the order's code"
    );
    let shop = Name::code("FASTGO");
    let shop = world.ledger.named(ACCOUNT, Kind::Shop, &shop).unwrap().id;
    assert_eq!(order.shop, shop);
    let second = consign(&mut world, wanted()).unwrap();
    assert_eq!(world.fulfilment(second).shop, shop, "one shop for all");
}

#[test]
fn what_it_costs_follows_from_the_card() {
    let mut world = world();
    let id = consign(
        &mut world,
        Consigning {
            extras: Some(vec!["NOTICE".to_owned()]),
            ..wanted()
        },
    )
    .unwrap();
    let consigned = world.fulfilment(id).consigned.clone().unwrap();
    let quote = consigned.quote.unwrap();
    // 16000, 24 % of it, 6000, 8 % of 25840 is 2067.2.
    assert_eq!(
        (quote.freight, quote.fuel, quote.vat),
        (money(16_000), money(3_840), money(2_067))
    );
    assert_eq!(quote.extras[0].price, money(6_000));
    assert_eq!(quote.total, money(27_907));
    assert!(consigned.document, "light, and worth nothing");
}

/// 247express.md §4.2: 32000 + 6400 + 9216 + 3809 = 51425.
#[test]
fn the_seeds_price_is_reckoned_to_the_dong() {
    let mut card = rates();
    card.zones[0].steps[0].1 = money(32_000);
    card.remote = vec![766];
    card.remote_fee = money(6_400);
    let of = trackway_model::orders::Consignment {
        from: super::price::old(Level::Province, 79),
        to: super::price::old(Level::District, 766),
        weight: 100,
        ..Default::default()
    };
    let quote = card.quote_with(&of, &[]).unwrap();
    assert_eq!(
        (quote.fuel, quote.vat, quote.total),
        (money(9_216), money(3_809), money(51_425))
    );
}

#[test]
fn a_mistake_names_its_member() {
    let mut world = world();
    let with = |change: fn(&mut Consigning)| {
        let mut it = wanted();
        change(&mut it);
        it
    };
    let cases = [
        (
            with(|it| it.address = None),
            "receiver.address.line: must not be empty",
        ),
        (
            with(|it| it.service = Some("NONE".to_owned())),
            "there is no service `NONE`",
        ),
        (
            with(|it| it.extras = Some(vec!["GIFT".to_owned()])),
            "extras: `GIFT` is not offered",
        ),
        (
            with(|it| it.weight = Some(10_i64.pow(12))),
            "weight: must be",
        ),
        (
            with(|it| it.length = Some(money(10_i64.pow(9)))),
            "length: must be",
        ),
        (with(|it| it.pieces = Some(0)), "pieces: must be"),
        (
            with(|it| it.pieces = Some(2)),
            "packages: 0 are given for a quantity of 2",
        ),
        (
            with(|it| it.packages = Some(vec![Package::default(), Package::default()])),
            "packages: 2 are given for a quantity of 1",
        ),
        (
            with(|it| it.weight = Some(2_500)),
            "declared: must be given for goods",
        ),
        (
            with(|it| (it.weight, it.document) = (Some(2_500), Some(true))),
            "document: 2500 g are no document",
        ),
        (
            with(|it| it.document = Some(false)),
            "declared: must be given for goods",
        ),
        (
            with(|it| it.extras = Some(vec!["INS".to_owned()])),
            "declared: must be given for what is insured",
        ),
        (with(|it| it.cop = Some(money(-1))), "cop: must be"),
        (
            with(|it| it.pickup = Some(Whence::Code("NOWHERE".to_owned()))),
            "there is no pickup_address `NOWHERE`",
        ),
    ];
    let from_nowhere = said(world.carry(&Command::Consign {
        wanted: Box::new(wanted()),
        terms: &TERMS,
    }));
    assert_eq!(from_nowhere, "pickup: must be given");
    for (it, told) in cases {
        let refused = said(consign(&mut world, it));
        assert!(refused.starts_with(told), "{refused} is not {told}");
    }
}

#[test]
fn packages_give_weight_and_size_where_nothing_else_does() {
    let mut world = world();
    let package = |weight| Package {
        id: String::new(),
        sides: Some([money(60), money(60), money(60)]),
        weight: Some(weight),
    };
    let id = consign(
        &mut world,
        Consigning {
            weight: None,
            pieces: Some(2),
            packages: Some(vec![package(1_000), package(2_000)]),
            declared: Some(money(1)),
            ..wanted()
        },
    )
    .unwrap();
    let consigned = world.fulfilment(id).consigned.clone().unwrap();
    assert_eq!(consigned.weight, 3_000);
    // 60 × 60 × 60 / 6000 is 36 kg.
    assert_eq!(consigned.quote.unwrap().charged_weight, 72_000);
}

#[test]
fn codes_and_numbers_are_given_once() {
    let mut world = world();
    let it = Consigning {
        code: Some("VD0000001".to_owned()),
        number: Some("SO-1".to_owned()),
        ..wanted()
    };
    consign(&mut world, it.clone()).unwrap();
    let again = said(consign(
        &mut world,
        Consigning {
            number: None,
            ..it.clone()
        },
    ));
    assert_eq!(again, "a fulfilment `VD0000001` exists already");
    let again = said(consign(&mut world, Consigning { code: None, ..it }));
    assert_eq!(again, "a order `SO-1` exists already");
}

#[test]
fn what_is_left_out_of_a_change_stays() {
    let mut world = world();
    let id = consign(
        &mut world,
        Consigning {
            cod: Some(money(150_000)),
            note: Some("fragile".to_owned()),
            contents: Some(vec![Content {
                sku: "tea".to_owned(),
                name: "Tea".to_owned(),
                quantity: 2,
                price: money(70_000),
            }]),
            ..wanted()
        },
    )
    .unwrap();
    let before = both(&world, id);
    assert_eq!(
        before.0.total(),
        money(150_000),
        "goods, and the rest is shipping"
    );
    change(&mut world, id, Consigning::default()).unwrap();
    assert_eq!(both(&world, id), before);
    let heavier = Consigning {
        weight: Some(600),
        phone: Some("0900000001".to_owned()),
        ..Consigning::default()
    };
    change(&mut world, id, heavier).unwrap();
    let (order, fulfilment) = both(&world, id);
    let consigned = fulfilment.consigned.unwrap();
    assert_eq!(consigned.quote.unwrap().freight, money(21_000));
    assert_eq!(
        (order.note.as_str(), order.cod_to_collect()),
        ("fragile", money(150_000))
    );
    assert_eq!(
        fulfilment.receiver.unwrap().phone.as_deref(),
        Some("0900000001")
    );
}

#[test]
fn nobody_changes_or_gives_up_what_was_picked_up() {
    let mut world = world();
    let id = consign(&mut world, wanted()).unwrap();
    let number = world.fulfilment(id).parcels[0].waybill.clone();
    world.tell(&number, Milestone::PickedUp);
    let refused = said(change(&mut world, id, Consigning::default()));
    assert!(refused.contains("is shipped"), "{refused}");
    assert!(said(give_up(&mut world, id)).contains("is shipped"));
}

#[test]
fn giving_up_closes_the_order() {
    let mut world = world();
    let id = consign(
        &mut world,
        Consigning {
            cod: Some(money(9_000)),
            ..wanted()
        },
    )
    .unwrap();
    give_up(&mut world, id).unwrap();
    let (order, fulfilment) = both(&world, id);
    assert_eq!(fulfilment.state, FulfilmentState::Cancelled);
    assert_eq!(order.state, OrderState::CancelledBySeller);
    assert_eq!(order.cancel_reason.as_deref(), Some("no longer wanted"));
    assert_eq!(order.payment_status(), PaymentStatus::CodCancelled);
    assert!(give_up(&mut world, id).is_err(), "once");
}

#[test]
fn a_wish_moves_what_waits_and_nothing_else() {
    for wish in Wish::ALL.iter().copied() {
        let mut world = world();
        let id = consign(&mut world, wanted()).unwrap();
        let number = world.fulfilment(id).parcels[0].waybill.clone();
        let refused = said(answer(&mut world, id, wish));
        assert!(refused.contains("is unfulfilled"), "{wish}: {refused}");
        world.tell(&number, Milestone::OutForDelivery);
        world.tell(&number, Milestone::PendingHandling);
        assert_eq!(world.fulfilment(id).state, FulfilmentState::AttemptFailed);
        let by_hand = Command::MoveFulfilment {
            fulfilment: id,
            to: wish.leads_to(),
            who: Who::Merchant,
            waybill: None,
            weighed: None,
        };
        assert!(world.carry(&by_hand).is_err(), "{wish}: only in answer");
        answer(&mut world, id, wish).unwrap();
        let after = world.fulfilment(id);
        assert_eq!(after.state, wish.leads_to(), "{wish}");
        assert_eq!(
            (after.wishes[0].wish, after.wishes[0].note.as_str()),
            (wish, "please")
        );
        let line = &after.receiver.as_ref().unwrap().address.line;
        assert_eq!(line == "1 Other St", wish.goes_elsewhere());
    }
}

#[test]
fn elsewhere_must_be_said() {
    let mut world = world();
    let id = consign(&mut world, wanted()).unwrap();
    let number = world.fulfilment(id).parcels[0].waybill.clone();
    world.tell(&number, Milestone::PendingHandling);
    let nowhere = CarrierAnswer {
        wish: Wish::Forward,
        name: None,
        phone: None,
        address: None,
        delivery_time: None,
        note: String::new(),
    };
    let refused = said(world.carry(&Command::AnswerCarrier {
        fulfilment: id,
        answer: Box::new(nowhere),
    }));
    assert_eq!(refused, "address: must be given");
}

#[test]
fn another_accounts_parcel_is_none() {
    let mut world = world();
    let id = consign(&mut world, wanted()).unwrap();
    let cancel = Command::CancelFulfilment {
        fulfilment: id,
        reason: None,
        who: Who::Merchant,
    };
    let refused = world.carry_for(OTHER, &cancel).unwrap_err();
    assert!(matches!(
        refused,
        Refusal::Unknown {
            kind: Kind::Fulfilment,
            ..
        }
    ));
}

#[test]
fn a_body_that_is_stored_comes_back() {
    let mut world = world();
    let id = consign(&mut world, wanted()).unwrap();
    let body = &world.record(Kind::Fulfilment, id).body;
    let mut read = Body::of_facts(Kind::Fulfilment, &body.facts()).unwrap();
    assert!(
        !String::from_utf8(body.facts())
            .unwrap()
            .contains("A receiver")
    );
    read.set_personal(&body.personal().unwrap()).unwrap();
    assert_eq!(&read, body);
}

proptest! {
    /// Its parts are all of a price, and each is whole.
    #[test]
    fn parts_make_the_total(grams in 0_i64..40_000, side in 0_i64..120, extra: bool, percent in 0_i64..40) {
        let mut card = rates();
        card.fuel_percent = Decimal::new(percent, 1);
        let of = trackway_model::orders::Consignment {
            weight: grams,
            volume: money(side * side * side),
            ..Default::default()
        };
        let extras: &[&str] = if extra { &["NOTICE"] } else { &[] };
        let quote = card.quote_with(&of, extras).unwrap();
        let more: Decimal = quote.extras.iter().map(|it| it.price).sum();
        let parts = quote.freight + quote.remote + quote.fuel + quote.cod + quote.insurance + more;
        prop_assert_eq!(parts + quote.vat + quote.rounding, quote.total);
        prop_assert!(quote.fuel.fract().is_zero() && quote.vat.fract().is_zero());
        prop_assert!(quote.charged_weight >= grams);
    }

    /// Whatever is told and wished, it stays in its table, and what is final stays.
    #[test]
    fn a_consigned_parcel_never_leaves_its_table(steps in prop::collection::vec((0_usize..7, 0_usize..5), 1..24)) {
        const TOLD: [Milestone; 6] = [
            Milestone::PickedUp,
            Milestone::InTransit,
            Milestone::OutForDelivery,
            Milestone::PendingHandling,
            Milestone::Returning,
            Milestone::Delivered,
        ];
        let mut world = world();
        let id = consign(&mut world, wanted()).unwrap();
        let number = world.fulfilment(id).parcels[0].waybill.clone();
        for (step, wish) in steps {
            let before = world.fulfilment(id).clone();
            match TOLD.get(step) {
                Some(milestone) => drop(world.tell(&number, *milestone)),
                None => drop(answer(&mut world, id, Wish::ALL[wish])),
            }
            let after = world.fulfilment(id);
            let legal = |who: &Who| FULFILMENT.find(before.state, after.state, *who).is_some();
            prop_assert!(before.state == after.state || Who::ALL.iter().any(legal));
            prop_assert!(!FULFILMENT.is_final(before.state) || before.state == after.state);
            prop_assert!(after.wishes.len() >= before.wishes.len());
            prop_assert!(FulfilmentState::ALL.contains(&after.state), "{}", after.state.name());
        }
    }
}
