//! Inbounds, and stock in warehouses.

use super::*;
use serde_json::{Value, json};
use trackway_model::orders::InboundState;

fn inbound(world: &World) -> Value {
    json!({
        "inbound_address": world.warehouse, "inbound_type": "purchase_order", "reference_code": "PO-7",
        "items": [{"sku": "DEMO-1", "quantity": 5, "cost": "1000.50"}]
    })
}

#[tokio::test]
async fn an_inbound_announces_stock_and_a_cancel_takes_it_back() {
    let world = World::new().await;
    let made = world
        .post("/shipments/inbound/create", &inbound(&world))
        .await;
    assert_eq!(names(&made.raw()), ["inbound_id", "inbound_code"]);
    let made = made.data();
    let code = made["inbound_code"].as_str().unwrap();
    assert!(code.starts_with("NHIV"), "{code}");
    let shelf = async || {
        let told = world
            .get("/products/inventory/warehouse?sku=DEMO-1&warehouse_provider=NH_WH_HCM")
            .await;
        told.data()[0].clone()
    };
    assert_eq!(
        (&shelf().await["incoming"], &shelf().await["stock"]),
        (&json!(5), &json!(10))
    );
    let told = world
        .get("/shipments/inbound/list?reference_code=PO-7&status=100&inbound_type=purchase_order")
        .await;
    assert_eq!(
        (
            &told.data()[0]["inbound_address"],
            &told.data()[0]["total_cost"]
        ),
        (&json!(world.warehouse), &json!("5002.50"))
    );
    let told = world
        .patch(
            &format!("/shipments/inbound/cancel/{code}"),
            &json!({"reason": "No truck"}),
        )
        .await;
    assert_eq!(told.data()["status"], 700);
    assert_eq!(shelf().await["incoming"], 0);
    let again = world
        .patch(&format!("/shipments/inbound/cancel/{code}"), &json!({}))
        .await;
    again.assert_refused(409, "INVALID_STATUS", "Inbound");
    let elsewhere = world
        .get("/products/inventory/warehouse?warehouse_provider=NH_WH_HNI")
        .await;
    assert_eq!(elsewhere.data(), json!([]));
    insta::assert_snapshot!(
        "in_warehouse",
        world.get("/products/inventory/warehouse").await.text
    );
}

#[tokio::test]
async fn what_was_received_is_not_cancelled() {
    let world = World::new().await;
    let made = world
        .post("/shipments/inbound/create", &inbound(&world))
        .await
        .data();
    let id = made["inbound_id"].as_i64().unwrap();
    world
        .inbound_moved(id, InboundState::AwaitingArrival, Vec::new())
        .await;
    world
        .inbound_moved(id, InboundState::Received, Vec::new())
        .await;
    let told = world
        .patch(&format!("/shipments/inbound/cancel/{id}"), &json!({}))
        .await;
    told.assert_refused(409, "INVALID_STATUS", "Inbound");
    let told = world
        .get(&format!("/shipments/inbound/detail/{id}"))
        .await
        .data();
    assert_eq!(
        (&told["status"], &told["can_cancel"]),
        (&json!(400), &json!(false))
    );
}

#[tokio::test]
async fn an_inbounds_mistakes_are_named() {
    let world = World::new().await;
    for (name, value, begins) in [
        (
            "inbound_address",
            json!(999),
            "inbound_address: there is no such record",
        ),
        (
            "inbound_address",
            json!(null),
            "inbound_address: is required",
        ),
        (
            "inbound_type",
            json!("gift"),
            "inbound_type: must be purchase_order or transfer",
        ),
        (
            "vendor_id",
            json!(999),
            "vendor_id: there is no such record",
        ),
        ("items", json!([]), "items: must hold an item"),
        (
            "items",
            json!([{"sku": "NOBODYS", "quantity": 1}]),
            "items.sku: there is no `NOBODYS`",
        ),
        (
            "items",
            json!([{"sku": "DEMO-1", "quantity": 0}]),
            "items[0].quantity: must be at least 1",
        ),
        (
            "items",
            json!([{"sku": "DEMO-1", "quantity": 1_000_000_000_000_i64}]),
            "items[0].quantity: must be 1 to",
        ),
        (
            "items",
            json!([{"sku": "DEMO-1"}]),
            "items[0].quantity: is required",
        ),
        (
            "is_priority_inbound",
            json!("often"),
            "is_priority_inbound: must be 0 or 1",
        ),
    ] {
        let mut body = inbound(&world);
        body[name] = value;
        let told = world.post("/shipments/inbound/create", &body).await;
        told.assert_refused(400, "INVALID_PAYLOAD", begins);
    }
    assert_eq!(
        world.get("/shipments/inbound/list").await.json()["total"],
        0,
        "no half-made record"
    );
}
