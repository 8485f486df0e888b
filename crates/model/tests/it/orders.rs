//! Order management: every rule by example, the laws over random commands, the machines, prices, and
//! how records are taken apart.

mod bodies;
mod cases;
mod catalogue;
mod docs;
mod inbounds;
mod laws;
mod machines;
mod parcels;
mod price;
mod returns;
mod shipments;
mod sums;
mod wishes;
mod world;
