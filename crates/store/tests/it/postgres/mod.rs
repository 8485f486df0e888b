//! What only a store of many nodes can get wrong.

mod faults;
mod nodes;
mod sealing;
mod world;
