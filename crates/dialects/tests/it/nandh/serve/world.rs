//! An account with a shop, a warehouse, couriers and goods, as nandh-oms.md's examples have them.

use crate::support::FakeDesk;
use axum::body::{Body, to_bytes};
use http::{Method, Request};
use serde_json::Value;
use std::sync::Arc;
use tower::ServiceExt;
use trackway_dialects::desk::{Principal, Trade};
use trackway_dialects::nandh::{self, NAME};
use trackway_dialects::raw::Object;
use trackway_model::address::Epoch;
use trackway_model::orders::{
    Address, Body as Kept, BoxSize, Brand, Catalogued, Category, Command, Condition, Courier,
    CourierLink, Customer, Decimal, FulfilmentState, InboundState, Item, Movement, OrderType,
    Outcome, Party, PickupAddress, RateCard, Record, RecordId, ReturnState, Service, Share, Shop,
    StockKey, Unit, Vendor, Who, Zone,
};

pub const KEY: &str = "c2hvcC1rZXk=";

pub struct World {
    pub desk: Arc<FakeDesk>,
    pub principal: Principal,
    pub shop: i64,
    pub warehouse: i64,
    pub vendor: i64,
    pub size: i64,
    pub own_fleet: i64,
    pub own_link: i64,
    pub post: i64,
    pub post_link: i64,
    pub category: i64,
    pub brand: i64,
    pub unit: i64,
    pub customer: i64,
    pub item: i64,
}

/// An answer.
pub struct Told {
    pub status: u16,
    pub text: String,
}

impl Told {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// `data` of a success.
    #[track_caller]
    pub fn data(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()["data"].clone()
    }

    /// `data` as written.
    pub fn raw(&self) -> String {
        let object = Object::parse(self.text.as_bytes()).unwrap();
        object.get("data").unwrap().to_owned()
    }

    /// Status, code and sentence of a failure, whose envelope must be whole.
    #[track_caller]
    pub fn refused(&self) -> (u16, String, String) {
        let told = self.json();
        assert_eq!(told["status_code"], self.status, "{}", self.text);
        assert_eq!((&told["error"], &told["total"]), (&true.into(), &0.into()));
        assert!(told["data"].is_null());
        let text = |name: &str| told[name].as_str().unwrap().to_owned();
        (self.status, text("error_code"), text("messages"))
    }

    /// Status and code of a failure, and the beginning of its sentence.
    #[track_caller]
    pub fn assert_refused(&self, status: u16, code: &str, begins: &str) {
        let (own, named, message) = self.refused();
        assert_eq!((own, named.as_str()), (status, code), "{message}");
        assert!(message.starts_with(begins), "{message}");
    }
}

/// A path as clients write it.
fn escaped(path: &str) -> String {
    let byte = |byte: u8| match byte {
        b' ' | 0x80.. => format!("%{byte:02X}"),
        plain => char::from(plain).to_string(),
    };
    path.bytes().map(byte).collect()
}

pub fn party(name: &str, line: &str) -> Party {
    Party {
        name: name.to_owned(),
        phone: Some("0000000001".to_owned()),
        email: Some("demo@example.invalid".to_owned()),
        address: Address {
            country: "VN".to_owned(),
            line: line.to_owned(),
            province: Some("TP. Hồ Chí Minh".to_owned()),
            province_id: Some(79),
            ..Address::default()
        },
        customer: None,
    }
}

pub fn item(sku: &str) -> Item {
    Item {
        sku: sku.to_owned(),
        sku_uuid: String::new(),
        name: "Demo item".to_owned(),
        image_urls: vec!["https://cdn.example.invalid/n.jpg".to_owned()],
        barcodes: Vec::new(),
        documents: Vec::new(),
        description: "An item".to_owned(),
        weight: 1,
        length: Decimal::TEN,
        width: Decimal::TEN,
        height: Decimal::TEN,
        category: None,
        brand: None,
        unit: None,
        cost: Decimal::from(20_000),
        sale_price: Decimal::from(25_000),
        serial_number: false,
        batch_control: false,
        bubble_wrap: false,
        kraft_paper: false,
        fragile: false,
        high_value: false,
        min_shelf_life_inbound: None,
        min_shelf_life_outbound: None,
        material: "3PF-BOX".to_owned(),
        product_type: "NORMAL".to_owned(),
        storage_method: "normal".to_owned(),
        outbound_strategy: "fifo".to_owned(),
        min_stock_warning: 0,
        qualified: true,
        status_since: 0,
        active: true,
    }
}

fn courier(name: &str, own_fleet: bool) -> Courier {
    Courier {
        name: name.to_owned(),
        description: Some("Seller ships by itself".to_owned()),
        logo: Some("https://cdn.example.invalid/d.png".to_owned()),
        carrier: "demo-post".to_owned(),
        tracking_url: None,
        rating: Some(4),
        own_fleet,
        platform_fleet: false,
        fulfil_now: false,
        active: true,
    }
}

