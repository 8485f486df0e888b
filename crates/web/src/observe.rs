//! What the log says of a request: method, route, status, how long it took, who called, and an id
//! that the answer carries as `x-request-id`.
//!
//! Guarantee: nothing else of it. A route is a pattern of ours (`/v1/shipments/{id}`), never a path
//! as it was sent; query strings, headers and bodies are not looked at. Every line that is written
//! while a request is at work stands in its span. An answer of 500 or above is a warning; every
//! other is said at `debug`, so that a busy server does not write a line a request.

use crate::App;
use crate::front::Client;
use crate::routes::{Route, mount_of};
use axum::body::Body;
use axum::response::Response;
use http::{HeaderName, HeaderValue, Method, Request};
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::Instant;
use tracing::Instrument;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Tells this process's ids from another's.
static PROCESS: LazyLock<u32> = LazyLock::new(|| RandomState::new().hash_one(0_u8) as u32);
static NEXT: AtomicU64 = AtomicU64::new(1);

/// Has the application answer a request and says so.
pub async fn answer(app: &App, mut request: Request<Body>, client: Client) -> Response {
    let began = Instant::now();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let id = format!("{:08x}-{number:x}", *PROCESS);
    let method = known(request.method());
    let mount = mount_of(request.uri().path());
    request.extensions_mut().insert(client);
    let span = tracing::info_span!("request", id, method, client = %client.address);
    let mut response = app.answer(request).instrument(span.clone()).await;
    let status = response.status();
    app.count(mount, status, began.elapsed());
    let route = response.extensions_mut().remove::<Route>();
    let route = route.as_ref().map_or(mount.pattern(), Route::as_str);
    let ms = began.elapsed().as_secs_f64() * 1e3;
    span.in_scope(|| {
        if status.is_server_error() {
            tracing::warn!(route, status = status.as_u16(), ms, "failed");
        } else {
            tracing::debug!(route, status = status.as_u16(), ms, "answered");
        }
    });
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// A method's name; a client may make up any.
fn known(method: &Method) -> &'static str {
    const KNOWN: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let found = KNOWN.iter().find(|known| **known == method.as_str());
    found.copied().unwrap_or("other")
}
