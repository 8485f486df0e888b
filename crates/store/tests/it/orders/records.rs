//! Records made, changed, found and erased.

use super::world::*;
use crate::engines::{Engine, contract};
use crate::fixtures::*;
use trackway_model::change::{Change, RecordChange};
use trackway_model::orders::{
    Body, Catalogued, Command, Customer, Kind, Movement, Name, NameKind, NewReturn, Record,
    RecordId, RecordQuery, Refusal, ReturnReason, Sort, Total, Who,
};
use trackway_store::orders::Whose;
use trackway_testkit::eventually;

contract!(
    a_record_is_found_by_id_and_by_each_of_its_names,
    a_changed_record_is_found_by_its_new_names_only,
    another_account_sees_nothing,
    a_refused_command_leaves_nothing_and_holds_nobody_up,
    commands_of_one_call_build_on_each_other,
    the_ledger_is_read_back_page_by_page,
    the_feed_is_told_of_records_and_of_stock,
    persons_are_erased_with_their_names,
    an_erased_shipment_takes_the_receiver_along,
    an_order_is_erased_with_all_that_is_of_it,
    what_is_shown_is_what_stands,
);

async fn a_record_is_found_by_id_and_by_each_of_its_names(engine: Engine) {
    let world = World::stocked(engine.open().await, 10).await;
    let command = world.order("TEA", 2, Some("PO-1"));
    let order = world.subject(command).await;
    assert_eq!(world.record(Kind::Order, order.id).await, order);
    assert_eq!((order.version, order.created_by), (1, 7));
    let Body::Order(body) = &order.body else {
        panic!("{order:?}")
    };
    assert_eq!(body.receiver, Some(party()));
    let named = async |name: Name| {
        let found = world.store.record_named(world.account, Kind::Order, &name);
        found.await.unwrap()
    };
    for name in order.names() {
        assert_eq!(named(name.clone()).await.as_ref(), Some(&order), "{name:?}");
    }
    let account = RecordId(0);
    for (kind, text) in [
        (NameKind::Phone, "+84-000.000 (017)"),
        (NameKind::Email, " mai.example@EXAMPLE.invalid"),
    ] {
        let found = named(Name::new(kind, account, text)).await;
        assert_eq!(found.as_ref(), Some(&order), "{text}");
    }
    for name in [
        Name::new(NameKind::Number, account, "PO-1"),
        Name::new(NameKind::Number, world.shop, "po-1"),
        Name::new(NameKind::Phone, account, "+84000000018"),
        Name::code("PO-1"),
    ] {
        assert_eq!(named(name.clone()).await, None, "{name:?}");
    }
    let as_item = world.store.record(world.account, Kind::Item, order.id);
    assert_eq!(as_item.await.unwrap(), None);
    // And after a start.
    let World { store, account, .. } = world;
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    let found = store.record(account, Kind::Order, order.id).await.unwrap();
    assert_eq!(found, Some(order));
    assert_balanced(&store).await;
}

async fn a_changed_record_is_found_by_its_new_names_only(engine: Engine) {
    let world = World::new(engine.open().await).await;
    let long = "A title that is very long ".repeat(9);
    let change = |name: &str, sku: &str| {
        let mut body = item(sku);
        name.clone_into(&mut body.name);
        Command::Catalogue(Box::new(Catalogued {
            id: Some(world.tea),
            code: None,
            body: body.into(),
        }))
    };
    let named = async |kind: NameKind, text: &str| {
        let name = Name::new(kind, RecordId(0), text);
        let found = world.store.record_named(world.account, Kind::Item, &name);
        found.await.unwrap().map(|record| record.id)
    };
    for (name, sku) in [
        ("Green tea", "TEA-2"),
        (long.as_str(), "TEA-3"),
        ("Fine TEA", "TEA"),
    ] {
        let changed = world.subject(change(name, sku)).await;
        assert_eq!(changed.id, world.tea);
        assert_eq!(named(NameKind::Title, name).await, Some(world.tea));
        assert_eq!(named(NameKind::Sku, sku).await, Some(world.tea));
        assert_eq!(
            named(NameKind::Barcode, &format!("893-{sku}")).await,
            Some(world.tea)
        );
        for gone in ["TEA", "TEA-2", "TEA-3"].iter().filter(|it| **it != sku) {
            assert_eq!(named(NameKind::Sku, gone).await, None, "{gone}");
        }
    }
    // What one gave up another may take, in one call, and in its order.
    let answers = world
        .carry_all(vec![
            change("Green tea", "TEA-2"),
            new(item("TEA")),
            change("Fine TEA", "TEA"),
        ])
        .await;
    let [Ok(_), Ok(taken), Err(Refusal::Duplicate { existing, .. })] = answers.as_slice() else {
        panic!("{answers:?}")
    };
    assert_eq!(*existing, taken.record.as_ref().unwrap().id);
    assert_eq!(named(NameKind::Sku, "TEA-2").await, Some(world.tea));
    assert_eq!(world.record(Kind::Item, world.tea).await.version, 5);
    assert_balanced(&world.store).await;
}

