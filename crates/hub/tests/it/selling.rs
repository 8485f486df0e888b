//! An order's life as subscribers hear of it: every change once, in order, by real HTTP; and what the
//! feed, sending again and dialects without records make of it.

use crate::delivering::tell;
use crate::on_both_stores;
use crate::world::{LIMIT, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use trackway_dialects::desk::{Principal, Trade};
use trackway_dialects::native::orders::{Ask, Segment, carry_out, entry, read};
use trackway_dialects::native::orders::{FulfilmentWanted, OrderWanted};
use trackway_hub::following::Of;
use trackway_hub::resend::Wanted;
use trackway_hub::sent::AttemptFilter;
use trackway_model::EndpointId;
use trackway_model::change::Subject;
use trackway_model::orders::{Command, Kind, Movement, Record, RecordId, StockKey};
use trackway_testkit::{Answer, Receiver, eventually};

on_both_stores!(
    an_order_is_told_from_its_making_to_its_end,
    a_dead_endpoint_holds_back_one_order_and_no_other,
    what_was_told_of_records_is_told_again,
    an_endpoint_hears_of_the_types_that_it_names,
);

/// A merchant with ten pieces of tea.
pub struct Merchant<'a> {
    world: &'a World,
    pub principal: Principal,
    pub shop: RecordId,
    pub pickup: RecordId,
    courier: RecordId,
    tea: RecordId,
}

impl<'a> Merchant<'a> {
    pub async fn open(world: &'a World) -> Self {
        let principal = world.hub.operator_of(None).await.unwrap();
        let none = RecordId(0);
        let mut shop = Self {
            world,
            principal,
            shop: none,
            pickup: none,
            courier: none,
            tea: none,
        };
        shop.shop = shop.put("shops", json!({ "name": "Corner" })).await;
        let contact = json!({ "name": "Shelf", "phone": "0900000001", "address": { "country": "VN", "line": "1 Sample St" } });
        let place = json!({ "name": "Shelf", "contact": contact });
        shop.pickup = shop.put("pickup_addresses", place).await;
        let courier = json!({ "name": "Own people", "carrier": "own", "own_fleet": true });
        shop.courier = shop.put("couriers", courier).await;
        shop.tea = shop
            .put(
                "items",
                json!({ "sku": "TEA", "name": "Tea", "weight": 100 }),
            )
            .await;
        let parts = json!([{ "item": shop.tea.0, "quantity": 1 }]);
        let product = json!({ "shop": shop.shop.0, "sku": "TEA", "name": "Tea", "sale_price": "25000", "parts": parts });
        shop.put("products", product).await;
        shop.done(Command::Stock {
            key: StockKey {
                item: shop.tea,
                warehouse: shop.pickup,
            },
            movement: Movement::Found,
            quantity: 10,
        })
        .await;
        shop
    }

    pub async fn put(&self, segment: &str, members: Value) -> RecordId {
        let members = members.as_object().unwrap().clone();
        let wanted = entry(Segment::named(segment).unwrap(), members, None).unwrap();
        let done = carry_out(&*self.world.hub, &self.principal, wanted).await;
        done.unwrap().unwrap().unwrap().id
    }

    pub async fn make<W: Ask>(&self, wanted: W) -> Record {
        let done = carry_out(&*self.world.hub, &self.principal, wanted).await;
        done.unwrap().unwrap().unwrap()
    }

    async fn done(&self, command: Command) {
        let done = self.world.hub.carry_out(&self.principal, command).await;
        done.unwrap().unwrap();
    }

    /// Places an order of tea.
    async fn order(&self, number: &str, quantity: i64) -> Record {
        let order = json!({
            "shop": self.shop.0, "pickup": self.pickup.0, "number": number, "approve": true,
            "receiver": { "name": "NGUYEN VAN VI DU", "phone": "0900000000",
                          "address": { "country": "VN", "line": "2 Sample St" } },
            "lines": [{ "sku": "TEA", "quantity": quantity, "sale_price": "25000" }],
        });
        let wanted: OrderWanted = read(&order.to_string()).unwrap();
        self.make(wanted).await
    }

    /// Has all of an order shipped under a waybill.
    async fn ship(&self, order: &Record, waybill: &str) -> Record {
        let shipment = json!({ "waybills": [waybill], "courier": self.courier.0, "by_hand": true });
        let wanted: FulfilmentWanted = read(&shipment.to_string()).unwrap();
        let wanted = FulfilmentWanted {
            order: order.id,
            ..wanted
        };
        self.make(wanted).await
    }
}

/// What a receiver was told of records: type, code of the subject, state before and after.
fn told(receiver: &Receiver) -> Vec<[String; 4]> {
    let bodies = receiver.received();
    let bodies = bodies.iter().map(|request| request.json().unwrap());
    let of_records = bodies.filter(|body| body["data"]["subject"].is_object());
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    of_records
        .map(|body| {
            let data = &body["data"];
            [
                text(&body["type"]),
                text(&data["subject"]["code"]),
                text(&data["before"]["state"]),
                text(&data["after"]["state"]),
            ]
        })
        .collect()
}

