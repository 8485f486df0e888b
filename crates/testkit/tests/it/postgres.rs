//! Clusters and databases.

use std::net::TcpStream;
use std::process::Command;

use tokio_postgres::{Client, NoTls};
use trackway_testkit::{Postgres, eventually};

use crate::LIMIT;

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn ask(client: &Client, question: &str) -> String {
    client.query_one(question, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn databases_are_fresh_apart_and_gone_after_drop() {
    let one = Postgres::database().await.unwrap();
    let other = Postgres::database().await.unwrap();
    let client = connect(&one.url).await;
    client
        .batch_execute("CREATE TABLE parcel (number text)")
        .await
        .unwrap();
    let elsewhere = connect(&other.url).await;
    let tables = "SELECT count(*)::text FROM pg_tables WHERE tablename = 'parcel'";
    assert_eq!(ask(&client, tables).await, "1");
    assert_eq!(ask(&elsewhere, tables).await, "0");
    assert_eq!(ask(&client, "SHOW fsync").await, "on");
    assert_eq!(ask(&client, "SHOW synchronous_commit").await, "on");

    let name = ask(&client, "SELECT current_database()::text").await;
    drop(one);
    let left = format!("SELECT count(*)::text FROM pg_database WHERE datname = '{name}'");
    assert_eq!(ask(&elsewhere, &left).await, "0");
}

#[tokio::test]
async fn a_cluster_of_ones_own_takes_settings_and_ends_at_drop() {
    let own = Postgres::start_with(&[("max_connections", "17")])
        .await
        .unwrap();
    let client = connect(&own.url("postgres")).await;
    assert_eq!(ask(&client, "SHOW max_connections").await, "17");
    let folder = ask(&client, "SHOW data_directory").await;
    let port = own.port();
    drop(own);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(!std::fs::exists(folder).unwrap());
}

#[tokio::test]
async fn a_shared_cluster_is_found_replaced_when_dead_and_stopped() {
    let state = tempfile::tempdir().unwrap();
    let shared = || Postgres::shared_in(state.path().to_path_buf());

    let (first, second) = tokio::join!(shared(), shared());
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.port(), second.port());

    let client = connect(&first.url("postgres")).await;
    let folder = ask(&client, "SHOW data_directory").await;
    let pid = ask(
        &client,
        "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)",
    )
    .await;
    drop((first, second));
    assert_eq!(ask(&client, "SELECT 'still there'").await, "still there");

    assert!(
        Command::new("kill")
            .args(["-9", &pid])
            .status()
            .unwrap()
            .success()
    );
    eventually("the killed server to be gone", LIMIT, async || {
        client.simple_query("SELECT 1").await.is_err().then_some(())
    })
    .await
    .unwrap();

    let replaced = shared().await.unwrap();
    assert!(
        !std::fs::exists(folder).unwrap(),
        "the dead cluster's files are removed"
    );
    let client = connect(&replaced.url("postgres")).await;
    assert_eq!(ask(&client, "SELECT 'anew'").await, "anew");

    let stop = || Postgres::stop_shared_in(state.path().to_path_buf());
    assert!(stop().await.unwrap());
    assert!(!stop().await.unwrap(), "there is nothing left to stop");
    assert!(TcpStream::connect(("127.0.0.1", replaced.port())).is_err());
}
