//! Orders, shipments and returns through their lives.

use super::*;
use serde_json::{Value, json};
use trackway_model::orders::{FulfilmentState, OrderType, RecordId, ReturnState, Service, Shop};

#[tokio::test]
async fn an_order_is_created_and_answered_to_the_letter() {
    let world = World::new().await;
    let told = world.post("/orders/create", &world.order(1)).await;
    let data = told.data();
    let (id, code) = (
        data["order_id"].as_i64().unwrap(),
        data["tracking_code"].as_str().unwrap(),
    );
    assert_eq!(
        told.text,
        format!(
            r#"{{"status_code":200,"data":{{"order_id":{id},"tracking_code":"{code}"}},"error":false,"error_code":null,"log_id":null,"messages":"","total":1}}"#
        )
    );
    assert!(code.starts_with("NHOV"), "{code}");
}

#[tokio::test]
async fn an_order_holds_stock_and_a_cancel_gives_it_back() {
    let world = World::new().await;
    let (order, code) = world.ordered(3).await;
    let held = async || {
        let told = world
            .get("/products/inventory/list?sku=DEMO-1")
            .await
            .data();
        let stock = &told[0]["stock_info"];
        ["stock", "reserved_stock", "available_stock"].map(|name| stock[name].as_i64().unwrap())
    };
    assert_eq!(held().await, [10, 3, 7]);
    let before = world.get(&format!("/orders/detail/{order}")).await.data();
    assert_eq!(
        (
            &before["status"],
            &before["can_cancel"],
            &before["can_create_shipment"]
        ),
        (&json!(300), &json!(true), &json!(true))
    );
    let told = world
        .patch(
            &format!("/orders/cancel/{code}"),
            &json!({"reason": "Changed my mind"}),
        )
        .await;
    assert_eq!(
        told.data(),
        json!({"order_id": order, "tracking_code": code, "status": 700})
    );
    assert_eq!(names(&told.raw()), ["order_id", "tracking_code", "status"]);
    assert_eq!(held().await, [10, 0, 10]);
    let after = world.get(&format!("/orders/detail/{order}")).await.data();
    assert_eq!(after["order_info"]["cancel_reason"], "Changed my mind");
    assert!(after["order_info"]["canceled_time"].as_i64().unwrap() > 0);
    assert_eq!(
        (&after["status_display"], &after["status_css"]),
        (&json!("Cancelled by seller"), &json!("danger"))
    );
    let again = world
        .patch(&format!("/orders/cancel/{code}"), &json!({}))
        .await;
    again.assert_refused(409, "INVALID_STATUS", "Order");
}

#[tokio::test]
async fn an_order_that_is_not_approved_waits_without_stock() {
    let world = World::new().await;
    let mut body = world.order(30);
    body["config"]["approve"] = json!(0);
    body["extra_info"] = json!({"order_number": "PO-1", "note": "Ring twice", "estimated_departure_time": 1_746_520_734});
    let made = world.post("/orders/create", &body).await.data();
    let told = world
        .get(&format!("/orders/detail/{}", made["order_id"]))
        .await
        .data();
    assert_eq!(
        (&told["status"], &told["can_approve"], &told["can_edit"]),
        (&json!(200), &json!(true), &json!(true))
    );
    assert_eq!(told["partner_tracking_code"], "PO-1");
    assert_eq!(told["estimated_departure_time"], 1_746_520_734);
    let listed = world
        .get("/orders/list?partner_tracking_code=PO-1")
        .await
        .data();
    assert_eq!(listed[0]["id"], made["order_id"]);
    world
        .post("/orders/create", &body)
        .await
        .assert_refused(409, "DUPLICATE", "");
    let auto = world
        .post(
            "/shipments/create-auto",
            &json!({"order_id": made["order_id"]}),
        )
        .await;
    auto.assert_refused(409, "INVALID_STATUS", "Order");
}

#[tokio::test]
async fn cash_on_delivery_and_fees_are_summed_exactly() {
    let world = World::new().await;
    let mut body = world.order(2);
    body["payments"] = json!([
        {"status": 200, "method": 5, "amount": 5_000},
        {"status": 100, "method": 1, "amount": 30_000}
    ]);
    body["fees"] = json!([
        {"code": "buyer_shipping_fee", "amount": 18_000},
        {"code": "total_platform_discount", "amount": 4_000}
    ]);
    body["discounts"] = json!([{"code": "SUMMER", "amount": 3_000}]);
    body["total_amount"] = json!(35_000);
    body["documents"] = json!([{"name": "Invoice", "quantity": 1, "doc_type": "3", "url": "https://cdn.example.invalid/f/1.pdf"}]);
    let made = world.post("/orders/create", &body).await.data();
    let told = world
        .get(&format!("/orders/detail/{}", made["order_id"]))
        .await
        .data();
    assert_eq!(
        (
            &told["total_amount"],
            &told["cod_amount"],
            &told["total_cod_amount"]
        ),
        (&json!(35_000), &json!(30_000), &json!(30_000))
    );
    assert_eq!(
        told["payment_detail"],
        json!({"total_payment": 35_000, "total_unpaid": 30_000, "total_paid": 5_000, "total_debt": 0, "total_refund": 0})
    );
    assert_eq!(
        (&told["payment_status"], &told["payment_status_display"]),
        (&json!(150), &json!("Partially paid"))
    );
}

