//! HTTP: which path belongs to which system, the limits on everything from outside, the server, and
//! the operator's door on the data folder.
//!
//! Guarantee: whatever a client sends is answered in the words of the system whose path it used,
//! also when it is refused before a handler saw it, when the handler is overloaded or too slow, and
//! when it panics. Nothing is buffered without bound: bodies, headers, connections, requests at
//! work and the time of each have a limit in [`limits::Limits`].

pub mod admin;
pub mod api;
pub mod app;
pub mod body;
mod console;
pub mod front;
pub mod limits;
mod observe;
pub mod pages;
pub mod refusal;
pub mod routes;
pub mod server;

pub use app::App;
pub use front::{Client, Front, Tls};
pub use limits::Limits;
pub use server::{serve, serve_behind, serve_socket};
