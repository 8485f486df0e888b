//! The list of what is documented names a test for every row, and misses no row of the tables.

use std::collections::BTreeSet;
use trackway_dialects::nandh;

const LIST: &str = include_str!("../../../src/nandh/conformance.csv");
const TESTS: &[(&str, &str)] = &[
    ("passage", include_str!("passage.rs")),
    ("send", include_str!("send.rs")),
    ("upstream", include_str!("upstream.rs")),
    ("serve::catalog", include_str!("serve/catalog.rs")),
    ("serve::details", include_str!("serve/details.rs")),
    ("serve::door", include_str!("serve/door.rs")),
    ("serve::mistakes", include_str!("serve/mistakes.rs")),
    ("serve::products", include_str!("serve/products.rs")),
    ("serve::stock", include_str!("serve/stock.rs")),
    ("serve::trade", include_str!("serve/trade.rs")),
    ("query::tests", include_str!("../../../src/nandh/query.rs")),
    (
        "states::tests",
        include_str!("../../../src/nandh/states.rs"),
    ),
    ("nandh", include_str!("../../../../web/tests/it/nandh.rs")),
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
    for it in rows() {
        let row = it.row;
        assert!(seen.insert(row.clone()), "{row} stands twice");
        let kinds = ["endpoint", "field", "code", "error", "limit", "check"];
        assert!(kinds.contains(&it.kind.as_str()), "{row}");
        assert!(
            matches!(it.mark.as_str(), "documented" | "inferred"),
            "{row}"
        );
        assert!(
            it.r#where.parse::<u8>().is_ok() && !it.what.is_empty(),
            "{row}"
        );
        let mut rooms = ["web::", "nandh::"].iter();
        let named = rooms.find_map(|room| it.test.strip_prefix(room));
        let (module, name) = named.unwrap().rsplit_once("::").unwrap();
        let source = TESTS.iter().find(|(known, _)| *known == module);
        let source = source.unwrap_or_else(|| panic!("{row}: {}", it.test)).1;
        assert!(
            source.contains(&format!("fn {name}(")),
            "{row}: {}",
            it.test
        );
    }
}

/// The index, the errors and every number of every table.
#[test]
fn no_row_of_the_index_and_no_code_is_missing() {
    let rows = rows();
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
