//! Hubs: the account's pickup addresses.

use super::super::fixture;
use super::{CREATE, World, holds};
use serde_json::{Value, json};
use trackway_dialects::raw::Object;

const LIST: &str = "/Api/Customer/CustomerGetClientHubs";
const INSERT: &str = "/Api/Customer/CustomerInsertClientHub";
const UPDATE: &str = "/api/Customer/CustomerUpdateClientHub";

fn wanted(members: &Value) -> Value {
    let mut body: Value = serde_json::from_str(fixture!("customer-hub.json")).unwrap();
    for (name, value) in members.as_object().unwrap() {
        body["HubInfo"][name] = value.clone();
    }
    body
}

async fn ids(world: &World, body: &Value) -> Vec<String> {
    let told = world.made(LIST, body).await;
    let hubs = told["Hubs"].as_array().unwrap();
    let id = |hub: &Value| hub["ClientHubID"].as_str().unwrap().to_owned();
    hubs.iter().map(id).collect()
}

#[tokio::test]
async fn a_new_hub_waits_for_approval() {
    let world = World::new().await;
    let reply = world.call(INSERT, &wanted(&json!({}))).await;
    holds(&reply.raw("HubInfo"), fixture!("customer-hub-made.json"));
    let info = reply.raw("HubInfo");
    let info = Object::parse(info.as_bytes()).unwrap();
    for name in [
        "ClientHubID",
        "IsMain",
        "CustomerID",
        "WardID",
        "DistrictID",
        "ProvinceID",
    ] {
        assert!(info.get(name).unwrap().starts_with('"'), "{name} is a text");
    }
    let id = reply.json()["HubInfo"]["ClientHubID"]
        .as_str()
        .unwrap()
        .to_owned();
    let told = world
        .refused(CREATE, &world.plain(&json!({"ClientHubID": id})))
        .await;
    assert_eq!(told, ("21".to_owned(), json!("ClientHubID")));
    world.desk.set("express247.approve_hubs", "true");
    let told = world
        .made(INSERT, &wanted(&json!({"CusWarehouseID": "7001"})))
        .await;
    assert_eq!(told["HubInfo"]["Status"], "Approved");
    assert_eq!(told["HubInfo"]["CusWarehouseID"], "7001");
    let order = world.plain(&json!({"ClientHubID": null, "CusWareHouseID": 7001}));
    // The card has no zone from Hà Nội.
    assert_eq!(world.refused(CREATE, &order).await.0, "3");
}

#[tokio::test]
async fn the_list_tells_of_those_that_are_approved_or_of_all() {
    let world = World::new().await;
    let approved = world.hub.to_string();
    assert_eq!(ids(&world, &json!({})).await, [approved.as_str()]);
    assert_eq!(
        ids(&world, &json!({"GetFullAddress": false})).await,
        [approved.as_str()]
    );
    let all = ids(&world, &json!({"getfulladdress": "true"})).await;
    assert_eq!(all, [approved, world.waiting_hub.to_string()]);
}

#[tokio::test]
async fn an_update_keeps_what_it_does_not_name() {
    let world = World::new().await;
    let body = json!({"HubInfo": {"ClientHubID": world.hub, "ContactPhone": "0900000055"}});
    let told = world.made(UPDATE, &body).await["HubInfo"].clone();
    assert_eq!(
        (&told["ContactPhone"], &told["ContactName"]),
        (&json!("0900000055"), &json!("Lê Thị Mẫu"))
    );
    assert_eq!(
        (&told["Address"], &told["Status"]),
        (&json!("12 Phố Ví Dụ"), &json!("Approved"))
    );
    let body = json!({"HubInfo": {"ClientHubID": world.hub.to_string(), "Address": "1 Phố Khác",
        "ProvinceName": "TP. Hồ Chí Minh", "DistrictName": null, "WardName": "Phường Sài Gòn",
        "CusWarehouseName": "Kho khác", "CusWarehouseID": "KHO-9"}});
    let told = world.made(UPDATE, &body).await["HubInfo"].clone();
    assert_eq!(
        (&told["ProvinceID"], &told["DistrictID"]),
        (&json!("HCM"), &json!(null))
    );
    let order = world.plain(&json!({"ClientHubID": null, "CusWareHouseID": "KHO-9"}));
    world.made(CREATE, &order).await;
}

#[tokio::test]
async fn a_mistake_names_its_member() {
    let world = World::new().await;
    for (members, code, property) in [
        (json!({"Address": null}), "21", "Address"),
        (json!({"ContactName": null}), "21", "ContactName"),
        (json!({"ContactPhone": ""}), "21", "ContactPhone"),
        (json!({"ProvinceName": null}), "3", "ProvinceName"),
        (
            json!({"DistrictName": "Quận Tân Bình"}),
            "2",
            "DistrictName",
        ),
        (json!({"WardName": "Phường Bến Nghé"}), "1", "WardName"),
        (json!({"CusWarehouseID": "KHO-1"}), "21", "CusWarehouseID"),
    ] {
        let told = world.refused(INSERT, &wanted(&members)).await;
        assert_eq!(told, (code.to_owned(), json!(property)), "{members}");
    }
    for (id, code) in [
        (json!(null), "21"),
        (json!(987_654), "21"),
        (json!("x"), "21"),
    ] {
        let body = json!({"HubInfo": {"ClientHubID": id}});
        let told = world.refused(UPDATE, &body).await;
        assert_eq!(told, (code.to_owned(), json!("ClientHubID")), "{body}");
    }
    assert_eq!(ids(&world, &json!({"GetFullAddress": true})).await.len(), 2);
}
