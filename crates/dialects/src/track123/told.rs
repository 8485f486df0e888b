//! A tracking as a client is told it: this system's own where it told of the parcel (lossless passage),
//! else made of what others told. What belongs to the client's registration comes from there.

use super::own::json;
use super::{TRACKINGS, WEBHOOK, carriers, clock, passage, synthesis, wire};
use crate::desk::Registered;
use crate::dialect::Message;
use crate::raw::quoted;
use serde_json::Value;
use std::borrow::Cow;
use trackway_model::change::ChangeKind;
use trackway_model::view::ShipmentView;
use trackway_model::{Standing, StreamId};

/// The client's side of a tracking.
#[derive(Clone, Debug)]
pub struct Own<'a> {
    /// As JSON: a text in an answer, a number in a webhook (track123.md §4).
    pub id: Option<String>,
    /// Ours, of the number's carrier.
    pub carrier: &'a str,
    /// As the client spelt it.
    pub courier: Option<&'a str>,
    pub number: &'a str,
    pub created: Option<i64>,
    /// When an upstream is asked next, where that is told.
    pub next: Option<i64>,
    pub data: Cow<'a, Value>,
    pub standing: Standing,
}

impl<'a> Own<'a> {
    pub fn of(registered: &'a Registered) -> Self {
        Self {
            id: Some(quoted(&record_id(registered.id))),
            carrier: &registered.carrier,
            courier: courier(&registered.data, &registered.carrier),
            number: spelt(&registered.data, wire::TRACK_NO).unwrap_or(&registered.number),
            created: Some(registered.created),
            next: registered.next,
            data: Cow::Borrowed(&registered.data),
            standing: registered.standing,
        }
    }

    /// A number that is not registered.
    pub fn of_nobody(view: &'a ShipmentView) -> Self {
        Self {
            id: None,
            carrier: &view.track.carrier,
            courier: None,
            number: &view.track.number,
            created: None,
            next: None,
            data: Cow::Owned(Value::Null),
            standing: standing_of(view),
        }
    }

    /// What a webhook tells of.
    pub fn told(message: &'a Message<'a>) -> Self {
        let mut own = Self::of_nobody(message.view);
        if let Some(registration) = message.registration {
            own.id = Some(record_id(registration.id));
            own.created = Some(registration.created);
            own.courier = courier(registration.data, own.carrier);
            own.number = spelt(registration.data, wire::TRACK_NO).unwrap_or(own.number);
            own.data = Cow::Borrowed(registration.data);
        }
        own.standing = match message.change.kind {
            ChangeKind::NoRecord { .. } => Standing::NoRecord,
            ChangeKind::Expired { .. } => Standing::Expired,
            ChangeKind::Live | ChangeKind::Revised | ChangeKind::Registered { .. } => own.standing,
        };
        own
    }

    /// Members that are the client's, each as JSON.
    pub fn members(&self) -> Vec<(&'static str, String)> {
        [self.first(), self.notes()].concat()
    }

    /// Those that a tracking begins with.
    pub fn first(&self) -> Vec<(&'static str, String)> {
        let time = |at: Option<i64>| at.map_or_else(null, |at| quoted(&clock::text(at)));
        let mut members = vec![
            (wire::ID, self.id.clone().unwrap_or_else(null)),
            (wire::TRACK_NO, quoted(self.number)),
            (wire::CREATE_TIME, time(self.created)),
            (wire::NEXT_UPDATE_TIME, time(self.next)),
        ];
        members.extend(self.texts(&[wire::ORDER_NO, wire::CUSTOMER_EMAIL]));
        members
    }

    /// Those that stand behind the service's name.
    pub fn notes(&self) -> Vec<(&'static str, String)> {
        self.texts(&[wire::REMARK, wire::CUSTOM_1, wire::CUSTOM_2])
    }

    fn texts(&self, names: &[&'static str]) -> Vec<(&'static str, String)> {
        let texts = names.iter().map(|name| (*name, json(&self.data, name)));
        texts.collect()
    }

    /// A text of the client's own that fills a member where nothing better is known.
    pub fn given(&self, name: &str) -> Option<&str> {
        spelt(&self.data, name)
    }
}

/// §4: 18 digits, more than a float holds exactly.
const FIRST_ID: i64 = 731_000_000_000_000_000;

/// A registration's number as records have it.
fn record_id(registration: i64) -> String {
    FIRST_ID.saturating_add(registration).to_string()
}

pub fn null() -> String {
    "null".to_owned()
}

fn spelt<'a>(data: &'a Value, name: &str) -> Option<&'a str> {
    data.get(name)?.as_str()
}

/// The courier as the client spelt it, while it is the number's carrier: that may have changed since.
fn courier<'a>(data: &'a Value, carrier: &str) -> Option<&'a str> {
    let spelt = spelt(data, wire::COURIER_CODE)?;
    (carriers::told(Some(spelt)) == carrier).then_some(spelt)
}

fn standing_of(view: &ShipmentView) -> Standing {
    match view.state() {
        state if state.events == 0 => Standing::Pending,
        state if state.stage().is_final() => Standing::Ended,
        _ => Standing::Active,
    }
}

/// The tracking of a parcel: `{…}`.
pub fn tracking(view: Option<&ShipmentView>, own: &Own<'_>, now: i64) -> String {
    let document = view.and_then(|view| view.document.as_ref());
    // A record of ocean or air is no parcel's tracking.
    let is_tracking = |stream: StreamId| [TRACKINGS.id, WEBHOOK.id].contains(&stream);
    document
        .filter(|document| is_tracking(document.stream))
        .and_then(|document| passage::tracking(&document.body, own))
        .unwrap_or_else(|| synthesis::tracking(view, own, now))
}
