//! `/v1/orders` and all that belongs to orders: what they are made of, stock, inbounds, returns.
//!
//! Contract: a record is named by its id or its code; one of another account is answered exactly as
//! one that nobody has. What is made or moved is committed when it is answered, and nothing of what
//! was refused. A batch never fails for one bad item. What only a warehouse does needs the scope
//! `warehouse`. Creating takes an `Idempotency-Key`; an order's number, a SKU and a code are given once
//! all the same.

mod answers;
mod catalogue;
mod fulfilments;
mod inbounds;
pub mod listing;
mod made;
mod paging;
pub mod persons;
mod placed;
mod quotes;
pub mod reports;
mod returns;
mod stock;

use super::answer::ok;
use super::input::{check_json, read_json};
use super::{Caller, Problem, Route};
use axum::extract::{FromRequestParts, Path};
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use trackway_dialects::native::orders::{About, Ask, Told, Wrong, carry_out, subject};
use trackway_dialects::native::wire::MemberError;
use trackway_hub::Hub;
use trackway_model::orders::{Command, Kind, Record};

pub fn routes() -> Vec<Route> {
    [
        placed::routes(),
        fulfilments::routes(),
        catalogue::routes(),
        stock::routes(),
        inbounds::routes(),
        returns::routes(),
        reports::routes(),
        persons::routes(),
        quotes::routes(),
    ]
    .concat()
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut whole = placed::openapi();
    for part in [
        fulfilments::openapi(),
        catalogue::openapi(),
        stock::openapi(),
        inbounds::openapi(),
        returns::openapi(),
        reports::openapi(),
        persons::openapi(),
        quotes::openapi(),
    ] {
        whole.merge(part);
    }
    whole
}

/// The id or code in the path.
#[derive(Clone, Debug)]
struct Named(String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        // Nothing has the empty code.
        Ok(Self(text.map(|Path(text)| text).unwrap_or_default()))
    }
}

/// The record that the path names.
async fn find(hub: &Hub, caller: &Caller, kind: Kind, text: &str) -> Result<Record, Problem> {
    let found = subject(hub, caller, kind, text).await?;
    found.ok_or_else(|| Wrong::missing(kind).into())
}

async fn show(hub: &Hub, caller: &Caller, kind: Kind, text: &str) -> Result<Response, Problem> {
    let record = find(hub, caller, kind, text).await?;
    Ok(ok(&Told::of(&record)))
}

/// Has a command done about a record, and shows how it stands now.
async fn have_done(hub: &Hub, caller: &Caller, asked: impl Ask) -> Result<Response, Problem> {
    let done = carry_out(hub, caller, asked).await?;
    match done.map_err(Problem::from)? {
        Some(record) => Ok(ok(&Told::of(&record))),
        None => Err(Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The command had no outcome.",
        )),
    }
}

async fn command(hub: &Hub, caller: &Caller, asked: Command) -> Result<Response, Problem> {
    have_done(hub, caller, About(asked)).await
}

/// A body that may be left out; 415, 400 and 422 as everywhere.
fn body<T: DeserializeOwned + Default>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    if body.is_empty() {
        return Ok(T::default());
    }
    needed(headers, body)
}

/// A body that must be there.
fn needed<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    check_json(headers)?;
    // First the text as such, then its members.
    read_json::<serde::de::IgnoredAny>(body)?;
    let text = std::str::from_utf8(body).map_err(|_| {
        let detail = "The body can't be used: it is no UTF-8.";
        Problem::new(StatusCode::BAD_REQUEST, detail)
    })?;
    trackway_dialects::native::orders::read(text).map_err(|errors| Wrong::members(errors).into())
}

/// What is wrong with one member.
fn wrong(error: MemberError) -> Problem {
    Wrong::members(vec![error]).into()
}
