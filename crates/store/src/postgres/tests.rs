//! What only the engine's inside can check: its SQL, its plans, its schema.

mod search;

use super::commit::CHUNK_BLOCK;
use super::connect::Database;
use super::migrate::{MIGRATIONS, Migration, Mode, migrate};
use super::numbers::TRACK_BLOCK;
use super::{PostgresStore, SHARDS, sql};
use crate::seal::{Entropy, MasterKey, SystemEntropy};
use crate::{Directory, StoreConfig, StoreError};
use std::fmt::Write;
use std::sync::Arc;
use trackway_model::StreamTable;
use trackway_model::fold::{DEFAULT_REUSE_AFTER, FoldRules};
use trackway_testkit::{Postgres, TestDatabase};

fn config() -> StoreConfig {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let rules = FoldRules {
        streams: StreamTable(&[]),
        reuse_after: DEFAULT_REUSE_AFTER,
    };
    StoreConfig::new(rules, MasterKey::generate(entropy.as_ref()), entropy)
}

async fn migrated() -> (TestDatabase, Database) {
    let test = Postgres::database().await.unwrap();
    let database = Database::new(&test.url, 1).unwrap();
    migrate(&database, MIGRATIONS, Mode::Open).await.unwrap();
    (test, database)
}

#[tokio::test]
async fn every_statement_is_prepared() {
    let (_test, database) = migrated().await;
    let connection = database.connection().await.unwrap();
    for sql in sql::ALL {
        let prepared = connection.prepare(sql.text).await;
        assert!(prepared.is_ok(), "{}: {:?}", sql.name, prepared.err());
    }
    let files =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/postgres/sql")).unwrap();
    let files = files
        .filter(|file| file.as_ref().unwrap().path().is_file())
        .count();
    assert_eq!(
        sql::ALL.len(),
        files,
        "a file of SQL that no statement names"
    );
}

/// Plans of what runs with every request, as the server makes them for any parameters.
#[tokio::test]
async fn hot_statements_use_their_indexes() {
    let (_test, database) = migrated().await;
    let connection = database.connection().await.unwrap();
    let hot = [
        &sql::NUMBER_RESOLVE,
        &sql::NUMBER_FIND,
        &sql::TRACK_LOCK,
        &sql::TRACK_LOCK_KEYS,
        &sql::TRACK_UPDATE,
        &sql::TRACK_READ,
        &sql::LOG_READ,
        &sql::FEED_WINDOW,
        &sql::FEED_PEEK,
        &sql::FEED_STAMP,
        &sql::POLL_CLAIM,
        &sql::DELIVERY_WAITING,
        &sql::DELIVERY_PARKED,
        &sql::DELIVERY_REMOVE,
        &sql::ENDPOINT_LEASE_LOCK,
        &sql::KEY_BY_HASH,
        &sql::REGISTRATION_OF_TRACK,
        &sql::RECORD_SOME,
        &sql::RECORD_SHOWN,
        &sql::RECORD_NAMED,
        &sql::RECORD_CHILDREN,
        &sql::RECORD_OF_PARCEL,
        &sql::RECORD_UPDATE,
        &sql::RECORD_NAME_DELETE,
        &sql::RECORD_FACET_DELETE,
        &sql::RECORD_WALK_NEWEST,
        &sql::RECORD_WALK_UPDATED,
        &sql::RECORD_SAMPLE,
        &sql::RECORD_GATHER_FACET,
        &sql::RECORD_GATHER_NAMED,
        &sql::RECORD_AMONG,
        &sql::STOCK_LEVEL_SOME,
        &sql::STOCK_LEVEL_UPDATE,
        &sql::STOCK_MOVE_READ,
        &sql::PARCEL_LINK_READ,
    ];
    let mut plans = String::new();
    for sql in hot {
        let parameters = connection.prepare(sql.text).await.unwrap().params().len();
        let nulls = vec!["NULL"; parameters].join(", ");
        let prepare = format!("PREPARE hot AS {}", sql.text);
        connection.batch_execute(&prepare).await.unwrap();
        let explain = format!("EXPLAIN (COSTS OFF) EXECUTE hot({nulls})");
        let explain = if parameters == 0 {
            explain.replace("()", "")
        } else {
            explain
        };
        writeln!(plans, "-- {}", sql.name).unwrap();
        for message in connection.simple_query(&explain).await.unwrap() {
            if let tokio_postgres::SimpleQueryMessage::Row(row) = message {
                writeln!(plans, "{}", row.get(0).unwrap()).unwrap();
            }
        }
        plans.push('\n');
        connection.batch_execute("DEALLOCATE hot").await.unwrap();
    }
    insta::assert_snapshot!(plans);
}

