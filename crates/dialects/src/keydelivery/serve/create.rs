//! The registration of a number (§7): it is asked about from then on, and what becomes of it is pushed
//! to the address that the client gave. A number has one registration for each account; the second
//! answers 60201 and changes nothing.

use super::super::request::Registering;
use super::super::response::{Code, success};
use super::super::{NAME, registration};
use super::Stop;
use crate::desk::{Desk, Principal, Wish};
use crate::raw::Object;

pub async fn register(
    desk: &impl Desk,
    principal: &Principal,
    members: &Object<'_>,
) -> Result<String, Stop> {
    let asked = Registering::read(members)?;
    let carrier = desk
        .carrier(NAME, asked.carrier_id.trim())
        .ok_or(Code::CarrierInvalid)?;
    let number = asked.tracking_number.trim();
    let known = desk
        .registered(principal, NAME, Some(&carrier), number)
        .await?;
    if !known.is_empty() {
        return Err(Code::Exists.into());
    }
    // First the address: a registration that nobody can be told of is none.
    let url = asked.webhook_url.trim();
    if !desk.tell_at(principal, NAME, url).await? {
        return Err(Code::Parameter.into());
    }
    let wish = Wish {
        carrier,
        number: number.to_owned(),
        data: registration::members(&asked),
        ..Wish::default()
    };
    let made = desk.register(principal, NAME, vec![wish]).await?;
    match made.first() {
        // Another call may have been quicker.
        Some((_, false)) => Err(Code::Exists.into()),
        Some((_, true)) => Ok(success()),
        None => Err(Code::Fault.into()),
    }
}