async fn another_account_sees_nothing(engine: Engine) {
    let store = engine.open().await;
    let world = World::stocked(store.clone(), 10).await;
    let other = World::of(store.clone(), "another").await;
    let order = world.subject(world.order("TEA", 1, Some("PO-1"))).await;
    let seen = store.record(other.account, Kind::Order, order.id).await;
    assert_eq!(seen.unwrap(), None);
    for name in order.names() {
        let seen = store.record_named(other.account, Kind::Order, &name);
        assert_eq!(seen.await.unwrap(), None, "{name:?}");
    }
    let all = RecordQuery::of(Kind::Order);
    let page = store.records(other.account, &all);
    assert_eq!(page.await.unwrap().total, Total::Exact(0));
    assert_eq!(store.levels(other.account, &[world.tea]).await.unwrap(), []);
    let moved = store.movements(other.account, world.key(world.tea), 0, 10);
    assert_eq!(moved.await.unwrap(), []);
    let erased = store.erase_party(other.account, Whose::Record(order.id));
    assert_eq!(erased.await.unwrap(), 0);
    let foreign = Command::CancelOrder {
        order: order.id,
        reason: None,
        who: Who::Merchant,
    };
    let refusal = refused(other.carry(foreign).await);
    assert!(matches!(refusal, Refusal::Unknown { .. }), "{refusal:?}");
    let foreign = Command::Stock {
        key: world.key(world.tea),
        movement: Movement::Found,
        quantity: 1,
    };
    let refusal = refused(other.carry(foreign).await);
    assert!(matches!(refusal, Refusal::Unknown { .. }), "{refusal:?}");
    // Names are unique in an account, not over all.
    let same = other.put(item("ONE")).await;
    assert_ne!(same, world.put(item("ONE")).await);
    assert_eq!(world.record(Kind::Order, order.id).await, order);
}

async fn a_refused_command_leaves_nothing_and_holds_nobody_up(engine: Engine) {
    let world = World::stocked(engine.open().await, 5).await;
    let before = world.level(world.tea).await;
    let feed = all_changes(&world, 2).await.len();
    let answers = world
        .carry_all(vec![
            world.order("TEA", 6, None),
            world.order("NONE", 1, None),
            world.order("TEA", 0, None),
            world.order("TEA", 1_000_000_000_000, None),
        ])
        .await;
    assert!(answers.iter().all(Result::is_err), "{answers:?}");
    assert_eq!(world.level(world.tea).await, before);
    assert_eq!(orders(&world).await, []);
    assert_eq!(all_changes(&world, feed).await.len(), feed);
    let answers = world
        .carry_all(vec![
            world.order("TEA", 6, None),
            world.order("TEA", 2, None),
            world.order("TEA", 4, None),
            world.order("TEA", 3, None),
        ])
        .await;
    let done: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(done, [false, true, false, true]);
    assert_eq!(world.level(world.tea).await.available(), 0);
    assert_eq!(orders(&world).await.len(), 2);
    assert_balanced(&world.store).await;
}

async fn orders(world: &World) -> Vec<Record> {
    let query = RecordQuery {
        sort: Sort::OldestFirst,
        ..RecordQuery::of(Kind::Order)
    };
    let page = world.store.records(world.account, &query).await.unwrap();
    assert_eq!(page.total, Total::Exact(page.records.len() as u64));
    page.records
}

async fn commands_of_one_call_build_on_each_other(engine: Engine) {
    let world = World::stocked(engine.open().await, 100).await;
    let id = world.placed("TEA", 1).await;
    let cancel = || Command::CancelOrder {
        order: id,
        reason: Some("changed mind".to_owned()),
        who: Who::Merchant,
    };
    let answers = world
        .carry_all(vec![
            new(item("POT")),
            cancel(),
            cancel(),
            world.order("TEA", 3, Some("A")),
            world.order("TEA", 4, Some("A")),
        ])
        .await;
    let done: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(done, [true, true, false, true, false], "{answers:?}");
    assert_eq!(world.level(world.tea).await.reserved, 3);
    let cancelled = world.record(Kind::Order, id).await;
    assert_eq!(cancelled.version, 2);
    assert_balanced(&world.store).await;
}

