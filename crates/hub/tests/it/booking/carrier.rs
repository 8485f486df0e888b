//! 247Express with what it was told, and a merchant whose courier it is.

use crate::selling::Merchant;
use crate::world::{World, texts, tracking_answer};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use trackway_dialects::desk::Trade;
use trackway_dialects::native::orders::{FulfilmentWanted, OrderWanted, read};
use trackway_hub::NewConnection;
use trackway_model::ConnectionId;
use trackway_model::orders::{Body, Command, Fulfilment, Kind, RecordId, Refusal, Who};
use trackway_testkit::{Answer, Receiver, Recorded};

pub const STEP: Duration = Duration::from_secs(10);
pub const TOKEN: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// An order that the carrier has.
#[derive(Clone)]
pub struct Held {
    pub number: String,
    pub reference: String,
    pub status: &'static str,
}

/// 247Express with what it was told.
#[derive(Default)]
pub struct Has {
    pub orders: Vec<Held>,
    pub logins: u32,
    /// So many deeds are done, and their answers are lost.
    pub lost: u32,
    /// Whether it answers at all.
    pub deaf: bool,
    /// Whether it does as it is told, and nobody hears of it.
    pub swallows: bool,
    /// What it refuses every new order with.
    pub refuses: Option<&'static str>,
}

pub struct Carrier {
    pub receiver: Receiver,
    pub has: Arc<Mutex<Has>>,
}

impl Carrier {
    pub async fn start() -> Self {
        let receiver = Receiver::start().await.unwrap();
        let has: Arc<Mutex<Has>> = Arc::default();
        let known = has.clone();
        receiver.set_rule(move |request| {
            let mut has = known.lock();
            if has.deaf {
                return Answer::status(503);
            }
            let answer = answer(request, &mut has);
            let is_deed = request.uri.path().contains("/Customer/");
            if is_deed && has.lost > 0 {
                has.lost -= 1;
                return Answer::status(502);
            }
            if has.swallows && !request.uri.path().ends_with("/ClientLogin") {
                return Answer::status(502);
            }
            Answer::json(&answer)
        });
        Self { receiver, has }
    }

    /// Bodies of a call, in their order.
    pub fn of(&self, call: &str) -> Vec<Value> {
        let all = self.receiver.received();
        let of = all.iter().filter(|it| it.uri.path().ends_with(call));
        of.map(|it| it.json().unwrap()).collect()
    }

    pub fn orders(&self) -> Vec<Held> {
        self.has.lock().orders.clone()
    }

    pub fn set_status(&self, number: &str, status: &'static str) {
        let mut has = self.has.lock();
        let order = has.orders.iter_mut().find(|it| it.number == number);
        order.unwrap().status = status;
    }
}

pub fn done() -> Value {
    json!({ "ErrorCode": "0", "IsError": false, "Errors": [], "ErrorMessage": "" })
}

pub fn error(code: &str) -> Value {
    let text = format!("{code}: NGUYEN VAN VI DU");
    json!({ "ErrorCode": code, "IsError": true, "ErrorMessage": text,
        "Errors": [{ "PropertyName": null, "ErrorMessage": text }] })
}

pub fn answer(request: &Recorded, has: &mut Has) -> Value {
    let path = request.uri.path();
    if path.ends_with("/Tracking") {
        let query = request.uri.query().unwrap();
        let asked = query
            .split('&')
            .find_map(|it| it.strip_prefix("ordercode="))
            .unwrap();
        return match has
            .orders
            .iter()
            .find(|it| it.number == asked || it.reference == asked)
        {
            Some(order) => {
                let steps = [(order.status, "DATIEPNHAN", "2024-05-07T10:00:00+07:00")];
                tracking_answer(&order.number, &steps)
            }
            None => {
                json!({ "errorCode": "ORDERCODE_NOT_FOUND", "errorMessage": "OrderCode is not found." })
            }
        };
    }
    let body = request.json().unwrap();
    if path.ends_with("/ClientLogin") {
        assert_eq!(
            (&body["UserName"], &body["Password"]),
            (&json!("shop"), &json!("pass-1"))
        );
        has.logins += 1;
        let token = format!("{}{:02}", &TOKEN[2..], has.logins);
        return json!({ "ClientID": 4101, "ClientName": "Cửa hàng Ví Dụ", "Token": token, "Errors": [], "ErrorMessage": "" });
    }
    let token = request.header("token").unwrap_or_default();
    if request.header("clientid") != Some("4101") || !token.ends_with(&format!("{:02}", has.logins))
    {
        return error("12");
    }
    let held = |has: &mut Has, code: &Value| {
        let of = has.orders.iter().position(|it| code == it.number.as_str());
        of.ok_or_else(|| error("13"))
    };
    match path.rsplit_once('/').unwrap().1 {
        "CustomerAPICreateOrder" => {
            let info = &body["OrderInfo"];
            let reference = info["ExternalCode"].as_str().unwrap().to_owned();
            if let Some(code) = has.refuses {
                return error(code);
            }
            if has.orders.iter().any(|it| it.reference == reference) {
                return error("4");
            }
            let number = format!("VD{:07}", has.orders.len() + 1);
            has.orders.push(Held {
                number: number.clone(),
                reference: reference.clone(),
                status: "21",
            });
            json!({ "Errors": [], "ErrorCode": "0", "ErrorMessage": "", "OrderInfo": {
                "OrderCode": number, "ReferenceCode": info["ReferenceCode"], "ExternalCode": reference,
                "TotalServiceCost": 33000, "ExtraServices": [], "DeliveryType": "1" } })
        }
        "CustomerAPIUpdateOrder" => match held(has, &body["OrderInfo"]["OrderCode"]) {
            Ok(at) if has.orders[at].status == "21" => {
                let order = &has.orders[at];
                json!({ "Errors": [], "ErrorCode": "0", "ErrorMessage": "", "OrderInfo": {
                    "OrderCode": order.number, "ExternalCode": order.reference, "TotalServiceCost": 33000 } })
            }
            Ok(_) => error("8"),
            Err(error) => error,
        },
        "CancelOrder" => match held(has, &body["OrderCode"]) {
            Ok(at) if has.orders[at].status == "21" => {
                has.orders[at].status = "18";
                done()
            }
            Ok(_) => error("14"),
            Err(error) => error,
        },
        "CustomerConfirmDelivery" => match held(has, &body["OrderCode"]) {
            Ok(at) if has.orders[at].status == "16" => {
                has.orders[at].status = "25";
                json!({ "ErrorCode": "", "IsError": false, "Errors": [], "ErrorMessage": "" })
            }
            Ok(_) => error("14"),
            Err(error) => error,
        },
        call => panic!("{call} is called"),
    }
}

