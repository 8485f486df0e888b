//! Order management: every rule by example, the laws over random commands, the machines, prices, and
//! how records are taken apart.

mod bodies;
mod cases;
mod catalogue;
mod consign;
mod docs;
mod inbounds;
mod laws;
mod machines;
mod offers;
mod parcels;
mod price;
mod reports;
mod returns;
mod settle;
mod shipments;
mod short;
mod sums;
mod wishes;
mod world;
