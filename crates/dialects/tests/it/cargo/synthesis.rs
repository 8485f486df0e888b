//! Shipments that other sources told of, as ocean and air records; and by the registration's clock.

use super::{call, desk, view};
use crate::native;
use crate::support::FakeDesk;
use serde_json::{Value, json};
use std::sync::Arc;
use trackway_model::{Certainty, Milestone, Stage};

const DAY: i64 = 86_400_000_000;

async fn record(desk: &Arc<FakeDesk>, item: Value) -> Value {
    let imported = call(desk, "v2.1/ocean/track/import", &json!([item]).to_string())
        .await
        .data();
    let mut asked = item.clone();
    asked["orderNo"] = imported["accepted"][0]["orderNo"].clone();
    query(desk, &asked).await
}

async fn query(desk: &Arc<FakeDesk>, asked: &Value) -> Value {
    let data = call(desk, "v2.1/ocean/track/query", &json!([asked]).to_string())
        .await
        .data();
    assert_eq!(data["rejected"], json!([]));
    data["accepted"][0].clone()
}

fn native_desk() -> Arc<FakeDesk> {
    let desk = desk();
    desk.key("native", "default", native::KEY);
    desk
}

async fn tell(desk: &Arc<FakeDesk>, number: &str, carrier: &str, events: Value) {
    let mut events = events;
    for event in events.as_array_mut().unwrap() {
        event["carrier"] = json!(carrier);
        event["number"] = json!(number);
    }
    native::hook::tell(desk, events).await;
}

fn bill() -> Value {
    json!({"trackingNo": "BL-9", "type": 2, "carrierCode": "MAEU"})
}

#[tokio::test]
async fn containers_of_other_sources_are_told_each_for_itself() {
    let desk = native_desk();
    tell(&desk, "BL-9", "maersk", json!([
        {"status": "booked", "occurred_at": "2024-04-01T08:00:00+08:00"},
        {"status": "loaded", "occurred_at": "2024-04-03T08:00:00+08:00", "place": "Ningbo, CN", "unit": "CSQU 305438 3"},
        {"status": "departed", "occurred_at": "2024-04-03T20:00:00+08:00", "place": "Ningbo, CN", "unit": "MWCU6059784", "text": "Sailed"},
        {"status": "delivered", "occurred_at": "2024-05-02T10:00:00+02:00", "place": "Hamburg, DE", "unit": "CSQU3054383"},
        {"status": "arrived", "certainty": "estimated", "occurred_at": "2024-05-20T10:00:00", "unit": "MWCU6059784"},
        {"status": "discharged", "certainty": "planned", "occurred_at": "2024-04-02T10:00:00", "unit": "MWCU6059784"},
    ]))
    .await;
    let record = record(&desk, bill()).await;
    assert_eq!(record["searchStatus"], "IN_TRANSIT");
    assert_eq!(record["carrierInfo"]["carrierNameEN"], "Maersk");
    let containers = record["containerInfo"].as_array().unwrap();
    let [delivered, moving] = &containers[..] else {
        panic!("{record}");
    };
    assert_eq!(
        (&delivered["containerNo"], &delivered["transitStatus"]),
        (&json!("CSQU3054383"), &json!("DELIVERED"))
    );
    assert_eq!(
        (&moving["containerNo"], &moving["transitStatus"]),
        (&json!("MWCU6059784"), &json!("IN_TRANSIT"))
    );
    let events = |container: &Value| {
        let details = container["trackingDetails"].as_array().unwrap().iter();
        let told = details.map(|it| {
            format!(
                "{} {}",
                it["eventStatus"].as_str().unwrap(),
                it["transitStatus"].as_str().unwrap()
            )
        });
        told.collect::<Vec<_>>()
    };
    // No event code of theirs tells a delivery or a booking: the status and the words do.
    assert_eq!(
        events(delivered),
        ["UNKNOWN DELIVERED", "LOAD IN_TRANSIT", "UNKNOWN IN_TRANSIT"]
    );
    // The estimate stands ahead; the plan that time has passed does not.
    assert_eq!(
        events(moving),
        ["ARRI IN_TRANSIT", "DEPA IN_TRANSIT", "UNKNOWN IN_TRANSIT"]
    );
    let current = json!({"eventDetails": "Sailed", "eventTime": "2024-04-03 20:00:00",
        "eventTimeUTC": "2024-04-03T12:00:00Z", "locationName": "Ningbo, CN", "locationType": null});
    assert_eq!(moving["currentStatus"], current);
    assert_eq!(moving["lastTrackingTime"], "2024-04-03 20:00:00");
    assert_eq!(
        moving["trackingDetails"][0]["eventTimeUTC"],
        Value::Null,
        "nobody knows its zone"
    );
    // Read back, it says the same.
    let read = view(&record.to_string());
    assert_eq!(read.journey.units.len(), 2);
    let of = |name: &str| {
        let key = trackway_model::statement::unit_key(Some(name));
        read.journey.unit(key).unwrap()
    };
    assert_eq!(of("CSQU3054383").state.stage(), Stage::Delivered);
    assert_eq!(of("MWCU6059784").state.milestone, Milestone::Departed);
    let ahead = of("MWCU6059784")
        .events
        .iter()
        .filter(|(it, _)| it.certainty == Certainty::Estimated)
        .count();
    assert_eq!(ahead, 1);
}

