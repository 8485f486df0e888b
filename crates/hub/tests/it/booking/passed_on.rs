//! Orders that came in through 247Express's own customer API, served here, and are passed on to
//! 247Express: the client knows one number, ours, whatever the carrier calls it.

use super::Shop;
use super::carrier::{Carrier, STEP, connect, nothing_is_owed};
use crate::on_both_stores;
use crate::world::{LIMIT, World, read};
use axum::body::Body as Bytes;
use http::Request;
use serde_json::{Value, json};
use std::time::Duration;
use tower::ServiceExt;
use trackway_dialects::desk::Trade;
use trackway_dialects::express247;
use trackway_hub::CreatedKey;
use trackway_model::orders::{
    Body, Fulfilment, FulfilmentState, Kind, NameKind, RecordId, RecordQuery,
};
use trackway_testkit::{Answer, Receiver, eventually};

on_both_stores!(
    an_order_is_passed_on_and_known_by_our_number,
    a_change_and_a_cancellation_are_told_to_the_carrier,
    an_order_of_another_api_is_changed_at_its_carrier,
    a_webhook_gives_a_parcel_its_number_where_the_answer_was_lost,
    what_a_session_that_ended_asks_for_is_refused_by_number,
);

/// A client of the customer API.
struct Client<'a> {
    world: &'a World,
    key: CreatedKey,
    token: String,
    pub hub: i64,
}

impl<'a> Client<'a> {
    async fn open(shop: &Shop<'a>) -> Self {
        let world = shop.world;
        let service =
            json!({ "name": "Chuyển phát nhanh", "code": "DE", "courier": shop.courier.0 });
        shop.merchant.put("services", service).await;
        let key = world.key("247express").await;
        let mut client = Self {
            world,
            key,
            token: String::new(),
            hub: shop.merchant.pickup.0,
        };
        client.log_in().await;
        client
    }

    async fn log_in(&mut self) {
        let body = json!({ "UserName": self.key.user_name, "Password": self.key.password });
        let told = self.call("/api/Client/ClientLogin", &body).await;
        told["Token"].as_str().unwrap().clone_into(&mut self.token);
    }

    async fn call(&self, path: &str, body: &Value) -> Value {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .header("ClientID", self.key.client_id.unwrap().to_string())
            .header("Token", &self.token)
            .body(Bytes::from(body.to_string()))
            .unwrap();
        let router = express247::router().with_state(self.world.hub.clone());
        read(router.oneshot(request).await.unwrap()).await.1
    }

    async fn made(&self, path: &str, body: &Value) -> Value {
        let told = self.call(path, body).await;
        assert_eq!(told["IsError"], false, "{told}");
        told
    }

    /// Two packages with cash; the order's code.
    async fn order(&self, number: &str) -> String {
        let info = json!({
            "ClientHubID": self.hub, "ExternalCode": number, "ReferenceCode": "PO-1",
            "ReceiverName": "NGUYEN VAN VI DU", "ReceiverPhone": "0900000000",
            "ReceiverAddress": "2 Sample St", "ReceiverProvinceName": "TP. Hồ Chí Minh",
            "ReceiverDistrictName": "Quận Tân Bình", "ReceiverWardName": "Phường 02",
            "RealWeight": 0.8, "Quantity": 2, "Packages": [{"PackageID": "A"}, {"PackageID": "B"}],
            "MailerType": "HH", "InformFee": 200_000, "CODAmount": 150_000, "Note": "call first",
            "ExtraServices": [{"ServiceID": "COD"}]
        });
        let body = json!({ "OrderInfo": info });
        let told = self
            .made("/Api/Customer/CustomerAPICreateOrder", &body)
            .await;
        told["OrderInfo"]["OrderCode"].as_str().unwrap().to_owned()
    }

    async fn update(&self, members: &Value) -> Value {
        let body = json!({ "OrderInfo": members });
        self.made("/api/Customer/CustomerAPIUpdateOrder", &body)
            .await
    }

    async fn tracking(&self, code: &str) -> Value {
        self.world.tracking(&self.key, code).await
    }
}

async fn shipment(shop: &Shop<'_>, code: &str) -> RecordId {
    let query = RecordQuery {
        named: Some((NameKind::Waybill, code.to_owned())),
        ..RecordQuery::of(Kind::Fulfilment)
    };
    let page = shop
        .world
        .hub
        .records(&shop.merchant.principal, query)
        .await;
    page.unwrap().records[0].id
}

