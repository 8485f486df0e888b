//! The schema and what is copied of it, held together.

use super::statements::name;
use super::*;
use crate::copy::TABLES;
use std::collections::BTreeSet;
use trackway_testkit::Postgres;

/// Tables and columns that a copy does not carry, because they follow from what it carries.
const FOLLOWS: &[(&str, &str)] = &[
    ("migration", "*"),
    ("number", "*"),
    ("connection_setting", "*"),
    ("feed_lease", "*"),
    ("endpoint_lease", "*"),
    ("shipment", "*"),
    ("reference", "*"),
    ("quota_budget", "*"),
    ("record_account", "*"),
    ("log", "shard"),
    ("track", "shard"),
    ("track", "version"),
    ("track", "statements"),
    ("track_key", "shard"),
    ("payload", "shard"),
    ("feed", "id"),
    ("feed", "shard"),
];

/// A column that is added to the schema is copied, or said to follow from others.
#[tokio::test]
async fn every_column_is_copied_or_follows() {
    let test = Postgres::database().await.unwrap();
    let database = Database::new(&test.url, 1).unwrap();
    migrate::migrate(&database, MIGRATIONS, Mode::Open)
        .await
        .unwrap();
    let client = database.connection().await.unwrap();
    let sql = "SELECT table_name::text, column_name::text FROM information_schema.columns
               WHERE table_schema = 'public'";
    let rows = client.query(sql, &[]).await.unwrap();
    let there: BTreeSet<(String, String)> = rows
        .iter()
        .map(|row| (row.get(0), row.get(1)))
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
    for sql in TABLES
        .iter()
        .flat_map(|table| [select(table), insert(table)])
    {
        let prepared = client.prepare(&sql).await;
        assert!(prepared.is_ok(), "{sql}: {:?}", prepared.err());
    }
    for sql in [HELD, GO_ON, NEXT_NUMBER] {
        assert!(client.prepare(sql).await.is_ok(), "{sql}");
    }
}
