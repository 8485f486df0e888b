//! Track123's API called by us.

use super::*;
use serde_json::json;
use trackway_dialects::desk::{Settings, UNDETECTED};
use trackway_dialects::dialect::{Call, Errand, Taken, Upstream};
use trackway_model::{Milestone, OffsetSource, Reason};

fn call() -> &'static dyn Call {
    trackway_dialects::registry::find("track123")
        .unwrap()
        .call()
        .unwrap()
}

fn settings(more: &[(&str, &str)]) -> Settings {
    let key = [("key", KEY)];
    let all = key.iter().chain(more);
    all.map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

fn upstream(settings: &Settings) -> Upstream<'_> {
    Upstream {
        connection: ConnectionId(1),
        base_url: "https://api.track123.example/",
        settings,
    }
}

#[test]
fn asks_about_a_hundred_with_one_call() {
    assert_eq!(call().batch(), 100);
    let settings = settings(&[]);
    let parcels = [
        Parcel {
            carrier: DEMO,
            number: "ZX1",
            ..Parcel::default()
        },
        Parcel {
            carrier: UNDETECTED,
            number: "ZX2",
            ..Parcel::default()
        },
        Parcel {
            carrier: "dhl",
            number: "ZX3",
            ..Parcel::default()
        },
    ];
    let sent = call().request_all(&upstream(&settings), &parcels).unwrap();
    assert_eq!(
        sent.url,
        "https://api.track123.example/gateway/open-api/tk/v2.1/track/query"
    );
    let header = |name: &str| {
        let mut headers = sent.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
            .unwrap()
    };
    assert_eq!(header("track123-api-secret"), KEY);
    assert!(header("track123-api-secret").is_sensitive());
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("accept"), "application/json");
    let body: Value = serde_json::from_slice(&sent.body).unwrap();
    assert_eq!(
        body["trackNoInfos"],
        json!([
            { "trackNo": "ZX1", "courierCode": "demo-post" },
            { "trackNo": "ZX2" },
            { "trackNo": "ZX3", "courierCode": "dhl" },
        ])
    );
    let unset = Settings::new();
    let told = call().request_all(&upstream(&unset), &parcels);
    assert!(matches!(told, Err(CallError::Unset("key"))));
}

#[test]
fn registers_a_number_before_it_is_asked_about() {
    let admits = call().admits().unwrap();
    assert!(admits.is_wanted(&settings(&[])));
    assert!(!admits.is_wanted(&settings(&[("import", "no")])));
    let settings = settings(&[]);
    let parcels = ["ZX1", "ZX2"].map(|number| Parcel {
        carrier: DEMO,
        number,
        ..Parcel::default()
    });
    let sent = admits.request_all(&upstream(&settings), &parcels).unwrap();
    assert!(sent.url.ends_with("/tk/v2.1/track/import"), "{}", sent.url);
    let body: Value = serde_json::from_slice(&sent.body).unwrap();
    let item = |number: &str| json!({ "trackNo": number, "courierCode": "demo-post" });
    assert_eq!(body, json!([item("ZX1"), item("ZX2")]));
    let judge = |body: Value| {
        let body = body.to_string();
        admits.judge_all(
            &parcels,
            &Answer {
                status: 200,
                retry_after_s: None,
                body: body.as_bytes(),
            },
        )
    };
    let answer = |rejected: Value| json!({ "code": "00000", "msg": "Success", "data": { "accepted": [], "rejected": rejected } });
    let refused = |msg: &str| json!([{ "index": 2, "trackNo": "zx2", "error": { "code": "A0400", "msg": msg } }]);
    let taken = || Ok(Taken::Now(Value::Null));
    assert_eq!(judge(answer(json!([]))), [taken(), taken()]);
    assert_eq!(judge(answer(Value::Null)), [taken(), taken()]);
    assert_eq!(
        judge(answer(refused("The order number has been imported"))),
        [taken(), Ok(Taken::Before)]
    );
    let told = judge(answer(refused("Unsupported logistics supplier code")));
    assert!(
        matches!(told[..], [Ok(_), Err(CallError::Refused { .. })]),
        "{told:?}"
    );
    let told = judge(json!({ "code": "101107", "msg": "no credit" }));
    assert!(
        matches!(
            told[..],
            [Err(CallError::Quota { .. }), Err(CallError::Quota { .. })]
        ),
        "{told:?}"
    );
}

