//! The native API by us: `POST /v1/events`.
//!
//! A batch never fails for one bad event: what is wrong is answered by its place, what is right is
//! kept, and the answer follows the commit. Whole requests fail in this order: 405, 401, 403, 415,
//! 413, then the idempotency key (400, 422 or the answer kept under it), 400 for broken JSON, 422 for
//! what is no batch or too many, 503 or 500 of the store. Safe to repeat: events are known by their
//! identity.

use super::caller::{Scope, authenticate};
use super::problem::problem_json;
use super::wire::{Event, EventBatch, MAX_EVENTS, MemberError, Outcome, PiecesTold, Rejected};
use super::{Problem, batch, event, wire};
use crate::desk::{Desk, Principal};
use crate::http::{is_json, json};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use batch::Malformed;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::sync::Arc;
use trackway_model::ConnectionId;
use trackway_model::intake::{Content, Intake, Receipt, Verified};
use utoipa::OpenApi;

/// 10,000 events of 1,600 bytes.
const BODY_LIMIT: usize = 16 * 1024 * 1024;
/// The longest idempotency key.
const MAX_KEY: usize = 255;

/// Its routes, and the answer to every other path under `/v1`.
pub fn router<D: Desk>() -> Router<Arc<D>> {
    Router::new()
        .route(wire::EVENTS, post(post_events::<D>).fallback(other_method))
        .fallback(super::fallback)
}

/// The document of the calls here.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        info(title = "Trackway", version = "1", description = "One history for every shipment."),
        paths(post_events),
        components(schemas(EventBatch, Event, PiecesTold, Outcome, Rejected, MemberError, Problem)),
        modifiers(&KeyScheme),
        tags((name = "events", description = "What happened to your parcels"))
    )]
    struct Document;
    Document::openapi()
}

/// `Authorization: Bearer KEY`.
struct KeyScheme;

impl utoipa::Modify for KeyScheme {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("key", scheme);
    }
}

