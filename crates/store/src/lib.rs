//! Where Trackway keeps what it was told. Two engines behind the same traits, held to them by one
//! contract suite.
//!
//! Guarantee: a call that returned `Ok` is durable. For shipments the log is the record; tracks'
//! rows, indexes and documents' marks are rebuilt from it. A crash loses nothing that was answered
//! and leaves nothing half done.

pub mod ages;
pub mod amend;
pub mod backup;
pub mod bookings;
pub mod budgets;
pub mod clocks;
pub mod config;
pub mod copy;
pub mod disk;
pub mod errands;
pub mod error;
pub mod headway;
pub mod lanes;
pub mod log;
pub mod notices;
pub mod orders;
pub mod postgres;
pub mod quarantine;
pub mod read;
pub mod records;
pub mod registrations;
pub mod retention;
pub mod rotation;
pub mod seal;
pub mod search;
pub mod sqlite;
pub mod traits;
pub mod write;

pub use ages::Freshness;
pub use bookings::Bookings;
pub use budgets::Budgets;
pub use clocks::RegistrationClocks;
pub use config::StoreConfig;
pub use errands::Errands;
pub use error::StoreError;
pub use headway::Headway;
pub use notices::Notices;
pub use orders::Orders;
pub use quarantine::Quarantine;
pub use registrations::Registrations;
pub use retention::Retention;
pub use seal::{Dictionary, Entropy, MasterKey, SystemEntropy};
pub use sqlite::SqliteStore;
pub use traits::{Deliveries, Directory, Feed, History, Management, Polls, Search, Store};
