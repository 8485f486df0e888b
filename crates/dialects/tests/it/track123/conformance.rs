//! The list of what is documented names a test for every row, and misses no row of the tables.

use std::collections::BTreeSet;
use trackway_dialects::track123;

const LIST: &str = include_str!("../../../src/track123/conformance.csv");
const TESTS: &[(&str, &str)] = &[
    ("call", include_str!("call.rs")),
    ("edit", include_str!("edit.rs")),
    ("passage", include_str!("passage.rs")),
    ("query", include_str!("query.rs")),
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
        let kinds = ["endpoint", "field", "code", "error", "limit", "check"];
        assert!(kinds.contains(&kind.as_str()), "{row}");
        assert!(matches!(mark.as_str(), "documented" | "inferred"), "{row}");
        assert!(!r#where.is_empty() && !what.is_empty(), "{row}");
        let mut named = ["track123::", "vocabularies::", "web::"].iter();
        let named = named.find_map(|room| test.strip_prefix(room));
        let (module, name) = named.unwrap().rsplit_once("::").unwrap();
        let source = TESTS.iter().find(|(known, _)| *known == module);
        let source = source.unwrap_or_else(|| panic!("{row}: {test}")).1;
        assert!(source.contains(&format!("fn {name}(")), "{row}: {test}");
    }
}

#[test]
fn no_status_and_no_service_code_is_missing() {
    let named: BTreeSet<_> = rows().into_iter().map(|row| row.row).collect();
    for row in track123::service_codes() {
        assert!(
            named.contains(&format!("code-{}", row.code)),
            "{}",
            row.code
        );
    }
    let codes = include_str!("../../../src/track123/codes.csv");
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(codes.as_bytes());
    let records = reader.records().map(Result::unwrap);
    for record in records.filter(|record| matches!(&record[0], "shipment" | "query")) {
        let sub = if record[2].is_empty() { "" } else { "/" };
        let name = format!("{}-{}{sub}{}", &record[0], &record[1], &record[2]);
        assert!(named.contains(&name), "{name}");
    }
}
