//! Bad input: the number of the vendor's table with the property's name, and nothing half made.

use super::super::post;
use super::{CANCEL, CONFIRM, CREATE, PRICE, UPDATE, World, faults, session};
use crate::support::Trouble;
use serde_json::{Value, json};
use trackway_dialects::desk::Trade;
use trackway_dialects::express247::NAME;
use trackway_model::orders::{Body, Catalogued, Command, Kind, Name, RecordQuery};

async fn orders(world: &World) -> u64 {
    let query = RecordQuery::of(Kind::Order);
    let page = world.desk.records(&world.principal, query).await.unwrap();
    page.total.count()
}

#[tokio::test]
async fn every_mistake_of_an_order_has_its_number_and_property() {
    let world = World::new().await;
    let cases = [
        (
            json!({"ReceiverWardName": "Phường Không Có"}),
            "1",
            "ReceiverWardName",
        ),
        (
            json!({"ReceiverWardName": "Phường Bến Nghé"}),
            "1",
            "ReceiverWardName",
        ),
        (
            json!({"ReceiverDistrictName": null, "ReceiverWardName": null}),
            "1",
            "ReceiverWardName",
        ),
        (
            json!({"ReceiverDistrictName": "Quận Không Có"}),
            "2",
            "ReceiverDistrictName",
        ),
        (
            json!({"ReceiverDistrictName": "Quận Tân Bình"}),
            "2",
            "ReceiverDistrictName",
        ),
        (
            json!({"ReceiverProvinceName": "TP. Hồ Chí Minh", "ReceiverDistrictName": "Quận 1",
                "ReceiverWardName": "Phường Sài Gòn"}),
            "2",
            "ReceiverDistrictName",
        ),
        (
            json!({"ReceiverProvinceName": "Tỉnh Không Có"}),
            "3",
            "ReceiverProvinceName",
        ),
        (
            json!({"ReceiverProvinceName": null}),
            "3",
            "ReceiverProvinceName",
        ),
        (
            json!({"SpecialInstructionId": 3}),
            "9",
            "SpecialInstructionId",
        ),
        (json!({"ServiceTypeID": "NONE"}), "10", "ServiceTypeID"),
        (json!({"ServiceTypeID": "OTHER"}), "10", "ServiceTypeID"),
        (
            json!({"ExtraServices": [{"ServiceID": "GIFT"}]}),
            "10",
            "ExtraServices",
        ),
        (json!({"OrderCode": "V!"}), "16", "OrderCode"),
        (json!({"OrderCode": "V".repeat(21)}), "16", "OrderCode"),
        (json!({"ReceiverAddress": " "}), "17", "ReceiverAddress"),
        (json!({"ReceiverAddress": {}}), "17", "ReceiverAddress"),
        (json!({"MailerType": "XX"}), "18", "MailerType"),
        (
            json!({"MailerType": "TL", "RealWeight": 2.5}),
            "18",
            "MailerType",
        ),
        (
            json!({"MailerType": "TL", "Length": 60, "Width": 60, "Height": 60}),
            "18",
            "MailerType",
        ),
        (json!({"Quantity": 0}), "19", "Quantity"),
        (json!({"Quantity": -1}), "19", "Quantity"),
        (json!({"Quantity": 1_000_000_000_000_i64}), "19", "Quantity"),
        (json!({"Quantity": 1.5}), "19", "Quantity"),
        (json!({"Quantity": 2}), "20", "Packages"),
        (
            json!({"Quantity": 3, "Packages": [{}, {}]}),
            "20",
            "Packages",
        ),
        (
            json!({"Quantity": 1, "Packages": [{}, {}]}),
            "20",
            "Packages",
        ),
        (json!({"Quantity": 2, "Packages": "two"}), "20", "Packages"),
        (
            json!({"Quantity": 2, "Packages": [{}, {"Length": 5}]}),
            "20",
            "Packages[1].Length",
        ),
        (
            json!({"Quantity": 2, "Packages": [{"RealWeight": 1_000_000_000}, {}]}),
            "20",
            "Packages[0]",
        ),
        (json!({"ClientHubID": null}), "21", "ClientHubID"),
        (json!({"ClientHubID": 987_654}), "21", "ClientHubID"),
        (
            json!({"ClientHubID": null, "CusWareHouseID": "NOWHERE"}),
            "21",
            "CusWareHouseID",
        ),
        (
            json!({"ClientHubID": world.waiting_hub}),
            "21",
            "ClientHubID",
        ),
        (json!({"COPAmt": -1}), "25", "COPAmt"),
        (json!({"COPAmt": "much"}), "25", "COPAmt"),
        (json!({"RealWeight": -1}), "6", "RealWeight"),
        (json!({"RealWeight": 1_000_000_000}), "6", "RealWeight"),
        (json!({"RealWeight": "heavy"}), "6", "RealWeight"),
        (json!({"Length": 1e30}), "6", "Length"),
        (json!({"Width": 10_000_000}), "6", "Width"),
        (json!({"Height": [1]}), "6", "Height"),
        (json!({"CODAmount": -5}), "6", "CODAmount"),
        (json!({"MailerType": "HH"}), "6", "InformFee"),
        (
            json!({"RealWeight": 2.5, "MailerType": null}),
            "6",
            "InformFee",
        ),
        (json!({"ExtraServices": ["DVBH"]}), "6", "InformFee"),
        (json!({"Note": "a\u{0}b"}), "6", "Note"),
        (json!({"Items": [{"Qty": 0}]}), "6", "Items[0]"),
    ];
    for (members, code, property) in cases {
        let body = world.plain(&members);
        let told = world.refused(CREATE, &body).await;
        assert_eq!(told, (code.to_owned(), json!(property)), "{members}");
    }
    assert_eq!(orders(&world).await, 0, "nothing is half made");
}

