//! Records of the catalogue as they were opened last: many answers show the same few.
//!
//! Guarantee: what is given is what is stored. A record is given in the version that was just read of
//! it; one that is remembered in another is opened again.

use super::known::is_catalogue;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;
use trackway_model::orders::Record;

/// Records that are remembered.
const MOST: usize = 16_384;

#[derive(Default)]
pub struct CatalogueCache(RwLock<HashMap<i64, Arc<Record>>>);

/// Tells nothing of people.
impl std::fmt::Debug for CatalogueCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CatalogueCache(…)")
    }
}

impl CatalogueCache {
    /// The record in whichever version was opened last.
    pub fn get(&self, id: i64) -> Option<Arc<Record>> {
        self.0.read().get(&id).cloned()
    }

    /// What was just opened.
    pub fn keep(&self, record: Record) -> Arc<Record> {
        let record = Arc::new(record);
        if is_catalogue(record.kind()) {
            let mut known = self.0.write();
            if known.len() >= MOST {
                known.clear();
            }
            known.insert(record.id.0, record.clone());
        }
        record
    }
}
