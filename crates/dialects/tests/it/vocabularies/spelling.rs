//! With its origin kept every code returns as spelt: each code of each table comes in by its own
//! system's wire, is kept as its row means it, and leaves that system's facade as it came.

use super::tables;
use crate::{cargo, express247, keydelivery};
use serde_json::{Value, json};
use trackway_dialects::dialect::{Answer, Parcel};
use trackway_dialects::registry;
use trackway_model::vocabulary::Row;
use trackway_model::{CodeKind, ConnectionId, Milestone, Statement};

const TIME: &str = "2024-05-07 10:01:42";

/// What a system's answer tells, by its own client.
fn read(dialect: &str, body: &Value) -> Vec<Statement> {
    let parcel = Parcel {
        carrier: "247express",
        number: "VD0000001",
        ..Parcel::default()
    };
    let body = body.to_string();
    let answer = Answer {
        status: 200,
        retry_after_s: None,
        body: body.as_bytes(),
    };
    let call = registry::find(dialect).unwrap().call().unwrap();
    let parsed = call.parse(tables().of(dialect), &parcel, &answer).unwrap();
    let parts = parsed.answer.parts.into_iter();
    parts.flat_map(|part| part.statements).collect()
}

/// The statement keeps the row's code as it is spelt and means what the row says.
fn keeps(told: &[Statement], row: &Row, spelt: &str) {
    let is_it = |told: &&Statement| {
        let code = &told.code;
        let kept = (
            code.kind,
            &*code.code,
            code.sub.as_deref().unwrap_or_default(),
        );
        kept == (row.kind, &*row.code, &*row.sub)
    };
    let found = told.iter().find(is_it);
    let found = found.unwrap_or_else(|| panic!("{} is not kept: {told:?}", row.key()));
    assert_eq!(found.milestone, row.milestone, "{}", row.key());
    assert_eq!(found.reason, row.reason, "{}", row.key());
    let raw = String::from_utf8(found.raw.clone()).unwrap();
    assert!(raw.contains(spelt), "{}: {raw}", row.key());
}

fn parcel(sub: &str) -> Value {
    let details = json!([{"address": null, "eventTime": TIME, "timezone": "+07:00",
        "eventTimeZeroUTC": "2024-05-07T03:01:42Z", "eventDetail": "x", "transitSubStatus": sub}]);
    let status = sub.get(..sub.len() - 3).unwrap();
    json!({"code": "00000", "msg": "Success", "traceId": "x", "data": {"accepted": {"content": [{
        "id": "1", "trackNo": "VD0000001", "trackingStatus": "001", "transitStatus": status, "transitSubStatus": sub,
        "localLogisticsInfo": {"courierCode": "247express", "trackingDetails": details}}]}, "rejected": []}})
}

#[test]
fn every_sub_status_of_track123() {
    let tables = tables();
    let table = tables.of("track123");
    let subs = table
        .of_kind(CodeKind::Shipment)
        .filter(|row| !row.sub.is_empty());
    let mut seen = 0;
    for row in subs {
        keeps(
            &read("track123", &parcel(&row.sub)),
            row,
            &format!("\"{}\"", row.sub),
        );
        seen += 1;
    }
    assert_eq!(seen, 28);
}

#[tokio::test]
async fn every_event_of_a_container_and_of_a_waybill() {
    let tables = tables();
    let table = tables.of("track123");
    let ocean = |code: &str| cargo::OCEAN.replace("\"DEPA\"", &format!("\"{code}\""));
    let air =
        |code: &str| cargo::AIR.replace("\"status\":\"BOOKED\"", &format!("\"status\":\"{code}\""));
    let mut seen = 0;
    for (kind, record) in [
        (CodeKind::OceanEvent, &ocean as &dyn Fn(&str) -> String),
        (CodeKind::AirEvent, &air),
    ] {
        for row in table.of_kind(kind) {
            let view = cargo::view(&record(&row.code));
            let kept = view
                .track
                .spine
                .iter()
                .any(|spine| spine.milestone == row.milestone);
            assert!(kept, "{} {}", kind.name(), row.code);
            let document = String::from_utf8(view.document.map_or_else(Vec::new, |it| it.body));
            let raw = |told: &trackway_model::view::StatementView| {
                told.code.kind == kind && told.code.code == row.code
            };
            let spelt = view.statements.iter().any(raw)
                || document.unwrap().contains(&format!("\"{}\"", row.code));
            assert!(spelt, "{} {}", kind.name(), row.code);
            seen += 1;
        }
        // One that no table has.
        let view = cargo::view(&record("NEWCODE"));
        let unknown = |spine: &trackway_model::Spine| spine.milestone == Milestone::Unknown;
        assert!(view.track.spine.iter().any(unknown), "{}", kind.name());
    }
    assert_eq!(seen, 13 + 7);
}

