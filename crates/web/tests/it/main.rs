//! The tests of the HTTP room, in one program: it links once.

#![allow(clippy::unwrap_used)] // a helper of a test may fail as the test does

mod express247;
mod harness;
mod limits;
mod wayward;
