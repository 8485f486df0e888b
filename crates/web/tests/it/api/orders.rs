//! Orders over our own API: what they are made of, placed, packed, cancelled, and refused in whole.

mod catalogue;
mod lists;
mod persons;
mod refused;
pub mod reports;

use super::{is_problem, post, read, tell};
use crate::installation::Installation;
use reqwest::StatusCode;
use serde_json::{Value, json};

/// A shop that can sell: its records by id.
pub struct Trading {
    pub shop: i64,
    pub warehouse: i64,
    pub item: i64,
    pub courier: i64,
    pub service: i64,
}

/// Makes one thing, which must be made.
pub async fn made(own: &Installation, key: &str, path: &str, body: Value) -> Value {
    let (status, answer) = post(own, key, path, &body).await;
    assert_eq!(status, StatusCode::CREATED, "{path}: {answer}");
    answer
}

fn id(record: &Value) -> i64 {
    record["id"].as_i64().unwrap()
}

impl Trading {
    /// With an item `SKU-1`, of which there are so many.
    pub async fn open(own: &Installation, key: &str, stock: i64) -> Self {
        let shop = made(own, key, "/v1/catalogue/shops", json!({"name": "Corner"})).await;
        let contact = json!({"name": "Stock room", "phone": "+84000000009",
            "address": {"country": "VN", "line": "1 Sample St", "province": "TP. Hồ Chí Minh"}});
        let warehouse = json!({"name": "East", "warehouse": "WH-E", "fulfilment_provider": "demo",
            "contact": contact});
        let warehouse = made(own, key, "/v1/catalogue/pickup_addresses", warehouse).await;
        let courier = json!({"name": "Own people", "carrier": "own", "own_fleet": true});
        let courier = made(own, key, "/v1/catalogue/couriers", courier).await;
        let service = json!({"name": "Standard", "courier": id(&courier), "code": "OWN_STD"});
        let service = made(own, key, "/v1/catalogue/services", service).await;
        let item = json!({"sku": "SKU-1", "name": "Cup", "weight": 250});
        let item = made(own, key, "/v1/items", item).await;
        let trading = Self {
            shop: id(&shop),
            warehouse: id(&warehouse),
            item: id(&item),
            courier: id(&courier),
            service: id(&service),
        };
        if stock > 0 {
            let found = json!({"item": "SKU-1", "warehouse": trading.warehouse,
                "movement": "found", "quantity": stock});
            let (status, level) = post(own, key, "/v1/stock/adjustments", &found).await;
            assert_eq!(status, StatusCode::OK, "{level}");
            assert_eq!(level["available"], stock);
        }
        trading
    }

    /// An order of so many, approved at once.
    pub fn order(&self, number: &str, quantity: i64) -> Value {
        json!({
            "shop": self.shop,
            "pickup": self.warehouse,
            "courier": self.courier,
            "number": number,
            "receiver": {"name": "Demo Receiver", "phone": "+84000000001",
                "address": {"country": "VN", "line": "2 Sample St"}},
            "lines": [{"sku": "SKU-1", "quantity": quantity, "sale_price": "12500"}],
            "approve": true,
        })
    }
}

/// What there is of the item: available, reserved.
async fn level(own: &Installation, key: &str) -> (i64, i64) {
    let told = read(own, key, "/v1/stock?item=SKU-1").await;
    let level = &told["levels"][0];
    let of = |name: &str| level[name].as_i64().unwrap();
    (of("available"), of("reserved"))
}

async fn orders(own: &Installation, key: &str) -> u64 {
    let told = read(own, key, "/v1/orders").await;
    assert_eq!(told["total_exact"], true, "{told}");
    told["total"].as_u64().unwrap()
}

