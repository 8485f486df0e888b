//! Shipments that no tracking answer told of: by webhook alone, or by other systems.

use super::tracking::MEMBERS;
use super::{SHOP, TOKEN, answered, desk, fixture, parse, post, track};
use crate::support::FakeDesk;
use serde_json::json;
use std::sync::Arc;
use trackway_dialects::Dialect;
use trackway_dialects::dialect::Words;
use trackway_dialects::express247::{CARRIER, Express247, NAME, STATUSES, TRACKINGS, WEBHOOK};
use trackway_dialects::raw::Object;
use trackway_model::{
    Certainty, Code, CodeKind, ConnectionId, Direction, Milestone, OffsetSource, Pieces, Reason,
    Statement, StreamId, time,
};

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

fn members(body: &str) -> Vec<String> {
    let object = Object::of_text(body).unwrap();
    object
        .members()
        .map(|member| member.name.to_string())
        .collect()
}

#[tokio::test]
async fn a_shipment_known_by_webhook_only_is_answered_with_what_it_said() {
    let (desk, _) = desk();
    told(&desk, fixture!("webhook-delivering.json")).await;
    desk.pass(1_000_000);
    told(&desk, fixture!("webhook-delayed.json")).await;
    let reply = track(&desk, "VD0000001").await;
    assert_eq!(members(&reply.body), MEMBERS);
    let answer = reply.json();
    for (member, value) in [
        ("errorCode", json!(null)),
        ("orderCode", json!("VD0000001")),
        ("externalCode", json!("SO-7781")),
        ("status", json!("16")),
        ("statusName", json!("CHOXULY")),
        ("trackingName", json!("Chờ xử lý")),
        ("delayCode", json!("10")),
        ("delayNote", json!("Khách hẹn giao chiều mai")),
        ("mailMan", json!("PHAM VAN GIA DINH")),
        ("receiverName", json!(null)),
        ("price", json!(null)),
        ("trackings", json!([])),
    ] {
        assert_eq!(answer[member], value, "{member}");
    }
    assert_eq!(
        answer["statuses"],
        json!([
            {"time": "2024-05-08T08:10:02.4946223+07:00", "status": "25", "statusName": "DANGDIPHAT",
             "trackingName": "Đang đi phát", "provinceName": null, "postOfficeName": null},
            {"time": "2024-05-08T08:40:55.1+07:00", "status": "16", "statusName": "CHOXULY",
             "trackingName": "Chờ xử lý", "provinceName": null, "postOfficeName": null},
        ])
    );
}

#[tokio::test]
async fn an_older_webhook_is_told_in_the_present_form() {
    let (desk, _) = desk();
    told(&desk, fixture!("webhook-older.json")).await;
    let answer = track(&desk, "2471900009205").await.json();
    assert_eq!(answer["status"], "30");
    assert_eq!(answer["statusName"], "HOANTAT");
    assert_eq!(answer["trackingName"], "Phát thành công");
    assert_eq!(answer["deliveryDate"], "2019-08-07 11:24:12");
    assert_eq!(answer["receiverName"], "NGUYEN VAN VI DU");
    assert_eq!(
        answer["statuses"][0]["time"],
        "2019-08-07T11:24:12.4946223+07:00"
    );
}

#[tokio::test]
async fn an_unknown_status_is_shown_as_it_came() {
    let (desk, _) = desk();
    told(&desk, fixture!("webhook-unknown.json")).await;
    let answer = track(&desk, "VD0000006").await.json();
    assert_eq!(answer["status"], "29");
    assert_eq!(answer["statusName"], "MOTTRANGTHAIMOI");
    assert_eq!(answer["trackingName"], "MOTTRANGTHAIMOI");
    assert_eq!(answer["delayCode"], "99");
    assert_eq!(answer["statuses"][0]["status"], "29");
}

