//! One run of a server under load, and what several of them come to.

use super::load::Load;
use super::process::{Server, Usage};
use super::report::median;
use anyhow::Result;

/// What one run of a server under load came to.
pub struct Run {
    pub load: Load,
    pub before: Usage,
    pub after: Usage,
    pub bytes: u64,
}

impl Run {
    /// Microseconds of the server's CPU a unit.
    pub fn cpu_per(&self, units: f64) -> f64 {
        (self.after.cpu.saturating_sub(self.before.cpu)).as_secs_f64() * 1e6 / units
    }
}

/// The middle of the runs' rates.
pub fn rate(runs: &[Run], units_per_request: f64) -> f64 {
    let rates = runs
        .iter()
        .map(|run| run.load.per_second(units_per_request));
    median(rates.collect())
}

/// The middle of the runs' percentiles, in milliseconds.
pub fn percentile(runs: &[Run], share: f64) -> f64 {
    median(runs.iter().map(|run| run.load.percentile(share)).collect())
}

pub fn measured(server: &Server, send: impl FnOnce() -> Result<Load>) -> Result<Run> {
    let before = server.usage()?;
    let load = send()?;
    Ok(Run {
        load,
        before,
        after: server.usage()?,
        bytes: 0,
    })
}