#[tokio::test]
async fn a_shipment_without_units_is_one_container() {
    let desk = native_desk();
    let told = json!([{"status": "gate_in", "occurred_at": "2024-04-01T08:00:00Z"}]);
    tell(&desk, "CSQU3054383", "maersk", told.clone()).await;
    tell(&desk, "BL-9", "maersk", told).await;
    let container = record(
        &desk,
        json!({"trackingNo": "CSQU3054383", "type": 3, "carrierCode": "MAEU"}),
    )
    .await;
    assert_eq!(container["containerInfo"][0]["containerNo"], "CSQU3054383");
    let bill = record(&desk, bill()).await;
    assert_eq!(bill["containerInfo"][0]["containerNo"], Value::Null);
    assert_eq!(
        bill["containerInfo"][0]["trackingDetails"][0]["eventStatus"],
        "GTIN"
    );
}

#[tokio::test]
async fn search_status_is_final_when_every_container_is_delivered() {
    let desk = native_desk();
    let end =
        |unit: &str, at: &str| json!({"status": "delivered", "occurred_at": at, "unit": unit});
    let first = end("CSQU3054383", "2024-05-01T08:00:00Z");
    let moving =
        json!({"status": "departed", "occurred_at": "2024-04-01T08:00:00Z", "unit": "MWCU6059784"});
    tell(&desk, "BL-9", "maersk", json!([first, moving])).await;
    let asked = record(&desk, bill()).await;
    assert_eq!(asked["searchStatus"], "IN_TRANSIT");
    tell(
        &desk,
        "BL-9",
        "maersk",
        json!([end("MWCU6059784", "2024-05-02T08:00:00Z")]),
    )
    .await;
    let mut again = bill();
    again["orderNo"] = asked["orderNo"].clone();
    assert_eq!(query(&desk, &again).await["searchStatus"], "FINAL");
}

#[tokio::test]
async fn the_clock_tells_init_no_record_and_expired() {
    let desk = native_desk();
    let first = record(&desk, bill()).await;
    assert_eq!(
        (&first["searchStatus"], &first["containerInfo"]),
        (&json!("INIT"), &json!([]))
    );
    let mut asked = bill();
    asked["orderNo"] = first["orderNo"].clone();
    desk.pass(DAY);
    assert_eq!(query(&desk, &asked).await["searchStatus"], "NO_RECORD");
    desk.pass(30 * DAY);
    assert_eq!(query(&desk, &asked).await["searchStatus"], "EXPIRED");
    let told = json!([{"status": "gate_in", "occurred_at": "2024-06-08T02:00:00Z"}]);
    tell(&desk, "BL-9", "maersk", told).await;
    assert_eq!(query(&desk, &asked).await["searchStatus"], "IN_TRANSIT");
    desk.pass(31 * DAY);
    let silent = query(&desk, &asked).await;
    assert_eq!(silent["searchStatus"], "EXPIRED");
    assert_eq!(silent["containerInfo"][0]["transitStatus"], "EXPIRED");
}

