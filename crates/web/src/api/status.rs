//! `/v1/status`: an account's part of the installation at a glance.

use super::answer::ok;
use super::failures::Refusals;
use super::wrong::wrong;
use super::{Caller, Problem, Route, Scope};
use axum::extract::State;
use axum::response::Response;
use std::sync::Arc;
use trackway_hub::Hub;
use trackway_hub::ages::{Age, ConnectionStanding, Numbers};
use trackway_hub::overview::{Connected, Count, Overview, StoreInfo, Subscribed, Surprises};
use trackway_hub::polling::rests::Rest;
use utoipa::OpenApi;

const PATH: &str = "/v1/status";

pub fn routes() -> Vec<Route> {
    vec![Route::get(PATH, Scope::Manage, get_status)]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(get_status),
        components(schemas(
            Overview,
            Count,
            Connected,
            Subscribed,
            Surprises,
            StoreInfo,
            Age,
            Numbers,
            ConnectionStanding,
            Rest
        ))
    )]
    struct Document;
    Document::openapi()
}

/// How everything stands: the account's connections with the age of their data and the quota that is
/// left, its endpoints with what waits for them, and what could not be read.
#[utoipa::path(
    get,
    path = "/v1/status",
    tag = "operations",
    security(("key" = ["manage"])),
    responses((status = 200, description = "As it stands", body = Overview), Refusals)
)]
async fn get_status(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Response, Problem> {
    let found = hub.overview(Some(&*caller.account_name)).await;
    Ok(ok(&found.map_err(wrong)?))
}
