//! Configuration lists, couriers, the address directory, and what lists share.

use super::*;
use serde_json::{Value, json};
use std::fmt::Write;

#[tokio::test]
async fn configuration_lists_have_their_members_in_order() {
    let world = World::new().await;
    let mut all = String::new();
    for path in [
        "/users/pickup-address",
        "/users/box-dimension",
        "/vendors/list",
        "/stores/list",
        "/products/categories",
        "/products/brands",
        "/products/inventory/units",
        "/couriers/service-integrated/list",
        "/couriers/operate/list",
        "/couriers/integrated/list",
    ] {
        let told = world.get(path).await;
        assert_eq!(told.status, 200, "{path}: {}", told.text);
        writeln!(all, "{path}\n{}", told.raw()).unwrap();
    }
    insta::assert_snapshot!("configuration_lists", all);
}

#[tokio::test]
async fn options_are_lists_of_codes() {
    let world = World::new().await;
    for (path, code) in [
        ("/products/inventory/outbound-strategies", "fifo"),
        ("/products/inventory/product-types", "NORMAL"),
        ("/products/inventory/materials", "3PF-BOX"),
        ("/products/inventory/storage-methods", "normal"),
        ("/shipments/inbound/additional-services", "ULG"),
    ] {
        let told = world.get(path).await;
        assert_eq!(names(&first(&told)), ["code", "name"]);
        assert_eq!(told.data()[0]["code"], code, "{path}");
    }
}

#[tokio::test]
async fn services_are_those_of_couriers_with_a_contract() {
    let world = World::new().await;
    let codes = |told: &Told| -> Vec<Value> {
        let data = told.data();
        data.as_array()
            .unwrap()
            .iter()
            .map(|row| row["code"].clone())
            .collect()
    };
    let told = world
        .get("/couriers/service-integrated/list?sort=created_time")
        .await;
    assert_eq!(codes(&told), ["SOF_STD", "DPO_STD"]);
    let data = told.data();
    assert_eq!(data[0]["courier_integration_id"], world.own_link);
    let path = format!(
        "/couriers/service-integrated/list?courier_id={}",
        world.post
    );
    assert_eq!(codes(&world.get(&path).await), ["DPO_STD"]);
}

#[tokio::test]
async fn the_directory_goes_down_three_levels() {
    let world = World::new().await;
    let told = world
        .get("/address/provinces?country=VN&keyword=Hồ Chí")
        .await;
    assert_eq!(
        told.raw(),
        r#"[{"id":79,"country":"VN","code":"HCM","province_name":"TP. Hồ Chí Minh"}]"#
    );
    let told = world
        .get("/address/districts?province_id=79&keyword=tân b")
        .await;
    assert_eq!(
        told.raw(),
        r#"[{"id":766,"country":"VN","province_id":79,"district_name":"Quận Tân Bình"}]"#
    );
    let told = world
        .get("/address/wards?district_id=766&page_size=1")
        .await;
    assert_eq!(
        told.raw(),
        r#"[{"id":26965,"province_id":79,"district_id":766,"country":"VN","ward_name":"Phường 02"}]"#
    );
    assert_eq!(told.json()["total"], 15, "the wards of the whole district");
    assert_eq!(
        world.get("/address/provinces?country=LA").await.data(),
        json!([])
    );
    for (path, begins) in [
        ("/address/districts", "province_id: is required"),
        ("/address/wards?province_id=79", "district_id: is required"),
        (
            "/address/wards?district_id=x",
            "district_id: must be a whole number",
        ),
    ] {
        world
            .get(path)
            .await
            .assert_refused(400, "INVALID_PAYLOAD", begins);
    }
}

#[tokio::test]
async fn pages_are_counted_and_the_unknown_is_ignored() {
    let world = World::new().await;
    for n in 2..=7 {
        world.kept(None, world::item(&format!("DEMO-{n}"))).await;
    }
    let told = world
        .get("/products/inventory/list?page=2&page_size=3&colour=red&sort=created_time")
        .await;
    let data = told.data();
    let skus: Vec<&Value> = data
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["sku"])
        .collect();
    assert_eq!(skus, ["DEMO-4", "DEMO-5", "DEMO-6"]);
    assert_eq!(told.json()["total"], 7, "of all, not of the page");
    let told = world.get("/products/inventory/list?page=9").await;
    assert_eq!((told.data(), &told.json()["total"]), (json!([]), &json!(7)));
    let told = world.get("/products/inventory/list?keyword=DEMO-4").await;
    assert_eq!(told.json()["total"], 1);
    for (query, begins) in [
        ("page=0", "page: must be 1 or more"),
        ("page_size=many", "page_size: must be a whole number"),
        ("sort=price", "sort: must be"),
        ("status=new", "status: must be a whole number"),
        ("created_from=today", "created_from: must be a whole number"),
    ] {
        let told = world
            .get(&format!("/products/inventory/list?{query}"))
            .await;
        told.assert_refused(400, "INVALID_PAYLOAD", begins);
    }
}
