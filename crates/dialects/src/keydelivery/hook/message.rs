//! The body of a push. What came in by this system's push goes out as it came; what its answers said
//! is put into a push's form; what others told is put in this system's words.

use super::super::passage::{self, Heading};
use super::super::{ITEMS, PUSH, VOCABULARY, registration, synthesis, wire};
use crate::dialect::{Message, REGISTERED, Subscriber, TEST_NUMBER};
use trackway_model::change::ChangeKind;
use trackway_model::view::ShipmentView;
use trackway_model::{CodeKind, Standing};

/// `event` and `message` of a push that tells of the parcel: their values are not listed [inferred].
const UPDATED: (&str, &str) = ("tracking", "status updated");

/// The body for a subscriber.
pub fn body(subscriber: &Subscriber<'_>, message: &Message<'_>) -> String {
    let (event, words) = match message.change.kind {
        ChangeKind::Live | ChangeKind::Revised | ChangeKind::Registered { .. } => UPDATED,
        ChangeKind::NoRecord { .. } => of_clock(Standing::NoRecord),
        ChangeKind::Expired { .. } => of_clock(Standing::Expired),
    };
    // An endpoint for registrations tells each as its client wants it.
    let own = message
        .registration
        .filter(|_| subscriber.settings.contains_key(REGISTERED))
        .map(|known| registration::told(known.data));
    // Any other tells everything, unless less is wanted.
    let all = subscriber.settings.get(wire::AREA_SHOW).map(String::as_str) != Some("0");
    let heading = Heading {
        event,
        message: words,
        carrier_id: own.as_ref().and_then(|own| own.carrier_id),
        tracking_number: own.as_ref().and_then(|own| own.tracking_number),
        area: own.as_ref().map_or(all, |own| own.area),
    };
    match message.change.kind {
        ChangeKind::Live | ChangeKind::Revised | ChangeKind::Registered { .. } => {
            history(message, &heading)
                .unwrap_or_else(|| synthesis::bare_push(message.view, &heading))
        }
        ChangeKind::NoRecord { .. } | ChangeKind::Expired { .. } => {
            synthesis::bare_push(message.view, &heading)
        }
    }
}

/// `event` and `message` of a clock that ran out, out of the table.
fn of_clock(standing: Standing) -> (&'static str, &'static str) {
    let row = VOCABULARY
        .of_kind(CodeKind::Registration)
        .find(|row| row.standing == Some(standing) && !row.sub.is_empty());
    row.map_or(UPDATED, |row| (&row.code, &row.sub))
}

/// The parcel's history: this system's own where it spoke last, else made of what all told.
fn history(message: &Message<'_>, heading: &Heading<'_>) -> Option<String> {
    let view = message.view;
    let document = view
        .document
        .as_ref()
        .filter(|_| is_told_here(message, view));
    document
        .and_then(|document| {
            if document.stream == PUSH.id {
                passage::push(&document.body, heading)
            } else {
                passage::push_of_answer(&document.body, heading, |code| {
                    synthesis::signer(code.parse().unwrap_or_default())
                })
            }
        })
        .or_else(|| synthesis::push(view, heading))
}

/// Whether this system itself told what changed, or nobody did.
fn is_told_here(message: &Message<'_>, view: &ShipmentView) -> bool {
    let told = &message.change.statements;
    let is_own = |ordinal: &u16| {
        let spine = view.track.spine.get(usize::from(*ordinal));
        spine
            .map(|spine| view.track.stream_of(spine))
            .is_some_and(|stream| stream == ITEMS.id || stream == PUSH.id)
    };
    told.is_empty() || told.iter().any(is_own)
}

/// The body of a test: about a parcel that nobody has, without a status.
pub fn test() -> String {
    format!(
        r#"{{"event":"{}","message":"Trackway: a test of this endpoint","carrier_id":"trackway","tracking_number":"{TEST_NUMBER}","signer":0,"items":[]}}"#,
        UPDATED.0
    )
}
