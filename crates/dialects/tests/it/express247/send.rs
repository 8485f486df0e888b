//! The webhook sent by us: what is told, in which words, with which credential; what answers mean.

use super::{SHOP, TOKEN, WEBHOOK_KEY, answered, desk, fixture, post, track, with};
use crate::support::FakeDesk;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::sync::Arc;
use trackway_dialects::desk::Settings;
use trackway_dialects::dialect::{Ack, Answer, Hook, Message, Outgoing, Subscriber};
use trackway_dialects::express247::{self, Express247, NAME};
use trackway_dialects::raw::Object;
use trackway_model::CodeKind;
use trackway_model::change::{ChangeKind, ShipmentChange};
use trackway_model::view::ShipmentView;

const MEMBERS: &[&str] = &[
    "ApiKey",
    "OrderCode",
    "ExternalCode",
    "ReferenceCode",
    "Status",
    "StatusName",
    "Description",
    "RequestFeedbackCount",
    "DelayCode",
    "DelayNotes",
    "DeliveryNotes",
    "Mailman",
    "DeliveryDate",
    "ReceiverName",
    "TransactionId",
    "Time",
];

async fn told(desk: &Arc<FakeDesk>, body: &str) {
    let reply = post(
        desk,
        &format!("/in/{TOKEN}/IntergrationAPI"),
        &[],
        body.to_owned(),
    )
    .await;
    assert_eq!(reply.raw("IsError"), "false", "{}", reply.body);
}

fn tells(change: &ShipmentChange, view: &ShipmentView) -> Vec<Option<u16>> {
    Express247.tells(express247::vocabulary(), change, view)
}

fn encode(
    change: &ShipmentChange,
    view: &ShipmentView,
    ordinal: Option<u16>,
    settings: &[(&str, &str)],
) -> Outgoing {
    let settings: Settings = settings
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    let secret = SecretString::from("the-endpoints-secret");
    let subscriber = Subscriber {
        url: "https://shop.example",
        settings: &settings,
        secret: &secret,
        former: None,
    };
    let message = Message {
        id: "msg_1",
        sequence: 7,
        change,
        view,
        statement: ordinal.map(|ordinal| view.statement(ordinal).unwrap()),
        registration: None,
        now: change.learned,
    };
    let sent = Express247.encode(express247::vocabulary(), &subscriber, &message);
    sent.unwrap()
}

/// The one message of the newest change.
fn newest(desk: &FakeDesk, settings: &[(&str, &str)]) -> Outgoing {
    let change = desk.changes().pop().unwrap();
    let view = desk
        .view(SHOP, NAME, "VD0000001")
        .or_else(|| desk.view(SHOP, NAME, "VD0000002"))
        .unwrap();
    let told = tells(&change, &view);
    assert_eq!(told.len(), 1);
    encode(&change, &view, told[0], settings)
}

fn body(sent: &Outgoing) -> Value {
    serde_json::from_slice(&sent.body).unwrap()
}

#[tokio::test]
async fn what_came_by_webhook_goes_out_with_every_member_it_came_with() {
    let (desk, _) = desk();
    told(&desk, fixture!("webhook-delayed.json")).await;
    let sent = newest(&desk, &[("apikey", "THE-SHOPS-KEY")]);
    let expected = with(
        fixture!("webhook-delayed.json"),
        WEBHOOK_KEY,
        "THE-SHOPS-KEY",
    );
    assert_eq!(
        String::from_utf8(sent.body.clone()).unwrap().trim(),
        expected.trim()
    );
    assert_eq!(sent.url, "https://shop.example/IntergrationAPI");
    assert_eq!(sent.method, http::Method::POST);
    // A newer answer in between changes nothing of it.
    assert!(Object::parse(&sent.body).is_ok());
}

