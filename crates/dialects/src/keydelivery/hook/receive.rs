//! The push received: `POST /in/{token}/keydelivery`.
//!
//! Guarantee: the answer's code is 200 only after what was told is committed. The vendor signs nothing
//! (§8), so the address's token alone proves the sender. A known sender's bytes that tell of no parcel
//! are put aside and answered with an error. A probe of the address (GET, or an empty body) is answered
//! with 200 [inferred: third-party receivers do].

use super::super::NAME;
use super::super::response::{Code, success};
use super::super::serve::Stop;
use super::read::read;
use crate::desk::{Desk, Door, Knock};
use crate::dialect::Told;
use crate::http::json;
use crate::raw::{Object, Problem};
use crate::taking::{self, unreadable};
use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::{Method, StatusCode};
use std::sync::Arc;
use trackway_model::intake::Content;

/// A history of thousands of items; the web room's limit is lower.
const MOST_BYTES: usize = 4 << 20;

/// Takes a push in.
pub async fn receive<D: Desk>(
    State(desk): State<Arc<D>>,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    match door(&*desk, &token).await {
        Ok(Some(door)) => match through(&*desk, &door, request).await {
            Ok(()) => json(StatusCode::OK, success()),
            Err(stop) => stop.answer(),
        },
        // Nobody's address.
        Ok(None) => Code::KeyUnknown.answer(),
        Err(stop) => stop.answer(),
    }
}

async fn door<D: Desk>(desk: &D, token: &str) -> Result<Option<Door>, Stop> {
    if token.is_empty() {
        return Ok(None);
    }
    Ok(desk.open(NAME, Knock::Token(token)).await?)
}

async fn through<D: Desk>(desk: &D, door: &Door, request: Request) -> Result<(), Stop> {
    let (head, body) = request.into_parts();
    match head.method {
        Method::GET | Method::HEAD => return Ok(()),
        Method::POST => {}
        _ => return Err(Code::Method.into()),
    }
    let body = axum::body::to_bytes(body, MOST_BYTES)
        .await
        .map_err(|_| Code::Blocked)?;
    if body.is_empty() {
        return Ok(());
    }
    let parsed = Object::parse(&body);
    let told = match &parsed {
        Ok(push) => read(desk.vocabularies().of(NAME), push, &body),
        Err(problem) => Err(unreadable(problem, &body)),
    };
    match told {
        Ok(told) => take(desk, door, told).await,
        Err(unreadable) => {
            let code = match &parsed {
                Ok(_) => Code::Parameter,
                Err(Problem::TooDeep) => Code::Blocked,
                Err(Problem::NotText | Problem::NotAnObject(_)) => Code::Json,
            };
            taking::set_aside(desk, door, NAME, &unreadable).await?;
            Err(code.into())
        }
    }
}

/// Commits a push. One that tells nothing of a parcel is acknowledged like any other.
async fn take<D: Desk>(desk: &D, door: &Door, told: Told) -> Result<(), Stop> {
    taking::warn(door, &told);
    if matches!(&told.content, Content::News(told) if told.is_empty()) {
        return Ok(());
    }
    // `open` has proved whose connection this is.
    Ok(taking::take(desk, door, told).await?)
}