/// What a client said with a registration: what a carrier needs, and what is nobody else's.
fn said() -> Value {
    json!({
        "orderNo": "SO-1", "customerEmail": "someone@shop.example", "remark": "a gift",
        "postalCode": "10001", "extendFieldMap": { "phoneSuffix": "0042" },
    })
}

fn errand(errand: Errand<'_>, parcel: &Parcel<'_>) -> (String, Value) {
    let settings = settings(&[]);
    let admits = call().admits().unwrap();
    let sent = admits.errand(&upstream(&settings), errand, parcel);
    let sent = sent.unwrap().unwrap();
    let body = serde_json::from_slice(&sent.body).unwrap();
    let path = sent.url.rsplit_once("/tk/v2.1/").unwrap().1.to_owned();
    (path, body)
}

#[test]
fn what_a_carrier_needs_goes_with_a_registration_and_the_clients_own_stays() {
    let settings = settings(&[]);
    let said = said();
    let parcel = Parcel {
        carrier: DEMO,
        number: "ZX1",
        registered: Some(&said),
        ..Parcel::default()
    };
    let admits = call().admits().unwrap();
    let sent = admits.request_all(&upstream(&settings), &[parcel]).unwrap();
    let body: Value = serde_json::from_slice(&sent.body).unwrap();
    let expected = json!([{
        "trackNo": "ZX1", "courierCode": "demo-post", "postalCode": "10001",
        "extendFieldMap": { "phoneSuffix": "0042" },
    }]);
    assert_eq!(body, expected);
}

#[test]
fn an_upstream_is_told_of_edits_refreshes_moves_and_ends() {
    let said = said();
    let parcel = Parcel {
        carrier: DEMO,
        number: "ZX1",
        registered: Some(&said),
        ..Parcel::default()
    };
    let named = json!({ "trackNo": "ZX1", "courierCode": "demo-post" });
    let (path, body) = errand(Errand::Edited, &parcel);
    assert_eq!(path, "track/update");
    let expected = json!({
        "trackNo": "ZX1", "courierCode": "demo-post", "postalCode": "10001", "country": null,
        "shipTime": null, "extendFieldMap": { "phoneSuffix": "0042" },
    });
    assert_eq!(body, expected, "what is not said is cleared");
    assert_eq!(
        errand(Errand::Refreshed, &parcel),
        ("track/refresh".to_owned(), named.clone())
    );
    assert_eq!(
        errand(Errand::Ended, &parcel),
        ("track/delete".to_owned(), named)
    );
    let moved = errand(Errand::Moved { from: "dhl" }, &parcel);
    let expected = json!({ "trackNo": "ZX1", "courierCode": "dhl", "newCourierCode": "demo-post" });
    assert_eq!(moved, ("track/update-courier".to_owned(), expected));
}

#[test]
fn what_an_upstream_says_to_that_is_judged() {
    let admits = call().admits().unwrap();
    let judge = |errand, body: &str| {
        let answer = Answer {
            status: 200,
            retry_after_s: None,
            body: body.as_bytes(),
        };
        admits.judge_errand(errand, &answer)
    };
    let done = r#"{"code":"00000","msg":"Success","data":true}"#;
    for errand in [Errand::Edited, Errand::Ended, Errand::Moved { from: "dhl" }] {
        assert_eq!(judge(errand, done), Ok(()));
        let undone = done.replace("true", "false");
        assert!(matches!(
            judge(errand, &undone),
            Err(CallError::Refused { .. })
        ));
        let odd = done.replace("true", "[]");
        assert!(matches!(judge(errand, &odd), Err(CallError::Shape { .. })));
    }
    // Too soon after another: it was refreshed all the same.
    let too_soon = r#"{"code":"00000","msg":"Success","data":{"success":false,"actualRefreshTime":"2025-02-03 09:00:00"}}"#;
    assert_eq!(judge(Errand::Refreshed, too_soon), Ok(()));
    let unknown = r#"{"code":"A0400","msg":"trackNo not registered","data":null}"#;
    assert!(matches!(
        judge(Errand::Ended, unknown),
        Err(CallError::Nothing { .. })
    ));
    let fast = r#"{"code":"B0210","msg":"Exceed flow limits.","data":null}"#;
    assert!(matches!(
        judge(Errand::Edited, fast),
        Err(CallError::Quota { .. })
    ));
    let barred = r#"{"code":"A0231","msg":"Token has been forbidden.","data":null}"#;
    assert!(matches!(
        judge(Errand::Ended, barred),
        Err(CallError::Refused { .. })
    ));
}

