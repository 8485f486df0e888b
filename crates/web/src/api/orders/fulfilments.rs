//! Fulfilments: what of an order leaves together, made by the merchant and moved by the warehouse.

use super::super::failures::{RefusalsOfMove, RefusalsOfOne};
use super::super::input::Asked;
use super::super::{Caller, Problem, Route, Scope};
use super::answers::{Listed, ListedIn};
use super::listing::{Filters, FulfilmentPage, list};
use super::{Named, body, command, find, have_done, needed, show, wrong};
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use std::sync::Arc;
use trackway_dialects::native::orders::{
    CancelWanted, FulfilmentMove, FulfilmentTold, FulfilmentWanted,
};
use trackway_hub::Hub;
use trackway_model::orders::{Command, Kind, Who};
use utoipa::OpenApi;

const OF_ORDER: &str = "/v1/orders/{id}/fulfilments";
const PATH: &str = "/v1/fulfilments";
const ONE: &str = "/v1/fulfilments/{id}";
const CANCEL: &str = "/v1/fulfilments/{id}/cancel";
const MOVE: &str = "/v1/fulfilments/{id}/move";

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(OF_ORDER, Scope::Read, get_fulfilments_of_order),
        Route::post(OF_ORDER, Scope::Write, post_fulfilment),
        Route::get(PATH, Scope::Read, get_fulfilments),
        Route::get(ONE, Scope::Read, get_fulfilment),
        Route::post(CANCEL, Scope::Write, cancel_fulfilment),
        Route::post(MOVE, Scope::Warehouse, move_fulfilment),
    ]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(get_fulfilments_of_order, post_fulfilment, get_fulfilments, get_fulfilment, cancel_fulfilment, move_fulfilment),
        components(schemas(FulfilmentWanted, FulfilmentTold<'static>, FulfilmentPage, FulfilmentMove)),
        tags((name = "fulfilments", description = "What of an order leaves together; its parcels are tracked shipments"))
    )]
    struct Document;
    Document::openapi()
}

/// List an order's fulfilments, the newest first.
#[utoipa::path(
    get,
    path = "/v1/orders/{id}/fulfilments",
    tag = "fulfilments",
    security(("key" = ["read"])),
    params(("id" = String, Path, description = "The order's id or code"), Filters),
    responses(ListedIn<FulfilmentPage>)
)]
async fn get_fulfilments_of_order(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named,
    Asked(filters): Asked<Filters>,
) -> Result<Response, Problem> {
    let order = find(&hub, &caller, Kind::Order, &id).await?.id;
    let of_order = Filters {
        order: Some(order.to_string()),
        ..filters
    };
    list(&hub, &caller, Kind::Fulfilment, PATH, Asked(of_order)).await
}

/// Make a fulfilment of an approved order: of some of its lines, or of all that is left.
///
/// Parcels whose numbers are known are tracked from now on, and move it and its order on.
#[utoipa::path(
    post,
    path = "/v1/orders/{id}/fulfilments",
    tag = "fulfilments",
    security(("key" = ["write"])),
    params(("id" = String, Path, description = "The order's id or code")),
    request_body = FulfilmentWanted,
    responses((status = 200, description = "The fulfilment", body = FulfilmentTold), RefusalsOfMove)
)]
async fn post_fulfilment(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Problem> {
    let order = find(&hub, &caller, Kind::Order, &id).await?.id;
    let wanted: FulfilmentWanted = body(&headers, &sent)?;
    have_done(&hub, &caller, FulfilmentWanted { order, ..wanted }).await
}

/// Find fulfilments, the newest first.
#[utoipa::path(
    get,
    path = "/v1/fulfilments",
    tag = "fulfilments",
    security(("key" = ["read"])),
    params(Filters),
    responses(Listed<FulfilmentPage>)
)]
async fn get_fulfilments(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    asked: Asked<Filters>,
) -> Result<Response, Problem> {
    list(&hub, &caller, Kind::Fulfilment, PATH, asked).await
}

/// How a fulfilment stands.
#[utoipa::path(
    get,
    path = "/v1/fulfilments/{id}",
    tag = "fulfilments",
    security(("key" = ["read"])),
    params(("id" = String, Path, description = "The fulfilment's id or code")),
    responses((status = 200, description = "The fulfilment", body = FulfilmentTold), RefusalsOfOne)
)]
async fn get_fulfilment(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named,
) -> Result<Response, Problem> {
    show(&hub, &caller, Kind::Fulfilment, &id).await
}

/// Cancel a fulfilment that was not handed over yet.
#[utoipa::path(
    post,
    path = "/v1/fulfilments/{id}/cancel",
    tag = "fulfilments",
    security(("key" = ["write"])),
    params(("id" = String, Path, description = "The fulfilment's id or code")),
    request_body = CancelWanted,
    responses((status = 200, description = "The fulfilment as it stands now", body = FulfilmentTold), RefusalsOfMove)
)]
async fn cancel_fulfilment(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Problem> {
    let found = find(&hub, &caller, Kind::Fulfilment, &id).await?.id;
    let CancelWanted { reason } = body(&headers, &sent)?;
    let asked = Command::CancelFulfilment {
        fulfilment: found,
        reason,
        who: Who::Merchant,
    };
    command(&hub, &caller, asked).await
}

/// Move a fulfilment on, as the warehouse that packs it; its order follows.
#[utoipa::path(
    post,
    path = "/v1/fulfilments/{id}/move",
    tag = "fulfilments",
    security(("key" = ["warehouse"])),
    params(("id" = String, Path, description = "The fulfilment's id or code")),
    request_body = FulfilmentMove,
    responses((status = 200, description = "The fulfilment as it stands now", body = FulfilmentTold), RefusalsOfMove)
)]
async fn move_fulfilment(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Problem> {
    let found = find(&hub, &caller, Kind::Fulfilment, &id).await?.id;
    let moved: FulfilmentMove = needed(&headers, &sent)?;
    let asked = moved.command(found).map_err(wrong)?;
    command(&hub, &caller, asked).await
}
