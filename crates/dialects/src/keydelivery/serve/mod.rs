//! KeyDelivery's API by us: the real-time look-up, the registration of numbers, carrier detection, and
//! the address that pushes come in at.
//!
//! Checks in the reference's order: method (101), headers (102), content type, size, depth and JSON
//! (103, 106), key (404), signature over the raw body (104), quota (401), parameters (105), carrier
//! (405), then the work (60101, 60201, 406). Every answer is HTTP 200 with the code in the body, and a
//! failure has no `data`; a path that this system has not is HTTP 404 with 101.

mod create;
mod detect;
mod realtime;

use super::hook::receive;
use super::request::Wrong;
use super::response::Code;
use super::{NAME, signature, wire};
use crate::desk::{Desk, DeskError, Principal, Proof};
use crate::http::{is_json, json};
use crate::raw::{Object, Problem};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use secrecy::ExposeSecret;
use std::sync::Arc;

/// A request is a few hundred bytes; nothing documents a limit.
const BODY_LIMIT: usize = 64 * 1024;
/// Calls a key has in a day of UTC, of whatever kind; unlimited where it is not set.
pub const QUOTA_SETTING: &str = "keydelivery.lookups_per_day";
const DAY_US: i64 = 86_400_000_000;

/// Its routes, at the very paths of the original, and the answer to every other path.
pub fn router<D: Desk>() -> Router<Arc<D>> {
    Router::new()
        .route(
            wire::REALTIME,
            any(|State(desk): State<Arc<D>>, request| served(desk, Call::Realtime, request)),
        )
        .route(
            wire::CREATE,
            any(|State(desk): State<Arc<D>>, request| served(desk, Call::Create, request)),
        )
        .route(
            wire::DETECT,
            any(|State(desk): State<Arc<D>>, request| served(desk, Call::Detect, request)),
        )
        .route(wire::DOOR, any(receive::receive::<D>))
        .fallback(unknown_path)
}

#[derive(Clone, Copy, Debug)]
enum Call {
    Realtime,
    Create,
    Detect,
}

/// Why there is no `data`.
#[derive(Debug)]
pub enum Stop {
    Code(Code),
    Busy { retry_after_s: u32 },
}

impl From<Code> for Stop {
    fn from(code: Code) -> Self {
        Self::Code(code)
    }
}

impl From<Wrong> for Stop {
    fn from(_: Wrong) -> Self {
        Self::Code(Code::Parameter)
    }
}

impl From<DeskError> for Stop {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Busy { retry_after_s } | DeskError::Full { retry_after_s } => {
                Self::Busy { retry_after_s }
            }
            DeskError::Failed(problem) => {
                tracing::error!(dialect = NAME, problem, "a call failed");
                Self::Code(Code::Fault)
            }
        }
    }
}

impl Stop {
    pub fn answer(self) -> Response {
        match self {
            Self::Code(code) => code.answer(),
            Self::Busy { retry_after_s } => {
                let mut answer = Code::Fault.answer();
                answer
                    .headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s));
                answer
            }
        }
    }
}

async fn served<D: Desk>(desk: Arc<D>, call: Call, request: Request) -> Response {
    match work(&*desk, call, request).await {
        Ok(body) => json(StatusCode::OK, body),
        Err(stop) => stop.answer(),
    }
}

/// No code of the vendor's says "no such path"; 404 would say that the key is unknown. 101 is the
/// nearest, under an HTTP status that operators understand.
async fn unknown_path() -> Response {
    Code::Method.answer_with(StatusCode::NOT_FOUND)
}

/// What every call is checked for, and then its own work.
async fn work(desk: &impl Desk, call: Call, request: Request) -> Result<String, Stop> {
    let (head, body) = request.into_parts();
    if head.method != Method::POST {
        return Err(Code::Method.into());
    }
    let sent = Sent::read(&head.headers)?;
    if !is_json(&head.headers) {
        return Err(Code::Json.into());
    }
    let body = axum::body::to_bytes(body, BODY_LIMIT)
        .await
        .map_err(|_| Code::Blocked)?;
    let members = parse(&body)?;
    let principal = desk
        .prove(NAME, Proof::Key(sent.key))
        .await?
        .ok_or(Code::KeyUnknown)?;
    check_signature(&principal, &sent, &body)?;
    spend(desk, &principal).await?;
    match call {
        Call::Realtime => realtime::look_up(desk, &principal, &members).await,
        Call::Create => create::register(desk, &principal, &members).await,
        Call::Detect => detect::detect(desk, &members),
    }
}

/// What a client proves itself with.
struct Sent<'a> {
    key: &'a str,
    signature: &'a [u8],
}

impl<'a> Sent<'a> {
    /// All three headers of every call are required.
    fn read(headers: &'a HeaderMap) -> Result<Self, Code> {
        let sent = |name: &str| {
            headers
                .get(name)
                .filter(|value| !value.is_empty())
                .ok_or(Code::Header)
        };
        sent(header::CONTENT_TYPE.as_str())?;
        let key = sent(wire::API_KEY)?.to_str().map_err(|_| Code::Header)?;
        Ok(Self {
            key,
            signature: sent(wire::SIGNATURE)?.as_bytes(),
        })
    }
}

fn parse(body: &Bytes) -> Result<Object<'_>, Code> {
    Object::parse(body).map_err(|problem| match problem {
        Problem::TooDeep => Code::Blocked,
        Problem::NotText | Problem::NotAnObject(_) => Code::Json,
    })
}

fn check_signature(principal: &Principal, sent: &Sent<'_>, body: &[u8]) -> Result<(), Code> {
    let secret = principal.secret.as_ref().ok_or(Code::Signature)?;
    signature::holds(
        sent.signature,
        body,
        principal.sent_key.expose_secret(),
        secret.expose_secret(),
    )
    .then_some(())
    .ok_or(Code::Signature)
}

async fn spend(desk: &impl Desk, principal: &Principal) -> Result<(), Stop> {
    let Some(limit) = desk.setting(QUOTA_SETTING) else {
        return Ok(());
    };
    let limit = limit.parse().map_err(|_| {
        DeskError::Failed(format!("the setting {QUOTA_SETTING} is no number: {limit}"))
    })?;
    let day = desk.now().div_euclid(DAY_US);
    if desk
        .spend(principal, "keydelivery.lookups", day, limit)
        .await?
    {
        Ok(())
    } else {
        Err(Code::QuotaUsedUp.into())
    }
}
