//! What the dialects promise, tested through their public parts.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod cargo;
mod docs;
mod everywhere;
mod express247;
mod grouping;
mod inferred;
mod keydelivery;
mod nandh;
mod native;
mod support;
mod track123;
mod vocabularies;
