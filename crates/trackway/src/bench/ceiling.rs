//! The ceilings: servers that do the same outer work with the least that durability needs. What they
//! do is fixed, so that a figure beside them means something:
//!
//! - ingest: the same HTTP, the same JSON into the same structs, the statements appended in chunks of
//!   32 to one table, one transaction for all requests that queued during the last commit, full sync,
//!   answer after the commit; no state, no fold, no sealing;
//! - look-up: one 2 KB row by key, read inline, no cache of answers;
//! - feed, query and deliver: see there.

mod deliver;
mod feed;
mod query;

pub use deliver::deliver;
pub use feed::{feed, keep as keep_pages};
pub use query::{fill as fill_query, query};

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use rusqlite::Connection;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use tokio::sync::oneshot;
use trackway_dialects::{native, raw};

/// Statements that are to be made durable, and whom to tell.
struct Append {
    statements: Vec<Vec<u8>>,
    done: oneshot::Sender<()>,
}

/// A writer's queue; PostgreSQL has one a connection.
type Writers = Arc<Vec<mpsc::SyncSender<Append>>>;

const CHUNK: usize = 32;
const STATEMENT_BYTES: usize = 300;

/// Serves the ingest ceiling.
pub async fn ingest(
    listener: tokio::net::TcpListener,
    data: PathBuf,
    database_url: Option<String>,
) -> Result<()> {
    let writers: Writers = Arc::new(match database_url {
        None => vec![sqlite_writer(&data, chunks)?],
        Some(url) => postgres_writers(&url).await?,
    });
    let app = Router::new()
        .route("/v1/events", post(events))
        .route("/IntergrationAPI", post(webhook))
        .with_state(writers)
        .layer(axum::extract::DefaultBodyLimit::max(64 << 20));
    axum::serve(listener, app).await.context("serving")
}

async fn events(State(writers): State<Writers>, body: Bytes) -> Result<&'static str, StatusCode> {
    let text = std::str::from_utf8(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let mut statements = Vec::new();
    native::batch::read(
        native::batch::EVENTS,
        text,
        |_, raw, event: Option<native::wire::Event<'_>>| {
            std::hint::black_box(&event);
            statements.push(raw.as_bytes().to_vec());
        },
    )
    .map_err(|_| StatusCode::BAD_REQUEST)?;
    append(&writers, statements).await?;
    Ok(ANSWER)
}

async fn webhook(State(writers): State<Writers>, body: Bytes) -> Result<&'static str, StatusCode> {
    let parsed = raw::Object::parse(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    std::hint::black_box(&parsed);
    let statement = body[..body.len().min(STATEMENT_BYTES)].to_vec();
    append(&writers, vec![statement]).await?;
    Ok(ANSWER)
}

const ANSWER: &str = "{\"IsError\": false, \"ErrorMessage\": \"\"}";

async fn append(writers: &Writers, statements: Vec<Vec<u8>>) -> Result<(), StatusCode> {
    let (done, committed) = oneshot::channel();
    let writer = &writers[statements[0]
        .iter()
        .map(|byte| usize::from(*byte))
        .sum::<usize>()
        % writers.len()];
    writer
        .send(Append { statements, done })
        .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    committed.await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)
}

/// The chunks of everything that queued, 32 statements a row across requests.
fn chunks(queued: &[Append]) -> Vec<Vec<u8>> {
    let statements: Vec<&[u8]> = queued
        .iter()
        .flat_map(|append| append.statements.iter().map(Vec::as_slice))
        .collect();
    statements.chunks(CHUNK).map(<[&[u8]]>::concat).collect()
}

/// Waits for one request, then takes all that queued meanwhile.
fn take(queue: &mpsc::Receiver<Append>) -> Option<Vec<Append>> {
    let mut queued = vec![queue.recv().ok()?];
    queued.extend(queue.try_iter());
    Some(queued)
}

fn answer(queued: Vec<Append>) {
    for append in queued {
        // A caller that went away needs no answer.
        let _ = append.done.send(());
    }
}

/// SQLite as the product sets it up.
pub fn open_sqlite(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 1000; PRAGMA cache_size = -32768;",
    )?;
    Ok(connection)
}