/// Of a subject, its types and states, in the order in which they came.
fn of(told: &[[String; 4]], code: &str) -> Vec<String> {
    let own = told.iter().filter(|told| told[1] == code);
    own.map(|[kind, _, before, after]| format!("{kind} {before} {after}"))
        .collect()
}

async fn an_order_is_told_from_its_making_to_its_end(world: World) {
    let receiver = Receiver::start().await.unwrap();
    // These know no records: their receiver hears of the parcel alone.
    let vendor = Receiver::start().await.unwrap();
    vendor.set_rule(|_| Answer::json(&json!({ "IsError": false, "ErrorMessage": "" })));
    world.endpoint("native", receiver.url("/hook"), &[]).await;
    world.endpoint("247express", vendor.url("/hook"), &[]).await;
    world.hub.start();
    let shop = Merchant::open(&world).await;
    let order = shop.order("SO-1", 2).await;
    let shipment = shop.ship(&order, "W1").await;
    let steps = ["in_transit", "out_for_delivery", "delivered"];
    for (step, hour) in steps.into_iter().zip(10..) {
        tell(
            &world,
            "W1",
            step,
            &format!("2024-05-07T{hour}:00:00+07:00"),
        )
        .await;
    }
    let all = world
        .moving_on("the order's end", Duration::from_secs(1), async || {
            let all = told(&receiver);
            let ended = of(&all, &order.code).last()?.ends_with(" completed");
            let delivered = of(&all, &shipment.code).last()?.ends_with(" delivered");
            (ended && delivered).then_some(all)
        })
        .await;
    let of_order = of(&all, &order.code);
    assert_eq!(of_order[0], "order.created - approved");
    let of_shipment = of(&all, &shipment.code);
    assert!(
        of_shipment[0].starts_with("fulfilment.created - "),
        "{of_shipment:?}"
    );
    for lines in [&of_order, &of_shipment] {
        let states: Vec<Vec<&str>> = lines.iter().map(|line| line.split(' ').collect()).collect();
        let follows = states.windows(2).all(|two| two[1][1] == two[0][2]);
        assert!(follows, "each begins where the one before ended: {lines:?}");
    }
    let item = world
        .hub
        .record(&shop.principal, Kind::Item, shop.tea)
        .await
        .unwrap()
        .unwrap();
    let of_stock = of(&all, &item.code);
    assert!(
        of_stock.len() >= 3,
        "found, reserved, shipped: {of_stock:?}"
    );
    assert!(
        of_stock
            .iter()
            .all(|line| line.starts_with("stock.updated "))
    );
    let bodies = receiver.received();
    let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
    assert!(
        bodies
            .iter()
            .all(|body| !text(&body.body).contains("VI DU")),
        "nobody is named"
    );
    assert_rising(&receiver);
    assert!(
        vendor
            .received()
            .iter()
            .all(|body| body.json().unwrap()["OrderCode"] == "W1")
    );

    // The feed has the same, mixed with the parcel's own changes.
    let page = world
        .hub
        .follow(shop.principal.account, &[], 1_000)
        .await
        .unwrap();
    let records = page
        .changes
        .iter()
        .filter(|change| matches!(change.of, Of::Record(..)));
    assert_eq!(records.count(), all.len());
    let shipments = page
        .changes
        .iter()
        .filter(|change| matches!(change.of, Of::Shipment(..)));
    assert!(shipments.count() >= steps.len());
    world.hub.stop().await.unwrap();
}

/// Sequence numbers of one subject grow.
fn assert_rising(receiver: &Receiver) {
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    for request in receiver.received() {
        let body = request.json().unwrap();
        let data = &body["data"];
        let subject = match data["subject"]["id"].as_i64() {
            Some(id) => format!("record {id}"),
            None => data["shipment"].to_string(),
        };
        let sequence = body["sequence"].as_u64().unwrap();
        let before = last.insert(subject.clone(), sequence);
        assert!(before.is_none_or(|before| before < sequence), "{subject}");
    }
}

async fn a_dead_endpoint_holds_back_one_order_and_no_other(world: World) {
    let receiver = Receiver::start().await.unwrap();
    receiver.push(Answer::status(400));
    let types = [("types", "order.created,order.updated")];
    world
        .endpoint("native", receiver.url("/hook"), &types)
        .await;
    world.hub.start();
    let shop = Merchant::open(&world).await;
    let first = shop.order("SO-1", 1).await;
    // It is refused, and tried again after five seconds: the clock stands.
    receiver.wait_for(1, LIMIT).await.unwrap();
    let second = shop.order("SO-2", 1).await;
    let other = eventually("the other order", LIMIT, async || {
        let all = told(&receiver);
        let heard = of(&all, &second.code);
        (!heard.is_empty()).then_some(all)
    });
    assert_eq!(of(&other.await.unwrap(), &first.code).len(), 1);
    let kept = eventually("the delivery", LIMIT, async || {
        let kept = world
            .hub
            .store()
            .deliveries(shop.principal.account)
            .await
            .unwrap();
        kept.into_iter().next()
    });
    let subject = Subject::Record(Kind::Order, first.id);
    assert_eq!(kept.await.unwrap().subject, subject);
    world
        .moving_on("the next attempt", Duration::from_secs(5), async || {
            let all = told(&receiver);
            (of(&all, &first.code).len() == 2).then_some(())
        })
        .await;
    let ids: Vec<_> = receiver
        .received()
        .into_iter()
        .filter(|request| request.json().unwrap()["data"]["subject"]["code"] == first.code.as_str())
        .map(|request| request.header("webhook-id").map(str::to_owned))
        .collect();
    assert_eq!(ids[0], ids[1], "the same message");
    world.hub.stop().await.unwrap();
}

