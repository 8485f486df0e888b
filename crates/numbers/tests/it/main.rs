//! One binary for all of the crate's tests.

#![allow(clippy::unwrap_used)] // a failed test is what it is for

mod accuracy;
mod catalog;
mod couriers;
mod detect;
mod identifiers;
