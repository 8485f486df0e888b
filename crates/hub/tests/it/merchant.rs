//! The scenario of orders against the real hub: a simulated order system tells of its shipments by its
//! webhooks, some of them twice and some late. At the end the hub holds each shipment once, as it stands
//! there.

use crate::scenarios::{PUBLIC, connect};
use crate::world::World;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;
use trackway_dialects::{Answer, nandh};
use trackway_hub::Clock;
use trackway_model::orders::{self, Body as Held, Kind, RecordQuery};
use trackway_simulator::desk::ACCOUNT;
use trackway_simulator::{Begin, Notices, Plan, Scenario, SimulatedDesk, World as Market};

pub const PLAYED: &[&str] = &["orders"];

const ORDERS: u32 = 5;
const STEPS: i64 = 40;
const TOKEN: &str = "T-1";

async fn deliver(hub: &World, notices: &mut Notices) {
    notices.collect();
    while let Some(notice) = notices.next_due() {
        let mut request = Request::post(notice.outgoing.url.strip_prefix(PUBLIC).unwrap());
        for (name, value) in &notice.outgoing.headers {
            request = request.header(name, value);
        }
        let body = Body::from(notice.outgoing.body.clone());
        let router = nandh::router().with_state(hub.hub.clone());
        let answer = router.oneshot(request.body(body).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        let said = Answer {
            status,
            retry_after_s: None,
            body: &body,
        };
        notices.judge(&notice, Some(&said));
        // No two come at one instant.
        hub.clock.advance(Duration::from_millis(1));
    }
}

#[tokio::test]
async fn every_shipment_of_an_order_system_is_held_as_it_stands_there() {
    let hub = World::sqlite().await;
    let clock = hub.clock.clone();
    let plan = Plan {
        seed: 7,
        shipments: ORDERS,
        scenario: Scenario::find("orders").unwrap(),
        begin: Begin::Now,
        ..Plan::default()
    };
    let market = Market::new(plan, Arc::new(move || clock.now()));
    let desk = Arc::new(SimulatedDesk::new(market, BTreeMap::new()));
    let settings = [
        ("key", desk.credentials().key.as_str()),
        ("webhook_token", TOKEN),
        ("webhook_secret", desk.credentials().secret.as_str()),
    ];
    let door = connect(&hub, nandh::NAME, "http://127.0.0.1:9", &settings).await;
    let address = format!("{PUBLIC}{door}/nandh");
    let mut notices = Notices::new(desk.clone(), address, Some(TOKEN));
    let (begin, end) = (hub.clock.now(), desk.world().end());
    let step = Duration::from_micros(((end - begin) / STEPS).unsigned_abs());
    for _ in 0..=STEPS {
        deliver(&hub, &mut notices).await;
        hub.clock.advance(step);
    }
    deliver(&hub, &mut notices).await;
    let query = RecordQuery {
        limit: 100,
        ..RecordQuery::of(Kind::Fulfilment)
    };
    let shipments = desk
        .house()
        .unwrap()
        .ledger()
        .query(ACCOUNT, &query)
        .records;
    assert!(shipments.len() >= ORDERS as usize, "{}", shipments.len());
    for record in shipments {
        let Held::Fulfilment(shipment) = &record.body else {
            panic!("{record:?}");
        };
        let held = hub.hub.explain(None, None, &record.code).await.unwrap();
        assert_eq!(held.len(), 1, "{}", record.code);
        let meant = orders::told(held[0].milestone);
        assert!(
            meant.contains(&shipment.state),
            "{}: {} there, {} here",
            record.code,
            orders::State::name(shipment.state),
            held[0].milestone.name()
        );
    }
    hub.hub.stop().await.unwrap();
}
