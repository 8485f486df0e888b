//! The body of a webhook: a change, what it was before, and the events that told it.

use super::told::{Clock, Status, Told, instant};
use super::wire::one_of;
use crate::dialect::TEST_NUMBER;
use serde::Serialize;
use trackway_model::change::{ChangeKind, ShipmentChange};
use trackway_model::fold::{Journey, Verdict};
use trackway_model::group::Event;
use trackway_model::view::ShipmentView;
use trackway_model::{Direction, Milestone};
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

/// The types of messages about a shipment: something was told, or the clock of its registration ran
/// out.
pub const fn type_of(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Live | ChangeKind::Revised | ChangeKind::Registered { .. } => UPDATED,
        ChangeKind::NoRecord { .. } => NO_RECORD,
        ChangeKind::Expired { .. } => EXPIRED,
    }
}

const UPDATED: &str = "shipment.updated";
const NO_RECORD: &str = "registration.no_record";
const EXPIRED: &str = "registration.expired";

/// All of them.
pub const TYPES: [&str; 3] = [UPDATED, NO_RECORD, EXPIRED];

fn types() -> Object {
    one_of("What the message tells of.", TYPES)
}

/// The type of a test.
const TEST: &str = "endpoint.test";
/// Bytes of a message with one event, mostly.
const USUAL_LENGTH: usize = 1_024;
/// Bytes that events may take, so that the whole stays well under the 20 KB that receivers expect.
const EVENTS_BUDGET: usize = 18_000;

/// A message about a shipment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(super) struct Body<'a> {
    #[schema(schema_with = types)]
    r#type: &'static str,
    /// When Trackway learned it: RFC 3339.
    timestamp: String,
    /// Greater than that of every earlier message about this shipment to this endpoint.
    sequence: u64,
    data: Data<'a>,
}

/// What shows that messages arrive.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookTest)]
pub(super) struct Test {
    #[schema(schema_with = test_type)]
    r#type: &'static str,
    timestamp: String,
    /// Always 0.
    sequence: u64,
    data: TestData,
}

fn test_type() -> Object {
    one_of("Always this.", [TEST])
}

/// What a test holds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookTestData)]
pub(super) struct TestData {
    /// Always `true`.
    test: bool,
    number: &'static str,
    text: &'static str,
}

/// The shipment as it stands after the change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookData)]
pub(super) struct Data<'a> {
    /// Its id in `/v1/shipments`.
    shipment: String,
    /// The registration whose clock ran out; left out where something was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    registration: Option<String>,
    carrier: &'a str,
    /// As first written.
    number: &'a str,
    #[serde(flatten)]
    status: Status,
    #[schema(value_type = String, example = "forward")]
    direction: Direction,
    /// When the status came about; null where nothing has happened yet.
    #[schema(required)]
    occurred: Option<Clock<'a>>,
    /// What it was before; null where nothing had happened.
    #[schema(required)]
    before: Option<Status>,
    /// What told this change, the oldest first.
    events: Vec<Told<'a>>,
    /// Some events were left out to keep the message short: read them from the API.
    events_cut: bool,
}

/// The body's bytes.
pub fn body(change: &ShipmentChange, view: &ShipmentView, sequence: u64) -> Vec<u8> {
    let journey = view.journey();
    let told = change
        .statements
        .iter()
        .filter_map(|ordinal| view.statement(*ordinal))
        .map(Told::of);
    let (events, events_cut) = newest_that_fit(told.collect());
    let body = Body {
        r#type: type_of(change.kind),
        timestamp: instant(change.learned),
        sequence,
        data: Data {
            shipment: change.shipment.to_string(),
            registration: change.kind.registration().map(|id| id.to_string()),
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
    let mut bytes = Vec::with_capacity(USUAL_LENGTH);
    serde_json::to_writer(&mut bytes, &body).expect("strings and numbers are always JSON");
    bytes
}

/// The bytes of a test, which is about no shipment.
pub fn test(now: i64) -> Vec<u8> {
    let body = Test {
        r#type: TEST,
        timestamp: instant(now),
        sequence: 0,
        data: TestData {
            test: true,
            number: TEST_NUMBER,
            text: "A test of this endpoint. It tells of no shipment.",
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