#[tokio::test]
async fn a_saved_customer_is_enough() {
    let world = World::new().await;
    let mut body = world.order(1);
    body["receiver"] = json!({"customer_id": world.customer});
    let made = world.post("/orders/create", &body).await.data();
    let told = world
        .get(&format!("/orders/detail/{}", made["order_id"]))
        .await
        .data();
    assert_eq!(told["receiver"]["fullname"], "Saved Buyer");
    assert_eq!(told["receiver"]["customer"], world.customer);
}

#[tokio::test]
async fn a_list_has_the_details_members_but_for_two() {
    let world = World::new().await;
    let (order, code) = world.ordered(1).await;
    let told = world
        .get("/orders/list?status=300,460&order_type=b2c&platform=retail&payment_status=200")
        .await;
    let row = first(&told);
    let mut expected = names(&world.get(&format!("/orders/detail/{order}")).await.raw());
    expected.retain(|name| name != "order_info" && name != "payment_detail");
    assert_eq!(names(&row), expected);
    let row: Value = serde_json::from_str(&row).unwrap();
    assert_eq!(
        (&row["store"], &row["pickup_address"]),
        (&json!(world.shop), &json!(world.warehouse))
    );
    let count = async |query: String| {
        let told = world.get(&format!("/orders/list?{query}")).await;
        told.json()["total"].as_u64().unwrap()
    };
    for (query, expected) in [
        (format!("tracking_code={code}"), 1),
        (format!("partner_tracking_code={code}"), 1),
        (
            format!("tracking_code={code}&partner_tracking_code=PO-9"),
            0,
        ),
        (format!("store_id={}", world.shop), 1),
        ("store_id=999".to_owned(), 0),
        ("pickup_id=999".to_owned(), 0),
        ("status=460".to_owned(), 0),
        ("status=204".to_owned(), 0),
        ("order_type=b2b".to_owned(), 0),
        ("platform=shopee".to_owned(), 0),
        ("payment_status=100".to_owned(), 0),
        ("created_from=1".to_owned(), 1),
        ("created_to=1".to_owned(), 0),
    ] {
        assert_eq!(count(query.clone()).await, expected, "{query}");
    }
    insta::assert_snapshot!("order_list", told.text);
}

#[tokio::test]
async fn shipments_by_hand_may_be_partial_and_move_the_order() {
    let world = World::new().await;
    let (order, code) = world.ordered(3).await;
    let body = json!({
        "order_id": order, "courier_tracking_code": "OWN-1", "courier_integration_id": world.own_link,
        "courier_id": world.own_fleet, "delivery_service": "SOF_STD", "box_dimension": world.size,
        "items": [{"order_item_id": 1, "sku": "DEMO-1", "quantity": 2}]
    });
    let made = world.post("/shipments/create", &body).await;
    assert_eq!(names(&first(&made)), ["shipment_id", "tracking_code"]);
    let data = made.data();
    let shipment = data[0]["shipment_id"].as_i64().unwrap();
    let told = world
        .get(&format!("/shipments/detail/{shipment}"))
        .await
        .data();
    assert_eq!(
        (&told["total_qty_items"], &told["courier_tracking_code"]),
        (&json!(2), &json!("OWN-1"))
    );
    // More than is left.
    world.post("/shipments/create", &body).await.assert_refused(
        400,
        "INVALID_PAYLOAD",
        "items[0].quantity: 2 are wanted, 1 are left",
    );
    let rest = json!({"order_id": order, "items": [{"order_item_id": 1, "quantity": 1}]});
    world.post("/shipments/create", &rest).await.data();
    let list = world
        .get(&format!(
            "/shipments/list-shipment-of-order?order_id={order}"
        ))
        .await;
    assert_eq!(list.json()["total"], 2);
    let by_number = world
        .get("/shipments/list?courier_tracking_code=OWN-1")
        .await;
    assert_eq!(by_number.data()[0]["id"], shipment);
    insta::assert_snapshot!("shipment_list", by_number.text);
    let path = format!(
        "/shipments/cancel/{}",
        told["tracking_code"].as_str().unwrap()
    );
    let cancelled = world
        .patch(&path, &json!({"reason": "Torn box"}))
        .await
        .data();
    assert_eq!(cancelled["status"], 700);
    world
        .patch(&path, &json!({}))
        .await
        .assert_refused(409, "INVALID_STATUS", "Fulfilment");
    let order_now = world.get(&format!("/orders/detail/{code}")).await.data();
    assert_ne!(order_now["status"], 700, "the rest of it goes on");
}

