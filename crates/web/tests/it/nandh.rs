//! Every error of N&H's table and every call of its index, by real requests to a whole installation.

mod foreign;

use crate::harness::{Served, json_of};
use crate::installation::Installation;
use crate::wayward::{self, Mode, Wayward};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use trackway_dialects::desk::{Principal, Trade};
use trackway_dialects::nandh::{NAME, ROOT, ROUTES};
use trackway_hub::NewKey;
use trackway_model::orders::{
    Body, Catalogued, Category, Command, Courier, CourierLink, Movement, OrderType, Party,
    PickupAddress, RecordId, Service, Shop, StockKey, Unit,
};
use trackway_web::Limits;

/// Rows of the dialect's conformance table that this module provokes.
pub const PROVOKED: &[&str] = &[
    "BAD_REQUEST",
    "INVALID_PAYLOAD",
    "UNAUTHORIZED",
    "FORBIDDEN",
    "NOT_FOUND",
    "METHOD_NOT_ALLOWED",
    "REQUEST_TIMEOUT",
    "INVALID_STATUS",
    "DUPLICATE",
    "OUT_OF_STOCK",
    "TOO_MANY_REQUESTS",
    "INTERNAL_SERVER_ERROR",
];

/// An account that sells one item, and its key.
struct Seller {
    own: Installation,
    key: String,
    principal: Principal,
    shop: i64,
    warehouse: i64,
    link: i64,
    category: i64,
    unit: i64,
    item: i64,
}

async fn key(own: &Installation, account: &str, scopes: &[&str]) -> String {
    let new = NewKey {
        account: Some(account.to_owned()),
        dialect: Some(NAME.to_owned()),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        ..NewKey::default()
    };
    own.hub.create_key(new).await.unwrap().key
}

impl Seller {
    async fn new(settings: &[(&str, &str)]) -> Self {
        let own = Installation::with(settings).await;
        let key = key(&own, "shop", &[]).await;
        let principal = own.hub.operator_of(Some("shop")).await.unwrap();
        let mut seller = Self {
            own,
            key,
            principal,
            shop: 0,
            warehouse: 0,
            link: 0,
            category: 0,
            unit: 0,
            item: 0,
        };
        seller.shop = seller.kept(None, shop()).await;
        seller.warehouse = seller.kept(None, warehouse()).await;
        let courier = seller.kept(Some("sof"), courier()).await;
        let link = CourierLink {
            courier: RecordId(courier),
            name: "My self delivery".to_owned(),
            active: true,
        };
        seller.link = seller.kept(None, link).await;
        let service = Service {
            courier: RecordId(courier),
            name: "Standard".to_owned(),
            estimate: "3-5".to_owned(),
            fulfil_now: false,
            promise: None,
            rate_card: None,
            active: true,
        };
        seller.kept(Some("SOF_STD"), service).await;
        let category = Category {
            name: "Snacks".to_owned(),
            parent: None,
            level: 1,
        };
        seller.category = seller.kept(None, category).await;
        let piece = "Piece".to_owned();
        seller.unit = seller.kept(None, Unit { name: piece }).await;
        let made = seller
            .post("/products/inventory/create", &seller.new_item())
            .await
            .1;
        seller.item = made["data"]["id"]
            .as_i64()
            .unwrap_or_else(|| panic!("{made}"));
        seller.stock(5).await;
        seller
    }

    async fn kept(&self, code: Option<&str>, body: impl Into<Body>) -> i64 {
        let command = Command::Catalogue(Box::new(Catalogued {
            id: None,
            code: code.map(str::to_owned),
            body: body.into(),
        }));
        let done = self.own.hub.carry_out(&self.principal, command).await;
        done.unwrap().unwrap().record.unwrap().id.0
    }

    async fn stock(&self, quantity: i64) {
        let command = Command::Stock {
            key: StockKey {
                item: RecordId(self.item),
                warehouse: RecordId(self.warehouse),
            },
            movement: Movement::Found,
            quantity,
        };
        let done = self.own.hub.carry_out(&self.principal, command).await;
        done.unwrap().unwrap();
    }

    fn new_item(&self) -> Value {
        json!({
            "sku": "DEMO-1", "name": "Demo item", "weight": 100, "package_length": 10, "package_width": 10,
            "package_height": 10, "product_brand": null, "product_category": self.category, "unit": self.unit,
            "cost": 1, "sale_price": 2, "is_serial_number": 0, "is_batch_control": 0, "is_bubble_wrap": 0,
            "is_kraft_paper": 0, "is_fragile": 0, "min_shelf_life_inbound": 0, "min_shelf_life_outbound": 0,
            "material": "3PF-BOX", "product_type": "NORMAL", "storage_method": "normal", "outbound_strategy": "fifo",
            "info": {}, "images": [], "documents": [], "barcode_list": [], "config": {}
        })
    }

