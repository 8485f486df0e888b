//! The kit's promises, tried out.

#![allow(clippy::unwrap_used)] // a helper of a test may fail as the test does

mod network;
mod postgres;
mod process;

/// Long enough for a busy machine; a test that passes never waits for it.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(20);
