//! Test mode, wired: the simulator answers where a sandbox would ask an upstream.

use trackway_hub::sandbox::{Asked, Simulated, Simulation};
use trackway_simulator::sandbox;

/// The simulator as the hub knows it.
#[derive(Clone, Copy, Debug)]
pub struct Simulator;

impl Simulation for Simulator {
    fn answer(&self, asked: &Asked<'_>) -> Simulated {
        let sandbox::Answer { body, again } = sandbox::answer(&sandbox::Asked {
            dialect: asked.dialect,
            carrier: asked.parcel.carrier,
            number: asked.parcel.number,
            since: asked.since,
            now: asked.now,
            takes: asked.takes,
        });
        Simulated { body, again }
    }
}
