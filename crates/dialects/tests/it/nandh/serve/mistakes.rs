//! Bad input of orders, shipments and returns: the error names the field, and no record is half-made.

use super::*;
use serde_json::{Value, json};

/// An order's body with one member changed, by its path.
fn changed(world: &World, path: &str, value: Value) -> Value {
    let mut body = world.order(1);
    let mut at = &mut body;
    for part in path.split('.') {
        at = match part.parse::<usize>() {
            Ok(place) => &mut at[place],
            Err(_) => &mut at[part],
        };
    }
    *at = value;
    body
}

#[tokio::test]
async fn an_orders_mistakes_are_named_and_nothing_is_made() {
    let world = World::new().await;
    for (path, value, begins) in [
        ("store_id", json!(999), "store_id: there is no such record"),
        ("store_id", json!(null), "store_id: is required"),
        ("store_id", json!("x"), "store_id: must be a whole number"),
        (
            "pickup_id",
            json!(999),
            "pickup_id: there is no such record",
        ),
        ("receiver", json!(null), "receiver: is required"),
        (
            "receiver.fullname",
            json!(null),
            "receiver.fullname: is required",
        ),
        ("receiver.phone", json!(null), "receiver.phone: is required"),
        (
            "receiver.address",
            json!(null),
            "receiver.address: is required",
        ),
        (
            "receiver.customer_id",
            json!(999),
            "receiver.customer_id: there is no such record",
        ),
        ("payments", json!(null), "payments: is required"),
        (
            "payments.0.status",
            json!(201),
            "payments[0].status: is no code of the list",
        ),
        (
            "payments.0.method",
            json!(8),
            "payments[0].method: is no code of the list",
        ),
        (
            "payments.0.amount",
            json!(-1),
            "payments[0].amount: must not be negative",
        ),
        (
            "payments.0.amount",
            json!(10_001),
            "payments: 10001 was given, 10000 is what the parts come to",
        ),
        ("items", json!([]), "items: must hold an item"),
        (
            "items.0.sku",
            json!("NOBODYS"),
            "items.sku: there is no `NOBODYS`",
        ),
        (
            "items.0.quantity",
            json!(0),
            "items[0].quantity: must be at least 1",
        ),
        (
            "items.0.quantity",
            json!(-3),
            "items[0].quantity: must be at least 1",
        ),
        (
            "items.0.quantity",
            json!(1_000_000_000_000_i64),
            "items[0].quantity: must be 1 to",
        ),
        (
            "items.0.quantity",
            json!(1.5),
            "items[0].quantity: must be a whole number",
        ),
        (
            "items.0.sale_price",
            json!(null),
            "items[0].sale_price: is required",
        ),
        ("config", json!(null), "config: is required"),
        (
            "config.order_type",
            json!("c2c"),
            "config.order_type: must be b2c or b2b",
        ),
        (
            "config.order_type",
            json!("b2b"),
            "config.order_type: the shop takes b2c orders only",
        ),
        ("config.approve", json!(null), "config.approve: is required"),
        ("config.preview", json!(3), "config.preview: must be 0 or 1"),
        (
            "config.delivery_service",
            json!("NO_STD"),
            "config.delivery_service: there is no such record",
        ),
        (
            "config.courier_integration_id",
            json!(999),
            "config.courier_integration_id: there is no such record",
        ),
        (
            "config.courier_id",
            json!(999),
            "config.courier_id: there is no such record",
        ),
        (
            "config.box_dimension",
            json!(999),
            "config.box_dimension: there is no such record",
        ),
        (
            "config.tax_paid_by",
            json!("nobody"),
            "config.tax_paid_by: must be sender or receiver",
        ),
        (
            "discounts",
            json!([{"code": "ALL", "amount": 99_000}]),
            "discounts: are more than",
        ),
        (
            "total_amount",
            json!(1),
            "total_amount: 1 was given, 10000 is what the parts come to",
        ),
    ] {
        let told = world
            .post("/orders/create", &changed(&world, path, value))
            .await;
        told.assert_refused(400, "INVALID_PAYLOAD", begins);
    }
    let told = world
        .post(
            "/orders/create",
            &changed(&world, "items.0.quantity", json!(11)),
        )
        .await;
    told.assert_refused(
        422,
        "OUT_OF_STOCK",
        "Only 10 of `DEMO-1` can be had, 11 are wanted",
    );
    assert_eq!(
        world.get("/orders/list").await.json()["total"],
        0,
        "no half-made record"
    );
    let stock = world
        .get("/products/inventory/list?sku=DEMO-1")
        .await
        .data();
    assert_eq!(
        stock[0]["stock_info"]["reserved_stock"], 0,
        "nothing is held for nobody"
    );
}

