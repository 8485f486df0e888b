//! Lossless passage: what came in by the call goes out by the facade, overlaid by later webhooks in
//! the overlay table's members only, until the next answer.

use super::{KEY, TOKEN, answered, desk, fixture, get, post, track, with};
use crate::support::FakeDesk;
use proptest::prelude::*;
use std::sync::Arc;
use trackway_dialects::raw::Object;

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

#[tokio::test]
async fn every_answer_goes_out_as_it_came_in() {
    for (number, body) in [
        ("VD0000001", fixture!("tracking-undelivered.json")),
        ("VD0000002", fixture!("tracking-delivered.json")),
        ("VD0000003", fixture!("tracking-every-status.json")),
        ("VD0000004", fixture!("tracking-null-lists.json")),
        ("VD0000005", fixture!("tracking-strange.json")),
    ] {
        let (desk, connection) = desk();
        answered(&desk, connection, number, body);
        assert_eq!(track(&desk, number).await.body, body);
        // The same answer again changes nothing.
        desk.pass(60_000_000);
        answered(&desk, connection, number, body);
        assert_eq!(track(&desk, number).await.body, body);
    }
}

#[tokio::test]
async fn a_later_webhook_overlays_its_members_and_the_next_answer_clears_them() {
    let (desk, connection) = desk();
    let body = fixture!("tracking-undelivered.json");
    answered(&desk, connection, "VD0000001", body);
    desk.pass(1_000_000);
    told(&desk, fixture!("webhook-delivering.json")).await;

    let expected = with(
        &with(
            body,
            "\"status\":\"16\",\"statusName\":\"CHOXULY\",\"trackingName\":\"Chờ xử lý\",\"delayCode\":\"12\",\"delayNote\":\"Người nhận không nghe máy\"",
            "\"status\":\"25\",\"statusName\":\"DANGDIPHAT\",\"trackingName\":\"Đang đi phát\",\"delayCode\":null,\"delayNote\":null",
        ),
        "\"mailMan\":null",
        "\"mailMan\":\"PHAM VAN GIA DINH\"",
    );
    assert_eq!(track(&desk, "VD0000001").await.body, expected);

    desk.pass(1_000_000);
    told(&desk, fixture!("webhook-delayed.json")).await;
    let reply = track(&desk, "VD0000001").await;
    assert_eq!(reply.raw("status"), "\"16\"");
    assert_eq!(reply.raw("delayCode"), "\"10\"");
    assert_eq!(reply.raw("delayNote"), "\"Khách hẹn giao chiều mai\"");
    assert_eq!(reply.raw("price"), "25000.0000");

    // The next answer says it all anew.
    desk.pass(1_000_000);
    let next = body.replace("\"mailMan\":null", "\"mailMan\":\"HOANG VAN MOI\"");
    answered(&desk, connection, "VD0000001", &next);
    assert_eq!(track(&desk, "VD0000001").await.body, next);
    // Also when it is the very answer that was held before.
    desk.pass(1_000_000);
    told(
        &desk,
        &fixture!("webhook-delayed.json").replace("08:40:55.1", "08:50:55.1"),
    )
    .await;
    assert_ne!(track(&desk, "VD0000001").await.body, next);
    desk.pass(1_000_000);
    answered(&desk, connection, "VD0000001", &next);
    assert_eq!(track(&desk, "VD0000001").await.body, next);
}

#[tokio::test]
async fn webhooks_overlay_by_what_they_tell_not_by_their_arrival() {
    let (desk, connection) = desk();
    let body = fixture!("tracking-undelivered.json");
    answered(&desk, connection, "VD0000001", body);
    desk.pass(1_000_000);
    told(&desk, fixture!("webhook-delayed.json")).await;
    desk.pass(1_000_000);
    // Half an hour older, but it came later.
    told(&desk, fixture!("webhook-delivering.json")).await;
    assert_eq!(track(&desk, "VD0000001").await.raw("status"), "\"16\"");
    // Older than all that the answer tells: nothing of it is news.
    let (desk, connection) = self::desk();
    answered(&desk, connection, "VD0000001", body);
    desk.pass(1_000_000);
    let late = with(
        fixture!("webhook-delivering.json"),
        "2024-05-08T08:10:02.4946223",
        "2024-05-07T08:15:40.41",
    );
    told(&desk, &late).await;
    assert_eq!(track(&desk, "VD0000001").await.body, body);
}