async fn the_ledger_is_read_back_page_by_page(engine: Engine) {
    let world = World::stocked(engine.open().await, 10).await;
    let order = world.placed("TEA", 3).await;
    let cancel = Command::CancelOrder {
        order,
        reason: None,
        who: Who::Merchant,
    };
    world.carry(cancel).await.unwrap();
    let page = async |after, limit| {
        let key = world.key(world.tea);
        let page = world.store.movements(world.account, key, after, limit);
        page.await.unwrap()
    };
    let all = page(0, 10).await;
    let told: Vec<_> = all
        .iter()
        .map(|it| (it.number, it.movement.movement, it.movement.quantity, it.by))
        .collect();
    assert_eq!(
        told,
        [
            (1, Movement::Found, 10, 7),
            (2, Movement::Reserve, 3, 7),
            (3, Movement::Release, 3, 7),
        ]
    );
    assert_eq!(all[1].movement.cause, order);
    assert!(all.is_sorted_by_key(|it| it.at));
    assert_eq!(page(1, 1).await, all[1..2]);
    assert_eq!(page(3, 10).await, []);
    let level = world.level(world.tea).await;
    assert_eq!((level.on_hand, level.reserved), (10, 0));
}

async fn all_changes(world: &World, least: usize) -> Vec<RecordChange> {
    let found = feed(&world.store, least).await;
    let record = |change: Change| change.as_record().copied();
    found.into_iter().filter_map(|(_, it)| record(it)).collect()
}

async fn the_feed_is_told_of_records_and_of_stock(engine: Engine) {
    let world = World::stocked(engine.open().await, 10).await;
    let order = world.placed("TEA", 3).await;
    let changes = all_changes(&world, 4).await;
    let account = world.account;
    assert!(changes.iter().all(|change| change.account == account));
    let stock: Vec<_> = changes
        .iter()
        .filter(|change| change.kind == Kind::Item && change.record == world.tea)
        .collect();
    let numbers: Vec<u64> = stock.iter().map(|change| change.version).collect();
    assert_eq!(numbers, [1, 2]);
    assert_eq!(stock[1].warehouse, Some(world.warehouse));
    assert_eq!(stock[1].cause, Some(order));
    let placed = changes.iter().find(|change| change.kind == Kind::Order);
    let placed = placed.unwrap();
    assert_eq!(
        (placed.record, placed.before, placed.version),
        (order, None, 1)
    );
    let record = world.record(Kind::Order, order).await;
    assert_eq!((placed.after, placed.at), (record.status(), record.created));
}

async fn persons_are_erased_with_their_names(engine: Engine) {
    let world = World::stocked(engine.open().await, 10).await;
    let first = world.placed("TEA", 1).await;
    let second = world.placed("TEA", 1).await;
    let customer = world.put(Customer { party: party() }).await;
    let find = async |kind, name: NameKind, text: &str| {
        let name = Name::new(name, RecordId(0), text);
        let found = world.store.record_named(world.account, kind, &name);
        found.await.unwrap().map(|record| record.id)
    };
    assert_eq!(
        find(Kind::Customer, NameKind::Phone, PHONE).await,
        Some(customer)
    );
    let before = world.record(Kind::Order, first).await;
    let erase = async |whose| world.store.erase_party(world.account, whose).await.unwrap();
    assert_eq!(erase(Whose::Record(first)).await, 1);
    assert_eq!(erase(Whose::Record(first)).await, 0);
    assert_eq!(world.order_of(first).await.receiver, None);
    assert_eq!(world.order_of(second).await.receiver, Some(party()));
    assert_eq!(erase(Whose::Phone("+84 000 000 099".to_owned())).await, 0);
    assert_eq!(erase(Whose::Email(EMAIL.to_lowercase())).await, 2);
    assert_eq!(erase(Whose::Phone(PHONE.to_owned())).await, 0);
    for kind in [Kind::Order, Kind::Customer] {
        assert_eq!(find(kind, NameKind::Phone, PHONE).await, None);
        assert_eq!(find(kind, NameKind::Email, EMAIL).await, None);
    }
    let after = world.record(Kind::Order, first).await;
    assert_eq!(after.version, before.version + 1);
    assert_eq!((after.code, after.created), (before.code, before.created));
    assert_eq!(after.body.facts(), before.body.facts());
    // It goes on as an order.
    let cancel = Command::CancelOrder {
        order: first,
        reason: None,
        who: Who::Merchant,
    };
    world.carry(cancel).await.unwrap();
    assert_eq!(world.order_of(first).await.receiver, None);
    assert_balanced(&world.store).await;
}

