//! What is refused, and what it leaves: nothing.

use super::super::{is_problem, key, post, posted, read};
use super::{Trading, level, made, orders};
use crate::harness::json_of;
use crate::installation::Installation;
use reqwest::StatusCode;
use serde_json::{Value, json};

/// The table of bad input: each is answered with the member that is wrong, and makes nothing.
#[tokio::test]
async fn nothing_half_made_is_left_by_what_is_wrong() {
    let own = Installation::start().await;
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let key = &shop.native.key;
    let trading = Trading::open(&own, key, 100).await;
    let theirs = Trading::open(&own, &other.native.key, 100).await;
    made(&own, key, "/v1/orders", trading.order("N-1", 1)).await;
    let rows = [
        ("/lines/0/quantity", json!(0), 422, "/lines/0/quantity"),
        ("/lines/0/quantity", json!(-1), 422, "/lines/0/quantity"),
        (
            "/lines/0/quantity",
            json!(1_000_000_000_000_i64),
            422,
            "/lines/0/quantity",
        ),
        ("/lines/0/quantity", json!("two"), 422, "/lines/0/quantity"),
        ("/lines/0/sku", json!("SKU-NONE"), 422, "/lines/0/sku"),
        (
            "/lines/0/sale_price",
            json!("-5"),
            422,
            "/lines/0/sale_price",
        ),
        (
            "/lines/0/sale_price",
            json!("1e3x"),
            422,
            "/lines/0/sale_price",
        ),
        ("/lines", json!([]), 422, "/lines"),
        ("/shop", json!(theirs.shop), 422, "/shop"),
        ("/shop", json!("NO-SUCH"), 422, "/shop"),
        ("/pickup", json!(theirs.warehouse), 422, "/pickup"),
        ("/courier", json!(theirs.courier), 422, "/courier"),
        ("/service", json!(theirs.service), 422, "/service"),
        ("/number", json!("N-1"), 409, "/number"),
        ("/total", json!("99999"), 422, "/total"),
        ("/receiver", Value::Null, 422, "/receiver"),
        ("/currency", json!("dong"), 422, "/currency"),
        ("/order_type", json!("b2d"), 422, "/order_type"),
        ("/colour", json!("red"), 422, "/colour"),
    ];
    for (member, value, status, told) in rows {
        let mut body = trading.order("N-2", 1);
        match body.pointer_mut(member) {
            Some(held) => *held = value,
            None => body[&member[1..]] = value,
        }
        let answer = post(&own, key, "/v1/orders", &body).await;
        let problem = is_problem(&answer, status);
        let pointer = problem["errors"][0]["pointer"].as_str().unwrap();
        assert_eq!(pointer, told, "{body}: {problem}");
        assert!(!problem["errors"][0]["detail"].as_str().unwrap().is_empty());
    }
    assert_eq!(orders(&own, key).await, 1);
    assert_eq!(level(&own, key).await, (99, 1));
    // The other one's are as they were.
    assert_eq!(level(&own, &other.native.key).await, (100, 0));

    let again = post(&own, key, "/v1/orders", &trading.order("N-1", 1)).await;
    let first = read(&own, key, "/v1/orders?number=N-1").await;
    assert_eq!(
        again.1["existing"], first["records"][0]["id"],
        "{}",
        again.1
    );

    let order = &first["records"][0]["id"];
    let path = format!("/v1/orders/{order}/fulfilments");
    let more = json!({"lines": [{"line": 1, "quantity": 2}]});
    let problem = post(&own, key, &path, &more).await;
    let pointer = is_problem(&problem, 422)["errors"][0]["pointer"].to_string();
    assert!(pointer.contains("/lines/0"), "{pointer}");
    assert_eq!(read(&own, key, &path).await["total"], 0);
    for (path, body, status) in [
        (
            "/v1/stock/adjustments",
            json!({"item": "SKU-1", "warehouse": trading.warehouse, "movement": "missing", "quantity": 100}),
            422,
        ),
        (
            "/v1/stock/adjustments",
            json!({"item": "SKU-1", "warehouse": trading.warehouse, "movement": "missing", "quantity": 0}),
            422,
        ),
        (
            "/v1/stock/adjustments",
            json!({"item": theirs.item, "warehouse": trading.warehouse, "movement": "found", "quantity": 1}),
            422,
        ),
        (
            "/v1/stock/adjustments",
            json!({"item": "SKU-1", "warehouse": theirs.warehouse, "movement": "found", "quantity": 1}),
            422,
        ),
        ("/v1/items", json!({"sku": "SKU-1", "name": "Twice"}), 409),
        (
            "/v1/items",
            json!({"sku": "SKU-2", "name": "Heavy", "weight": -1}),
            422,
        ),
        (
            "/v1/items",
            json!({"sku": "SKU-2", "name": "X", "qualified": true}),
            422,
        ),
        (
            "/v1/products",
            json!({"shop": trading.shop, "sku": "P-1", "name": "X", "sale_price": 1}),
            422,
        ),
        (
            "/v1/inbounds",
            json!({"warehouse": theirs.warehouse, "lines": [{"sku": "SKU-1", "quantity": 1}]}),
            422,
        ),
        (
            "/v1/inbounds",
            json!({"warehouse": trading.warehouse, "lines": [{"sku": "SKU-1", "quantity": 0}]}),
            422,
        ),
        (
            "/v1/returns",
            json!({"order": "NONE", "warehouse": trading.warehouse, "reason_type": "other"}),
            422,
        ),
    ] {
        let answer = post(&own, key, path, &body).await;
        let problem = is_problem(&answer, status);
        assert!(
            problem["errors"][0]["pointer"].as_str().unwrap().len() > 1,
            "{path} {body}: {problem}"
        );
    }
    assert_eq!(level(&own, key).await, (99, 1));
}

