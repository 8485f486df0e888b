//! The ceiling of a query of many trackings: the same HTTP server, the same body read, each tracking one
//! row by key, read inline, put together in the same envelope.

use super::{open_reader, open_sqlite};
use crate::bench::workload;
use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use rusqlite::Connection;
use serde::Deserialize;
use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;

const FILE: &str = "query.sqlite";

/// Fills its table: a row for each tracking.
pub fn fill(data: &Path, trackings: usize) -> Result<()> {
    let mut connection = open_sqlite(&data.join(FILE))?;
    connection
        .execute_batch("CREATE TABLE tracking (number INTEGER PRIMARY KEY, body BLOB NOT NULL)")?;
    let transaction = connection.transaction()?;
    {
        let mut insert = transaction.prepare("INSERT INTO tracking VALUES (?1, ?2)")?;
        for row in 0..trackings {
            insert.execute((row as i64, workload::tracking(row).into_bytes()))?;
        }
    }
    transaction.commit()?;
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked<'a> {
    #[serde(borrow)]
    track_no_infos: Vec<Info<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    track_no: &'a str,
}

pub async fn query(listener: TcpListener, data: &Path) -> Result<()> {
    let app = Router::new()
        .route(workload::QUERY, post(answer))
        .with_state(Arc::new(data.join(FILE)));
    axum::serve(listener, app).await.context("serving")
}

thread_local! {
    static READER: OnceCell<Connection> = const { OnceCell::new() };
}

async fn answer(State(path): State<Arc<PathBuf>>, body: Bytes) -> Result<Vec<u8>, StatusCode> {
    let asked: Asked<'_> = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    READER.with(|reader| {
        let connection = if let Some(connection) = reader.get() {
            connection
        } else {
            let opened = open_reader(&path).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
            reader.get_or_init(|| opened)
        };
        read(connection, &asked).map_err(|_| StatusCode::NOT_FOUND)
    })
}

fn read(connection: &Connection, asked: &Asked<'_>) -> Result<Vec<u8>> {
    let mut select = connection.prepare_cached("SELECT body FROM tracking WHERE number = ?1")?;
    let mut out = br#"{"code":"00000","msg":"Success","data":{"accepted":{"content":["#.to_vec();
    for (at, info) in asked.track_no_infos.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        let digits = info
            .track_no
            .trim_start_matches(|c: char| !c.is_ascii_digit());
        let mut rows = select.query([digits.parse::<i64>()?])?;
        let row = rows.next()?.context("no such tracking")?;
        out.extend_from_slice(row.get_ref(0)?.as_blob()?);
    }
    out.extend_from_slice(b"]},\"rejected\":[]}}");
    Ok(out)
}
