//! Lossless passage: a record that came in goes out byte for byte, but for what belongs to the asking
//! client's own registration, and for the status where that registration's clock has run out.

use super::super::cargo::own::Known;
use super::super::cargo::read::objects;
use super::super::cargo::wire::{
    CREATE_TIME, CUSTOMER_EMAIL, EXPIRED, ORDER_NO, TRACKING_DETAILS, TRACKING_NO,
};
use super::wire;
use crate::raw::{Object, quoted};
use trackway_model::Standing;

/// Whether a record tells of anything that happened.
pub fn tells(kept: &Object<'_>) -> bool {
    !objects(kept, TRACKING_DETAILS).is_empty()
}

/// The record for a client.
pub fn record(kept: &Object<'_>, known: &Known<'_>) -> String {
    let email = known.own.customer_email.as_deref();
    let mut changes = vec![
        (ORDER_NO, quoted(&known.own.order_no)),
        (TRACKING_NO, quoted(known.number)),
        (CREATE_TIME, quoted(known.created)),
        (CUSTOMER_EMAIL, email.map_or_else(|| "null".to_owned(), quoted)),
    ];
    if known.standing == Standing::Expired {
        changes.push((wire::AVIATION_STATUS, quoted(EXPIRED)));
    }
    kept.with(&changes)
}
