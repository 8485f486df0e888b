//! Every code of every table in every other one: what is said of it is so.

use super::{each, tables};
use trackway_dialects::translate::{Asked, Translation, Unknown, one, translate};
use trackway_model::vocabulary::{Fidelity, Row};
use trackway_model::{CodeKind, Milestone, Reason, Stage};

fn said(from: &str, code: &str, sub: &str, to: &str) -> Translation {
    let asked = Asked {
        from,
        kind: None,
        code,
        sub,
        to,
    };
    let mut found = translate(&tables(), &asked).unwrap();
    assert_eq!(found.len(), 1, "{from} {code}");
    found.remove(0)
}

/// `code/sub fidelity`, or what fidelity is left without a code.
fn told(from: &str, code: &str, sub: &str, to: &str) -> String {
    let found = said(from, code, sub, to);
    let fidelity = serde_json::to_value(found.fidelity).unwrap();
    let fidelity = fidelity.as_str().unwrap();
    found.to.map_or_else(
        || fidelity.to_owned(),
        |to| match &*to.sub {
            "" => format!("{} {fidelity}", to.code),
            sub => format!("{}/{sub} {fidelity}", to.code),
        },
    )
}

fn check(from: &str, row: &Row, to: &str) -> Fidelity {
    let tables = tables();
    let of = |name| (name, tables.named(name).unwrap());
    let found = one(of(from), row, of(to));
    let label = format!("{from} {} {} to {to}", row.kind.name(), row.key());
    let target = found.to.as_ref().map(|to_code| {
        let kind = CodeKind::parse(to_code.kind).unwrap();
        let table = tables.named(to).unwrap();
        table.get(kind, &to_code.code, &to_code.sub).unwrap()
    });
    match (target, found.fidelity) {
        (None, Fidelity::None) => assert!(!found.lost.is_empty(), "{label}"),
        (Some(target), Fidelity::Exact) => {
            assert!(found.lost.is_empty(), "{label}: {:?}", found.lost);
            assert_eq!(target.standing, row.standing, "{label}");
            assert_eq!(target.milestone, row.milestone, "{label}");
            let beside = found.to_reason.as_ref().map(|reason| {
                let table = tables.named(to).unwrap();
                table
                    .get(CodeKind::Reason, &reason.code, "")
                    .unwrap()
                    .reason
            });
            // Where the source gives none, the target's is that of the milestone itself.
            let reasons = [Some(target.reason), beside, Some(Reason::None)];
            assert!(reasons.contains(&Some(row.reason)), "{label}");
        }
        (Some(_), Fidelity::Broader | Fidelity::Narrower) => {
            assert!(!found.lost.is_empty(), "{label}");
        }
        other => panic!("{label}: {other:?}"),
    }
    if let Some(target) = target {
        // Never an end, and never a delivery, that the source did not tell.
        let stage = |row: &Row| row.milestone.stage();
        assert!(
            !stage(target).is_final() || stage(row).is_final(),
            "{label}"
        );
        let delivered = |row| stage(row) == Stage::Delivered;
        assert!(!delivered(target) || delivered(row), "{label}");
    }
    found.fidelity
}

