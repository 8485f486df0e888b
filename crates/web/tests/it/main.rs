//! The tests of the HTTP room, in one program: it links once.

#![allow(clippy::unwrap_used)] // a helper of a test may fail as the test does

mod api;
mod bad_input;
mod cargo;
mod consigned;
mod docs;
mod express247;
mod harness;
mod installation;
mod keydelivery;
mod limits;
mod nandh;
mod pages;
mod passing_on;
mod receiving;
mod tenants;
mod track123;
mod wayward;
