//! Lists: every way of reading one finds what looking at all records finds.

use super::world::*;
use crate::copy::runner;
use crate::engines::{Engine, contract};
use crate::fixtures::{START, config};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use trackway_model::orders::{
    Command, Facet, Kind, Name, NameKind, OrderState, Payment, PaymentMethod, PaymentStatus,
    Record, RecordPlace, RecordQuery, Sort, Total, Who,
};
use trackway_store::StoreConfig;

contract!(
    lists_find_what_looking_at_all_finds,
    any_facets_any_page_any_way,
    what_all_meet_is_counted_without_a_look,
    pages_follow_each_other,
    a_place_holds_whatever_comes_and_goes,
    a_keyword_finds_beginnings_of_names,
    counts_hold_after_every_command,
);

/// Orders of two shops in several states.
async fn filled(engine: &Engine) -> (World, Vec<Record>) {
    filled_as(engine, config()).await
}

async fn filled_as(engine: &Engine, config: StoreConfig) -> (World, Vec<Record>) {
    let world = World::stocked(engine.open_with(config).await.unwrap(), 1_000).await;
    let second = world.put(shop("Second")).await;
    let mut ids = Vec::new();
    for n in 0..60_i64 {
        let number = format!("PO-{n:03}");
        let Command::PlaceOrder(mut new) = world.order("TEA", 1 + n % 2, Some(&number)) else {
            panic!("an order")
        };
        if n % 3 == 0 {
            new.shop = second;
        }
        new.approve = n % 4 != 0;
        if n % 7 < 2 {
            new.payments.push(paid(&new));
        }
        ids.push(world.subject(Command::PlaceOrder(new)).await.id);
    }
    for id in ids.iter().skip(1).step_by(5) {
        let cancel = Command::CancelOrder {
            order: *id,
            reason: None,
            who: Who::Merchant,
        };
        world.carry(cancel).await.unwrap();
    }
    let mut records = Vec::new();
    for id in ids {
        records.push(world.record(Kind::Order, id).await);
    }
    (world, records)
}

/// All that an order costs, paid.
fn paid(new: &trackway_model::orders::NewOrder) -> Payment {
    Payment {
        status: PaymentStatus::Paid,
        method: PaymentMethod::BankTransfer,
        amount: new
            .lines
            .iter()
            .map(|line| {
                line.discounted_price * trackway_model::orders::Decimal::from(line.quantity)
            })
            .sum(),
    }
}

fn fits(query: &RecordQuery, record: &Record) -> bool {
    let facets = record.facets();
    let within = |(from, before): (Option<i64>, Option<i64>), at: i64| {
        from.is_none_or(|from| at >= from) && before.is_none_or(|before| at < before)
    };
    let has = |(facet, values): &(Facet, Vec<i64>)| {
        let of = |(at, value): &(Facet, i64)| at == facet && values.contains(value);
        facets.iter().any(of)
    };
    let named = |(kind, text): &(NameKind, String)| {
        let is = |name: &Name| name.kind == *kind && name.text == *text;
        record.names().iter().any(is)
    };
    query.facets.iter().all(has)
        && within(query.created, record.created)
        && within(query.updated, record.updated)
        && query.named.as_ref().is_none_or(named)
}

/// How far the filter of a list may be from what facets have ranges for.
fn is_counted(query: &RecordQuery) -> bool {
    let mut facets: Vec<Facet> = query.facets.iter().map(|(facet, _)| *facet).collect();
    facets.sort_unstable();
    facets.dedup();
    let bounded = query.created != (None, None) || query.updated != (None, None);
    !bounded && facets.len() <= 2 && !facets.contains(&Facet::Type)
}

fn expected(query: &RecordQuery, records: &[Record]) -> Vec<Record> {
    let mut found: Vec<Record> = records
        .iter()
        .filter(|it| fits(query, it))
        .cloned()
        .collect();
    found.sort_by_key(|it| match query.sort {
        Sort::NewestFirst => (-it.created, -it.id.0),
        Sort::OldestFirst => (it.created, it.id.0),
        Sort::LastUpdatedFirst => (-it.updated, -it.id.0),
        Sort::LongestUnchangedFirst => (it.updated, it.id.0),
    });
    found
}