    fn order(&self, quantity: i64) -> Value {
        json!({
            "store_id": self.shop, "pickup_id": self.warehouse,
            "receiver": {"fullname": "Test Receiver", "phone": "+84000000001", "address": "1 Sample St", "province_name": "HCM"},
            "payments": [{"status": 200, "method": 2, "amount": 2 * quantity}],
            "items": [{"sku": "DEMO-1", "sale_price": 2, "discounted_price": 2, "quantity": quantity}],
            "config": {"order_type": "b2c", "approve": 1, "preview": 0, "delivery_service": "SOF_STD",
                       "courier_integration_id": self.link},
            "extra_info": {"order_number": format!("PO-{quantity}")}
        })
    }

    async fn sent(&self, method: Method, path: &str, key: &str, body: &Value) -> (u16, Value) {
        let request = self.own.served.request(method, &format!("{ROOT}{path}"));
        let request = request.header("Authorization", key).json(body);
        let (status, told) = json_of(request).await;
        assert_eq!(told["status_code"], status.as_u16(), "{told}");
        (status.as_u16(), told)
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.sent(Method::POST, path, &self.key, body).await
    }

    async fn get(&self, path: &str) -> Value {
        let (status, told) = self.sent(Method::GET, path, &self.key, &json!({})).await;
        assert_eq!(status, 200, "{told}");
        told["data"].clone()
    }
}

fn party() -> Party {
    Party {
        name: "Demo Shop".to_owned(),
        phone: Some("0000000001".to_owned()),
        ..Party::default()
    }
}

fn shop() -> Shop {
    Shop {
        name: "Demo Store".to_owned(),
        logo: None,
        platform: "retail".to_owned(),
        platform_logo: None,
        shop_type: OrderType::B2c,
        active: true,
    }
}

fn warehouse() -> PickupAddress {
    PickupAddress {
        name: "DEMO FC".to_owned(),
        fulfilment_provider: "nandh".to_owned(),
        fulfilment_provider_name: "N&H Logistics".to_owned(),
        warehouse: Some("NH_WH_HCM".to_owned()),
        warehouse_name: Some("FC HCM".to_owned()),
        default: true,
        active: true,
        contact: party(),
    }
}

fn courier() -> Courier {
    Courier {
        name: "Self delivery".to_owned(),
        description: None,
        logo: None,
        carrier: "demo-post".to_owned(),
        tracking_url: None,
        rating: None,
        own_fleet: true,
        platform_fleet: false,
        fulfil_now: false,
        active: true,
    }
}

