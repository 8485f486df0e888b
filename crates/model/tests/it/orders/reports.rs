//! Reports of other systems: kept whatever they say, followed as far as our rules allow.

use super::world::{ACCOUNT, OTHER, World, money};
use trackway_model::orders::{
    Body, Command, Condition, Count, Facet, InboundState as S, InboundType, Kind, Movement, Name,
    NewInbound, NewReport, PickupAddress, Record, RecordId, RecordQuery, Report, Says, Sort,
    ToldLevel,
};

const SECOND: i64 = 1_000_000;

fn report(code: &str, subject: &str, at: i64, says: Says) -> NewReport {
    NewReport {
        code: code.to_owned(),
        standing: format!("last of {subject}"),
        counts: vec![],
        counted_at: None,
        report: Report {
            connection: 3,
            dialect: "nandh".to_owned(),
            event: "AN_EVENT".to_owned(),
            subject: subject.to_owned(),
            at: Some(at * SECOND),
            says,
            about: None,
            standing: false,
            body: code.as_bytes().to_vec(),
        },
    }
}

fn stock(code: &str, at: i64, on_hand: i64) -> NewReport {
    let level = ToldLevel {
        on_hand: Some(on_hand),
        ..ToldLevel::default()
    };
    let warehouse = Some("WH-1".to_owned());
    report(code, "tea", at, Says::Stock { warehouse, level })
}

fn inbound(code: &str, at: i64, reference: Option<&str>, state: S) -> NewReport {
    let says = Says::Inbound {
        reference: reference.map(str::to_owned),
        state: Some(state),
    };
    report(code, "THEIRS-1", at, says)
}

fn counted(received: i64, damaged: i64, lost: i64) -> Condition {
    Condition {
        line: 0,
        received,
        damaged: [damaged, 0, 0],
        lost,
    }
}

fn take(world: &mut World, new: NewReport) -> RecordId {
    world.subject(&Command::Report(Box::new(new))).unwrap()
}

fn announced(world: &mut World, reference: Option<&str>, lines: &[(&str, i64)]) -> RecordId {
    let line =
        |(sku, quantity): &(&str, i64)| ((*sku).to_owned(), *quantity, money(1), String::new());
    world
        .subject(&Command::AnnounceInbound(Box::new(NewInbound {
            inbound_type: InboundType::PurchaseOrder,
            warehouse: world.warehouse,
            vendor: None,
            reference: reference.map(str::to_owned),
            note: String::new(),
            parcels: 1,
            additional_services: vec![],
            priority: false,
            documents: vec![],
            lines: lines.iter().map(line).collect(),
            estimated_delivery: None,
            extra: serde_json::Map::new(),
        })))
        .unwrap()
}

fn kept(world: &World, standing: bool) -> Vec<Record> {
    let query = RecordQuery {
        facets: vec![(Facet::Standing, vec![i64::from(standing)])],
        sort: Sort::OldestFirst,
        limit: 100,
        ..RecordQuery::of(Kind::Report)
    };
    world.ledger.query(ACCOUNT, &query).records
}

fn body(record: &Record) -> &Report {
    match &record.body {
        Body::Report(report) => report,
        other => panic!("{other:?}"),
    }
}

/// The address of the warehouse, known to the sender as `WH-1`; its code.
fn named_warehouse(world: &mut World) -> String {
    let place = PickupAddress {
        warehouse: Some("WH-1".to_owned()),
        ..super::world::place("FC", "provider")
    };
    world.change(world.warehouse, place).unwrap();
    world
        .record(Kind::PickupAddress, world.warehouse)
        .code
        .clone()
}

#[test]
fn every_message_is_kept_once_and_the_newest_stands() {
    let mut world = World::stocked(10);
    let first = take(&mut world, stock("A", 100, 4));
    assert_eq!(
        take(&mut world, stock("A", 100, 4)),
        first,
        "the same message"
    );
    take(&mut world, stock("C", 300, 6));
    take(&mut world, stock("B", 200, 5));
    let messages = kept(&world, false);
    let told: Vec<&[u8]> = messages.iter().map(|it| &*body(it).body).collect();
    assert_eq!(told, [b"A", b"C", b"B"]);
    let standing = kept(&world, true);
    assert_eq!(standing.len(), 1);
    assert_eq!(body(&standing[0]).body, b"C", "B is older");
    assert_eq!(standing[0].version, 2);
    for record in messages.iter().chain(&standing) {
        assert_eq!(body(record).about, Some(world.tea));
    }
    // Our own ledger says what it said.
    assert_eq!(world.figures(world.tea), [10, 0, 0, 0]);
}

