//! The contract that every engine keeps, and what only one of them can get wrong.

#![allow(clippy::unwrap_used, reason = "tests, and helpers of tests")]

mod ages;
mod attempts;
mod backup;
mod bookings;
mod budgets;
mod clocks;
mod copy;
mod deliveries;
mod directory;
mod disk;
mod engines;
mod errands;
mod feed;
mod fixtures;
mod history;
mod laws;
mod leases;
mod mails;
mod manage;
mod notices;
mod orders;
mod polls;
mod postgres;
mod quarantine;
mod registrations;
mod retention;
mod rotation;
mod search;
mod sqlite;
