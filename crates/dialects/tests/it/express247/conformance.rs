//! The list of what is documented names a test for every row, and misses no row of the tables.

use std::collections::BTreeSet;
use trackway_dialects::express247::{customer, errors};

const LIST: &str = include_str!("../../../src/express247/conformance.csv");
const TESTS: &[(&str, &str)] = &[
    ("express247::book", include_str!("book.rs")),
    ("express247::call", include_str!("call.rs")),
    ("express247::customer", include_str!("customer.rs")),
    ("express247::passage", include_str!("passage.rs")),
    ("express247::passed", include_str!("passed.rs")),
    ("express247::receive", include_str!("receive.rs")),
    ("express247::send", include_str!("send.rs")),
    ("express247::told", include_str!("told.rs")),
    (
        "express247::trade::elsewhere",
        include_str!("trade/elsewhere.rs"),
    ),
    (
        "express247::trade::feedback",
        include_str!("trade/feedback.rs"),
    ),
    ("express247::trade::hubs", include_str!("trade/hubs.rs")),
    (
        "express247::trade::mistakes",
        include_str!("trade/mistakes.rs"),
    ),
    ("express247::trade::orders", include_str!("trade/orders.rs")),
    ("express247::trade::prices", include_str!("trade/prices.rs")),
    ("express247::trade::shared", include_str!("trade/shared.rs")),
    ("express247::trade::shown", include_str!("trade/shown.rs")),
    (
        "express247::trade::tolerance",
        include_str!("trade/tolerance.rs"),
    ),
    ("express247::tracking", include_str!("tracking.rs")),
    ("express247::vocabulary", include_str!("vocabulary.rs")),
    (
        "hub::booking",
        include_str!("../../../../hub/tests/it/booking.rs"),
    ),
    (
        "hub::booking::passed_on",
        include_str!("../../../../hub/tests/it/booking/passed_on.rs"),
    ),
    (
        "web::express247",
        include_str!("../../../../web/tests/it/express247.rs"),
    ),
];

fn rows() -> Vec<csv::StringRecord> {
    csv::Reader::from_reader(LIST.as_bytes())
        .records()
        .collect::<Result<_, _>>()
        .unwrap()
}

#[test]
fn every_row_names_a_test_that_exists() {
    let mut seen = BTreeSet::new();
    for record in rows() {
        let [row, kind, mark, section, what, test] = [0, 1, 2, 3, 4, 5].map(|at| &record[at]);
        assert!(seen.insert(row.to_owned()), "{row} stands twice");
        let kinds = ["endpoint", "field", "code", "error", "limit", "check"];
        assert!(kinds.contains(&kind), "{row}");
        assert!(matches!(mark, "documented" | "inferred"), "{row}");
        assert!(!section.is_empty() && !what.is_empty(), "{row}");
        let (module, name) = test.rsplit_once("::").unwrap();
        let source = TESTS.iter().find(|known| known.0 == module).unwrap().1;
        assert!(source.contains(&format!("fn {name}(")), "{row}: {test}");
    }
}

#[test]
fn every_error_is_provoked_by_a_real_request() {
    for error in errors::ALL {
        let row = rows().into_iter().find(|row| &row[0] == error.code);
        let row = row.unwrap_or_else(|| panic!("no row of {}", error.code));
        assert_eq!((&row[1], &row[4]), ("error", error.text));
        assert!(row[5].starts_with("web::"), "{}", error.code);
    }
}

#[test]
fn every_number_and_every_call_of_the_customer_api_has_a_row() {
    let rows = rows();
    for number in customer::errors::rows() {
        let name = format!("error {}", number.code);
        let row = rows.iter().find(|row| row[0] == name);
        let row = row.unwrap_or_else(|| panic!("no row of {name}"));
        assert!(row[4].starts_with(&number.name), "{name}: {}", &row[4]);
        assert_eq!(&row[2], number.mark, "{name}");
    }
    for (method, path) in trackway_dialects::express247::calls() {
        let wanted = format!("{method} /{path}").replace('*', "{token}");
        let has = rows.iter().any(|row| row[0].eq_ignore_ascii_case(&wanted));
        assert!(has, "{wanted}");
    }
}