/// What can't be done a second time, or of more than there was.
#[tokio::test]
async fn a_second_cancel_and_a_return_of_more_are_refused() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let trading = Trading::open(&own, key, 10).await;
    let given_up = made(&own, key, "/v1/orders", trading.order("N-1", 2)).await;
    let cancel = format!("/v1/orders/{}/cancel", given_up["id"]);
    assert_eq!(post(&own, key, &cancel, &json!({})).await.0, StatusCode::OK);
    is_problem(&post(&own, key, &cancel, &json!({})).await, 409);
    let order = made(&own, key, "/v1/orders", trading.order("N-2", 3)).await;
    let back = |quantity: i64| {
        json!({"order": order["id"], "warehouse": trading.warehouse, "reason_type": "other",
            "lines": [{"line": 1, "quantity": quantity}]})
    };
    // Nothing was handed over yet.
    is_problem(&post(&own, key, "/v1/returns", &back(1)).await, 409);
    let path = format!("/v1/orders/{}/fulfilments", order["id"]);
    let two = json!({"lines": [{"line": 1, "quantity": 2}]});
    let (_, parcel) = post(&own, key, &path, &two).await;
    let path = format!("/v1/fulfilments/{}/move", parcel["id"]);
    for to in ["ready_to_ship", "shipped", "delivered"] {
        let (status, moved) = post(&own, key, &path, &json!({"to": to})).await;
        assert_eq!(status, StatusCode::OK, "{moved}");
    }
    let cancel = format!("/v1/fulfilments/{}/cancel", parcel["id"]);
    is_problem(&post(&own, key, &cancel, &json!({})).await, 409);
    for quantity in [3, 0, -1, 1_000_000_000_000] {
        let answer = post(&own, key, "/v1/returns", &back(quantity)).await;
        let problem = is_problem(&answer, 422);
        let pointer = problem["errors"][0]["pointer"].as_str().unwrap();
        assert!(pointer.starts_with("/lines/0"), "{quantity}: {problem}");
    }
    assert_eq!(read(&own, key, "/v1/returns").await["total"], 0);
    made(&own, key, "/v1/returns", back(2)).await;
    is_problem(&post(&own, key, "/v1/returns", &back(1)).await, 422);
    assert_eq!(read(&own, key, "/v1/returns").await["total"], 1);
}

#[tokio::test]
async fn a_batch_never_fails_for_one_bad_order() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let trading = Trading::open(&own, key, 3).await;
    let mut wrong = trading.order("N-3", 1);
    wrong["lines"][0]["sku"] = json!("NONE");
    let batch = json!({"orders": [
        trading.order("N-1", 2), trading.order("N-2", 2), wrong, {"shop": 5}, trading.order("N-1", 1),
    ]});
    let (status, told) = post(&own, key, "/v1/orders", &batch).await;
    assert_eq!(
        (status, &told["made"]),
        (StatusCode::OK, &json!(1)),
        "{told}"
    );
    assert_eq!(told["records"][0]["index"], 0);
    let refused: Vec<(u64, u64)> = told["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["index"].as_u64().unwrap(),
                one["status"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(refused, [(1, 422), (2, 422), (3, 422), (4, 409)], "{told}");
    assert_eq!(told["refused"][3]["existing"], told["records"][0]["id"]);
    assert_eq!(orders(&own, key).await, 1);
    let many = json!({"orders": vec![json!({}); 1_001]});
    is_problem(&post(&own, key, "/v1/orders", &many).await, 422);
}

#[tokio::test]
async fn an_order_that_is_sent_again_is_placed_once() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let trading = Trading::open(&own, key, 10).await;
    let mut order = trading.order("N-1", 1);
    order.as_object_mut().unwrap().remove("number");
    let send = |body: &Value| {
        let request = posted(&own, key, "/v1/orders", body.to_string());
        json_of(request.header("Idempotency-Key", "once"))
    };
    let first = send(&order).await;
    assert_eq!(first.0, StatusCode::CREATED, "{}", first.1);
    assert_eq!(send(&order).await, first);
    assert_eq!(orders(&own, key).await, 1);
    is_problem(&send(&trading.order("N-2", 1)).await, 422);
    let found = json!({"item": "SKU-1", "warehouse": trading.warehouse, "movement": "found", "quantity": 5});
    for _ in 0..2 {
        let request = posted(&own, key, "/v1/stock/adjustments", found.to_string());
        let (status, told) = json_of(request.header("Idempotency-Key", "count")).await;
        assert_eq!(
            (status, &told["available"]),
            (StatusCode::OK, &json!(14)),
            "{told}"
        );
    }
    assert_eq!(level(&own, key).await, (14, 1));
}

#[tokio::test]
async fn a_merchants_key_does_not_do_the_warehouses_work() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let trading = Trading::open(&own, &shop.native.key, 5).await;
    let merchant = key(&own, "shop", &["read", "write"]).await;
    let order = made(&own, &merchant, "/v1/orders", trading.order("N-1", 1)).await;
    let path = format!("/v1/orders/{}/fulfilments", order["id"]);
    let (_, fulfilment) = post(&own, &merchant, &path, &json!({})).await;
    let path = format!("/v1/fulfilments/{}/move", fulfilment["id"]);
    let moved = json!({"to": "awaiting_packaging"});
    is_problem(&post(&own, &merchant, &path, &moved).await, 403);
    let packer = key(&own, "shop", &["warehouse"]).await;
    let (status, told) = post(&own, &packer, &path, &moved).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    is_problem(
        &post(&own, &packer, "/v1/orders", &trading.order("N-2", 1)).await,
        403,
    );
}
