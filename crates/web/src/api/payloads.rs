//! `GET /v1/shipments/{id}/payloads`: what sources sent, byte for byte, for keys that name the scope
//! `payloads`: it may be personal.
//!
//! First the full answers that are kept, then every statement's own bytes in the order in which they
//! came. A page is bounded by count and by bytes. What was erased is shown as such; where nothing is
//! left, the answer is 410.

use super::answer::ok;
use super::failures::{RefusalsOfOne, failed};
use super::input::{Asked, OfShipment, limit, no_shipment};
use super::{Caller, Problem, Route, Scope, cursor};
use axum::extract::State;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use trackway_dialects::native::told::{Source, instant};
use trackway_hub::Hub;
use trackway_hub::reading::all_statements;
use trackway_model::view::{ShipmentView, StatementView};
use utoipa::{IntoParams, OpenApi, ToSchema};

/// Payloads on a page.
const USUAL: usize = 50;
const MOST: usize = 500;
/// Bytes after which a page ends.
const ENOUGH: usize = 4 << 20;
/// Statements that are read in one go.
const AT_ONCE: usize = 16;

pub fn routes() -> Vec<Route> {
    let path = "/v1/shipments/{id}/payloads";
    vec![Route::get(path, Scope::Payloads, get_payloads)]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(get_payloads), components(schemas(Page, Payload)))]
    struct Document;
    Document::openapi()
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PageAsked {
    /// Payloads on the page, 1 to 500; 50 where it is left out. A page may hold fewer.
    #[param(value_type = Option<u16>)]
    limit: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Payloads)]
struct Page {
    payloads: Vec<Payload>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
}

/// Something that a source sent.
#[derive(Debug, Serialize, ToSchema)]
struct Payload {
    /// `answer`: a full answer, the newest of its source. `statement`: one statement's own bytes.
    #[schema(value_type = String, example = "answer")]
    kind: &'static str,
    /// The statement's id, as in the events.
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<String>,
    source: Source,
    /// The connection's name; null for your own events.
    connection: Option<String>,
    /// When it came; of what came again, the first time.
    received: String,
    /// The bytes, credentials left out; null where they are gone.
    body: Option<String>,
    /// Why they are gone: erased, or past their age.
    #[serde(skip_serializing_if = "Option::is_none")]
    gone: Option<&'static str>,
    /// How `body` is written: `text`, or `base64` where the bytes are no UTF-8.
    #[schema(value_type = Option<String>, example = "text")]
    encoding: Option<&'static str>,
}

/// Bytes as a text, and how it is one.
pub(super) fn written(body: Vec<u8>) -> (String, &'static str) {
    match String::from_utf8(body) {
        Ok(text) => (text, "text"),
        Err(raw) => (STANDARD.encode(raw.as_bytes()), "base64"),
    }
}

/// A statement's words go with the shipment's key only.
const ERASED: &str = "The shipment was erased.";

impl Payload {
    fn new(kind: &'static str, source: Source, received: i64, body: Option<Vec<u8>>) -> Self {
        let (body, encoding) = body.map(written).unzip();
        Self {
            kind,
            statement: None,
            source,
            connection: None,
            received: instant(received),
            gone: body.is_none().then_some(ERASED),
            body,
            encoding,
        }
    }

    fn size(&self) -> usize {
        self.body.as_ref().map_or(0, String::len)
    }
}

/// What sources sent about a shipment, byte for byte.
#[utoipa::path(
    get,
    path = "/v1/shipments/{id}/payloads",
    tag = "shipments",
    security(("key" = ["payloads"])),
    params(("id" = String, Path, description = "The shipment's id"), PageAsked),
    responses(
        (status = 200, description = "A page of payloads", body = Page),
        (status = 400, description = "The query can't be read", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "They were erased, or are past their age", body = Problem, content_type = "application/problem+json"),
        RefusalsOfOne,
    )
)]
async fn get_payloads(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfShipment(id): OfShipment,
    asked: Result<Asked<PageAsked>, Problem>,
) -> Result<Response, Problem> {
    let found = hub.shipment(caller.account, id).await.map_err(failed)?;
    let view = found.ok_or_else(no_shipment)?;
    let Asked(asked) = asked?;
    let limit = limit(asked.limit.as_deref(), USUAL, MOST)?;
    let bound_to = [&b"payloads"[..], &id.0.to_le_bytes()];
    let from = match asked.cursor.as_deref() {
        None => None,
        Some(text) => cursor::read(&bound_to, text)?.try_into().ok(),
    };
    let mut payloads = match from {
        None => answers(&hub, &view).await?,
        Some(_) => Vec::new(),
    };
    let from = from.map_or(0, u16::from_be_bytes);
    let all = all_statements(view.journey());
    let rest = &all[all.partition_point(|ordinal| *ordinal < from)..];
    let next = statements(&hub, &view, rest, limit, &mut payloads).await?;
    if !payloads.is_empty() && payloads.iter().all(|payload| payload.body.is_none()) {
        let detail = "What sources sent about this shipment was erased, or is past its age.";
        return Err(Problem::new(StatusCode::GONE, detail));
    }
    let next = next.map(|ordinal| cursor::write(&bound_to, &ordinal.to_be_bytes()));
    Ok(ok(&Page { payloads, next }))
}

async fn answers(hub: &Hub, view: &ShipmentView) -> Result<Vec<Payload>, Problem> {
    let kept = hub.kept_answers(view).await.map_err(failed)?;
    let payload = |answer: trackway_hub::reading::KeptAnswer| {
        let (source, gone) = (Source::of(answer.stream), answer.body.why_not());
        let body = answer.body.kept();
        Payload {
            connection: answer.connection,
            gone,
            ..Payload::new("answer", source, answer.received, body)
        }
    };
    Ok(kept.into_iter().map(payload).collect())
}

/// Fills the page with statements; the ordinal at which the next page begins.
async fn statements(
    hub: &Hub,
    view: &ShipmentView,
    ordinals: &[u16],
    limit: usize,
    payloads: &mut Vec<Payload>,
) -> Result<Option<u16>, Problem> {
    let mut size: usize = payloads.iter().map(Payload::size).sum();
    for chunk in ordinals.chunks(AT_ONCE) {
        let told = hub.statements_of(&view.track, chunk).await;
        for told in told.map_err(failed)? {
            if payloads.len() >= limit || size >= ENOUGH {
                return Ok(Some(told.ordinal));
            }
            let payload = statement(hub, view, told).await?;
            size += payload.size();
            payloads.push(payload);
        }
    }
    Ok(None)
}

async fn statement(
    hub: &Hub,
    view: &ShipmentView,
    told: StatementView,
) -> Result<Payload, Problem> {
    let connection = view.track.connection_of(&told.spine);
    let (source, first_seen) = (Source::of(told.stream), told.spine.first_seen);
    Ok(Payload {
        statement: Some(told.spine.id.to_string()),
        connection: hub.connection_name(connection).await.map_err(failed)?,
        ..Payload::new("statement", source, first_seen, told.raw)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use trackway_model::StreamId;

    #[test]
    fn bytes_that_are_no_text_are_written_as_base64() {
        let of = |body: Option<&[u8]>| {
            let payload = Payload::new(
                "answer",
                Source::of(StreamId(1)),
                0,
                body.map(<[u8]>::to_vec),
            );
            (payload.body, payload.encoding)
        };
        assert_eq!(of(Some(b"{}")), (Some("{}".to_owned()), Some("text")));
        assert_eq!(
            of(Some(b"\xff\x00")),
            (Some("/wA=".to_owned()), Some("base64"))
        );
        assert_eq!(of(None), (None, None));
    }
}