async fn an_erased_shipment_takes_the_receiver_along(engine: Engine) {
    let world = World::stocked(engine.open().await, 10).await;
    let order = world.placed("TEA", 1).await;
    let fulfilment = world.fulfilled(order, "FG100").await;
    world.tell("FG100", "in_transit", 1).await;
    let tracks = world.store.find(world.account, Some(POST), "FG100").await;
    world.store.erase(tracks.unwrap()[0].id).await.unwrap();
    assert_eq!(world.order_of(order).await.receiver, None);
    assert_eq!(world.fulfilment(fulfilment).await.receiver, None);
    assert_balanced(&world.store).await;
}

async fn an_order_is_erased_with_all_that_is_of_it(engine: Engine) {
    let world = World::stocked(engine.open().await, 10).await;
    let order = world.placed("TEA", 2).await;
    let other = world.placed("TEA", 1).await;
    let fulfilments = [
        world.fulfilled(order, "FG1").await,
        world.fulfilled(other, "FG2").await,
    ];
    for at in [1, 2] {
        world
            .tell("FG1", ["in_transit", "delivered"][at - 1], at as i64)
            .await;
    }
    let wanted = NewReturn {
        order,
        warehouse: world.warehouse,
        reason_type: ReturnReason::WrongItem,
        reason: String::new(),
        pickup: Some(party()),
        customer: None,
        lines: Vec::new(),
        courier: None,
        courier_link: None,
        service: None,
        extra: serde_json::Map::new(),
    };
    let back = world
        .subject(Command::RequestReturn(Box::new(wanted)))
        .await
        .id;
    let erase = async |whose| world.store.erase_party(world.account, whose).await.unwrap();
    assert_eq!(erase(Whose::Whole(order)).await, 3);
    assert_eq!(erase(Whose::Whole(order)).await, 0);
    let mut erased = Vec::new();
    for (kind, id) in [
        (Kind::Order, order),
        (Kind::Fulfilment, fulfilments[0]),
        (Kind::Return, back),
    ] {
        let record = world.record(kind, id).await;
        assert_eq!(record.body.party(), None, "{kind}");
        let is_person = |name: &Name| name.kind.is_personal();
        assert!(!record.names().iter().any(is_person), "{kind}");
        erased.push((id, u64::from(record.version)));
    }
    // The other order of the same person is another matter.
    assert_eq!(world.order_of(other).await.receiver, Some(party()));
    assert!(world.fulfilment(fulfilments[1]).await.receiver.is_some());
    for (kind, found) in [(Kind::Order, Some(other)), (Kind::Return, None)] {
        let phone = Name::new(NameKind::Phone, RecordId(0), PHONE);
        let by_phone = world.store.record_named(world.account, kind, &phone).await;
        assert_eq!(by_phone.unwrap().map(|record| record.id), found, "{kind}");
    }
    // As of an erased shipment nothing is told: no state has changed.
    let last = world.placed("TEA", 1).await;
    let told = eventually("the last order is told of", LIMIT, async || {
        let found = world.store.changes(&[], 100_000).await.unwrap();
        let told = found.iter().filter_map(|(_, change)| change.as_record());
        let told: Vec<_> = told.map(|it| (it.record, it.version)).collect();
        told.contains(&(last, 1)).then_some(told)
    });
    let told = told.await.unwrap();
    assert!(
        erased.iter().all(|version| !told.contains(version)),
        "{told:?}"
    );
    assert_balanced(&world.store).await;
}

async fn what_is_shown_is_what_stands(engine: Engine) {
    let world = World::stocked(engine.open().await, 10).await;
    let order = world.placed("TEA", 1).await;
    let wanted = [
        (Kind::Order, order),
        (Kind::Shop, world.shop),
        (Kind::PickupAddress, world.warehouse),
        (Kind::Item, world.shop),
        (Kind::Item, RecordId(424_242)),
    ];
    let shown = async |account| {
        let found = world.store.several(account, &wanted).await.unwrap();
        let mut found: Vec<Record> = found.iter().map(|it| Record::clone(it)).collect();
        found.sort_by_key(Record::kind);
        found
    };
    let stands = async || {
        [
            world.record(Kind::Shop, world.shop).await,
            world.record(Kind::PickupAddress, world.warehouse).await,
            world.record(Kind::Order, order).await,
        ]
    };
    for name in ["Corner", "Second Corner", "Third Corner"] {
        let renamed = Catalogued {
            id: Some(world.shop),
            code: None,
            body: shop(name).into(),
        };
        world
            .carry(Command::Catalogue(Box::new(renamed)))
            .await
            .unwrap();
        for _ in 0..2 {
            assert_eq!(shown(world.account).await, stands().await);
        }
    }
    let erased = world.store.erase_party(world.account, Whose::Record(order));
    assert_eq!(erased.await.unwrap(), 1);
    assert_eq!(shown(world.account).await, stands().await);
    let other = world.store.account("other", START).await.unwrap().id;
    assert_eq!(shown(other).await, []);
}
