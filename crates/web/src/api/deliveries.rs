//! `/v1/deliveries`: what subscribers have not accepted, with every attempt at it, the log of all
//! attempts, and one of them sent again.

use super::answer::{accepted, ok};
use super::cursor;
use super::failures::{RefusalsOfOne, RefusalsOfPages};
use super::input::{Asked, bad_query, limit, moment, number, switch};
use super::wrong::{no_record, wrong};
use super::{Caller, Problem, Route, Scope};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use trackway_hub::Hub;
use trackway_hub::resend::read_delivery_id;
use trackway_hub::sent::{
    AttemptFilter, AttemptInfo, AttemptOutcome, ChunkMark, DeliveryState, LogPlace, Named,
    OpenDeliveries, OpenDelivery, OpenPlace,
};
use trackway_model::bytes::{Reader, Truncated, Writer};
use trackway_model::change::{FeedPosition, Subject};
use trackway_model::orders::{Kind, RecordId};
use trackway_model::{EndpointId, ShipmentId};
use utoipa::{IntoParams, OpenApi, ToSchema};

const PATH: &str = "/v1/deliveries";
const ATTEMPTS: &str = "/v1/deliveries/attempts";
const RESEND: &str = "/v1/deliveries/{id}/resend";
/// Things on a page.
const USUAL: usize = 50;
const MOST: usize = 500;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Scope::Manage, get_deliveries),
        Route::get(ATTEMPTS, Scope::Manage, get_attempts),
        Route::post(RESEND, Scope::Manage, resend_delivery),
    ]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(get_deliveries, get_attempts, resend_delivery),
        components(schemas(
            Open, Log, OpenDelivery, DeliveryState, AttemptInfo, AttemptOutcome, Named, Queued
        )),
        tags((name = "deliveries", description = "What became of messages to endpoints"))
    )]
    struct Document;
    Document::openapi()
}

/// Which open deliveries.
#[derive(Clone, Debug, Default, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OpenFilters {
    /// An endpoint's id.
    #[param(value_type = Option<i64>)]
    endpoint: Option<String>,
    /// A shipment's id.
    shipment: Option<String>,
    /// A record's kind and id, such as `order:12`, in the place of `shipment`.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<String>,
    /// `true`: those that are tried no more; `false`: those that are.
    #[param(value_type = Option<bool>)]
    parked: Option<String>,
    /// Deliveries on the page, 1 to 500; 50 where it is left out.
    #[param(value_type = Option<u16>)]
    limit: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// Which attempts.
#[derive(Clone, Debug, Default, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LogFilters {
    /// An endpoint's id.
    #[param(value_type = Option<i64>)]
    endpoint: Option<String>,
    /// A shipment's id.
    shipment: Option<String>,
    /// A record's kind and id, such as `order:12`, in the place of `shipment`.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<String>,
    /// `accepted`, `call_failed` or `partner_error`.
    outcome: Option<String>,
    /// Made then or later: RFC 3339, or an age such as `10d`, `12h`, `30m`.
    after: Option<String>,
    /// Made before this.
    before: Option<String>,
    /// Attempts on the page, 1 to 500; 50 where it is left out.
    #[param(value_type = Option<u16>)]
    limit: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// A page of open deliveries.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Deliveries)]
struct Open {
    /// In the order of endpoint and change.
    deliveries: Vec<OpenDelivery>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
}

/// A page of the log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attempts)]
struct Log {
    /// The newest first. A page may be short, even empty, before the last one: a page reads a
    /// bounded part of the log.
    attempts: Vec<AttemptInfo>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
}

/// List what endpoints have not accepted yet: being tried again, parked, or waiting for a paused
/// endpoint, each with every attempt at it.
#[utoipa::path(
    get,
    path = "/v1/deliveries",
    tag = "deliveries",
    security(("key" = ["manage"])),
    params(OpenFilters),
    responses(
        (status = 200, description = "A page", body = Open),
        RefusalsOfPages,
    )
)]
async fn get_deliveries(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Asked(filters): Asked<OpenFilters>,
) -> Result<Response, Problem> {
    let limit = limit(filters.limit.as_deref(), USUAL, MOST)?;
    let filter = OpenFilters {
        limit: None,
        cursor: None,
        ..filters.clone()
    };
    let bound_to = cursor::of_list("deliveries", caller.account, &filter);
    let after = cursor::place(&[&bound_to], filters.cursor.as_deref(), read_open)?;
    let wanted = OpenDeliveries {
        after,
        endpoint: id("endpoint", filters.endpoint.as_deref())?.map(EndpointId),
        subject: subject(filters.shipment.as_deref(), filters.record.as_deref())?,
        parked: switch("parked", filters.parked.as_deref())?,
    };
    let found = hub.open_deliveries(caller.account, &wanted, limit).await;
    let (deliveries, next) = found.map_err(wrong)?;
    let next = next.map(|next| cursor::write(&[&bound_to], &written_open(next)));
    Ok(ok(&Open { deliveries, next }))
}

