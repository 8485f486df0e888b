//! Orders over our own API: what they are made of, placed, packed, cancelled, and refused in whole.

mod refused;

use super::{asked, get, is_problem, post, read};
use crate::harness::json_of;
use crate::installation::Installation;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
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

on_every_store! {
    an_order_is_placed_packed_and_handed_over,
    a_cancelled_order_gives_back_what_it_reserved,
    goods_come_in_and_come_back,
}

#[tokio::test]
async fn orders_are_found_by_what_is_known_of_them() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let trading = Trading::open(&own, key, 100).await;
    for at in 0..7 {
        let mut order = trading.order(&format!("N-{at}"), 1);
        order["approve"] = json!(at % 2 == 0);
        if at == 3 {
            order["payments"] = json!([{"status": "paid", "method": "card", "amount": "12500"}]);
        }
        made(&own, key, "/v1/orders", order).await;
    }
    for (query, count) in [
        ("", 7),
        ("status=approved", 4),
        ("status=new", 3),
        ("status=new,approved", 7),
        ("status=shipped", 0),
        ("payment_status=paid", 1),
        ("type=b2c", 7),
        ("type=b2b", 0),
        ("number=N-3", 1),
        ("number=N-9", 0),
        ("keyword=N-", 7),
        ("keyword=zzz", 0),
        ("created_after=1d", 7),
        ("created_before=1d", 0),
        ("status=approved&keyword=N-2", 1),
    ] {
        let told = read(&own, key, &format!("/v1/orders?{query}")).await;
        assert_eq!(told["total"], count, "{query}: {told}");
        assert_eq!(told["records"].as_array().unwrap().len(), count, "{query}");
    }
    let by_shop = format!(
        "/v1/orders?shop={}&pickup={}",
        trading.shop, trading.warehouse
    );
    assert_eq!(read(&own, key, &by_shop).await["total"], 7);
    let mut seen = Vec::new();
    let mut page = 1;
    loop {
        let told = read(&own, key, &format!("/v1/orders?limit=3&page={page}")).await;
        let records = told["records"].as_array().unwrap();
        seen.extend(
            records
                .iter()
                .map(|one| one["number"].as_str().unwrap().to_owned()),
        );
        match told["next"].as_u64() {
            Some(next) => page = next,
            None => break,
        }
    }
    assert_eq!(seen, ["N-6", "N-5", "N-4", "N-3", "N-2", "N-1", "N-0"]);
    for query in [
        "status=gone",
        "shop=NONE",
        "type=x",
        "payment_status=maybe",
        "page=0",
        "page=x",
        "limit=0",
        "limit=1001",
        "sort=random",
        "created_after=soon",
        "colour=red",
        "keyword=",
        "page=99999999999",
    ] {
        is_problem(&get(&own, key, &format!("/v1/orders?{query}")).await, 400);
    }
}

