//! The body of a status update, without the credential. What came in by this system's webhook goes
//! out with every member it came with, byte for byte but for an older revision's numbers; what others
//! told is put in this system's words.

use super::super::names::status_name;
use super::super::serve::answer::{as_text, counterpart, on_their_clock, updates, written};
use super::super::wire::StatusUpdate;
use super::super::{STATUSES, WEBHOOK};
use crate::dialect::TEST_NUMBER;
use crate::raw::{self, Object};
use serde_json::value::RawValue;
use trackway_model::change::ShipmentChange;
use trackway_model::view::{ShipmentView, StatementView};
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{Certainty, CodeKind, Milestone, Occurred, OffsetSource, Precision, Reason};

/// Vietnam's offset, in minutes.
pub const VIETNAM: i16 = 7 * 60;

/// The body for a subscriber or for the log.
pub fn body(
    vocabulary: &Vocabulary,
    change: &ShipmentChange,
    view: &ShipmentView,
    statement: Option<&StatementView>,
    message_id: &str,
) -> String {
    let as_received = statement
        .filter(|told| told.stream == WEBHOOK.id)
        .and_then(|told| String::from_utf8(told.raw.clone()?).ok())
        .filter(|text| Object::parse(text.as_bytes()).is_ok());
    if let Some(received) = as_received {
        return in_texts(received);
    }
    let update = Telling {
        vocabulary,
        change,
        view,
        statement,
    }
    .update(message_id);
    serde_json::to_string(&update).expect("wire types are plain data")
}

/// Members that are texts (§6), and numbers in an older revision.
const TEXTS: [&str; 5] = [
    "OrderCode",
    "ExternalCode",
    "ReferenceCode",
    "Status",
    "DelayCode",
];

/// A message as it came in, with numbers written as texts where texts are documented.
fn in_texts(received: String) -> String {
    let Ok(object) = Object::of_text(&received) else {
        return received;
    };
    let respelt = |name: &'static str| {
        let value = object.get(name)?;
        let text = as_text(value);
        (text != value).then_some((name, text))
    };
    let changes: Vec<_> = TEXTS.into_iter().filter_map(respelt).collect();
    object.with(&changes)
}

/// The body of a test: about an order that nobody has, without a status.
pub fn test(message_id: &str, now: i64) -> String {
    let update = StatusUpdate {
        order_code: TEST_NUMBER.to_owned(),
        description: Some("Trackway: a test of this endpoint".to_owned()),
        request_feedback_count: to_raw("0"),
        transaction_id: transaction_id(message_id),
        time: Some(vietnam(now)),
        ..StatusUpdate::default()
    };
    serde_json::to_string(&update).expect("wire types are plain data")
}

struct Telling<'a> {
    vocabulary: &'a Vocabulary,
    change: &'a ShipmentChange,
    view: &'a ShipmentView,
    statement: Option<&'a StatementView>,
}

