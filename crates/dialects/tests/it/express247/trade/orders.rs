//! Orders created, updated and cancelled, and what is told of them.

use super::super::{fixture, track};
use super::{CANCEL, CREATE, UPDATE, World, holds};
use serde_json::json;
use trackway_model::orders::{Body, Decimal, FulfilmentState, Kind, OrderState};

#[tokio::test]
async fn an_order_is_answered_as_the_vendor_answers() {
    let world = World::new().await;
    let reply = world.call(CREATE, &world.wanted()).await;
    holds(&reply.body, fixture!("customer-created.json"));
    assert_eq!(reply.json()["IsError"], false);
}

#[tokio::test]
async fn every_member_of_an_order_is_kept() {
    let world = World::new().await;
    let code = world
        .ordered(&json!({
            "ReceiverName": "Trần Thị Mẫu", "ReceiverPhone": "0900000009", "Note": "call first",
            "RealWeight": 3.5, "Length": 30, "Width": 20, "Height": 10, "Quantity": 2,
            "Packages": [
                {"PackageID": "A", "Length": 30, "Width": 20, "Height": 10, "RealWeight": 2},
                {"PackageID": "B", "RealWeight": 1.5}
            ],
            "MailerType": "HH", "InformFee": 2_000_000, "CODAmount": 150_000, "COPAmt": 7_000,
            "ExternalCode": "SO-9", "ReferenceCode": "PO-9", "SpecialInstructionId": 1,
            "ExtraServices": [{"ServiceID": "BP", "Type": 2}, {"ServiceID": "DVBH"}],
            "Items": [{"No": 1, "ItemID": "TEA", "ItemName": "Trà", "UnitName": "hộp", "Qty": 2,
                "UnitPrice": 70_000, "Amount": 140_000, "Notes": null, "Imeis": [{"No": 1, "Imei": "x"}]}],
            "SenderPhone": "ignored", "FromLat": 10.5, "CustomerOrderDate": "2024-05-06 10:00:00"
        }))
        .await;
    let shipment = world.shipment(&code).await;
    let it = shipment.consigned.as_deref().unwrap();
    assert_eq!((it.weight, it.pieces, it.packages.len()), (3_500, 2, 2));
    assert_eq!(it.packages[1].weight, Some(1_500));
    assert_eq!(
        it.packages[0].sides.map(|sides| sides[0]),
        Some(Decimal::from(30))
    );
    assert_eq!((it.document, it.show_goods), (false, Some(true)));
    assert_eq!(it.declared, Decimal::from(2_000_000));
    assert_eq!(it.cop, Decimal::from(7_000));
    assert_eq!(it.reference.as_deref(), Some("PO-9"));
    assert_eq!(it.extras, ["BP", "DVBH"]);
    assert_eq!(shipment.order_number, "SO-9");
    assert_eq!(shipment.cod, Decimal::from(150_000));
    let receiver = shipment.receiver.unwrap();
    assert_eq!(
        (receiver.name.as_str(), receiver.phone.as_deref()),
        ("Trần Thị Mẫu", Some("0900000009"))
    );
    assert_eq!(receiver.address.province_id, Some(1));
    let order = world.desk_order(shipment.order.0).await;
    assert_eq!(
        (order.note.as_str(), order.lines[0].sku.as_str()),
        ("call first", "TEA")
    );
    assert_eq!(order.total(), Decimal::from(150_000), "140,000 and the way");
    assert_eq!(order.state, OrderState::Processing);
}

#[tokio::test]
async fn extras_cash_and_insurance_are_lines_of_the_price() {
    let world = World::new().await;
    let body = world.plain(&json!({
        "CODAmount": 900_000, "InformFee": 1_000_000, "MailerType": "HH", "ExtraServices": ["BP", "DVBH", "COD"]
    }));
    let told = world.made(CREATE, &body).await;
    let lines = told["OrderInfo"]["ExtraServices"].as_array().unwrap();
    let cost = |code: &str| {
        let line = lines.iter().find(|line| line["ServiceID"] == code);
        line.map(|line| line["Cost"].as_i64().unwrap())
    };
    let costs = ["DE", "BP", "COD", "DVBH", "Fuel", "VAT", "VSVX"].map(cost);
    let [main, notice, cash, insurance, fuel, vat, remote] = costs;
    assert_eq!(
        (main, notice, fuel, remote),
        (Some(20_000), Some(6_000), Some(4_000), None)
    );
    assert_eq!(
        (cash, insurance, vat),
        (Some(9_000), Some(10_000), Some(4_900))
    );
    let sum: i64 = lines
        .iter()
        .map(|line| line["Cost"].as_i64().unwrap())
        .sum();
    assert_eq!(told["OrderInfo"]["TotalServiceCost"], sum);
}

