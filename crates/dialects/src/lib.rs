//! The systems that Trackway speaks: one folder a system, read alike. A dialect never does I/O of
//! its own: `call` and `hook` build requests and judge answers, `serve` answers through a `Desk`.
//!
//! Whoever has read one dialect knows the next: `mod` (what it is, its line in the registry),
//! `codes.csv` (vocabulary), `wire` (its JSON, types only), `serve` (its API by us), `call` (its API
//! called by us), `hook` (its webhooks both ways). A part that a system lacks is absent.

pub mod addresses;
pub mod desk;
pub mod detection;
pub mod dialect;
pub mod express247;
mod fingerprint;
pub mod http;
pub mod keydelivery;
pub mod limits;
pub mod nandh;
pub mod native;
pub mod quota;
pub mod raw;
pub mod registry;
pub mod settings;
pub mod shape;
pub mod standards;
mod taking;
pub mod track123;
pub mod translate;

pub use desk::{Desk, DeskError};
pub use dialect::{Ack, Answer, Call, CallError, Dialect, Hook, Inbound, Outgoing, Parsed};
