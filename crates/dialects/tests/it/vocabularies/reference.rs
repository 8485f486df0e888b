//! Track123's table against copies of the vendor's lists (track123.md §2), kept as they came.

use super::tables;
use std::collections::BTreeSet;
use trackway_model::CodeKind;

/// Rows as `(code, type or nothing, description)`.
fn listed(csv: &str) -> Vec<(String, String, String)> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let rows = reader.records().map(Result::unwrap);
    rows.map(|row| match row.len() {
        2 => (row[0].to_owned(), String::new(), row[1].to_owned()),
        _ => (row[0].to_owned(), row[1].to_owned(), row[2].to_owned()),
    })
    .collect()
}

const LISTS: &[(CodeKind, &str, usize)] = &[
    (
        CodeKind::Shipment,
        include_str!("reference/track123-package.csv"),
        9,
    ),
    (
        CodeKind::Query,
        include_str!("reference/track123-query.csv"),
        6,
    ),
    (
        CodeKind::OceanSearch,
        include_str!("reference/track123-ocean-search.csv"),
        5,
    ),
    (
        CodeKind::OceanTransit,
        include_str!("reference/track123-ocean-transit.csv"),
        4,
    ),
    (
        CodeKind::OceanEvent,
        include_str!("reference/track123-ocean-event.csv"),
        13,
    ),
    (
        CodeKind::Location,
        include_str!("reference/track123-ocean-location.csv"),
        5,
    ),
    (
        CodeKind::AirShipment,
        include_str!("reference/track123-air.csv"),
        10,
    ),
    (
        CodeKind::AirEvent,
        include_str!("reference/track123-air-event.csv"),
        7,
    ),
];

#[test]
fn every_code_of_track123_stands_as_the_vendor_spells_it() {
    let tables = tables();
    let table = tables.named("track123").unwrap();
    let mut all = 0;
    for (kind, list, count) in LISTS {
        let list = listed(list);
        assert_eq!(list.len(), *count, "{}", kind.name());
        all += count;
        for (code, name, text) in &list {
            let row = table.get(*kind, code, "").unwrap();
            assert_eq!((&row.name, &row.text), (name, text), "{code}");
        }
        let codes = |of: Vec<String>| of.into_iter().collect::<BTreeSet<String>>();
        let ours = table.of_kind(*kind).filter(|row| row.sub.is_empty());
        assert_eq!(
            codes(ours.map(|row| row.code.clone()).collect()),
            codes(list.into_iter().map(|row| row.0).collect()),
        );
    }
    let subs = listed(include_str!("reference/track123-package-sub.csv"));
    assert_eq!(subs.len(), 28);
    for (sub, _, text) in &subs {
        // §2.6: a sub-code is its status, `_` and two digits.
        let status = &sub[..sub.len() - 3];
        let row = table.get(CodeKind::Shipment, status, sub).unwrap();
        assert_eq!(row.text, *text, "{sub}");
        assert!(row.has_milestone());
    }
    assert_eq!(table.rows().len(), all + subs.len());
}

/// §2.6: INIT, NO_RECORD and EXPIRED have no sub-codes, and tell of the registration.
#[test]
fn what_belongs_to_the_registration_has_a_standing_in_every_table() {
    let tables = tables();
    let table = tables.named("track123").unwrap();
    for row in table.rows() {
        let of_registration = ["INIT", "NO_RECORD", "EXPIRED"].contains(&&*row.code);
        assert_eq!(row.standing.is_some(), of_registration, "{}", row.key());
        assert!(!of_registration || row.sub.is_empty());
    }
}
