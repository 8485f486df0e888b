//! What operators' machines ask: whether the server can work, and its figures.
//!
//! Contract: `/readyz` is for anybody, as load balancers have no key. `/metrics` tells how much all
//! accounts together do, so it needs a key with `admin`, unless the operator opens it with the
//! setting `native.public_metrics`, for a listener that only the own network reaches. On the data
//! folder's socket both are open: whoever may open the folder may read everything anyway.

use super::answer::told;
use super::{Api, Problem, Route, Scope, authenticate};
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::sync::Arc;
use trackway_dialects::Desk;
use trackway_dialects::native::PUBLIC_METRICS;
use trackway_hub::health::{Check, Readiness};
use trackway_hub::metrics::{CONTENT_TYPE, Name};
use trackway_hub::{Hub, HubError};
use utoipa::OpenApi;

const READY: &str = "/readyz";
const METRICS: &str = "/metrics";

pub fn routes() -> Vec<Route> {
    vec![
        Route::open(READY, get_readyz),
        Route::open(METRICS, get_metrics),
    ]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(get_healthz, get_readyz, get_metrics),
        components(schemas(Readiness, Check)),
        tags((name = "operations", description = "For those who run the server"))
    )]
    struct Document;
    Document::openapi()
}

/// The same for the operator's socket, without keys.
pub fn operator(hub: &Arc<Hub>) -> Router {
    Router::new()
        .route(READY, get(get_readyz))
        .route(METRICS, get(operators_metrics))
        .with_state(hub.clone())
}

/// Whether the server is alive, for supervisors: one that is not is to be restarted.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "operations",
    responses(
        (status = 200, description = "It is", content_type = "application/json", body = Object, example = json!({"status": "ok"})),
        (status = 503, description = "Its store takes no writes", body = Problem, content_type = "application/problem+json"),
    )
)]
#[expect(
    dead_code,
    reason = "the application answers it before any routing; this describes it"
)]
fn get_healthz() {}

/// Whether requests may be sent here, for load balancers, check by check.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operations",
    responses(
        (status = 200, description = "Every check holds", body = Readiness),
        (status = 503, description = "Some check does not hold: it says which and why", body = Readiness),
    )
)]
async fn get_readyz(State(hub): State<Arc<Hub>>) -> Response {
    let found = hub.readiness().await;
    let status = if found.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let mut response = told(status, &found);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The server's figures in Prometheus' text format. They are listed in `docs/metrics.md`.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operations",
    security((), ("key" = ["admin"])),
    responses(
        (status = 200, description = "All of them", body = String, content_type = "text/plain"),
        (status = 401, description = "No key, or one that is not in force; not where the operator opened the figures", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key lacks the scope", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The store can't be read", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_metrics(State(api): State<Api>, headers: HeaderMap) -> Result<Response, Problem> {
    let is_open = Desk::setting(&*api.hub, PUBLIC_METRICS).as_deref() == Some("true");
    if !is_open {
        authenticate(&*api.hub, &headers, Scope::Admin).await?;
    }
    let listeners = api.listeners.count() as f64;
    api.hub.metrics().set(Name::Listeners, &[], listeners);
    figures(&api.hub).await
}

async fn operators_metrics(State(hub): State<Arc<Hub>>) -> Result<Response, Problem> {
    figures(&hub).await
}

async fn figures(hub: &Hub) -> Result<Response, Problem> {
    let failed = |error| super::failures::failed(HubError::Store(error));
    let text = hub.metrics_text().await.map_err(failed)?;
    let mut response = Response::new(text.into());
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    Ok(response)
}