#[test]
fn a_level_is_followed_where_the_sender_counts_ours() {
    let mut world = World::stocked(10);
    let place = named_warehouse(&mut world);
    let at = |new: NewReport| NewReport {
        counted_at: Some(place.clone()),
        ..new
    };
    world.place(world.asked(&[("tea", 3)])).unwrap();
    let id = take(&mut world, at(stock("A", 100, 25)));
    assert_eq!(world.figures(world.tea), [25, 3, 0, 0]);
    let last = *world.moves.last().unwrap();
    assert_eq!(
        (last.movement, last.quantity, last.cause),
        (Movement::Found, 15, id)
    );
    take(&mut world, at(stock("B", 90, 8)));
    assert_eq!(world.figures(world.tea), [25, 3, 0, 0], "older news");
    take(&mut world, at(stock("C", 110, 8)));
    assert_eq!(world.figures(world.tea), [8, 3, 0, 0]);
    take(&mut world, at(stock("D", 120, 0)));
    assert_eq!(world.figures(world.tea), [3, 3, 0, 0], "what is held stays");
    take(&mut world, at(stock("E", 130, 3)));
    assert_eq!(world.figures(world.tea), [3, 3, 0, 0]);
    // Another warehouse's, a place that nobody has, a level without a figure, an item that nobody has.
    let mut elsewhere = at(stock("F", 140, 99));
    elsewhere.report.says = Says::Stock {
        warehouse: Some("WH-2".to_owned()),
        level: ToldLevel {
            on_hand: Some(99),
            ..ToldLevel::default()
        },
    };
    let nowhere = NewReport {
        counted_at: Some("PK0".to_owned()),
        ..stock("G", 150, 99)
    };
    let mut figureless = at(stock("H", 160, 0));
    figureless.report.says = Says::Stock {
        warehouse: None,
        level: ToldLevel::default(),
    };
    let mut nobodys = at(stock("I", 170, 99));
    nobodys.report.subject = "coffee".to_owned();
    for new in [elsewhere, nowhere, figureless, nobodys] {
        take(&mut world, new);
        assert_eq!(world.figures(world.tea), [3, 3, 0, 0]);
    }
    assert_eq!(kept(&world, false).len(), 9);
}

#[test]
fn an_inbound_goes_as_far_as_it_is_told_and_counted() {
    let mut world = World::new();
    let id = announced(&mut world, Some("theirs-1"), &[("tea", 200)]);
    // By our reference, which is the sender's code.
    take(&mut world, inbound("A", 100, None, S::Received));
    let it = world.inbound(id);
    assert_eq!(it.state, S::Received);
    assert!(it.received.is_some());
    // Completed, but nobody says what came in: it waits for that.
    take(&mut world, inbound("B", 200, None, S::Completed));
    assert_eq!(world.inbound(id).state, S::Inspecting);
    assert_eq!(world.figures(world.tea), [0, 0, 200, 0]);
    let too_many = NewReport {
        counts: vec![Count {
            sku: None,
            condition: counted(190, 20, 0),
        }],
        ..inbound("C", 300, None, S::Completed)
    };
    take(&mut world, too_many);
    assert_eq!(world.inbound(id).state, S::Inspecting);
    let counts = vec![Count {
        sku: None,
        condition: counted(60, 20, 120),
    }];
    let all = NewReport {
        counts,
        ..inbound("D", 400, None, S::Completed)
    };
    take(&mut world, all);
    let it = world.inbound(id);
    assert_eq!(it.state, S::Completed);
    assert_eq!((it.received_quantity(), it.lost_quantity()), (60, 120));
    assert_eq!(world.figures(world.tea), [60, 0, 0, 20]);
    // What comes later finds it so, and is kept.
    take(&mut world, inbound("E", 500, None, S::Cancelled));
    assert_eq!(world.inbound(id).state, S::Completed);
    assert_eq!(kept(&world, false).len(), 5);
    assert_eq!(body(&kept(&world, true)[0]).about, Some(id));
}

