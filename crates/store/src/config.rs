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
}

impl StoreConfig {
    /// 224 MB hold some 170,000 shipments of ten statements.
    pub const DEFAULT_MEMORY: usize = 224 << 20;

    pub fn new(rules: FoldRules, master: MasterKey, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            rules,
            master,
            entropy,
            dictionaries: Vec::new(),
            memory: Self::DEFAULT_MEMORY,
        }
    }
}