#[test]
fn the_fixture_is_read_whole() {
    let parsed = parse("ZX0000071CN", 200, envelope(&[TRACKING]).as_bytes()).unwrap();
    assert_eq!(parsed.warnings, [] as [&str; 0]);
    assert_eq!(parsed.answer.body, TRACKING.as_bytes());
    let told = &parsed.answer.parts[0].statements;
    let milestones: Vec<_> = told.iter().map(|told| told.milestone).collect();
    assert_eq!(
        milestones,
        [
            Milestone::InTransit,
            Milestone::HandedToAirline,
            Milestone::ArrivedInCountry
        ]
    );
    let newest = told.last().unwrap();
    assert_eq!(
        (newest.code.code.as_str(), newest.code.sub.as_deref()),
        ("IN_TRANSIT", Some("IN_TRANSIT_06"))
    );
    let at = newest.occurred.unwrap();
    assert_eq!((at.offset, at.offset_source), (-360, OffsetSource::Source));
    assert_eq!(newest.place.as_ref().unwrap().name, "Chicago, IL");
    let expected = Track123.expects(TRACKING.as_bytes()).unwrap().0;
    assert_eq!(
        expected.display(),
        "2025-02-09T00:00:00".split('T').next().unwrap().to_owned() + &expected.display()[10..]
    );
}

#[test]
fn quirks_are_kept_and_told() {
    let parsed = parse("ZX0000072CN", 200, envelope(&[QUIRKS]).as_bytes()).unwrap();
    assert_eq!(parsed.warnings.len(), 3, "{:?}", parsed.warnings);
    let told = &parsed.answer.parts[0].statements;
    let codes: Vec<_> = told
        .iter()
        .map(|told| told.code.sub.clone().unwrap_or_default())
        .collect();
    // The newest event has no status: the tracking's own is told.
    assert_eq!(codes, ["", "IN_TRANSIT_99", "", "", "WAITING_DELIVERY_02"]);
    let status = told.last().unwrap();
    assert_eq!(
        (status.milestone, status.reason),
        (Milestone::ReadyForPickup, Reason::None)
    );
    assert!(status.occurred.is_some());
    assert!(told[2].place.is_none(), "a text of null is no place");
}

