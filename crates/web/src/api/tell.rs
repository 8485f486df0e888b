//! `POST /v1/events`: told by the native dialect, behind the same guard as all our own calls. Its part
//! of the document is the dialect's own.

use super::{Api, Caller, Problem, Route, Scope};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use trackway_dialects::native::{self, wire};

pub fn routes() -> Vec<Route> {
    vec![Route::post(wire::EVENTS, Scope::Events, post_events)]
}

async fn post_events(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    native::tell(&*api.hub, &api.in_flight, &caller, &headers, body).await
}