async fn lists_find_what_looking_at_all_finds(engine: Engine) {
    let (world, records) = filled(&engine).await;
    let shops: Vec<i64> = records
        .iter()
        .flat_map(Record::facets)
        .filter(|(facet, _)| *facet == Facet::Shop)
        .map(|(_, shop)| shop)
        .collect();
    let (first, second) = (shops[1], shops[0]);
    assert_ne!(first, second);
    let status = |states: &[OrderState]| {
        let values = states.iter().map(|it| *it as i64).collect();
        (Facet::Status, values)
    };
    let facets: Vec<Vec<(Facet, Vec<i64>)>> = vec![
        vec![],
        vec![(Facet::Shop, vec![second])],
        vec![(Facet::Shop, vec![first, second])],
        vec![(Facet::Shop, vec![424_242])],
        vec![status(&[OrderState::Approved])],
        vec![status(&[OrderState::New, OrderState::CancelledBySeller])],
        vec![(Facet::Shop, vec![first]), status(&[OrderState::Approved])],
        vec![
            (Facet::PickupAddress, vec![world.warehouse.0]),
            (Facet::Shop, vec![second, first]),
            status(&[OrderState::New, OrderState::Approved]),
        ],
    ];
    let middle = records[30].created;
    let bounds = [
        ((None, None), (None, None)),
        ((Some(middle), None), (None, None)),
        ((Some(START), Some(middle)), (None, None)),
        ((None, None), (Some(records[59].updated), None)),
        ((None, Some(middle)), (Some(middle), None)),
    ];
    let names = [
        None,
        Some((NameKind::Number, "PO-007".to_owned())),
        Some((NameKind::Phone, PHONE.to_owned())),
        Some((NameKind::Phone, "+84 1".to_owned())),
    ];
    let sorts = [
        Sort::NewestFirst,
        Sort::OldestFirst,
        Sort::LastUpdatedFirst,
        Sort::LongestUnchangedFirst,
    ];
    for facets in &facets {
        for (created, updated) in bounds {
            for named in &names {
                for sort in sorts {
                    let query = RecordQuery {
                        facets: facets.clone(),
                        created,
                        updated,
                        named: named.clone(),
                        sort,
                        limit: 7,
                        offset: 3,
                        ..RecordQuery::of(Kind::Order)
                    };
                    let wanted = expected(&query, &records);
                    let page = world.store.records(world.account, &query).await.unwrap();
                    assert_eq!(page.total, Total::Exact(wanted.len() as u64), "{query:?}");
                    let wanted: Vec<_> = wanted.into_iter().skip(3).take(7).collect();
                    assert_eq!(page.records, wanted, "{query:?}");
                }
            }
        }
    }
}

/// Every filter by what the records have, and by what nobody has.
fn queries(records: &[Record]) -> impl Strategy<Value = RecordQuery> {
    let mut facets = std::collections::BTreeMap::<Facet, Vec<i64>>::new();
    let of_records = records.iter().flat_map(Record::facets);
    for (facet, value) in of_records.filter(|(facet, _)| *facet != Facet::All) {
        facets.entry(facet).or_insert_with(|| vec![-1]).push(value);
    }
    for values in facets.values_mut() {
        values.sort_unstable();
        values.dedup();
    }
    let facets: Vec<(Facet, Vec<i64>)> = facets.into_iter().collect();
    let demand = select(facets).prop_flat_map(|(facet, values)| {
        let most = values.len();
        subsequence(values, 1..=most).prop_map(move |values| (facet, values))
    });
    let mut times: Vec<i64> = records.iter().map(|it| it.created).collect();
    times.extend(records.iter().map(|it| it.updated));
    let bounds = move || {
        let times = times.clone();
        prop_oneof![
            2 => Just((None, None)),
            1 => (any::<bool>(), any::<bool>(), select(times.clone()), select(times))
                .prop_map(|(a, b, from, before)| (a.then_some(from), b.then_some(before))),
        ]
    };
    let sort = select(vec![
        Sort::NewestFirst,
        Sort::OldestFirst,
        Sort::LastUpdatedFirst,
        Sort::LongestUnchangedFirst,
    ]);
    let page = (
        0..70_u64,
        0..12_u32,
        proptest::option::weighted(0.3, 0..60_usize),
    );
    let records = records.to_vec();
    let facets = proptest::collection::vec(demand, 0..4);
    (facets, bounds(), bounds(), sort, page).prop_map(
        move |(facets, created, updated, sort, (offset, limit, after))| RecordQuery {
            facets,
            created,
            updated,
            sort,
            after: after.map(|at| sort.place(&records[at])),
            offset: if after.is_some() { offset % 4 } else { offset },
            limit,
            ..RecordQuery::of(Kind::Order)
        },
    )
}

