//! The catalogue by example: codes, names that are there once, references, what stays.

use super::world::{ACCOUNT, World, courier, item, money, place, product, said, shop};
use trackway_model::orders::{
    Body, Catalogued, Category, Command, CourierLink, Facet, Item, ItemPart, Kind, Name, NameKind,
    OrderType, Product, RecordId, Refusal,
};

#[test]
fn a_record_without_a_code_gets_one_of_its_id() {
    let world = World::new();
    for (kind, id, code) in [
        (
            Kind::PickupAddress,
            world.warehouse,
            format!("PK{}", 100_000 + world.warehouse.0),
        ),
        (
            Kind::Item,
            world.tea,
            format!("NHSINV900{:06}", world.tea.0),
        ),
        (Kind::Shop, world.shop, format!("SHOP{}", world.shop)),
    ] {
        let record = world.record(kind, id);
        assert_eq!(record.code, code);
        let found = world.ledger.named(ACCOUNT, kind, &Name::code(&code));
        assert_eq!(found.unwrap().id, id);
    }
    match &world.record(Kind::Item, world.tea).body {
        Body::Item(tea) => assert_eq!(tea.sku_uuid, format!("SUUIDV900{:07}", world.tea.0)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn names_are_there_once() {
    let mut world = World::new();
    let named = |code: &str, body: Body| {
        Command::Catalogue(Box::new(Catalogued {
            id: None,
            code: Some(code.to_owned()),
            body,
        }))
    };
    let again = world.carry(&named("ANY", item("tea").into())).unwrap_err();
    assert!(
        matches!(&again, Refusal::Duplicate { name, existing, .. }
            if name.kind == NameKind::Sku && *existing == world.tea),
        "{again}"
    );
    let first = world.subject(&named("ANY", item("milk").into())).unwrap();
    let second = world.carry(&named("ANY", item("sugar").into()));
    assert!(matches!(second, Err(Refusal::Duplicate { existing, .. }) if existing == first));
    // A code is a kind's.
    let elsewhere = courier("Else", false);
    world.carry(&named("ANY", elsewhere.into())).unwrap();
    // A product's SKU is its shop's.
    let parts = vec![ItemPart {
        item: world.tea,
        quantity: 1,
    }];
    let here = product(world.shop, "set", parts.clone());
    assert!(said(world.carry(&named("P1", here.into()))).contains("exists already"));
    let there = product(world.trade, "set", parts);
    world.carry(&named("P2", there.into())).unwrap();
    // A name that was given up is free.
    world.change(first, item("cream")).unwrap();
    world.put(item("milk"));
}

#[test]
fn what_is_named_is_the_accounts_own() {
    let mut world = World::new();
    let cases: Vec<(Body, &str)> = vec![
        (
            CourierLink {
                courier: RecordId(4_000),
                name: "L".to_owned(),
                active: true,
            }
            .into(),
            "there is no courier 4000",
        ),
        (
            Item {
                category: Some(RecordId(4_000)),
                ..item("milk")
            }
            .into(),
            "there is no category 4000",
        ),
        (
            product(world.shop, "milk", vec![]).into(),
            "parts: must be 1 to 1000, not 0",
        ),
        (
            product(
                world.shop,
                "milk",
                vec![ItemPart {
                    item: RecordId(4_000),
                    quantity: 1,
                }],
            )
            .into(),
            "there is no item 4000",
        ),
        (
            Item {
                weight: -1,
                ..item("milk")
            }
            .into(),
            "weight: must be 0 to 100000000, not -1",
        ),
        (
            Item {
                cost: money(-1),
                ..item("milk")
            }
            .into(),
            "cost: must be 0 to 1000000000000, not -1",
        ),
        (item(" ").into(), "sku: must not be empty"),
        (shop("", OrderType::B2c).into(), "name: must not be empty"),
        (
            place(&"x".repeat(256), "self").into(),
            "name: must be at most 255 characters long",
        ),
    ];
    let before = format!("{:?}", world.ledger);
    for (body, says) in cases {
        let refused = world.carry(&Command::Catalogue(Box::new(Catalogued {
            id: None,
            code: None,
            body,
        })));
        assert_eq!(said(refused), says);
    }
    assert_eq!(
        said(world.change(RecordId(4_000), item("milk"))),
        "there is no item 4000"
    );
    let order = unplaced();
    assert_eq!(
        said(world.carry(&Command::Catalogue(Box::new(Catalogued {
            id: None,
            code: None,
            body: order,
        })))),
        "kind: order records are made and changed by commands of their own"
    );
    assert_eq!(format!("{:?}", world.ledger), before);
}

/// An order that nobody placed here.
fn unplaced() -> Body {
    let mut other = World::stocked(1);
    let order = other.placed(&[("tea", 1)]);
    other.record(Kind::Order, order).body.clone()
}

#[test]
fn changed_only_where_it_is_different() {
    let mut world = World::new();
    let tea = match &world.record(Kind::Item, world.tea).body {
        Body::Item(it) => Item::clone(it),
        other => panic!("{other:?}"),
    };
    let same = world.change(world.tea, tea.clone()).unwrap();
    assert!(same.verdict.writes.is_empty());
    assert_eq!(same.outcome.record.unwrap().version, 1);
    let heavier = Item {
        weight: 120,
        ..tea.clone()
    };
    let changed = world.change(world.tea, heavier).unwrap();
    let record = changed.outcome.record.unwrap();
    assert_eq!((record.version, record.updated), (2, world.now));
    assert!(record.created < record.updated);
    match record.body {
        Body::Item(it) => assert_eq!(it.status_since, tea.status_since),
        other => panic!("{other:?}"),
    }
}

#[test]
fn whose_it_is_stays() {
    let mut world = World::new();
    let set = match &world.record(Kind::Product, world.set).body {
        Body::Product(it) => Product::clone(it),
        other => panic!("{other:?}"),
    };
    let moved = Product {
        shop: world.trade,
        ..set
    };
    let refused = world.change(world.set, moved).unwrap_err();
    assert!(
        matches!(
            refused,
            Refusal::InUse {
                facet: Facet::Shop,
                ..
            }
        ),
        "{refused}"
    );
}

#[test]
fn categories_stand_in_each_other_to_a_depth() {
    let mut world = World::new();
    let mut parent = None;
    for level in 1..=10 {
        let id = world.put(Category {
            name: format!("level {level}"),
            parent,
            level: 0,
        });
        match &world.record(Kind::Category, id).body {
            Body::Category(it) => assert_eq!(it.level, level),
            other => panic!("{other:?}"),
        }
        parent = Some(id);
    }
    let deeper = world.carry(&Command::Catalogue(Box::new(Catalogued {
        id: None,
        code: None,
        body: Category {
            name: "too deep".to_owned(),
            parent,
            level: 0,
        }
        .into(),
    })));
    assert_eq!(said(deeper), "parent: categories stand at most 10 deep");
}
