//! Orders that another API of the account made: what a client of this one may do with their parcels.

use super::super::track;
use super::shared::nandh;
use super::{CANCEL, CONFIRM, UPDATE, World};
use serde_json::{Value, json};
use trackway_dialects::desk::Trade;
use trackway_dialects::nandh;
use trackway_model::Milestone;
use trackway_model::orders::{
    Body, Choices, Command, Decimal, FulfilmentState, Item, Kind, Line, Movement, Name,
    NewFulfilment, NewOrder, OrderState, OrderType, Party, Payment, PaymentMethod, PaymentStatus,
    Product, RecordId, Shop, StockKey,
};

/// Its parcel's number, which the carrier gave.
const CODE: &str = "VD7000001";

fn tea() -> Item {
    Item {
        sku: "TEA".to_owned(),
        sku_uuid: String::new(),
        name: "Trà".to_owned(),
        image_urls: Vec::new(),
        barcodes: Vec::new(),
        documents: Vec::new(),
        description: String::new(),
        weight: 400,
        length: Decimal::TEN,
        width: Decimal::TEN,
        height: Decimal::TEN,
        category: None,
        brand: None,
        unit: None,
        cost: Decimal::ONE,
        sale_price: Decimal::from(70_000),
        serial_number: false,
        batch_control: false,
        bubble_wrap: false,
        kraft_paper: false,
        fragile: false,
        high_value: false,
        min_shelf_life_inbound: None,
        min_shelf_life_outbound: None,
        material: String::new(),
        product_type: "NORMAL".to_owned(),
        storage_method: "normal".to_owned(),
        outbound_strategy: "fifo".to_owned(),
        min_stock_warning: 0,
        qualified: true,
        status_since: 0,
        active: true,
    }
}

async fn shop(world: &World) -> RecordId {
    let shop = Shop {
        name: "Góc phố".to_owned(),
        logo: None,
        platform: "retail".to_owned(),
        platform_logo: None,
        shop_type: OrderType::B2c,
        active: true,
    };
    let shop = world.kept(None, shop).await.id;
    let item = world.kept(None, tea()).await.id;
    let product = Product {
        shop,
        platform: "retail".to_owned(),
        sku: "TEA".to_owned(),
        name: "Trà".to_owned(),
        image_url: None,
        category: None,
        brand: None,
        sale_price: Decimal::from(70_000),
        discounted_price: Decimal::from(70_000),
        parts: vec![trackway_model::orders::ItemPart { item, quantity: 1 }],
        active: true,
    };
    world.kept(None, product).await;
    let warehouse = RecordId(world.hub);
    let found = Command::Stock {
        key: StockKey { item, warehouse },
        movement: Movement::Found,
        quantity: 10,
    };
    world.done(found).await;
    shop
}

/// An order as N&H's clients and those of our own API make it, shipped by this carrier. Its id and that
/// of the shipment.
async fn shipped(world: &World) -> (RecordId, RecordId) {
    world.desk.key(nandh::NAME, super::SHOP, super::shared::KEY);
    let shop = shop(world).await;
    let who = &world.principal;
    let service = world
        .desk
        .record_named(who, Kind::Service, Name::code("DE"));
    let service = service.await.unwrap().unwrap();
    let Body::Service(of) = &service.body else {
        panic!("{service:?}")
    };
    let receiver = Party {
        name: "Nguyễn Văn Ví Dụ".to_owned(),
        phone: Some("0900000001".to_owned()),
        email: Some("vi.du@example.com".to_owned()),
        address: super::place("1 Phố Ví Dụ"),
        customer: None,
    };
    let order = NewOrder {
        order_type: OrderType::B2c,
        shop,
        pickup: RecordId(world.hub),
        number: Some("SO-1".to_owned()),
        source: "api".to_owned(),
        currency: "VND".to_owned(),
        note: String::new(),
        packaging_note: String::new(),
        receiver: Some(receiver),
        customer: None,
        lines: vec![Line {
            sku: "TEA".to_owned(),
            quantity: 2,
            sale_price: Decimal::from(70_000),
            discounted_price: Decimal::from(70_000),
        }],
        payments: vec![Payment {
            status: PaymentStatus::NotPaid,
            method: PaymentMethod::Cod,
            amount: Decimal::from(140_000),
        }],
        discounts: Vec::new(),
        fees: Vec::new(),
        documents: Vec::new(),
        choices: Choices {
            courier: Some(of.courier),
            service: Some(service.id),
            ..Choices::default()
        },
        approve: true,
        total: None,
        estimated_departure: None,
        partner_created: None,
        extra: serde_json::Map::new(),
    };
    let order = world.done(Command::PlaceOrder(Box::new(order))).await;
    let order = order.record.unwrap().id;
    let shipment = NewFulfilment {
        order,
        waybills: vec![CODE.to_owned()],
        ..NewFulfilment::default()
    };
    let shipment = world
        .done(Command::CreateFulfilment(Box::new(shipment)))
        .await;
    (order, shipment.record.unwrap().id)
}

