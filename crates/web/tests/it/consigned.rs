//! A sender that talks to a whole installation through 247Express's customer API: one account whose
//! orders are every API's.

use crate::harness::json_of;
use crate::installation::{Installation, Shop};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use trackway_dialects::desk::{Principal, Trade};
use trackway_dialects::{express247, nandh, track123};
use trackway_hub::NewKey;
use trackway_model::address::Epoch;
use trackway_model::orders::{
    Address, Body, Catalogued, Command, Courier, CourierLink, Decimal, Item, Kind, Name, Party,
    PickupAddress, RateCard, RecordId, Service, Share, Zone,
};

pub const CREATE: &str = "/Api/Customer/CustomerAPICreateOrder";
pub const UPDATE: &str = "/api/Customer/CustomerAPIUpdateOrder";
pub const CANCEL: &str = "/Api/Customer/CancelOrder";
pub const CONFIRM: &str = "/api/Customer/CustomerConfirmDelivery";

pub struct Sender {
    pub own: Installation,
    pub shop: Shop,
    principal: Principal,
    session: (String, String),
    pub hub: i64,
    courier: i64,
}

fn courier() -> Courier {
    Courier {
        name: "247Express".to_owned(),
        description: None,
        logo: None,
        carrier: express247::CARRIER.to_owned(),
        tracking_url: None,
        rating: None,
        own_fleet: false,
        platform_fleet: false,
        fulfil_now: false,
        active: true,
    }
}

fn rates() -> RateCard {
    RateCard {
        name: "Examples".to_owned(),
        currency: "VND".to_owned(),
        epoch: Epoch::Y2024,
        volumetric_divisor: Decimal::from(6_000),
        zones: vec![Zone {
            name: "everywhere".to_owned(),
            lanes: vec![("*".to_owned(), "*".to_owned())],
            steps: vec![(1_000, Decimal::from(20_000))],
            more: (1_000, Decimal::from(5_000)),
        }],
        cod: Share::default(),
        insurance: Share::default(),
        remote: Vec::new(),
        remote_fee: Decimal::ZERO,
        fuel_percent: Decimal::from(20),
        vat_percent: Decimal::from(10),
        round_to: Decimal::ZERO,
        extras: Vec::new(),
        parts_to: Decimal::ONE,
    }
}

fn place() -> PickupAddress {
    PickupAddress {
        name: "Kho mẫu".to_owned(),
        fulfilment_provider: "self".to_owned(),
        fulfilment_provider_name: String::new(),
        warehouse: None,
        warehouse_name: None,
        default: true,
        active: true,
        contact: Party {
            name: "Lê Thị Mẫu".to_owned(),
            phone: Some("0900000002".to_owned()),
            address: Address {
                line: "12 Phố Ví Dụ".to_owned(),
                province: Some("TP. Hồ Chí Minh".to_owned()),
                ..Address::default()
            },
            ..Party::default()
        },
    }
}

impl Sender {
    pub async fn new(own: Installation) -> Self {
        let shop = own.shop("shop").await;
        let principal = own.hub.operator_of(Some("shop")).await.unwrap();
        let session = log_in(&own, &shop).await;
        let mut sender = Self {
            own,
            shop,
            principal,
            session,
            hub: 0,
            courier: 0,
        };
        sender.hub = sender.kept(None, place()).await;
        sender.courier = sender.kept(Some("247"), courier()).await;
        let card = sender.kept(None, rates()).await;
        let service = Service {
            courier: RecordId(sender.courier),
            name: "Chuyển phát nhanh".to_owned(),
            estimate: String::new(),
            fulfil_now: false,
            promise: None,
            rate_card: Some(RecordId(card)),
            active: true,
        };
        sender.kept(Some("DE"), service).await;
        sender
    }

    pub async fn kept(&self, code: Option<&str>, body: impl Into<Body>) -> i64 {
        let command = Command::Catalogue(Box::new(Catalogued {
            id: None,
            code: code.map(str::to_owned),
            body: body.into(),
        }));
        let done = self.own.hub.carry_out(&self.principal, command).await;
        done.unwrap().unwrap().record.unwrap().id.0
    }

    pub async fn call(&self, path: &str, body: &Value) -> Value {
        self.call_as(&self.session, path, body).await
    }

