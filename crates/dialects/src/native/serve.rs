//! The native API by us: `POST /v1/events`.
//!
//! A batch never fails for one bad event: what is wrong is answered by its place, what is right is
//! kept, and the answer follows the commit. Whole requests fail in this order: 405, 401, 403, 415,
//! 413, then the idempotency key (400, 409, 422 or the answer kept under it), 400 for broken JSON, 422
//! for what is no batch or too many, 503 or 500 of the store. Safe to repeat: events are known by
//! their identity. Of one batch's tellings of one event the last wins.

use super::caller::{Scope, authenticate};
use super::idempotency::{Answer, InFlight, Keyed, once};
use super::wire::{Event, EventBatch, MemberError, Outcome, PiecesTold, Rejected};
use super::{Problem, batch, event, webhooks, wire};
use crate::desk::{Desk, Principal};
use crate::http::is_json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router};
use batch::Malformed;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use trackway_model::ConnectionId;
use trackway_model::intake::{Content, Intake, Receipt, Verified};
use utoipa::OpenApi;

/// 10,000 events of 1,600 bytes.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// Its routes, and the answer to every other path under `/v1`.
pub fn router<D: Desk>() -> Router<Arc<D>> {
    Router::new()
        .route(wire::EVENTS, post(post_events::<D>).fallback(other_method))
        .fallback(super::fallback)
        .layer(Extension(InFlight::default()))
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
    let mut document = Document::openapi();
    let mut sent = webhooks::openapi();
    document.webhooks = sent.webhooks.take();
    document.merge(sent);
    document
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
///
/// An event with an `id` of yours is corrected by telling it again with other members, and any event
/// is taken back by telling it again with `"withdraw": true`: what was told last counts, all is kept.
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
        (status = 409, description = "A request with this idempotency key is still at work", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Longer than 16 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No batch, more than 10,000 events, or the idempotency key was used for another body", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "The key calls too fast: see Retry-After", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too much to do: see Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn post_events<D: Desk>(
    State(desk): State<Arc<D>>,
    Extension(in_flight): Extension<InFlight>,
    request: Request,
) -> Response {
    answer(&*desk, &in_flight, request)
        .await
        .unwrap_or_else(IntoResponse::into_response)
}

async fn other_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "Events are told by POST.")
        .with_header(header::ALLOW, HeaderValue::from_static("POST"))
}

async fn answer(
    desk: &impl Desk,
    in_flight: &InFlight,
    request: Request,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let principal = authenticate(desk, &head.headers, Scope::Events).await?;
    tell(desk, in_flight, &principal, &head.headers, body).await
}

/// Takes events of a caller who was proved to have the scope `events`.
pub async fn tell(
    desk: &impl Desk,
    in_flight: &InFlight,
    principal: &Principal,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    if !is_json(headers) {
        let detail = "Send the events as application/json.";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let body = axum::body::to_bytes(body, BODY_LIMIT).await.map_err(|_| {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The body is longer than 16 MiB: send fewer events a call.",
        )
    })?;
    let keyed = Keyed {
        principal,
        headers,
        call: wire::EVENTS,
        body: &body,
    };
    once(desk, in_flight, keyed, take(desk, principal, &body)).await
}

/// Reads a batch, commits what is right, and says what became of it.
async fn take(desk: &impl Desk, principal: &Principal, body: &[u8]) -> Result<Answer, Problem> {
    let text = std::str::from_utf8(body)
        .map_err(|error| malformed(&Malformed::Text(error.valid_up_to())))?;
    let mut sorted = Sorted {
        principal,
        received: desk.now(),
        intakes: Vec::new(),
        right: 0,
        withdrawn: 0,
        rejected: Vec::new(),
        told: HashMap::new(),
    };
    batch::read(batch::EVENTS, text, |index, raw, event| {
        sorted.add(index, raw, event);
    })
    .map_err(|problem| malformed(&problem))?;
    let Sorted {
        intakes,
        right,
        withdrawn,
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
        withdrawn,
        rejected,
    };
    let body = serde_json::to_vec(&outcome).expect("strings and numbers are always JSON");
    Ok((StatusCode::OK, body))
}

/// What an account calls an event of its own: carrier, number and id.
type OwnId<'a> = (Cow<'a, str>, Cow<'a, str>, Cow<'a, str>);

/// A batch's events, the right ones from the wrong.
struct Sorted<'a, 'p> {
    principal: &'p Principal,
    received: i64,
    intakes: Vec<Intake>,
    right: usize,
    withdrawn: usize,
    rejected: Vec<Rejected>,
    /// How often the batch told each event that has an id.
    told: HashMap<OwnId<'a>, i64>,
}

impl<'a> Sorted<'a, '_> {
    fn add(&mut self, index: usize, raw: &'a str, event: Option<Event<'a>>) {
        let read = event
            .ok_or_else(|| event::explain(raw))
            .and_then(|event| event::read(&event, raw).map(|read| (event, read)));
        match read {
            Ok((event, read)) => {
                self.right += 1;
                self.withdrawn += usize::from(event::is_withdrawal(&event));
                let received = self.received + self.turn(event, &read);
                self.keep(read, received);
            }
            Err(errors) => self.rejected.push(Rejected { index, errors }),
        }
    }

    /// Microseconds after the batch's time at which an event counts as told: the last telling of one
    /// batch is the newest. Without an id a withdrawal is.
    fn turn(&mut self, event: Event<'a>, read: &event::Read<'a>) -> i64 {
        let withdrawal = event::is_withdrawal(&event);
        match event.id.filter(|id| !id.is_empty()) {
            Some(id) => {
                let own = (read.carrier.clone(), read.number.clone(), id.0);
                let times = self.told.entry(own).or_insert(-1);
                *times += 1;
                *times
            }
            None => i64::from(withdrawal),
        }
    }

    /// Events of one parcel that follow each other are one intake, and so one change.
    fn keep(&mut self, read: event::Read<'a>, received: i64) {
        if let Some(Intake {
            carrier,
            number,
            received: before,
            content: Content::News(told),
            ..
        }) = self.intakes.last_mut()
            && *number == read.number
            && *carrier == read.carrier
            && *before == received
        {
            told.push(read.statement);
            return;
        }
        self.intakes.push(Intake {
            account: self.principal.account,
            connection: ConnectionId(0),
            carrier: read.carrier.into_owned(),
            number: read.number.into_owned(),
            received,
            content: Content::News(vec![read.statement]),
        });
    }
}

/// The answer to a body that is no batch.
pub fn malformed(problem: &Malformed) -> Problem {
    let status = match problem {
        Malformed::Text(_) | Malformed::Json { .. } => StatusCode::BAD_REQUEST,
        Malformed::Shape(_) | Malformed::TooMany(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let answer = Problem::new(status, problem.to_string());
    match problem {
        Malformed::Text(_) | Malformed::Json { .. } => answer,
        Malformed::Shape(kind) => answer.with_error(MemberError::of(
            format!("/{}", kind.member),
            "it must be there once, an array",
        )),
        Malformed::TooMany(kind) => answer.with_error(MemberError::of(
            format!("/{}", kind.member),
            format!("more than {}", kind.most),
        )),
    }
}