/// The same for reading.
fn open_reader(path: &Path) -> Result<Connection> {
    let connection = open_sqlite(path)?;
    connection.execute_batch("PRAGMA mmap_size = 1099511627776;")?;
    Ok(connection)
}

/// A writer of `rows` of what queued, in one transaction.
fn sqlite_writer(
    data: &Path,
    rows: fn(&[Append]) -> Vec<Vec<u8>>,
) -> Result<mpsc::SyncSender<Append>> {
    let mut connection = open_sqlite(&data.join("ceiling.sqlite"))?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS chunk (id INTEGER PRIMARY KEY, body BLOB NOT NULL)",
    )?;
    let (sender, queue) = mpsc::sync_channel(4_096);
    std::thread::spawn(move || -> Result<()> {
        while let Some(queued) = take(&queue) {
            let transaction = connection.transaction()?;
            for chunk in rows(&queued) {
                transaction
                    .prepare_cached("INSERT INTO chunk (body) VALUES (?1)")?
                    .execute([chunk])?;
            }
            transaction.commit()?;
            answer(queued);
        }
        Ok(())
    });
    Ok(sender)
}

/// One writer for each of the product's connections.
async fn postgres_writers(url: &str) -> Result<Vec<mpsc::SyncSender<Append>>> {
    let mut writers = Vec::new();
    for _ in 0..trackway_store::postgres::WRITERS {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        client
            .batch_execute("CREATE TABLE IF NOT EXISTS chunk (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL)")
            .await?;
        let insert = client
            .prepare("INSERT INTO chunk (body) SELECT unnest($1::bytea[])")
            .await?;
        let (sender, queue) = mpsc::sync_channel(4_096);
        let runtime = tokio::runtime::Handle::current();
        std::thread::spawn(move || -> Result<()> {
            while let Some(queued) = take(&queue) {
                runtime.block_on(client.execute(&insert, &[&chunks(&queued)]))?;
                answer(queued);
            }
            Ok(())
        });
        writers.push(sender);
    }
    Ok(writers)
}

/// Fills the look-up ceiling's table: rows of 2 KB under the numbers of the bench.
pub fn fill_lookups(data: &Path, rows: usize) -> Result<()> {
    fill_sized(data, rows, 2_048)
}

/// The same with rows of so many bytes.
pub fn fill_sized(data: &Path, rows: usize, bytes: usize) -> Result<()> {
    let mut connection = open_sqlite(&data.join("lookup.sqlite"))?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS answer (number INTEGER PRIMARY KEY, body BLOB NOT NULL)",
    )?;
    let transaction = connection.transaction()?;
    {
        let mut insert = transaction.prepare("INSERT OR REPLACE INTO answer VALUES (?1, ?2)")?;
        for row in 0..rows {
            let mut body = super::workload::tracking_answer(row, 10).into_bytes();
            body.resize(bytes, b' ');
            insert.execute((row as i64, body))?;
        }
    }
    transaction.commit()?;
    Ok(())
}

#[derive(Deserialize)]
struct LookUp {
    ordercode: String,
}

/// Serves the look-up ceiling.
pub async fn lookups(listener: tokio::net::TcpListener, data: PathBuf) -> Result<()> {
    let path = Arc::new(data.join("lookup.sqlite"));
    let app = Router::new()
        .route("/api/Order/v1/Tracking", get(look_up))
        .with_state(path);
    axum::serve(listener, app).await.context("serving")
}

thread_local! {
    static READER: std::cell::OnceCell<Connection> = const { std::cell::OnceCell::new() };
}

async fn look_up(
    State(path): State<Arc<PathBuf>>,
    Query(asked): Query<LookUp>,
) -> Result<Vec<u8>, StatusCode> {
    let digits = asked
        .ordercode
        .trim_start_matches(|c: char| !c.is_ascii_digit());
    let key: i64 = digits.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    READER.with(|reader| {
        let connection = if let Some(connection) = reader.get() {
            connection
        } else {
            let opened = open_reader(&path).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
            reader.get_or_init(|| opened)
        };
        connection
            .prepare_cached("SELECT body FROM answer WHERE number = ?1")
            .and_then(|mut select| select.query_row([key], |row| row.get(0)))
            .map_err(|_| StatusCode::NOT_FOUND)
    })
}
