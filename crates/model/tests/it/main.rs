//! The model's laws, over generated facts.
#![allow(clippy::unwrap_used)]

mod address;
mod codec;
mod fold;
mod laws;
mod orders;
mod quota;
mod units;
mod world;