async fn what_was_told_of_records_is_told_again(world: World) {
    let receiver = Receiver::start().await.unwrap();
    let types = [("types", "order.created")];
    world
        .endpoint("native", receiver.url("/hook"), &types)
        .await;
    world.hub.start();
    let shop = Merchant::open(&world).await;
    let order = shop.order("SO-1", 1).await;
    let first = receiver.wait_for(1, LIMIT).await.unwrap();
    let account = shop.principal.account;
    let subject = Some(Subject::Record(Kind::Order, order.id));
    let all = AttemptFilter {
        endpoint: None,
        subject,
        outcome: None,
        from: 0,
        to: i64::MAX,
    };
    let attempt = eventually("the attempt", LIMIT, async || {
        let (log, _) = world.hub.attempt_log(account, &all, None, 9).await.unwrap();
        log.into_iter().next()
    });
    let attempt = attempt.await.unwrap();
    assert_eq!(Some(attempt.subject), subject);
    let shown = serde_json::to_value(&attempt).unwrap();
    assert_eq!(
        shown["record"],
        json!({ "kind": "order", "id": order.id.0 })
    );
    assert_eq!(shown.get("shipment"), None);

    let endpoint: EndpointId = attempt.endpoint;
    let (_, position) = trackway_hub::resend::read_delivery_id(&attempt.delivery).unwrap();
    world
        .hub
        .resend_one(None, endpoint, position)
        .await
        .unwrap();
    let again = receiver.wait_for(2, LIMIT).await.unwrap();
    assert_eq!(again[1].header("webhook-id"), first[0].header("webhook-id"));
    let body = |at: usize| again[at].json().unwrap();
    assert_eq!(
        (&body(1)["sequence"], &body(1)["type"]),
        (&body(0)["sequence"], &json!("order.created"))
    );

    // All that it is told, and nothing that its settings leave out; a number is a shipment's.
    let everything = Wanted {
        dry_run: true,
        ..Wanted::default()
    };
    let counted = world.hub.resend(None, endpoint, &everything).await.unwrap();
    assert_eq!(counted.changes, 1, "{counted:?}");
    let of_number = Wanted {
        number: Some("SO-1".to_owned()),
        ..everything
    };
    assert_eq!(
        world
            .hub
            .resend(None, endpoint, &of_number)
            .await
            .unwrap()
            .changes,
        0
    );
    world.hub.stop().await.unwrap();
}

async fn an_endpoint_hears_of_the_types_that_it_names(world: World) {
    let receiver = Receiver::start().await.unwrap();
    let types = [("types", "stock.updated, shipment.updated")];
    world
        .endpoint("native", receiver.url("/hook"), &types)
        .await;
    world.hub.start();
    let shop = Merchant::open(&world).await;
    shop.order("SO-1", 1).await;
    tell(&world, "P1", "in_transit", "2024-05-07T10:00:00+07:00").await;
    let heard = receiver.wait_for(3, LIMIT).await.unwrap();
    let mut types: Vec<String> = heard
        .iter()
        .map(|it| it.json().unwrap()["type"].to_string())
        .collect();
    types.sort();
    assert_eq!(
        types,
        [
            "\"shipment.updated\"",
            "\"stock.updated\"",
            "\"stock.updated\""
        ]
    );
    let level = heard
        .iter()
        .map(|it| it.json().unwrap())
        .find(|it| it["data"]["cause"].is_i64());
    let level = level.unwrap()["data"]["record"].clone();
    let expected = json!({ "sku": "TEA", "warehouse": shop.pickup.0, "on_hand": 10, "reserved": 1, "available": 9, "incoming": 0, "damaged": 0 });
    assert_eq!(level, expected);
    let wrong = world.hub.add_endpoint(trackway_hub::NewEndpoint {
        url: receiver.url("/hook"),
        settings: BTreeMap::from([("types".to_owned(), "order.created,order.lost".to_owned())]),
        operator: true,
        ..Default::default()
    });
    let refused = wrong.await.err().unwrap().to_string();
    assert!(refused.contains("order.lost"), "{refused}");
    world.hub.stop().await.unwrap();
}
