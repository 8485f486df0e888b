//! The merchant of a world: its orders end as their parcels do, its stock is what its movements come to,
//! its facade answers in N&H's words, and its webhooks arrive signed.

use crate::{DAY, NOON, desk, json, over, send, world};
use axum::body::Body as Bytes;
use http::Request;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use trackway_dialects::dialect::{Parcel, Upstream};
use trackway_dialects::nandh::{self, Nandh};
use trackway_dialects::{Answer, Call, Dialect, registry};
use trackway_model::ConnectionId;
use trackway_model::orders::{
    Body, Facet, Fulfilment, InboundState, Kind, Order, OrderState, Record, RecordId, RecordQuery,
    ReturnState,
};
use trackway_simulator::desk::ACCOUNT;
use trackway_simulator::journey::Status;
use trackway_simulator::{Begin, House, Notices, Plan, Scenario, SimulatedDesk, World};

const SHIPMENTS: u32 = 60;

fn plan(scenario: &str) -> Plan {
    Plan {
        shipments: SHIPMENTS,
        scenario: Scenario::find(scenario).unwrap(),
        ..Plan::default()
    }
}

/// A house long after the last parcel's end, when what buyers send back is in too.
fn ended(scenario: &str) -> (World, House) {
    let (world, _) = world(plan(scenario));
    let mut house = House::open(&world).unwrap();
    house.catch_up(&world, world.end() + 30 * DAY);
    (world, house)
}

fn all(house: &House, kind: Kind) -> Vec<Record> {
    let query = RecordQuery {
        limit: 10_000,
        ..RecordQuery::of(kind)
    };
    house.ledger().query(ACCOUNT, &query).records
}

fn order(record: &Record) -> &Order {
    match &record.body {
        Body::Order(order) => order,
        _ => panic!("{record:?}"),
    }
}