/// What the carrier calls it.
async fn upstream(shop: &Shop<'_>, id: RecordId) -> String {
    shop.until("it to be booked", id, |it| {
        it.number_upstream().map(str::to_owned)
    })
    .await
}

/// The carrier's webhook of one of its orders, as it knows it.
async fn told(world: &World, carrier: &Carrier, number: &str, status: &str, hour: u32) {
    let held = carrier.orders();
    let held = held.iter().find(|it| it.number == number).unwrap();
    let mut body = crate::world::update(number, status, &format!("2024-05-07T{hour}:00:00+07:00"));
    body["ExternalCode"] = json!(held.reference);
    let request = Request::post("/IntergrationAPI")
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_string()))
        .unwrap();
    let router = express247::router().with_state(world.hub.clone());
    let answer = read(router.oneshot(request).await.unwrap()).await.1;
    assert_eq!(answer["IsError"], false, "{answer}");
}

async fn an_order_is_passed_on_and_known_by_our_number(world: World) {
    let carrier = Carrier::start().await;
    let connection = connect(&world, &carrier, &[]).await;
    let subscriber = Receiver::start().await.unwrap();
    subscriber.set_rule(|_| Answer::json(&json!({ "IsError": false, "ErrorMessage": "" })));
    world
        .endpoint("247express", subscriber.url("/hook"), &[])
        .await;
    world.hub.start();
    let shop = Shop::open(&world).await;
    let client = Client::open(&shop).await;
    let code = client.order("KH-88").await;
    let id = shipment(&shop, &code).await;
    let number = upstream(&shop, id).await;
    nothing_is_owed(&world, connection).await;
    assert_ne!(code, number);
    let made = carrier.of("/CustomerAPICreateOrder");
    let info = &made[0]["OrderInfo"];
    for (member, value) in [
        ("Quantity", json!(2)),
        ("MailerType", json!("HH")),
        ("InformFee", json!(200_000)),
        ("CODAmount", json!(150_000)),
        ("RealWeight", json!(0.8)),
        ("Note", json!("call first")),
        ("ReferenceCode", json!("KH-88")),
        ("ServiceTypeID", json!("DE")),
    ] {
        assert_eq!(info[member], value, "{member}");
    }
    assert_eq!(info["Packages"].as_array().unwrap().len(), 2);
    // It is found by both numbers, and has one shipment.
    assert_eq!(shipment(&shop, &number).await, id);
    let it = shop.fulfilment(id).await;
    assert_eq!(it.parcels.len(), 1);
    assert_eq!(it.parcels[0].waybill, code);
    // The carrier is asked by its own number, and its answer is told under ours.
    world
        .moving_on(
            "the carrier to be asked",
            Duration::from_mins(30),
            async || {
                let asked = carrier.receiver.received();
                let wanted = format!("ordercode={number}");
                let by = |it: &&trackway_testkit::Recorded| {
                    let query = it.uri.query().unwrap_or_default();
                    query.split('&').any(|part| part == wanted)
                };
                asked.iter().any(|it| by(&it)).then_some(())
            },
        )
        .await;
    let seen = world
        .moving_on("its answer to be shown", STEP, async || {
            let seen = client.tracking(&code).await;
            seen.get("unheardOf").is_some().then_some(seen)
        })
        .await;
    assert_eq!(
        (&seen["orderCode"], &seen["externalCode"]),
        (&json!(code), &json!("KH-88"))
    );
    assert_eq!(
        seen["price"],
        Value::Null,
        "what the carrier asks of us is not the client's: {seen}"
    );
    assert_eq!(seen["quantity"], 2);
    world.clock.advance(Duration::from_mins(1));
    // What the carrier tells of its number moves ours.
    for (status, hour) in [("23", 20), ("25", 21)] {
        carrier.set_status(&number, status);
        told(&world, &carrier, &number, status, hour).await;
    }
    shop.until("it to be out for delivery", id, |it| {
        (it.state == FulfilmentState::OutForDelivery).then_some(())
    })
    .await;
    let seen = client.tracking(&code).await;
    assert_eq!(
        (&seen["status"], &seen["orderCode"]),
        (&json!("25"), &json!(code))
    );
    assert_eq!(seen["externalCode"], "KH-88");
    // The client's own endpoint hears of ours alone.
    let heard = eventually("the endpoint to have heard", LIMIT, async || {
        let heard: Vec<Value> = subscriber
            .received()
            .iter()
            .map(|it| it.json().unwrap())
            .collect();
        heard.iter().any(|it| it["Status"] == "25").then_some(heard)
    });
    for body in heard.await.unwrap() {
        assert_eq!(body["OrderCode"], json!(code), "{body}");
        assert_eq!(body["ExternalCode"], "KH-88", "{body}");
        assert_eq!(body["ReferenceCode"], "PO-1", "{body}");
    }
    world.hub.stop().await.unwrap();
}

