//! The webhook received: `POST /in/{token}/track123`.
//!
//! Guarantee: 2xx only after what was told is committed. The address's token names the connection, and
//! the signature under that connection's key proves the sender; a timestamp that is too old or too new
//! proves nothing (track123.md §8.4). The pair is read from the body first, then from the headers. A
//! known sender's bytes that tell of no parcel are put aside.

use super::super::envelope::{Stop, success};
use super::super::own::said;
use super::super::service::Code;
use super::super::signature::{FRESH_MINUTES, Proof, Scheme};
use super::super::{NAME, frame, wire};
use super::read::read;
use crate::desk::{Desk, Door, Knock};
use crate::raw::Object;
use crate::taking::{self, unreadable};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::{HeaderMap, Method, StatusCode};
use secrecy::ExposeSecret;
use std::sync::Arc;

/// A history of thousands of events; the web room's limit is lower.
const MOST_BYTES: usize = 4 << 20;
const MINUTE_US: i64 = 60_000_000;
/// The connection's settings that a proof is checked with.
const KEY: &str = "key";

/// Why a webhook is not taken: never 2xx, so that it is sent again.
struct Refusal(Stop, StatusCode);

impl<S: Into<Stop>> From<S> for Refusal {
    fn from(stop: S) -> Self {
        let stop = stop.into();
        let status = StatusCode::from_u16(stop.code.row().http);
        let status = status.ok().filter(|status| !status.is_success());
        Self(stop, status.unwrap_or(StatusCode::BAD_REQUEST))
    }
}

/// Takes a webhook in.
pub async fn receive<D: Desk>(
    State(desk): State<Arc<D>>,
    token: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    // What is no text is nobody's token.
    let token = token.map(|Path(token)| token).unwrap_or_default();
    let done = through(&*desk, &token, request).await;
    let now = desk.now();
    match done {
        Ok(()) => success("true", now),
        Err(Refusal(stop, status)) => stop.answer_with(status, now),
    }
}

async fn through<D: Desk>(desk: &D, token: &str, request: Request) -> Result<(), Refusal> {
    let door = match token {
        "" => None,
        token => desk.open(NAME, Knock::Token(token)).await?,
    };
    let unknown = || Refusal(Code::KeyUnknown.into(), StatusCode::NOT_FOUND);
    let door = door.ok_or_else(unknown)?;
    let (head, body) = request.into_parts();
    if head.method != Method::POST {
        return Err(Refusal(
            Code::NoSuchCall.into(),
            StatusCode::METHOD_NOT_ALLOWED,
        ));
    }
    let body = axum::body::to_bytes(body, MOST_BYTES)
        .await
        .map_err(|_| Stop::wrong("the body is too large or broke off"))?;
    let parsed = Object::parse(&body);
    prove(desk, &door, parsed.as_ref().ok(), &head.headers).await?;
    let told = match &parsed {
        Ok(webhook) => read(desk.vocabularies().of(NAME), webhook),
        Err(problem) => Err(unreadable(problem, &body)),
    };
    match told {
        Ok(told) => {
            taking::warn(&door, &told);
            // The signature was checked under the key of the connection whose door this is.
            Ok(taking::take(desk, &door, told).await?)
        }
        Err(unreadable) => {
            taking::set_aside(desk, &door, NAME, &unreadable).await?;
            Err(Stop::wrong(unreadable.problem).into())
        }
    }
}

/// Checks the signature and its age.
async fn prove<D: Desk>(
    desk: &D,
    door: &Door,
    webhook: Option<&Object<'_>>,
    headers: &HeaderMap,
) -> Result<(), Refusal> {
    let unauthorized =
        |code: Code, why: &str| Refusal(Stop::explained(code, why), StatusCode::UNAUTHORIZED);
    let proof = webhook
        .and_then(in_body)
        .or_else(|| in_headers(headers))
        .ok_or_else(|| unauthorized(Code::NoKey, "the webhook is not signed"))?;
    let key = desk.door_setting(door, KEY).await?;
    let key = key.ok_or_else(|| unauthorized(Code::KeyUnknown, "the connection has no key"))?;
    let scheme = desk.door_setting(door, Scheme::SETTING).await?;
    let scheme = Scheme::of(scheme.as_ref().map(ExposeSecret::expose_secret));
    let minutes = frame::number(desk, FRESH_MINUTES)?;
    let fresh = i64::try_from(minutes)
        .unwrap_or(i64::MAX)
        .saturating_mul(MINUTE_US);
    proof
        .check(scheme, key.expose_secret(), desk.now(), fresh)
        .map_err(|broken| {
            tracing::info!(
                connection = door.connection.0,
                ?broken,
                "a webhook's proof does not hold"
            );
            unauthorized(
                Code::KeyUnknown,
                "the signature does not hold, or is too old",
            )
        })
}

fn in_body(webhook: &Object<'_>) -> Option<Proof> {
    let verify = Object::of_text(webhook.get(wire::VERIFY)?).ok()?;
    Some(Proof {
        timestamp: said(&verify, wire::TIMESTAMP)?.into_owned(),
        signature: said(&verify, wire::SIGNATURE)?.into_owned(),
    })
}

fn in_headers(headers: &HeaderMap) -> Option<Proof> {
    let header = |name| Some(headers.get(name)?.to_str().ok()?.to_owned());
    Some(Proof {
        timestamp: header(wire::TIMESTAMP_HEADER)?,
        signature: header(wire::SIGNATURE_HEADER)?,
    })
}
