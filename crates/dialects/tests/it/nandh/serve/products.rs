//! Products, items and what they would cost to be carried.

use super::*;
use serde_json::{Value, json};
use trackway_model::orders::Item;

/// I3's body, as the vendor's page has it.
fn new_item(world: &World) -> Value {
    json!({
        "sku": "DEMO-9", "name": "Demo item", "weight": 100, "package_length": 10, "package_width": 15,
        "package_height": 11, "product_brand": null, "product_category": world.category, "unit": world.unit,
        "cost": 20_000, "sale_price": 25_000, "is_serial_number": 0, "is_batch_control": 0, "is_bubble_wrap": 0,
        "is_kraft_paper": 0, "is_fragile": 1, "min_shelf_life_inbound": 30, "min_shelf_life_outbound": 10,
        "material": "3PF-BOX", "product_type": "NORMAL", "storage_method": "normal", "outbound_strategy": "fifo",
        "info": {"description": "Sweet"}, "images": [{"image_url": "https://cdn.example.invalid/1.jpg"}],
        "documents": [], "barcode_list": [{"barcode": "8930000000017"}], "config": {"create_inventory_stock": true}
    })
}

#[tokio::test]
async fn an_item_of_the_warehouse_is_created_and_shown() {
    let world = World::new().await;
    let made = world
        .post("/products/inventory/create", &new_item(&world))
        .await;
    assert_eq!(names(&made.raw()), ["id", "sku", "nhsin", "status"]);
    let made = made.data();
    assert_eq!(
        (&made["sku"], &made["status"]),
        (&json!("DEMO-9"), &json!(100))
    );
    let nhsin = made["nhsin"].as_str().unwrap();
    assert!(nhsin.starts_with("NHSINV"), "{nhsin}");
    let told = world
        .get(&format!("/products/inventory/detail/{nhsin}"))
        .await
        .data();
    assert_eq!(told["product_category"]["name"], "Snacks");
    assert!(told["product_brand"].is_null());
    assert_eq!(
        told["product_inventory_info"],
        json!({"description": "Sweet"})
    );
    assert_eq!(
        told["product_inventory_image"][0]
            .as_object()
            .unwrap()
            .len(),
        8
    );
    assert_eq!(
        (&told["is_fragile"], &told["is_expiration_control"]),
        (&json!(true), &json!(true))
    );
    let twice = world
        .post("/products/inventory/create", &new_item(&world))
        .await;
    twice.assert_refused(409, "DUPLICATE", "");
    for name in new_item(&world).as_object().unwrap().keys() {
        let mut body = new_item(&world);
        body.as_object_mut().unwrap().remove(name);
        if name != "product_brand" {
            let told = world.post("/products/inventory/create", &body).await;
            told.assert_refused(400, "INVALID_PAYLOAD", &format!("{name}: is required"));
        }
    }
    for (name, value, begins) in [
        ("weight", json!(-1), "weight: must be at least 0"),
        ("is_fragile", json!(2), "is_fragile: must be 0 or 1"),
        ("unit", json!(999), "unit: there is no such record"),
        (
            "material",
            json!("PAPER"),
            "material: is no code of the list",
        ),
        ("cost", json!("dear"), "cost: must be a number"),
        ("images", json!({}), "images: must be a list"),
    ] {
        let mut body = new_item(&world);
        body[name] = value;
        body["sku"] = json!("DEMO-10");
        let told = world.post("/products/inventory/create", &body).await;
        told.assert_refused(400, "INVALID_PAYLOAD", begins);
    }
    assert_eq!(
        world
            .get("/products/inventory/list?sku=DEMO-10")
            .await
            .json()["total"],
        0
    );
}

