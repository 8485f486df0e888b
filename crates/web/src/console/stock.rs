//! Stock: what is on the shelves of each warehouse.

use super::ask::Trouble;
use super::session::Session;
use super::text::query;
use super::{Console, Frame, page};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

const PLACE: &str = "/console/stock";

/// What is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    item: String,
    cursor: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Found {
    levels: Vec<Level>,
    total: u64,
    total_exact: bool,
    next: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Level {
    sku: String,
    warehouse: i64,
    on_hand: i64,
    reserved: i64,
    available: i64,
    incoming: i64,
    damaged: i64,
}

#[derive(Template)]
#[template(path = "console/stock.html", whitespace = "minimize")]
struct StockPage {
    frame: Frame,
    wanted: Wanted,
    listed: Found,
    next: Option<String>,
}

pub async fn list(
    State(console): State<Console>,
    session: Session,
    Query(wanted): Query<Wanted>,
    asked: HeaderMap,
) -> Result<Response, Trouble> {
    let pairs = |cursor| [("item", wanted.item.trim()), ("cursor", cursor)];
    let path = query("/v1/stock", &pairs(wanted.cursor.as_str()));
    let listed: Found = console.get(&session, &path).await?;
    let next = listed
        .next
        .as_deref()
        .map(|next| query(PLACE, &pairs(next)));
    let frame = Frame::new(PLACE, "Stock");
    let shown = StockPage {
        frame,
        wanted,
        listed,
        next,
    };
    Ok(page(StatusCode::OK, &shown, &asked))
}
