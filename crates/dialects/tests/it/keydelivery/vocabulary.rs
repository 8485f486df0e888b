//! The order statuses of keydelivery.md §5, exhaustively.

use super::parse;
use std::collections::BTreeMap;
use trackway_dialects::keydelivery::KeyDelivery;
use trackway_dialects::{Dialect, keydelivery};
use trackway_model::vocabulary::{Fidelity, Vocabulary};
use trackway_model::{CodeKind, Milestone, Stage};

const KIND: CodeKind = CodeKind::Shipment;

/// The reference's machine form.
const TABLE: &str = r#"{"0":{"0":"In transit","1001":"Arrived at the destination country","1002":"In transit","1003":"Forwarded to a different delivery address"},
 "1":{"1":"Accepted","101":"Info received","102":"Await accepted","103":"Accepted"},
 "2":{"2":"Exception","201":"Delivery but unsign","202":"Undelivery or unsign","203":"Customer refused delivery","204":"Failed Attempt","205":"Pick up missed","206":"Failure to contact","207":"Out of service area","208":"Delayed (External factors)","209":"Shipment damage"},
 "3":{"3":"Delivered","301":"Sign by customer","302":"Delivered after exception","303":"Sign by other","304":"Delivered in mailbox"},
 "4":{"4":"Returned to sender","401":"Order canceled","14":"Recipient refused"},
 "5":{"5":"Out for delivery","501":"Available for pickup"},
 "6":{"6":"Returning to sender"},
 "7":{"7":"Transshipment"},
 "8":{"8":"Customs clearance","10":"Pending customs clearance","11":"Customs clearance started","12":"Customs clearance completed","13":"Exception(customs clearance)"},
 "14":{"14":"Recipient refused"}}"#;

fn table() -> BTreeMap<String, BTreeMap<String, String>> {
    serde_json::from_str(TABLE).unwrap()
}

fn vocabulary() -> Vocabulary {
    Vocabulary::parse(KeyDelivery.codes()).unwrap()
}

#[test]
fn the_table_is_the_references_to_the_letter() {
    let vocabulary = vocabulary();
    let mut told = BTreeMap::<String, BTreeMap<String, String>>::new();
    for row in vocabulary.of_kind(KIND).filter(|row| !row.sub.is_empty()) {
        told.entry(row.code.clone())
            .or_default()
            .insert(row.sub.clone(), row.name.clone());
    }
    assert_eq!(told, table());
    for (code, subs) in table() {
        assert_eq!(
            vocabulary.get(KIND, &code, "").unwrap().name,
            subs[&code],
            "top-level {code}"
        );
    }
    assert_eq!(vocabulary.of_kind(KIND).count(), 36 + 10);
}

#[test]
fn codes_return_through_milestones_as_declared_and_never_as_another_status() {
    let vocabulary = vocabulary();
    for row in vocabulary.of_kind(KIND) {
        let (milestone, reason) = vocabulary.read(KIND, &row.code, &row.sub);
        assert_eq!((milestone, reason), (row.milestone, row.reason));
        assert_ne!(milestone, Milestone::Unknown, "{}", row.key());
        let (told, fidelity) = vocabulary.tell(KIND, milestone);
        let told = told.unwrap();
        assert_eq!(fidelity, Fidelity::Exact);
        assert_eq!(
            told.key(),
            row.canonical(),
            "{} comes back as its canonical code",
            row.key()
        );
        assert_eq!(told.code, row.code, "{} stays within its status", row.key());
    }
}

#[test]
fn every_milestone_has_a_code_and_final_means_final() {
    let vocabulary = vocabulary();
    for milestone in Milestone::ALL
        .iter()
        .filter(|milestone| **milestone != Milestone::Unknown)
    {
        let (row, fidelity) = vocabulary.tell(KIND, *milestone);
        let row = row.unwrap_or_else(|| panic!("{milestone} is told by no code"));
        assert_ne!(fidelity, Fidelity::None);
        // What KeyDelivery has no word for is an exception there, which is not final.
        let worded = !matches!(milestone.stage(), Stage::Lost | Stage::Seized);
        assert_eq!(
            row.is_final,
            worded && milestone.stage().is_final(),
            "{milestone}"
        );
    }
    assert_eq!(vocabulary.tell(KIND, Milestone::Unknown).1, Fidelity::None);
}

/// With its origin kept every code returns as spelt, number or string, of either level.
#[test]
fn every_code_comes_in_and_keeps_its_spelling() {
    for (top, subs) in table() {
        for sub in subs.keys() {
            for spelt in [sub.clone(), format!("\"{sub}\"")] {
                let body = format!(
                    r#"{{"code":200,"message":"OK","data":{{"items":[{{"context":"x","time":"2024-03-05 14:20:11","order_status_code":{spelt}}}]}}}}"#
                );
                let parsed = parse("Z1", 200, body.as_bytes()).unwrap();
                let statement = &parsed.answer.parts[0].statements[0];
                let code = &statement.code;
                assert_eq!(code.sub.as_ref().unwrap_or(&code.code), sub);
                // 14 alone is the top-level status, not the substatus of 4.
                let expected = if sub == "14" { "14" } else { &top };
                assert_eq!(code.code, expected, "{sub}");
                assert_ne!(statement.milestone, Milestone::Unknown);
                assert!(
                    std::str::from_utf8(&statement.raw)
                        .unwrap()
                        .contains(&format!(":{spelt}}}"))
                );
                assert_eq!(parsed.warnings, Vec::<String>::new());
            }
        }
    }
}

