//! The tracking page: what it shows and what not, in which words, to whom, and how it looks.

mod browser;
mod console;
mod contrast;
mod letters;
mod page;
pub mod parcels;
mod seen;
mod signed;