#[tokio::test]
async fn every_mistake_of_an_update_has_its_number_and_property() {
    let world = World::new().await;
    let code = world.ordered(&json!({})).await;
    let before = world.shipment(&code).await;
    for (members, number, property) in [
        (
            json!({"ReceiverWardName": "Phường Không Có"}),
            "3",
            "ReceiverProvinceName",
        ),
        (
            json!({"SpecialInstructionId": "7"}),
            "9",
            "SpecialInstructionId",
        ),
        (json!({"ServiceTypeID": "NONE"}), "10", "ServiceTypeID"),
        (json!({"MailerType": "XX"}), "18", "MailerType"),
        (json!({"Quantity": 2}), "20", "Packages"),
        (json!({"ClientHubID": 987_654}), "21", "ClientHubID"),
        (json!({"COPAmt": -1}), "25", "COPAmt"),
    ] {
        let mut info = members.clone();
        info["OrderCode"] = json!(code);
        let told = world.refused(UPDATE, &json!({"OrderInfo": info})).await;
        assert_eq!(told, (number.to_owned(), json!(property)), "{members}");
    }
    assert_eq!(world.shipment(&code).await, before);
}

#[tokio::test]
async fn an_external_code_is_given_once() {
    let world = World::new().await;
    world.made(CREATE, &world.wanted()).await;
    let again = world.refused(CREATE, &world.wanted()).await;
    assert_eq!(again.0, "4");
    let external = world.plain(&json!({"ExternalCode": "SO-7781"}));
    let told = world.refused(CREATE, &external).await;
    assert_eq!(told, ("4".to_owned(), json!("ExternalCode")));
    let own = world.plain(&json!({"OrderCode": "VD0000001"}));
    let told = world.refused(CREATE, &own).await;
    assert_eq!(told, ("4".to_owned(), json!("OrderCode")));
    assert_eq!(orders(&world).await, 1);
}

#[tokio::test]
async fn an_order_must_be_named_and_be_the_clients_own() {
    let world = World::new().await;
    let code = world.ordered(&json!({})).await;
    world.desk.login(
        NAME,
        "another",
        "another-key",
        ("other-user", "shop-password"),
    );
    let (client, token) = session(&world.desk, "other-user").await;
    for (path, wrap) in [(CANCEL, false), (UPDATE, true), (CONFIRM, false)] {
        let body = |code: Value| {
            let info = json!({"OrderCode": code, "ConfirmID": 1});
            if wrap {
                json!({"OrderInfo": info})
            } else {
                info
            }
        };
        let missing = world.refused(path, &body(Value::Null)).await;
        assert_eq!(missing, ("15".to_owned(), json!("OrderCode")), "{path}");
        let torn = world.refused(path, &body(json!([1]))).await;
        assert_eq!(torn, ("16".to_owned(), json!("OrderCode")), "{path}");
        let unknown = world.refused(path, &body(json!("VD9999999"))).await;
        assert_eq!(unknown, ("13".to_owned(), json!("OrderCode")), "{path}");
        let headers = [("ClientID", client.as_str()), ("Token", token.as_str())];
        let foreign = post(&world.desk, path, &headers, body(json!(code)).to_string()).await;
        assert_eq!(
            faults(&foreign.json()),
            ("13".to_owned(), json!("OrderCode")),
            "{path}"
        );
    }
}

