//! What a client gives beside the members that our records have is kept, and shown where the reference
//! has a member for it.

use super::*;
use serde_json::{Value, json};

#[tokio::test]
async fn what_an_order_has_more_is_kept_and_shown() {
    let world = World::new().await;
    let more = json!({
        "sorting_code": "S-12", "partner_id": 77, "partner_courier_tracking_code": "W-1",
        "partner_priority_fulfillment": 1, "inspection": true, "email_created": "ops@example.invalid",
        "email_updated": "night@example.invalid", "tax_info": {"code": "0000000000", "rates": [8, 10.5]}
    });
    let mut body = world.order(1);
    body["extra_info"] = more.clone();
    body["extra_info"]["partner_escrow_time"] = json!(1_746_525_602);
    body["extra_info"]["note"] = json!("By noon");
    body["extra_info"]["a_members_of_the_future"] = json!({"deep": [null, "x"]});
    let made = world.post("/orders/create", &body).await.data();
    let path = format!("/orders/detail/{}", made["order_id"]);
    let told = world.get(&path).await.data();
    for (name, given) in more.as_object().unwrap() {
        let wanted = if name.starts_with("partner_priority") {
            json!(true)
        } else {
            given.clone()
        };
        assert_eq!(told[name], wanted, "{name}");
    }
    assert_eq!(told["order_info"]["partner_escrow_time"], 1_746_525_602);
    assert_eq!(told["note"], "By noon");
    let list = world.get("/orders/list").await.data();
    assert_eq!(list[0]["sorting_code"], "S-12");
}

#[tokio::test]
async fn what_is_kept_beside_has_bounds() {
    let world = World::new().await;
    let mut body = world.order(1);
    let many: serde_json::Map<String, Value> =
        (0..65).map(|n| (format!("m{n}"), json!(n))).collect();
    for (info, begins) in [
        (Value::Object(many), "extra_info.m"),
        (
            json!({"long": "x".repeat(17_000)}),
            "extra_info.long: is more than can be kept",
        ),
    ] {
        body["extra_info"] = info;
        let told = world.post("/orders/create", &body).await;
        told.assert_refused(400, "INVALID_PAYLOAD", begins);
    }
    assert_eq!(world.get("/orders/list").await.json()["total"], 0);
}

#[tokio::test]
async fn an_inbounds_information_is_kept() {
    let world = World::new().await;
    let information = json!({"many_sku_in_carton": 0, "pallets": [1, 2]});
    let body = json!({
        "inbound_address": world.warehouse, "inbound_type": "purchase_order",
        "additional_information": information, "items": [{"sku": "DEMO-1", "quantity": 5}]
    });
    let made = world.post("/shipments/inbound/create", &body).await.data();
    let path = format!("/shipments/inbound/detail/{}", made["inbound_id"]);
    let told = world.get(&path).await.data();
    assert_eq!(told["additional_information"], information);
    // What was not said of the cartons, the items say.
    world.kept(None, world::item("DEMO-2")).await;
    for (sku, carton, mixed) in [
        ("DEMO-2", "PN00001", 1),
        ("DEMO-2", "PN00002", 0),
        ("DEMO-1", "PN00001", 0),
    ] {
        let mut silent = body.clone();
        silent
            .as_object_mut()
            .unwrap()
            .remove("additional_information");
        silent["items"] = json!([
            {"sku": "DEMO-1", "quantity": 5, "parcel_code": "PN00001"},
            {"sku": sku, "quantity": 1, "parcel_code": carton},
        ]);
        let made = world
            .post("/shipments/inbound/create", &silent)
            .await
            .data();
        let path = format!("/shipments/inbound/detail/{}", made["inbound_id"]);
        let told = world.get(&path).await.data();
        assert_eq!(
            told["additional_information"],
            json!({"many_sku_in_carton": mixed})
        );
    }
    let mut wrong = body.clone();
    wrong["additional_information"] = json!("all");
    let told = world.post("/shipments/inbound/create", &wrong).await;
    told.assert_refused(
        400,
        "INVALID_PAYLOAD",
        "additional_information: must be an object",
    );
}
