//! The contract that every engine keeps, and what only one of them can get wrong.

#![allow(clippy::unwrap_used, reason = "tests, and helpers of tests")]

mod deliveries;
mod directory;
mod engines;
mod feed;
mod fixtures;
mod history;
mod laws;
mod polls;
mod postgres;
mod sqlite;