#[test]
fn every_translation_says_what_it_loses_and_ends_nothing() {
    let tables = tables();
    let mut seen = std::collections::BTreeMap::new();
    for (from, table) in each(&tables) {
        for (to, _) in each(&tables) {
            for row in table.rows() {
                let fidelity = check(from, row, to);
                *seen.entry(format!("{fidelity:?}")).or_insert(0) += 1;
            }
        }
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}

/// To itself a table loses nothing but which of two codes of one meaning it was.
#[test]
fn every_code_that_means_something_translates_to_its_own_system_exactly() {
    let tables = tables();
    for (name, table) in each(&tables) {
        for row in table.rows() {
            let found = one((name, table), row, (name, table));
            let told = (row.has_milestone() && row.milestone != Milestone::Unknown)
                || row.standing.is_some()
                || row.kind == CodeKind::Reason;
            let expected = if told {
                Fidelity::Exact
            } else {
                Fidelity::None
            };
            // A reason without a code of its own is named by no code of this system.
            if found.lost.iter().all(|lost| !lost.contains("the reason")) {
                assert_eq!(found.fidelity, expected, "{name} {}: {found:?}", row.key());
            }
        }
    }
}

#[test]
fn what_the_references_say_of_it() {
    // standards.md §3: by the letters it would be wrong.
    assert_eq!(told("track123", "STUF", "", "dcsa"), "GTOT/EMPTY exact");
    assert_eq!(told("track123", "STRP", "", "dcsa"), "GTIN/EMPTY exact");
    assert_eq!(told("dcsa", "STRP", "", "track123"), "none");
    assert_eq!(told("track123", "BERT", "", "dcsa"), "none");
    assert_eq!(told("track123", "CUST", "", "dcsa"), "CUSR exact");
    assert_eq!(told("dcsa", "GTOT", "EMPTY", "track123"), "STUF exact");
    // standards.md §4.
    assert_eq!(told("cargo-imp", "NFD", "", "track123"), "NOTIFIED exact");
    assert_eq!(told("cargo-imp", "DLV", "", "track123"), "DELIVERED exact");
    // A cause travels with what it caused.
    assert_eq!(
        told("keydelivery", "2", "206", "track123"),
        "DELIVERY_FAILED/DELIVERY_FAILED_03 exact"
    );
    let refused = said("keydelivery", "2", "203", "247express");
    assert_eq!(refused.to.unwrap().code, "16");
    assert_eq!(refused.to_reason.unwrap().code, "8");
    // Standings are told as standings.
    assert_eq!(
        told("keydelivery", "expired", "", "track123"),
        "EXPIRED exact"
    );
    assert_eq!(told("native", "pending", "", "track123"), "INIT exact");
    assert_eq!(told("native", "pending", "", "247express"), "none");
}

#[test]
fn a_sub_code_is_found_by_itself_and_a_kind_chooses_a_table() {
    assert_eq!(
        told("track123", "IN_TRANSIT_06", "", "keydelivery"),
        "0/1001 exact"
    );
    let asked = |kind, code| Asked {
        from: "track123",
        kind,
        code,
        sub: "",
        to: "native",
    };
    let of_all = translate(&tables(), &asked(None, "IN_TRANSIT")).unwrap();
    let kinds: Vec<&str> = of_all.iter().map(|found| found.from.kind).collect();
    assert_eq!(
        kinds,
        [
            "shipment",
            "ocean_search",
            "ocean_transit",
            "air_shipment",
            "air_event"
        ]
    );
    let of_one = translate(&tables(), &asked(Some(CodeKind::AirEvent), "in_transit"));
    assert_eq!(of_one.unwrap().len(), 1, "in any case of letters");
}

#[test]
fn what_is_not_known_is_an_error_that_says_what_is() {
    let tables = tables();
    let ask = |from, code, sub, to| {
        let asked = Asked {
            from,
            kind: None,
            code,
            sub,
            to,
        };
        translate(&tables, &asked).unwrap_err()
    };
    let nobody = ask("nobody", "1", "", "native");
    assert!(matches!(nobody, Unknown::Dialect { .. }));
    assert!(nobody.to_string().contains("247express"), "{nobody}");
    assert!(matches!(
        ask("native", "delivered", "", "nobody"),
        Unknown::Dialect { .. }
    ));
    assert!(matches!(
        ask("247express", "nothing", "", "native"),
        Unknown::Code { .. }
    ));
    assert!(matches!(
        ask("247express", "", "", "native"),
        Unknown::Code { .. }
    ));
    let sub = ask("keydelivery", "3", "999", "native");
    assert!(sub.to_string().ends_with("3, 301, 302, 303, 304"), "{sub}");
}
