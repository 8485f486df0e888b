//! What published clients send, and a stricter server would ignore or refuse (§14).

use super::super::post;
use super::{CREATE, World, session};
use proptest::prelude::*;
use serde_json::{Value, json};
use trackway_model::orders::Decimal;

#[tokio::test]
async fn paths_and_members_are_read_in_any_case() {
    let world = World::new().await;
    let body = world.plain(&json!({})).to_string();
    for path in [
        CREATE,
        "/api/customer/customerapicreateorder",
        "/API/CUSTOMER/CustomerApiCreateOrder",
    ] {
        for body in [
            body.clone(),
            body.replace("OrderInfo", "orderinfo")
                .replace("ReceiverName", "RECEIVERNAME"),
        ] {
            let told = world.sent(path, body).await.json();
            assert_eq!(told["IsError"], false, "{path}: {told}");
        }
    }
}

#[tokio::test]
async fn members_outside_the_order_and_plain_extras_are_taken() {
    let world = World::new().await;
    let mut body = world.plain(&json!({"MailerType": "HH", "InformFee": 1}));
    body["OrderInfo"]
        .as_object_mut()
        .unwrap()
        .remove("ExtraServices");
    body["CODAmount"] = json!("90000");
    body["SpecialInstructionId"] = json!("2");
    body["ExtraServices"] = json!(["BP"]);
    let told = world.made(CREATE, &body).await;
    let code = told["OrderInfo"]["OrderCode"].as_str().unwrap();
    let shipment = world.shipment(code).await;
    assert_eq!(shipment.cod, Decimal::from(90_000));
    let it = shipment.consigned.unwrap();
    assert_eq!(
        (it.show_goods, it.extras),
        (Some(false), vec!["BP".to_owned()])
    );
}

#[tokio::test]
async fn strings_stand_for_numbers_and_numbers_for_strings() {
    let world = World::new().await;
    let body = world.plain(&json!({
        "ClientHubID": world.hub.to_string(), "RealWeight": "0.8", "Length": "20", "Quantity": "1",
        "ExternalCode": 7_781, "ReceiverPhone": 900_000_001, "unknown": {"a": [1]}
    }));
    let told = world.made(CREATE, &body).await;
    assert_eq!(told["OrderInfo"]["ExternalCode"], "7781");
    assert_eq!(told["OrderInfo"]["TotalServiceCost"], 33_000);
}

#[tokio::test]
async fn every_failure_comes_under_200_with_a_whole_envelope() {
    let world = World::new().await;
    let (client, token) = session(&world.desk, "shop-user").await;
    let headers = [("clientid", client.as_str()), ("TOKEN", token.as_str())];
    let reply = post(&world.desk, CREATE, &headers, "{}").await;
    assert_eq!(reply.status, 200);
    super::faults(&reply.json());
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// Any JSON at all.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::hash_map("[A-Za-z]{1,6}", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

const MEMBERS: &[&str] = &[
    "ClientHubID",
    "CusWareHouseID",
    "ReceiverName",
    "ReceiverPhone",
    "ReceiverAddress",
    "ReceiverProvinceName",
    "ReceiverDistrictName",
    "ReceiverWardName",
    "RealWeight",
    "Length",
    "Width",
    "Height",
    "Quantity",
    "Packages",
    "Note",
    "ServiceTypeID",
    "MailerType",
    "CODAmount",
    "COPAmt",
    "ExternalCode",
    "ReferenceCode",
    "SpecialInstructionId",
    "InformFee",
    "ExtraServices",
    "Items",
    "OrderCode",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever a member holds: an order, or an error that agrees with itself.
    #[test]
    fn whatever_a_member_holds_is_answered(at in 0..MEMBERS.len(), value in anything()) {
        runtime().block_on(async {
            let world = World::new().await;
            let body = world.plain(&json!({MEMBERS[at]: value}));
            let told = world.call(CREATE, &body).await.json();
            if told["IsError"] == true {
                super::faults(&told);
            } else {
                assert_eq!(told["ErrorCode"], "0");
                assert!(told["OrderInfo"]["OrderCode"].is_string());
            }
        });
    }
}