#[test]
fn the_traps_of_the_table() {
    let read = |code: &str, sub: &str| vocabulary().read(KIND, code, sub).0;
    assert_eq!(read("0", ""), Milestone::InTransit, "0 is a status");
    assert_eq!(read("0", "1001"), Milestone::ArrivedInCountry);
    assert_eq!(read("4", "14"), Milestone::ReturnedRefused, "14 under 4");
    assert_eq!(
        read("14", ""),
        Milestone::RefusedByConsignee,
        "14 on its own"
    );
    assert_eq!(read("4", "401"), Milestone::Cancelled);
    assert_eq!(read("9", ""), Milestone::Unknown, "9 does not exist");
}

/// The older page's top-level codes: a vocabulary of its own, which comes in and never goes out.
#[test]
fn the_older_pages_codes_are_accepted_and_never_told() {
    let page = [
        ("10", "Pending customs clearance", "8", "10"),
        ("11", "Customs clearance started", "8", "11"),
        ("12", "Customs clearance completed", "8", "12"),
        ("13", "Exception(customs clearance)", "8", "13"),
        ("14", "Recipient refused", "14", ""),
    ];
    let vocabulary = vocabulary();
    assert_eq!(keydelivery::older().len(), page.len());
    for (row, (code, name, status, sub)) in keydelivery::older().iter().zip(page) {
        assert_eq!((row.code.as_str(), row.name.as_str()), (code, name));
        assert_eq!((row.status.as_str(), row.substatus.as_str()), (status, sub));
        let today = vocabulary.get(KIND, status, sub).unwrap();
        assert_eq!(today.name, name);
        for body in [
            format!(r#"{{"context":"x","time":"2024-03-05 14:20:11","order_status_code":{code}}}"#),
            format!(
                r#"{{"context":"x","time":"2024-03-05 14:20:11","order_status_description":"{name}"}}"#
            ),
        ] {
            let body =
                format!(r#"{{"code":200,"data":{{"order_status_code":{code},"items":[{body}]}}}}"#);
            let parsed = parse("Z1", 200, body.as_bytes()).unwrap();
            assert_eq!(
                parsed.answer.parts[0].statements[0].milestone,
                today.milestone
            );
            assert_eq!(parsed.warnings, Vec::<String>::new());
        }
        let (told, _) = vocabulary.tell(KIND, today.milestone);
        assert_eq!(told.unwrap().code, status, "told under today's status");
    }
    // Of the ten that are told, none is of the older page but 14.
    for row in vocabulary.of_kind(KIND).filter(|row| row.sub.is_empty()) {
        let older = keydelivery::older().iter().any(|it| it.code == row.code);
        assert_eq!(older, row.code == "14", "{}", row.code);
    }
}

/// keydelivery.md §9: those of the vendor's pages, and those of third parties.
#[test]
fn every_carrier_id_of_the_reference_is_known() {
    let pages = "dhl DHL dhlen dhl_de dhl_benelux fedex fedexcn ups usps gls seur spain_correos_es";
    let others = "deutschepost hermes dpd amazon postnl evri tnt";
    let rows = keydelivery::carriers();
    for (ids, documented) in [(pages, true), (others, false)] {
        for id in ids.split(' ') {
            let row = rows.iter().find(|row| row.code.eq_ignore_ascii_case(id));
            let row = row.unwrap_or_else(|| panic!("{id}"));
            assert_eq!(row.documented, documented, "{id}");
            assert_eq!(keydelivery::carrier(id), Some(row.carrier));
        }
    }
}

#[test]
fn carriers_are_matched_without_case() {
    for row in keydelivery::carriers() {
        assert_eq!(
            keydelivery::carrier(&row.code.to_uppercase()),
            Some(row.carrier)
        );
        assert_eq!(keydelivery::code_of(row.carrier), Some(row.code));
    }
    assert_eq!(keydelivery::carrier("247Express"), Some("247express"));
}

/// A replay reads items anew: a substatus that moves or is learnt is followed, the rest stays.
#[test]
fn a_changed_table_is_followed_by_what_was_kept() {
    let body = r#"{"code":200,"data":{"items":[
        {"context":"a","time":"2024-03-05 14:20:11","order_status_code":777},
        {"context":"b","time":"2024-03-05 14:20:11","order_status_code":501},
        {"context":"c","time":"2024-03-05 14:20:11","order_status_description":"Delivered"}]}}"#;
    let statements = parse("Z1", 200, body.as_bytes())
        .unwrap()
        .answer
        .parts
        .remove(0)
        .statements;
    let milestones = |table: &str| {
        let vocabulary = Vocabulary::parse(table).unwrap();
        let reread = |s: &trackway_model::Statement| {
            KeyDelivery
                .reread(&vocabulary, s.stream, &s.code, Some(&s.raw), s.reason)
                .0
        };
        statements.iter().rev().map(reread).collect::<Vec<_>>()
    };
    let table = KeyDelivery.codes();
    let before = [
        Milestone::Unknown,
        Milestone::ReadyForPickup,
        Milestone::Delivered,
    ];
    assert_eq!(milestones(table), before);
    let moved =
        table.replace("shipment,5,501,", "shipment,0,501,") + "shipment,2,777,Lost,,lost,,,,,\n";
    assert_eq!(milestones(&moved), [Milestone::Lost, before[1], before[2]]);
    // Erased: the code alone speaks.
    let erased = &statements[1];
    let told = KeyDelivery.reread(
        &vocabulary(),
        erased.stream,
        &erased.code,
        None,
        erased.reason,
    );
    assert_eq!(told.0, Milestone::ReadyForPickup);
}