async fn a_change_and_a_cancellation_are_told_to_the_carrier(world: World) {
    let carrier = Carrier::start().await;
    let connection = connect(&world, &carrier, &[]).await;
    world.hub.start();
    let shop = Shop::open(&world).await;
    let client = Client::open(&shop).await;
    let code = client.order("KH-88").await;
    let id = shipment(&shop, &code).await;
    let number = upstream(&shop, id).await;
    nothing_is_owed(&world, connection).await;
    client
        .update(&json!({
            "OrderCode": code, "ReceiverName": "TRAN THI MAU", "CODAmount": 90_000, "Quantity": 1,
            "Packages": [], "ExtraServices": []
        }))
        .await;
    eventually("the change to be told", LIMIT, async || {
        (!carrier.of("/CustomerAPIUpdateOrder").is_empty()).then_some(())
    })
    .await
    .unwrap();
    nothing_is_owed(&world, connection).await;
    let told = carrier.of("/CustomerAPIUpdateOrder");
    assert_eq!(told.len(), 1);
    let info = &told[0]["OrderInfo"];
    for (member, value) in [
        ("OrderCode", json!(number)),
        ("ReceiverName", json!("TRAN THI MAU")),
        ("CODAmount", json!(90_000)),
        ("Quantity", json!(1)),
        ("Packages", json!([])),
        ("ExtraServices", json!([])),
        ("Note", json!("call first")),
    ] {
        assert_eq!(info[member], value, "{member}");
    }
    // The same once more is nothing new.
    client
        .update(&json!({ "OrderCode": code, "CODAmount": 90_000 }))
        .await;
    nothing_is_owed(&world, connection).await;
    assert_eq!(carrier.of("/CustomerAPIUpdateOrder").len(), 1);
    // A clock that stands makes what is said now as old as a look that is on its way.
    world.clock.advance(Duration::from_mins(1));
    let gone = json!({ "OrderCode": code });
    client.made("/Api/Customer/CancelOrder", &gone).await;
    assert_eq!(client.tracking(&code).await["status"], "18", "at once");
    shop.until("the carrier to have heard", id, |it| {
        it.booking.as_ref()?.cancelled
    })
    .await;
    nothing_is_owed(&world, connection).await;
    assert_eq!(carrier.of("/CancelOrder"), [json!({ "OrderCode": number })]);
    world.hub.stop().await.unwrap();
}

async fn an_order_of_another_api_is_changed_at_its_carrier(world: World) {
    let carrier = Carrier::start().await;
    let connection = connect(&world, &carrier, &[]).await;
    world.hub.start();
    let shop = Shop::open(&world).await;
    let client = Client::open(&shop).await;
    let id = shop.ship("SO-1").await;
    let number = shop.booked(id).await;
    nothing_is_owed(&world, connection).await;
    let told = client
        .update(&json!({
            "OrderCode": number, "ReceiverName": "TRAN THI MAU", "ReceiverPhone": "0900000009",
            "CODAmount": 30_000, "Quantity": 2, "Packages": [{"PackageID": "A"}, {"PackageID": "B"}]
        }))
        .await;
    assert_eq!(told["OrderInfo"]["OrderCode"], json!(number));
    assert_eq!(told["OrderInfo"]["ExternalCode"], "SO-1");
    eventually("the change to be told", LIMIT, async || {
        (!carrier.of("/CustomerAPIUpdateOrder").is_empty()).then_some(())
    })
    .await
    .unwrap();
    let info = carrier.of("/CustomerAPIUpdateOrder")[0]["OrderInfo"].clone();
    for (member, value) in [
        ("OrderCode", json!(number)),
        ("ReceiverName", json!("TRAN THI MAU")),
        ("ReceiverPhone", json!("0900000009")),
        ("CODAmount", json!(30_000)),
        ("Quantity", json!(2)),
        ("RealWeight", json!(0.1)),
    ] {
        assert_eq!(info[member], value, "{member}");
    }
    assert_eq!(info["Packages"].as_array().unwrap().len(), 2);
    nothing_is_owed(&world, connection).await;
    let it: Fulfilment = shop.fulfilment(id).await;
    assert_eq!(it.cod, 30_000.into());
    let order = world
        .hub
        .record(&shop.merchant.principal, Kind::Order, it.order)
        .await;
    let Body::Order(order) = order.unwrap().unwrap().body else {
        panic!("another kind")
    };
    assert_eq!(order.receiver.unwrap().name, "TRAN THI MAU");
    world.hub.stop().await.unwrap();
}