/// Tell events of your parcels, up to 10,000 a call, of any number of parcels.
///
/// The answer comes when every accepted event is kept for good. Wrong events are listed with what is
/// wrong and keep no other event from being accepted. Sending again is harmless.
#[utoipa::path(
    post,
    path = "/v1/events",
    tag = "events",
    security(("key" = ["events"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body is answered as the first time; with another body it is refused with 422.")),
    request_body = EventBatch,
    responses(
        (status = 200, description = "What became of the events", body = Outcome),
        (status = 400, description = "The body is no JSON, with the place; or the idempotency key can't be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No key, or one that is not known", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key may not tell events", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Longer than 16 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No batch, more than 10,000 events, or the idempotency key was used for another body", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too much to do: see Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn post_events<D: Desk>(State(desk): State<Arc<D>>, request: Request) -> Response {
    answer(&*desk, request)
        .await
        .unwrap_or_else(IntoResponse::into_response)
}

async fn other_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "Events are told by POST.")
        .with_header(header::ALLOW, HeaderValue::from_static("POST"))
}

async fn answer(desk: &impl Desk, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let principal = authenticate(desk, &head.headers, Scope::Events).await?;
    if !is_json(&head.headers) {
        let detail = "Send the events as application/json.";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let body = axum::body::to_bytes(body, BODY_LIMIT).await.map_err(|_| {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The body is longer than 16 MiB: send fewer events a call.",
        )
    })?;
    match idempotency_key(&head.headers)? {
        None => Ok(respond(take(desk, &principal, &body).await?)),
        Some(key) => once(desk, &principal, &key, &body).await,
    }
}

/// Answers under an idempotency key: as before where the key was used for this body.
async fn once(
    desk: &impl Desk,
    principal: &Principal,
    key: &str,
    body: &Bytes,
) -> Result<Response, Problem> {
    let fingerprint = *blake3::hash(body).as_bytes();
    if let Some((known, status, answer)) = desk.remembered(principal, key).await? {
        if known != fingerprint {
            let detail = "This Idempotency-Key was used for another body: take a new one.";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
        }
        return Ok(respond((status, answer)));
    }
    let (status, answer) = match take(desk, principal, body).await {
        Ok(kept) => kept,
        // Ours to mend: the same call may well succeed next time.
        Err(problem) if problem.status >= 500 => return Err(problem),
        Err(problem) => (problem.status, problem.body()),
    };
    desk.remember(principal, key, fingerprint, status, answer.clone())
        .await?;
    Ok(respond((status, answer)))
}

fn respond((status, body): (u16, Vec<u8>)) -> Response {
    if status == StatusCode::OK.as_u16() {
        json(StatusCode::OK, body)
    } else {
        problem_json(status, body)
    }
}

/// The key as a structured field's string, or bare.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    let key = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text);
    if key.is_empty() || key.len() > MAX_KEY {
        let detail = "Idempotency-Key must have 1 to 255 printable ASCII characters.";
        return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
    }
    Ok(Some(key.to_owned()))
}

/// Reads a batch, commits what is right, and says what became of it.
async fn take(
    desk: &impl Desk,
    principal: &Principal,
    body: &[u8],
) -> Result<(u16, Vec<u8>), Problem> {
    let text = std::str::from_utf8(body)
        .map_err(|error| malformed(&Malformed::Text(error.valid_up_to())))?;
    let mut sorted = Sorted {
        principal,
        received: desk.now(),
        intakes: Vec::new(),
        right: 0,
        rejected: Vec::new(),
    };
    batch::read(text, |index, raw, event| sorted.add(index, raw, event))
        .map_err(|problem| malformed(&problem))?;
    let Sorted {
        intakes,
        right,
        rejected,
        ..
    } = sorted;
    // The key was proved above.
    let receipts = if intakes.is_empty() {
        Vec::new()
    } else {
        desk.take(Verified::attest(intakes)).await?
    };
    let sum = |of: fn(&Receipt) -> u32| {
        receipts
            .iter()
            .map(|receipt| of(receipt) as usize)
            .sum::<usize>()
    };
    let repeated = sum(|receipt| receipt.repeats);
    let corrected = sum(|receipt| receipt.versions);
    let outcome = Outcome {
        accepted: right.saturating_sub(repeated),
        corrected,
        repeated,
        rejected,
    };
    let body = serde_json::to_vec(&outcome).expect("strings and numbers are always JSON");
    Ok((StatusCode::OK.as_u16(), body))
}

/// A batch's events, the right ones from the wrong.
struct Sorted<'p> {
    principal: &'p Principal,
    received: i64,
    intakes: Vec<Intake>,
    right: usize,
    rejected: Vec<Rejected>,
}

impl Sorted<'_> {
    fn add(&mut self, index: usize, raw: &str, event: Option<Event<'_>>) {
        let read = event.map_or_else(
            || Err(event::explain(raw)),
            |event| event::read(&event, raw),
        );
        match read {
            Ok(read) => {
                self.right += 1;
                self.keep(read);
            }
            Err(errors) => self.rejected.push(Rejected { index, errors }),
        }
    }

    /// Events of one parcel that follow each other are one intake, and so one change.
    fn keep(&mut self, read: event::Read<'_>) {
        if let Some(Intake {
            carrier,
            number,
            content: Content::News(told),
            ..
        }) = self.intakes.last_mut()
            && *number == read.number
            && *carrier == read.carrier
        {
            told.push(read.statement);
            return;
        }
        self.intakes.push(Intake {
            account: self.principal.account,
            connection: ConnectionId(0),
            carrier: read.carrier.into_owned(),
            number: read.number.into_owned(),
            received: self.received,
            content: Content::News(vec![read.statement]),
        });
    }
}

fn malformed(problem: &Malformed) -> Problem {
    let status = match problem {
        Malformed::Text(_) | Malformed::Json { .. } => StatusCode::BAD_REQUEST,
        Malformed::Shape | Malformed::TooMany => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let answer = Problem::new(status, problem.to_string());
    match problem {
        Malformed::Text(_) | Malformed::Json { .. } => answer,
        Malformed::Shape => answer.with_error(MemberError::new(
            "/events",
            "it must be there once, an array",
        )),
        Malformed::TooMany => answer.with_error(MemberError::new(
            "/events",
            format!("more than {MAX_EVENTS}"),
        )),
    }
}