#[tokio::test]
async fn every_status_scan_and_delay_of_247express() {
    let tables = tables();
    let table = tables.of("247express");
    let answer = |status: &str, delay: Value, scan: &str| {
        json!({"orderCode": "VD0000001", "status": status, "statusName": null, "delayCode": delay,
            "statuses": [{"time": "2024-05-07T10:01:42+07:00", "status": status, "statusName": null}],
            "trackings": [{"statusID": scan, "dateChange": "2024-05-07T10:01:42+07:00", "statusName": null}]})
    };
    let statuses: Vec<&Row> = table.of_kind(CodeKind::Shipment).collect();
    for row in &statuses {
        let told = read("247express", &answer(&row.code, Value::Null, "3"));
        keeps(&told, row, &format!("\"{}\"", row.code));
    }
    for row in table.of_kind(CodeKind::Event) {
        let told = read("247express", &answer("24", Value::Null, &row.code));
        keeps(&told, row, &format!("\"{}\"", row.code));
    }
    for row in table.of_kind(CodeKind::Reason) {
        let told = read("247express", &answer("16", json!(row.code), "3"));
        let delayed = told.iter().find(|told| told.reason == row.reason);
        let delayed = delayed.unwrap_or_else(|| panic!("delay {} is not kept", row.code));
        assert_eq!(delayed.code.sub.as_deref(), Some(&*row.code));
    }
}

/// A code that no table has leaves every facade of its own system as it came.
#[tokio::test]
async fn an_unknown_code_leaves_as_it_came() {
    let (desk, connection) = express247::desk();
    let body = json!({"orderCode": "VD0000001", "status": "77", "statusName": "MOI", "trackings": [],
        "statuses": [{"time": "2024-05-07T10:01:42+07:00", "status": "77", "statusName": "MOI"}]});
    express247::answered(&desk, connection, "VD0000001", &body.to_string());
    let answer = express247::track(&desk, "VD0000001").await.json();
    assert_eq!(
        (&answer["status"], &answer["statuses"][0]["status"]),
        (&json!("77"), &json!("77"))
    );

    let desk = keydelivery::desk();
    let body = r#"{"code":200,"message":"OK","data":{"carrier_id":"gls","tracking_number":"ZZ1","order_status_code":77,"items":[{"context":"x","time":"2024-05-07 10:01:42","order_status_code":"77"}]}}"#;
    keydelivery::told(&desk, "gls", "ZZ1", body);
    let asked = r#"{"carrier_id":"gls","tracking_number":"ZZ1","area_show":1}"#;
    let answer = keydelivery::ask(&desk, asked).await.json();
    assert_eq!(answer["data"]["order_status_code"], 77);
    assert_eq!(answer["data"]["items"][0]["order_status_code"], "77");

    let desk = cargo::desk();
    desk.map_carrier("track123", "247express", "247express");
    let body = parcel("ABNORMAL_77").to_string();
    let call = registry::find("track123").unwrap().call().unwrap();
    let parcel = Parcel {
        carrier: "247express",
        number: "VD0000001",
        ..Parcel::default()
    };
    let answer = Answer {
        status: 200,
        retry_after_s: None,
        body: body.as_bytes(),
    };
    let parsed = call
        .parse(tables().of("track123"), &parcel, &answer)
        .unwrap();
    desk.answer(
        "default",
        ConnectionId(1),
        "247express",
        "VD0000001",
        parsed.answer,
    );
    let item = r#"[{"trackNo":"VD0000001","courierCode":"247express"}]"#;
    cargo::call(&desk, "v2.1/track/import", item).await;
    let asked = r#"{"trackNos":["VD0000001"]}"#;
    let answer = cargo::call(&desk, "v2.1/track/query", asked).await.data();
    let tracking = &answer["accepted"]["content"][0];
    assert_eq!(tracking["transitSubStatus"], "ABNORMAL_77");
    let detail = &tracking["localLogisticsInfo"]["trackingDetails"][0];
    assert_eq!(detail["transitSubStatus"], "ABNORMAL_77");
}
