//! KeyDelivery called by us: the request to the byte, and every answer that can come.

use super::{DELIVERED, KEY, QUIRKS, SECRET, parse};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write;
use trackway_dialects::Dialect;
use trackway_dialects::dialect::{CallError, Parcel, Upstream};
use trackway_dialects::keydelivery::{self, KeyDelivery};
use trackway_model::{ConnectionId, Milestone, Place, StreamId};

fn settings() -> BTreeMap<String, String> {
    [("key", KEY), ("secret", SECRET)]
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .into()
}

fn request(
    carrier: &str,
    settings: &BTreeMap<String, String>,
) -> Result<trackway_dialects::Outgoing, CallError> {
    let upstream = Upstream {
        connection: ConnectionId(1),
        base_url: "https://kd.example/",
        settings,
    };
    KeyDelivery.call().unwrap().request(
        &upstream,
        &Parcel {
            carrier,
            number: "ZZ000111222",
            ..Parcel::default()
        },
    )
}

#[test]
fn asks_for_everything_and_signs_the_very_bytes() {
    let sent = request("gls", &settings()).unwrap();
    assert_eq!(sent.method, http::Method::POST);
    assert_eq!(sent.url, "https://kd.example/api/v1/tracking/realtime");
    assert_eq!(sent.redacted_url, sent.url);
    let body =
        r#"{"carrier_id":"gls","tracking_number":"ZZ000111222","area_show":1,"order":"desc"}"#;
    assert_eq!(std::str::from_utf8(&sent.body).unwrap(), body);
    let header = |name: &str| {
        let found = sent
            .headers
            .iter()
            .find(|(known, _)| known.as_str() == name);
        found.unwrap().1.to_str().unwrap().to_owned()
    };
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("api-key"), KEY);
    assert_eq!(
        header("signature"),
        keydelivery::sign(body.as_bytes(), KEY, SECRET)
    );
}