fn fulfilment(house: &House, order: RecordId) -> Fulfilment {
    let query = RecordQuery {
        facets: vec![(Facet::Parent, vec![order.0])],
        ..RecordQuery::of(Kind::Fulfilment)
    };
    let page = house.ledger().query(ACCOUNT, &query);
    assert_eq!(page.records.len(), 1);
    match page.records[0].body.clone() {
        Body::Fulfilment(fulfilment) => *fulfilment,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_order_of_the_seed_ends_as_its_parcel_did() {
    let mut ends = BTreeMap::<&str, usize>::new();
    let (world, house) = ended("mixed");
    let orders = all(&house, Kind::Order);
    assert_eq!(orders.len(), SHIPMENTS as usize);
    for record in orders {
        let order = order(&record);
        let parcel = fulfilment(&house, record.id).parcels[0].clone();
        let index = world.index(&parcel.waybill).unwrap();
        assert_eq!(
            order.number.as_deref(),
            Some(&*format!("SO-{:06}", index + 1))
        );
        let last = world.script(index).iter().rev().find_map(|it| it.status);
        let expected = match last.unwrap() {
            Status::Delivered => OrderState::Completed,
            Status::Returned => OrderState::Returned,
            Status::Lost | Status::Seized => OrderState::CourierLost,
            Status::Cancelled => OrderState::CancelledByOperator,
            other => panic!("{other:?} is no end"),
        };
        assert_eq!(order.state, expected, "{} {:?}", parcel.waybill, last);
        *ends
            .entry(trackway_model::orders::State::name(order.state))
            .or_default() += 1;
    }
    assert!(ends.len() >= 3, "{ends:?}");
}

#[test]
fn stock_is_what_came_in_less_what_went_out() {
    let (_, house) = ended("mixed");
    let mut expected = BTreeMap::<RecordId, [i64; 2]>::new();
    let inbounds = all(&house, Kind::Inbound);
    let mut spoilt = 0;
    for record in &inbounds {
        let Body::Inbound(inbound) = &record.body else {
            panic!("{record:?}");
        };
        assert_eq!(inbound.state, InboundState::Completed, "{}", record.code);
        for line in &inbound.lines {
            let damaged: i64 = line.damaged.iter().sum();
            assert_eq!(line.received + damaged + line.lost, line.quantity);
            spoilt += damaged + line.lost;
            let [good, bad] = expected.entry(line.item).or_default();
            *good += line.received;
            *bad += damaged;
        }
    }
    assert!(
        spoilt > 0,
        "no damage and no loss in {} inbounds",
        inbounds.len()
    );
    for record in all(&house, Kind::Order) {
        let left = fulfilment(&house, record.id).shipped.is_some();
        for line in order(&record).lines.iter().filter(|_| left) {
            for part in &line.parts {
                expected.entry(part.item).or_default()[0] -= part.quantity * line.quantity;
            }
        }
    }
    let items: Vec<RecordId> = all(&house, Kind::Item).iter().map(|it| it.id).collect();
    let levels = house.ledger().levels(ACCOUNT, &items);
    assert_eq!(levels.len(), items.len());
    for (key, level) in levels {
        let [good, bad] = expected[&key.item];
        assert_eq!(
            (level.on_hand, level.damaged),
            (good, bad),
            "item {}",
            key.item
        );
        assert_eq!(
            (level.reserved, level.incoming),
            (0, 0),
            "item {}",
            key.item
        );
    }
}

#[test]
fn some_buyers_send_something_back_and_it_is_looked_at() {
    let (_, house) = ended("mixed");
    let returns = all(&house, Kind::Return);
    assert!(!returns.is_empty());
    for record in returns {
        let Body::Return(back) = &record.body else {
            panic!("{record:?}");
        };
        assert_eq!(back.state, ReturnState::Completed, "{}", record.code);
        assert!(back.inbound.is_some());
    }
}

#[test]
fn a_world_is_a_function_of_its_seed_however_often_it_is_looked_at() {
    let (world, _) = world(plan("disorder"));
    let at = world.birth() + 5 * DAY;
    let mut once = House::open(&world).unwrap();
    once.catch_up(&world, at);
    let mut often = House::open(&world).unwrap();
    let step = DAY / 7;
    for nth in 0..=(at - world.birth()) / step {
        often.catch_up(&world, world.birth() + nth * step);
    }
    often.catch_up(&world, at);
    for kind in [Kind::Order, Kind::Fulfilment, Kind::Inbound, Kind::Return] {
        assert_eq!(all(&once, kind), all(&often, kind), "{kind}");
    }
    assert_eq!(once.changes(), often.changes());
    let open = all(&once, Kind::Order);
    let running = open
        .iter()
        .filter(|it| order(it).completed.is_none())
        .count();
    assert!(
        running > 0 && running < open.len(),
        "{running} of {}",
        open.len()
    );
}

async fn get(desk: &Arc<SimulatedDesk>, path: &str, key: &str) -> Value {
    let request = Request::get(path).header("authorization", key);
    let router = trackway_simulator::http::router(desk, Duration::ZERO);
    let (_, body) = send(router, request.body(Bytes::empty()).unwrap()).await;
    json(&body)
}

#[tokio::test]
async fn the_facade_answers_in_the_systems_words() {
    let desk = desk(over(plan("delivered")));
    let key = desk.credentials().key.clone();
    let list = get(&desk, "/api/v1/public/orders/list?page_size=5", &key).await;
    assert_eq!(list["status_code"], 200, "{list}");
    assert_eq!(list["total"], SHIPMENTS);
    let row = &list["data"][0];
    assert_eq!(
        (&row["status"], &row["status_display"]),
        (&900.into(), &"Completed".into())
    );
    let code = row["tracking_code"].as_str().unwrap();
    let path = format!("/api/v1/public/orders/detail/{code}");
    let detail = get(&desk, &path, &key).await;
    assert_eq!(detail["data"]["tracking_code"], code);
    assert_eq!(detail["data"]["status"], 900);
    let refused = get(&desk, &path, "another").await;
    assert_eq!(refused["error_code"], "UNAUTHORIZED");
}

/// As the hub asks it: each shipment by its own code and by its courier's number.
#[tokio::test]
async fn an_upstream_that_is_asked_answers_where_each_shipment_is() {
    let desk = desk(over(plan("mixed")));
    let key = desk.credentials().key.clone();
    let settings = BTreeMap::from([("key".to_owned(), key.clone())]);
    let upstream = Upstream {
        connection: ConnectionId(1),
        base_url: "https://oms.example",
        settings: &settings,
    };
    let shipments = all(&desk.house().unwrap(), Kind::Fulfilment);
    assert_eq!(shipments.len(), SHIPMENTS as usize);
    let tables = registry::built_in();
    for record in shipments {
        let Body::Fulfilment(shipment) = &record.body else {
            panic!("{record:?}");
        };
        let parcel = &shipment.parcels[0];
        for (carrier, number) in [
            (nandh::CARRIER, &*record.code),
            (&*parcel.carrier, &*parcel.waybill),
        ] {
            let asked = Parcel {
                carrier,
                number,
                ..Parcel::default()
            };
            let request = Nandh.request(&upstream, &asked).unwrap();
            let path = request.url.strip_prefix(upstream.base_url).unwrap();
            let body = get(&desk, path, &key).await.to_string();
            let answer = Answer {
                status: 200,
                retry_after_s: None,
                body: body.as_bytes(),
            };
            let parsed = Nandh
                .parse(tables.of(nandh::NAME), &asked, &answer)
                .unwrap();
            assert_eq!(parsed.warnings, [""; 0], "{body}");
            let last = parsed.answer.parts[0].statements.last().unwrap();
            let meant = trackway_model::orders::told(last.milestone);
            assert!(meant.contains(&shipment.state), "{number}: {last:?}");
            let strange = Nandh.compare(nandh::DETAILS.id, &parsed.answer.body);
            assert!(strange.is_empty(), "{strange:?}");
        }
    }
}

#[test]
fn every_change_is_told_once_signed_and_again_until_it_is_taken() {
    let (world, hand) = world(Plan {
        begin: Begin::Now,
        shipments: 3,
        ..plan("delivered")
    });
    let desk = Arc::new(SimulatedDesk::new(world, BTreeMap::new()));
    let mut notices = Notices::new(
        desk.clone(),
        "https://shop.example/hooks".into(),
        Some("T-1"),
    );
    hand.store(NOON + 40 * DAY, Ordering::Relaxed);
    notices.collect();
    let changes = notices.told().changes;
    assert!(changes > 30, "{changes}");
    let answer = |status| Answer {
        status,
        retry_after_s: None,
        body: b"",
    };
    let first = notices.next_due().unwrap();
    let header = |name: &str| {
        let found = first
            .outgoing
            .headers
            .iter()
            .find(|(known, _)| known == name);
        found.unwrap().1.to_str().unwrap().to_owned()
    };
    assert_eq!(header("authorization"), "T-1");
    assert_eq!(header("x-hook-signature").len(), 64);
    let delivery = header("x-hook-delivery");
    notices.judge(&first, Some(&answer(500)));
    hand.fetch_add(2 * 60_000_000, Ordering::Relaxed);
    let mut events = BTreeMap::<String, usize>::new();
    let mut came_again = false;
    while let Some(notice) = notices.next_due() {
        let body: Value = serde_json::from_slice(&notice.outgoing.body).unwrap();
        let event = body["event_code"].as_str().unwrap();
        *events.entry(event.to_owned()).or_default() += 1;
        came_again |= notice
            .outgoing
            .headers
            .iter()
            .any(|(name, value)| name == "x-hook-delivery" && *value == *delivery);
        notices.judge(&notice, Some(&answer(204)));
    }
    assert!(came_again);
    let told = notices.told();
    assert_eq!(
        (told.acknowledged, told.refused, told.given_up),
        (changes, 1, 0)
    );
    assert_eq!(events["HOOK_EVENT_ORDER_CREATED"], 3);
    for event in [
        "HOOK_EVENT_ORDER_UPDATE_STATUS",
        "HOOK_EVENT_SHIPMENT_CREATED",
        "HOOK_EVENT_SHIPMENT_UPDATE_STATUS",
        "HOOK_EVENT_INBOUND_CREATED",
        "HOOK_EVENT_INBOUND_UPDATE_STATUS",
        "HOOK_EVENT_STOCK_UPDATE",
    ] {
        assert!(events.contains_key(event), "{event} in {events:?}");
    }
}