fn rates() -> RateCard {
    let within = |lanes: &[(&str, &str)], price: i64| Zone {
        name: format!("at {price}"),
        lanes: lanes
            .iter()
            .map(|(from, to)| ((*from).to_owned(), (*to).to_owned()))
            .collect(),
        steps: vec![
            (500, Decimal::from(price)),
            (1_000, Decimal::from(price + 5_000)),
        ],
        more: (500, Decimal::from(2_500)),
    };
    let share = |percent: i64, least: i64| Share {
        percent: Decimal::from(percent),
        least: Decimal::from(least),
        free_up_to: Decimal::ZERO,
    };
    RateCard {
        name: "Demo".to_owned(),
        currency: "VND".to_owned(),
        epoch: Epoch::Y2024,
        volumetric_divisor: Decimal::from(5_000),
        zones: vec![
            within(&[("79", "=")], 16_000),
            within(&[("*", "1"), ("1", "*")], 31_000),
        ],
        cod: share(1, 5_000),
        insurance: share(1, 1_000),
        remote: vec![785],
        remote_fee: Decimal::from(7_000),
        fuel_percent: Decimal::ZERO,
        vat_percent: Decimal::ZERO,
        round_to: Decimal::ZERO,
        extras: Vec::new(),
        parts_to: Decimal::ZERO,
    }
}

impl World {
    pub async fn new() -> Self {
        let desk = FakeDesk::new();
        let principal = desk.key(NAME, "shop", KEY);
        let world = Self {
            desk,
            principal,
            shop: 0,
            warehouse: 0,
            vendor: 0,
            size: 0,
            own_fleet: 0,
            own_link: 0,
            post: 0,
            post_link: 0,
            category: 0,
            brand: 0,
            unit: 0,
            customer: 0,
            item: 0,
        };
        world.furnished().await
    }

    async fn furnished(mut self) -> Self {
        let shop = Shop {
            name: "Demo Store".to_owned(),
            logo: None,
            platform: "retail".to_owned(),
            platform_logo: Some("https://cdn.example.invalid/store.png".to_owned()),
            shop_type: OrderType::B2c,
            active: true,
        };
        self.shop = self.kept(None, shop).await;
        let warehouse = PickupAddress {
            name: "DEMO FC".to_owned(),
            fulfilment_provider: "nandh".to_owned(),
            fulfilment_provider_name: "N&H Logistics".to_owned(),
            warehouse: Some("NH_WH_HCM".to_owned()),
            warehouse_name: Some("FC HCM".to_owned()),
            default: true,
            active: true,
            contact: party("Demo Shop", "1 Sample St, Sample Ward, HCMC"),
        };
        self.warehouse = self.kept(None, warehouse).await;
        let vendor = Vendor {
            name: "Demo Vendor".to_owned(),
            logo: None,
            company: false,
            contact: party("Demo Vendor", "2 Sample St"),
        };
        self.vendor = self.kept(None, vendor).await;
        let size = BoxSize {
            name: "Box S".to_owned(),
            length: Decimal::TEN,
            width: Decimal::TEN,
            height: Decimal::TEN,
            max_weight: Some(2_000),
            active: true,
        };
        self.size = self.kept(Some("BOX-S"), size).await;
        self.own_fleet = self.kept(Some("sof"), courier("Self delivery", true)).await;
        self.own_link = self.linked("My self delivery", self.own_fleet).await;
        self.served("SOF_STD", self.own_fleet, None).await;
        self.post = self.kept(Some("dpo"), courier("Demo Post", false)).await;
        self.post_link = self.linked("My post", self.post).await;
        let rates = self.kept(None, rates()).await;
        self.served("DPO_STD", self.post, Some(RecordId(rates)))
            .await;
        let category = Category {
            name: "Snacks".to_owned(),
            parent: None,
            level: 1,
        };
        self.category = self.kept(None, category).await;
        let brand = "Demo Brand".to_owned();
        self.brand = self.kept(None, Brand { name: brand }).await;
        let piece = "Piece".to_owned();
        self.unit = self.kept(Some("PC"), Unit { name: piece }).await;
        let customer = Customer {
            party: party("Saved Buyer", "9 Sample St"),
        };
        self.customer = self.kept(None, customer).await;
        self.item = self.kept(None, item("DEMO-1")).await;
        self.stock(self.item, 10).await;
        self
    }

    async fn linked(&self, name: &str, courier: i64) -> i64 {
        let link = CourierLink {
            courier: RecordId(courier),
            name: name.to_owned(),
            active: true,
        };
        self.kept(None, link).await
    }

