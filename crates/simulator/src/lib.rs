//! Simulated systems: a carrier's world made of a seed, told in 247Express's, KeyDelivery's and
//! Track123's words through the very facades that the hub is served by, and in their webhooks, beside
//! bills of lading and air waybills in Track123's; a merchant whose orders become these parcels, told in
//! N&H's; and journeys for any number, for those who try things out.
//!
//! Three laws: world = f(seed), answer = f(seed, number, virtual now), faults = f(seed, nth call).
//! No I/O and no clock of its own, but for the waits of slow answers.

pub mod air;
mod booked;
pub mod cargo;
pub mod desk;
mod draw;
pub mod express247;
pub mod faults;
pub mod house;
pub mod http;
pub mod journey;
pub mod keydelivery;
pub mod merchant;
pub mod nandh;
mod notices;
pub mod ocean;
mod office;
pub mod outbox;
mod registrar;
pub mod sandbox;
pub mod scenario;
mod seen;
pub mod track123;
mod trade;
mod wall;
pub mod warehouse;
pub mod words;
pub mod world;

pub use cargo::Item;
pub use desk::{Credentials, SimulatedDesk};
pub use house::House;
pub use notices::Notices;
pub use outbox::{Letter, Outbox};
pub use scenario::{SCENARIOS, Scenario};
pub use world::{Begin, Plan, Push, RealClock, Told, World};