#[tokio::test]
async fn the_catalogue_is_made_and_changed_by_its_members() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let trading = Trading::open(&own, key, 0).await;
    let patch = async |path: &str, body: Value| {
        let request =
            asked(&own, Method::PATCH, path, key).header(CONTENT_TYPE, "application/json");
        json_of(request.body(body.to_string())).await
    };
    let path = format!("/v1/catalogue/pickup_addresses/{}", trading.warehouse);
    let before = read(&own, key, &path).await;
    assert_eq!(before["contact"]["name"], "Stock room");
    let (status, after) = patch(&path, json!({"name": "West"})).await;
    assert_eq!(status, StatusCode::OK, "{after}");
    assert_eq!(
        (&after["name"], &after["contact"]),
        (&json!("West"), &before["contact"])
    );
    assert_eq!(after["version"], 2);
    is_problem(&patch(&path, json!({"nmae": "x"})).await, 422);
    is_problem(&patch(&path, json!({"active": "yes"})).await, 422);
    is_problem(&get(&own, key, "/v1/catalogue/ships").await, 404);
    is_problem(&get(&own, key, "/v1/catalogue/items").await, 404);

    let product = json!({"shop": trading.shop, "sku": "SKU-1", "name": "Cup", "sale_price": 12.5});
    let product = made(&own, key, "/v1/products", product).await;
    assert_eq!(product["sale_price"], "12.5");
    assert_eq!(
        product["parts"],
        json!([{"item": trading.item, "quantity": 1}])
    );
    let pair = json!({"shop": trading.shop, "sku": "PAIR", "name": "Two cups", "sale_price": "20",
        "parts": [{"item": "SKU-1", "quantity": 2}]});
    made(&own, key, "/v1/products", pair).await;
    let listed = read(&own, key, &format!("/v1/products?shop={}", trading.shop)).await;
    assert_eq!(listed["total"], 2);
    let item = read(&own, key, "/v1/items/SKU-1").await;
    assert_eq!(item["id"], trading.item);
    let many = json!({"brands": [{"name": "A"}, {"name": 5}, {"name": "B"}]});
    let (_, told) = post(&own, key, "/v1/catalogue/brands", &many).await;
    assert_eq!(
        (&told["made"], &told["refused"][0]["index"]),
        (&json!(2), &json!(1)),
        "{told}"
    );
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

#[tokio::test]
async fn a_way_is_priced_by_the_services_cards() {
    let own = Installation::start().await;
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let key = &shop.native.key;
    let trading = Trading::open(&own, key, 0).await;
    let card = json!({"name": "Near", "zones": [{"name": "all", "lanes": [["*", "*"]],
        "steps": [[500, "15000"], [1000, 20_000]], "more": [500, 2500]}],
        "volumetric_divisor": 5000, "vat_percent": "8", "round_to": 1000,
        "cod": {"percent": "0.5", "least": "5000", "free_up_to": "0"}});
    let card = made(&own, key, "/v1/catalogue/rate_cards", card).await;
    let request = asked(&own, Method::PATCH, "/v1/catalogue/services/OWN_STD", key)
        .header(CONTENT_TYPE, "application/json");
    let body = json!({"rate_card": card["code"], "estimate": "1-2"});
    let (status, service) = json_of(request.body(body.to_string())).await;
    assert_eq!(status, StatusCode::OK, "{service}");
    let question = |weight: i64| {
        json!({"pickup": trading.warehouse, "weight": weight, "cod": 200_000,
        "length": 20, "width": 20, "height": 20, "to": {"province": "TP. Hồ Chí Minh"}})
    };
    let (status, told) = post(&own, key, "/v1/quotes", &question(400)).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    // 8,000 cm³ weigh as 1.6 kg: 20,000 and two more steps of 2,500; 5,000 for the cash; 8 % VAT.
    let quote = &told["quotes"][0];
    assert_eq!(quote["charged_weight"], 1_600, "{quote}");
    for (part, amount) in [
        ("freight", "25000"),
        ("cod", "5000"),
        ("vat", "2400"),
        ("total", "33000"),
    ] {
        let told: f64 = quote[part].as_str().unwrap().parse().unwrap();
        assert_eq!(told, amount.parse::<f64>().unwrap(), "{part}: {quote}");
    }
    assert_eq!(
        (&quote["code"], &quote["estimate"]),
        (&json!("OWN_STD"), &json!("1-2"))
    );
    is_problem(&post(&own, key, "/v1/quotes", &question(-1)).await, 422);
    let foreign = post(&own, &other.native.key, "/v1/quotes", &question(400)).await;
    assert_eq!(is_problem(&foreign, 422)["errors"][0]["pointer"], "/pickup");
    let mut of_nobody = question(400);
    of_nobody["courier"] = json!("NOBODY");
    let refused = post(&own, key, "/v1/quotes", &of_nobody).await;
    assert_eq!(
        is_problem(&refused, 422)["errors"][0]["pointer"],
        "/courier"
    );
}
