//! The real-time look-up (§6): what is known of the parcel. Of one that nothing is known of, an upstream
//! is asked while the client waits, and nothing is registered or kept by that: the original is asked of
//! any number at any time.

use super::super::request::{Asked, MAX_FOLLOWED};
use super::super::response::Code;
use super::super::{NAME, passage, synthesis};
use super::Stop;
use crate::desk::{Desk, Found, Instant, Principal};
use crate::raw::Object;
use trackway_model::view::ShipmentView;

pub async fn look_up(
    desk: &impl Desk,
    principal: &Principal,
    members: &Object<'_>,
) -> Result<String, Stop> {
    let asked = Asked::read(members)?;
    let carrier = desk
        .carrier(NAME, asked.carrier_id.trim())
        .ok_or(Code::CarrierInvalid)?;
    let number = asked.tracking_number.trim();
    let found = desk
        .look_up(principal, NAME, Some(&carrier), number)
        .await?;
    if let Found::Shipment(view) = found
        && let Some(known) = answer(&view, &asked)
    {
        return Ok(known);
    }
    if number.chars().count() > MAX_FOLLOWED {
        return Err(Code::NoResult.into());
    }
    match desk.ask_now(principal, &carrier, number).await? {
        Instant::Told(view) => answer(&view, &asked).ok_or(Code::NoResult.into()),
        Instant::Nothing | Instant::Unanswered(_) | Instant::Refused(_) => {
            Err(Code::NoResult.into())
        }
    }
}

/// A shipment's answer: this system's own where it gave one, else made of what others told.
fn answer(view: &ShipmentView, asked: &Asked<'_>) -> Option<String> {
    view.document
        .as_ref()
        .and_then(|document| passage::answer(document, asked))
        .or_else(|| synthesis::answer(view, asked))
}