#[tokio::test]
async fn a_cancel_after_the_hand_over_is_refused() {
    use trackway_model::orders::FulfilmentState;
    let world = World::new().await;
    let (order, code) = world.ordered(1).await;
    let (shipment, _) = world.shipped(order).await;
    world.moved(shipment, FulfilmentState::ReadyToShip).await;
    let ready = world
        .patch(&format!("/orders/cancel/{code}"), &json!({}))
        .await;
    ready.assert_refused(409, "INVALID_STATUS", "Order");
    world.moved(shipment, FulfilmentState::Shipped).await;
    for path in [
        format!("/orders/cancel/{code}"),
        format!("/shipments/cancel/{shipment}"),
    ] {
        world
            .patch(&path, &json!({}))
            .await
            .assert_refused(409, "INVALID_STATUS", "");
    }
    let told = world.get(&format!("/orders/detail/{code}")).await.data();
    assert_eq!(told["status"], 500, "it goes on");
}

#[tokio::test]
async fn shipments_mistakes_are_named() {
    let world = World::new().await;
    let (order, _) = world.ordered(2).await;
    for (body, begins) in [
        (json!({}), "order_id: is required"),
        (
            json!({"order_id": order, "items": [{"order_item_id": 2, "quantity": 1}]}),
            "items[0].order_item_id: the order has no such item",
        ),
        (
            json!({"order_id": order, "items": [{"sku": "DEMO-7", "quantity": 1}]}),
            "items[0].sku: the order has no such item",
        ),
        (
            json!({"order_id": order, "items": [{"quantity": 1}]}),
            "items[0].order_item_id: is required",
        ),
        (
            json!({"order_id": order, "items": [{"order_item_id": 1, "quantity": 3}]}),
            "items[0].quantity: 3 are wanted, 2 are left",
        ),
        (
            json!({"order_id": order, "items": [{"order_item_id": 1, "quantity": 0}]}),
            "items[0].quantity: must be at least 1",
        ),
        (
            json!({"order_id": order, "delivery_service": "NO_STD"}),
            "delivery_service: there is no such record",
        ),
        (
            json!({"order_id": order, "courier_id": 999}),
            "courier_id: there is no such record",
        ),
        (
            json!({"order_id": order, "courier_id": world.post, "delivery_service": "DPO_STD"}),
            "courier_id: only the merchant's own people",
        ),
    ] {
        world
            .post("/shipments/create", &body)
            .await
            .assert_refused(400, "INVALID_PAYLOAD", begins);
    }
    let told = world
        .post("/shipments/create-auto", &json!({"order_id": 999}))
        .await;
    told.assert_refused(404, "NOT_FOUND", "Record not found");
    assert_eq!(
        world.get("/shipments/list").await.json()["total"],
        0,
        "no half-made record"
    );
}

#[tokio::test]
async fn returns_mistakes_are_named() {
    let world = World::new().await;
    let (_, code) = world.ordered(1).await;
    let body = |name: &str, value: Value| {
        let mut body = json!({"order_tracking_code": code, "return_address": world.warehouse, "reason_type": "other"});
        body[name] = value;
        body
    };
    let item = |name: &str, value: Value| {
        let mut item =
            json!({"sku": "DEMO-1", "sale_price": "1", "return_quantity": 1, "order_item_id": 1});
        item[name] = value;
        json!([item])
    };
    for (body, begins) in [
        (
            body("order_tracking_code", json!(null)),
            "order_tracking_code: is required",
        ),
        (
            body("reason_type", json!("bored")),
            "reason_type: is no reason of the list",
        ),
        (
            body("return_address", json!(null)),
            "return_address: is required",
        ),
        (
            body("return_items", json!([])),
            "return_items: must hold an item",
        ),
        (
            body("return_items", item("sku", json!("X"))),
            "return_items[0].order_item_id: the order has no such item",
        ),
        (
            body("return_items", item("sale_price", json!(null))),
            "return_items[0].sale_price: is required",
        ),
        (
            body("return_items", item("return_quantity", json!(0))),
            "return_items[0].return_quantity: must be at least 1",
        ),
        (
            body(
                "pickup",
                json!({"fullname": "A", "phone": "1", "address": "B"}),
            ),
            "pickup.province_id: is required",
        ),
        (
            body("config", json!({})),
            "config.delivery_service: is required",
        ),
    ] {
        world
            .post("/return-orders/create", &body)
            .await
            .assert_refused(400, "INVALID_PAYLOAD", begins);
    }
    let unknown = world
        .post(
            "/return-orders/create",
            &body("order_tracking_code", json!("NHOV0")),
        )
        .await;
    unknown.assert_refused(404, "NOT_FOUND", "Record not found");
    let unshipped = world
        .post("/return-orders/create", &body("reason", json!("Early")))
        .await;
    unshipped.assert_refused(409, "INVALID_STATUS", "Order");
    assert_eq!(
        world.get("/return-orders/list").await.json()["total"],
        0,
        "no half-made record"
    );
}
