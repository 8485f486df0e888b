//! Lossless passage: a tracking that came in by `call` or `hook` goes out as it came, but for the
//! members of the asking client's own registration; and but for the status, where that registration's
//! clock has run out.

use super::told::{Own, null};
use super::wire;
use crate::raw::{Object, quoted};
use trackway_model::Standing;

/// What is kept, as the client is to read it; None where it is no object.
pub fn tracking(kept: &[u8], own: &Own<'_>) -> Option<String> {
    let tracking = Object::parse(kept).ok()?;
    // Where nobody has registered the number, nothing of it is a client's.
    let mut changes = if own.id.is_some() {
        own.members()
    } else {
        Vec::new()
    };
    // Members that no answer had are not made up where they say nothing.
    changes.retain(|(name, value)| value != "null" || tracking.get(name).is_some());
    for (name, given) in [
        (wire::SHIP_TIME, own.given(wire::SHIP_TIME)),
        (wire::SHIP_TO, own.given(wire::COUNTRY)),
    ] {
        changes.extend(given.map(|given| (name, quoted(given))));
    }
    if own.standing == Standing::Expired {
        changes.push((wire::TRANSIT_STATUS, quoted("EXPIRED")));
        changes.push((wire::TRANSIT_SUB_STATUS, null()));
    }
    Some(tracking.with(&changes))
}
