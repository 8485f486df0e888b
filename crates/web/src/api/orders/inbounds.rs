//! `/v1/inbounds`: goods announced to a warehouse, received and inspected there.

use super::super::failures::{RefusalsOfMove, RefusalsOfOne};
use super::super::input::Asked;
use super::super::{Api, Caller, Problem, Route, Scope};
use super::answers::{Listed, MadeOf};
use super::listing::{Filters, InboundPage, list};
use super::made::{Making, make};
use super::{Named, body, command, find, needed, show, wrong};
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use std::sync::Arc;
use trackway_dialects::native::orders::{
    CancelWanted, InboundMove, InboundTold, InboundWanted, read,
};
use trackway_hub::Hub;
use trackway_model::orders::{Command, Kind};
use utoipa::OpenApi;

const PATH: &str = "/v1/inbounds";
const ONE: &str = "/v1/inbounds/{id}";
const CANCEL: &str = "/v1/inbounds/{id}/cancel";
const MOVE: &str = "/v1/inbounds/{id}/move";

pub fn routes() -> Vec<Route> {
    vec![
        Route::post(PATH, Scope::Write, post_inbounds),
        Route::get(PATH, Scope::Read, get_inbounds),
        Route::get(ONE, Scope::Read, get_inbound),
        Route::post(CANCEL, Scope::Write, cancel_inbound),
        Route::post(MOVE, Scope::Warehouse, move_inbound),
    ]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(post_inbounds, get_inbounds, get_inbound, cancel_inbound, move_inbound),
        components(schemas(InboundWanted, InboundTold<'static>, InboundPage, InboundMove)),
        tags((name = "inbounds", description = "Goods that are announced to a warehouse"))
    )]
    struct Document;
    Document::openapi()
}

/// Announce goods to a warehouse: one inbound, or up to 1,000 as `{"inbounds":[…]}`.
#[utoipa::path(
    post,
    path = "/v1/inbounds",
    tag = "inbounds",
    security(("key" = ["write"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body is answered as the first time; with another body it is refused with 422, and while the first is at work with 409.")),
    request_body(content = InboundWanted, description = "One, or up to 1,000 as `{\"inbounds\":[…]}`"),
    responses(MadeOf<InboundTold<'static>>)
)]
async fn post_inbounds(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let making = Making {
        call: PATH,
        member: "inbounds",
    };
    make::<InboundWanted>(&api, &caller, &headers, &body, making, read).await
}

/// Find inbounds, the newest first.
#[utoipa::path(
    get,
    path = "/v1/inbounds",
    tag = "inbounds",
    security(("key" = ["read"])),
    params(Filters),
    responses(Listed<InboundPage>)
)]
async fn get_inbounds(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    asked: Asked<Filters>,
) -> Result<Response, Problem> {
    list(&hub, &caller, Kind::Inbound, PATH, asked).await
}

/// How an inbound stands.
#[utoipa::path(
    get,
    path = "/v1/inbounds/{id}",
    tag = "inbounds",
    security(("key" = ["read"])),
    params(("id" = String, Path, description = "The inbound's id or code")),
    responses((status = 200, description = "The inbound", body = InboundTold), RefusalsOfOne)
)]
async fn get_inbound(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named,
) -> Result<Response, Problem> {
    show(&hub, &caller, Kind::Inbound, &id).await
}

/// Cancel an inbound whose goods were not received yet.
#[utoipa::path(
    post,
    path = "/v1/inbounds/{id}/cancel",
    tag = "inbounds",
    security(("key" = ["write"])),
    params(("id" = String, Path, description = "The inbound's id or code")),
    request_body = CancelWanted,
    responses((status = 200, description = "The inbound as it stands now", body = InboundTold), RefusalsOfMove)
)]
async fn cancel_inbound(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Problem> {
    let found = find(&hub, &caller, Kind::Inbound, &id).await?.id;
    let CancelWanted { reason } = body(&headers, &sent)?;
    let asked = Command::CancelInbound {
        inbound: found,
        reason,
    };
    command(&hub, &caller, asked).await
}

/// Move an inbound on, as its warehouse; with `conditions` where it is inspected or completed.
///
/// Completed, its goods are in stock: received, damaged and lost make up what was announced.
#[utoipa::path(
    post,
    path = "/v1/inbounds/{id}/move",
    tag = "inbounds",
    security(("key" = ["warehouse"])),
    params(("id" = String, Path, description = "The inbound's id or code")),
    request_body = InboundMove,
    responses((status = 200, description = "The inbound as it stands now", body = InboundTold), RefusalsOfMove)
)]
async fn move_inbound(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Problem> {
    let found = find(&hub, &caller, Kind::Inbound, &id).await?.id;
    let moved: InboundMove = needed(&headers, &sent)?;
    let asked = moved.command(found).map_err(wrong)?;
    command(&hub, &caller, asked).await
}