#[tokio::test]
async fn a_product_is_made_with_its_item_or_of_one() {
    let world = World::new().await;
    let body = |sku: &str, create: u8| {
        json!({"store_id": world.shop, "sku": sku, "name": "Sold item", "sale_price": 30_000,
               "weight": 10, "config": {"create_inventory": create}})
    };
    let made = world.post("/products/create", &body("SOLD-1", 1)).await;
    assert_eq!(names(&made.raw()), ["id", "sku", "product_inventory_id"]);
    let made = made.data();
    let item = made["product_inventory_id"].as_i64().unwrap();
    let held = world
        .get(&format!("/products/inventory/detail/{item}"))
        .await
        .data();
    assert_eq!(
        (&held["sku"], &held["product_map"]),
        (&json!("SOLD-1"), &json!([made["id"]]))
    );
    let again = world.post("/products/create", &body("SOLD-1", 1)).await;
    again.assert_refused(409, "DUPLICATE", "A product `SOLD-1` exists already");
    let told = world.post("/products/create", &body("SOLD-2", 0)).await;
    told.assert_refused(400, "INVALID_PAYLOAD", "config.create_inventory: must be 1");
    let of_item = world
        .post("/products/create", &body("DEMO-1", 0))
        .await
        .data();
    assert_eq!(
        of_item["product_inventory_id"], world.item,
        "the item of that SKU"
    );
    let mut nowhere = body("SOLD-3", 1);
    nowhere["store_id"] = json!(999);
    world
        .post("/products/create", &nowhere)
        .await
        .assert_refused(400, "INVALID_PAYLOAD", "store_id: there is no such record");
    assert_eq!(
        world
            .get("/products/inventory/list?sku=SOLD-3")
            .await
            .json()["total"],
        0,
        "no half-made item"
    );
    let told = world
        .get(&format!("/products/detail/{}", of_item["id"]))
        .await;
    assert_eq!(told.data()["stock_info"]["available_stock"], 10);
    let list = world
        .get(&format!(
            "/products/list?store_id={}&sku=DEMO-1",
            world.shop
        ))
        .await;
    assert_eq!(list.data()[0], told.data());
    for (status, count) in [("100", 2), ("700", 0), ("100,700", 2), ("77", 0)] {
        let list = world.get(&format!("/products/list?status={status}")).await;
        assert_eq!(list.json()["total"], count, "{status}");
    }
    insta::assert_snapshot!("product_detail", told.text);
}

#[tokio::test]
async fn items_are_offered_all_or_none() {
    let world = World::new().await;
    let offer = |items: Value| json!({"store_id": world.shop, "items": items});
    let path = "/products/create-from-inventory";
    let both = offer(json!([
        {"product_inventory_id": world.item, "sku": "A", "sale_price": 1},
        {"product_inventory_id": 999, "sku": "B", "sale_price": 1}
    ]));
    world.post(path, &both).await.assert_refused(
        400,
        "INVALID_PAYLOAD",
        "items[1].product_inventory_id: there is no such record",
    );
    let twice = offer(json!([
        {"product_inventory_id": world.item, "sku": "A"},
        {"product_inventory_id": world.item, "sku": "A"}
    ]));
    world.post(path, &twice).await.assert_refused(
        400,
        "INVALID_PAYLOAD",
        "items[1].sku: stands twice",
    );
    world.post(path, &offer(json!([]))).await.assert_refused(
        400,
        "INVALID_PAYLOAD",
        "items: must hold an item",
    );
    assert_eq!(
        world.get("/products/list").await.json()["total"],
        0,
        "no half-made offer"
    );
    let closed = Item {
        active: false,
        ..world::item("GONE")
    };
    let closed = world.kept(None, closed).await;
    let told = world
        .post(path, &offer(json!([{"product_inventory_id": closed}])))
        .await;
    told.assert_refused(
        400,
        "INVALID_PAYLOAD",
        "items[0].product_inventory_id: can't be published",
    );
}

fn preview(world: &World, weight: i64) -> Value {
    json!({
        "pickup_id": world.warehouse, "weight": weight, "volume": "10x10x10", "cod_amount": 200_000, "use_insurance": 1,
        "receiver": {"country": "VN", "province_name": "Hà Nội", "district_name": "Cầu Giấy", "address": "1 Sample St"},
        "items": [{"sku": "DEMO-1", "quantity": 2, "sale_price": 50_000}]
    })
}

