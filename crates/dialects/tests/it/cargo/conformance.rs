//! The list of what is documented names a test for every row, and misses no row of the tables.

use std::collections::BTreeSet;
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
    ("item", include_str!("../../../src/track123/cargo/item.rs")),
];

fn rows() -> Vec<csv::StringRecord> {
    let mut list = csv::Reader::from_reader(LIST.as_bytes());
    let headers = list.headers().unwrap().clone();
    assert_eq!(
        headers.iter().collect::<Vec<_>>(),
        ["row", "kind", "mark", "where", "what", "test"]
    );
    list.records().collect::<Result<_, _>>().unwrap()
}

#[test]
fn every_row_names_a_test_that_exists() {
    let mut seen = BTreeSet::new();
    for row in rows() {
        let name = row[0].to_owned();
        assert!(
            matches!(
                &row[1],
                "endpoint" | "field" | "code" | "error" | "limit" | "check"
            ),
            "{name}"
        );
        assert!(matches!(&row[2], "documented" | "inferred"), "{name}");
        assert!(!row[3].is_empty() && !row[4].is_empty(), "{name}");
        let (module, test) = row[5].split_once("::").unwrap();
        let source = TESTS.iter().find(|(known, _)| *known == module).unwrap().1;
        let test = test.rsplit("::").next().unwrap();
        assert!(source.contains(&format!("fn {test}(")), "{name}: {test}");
        assert!(seen.insert(name.clone()), "{name} stands twice");
    }
}

#[test]
fn no_code_is_missing() {
    let named: BTreeSet<String> = rows().iter().map(|row| row[0].to_owned()).collect();
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