/// What some other system said; no dialect of ours has this stream.
fn foreign(
    milestone: Milestone,
    time_text: &str,
    offset: Option<(i16, OffsetSource)>,
) -> Statement {
    let occurred = time::parse(time_text)
        .map(|time| offset.map_or(time, |(minutes, source)| time.with_offset(minutes, source)));
    Statement {
        stream: StreamId(999),
        code: Code {
            kind: CodeKind::Event,
            code: milestone.name().to_owned(),
            sub: None,
        },
        milestone,
        reason: if milestone == Milestone::RefusedByConsignee {
            Reason::Refused
        } else {
            Reason::None
        },
        direction: Direction::Forward,
        certainty: Certainty::Actual,
        occurred,
        time_text: time_text.to_owned(),
        place: None,
        pieces: Pieces::default(),
        unit: None,
        identity: format!("{milestone}{time_text}").into_bytes(),
        raw: format!("{milestone}{time_text}").into_bytes(),
    }
}

#[tokio::test]
async fn other_systems_words_are_put_in_this_systems_and_times_stay_honest() {
    let (desk, _) = desk();
    let vietnam = Some((420, OffsetSource::Connection));
    desk.news(
        SHOP,
        ConnectionId(77),
        CARRIER,
        "VD0000020",
        vec![
            foreign(Milestone::PickedUp, "2024-05-01 10:00:00", vietnam),
            foreign(
                Milestone::DepartedFacility,
                "2024-05-02T10:00:00.1234567+07:00",
                None,
            ),
            foreign(Milestone::CustomsCleared, "2024-05-03 10:00:00", None),
            foreign(Milestone::RefusedByConsignee, "2024-05-04 10:00", None),
        ],
    );
    let reply = track(&desk, "VD0000020").await;
    assert_eq!(members(&reply.body), MEMBERS);
    let answer = reply.json();
    let rows: Vec<_> = answer["statuses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["status"].as_str().unwrap(),
                row["time"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("23", "2024-05-01T10:00:00+07:00"),
            ("24", "2024-05-02T10:00:00.1234567+07:00"),
            ("16", "2024-05-04T10:00:00"),
        ]
    );
    let scans: Vec<_> = answer["trackings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["statusID"].as_str().unwrap(),
                row["statusName"].as_str().unwrap(),
                row["dateChange"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        scans,
        [
            ("0", "Nhập hệ thống", "2024-05-01T10:00:00+07:00"),
            ("3", "Đang chuyển tiếp", "2024-05-02T10:00:00.1234567+07:00"),
            ("3", "Đang chuyển tiếp", "2024-05-03T10:00:00"),
        ]
    );
    assert_eq!(answer["status"], "16");
    assert_eq!(answer["delayCode"], "8");
    assert_eq!(answer["delayNote"], "The recipient doesn't want to receive");
    assert_eq!(answer["acceptDate"], "2024-05-01T10:00:00+07:00");
}

#[tokio::test]
async fn a_webhook_does_not_speak_over_a_later_happening_that_another_system_told() {
    let (desk, _) = desk();
    told(&desk, fixture!("webhook-delivering.json")).await;
    desk.news(
        SHOP,
        ConnectionId(77),
        CARRIER,
        "VD0000001",
        vec![foreign(
            Milestone::Delivered,
            "2024-05-08T11:00:00+07:00",
            None,
        )],
    );
    let answer = track(&desk, "VD0000001").await.json();
    assert_eq!(answer["status"], "30");
    assert_eq!(answer["trackingName"], "Phát thành công");
    assert_eq!(answer["deliveryDate"], "2024-05-08T11:00:00+07:00");
    assert_eq!(answer["mailMan"], "PHAM VAN GIA DINH");
}

#[tokio::test]
async fn an_erased_shipment_still_tells_codes_and_times() {
    let (desk, connection) = desk();
    answered(
        &desk,
        connection,
        "VD0000001",
        fixture!("tracking-undelivered.json"),
    );
    desk.pass(1_000_000);
    told(&desk, fixture!("webhook-delivering.json")).await;
    desk.erase(SHOP, "VD0000001");
    let reply = track(&desk, "VD0000001").await;
    assert!(!reply.body.contains("PHAM VAN") && !reply.body.contains("HÀ NỘI"));
    assert_eq!(members(&reply.body), MEMBERS);
    let answer = reply.json();
    assert_eq!(
        (&answer["status"], &answer["statusName"]),
        (&json!("25"), &json!("DANGDIPHAT"))
    );
    assert_eq!(answer["trackingName"], "Đang đi phát");
    let statuses = answer["statuses"].as_array().unwrap();
    assert_eq!(statuses.len(), 5);
    assert_eq!(statuses[0]["time"], "2024-05-06T15:36:56.92+07:00");
    assert_eq!(statuses[0]["statusName"], "DALAYHANG");
    let scans = answer["trackings"].as_array().unwrap();
    assert_eq!(scans.len(), 6);
    assert_eq!(scans[1]["statusName"], "Đóng gói");
}

#[tokio::test]
async fn a_status_that_the_list_does_not_hold_yet_gives_way_to_its_element() {
    let (desk, connection) = desk();
    let ahead = r#"{"orderCode":"VD0000030","status":"25","statusName":"DANGDIPHAT","statuses":[
        {"time":"2024-05-07T10:00:00+07:00","status":"23"}],"trackings":[]}"#;
    answered(&desk, connection, "VD0000030", ahead);
    let view = desk.view(SHOP, NAME, "VD0000030").unwrap();
    assert_eq!(view.state().milestone, Milestone::OutForDelivery);
    desk.pass(60_000_000);
    let whole = r#"{"orderCode":"VD0000030","status":"25","statusName":"DANGDIPHAT","statuses":[
        {"time":"2024-05-07T10:00:00+07:00","status":"23"},
        {"time":"2024-05-08T08:59:00+07:00","status":"25"}],"trackings":[]}"#;
    answered(&desk, connection, "VD0000030", whole);
    let view = desk.view(SHOP, NAME, "VD0000030").unwrap();
    assert_eq!(view.state().milestone, Milestone::OutForDelivery);
    assert_eq!(view.state().events, 2);
    assert_eq!(view.journey().withdrawn.len(), 1);
    assert_eq!(track(&desk, "VD0000030").await.body, whole);
}