/// 31,000 for 500 g to Hà Nội, 5,000 for the cash, 1,000 for the insurance; the shop's own people cost
/// nothing.
#[tokio::test]
async fn previews_are_priced_by_rate_cards() {
    let world = World::new().await;
    let told = world
        .post("/couriers/preview/services", &preview(&world, 400))
        .await;
    let data = told.data();
    let fees = |row: &Value| {
        ["shipping_fee", "insurance_fee", "cod_fee", "total_fee"]
            .map(|name| row[name].as_i64().unwrap())
    };
    assert_eq!(
        (&data[0]["code"], fees(&data[0])),
        (&json!("SOF_STD"), [0; 4])
    );
    assert_eq!(
        (&data[1]["code"], fees(&data[1])),
        (&json!("DPO_STD"), [31_000, 1_000, 5_000, 37_000])
    );
    assert_eq!(data[1]["courier_integration_id"], world.post_link);
    insta::assert_snapshot!("preview_services", told.text);
    let mut of_one = preview(&world, 1_200);
    of_one["courier_id"] = json!(world.post);
    let heavier = world
        .post("/couriers/preview/services", &of_one)
        .await
        .data();
    assert_eq!(heavier.as_array().unwrap().len(), 1);
    assert_eq!(
        heavier[0]["shipping_fee"], 38_500,
        "one more half kilogram begun"
    );
    let mut large = preview(&world, 400);
    large["volume"] = json!("10x25x15");
    let large = world
        .post("/couriers/preview/services", &large)
        .await
        .data();
    assert_eq!(large[1]["shipping_fee"], 36_000, "750 g by its volume");
    let couriers = world
        .post("/couriers/preview/available", &preview(&world, 400))
        .await;
    let data = couriers.data();
    assert_eq!(
        (&data[1]["prefix"], &data[1]["min_fee"]),
        (&json!("dpo"), &json!(37_000))
    );
    insta::assert_snapshot!("preview_couriers", couriers.text);
    let (order, _) = world.ordered(2).await;
    let of_order = world
        .post(
            "/couriers/available-from-order",
            &json!({"order_id": order}),
        )
        .await
        .data();
    assert_eq!(
        of_order[1]["services"][0]["shipping_fee"], 16_000,
        "within the province"
    );
    let of_courier = json!({"courier_integration_id": world.post_link});
    let services = world.post("/couriers/services", &of_courier).await.data();
    assert_eq!(services[0]["code"], "DPO_STD");
    assert!(
        services[0].get("total_fee").is_none(),
        "nothing to carry, no price"
    );
}

#[tokio::test]
async fn what_no_card_carries_is_not_offered_and_mistakes_are_named() {
    let world = World::new().await;
    let mut far = preview(&world, 400);
    far["receiver"]["province_name"] = json!("Cần Thơ");
    let told = world.post("/couriers/preview/services", &far).await.data();
    assert_eq!(
        told.as_array().unwrap().len(),
        1,
        "the shop's own people only"
    );
    for (name, value, begins) in [
        (
            "pickup_id",
            json!(999),
            "pickup_id: there is no such record",
        ),
        ("volume", json!("10x10"), "volume: must be LxWxH"),
        (
            "items",
            json!([{"sku": "NOBODYS", "quantity": 1}]),
            "items[0].sku: there is no such record",
        ),
        (
            "items",
            json!([{"sku": "DEMO-1", "quantity": 0}]),
            "items[0].quantity: must be at least 1",
        ),
        (
            "receiver",
            json!({"province_id": 3}),
            "receiver.province_id: is not in the address directory",
        ),
        ("receiver", json!(null), "receiver: is required"),
    ] {
        let mut body = preview(&world, 400);
        body[name] = value;
        let told = world.post("/couriers/preview/available", &body).await;
        told.assert_refused(400, "INVALID_PAYLOAD", begins);
    }
    let other = json!({"courier_integration_id": world.own_link, "courier_id": world.post});
    let told = world.post("/couriers/services", &other).await;
    told.assert_refused(
        400,
        "INVALID_PAYLOAD",
        "courier_integration_id: belongs to another courier",
    );
    let told = world.post("/couriers/services", &json!({})).await;
    told.assert_refused(
        400,
        "INVALID_PAYLOAD",
        "courier_integration_id: is required",
    );
    let told = world
        .post("/couriers/available-from-order", &json!({"order_id": 999}))
        .await;
    told.assert_refused(404, "NOT_FOUND", "Record not found");
}
