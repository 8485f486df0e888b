//! The customer API over its router: an account with hubs, services and rate cards.

mod elsewhere;
mod feedback;
mod hubs;
mod mistakes;
mod orders;
mod prices;
mod shared;
mod shown;
mod tolerance;

use super::{KEY, Reply, SHOP, fixture, post};
use crate::support::FakeDesk;
use serde_json::{Value, json};
use std::sync::Arc;
use trackway_dialects::desk::{Principal, Trade};
use trackway_dialects::express247::NAME;
use trackway_dialects::raw::Object;
use trackway_model::address::Epoch;
use trackway_model::orders::{
    Address, Body, Catalogued, Command, Courier, Decimal, Extra, Fulfilment, Kind, NameKind,
    Outcome, Party, PickupAddress, RateCard, Record, RecordQuery, Service, Share, Zone,
};

pub const CREATE: &str = "/Api/Customer/CustomerAPICreateOrder";
pub const UPDATE: &str = "/api/Customer/CustomerAPIUpdateOrder";
pub const CANCEL: &str = "/Api/Customer/CancelOrder";
pub const PRICE: &str = "/Api/Customer/GetPriceForCustomerAPI";
pub const CONFIRM: &str = "/api/Customer/CustomerConfirmDelivery";

pub struct World {
    pub desk: Arc<FakeDesk>,
    pub principal: Principal,
    session: (String, String),
    pub hub: i64,
    pub waiting_hub: i64,
}

fn place(line: &str) -> Address {
    Address {
        country: "VN".to_owned(),
        line: line.to_owned(),
        province: Some("TP. Hồ Chí Minh".to_owned()),
        district: Some("Quận Tân Bình".to_owned()),
        ward: Some("Phường 2".to_owned()),
        province_id: Some(79),
        district_id: Some(766),
        ..Address::default()
    }
}

pub fn hub(name: &str, active: bool) -> PickupAddress {
    PickupAddress {
        name: name.to_owned(),
        fulfilment_provider: "self".to_owned(),
        fulfilment_provider_name: String::new(),
        warehouse: None,
        warehouse_name: None,
        default: false,
        active,
        contact: Party {
            name: "Lê Thị Mẫu".to_owned(),
            phone: Some("0900000002".to_owned()),
            email: None,
            address: place("12 Phố Ví Dụ"),
            customer: None,
        },
    }
}

/// In the vendor's examples fuel is 20 % of the main service, and VAT 10 % of the sum.
pub fn rates() -> RateCard {
    RateCard {
        name: "Examples".to_owned(),
        currency: "VND".to_owned(),
        epoch: Epoch::Y2024,
        volumetric_divisor: Decimal::from(6_000),
        zones: vec![Zone {
            name: "everywhere".to_owned(),
            lanes: vec![("79".to_owned(), "*".to_owned())],
            steps: vec![
                (1_000, Decimal::from(20_000)),
                (5_000, Decimal::from(50_000)),
            ],
            more: (1_000, Decimal::from(5_000)),
        }],
        cod: Share {
            percent: Decimal::ONE,
            least: Decimal::from(5_000),
            free_up_to: Decimal::ZERO,
        },
        insurance: Share {
            percent: Decimal::ONE,
            least: Decimal::ZERO,
            free_up_to: Decimal::ZERO,
        },
        remote: Vec::new(),
        remote_fee: Decimal::ZERO,
        fuel_percent: Decimal::from(20),
        vat_percent: Decimal::from(10),
        round_to: Decimal::ZERO,
        extras: vec![Extra {
            code: "BP".to_owned(),
            name: "Báo phát".to_owned(),
            price: Decimal::from(6_000),
        }],
        parts_to: Decimal::ONE,
    }
}

fn courier(name: &str, carrier: &str) -> Courier {
    Courier {
        name: name.to_owned(),
        description: None,
        logo: None,
        carrier: carrier.to_owned(),
        tracking_url: None,
        rating: None,
        own_fleet: false,
        platform_fleet: false,
        fulfil_now: false,
        active: true,
    }
}

impl World {
    pub async fn new() -> Self {
        let desk = FakeDesk::new();
        let principal = desk.login(NAME, SHOP, KEY, ("shop-user", "shop-password"));
        let mut world = Self {
            session: session(&desk, "shop-user").await,
            desk,
            principal,
            hub: 0,
            waiting_hub: 0,
        };
        world.hub = world.kept(Some("KHO-1"), hub("Kho mẫu", true)).await.id.0;
        world.waiting_hub = world.kept(None, hub("Kho mới", false)).await.id.0;
        let card = world.kept(Some("DE_EXAMPLE"), rates()).await.id;
        for (code, name, carrier, card) in [
            ("DE", "Chuyển phát nhanh", NAME, Some(card)),
            ("PTN", "Phát trong ngày", NAME, None),
            ("OTHER", "Somebody else's", "demo-post", Some(card)),
        ] {
            let courier = world.kept(None, courier(name, carrier)).await.id;
            let service = Service {
                courier,
                name: name.to_owned(),
                estimate: String::new(),
                fulfil_now: false,
                promise: None,
                rate_card: card,
                active: true,
            };
            world.kept(Some(code), service).await;
        }
        world
    }

