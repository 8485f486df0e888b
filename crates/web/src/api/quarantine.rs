//! `/v1/quarantine` and `/v1/drift`: what could not be read, and what differs from what dialects know.
//!
//! Contract: an account sees its own only. Lists and the report name members, types and codes, never
//! what a person wrote; the bodies themselves need the scope `payloads`. Reading again takes in what
//! can be read now, as if it had been understood when it came.

use super::answer::ok;
use super::cursor;
use super::failures::{RefusalsOfOne, RefusalsOfPages};
use super::input::{Asked, bad_query, limit, number};
use super::wrong::{OfRecord, wrong};
use super::{Caller, Problem, Route, Scope};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use trackway_hub::Hub;
use trackway_hub::quarantine::{Listing, PayloadInfo, QuarantineDetail, QuarantineInfo, Retried};
use trackway_model::bytes::Reader;
use trackway_model::{ConnectionId, QuarantineId};
use utoipa::{IntoParams, OpenApi, ToSchema};

const PATH: &str = "/v1/quarantine";
const ONE: &str = "/v1/quarantine/{id}";
const RETRY: &str = "/v1/quarantine/{id}/retry";
const DRIFT: &str = "/v1/drift";
/// Surprises on a page.
const USUAL: usize = 50;
const MOST: usize = 500;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Scope::Manage, get_quarantine),
        Route::get(ONE, Scope::Payloads, get_quarantined),
        Route::delete(ONE, Scope::Manage, delete_quarantined),
        Route::post(RETRY, Scope::Manage, retry_quarantined),
        Route::get(DRIFT, Scope::Manage, get_drift),
    ]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(
            get_quarantine,
            get_quarantined,
            delete_quarantined,
            retry_quarantined,
            get_drift
        ),
        components(schemas(
            Surprises,
            QuarantineInfo,
            QuarantineDetail,
            PayloadInfo,
            Retried
        )),
        tags((name = "quarantine", description = "What could not be read, or is not as it was"))
    )]
    struct Document;
    Document::openapi()
}

/// Which surprises.
#[derive(Clone, Debug, Default, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filters {
    /// A connection's id.
    #[param(value_type = Option<i64>)]
    connection: Option<String>,
    /// Surprises on the page, 1 to 500; 50 where it is left out.
    #[param(value_type = Option<u16>)]
    limit: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// A page of surprises.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SurprisesPage)]
struct Surprises {
    /// In the order in which they were first seen.
    surprises: Vec<QuarantineInfo>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
}

/// List what could not be read and was put aside.
#[utoipa::path(
    get,
    path = "/v1/quarantine",
    tag = "quarantine",
    security(("key" = ["manage"])),
    params(Filters),
    responses(
        (status = 200, description = "A page", body = Surprises),
        RefusalsOfPages,
    )
)]
async fn get_quarantine(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Asked(filters): Asked<Filters>,
) -> Result<Response, Problem> {
    page(&hub, &caller, &filters, "quarantine", true).await
}

/// Report what differs from what dialects know: per connection the member, what was expected, what
/// came, since when and how often.
#[utoipa::path(
    get,
    path = "/v1/drift",
    tag = "quarantine",
    security(("key" = ["manage"])),
    params(Filters),
    responses(
        (status = 200, description = "A page", body = Surprises),
        RefusalsOfPages,
    )
)]
async fn get_drift(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Asked(filters): Asked<Filters>,
) -> Result<Response, Problem> {
    page(&hub, &caller, &filters, "drift", false).await
}

async fn page(
    hub: &Hub,
    caller: &Caller,
    filters: &Filters,
    call: &str,
    stopped: bool,
) -> Result<Response, Problem> {
    let limit = limit(filters.limit.as_deref(), USUAL, MOST)?;
    let unread = || bad_query("`connection` must be a connection's id.");
    let connection = filters.connection.as_deref();
    let connection = connection
        .map(|text| number(text).map(ConnectionId).ok_or_else(unread))
        .transpose()?;
    let bound_to = cursor::of_list(call, caller.account, &filters.connection);
    let place = |mut place: Reader<'_>| place.i64().map(QuarantineId);
    let after = cursor::place(&[&bound_to], filters.cursor.as_deref(), place)?;
    let listing = Listing {
        connection,
        after: after.unwrap_or_default(),
        limit,
    };
    let name = Some(&*caller.account_name);
    let found = if stopped {
        hub.quarantined(name, &listing).await
    } else {
        hub.drift(name, &listing).await
    };
    let surprises = found.map_err(wrong)?;
    let last = surprises.last().filter(|_| surprises.len() == limit);
    let next = last.map(|last| cursor::write(&[&bound_to], &last.id.0.to_le_bytes()));
    Ok(ok(&Surprises { surprises, next }))
}

/// Read a surprise with the bodies that are kept of it.
#[utoipa::path(
    get,
    path = "/v1/quarantine/{id}",
    tag = "quarantine",
    security(("key" = ["payloads"])),
    params(("id" = i64, Path, description = "The surprise's id")),
    responses((status = 200, description = "The surprise", body = QuarantineDetail), RefusalsOfOne)
)]
async fn get_quarantined(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfRecord(id): OfRecord,
) -> Result<Response, Problem> {
    let account = Some(&*caller.account_name);
    let found = hub.quarantined_one(account, QuarantineId(id)).await;
    Ok(ok(&found.map_err(wrong)?))
}

/// Read the bodies of a surprise again; what can be read now is taken in and removed.
#[utoipa::path(
    post,
    path = "/v1/quarantine/{id}/retry",
    tag = "quarantine",
    security(("key" = ["manage"])),
    params(("id" = i64, Path, description = "The surprise's id")),
    responses((status = 200, description = "What became of them", body = Retried), RefusalsOfOne)
)]
async fn retry_quarantined(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfRecord(id): OfRecord,
) -> Result<Response, Problem> {
    let account = Some(&*caller.account_name);
    let id = QuarantineId(id);
    let done = hub.retry_quarantined(account, &[id]).await.map_err(wrong)?;
    Ok(ok(&done[0]))
}

/// Forget a surprise with the bodies that are kept of it.
#[utoipa::path(
    delete,
    path = "/v1/quarantine/{id}",
    tag = "quarantine",
    security(("key" = ["manage"])),
    params(("id" = i64, Path, description = "The surprise's id")),
    responses((status = 204, description = "Forgotten"), RefusalsOfOne)
)]
async fn delete_quarantined(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfRecord(id): OfRecord,
) -> Result<StatusCode, Problem> {
    let account = Some(&*caller.account_name);
    let dropped = hub.drop_quarantined(account, QuarantineId(id)).await;
    dropped.map_err(wrong)?;
    Ok(StatusCode::NO_CONTENT)
}