    async fn served(&self, code: &str, courier: i64, rate_card: Option<RecordId>) -> i64 {
        let service = Service {
            courier: RecordId(courier),
            name: "Standard".to_owned(),
            estimate: "3-5".to_owned(),
            fulfil_now: false,
            promise: None,
            rate_card,
            active: true,
        };
        self.kept(Some(code), service).await
    }

    /// Puts a thing of the catalogue there.
    pub async fn kept(&self, code: Option<&str>, body: impl Into<Kept>) -> i64 {
        let command = Command::Catalogue(Box::new(Catalogued {
            id: None,
            code: code.map(str::to_owned),
            body: body.into(),
        }));
        self.done(command).await.record.unwrap().id.0
    }

    /// Finds so many on the shelf.
    pub async fn stock(&self, item: i64, quantity: i64) {
        let command = Command::Stock {
            key: self.shelf(item),
            movement: Movement::Found,
            quantity,
        };
        self.done(command).await;
    }

    pub const fn shelf(&self, item: i64) -> StockKey {
        StockKey {
            item: RecordId(item),
            warehouse: RecordId(self.warehouse),
        }
    }

    pub async fn done(&self, command: Command) -> Outcome {
        let done = self.desk.carry_out(&self.principal, command).await;
        done.unwrap().unwrap()
    }

    /// What a warehouse or a courier does with a shipment.
    pub async fn moved(&self, shipment: i64, to: FulfilmentState) -> Record {
        let packed = to == FulfilmentState::ReadyToShip;
        let command = Command::MoveFulfilment {
            fulfilment: RecordId(shipment),
            to,
            who: Who::Warehouse,
            waybill: None,
            weighed: packed.then_some(20),
        };
        self.done(command).await.record.unwrap()
    }

    pub async fn inbound_moved(&self, inbound: i64, to: InboundState, conditions: Vec<Condition>) {
        let inbound = RecordId(inbound);
        let command = Command::MoveInbound {
            inbound,
            to,
            conditions,
        };
        self.done(command).await;
    }

    pub async fn return_moved(&self, return_: i64, to: ReturnState) {
        let command = Command::MoveReturn {
            return_: RecordId(return_),
            to,
            who: Who::Warehouse,
            conditions: Vec::new(),
            waybill: None,
        };
        self.done(command).await;
    }

    pub async fn get(&self, path: &str) -> Told {
        self.asked(Method::GET, path, Some(KEY), String::new())
            .await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Told {
        self.asked(Method::POST, path, Some(KEY), body.to_string())
            .await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Told {
        self.asked(Method::PATCH, path, Some(KEY), body.to_string())
            .await
    }

    pub async fn asked(&self, method: Method, path: &str, key: Option<&str>, body: String) -> Told {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{}", nandh::ROOT, escaped(path)))
            .header("Host", "trackway.example")
            .header("Content-Type", "application/json");
        if let Some(key) = key {
            request = request.header("Authorization", key);
        }
        self.sent(request.body(Body::from(body)).unwrap()).await
    }

    pub async fn sent(&self, request: Request<Body>) -> Told {
        let router = nandh::router().with_state(self.desk.clone());
        let response = router.oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Told {
            status,
            text: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// A body of `POST /orders/create` for so many of the item.
    pub fn order(&self, quantity: i64) -> Value {
        serde_json::json!({
            "store_id": self.shop,
            "pickup_id": self.warehouse.to_string(),
            "receiver": {
                "customer_id": null, "country": "VN", "fullname": "Test Receiver", "phone": "+84000000001",
                "email": "receiver@example.invalid", "address": "1 Sample St",
                "province_name": "Hồ Chí Minh", "district_name": "Tân Bình", "ward_name": "Phường 2"
            },
            "payments": [{"status": 200, "method": 2, "amount": 10_000 * quantity}],
            "items": [{"sku": "DEMO-1", "sale_price": 10_000, "discounted_price": 10_000, "quantity": quantity}],
            "config": {
                "order_type": "b2c", "approve": 1, "preview": 1, "use_insurance": 0, "fulfill_now": 0,
                "delivery_service": "SOF_STD", "courier_integration_id": self.own_link,
                "courier_id": self.own_fleet, "box_dimension": self.size
            }
        })
    }

    /// Makes an order; its id and code.
    pub async fn ordered(&self, quantity: i64) -> (i64, String) {
        let made = self
            .post("/orders/create", &self.order(quantity))
            .await
            .data();
        let code = made["tracking_code"].as_str().unwrap();
        (made["order_id"].as_i64().unwrap(), code.to_owned())
    }

    /// Makes the shipment of an order; its id and code.
    pub async fn shipped(&self, order: i64) -> (i64, String) {
        let body = serde_json::json!({"order_id": order});
        let made = self.post("/shipments/create-auto", &body).await.data();
        let code = made[0]["tracking_code"].as_str().unwrap();
        (made[0]["shipment_id"].as_i64().unwrap(), code.to_owned())
    }
}
