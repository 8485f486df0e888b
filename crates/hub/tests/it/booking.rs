//! Carriers are told of fulfilments: 247Express answers as its reference says, and knows what it was told
//! only. Answers may be lost on their way.

mod carrier;
mod passed_on;

pub use carrier::Shop;
use carrier::*;

use crate::on_both_stores;
use crate::world::{LIMIT, World, texts};
use serde_json::{Value, json};
use std::time::Duration;
use trackway_dialects::desk::Trade;
use trackway_hub::{HubError, NewConnection};
use trackway_model::orders::{
    Body, CarrierAnswer, Command, Deed, Fulfilment, FulfilmentState, Kind, Refusal, Wish,
};
use trackway_testkit::{Answer, Receiver, eventually};

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
    let shop = Shop::open(&world).await;
    // One that was never told is not told of.
    let other = shop.ship("SO-2").await;
    shop.cancel(other).await.unwrap();
    world.hub.start();
    nothing_is_owed(&world, connection).await;
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