#[tokio::test]
async fn shipments_are_found_by_every_filter() {
    let world = World::new().await;
    let (order, _) = world.ordered(1).await;
    let (_, code) = world.shipped(order).await;
    for (query, expected) in [
        (format!("order_id={order}"), 1),
        (format!("tracking_code={code}"), 1),
        (format!("store_id={}", world.shop), 1),
        (format!("courier_id={}", world.own_fleet), 1),
        (format!("courier_id={}", world.post), 0),
        ("order_id=999".to_owned(), 0),
        ("status=500".to_owned(), 0),
    ] {
        let told = world.get(&format!("/shipments/list?{query}")).await;
        assert_eq!(told.json()["total"], expected, "{query}");
    }
    let none = world.get("/shipments/list-shipment-of-order").await;
    none.assert_refused(400, "INVALID_PAYLOAD", "order_id: is required");
}

/// Delivers an order of so many; its id and code.
async fn delivered(world: &World, quantity: i64) -> (i64, String) {
    let (order, code) = world.ordered(quantity).await;
    let (shipment, _) = world.shipped(order).await;
    world.moved(shipment, FulfilmentState::ReadyToShip).await;
    world.moved(shipment, FulfilmentState::Shipped).await;
    world.moved(shipment, FulfilmentState::Delivered).await;
    (order, code)
}

fn return_of(world: &World, code: &str, quantity: i64) -> Value {
    json!({
        "order_tracking_code": code, "return_address": world.warehouse, "reason_type": "wrong_item", "reason": "Blue, not red",
        "pickup": {"customer_id": null, "fullname": "Test Receiver", "phone": "+84000000001", "country": "VN",
                   "address": "1 Sample St", "province_id": 79, "district_id": 766, "ward_id": 26965},
        "return_items": [{"sku": "DEMO-1", "sale_price": "10000.00", "return_quantity": quantity, "order_item_id": 1}],
        "config": {"delivery_service": "DPO_STD", "courier_integration_id": world.post_link}
    })
}

#[tokio::test]
async fn a_return_is_made_of_what_was_shipped_and_no_more() {
    let world = World::new().await;
    let (order, code) = delivered(&world, 3).await;
    let detail = world.get(&format!("/orders/detail/{order}")).await.data();
    assert_eq!(
        (&detail["status"], &detail["status_display"]),
        (&json!(900), &json!("Completed"))
    );
    let made = world
        .post("/return-orders/create", &return_of(&world, &code, 2))
        .await;
    assert_eq!(
        names(&made.raw()),
        ["return_order_id", "return_tracking_code"]
    );
    let made = made.data();
    let number = made["return_tracking_code"].as_str().unwrap();
    assert!(number.starts_with("NHRV"), "{number}");
    let told = world.get(&format!("/return-orders/detail/{number}")).await;
    let data = told.data();
    assert_eq!(
        (
            &data["status"],
            &data["total_amount"],
            &data["reason_type_display"]
        ),
        (&json!(200), &json!(20_000), &json!("Wrong item"))
    );
    assert_eq!(data["pickup"]["district"]["district_name"], "Quận Tân Bình");
    insta::assert_snapshot!("return_detail", told.text);
    let items = world
        .get(&format!(
            "/return-orders/detail/{}/items",
            made["return_order_id"]
        ))
        .await;
    assert_eq!(
        (
            &items.data()[0]["return_quantity"],
            &items.data()[0]["sale_price"]
        ),
        (&json!(2), &json!("10000.00"))
    );
    insta::assert_snapshot!("return_items", items.text);
    let more = world
        .post("/return-orders/create", &return_of(&world, &code, 2))
        .await;
    more.assert_refused(
        400,
        "INVALID_PAYLOAD",
        "return_items[0].return_quantity: 2 are wanted, 1 are left",
    );
    for (query, expected) in [
        (format!("order_id={order}"), 1),
        (format!("return_tracking_code={number}"), 1),
        ("reason_type=wrong_item&status=200".to_owned(), 1),
        ("reason_type=other".to_owned(), 0),
    ] {
        let told = world.get(&format!("/return-orders/list?{query}")).await;
        assert_eq!(told.json()["total"], expected, "{query}");
    }
    let row: Value = serde_json::from_str(&first(&world.get("/return-orders/list").await)).unwrap();
    assert_eq!(row["return_address"], world.warehouse);
    let path = format!("/return-orders/cancel/{number}");
    assert_eq!(
        world.patch(&path, &json!({"reason": "Kept"})).await.data()["status"],
        700
    );
    world
        .patch(&path, &json!({}))
        .await
        .assert_refused(409, "INVALID_STATUS", "Return");
}