#[test]
fn says_what_is_missing() {
    let mut lacking = settings();
    lacking.remove("secret");
    assert_eq!(
        request("gls", &lacking).unwrap_err(),
        CallError::Unset("secret")
    );
    assert!(matches!(
        request("nobody", &settings()).unwrap_err(),
        CallError::Refused { .. }
    ));
    // A carrier that only KeyDelivery knows is asked under its own id.
    let sent = request("x-keydelivery:zto", &settings()).unwrap();
    assert!(
        std::str::from_utf8(&sent.body)
            .unwrap()
            .contains(r#""carrier_id":"zto""#)
    );
}

/// One line a statement, oldest first, and the warnings.
fn summary(number: &str, body: &str) -> String {
    let parsed = parse(number, 200, body.as_bytes()).unwrap();
    let mut out = String::new();
    for statement in &parsed.answer.parts[0].statements {
        let code = &statement.code;
        let shown = code
            .sub
            .as_ref()
            .map_or(code.code.clone(), |sub| format!("{}/{sub}", code.code));
        let time = statement.occurred.map_or_else(
            || format!("? {}", statement.time_text),
            trackway_model::Occurred::display,
        );
        let place = statement.place.as_ref().map_or("-", |place| &place.name);
        let identity = String::from_utf8_lossy(&statement.identity).replace('\u{1f}', "|");
        writeln!(
            out,
            "{time} [{shown}] {} {} {place} <{identity}>",
            statement.milestone,
            statement.reason.name()
        )
        .unwrap();
    }
    for warning in &parsed.warnings {
        writeln!(out, "! {warning}").unwrap();
    }
    out
}

#[test]
fn reads_the_documented_answer() {
    insta::assert_snapshot!(summary("ZZ000111222", DELIVERED));
}

#[test]
fn reads_the_vendors_quirks() {
    insta::assert_snapshot!(summary("ZZ000333444", QUIRKS));
}

#[test]
fn an_answer_is_a_document_of_one_history() {
    let parsed = parse("zz000111222 ", 200, DELIVERED.as_bytes()).unwrap();
    assert_eq!(parsed.answer.stream, StreamId(5));
    assert_eq!(parsed.answer.body, DELIVERED.as_bytes());
    let told = &parsed.answer.parts[0].statements;
    assert_eq!(
        told[2].place,
        Some(Place {
            name: "MADRID".to_owned(),
            key: 0
        })
    );
    assert_eq!(told[0].place, None, "the text \"null\" is absent");
    assert!(
        told.iter().all(|s| s.occurred.unwrap().instant().is_none()),
        "no zone is claimed"
    );
    let raw = std::str::from_utf8(&told[2].raw).unwrap();
    assert!(DELIVERED.contains(raw) && raw.starts_with('{'));
    // Only `data` decides whether something is new.
    let again = DELIVERED.replace(r#""message":"OK""#, r#""message":"ok", "took_ms": 5"#);
    let same = parse("ZZ000111222", 200, again.as_bytes()).unwrap();
    assert_eq!(same.answer.fingerprint, parsed.answer.fingerprint);
    let other = DELIVERED.replace("14:20:11", "14:20:12");
    assert_ne!(
        parse("ZZ000111222", 200, other.as_bytes())
            .unwrap()
            .answer
            .fingerprint,
        parsed.answer.fingerprint
    );
}

#[test]
fn words_come_from_the_items_own_bytes() {
    let parsed = parse("ZZ000333444", 200, QUIRKS.as_bytes()).unwrap();
    let words: Vec<_> = parsed.answer.parts[0]
        .statements
        .iter()
        .rev()
        .map(|s| KeyDelivery.words(s.stream, &s.raw))
        .collect();
    assert_eq!(words[0].text.as_deref(), Some("Delivered to the neighbour"));
    assert_eq!(words[0].name.as_deref(), Some("Delivered"));
    assert_eq!((words[0].place.as_ref(), words[0].language), (None, None));
    assert_eq!(words[2].place.as_deref(), Some("DE,LEIPZIG"));
    assert_eq!(words[7], trackway_dialects::dialect::Words::default());
}

#[test]
fn every_code_of_the_table_means_something() {
    let answer = |code: u32| format!(r#"{{"code":{code},"message":"m"}}"#);
    for row in keydelivery::RESPONSES
        .iter()
        .filter(|row| row.number != 200)
    {
        let error = parse("Z1", 200, answer(row.number).as_bytes()).unwrap_err();
        let (code, text) = (row.number.to_string(), "m".to_owned());
        let expected = match row.number {
            401 => CallError::Quota { code, text },
            500 => CallError::Fault { code, text },
            60_101 => CallError::Nothing { code, text },
            _ => CallError::Refused { code, text },
        };
        assert_eq!(error, expected);
    }
    assert!(matches!(
        parse("Z1", 200, answer(777).as_bytes()),
        Err(CallError::Fault { .. })
    ));
    // Decided by the code, not by the HTTP status; a code may come as a string.
    let empty = br#"{"code":"200","message":"OK","data":{"items":null}}"#;
    assert!(
        parse("Z1", 502, empty).unwrap().answer.parts[0]
            .statements
            .is_empty()
    );
}

#[test]
fn survives_what_gateways_answer() {
    for (status, body) in [
        (502, "<html>Bad gateway</html>"),
        (503, ""),
        (500, "{}"),
        (504, "[]"),
    ] {
        assert!(
            matches!(
                parse("Z1", status, body.as_bytes()),
                Err(CallError::Fault { .. })
            ),
            "{status}"
        );
    }
    assert!(matches!(
        parse("Z1", 429, b"slow down"),
        Err(CallError::Quota { .. })
    ));
    let shape = |body: &str| match parse("Z1", 200, body.as_bytes()) {
        Err(CallError::Shape { member, .. }) => member,
        other => panic!("{other:?}"),
    };
    assert_eq!(shape("<html>"), "");
    assert_eq!(shape(r#"{"message":"OK"}"#), "");
    assert_eq!(shape(r#"{"code":200,"data":null}"#), "data");
    assert_eq!(shape(r#"{"code":200,"data":[]}"#), "data");
    assert_eq!(shape(r#"{"code":200,"data":{"items":{}}}"#), "data.items");
    assert_eq!(
        shape(r#"{"code":200,"data":{"tracking_number":"Z2","items":[]}}"#),
        "data.tracking_number"
    );
}

#[test]
fn one_bad_item_harms_no_other() {
    let items = r#"[5,null,{},{"time":7,"context":["a"]},{"context":"Fine","time":"2024-03-05 14:20:11","order_status_code":3}]"#;
    let body = format!(r#"{{"code":200,"data":{{"items":{items}}}}}"#);
    let parsed = parse("Z1", 200, body.as_bytes()).unwrap();
    let told = &parsed.answer.parts[0].statements;
    assert_eq!(told.len(), 5);
    assert_eq!(
        told.iter()
            .filter(|s| s.milestone == Milestone::Delivered)
            .count(),
        1
    );
    assert_eq!(told.last().unwrap().raw, b"5");
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..400), status in 100_u16..600) {
        let _ = parse("ZZ000111222", status, &body);
        let _ = KeyDelivery.words(StreamId(5), &body);
    }

    #[test]
    fn damaged_answers_never_panic(at in 0..QUIRKS.len(), byte in any::<u8>(), cut in 0..QUIRKS.len()) {
        let mut body = QUIRKS.as_bytes().to_vec();
        body[at] = byte;
        let _ = parse("ZZ000333444", 200, &body);
        body.truncate(cut);
        let _ = parse("ZZ000333444", 200, &body);
    }
}

fn registers() -> &'static dyn trackway_dialects::dialect::Registers {
    KeyDelivery.call().unwrap().registers().unwrap()
}

#[test]
fn a_number_is_registered_for_everything_at_our_own_address() {
    let mut settings = settings();
    assert!(!registers().is_wanted(&settings));
    settings.insert("push".to_owned(), "yes".to_owned());
    assert!(registers().is_wanted(&settings));
    assert_eq!(registers().door(), "/keydelivery");
    let upstream = Upstream {
        connection: ConnectionId(1),
        base_url: "https://kd.example/",
        settings: &settings,
    };
    let parcel = Parcel {
        carrier: "gls",
        number: "ZZ000111222",
        ..Parcel::default()
    };
    let address = "https://track.example/in/token/keydelivery";
    let sent = registers().request(&upstream, &parcel, address).unwrap();
    assert_eq!(sent.url, "https://kd.example/api/v1/tracking/create");
    let body = r#"{"carrier_id":"gls","tracking_number":"ZZ000111222","area_show":1,"webhook_url":"https://track.example/in/token/keydelivery"}"#;
    assert_eq!(std::str::from_utf8(&sent.body).unwrap(), body);
    let signature = keydelivery::sign(body.as_bytes(), KEY, SECRET);
    let told = sent.headers.iter().find(|(name, _)| name == "signature");
    assert_eq!(told.unwrap().1, signature.as_str());
    let nobody = Parcel {
        carrier: "nobody",
        ..parcel
    };
    let refused = registers().request(&upstream, &nobody, address);
    assert!(matches!(refused, Err(CallError::Refused { .. })));
}

/// A success body is not shown anywhere: with `data` or without.
#[test]
fn registered_is_registered() {
    let judge = |status, body: &str| {
        registers().judge(&trackway_dialects::Answer {
            status,
            retry_after_s: None,
            body: body.as_bytes(),
        })
    };
    assert_eq!(judge(200, r#"{"code":200,"message":"OK"}"#), Ok(true));
    let with_data = r#"{"code":200,"message":"OK","data":{"id":7}}"#;
    assert_eq!(judge(200, with_data), Ok(true));
    let known = r#"{"code":60201,"message":"Tracking already exists."}"#;
    assert_eq!(judge(200, known), Ok(false));
    for (body, refused) in [
        (r#"{"code":105,"message":"Parameter error"}"#, true),
        (
            r#"{"code":405,"message":"The carrier_id is invalid"}"#,
            true,
        ),
        (r#"{"code":500,"message":"Internal Server Error"}"#, false),
    ] {
        let judged = judge(200, body);
        assert_eq!(
            matches!(judged, Err(CallError::Refused { .. })),
            refused,
            "{body}"
        );
        assert!(judged.is_err());
    }
    assert!(matches!(
        judge(200, r#"{"code":401}"#),
        Err(CallError::Quota { .. })
    ));
    assert!(matches!(judge(503, "busy"), Err(CallError::Fault { .. })));
}