#[tokio::test]
async fn an_older_revisions_numbers_are_sent_as_texts() {
    let (desk, _) = desk();
    let present = fixture!("webhook-delayed.json");
    let older = with(present, r#""Status":"16""#, r#""Status":16"#);
    told(
        &desk,
        &with(&older, r#""DelayCode":"10""#, r#""DelayCode":10"#),
    )
    .await;
    let sent = newest(&desk, &[("apikey", "THE-SHOPS-KEY")]);
    let expected = with(present, WEBHOOK_KEY, "THE-SHOPS-KEY");
    let sent = String::from_utf8(sent.body).unwrap();
    assert_eq!(sent.trim(), expected.trim());
}

#[tokio::test]
async fn the_credential_is_the_endpoints() {
    let (desk, _) = desk();
    told(&desk, fixture!("webhook-delivering.json")).await;
    let basic = newest(&desk, &[("user", "we"), ("password", "secret")]);
    assert!(body(&basic).get("ApiKey").is_none());
    let header = basic
        .headers
        .iter()
        .find(|(name, _)| name == "authorization")
        .unwrap();
    assert_eq!(header.1.to_str().unwrap(), "Basic d2U6c2VjcmV0");
    assert!(header.1.is_sensitive());
    let unset = newest(&desk, &[]);
    assert_eq!(body(&unset)["ApiKey"], "the-endpoints-secret");
    for sent in [&basic, &unset] {
        assert!(!String::from_utf8_lossy(&sent.body).contains(WEBHOOK_KEY));
    }
}

#[test]
fn what_an_answer_told_is_put_in_the_webhooks_words() {
    let (desk, connection) = desk();
    let first = fixture!("tracking-undelivered.json");
    let before = first.replace(
        ",{\"time\":\"2024-05-07T10:01:02.4+07:00\",\"status\":\"16\",\"statusName\":\"CHOXULY\",\"trackingName\":\"Chờ xử lý\",\"provinceName\":\"HẢI PHÒNG\",\"postOfficeName\":\"Bưu cục B\"}",
        "",
    );
    let before = with(&before, "\"status\":\"16\"", "\"status\":\"25\"");
    answered(&desk, connection, "VD0000001", &before);
    desk.pass(1_000_000);
    answered(&desk, connection, "VD0000001", first);
    let sent = newest(&desk, &[("apikey", "K")]);
    let object = Object::parse(&sent.body).unwrap();
    let names: Vec<String> = object.members().map(|member| member.name.into()).collect();
    assert_eq!(names, MEMBERS);
    let transaction = body(&sent)["TransactionId"].as_str().unwrap().to_owned();
    assert_eq!(transaction.len(), 36);
    assert_eq!(transaction, transaction.to_lowercase());
    assert_eq!(
        body(&sent),
        json!({
            "ApiKey": "K", "OrderCode": "VD0000001", "ExternalCode": "SO-7781", "ReferenceCode": null,
            "Status": "16", "StatusName": "CHOXULY",
            "Description": "Change order status: DANGDIPHAT ==> CHOXULY",
            "RequestFeedbackCount": 0, "DelayCode": "12", "DelayNotes": "Người nhận không nghe máy",
            "DeliveryNotes": null, "Mailman": null, "DeliveryDate": null, "ReceiverName": null,
            "TransactionId": transaction, "Time": "2024-05-07T10:01:02.4+07:00",
        })
    );
    // The same over retries.
    assert_eq!(newest(&desk, &[("apikey", "K")]).body, sent.body);
}

#[test]
fn the_first_that_is_known_of_a_shipment_has_no_status_before() {
    let (desk, connection) = desk();
    answered(
        &desk,
        connection,
        "VD0000002",
        fixture!("tracking-delivered.json"),
    );
    let sent = body(&newest(&desk, &[]));
    assert_eq!(sent["Status"], "30");
    assert_eq!(sent["Description"], Value::Null);
    assert_eq!(sent["Time"], "2024-06-04T09:31:50.4946223+07:00");
    assert_eq!(sent["Mailman"], "PHAM VAN GIA DINH");
    assert_eq!(sent["ReceiverName"], "TRAN THI MAU");
    assert_eq!(sent["DeliveryDate"], "2024-06-04T09:31:50.4946223+07:00");
    assert_eq!(sent["DeliveryNotes"], "Giao tại quầy lễ tân");
}

#[tokio::test]
async fn nothing_is_told_where_the_status_is_the_same_or_the_past_was_revised() {
    let (desk, connection) = desk();
    let body = fixture!("tracking-undelivered.json");
    answered(&desk, connection, "VD0000001", body);
    let view = desk.view(SHOP, NAME, "VD0000001").unwrap();
    let change = desk.changes().pop().unwrap();
    assert_eq!(tells(&change, &view), [None]);
    let revised = ShipmentChange {
        kind: ChangeKind::Revised,
        ..change.clone()
    };
    assert!(tells(&revised, &view).is_empty());
    let same = ShipmentChange {
        before: Some(change.after),
        ..change
    };
    assert!(tells(&same, &view).is_empty());
    // A webhook is always told, also where the status was known; revised, never.
    desk.pass(1_000_000);
    told(&desk, fixture!("webhook-delayed.json")).await;
    let view = desk.view(SHOP, NAME, "VD0000001").unwrap();
    let change = desk.changes().pop().unwrap();
    let told = tells(&change, &view);
    assert_eq!(told.len(), 1);
    assert!(told[0].is_some());
    assert!(
        tells(
            &ShipmentChange {
                kind: ChangeKind::Revised,
                ..change
            },
            &view
        )
        .is_empty()
    );
}

#[tokio::test]
async fn with_its_origin_kept_every_code_returns_as_spelt() {
    let table = express247::vocabulary();
    let statuses = table
        .of_kind(CodeKind::Shipment)
        .map(|row| (row.code.as_str(), None));
    let delays = table
        .of_kind(CodeKind::Reason)
        .map(|row| ("16", Some(row.code.as_str())));
    for (status, delay) in statuses
        .chain(delays)
        .chain([("29", Some("99")), ("007", None)])
    {
        let (desk, _) = desk();
        let update = json!({
            "OrderCode": "VD0000001", "Status": status, "StatusName": "AS_SPELT",
            "DelayCode": delay, "DelayNotes": delay, "Time": "2024-05-08T08:10:02.4946223+07:00",
        });
        told(&desk, &update.to_string()).await;
        let sent = body(&newest(&desk, &[]));
        assert_eq!(
            (&sent["Status"], &sent["DelayCode"]),
            (&json!(status), &json!(delay))
        );
        assert_eq!(sent["StatusName"], "AS_SPELT");
        let answer = track(&desk, "VD0000001").await.json();
        assert_eq!(
            (&answer["status"], &answer["delayCode"]),
            (&json!(status), &json!(delay))
        );
        assert_eq!(answer["statuses"][0]["status"], status);
        assert_eq!(answer["statuses"][0]["statusName"], "AS_SPELT");
    }
}

#[test]
fn answers_are_judged() {
    let judge = |status, body: &[u8]| {
        Express247.judge(&Answer {
            status,
            retry_after_s: None,
            body,
        })
    };
    assert_eq!(
        judge(200, br#"{"IsError": false, "ErrorMessage": ""}"#),
        Ack::Accepted
    );
    assert_eq!(judge(200, br#"{"isError":"False"}"#), Ack::Accepted);
    assert_eq!(
        judge(
            200,
            br#"{"IsError": true, "ErrorMessage": "unknown order"}"#
        ),
        Ack::PartnerError("unknown order".to_owned())
    );
    for (status, body) in [
        (200, &b"OK"[..]),
        (200, b"{}"),
        (200, b""),
        (200, b"\xff"),
        (204, b""),
        (401, br#"{"IsError": true, "ErrorMessage": "no"}"#),
        (500, br#"{"IsError": false, "ErrorMessage": ""}"#),
    ] {
        assert!(
            matches!(judge(status, body), Ack::CallFailed(_)),
            "{status}"
        );
    }
    assert_eq!(Express247.retries().len(), 3);
}

#[tokio::test]
async fn the_sequence_number_is_a_header_since_the_body_is_the_vendors() {
    let (desk, _) = desk();
    told(&desk, fixture!("webhook-delivering.json")).await;
    let sent = newest(&desk, &[]);
    let header = sent
        .headers
        .iter()
        .find(|(name, _)| name == "trackway-sequence");
    assert_eq!(header.unwrap().1, "7");
    assert_eq!(body(&sent).get("sequence"), None);
}

fn subscriber<'a>(
    settings: &'a Settings,
    secret: &'a SecretString,
    former: Option<&'a SecretString>,
) -> Subscriber<'a> {
    Subscriber {
        url: "https://shop.example",
        settings,
        secret,
        former,
    }
}

#[test]
fn a_replaced_key_is_sent_to_the_end_of_its_overlap() {
    let (new, old) = (SecretString::from("new-key"), SecretString::from("old-key"));
    let none = Settings::new();
    let key = |former| {
        let sent = Express247.test(&subscriber(&none, &new, former), "msg_1", 0);
        body(&sent)["ApiKey"].clone()
    };
    assert_eq!(key(Some(&old)), "old-key");
    assert_eq!(key(None), "new-key");
    // What the settings name is sent, whatever the secret is.
    let settings = Settings::from([("apikey".to_owned(), "theirs".to_owned())]);
    let sent = Express247.test(&subscriber(&settings, &new, Some(&old)), "msg_1", 0);
    assert_eq!(body(&sent)["ApiKey"], "theirs");
    let proof = |settings| Express247.proof(settings, &new);
    assert!(proof(&none).own_secret && !proof(&settings).own_secret);
    let basic = Settings::from([("user".to_owned(), "shop".to_owned())]);
    assert_eq!((proof(&none).kind, proof(&basic).kind), ("apikey", "basic"));
}

#[test]
fn a_test_is_marked_and_of_the_vendors_form() {
    let (none, secret) = (Settings::new(), SecretString::from("the-endpoints-secret"));
    let sent = Express247.test(
        &subscriber(&none, &secret, None),
        "msg_1",
        1_715_133_660_000_000,
    );
    assert_eq!(sent.url, "https://shop.example/IntergrationAPI");
    let marked = sent
        .headers
        .iter()
        .any(|(name, value)| name == "trackway-test" && value == "1");
    assert!(marked);
    insta::assert_json_snapshot!(body(&sent));
}
