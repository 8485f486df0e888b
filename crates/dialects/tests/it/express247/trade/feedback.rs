//! What becomes of an order that waits for handling: five answers; and pictures of a delivered one.

use super::super::{answered, fixture, with};
use super::{CONFIRM, World, holds};
use serde_json::{Value, json};
use trackway_dialects::express247::NAME;
use trackway_model::Milestone;
use trackway_model::orders::{FulfilmentState, OrderState, Wish};

async fn pending(world: &World) -> String {
    let code = world.ordered(&json!({})).await;
    world.parcel(&code, Milestone::OutForDelivery).await;
    world.parcel(&code, Milestone::PendingHandling).await;
    assert_eq!(
        world.shipment(&code).await.state,
        FulfilmentState::AttemptFailed
    );
    code
}

fn elsewhere() -> Value {
    json!({
        "ReceiverName": "Trần Thị Mẫu", "ReceiverAddress": "5 Phố Khác", "ReceiverPhone": "0900000033",
        "DeliveryTime": "2024-05-09 10:00"
    })
}

#[tokio::test]
async fn the_five_answers_move_an_order_that_waits() {
    for (id, wish, state, status, order) in [
        (
            json!(1),
            Wish::DeliverAgain,
            FulfilmentState::AwaitingRedelivery,
            "25",
            OrderState::Delivering,
        ),
        (
            json!("2"),
            Wish::Return,
            FulfilmentState::Returning,
            "27",
            OrderState::Delivering,
        ),
        (
            json!(3),
            Wish::ReturnElsewhere,
            FulfilmentState::Returning,
            "27",
            OrderState::Delivering,
        ),
        (
            json!("4"),
            Wish::Forward,
            FulfilmentState::AwaitingRedelivery,
            "25",
            OrderState::Delivering,
        ),
        (
            json!(5),
            Wish::Destroy,
            FulfilmentState::Lost,
            "18",
            OrderState::CourierLost,
        ),
    ] {
        let world = World::new().await;
        let code = pending(&world).await;
        world.desk.pass(60_000_000);
        let body = json!({"OrderCode": code, "ConfirmID": id, "Notes": "please", "DeliveryInfo": elsewhere()});
        let reply = world.call(CONFIRM, &body).await;
        holds(
            &reply.body,
            r#"{"IsError":false,"Errors":[],"ErrorMessage":"","ErrorCode":""}"#,
        );
        let shipment = world.shipment(&code).await;
        assert_eq!(shipment.state, state, "{wish}");
        let wished = &shipment.wishes[0];
        assert_eq!((wished.wish, wished.note.as_str()), (wish, "please"));
        assert_eq!(wished.delivery_time.as_deref(), Some("2024-05-09 10:00"));
        let receiver = shipment.receiver.unwrap();
        assert_eq!(
            (receiver.name.as_str(), receiver.address.line.as_str()),
            ("Trần Thị Mẫu", "5 Phố Khác")
        );
        assert_eq!(
            world.desk_order(shipment.order.0).await.state,
            order,
            "{wish}"
        );
        let told = world.told(&code);
        let last = told.last().unwrap();
        assert_eq!(
            (&last["Status"], &last["RequestFeedbackCount"]),
            (&json!(status), &json!(1)),
            "{wish}"
        );
        let again = world.refused(CONFIRM, &body).await;
        assert_eq!(
            again,
            ("14".to_owned(), json!("OrderCode")),
            "{wish}: it waits no more"
        );
    }
}

#[tokio::test]
async fn a_mistake_has_its_number_and_leaves_nothing() {
    let world = World::new().await;
    let code = pending(&world).await;
    let before = world.shipment(&code).await;
    for (members, number, property) in [
        (json!({"ConfirmID": null}), "22", "ConfirmID"),
        (json!({"ConfirmID": 0}), "22", "ConfirmID"),
        (json!({"ConfirmID": 6}), "22", "ConfirmID"),
        (json!({"ConfirmID": "again"}), "22", "ConfirmID"),
        (
            json!({"ConfirmID": 3, "DeliveryInfo": null}),
            "23",
            "DeliveryInfo",
        ),
        (
            json!({"ConfirmID": 4, "DeliveryInfo": null}),
            "23",
            "DeliveryInfo",
        ),
        (
            json!({"ConfirmID": 4, "DeliveryInfo": "home"}),
            "24",
            "DeliveryInfo",
        ),
        (
            json!({"ConfirmID": 4, "DeliveryInfo": {"DeliveryTime": []}}),
            "24",
            "DeliveryInfo.DeliveryTime",
        ),
        (
            json!({"ConfirmID": 4, "DeliveryInfo": {"ReceiverPhone": "1"}}),
            "17",
            "ReceiverAddress",
        ),
        (
            json!({"ConfirmID": 4, "DeliveryInfo": {"ReceiverAddress": "1", "ReceiverProvinceName": "Nowhere"}}),
            "3",
            "ReceiverProvinceName",
        ),
        (
            json!({"ConfirmID": 4, "DeliveryInfo": {"ReceiverAddress": "1", "ReceiverProvinceName": "Hà Nội",
            "ReceiverDistrictName": "Quận 1"}}),
            "2",
            "ReceiverDistrictName",
        ),
        (
            json!({"ConfirmID": 4, "DeliveryInfo": {"ReceiverAddress": "1", "ReceiverProvinceName": "Hà Nội",
            "ReceiverDistrictName": "Quận Hoàn Kiếm", "ReceiverWardName": "Phường 2"}}),
            "1",
            "ReceiverWardName",
        ),
    ] {
        let mut body = members.clone();
        body["OrderCode"] = json!(code);
        let told = world.refused(CONFIRM, &body).await;
        assert_eq!(told, (number.to_owned(), json!(property)), "{members}");
    }
    assert_eq!(world.shipment(&code).await, before);
    let fresh = world.ordered(&json!({})).await;
    let early = json!({"OrderCode": fresh, "ConfirmID": 1});
    assert_eq!(world.refused(CONFIRM, &early).await.0, "14");
}

#[tokio::test]
async fn pictures_are_those_of_the_tracking_answer() {
    let world = World::new().await;
    let code = world.ordered(&json!({"OrderCode": "VD0000001"})).await;
    let path = "/Api/Customer/GetOrderImages";
    let body = json!({"OrderCode": code});
    assert_eq!(world.made(path, &body).await["Images"], json!([]));
    let connection = world
        .desk
        .connection(super::SHOP, NAME, "token", &[("apikey", "k")]);
    let document = with(
        fixture!("tracking-undelivered.json"),
        "\"confirmImage\":null",
        "\"confirmImage\":[\"https://pictures.example.invalid/1.jpg\"]",
    );
    answered(&world.desk, connection, &code, &document);
    let told = world.made(path, &body).await;
    assert_eq!(
        told["Images"],
        json!(["https://pictures.example.invalid/1.jpg"])
    );
    assert_eq!(told["OrderCode"], code.as_str());
    let unknown = world
        .refused(path, &json!({"OrderCode": "VD9999999"}))
        .await;
    assert_eq!(unknown, ("13".to_owned(), json!("OrderCode")));
    assert_eq!(world.refused(path, &json!({})).await.0, "15");
}
