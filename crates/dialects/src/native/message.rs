//! The body of a webhook: a change, what it was before, and the events that told it.

use super::told::{Clock, Status, Told, instant};
use serde::Serialize;
use trackway_model::change::Change;
use trackway_model::fold::{Journey, Verdict};
use trackway_model::group::Event;
use trackway_model::view::ShipmentView;
use trackway_model::{Direction, Milestone};

/// The type of every message about a shipment.
const UPDATED: &str = "shipment.updated";
/// Bytes that events may take, so that the whole stays well under the 20 KB that receivers expect.
const EVENTS_BUDGET: usize = 18_000;

#[derive(Debug, Serialize)]
struct Body<'a> {
    r#type: &'static str,
    /// When we learned it.
    timestamp: String,
    data: Data<'a>,
}

#[derive(Debug, Serialize)]
struct Data<'a> {
    shipment: String,
    carrier: &'a str,
    number: &'a str,
    #[serde(flatten)]
    status: Status,
    direction: Direction,
    occurred: Option<Clock<'a>>,
    before: Option<Status>,
    events: Vec<Told<'a>>,
    /// Some events were left out to keep the message short: read them from the API.
    events_cut: bool,
}

/// The body's bytes.
pub fn body(change: &Change, view: &ShipmentView) -> Vec<u8> {
    let journey = view.journey();
    let told = change
        .statements
        .iter()
        .filter_map(|ordinal| view.statement(*ordinal))
        .map(Told::of);
    let (events, events_cut) = newest_that_fit(told.collect());
    let body = Body {
        r#type: UPDATED,
        timestamp: instant(change.learned),
        data: Data {
            shipment: change.shipment.to_string(),
            carrier: &view.track.carrier,
            number: &view.track.number,
            status: Status::of(change.after),
            direction: journey.state.direction,
            occurred: status_event(journey, change.after.milestone)
                .map(|event| Clock::of_event(view, event)),
            before: change.before.map(Status::of),
            events,
            events_cut,
        },
    };
    serde_json::to_vec(&body).expect("strings and numbers are always JSON")
}

/// Leaves out the oldest events of a message that would be too long. Whether any was left out.
fn newest_that_fit(mut events: Vec<Told<'_>>) -> (Vec<Told<'_>>, bool) {
    let length =
        |told: &Told<'_>| serde_json::to_vec(told).map_or(usize::MAX, |bytes| bytes.len() + 1);
    let mut left = EVENTS_BUDGET;
    let fitting = events
        .iter()
        .rev()
        .take_while(|told| {
            let fits = left.checked_sub(length(told));
            left = fits.unwrap_or(left);
            fits.is_some()
        })
        .count();
    let cut = events.len() - fitting;
    events.drain(..cut);
    (events, cut > 0)
}

/// The event that gave the change's status: the last one of its milestone that was ever current.
fn status_event(journey: &Journey, milestone: Milestone) -> Option<&Event> {
    let counted = |verdict: Verdict| matches!(verdict, Verdict::Current | Verdict::Replaced);
    journey
        .events
        .iter()
        .rfind(|(event, verdict)| event.milestone == milestone && counted(*verdict))
        .map(|(event, _)| event)
}
