//! Orders: commands carried out, records found, stock that can't be oversold, parcels that move what they
//! are of.

mod keeping;
mod lists;
mod model;
mod parcels;
mod races;
mod records;
pub mod world;
