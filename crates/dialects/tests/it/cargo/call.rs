//! Ocean and air called by us: waybills asked about by the hundred, ocean numbers registered.

use super::{AIR, OCEAN};
use serde_json::{Value, json};
use trackway_dialects::desk::Settings;
use trackway_dialects::dialect::{Answer, Errand, Parcel, Taken, Upstream};
use trackway_dialects::registry::built_in;
use trackway_dialects::track123::{self, Track123};
use trackway_dialects::{CallError, Dialect};
use trackway_model::ConnectionId;

fn settings(more: &[(&str, &str)]) -> Settings {
    let all = [("key", "an-upstream-key")].iter().chain(more);
    all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn upstream(settings: &Settings) -> Upstream<'_> {
    Upstream {
        connection: ConnectionId(1),
        base_url: "https://upstream.example",
        settings,
    }
}

fn parcel<'a>(carrier: &'a str, number: &'a str) -> Parcel<'a> {
    Parcel {
        carrier,
        number,
        ..Parcel::default()
    }
}

fn answer(body: &str) -> Answer<'_> {
    Answer {
        status: 200,
        retry_after_s: None,
        body: body.as_bytes(),
    }
}

#[test]
fn waybills_are_asked_about_by_the_hundred() {
    let call = Track123.call().unwrap();
    assert_eq!(call.batch(), 100);
    let settings = settings(&[("cargo", "air")]);
    let parcels = [
        parcel("lufthansa-cargo", "020-12345675"),
        parcel("undetected", "99912345675"),
        parcel("lufthansa-cargo", "020-00000000"),
    ];
    let sent = call.request_all(&upstream(&settings), &parcels).unwrap();
    assert_eq!(
        sent.url,
        "https://upstream.example/gateway/open-api/tk/v2.1/aviation/track/query"
    );
    let asked: Value = serde_json::from_slice(&sent.body).unwrap();
    assert_eq!(
        asked,
        json!([{"trackingNo": "020-12345675", "carrierCode": "LH"}, {"trackingNo": "99912345675"}, {"trackingNo": "020-00000000", "carrierCode": "LH"}])
    );
    let body = format!(
        r#"{{"code":"00000","msg":"Success","data":{{"accepted":[{AIR}],"rejected":[{{"trackingNo":"020-00000000","carrierCode":null,"error":{{"code":"A0400","msg":"trackingNo not registered"}}}}]}}}}"#
    );
    let tables = built_in();
    let heard = call.parse_all(tables.of("track123"), &parcels, &answer(&body));
    assert!(
        matches!(heard[0], Err(CallError::Shape { .. })),
        "nothing was said of it"
    );
    let parsed = heard[1].as_ref().unwrap();
    assert_eq!(parsed.answer.stream, track123::AIR.id);
    assert_eq!(parsed.answer.body, AIR.trim_end().as_bytes());
    assert_eq!(parsed.answer.parts[0].statements.len(), 2);
    assert!(
        matches!(heard[2], Err(CallError::Nothing { .. })),
        "it is to be registered"
    );
}

#[test]
fn what_is_not_registered_is_registered_a_hundred_at_a_time() {
    let call = Track123.call().unwrap();
    let admits = call.admits().unwrap();
    let air = settings(&[("cargo", "air")]);
    let parcels = [parcel("lufthansa-cargo", "020-12345675")];
    let sent = admits.request_all(&upstream(&air), &parcels).unwrap();
    assert!(
        sent.url.ends_with("/tk/v2.1/aviation/track/import"),
        "{}",
        sent.url
    );
    let told = r#"{"code":"00000","msg":"Success","data":{"accepted":[],"rejected":[{"index":1,"trackingNo":"02012345675","carrierCode":"LH","error":{"code":"A0400","msg":"The order number has been imported"}}]}}"#;
    assert_eq!(
        admits.judge_all(&parcels, &answer(told)),
        [Ok(Taken::Before)]
    );
    let refused = told.replace(
        "The order number has been imported",
        "Unsupported carrier code",
    );
    assert!(matches!(
        admits.judge_all(&parcels, &answer(&refused))[..],
        [Err(CallError::Refused { .. })]
    ));

    let ocean = settings(&[("cargo", "ocean")]);
    let parcels = [parcel("maersk", "CSQU3054384"), parcel("maersk", "BL-0001")];
    let body = |settings: &Settings| -> Value {
        let sent = admits.request_all(&upstream(settings), &parcels).unwrap();
        assert!(
            sent.url.ends_with("/tk/v2.1/ocean/track/import"),
            "{}",
            sent.url
        );
        serde_json::from_slice(&sent.body).unwrap()
    };
    let item =
        |number: &str, kind: u8| json!({"trackingNo": number, "carrierCode": "MAEU", "type": kind});
    assert_eq!(
        body(&ocean),
        json!([item("CSQU3054384", 3), item("BL-0001", 2)])
    );
    let bookings = settings(&[("cargo", "ocean"), ("ocean_type", "1")]);
    assert_eq!(body(&bookings)[1], item("BL-0001", 1));
}