impl Telling<'_> {
    fn update(&self, message_id: &str) -> StatusUpdate {
        let document = self
            .view
            .document
            .as_ref()
            .and_then(|d| Object::parse(&d.body).ok());
        let document = document.as_ref();
        let (status, name) = self.status();
        let (delay_code, delay_notes) = self.delay(document, &status);
        let carried = |member: &str| self.carried(document, member);
        StatusUpdate {
            order_code: self.view.track.number.to_string(),
            external_code: carried("ExternalCode"),
            reference_code: carried("ReferenceCode"),
            description: self.description(name.as_deref()),
            request_feedback_count: carried("RequestFeedbackCount").or_else(|| to_raw("0")),
            delay_code,
            delay_notes,
            delivery_notes: carried("DeliveryNotes"),
            mailman: carried("Mailman"),
            delivery_date: carried("DeliveryDate"),
            receiver_name: carried("ReceiverName"),
            transaction_id: transaction_id(message_id),
            time: self.time(document, &status),
            status,
            status_name: name,
        }
    }

    /// Id and Vietnamese code: as spelt where this system spelt it, otherwise through our milestone.
    fn status(&self) -> (String, Option<String>) {
        let spelt = self
            .statement
            .filter(|told| told.stream == WEBHOOK.id || told.stream == STATUSES.id)
            .map(|told| told.code.code.clone());
        match spelt {
            Some(code) => {
                let name = status_name(&code).map(str::to_owned);
                (code, name)
            }
            None => self
                .told(self.change.after.milestone)
                .map_or_else(|| (String::new(), None), |(code, name)| (code, Some(name))),
        }
    }

    fn told(&self, milestone: Milestone) -> Option<(String, String)> {
        let row = self.vocabulary.tell(CodeKind::Shipment, milestone).0?;
        Some((row.code.clone(), row.name.clone()))
    }

    fn description(&self, name: Option<&str>) -> Option<String> {
        let (_, before) = self.told(self.change.before?.milestone)?;
        Some(format!("Change order status: {before} ==> {}", name?))
    }

    /// The document's own words where it speaks of this status, otherwise the table's.
    fn delay(
        &self,
        document: Option<&Object<'_>>,
        status: &str,
    ) -> (Option<String>, Option<String>) {
        let said = |member: &str| {
            let value = document.and_then(|document| document.get_any_case(member))?;
            raw::scalar(value).map(std::borrow::Cow::into_owned)
        };
        if said("status").as_deref() == Some(status) && said("delayCode").is_some() {
            return (said("delayCode"), said("delayNote"));
        }
        let reason = self.change.after.reason;
        let row = (reason != Reason::None)
            .then(|| self.vocabulary.tell_reason(reason).0)
            .flatten();
        (
            row.map(|row| row.code.clone()),
            row.map(|row| row.text.clone()),
        )
    }

    /// What the newest webhook, else the document, says of a member.
    fn carried(&self, document: Option<&Object<'_>>, member: &str) -> Option<Box<RawValue>> {
        let news = updates(self.view).into_iter().rev().find_map(|told| {
            let object = Object::parse(told.raw.as_deref()?).ok()?;
            let value = object.get_any_case(member)?;
            raw::scalar(value).and_then(|_| to_raw(value))
        });
        news.or_else(|| {
            let value = document?.get_any_case(counterpart(member)?)?;
            raw::scalar(value).and_then(|_| to_raw(value))
        })
    }

    /// When it happened: as written where somebody wrote it with an offset.
    fn time(&self, document: Option<&Object<'_>>, status: &str) -> Option<String> {
        if let Some(told) = self.statement {
            let own = told.stream == WEBHOOK.id || told.stream == STATUSES.id;
            let as_written = (own && !told.time_text.is_empty()).then(|| told.time_text.clone());
            return as_written.or_else(|| written(told, None));
        }
        listed(document, status)
            .or_else(|| self.happened())
            .or_else(|| Some(vietnam(self.change.learned)))
    }

    /// The time of the journey's newest event that gave this milestone by then.
    fn happened(&self) -> Option<String> {
        let after = self.change.after;
        let (event, _) = self.view.journey().events.iter().rfind(|(event, _)| {
            event.milestone == after.milestone
                && event.certainty == Certainty::Actual
                && event.assumed <= after.at
        })?;
        let speaker = self.view.statement(event.speaker(&self.view.track));
        speaker
            .and_then(|told| written(told, event.occurred))
            .or_else(|| event.occurred.map(on_their_clock))
    }
}

/// The time of the document's newest element with this status.
fn listed(document: Option<&Object<'_>>, status: &str) -> Option<String> {
    let elements = raw::elements(document?.get_any_case("statuses")?)?;
    elements.into_iter().rev().find_map(|element| {
        let element = Object::of_text(element).ok()?;
        let code = element.get_any_case("status").and_then(raw::scalar)?;
        let time = element.get_any_case("time").and_then(raw::scalar)?;
        (code == status).then(|| time.into_owned())
    })
}

fn to_raw(json: &str) -> Option<Box<RawValue>> {
    RawValue::from_string(json.to_owned()).ok()
}

/// An instant on Vietnam's clock.
pub fn vietnam(instant: i64) -> String {
    let wall = instant.saturating_add(i64::from(VIETNAM) * 60_000_000);
    Occurred {
        wall,
        offset: VIETNAM,
        offset_source: OffsetSource::Source,
        precision: Precision::Fraction,
    }
    .display()
}

/// A UUID in lower case that is the same for every retry of a message.
pub fn transaction_id(message_id: &str) -> String {
    let digest = blake3::hash(message_id.as_bytes());
    let mut id = [0_u8; 16];
    id.copy_from_slice(&digest.as_bytes()[..16]);
    // Version 8 (made by the application), variant 1.
    id[6] = id[6] & 0x0f | 0x80;
    id[8] = id[8] & 0x3f | 0x80;
    let hex = hex::encode(id);
    [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-")
}
