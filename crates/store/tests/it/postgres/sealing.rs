//! What somebody who reads the tables finds.

use crate::directory::{connection, registration};
use crate::fixtures::{NUMBER, START, answer, config, news, tell_one};
use std::sync::Arc;
use tokio_postgres::NoTls;
use trackway_store::Store;
use trackway_store::postgres::PostgresStore;
use trackway_testkit::Postgres;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_and_secrets_are_not_in_the_tables() {
    let database = Postgres::database().await.unwrap();
    let store: Arc<dyn Store> = PostgresStore::open(&database.url, config()).await.unwrap();
    let account = store.account("default", START).await.unwrap().id;
    let made = connection(account, "one");
    store.create_connection(made).await.unwrap();
    let wish = registration(account, NUMBER);
    store.register(wish, None).await.unwrap();
    tell_one(&store, answer(NUMBER, 10, &[("accepted", 1)], &[])).await;
    tell_one(&store, news(NUMBER, "in_transit", 5, 11)).await;
    store.close().await.unwrap();

    let (client, connection) = tokio_postgres::connect(&database.url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let tables = "SELECT quote_ident(table_name) FROM information_schema.tables
                  WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'";
    let mut rows = String::new();
    for table in client.query(tables, &[]).await.unwrap() {
        let table: &str = table.get(0);
        let all = format!("SELECT row_to_json(t)::text FROM {table} t");
        for row in client.query(&all, &[]).await.unwrap() {
            rows.push_str(row.get(0));
        }
    }
    assert!(rows.contains("default"), "the tables were not read");
    for word in [
        "Da Nang",
        "morning shift",
        "token-one",
        "k-one",
        "ORDER-7781",
        "remark",
    ] {
        for form in [word.to_owned(), hex::encode(word)] {
            assert!(!rows.contains(&form), "{word} stands in the clear");
        }
    }
}
