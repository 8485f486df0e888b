//! Prices and services.

use super::super::fixture;
use super::{PRICE, World, holds};
use serde_json::{Value, json};
use trackway_dialects::raw::Object;

fn asked(world: &World, members: &Value) -> Value {
    let mut body: Value = serde_json::from_str(fixture!("customer-price.json")).unwrap();
    body["ClientHubID"] = json!(world.hub.to_string());
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn a_price_is_answered_as_the_vendor_answers() {
    let world = World::new().await;
    let reply = world.call(PRICE, &asked(&world, &json!({}))).await;
    holds(&reply.body, fixture!("customer-priced.json"));
    assert_eq!(reply.json()["ErrorCode"], "");
    assert_eq!(reply.raw("MainPrice"), "0.0", "as the vendor's own");
}

#[tokio::test]
async fn size_is_weight_by_the_cards_divisor() {
    let world = World::new().await;
    let sides = json!({"Length": 60, "Width": "60", "Height": 60.0, "RealWeight": 1});
    let told = world.call(PRICE, &asked(&world, &sides)).await;
    assert_eq!(
        (told.raw("CalWeight").as_str(), told.raw("Weight").as_str()),
        ("36.0", "36.0")
    );
    let heavy = json!({"Length": 60, "Width": 60, "Height": 60, "RealWeight": 60});
    let told = world.call(PRICE, &asked(&world, &heavy)).await;
    assert_eq!(
        (told.raw("CalWeight").as_str(), told.raw("Weight").as_str()),
        ("36.0", "60.0")
    );
}

#[tokio::test]
async fn a_flexible_pick_up_names_its_province() {
    let world = World::new().await;
    let body = asked(
        &world,
        &json!({"ClientHubID": null, "FromProvinceName": "TP.HCM"}),
    );
    assert_eq!(world.made(PRICE, &body).await["TotalServiceCost"], 66_000.0);
}

#[tokio::test]
async fn extras_are_lines_of_their_own() {
    let world = World::new().await;
    for extras in [json!([{"ServiceID": "BP"}]), json!(["BP"])] {
        let told = world
            .made(PRICE, &asked(&world, &json!({"ExtraServices": extras})))
            .await;
        let line = &told["ExtraServices"][1];
        assert_eq!(
            (&line["ServiceID"], &line["Type"], &line["Cost"]),
            (&json!("BP"), &json!(2), &json!(6_000.0))
        );
        assert_eq!(told["TotalServiceCost"], 72_600.0);
    }
}

#[tokio::test]
async fn a_service_without_a_card_costs_nothing() {
    let world = World::new().await;
    let told = world
        .made(PRICE, &asked(&world, &json!({"ServiceTypeID": "PTN"})))
        .await;
    assert_eq!(
        (&told["ExtraServices"], &told["TotalServiceCost"]),
        (&json!([]), &json!(0.0))
    );
}

#[tokio::test]
async fn a_mistake_names_its_member() {
    let world = World::new().await;
    for (members, code, property) in [
        (json!({"ToProvinceName": null}), "3", "ToProvinceName"),
        (json!({"ToDistrictName": "Quận 1"}), "2", "ToDistrictName"),
        (json!({"ToWardName": "Phường Bến Nghé"}), "1", "ToWardName"),
        (json!({"ServiceTypeID": "NONE"}), "10", "ServiceTypeID"),
        (json!({"ServiceTypeID": "OTHER"}), "10", "ServiceTypeID"),
        (json!({"ClientHubID": 5_000}), "21", "ClientHubID"),
        (json!({"ClientHubID": null}), "21", "ClientHubID"),
        (
            json!({"ClientHubID": null, "FromProvinceName": "Hà Nội"}),
            "3",
            "ToProvinceName",
        ),
        (json!({"RealWeight": 1e12}), "6", "RealWeight"),
        (json!({"Height": -1}), "6", "Height"),
        (json!({"ExtraServices": ["GIFT"]}), "10", "ExtraServices"),
    ] {
        let told = world.refused(PRICE, &asked(&world, &members)).await;
        assert_eq!(told, (code.to_owned(), json!(property)), "{members}");
    }
}

#[tokio::test]
async fn services_are_this_carriers_only_at_both_addresses() {
    let world = World::new().await;
    let told = world
        .made("/Api/Customer/GetServiceTypes", &json!({}))
        .await;
    assert_eq!(
        told["ServiceTypes"],
        json!([
            {"ServiceTypeID": "DE", "ServiceTypeName": "Chuyển phát nhanh", "CalculateVolumetric": 6000},
            {"ServiceTypeID": "PTN", "ServiceTypeName": "Phát trong ngày", "CalculateVolumetric": 6000}
        ])
    );
    let mut answers = Vec::new();
    for path in ["/api/MasterData/Services", "/api/Customer/Services"] {
        let told = world.made(path, &json!({})).await;
        let codes: Vec<&Value> = told["Services"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["ServiceID"])
            .collect();
        assert_eq!(codes, ["BP", "COD", "DVBH"]);
        answers.push(told);
    }
    assert_eq!(answers[0], answers[1]);
}

/// §10 prints money with one decimal, §8.1 without any.
#[tokio::test]
async fn numbers_are_printed_as_the_vendor_prints_them() {
    let world = World::new().await;
    let told = world.call(PRICE, &asked(&world, &json!({}))).await;
    let object = Object::parse(told.body.as_bytes()).unwrap();
    assert_eq!(object.get("TotalServiceCost"), Some("66000.0"));
    let created = world.call(super::CREATE, &world.wanted()).await;
    let info = created.raw("OrderInfo");
    let info = Object::parse(info.as_bytes()).unwrap();
    assert_eq!(info.get("TotalServiceCost"), Some("33000"));
}
