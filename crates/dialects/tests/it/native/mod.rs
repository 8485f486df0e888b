//! The native API and Standard Webhooks.

mod described;
mod events;
pub mod hook;
pub mod records;
mod samples;
mod vocabulary;
mod withdrawals;

use crate::support::FakeDesk;
pub use crate::support::http::Reply;
use crate::support::http::request;
use axum::body::Body;
use http::Method;
use std::sync::Arc;
use trackway_dialects::native;

pub const KEY: &str = "tw_example_key";

pub fn desk() -> Arc<FakeDesk> {
    let desk = FakeDesk::new();
    desk.key("native", "default", KEY);
    desk
}

pub async fn send(
    desk: &Arc<FakeDesk>,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Reply {
    let router = native::router::<FakeDesk>().with_state(desk.clone());
    Reply::of(router, request(method, path, headers, body)).await
}

/// Posts events with the key that the desk knows.
pub async fn post(desk: &Arc<FakeDesk>, more: &[(&str, &str)], body: impl Into<Body>) -> Reply {
    let mut headers = vec![
        ("content-type", "application/json"),
        ("authorization", "Bearer tw_example_key"),
    ];
    headers.extend_from_slice(more);
    send(desk, Method::POST, "/v1/events", &headers, body).await
}