const CALLS: &[&str] = &[
    CREATE,
    UPDATE,
    CANCEL,
    PRICE,
    CONFIRM,
    "/Api/Customer/GetServiceTypes",
    "/api/MasterData/Services",
    "/api/Customer/Services",
    "/Api/Customer/CustomerGetClientHubs",
    "/Api/Customer/CustomerInsertClientHub",
    "/api/Customer/CustomerUpdateClientHub",
    "/Api/Customer/GetOrderImages",
    "/api/Customer/GetStatusLogs",
];

#[tokio::test]
async fn every_call_asks_for_a_session() {
    let world = World::new().await;
    let (client, token) = session(&world.desk, "shop-user").await;
    for path in CALLS {
        for (headers, property) in [
            (vec![], "ClientID"),
            (
                vec![("ClientID", "shop"), ("Token", token.as_str())],
                "ClientID",
            ),
            (vec![("ClientID", client.as_str())], "Token"),
            (
                vec![("ClientID", client.as_str()), ("Token", "00")],
                "Token",
            ),
            (vec![("ClientID", "1"), ("Token", token.as_str())], "Token"),
        ] {
            let reply = post(&world.desk, path, &headers, "{}").await;
            assert_eq!(reply.status, 200, "{path}");
            assert_eq!(
                faults(&reply.json()),
                ("12".to_owned(), json!(property)),
                "{path}"
            );
        }
    }
}

/// Such as an order for a shop that is switched off.
#[tokio::test]
async fn refusals_without_a_member_have_the_calls_own_number() {
    let world = World::new().await;
    world.ordered(&json!({})).await;
    let named = Name::code("247EXPRESS");
    let shop = world.desk.record_named(&world.principal, Kind::Shop, named);
    let shop = shop.await.unwrap().unwrap();
    let Body::Shop(mut body) = shop.body else {
        panic!("no shop")
    };
    body.active = false;
    let command = Command::Catalogue(Box::new(Catalogued {
        id: Some(shop.id),
        code: None,
        body: Body::Shop(body),
    }));
    world.done(command).await;
    let told = world.refused(CREATE, &world.plain(&json!({}))).await;
    assert_eq!(told, ("7".to_owned(), Value::Null));
    let long = world.plain(&json!({"ReceiverPhone": "9".repeat(300)}));
    let told = world.refused(CREATE, &long).await;
    assert_eq!(told, ("6".to_owned(), json!("ReceiverPhone")));
}

#[tokio::test]
async fn a_key_that_may_read_writes_nothing() {
    let world = World::new().await;
    world.desk.scope(world.principal.key, &["read"]);
    assert_eq!(world.refused(CREATE, &world.wanted()).await.0, "12");
    world
        .made("/Api/Customer/CustomerGetClientHubs", &json!({}))
        .await;
}

#[tokio::test]
async fn what_is_no_object_is_an_exception_and_a_desk_that_fails_a_server_error() {
    let world = World::new().await;
    for body in ["[]", "7", "{", "\"x\""] {
        let told = world.sent(CREATE, body.to_owned()).await.json();
        assert_eq!(faults(&told).0, "6", "{body}");
    }
    let told = world.refused(CREATE, &json!({"OrderInfo": 7})).await;
    assert_eq!(told, ("6".to_owned(), json!("OrderInfo")));
    let (client, token) = session(&world.desk, "shop-user").await;
    world.desk.trouble(Some(Trouble::Failed));
    let headers = [("ClientID", client.as_str()), ("Token", token.as_str())];
    let reply = post(&world.desk, CANCEL, &headers, "{}").await;
    assert_eq!(
        (reply.status.as_u16(), faults(&reply.json()).0.as_str()),
        (200, "5")
    );
    world.desk.trouble(Some(Trouble::Busy(3)));
    let reply = post(&world.desk, CANCEL, &headers, "{}").await;
    assert_eq!(
        (reply.status.as_u16(), faults(&reply.json()).0.as_str()),
        (503, "5")
    );
    assert!(reply.headers.contains_key("retry-after"));
}
