//! Simulated systems: a carrier's world made of a seed, told in 247Express's and KeyDelivery's words
//! through the very facades that the hub is served by, and in 247Express's webhooks.
//!
//! Guarantee: deterministic (see `world`), no I/O, no clock of its own.

pub mod desk;
mod draw;
pub mod express247;
pub mod journey;
pub mod keydelivery;
mod wall;
pub mod world;

pub use desk::{Credentials, SimulatedDesk};
pub use world::{Plan, RealClock, Told, World};
