//! The tests of the whole product, in one program: it links once.

#![allow(clippy::unwrap_used)] // a helper of a test may fail as the test does

#[macro_use]
mod stores;

mod architecture;
mod bench;
mod cli;
mod cli_access;
mod cli_address;
mod cli_data;
mod cli_detect;
mod cli_link;
mod cli_notices;
mod cli_orders;
mod cli_quarantine;
mod cli_server;
mod cli_transfer;
mod crash;
mod demo;
mod keeping;
mod program;
mod rotation;
mod sabotage;
mod sandbox;
mod simulate;
mod soak;
