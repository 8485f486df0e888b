//! The tracking call made by us: what an answer's bytes become.

use super::{KEY, fixture, parse, parse_as};
use proptest::prelude::*;
use std::fmt::Write as _;
use trackway_dialects::dialect::{Call, CallError, Parcel, Upstream};
use trackway_dialects::express247::{self, Express247, STATUSES, TRACKINGS};
use trackway_dialects::{Dialect, desk::Settings};
use trackway_model::{
    Code, CodeKind, ConnectionId, Milestone, Occurred, OffsetSource, Precision, Reason, Statement,
};

/// One line a statement: everything that the model takes from it.
fn shown(statements: &[Statement]) -> String {
    statements.iter().fold(String::new(), |mut out, told| {
        let at = told
            .occurred
            .map_or_else(|| "-".to_owned(), Occurred::display);
        let place = told.place.as_ref().map_or("-", |place| place.name.as_str());
        let _ = writeln!(
            out,
            "{:?} {}{} | {} | {} | {at} | `{}` | {place} | {}",
            told.code.kind,
            told.code.code,
            told.code
                .sub
                .as_ref()
                .map_or_else(String::new, |sub| format!("/{sub}")),
            told.milestone,
            told.reason.name(),
            told.time_text,
            String::from_utf8_lossy(&told.identity).replace('\u{1f}', "~"),
        );
        out
    })
}

fn golden(number: &str, body: &str) -> String {
    let parsed = parse(number, body);
    assert_eq!(parsed.answer.body, body.as_bytes());
    assert_eq!(parsed.answer.stream, STATUSES.id);
    let mut out = String::new();
    for part in &parsed.answer.parts {
        let name = if part.stream == STATUSES.id {
            "statuses"
        } else {
            "trackings"
        };
        assert!([STATUSES.id, TRACKINGS.id].contains(&part.stream));
        let _ = write!(out, "{name}\n{}", shown(&part.statements));
    }
    let _ = write!(out, "warnings {:#?}", parsed.warnings);
    out
}

#[test]
fn reads_a_parcel_that_waits_for_handling() {
    insta::assert_snapshot!(golden("VD0000001", fixture!("tracking-undelivered.json")));
}

#[test]
fn reads_a_delivered_parcel() {
    insta::assert_snapshot!(golden("VD0000002", fixture!("tracking-delivered.json")));
}

#[test]
fn reads_every_status_with_fractions_of_none_to_seven_digits() {
    insta::assert_snapshot!(golden("VD0000003", fixture!("tracking-every-status.json")));
}

#[test]
fn reads_an_answer_without_lists() {
    insta::assert_snapshot!(golden("VD0000004", fixture!("tracking-null-lists.json")));
}

#[test]
fn keeps_what_it_does_not_understand() {
    insta::assert_snapshot!(golden("VD0000005", fixture!("tracking-strange.json")));
}

#[test]
fn a_statements_bytes_are_the_elements_own() {
    let body = fixture!("tracking-strange.json");
    let parsed = parse("VD0000005", body);
    let statuses = &parsed.answer.parts[0].statements;
    assert_eq!(statuses.len(), 6);
    for told in statuses {
        let raw = std::str::from_utf8(&told.raw).unwrap();
        assert!(
            body.contains(raw),
            "{raw} is not in the answer as it stands"
        );
    }
}

#[test]
fn a_status_as_number_or_as_text_is_the_same_status() {
    let text = fixture!("tracking-delivered.json");
    let number = text.replace("\"status\":\"23\"", "\"status\":23");
    assert_ne!(text, number);
    let of = |body: &str| {
        let statuses = parse("VD0000002", body).answer.parts[0].statements.clone();
        statuses
            .into_iter()
            .map(|told| (told.identity, told.code))
            .collect::<Vec<_>>()
    };
    assert_eq!(of(text), of(&number));
}

