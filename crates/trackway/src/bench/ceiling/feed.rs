//! The ceiling of the feed: the same HTTP server, the very bytes of the product's pages, from memory.

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;

/// A file a page, and one with the cursors that they stand behind, a line each.
const CURSORS: &str = "cursors";

fn page(at: usize) -> String {
    format!("page-{at}")
}

/// Keeps pages for the ceiling: each with the cursor that it stands behind.
pub fn keep(data: &Path, pages: &[(String, Vec<u8>)]) -> Result<()> {
    let cursors: Vec<&str> = pages.iter().map(|(cursor, _)| cursor.as_str()).collect();
    std::fs::write(data.join(CURSORS), cursors.join("\n"))?;
    for (at, (_, bytes)) in pages.iter().enumerate() {
        std::fs::write(data.join(page(at)), bytes)?;
    }
    Ok(())
}

type Pages = Arc<HashMap<String, Bytes>>;

pub async fn feed(listener: TcpListener, data: &Path) -> Result<()> {
    let cursors = std::fs::read_to_string(data.join(CURSORS))?;
    let mut pages = HashMap::new();
    for (at, cursor) in cursors.split('\n').enumerate() {
        let bytes = std::fs::read(data.join(page(at)))?;
        pages.insert(cursor.to_owned(), Bytes::from(bytes));
    }
    let app = Router::new()
        .route("/v1/feed", get(answer))
        .with_state(Arc::new(pages));
    axum::serve(listener, app).await.context("serving")
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    after: String,
}

async fn answer(
    State(pages): State<Pages>,
    Query(asked): Query<Asked>,
) -> Result<Response, StatusCode> {
    let page = pages.get(&asked.after).ok_or(StatusCode::NOT_FOUND)?;
    let json = (
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    Ok(([json], page.clone()).into_response())
}
