//! What the dialects promise, tested through their public parts.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod docs;
mod express247;
mod keydelivery;
mod native;
mod support;
