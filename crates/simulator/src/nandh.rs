//! The merchant of the world as N&H tells it: what goes wrong between it and its clients. The rest is
//! the dialect's own facade over `house`.

use axum::response::Response;
use trackway_dialects::nandh::{Code, Stop};

/// The dialect's name in the registry.
pub const NAME: &str = trackway_dialects::nandh::NAME;

/// Its own answer for a client that asks too often.
pub fn too_many(now: i64) -> Response {
    Stop::from(Code::TooManyRequests).answer(now)
}

/// An answer of another shape than documented.
pub const WRONG_SHAPE: &str = r#"{"ok":1,"result":{"orders":[{"no":"17","state":{"id":460}}]}}"#;
