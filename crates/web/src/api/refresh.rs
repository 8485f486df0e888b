//! `POST /v1/shipments/{id}/refresh`: asks the sources of a shipment now, instead of when their time
//! comes.
//!
//! An id that the account has not is answered with 404 and the same body, whoever else has it.

use super::answer::accepted;
use super::failures::{RefusalsOfOne, failed};
use super::input::{OfShipment, no_shipment};
use super::{Caller, Problem, Route, Scope};
use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use std::sync::Arc;
use trackway_hub::Hub;
use trackway_hub::refresh::Refreshed;
use utoipa::{OpenApi, ToSchema};

pub fn routes() -> Vec<Route> {
    vec![Route::post(
        "/v1/shipments/{id}/refresh",
        Scope::Write,
        post_refresh,
    )]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(post_refresh), components(schemas(Asking)))]
    struct Document;
    Document::openapi()
}

/// Who is asked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RefreshedShipment)]
struct Asking {
    id: String,
    /// Names of the connections that are asked.
    connections: Vec<String>,
}

/// Ask every connection that follows a shipment's number now, before what is due by schedule. What
/// they answer comes as any news: in the shipment, in the feed, by webhook. A shipment that had come
/// to its end is asked about again. An account may do so 600 times an hour.
#[utoipa::path(
    post,
    path = "/v1/shipments/{id}/refresh",
    tag = "shipments",
    security(("key" = ["write"])),
    params(("id" = String, Path, description = "The shipment's id")),
    responses(
        (status = 202, description = "They are asked", body = Asking),
        (status = 409, description = "No connection follows this number", body = Problem, content_type = "application/problem+json"),
        RefusalsOfOne,
    )
)]
async fn post_refresh(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfShipment(id): OfShipment,
) -> Result<Response, Problem> {
    let refreshed = hub.refresh(caller.account, id).await.map_err(failed)?;
    match refreshed.ok_or_else(no_shipment)? {
        Refreshed::Asked(connections) => {
            let id = id.to_string();
            Ok(accepted(&Asking { id, connections }))
        }
        Refreshed::Nobody => Err(Problem::new(
            StatusCode::CONFLICT,
            "No connection follows this number: register it with one, or wait for its webhooks.",
        )),
        Refreshed::TooOften { retry_after_s } => Err(Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "The account has asked often enough for this hour: see Retry-After.",
        )
        .with_header(header::RETRY_AFTER, HeaderValue::from(retry_after_s))),
    }
}
