//! What is no record of the account's, but was told by an N&H upstream: its detail is passed on, and of a
//! shipment's detail the items.

use super::Asked;
use crate::desk::{Desk, Found, Trade};
use crate::nandh::envelope::Done;
use crate::nandh::errors::{Code, Stop};
use crate::nandh::{CARRIER, NAME, passage};
use crate::raw::{Object, elements};

const ITEMS: &str = "shipment_items";

/// The detail of a record, else the one that an upstream gave.
pub async fn or_passed<D: Desk>(
    asked: &Asked<'_, D>,
    own: Result<Done, Stop>,
) -> Result<Done, Stop> {
    or_held(asked, own, |data| Some(Done { data, total: 1 })).await
}

/// The items of a shipment, else those within the detail that an upstream gave.
pub async fn or_passed_items<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    own: Result<Done, Stop>,
) -> Result<Done, Stop> {
    let page = asked.query().page()?;
    let items = |data: String| {
        let detail = Object::of_text(&data).ok()?;
        let items = elements(detail.get(ITEMS)?)?;
        let total = items.len() as u64;
        let data = format!("[{}]", page.of(items).join(","));
        Some(Done { data, total })
    };
    or_held(asked, own, items).await
}

async fn or_held<D: Desk>(
    asked: &Asked<'_, D>,
    own: Result<Done, Stop>,
    of: impl FnOnce(String) -> Option<Done>,
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
    held.and_then(of).ok_or(nothing)
}