async fn an_order_is_placed_packed_and_handed_over(own: Installation) {
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let trading = Trading::open(&own, key, 10).await;
    let order = made(&own, key, "/v1/orders", trading.order("N-1", 4)).await;
    assert_eq!(order["state"], "approved");
    assert_eq!(order["total"], "50000");
    assert_eq!(order["receiver"]["name"], "Demo Receiver");
    assert_eq!(order["lines"][0]["name"], "Cup");
    assert_eq!(level(&own, key).await, (6, 4));
    let path = format!("/v1/orders/{}", order["id"]);
    assert_eq!(read(&own, key, &path).await, order);
    let by_code = format!("/v1/orders/{}", order["code"].as_str().unwrap());
    assert_eq!(read(&own, key, &by_code).await, order);

    let part = json!({"lines": [{"line": 1, "quantity": 3}]});
    let fulfilments = format!("{path}/fulfilments");
    let (status, first) = post(&own, key, &fulfilments, &part).await;
    assert_eq!(status, StatusCode::OK, "{first}");
    assert_eq!(first["lines"], json!([{"line": 1, "quantity": 3}]));
    let (status, rest) = post(&own, key, &fulfilments, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{rest}");
    assert_eq!(rest["lines"], json!([{"line": 1, "quantity": 1}]));
    let listed = read(&own, key, &fulfilments).await;
    assert_eq!(listed["total"], 2);
    for one in [&first, &rest] {
        let path = format!("/v1/fulfilments/{}/move", one["id"]);
        for to in ["awaiting_packaging", "packing", "ready_to_ship"] {
            let (status, moved) = post(&own, key, &path, &json!({"to": to})).await;
            assert_eq!(
                (status, &moved["state"]),
                (StatusCode::OK, &json!(to)),
                "{moved}"
            );
        }
    }
    assert_eq!(read(&own, key, &path).await["state"], "ready_to_ship");
    for one in [&first, &rest] {
        let path = format!("/v1/fulfilments/{}/move", one["id"]);
        let (status, moved) = post(&own, key, &path, &json!({"to": "shipped"})).await;
        assert_eq!(status, StatusCode::OK, "{moved}");
    }
    assert_eq!(read(&own, key, &path).await["state"], "shipped");
    assert_eq!(level(&own, key).await, (6, 0));

    // What was handed over is not cancelled, and the answer names both states.
    let cancelled = post(&own, key, &format!("{path}/cancel"), &json!({})).await;
    let detail = is_problem(&cancelled, 409)["detail"].to_string();
    assert!(
        detail.contains("shipped") && detail.contains("cancelled"),
        "{detail}"
    );

    let ledger = format!(
        "/v1/stock/movements?item=SKU-1&warehouse={}",
        trading.warehouse
    );
    let told = read(&own, key, &ledger).await;
    let moved: Vec<&str> = told["movements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["movement"].as_str().unwrap())
        .collect();
    assert_eq!(moved[..2], ["found", "reserve"], "{told}");
    assert!(moved[2..].iter().all(|name| *name == "ship"), "{told}");
    let cause = told["movements"][1]["cause"].as_i64();
    assert_eq!(cause, order["id"].as_i64());
}

async fn a_cancelled_order_gives_back_what_it_reserved(own: Installation) {
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let trading = Trading::open(&own, key, 5).await;
    let order = made(&own, key, "/v1/orders", trading.order("N-1", 5)).await;
    assert_eq!(level(&own, key).await, (0, 5));
    let refused = post(&own, key, "/v1/orders", &trading.order("N-2", 1)).await;
    let problem = is_problem(&refused, 422);
    assert_eq!(problem["errors"][0]["pointer"], "/lines/0/sku", "{problem}");
    assert_eq!(orders(&own, key).await, 1);
    let path = format!("/v1/orders/{}/cancel", order["id"]);
    let (status, cancelled) = post(&own, key, &path, &json!({"reason": "changed mind"})).await;
    assert_eq!(status, StatusCode::OK, "{cancelled}");
    assert_eq!(cancelled["state"], "cancelled_by_seller");
    assert_eq!(cancelled["cancel_reason"], "changed mind");
    assert_eq!(level(&own, key).await, (5, 0));
    is_problem(&post(&own, key, &path, &json!({})).await, 409);
    assert_eq!(level(&own, key).await, (5, 0));
}

async fn goods_come_in_and_come_back(own: Installation) {
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let trading = Trading::open(&own, key, 0).await;
    let body = json!({"warehouse": trading.warehouse, "reference": "PO-1",
        "lines": [{"sku": "SKU-1", "quantity": 10, "cost": "9000.50"}]});
    let inbound = made(&own, key, "/v1/inbounds", body).await;
    assert_eq!(inbound["state"], "new");
    let path = format!("/v1/inbounds/{}/move", inbound["id"]);
    for to in ["received", "inspecting"] {
        let (status, moved) = post(&own, key, &path, &json!({"to": to})).await;
        assert_eq!(status, StatusCode::OK, "{moved}");
    }
    let short = json!({"to": "completed", "conditions": [{"line": 1, "received": 7}]});
    let refused = post(&own, key, &path, &short).await;
    is_problem(&refused, 422);
    let counted = json!({"to": "completed",
        "conditions": [{"line": 1, "received": 7, "damaged": 2, "lost": 1}]});
    let (status, done) = post(&own, key, &path, &counted).await;
    assert_eq!(
        (status, &done["state"]),
        (StatusCode::OK, &json!("completed")),
        "{done}"
    );
    assert_eq!(done["lines"][0]["cost"], "9000.50");
    assert_eq!(level(&own, key).await, (7, 0));
    let told = read(&own, key, "/v1/stock").await;
    assert_eq!(told["levels"][0]["damaged"], 2);
    assert_eq!(told["levels"][0]["incoming"], 0);

    let order = made(&own, key, "/v1/orders", trading.order("N-1", 2)).await;
    let back = json!({"order": order["id"], "warehouse": trading.warehouse,
        "reason_type": "wrong_item"});
    is_problem(&post(&own, key, "/v1/returns", &back).await, 409);
    let fulfilments = format!("/v1/orders/{}/fulfilments", order["id"]);
    let (_, fulfilment) = post(&own, key, &fulfilments, &json!({})).await;
    let path = format!("/v1/fulfilments/{}/move", fulfilment["id"]);
    for to in [
        "awaiting_packaging",
        "packing",
        "ready_to_ship",
        "shipped",
        "delivered",
    ] {
        let (status, moved) = post(&own, key, &path, &json!({"to": to})).await;
        assert_eq!(status, StatusCode::OK, "{to}: {moved}");
    }
    let mut more = back.clone();
    more["lines"] = json!([{"line": 1, "quantity": 3, "sale_price": 12_500}]);
    let refused = post(&own, key, "/v1/returns", &more).await;
    let problem = is_problem(&refused, 422);
    assert!(
        problem["errors"][0]["pointer"]
            .as_str()
            .unwrap()
            .starts_with("/lines/0"),
        "{problem}"
    );
    let returned = made(&own, key, "/v1/returns", back).await;
    let path = format!("/v1/returns/{}/move", returned["id"]);
    for to in ["approved", "received", "inspecting"] {
        let (status, moved) = post(&own, key, &path, &json!({"to": to})).await;
        assert_eq!(status, StatusCode::OK, "{to}: {moved}");
    }
    let line = &returned["lines"][0]["id"];
    let done = json!({"to": "completed", "conditions": [{"line": line, "received": 2}]});
    let (status, done) = post(&own, key, &path, &done).await;
    assert_eq!(
        (status, &done["state"]),
        (StatusCode::OK, &json!("completed")),
        "{done}"
    );
    assert_eq!(level(&own, key).await, (7, 0));
}

/// Carriers' news of its parcels move a fulfilment and its order, once.
async fn a_parcels_news_moves_its_order(own: Installation) {
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let trading = Trading::open(&own, key, 5).await;
    let order = made(&own, key, "/v1/orders", trading.order("N-1", 2)).await;
    let path = format!("/v1/orders/{}", order["id"]);
    let waybill = json!({"waybills": ["OWN-77"]});
    let (status, fulfilment) = post(&own, key, &format!("{path}/fulfilments"), &waybill).await;
    assert_eq!(status, StatusCode::OK, "{fulfilment}");
    assert_eq!(fulfilment["parcels"][0]["waybill"], "OWN-77");
    let tracked = read(&own, key, "/v1/shipments?number=OWN-77").await;
    assert_eq!(
        tracked["shipments"][0]["carrier"],
        fulfilment["parcels"][0]["carrier"]
    );
    let of_parcel = format!("/v1/fulfilments/{}", fulfilment["id"]);
    for (status, state, of_order) in [
        ("in_transit", "in_transit", "delivering"),
        ("in_transit", "in_transit", "delivering"),
        ("delivered", "delivered", "completed"),
    ] {
        let carrier = &fulfilment["parcels"][0]["carrier"];
        let told = json!([{"carrier": carrier, "number": "OWN-77", "status": status}]);
        tell(&own, &shop, &told).await;
        assert_eq!(
            read(&own, key, &of_parcel).await["state"],
            state,
            "{status}"
        );
        assert_eq!(read(&own, key, &path).await["state"], of_order, "{status}");
    }
    assert_eq!(level(&own, key).await, (3, 0));
    let ledger = format!(
        "/v1/stock/movements?item=SKU-1&warehouse={}",
        trading.warehouse
    );
    let told = read(&own, key, &ledger).await;
    let shipped = told["movements"].as_array().unwrap().iter();
    let shipped = shipped.filter(|one| one["movement"] == "ship");
    assert_eq!(
        shipped
            .map(|one| one["quantity"].as_i64().unwrap())
            .sum::<i64>(),
        2
    );
}

/// Of many who want the last ones at once, exactly as many get one as there are.
async fn the_last_ones_are_sold_once(own: Installation) {
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let trading = Trading::open(&own, key, 7).await;
    let bodies: Vec<Value> = (0..40)
        .map(|at| trading.order(&format!("N-{at}"), 1))
        .collect();
    let placed = bodies
        .iter()
        .map(|body| post(&own, key, "/v1/orders", body));
    let answers = futures::future::join_all(placed).await;
    let count = |status: u16| {
        answers
            .iter()
            .filter(|(told, _)| told.as_u16() == status)
            .count()
    };
    assert_eq!((count(201), count(422)), (7, 33), "{answers:?}");
    assert_eq!(level(&own, key).await, (0, 7));
    assert_eq!(orders(&own, key).await, 7);
}

on_every_store! {
    a_parcels_news_moves_its_order,
    the_last_ones_are_sold_once,
    an_order_is_placed_packed_and_handed_over,
    a_cancelled_order_gives_back_what_it_reserved,
    goods_come_in_and_come_back,
}

#[tokio::test]
async fn an_order_is_closed_short() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let trading = Trading::open(&own, key, 10).await;
    let order = made(&own, key, "/v1/orders", trading.order("N-1", 4)).await;
    let path = format!("/v1/orders/{}", order["id"]);
    let close = format!("{path}/close");
    let (status, told) = post(&own, key, &close, &json!({})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
    let part = json!({"courier": trading.courier, "waybills": ["FG-1"],
        "lines": [{"line": 1, "quantity": 3}]});
    let (status, parcel) = post(&own, key, &format!("{path}/fulfilments"), &part).await;
    assert_eq!(status, StatusCode::OK, "{parcel}");
    let moved = format!("/v1/fulfilments/{}/move", parcel["id"]);
    let (status, told) = post(&own, key, &moved, &json!({"to": "shipped"})).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(read(&own, key, &path).await["state"], "processing");
    assert_eq!(level(&own, key).await, (6, 1));
    let (status, told) = post(&own, key, &close, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(
        (&told["state"], &told["lines"][0]["closed"]),
        (&json!("shipped"), &json!(1))
    );
    assert_eq!(level(&own, key).await, (7, 0));
    assert_eq!(
        post(&own, key, &close, &json!({})).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn whom_an_order_is_for_is_erased() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let trading = Trading::open(&own, key, 100).await;
    let order = made(&own, key, "/v1/orders", trading.order("N-1", 1)).await;
    let id = order["id"].as_i64().unwrap();
    let name = order["receiver"]["name"].as_str().unwrap().to_owned();
    let code = order["code"].as_str().unwrap();
    let packed = json!({"courier": trading.courier, "waybills": ["FG-1"]});
    let fulfilments = format!("/v1/orders/{id}/fulfilments");
    let (status, parcel) = post(&own, key, &fulfilments, &packed).await;
    assert_eq!(status, StatusCode::OK, "{parcel}");
    assert!(parcel.to_string().contains(&name), "{parcel}");
    let path = format!("/v1/orders/{code}/erase");
    let (status, told) = post(&own, key, &path, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!((&told["id"], &told["records"]), (&json!(id), &json!(2)));
    assert_eq!(
        (&told["parcels"], &told["erased"]),
        (&json!(1), &json!(true))
    );
    for path in [
        format!("/v1/orders/{id}"),
        format!("/v1/fulfilments/{}", parcel["id"]),
        "/v1/orders".to_owned(),
    ] {
        let shown = read(&own, key, &path).await;
        assert!(!shown.to_string().contains(&name), "{path}: {shown}");
    }
    let (_, again) = post(&own, key, &path, &json!({})).await;
    assert_eq!(again["records"], 0);
    // It goes on as an order.
    let cancel = format!("/v1/fulfilments/{}/cancel", parcel["id"]);
    let (status, told) = post(&own, key, &cancel, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let other = own.shop("other").await;
    let (status, _) = post(&own, &other.native.key, &path, &json!({})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_sandboxs_orders_stand_apart() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let live = &shop.native.key;
    let test = json!({"test": true});
    let (_, test) = post(&own, live, "/v1/keys", &test).await;
    let test = test["key"].as_str().unwrap();
    let trading = Trading::open(&own, test, 5).await;
    made(&own, test, "/v1/orders", trading.order("N-1", 1)).await;
    assert_eq!((orders(&own, test).await, orders(&own, live).await), (1, 0));
    let of_live = Trading::open(&own, live, 5).await;
    made(&own, live, "/v1/orders", of_live.order("N-1", 1)).await;
    assert_eq!((orders(&own, test).await, orders(&own, live).await), (1, 1));
    assert_eq!(level(&own, live).await, (4, 1));
}
