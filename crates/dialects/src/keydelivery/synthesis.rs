//! A shipment that other sources told of, in KeyDelivery's words: one item an event that happened,
//! times as their own wall clocks, statuses by the vocabulary. What KeyDelivery itself said of an
//! event leaves as it came, but for how its code is written where an answer's item goes into a push or
//! a push's into an answer.

use super::item::Spelling;
use super::passage::Heading;
use super::request::Asked;
use super::{ITEMS, PUSH, VOCABULARY, item, passage, wire};
use crate::dialect::Words;
use crate::raw::quoted;
use crate::registry;
use trackway_model::fold::Verdict;
use trackway_model::group::Event;
use trackway_model::view::{ShipmentView, StatementView};
use trackway_model::{Certainty, Milestone, Occurred};

/// The number of the status that says that somebody has the parcel.
const DELIVERED: u32 = 3;

/// The whole answer; None where nothing has happened yet.
pub fn answer(view: &ShipmentView, asked: &Asked<'_>) -> Option<String> {
    let shape = Shape {
        area: asked.area,
        spelling: Spelling::Number,
    };
    let mut items = items(view, shape)?;
    if asked.ascending {
        items.reverse();
    }
    let (code, _) = status(view.state().milestone);
    Some(format!(
        r#"{{"code":200,"message":"OK","data":{{"carrier_id":{},"tracking_number":{},"order_status_code":{},"items":[{}]}}}}"#,
        quoted(&asked.carrier_id),
        quoted(&asked.tracking_number),
        number(code),
        items.join(","),
    ))
}

/// The body of a push; None where nothing has happened yet. Carrier and number as we know them where
/// the client has not spelt them.
pub fn push(view: &ShipmentView, heading: &Heading<'_>) -> Option<String> {
    let shape = Shape {
        area: heading.area,
        spelling: Spelling::Text,
    };
    let items = items(view, shape)?;
    let (code, _) = status(view.state().milestone);
    Some(head(view, heading, code, Some(&items)))
}

/// The body of a push that tells no items: the clock ran out.
pub fn bare_push(view: &ShipmentView, heading: &Heading<'_>) -> String {
    let known = (view.state().events > 0).then(|| status(view.state().milestone).0);
    head(view, heading, known.flatten(), None)
}

