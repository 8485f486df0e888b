//! Track123's ocean and air cargo, by real requests to a whole installation: every error, and one
//! consignment of two containers through registrar, webhook, fold and facade.

use crate::harness::{Served, json_of};
use crate::installation::Installation;
use serde_json::{Value, json};
use trackway_dialects::Desk;
use trackway_dialects::track123::{self, Scheme};
use trackway_hub::{NewConnection, NewKey};

/// Rows of the dialect's conformance table that this module provokes.
pub const PROVOKED: &[&str] = &[
    "imported",
    "not-registered",
    "unsupported-carrier",
    "invalid-waybill",
    "quota",
    "wrong-type",
];

async fn key(own: &Installation) -> String {
    let new = NewKey {
        account: Some("shop".to_owned()),
        dialect: Some("track123".to_owned()),
        ..NewKey::default()
    };
    own.hub.create_key(new).await.unwrap().key
}

/// The envelope of a call.
async fn call(served: &Served, key: &str, path: &str, body: &Value) -> Value {
    let request = served
        .post(&format!("/gateway/open-api/tk/v2.1/{path}"))
        .header("Track123-Api-Secret", key)
        .json(body);
    json_of(request).await.1
}

fn unhurried() -> [(&'static str, &'static str); 2] {
    [
        ("track123.requests_per_second", "0"),
        ("track123.cargo_registrations_per_second", "0"),
    ]
}

#[tokio::test]
async fn every_error_of_an_item() {
    let own = Installation::with(&unhurried()).await;
    let key = key(&own).await;
    let item = json!({"trackingNo": "BL-0001", "type": 2, "carrierCode": "MAEU"});
    let with = |name: &str, value: Value| {
        let mut item = item.clone();
        item[name] = value;
        item
    };
    let items = json!([
        item,
        item,
        with("carrierCode", json!("NOLINE")),
        with("type", json!(4))
    ]);
    let told = call(&own.served, &key, "ocean/track/import", &items).await;
    assert_eq!(told["data"]["accepted"].as_array().unwrap().len(), 1);
    let errors = |told: &Value| {
        let rejected = told["data"]["rejected"].as_array().unwrap().iter();
        rejected.map(|it| it["error"].clone()).collect::<Vec<_>>()
    };
    let error = |msg: &str| json!({"code": "A0400", "msg": msg});
    assert_eq!(
        errors(&told),
        [
            error("The order number has been imported"),
            error("Unsupported carrier code"),
            error("type must be 1, 2 or 3"),
        ]
    );
    let asked = json!([{"orderNo": "577000000000000000", "trackingNo": "BL-0001", "type": 2}]);
    let told = call(&own.served, &key, "ocean/track/query", &asked).await;
    assert_eq!(errors(&told), [error("trackingNo not registered")]);
    let told = call(
        &own.served,
        &key,
        "aviation/track/import",
        &json!([{"trackingNo": "000-00000000"}]),
    )
    .await;
    assert_eq!(errors(&told), [error("Invalid air waybill number")]);
}

#[tokio::test]
async fn a_registration_takes_a_hundred_of_the_quota() {
    let mut settings = unhurried().to_vec();
    settings.push(("track123.quota_per_day", "199"));
    let own = Installation::with(&settings).await;
    let key = key(&own).await;
    let items = json!([{"trackingNo": "020-12345675"}, {"trackingNo": "020-41266466"}]);
    let told = call(&own.served, &key, "aviation/track/import", &items).await;
    assert_eq!(
        (&told["code"], &told["data"]),
        (&json!("101107"), &Value::Null)
    );
    let told = call(
        &own.served,
        &key,
        "aviation/track/import",
        &json!([items[0]]),
    )
    .await;
    assert_eq!(told["data"]["accepted"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_bill_of_lading_comes_by_webhook_and_is_told_with_its_containers() {
    let own = Installation::with(&unhurried()).await;
    let key = key(&own).await;
    let item = json!([{"trackingNo": "BL-0001", "type": 2, "carrierCode": "MAEU"}]);
    let told = call(&own.served, &key, "ocean/track/import", &item).await;
    let order = told["data"]["accepted"][0]["orderNo"].clone();
    let asked = json!([{"orderNo": order, "trackingNo": "BL-0001", "type": 2}]);
    let record = async || {
        let told = call(&own.served, &key, "ocean/track/query", &asked).await;
        told["data"]["accepted"][0].clone()
    };
    assert_eq!(record().await["searchStatus"], "INIT");

    let connection = NewConnection {
        account: Some("shop".to_owned()),
        dialect: "track123".to_owned(),
        base_url: "http://127.0.0.1:9".to_owned(),
        settings: [("key".to_owned(), "upstream-key".to_owned())].into(),
        operator: true,
        ..NewConnection::default()
    };
    let path = own.hub.connect(connection).await.unwrap().webhook_path;
    let token = path.rsplit('/').next().unwrap();
    let event = |code: &str, at: &str| {
        json!({"eventDetails": code, "eventStatus": code, "eventTime": at, "eventTimeUTC": null,
            "locationName": "Hamburg, DE", "locationType": "POD", "transitStatus": "IN_TRANSIT",
            "transitSubStatus": null, "vesselName": null, "voyage": null})
    };
    let container = |number: &str, status: &str, details: Value| {
        json!({"containerNo": number, "containerSize": "40", "containerType": "HC", "containerDetails": "40HC",
            "transitStatus": status, "transitSubStatus": null, "vesselName": null, "voyage": null,
            "lastTrackingTime": null, "currentStatus": null, "trackingDetails": details})
    };
    let data = json!({
        "orderNo": "577000000000000001", "trackingNo": "BL-0001", "type": 2, "searchStatus": "IN_TRANSIT",
        "createTime": "2026-05-01 08:00:00", "customerEmail": null,
        "carrierInfo": {"carrierCode": "MAEU", "carrierNameCN": "马士基", "carrierNameEN": "Maersk", "carrierHomePage": null},
        "containerInfo": [
            container("CSQU3054383", "DELIVERED", json!([event("GTOT", "2026-05-30 10:00:00"), event("DISC", "2026-05-29 10:00:00")])),
            container("MWCU6059784", "IN_TRANSIT", json!([event("DISC", "2026-05-29 11:00:00")])),
        ],
    });
    let timestamp = (own.hub.now() / 1_000).to_string();
    let signature = track123::sign(Scheme::Hmac, "upstream-key", &timestamp);
    let body = json!({"data": data, "verify": {"timestamp": timestamp, "signature": signature}});
    let sent = own
        .served
        .post(&format!("/in/{token}/track123"))
        .json(&body);
    let (status, answer) = json_of(sent).await;
    assert_eq!(
        (status.as_u16(), &answer["code"]),
        (200, &json!("00000")),
        "{answer}"
    );

    let told = record().await;
    let mut expected = data.clone();
    expected["orderNo"] = order.clone();
    expected["createTime"] = told["createTime"].clone();
    assert_eq!(
        told, expected,
        "as it came, but for the client's own members"
    );
    // One of two is delivered: the consignment is on its way, and says so in every dialect.
    let found = own
        .hub
        .explain(Some("shop"), None, "BL-0001")
        .await
        .unwrap();
    let explained = serde_json::to_value(&found[0]).unwrap();
    assert_eq!(explained["stage"], "in_transit", "{explained}");
    assert!(
        explained.to_string().contains("1 of 2 units"),
        "{explained}"
    );
}