#[tokio::test]
async fn a_passed_on_record_expires_as_well() {
    let desk = desk();
    let mut asked = json!({"trackingNo": "BL-DEMO-77", "type": 2, "carrierCode": "MAEU"});
    let imported = call(
        &desk,
        "v2.1/ocean/track/import",
        &json!([asked]).to_string(),
    )
    .await
    .data();
    asked["orderNo"] = imported["accepted"][0]["orderNo"].clone();
    super::told(&desk, "maersk", "BL-DEMO-77", super::OCEAN);
    assert_eq!(query(&desk, &asked).await["searchStatus"], "IN_TRANSIT");
    desk.pass(31 * DAY);
    let silent = query(&desk, &asked).await;
    assert_eq!(silent["searchStatus"], "EXPIRED");
    assert_eq!(
        silent["containerInfo"][0]["vesselName"], "DEMO STAR",
        "all else as it came"
    );
}

#[tokio::test]
async fn a_waybill_of_other_sources_is_told_with_its_pieces() {
    let desk = native_desk();
    let number = "020-12345675";
    let item = json!([{"trackingNo": number}]).to_string();
    call(&desk, "v2.1/aviation/track/import", &item)
        .await
        .data();
    let asked = |desk: Arc<FakeDesk>| async move {
        let data = call(
            &desk,
            "v2.1/aviation/track/query",
            &json!([{"trackingNo": number}]).to_string(),
        )
        .await
        .data();
        data["accepted"][0].clone()
    };
    let nothing = asked(desk.clone()).await;
    assert_eq!(
        (&nothing["aviationStatus"], &nothing["trackingDetails"]),
        (&json!("INIT"), &json!([]))
    );
    tell(&desk, number, "lufthansa-cargo", json!([
        {"status": "received_from_shipper", "occurred_at": "2024-05-01T08:00:00+07:00", "place": "Ho Chi Minh City", "pieces": {"count": 60, "total": 60}},
        {"status": "flight_departed", "occurred_at": "2024-05-01T20:00:00+07:00", "pieces": {"count": 10}},
    ]))
    .await;
    let record = asked(desk.clone()).await;
    assert_eq!(
        record["aviationStatus"], "RECEIVED",
        "ten of sixty have left"
    );
    assert_eq!(
        (&record["pieces"], &record["lastTrackingTime"]),
        (&json!(60), &json!("2024-05-01 20:00:00"))
    );
    let details = record["trackingDetails"].as_array().unwrap();
    let told: Vec<_> = details
        .iter()
        .map(|it| (it["status"].as_str().unwrap(), it["pieces"].as_u64()))
        .collect();
    assert_eq!(told, [("IN_TRANSIT", Some(10)), ("RECEIVED", Some(60))]);
    let rest = json!([{"status": "flight_departed", "occurred_at": "2024-05-02T20:00:00+07:00", "pieces": {"count": 50}}]);
    tell(&desk, number, "lufthansa-cargo", rest).await;
    assert_eq!(asked(desk.clone()).await["aviationStatus"], "IN_TRANSIT");
    desk.pass(31 * DAY);
    assert_eq!(asked(desk).await["aviationStatus"], "EXPIRED");
}

#[tokio::test]
async fn aviation_status_is_the_newest_events() {
    let number = "020-12345675";
    for (told, status) in [
        ("booked", "BOOKED"),
        ("received_from_shipper", "RECEIVED"),
        ("flight_departed", "IN_TRANSIT"),
        ("flight_arrived", "ARRIVED"),
        ("consignee_notified", "NOTIFIED"),
        ("delivered", "DELIVERED"),
        ("missing", "EXCEPTION"),
    ] {
        let desk = native_desk();
        let item = json!([{"trackingNo": number}]).to_string();
        call(&desk, "v2.1/aviation/track/import", &item)
            .await
            .data();
        let events = json!([
            {"status": "awaiting_acceptance", "occurred_at": "2024-04-01T08:00:00Z"},
            {"status": told, "occurred_at": "2024-05-01T08:00:00Z"},
        ]);
        tell(&desk, number, "lufthansa-cargo", events).await;
        let data = call(&desk, "v2.1/aviation/track/query", &item).await.data();
        let record = &data["accepted"][0];
        assert_eq!(record["aviationStatus"], status, "{told}");
        assert_eq!(record["trackingDetails"][0]["status"], status, "{told}");
    }
    let desk = desk();
    let item = json!([{"trackingNo": number}]).to_string();
    call(&desk, "v2.1/aviation/track/import", &item)
        .await
        .data();
    desk.pass(DAY);
    let data = call(&desk, "v2.1/aviation/track/query", &item).await.data();
    assert_eq!(data["accepted"][0]["aviationStatus"], "NO_RECORD");
}
