//! The contract that every engine keeps, and what only one of them can get wrong.

mod deliveries;
mod directory;
mod engines;
mod feed;
mod fixtures;
mod history;
mod laws;
mod polls;
mod postgres;
mod sqlite;