/// With so few records gathered that ranges are gone along, too.
async fn any_facets_any_page_any_way(engine: Engine) {
    let few = StoreConfig {
        gathered: 9,
        ..config()
    };
    let (world, records) = filled_as(&engine, few).await;
    let queries = queries(&records);
    let mut runner = runner();
    let (mut exact, mut estimated) = (0, 0);
    for _ in 0..400 {
        let query = queries.new_tree(&mut runner).unwrap().current();
        let fitting = expected(&query, &records);
        let place = |it: &Record| query.sort.place(it);
        let behind = |it: &&Record| match query.after {
            None => true,
            Some(last) if query.sort.is_descending() => place(it) < last,
            Some(last) => place(it) > last,
        };
        let page: Vec<Record> = fitting
            .iter()
            .filter(behind)
            .skip(query.offset as usize)
            .take(query.limit as usize)
            .cloned()
            .collect();
        let found = world.store.records(world.account, &query).await.unwrap();
        match found.total {
            Total::Exact(total) => {
                exact += 1;
                assert_eq!(total, fitting.len() as u64, "{query:?}");
                assert_eq!(found.records, page, "{query:?}");
            }
            Total::About(_) => {
                estimated += 1;
                assert!(!is_counted(&query), "{query:?}");
                // Those of it that are there are the right ones.
                assert!(found.records.iter().all(|it| fits(&query, it)), "{query:?}");
            }
        }
    }
    assert!(exact > 100 && estimated > 10, "{exact} {estimated}");
}

/// Orders come and change their states while somebody turns pages: none is seen twice, and none that
/// stays is left out.
async fn a_place_holds_whatever_comes_and_goes(engine: Engine) {
    let few = StoreConfig {
        gathered: 9,
        ..config()
    };
    let (world, records) = filled_as(&engine, few).await;
    let approved = (Facet::Status, vec![OrderState::Approved as i64]);
    let of_shop = records[1]
        .facets()
        .into_iter()
        .find(|(facet, _)| *facet == Facet::Shop);
    let of_shop = of_shop.map(|(facet, shop)| (facet, vec![shop])).unwrap();
    for sort in [Sort::NewestFirst, Sort::OldestFirst] {
        let query = RecordQuery {
            facets: vec![of_shop.clone(), approved.clone()],
            sort,
            limit: 4,
            ..RecordQuery::of(Kind::Order)
        };
        let all = RecordQuery {
            limit: 1_000,
            ..query.clone()
        };
        let there = world
            .store
            .records(world.account, &all)
            .await
            .unwrap()
            .records;
        assert!(there.len() > 12);
        // One that was shown, the next one to be shown, and a later one go.
        let goes = [there[1].id, there[4].id, there[9].id];
        let mut seen: Vec<Record> = Vec::new();
        let mut after: Option<RecordPlace> = None;
        loop {
            let query = RecordQuery {
                after,
                ..query.clone()
            };
            let page = world.store.records(world.account, &query).await.unwrap();
            let Some(last) = page.records.last() else {
                break;
            };
            let first = after.is_none();
            after = Some(sort.place(last));
            seen.extend(page.records);
            if first {
                world.placed("TEA", 1).await;
                for order in goes {
                    let cancel = Command::CancelOrder {
                        order,
                        reason: None,
                        who: Who::Merchant,
                    };
                    world.carry(cancel).await.unwrap();
                }
            }
        }
        let ids = |records: &[Record]| -> Vec<_> { records.iter().map(|it| it.id).collect() };
        let (seen, there) = (ids(&seen), ids(&there));
        let stayed = there.iter().filter(|id| !goes[1..].contains(id));
        let stayed: Vec<_> = stayed.copied().collect();
        // What came later stands behind what was there, for who begins with the oldest.
        let (old, new) = seen.split_at(stayed.len());
        assert_eq!(old, stayed);
        assert_eq!(new.len(), usize::from(sort == Sort::OldestFirst));
    }
}

