//! Details to the letter: the reference's examples, member for member.

use super::*;
use serde_json::{Value, json};
use trackway_model::orders::{Condition, FulfilmentState, InboundState, Item, RecordId};

macro_rules! served {
    ($name:literal) => {
        include_str!(concat!(
            "../../../../src/nandh/fixtures/served-",
            $name,
            ".json"
        ))
    };
}

/// What an example has of its own world: ids, codes, times, people of the vendor's.
const OF_ITS_WORLD: &[&str] = &[
    "id",
    "order",
    "tracking_code",
    "partner_tracking_code",
    "courier_tracking_code",
    "pickup_code",
    "label_code",
    "box_dimension",
    "courier_integration",
    "courier",
    "user",
    "business",
    "created_by",
    "updated_by",
    "email_created",
    "email_updated",
    "source",
];

/// Every other value is the example's.
#[track_caller]
fn assert_same(told: &Value, example: &Value, path: &str) {
    let Some(members) = example.as_object() else {
        assert_eq!(told, example, "{path}");
        return;
    };
    for (name, known) in members {
        let is_own = OF_ITS_WORLD.contains(&name.as_str()) || name.ends_with("_time");
        // A time that has not happened has not happened here either.
        if name == "time_fulfillment" || (is_own && *known != json!(0)) {
            continue;
        }
        assert_same(&told[name], known, &format!("{path}.{name}"));
    }
}

#[tokio::test]
async fn order_detail_is_the_references_to_the_letter() {
    let world = World::new().await;
    let (order, code) = world.ordered(2).await;
    let (shipment, _) = world.shipped(order).await;
    world.moved(shipment, FulfilmentState::ReadyToShip).await;
    let told = world.get(&format!("/orders/detail/{code}")).await;
    let example = served!("order");
    assert_shaped(&told.raw(), example, "order");
    assert_eq!(names(&told.raw()), names(example), "no member more");
    assert_same(
        &told.data(),
        &serde_json::from_str(example).unwrap(),
        "order",
    );
    let (data, by_number) = (
        told.data(),
        world.get(&format!("/orders/detail/{order}")).await,
    );
    assert_eq!(data, by_number.data(), "by number and by code");
    assert_eq!(data["partner_tracking_code"], data["tracking_code"]);
    let created = data["created_time"].as_i64().unwrap();
    assert_eq!(data["time_fulfillment"], created + 300);
    assert_eq!(data["order_info"]["confirmed_time"], created);
    assert_eq!(
        data["pickup_address"]["pickup_code"],
        format!("PK{}", 100_000 + world.warehouse)
    );
    assert_eq!(told.json()["total"], 1);
    insta::assert_snapshot!("order_detail", told.text);
}

#[tokio::test]
async fn shipment_detail_is_the_references_to_the_letter() {
    let world = World::new().await;
    let (order, _) = world.ordered(2).await;
    let (shipment, code) = world.shipped(order).await;
    world.moved(shipment, FulfilmentState::ReadyToShip).await;
    let told = world.get(&format!("/shipments/detail/{code}")).await;
    let example = served!("shipment");
    assert_shaped(&told.raw(), example, "shipment");
    assert_same(
        &told.data(),
        &serde_json::from_str(example).unwrap(),
        "shipment",
    );
    let data = told.data();
    let detail = world.get(&format!("/orders/detail/{order}")).await.data();
    assert_eq!(
        data["courier_tracking_code"], detail["tracking_code"],
        "own fleet: the order's code"
    );
    assert_eq!(data["order"], order);
    assert_eq!(data["shipment_items"][0]["quantity"], 2);
    assert_eq!(
        detail["status_update_time"], data["status_update_time"],
        "460 with 220"
    );
    let items = world
        .get(&format!("/shipments/detail/{shipment}/items"))
        .await;
    assert_eq!(items.data(), data["shipment_items"]);
    insta::assert_snapshot!("shipment_detail", told.text);
}

