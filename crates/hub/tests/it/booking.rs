//! Carriers are told of fulfilments: 247Express answers as its reference says, and knows what it was told
//! only. Answers may be lost on their way.

use crate::on_both_stores;
use crate::selling::Merchant;
use crate::world::{LIMIT, World, texts, tracking_answer};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use trackway_dialects::desk::Trade;
use trackway_dialects::native::orders::{FulfilmentWanted, OrderWanted, read};
use trackway_hub::{HubError, NewConnection};
use trackway_model::ConnectionId;
use trackway_model::orders::{
    Body, CarrierAnswer, Command, Deed, Fulfilment, FulfilmentState, Kind, RecordId, Refusal, Who,
    Wish,
};
use trackway_testkit::{Answer, Receiver, Recorded, eventually};

on_both_stores!(
    a_parcel_is_booked_once_though_the_first_answer_was_lost,
    a_cancelled_parcel_is_told_to_its_carrier,
    what_its_carrier_does_not_give_back_is_said_and_followed,
    what_was_handed_over_is_not_cancelled,
    what_a_carrier_refuses_for_good_stands_in_the_record,
    a_session_is_opened_again_when_it_ends,
    what_a_carrier_did_not_hear_is_told_after_a_restart,
    a_parcel_waits_for_the_quota,
    what_is_wished_for_a_parcel_is_told,
    a_connection_that_does_not_book_tells_nobody,
    a_shipment_of_another_system_is_cancelled_there,
);

const STEP: Duration = Duration::from_secs(10);
const TOKEN: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// An order that the carrier has.
#[derive(Clone)]
struct Held {
    number: String,
    reference: String,
    status: &'static str,
}

/// 247Express with what it was told.
#[derive(Default)]
struct Has {
    orders: Vec<Held>,
    logins: u32,
    /// So many deeds are done, and their answers are lost.
    lost: u32,
    /// Whether it answers at all.
    deaf: bool,
    /// What it refuses every new order with.
    refuses: Option<&'static str>,
}

struct Carrier {
    receiver: Receiver,
    has: Arc<Mutex<Has>>,
}

impl Carrier {
    async fn start() -> Self {
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
            Answer::json(&answer)
        });
        Self { receiver, has }
    }

    /// Bodies of a call, in their order.
    fn of(&self, call: &str) -> Vec<Value> {
        let all = self.receiver.received();
        let of = all.iter().filter(|it| it.uri.path().ends_with(call));
        of.map(|it| it.json().unwrap()).collect()
    }

    fn orders(&self) -> Vec<Held> {
        self.has.lock().orders.clone()
    }

    fn set_status(&self, number: &str, status: &'static str) {
        let mut has = self.has.lock();
        let order = has.orders.iter_mut().find(|it| it.number == number);
        order.unwrap().status = status;
    }
}

fn done() -> Value {
    json!({ "ErrorCode": "0", "IsError": false, "Errors": [], "ErrorMessage": "" })
}

fn error(code: &str) -> Value {
    let text = format!("{code}: NGUYEN VAN VI DU");
    json!({ "ErrorCode": code, "IsError": true, "ErrorMessage": text,
        "Errors": [{ "PropertyName": null, "ErrorMessage": text }] })
}

fn answer(request: &Recorded, has: &mut Has) -> Value {
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
    courier: RecordId,
}

