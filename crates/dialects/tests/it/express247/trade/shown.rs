//! What the tracking answer says of an order that was made here: the members of §4.2 that were asked for
//! and priced, whatever its carrier says of them.

use super::super::{answered, fixture, track, with};
use super::{CREATE, UPDATE, World, holds};
use serde_json::json;
use trackway_dialects::express247::NAME;

/// By hand from §4.2: prices with four decimals, the cash with three.
const PRICED: &str = r#"{"errorMessage":null,"errorCode":null,"orderCode":"VD0000001","externalCode":"SO-7781","status":"21",
"serviceTypeID":"DE","mailerTypeID":"TL","extraServiceName":"Báo phát","length":20,"width":15,"height":10,
"realWeight":0.8,"calWeight":0.5,"weight":0.8,"quantity":1,
"price":20000.0000,"priceFR":0.0000,"farRegionFeeAmount":0.0000,"fuelFeeAmount":4000.0000,"vatAmount":3000.0000,"totalServiceCost":33000.0000,
"codAmount":0.000,
"priceInfo":[{"serviceName":"Chuyển phát nhanh","serviceID":"DE","cost":20000.0000},{"serviceName":"Báo phát","serviceID":"BP","cost":6000.0000},{"serviceName":"Phí xăng dầu","serviceID":"Fuel","cost":4000.0000},{"serviceName":"Phí VAT","serviceID":"VAT","cost":3000.0000}]}"#;

#[tokio::test]
async fn measures_and_price_are_those_that_were_asked_for() {
    let world = World::new().await;
    world.made(CREATE, &world.wanted()).await;
    let reply = track(&world.desk, "VD0000001").await;
    let golden: String = PRICED.lines().collect();
    holds(&reply.body, &golden);
    // What is changed is shown at once.
    let more =
        json!({"OrderInfo": {"OrderCode": "VD0000001", "CODAmount": 150_000, "RealWeight": 1.2}});
    let told = world.made(UPDATE, &more).await;
    let total = told["OrderInfo"]["TotalServiceCost"].as_i64().unwrap();
    let reply = track(&world.desk, "VD0000001").await;
    assert_eq!(reply.raw("codAmount"), "150000.000");
    assert_eq!(reply.raw("realWeight"), "1.2");
    assert_eq!(reply.raw("totalServiceCost"), format!("{total}.0000"));
}

#[tokio::test]
async fn what_no_card_priced_has_no_price() {
    let world = World::new().await;
    let code = world
        .ordered(&json!({"ServiceTypeID": "PTN", "ExtraServices": []}))
        .await;
    let reply = track(&world.desk, &code).await;
    for member in [
        "price",
        "priceFR",
        "vatAmount",
        "totalServiceCost",
        "priceInfo",
        "extraServiceName",
    ] {
        assert_eq!(reply.raw(member), "null", "{member}");
    }
    assert_eq!(
        (reply.raw("serviceTypeID"), reply.raw("quantity")),
        ("\"PTN\"".to_owned(), "1".to_owned())
    );
}

#[tokio::test]
async fn a_carriers_own_answer_keeps_all_but_what_we_ask_for_it() {
    let world = World::new().await;
    world.made(CREATE, &world.wanted()).await;
    let connection = world.desk.connection(super::SHOP, NAME, "express", &[]);
    let body = fixture!("tracking-undelivered.json");
    let body = with(
        body,
        "\"totalServiceCost\":32400.0000",
        "\"totalServiceCost\":1.0000",
    );
    answered(&world.desk, connection, "VD0000001", &body);
    let reply = track(&world.desk, "VD0000001").await;
    assert_eq!(reply.raw("totalServiceCost"), "33000.0000");
    assert_eq!(reply.raw("orderCode"), "\"VD0000001\"");
    assert_eq!(reply.json()["status"], "16");
    // An order that was not made here is shown as its carrier tells of it.
    let body = with(&body, "VD0000001", "VD0000009");
    answered(&world.desk, connection, "VD0000009", &body);
    assert_eq!(
        track(&world.desk, "VD0000009")
            .await
            .raw("totalServiceCost"),
        "1.0000"
    );
}