#[tokio::test]
async fn an_overlay_adds_members_that_the_answer_lacks_and_keeps_types() {
    let (desk, connection) = desk();
    let body = r#"{ "orderCode":"VD0000009" , "status":"23", "statuses": [], "trackings": [], "extra": 1e2 }"#;
    answered(&desk, connection, "VD0000009", body);
    desk.pass(1_000_000);
    told(&desk, r#"{"OrderCode":"VD0000009","Status":30,"StatusName":"PHATTHANHCONG","DelayCode":7,"ReceiverName":"TRAN THI MAU","Mailman":null,"Time":"2024-05-08T08:00:00+07:00"}"#).await;
    assert_eq!(
        track(&desk, "VD0000009").await.body,
        r#"{ "orderCode":"VD0000009" , "status":"30", "statuses": [], "trackings": [], "extra": 1e2 ,"statusName":"PHATTHANHCONG","delayCode":"7","receiverName":"TRAN THI MAU","trackingName":"Phát thành công"}"#
    );
}

/// A JSON number in a spelling that a float would lose.
fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?",
        Just("32000.0000".to_owned()),
        Just("1e2".to_owned()),
        Just("-0.0".to_owned()),
    ]
}

fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        number(),
        Just("null".to_owned()),
        Just("false".to_owned()),
        Just("\"\\u0041\\/\\ud83d\\ude00\"".to_owned()),
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
    ];
    leaf.prop_recursive(16, 40, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3)
                .prop_map(|list| format!("[ {} ]", list.join(" , "))),
            prop::collection::vec((any::<String>(), inner), 0..3).prop_map(object),
        ]
    })
}

fn object(members: Vec<(String, String)>) -> String {
    let members: Vec<String> = members
        .into_iter()
        .map(|(name, value)| format!("{} :\n{value}", serde_json::Value::from(name)))
        .collect();
    format!("{{{}}}", members.join(","))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
}

proptest! {
    #[test]
    fn unknown_members_of_any_kind_pass(extra in prop::collection::vec(("x[a-z]{0,9}", value()), 0..6)) {
        let known = Object::of_text(fixture!("tracking-undelivered.json").trim()).unwrap();
        let extra: Vec<(&str, &str)> = extra.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body = known.with(&extra);
        let (desk, connection) = desk();
        answered(&desk, connection, "VD0000001", &body);
        let plain = runtime().block_on(track(&desk, "VD0000001")).body;
        prop_assert_eq!(&plain, &body);
        // Under an overlay every other member keeps its bytes and its place.
        desk.pass(1_000_000);
        runtime().block_on(told(&desk, fixture!("webhook-delivering.json")));
        let overlaid = runtime().block_on(track(&desk, "VD0000001")).body;
        let (before, after) = (Object::of_text(&body).unwrap(), Object::of_text(&overlaid).unwrap());
        let touched = ["status", "statusName", "trackingName", "delayCode", "delayNote", "mailMan", "externalCode"];
        prop_assert_eq!(before.members().len(), after.members().len());
        for (before, after) in before.members().zip(after.members()) {
            prop_assert_eq!(&before.name, &after.name);
            if !touched.contains(&&*before.name) {
                prop_assert_eq!(before.value, after.value);
            }
        }
    }

    #[test]
    fn every_look_up_is_answered(path in "/api/[oO]rder/[ -~]{0,30}", query in "[ -~]{0,60}") {
        let (desk, _) = desk();
        let path: String = path.chars().map(|c| if c.is_ascii_alphanumeric() || c == '/' { c } else { '-' }).collect();
        let query: String = query.chars().filter(|c| !matches!(c, ' ' | '#' | '"' | '<' | '>' | '`' | '{' | '}' | '|' | '\\' | '^')).collect();
        let reply = runtime().block_on(get(&desk, &format!("{path}?{query}&apikey={KEY}")));
        prop_assert!(reply.json().get("errorCode").is_some());
    }
}