    pub async fn kept(&self, code: Option<&str>, body: impl Into<Body>) -> Record {
        let command = Command::Catalogue(Box::new(Catalogued {
            id: None,
            code: code.map(str::to_owned),
            body: body.into(),
        }));
        self.done(command).await.record.unwrap()
    }

    pub async fn done(&self, command: Command) -> Outcome {
        let done = self.desk.carry_out(&self.principal, command).await;
        done.unwrap().unwrap()
    }

    pub async fn call(&self, path: &str, body: &Value) -> Reply {
        self.sent(path, body.to_string()).await
    }

    pub async fn sent(&self, path: &str, body: String) -> Reply {
        let (client, token) = &self.session;
        let headers = [("ClientID", client.as_str()), ("token", token.as_str())];
        let reply = post(&self.desk, path, &headers, body).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply
    }

    /// An answer that must not be an error, and agree with itself.
    pub async fn made(&self, path: &str, body: &Value) -> Value {
        let reply = self.call(path, body).await;
        let told = reply.json();
        assert_eq!(told["IsError"], false, "{}", reply.body);
        assert_eq!(
            (&told["Errors"], &told["ErrorMessage"]),
            (&json!([]), &json!(""))
        );
        assert!(
            matches!(told["ErrorCode"].as_str(), Some("" | "0")),
            "{}",
            reply.body
        );
        told
    }

    /// Number and property of an error, whose envelope must agree with itself.
    pub async fn refused(&self, path: &str, body: &Value) -> (String, Value) {
        let reply = self.call(path, body).await;
        faults(&reply.json())
    }

    /// What a client sends for an order.
    pub fn wanted(&self) -> Value {
        let mut body: Value = serde_json::from_str(fixture!("customer-create.json")).unwrap();
        body["OrderInfo"]["ClientHubID"] = json!(self.hub);
        body
    }

    /// The same without the client's own codes, and with these members.
    pub fn plain(&self, members: &Value) -> Value {
        let mut body = self.wanted();
        let info = body["OrderInfo"].as_object_mut().unwrap();
        for name in ["OrderCode", "ExternalCode", "ReferenceCode"] {
            info.remove(name);
        }
        for (name, value) in members.as_object().unwrap() {
            info.insert(name.clone(), value.clone());
        }
        body
    }

    /// Makes an order; its code.
    pub async fn ordered(&self, members: &Value) -> String {
        let told = self.made(CREATE, &self.plain(members)).await;
        told["OrderInfo"]["OrderCode"].as_str().unwrap().to_owned()
    }

    pub async fn record(&self, code: &str) -> Record {
        let query = RecordQuery {
            named: Some((NameKind::Waybill, code.to_owned())),
            ..RecordQuery::of(Kind::Fulfilment)
        };
        let page = self.desk.records(&self.principal, query).await.unwrap();
        page.records.into_iter().next().unwrap()
    }

    pub async fn shipment(&self, code: &str) -> Fulfilment {
        match self.record(code).await.body {
            Body::Fulfilment(it) => *it,
            other => panic!("{other:?}"),
        }
    }

    /// The status webhook's words of everything that was told of an order, in order.
    pub fn told(&self, code: &str) -> Vec<Value> {
        let view = self.desk.whole(SHOP, NAME, code);
        let mut told: Vec<_> = view.statements.iter().collect();
        told.sort_by_key(|it| it.ordinal);
        let raw = |raw: &Vec<u8>| serde_json::from_slice(raw).unwrap();
        told.iter()
            .map(|it| raw(it.raw.as_ref().unwrap()))
            .collect()
    }
}

pub async fn session(desk: &Arc<FakeDesk>, user: &str) -> (String, String) {
    let body = json!({"UserName": user, "Password": "shop-password"}).to_string();
    let told = post(desk, "/api/Client/ClientLogin", &[], body)
        .await
        .json();
    let token = told["Token"].as_str().unwrap().to_owned();
    (told["ClientID"].to_string(), token)
}

/// Number and property of an error: `IsError`, `ErrorCode`, `ErrorMessage` and `Errors` say the same.
pub fn faults(told: &Value) -> (String, Value) {
    assert_eq!(told["IsError"], true, "{told}");
    let message = told["ErrorMessage"].as_str().unwrap();
    assert!(!message.is_empty(), "{told}");
    let errors = told["Errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{told}");
    assert_eq!(errors[0]["ErrorMessage"], message);
    let code = told["ErrorCode"].as_str().unwrap();
    assert!(code.parse::<u8>().is_ok_and(|code| code > 0), "{told}");
    (code.to_owned(), errors[0]["PropertyName"].clone())
}

/// Every member of a golden object stands in an answer as it is written there.
#[track_caller]
pub fn holds(told: &str, golden: &str) {
    let told = Object::parse(told.as_bytes()).unwrap();
    let golden = Object::parse(golden.trim().as_bytes()).unwrap();
    for member in golden.members() {
        assert_eq!(
            told.get(&member.name),
            Some(member.value),
            "{}",
            member.name
        );
    }
}