async fn a_webhook_gives_a_parcel_its_number_where_the_answer_was_lost(world: World) {
    let carrier = Carrier::start().await;
    connect(&world, &carrier, &[]).await;
    world.hub.start();
    let shop = Shop::open(&world).await;
    let client = Client::open(&shop).await;
    // The carrier takes both, and then nobody hears of it any more.
    carrier.has.lock().swallows = true;
    let consigned = client.order("KH-88").await;
    let consigned = shipment(&shop, &consigned).await;
    let plain = shop.ship("SO-1").await;
    world
        .moving_on("the carrier to have both", STEP, async || {
            (carrier.orders().len() == 2).then_some(())
        })
        .await;
    for id in [consigned, plain] {
        let it = shop.fulfilment(id).await;
        assert!(it.booking.is_none_or(|it| it.number.is_none()));
    }
    for held in carrier.orders() {
        carrier.set_status(&held.number, "23");
        told(&world, &carrier, &held.number, "23", 20).await;
    }
    for id in [consigned, plain] {
        shop.until("it to be picked up", id, |it| it.shipped).await;
    }
    let it = shop.fulfilment(consigned).await;
    assert!(it.number_upstream().is_some());
    let it = shop.fulfilment(plain).await;
    let booking = it.booking.unwrap();
    assert_eq!(booking.number.as_deref(), Some(&*it.parcels[0].waybill));
    assert!(booking.taken.is_some());
    // A reference that is nobody's gives nothing to anybody, and is kept as what it is.
    let stranger = crate::world::update("VD9999999", "23", "2024-05-07T20:00:00+07:00");
    assert_eq!(stranger["ExternalCode"], "SO-7781");
    world
        .webhook("VD9999999", "23", "2024-05-07T20:00:00+07:00")
        .await;
    assert_eq!(client.tracking("VD9999999").await["status"], "23");
    world.hub.stop().await.unwrap();
}

async fn what_a_session_that_ended_asks_for_is_refused_by_number(world: World) {
    let shop = Shop::open(&world).await;
    let mut client = Client::open(&shop).await;
    let code = client.order("KH-88").await;
    world.clock.advance(Duration::from_hours(24));
    for (path, body) in [
        (
            "/Api/Customer/CustomerAPICreateOrder",
            json!({ "OrderInfo": {} }),
        ),
        (
            "/api/Customer/CustomerAPIUpdateOrder",
            json!({ "OrderInfo": { "OrderCode": code } }),
        ),
        ("/Api/Customer/CancelOrder", json!({ "OrderCode": code })),
        (
            "/api/Customer/CustomerConfirmDelivery",
            json!({ "OrderCode": code, "ConfirmID": 1 }),
        ),
        ("/Api/Customer/GetPriceForCustomerAPI", json!({})),
    ] {
        let told = client.call(path, &body).await;
        assert_eq!(
            (&told["ErrorCode"], &told["IsError"]),
            (&json!("12"), &json!(true)),
            "{path}"
        );
        assert_eq!(told["Errors"][0]["PropertyName"], "Token", "{path}");
    }
    assert_eq!(
        shop.fulfilment(shipment(&shop, &code).await).await.state,
        FulfilmentState::Unfulfilled
    );
    client.log_in().await;
    client
        .made("/Api/Customer/CancelOrder", &json!({ "OrderCode": code }))
        .await;
}