#[test]
fn what_changes_by_itself_is_not_news() {
    let fingerprint = |text: &str| {
        let envelope = envelope(&[text]);
        parse("ZX0000071CN", 200, envelope.as_bytes())
            .unwrap()
            .answer
            .fingerprint
    };
    let first = fingerprint(TRACKING);
    for (from, to) in [
        (
            r#""nextUpdateTime":"2025-02-03 16:00:00""#,
            r#""nextUpdateTime":null"#,
        ),
        (r#""stayDays":0"#, r#""stayDays":3"#),
        (r#""transitDays":2"#, r#""transitDays":5"#),
    ] {
        assert!(TRACKING.contains(from));
        assert_eq!(fingerprint(&TRACKING.replace(from, to)), first, "{to}");
    }
    assert_ne!(
        fingerprint(&TRACKING.replace("IN_TRANSIT_06", "IN_TRANSIT_07")),
        first
    );
}

#[test]
fn each_parcel_finds_its_own_share() {
    let vocabularies = Vocabularies::built_in().unwrap();
    let other = TRACKING
        .replace("demo-post", "other-post")
        .replace("IN_TRANSIT_06", "IN_TRANSIT_07");
    let body = envelope(&[&other, TRACKING, QUIRKS]);
    let answer = Answer {
        status: 200,
        retry_after_s: None,
        body: body.as_bytes(),
    };
    let parcel = |carrier, number| Parcel {
        carrier,
        number,
        ..Parcel::default()
    };
    let parcels = [
        parcel(DEMO, "zx0000072cn"),
        parcel(DEMO, "ZX0000071CN"),
        parcel("x-track123:other-post", "ZX0000071CN"),
        parcel(DEMO, "ZX0000009CN"),
        parcel(DEMO, "ZX0000010CN"),
    ];
    let read = call().parse_all(vocabularies.of("track123"), &parcels, &answer);
    let body = |at: usize| String::from_utf8(read[at].clone().unwrap().answer.body).unwrap();
    assert_eq!(
        (body(0), body(1), body(2)),
        (QUIRKS.to_owned(), TRACKING.to_owned(), other)
    );
    let nothing = read[3].as_ref().unwrap_err();
    assert_eq!(
        nothing,
        &CallError::Nothing {
            code: "A0400".to_owned(),
            text: "trackNo not registered".to_owned()
        }
    );
    assert!(matches!(read[4], Err(CallError::Shape { .. })));
}

#[test]
fn every_code_of_the_table_means_something() {
    for row in track123::service_codes() {
        let body = json!({ "code": row.code, "msg": row.msg, "data": null }).to_string();
        let told = parse("ZX1", row.http, body.as_bytes()).unwrap_err();
        let fits = match row.means {
            track123::Meaning::Success => matches!(told, CallError::Shape { .. }),
            track123::Meaning::Refused => matches!(told, CallError::Refused { .. }),
            track123::Meaning::Quota => matches!(told, CallError::Quota { .. }),
            track123::Meaning::Fault => matches!(told, CallError::Fault { .. }),
        };
        assert!(fits, "{}: {told:?}", row.code);
    }
    assert_eq!(track123::service_codes().len(), 21);
}

#[test]
fn survives_what_gateways_answer() {
    for (status, body, expected) in [
        (502, "<html>", "fault"),
        (429, "slow down", "quota"),
        (403, r#"{"msg":"404"}"#, "refused"),
        (200, "", "shape"),
        (200, "[]", "shape"),
        (200, r#"{"code":"00000","data":7}"#, "shape"),
        (200, r#"{"code":"00000","data":{"accepted":[]}}"#, "shape"),
        (
            200,
            r#"{"code":"00000","data":{"accepted":null,"rejected":null}}"#,
            "shape",
        ),
    ] {
        let told = parse("ZX1", status, body.as_bytes()).unwrap_err();
        let kind = match told {
            CallError::Fault { .. } => "fault",
            CallError::Quota { .. } => "quota",
            CallError::Refused { .. } => "refused",
            CallError::Shape { .. } => "shape",
            CallError::Nothing { .. } | CallError::Unset(_) => "other",
        };
        assert_eq!(kind, expected, "{status} {body}");
    }
}

#[test]
fn detection_reads_the_recommended_first() {
    let detects = call().detects().unwrap();
    let settings = settings(&[]);
    let sent = detects.request(&upstream(&settings), "AB1").unwrap();
    assert!(sent.url.ends_with("/tk/v2.1/courier/detection"));
    assert_eq!(sent.body, br#"{"tracking_number":"AB1"}"#);
    let body = json!({ "code": "00000", "data": { "recommended_carrier": { "carrier": "demo-post" },
        "candidates": [{ "carrier": "dhl" }, { "carrier": "demo-post" }, {}] } });
    let body = body.to_string();
    let found = detects
        .parse(&Answer {
            status: 200,
            retry_after_s: None,
            body: body.as_bytes(),
        })
        .unwrap();
    let codes: Vec<_> = found
        .iter()
        .map(|one| (one.code.as_str(), one.carrier.as_str()))
        .collect();
    assert_eq!(codes, [("demo-post", DEMO), ("dhl", "dhl")]);
    let body = br#"{"code":"00000","data":{"recommended_carrier":null,"candidates":[]}}"#;
    let none = detects.parse(&Answer {
        status: 200,
        retry_after_s: None,
        body,
    });
    assert_eq!(none, Ok(Vec::new()));
}
