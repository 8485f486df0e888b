//! `/v1/returns`: what buyers send back, and what its inspection found.

use super::super::failures::{RefusalsOfMove, RefusalsOfOne};
use super::super::input::Asked;
use super::super::{Api, Caller, Problem, Route, Scope};
use super::answers::{Listed, MadeOf};
use super::listing::{Filters, ReturnPage, list};
use super::made::{Making, make};
use super::{Named, body, command, find, needed, show, wrong};
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use std::sync::Arc;
use trackway_dialects::native::orders::{CancelWanted, ReturnMove, ReturnTold, ReturnWanted, read};
use trackway_hub::Hub;
use trackway_model::orders::{Command, Kind};
use utoipa::OpenApi;

const PATH: &str = "/v1/returns";
const ONE: &str = "/v1/returns/{id}";
const CANCEL: &str = "/v1/returns/{id}/cancel";
const MOVE: &str = "/v1/returns/{id}/move";

pub fn routes() -> Vec<Route> {
    vec![
        Route::post(PATH, Scope::Write, post_returns),
        Route::get(PATH, Scope::Read, get_returns),
        Route::get(ONE, Scope::Read, get_return),
        Route::post(CANCEL, Scope::Write, cancel_return),
        Route::post(MOVE, Scope::Warehouse, move_return),
    ]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(post_returns, get_returns, get_return, cancel_return, move_return),
        components(schemas(ReturnWanted, ReturnTold<'static>, ReturnPage, ReturnMove)),
        tags((name = "returns", description = "What buyers send back"))
    )]
    struct Document;
    Document::openapi()
}

/// Request a return: one, or up to 1,000 as `{"returns":[…]}`.
#[utoipa::path(
    post,
    path = "/v1/returns",
    tag = "returns",
    security(("key" = ["write"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body is answered as the first time; with another body it is refused with 422, and while the first is at work with 409.")),
    request_body(content = ReturnWanted, description = "One, or up to 1,000 as `{\"returns\":[…]}`"),
    responses(
        MadeOf<ReturnTold<'static>>,
        (status = 422, description = "A member can't be used, something that it names is not there, or more is returned than was shipped", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn post_returns(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let making = Making {
        call: PATH,
        member: "returns",
    };
    make::<ReturnWanted>(&api, &caller, &headers, &body, making, read).await
}

/// Find returns, the newest first.
#[utoipa::path(
    get,
    path = "/v1/returns",
    tag = "returns",
    security(("key" = ["read"])),
    params(Filters),
    responses(Listed<ReturnPage>)
)]
async fn get_returns(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    asked: Asked<Filters>,
) -> Result<Response, Problem> {
    list(&hub, &caller, Kind::Return, PATH, asked).await
}

/// How a return stands.
#[utoipa::path(
    get,
    path = "/v1/returns/{id}",
    tag = "returns",
    security(("key" = ["read"])),
    params(("id" = String, Path, description = "The return's id or code")),
    responses((status = 200, description = "The return", body = ReturnTold), RefusalsOfOne)
)]
async fn get_return(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named,
) -> Result<Response, Problem> {
    show(&hub, &caller, Kind::Return, &id).await
}

/// Cancel a return whose goods were not received yet.
#[utoipa::path(
    post,
    path = "/v1/returns/{id}/cancel",
    tag = "returns",
    security(("key" = ["write"])),
    params(("id" = String, Path, description = "The return's id or code")),
    request_body = CancelWanted,
    responses((status = 200, description = "The return as it stands now", body = ReturnTold), RefusalsOfMove)
)]
async fn cancel_return(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Problem> {
    let found = find(&hub, &caller, Kind::Return, &id).await?.id;
    let CancelWanted { reason } = body(&headers, &sent)?;
    let asked = Command::CancelReturn {
        return_: found,
        reason,
    };
    command(&hub, &caller, asked).await
}

/// Move a return on, as its warehouse; with `conditions` where it is inspected or completed.
///
/// Completed, what is good is in stock again.
#[utoipa::path(
    post,
    path = "/v1/returns/{id}/move",
    tag = "returns",
    security(("key" = ["warehouse"])),
    params(("id" = String, Path, description = "The return's id or code")),
    request_body = ReturnMove,
    responses((status = 200, description = "The return as it stands now", body = ReturnTold), RefusalsOfMove)
)]
async fn move_return(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Problem> {
    let found = find(&hub, &caller, Kind::Return, &id).await?.id;
    let moved: ReturnMove = needed(&headers, &sent)?;
    let asked = moved.command(found).map_err(wrong)?;
    command(&hub, &caller, asked).await
}