fn head(
    view: &ShipmentView,
    heading: &Heading<'_>,
    code: Option<u32>,
    items: Option<&[String]>,
) -> String {
    let track = &view.track;
    let carrier = heading
        .carrier_id
        .or_else(|| super::code_of(&track.carrier))
        .unwrap_or(&track.carrier);
    let told_code = code.map_or_else(String::new, |code| {
        format!(r#","{}":{code}"#, wire::STATUS_CODE)
    });
    let told_items = items.map_or_else(String::new, |items| {
        format!(r#","{}":[{}]"#, wire::ITEMS, items.join(","))
    });
    format!(
        r#"{{"event":{},"message":{},"carrier_id":{},"tracking_number":{},"signer":{}{told_code}{told_items}}}"#,
        quoted(heading.event),
        quoted(heading.message),
        quoted(carrier),
        quoted(heading.tracking_number.unwrap_or(&track.number)),
        signer(code.unwrap_or_default()),
    )
}

/// Whether somebody signed for it [inferred]: 1 where it is delivered.
pub fn signer(code: u32) -> u8 {
    u8::from(code == DELIVERED)
}

/// Whether anything has happened that an item can tell.
pub fn has_items(view: &ShipmentView) -> bool {
    view.journey.events.iter().any(happened)
}

fn happened((event, _): &(Event, Verdict)) -> bool {
    event.certainty == Certainty::Actual
}

/// How items are written.
#[derive(Clone, Copy)]
struct Shape {
    /// With status and place.
    area: bool,
    spelling: Spelling,
}

/// One item an event that happened, the newest first; None where nothing has.
fn items(view: &ShipmentView, shape: Shape) -> Option<Vec<String>> {
    let events = view.journey.events.iter().rev();
    let items: Vec<_> = events
        .filter(|event| happened(event))
        .map(|(event, _)| told(view, event, shape))
        .collect();
    (!items.is_empty()).then_some(items)
}

fn number(code: Option<u32>) -> String {
    code.map_or_else(|| "null".to_owned(), |code| code.to_string())
}

/// The first column's code and name of what tells a milestone; nothing where no code tells it.
fn status(milestone: Milestone) -> (Option<u32>, Option<&'static str>) {
    let Some(row) = VOCABULARY.tell(item::KIND, milestone).0 else {
        return (None, None);
    };
    let name = VOCABULARY
        .get(item::KIND, &row.code, "")
        .map(|top| top.name.as_str());
    (row.code.parse().ok(), name)
}

fn told(view: &ShipmentView, event: &Event, shape: Shape) -> String {
    let witnesses = || {
        std::iter::once(event.speaker(&view.track))
            .chain(event.witnesses.iter().copied())
            .filter_map(|ordinal| view.statement(ordinal))
    };
    if let Some((own, spelling)) = witnesses().find_map(|told| said_here(told, shape)) {
        return passage::item(own, shape.area, spelling).into_owned();
    }
    let words: Vec<Words> = witnesses().map(words).collect();
    let first = |pick: fn(&Words) -> Option<&str>| words.iter().find_map(pick);
    let place = first(|words| words.place.as_deref());
    let context = first(|words| words.text.as_deref())
        .or_else(|| first(|words| words.name.as_deref()))
        // Our own code is no text for people.
        .filter(|text| *text != event.milestone.name())
        .unwrap_or_else(|| event.milestone.text());
    let written = witnesses()
        .map(|view| view.time_text.as_str())
        .find(|text| !text.is_empty());
    let time = event
        .occurred
        .map_or_else(|| written.unwrap_or_default().to_owned(), wall_clock);
    let area = shape
        .area
        .then(|| area(event.milestone, place, shape.spelling));
    serde_json::to_string(&wire::Item {
        context,
        time: &time,
        area,
    })
    .expect("strings and numbers are always JSON")
}

/// Status and place of an event. What is not known is null in an answer, and empty in a push, where
/// all four are texts (§8).
fn area(milestone: Milestone, place: Option<&str>, spelling: Spelling) -> wire::Area<'_> {
    let (code, name) = status(milestone);
    match spelling {
        Spelling::Number => wire::Area {
            order_status_code: wire::StatusCode::Number(code),
            order_status_description: name,
            location: place,
            area_name: place,
        },
        Spelling::Text => wire::Area {
            order_status_code: wire::StatusCode::Text(
                code.map_or_else(String::new, |code| code.to_string()),
            ),
            order_status_description: Some(name.unwrap_or_default()),
            location: Some(place.unwrap_or_default()),
            area_name: Some(place.unwrap_or_default()),
        },
    }
}

/// An item of this system's own, as it was sent, and how its code is to be written if otherwise. A
/// push without items is none.
fn said_here(view: &StatementView, shape: Shape) -> Option<(&str, Option<Spelling>)> {
    let raw = std::str::from_utf8(view.raw.as_deref()?).ok()?;
    let spelling = match shape.spelling {
        _ if view.stream == ITEMS.id && shape.spelling == Spelling::Number => None,
        _ if view.stream == PUSH.id && shape.spelling == Spelling::Text => None,
        other => Some(other),
    };
    let own = view.stream == ITEMS.id || (view.stream == PUSH.id && !item::is_push(raw));
    own.then_some((raw, spelling))
}

fn words(view: &StatementView) -> Words {
    let dialect = registry::of_stream(view.stream);
    dialect
        .zip(view.raw.as_deref())
        .map_or_else(Words::default, |(dialect, raw)| {
            dialect.words(view.stream, raw)
        })
}

/// `YYYY-MM-DD HH:MM:SS` of the clock where it happened.
fn wall_clock(time: Occurred) -> String {
    jiff::Timestamp::from_microsecond(time.wall)
        .map(|wall| wall.strftime("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}
