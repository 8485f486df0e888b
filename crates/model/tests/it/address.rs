//! The address directory: its data, its names, and addresses as people write them.

mod data;
mod laws;
mod names;
mod spellings;
