//! Orders: commands carried out, records found, stock that can't be oversold, parcels that move what they
//! are of.

mod erased;
mod keeping;
mod lists;
mod model;
mod parcels;
mod races;
mod records;
mod speaking;
pub mod world;