#[test]
fn people_read_the_sources_own_words() {
    let words = |stream, raw: &str| Express247.words(stream, raw.as_bytes());
    let status = &parse("VD0000001", fixture!("tracking-undelivered.json"))
        .answer
        .parts[0];
    let newest = String::from_utf8(status.statements[3].raw.clone()).unwrap();
    assert_eq!(
        words(STATUSES.id, &newest),
        Words {
            text: Some("Người nhận không nghe máy".to_owned()),
            name: Some("CHOXULY".to_owned()),
            place: Some("Bưu cục B, HẢI PHÒNG".to_owned()),
            language: Some("vi"),
        }
    );
    let scan = words(
        TRACKINGS.id,
        r#"{"statusID":"2","statusName":"Đóng gói","notes":""}"#,
    );
    assert_eq!((scan.text.as_deref(), scan.place), (Some("Đóng gói"), None));
    let update = words(WEBHOOK.id, fixture!("webhook-delivering.json"));
    assert_eq!(update.text.as_deref(), Some("Đang đi phát"));
    let delayed = words(WEBHOOK.id, fixture!("webhook-delayed.json"));
    assert_eq!(delayed.text.as_deref(), Some("Khách hẹn giao chiều mai"));
    for raw in ["", "null", "[]", "{\"DelayNotes\":"] {
        assert_eq!(words(WEBHOOK.id, raw), Words::default());
    }
}

#[tokio::test]
async fn own_elements_without_their_document_keep_their_bytes() {
    let (desk, connection) = desk();
    let parsed = parse("VD0000002", fixture!("tracking-delivered.json")).answer;
    for part in parsed.parts {
        assert!(part.stream >= STATUSES.id);
        desk.news(SHOP, connection, CARRIER, "VD0000002", part.statements);
    }
    let reply = track(&desk, "VD0000002").await;
    let document = Object::of_text(fixture!("tracking-delivered.json")).unwrap();
    assert_eq!(reply.raw("statuses"), document.get("statuses").unwrap());
    assert_eq!(reply.raw("trackings"), document.get("trackings").unwrap());
    assert_eq!(reply.raw("status"), "\"30\"");
}
