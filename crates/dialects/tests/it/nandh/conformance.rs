//! The list of what is documented names a test for every row, and misses no row of the tables.

use crate::support::conformance::{assert_shown, rows};
use std::collections::BTreeSet;
use trackway_dialects::nandh;

const LIST: &str = include_str!("../../../src/nandh/conformance.csv");
const TESTS: &[(&str, &str)] = &[
    ("passage", include_str!("passage.rs")),
    ("reports", include_str!("reports.rs")),
    ("send", include_str!("send.rs")),
    ("upstream", include_str!("upstream.rs")),
    ("serve::catalog", include_str!("serve/catalog.rs")),
    ("serve::details", include_str!("serve/details.rs")),
    ("serve::door", include_str!("serve/door.rs")),
    ("serve::kept", include_str!("serve/kept.rs")),
    ("serve::mistakes", include_str!("serve/mistakes.rs")),
    ("serve::places", include_str!("serve/places.rs")),
    ("serve::products", include_str!("serve/products.rs")),
    ("serve::stock", include_str!("serve/stock.rs")),
    ("serve::trade", include_str!("serve/trade.rs")),
    (
        "wire::order::tests",
        include_str!("../../../src/nandh/wire/order/tests.rs"),
    ),
    ("query::tests", include_str!("../../../src/nandh/query.rs")),
    (
        "states::tests",
        include_str!("../../../src/nandh/states.rs"),
    ),
    ("nandh", include_str!("../../../../web/tests/it/nandh.rs")),
];

#[test]
fn every_row_names_a_test_that_exists() {
    assert_shown(LIST, &["web::", "nandh::"], TESTS);
}

/// The index, the errors and every number of every table.
#[test]
fn no_row_of_the_index_and_no_code_is_missing() {
    let rows = rows(LIST);
    let named: BTreeSet<&str> = rows.iter().map(|it| it.row.as_str()).collect();
    for route in nandh::ROUTES {
        assert!(named.contains(route.item), "{}", route.item);
        let row = rows.iter().find(|it| it.row == route.item).unwrap();
        assert!(
            row.what.contains(&route.full()),
            "{}: {}",
            route.item,
            row.what
        );
        let documented = route.source == nandh::Source::Documented;
        assert_eq!(row.mark == "documented", documented, "{}", route.item);
    }
    for error in nandh::ERRORS {
        assert!(named.contains(error.name), "{}", error.name);
    }
    let tables = [
        include_str!("../../../src/nandh/codes.csv"),
        include_str!("../../../src/nandh/states.csv"),
    ];
    for table in tables {
        let mut reader = csv::ReaderBuilder::new()
            .comment(Some(b'#'))
            .from_reader(table.as_bytes());
        let headers = reader.headers().unwrap().clone();
        let at = |name: &str| headers.iter().position(|header| header == name).unwrap();
        let (subject, code) = (at("subject"), at("code"));
        for record in reader.records().map(Result::unwrap) {
            // Lists of names travel by their names, and stand with the members that hold them.
            if record[subject].ends_with("_type") || &record[subject] == "reason" {
                continue;
            }
            let name = format!("{}-{}", &record[subject], &record[code]);
            assert!(named.contains(name.as_str()), "{name}");
        }
    }
}
