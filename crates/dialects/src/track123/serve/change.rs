//! Another courier for a number (§5.5): its tracking begins anew, and it is asked about at once.

use super::super::envelope::{Refused, Stop};
use super::super::service::Code;
use super::super::{NAME, own, wire};
use super::{IMPORTED, NOT_REGISTERED, UNSUPPORTED, object, registered};
use crate::desk::{Desk, Moved, Principal};

pub async fn change<D: Desk>(desk: &D, principal: &Principal, body: &[u8]) -> Result<String, Stop> {
    let object = object(body)?;
    let (number, courier) = own::full_item(&object)?;
    let new = own::said(&object, wire::NEW_COURIER_CODE);
    let new = new.ok_or_else(|| Refused::missing(wire::NEW_COURIER_CODE))?;
    let carrier = desk.carrier(NAME, new.trim());
    let carrier = carrier.ok_or_else(|| Stop::because(Code::Parameter, UNSUPPORTED))?;
    let found = registered(desk, principal, &number, &courier).await??;
    let moved = desk
        .change_carrier(principal, NAME, &[found.id], &carrier)
        .await?;
    match moved {
        Moved::All => Ok("true".to_owned()),
        Moved::Unknown(_) => Err(Stop::because(Code::Parameter, NOT_REGISTERED)),
        Moved::Taken(_) => Err(Stop::because(Code::Parameter, IMPORTED)),
    }
}
