//! The real-time look-up (§6).

use super::super::request::Asked;
use super::super::response::Code;
use super::super::{NAME, passage, synthesis};
use super::Stop;
use crate::desk::{Desk, Found, Principal};
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
    match desk
        .look_up(principal, NAME, Some(&carrier), number)
        .await?
    {
        Found::Shipment(view) => answer(&view, &asked).ok_or(Code::NoResult.into()),
        Found::AnotherAccount | Found::Nothing => Err(Code::NoResult.into()),
    }
}

/// A shipment's answer: this system's own where it gave one, else made of what others told.
fn answer(view: &ShipmentView, asked: &Asked<'_>) -> Option<String> {
    view.document
        .as_ref()
        .and_then(|document| passage::answer(document, asked))
        .or_else(|| synthesis::answer(view, asked))
}
