//! Connections that break, rows that can't be read, senders that write nonsense.

use super::world::{ACCOUNT, CARRIER, facts, ingest, news, node, number};
use std::time::Duration;
use tokio_postgres::{Client, NoTls};
use trackway_model::intake::Intake;
use trackway_store::{History, StoreError};
use trackway_testkit::{Postgres, eventually};

const LIMIT: Duration = Duration::from_secs(20);

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Ends every other connection to this database, wherever its transaction stands.
async fn break_connections(client: &Client) -> u64 {
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    client.execute(sql, &[]).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_break_lose_and_double_nothing() {
    const PARCELS: usize = 40;
    let database = Postgres::database().await.unwrap();
    let store = node(&database.url, 1).await;
    let killer = connect(&database.url).await;
    let mut broken = 0;
    for call in facts(PARCELS).chunks(16) {
        // A call that failed is repeated, as its sender would.
        eventually("a call to be accepted", LIMIT, async || {
            let (told, ended) =
                tokio::join!(ingest(&store, call.to_vec()), break_connections(&killer));
            broken += ended;
            told.ok()
        })
        .await
        .unwrap();
    }
    assert!(broken > 0);
    let found = eventually("a check", LIMIT, async || store.verify().await.ok())
        .await
        .unwrap();
    assert_eq!(found.differing, []);
    assert_eq!(found.statements, u64::from(super::world::distinct(PARCELS)));
}

#[tokio::test]
async fn a_transaction_that_breaks_in_the_middle_leaves_nothing() {
    let database = Postgres::database().await.unwrap();
    let store = node(&database.url, 1).await;
    ingest(&store, vec![news(1, 0)]).await.unwrap();
    // Holds the row, so that the store's transaction stands in the middle: begun, and not locked.
    let mut client = connect(&database.url).await;
    let transaction = client.transaction().await.unwrap();
    transaction
        .execute("SELECT FROM track FOR UPDATE", &[])
        .await
        .unwrap();
    let telling = {
        let store = std::sync::Arc::clone(&store);
        tokio::spawn(async move { ingest(&store, vec![news(1, 1), news(2, 0)]).await })
    };
    let killer = connect(&database.url).await;
    eventually("the transaction to wait", LIMIT, async || {
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
        (killer.execute(sql, &[]).await.unwrap() > 0).then_some(())
    })
    .await
    .unwrap();
    transaction.rollback().await.unwrap();
    // The store tries again by itself; nothing of the first try is there.
    let receipts = telling.await.unwrap().unwrap();
    assert_eq!(receipts.iter().map(|receipt| receipt.new).sum::<u32>(), 2);
    let found = store.verify().await.unwrap();
    assert_eq!(
        (found.tracks, found.statements, &found.differing[..]),
        (2, 3, &[][..])
    );
    // Two openings, three statements.
    assert_eq!(found.log_entries, 5);
}

#[tokio::test]
async fn nonsense_in_a_batch_fails_nothing_beside_it() {
    let database = Postgres::database().await.unwrap();
    let store = node(&database.url, 1).await;
    let odd = |number: &str, carrier: &str| Intake {
        number: number.to_owned(),
        carrier: carrier.to_owned(),
        ..news(1, 1)
    };
    let long = "9".repeat(100_000);
    let batch = vec![
        news(1, 0),
        odd("nul\0number", CARRIER),
        odd("", ""),
        odd(&long, CARRIER),
        odd("🚚", &long),
        news(2, 0),
    ];
    let receipts = ingest(&store, batch).await.unwrap();
    assert!(receipts.iter().all(|receipt| receipt.new == 1));
    for (number, carrier) in [
        ("NUL\0number", CARRIER),
        ("", ""),
        (&long, CARRIER),
        ("🚚", &long),
    ] {
        let found = store.find(ACCOUNT, Some(carrier), number).await.unwrap();
        assert_eq!(found.len(), 1, "{}", &number[..number.len().min(20)]);
    }
    assert_eq!(store.verify().await.unwrap().differing, []);
}

#[tokio::test]
async fn a_damaged_row_is_told_and_harms_no_other() {
    let database = Postgres::database().await.unwrap();
    let url = &database.url;
    let first = node(url, 1).await;
    ingest(&first, vec![news(1, 0), news(2, 0)]).await.unwrap();
    let track = first
        .find(ACCOUNT, None, &number(1))
        .await
        .unwrap()
        .remove(0);
    let sql = "UPDATE track SET body = '\\x01', version = version + 1 WHERE id = $1";
    connect(url)
        .await
        .execute(sql, &[&track.id.0])
        .await
        .unwrap();
    let store = node(url, 2).await;
    let (bad, good) = tokio::join!(
        ingest(&store, vec![news(1, 1)]),
        ingest(&store, vec![news(2, 1)])
    );
    assert!(matches!(bad, Err(StoreError::Damaged { .. })), "{bad:?}");
    assert_eq!(good.unwrap()[0].new, 1);
    let found = store.verify().await.unwrap();
    assert_eq!(
        found
            .differing
            .iter()
            .map(|(id, _)| *id)
            .collect::<Vec<_>>(),
        [track.id]
    );
}
