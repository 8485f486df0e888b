//! Ocean and air called by us: waybills asked about by the hundred, ocean numbers registered.

use super::{AIR, OCEAN};
use serde_json::{Value, json};
use trackway_dialects::desk::Settings;
use trackway_dialects::dialect::{Answer, Parcel, Upstream};
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
    Parcel { carrier, number }
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
    assert_eq!(admits.judge_all(&parcels, &answer(told)), [Ok(())]);
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

#[test]
fn an_ocean_number_is_registered_and_waited_for() {
    let call = Track123.call().unwrap();
    let ocean = settings(&[("cargo", "ocean")]);
    let asked = call.request(&upstream(&ocean), &parcel("maersk", "BL-0001"));
    assert!(
        matches!(asked, Err(CallError::Nothing { .. })),
        "its webhook tells of it"
    );
    let odd = settings(&[("cargo", "train")]);
    let asked = call.request(&upstream(&odd), &parcel("maersk", "BL-0001"));
    assert!(matches!(asked, Err(CallError::Refused { .. })));
    // Should a record come by an answer, it is read all the same.
    let body = format!(
        r#"{{"code":"00000","msg":"Success","data":{{"accepted":[{OCEAN}],"rejected":[]}}}}"#
    );
    let tables = built_in();
    let parcel = parcel("maersk", "bl-demo-77");
    let parsed = call
        .parse(tables.of("track123"), &parcel, &answer(&body))
        .unwrap();
    assert_eq!(parsed.answer.stream, track123::OCEAN.id);
}