#[tokio::test]
async fn a_hub_is_named_by_its_id_or_the_customers_own() {
    let world = World::new().await;
    for hub in [
        json!({"ClientHubID": world.hub.to_string()}),
        json!({"ClientHubID": null, "CusWareHouseID": "KHO-1"}),
    ] {
        let code = world.ordered(&hub).await;
        assert_eq!(world.shipment(&code).await.pickup.0, world.hub, "{hub}");
    }
}

#[tokio::test]
async fn an_address_of_two_levels_has_no_district() {
    let world = World::new().await;
    let code = world
        .ordered(&json!({
            "ReceiverProvinceName": "TP. Hồ Chí Minh", "ReceiverDistrictName": null,
            "ReceiverWardName": "Phường Sài Gòn"
        }))
        .await;
    let address = world.shipment(&code).await.receiver.unwrap().address;
    assert_eq!((address.province_id, address.district_id), (Some(79), None));
    assert!(address.ward_id.is_some());
}

#[tokio::test]
async fn a_new_order_is_accepted_and_can_be_tracked_at_once() {
    let world = World::new().await;
    let told = world.made(CREATE, &world.wanted()).await;
    assert_eq!(told["OrderInfo"]["OrderCode"], "VD0000001");
    let tracked = track(&world.desk, "VD0000001").await.json();
    assert_eq!(tracked["errorCode"], json!(null), "{tracked}");
    assert_eq!(
        (&tracked["status"], &tracked["statusName"]),
        (&json!("21"), &json!("DATIEPNHAN"))
    );
    assert_eq!(tracked["trackingName"], "Đã tạo đơn hàng");
    assert_eq!(tracked["externalCode"], "SO-7781");
    let updates = world.told("VD0000001");
    assert_eq!(updates.len(), 1);
    let update = &updates[0];
    assert_eq!(
        (&update["Status"], &update["StatusName"]),
        (&json!("21"), &json!("DATIEPNHAN"))
    );
    assert_eq!(
        (&update["ExternalCode"], &update["ReferenceCode"]),
        (&json!("SO-7781"), &json!("PO-55"))
    );
    assert_eq!(
        (&update["Description"], &update["RequestFeedbackCount"]),
        (&json!(null), &json!(0))
    );
    assert!(update["Time"].as_str().unwrap().ends_with("+07:00"));
}

#[tokio::test]
async fn an_order_without_codes_gets_one_that_can_be_tracked() {
    let world = World::new().await;
    let code = world.ordered(&json!({})).await;
    assert!(
        (5..=20).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
    );
    assert_eq!(track(&world.desk, &code).await.json()["status"], "21");
    assert_ne!(world.ordered(&json!({})).await, code);
}

#[tokio::test]
async fn an_update_keeps_what_it_does_not_name() {
    let world = World::new().await;
    let code = world
        .ordered(&json!({"CODAmount": 80_000, "ExternalCode": "SO-1", "Note": "stays"}))
        .await;
    let before = world.shipment(&code).await;
    let body = json!({"OrderInfo": {"OrderCode": code}});
    let told = world.made(UPDATE, &body).await;
    assert_eq!(told["OrderInfo"]["OrderCode"], code.as_str());
    assert_eq!(told["ErrorCode"], "0");
    assert_eq!(world.shipment(&code).await, before);
    let body = json!({"OrderInfo": {
        "OrderCode": code, "ServiceTypeID": "DE", "ReceiverPhone": "0900000077", "RealWeight": "4",
        "MailerType": "HH", "InformFee": "1000", "SpecialInstructionId": "0", "CODAmount": "70000",
        "ExtraService": ["BP"], "ExternalCode": "SO-2"
    }});
    let told = world.made(UPDATE, &body).await;
    assert_eq!(told["OrderInfo"]["ExtraServices"][0]["Cost"], 50_000);
    assert_eq!(told["OrderInfo"]["ExternalCode"], "SO-2");
    let after = world.shipment(&code).await;
    let it = after.consigned.as_deref().unwrap();
    assert_eq!((it.show_goods, it.weight), (Some(false), 4_000));
    assert_eq!(after.cod, Decimal::from(70_000));
    let receiver = after.receiver.unwrap();
    assert_eq!(receiver.phone.as_deref(), Some("0900000077"));
    assert_eq!(receiver.address, before.receiver.unwrap().address);
    let order = world.desk_order(after.order.0).await;
    assert_eq!(
        (order.note.as_str(), order.number.as_deref()),
        ("stays", Some("SO-2"))
    );
    assert_eq!(world.told(&code).len(), 1, "it is accepted still");
}

