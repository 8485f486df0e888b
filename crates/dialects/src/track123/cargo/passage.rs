//! Lossless passage: a record that came in goes out byte for byte, but for what belongs to the asking
//! client's own registration, and for the status where that registration's clock has run out.

use super::super::ocean::wire::CONTAINER_INFO;
use super::Mode;
use super::own::Known;
use super::read::objects;
use super::wire::{EXPIRED, TRACKING_DETAILS};
use crate::raw::{Object, quoted};
use trackway_model::Standing;

/// Whether a record tells of anything that happened.
pub fn tells(mode: Mode, kept: &Object<'_>) -> bool {
    let lists = |of: &Object<'_>| !objects(of, TRACKING_DETAILS).is_empty();
    match mode {
        Mode::Air => lists(kept),
        Mode::Ocean => {
            let mut containers = objects(kept, CONTAINER_INFO).into_iter();
            containers.any(|(_, container)| lists(&container))
        }
    }
}

/// The record for a client.
pub fn record(mode: Mode, kept: &Object<'_>, known: &Known<'_>) -> String {
    let mut changes = known.members();
    if known.standing == Standing::Expired {
        let (status, _) = mode.told_by();
        changes.push((status, quoted(EXPIRED)));
    }
    kept.with(&changes)
}
