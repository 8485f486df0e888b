//! A shipment that other sources told of, in KeyDelivery's words: one item an event that happened,
//! times as their own wall clocks, statuses by the vocabulary. What KeyDelivery itself said of an
//! event leaves as it came.

use super::request::Asked;
use super::{ITEMS, PUSH, VOCABULARY, item, passage, wire};
use crate::dialect::Words;
use crate::raw::quoted;
use crate::registry;
use trackway_model::fold::Verdict;
use trackway_model::group::Event;
use trackway_model::view::{ShipmentView, StatementView};
use trackway_model::{Certainty, Milestone, Occurred};

/// The whole answer; None where nothing has happened yet.
pub fn answer(view: &ShipmentView, asked: &Asked<'_>) -> Option<String> {
    let happened = |(event, _): &&(Event, Verdict)| event.certainty == Certainty::Actual;
    let mut items: Vec<_> = view
        .journey
        .events
        .iter()
        .filter(happened)
        .map(|(event, _)| told(view, event, asked))
        .collect();
    if items.is_empty() {
        return None;
    }
    if !asked.ascending {
        items.reverse();
    }
    let status = status(view.state().milestone)
        .0
        .map_or_else(|| "null".to_owned(), |code| code.to_string());
    Some(format!(
        r#"{{"code":200,"message":"OK","data":{{"carrier_id":{},"tracking_number":{},"order_status_code":{status},"items":[{}]}}}}"#,
        quoted(&asked.carrier_id),
        quoted(&asked.tracking_number),
        items.join(","),
    ))
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

fn told(view: &ShipmentView, event: &Event, asked: &Asked<'_>) -> String {
    let witnesses = || {
        std::iter::once(event.speaker(&view.track))
            .chain(event.witnesses.iter().copied())
            .filter_map(|ordinal| view.statement(ordinal))
    };
    if let Some(own) = witnesses().find_map(said_here) {
        return passage::item(own, asked).into_owned();
    }
    let words: Vec<Words> = witnesses().map(words).collect();
    let first = |pick: fn(&Words) -> Option<&str>| words.iter().find_map(pick);
    let place = first(|words| words.place.as_deref());
    let context = first(|words| words.text.as_deref())
        .or_else(|| first(|words| words.name.as_deref()))
        .unwrap_or_else(|| event.milestone.text());
    let written = witnesses()
        .map(|view| view.time_text.as_str())
        .find(|text| !text.is_empty());
    let time = event
        .occurred
        .map_or_else(|| written.unwrap_or_default().to_owned(), wall_clock);
    let (order_status_code, order_status_description) = status(event.milestone);
    let area = asked.area.then_some(wire::Area {
        order_status_code,
        order_status_description,
        location: place,
        area_name: place,
    });
    serde_json::to_string(&wire::Item {
        context,
        time: &time,
        area,
    })
    .expect("strings and numbers are always JSON")
}

/// An item of this system's own, as it was sent.
fn said_here(view: &StatementView) -> Option<&str> {
    let own = view.stream == ITEMS.id || view.stream == PUSH.id;
    std::str::from_utf8(view.raw.as_deref()?)
        .ok()
        .filter(|_| own)
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
