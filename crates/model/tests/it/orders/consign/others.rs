//! Orders that another API made, changed through their carrier's own; and parcels that somebody else
//! carries for us under another number.

use super::super::world::{World, cod, money, said};
use super::desk::*;
use trackway_model::Milestone;
use trackway_model::orders::{
    Body, Command, Consigning, Deed, FulfilmentState, Kind, NameKind, OrderState, RecordId, Reply,
    Whence,
};

/// An order of another API with its parcel; `more` of it are in a parcel of their own.
fn shipped(world: &mut World, more: bool) -> (RecordId, RecordId) {
    let item = world.tea;
    world
        .count(item, trackway_model::orders::Movement::Found, 100)
        .unwrap();
    let mut new = world.asked(&[("tea", 3)]);
    new.number = Some("SO-1".to_owned());
    let total: i64 = 3 * 25_000;
    new.payments = vec![cod(total)];
    for line in &mut new.lines {
        (line.sale_price, line.discounted_price) = (money(25_000), money(25_000));
    }
    let order = world.place(new).unwrap();
    let lines: &[(u32, i64)] = if more { &[(1, 2)] } else { &[] };
    let id = world
        .fulfil(super::super::world::wanted(order, lines, "W1"))
        .unwrap();
    (order, id)
}

fn asked() -> Consigning {
    Consigning {
        name: Some("Somebody else".to_owned()),
        address: Some(address()),
        weight: Some(900),
        cod: Some(money(90_000)),
        note: Some("ring twice".to_owned()),
        extras: Some(vec!["NOTICE".to_owned()]),
        ..Consigning::default()
    }
}

#[test]
fn an_order_of_another_api_is_changed_and_stays_that_apis() {
    let mut world = world();
    let (order, id) = shipped(&mut world, false);
    let stock = world.figures(world.tea);
    change(&mut world, id, asked()).unwrap();
    let (after, fulfilment) = both(&world, id);
    let to = fulfilment.receiver.clone().unwrap();
    assert_eq!(
        (to.name.as_str(), to.address.line.as_str()),
        ("Somebody else", "9 Sample St")
    );
    assert_eq!(to.email, world_receiver_email(), "what was not named stays");
    assert_eq!(after.receiver, fulfilment.receiver, "all of it goes there");
    assert_eq!(after.number.as_deref(), Some("SO-1"));
    assert_eq!(
        (after.note.as_str(), fulfilment.cod),
        ("ring twice", money(90_000))
    );
    // What is collected beyond the goods is the shipping fee; what its parcels collect is what it asks.
    assert_eq!(
        (after.cod_to_collect(), after.total()),
        (money(90_000), money(90_000))
    );
    let consigned = fulfilment.consigned.as_deref().unwrap();
    assert!(!consigned.made && !consigned.document);
    assert_eq!((consigned.weight, consigned.declared), (900, money(75_000)));
    assert!(consigned.quote.is_some());
    assert!(fulfilment.made_by_carrier().is_none());
    assert_eq!(
        world.figures(world.tea),
        stock,
        "nothing of the stock moved"
    );
    // Less is collected, and nothing else of it is another.
    let less = Consigning {
        cod: Some(money(10_000)),
        ..Consigning::default()
    };
    change(&mut world, id, less).unwrap();
    let (after, fulfilment) = both(&world, id);
    assert_eq!(
        (after.cod_to_collect(), fulfilment.cod),
        (money(10_000), money(10_000))
    );
    assert_eq!(fulfilment.receiver.unwrap().name, "Somebody else");
    let none = Consigning {
        cod: Some(money(0)),
        ..Consigning::default()
    };
    change(&mut world, id, none).unwrap();
    assert_eq!(both(&world, id).0.payments, []);
    // It is given up as any of them: the order waits for another shipment.
    give_up(&mut world, id).unwrap();
    assert_eq!(world.state(order), OrderState::Approved);
}

fn world_receiver_email() -> Option<String> {
    super::super::world::party("any").email
}

#[test]
fn a_part_of_an_order_changes_its_own_receiver_only() {
    let mut world = world();
    let (order, id) = shipped(&mut world, true);
    let rest = super::super::world::wanted(order, &[], "W2");
    world.fulfil(rest).unwrap();
    let before = world.order(order).clone();
    let only = Consigning {
        cod: None,
        ..asked()
    };
    change(&mut world, id, only).unwrap();
    let (after, fulfilment) = both(&world, id);
    assert_eq!(fulfilment.receiver.unwrap().name, "Somebody else");
    assert_eq!(
        (after.receiver, after.payments),
        (before.receiver, before.payments)
    );
}