/// §6.2: what a registration gives.
const REGISTERED: &str = r#"{"code":"00000","msg":"Success","data":{
 "accepted":[{"orderNo":"577000000000000001","trackingNo":"BL-DEMO-77","type":1,"carrierCode":"MAEU","customerEmail":null}],
 "rejected":[{"index":2,"trackingNo":"BL-0001","type":2,"carrierCode":"MAEU","error":{"code":"A0400","msg":"The order number has been imported"}}]}}"#;

#[test]
fn an_ocean_number_is_asked_about_with_the_order_number_of_its_registration() {
    let call = Track123.call().unwrap();
    let admits = call.admits().unwrap();
    let ocean = settings(&[("cargo", "ocean")]);
    assert!(admits.asks_by_given(&ocean));
    assert!(!admits.asks_by_given(&settings(&[("cargo", "air")])));
    assert!(!admits.asks_by_given(&settings(&[])));
    // Our client registered a booking.
    let said = json!({"cargo": "ocean", "orderNo": "577123", "type": 1});
    let booking = Parcel {
        registered: Some(&said),
        ..parcel("maersk", "BL-DEMO-77")
    };
    let parcels = [booking, parcel("maersk", "BL-0001")];
    let sent = admits.request_all(&upstream(&ocean), &parcels).unwrap();
    let asked: Value = serde_json::from_slice(&sent.body).unwrap();
    let item =
        |number: &str, kind: u8| json!({"trackingNo": number, "carrierCode": "MAEU", "type": kind});
    assert_eq!(asked, json!([item("BL-DEMO-77", 1), item("BL-0001", 2)]));
    let taken = admits.judge_all(&parcels, &answer(REGISTERED));
    let given = json!({"orderNo": "577000000000000001", "type": "1"});
    assert_eq!(taken, [Ok(Taken::Now(given.clone())), Ok(Taken::Before)]);

    let known = Parcel {
        given: Some(&given),
        ..parcel("maersk", "BL-DEMO-77")
    };
    let sent = call.request(&upstream(&ocean), &known).unwrap();
    assert_eq!(
        sent.url,
        "https://upstream.example/gateway/open-api/tk/v2.1/ocean/track/query"
    );
    let asked: Value = serde_json::from_slice(&sent.body).unwrap();
    let named = json!({"orderNo": "577000000000000001", "trackingNo": "BL-DEMO-77", "type": 1});
    assert_eq!(asked, json!([named.clone()]));
    let body = format!(
        r#"{{"code":"00000","msg":"Success","data":{{"accepted":[{OCEAN}],"rejected":[]}}}}"#
    );
    let tables = built_in();
    let parsed = call
        .parse(tables.of("track123"), &known, &answer(&body))
        .unwrap();
    assert_eq!(parsed.answer.stream, track123::OCEAN.id);

    let odd = settings(&[("cargo", "train")]);
    let asked = call.request(&upstream(&odd), &known);
    assert!(matches!(asked, Err(CallError::Refused { .. })));
}

#[test]
fn an_upstream_is_told_of_cargo_by_its_own_order_number() {
    let admits = Track123.call().unwrap().admits().unwrap();
    let tell = |cargo: &str, errand, parcel: &Parcel<'_>| {
        let settings = settings(&[("cargo", cargo)]);
        let sent = admits.errand(&upstream(&settings), errand, parcel).unwrap();
        sent.map(|sent| {
            let path = sent.url.rsplit_once("/tk/v2.1/").unwrap().1.to_owned();
            (path, serde_json::from_slice::<Value>(&sent.body).unwrap())
        })
    };
    let given = json!({"orderNo": "577000000000000001", "type": "2"});
    let bill = Parcel {
        given: Some(&given),
        ..parcel("maersk", "BL-DEMO-77")
    };
    let named = json!({"orderNo": "577000000000000001", "trackingNo": "BL-DEMO-77", "type": 2});
    let told = |path: &str, body: Value| Some((path.to_owned(), body));
    let of_bill = |errand| tell("ocean", errand, &bill);
    assert_eq!(
        of_bill(Errand::Refreshed),
        told("ocean/track/refresh", named.clone())
    );
    assert_eq!(
        of_bill(Errand::Ended),
        told("ocean/track/delete", json!([named.clone()]))
    );
    assert_eq!(
        of_bill(Errand::Moved { from: "msc" }),
        told(
            "ocean/track/update-carrier",
            json!({"carrierCode": "MAEU", "details": [named]})
        )
    );
    assert_eq!(of_bill(Errand::Edited), None, "there is no such call");

    let given = json!({"orderNo": "588000000000000001"});
    let waybill = Parcel {
        given: Some(&given),
        ..parcel("lufthansa-cargo", "020-12345675")
    };
    let of_waybill = |errand| tell("air", errand, &waybill);
    let named =
        json!({"trackingNo": "020-12345675", "carrierCode": "LH", "orderNo": "588000000000000001"});
    assert_eq!(
        of_waybill(Errand::Refreshed),
        told("aviation/track/refresh", named.clone())
    );
    assert_eq!(
        of_waybill(Errand::Ended),
        told("aviation/track/delete", json!([named]))
    );
    let detail = json!({"trackingNo": "020-12345675", "orderNo": "588000000000000001"});
    assert_eq!(
        of_waybill(Errand::Moved { from: "undetected" }),
        told(
            "aviation/track/update-carrier",
            json!({"carrierCode": "LH", "details": [detail]})
        )
    );
    assert_eq!(of_waybill(Errand::Edited), None);
}