/// Every order leaves from the one warehouse, so that asking for it as well tells nothing new; of the
/// payment statuses there are several.
async fn what_all_meet_is_counted_without_a_look(engine: Engine) {
    let few = StoreConfig {
        gathered: 5,
        ..config()
    };
    let (world, records) = filled_as(&engine, few).await;
    let shop = records[1].facets().into_iter();
    let shop = shop.filter(|(facet, _)| *facet == Facet::Shop);
    let shop: Vec<i64> = shop.map(|(_, shop)| shop).collect();
    let of = |third: (Facet, Vec<i64>)| RecordQuery {
        facets: vec![
            (Facet::Status, vec![OrderState::Approved as i64]),
            (Facet::Shop, shop.clone()),
            third,
        ],
        limit: 3,
        ..RecordQuery::of(Kind::Order)
    };
    let everywhere = of((Facet::PickupAddress, vec![world.warehouse.0]));
    let unpaid = PaymentStatus::NotPaid.number();
    let unpaid = of((Facet::PaymentStatus, vec![i64::from(unpaid)]));
    for (query, is_known) in [(everywhere, true), (unpaid, false)] {
        let wanted = expected(&query, &records);
        assert!(wanted.len() > 5, "{}", wanted.len());
        let page = world.store.records(world.account, &query).await.unwrap();
        assert_eq!(page.records, wanted[..3]);
        let exact = Total::Exact(wanted.len() as u64);
        assert_eq!(page.total == exact, is_known, "{:?}", page.total);
    }
}

async fn pages_follow_each_other(engine: Engine) {
    let (world, records) = filled(&engine).await;
    let mut seen = Vec::new();
    for offset in (0..70).step_by(10) {
        let query = RecordQuery {
            facets: vec![(Facet::Status, vec![OrderState::Approved as i64])],
            offset,
            limit: 10,
            ..RecordQuery::of(Kind::Order)
        };
        let page = world.store.records(world.account, &query).await.unwrap();
        assert!(page.records.len() <= 10);
        seen.extend(page.records);
    }
    let query = RecordQuery {
        facets: vec![(Facet::Status, vec![OrderState::Approved as i64])],
        ..RecordQuery::of(Kind::Order)
    };
    assert_eq!(seen, expected(&query, &records));
    let beyond = RecordQuery {
        offset: u64::MAX,
        limit: u32::MAX,
        ..query
    };
    let page = world.store.records(world.account, &beyond).await.unwrap();
    assert_eq!(page.records, []);
    assert_eq!(page.total, Total::Exact(seen.len() as u64));
}

async fn a_keyword_finds_beginnings_of_names(engine: Engine) {
    let (world, records) = filled(&engine).await;
    let found = async |kind: Kind, keyword: &str| {
        let query = RecordQuery {
            keyword: Some(keyword.to_owned()),
            sort: Sort::OldestFirst,
            limit: 1_000,
            ..RecordQuery::of(kind)
        };
        let page = world.store.records(world.account, &query).await.unwrap();
        assert_eq!(page.total, Total::Exact(page.records.len() as u64));
        page.records
    };
    assert_eq!(found(Kind::Order, "PO-01").await, records[10..20]);
    assert_eq!(found(Kind::Order, "PO-0").await.len(), 60);
    assert_eq!(
        found(Kind::Order, &records[4].code).await,
        [records[4].clone()]
    );
    assert_eq!(found(Kind::Order, "O-01").await, []);
    // Persons are not found by the beginning of what they are called by.
    assert_eq!(found(Kind::Order, "+84").await, []);
    assert_eq!(found(Kind::Item, "fine t").await.len(), 1);
    assert_eq!(found(Kind::Item, "893-CUP").await.len(), 1);
    assert_eq!(found(Kind::Item, &"x".repeat(5_000)).await, []);
}

async fn counts_hold_after_every_command(engine: Engine) {
    let (world, records) = filled(&engine).await;
    let mut wanted = std::collections::BTreeMap::new();
    for facet in records.iter().flat_map(Record::facets) {
        *wanted.entry(facet).or_insert(0_u64) += 1;
    }
    assert!(wanted.len() > 6, "{wanted:?}");
    for ((facet, value), count) in wanted {
        let query = RecordQuery {
            facets: vec![(facet, vec![value])],
            limit: 1,
            ..RecordQuery::of(Kind::Order)
        };
        let page = world.store.records(world.account, &query).await.unwrap();
        assert_eq!(page.total, Total::Exact(count), "{facet} {value}");
    }
    assert_balanced(&world.store).await;
}
