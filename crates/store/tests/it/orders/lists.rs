//! Lists: every way of reading one finds what looking at all records finds.

use super::world::*;
use crate::engines::{Engine, contract};
use crate::fixtures::START;
use trackway_model::orders::{
    Command, Facet, Kind, Name, NameKind, OrderState, Record, RecordQuery, Sort, Total, Who,
};

contract!(
    lists_find_what_looking_at_all_finds,
    pages_follow_each_other,
    a_keyword_finds_beginnings_of_names,
    counts_hold_after_every_command,
);

/// Orders of two shops in several states.
async fn filled(engine: &Engine) -> (World, Vec<Record>) {
    let world = World::stocked(engine.open().await, 1_000).await;
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
