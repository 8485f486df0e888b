//! From a webhook in to a webhook out and the log of it, over real HTTP at every step.

use crate::harness::json_of;
use crate::installation::{Installation, Shop};
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use std::time::Duration;
use trackway_hub::NewEndpoint;
use trackway_testkit::{Answer, Receiver, eventually};

const PATIENCE: Duration = Duration::from_secs(20);

async fn subscribe(own: &Installation, shop: &Shop, url: String) {
    let new = NewEndpoint {
        account: Some(shop.name.to_owned()),
        dialect: Some("247express".to_owned()),
        url,
        settings: [("apikey".to_owned(), "PARTNERS-KEY".to_owned())].into(),
        operator: true,
    };
    own.hub.add_endpoint(new).await.unwrap();
}

/// The status log of a shop's whole day.
async fn log(own: &Installation, shop: &Shop) -> Vec<Value> {
    let login =
        json!({"UserName": shop.express247.user_name, "Password": shop.express247.password});
    let session = own
        .post("/api/Client/ClientLogin", &login.to_string())
        .await
        .1;
    let request = own
        .served
        .post("/api/Customer/GetStatusLogs")
        .header("ClientID", session["ClientID"].as_i64().unwrap())
        .header("Token", session["Token"].as_str().unwrap())
        .header(CONTENT_TYPE, "application/json")
        .body(r#"{"FromDate":"2026-06-01","ToDate":"2026-06-02","OrderCodes":"VD0000001"}"#);
    let answer = json_of(request).await.1;
    let orders = answer["Data"]["Orders"]
        .as_array()
        .unwrap_or_else(|| panic!("{answer}"));
    orders
        .iter()
        .flat_map(|order| order["Histories"].as_array().unwrap().clone())
        .collect()
}

#[tokio::test]
async fn a_webhook_passes_with_every_member_and_the_log_tells_what_became_of_it() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let (pleased, displeased) = (
        Receiver::start().await.unwrap(),
        Receiver::start().await.unwrap(),
    );
    pleased.set_rule(|_| Answer::json(&json!({"IsError": false, "ErrorMessage": ""})));
    displeased
        .set_rule(|_| Answer::json(&json!({"IsError": true, "ErrorMessage": "unknown order"})));
    for url in [
        pleased.url("/in"),
        displeased.url("/in"),
        "http://127.0.0.1:9/in".to_owned(),
    ] {
        subscribe(&own, &shop, url).await;
    }
    own.hub.start();
    let sent = json!({
        "ApiKey": shop.webhook_key(),
        "OrderCode": "VD0000001",
        "ExternalCode": "SO-7781",
        "ReferenceCode": "PO-55",
        "Status": "16",
        "StatusName": "CHOXULY",
        "Description": "Change order status: DANGDIPHAT ==> CHOXULY",
        "RequestFeedbackCount": 2,
        "DelayCode": "12",
        "DelayNotes": "Người nhận không nghe máy",
        "DeliveryNotes": null,
        "Mailman": "Trần Văn Mẫu",
        "DeliveryDate": null,
        "ReceiverName": null,
        "TransactionId": "11112222-3333-4444-5555-666677778888",
        "Time": "2026-06-01T16:10:02.4946223+07:00",
        "SomethingNew": {"kept": [1.50]},
    });
    let (_, answer) = own.post("/IntergrationAPI", &sent.to_string()).await;
    assert_eq!(answer["IsError"], false);

    let told = pleased.wait_for(1, PATIENCE).await.unwrap()[0]
        .json()
        .unwrap();
    assert_eq!(
        told["ApiKey"], "PARTNERS-KEY",
        "the subscriber's key, never the carrier's"
    );
    for (member, value) in sent.as_object().unwrap() {
        if member != "ApiKey" {
            assert_eq!(&told[member], value, "{member}");
        }
    }
    displeased.wait_for(1, PATIENCE).await.unwrap();

    let lines = eventually("three outcomes in the log", PATIENCE, async || {
        Some(log(&own, &shop).await).filter(|lines| lines.len() == 3)
    })
    .await
    .unwrap();
    let told = |line: &Value| {
        (
            line["IsCallError"] == true,
            line["IsPartnerResponseError"] == true,
            line["PartnerResponseErrorMsg"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    };
    let mut outcomes: Vec<_> = lines.iter().map(told).collect();
    outcomes.sort();
    let expected = [
        (false, false, ""),
        (false, true, "unknown order"),
        (true, false, ""),
    ];
    assert_eq!(
        outcomes,
        expected.map(|(call, partner, text)| (call, partner, text.to_owned()))
    );
    for line in &lines {
        assert_eq!(
            (&line["Status"], &line["DelayCode"]),
            (&json!("16"), &json!("12"))
        );
        assert!(
            !line.to_string().contains("KEY"),
            "a credential stands in the log: {line}"
        );
        assert_eq!(
            line["IsCallError"] == true,
            line["ErrorMessage"] != "",
            "{line}"
        );
    }
    own.hub.stop().await.unwrap();
}