#[tokio::test]
async fn an_items_row_is_the_references_to_the_letter() {
    let world = World::new().await;
    let unqualified = Item {
        qualified: false,
        weight: 100,
        width: 15.into(),
        height: 11.into(),
        category: Some(RecordId(world.category)),
        brand: Some(RecordId(world.brand)),
        unit: Some(RecordId(world.unit)),
        ..world::item("DEMO-2")
    };
    let item = world.kept(None, unqualified).await;
    let offered = json!({"store_id": world.shop, "items": [{"product_inventory_id": item, "sku": "DEMO-2", "sale_price": 25_000}]});
    let product = world
        .post("/products/create-from-inventory", &offered)
        .await
        .data();
    let told = world
        .get("/products/inventory/list?sku=DEMO-2&page=1&page_size=5")
        .await;
    let example = served!("item");
    let row = first(&told);
    assert_shaped(&row, example, "item");
    assert_eq!(names(&row), names(example), "no member more");
    let own = [
        "sku",
        "nhsin",
        "sku_uuid",
        "product_brand",
        "product_category",
        "unit",
        "product_map",
    ];
    let mut expected: Value = serde_json::from_str(example).unwrap();
    let mut row: Value = serde_json::from_str(&row).unwrap();
    assert_eq!(row["product_map"], json!([product[0]["id"]]));
    assert_eq!(
        (&row["product_brand"], &row["unit"]),
        (&json!(world.brand), &json!(world.unit))
    );
    for name in own {
        expected.as_object_mut().unwrap().remove(name);
        row.as_object_mut().unwrap().remove(name);
    }
    assert_same(&row, &expected, "item");
    insta::assert_snapshot!("item_row", told.text);
}

/// The example's figures: 200 announced, 60 good, 120 lost, 20 damaged.
#[tokio::test]
async fn inbound_detail_is_the_references_to_the_letter() {
    let world = World::new().await;
    let heavy = Item {
        weight: 685,
        ..world::item("DEMO-2")
    };
    world.kept(None, heavy).await;
    let body = json!({
        "inbound_address": world.warehouse, "vendor_id": world.vendor, "reference_code": "PO-1",
        "inbound_type": "purchase_order", "estimated_delivery_time": 1_741_885_148, "note": "", "total_parcel": 2,
        "additional_services": "ULG", "is_priority_inbound": 0, "documents": [],
        "items": [{"sku": "DEMO-2", "quantity": 200, "cost": 25_999, "parcel_code": "PN00001"}]
    });
    let made = world.post("/shipments/inbound/create", &body).await.data();
    let inbound = made["inbound_id"].as_i64().unwrap();
    let condition = Condition {
        line: 1,
        received: 60,
        damaged: [20, 0, 0],
        lost: 120,
    };
    world
        .inbound_moved(inbound, InboundState::AwaitingArrival, Vec::new())
        .await;
    world
        .inbound_moved(inbound, InboundState::Received, Vec::new())
        .await;
    world
        .inbound_moved(inbound, InboundState::Inspecting, Vec::new())
        .await;
    world
        .inbound_moved(inbound, InboundState::Completed, vec![condition])
        .await;
    let code = made["inbound_code"].as_str().unwrap();
    let told = world
        .get(&format!("/shipments/inbound/detail/{code}"))
        .await;
    let example = served!("inbound");
    assert_shaped(&told.raw(), example, "inbound");
    let mut expected: Value = serde_json::from_str(example).unwrap();
    expected.as_object_mut().unwrap().remove("inbound_code");
    assert_same(&told.data(), &expected, "inbound");
    let items = world
        .get(&format!("/shipments/inbound/detail/{inbound}/items"))
        .await;
    let row = &items.data()[0];
    assert_eq!(
        (&row["received_quantity"], &row["lost_quantity"]),
        (&json!(60), &json!(120))
    );
    assert_eq!(row["parcel_code"], "PN00001");
    insta::assert_snapshot!("inbound_detail", told.text);
    insta::assert_snapshot!("inbound_items", items.text);
}