#[test]
fn only_the_newest_pending_status_has_the_documents_delay() {
    let body = fixture!("tracking-undelivered.json");
    let twice = body.replace(
        "[{\"time\":\"2024-05-06T15:36:56.92+07:00\",\"status\":\"23\"",
        "[{\"time\":\"2024-05-05T10:00:00+07:00\",\"status\":\"16\"},{\"time\":\"2024-05-06T15:36:56.92+07:00\",\"status\":\"23\"",
    );
    let statuses = &parse("VD0000001", &twice).answer.parts[0].statements;
    let reasons: Vec<Reason> = statuses.iter().map(|told| told.reason).collect();
    assert_eq!(statuses.len(), 5);
    assert_eq!(reasons[..4], [Reason::None; 4]);
    assert_eq!(reasons[4], Reason::Unreachable);
    // Another delay is another version of the statement under the same id.
    let other = twice.replace("\"delayCode\":\"12\"", "\"delayCode\":\"8\"");
    let newest = parse("VD0000001", &other).answer.parts[0].statements[4].clone();
    assert_eq!(newest.identity, statuses[4].identity);
    assert_ne!(newest.raw, statuses[4].raw);
    assert_eq!(newest.reason, Reason::Refused);
    // A replay reads the same from what is stored.
    let meaning = Express247.reread(
        express247::vocabulary(),
        STATUSES.id,
        &newest.code,
        Some(&newest.raw),
        newest.reason,
    );
    assert_eq!(meaning, (Milestone::PendingHandling, Reason::Refused));
}

#[test]
fn a_replay_reads_every_statement_as_the_call_did() {
    for body in [
        fixture!("tracking-undelivered.json"),
        fixture!("tracking-every-status.json"),
    ] {
        for part in parse("VD", body).answer.parts {
            for told in part.statements {
                let meaning = Express247.reread(
                    express247::vocabulary(),
                    part.stream,
                    &told.code,
                    Some(&told.raw),
                    told.reason,
                );
                assert_eq!(meaning, (told.milestone, told.reason));
            }
        }
    }
    let code = Code {
        kind: CodeKind::Shipment,
        code: "16".to_owned(),
        sub: None,
    };
    let meaning = Express247.reread(
        express247::vocabulary(),
        STATUSES.id,
        &code,
        None,
        Reason::Weather,
    );
    assert_eq!(meaning, (Milestone::PendingHandling, Reason::Weather));
}

#[test]
fn times_keep_their_offset_and_their_fineness() {
    let body = fixture!("tracking-every-status.json");
    let statuses = &parse("VD0000003", body).answer.parts[0].statements;
    let first = statuses[0].occurred.unwrap();
    assert_eq!(
        (first.offset, first.offset_source),
        (420, OffsetSource::Source)
    );
    assert_eq!(first.precision, Precision::Second);
    let seven = &statuses[7];
    assert_eq!(seven.occurred.unwrap().precision, Precision::Fraction);
    assert_eq!(seven.time_text, "2024-07-08T10:00:00.4946223+07:00");
}

#[test]
fn a_list_that_comes_newest_first_is_turned() {
    let body = r#"{"orderCode":"VD0000007","status":"24","statuses":[
        {"time":"2024-05-07T10:00:00+07:00","status":"24"},
        {"time":"2024-05-06T10:00:00+07:00","status":"23"}],"trackings":null}"#;
    let statuses = &parse("VD0000007", body).answer.parts[0].statements;
    assert_eq!(statuses[0].code.code, "23");
}

