//! Lossless passage: a record that came in goes out byte for byte, but for what belongs to the asking
//! client's own registration, and for the status where that registration's clock has run out.

use super::super::cargo::own::Known;
use super::super::cargo::read::objects;
use super::super::cargo::wire::{EXPIRED, TRACKING_DETAILS};
use super::wire;
use crate::raw::{Object, quoted};
use trackway_model::Standing;

/// Whether a record tells of anything that happened.
pub fn tells(kept: &Object<'_>) -> bool {
    !objects(kept, TRACKING_DETAILS).is_empty()
}

/// The record for a client.
pub fn record(kept: &Object<'_>, known: &Known<'_>) -> String {
    let mut changes = known.members();
    if known.standing == Standing::Expired {
        changes.push((wire::AVIATION_STATUS, quoted(EXPIRED)));
    }
    kept.with(&changes)
}
