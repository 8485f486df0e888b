//! The address directory in its epochs, and addresses as they come in and are told.

use super::*;
use serde_json::{Value, json};

#[tokio::test]
async fn the_directory_before_2025_is_whole() {
    let world = World::new().await;
    let total = async |path: &str| world.get(path).await.json()["total"].clone();
    assert_eq!(total("/address/provinces").await, 63);
    assert_eq!(total("/address/provinces?version=2024").await, 63);
    assert_eq!(total("/address/districts?province_id=79").await, 22);
    let last = world
        .get("/address/provinces?page=4&page_size=20&country=vn")
        .await;
    assert_eq!(last.data().as_array().unwrap().len(), 3);
    assert_eq!(last.data()[2]["code"], "CMU");
}

#[tokio::test]
async fn a_version_asks_for_another_epoch() {
    let world = World::new().await;
    let told = world.get("/address/provinces?version=2025-07").await;
    assert_eq!(told.json()["total"], 34);
    let told = world
        .get("/address/districts?version=2025-07&province_id=79")
        .await;
    assert_eq!(told.data(), json!([]), "there are none");
    let told = world
        .get("/address/wards?version=2025-07&province_id=79&keyword=tân sơn hòa")
        .await;
    assert_eq!(
        told.raw(),
        r#"[{"id":26977,"province_id":79,"district_id":null,"country":"VN","ward_name":"Phường Tân Sơn Hòa"}]"#
    );
    let told = world
        .get("/address/wards?version=2025-01&district_id=766&keyword=Phường 2")
        .await;
    assert_eq!(told.data()[0]["ward_name"], "Phường 2");
    for (path, begins) in [
        ("/address/provinces?version=2023", "version: must be 2024"),
        (
            "/address/wards?version=2025-07&district_id=766",
            "province_id: is required",
        ),
    ] {
        let told = world.get(path).await;
        told.assert_refused(400, "INVALID_PAYLOAD", begins);
    }
    world.desk.set("nandh.address_version", "2025-07");
    let told = world.get("/address/provinces").await;
    assert_eq!(told.json()["total"], 34, "as the operator set it");
}

/// Ids of a receiver's divisions.
fn ids(receiver: &Value) -> [Value; 3] {
    ["province", "district", "ward"].map(|level| receiver[level]["id"].clone())
}

#[tokio::test]
async fn a_receiver_is_told_in_the_epoch_that_is_asked_for() {
    let world = World::new().await;
    let (id, _) = world.ordered(1).await;
    let receiver = async |query: &str| {
        let told = world.get(&format!("/orders/detail/{id}{query}")).await;
        told.data()["receiver"].clone()
    };
    let before = receiver("").await;
    assert_eq!(ids(&before), [79, 766, 26965].map(Value::from));
    let today = receiver("?version=2025-07").await;
    assert_eq!(ids(&today), [json!(79), Value::Null, json!(26977)]);
    assert_eq!(today["ward"]["ward_name"], "Phường Tân Sơn Hòa");
    let row = world.get("/orders/list?version=2025-07").await.data()[0]["receiver"].clone();
    assert_eq!(row, today);
}

#[tokio::test]
async fn an_address_of_two_levels_is_taken_and_told_as_far_as_it_was_one() {
    let world = World::new().await;
    let mut body = world.order(1);
    body["receiver"]["ward_name"] = json!("P. Tân Sơn Hoà");
    let members = body["receiver"].as_object_mut().unwrap();
    members.remove("district_name");
    let made = world.post("/orders/create", &body).await.data();
    let path = format!("/orders/detail/{}", made["order_id"]);
    let receiver = world.get(&path).await.data()["receiver"].clone();
    assert_eq!(ids(&receiver)[0], 79);
    assert_eq!(
        (&receiver["ward"]["id"], &receiver["ward"]["ward_name"]),
        (&Value::Null, &json!("P. Tân Sơn Hoà")),
        "it was several before 2025"
    );
    let today = world.get(&format!("{path}?version=2025-07")).await.data();
    assert_eq!(today["receiver"]["ward"]["id"], 26977);
}

#[tokio::test]
async fn ids_must_be_there_and_lie_in_each_other() {
    let world = World::new().await;
    for (query, members, begins) in [
        (
            "",
            json!({"province_id": 1, "district_id": 766}),
            "receiver.district_id: is not in the address directory of 2024 within",
        ),
        (
            "",
            json!({"province_id": 79, "ward_id": 4}),
            "receiver.ward_id: is not in the address directory",
        ),
        (
            "?version=2025-07",
            json!({"province_id": 79, "district_id": 766}),
            "receiver.district_id: is not in the address directory of 2025-07",
        ),
    ] {
        let mut body = world.order(1);
        let receiver = body["receiver"].as_object_mut().unwrap();
        receiver.retain(|name, _| !name.ends_with("_name"));
        receiver.extend(members.as_object().unwrap().clone());
        let told = world.post(&format!("/orders/create{query}"), &body).await;
        told.assert_refused(400, "INVALID_PAYLOAD", begins);
    }
    // An unknown spelling refuses nothing.
    let mut body = world.order(1);
    body["receiver"]["district_name"] = json!("Nowhere");
    let made = world.post("/orders/create", &body).await.data();
    let path = format!("/orders/detail/{}", made["order_id"]);
    let receiver = world.get(&path).await.data()["receiver"].clone();
    assert_eq!(ids(&receiver), [json!(79), Value::Null, Value::Null]);
    assert_eq!(receiver["district"]["district_name"], "Nowhere");
}