/// Read the log of attempts to deliver, the newest first, as far back as attempts are kept.
#[utoipa::path(
    get,
    path = "/v1/deliveries/attempts",
    tag = "deliveries",
    security(("key" = ["manage"])),
    params(LogFilters),
    responses(
        (status = 200, description = "A page", body = Log),
        RefusalsOfPages,
    )
)]
async fn get_attempts(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Asked(filters): Asked<LogFilters>,
) -> Result<Response, Problem> {
    let limit = limit(filters.limit.as_deref(), USUAL, MOST)?;
    let filter = LogFilters {
        limit: None,
        cursor: None,
        ..filters.clone()
    };
    let bound_to = cursor::of_list("attempts", caller.account, &filter);
    let from = cursor::place(&[&bound_to], filters.cursor.as_deref(), read_log)?;
    let now = hub.clock().now();
    let at = |name, text: &Option<String>| moment(name, text.as_deref(), now);
    let wanted = AttemptFilter {
        endpoint: id("endpoint", filters.endpoint.as_deref())?.map(EndpointId),
        subject: subject(filters.shipment.as_deref(), filters.record.as_deref())?,
        outcome: outcome(filters.outcome.as_deref())?,
        from: at("after", &filters.after)?.unwrap_or(0),
        to: at("before", &filters.before)?.map_or(i64::MAX, |before| before.saturating_sub(1)),
    };
    let found = hub.attempt_log(caller.account, &wanted, from, limit).await;
    let (attempts, next) = found.map_err(wrong)?;
    let next = next.map(|next| cursor::write(&[&bound_to], &written_log(next)));
    Ok(ok(&Log { attempts, next }))
}

/// What deliveries are about.
fn subject(shipment: Option<&str>, record: Option<&str>) -> Result<Option<Subject>, Problem> {
    let shipment = id("shipment", shipment)?.map(|id| Subject::Shipment(ShipmentId(id)));
    let Some(text) = record else {
        return Ok(shipment);
    };
    if shipment.is_some() {
        return Err(bad_query("Give `shipment` or `record`, not both."));
    }
    let wrong = || bad_query("`record` must be a kind and an id, such as `order:12`.");
    let (kind, id) = text.split_once(':').ok_or_else(wrong)?;
    let kind = Kind::from_name(kind).ok_or_else(wrong)?;
    let id = number(id).filter(|id| *id <= Subject::MOST_RECORDS);
    let id = RecordId(id.ok_or_else(wrong)?);
    Ok(Some(Subject::Record(kind, id)))
}

/// A delivery that is sent again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QueuedDelivery)]
struct Queued {
    /// The delivery's id.
    id: String,
    /// It is in its endpoint's queue, due at once.
    queued: bool,
}

/// Send one delivery again, whether it was accepted or not.
///
/// It goes through the endpoint's queue, with the id and the sequence number that it had.
#[utoipa::path(
    post,
    path = "/v1/deliveries/{id}/resend",
    tag = "deliveries",
    security(("key" = ["manage"])),
    params(("id" = String, Path, description = "The delivery's id, as deliveries and attempts have it")),
    responses(
        (status = 202, description = "It is in the queue", body = Queued),
        (status = 409, description = "The endpoint's queue is too long to take more", body = Problem, content_type = "application/problem+json"),
        RefusalsOfOne,
    )
)]
async fn resend_delivery(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let id = id.map(|Path(id)| id).unwrap_or_default();
    let (endpoint, at) = read_delivery_id(&id).ok_or_else(|| no_record("delivery"))?;
    let account = Some(&*caller.account_name);
    hub.resend_one(account, endpoint, at).await.map_err(wrong)?;
    Ok(accepted(&Queued { id, queued: true }))
}

fn written_open((endpoint, at): OpenPlace) -> Vec<u8> {
    let mut out = Writer::with_capacity(18);
    out.i64(endpoint.0)
        .varint(u64::from(at.shard))
        .varint(at.number);
    out.0
}

fn read_open(mut bytes: Reader<'_>) -> Result<OpenPlace, Truncated> {
    let endpoint = EndpointId(bytes.i64()?);
    let shard = bytes.varint()? as u16;
    let number = bytes.varint()?;
    Ok((endpoint, FeedPosition { shard, number }))
}

fn written_log(place: LogPlace) -> Vec<u8> {
    let mut out = Writer::with_capacity(20);
    out.i64(place.chunk.latest)
        .i64(place.chunk.id)
        .varint(u64::from(place.passed));
    out.0
}

fn read_log(mut bytes: Reader<'_>) -> Result<LogPlace, Truncated> {
    let (latest, id) = (bytes.i64()?, bytes.i64()?);
    Ok(LogPlace {
        chunk: ChunkMark { latest, id },
        passed: bytes.varint()? as u32,
    })
}

fn id(name: &str, text: Option<&str>) -> Result<Option<i64>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let id = number(text);
    id.map(Some)
        .ok_or_else(|| bad_query(format!("`{name}` must be an id: a whole number.")))
}

fn outcome(text: Option<&str>) -> Result<Option<AttemptOutcome>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let known = AttemptOutcome::ALL.into_iter();
    let found = known.clone().find(|outcome| outcome.name() == text);
    found.map(Some).ok_or_else(|| {
        let names: Vec<&str> = known.map(AttemptOutcome::name).collect();
        bad_query(format!("`outcome` must be one of {}.", names.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_read_back_as_written() {
        let open = (
            EndpointId(7),
            FeedPosition {
                shard: 3,
                number: 1 << 40,
            },
        );
        assert_eq!(read_open(Reader(&written_open(open))).unwrap(), open);
        let log = LogPlace {
            chunk: ChunkMark {
                latest: -5,
                id: 1 << 50,
            },
            passed: 63,
        };
        assert_eq!(read_log(Reader(&written_log(log))).unwrap(), log);
        let cut = Reader(&[1]);
        assert!(read_open(cut).is_err() && read_log(cut).is_err());
    }
}
