//! Webhooks about goods: every one is kept as it came, and what our own records have to do with it moves.

use super::{Reply, SHOP, TOKEN, upstream};
use crate::support::FakeDesk;
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use std::sync::Arc;
use trackway_dialects::desk::{Principal, Trade};
use trackway_dialects::nandh::hook;
use trackway_dialects::nandh::{NAME, Nandh};
use trackway_dialects::{Dialect, registry};
use trackway_model::ConnectionId;
use trackway_model::orders::{
    Body as Of, Catalogued, Command, Facet, InboundState, InboundType, Kind, NewInbound,
    PickupAddress, Record, RecordId, RecordQuery, Report, Says, Sort, StockKey,
};

const SENT: i64 = 1_746_525_602;

/// Bytes that no encoder of ours would write.
fn stock(quantity: i64, at: i64) -> String {
    format!(
        r#"{{ "event_code":"hook_event_stock_update","id":1,"sku":"DEMO-1","nhsin":"NHSINV1", "warehouse_provider":"NH_WH_HCM","stock":"{quantity}","available_stock":{quantity}.0,"reserved_stock":1,"incoming":0,"updated_time":{at},"a_new_member":[1.50] }}"#
    )
}

fn inbound(status: u16, at: i64, more: &Value) -> String {
    let mut body = json!({
        "event_code": "HOOK_EVENT_INBOUND_UPDATE_STATUS", "id": 1, "inbound_code": "NHIV77",
        "reference_code": "", "inbound_type": "purchase_order", "status": status,
        "status_update_time": at, "warehouse_provider": "NH_WH_HCM", "created_time": SENT,
        "updated_time": at
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body.to_string()
}

async fn knock(desk: &Arc<FakeDesk>, body: &str) -> Reply {
    let request = Request::post(format!("/in/{TOKEN}/nandh"));
    let router = hook::receive::router().with_state(desk.clone());
    Reply::of(router, request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn told(desk: &Arc<FakeDesk>, body: &str) {
    let reply = knock(desk, body).await;
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.body);
    desk.pass(1_000_000);
}

/// Reports, oldest first.
async fn kept(desk: &FakeDesk, of: &Principal, standing: bool) -> Vec<Report> {
    let query = RecordQuery {
        facets: vec![(Facet::Standing, vec![i64::from(standing)])],
        sort: Sort::OldestFirst,
        limit: 100,
        ..RecordQuery::of(Kind::Report)
    };
    let found = desk.records(of, query).await.unwrap().records;
    let report = |record: Record| match record.body {
        Of::Report(report) => *report,
        other => panic!("{other:?}"),
    };
    found.into_iter().map(report).collect()
}

async fn made(desk: &FakeDesk, of: &Principal, command: Command) -> RecordId {
    let done = desk.carry_out(of, command).await.unwrap().unwrap();
    done.record.unwrap().id
}

async fn put(desk: &FakeDesk, of: &Principal, code: Option<&str>, body: impl Into<Of>) -> RecordId {
    let command = Command::Catalogue(Box::new(Catalogued {
        id: None,
        code: code.map(str::to_owned),
        body: body.into(),
    }));
    made(desk, of, command).await
}

/// An account with an item in a place of its own, which it calls `OUR-FC`.
async fn furnished(desk: &FakeDesk, settings: &[(&str, &str)]) -> (Principal, StockKey) {
    let of = desk.key(NAME, SHOP, "A-KEY");
    assert!(settings.len() < 2);
    let place = PickupAddress {
        name: "FC".to_owned(),
        fulfilment_provider: "nandh".to_owned(),
        fulfilment_provider_name: "N&H Logistics".to_owned(),
        warehouse: Some("NH_WH_HCM".to_owned()),
        warehouse_name: None,
        default: true,
        active: true,
        contact: super::serve::world::party("Demo Shop", "1 Sample St"),
    };
    let warehouse = put(desk, &of, Some("OUR-FC"), place).await;
    let item = put(desk, &of, None, super::serve::world::item("DEMO-1")).await;
    (of, StockKey { item, warehouse })
}

async fn on_hand(desk: &FakeDesk, of: &Principal, key: StockKey) -> i64 {
    let levels = desk.levels(of, &[key.item]).await.unwrap();
    let own = levels.iter().find(|(of, _)| *of == key);
    own.map_or(0, |(_, level)| level.on_hand)
}

#[tokio::test]
async fn stock_is_kept_as_it_came_and_our_ledger_stays() {
    let (desk, connection) = upstream(&[]);
    let (of, key) = furnished(&desk, &[]).await;
    let (first, second) = (stock(3, SENT), stock(5, SENT + 60));
    for body in [&first, &first, &second] {
        told(&desk, body).await;
    }
    let messages = kept(&desk, &of, false).await;
    let bytes: Vec<&[u8]> = messages.iter().map(|it| &*it.body).collect();
    assert_eq!(bytes, [first.as_bytes(), second.as_bytes()]);
    let standing = kept(&desk, &of, true).await;
    assert_eq!(standing.len(), 1);
    let last = &standing[0];
    assert_eq!(
        (last.connection, last.about, &*last.subject),
        (connection.0, Some(key.item), "DEMO-1")
    );
    assert_eq!(last.at, Some((SENT + 60) * 1_000_000));
    assert_eq!(last.event, "HOOK_EVENT_STOCK_UPDATE");
    let Says::Stock { warehouse, level } = &last.says else {
        panic!("{last:?}");
    };
    assert_eq!(warehouse.as_deref(), Some("NH_WH_HCM"));
    assert_eq!(
        [
            level.on_hand,
            level.available,
            level.reserved,
            level.incoming
        ],
        [Some(5), Some(5), Some(1), Some(0)]
    );
    assert_eq!(on_hand(&desk, &of, key).await, 0);
    assert_eq!((desk.taken(), desk.quarantined().len()), (0, 0));
    let another = desk.key(NAME, "another", "ANOTHERS-KEY");
    assert_eq!(kept(&desk, &another, false).await, []);
}

#[tokio::test]
async fn our_ledger_follows_where_the_connection_says_so() {
    let settings = [("stock_of", "OUR-FC")];
    let (desk, _) = upstream(&settings);
    let (of, key) = furnished(&desk, &settings).await;
    for (quantity, at, after) in [(7, 10, 7), (4, 20, 4), (9, 15, 4)] {
        told(&desk, &stock(quantity, SENT + at)).await;
        assert_eq!(on_hand(&desk, &of, key).await, after, "{quantity} at {at}");
    }
    let call = Nandh.call().unwrap();
    assert!(call.settings().1.contains(&"stock_of"));
}

#[tokio::test]
async fn an_inbound_is_moved_with_what_came_in() {
    let (desk, _) = upstream(&[]);
    let (of, key) = furnished(&desk, &[]).await;
    let announced = Command::AnnounceInbound(Box::new(NewInbound {
        inbound_type: InboundType::PurchaseOrder,
        warehouse: key.warehouse,
        vendor: None,
        reference: Some("NHIV77".to_owned()),
        note: String::new(),
        parcels: 1,
        additional_services: vec![],
        priority: false,
        documents: vec![],
        lines: vec![("DEMO-1".to_owned(), 200, 1.into(), String::new())],
        estimated_delivery: None,
        extra: serde_json::Map::new(),
    }));
    let id = made(&desk, &of, announced).await;
    let stands = async || {
        let record = desk.record(&of, Kind::Inbound, id).await.unwrap().unwrap();
        match record.body {
            Of::Inbound(it) => *it,
            other => panic!("{other:?}"),
        }
    };
    told(&desk, &inbound(400, SENT, &json!({}))).await;
    assert_eq!(stands().await.state, InboundState::Received);
    // §8, N5: what a line's members are called.
    let items = json!({"items": [{"sku": "DEMO-1", "received_quantity": 60, "lost_quantity": 120,
        "damaged_quantity": 15, "damaged_2_quantity": 5}]});
    told(&desk, &inbound(450, SENT + 60, &items)).await;
    let inspected = stands().await;
    assert_eq!(inspected.state, InboundState::Inspecting);
    assert_eq!(inspected.damaged_quantity(), [15, 5, 0]);
    // §8, N4: the same in total.
    let totals = json!({"total_received_quantity": 60, "total_lost_quantity": 120, "total_damaged_quantity": 20});
    told(&desk, &inbound(500, SENT + 120, &totals)).await;
    let completed = stands().await;
    assert_eq!(completed.state, InboundState::Completed);
    assert_eq!(
        (completed.received_quantity(), completed.lost_quantity()),
        (60, 120)
    );
    assert_eq!(on_hand(&desk, &of, key).await, 60);
    // A status that nobody knows moves nothing, and is kept all the same.
    told(&desk, &inbound(999, SENT + 180, &json!({}))).await;
    assert_eq!(stands().await, completed);
    let messages = kept(&desk, &of, false).await;
    assert_eq!(messages.len(), 4);
    assert!(messages.iter().all(|it| it.about == Some(id)));
}

#[tokio::test]
async fn what_can_not_be_kept_as_a_report_is_put_aside() {
    let (desk, _) = upstream(&[]);
    let long = stock(1, SENT).replace("DEMO-1", &"x".repeat(300));
    let reply = knock(&desk, &long).await;
    assert_eq!(reply.status.as_u16(), 400, "{}", reply.body);
    assert_eq!(desk.quarantined().len(), 1);
}

#[test]
fn what_tells_of_a_shipment_is_no_report() {
    let inbound = Nandh.inbound().unwrap();
    let report = |body: &str| inbound.report(ConnectionId(1), None, body.as_bytes());
    for body in [
        super::fixture!("webhook-shipment.json"),
        super::fixture!("webhook-order.json"),
        "{}",
        "[",
        r#"{"event_code":"HOOK_EVENT_STOCK_UPDATE","sku":" "}"#,
    ] {
        assert_eq!(report(body), None, "{body}");
    }
    let told = report(&stock(1, SENT)).unwrap();
    let other = inbound.report(ConnectionId(2), None, stock(1, SENT).as_bytes());
    assert_ne!(told.code, other.unwrap().code, "each connection's own");
    // Others report nothing.
    for dialect in registry::DIALECTS.iter().filter(|it| it.name() != NAME) {
        if let Some(inbound) = dialect.inbound() {
            let body = stock(1, SENT);
            assert_eq!(inbound.report(ConnectionId(1), None, body.as_bytes()), None);
        }
    }
}