#[tokio::test]
async fn sequences_step_by_the_programs_blocks() {
    let (_test, database) = migrated().await;
    let connection = database.connection().await.unwrap();
    for (name, step) in [("track_block", TRACK_BLOCK), ("chunk_block", CHUNK_BLOCK)] {
        let row = connection
            .query_one(
                "SELECT increment_by FROM pg_sequences WHERE sequencename = $1",
                &[&name],
            )
            .await
            .unwrap();
        assert_eq!(row.get::<_, i64>(0), step, "{name}");
    }
    let row = connection
        .query_one("SELECT count(*) FROM feed_lease", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, i64>(0), i64::from(super::FEED_SHARDS));
    assert_eq!(SHARDS, 64, "for life");
}

#[tokio::test]
async fn nodes_may_start_at_once_on_an_empty_database() {
    let test = Postgres::database().await.unwrap();
    let config = config();
    let open = || PostgresStore::open(&test.url, config.clone());
    let (a, b, c) = tokio::try_join!(open(), open(), open()).unwrap();
    let account = a.account("default", 1).await.unwrap();
    assert_eq!(b.account("default", 2).await.unwrap(), account);
    assert_eq!(c.accounts().await.unwrap(), [account]);
    let key = |store: &PostgresStore| store.sealer().installation().digest(b"x");
    assert_eq!((key(&a), key(&a)), (key(&b), key(&c)));
}

#[tokio::test]
async fn another_master_key_is_refused() {
    let test = Postgres::database().await.unwrap();
    PostgresStore::open(&test.url, config()).await.unwrap();
    let refused = PostgresStore::open(&test.url, config()).await;
    assert!(matches!(refused, Err(StoreError::WrongKey)), "{refused:?}");
}

#[tokio::test]
async fn a_schema_of_another_release_is_refused() {
    let (test, database) = migrated().await;
    let connection = database.connection().await.unwrap();
    let newer = "INSERT INTO migration (number, name, checksum) VALUES (1000, 'later', '')";
    connection.batch_execute(newer).await.unwrap();
    drop(connection);
    for refused in [
        PostgresStore::open(&test.url, config()).await.err(),
        PostgresStore::upgrade(&test.url).await.err(),
    ] {
        assert!(
            matches!(refused, Some(StoreError::Schema { found: 1000, .. })),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_changed_migration_is_refused() {
    let (test, database) = migrated().await;
    let connection = database.connection().await.unwrap();
    connection
        .batch_execute("UPDATE migration SET checksum = ''")
        .await
        .unwrap();
    let refused = PostgresStore::open(&test.url, config()).await.err();
    assert!(
        matches!(refused, Some(StoreError::Damaged { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_older_schema_is_refused_until_it_is_upgraded() {
    let (_test, database) = migrated().await;
    let newest = MIGRATIONS.last().unwrap().number;
    let next = Migration {
        number: newest + 1,
        name: "more",
        text: "CREATE TABLE more (id bigint)",
    };
    let later = [MIGRATIONS, &[next]].concat();
    let refused = migrate(&database, &later, Mode::Open).await.err();
    let Some(StoreError::Schema {
        found,
        known,
        advice,
    }) = refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!((found, known), (newest.into(), (newest + 1).into()));
    assert!(advice.contains("trackway db upgrade"));
    migrate(&database, &later, Mode::Upgrade).await.unwrap();
    migrate(&database, &later, Mode::Open).await.unwrap();
}
