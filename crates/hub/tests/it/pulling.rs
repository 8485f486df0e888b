//! An account takes over what another system has: a second hub, whose N&H API is asked by real HTTP.

use crate::on_both_stores;
use crate::scenarios::connect;
use crate::selling::Merchant;
use crate::world::World;
use serde_json::{Value, json};
use trackway_dialects::desk::Trade;
use trackway_dialects::dialect::pulls::Wanted;
use trackway_dialects::nandh;
use trackway_dialects::native::orders::{InboundWanted, OrderWanted, read};
use trackway_hub::HubError;
use trackway_hub::pull::{Pull, Pulled};
use trackway_model::ConnectionId;
use trackway_model::orders::{
    Body, Catalogued, Command, Kind, Name, NameKind, RecordId, RecordQuery,
};
use trackway_testkit::{Answer, Receiver};

on_both_stores!(
    all_that_an_upstream_has_is_pulled_once,
    a_wrong_row_is_told_and_the_rest_is_taken,
);

async fn serve(world: &World) -> String {
    let router = nandh::router().with_state(world.hub.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn count(world: &World, kind: Kind) -> u64 {
    let whose = world.hub.operator_of(None).await.unwrap();
    let found = world.hub.records(&whose, RecordQuery::of(kind)).await;
    found.unwrap().total.count()
}

async fn connection(world: &World, address: &str, key: &str) -> ConnectionId {
    connect(world, nandh::NAME, address, &[("key", key)]).await;
    let all = world.hub.connections(None).await.unwrap();
    all[0].id
}

async fn pulled(world: &World, id: ConnectionId, pull: Pull) -> Pulled {
    let whose = world.hub.operator_of(None).await.unwrap();
    world.hub.pull(&whose, id, &pull).await.unwrap()
}

fn sums(pulled: &Pulled, part: &str) -> (u64, u64, u64) {
    let of = pulled.parts.iter().find(|it| it.part == part);
    let of = of.unwrap_or_else(|| panic!("{part}: {pulled:?}"));
    (of.made, of.changed, of.unchanged)
}

/// A merchant with one of everything that N&H's lists have.
async fn merchant(upstream: &World) -> Merchant<'_> {
    let shop = Merchant::open(upstream).await;
    let parent = shop.put("categories", json!({ "name": "Drinks" })).await;
    let category = json!({ "name": "Tea", "parent": parent.0 });
    let category = shop.put("categories", category).await;
    let brand = shop.put("brands", json!({ "name": "Sample" })).await;
    let unit = json!({ "name": "Piece", "code": "PC" });
    let unit = shop.put("units", unit).await;
    let box_size =
        json!({ "name": "Small", "code": "BOX-S", "length": 10, "width": 10, "height": 10 });
    shop.put("box_sizes", box_size).await;
    shop.put("vendors", json!({ "name": "Sample Vendor" }))
        .await;
    let courier = json!({ "name": "Sample Express", "carrier": "sample", "code": "SAM" });
    let courier = shop.put("couriers", courier).await;
    let link = json!({ "name": "Ours", "courier": courier.0 });
    shop.put("courier_links", link).await;
    let service =
        json!({ "name": "Standard", "courier": courier.0, "code": "SAM_STD", "estimate": "3-5" });
    shop.put("services", service).await;
    let mug = json!({ "sku": "MUG", "name": "Mug", "weight": 300, "category": category.0, "brand": brand.0, "unit": unit.0 });
    let mug = shop.put("items", mug).await;
    let set = json!({ "shop": shop.shop.0, "sku": "MUG-2", "name": "Two mugs", "sale_price": "90000",
        "parts": [{ "item": mug.0, "quantity": 2 }] });
    shop.put("products", set).await;
    let order = json!({
        "shop": shop.shop.0, "pickup": shop.pickup.0, "number": "S-1", "approve": true,
        "receiver": { "name": "NGUYEN VAN VI DU", "phone": "0900000000",
                      "address": { "country": "VN", "line": "2 Sample St" } },
        "lines": [{ "sku": "TEA", "quantity": 2, "sale_price": "25000" }],
    });
    let order: OrderWanted = read(&order.to_string()).unwrap();
    let order = shop.make(order).await;
    let shipment = trackway_dialects::native::orders::FulfilmentWanted {
        order: order.id,
        ..read(&json!({ "courier": courier.0 }).to_string()).unwrap()
    };
    shop.make(shipment).await;
    let inbound = json!({ "warehouse": shop.pickup.0, "inbound_type": "purchase_order",
        "lines": [{ "sku": "TEA", "quantity": 5 }] });
    let inbound: InboundWanted = read(&inbound.to_string()).unwrap();
    shop.make(inbound).await;
    shop
}

const CATALOGUE: [(&str, Kind); 12] = [
    ("shops", Kind::Shop),
    ("pickup_addresses", Kind::PickupAddress),
    ("vendors", Kind::Vendor),
    ("box_sizes", Kind::BoxSize),
    ("couriers", Kind::Courier),
    ("courier_links", Kind::CourierLink),
    ("services", Kind::Service),
    ("categories", Kind::Category),
    ("brands", Kind::Brand),
    ("units", Kind::Unit),
    ("items", Kind::Item),
    ("products", Kind::Product),
];

async fn all_that_an_upstream_has_is_pulled_once(world: World) {
    let upstream = World::sqlite().await;
    let shop = merchant(&upstream).await;
    let key = upstream.key(nandh::NAME).await.key;
    let id = connection(&world, &serve(&upstream).await, &key).await;

    let dry = Pull {
        dry_run: true,
        ..Pull::default()
    };
    let dry = pulled(&world, id, dry).await;
    assert_eq!(count(&world, Kind::Shop).await, 0, "nothing is written");

    let first = pulled(&world, id, Pull::default()).await;
    assert_eq!(
        (&first.wrong, &first.stopped, &first.next),
        (&vec![], &None, &None)
    );
    assert_eq!(dry.parts, first.parts, "it tells what is done then");
    for (part, kind) in CATALOGUE {
        let there = count(&upstream, kind).await;
        assert!(there > 0, "{part}");
        assert_eq!(sums(&first, part), (there, 0, 0), "{part}");
        assert_eq!(count(&world, kind).await, there, "{part}");
    }
    for part in ["orders", "fulfilments", "inbounds", "stock"] {
        assert_eq!(sums(&first, part), (1, 0, 0), "{part}");
    }
    assert_eq!(count(&world, Kind::Order).await, 0, "they are followed");
    let whose = world.hub.operator_of(None).await.unwrap();
    let named = async |kind, scope, sku: &str| {
        let name = Name::new(NameKind::Sku, scope, sku);
        let found = world.hub.record_named(&whose, kind, name).await;
        found.unwrap().unwrap()
    };
    let mug = named(Kind::Item, RecordId(0), "MUG").await;
    let Body::Item(item) = &mug.body else {
        panic!("{mug:?}");
    };
    assert!(item.category.is_some() && item.brand.is_some() && item.unit.is_some());
    assert_eq!(item.weight, 300);
    let levels = world.hub.levels(&whose, &[mug.id]).await.unwrap();
    assert!(
        levels.is_empty(),
        "what is counted there is not ours: {levels:?}"
    );

    let second = pulled(&world, id, Pull::default()).await;
    assert_eq!((&second.wrong, &second.stopped), (&vec![], &None));
    for part in &second.parts {
        assert_eq!((part.made, part.changed, part.wrong), (0, 0, 0), "{part:?}");
    }

    let name = Name::new(NameKind::Sku, RecordId(0), "MUG");
    let there = upstream
        .hub
        .record_named(&shop.principal, Kind::Item, name)
        .await;
    let there = there.unwrap().unwrap();
    let Body::Item(mut body) = there.body else {
        panic!("no item");
    };
    body.weight = 350;
    let changed = Command::Catalogue(Box::new(Catalogued {
        id: Some(there.id),
        code: None,
        body: Body::Item(body),
    }));
    let done = upstream.hub.carry_out(&shop.principal, changed).await;
    done.unwrap().unwrap();
    let third = pulled(&world, id, Pull::default()).await;
    assert_eq!(sums(&third, "items"), (0, 1, 1));
    let mug = named(Kind::Item, RecordId(0), "MUG").await;
    let Body::Item(item) = &mug.body else {
        panic!("{mug:?}");
    };
    assert_eq!(item.weight, 350);

    // The same by steps of one call, each going on where the one before ended.
    let mut step = Pull {
        calls: 1,
        ..Pull::default()
    };
    let mut steps = 0;
    loop {
        let done = pulled(&world, id, step.clone()).await;
        assert_eq!(done.wrong, [], "{step:?}");
        steps += 1;
        assert!(steps < 100, "{step:?}");
        match done.next {
            Some(next) => step.wanted.from = Some(next),
            None => break,
        }
        // A page whose rows need calls of their own is done in one step only with enough of them.
        step.calls = 4;
    }
    assert!(steps > 3);
    world.hub.stop().await.unwrap();
    upstream.hub.stop().await.unwrap();
}

async fn a_wrong_row_is_told_and_the_rest_is_taken(world: World) {
    let upstream = Receiver::start().await.unwrap();
    upstream.set_rule(|request| {
        let path = request.uri.path();
        let data: Value = match path.rsplit_once("/public").map_or(path, |(_, rest)| rest) {
            "/stores/list" => json!([
                { "id": 1, "platform": "retail" },
                { "id": 2, "name": "Corner", "platform": "retail" },
            ]),
            "/vendors/list" => json!([{ "id": 3, "name": "Sample Vendor" }]),
            _ => return Answer::status(404),
        };
        Answer::json(&json!({ "status_code": 200, "data": data, "error": false, "total": 2 }))
    });
    let id = connection(&world, &upstream.url(""), "K-1").await;
    let done = pulled(&world, id, Pull::default()).await;
    let told = |part: &str| {
        let of = done.wrong.iter().filter(|it| it.part == part);
        of.map(|it| (it.id.as_str(), it.problem.as_str()))
            .collect::<Vec<_>>()
    };
    assert_eq!(told("shops"), [("1", "name: is required")]);
    assert_eq!(told("brands").len(), 1, "{done:?}");
    assert_eq!((done.next.as_deref(), &done.stopped), (None, &None));
    assert_eq!(
        (
            count(&world, Kind::Shop).await,
            count(&world, Kind::Vendor).await
        ),
        (1, 1)
    );

    // A key that is refused ends it at once; where it goes on is said where the upstream is out.
    for (status, outcome) in [(401, "refused"), (502, "fault")] {
        upstream.set_rule(move |_| Answer::status(status));
        let done = pulled(&world, id, Pull::default()).await;
        let stopped = done.stopped.unwrap();
        assert_eq!((done.calls, stopped.outcome), (1, outcome));
        assert_eq!(done.next.as_deref(), Some("shops:0:1"), "{status}");
    }
    let whose = world.hub.operator_of(None).await.unwrap();
    let pull = Pull {
        wanted: Wanted {
            parts: vec!["shoes".to_owned()],
            ..Wanted::default()
        },
        ..Pull::default()
    };
    let refused = world.hub.pull(&whose, id, &pull).await.unwrap_err();
    assert!(matches!(refused, HubError::PullWanted(_)), "{refused}");
    world.hub.stop().await.unwrap();
}