    pub async fn call_as(&self, session: &(String, String), path: &str, body: &Value) -> Value {
        let request = self.own.served.post(path);
        let request = request
            .header("ClientID", &session.0)
            .header("Token", &session.1);
        let request = request.header(CONTENT_TYPE, "application/json");
        let (status, answer) = json_of(request.body(body.to_string())).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    /// What a client sends for an order, with these members.
    pub fn wanted(&self, members: &Value) -> Value {
        let mut info = json!({
            "ClientHubID": self.hub, "ReceiverName": "Nguyễn Văn Ví Dụ", "ReceiverPhone": "0900000001",
            "ReceiverAddress": "1 Phố Ví Dụ", "ReceiverProvinceName": "Hà Nội",
            "ReceiverDistrictName": "Quận Hoàn Kiếm", "ReceiverWardName": "Phường Hàng Bạc",
            "RealWeight": 0.8, "ServiceTypeID": "DE", "MailerType": "TL"
        });
        for (name, value) in members.as_object().unwrap() {
            info[name] = value.clone();
        }
        json!({"OrderInfo": info})
    }

    /// Makes an order; its code.
    pub async fn ordered(&self, members: &Value) -> String {
        let told = self.call(CREATE, &self.wanted(members)).await;
        assert_eq!(told["IsError"], false, "{told}");
        told["OrderInfo"]["OrderCode"].as_str().unwrap().to_owned()
    }

    /// Number and property of an error.
    pub async fn refused(&self, path: &str, body: &Value) -> (String, Value) {
        faults(&self.call(path, body).await)
    }

    /// The shop of what is consigned takes no orders any more.
    pub async fn switch_shop_off(&self) {
        let named = Name::code(express247::customer::TERMS.shop.0);
        let found = self
            .own
            .hub
            .record_named(&self.principal, Kind::Shop, named);
        let record = found.await.unwrap().unwrap();
        let Body::Shop(mut shop) = record.body else {
            panic!("no shop")
        };
        shop.active = false;
        let command = Command::Catalogue(Box::new(Catalogued {
            id: Some(record.id),
            code: None,
            body: Body::Shop(shop),
        }));
        self.own
            .hub
            .carry_out(&self.principal, command)
            .await
            .unwrap()
            .unwrap();
    }

    async fn asked(&self, dialect: &str, method: Method, path: &str, body: &Value) -> Value {
        let new = NewKey {
            account: Some("shop".to_owned()),
            dialect: Some(dialect.to_owned()),
            ..NewKey::default()
        };
        let key = self.own.hub.create_key(new).await.unwrap().key;
        let request = self.own.served.request(method, path);
        let request = request.header("Authorization", &key);
        let request = request.header("Track123-Api-Secret", &key);
        let request = request.header(CONTENT_TYPE, "application/json");
        json_of(request.body(body.to_string())).await.1
    }
}

pub async fn log_in(own: &Installation, shop: &Shop) -> (String, String) {
    let key = &shop.express247;
    let body = json!({"UserName": key.user_name, "Password": key.password});
    let (_, answer) = own.post("/api/Client/ClientLogin", &body.to_string()).await;
    let token = answer["Token"].as_str().unwrap().to_owned();
    (answer["ClientID"].to_string(), token)
}

/// Number and property of an error whose members agree.
pub fn faults(told: &Value) -> (String, Value) {
    assert_eq!(told["IsError"], true, "{told}");
    assert_eq!(told["Errors"][0]["ErrorMessage"], told["ErrorMessage"]);
    let code = told["ErrorCode"].as_str().unwrap().to_owned();
    (code, told["Errors"][0]["PropertyName"].clone())
}

/// The same records, whoever asks.
async fn one_set_of_orders(own: Installation) {
    let sender = Sender::new(own).await;
    let code = sender
        .ordered(&json!({"ExternalCode": "SO-1", "OrderCode": "VD0000001"}))
        .await;
    assert_eq!(code, "VD0000001");

    // N&H lists it and its shipment.
    let path = format!(
        "{}/shipments/list?courier_tracking_code={code}",
        nandh::ROOT
    );
    let told = sender
        .asked(nandh::NAME, Method::GET, &path, &json!({}))
        .await;
    assert_eq!(told["total"], 1, "{told}");
    let shipment = told["data"][0]["id"].as_i64().unwrap();
    let path = format!("{}/orders/list?partner_tracking_code=SO-1", nandh::ROOT);
    let told = sender
        .asked(nandh::NAME, Method::GET, &path, &json!({}))
        .await;
    assert_eq!(told["total"], 1, "{told}");

    // Track123 tells of its parcel.
    let query = "/gateway/open-api/tk/v2.1/track/query";
    let body = json!({"trackNoInfos": [{"trackNo": code}]});
    let told = sender
        .asked(track123::NAME, Method::POST, query, &body)
        .await;
    assert_eq!(
        told["data"]["accepted"]["content"][0]["trackNo"],
        code.as_str(),
        "{told}"
    );

    // N&H cancels the shipment: 247Express tells so.
    assert_eq!(
        sender.own.tracking(&sender.shop, &code).await["status"],
        "21"
    );
    let path = format!("{}/shipments/cancel/{shipment}", nandh::ROOT);
    let told = sender
        .asked(
            nandh::NAME,
            Method::PATCH,
            &path,
            &json!({"reason": "no more"}),
        )
        .await;
    assert_eq!(told["error"], false, "{told}");
    assert_eq!(
        sender.own.tracking(&sender.shop, &code).await["status"],
        "18"
    );
    assert_eq!(
        sender.refused(CANCEL, &json!({"OrderCode": code})).await.0,
        "14"
    );
}

#[tokio::test]
async fn an_order_made_here_is_every_apis_on_sqlite() {
    one_set_of_orders(Installation::start().await).await;
}

#[tokio::test]
async fn an_order_made_here_is_every_apis_on_postgres() {
    one_set_of_orders(Installation::on_postgres().await).await;
}

#[tokio::test]
async fn an_order_made_through_nandh_is_tracked_changed_and_cancelled_here_on_sqlite() {
    the_other_way_round(Installation::start().await).await;
}

#[tokio::test]
async fn an_order_made_through_nandh_is_tracked_changed_and_cancelled_here_on_postgres() {
    the_other_way_round(Installation::on_postgres().await).await;
}

/// An order of N&H's that this carrier carries.
async fn the_other_way_round(own: Installation) {
    let sender = Sender::new(own).await;
    let link = CourierLink {
        courier: RecordId(sender.courier),
        name: "Our 247".to_owned(),
        active: true,
    };
    let link = sender.kept(None, link).await;
    let shop = trackway_model::orders::Shop {
        name: "Demo Store".to_owned(),
        logo: None,
        platform: "retail".to_owned(),
        platform_logo: None,
        shop_type: trackway_model::orders::OrderType::B2c,
        active: true,
    };
    let shop = sender.kept(None, shop).await;
    let item: Item = serde_json::from_value(json!({
        "sku": "DEMO-1", "sku_uuid": "", "name": "Demo item", "image_urls": [], "barcodes": [],
        "documents": [], "description": "", "weight": 100, "length": "10", "width": "10", "height": "10",
        "category": null, "brand": null, "unit": null, "cost": "1", "sale_price": "1",
        "serial_number": false, "batch_control": false, "bubble_wrap": false, "kraft_paper": false,
        "fragile": false, "high_value": false, "min_shelf_life_inbound": null,
        "min_shelf_life_outbound": null, "material": "", "product_type": "", "storage_method": "",
        "outbound_strategy": "", "min_stock_warning": 0, "qualified": true, "status_since": 0, "active": true
    }))
    .unwrap();
    let item = sender.kept(None, item).await;
    let found = Command::Stock {
        key: trackway_model::orders::StockKey {
            item: RecordId(item),
            warehouse: RecordId(sender.hub),
        },
        movement: trackway_model::orders::Movement::Found,
        quantity: 5,
    };
    sender
        .own
        .hub
        .carry_out(&sender.principal, found)
        .await
        .unwrap()
        .unwrap();
    let order = json!({
        "store_id": shop, "pickup_id": sender.hub,
        "receiver": {"country": "VN", "fullname": "Test Receiver", "phone": "0900000001",
            "address": "1 Sample St", "province_name": "Hồ Chí Minh"},
        "payments": [{"status": 200, "method": 2, "amount": 10_000}],
        "items": [{"sku": "DEMO-1", "sale_price": 10_000, "discounted_price": 10_000, "quantity": 1}],
        "config": {"order_type": "b2c", "approve": 1, "preview": 1, "use_insurance": 0, "fulfill_now": 0,
            "delivery_service": "DE", "courier_integration_id": link, "courier_id": sender.courier}
    });
    let path = format!("{}/orders/create", nandh::ROOT);
    let told = sender.asked(nandh::NAME, Method::POST, &path, &order).await;
    assert_eq!(told["error"], false, "{told}");
    let order = RecordId(told["data"]["order_id"].as_i64().unwrap());
    let made = Command::CreateFulfilment(Box::new(trackway_model::orders::NewFulfilment {
        order,
        waybills: vec!["VD0000009".to_owned()],
        ..trackway_model::orders::NewFulfilment::default()
    }));
    sender
        .own
        .hub
        .carry_out(&sender.principal, made)
        .await
        .unwrap()
        .unwrap();
    let time = "2026-05-31T10:00:00+07:00";
    sender.own.told(&sender.shop, "VD0000009", "21", time).await;
    assert_eq!(
        sender.own.tracking(&sender.shop, "VD0000009").await["status"],
        "21"
    );
    let update = json!({"OrderInfo": {"OrderCode": "VD0000009", "Note": "ring twice", "CODAmount": 12_000,
        "ReceiverName": "Another Receiver"}});
    let told = sender.call(UPDATE, &update).await;
    assert_eq!(told["IsError"], false, "{told}");
    let path = format!("{}/orders/detail/{order}", nandh::ROOT);
    let told = sender
        .asked(nandh::NAME, Method::GET, &path, &json!({}))
        .await;
    for said in ["ring twice", "Another Receiver", "12000"] {
        assert!(told.to_string().contains(said), "{said}: {told}");
    }
    let renamed = json!({"OrderInfo": {"OrderCode": "VD0000009", "ExternalCode": "MINE-1"}});
    assert_eq!(
        sender.refused(UPDATE, &renamed).await,
        ("4".to_owned(), json!("ExternalCode")),
        "its number is N&H's to give"
    );
    let told = sender
        .call(CANCEL, &json!({"OrderCode": "VD0000009"}))
        .await;
    assert_eq!(told["IsError"], false, "{told}");
}
