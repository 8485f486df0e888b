//! Numbers that name parcels, containers, ships and waybills: what they are, whose they are, and how
//! likely that is.
//!
//! - [`identifiers`]: the standards' own numbers with their check digits, parsed into types.
//! - [`catalog`]: carriers as data: names, codes in the dialects, sites, zones, formats.
//! - [`courier`]: number formats as the public courier files and our own tables write them.
//! - [`detect`](Catalog::detect): carriers ranked by probability, each with its reasons.
//!
//! Guarantee: pure. No I/O but [`Catalog::read`] of an operator's folder, no clock, no randomness;
//! the same number under the same catalog gives the same answer. No input panics.

pub mod catalog;
pub mod courier;
pub mod detect;
pub mod identifiers;
pub mod sample;

pub use catalog::{Carrier, Catalog, CatalogError, Mode};
pub use detect::{Candidate, Detection, Evidence, Hints};
pub use identifiers::{Identifier, IdentifierError, Reading};
