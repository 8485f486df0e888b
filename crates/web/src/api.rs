//! Our own API over the hub, under `/v1`, beside the events call that the native dialect serves.
//!
//! Contract: a handler names the scope it needs to [`authenticate`], works for that caller's
//! account alone, and fails as a [`Problem`]. What it answers
//! with success is committed. One file a subject; each has `router()` and its part of the document.

use axum::Router;
use std::sync::Arc;
pub use trackway_dialects::native::Problem;
pub use trackway_dialects::native::caller::{Scope, authenticate};
use trackway_hub::Hub;

/// The routes of every subject.
pub fn router(_hub: &Arc<Hub>) -> Router {
    Router::new()
}
