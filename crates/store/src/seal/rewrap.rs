//! Another master key: what one wraps is wrapped anew under the next.
//!
//! A master key wraps the installation's secret and the tracks' keys, and nothing else. What is sealed
//! with those stays as it is, and so do ids, indexes and names that follow from them.

use super::{Entropy, INSTALLATION, MasterKey, TRACK};
use crate::StoreError;

/// From one master key to the next.
#[derive(Clone, Copy)]
pub struct Rewrap<'a> {
    pub from: &'a MasterKey,
    pub to: &'a MasterKey,
    pub entropy: &'a dyn Entropy,
}

impl Rewrap<'_> {
    /// The installation's secret under the next key; None where it is under that key already.
    pub fn installation(&self, wrapped: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if self.to.opens(wrapped) {
            return Ok(None);
        }
        self.again(wrapped, INSTALLATION).map(Some)
    }

    /// A track's key under the next key. One that does not open now would not open then either.
    pub fn track(&self, wrapped: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.again(wrapped, TRACK).map_err(|_| StoreError::Damaged {
            what: "track's key",
        })
    }

    fn again(&self, wrapped: &[u8], context: &[u8]) -> Result<Vec<u8>, StoreError> {
        let key = self.from.unwrap(wrapped, context)?;
        Ok(self.to.wrap(self.entropy, &key, context))
    }
}

impl MasterKey {
    /// Whether this is the key of the installation whose wrapped secret this is.
    pub fn opens(&self, wrapped: &[u8]) -> bool {
        self.unwrap(wrapped, INSTALLATION).is_ok()
    }
}
