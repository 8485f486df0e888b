//! The native API and Standard Webhooks.

mod described;
mod events;
pub mod hook;
pub mod records;
mod samples;
mod vocabulary;
mod withdrawals;

use crate::support::FakeDesk;
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::Value;
use std::sync::Arc;
use tower::ServiceExt;
use trackway_dialects::native;

pub const KEY: &str = "tw_example_key";

pub fn desk() -> Arc<FakeDesk> {
    let desk = FakeDesk::new();
    desk.key("native", "default", KEY);
    desk
}

pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

pub async fn send(
    desk: &Arc<FakeDesk>,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Reply {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let router = native::router::<FakeDesk>().with_state(desk.clone());
    let response = router
        .oneshot(request.body(body.into()).unwrap())
        .await
        .unwrap();
    let (head, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    Reply {
        status: head.status,
        headers: head.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
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