#[tokio::test]
async fn an_update_names_another_place_whole() {
    let world = World::new().await;
    let code = world.ordered(&json!({})).await;
    let body = json!({"OrderInfo": {
        "OrderCode": code, "ReceiverAddress": "2 Phố Khác", "ReceiverProvinceName": "TP. Hồ Chí Minh",
        "ReceiverDistrictName": null, "ReceiverWardName": "Phường Sài Gòn"
    }});
    world.made(UPDATE, &body).await;
    let address = world.shipment(&code).await.receiver.unwrap().address;
    assert_eq!(
        (address.line.as_str(), address.district),
        ("2 Phố Khác", None)
    );
    let line = json!({"OrderInfo": {"OrderCode": code, "ReceiverAddress": "3 Phố Khác"}});
    world.made(UPDATE, &line).await;
    let address = world.shipment(&code).await.receiver.unwrap().address;
    assert_eq!(
        (address.line.as_str(), address.ward.as_deref()),
        ("3 Phố Khác", Some("Phường Sài Gòn"))
    );
}

#[tokio::test]
async fn an_accepted_order_is_cancelled_and_told_so() {
    let world = World::new().await;
    let code = world.ordered(&json!({"CODAmount": 80_000})).await;
    let reply = world.call(CANCEL, &json!({"OrderCode": code})).await;
    holds(
        &reply.body,
        r#"{"ErrorCode":"0","IsError":false,"Errors":[],"ErrorMessage":""}"#,
    );
    let shipment = world.shipment(&code).await;
    assert_eq!(shipment.state, FulfilmentState::Cancelled);
    let order = world.desk_order(shipment.order.0).await;
    assert_eq!(order.state, OrderState::CancelledBySeller);
    let updates = world.told(&code);
    let last = updates.last().unwrap();
    assert_eq!(
        (&last["Status"], &last["StatusName"]),
        (&json!("18"), &json!("HUY"))
    );
    assert_eq!(
        last["Description"],
        "Change order status: DATIEPNHAN ==> HUY"
    );
    assert_eq!(track(&world.desk, &code).await.json()["status"], "18");
}

#[tokio::test]
async fn an_order_is_cancelled_only_while_it_is_accepted() {
    let world = World::new().await;
    let code = world.ordered(&json!({})).await;
    world
        .parcel(&code, trackway_model::Milestone::PickedUp)
        .await;
    let body = json!({"OrderCode": code});
    assert_eq!(
        world.refused(CANCEL, &body).await,
        ("14".to_owned(), json!("OrderCode"))
    );
    let update = json!({"OrderInfo": {"OrderCode": code, "Note": "late"}});
    assert_eq!(
        world.refused(UPDATE, &update).await,
        ("8".to_owned(), json!("OrderCode"))
    );
    let other = world.ordered(&json!({})).await;
    let body = json!({"OrderCode": other});
    world.made(CANCEL, &body).await;
    assert_eq!(world.refused(CANCEL, &body).await.0, "14", "a second time");
}

impl World {
    pub async fn desk_order(&self, id: i64) -> trackway_model::orders::Order {
        use trackway_dialects::desk::Trade;
        let id = trackway_model::orders::RecordId(id);
        let found = self.desk.record(&self.principal, Kind::Order, id).await;
        match found.unwrap().unwrap().body {
            Body::Order(order) => *order,
            other => panic!("{other:?}"),
        }
    }

    /// What a parcel's carrier tells.
    pub async fn parcel(&self, code: &str, milestone: trackway_model::Milestone) {
        use trackway_dialects::desk::Desk;
        self.done(trackway_model::orders::Command::ParcelTold {
            carrier: trackway_dialects::express247::CARRIER.to_owned(),
            number: code.to_owned(),
            milestone,
            at: self.desk.now(),
        })
        .await;
    }
}