/// A merchant whose courier is connected.
pub struct Shop<'a> {
    pub world: &'a World,
    pub merchant: Merchant<'a>,
    pub courier: RecordId,
}

pub async fn connect(world: &World, carrier: &Carrier, more: &[(&str, &str)]) -> ConnectionId {
    let url = carrier.receiver.url("");
    let mut settings = texts(&[
        ("apikey", "1111-2222"),
        ("webhook_apikey", "HOOK-KEY-1"),
        ("books", "true"),
        ("username", "shop"),
        ("password", "pass-1"),
        ("customer_url", &url),
    ]);
    settings.extend(texts(more));
    let new = NewConnection {
        dialect: "247express".to_owned(),
        base_url: url,
        settings,
        operator: true,
        ..NewConnection::default()
    };
    world.hub.connect(new).await.unwrap().id
}

impl<'a> Shop<'a> {
    pub async fn open(world: &'a World) -> Self {
        let merchant = Merchant::open(world).await;
        let courier = json!({ "name": "247Express", "carrier": "247express" });
        let courier = merchant.put("couriers", courier).await;
        Self {
            world,
            merchant,
            courier,
        }
    }

    /// Orders tea and has it shipped by the carrier.
    pub async fn ship(&self, number: &str) -> RecordId {
        self.ship_under(number, &[]).await
    }

    pub async fn ship_under(&self, number: &str, waybills: &[&str]) -> RecordId {
        let order = json!({
            "shop": self.merchant.shop.0, "pickup": self.merchant.pickup.0, "number": number,
            "approve": true,
            "receiver": { "name": "NGUYEN VAN VI DU", "phone": "0900000000", "address":
                { "country": "VN", "line": "2 Sample St", "province": "TP. Hồ Chí Minh", "district": "Quận Tân Bình",
                  "ward": "Phường 02" } },
            "lines": [{ "sku": "TEA", "quantity": 1, "sale_price": "25000" }],
            "payments": [{ "method": "cod", "amount": "25000", "status": "not_paid" }],
        });
        let wanted: OrderWanted = read(&order.to_string()).unwrap();
        let order = self.merchant.make(wanted).await;
        let shipment = json!({ "courier": self.courier.0, "waybills": waybills });
        let wanted: FulfilmentWanted = read(&shipment.to_string()).unwrap();
        let wanted = FulfilmentWanted {
            order: order.id,
            ..wanted
        };
        self.merchant.make(wanted).await.id
    }

    pub async fn fulfilment(&self, id: RecordId) -> Fulfilment {
        let found = self
            .world
            .hub
            .record(&self.merchant.principal, Kind::Fulfilment, id)
            .await;
        match found.unwrap().unwrap().body {
            Body::Fulfilment(it) => *it,
            other => panic!("{other:?}"),
        }
    }

    pub async fn until<T>(
        &self,
        what: &str,
        id: RecordId,
        is: impl Fn(&Fulfilment) -> Option<T>,
    ) -> T {
        self.until_by(what, id, STEP, is).await
    }

    /// The same with the clock going on by larger steps.
    pub async fn until_by<T>(
        &self,
        what: &str,
        id: RecordId,
        step: Duration,
        is: impl Fn(&Fulfilment) -> Option<T>,
    ) -> T {
        let probe = async || is(&self.fulfilment(id).await);
        self.world.moving_on(what, step, probe).await
    }

    /// Waits until the carrier has given it a number.
    pub async fn booked(&self, id: RecordId) -> String {
        self.until("it to be booked", id, |it| {
            Some(it.parcels.first()?.waybill.clone())
        })
        .await
    }

    pub async fn cancel(&self, id: RecordId) -> Result<(), Refusal> {
        let command = Command::CancelFulfilment {
            fulfilment: id,
            reason: Some("changed their mind".to_owned()),
            who: Who::Merchant,
        };
        let done = self
            .world
            .hub
            .carry_out(&self.merchant.principal, command)
            .await;
        done.unwrap().map(|_| ())
    }
}

pub async fn nothing_is_owed(world: &World, connection: ConnectionId) {
    world
        .moving_on("nothing to be owed", STEP, async || {
            let owed = world.hub.store().count_bookings(connection).await.unwrap();
            (owed == 0).then_some(())
        })
        .await;
}
