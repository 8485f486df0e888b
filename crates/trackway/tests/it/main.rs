//! The tests of the whole product, in one program: it links once.

#![allow(clippy::unwrap_used)] // a helper of a test may fail as the test does

mod architecture;
mod cli;
mod crash;
mod program;