#[tokio::test]
async fn a_return_of_everything_names_no_items_and_is_not_cancelled_once_received() {
    let world = World::new().await;
    let (_, code) = delivered(&world, 2).await;
    let body = json!({"order_tracking_code": code, "return_address": world.warehouse, "reason_type": "other"});
    let made = world.post("/return-orders/create", &body).await.data();
    let id = made["return_order_id"].as_i64().unwrap();
    let items = world
        .get(&format!("/return-orders/detail/{id}/items"))
        .await
        .data();
    assert_eq!(items[0]["return_quantity"], 2);
    world.return_moved(id, ReturnState::Approved).await;
    world.return_moved(id, ReturnState::Received).await;
    let told = world
        .get(&format!("/return-orders/detail/{id}"))
        .await
        .data();
    assert!(told["inbound_code"].as_str().unwrap().starts_with("NHIV"));
    let inbound = world
        .get(&format!(
            "/shipments/inbound/detail/{}",
            told["inbound_code"].as_str().unwrap()
        ))
        .await;
    assert_eq!(
        inbound.data()["return_tracking_code"],
        made["return_tracking_code"]
    );
    world
        .patch(&format!("/return-orders/cancel/{id}"), &json!({}))
        .await
        .assert_refused(409, "INVALID_STATUS", "Return");
}

/// The members that only the B2B page has.
#[tokio::test]
async fn a_traders_order_is_taken_with_what_it_has_more() {
    let world = World::new().await;
    let shop = Shop {
        name: "Demo Traders".to_owned(),
        logo: None,
        platform: "retail".to_owned(),
        platform_logo: None,
        shop_type: OrderType::B2b,
        active: true,
    };
    let shop = world.kept(None, shop).await;
    let mut body = world.order(1);
    body["store_id"] = json!(shop.to_string());
    body["discounts"] = json!([]);
    body["extra_info"] = json!({"note": "Dock 3", "packaging_note": "On a pallet", "order_number": "B-1", "estimated_departure_time": 1_746_520_734});
    body["documents"] = json!([{"name": "Invoice", "quantity": 2, "doc_type": "3", "url": "https://cdn.example.invalid/f/1.pdf"}]);
    for (name, value) in [
        ("order_type", json!("b2b")),
        ("additional_services", json!("CIG,OWH")),
        ("tax_paid_by", json!("sender")),
        ("fee_paid_by", json!("receiver")),
    ] {
        body["config"][name] = value;
    }
    let made = world.post("/orders/create", &body).await.data();
    let told = world
        .get(&format!("/orders/detail/{}", made["order_id"]))
        .await
        .data();
    for (name, value) in [
        ("order_type", json!("b2b")),
        ("order_type_display", json!("B2B")),
        ("additional_services", json!("CIG,OWH")),
        ("tax_paid_by", json!("sender")),
        ("fee_paid_by", json!("receiver")),
        ("note", json!("Dock 3")),
        ("packaging_note", json!("On a pallet")),
        ("partner_tracking_code", json!("B-1")),
        ("estimated_departure_time", json!(1_746_520_734)),
    ] {
        assert_eq!(told[name], value, "{name}");
    }
}

#[tokio::test]
async fn a_service_that_promises_says_until_when() {
    let world = World::new().await;
    let service = Service {
        courier: RecordId(world.own_fleet),
        name: "Express".to_owned(),
        estimate: "1".to_owned(),
        fulfil_now: true,
        promise: Some([1, 4, 24]),
        rate_card: None,
        active: true,
    };
    world.kept(Some("SOF_NOW"), service).await;
    let mut body = world.order(1);
    body["config"]["delivery_service"] = json!("SOF_NOW");
    let made = world.post("/orders/create", &body).await.data();
    let told = world
        .get(&format!("/orders/detail/{}", made["order_id"]))
        .await
        .data();
    let created = told["created_time"].as_i64().unwrap();
    let promised = ["confirmed_sla_time", "shipped_sla_time", "sla_time"];
    let hours = promised.map(|name| (told[name].as_i64().unwrap() - created) / 3_600);
    assert_eq!(hours, [1, 4, 24]);
    assert_eq!(told["is_ship_now"], true);
}
