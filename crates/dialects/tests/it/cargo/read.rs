//! Records read into statements: units, pieces, ends, estimates, and what is wrong with them.

use super::{AIR, BILL, OCEAN, PARTS, heard, view};
use trackway_dialects::Dialect;
use trackway_dialects::track123::{self, Track123};
use trackway_model::fold::Verdict;
use trackway_model::intake::Content;
use trackway_model::{
    Certainty, CodeKind, Milestone, OffsetSource, Pieces, Stage, Statement, place,
};

fn statements(record: &str) -> Vec<Statement> {
    let Content::Document(answer) = heard(record).content else {
        panic!("a record is a document");
    };
    answer
        .parts
        .into_iter()
        .flat_map(|part| part.statements)
        .collect()
}

#[test]
fn the_references_ocean_record_is_read() {
    let read = heard(OCEAN);
    assert_eq!(
        (read.carrier.as_str(), read.number.as_str()),
        ("x-track123:demoline", "BL-DEMO-77")
    );
    let Content::Document(answer) = read.content else {
        panic!("a record is a document");
    };
    assert_eq!(answer.stream, track123::OCEAN_WEBHOOK.id);
    assert_eq!(String::from_utf8(answer.body).unwrap(), OCEAN.trim_end());
    let told = &answer.parts[0].statements;
    assert_eq!(told.len(), 2);
    let loaded = &told[0];
    assert_eq!(loaded.code.kind, CodeKind::OceanEvent);
    assert_eq!(
        (loaded.code.code.as_str(), loaded.milestone),
        ("LOAD", Milestone::Loaded)
    );
    assert_eq!(loaded.unit.as_deref(), Some("DEMU1234567"));
    let at = loaded.occurred.unwrap();
    assert_eq!(
        (at.display().as_str(), at.offset_source),
        ("2025-03-04T21:00:00+08:00", OffsetSource::Source)
    );
    let ningbo = place::port("CNNGB").unwrap();
    assert_eq!(loaded.place.as_ref().unwrap().key, ningbo.key());
    assert!(
        loaded
            .raw
            .starts_with(br#"{"containerNo":"DEMU1234567","eventDetails":"Loaded""#)
    );
}

/// track123.md §2.7: the same letters as DCSA's, another meaning.
#[test]
fn stuf_and_strp_are_not_dcsas() {
    let told = statements(BILL);
    let of = |code: &str| told.iter().find(|told| told.code.code == code).unwrap();
    let tables = trackway_dialects::registry::built_in();
    let dcsa = tables.named("dcsa").unwrap();
    for (code, milestone) in [
        ("STUF", Milestone::EmptyToShipper),
        ("STRP", Milestone::EmptyReturned),
    ] {
        assert_eq!(of(code).milestone, milestone);
        assert_ne!(
            dcsa.read(CodeKind::OceanEvent, code, "").0,
            milestone,
            "{code}"
        );
        assert!(
            dcsa.get(CodeKind::OceanEvent, code, "").is_some(),
            "DCSA has it too"
        );
    }
}

#[test]
fn a_bill_of_lading_is_one_consignment_of_containers() {
    let view = view(BILL);
    let journey = view.journey();
    assert_eq!(journey.units.len(), 2);
    // One container is delivered, one is not: the consignment is on its way.
    assert_eq!(journey.state.stage(), Stage::InTransit);
    assert_eq!(journey.state.delivered, None);
    let states = journey.units.iter().map(|key| {
        let mut named = view
            .statements
            .iter()
            .filter(|told| told.spine.unit == *key);
        let name = named.next().unwrap().unit.clone().unwrap();
        (name, view.journey.unit(*key).unwrap().state)
    });
    for (name, state) in states {
        match name.as_str() {
            "CSQU3054383" => {
                assert_eq!(state.milestone, Milestone::Delivered);
                let gate_out = "2025-04-10T14:00:00+02:00";
                assert_eq!(
                    state.occurred.unwrap().display(),
                    gate_out,
                    "not the empty's return"
                );
            }
            "MWCU6059784" => assert_eq!(state.milestone, Milestone::Discharged),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_container_comes_to_its_end_when_the_details_say_so() {
    let ended = |record: &str| {
        let told = statements(record);
        let mut ends = told
            .into_iter()
            .filter(|told| told.code.kind == CodeKind::OceanTransit);
        let end = ends.next().unwrap();
        assert!(ends.next().is_none(), "one container is delivered");
        assert_eq!(
            (end.milestone, end.unit.as_deref()),
            (Milestone::Delivered, Some("CSQU3054383"))
        );
        end.time_text
    };
    assert_eq!(ended(BILL), "2025-04-10 14:00:00");
    // All events called delivered: the last gate-out on the far side of the sea.
    let alike = BILL.replace(r#""transitStatus":"IN_TRANSIT","transitSubStatus":null,"vesselName":"DEMO STAR","voyage":"012W"}"#, r#""transitStatus":"DELIVERED","transitSubStatus":null,"vesselName":"DEMO STAR","voyage":"012W"}"#)
        .replace(r#""locationType":"PRE","transitStatus":"IN_TRANSIT""#, r#""locationType":"PRE","transitStatus":"DELIVERED""#);
    assert_eq!(ended(&alike), "2025-04-10 14:00:00");
    // No gate-out either: its last news.
    assert_eq!(ended(&alike.replace("GTOT", "ARRI")), "2025-04-12 08:00:00");
}

#[test]
fn what_lies_ahead_of_a_container_is_an_estimate() {
    let told = statements(BILL);
    let ahead: Vec<_> = told
        .iter()
        .filter(|told| told.certainty != Certainty::Actual)
        .collect();
    assert_eq!(ahead.len(), 1);
    assert_eq!(
        (ahead[0].certainty, ahead[0].code.code.as_str()),
        (Certainty::Estimated, "GTOT")
    );
    assert_eq!(ahead[0].unit.as_deref(), Some("MWCU6059784"));
}

/// Departed at six in Ningbo, to arrive at six in Hamburg weeks later or, by the same clock, on the same
/// day: which of them is the last event its instant says, not its clock.
fn departed_and_due(last: &str, current: &str, due: &str) -> Vec<(String, Certainty)> {
    let event = |status: &str, time: &str, place: &str| {
        format!(
            r#"{{"eventDetails":"{status}","eventStatus":"{status}","eventTime":"{time}","locationName":"{place}"}}"#
        )
    };
    let record = format!(
        r#"{{"orderNo":"1","trackingNo":"BL-DEMO-99","type":2,"searchStatus":"IN_TRANSIT","containerInfo":[
        {{"containerNo":"CSQU3054383","transitStatus":"IN_TRANSIT","lastTrackingTime":"{last}","currentStatus":{current},
        "trackingDetails":[{},{}]}}]}}"#,
        event("ARRI", due, "Hamburg, DE"),
        event("DEPA", "2025-03-05 06:00:00", "Ningbo, CN"),
    );
    let told = statements(&record).into_iter();
    told.map(|told| (told.code.code, told.certainty)).collect()
}

#[test]
fn the_last_event_is_found_by_its_instant_and_what_lies_ahead_is_no_status() {
    let expected = [
        ("DEPA".to_owned(), Certainty::Actual),
        ("ARRI".to_owned(), Certainty::Estimated),
    ];
    let ningbo = r#"{"eventTime":"2025-03-05 06:00:00","locationName":"Ningbo, CN"}"#;
    let (six, later) = ("2025-03-05 06:00:00", "2025-04-01 06:00:00");
    for (last, current, due) in [
        // Both clocks showed six that day: seven hours lie between them.
        (six, ningbo, six),
        (six, "null", six),
        // The same, written otherwise.
        ("2025-03-05T06:00:00", "null", later),
        ("2025-03-05 06:00", "null", later),
        ("2025-03-04T22:00:00Z", "null", six),
        // A clock that no event shows: what is later lies ahead all the same.
        ("2025-03-05 07:10:00", "null", later),
        ("2025-03-05", "null", later),
    ] {
        assert_eq!(
            departed_and_due(last, current, due),
            expected,
            "{last} {current} {due}"
        );
    }
    // It has arrived: by the current status, and by the clock that only Hamburg's showed.
    let hamburg = r#"{"eventTime":"2025-04-01 06:00:00","locationName":"Hamburg, DE"}"#;
    for current in [hamburg, "null", ningbo] {
        let told = departed_and_due(later, current, later);
        assert!(
            told.iter().all(|(_, it)| *it == Certainty::Actual),
            "{told:?}"
        );
    }
}

#[test]
fn a_waybills_last_event_is_found_by_its_instant() {
    let record = r#"{"orderNo":"1","trackingNo":"020-12345675","aviationStatus":"IN_TRANSIT","pieces":1,
        "lastTrackingTime":"2025-04-04 06:00:00","trackingDetails":[
        {"status":"ARRIVED","eventDetails":"Arrived","eventTime":"2025-04-04 06:00:00","airportCode":"FRA","pieces":1},
        {"status":"IN_TRANSIT","eventDetails":"Departed","eventTime":"2025-04-04 06:00:00","airportCode":"SGN","pieces":1}]}"#;
    let told: Vec<_> = statements(record)
        .into_iter()
        .map(|told| (told.code.code, told.certainty))
        .collect();
    assert_eq!(
        told,
        [
            ("IN_TRANSIT".to_owned(), Certainty::Actual),
            ("ARRIVED".to_owned(), Certainty::Estimated)
        ]
    );
}

#[test]
fn a_time_without_utc_has_the_zone_of_its_port() {
    let told = statements(BILL);
    let discharged = told
        .iter()
        .find(|told| told.time_text == "2025-04-09 10:00:00")
        .unwrap();
    let at = discharged.occurred.unwrap();
    assert_eq!((at.offset, at.offset_source), (120, OffsetSource::Place));
}

#[test]
fn a_wrong_check_digit_is_kept_with_a_warning() {
    // The example's own number would end in 0.
    let warned = |record: &str| heard(record).warnings.join("\n");
    assert!(warned(OCEAN).contains("DEMU1234567"), "{}", warned(OCEAN));
    assert_eq!(warned(BILL), "");
    let wrong = BILL.replace("CSQU3054383", "CSQU3054384");
    assert!(warned(&wrong).contains("CSQU3054384"));
    assert!(
        statements(&wrong)
            .iter()
            .any(|told| told.unit.as_deref() == Some("CSQU3054384"))
    );
    assert_eq!(warned(AIR), "");
    let wrong = AIR.replace("999-12345675", "999-12345676");
    assert!(warned(&wrong).contains("999-12345676"));
    assert_eq!(heard(&wrong).number, "999-12345676");
}

#[test]
fn some_pieces_that_left_are_not_the_waybill() {
    let told = statements(PARTS);
    let pieces: Vec<_> = told
        .iter()
        .map(|told| (told.code.code.as_str(), told.pieces))
        .collect();
    let of = |count| Pieces { count, total: 60 };
    assert_eq!(
        pieces,
        [
            ("BOOKED", of(60)),
            ("RECEIVED", of(60)),
            ("IN_TRANSIT", of(10)),
            ("ARRIVED", of(10))
        ]
    );
    assert_eq!(told[3].certainty, Certainty::Estimated);
    let saigon = place::airport("SGN").unwrap();
    assert_eq!(told[2].place.as_ref().unwrap().key, saigon.key());
    let received = told[1].occurred.unwrap();
    assert_eq!(
        (received.offset, received.offset_source),
        (420, OffsetSource::Place)
    );
    let journey = view(PARTS).journey().clone();
    assert_eq!(journey.state.milestone, Milestone::ReceivedFromShipper);
    let some = Verdict::SomePieces {
        counted: 10,
        of: 60,
    };
    assert!(journey.events.iter().any(|(_, verdict)| *verdict == some));
    // The other fifty on a later flight.
    let rest = r#"{"status":"IN_TRANSIT","eventDetails":"Departed on DM773","eventTime":"2025-05-04 23:40:00","eventTimeUTC":"2025-05-04T16:40:00Z","locationName":"Ho Chi Minh City","airportCode":"SGN","flightNo":"DM773","pieces":50}"#;
    let whole = PARTS
        .replace(
            r#""trackingDetails":["#,
            &format!(r#""trackingDetails":[{rest},"#),
        )
        .replace(
            r#""lastTrackingTime":"2025-05-03 23:40:00""#,
            r#""lastTrackingTime":"2025-05-04 23:40:00""#,
        );
    assert_eq!(view(&whole).state().milestone, Milestone::InTransit);
}

#[test]
fn kept_bytes_tell_who_a_statement_is() {
    for (record, stream) in [(BILL, track123::OCEAN.id), (PARTS, track123::AIR.id)] {
        for told in statements(record) {
            assert_eq!(Track123.identity(stream, &told.raw), told.identity);
            let words = Track123.words(stream, &told.raw);
            let is_event = told.code.kind != CodeKind::OceanTransit;
            assert_eq!(words.text.is_some(), is_event);
            assert_eq!(words.place, told.place.map(|place| place.name));
        }
    }
}

#[test]
fn nothing_that_comes_makes_the_reader_fail() {
    for data in [
        r#"{"trackingNo":"BL-1","searchStatus":null,"containerInfo":null}"#,
        r#"{"trackingNo":"BL-1","containerInfo":[null,1,{},{"containerNo":7,"trackingDetails":[null,{},"x",{"eventTime":"soon","eventStatus":"ODD"}]}]}"#,
        r#"{"trackingNo":"BL-1","containerInfo":[{"containerNo":"null","transitStatus":"DELIVERED"}]}"#,
        r#"{"trackingNo":99912345675,"aviationStatus":[],"trackingDetails":[{"status":{},"pieces":-1},{"pieces":70000}]}"#,
    ] {
        let read = heard(data);
        assert!(!read.number.is_empty(), "{data}");
    }
    let odd = heard(
        r#"{"trackingNo":"BL-1","containerInfo":[{"trackingDetails":[{"eventTime":"soon","eventStatus":"ODD"}]}]}"#,
    );
    let warnings = odd.warnings.join("\n");
    assert!(
        warnings.contains("ODD") && warnings.contains("soon"),
        "{warnings}"
    );
    let tables = trackway_dialects::registry::built_in();
    let nameless = br#"{"data":{"searchStatus":"INIT"}}"#;
    let refused = Track123
        .inbound()
        .unwrap()
        .read(tables.of("track123"), nameless);
    assert!(refused.unwrap_err().problem.contains("trackingNo"));
}

#[test]
fn every_event_code_is_read() {
    let tables = trackway_dialects::registry::built_in();
    let table = tables.of("track123");
    for (kind, template, spelt) in [
        (CodeKind::OceanEvent, OCEAN, r#""eventStatus":"DEPA""#),
        (CodeKind::AirEvent, AIR, r#""status":"ARRIVED""#),
    ] {
        for row in table.of_kind(kind) {
            let member = spelt.split(':').next().unwrap();
            let record = template.replace(spelt, &format!(r#"{member}:"{}""#, row.code));
            let told = statements(&record);
            let newest = told.last().unwrap();
            assert_eq!((newest.code.kind, &newest.code.code), (kind, &row.code));
            assert_eq!(newest.milestone, row.milestone, "{}", row.code);
            let warned = heard(&record).warnings;
            assert!(
                !warned.iter().any(|it| it.contains("no table")),
                "{warned:?}"
            );
        }
    }
}