async fn connect(world: &World, carrier: &Carrier, more: &[(&str, &str)]) -> ConnectionId {
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

    async fn ship_under(&self, number: &str, waybills: &[&str]) -> RecordId {
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

async fn nothing_is_owed(world: &World, connection: ConnectionId) {
    world
        .moving_on("nothing to be owed", STEP, async || {
            let owed = world.hub.store().count_bookings(connection).await.unwrap();
            (owed == 0).then_some(())
        })
        .await;
}

async fn a_parcel_is_booked_once_though_the_first_answer_was_lost(world: World) {
    let carrier = Carrier::start().await;
    carrier.has.lock().lost = 1;
    let connection = connect(&world, &carrier, &[]).await;
    world.hub.start();
    let shop = Shop::open(&world).await;
    let id = shop.ship("SO-1").await;
    assert_eq!(
        shop.fulfilment(id).await.state,
        FulfilmentState::AwaitingLabel
    );
    let number = shop.booked(id).await;
    nothing_is_owed(&world, connection).await;
    let orders = carrier.orders();
    assert_eq!(orders.len(), 1);
    assert_eq!(number, orders[0].number);
    let made = carrier.of("/CustomerAPICreateOrder");
    assert_eq!(made.len(), 2, "asked again, and it stands");
    assert_eq!(made[0], made[1]);
    let info = &made[0]["OrderInfo"];
    let expected = [
        ("ReceiverName", json!("NGUYEN VAN VI DU")),
        ("ReceiverPhone", json!("0900000000")),
        (
            "ReceiverAddress",
            json!("2 Sample St, Phường 02, Quận Tân Bình, TP. Hồ Chí Minh"),
        ),
        ("ReceiverProvinceName", json!("TP. Hồ Chí Minh")),
        ("ReceiverDistrictName", json!("Quận Tân Bình")),
        ("RealWeight", json!(0.1)),
        ("Quantity", json!(1)),
        ("ServiceTypeID", json!("DE")),
        ("MailerType", json!("HH")),
        ("CODAmount", json!(25000)),
        ("InformFee", json!(25000)),
        ("ReferenceCode", json!("SO-1")),
        ("SpecialInstructionId", json!(2)),
    ];
    for (member, value) in expected {
        assert_eq!(info[member], value, "{member}");
    }
    assert!(info.get("ClientHubID").is_none() && info["CusWareHouseID"].is_string());
    let it = shop.fulfilment(id).await;
    assert_eq!(it.state, FulfilmentState::Unfulfilled);
    let booking = it.booking.unwrap();
    assert!(booking.taken.is_some() && booking.refused.is_none());
    assert_eq!(booking.number.as_deref(), Some(&*number));
    // The next one is heard at once, with what it costs; its parcel moves it.
    let next = shop.ship("SO-2").await;
    let number = shop.booked(next).await;
    let booking = shop.fulfilment(next).await.booking.unwrap();
    assert_eq!(booking.cost, Some(33_000.into()));
    world
        .webhook(&number, "23", "2024-05-07T20:00:00+07:00")
        .await;
    shop.until("it to be picked up", next, |it| it.shipped)
        .await;
    assert_eq!(carrier.orders().len(), 2);
    assert_eq!(carrier.has.lock().logins, 1, "a session holds for all");
    world.hub.stop().await.unwrap();
}

async fn a_cancelled_parcel_is_told_to_its_carrier(world: World) {
    let carrier = Carrier::start().await;
    let connection = connect(&world, &carrier, &[]).await;
    world.hub.start();
    let shop = Shop::open(&world).await;
    let id = shop.ship("SO-1").await;
    let number = shop.booked(id).await;
    // What the carrier did, and could not say so, is not refused when it is told again.
    carrier.has.lock().lost = 1;
    shop.cancel(id).await.unwrap();
    shop.until("the carrier to have heard", id, |it| {
        it.booking.as_ref()?.cancelled
    })
    .await;
    nothing_is_owed(&world, connection).await;
    let told = carrier.of("/CancelOrder");
    assert_eq!(told, vec![json!({ "OrderCode": number }); 2]);
    assert_eq!(carrier.orders()[0].status, "18");
    let it = shop.fulfilment(id).await;
    assert_eq!(it.state, FulfilmentState::Cancelled);
    assert_eq!(it.booking.unwrap().refused, None);
    // One that was never told is not told of.
    carrier.has.lock().deaf = true;
    let other = shop.ship("SO-2").await;
    shop.cancel(other).await.unwrap();
    carrier.has.lock().deaf = false;
    nothing_is_owed(&world, connection).await;
    assert_eq!(carrier.orders().len(), 1);
    world.hub.stop().await.unwrap();
}

async fn what_its_carrier_does_not_give_back_is_said_and_followed(world: World) {
    let carrier = Carrier::start().await;
    let connection = connect(&world, &carrier, &[]).await;
    world.hub.start();
    let shop = Shop::open(&world).await;
    let id = shop.ship("SO-1").await;
    let number = shop.booked(id).await;
    nothing_is_owed(&world, connection).await;
    carrier.set_status(&number, "23");
    shop.cancel(id).await.unwrap();
    let refused = shop
        .until("its refusal", id, |it| it.booking.as_ref()?.refused.clone())
        .await;
    assert_eq!((refused.deed, &*refused.code), (Deed::Cancel, "14"));
    assert!(!refused.text.contains("VI DU"), "{}", refused.text);
    nothing_is_owed(&world, connection).await;
    let it = shop.fulfilment(id).await;
    assert_eq!(it.state, FulfilmentState::Cancelled);
    assert_eq!(carrier.of("/CancelOrder").len(), 1, "it is not told again");
    // Where it goes is seen.
    carrier.set_status(&number, "25");
    world
        .moving_on(
            "the parcel to be followed",
            Duration::from_mins(30),
            async || {
                let shown = world.shown(&number).await?;
                (shown.milestone.name() == "out_for_delivery").then_some(())
            },
        )
        .await;
    world.hub.stop().await.unwrap();
}

async fn what_was_handed_over_is_not_cancelled(world: World) {
    let carrier = Carrier::start().await;
    let connection = connect(&world, &carrier, &[]).await;
    world.hub.start();
    let shop = Shop::open(&world).await;
    let id = shop.ship("SO-1").await;
    let number = shop.booked(id).await;
    carrier.set_status(&number, "23");
    world
        .webhook(&number, "23", "2024-05-07T20:00:00+07:00")
        .await;
    shop.until("it to be picked up", id, |it| it.shipped).await;
    let refused = shop.cancel(id).await.unwrap_err();
    assert!(matches!(refused, Refusal::IllegalMove { .. }), "{refused}");
    nothing_is_owed(&world, connection).await;
    assert_eq!(carrier.of("/CancelOrder"), Vec::<Value>::new());
    world.hub.stop().await.unwrap();
}

async fn what_a_carrier_refuses_for_good_stands_in_the_record(world: World) {
    let carrier = Carrier::start().await;
    carrier.has.lock().refuses = Some("10");
    let connection = connect(&world, &carrier, &[("service", "XX")]).await;
    world.hub.start();
    let shop = Shop::open(&world).await;
    let id = shop.ship("SO-1").await;
    let refused = shop
        .until("its refusal", id, |it| it.booking.as_ref()?.refused.clone())
        .await;
    assert_eq!((refused.deed, &*refused.code), (Deed::Create, "10"));
    nothing_is_owed(&world, connection).await;
    assert_eq!(carrier.of("/CustomerAPICreateOrder").len(), 1);
    assert_eq!(
        carrier.of("/CustomerAPICreateOrder")[0]["OrderInfo"]["ServiceTypeID"],
        "XX"
    );
    let it = shop.fulfilment(id).await;
    assert_eq!(it.state, FulfilmentState::AwaitingLabel);
    assert!(it.booking.unwrap().taken.is_none());
    // It is cancelled, and there is nothing to tell of it.
    shop.cancel(id).await.unwrap();
    nothing_is_owed(&world, connection).await;
    assert_eq!(carrier.of("/CancelOrder"), Vec::<Value>::new());
    world.hub.stop().await.unwrap();
}

async fn a_session_is_opened_again_when_it_ends(world: World) {
    let carrier = Carrier::start().await;
    let connection = connect(&world, &carrier, &[]).await;
    world.hub.start();
    let shop = Shop::open(&world).await;
    let first = shop.ship("SO-1").await;
    shop.booked(first).await;
    nothing_is_owed(&world, connection).await;
    // Another login made the carrier forget ours.
    carrier.has.lock().logins = 7;
    let second = shop.ship("SO-2").await;
    shop.booked(second).await;
    assert_eq!(carrier.has.lock().logins, 8);
    nothing_is_owed(&world, connection).await;
    // Nobody says how long it holds: a day.
    world.clock.advance(Duration::from_hours(24));
    let third = shop.ship("SO-3").await;
    shop.booked(third).await;
    assert_eq!(carrier.has.lock().logins, 9);
    let refused = carrier.of("/CustomerAPICreateOrder").len();
    assert_eq!(refused, 4, "one that the old session was refused with");
    assert_eq!(carrier.orders().len(), 3);
    world.hub.stop().await.unwrap();
}

async fn what_a_carrier_did_not_hear_is_told_after_a_restart(world: World) {
    let carrier = Carrier::start().await;
    carrier.has.lock().deaf = true;
    let connection = connect(&world, &carrier, &[]).await;
    world.hub.start();
    let id = {
        let shop = Shop::open(&world).await;
        shop.ship("SO-1").await
    };
    carrier.receiver.wait_for(1, LIMIT).await.unwrap();
    let world = world.reopened().await;
    assert_eq!(
        world.hub.store().count_bookings(connection).await.unwrap(),
        1
    );
    carrier.has.lock().deaf = false;
    world.hub.start();
    let principal = world.hub.operator_of(None).await.unwrap();
    let booked = world
        .moving_on("it to be booked", STEP, async || {
            let found = world.hub.record(&principal, Kind::Fulfilment, id).await;
            match found.unwrap().unwrap().body {
                Body::Fulfilment(it) => it.booking?.number,
                other => panic!("{other:?}"),
            }
        })
        .await;
    assert_eq!(carrier.orders().len(), 1);
    assert_eq!(booked, carrier.orders()[0].number);
    world.hub.stop().await.unwrap();
}

async fn a_parcel_waits_for_the_quota(world: World) {
    let carrier = Carrier::start().await;
    connect(
        &world,
        &carrier,
        &[("quota_per_day", "10"), ("quota_reserve", "0")],
    )
    .await;
    world.hub.start();
    let shop = Shop::open(&world).await;
    let mut parcels = Vec::new();
    for at in 0..10 {
        parcels.push(shop.ship(&format!("SO-{at}")).await);
    }
    let calls = || carrier.receiver.received().len();
    eventually("the quota to be spent", LIMIT, async || {
        (calls() == 10).then_some(())
    })
    .await
    .unwrap();
    let all = || carrier.orders().len();
    assert!(all() < 10, "a login and looks are paid for too: {}", all());
    world
        .moving_on("the next days", Duration::from_hours(6), async || {
            (all() == 10).then_some(())
        })
        .await;
    world.hub.stop().await.unwrap();
}

async fn what_is_wished_for_a_parcel_is_told(world: World) {
    let carrier = Carrier::start().await;
    let connection = connect(&world, &carrier, &[]).await;
    world.hub.start();
    let shop = Shop::open(&world).await;
    let id = shop.ship("SO-1").await;
    let number = shop.booked(id).await;
    carrier.set_status(&number, "16");
    for (status, hour) in [("23", 20), ("25", 21), ("16", 22)] {
        let time = format!("2024-05-07T{hour}:00:00+07:00");
        world.webhook(&number, status, &time).await;
    }
    shop.until("the attempt to fail", id, |it| {
        (it.state == FulfilmentState::AttemptFailed).then_some(())
    })
    .await;
    // The first answer is lost: what was done then is not refused.
    carrier.has.lock().lost = 1;
    let answer = CarrierAnswer {
        wish: Wish::DeliverAgain,
        name: None,
        phone: Some("0900000009".to_owned()),
        address: None,
        delivery_time: None,
        note: String::new(),
    };
    let command = Command::AnswerCarrier {
        fulfilment: id,
        answer: Box::new(answer),
    };
    let done = world.hub.carry_out(&shop.merchant.principal, command).await;
    done.unwrap().unwrap();
    let heard = |it: &Fulfilment| {
        let booking = it.booking.as_ref()?;
        (booking.heard == 1).then(|| booking.refused.clone())
    };
    assert_eq!(
        shop.until("the carrier to have heard", id, heard).await,
        None
    );
    nothing_is_owed(&world, connection).await;
    let told = carrier.of("/CustomerConfirmDelivery");
    assert_eq!(told.len(), 2);
    let expected = json!({ "OrderCode": number, "ConfirmID": "1", "Notes": "", "DeliveryInfo": {
        "ReceiverName": "NGUYEN VAN VI DU", "ReceiverPhone": "0900000009", "DeliveryTime": null,
        "ReceiverAddress": "2 Sample St, Phường 02, Quận Tân Bình, TP. Hồ Chí Minh" } });
    assert_eq!(told, [expected.clone(), expected]);
    assert_eq!(carrier.orders()[0].status, "25");
    world.hub.stop().await.unwrap();
}

async fn a_connection_that_does_not_book_tells_nobody(world: World) {
    let carrier = Carrier::start().await;
    let connection = connect(&world, &carrier, &[("books", "false")]).await;
    world.hub.start();
    let shop = Shop::open(&world).await;
    let id = shop.ship("SO-1").await;
    assert_eq!(
        world.hub.store().count_bookings(connection).await.unwrap(),
        0
    );
    assert_eq!(shop.fulfilment(id).await.booking, None);
    assert!(carrier.receiver.received().is_empty());
    // Half of what is needed is not enough.
    let url = carrier.receiver.url("");
    let settings = texts(&[("apikey", "1"), ("books", "true"), ("username", "shop")]);
    let new = NewConnection {
        dialect: "247express".to_owned(),
        base_url: url,
        settings,
        operator: true,
        ..NewConnection::default()
    };
    let refused = world.hub.connect(new).await.unwrap_err();
    assert!(matches!(refused, HubError::Setting(_)), "{refused}");
    world.hub.stop().await.unwrap();
}

async fn a_shipment_of_another_system_is_cancelled_there(world: World) {
    let upstream = Receiver::start().await.unwrap();
    upstream.set_rule(|request| {
        let data = json!({ "status": 100, "tracking_code": "x", "created_time": 1_715_000_000 });
        let is_late = request.uri.path().ends_with("NHSV0002");
        let (status, code) = if is_late && request.method == "PATCH" {
            (409, json!("INVALID_STATUS"))
        } else {
            (200, Value::Null)
        };
        Answer::json(
            &json!({ "status_code": status, "data": data, "error": status != 200,
            "error_code": code, "log_id": null, "messages": "VI DU", "total": 1 }),
        )
    });
    let new = NewConnection {
        dialect: "nandh".to_owned(),
        base_url: upstream.url(""),
        settings: texts(&[("key", "NH-KEY-1"), ("books", "true")]),
        operator: true,
        ..NewConnection::default()
    };
    let connection = world.hub.connect(new).await.unwrap().id;
    world.hub.start();
    let mut shop = Shop::open(&world).await;
    let courier = json!({ "name": "N&H", "carrier": "nandh" });
    shop.courier = shop.merchant.put("couriers", courier).await;
    let taken = shop.ship_under("SO-1", &["NHSV0001"]).await;
    let late = shop.ship_under("SO-2", &["NHSV0002"]).await;
    let foreign = shop.ship_under("SO-3", &["COURIER-3"]).await;
    for id in [taken, late, foreign] {
        shop.cancel(id).await.unwrap();
    }
    shop.until("it to have heard", taken, |it| {
        it.booking.as_ref()?.cancelled
    })
    .await;
    let refused = shop
        .until("its refusal", late, |it| {
            it.booking.as_ref()?.refused.clone()
        })
        .await;
    assert_eq!((refused.deed, &*refused.code), (Deed::Cancel, "409"));
    nothing_is_owed(&world, connection).await;
    assert_eq!(shop.fulfilment(foreign).await.booking, None);
    let told: Vec<String> = upstream
        .received()
        .iter()
        .filter(|request| request.method == "PATCH")
        .map(|request| request.uri.path().to_owned())
        .collect();
    let mut expected =
        ["NHSV0001", "NHSV0002"].map(|it| format!("/api/v1/public/shipments/cancel/{it}"));
    let mut told = told;
    told.sort();
    told.dedup();
    expected.sort();
    assert_eq!(told, expected);
    world.hub.stop().await.unwrap();
}
