//! The list of what is documented names a test for every row, and misses no row of the tables.

use std::collections::BTreeSet;
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

#[derive(serde::Deserialize)]
#[expect(clippy::struct_field_names, reason = "the table's column")]
struct Row {
    row: String,
    kind: String,
    mark: String,
    r#where: String,
    what: String,
    test: String,
}

fn rows() -> Vec<Row> {
    csv::Reader::from_reader(LIST.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .unwrap()
}

#[test]
fn every_row_names_a_test_that_exists() {
    let mut seen = BTreeSet::new();
    for Row {
        row,
        kind,
        mark,
        r#where,
        what,
        test,
    } in rows()
    {
        assert!(seen.insert(row.clone()), "{row} stands twice");
        assert!(
            matches!(
                kind.as_str(),
                "endpoint" | "field" | "code" | "error" | "limit" | "check"
            ),
            "{row}"
        );
        assert!(matches!(mark.as_str(), "documented" | "inferred"), "{row}");
        assert!(r#where.parse::<u8>().is_ok() && !what.is_empty(), "{row}");
        // What only a hub with a clock can show stands in its tests.
        let named = test
            .strip_prefix("keydelivery::")
            .or_else(|| test.strip_prefix("hub::"));
        let (module, name) = named.unwrap().rsplit_once("::").unwrap();
        let source = TESTS.iter().find(|(known, _)| *known == module).unwrap().1;
        assert!(source.contains(&format!("fn {name}(")), "{row}: {test}");
    }
}

#[test]
fn no_status_and_no_response_code_is_missing() {
    let named: BTreeSet<_> = rows().into_iter().map(|row| row.row).collect();
    for row in keydelivery::RESPONSES {
        assert!(
            named.contains(&format!("code-{}", row.number)),
            "{}",
            row.number
        );
    }
    let codes = include_str!("../../../src/keydelivery/codes.csv");
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(codes.as_bytes());
    let records = reader.records().map(Result::unwrap);
    for record in records.filter(|record| &record[0] == "shipment") {
        let name = if record[2].is_empty() {
            format!("status-{}", &record[1])
        } else {
            format!("status-{}-{}", &record[1], &record[2])
        };
        assert!(named.contains(&name), "{name}");
    }
}