#[test]
fn lines_are_counted_by_their_sku_and_codes_are_ours() {
    let mut world = World::new();
    let id = announced(&mut world, None, &[("tea", 10), ("cup", 5)]);
    let code = world.record(Kind::Inbound, id).code.clone();
    let count = |sku: &str, condition| Count {
        sku: Some(sku.to_owned()),
        condition,
    };
    let half = NewReport {
        counts: vec![
            count("tea", counted(9, 1, 0)),
            count("milk", counted(1, 0, 0)),
        ],
        ..inbound("A", 100, Some(&code), S::Inspecting)
    };
    take(&mut world, half);
    let it = world.inbound(id);
    assert_eq!((it.state, it.received_quantity()), (S::Inspecting, 9));
    // A whole of several lines says of none what came in.
    let whole = NewReport {
        counts: vec![Count {
            sku: None,
            condition: counted(15, 0, 0),
        }],
        ..inbound("B", 200, Some(&code), S::Completed)
    };
    take(&mut world, whole);
    assert_eq!(world.inbound(id).state, S::Inspecting);
    // The status of before is older news.
    let older = NewReport {
        counts: vec![count("cup", counted(5, 0, 0))],
        ..inbound("C", 150, Some(&code), S::Completed)
    };
    take(&mut world, older);
    assert_eq!(world.inbound(id).state, S::Inspecting);
    let rest = NewReport {
        counts: vec![count("cup", counted(5, 0, 0))],
        ..inbound("D", 300, Some(&code), S::Completed)
    };
    take(&mut world, rest);
    assert_eq!(world.inbound(id).state, S::Completed);
    assert_eq!(world.figures(world.cup), [5, 0, 0, 0]);
}

#[test]
fn an_inbound_is_called_off_while_nothing_came() {
    let mut world = World::new();
    let id = announced(&mut world, Some("THEIRS-1"), &[("tea", 10)]);
    take(&mut world, inbound("A", 100, None, S::Cancelled));
    assert_eq!(world.inbound(id).state, S::Cancelled);
    assert_eq!(world.figures(world.tea), [0, 0, 0, 0]);
    let other = announced(&mut world, Some("THEIRS-2"), &[("tea", 10)]);
    let of_other = |code, at, state| {
        let mut new = inbound(code, at, None, state);
        new.report.subject = "THEIRS-2".to_owned();
        new.standing = "last of theirs-2".to_owned();
        new
    };
    take(&mut world, of_other("B", 100, S::Received));
    take(&mut world, of_other("C", 200, S::Cancelled));
    assert_eq!(world.inbound(other).state, S::Received);
}

#[test]
fn nobody_hears_of_anothers_goods() {
    let mut world = World::new();
    let id = announced(&mut world, Some("THEIRS-1"), &[("tea", 10)]);
    let code = world.record(Kind::Inbound, id).code.clone();
    let new = inbound("A", 100, Some(&code), S::Received);
    let command = Command::Report(Box::new(new));
    let carried = world.carry_for(OTHER, &command).unwrap();
    assert_eq!(body(&carried.outcome.record.unwrap()).about, None);
    assert_eq!(world.inbound(id).state, S::New);
    assert!(kept(&world, false).is_empty());
    let name = Name::code("A");
    assert!(world.ledger.named(ACCOUNT, Kind::Report, &name).is_none());
}

#[test]
fn what_has_no_bounds_is_refused() {
    let mut world = World::new();
    let long = "x".repeat(256);
    for spoil in [
        (|new, long| new.report.subject = long) as fn(&mut NewReport, String),
        |new, _| new.report.subject = " ".to_owned(),
        |new, long| new.code = long,
        |new, _| new.report.body.clear(),
        |new, _| new.report.body = vec![b' '; (1 << 20) + 1],
    ] {
        let mut new = stock("A", 100, 1);
        spoil(&mut new, long.clone());
        let refused = world.carry(&Command::Report(Box::new(new)));
        assert!(refused.is_err());
    }
    assert!(kept(&world, false).is_empty());
}