#[test]
fn what_another_api_gave_is_not_changed() {
    let mut world = world();
    let (order, id) = shipped(&mut world, false);
    let before = both(&world, id);
    let elsewhere = world.shelf;
    for (it, told) in [
        (
            Consigning {
                number: Some("SO-2".to_owned()),
                ..asked()
            },
            "number: is given by whoever made the order",
        ),
        (
            Consigning {
                pickup: Some(Whence::Id(elsewhere)),
                ..asked()
            },
            "pickup: is not where the goods are",
        ),
        (
            Consigning {
                service: Some("NONE".to_owned()),
                ..asked()
            },
            "there is no service `NONE`",
        ),
    ] {
        assert_eq!(said(change(&mut world, id, it)), told);
    }
    assert_eq!(both(&world, id), before, "nothing is half changed");
    // Its own number and place say nothing new.
    let same = Consigning {
        number: Some("SO-1".to_owned()),
        pickup: Some(Whence::Id(before.0.pickup)),
        ..asked()
    };
    change(&mut world, id, same).unwrap();
    world.tell("W1", Milestone::PickedUp);
    let late = said(change(&mut world, id, asked()));
    assert!(late.contains("is shipped"), "{late}");
    assert_eq!(world.state(order), OrderState::Shipped);
}

#[test]
fn what_somebody_else_carries_is_not_this_carriers_to_change() {
    let mut world = world();
    let item = world.tea;
    world
        .count(item, trackway_model::orders::Movement::Found, 100)
        .unwrap();
    let order = world.place(world.asked_by_fleet(&[("tea", 1)])).unwrap();
    let id = world.fulfilled(order, "OWN-1");
    let refused = said(change(&mut world, id, asked()));
    assert_eq!(refused, "fulfilment: is carried by somebody else");
}

fn answered(world: &mut World, fulfilment: RecordId, reply: Reply) -> Result<RecordId, String> {
    let command = Command::CarrierAnswered { fulfilment, reply };
    world.subject(&command).map_err(|it| it.to_string())
}

fn taken(number: &str) -> Reply {
    Reply::Taken {
        number: Some(number.to_owned()),
        cost: None,
    }
}

#[test]
fn the_number_of_whoever_carries_it_stands_beside_its_own() {
    let mut world = world();
    let id = consign(&mut world, wanted()).unwrap();
    let own = world.fulfilment(id).parcels[0].waybill.clone();
    answered(&mut world, id, taken("VD0000001")).unwrap();
    let it = world.fulfilment(id).clone();
    assert_eq!(it.parcels.len(), 1);
    assert_eq!(it.parcels[0].waybill, own);
    assert_eq!(it.number_upstream(), Some("VD0000001"));
    let names = world.record(Kind::Fulfilment, id).names();
    let mut numbers: Vec<_> = names
        .iter()
        .filter(|name| name.kind == NameKind::Waybill)
        .map(|name| name.text.as_str())
        .collect();
    numbers.sort_unstable();
    let mut expected = [own.as_str(), "VD0000001"];
    expected.sort_unstable();
    assert_eq!(numbers, expected, "found by both");
    // One that took our code over as its own has one number.
    let other = consign(&mut world, wanted()).unwrap();
    let own = world.fulfilment(other).parcels[0].waybill.clone();
    answered(&mut world, other, taken(&own)).unwrap();
    assert_eq!(world.fulfilment(other).number_upstream(), None);
    // A number that another record is tracked by is none.
    let third = consign(&mut world, wanted()).unwrap();
    let refused = answered(&mut world, third, taken(&own)).unwrap_err();
    assert!(refused.contains("exists already"), "{refused}");
}

#[test]
fn a_carrier_that_gives_a_consigned_parcel_up_closes_its_order() {
    let mut world = world();
    let it = Consigning {
        cod: Some(money(9_000)),
        ..wanted()
    };
    let id = consign(&mut world, it).unwrap();
    let own = world.fulfilment(id).parcels[0].waybill.clone();
    answered(&mut world, id, taken("VD0000001")).unwrap();
    world.tell(&own, Milestone::Cancelled);
    let (order, fulfilment) = both(&world, id);
    assert_eq!(fulfilment.state, FulfilmentState::Cancelled);
    assert_eq!(order.state, OrderState::CancelledBySystem);
    assert_eq!(order.cod_to_collect(), money(0));
}

#[test]
fn what_was_asked_of_a_carrier_is_stored_without_its_receiver() {
    let mut world = world();
    let (_, id) = shipped(&mut world, false);
    change(&mut world, id, asked()).unwrap();
    answered(&mut world, id, Reply::Done(Deed::Update)).unwrap();
    let body = &world.record(Kind::Fulfilment, id).body;
    let facts = String::from_utf8(body.facts()).unwrap();
    assert!(!facts.contains("Somebody else") && !facts.contains("9 Sample St"));
    let mut read = Body::of_facts(Kind::Fulfilment, &body.facts()).unwrap();
    read.set_personal(&body.personal().unwrap()).unwrap();
    assert_eq!(&read, body);
}
