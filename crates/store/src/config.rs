//! What an engine must be told to open a store.

use crate::seal::{Dictionary, Entropy, MasterKey};
use std::sync::Arc;
use trackway_model::fold::FoldRules;

/// Settings of a store. Nothing here is stored: a store may be opened with other rules later, and
/// `remap` brings its states up to date.
#[derive(Clone)]
pub struct StoreConfig {
    pub rules: FoldRules,
    pub master: MasterKey,
    pub entropy: Arc<dyn Entropy>,
    pub dictionaries: Vec<Dictionary>,
    /// Bytes of tracks that an engine may keep in memory.
    pub memory: usize,
    /// Bytes to keep free on the disk of a data folder: with less, no new data is taken in.
    pub reserve: u64,
    /// Records that a list looks at to count or to sort them; of more, the total is an estimate.
    pub gathered: usize,
    /// Whether quotas go by the clock of the database's server, where there is one, so that nodes
    /// whose own clocks differ agree on when a day ends. Otherwise they go by the callers' clocks,
    /// as tests do.
    pub database_clock: bool,
}

impl std::fmt::Debug for StoreConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreConfig")
            .field("memory", &self.memory)
            .field("reserve", &self.reserve)
            .finish_non_exhaustive()
    }
}

impl StoreConfig {
    /// 224 MB hold some 170,000 shipments of ten statements.
    pub const DEFAULT_MEMORY: usize = 224 << 20;

    /// Far more than what is queued at any time, and than a day's cursors, meters and attempts.
    pub const DEFAULT_RESERVE: u64 = 256 << 20;

    pub const DEFAULT_GATHERED: usize = 10_000;

    pub fn new(rules: FoldRules, master: MasterKey, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            rules,
            master,
            entropy,
            dictionaries: Vec::new(),
            memory: Self::DEFAULT_MEMORY,
            reserve: Self::DEFAULT_RESERVE,
            gathered: Self::DEFAULT_GATHERED,
            database_clock: false,
        }
    }
}
