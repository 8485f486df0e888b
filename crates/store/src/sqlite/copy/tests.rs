//! The schema and what is copied of it, held together.

use super::*;
use crate::copy::TABLES;
use std::collections::BTreeSet;

/// Tables and columns that a copy does not carry, because they follow from what it carries.
const FOLLOWS: &[(&str, &str)] = &[
    ("migration", "*"),
    ("number", "*"),
    ("sqlite_sequence", "*"),
    ("log", "tracks"),
    ("log", "statements"),
    ("track", "shard"),
    ("track", "upto"),
    ("registration", "shard"),
    ("registration", "chunk"),
    ("registration", "amended"),
    ("shipment_page", "*"),
    ("poll", "shard"),
];

/// A column that is added to the schema is copied, or said to follow from others.
#[test]
fn every_column_is_copied_or_follows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let mut connection = schema::open_writer(&path).unwrap();
    schema::migrate(&mut connection, &path, MIGRATIONS).unwrap();
    let sql = "SELECT t.name, c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
               WHERE t.type = 'table'";
    let mut statement = connection.prepare(sql).unwrap();
    let there: BTreeSet<(String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(|row| row.unwrap())
        .filter(|(table, _): &(String, String)| !FOLLOWS.contains(&(table, "*")))
        .filter(|(table, column)| !FOLLOWS.contains(&(table, column)))
        .collect();
    let copied: BTreeSet<_> = TABLES
        .iter()
        .flat_map(|table| {
            let column = |column| (table.name.to_owned(), name(table, column).to_owned());
            table.columns.iter().map(column)
        })
        .collect();
    assert_eq!(there, copied);
    for table in TABLES {
        for sql in [select(table, false), select(table, true), insert(table)] {
            assert!(connection.prepare(&sql).is_ok(), "{sql}");
        }
    }
}
