//! The list of what is documented names a test for every row, and misses no row of the tables.

use crate::support::conformance::{assert_shown, named};
use trackway_dialects::registry::built_in;
use trackway_model::CodeKind;

const LIST: &str = include_str!("../../../src/track123/cargo/conformance.csv");
const TESTS: &[(&str, &str)] = &[
    ("air", include_str!("air.rs")),
    ("call", include_str!("call.rs")),
    ("hook", include_str!("hook.rs")),
    ("ocean", include_str!("ocean.rs")),
    ("read", include_str!("read.rs")),
    ("synthesis", include_str!("synthesis.rs")),
    (
        "item::tests",
        include_str!("../../../src/track123/cargo/item.rs"),
    ),
];

#[test]
fn every_row_names_a_test_that_exists() {
    assert_shown(LIST, &[""], TESTS);
}

#[test]
fn no_code_is_missing() {
    let named = named(LIST);
    let tables = built_in();
    for (kind, prefix) in [
        (CodeKind::OceanSearch, "search"),
        (CodeKind::OceanTransit, "transit"),
        (CodeKind::OceanEvent, "ocean-event"),
        (CodeKind::Location, "location"),
        (CodeKind::AirShipment, "air"),
        (CodeKind::AirEvent, "air-event"),
    ] {
        for row in tables.of("track123").of_kind(kind) {
            let name = format!("{prefix}-{}", row.code);
            assert!(named.contains(&name), "{name}");
        }
    }
}
