//! The lists of what a system's documents say, each row with the test that shows it.

use serde::Deserialize;
use std::collections::BTreeSet;

const KINDS: [&str; 6] = ["endpoint", "field", "code", "error", "limit", "check"];

/// A row of a `conformance.csv`.
#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the table's column")]
pub struct Row {
    pub row: String,
    pub kind: String,
    pub mark: String,
    /// The section of the reference.
    pub r#where: String,
    pub what: String,
    pub test: String,
}

pub fn rows(list: &str) -> Vec<Row> {
    csv::Reader::from_reader(list.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .unwrap()
}

/// What each row is about, once.
pub fn named(list: &str) -> BTreeSet<String> {
    rows(list).into_iter().map(|it| it.row).collect()
}

/// Rows of a table of codes that begins with comments.
pub fn records(table: &str) -> Vec<csv::StringRecord> {
    csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(table.as_bytes())
        .records()
        .map(Result::unwrap)
        .collect()
}

/// Every row stands once, is complete, and names a test of one of `tests` (by the module's path behind
/// one of `rooms`, with its source).
pub fn assert_shown(list: &str, rooms: &[&str], tests: &[(&str, &str)]) {
    let mut seen = BTreeSet::new();
    for it in rows(list) {
        let row = it.row;
        assert!(seen.insert(row.clone()), "{row} stands twice");
        assert!(KINDS.contains(&&*it.kind), "{row}: {}", it.kind);
        assert!(["documented", "inferred"].contains(&&*it.mark), "{row}");
        assert!(!it.r#where.is_empty() && !it.what.is_empty(), "{row}");
        let named = rooms.iter().find_map(|room| it.test.strip_prefix(room));
        let shown = named.and_then(|test| {
            let (module, name) = test.rsplit_once("::")?;
            let (_, source) = tests.iter().find(|(known, _)| *known == module)?;
            Some(source.contains(&format!("fn {name}(")))
        });
        assert_eq!(shown, Some(true), "{row}: {}", it.test);
    }
}
