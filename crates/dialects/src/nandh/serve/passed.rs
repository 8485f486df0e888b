//! What is no record of the account's, but was told by an N&H upstream: its detail is passed on.

use super::Asked;
use crate::desk::{Desk, Found};
use crate::nandh::envelope::Done;
use crate::nandh::errors::{Code, Stop};
use crate::nandh::{CARRIER, NAME, passage};

/// The detail of a record, else the one that an upstream gave.
pub async fn or_passed<D: Desk>(
    asked: &Asked<'_, D>,
    own: Result<Done, Stop>,
) -> Result<Done, Stop> {
    let nothing = match own {
        Err(stop) if stop.code == Code::NotFound => stop,
        own => return own,
    };
    let looked_up = asked
        .desk
        .look_up(&asked.principal, NAME, Some(CARRIER), asked.id.trim());
    let held = match looked_up.await? {
        Found::Shipment(view) => passage::detail(&view),
        Found::AnotherAccount | Found::Nothing => None,
    };
    held.map(|data| Done { data, total: 1 }).ok_or(nothing)
}
