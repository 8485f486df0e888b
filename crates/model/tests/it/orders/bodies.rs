//! Records taken apart for the store and put together again: facts, personal members, names, facets.

use super::price::card;
use super::world::{World, party};
use trackway_model::Milestone;
use trackway_model::orders::{
    Body, Brand, Category, Command, Facet, File, InboundType, Kind, NameKind, NewInbound, NewOrder,
    NewReport, NewReturn, Record, RecordQuery, Report, ReturnReason, Says, Sort, ToldLevel, Unit,
    Who,
};

const NAMES: [&str; 4] = [
    "Test Receiver",
    "000 000 001",
    "Example.invalid",
    "1 Sample St",
];

/// One record of every kind, all of them as the rules made them.
fn one_of_each() -> (World, Vec<Record>) {
    let mut world = World::stocked(10);
    let new = NewOrder {
        number: Some("PO-1".to_owned()),
        note: "ring for Test Receiver".to_owned(),
        packaging_note: "a gift for Test Receiver".to_owned(),
        extra: serde_json::from_str(r#"{"tax_info":{"name":"Test Receiver"}}"#).unwrap(),
        ..world.asked(&[("set", 1)])
    };
    let order = world.place(new).unwrap();
    world.fulfilled(order, "W1");
    world.tell("W1", Milestone::Delivered);
    world
        .carry(&Command::RequestReturn(Box::new(NewReturn {
            order,
            warehouse: world.warehouse,
            reason_type: ReturnReason::Other,
            reason: "Test Receiver is away".to_owned(),
            pickup: Some(party("Test Receiver")),
            customer: None,
            lines: vec![],
            courier: None,
            courier_link: None,
            service: None,
            extra: serde_json::from_str(r#"{"asked_by":"Test Receiver"}"#).unwrap(),
        })))
        .unwrap();
    world
        .carry(&Command::AnnounceInbound(Box::new(NewInbound {
            inbound_type: InboundType::Transfer,
            warehouse: world.warehouse,
            vendor: Some(world.vendor),
            reference: Some("REF".to_owned()),
            note: String::new(),
            parcels: 1,
            additional_services: vec![],
            priority: true,
            documents: vec![],
            lines: vec![("tea".to_owned(), 1, super::world::money(1), String::new())],
            estimated_delivery: None,
            extra: serde_json::Map::new(),
        })))
        .unwrap();
    world.put(card());
    let name = "Snacks".to_owned();
    let category = world.put(Category {
        name: name.clone(),
        parent: None,
        level: 0,
    });
    world.put(Category {
        name: name.clone(),
        parent: Some(category),
        level: 0,
    });
    world.put(Brand { name: name.clone() });
    world.put(Unit { name });
    world.put(File {
        name: "bill.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        size: 4,
        bytes: b"%PDF".to_vec(),
    });
    let level = ToldLevel::default();
    let report = Report {
        connection: 1,
        dialect: "nandh".to_owned(),
        event: "STOCK".to_owned(),
        subject: "tea".to_owned(),
        at: None,
        says: Says::Stock {
            warehouse: None,
            level,
        },
        about: None,
        standing: false,
        body: b"by Test Receiver".to_vec(),
    };
    world
        .carry(&Command::Report(Box::new(NewReport {
            code: "R1".to_owned(),
            standing: "R2".to_owned(),
            report,
            counts: vec![],
            counted_at: None,
        })))
        .unwrap();
    let all = all_of(&world);
    (world, all)
}

fn all_of(world: &World) -> Vec<Record> {
    let all = Kind::ALL.iter().flat_map(|kind| {
        let query = RecordQuery {
            limit: 100,
            ..RecordQuery::of(*kind)
        };
        world.ledger.query(super::world::ACCOUNT, &query).records
    });
    all.collect()
}

/// The same, and some whose people wrote about others.
fn with_words() -> Vec<Record> {
    let (mut world, _) = one_of_each();
    let given_up = world.placed(&[("tea", 1)]);
    let fulfilment = world.fulfilled(given_up, "W2");
    let because = || Some("Test Receiver rang 000 000 001".to_owned());
    for command in [
        Command::CancelFulfilment {
            fulfilment,
            reason: because(),
            who: Who::Merchant,
        },
        Command::CancelOrder {
            order: given_up,
            reason: because(),
            who: Who::Merchant,
        },
    ] {
        world.carry(&command).unwrap();
    }
    all_of(&world)
}

#[test]
fn facts_and_personal_members_make_the_body_again() {
    let all = with_words();
    for kind in Kind::ALL {
        assert!(all.iter().any(|it| it.kind() == *kind), "no {kind}");
    }
    for record in all {
        let facts = record.body.facts();
        let mut body = Body::of_facts(record.kind(), &facts).unwrap();
        if let Some(personal) = record.body.personal() {
            assert_ne!(body, record.body, "{} has nothing sealed", record.kind());
            body.set_personal(&personal).unwrap();
        } else {
            assert!(body.set_personal(b"{}").is_err(), "{}", record.kind());
        }
        assert_eq!(body, record.body);
    }
}

#[test]
fn nobody_is_in_the_facts() {
    let all = with_words();
    for record in all {
        let facts = String::from_utf8(record.body.facts()).unwrap();
        for name in NAMES {
            assert!(!facts.contains(name), "{} tells {name}", record.kind());
        }
    }
}

#[test]
fn what_is_torn_says_what_it_is() {
    let torn = Body::of_facts(Kind::Order, b"{\"state\":1}").unwrap_err();
    assert!(
        torn.to_string()
            .starts_with("a stored order can't be read: ")
    );
    let mut shop = Body::from(super::world::shop(
        "S",
        trackway_model::orders::OrderType::B2c,
    ));
    assert!(shop.set_personal(b"{}").is_err());
}

#[test]
fn names_and_facets() {
    let (world, all) = one_of_each();
    let of = |kind: Kind| all.iter().find(|it| it.kind() == kind).unwrap();
    let texts = |kind: Kind, name: NameKind| {
        let names = of(kind).names().into_iter();
        let texts = names.filter(|it| it.kind == name).map(|it| it.text);
        texts.collect::<Vec<_>>()
    };
    assert_eq!(texts(Kind::Order, NameKind::Number), ["PO-1"]);
    assert_eq!(
        texts(Kind::Order, NameKind::Email),
        ["Receiver@Example.invalid"]
    );
    assert_eq!(texts(Kind::Fulfilment, NameKind::Waybill), ["W1"]);
    assert_eq!(texts(Kind::Product, NameKind::Sku), ["set"]);
    let order = of(Kind::Order);
    let facets = order.facets();
    for facet in [
        (Facet::All, 0),
        (Facet::Status, 21),
        (Facet::Shop, world.shop.0),
        (Facet::PickupAddress, world.warehouse.0),
        (Facet::Type, 1),
        (Facet::PaymentStatus, 1),
    ] {
        assert!(facets.contains(&facet), "{facet:?}");
    }
    assert!(
        of(Kind::Fulfilment)
            .facets()
            .contains(&(Facet::Parent, order.id.0))
    );
    assert!(
        of(Kind::Return)
            .facets()
            .contains(&(Facet::Parent, order.id.0))
    );
    for record in &all {
        let mut facets = record.facets();
        facets.sort_unstable();
        let count = facets.len();
        facets.dedup();
        assert_eq!(facets.len(), count, "{} has a facet twice", record.kind());
    }
}

#[test]
fn lists_find_what_they_are_asked_for() {
    let (mut world, _) = one_of_each();
    let second = world.placed(&[("tea", 1)]);
    let ids = |query: RecordQuery| {
        let page = world.ledger.query(super::world::ACCOUNT, &query);
        let ids: Vec<i64> = page.records.iter().map(|it| it.id.0).collect();
        (ids, page.total.count())
    };
    let orders = RecordQuery::of(Kind::Order);
    let (newest, total) = ids(orders.clone());
    assert_eq!((newest[0], total), (second.0, 2));
    let first = newest[1];
    let page = RecordQuery {
        sort: Sort::OldestFirst,
        offset: 1,
        limit: 1,
        ..orders.clone()
    };
    assert_eq!(ids(page), (vec![second.0], 2));
    let done = RecordQuery {
        facets: vec![
            (Facet::Status, vec![21, 20]),
            (Facet::Shop, vec![world.shop.0]),
        ],
        ..orders.clone()
    };
    assert_eq!(ids(done), (vec![first], 1));
    for (kind, text, finds) in [
        (NameKind::Number, "PO-1", 1),
        (NameKind::Number, "po-1", 0),
        (NameKind::Phone, "+84000000001", 2),
        (NameKind::Email, "receiver@example.invalid ", 2),
    ] {
        let named = RecordQuery {
            named: Some((kind, text.to_owned())),
            ..orders.clone()
        };
        assert_eq!(ids(named).1, finds, "{kind} {text}");
    }
    for (keyword, finds) in [("PO", 1), ("NHOV900", 2), ("+84", 0), ("Receiver", 0)] {
        let query = RecordQuery {
            keyword: Some(keyword.to_owned()),
            ..orders.clone()
        };
        assert_eq!(ids(query).1, finds, "{keyword}");
    }
    let created = world.record(Kind::Order, second).created;
    let before = RecordQuery {
        created: (None, Some(created)),
        ..orders.clone()
    };
    assert_eq!(ids(before).0, [first]);
    let from = RecordQuery {
        created: (Some(created), None),
        ..orders
    };
    assert_eq!(ids(from).0, [second.0]);
}
