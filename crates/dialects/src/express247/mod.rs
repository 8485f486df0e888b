//! 247Express, a Vietnamese carrier: tracking by order code, a webhook at every change of status, and
//! a customer API (`customer`).
//!
//! Three voices tell of a shipment: a tracking answer's `statuses` (the order's own eleven statuses),
//! its `trackings` (scans, another number space), and the webhook. Codes and their meaning are in
//! `codes.csv`, Vietnamese captions and older names in `names.csv`, errors of the tracking call in
//! `errors.rs`.
//! "§" in this folder names a section of the reference 247express.md.

mod call;
pub mod customer;
pub mod errors;
pub mod hook;
mod members;
mod names;
pub mod serve;
mod statement;
pub mod wire;

pub use names::{Name, names};
pub use serve::{SETTINGS, calls, openapi, router};

use crate::dialect::{Call, Dialect, Hook, Inbound, Words};
use crate::raw::{self, Object};
use crate::shape;
use std::sync::LazyLock;
use trackway_model::intake::Intake;
use trackway_model::orders::Record;
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{
    Code, Milestone, Nature, Occurred, Reason, Strange, StreamDef, StreamId, time,
};

/// The dialect's name in commands, keys and the registry; also our code of the carrier.
pub const NAME: &str = "247express";

/// Our code of the carrier itself.
pub const CARRIER: &str = "247express";

/// `statuses[]` of a tracking answer.
pub const STATUSES: StreamDef = StreamDef {
    id: StreamId(2),
    dialect: NAME,
    name: "statuses",
    nature: Nature::History,
    rank: 1,
};

/// `trackings[]` of a tracking answer.
pub const TRACKINGS: StreamDef = StreamDef {
    id: StreamId(3),
    dialect: NAME,
    name: "trackings",
    nature: Nature::History,
    rank: 3,
};

/// The webhook "Update status".
pub const WEBHOOK: StreamDef = StreamDef {
    id: StreamId(4),
    dialect: NAME,
    name: "webhook",
    nature: Nature::News,
    rank: 2,
};

/// The table that the binary carries: what this system's own answers are spelt with.
pub fn vocabulary() -> &'static Vocabulary {
    static TABLE: LazyLock<Vocabulary> = LazyLock::new(|| {
        Vocabulary::parse(include_str!("codes.csv")).expect("the table in the binary is tested")
    });
    &TABLE
}

/// The system.
#[derive(Clone, Copy, Debug)]
pub struct Express247;

impl Dialect for Express247 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "247Express"
    }

    fn streams(&self) -> &'static [StreamDef] {
        &[STATUSES, TRACKINGS, WEBHOOK]
    }

    fn codes(&self) -> &'static str {
        include_str!("codes.csv")
    }

    /// Webhooks first, the answer last: the compression finds what stands nearest most cheaply.
    fn sample(&self) -> &'static [u8] {
        concat!(
            include_str!("fixtures/webhook-delayed.json"),
            include_str!("fixtures/webhook-delivering.json"),
            include_str!("fixtures/tracking-delivered.json"),
        )
        .as_bytes()
    }

    fn words(&self, stream: StreamId, raw: &[u8]) -> Words {
        words(stream, raw)
    }

    fn reread(
        &self,
        vocabulary: &Vocabulary,
        _stream: StreamId,
        code: &Code,
        _raw: Option<&[u8]>,
        held: Reason,
    ) -> (Milestone, Reason) {
        let meaning = statement::meaning(vocabulary, code.kind, &code.code, code.sub.as_deref());
        (meaning.0, if code.sub.is_some() { meaning.1 } else { held })
    }

    fn identity(&self, stream: StreamId, raw: &[u8]) -> Vec<u8> {
        let shape = [statement::SCAN, statement::UPDATE]
            .into_iter()
            .find(|shape| shape.stream.id == stream)
            .unwrap_or(statement::STATUS);
        let element = String::from_utf8_lossy(raw);
        let tables = crate::registry::built_in();
        statement::read(&shape, tables.of(NAME), &element, &mut Vec::new()).identity
    }

    fn expects(&self, document: &[u8]) -> Option<(Occurred, Occurred)> {
        let object = Object::parse(document).ok()?;
        let [from, to] = WINDOW.map(|name| time::parse(&raw::scalar(object.get_any_case(name)?)?));
        from.or(to).zip(to.or(from))
    }

    fn call(&self) -> Option<&dyn Call> {
        Some(self)
    }

    fn inbound(&self) -> Option<&dyn Inbound> {
        Some(self)
    }

    fn compare(&self, stream: StreamId, body: &[u8]) -> Vec<Strange> {
        let known = match stream {
            id if id == STATUSES.id => members::TRACKING,
            id if id == WEBHOOK.id => members::UPDATE,
            _ => return Vec::new(),
        };
        shape::compare(known, body)
    }

    fn members(&self, stream: StreamId) -> (&'static str, &'static str) {
        match stream {
            id if id == STATUSES.id => ("statuses[].status", "statuses[].time"),
            id if id == TRACKINGS.id => ("trackings[].statusID", "trackings[].dateChange"),
            _ => ("Status", "Time"),
        }
    }

    fn hook(&self) -> Option<&dyn Hook> {
        Some(self)
    }

    fn speaks(&self, record: &Record) -> Option<Intake> {
        customer::spoken(record)
    }
}

/// The members of an answer between which the delivery is expected: inferred (§4.2).
const WINDOW: [&str; 2] = ["edtFrom", "edtTo"];

/// The members that hold a stream's words: text (the first that says something, otherwise the
/// caption or the name), name, place (all that say something).
struct WordMembers {
    text: &'static [&'static str],
    name: &'static str,
    place: &'static [&'static str],
}

const STATUS_WORDS: WordMembers = WordMembers {
    text: &["delayNote", "trackingName"],
    name: "statusName",
    place: &["postOfficeName", "provinceName"],
};

const SCAN_WORDS: WordMembers = WordMembers {
    text: &["notes"],
    name: "statusName",
    place: &["postOfficeName", "provinceName"],
};

const WEBHOOK_WORDS: WordMembers = WordMembers {
    text: &["DelayNotes", "DeliveryNotes"],
    name: "StatusName",
    place: &[],
};

fn words(stream: StreamId, raw: &[u8]) -> Words {
    let members = match stream {
        id if id == STATUSES.id => STATUS_WORDS,
        id if id == TRACKINGS.id => SCAN_WORDS,
        id if id == WEBHOOK.id => WEBHOOK_WORDS,
        _ => return Words::default(),
    };
    let Ok(object) = Object::parse(raw) else {
        return Words::default();
    };
    let said = |name: &str| {
        object
            .get_any_case(name)
            .and_then(raw::scalar)
            .map(std::borrow::Cow::into_owned)
    };
    let places: Vec<String> = members.place.iter().filter_map(|name| said(name)).collect();
    let caption = || {
        let status = names::status_id(
            object.get_any_case("Status"),
            object.get_any_case(members.name),
        );
        names::caption(&status).map(str::to_owned)
    };
    let text = members
        .text
        .iter()
        .find_map(|name| said(name))
        .or_else(|| caption().filter(|_| stream == WEBHOOK.id))
        .or_else(|| said(members.name));
    Words {
        language: text.is_some().then_some("vi"),
        text,
        name: said(members.name),
        place: (!places.is_empty()).then(|| places.join(", ")),
    }
}