#[test]
fn errors_are_told_apart_by_what_they_mean() {
    let refused = |status, body: &str| parse_as("VD0000001", status, body.as_bytes()).unwrap_err();
    let kind = |error: &CallError| match error {
        CallError::Nothing { .. } => "nothing",
        CallError::Refused { .. } => "refused",
        CallError::Quota { .. } => "quota",
        CallError::Fault { .. } => "fault",
        CallError::Shape { .. } => "shape",
        CallError::Unset(_) => "unset",
    };
    for (status, body, wanted) in [
        (200, fixture!("error-not-found.json"), "nothing"),
        (200, fixture!("error-short.json"), "quota"),
        (429, fixture!("error-short.json"), "quota"),
        (
            400,
            r#"{"errorCode":"APIKEY_NOT_FOUND","errorMessage":"Apikey is not found."}"#,
            "refused",
        ),
        (
            200,
            r#"{"errorCode":"ORDERCODE_QUERY_EXPIRED","errorMessage":"x"}"#,
            "refused",
        ),
        (
            200,
            r#"{"errorCode":"EXCEPTION","errorMessage":"Unknown error, please contact 247."}"#,
            "fault",
        ),
        (
            200,
            r#"{"errorCode":"SOMETHING_NEW","errorMessage":"x"}"#,
            "fault",
        ),
        (200, r#"{"errorMessage":"Sorry"}"#, "fault"),
        (503, "<html>busy</html>", "fault"),
        (404, "", "nothing"),
        (429, "slow down", "quota"),
        (401, "{}", "refused"),
        (302, "", "fault"),
        (200, "<html>login</html>", "shape"),
        (200, "{}", "shape"),
        (200, "[]", "shape"),
        (200, "{\"orderCode\":\"VD", "shape"),
    ] {
        let error = refused(status, body);
        assert_eq!(kind(&error), wanted, "{status} {body}: {error}");
    }
    assert!(parse_as("VD", 200, b"{\"orderCode\":\"\xff\xfe\"}").is_err());
    let deep = format!(
        "{{\"orderCode\":\"VD0000001\",\"x\":{}{}}}",
        "[".repeat(64),
        "]".repeat(64)
    );
    assert!(matches!(refused(200, &deep), CallError::Shape { .. }));
}

#[test]
fn the_request_hides_its_key_where_it_is_shown() {
    let settings: Settings = [("apikey".to_owned(), KEY.to_owned())].into();
    let upstream = Upstream {
        connection: ConnectionId(1),
        base_url: "https://tracking.247express.vn/",
        settings: &settings,
    };
    let parcel = Parcel {
        carrier: express247::CARRIER,
        number: "VD 1&apikey=x",
        ..Parcel::default()
    };
    let request = Express247.request(&upstream, &parcel).unwrap();
    assert_eq!(
        request.url,
        format!(
            "https://tracking.247express.vn/api/Order/v1/Tracking?ordercode=VD%201%26apikey%3Dx&apikey={KEY}"
        )
    );
    assert!(!request.redacted_url.contains(KEY));
    assert_eq!(request.method, http::Method::GET);
    let none = Settings::new();
    let unset = Upstream {
        settings: &none,
        ..upstream
    };
    assert_eq!(
        Express247.request(&unset, &parcel).unwrap_err(),
        CallError::Unset("apikey")
    );
}

/// JSON of any shape, to stand where another shape is expected.
fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        Just("-1e400".to_owned()),
        Just("\"\\ud800\"".to_owned()),
        Just("\"9999-99-99T99:99:99\"".to_owned()),
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|list| format!("[{}]", list.join(","))),
            prop::collection::vec((any::<String>(), inner), 0..4).prop_map(|members| {
                let members: Vec<String> = members
                    .into_iter()
                    .map(|(name, value)| format!("{}:{value}", serde_json::Value::from(name)))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(status in any::<u16>(), body in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse_as("VD0000001", status, &body);
    }

    #[test]
    fn no_change_of_a_real_answer_makes_it_panic(
        at in any::<prop::sample::Index>(),
        length in 0..20_usize,
        put in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut body = fixture!("tracking-strange.json").as_bytes().to_vec();
        let from = at.index(body.len());
        let to = (from + length).min(body.len());
        body.splice(from..to, put);
        if let Ok(parsed) = parse_as("VD0000005", 200, &body) {
            prop_assert_eq!(parsed.answer.body, body);
        }
    }

    #[test]
    fn one_bad_item_never_loses_the_others(bad in any_json(), at in 0..=4_usize) {
        let good: Vec<String> = (0..4)
            .map(|n| format!("{{\"time\":\"2024-05-0{}T10:00:00+07:00\",\"status\":\"2{}\"}}", n + 1, n + 3))
            .collect();
        let mut list = good.clone();
        list.insert(at, bad.clone());
        let body = format!("{{\"orderCode\":\"VD0000008\",\"statuses\":[{}],\"trackings\":[{bad}]}}", list.join(","));
        let parsed = parse_as("VD0000008", 200, body.as_bytes()).unwrap();
        let statuses = &parsed.answer.parts[0].statements;
        prop_assert_eq!(statuses.len(), 5);
        prop_assert_eq!(parsed.answer.parts[1].statements.len(), 1);
        for wanted in &good {
            prop_assert!(statuses.iter().any(|told| told.raw == wanted.as_bytes()));
        }
        prop_assert!(statuses.iter().any(|told| told.raw == bad.as_bytes()));
    }

    #[test]
    fn any_member_may_have_any_shape(value in any_json(), name in prop::sample::select(vec![
        "errorMessage", "orderCode", "status", "statuses", "trackings", "delayCode", "delayNote", "statusName",
    ])) {
        let object = trackway_dialects::raw::Object::of_text(fixture!("tracking-undelivered.json")).unwrap();
        let body = object.with(&[(name, value)]);
        let parsed = parse_as("VD0000001", 200, body.as_bytes()).unwrap();
        prop_assert_eq!(parsed.answer.body, body.into_bytes());
    }
}
