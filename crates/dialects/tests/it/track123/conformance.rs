//! The list of what is documented names a test for every row, and misses no row of the tables.

use crate::support::conformance::{assert_shown, named, records};
use trackway_dialects::track123;

const LIST: &str = include_str!("../../../src/track123/conformance.csv");
const TESTS: &[(&str, &str)] = &[
    ("call", include_str!("call.rs")),
    ("edit", include_str!("edit.rs")),
    ("passage", include_str!("passage.rs")),
    ("query", include_str!("query.rs")),
    ("detect", include_str!("detect.rs")),
    ("serve", include_str!("serve.rs")),
    ("synthesis", include_str!("synthesis.rs")),
    ("webhook", include_str!("webhook.rs")),
    ("reference", include_str!("../vocabularies/reference.rs")),
    (
        "envelope::tests",
        include_str!("../../../src/track123/envelope.rs"),
    ),
    ("own::tests", include_str!("../../../src/track123/own.rs")),
    (
        "tracking::tests",
        include_str!("../../../src/track123/tracking.rs"),
    ),
    (
        "carriers::tests",
        include_str!("../../../src/track123/carriers.rs"),
    ),
    (
        "signature::tests",
        include_str!("../../../src/track123/signature.rs"),
    ),
    (
        "track123",
        include_str!("../../../../web/tests/it/track123.rs"),
    ),
];

#[test]
fn every_row_names_a_test_that_exists() {
    assert_shown(LIST, &["track123::", "vocabularies::", "web::"], TESTS);
}

#[test]
fn no_status_and_no_service_code_is_missing() {
    let named = named(LIST);
    for row in track123::service_codes() {
        assert!(
            named.contains(&format!("code-{}", row.code)),
            "{}",
            row.code
        );
    }
    let codes = include_str!("../../../src/track123/codes.csv");
    let records = records(codes).into_iter();
    for record in records.filter(|record| matches!(&record[0], "shipment" | "query")) {
        let sub = if record[2].is_empty() { "" } else { "/" };
        let name = format!("{}-{}{sub}{}", &record[0], &record[1], &record[2]);
        assert!(named.contains(&name), "{name}");
    }
}
