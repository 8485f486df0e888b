//! The list of what is documented names a test for every row, and misses no row of the tables.

use crate::support::conformance::{assert_shown, named, records};
use trackway_dialects::keydelivery;

const LIST: &str = include_str!("../../../src/keydelivery/conformance.csv");
const TESTS: &[(&str, &str)] = &[
    ("call", include_str!("call.rs")),
    ("create", include_str!("create.rs")),
    ("detect", include_str!("detect.rs")),
    ("passage", include_str!("passage.rs")),
    ("push", include_str!("push.rs")),
    ("receive", include_str!("receive.rs")),
    (
        "pushing::registered",
        include_str!("../../../../hub/tests/it/pushing/registered.rs"),
    ),
    (
        "pushing::upstream",
        include_str!("../../../../hub/tests/it/pushing/upstream.rs"),
    ),
    ("serve", include_str!("serve.rs")),
    ("synthesis", include_str!("synthesis.rs")),
    ("vocabulary", include_str!("vocabulary.rs")),
    (
        "signature::tests",
        include_str!("../../../src/keydelivery/signature.rs"),
    ),
];

#[test]
fn every_row_names_a_test_that_exists() {
    // What only a hub with a clock can show stands in its tests.
    assert_shown(LIST, &["keydelivery::", "hub::"], TESTS);
}

#[test]
fn no_status_and_no_response_code_is_missing() {
    let named = named(LIST);
    for row in keydelivery::RESPONSES {
        assert!(
            named.contains(&format!("code-{}", row.number)),
            "{}",
            row.number
        );
    }
    let codes = include_str!("../../../src/keydelivery/codes.csv");
    let records = records(codes).into_iter();
    for record in records.filter(|record| &record[0] == "shipment") {
        let name = if record[2].is_empty() {
            format!("status-{}", &record[1])
        } else {
            format!("status-{}-{}", &record[1], &record[2])
        };
        assert!(named.contains(&name), "{name}");
    }
}