fn changed(members: &Value) -> Value {
    let mut info = members.clone();
    info["OrderCode"] = json!(CODE);
    json!({ "OrderInfo": info })
}

async fn detail(world: &World, order: RecordId) -> String {
    let path = format!("/orders/detail/{order}");
    nandh(&world.desk, "GET", &path, &json!({}))
        .await
        .to_string()
}

#[tokio::test]
async fn it_is_changed_and_the_other_api_sees_it() {
    let world = World::new().await;
    let (order, id) = shipped(&world).await;
    let told = world
        .made(
            UPDATE,
            &changed(&json!({
                "ReceiverName": "Trần Thị Mẫu", "ReceiverPhone": "0900000033",
                "ReceiverAddress": "5 Phố Khác", "ReceiverProvinceName": "Hà Nội",
                "ReceiverDistrictName": "Quận Hoàn Kiếm", "ReceiverWardName": "Phường Hàng Bạc",
                "CODAmount": 150_000, "Note": "gọi trước", "RealWeight": 0.9, "Quantity": 2,
                "Packages": [{"PackageID": "A", "RealWeight": 0.4}, {"PackageID": "B", "RealWeight": 0.5}],
                "ExtraServices": [{"ServiceID": "BP", "Type": 2}], "ExternalCode": "SO-1",
                "ServiceTypeID": "DE", "ClientHubID": world.hub
            })),
        )
        .await;
    let info = &told["OrderInfo"];
    assert_eq!(
        (&info["OrderCode"], &info["ExternalCode"]),
        (&json!(CODE), &json!("SO-1"))
    );
    let priced = info["ExtraServices"].as_array().unwrap();
    let sum: i64 = priced.iter().map(|it| it["Cost"].as_i64().unwrap()).sum();
    assert!(sum > 0 && info["TotalServiceCost"] == sum, "{told}");
    assert_eq!(priced[1]["ServiceID"], "BP");
    let shown = detail(&world, order).await;
    for said in ["Trần Thị Mẫu", "5 Phố Khác", "gọi trước", "150000"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    let shipment = world.shipment(CODE).await;
    assert_eq!(world.record(CODE).await.id, id);
    assert_eq!(shipment.cod, Decimal::from(150_000));
    let asked = shipment.consigned.as_deref().unwrap();
    assert_eq!(
        (asked.pieces, asked.packages.len(), asked.weight),
        (2, 2, 900)
    );
    // Another update goes on from there.
    let told = world
        .made(UPDATE, &changed(&json!({"ReceiverPhone": "0900000044"})))
        .await;
    assert_eq!(told["OrderInfo"]["TotalServiceCost"], sum);
    let shipment = world.shipment(CODE).await;
    let receiver = shipment.receiver.unwrap();
    assert_eq!(
        (
            receiver.name.as_str(),
            receiver.phone.as_deref(),
            receiver.email.as_deref()
        ),
        (
            "Trần Thị Mẫu",
            Some("0900000044"),
            Some("vi.du@example.com")
        )
    );
    // It says nothing of itself: its carrier does.
    assert!(track(&world.desk, CODE).await.json()["status"].is_null());
}

#[tokio::test]
async fn a_mistake_has_the_same_number_there() {
    let world = World::new().await;
    let (order, _) = shipped(&world).await;
    let other = world
        .kept(Some("KHO-2"), super::hub("Kho hai", true))
        .await
        .id
        .0;
    let before = (world.shipment(CODE).await, detail(&world, order).await);
    for (members, number, property) in [
        (json!({"ExternalCode": "SO-2"}), "4", "ExternalCode"),
        (json!({"ClientHubID": other}), "21", "ClientHubID"),
        (
            json!({"ClientHubID": world.waiting_hub}),
            "21",
            "ClientHubID",
        ),
        (json!({"ServiceTypeID": "NONE"}), "10", "ServiceTypeID"),
        (json!({"ExtraServices": ["GIFT"]}), "10", "ExtraServices"),
        (
            json!({"ReceiverProvinceName": "Tỉnh Không Có"}),
            "3",
            "ReceiverProvinceName",
        ),
        (
            json!({"ReceiverProvinceName": "Hà Nội", "ReceiverDistrictName": "Quận 1"}),
            "2",
            "ReceiverDistrictName",
        ),
        (
            json!({"ReceiverProvinceName": "Hà Nội", "ReceiverDistrictName": "Quận Hoàn Kiếm",
                "ReceiverWardName": "Phường Bến Nghé"}),
            "1",
            "ReceiverWardName",
        ),
        (json!({"Quantity": 2}), "20", "Packages"),
        (json!({"RealWeight": 1_000_000_000}), "6", "RealWeight"),
        (json!({"CODAmount": -1}), "6", "CODAmount"),
        (
            json!({"MailerType": "TL", "RealWeight": 3}),
            "18",
            "MailerType",
        ),
    ] {
        let told = world.refused(UPDATE, &changed(&members)).await;
        assert_eq!(told, (number.to_owned(), json!(property)), "{members}");
    }
    assert_eq!(
        (world.shipment(CODE).await, detail(&world, order).await),
        before
    );
    world.parcel(CODE, Milestone::PickedUp).await;
    let late = world
        .refused(UPDATE, &changed(&json!({"Note": "late"})))
        .await;
    assert_eq!(late, ("8".to_owned(), json!("OrderCode")));
    let late = world.refused(CANCEL, &json!({"OrderCode": CODE})).await;
    assert_eq!(late, ("14".to_owned(), json!("OrderCode")));
}

#[tokio::test]
async fn its_parcel_is_cancelled_and_the_order_waits_for_another() {
    let world = World::new().await;
    let (order, _) = shipped(&world).await;
    let told = world.made(CANCEL, &json!({"OrderCode": CODE})).await;
    assert_eq!(told["ErrorCode"], "0");
    assert_eq!(world.shipment(CODE).await.state, FulfilmentState::Cancelled);
    assert_eq!(world.desk_order(order.0).await.state, OrderState::Approved);
    let again = world.refused(CANCEL, &json!({"OrderCode": CODE})).await;
    assert_eq!(again.0, "14");
}

#[tokio::test]
async fn feedback_moves_it_as_any_other() {
    let world = World::new().await;
    shipped(&world).await;
    let early = json!({"OrderCode": CODE, "ConfirmID": 1});
    assert_eq!(world.refused(CONFIRM, &early).await.0, "14");
    for milestone in [Milestone::OutForDelivery, Milestone::PendingHandling] {
        world.parcel(CODE, milestone).await;
    }
    let forward = json!({"OrderCode": CODE, "ConfirmID": "4", "DeliveryInfo":
        {"ReceiverName": "Trần Thị Mẫu", "ReceiverAddress": "5 Phố Khác"}});
    world.made(CONFIRM, &forward).await;
    let shipment = world.shipment(CODE).await;
    assert_eq!(shipment.state, FulfilmentState::AwaitingRedelivery);
    assert_eq!(shipment.receiver.unwrap().name, "Trần Thị Mẫu");
}
