//! Lossless passage: the detail of a shipment, an order or a return that came from an N&H upstream is
//! given back byte for byte, overlaid by later webhooks in the members that they tell.
//!
//! "Later" is by what the webhooks say: their order is not promised (nandh-oms.md §10), so one that
//! tells of an older status than the document's changes nothing.

use super::hook::Event;
use super::statement::{SINCE, STATUS, WEBHOOK, seconds};
use super::{NAME, states};
use crate::raw::{self, Object, quoted};
use crate::registry;
use trackway_model::Occurred;
use trackway_model::view::{ShipmentView, StatementView};

/// The members of a webhook that tell a member of the detail by the same name, where they say something.
const FACTS: [&str; 3] = [
    "courier_tracking_code",
    "partner_tracking_code",
    "updated_time",
];
/// The older name of `updated_time`, in ORDER CREATED.
const UPDATE_TIME: &str = "update_time";

/// The detail that a tracked number's upstream gave, as JSON; None where none is held.
pub fn detail(view: &ShipmentView) -> Option<String> {
    let document = view.document.as_ref()?;
    if registry::streams().get(document.stream).dialect != NAME {
        return None;
    }
    let data = Object::parse(&document.body).ok()?;
    let mut changes = Vec::new();
    for told in news(view, &data) {
        overlay(&mut changes, told);
    }
    Some(data.with(&changes))
}

/// The webhooks that tell a newer status than the document, oldest first.
fn news<'v>(view: &'v ShipmentView, data: &Object<'_>) -> Vec<&'v StatementView> {
    let since = data.get(SINCE).and_then(seconds);
    let at = |told: &StatementView| told.spine.occurred.map(Occurred::assumed);
    let is_later = |told: &&StatementView| {
        told.stream == WEBHOOK.id && at(told) > since.map(Occurred::assumed)
    };
    let mut found: Vec<_> = view.statements.iter().filter(is_later).collect();
    found.sort_by_key(|told| (at(told), told.ordinal));
    found
}

/// Adds what a webhook changes.
fn overlay(changes: &mut Vec<(&'static str, String)>, told: &StatementView) {
    let Some(raw) = told.raw.as_deref() else {
        return;
    };
    let Ok(webhook) = Object::parse(raw) else {
        return;
    };
    for name in [STATUS, SINCE] {
        if let Some(value) = webhook.get(name) {
            set(changes, name, value.to_owned());
        }
    }
    let subject = Event::told(&webhook).and_then(Event::subject);
    let code = told.code.code.parse().ok();
    if let Some((subject, code)) = subject.zip(code)
        && let Some(state) = states::named(subject.name(), code)
    {
        let status = states::of(subject.name(), state);
        set(changes, "status_display", quoted(&status.display));
        set(changes, "status_css", quoted(&status.css));
    }
    for name in FACTS {
        let said = webhook.get(name).or_else(|| {
            let has_other_name = name == "updated_time";
            has_other_name.then(|| webhook.get(UPDATE_TIME)).flatten()
        });
        if let Some(value) = said.filter(|value| raw::scalar(value).is_some()) {
            set(changes, name, value.to_owned());
        }
    }
}

fn set(changes: &mut Vec<(&'static str, String)>, member: &'static str, value: String) {
    match changes.iter_mut().find(|(name, _)| *name == member) {
        Some(change) => change.1 = value,
        None => changes.push((member, value)),
    }
}