#[track_caller]
fn assert_told((status, told): (u16, Value), expected: u16, code: &str) {
    assert_eq!(
        (status, &told["error_code"]),
        (expected, &json!(code)),
        "{told}"
    );
    assert!(told["data"].is_null() && told["error"] == true, "{told}");
    assert!(!told["messages"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn every_error_of_the_table() {
    let seller = Seller::new(&[]).await;
    let nobody = seller
        .sent(Method::GET, "/orders/list", "nobody", &json!({}))
        .await;
    assert_told(nobody, 401, "UNAUTHORIZED");
    let reader = key(&seller.own, "shop", &["read"]).await;
    let read = seller
        .sent(Method::POST, "/orders/create", &reader, &seller.order(1))
        .await;
    assert_told(read, 403, "FORBIDDEN");
    let deleted = seller
        .sent(Method::DELETE, "/orders/list", &seller.key, &json!({}))
        .await;
    assert_told(deleted, 405, "METHOD_NOT_ALLOWED");
    assert_told(
        seller.post("/orders/nothing", &json!({})).await,
        404,
        "NOT_FOUND",
    );
    assert_told(
        seller.post("/orders/create", &json!([])).await,
        400,
        "BAD_REQUEST",
    );
    let mut nowhere = seller.order(1);
    nowhere["store_id"] = json!(999);
    let told = seller.post("/orders/create", &nowhere).await;
    assert_eq!(told.1["messages"], "store_id: there is no such record");
    assert_told(told, 400, "INVALID_PAYLOAD");
    assert_told(
        seller.post("/orders/create", &seller.order(6)).await,
        422,
        "OUT_OF_STOCK",
    );
    let (status, made) = seller.post("/orders/create", &seller.order(2)).await;
    assert_eq!(status, 200, "{made}");
    assert_told(
        seller.post("/orders/create", &seller.order(2)).await,
        409,
        "DUPLICATE",
    );
    let code = made["data"]["tracking_code"].as_str().unwrap();
    let path = format!("/orders/cancel/{code}");
    let cancelled = seller
        .sent(Method::PATCH, &path, &seller.key, &json!({"reason": "No"}))
        .await;
    assert_eq!(cancelled.1["data"]["status"], 700, "{}", cancelled.1);
    let twice = seller
        .sent(Method::PATCH, &path, &seller.key, &json!({}))
        .await;
    assert_told(twice, 409, "INVALID_STATUS");
    let stock = seller.get("/products/inventory/list?sku=DEMO-1").await;
    assert_eq!(
        stock[0]["stock_info"]["available_stock"], 5,
        "all of it is free again"
    );
}

#[tokio::test]
async fn too_many_calls_a_second_are_429() {
    let seller = Seller::new(&[("nandh.requests_per_second", "3")]).await;
    // One was the item's.
    for _ in 0..2 {
        seller.get("/stores/list").await;
    }
    let told = seller
        .sent(Method::GET, "/stores/list", &seller.key, &json!({}))
        .await;
    assert_told(told, 429, "TOO_MANY_REQUESTS");
}

#[tokio::test]
async fn a_desk_that_is_slow_or_fails_is_told_apart() {
    let hurried = Limits {
        request: Duration::from_millis(100),
        ..Limits::default()
    };
    for (mode, limits, status, code) in [
        (Mode::Wait, hurried, 408, "REQUEST_TIMEOUT"),
        (Mode::Fail, Limits::default(), 500, "INTERNAL_SERVER_ERROR"),
        (Mode::Panic, Limits::default(), 500, "INTERNAL_SERVER_ERROR"),
        (Mode::Busy, Limits::default(), 429, "TOO_MANY_REQUESTS"),
    ] {
        let served = Served::start(Wayward::new(mode), limits).await;
        let request = served.request(Method::GET, &format!("{ROOT}/stores/list"));
        let (own, told) = json_of(request.header("Authorization", wayward::KEY)).await;
        assert_told((own.as_u16(), told), status, code);
    }
}

/// Every call of the index answers in the envelope, and none without a key.
#[tokio::test]
async fn every_call_of_the_index_is_served() {
    let seller = Seller::new(&[]).await;
    for route in ROUTES {
        let path = route
            .path
            .replace("{id}", "999999")
            .replace("{name}", "a.pdf");
        let (status, told) = seller
            .sent(route.method.clone(), &path, &seller.key, &json!({}))
            .await;
        let served = [200, 400, 404].contains(&status);
        assert!(
            served && told["messages"] != "There is no such path",
            "{}: {told}",
            route.item
        );
        let (status, told) = seller
            .sent(route.method.clone(), &path, "", &json!({}))
            .await;
        assert_eq!(status, 401, "{}: {told}", route.item);
    }
}

/// An order from its creation to the buyer's return, over HTTP, on a real store.
#[tokio::test]
async fn an_order_made_here_is_the_accounts_and_nobody_elses() {
    let seller = Seller::new(&[]).await;
    let foreign = key(&seller.own, "other", &[]).await;
    let made = seller.post("/orders/create", &seller.order(3)).await.1;
    let (id, code) = (
        &made["data"]["order_id"],
        made["data"]["tracking_code"].as_str().unwrap(),
    );
    let shipment = seller
        .post("/shipments/create-auto", &json!({"order_id": id}))
        .await
        .1;
    let number = shipment["data"][0]["tracking_code"]
        .as_str()
        .unwrap_or_else(|| panic!("{shipment}"));
    let detail = seller.get(&format!("/orders/detail/{code}")).await;
    assert_eq!(
        (
            &detail["total_qty_items"],
            &detail["receiver"]["province"]["code"]
        ),
        (&json!(3), &json!("HCM"))
    );
    let whole = seller.get(&format!("/shipments/detail/{number}")).await;
    assert_eq!(
        (&whole["order"], &whole["courier_tracking_code"]),
        (id, &json!(code))
    );
    for path in [
        format!("/orders/detail/{code}"),
        format!("/shipments/detail/{number}"),
        format!("/products/inventory/detail/{}", seller.item),
    ] {
        let told = seller.sent(Method::GET, &path, &foreign, &json!({})).await;
        assert_told(told, 404, "NOT_FOUND");
    }
    for path in [
        "/orders/list",
        "/shipments/list",
        "/products/inventory/list",
        "/stores/list",
    ] {
        let told = seller.sent(Method::GET, path, &foreign, &json!({})).await.1;
        assert_eq!(
            (&told["data"], &told["total"]),
            (&json!([]), &json!(0)),
            "{path}"
        );
    }
    let listed = seller
        .get("/orders/list?status=300,350,400&page_size=5")
        .await;
    assert_eq!(listed[0]["id"], *id);
}

#[tokio::test]
async fn a_large_file_passes_the_web_rooms_limits_and_one_too_large_is_named() {
    let seller = Seller::new(&[]).await;
    let upload = async |bytes: usize| {
        let content = "x".repeat(bytes);
        let body = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n{content}\r\n--edge--\r\n"
        );
        let request = seller.own.served.post(&format!("{ROOT}/files/upload"));
        let request = request.header("Authorization", &seller.key);
        json_of(
            request
                .header("Content-Type", "multipart/form-data; boundary=edge")
                .body(body),
        )
        .await
    };
    let (status, made) = upload(2 << 20).await;
    assert_eq!(
        (status, &made["data"]["size"]),
        (StatusCode::OK, &json!(2 << 20)),
        "{made}"
    );
    let url = made["data"]["url"].as_str().unwrap();
    let path = url
        .split_once(&format!("{}", seller.own.served.addr()))
        .unwrap()
        .1;
    let request = seller.own.served.request(Method::GET, path);
    let file = request
        .header("Authorization", &seller.key)
        .send()
        .await
        .unwrap();
    assert_eq!(file.bytes().await.unwrap().len(), 2 << 20);
    let (status, told) = upload(6 << 20).await;
    assert_told((status.as_u16(), told), 400, "INVALID_PAYLOAD");
}
