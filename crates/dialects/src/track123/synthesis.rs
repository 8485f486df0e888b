//! Any shipment in Track123's words, whoever told of it: events newest first, times as their own wall
//! clocks and in UTC where the zone is known, statuses by the vocabulary; and NO_RECORD and EXPIRED by
//! the registration's clock. What Track123 itself said of an event stands as it was sent.

use super::cargo::told::Telling;
use super::told::{Own, null};
use super::{TRACKINGS, VOCABULARY, WEBHOOK, carriers, clock, tracking, wire};
use crate::raw::{Object, quoted};
use std::fmt::Write;
use trackway_model::group::Event;
use trackway_model::view::ShipmentView;
use trackway_model::{Certainty, CodeKind, Milestone, Occurred, Reason, Stage, Standing, time};

/// Where a milestone is in no table at all: it moves.
const MOVING: &str = "IN_TRANSIT";

/// The tracking of a parcel; `None` where nothing at all is known of it.
pub fn tracking(view: Option<&ShipmentView>, own: &Own<'_>, now: i64) -> String {
    let events = view.map(events).unwrap_or_default();
    let story = Story::of(&events, now);
    let (status, sub) = status(view, own.standing, events.is_empty());
    let mut members = own.first();
    let text = |text: Option<&str>| text.map_or_else(null, quoted);
    members.extend([
        (wire::SHIP_FROM, null()),
        (wire::SHIP_TO, text(own.given(wire::COUNTRY))),
        (
            wire::TRACKING_STATUS,
            text(query_status(own.standing, events.is_empty())),
        ),
        (wire::TRANSIT_STATUS, quoted(status)),
        (wire::TRANSIT_SUB_STATUS, text(sub)),
        (wire::SHIP_TIME, text(own.given(wire::SHIP_TIME))),
    ]);
    members.extend(story.members());
    let failed = matches!(status, "ABNORMAL" | "DELIVERY_FAILED");
    let exception = failed
        .then(|| events.first().map(|last| last.words().0))
        .flatten();
    members.extend([
        (wire::EXPECTED_DELIVERY, null()),
        (wire::SHIPMENT_TYPE, null()),
    ]);
    members.extend(own.notes());
    members.extend([
        (wire::EXCEPTION, text(exception.as_deref())),
        (wire::LOCAL, local(&events, own)),
        (wire::LAST_MILE, LAST_MILE.to_owned()),
        (wire::EXTRA_INFO, null()),
    ]);
    object(&members)
}

/// Nothing is known of a hand-over.
const LAST_MILE: &str = r#"{"lmTrackNo":null,"openApiWayBillInfo":{"trackingDetails":[]}}"#;

/// `{"name":json,…}`.
pub fn object(members: &[(&str, String)]) -> String {
    let mut out = String::from("{");
    for (at, (name, value)) in members.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        write!(out, r#"{comma}"{name}":{value}"#).expect("a String takes what is written");
    }
    out.push('}');
    out
}

/// The events that happened, newest first.
fn events(view: &ShipmentView) -> Vec<Telling<'_>> {
    let happened = |event: &Event| event.certainty == Certainty::Actual;
    let events = view.journey.events.iter().rev().map(|(event, _)| event);
    events
        .filter(|event| happened(event))
        .map(|event| Telling::of(view, event))
        .collect()
}

/// `transitStatus` and `transitSubStatus`.
pub fn status(
    view: Option<&ShipmentView>,
    standing: Standing,
    nothing: bool,
) -> (&'static str, Option<&'static str>) {
    let by_standing = |standing| {
        let row = VOCABULARY.tell_standing(tracking::KIND, standing);
        (row.map_or("NO_RECORD", |row| row.code.as_str()), None)
    };
    match (standing, view) {
        (Standing::Pending | Standing::NoRecord, _) if nothing => by_standing(standing),
        (Standing::Expired, _) => by_standing(standing),
        (_, Some(view)) if !nothing => {
            let state = view.state();
            of_milestone(state.milestone, state.reason)
        }
        _ => by_standing(Standing::NoRecord),
    }
}

fn of_milestone(milestone: Milestone, reason: Reason) -> (&'static str, Option<&'static str>) {
    match VOCABULARY.tell_because(tracking::KIND, milestone, reason).0 {
        Some(row) => (&row.code, (!row.sub.is_empty()).then_some(row.sub.as_str())),
        None => (MOVING, None),
    }
}

/// `trackingStatus`: nothing before the first look-up.
fn query_status(standing: Standing, nothing: bool) -> Option<&'static str> {
    let named = |name: &str| {
        let row = VOCABULARY
            .of_kind(CodeKind::Query)
            .find(|row| row.name == name);
        row.map(|row| row.code.as_str())
    };
    match (nothing, standing) {
        (false, _) => named("NORMAL_QUERY"),
        (true, Standing::Pending) => None,
        (true, _) => named("NO_RECORD"),
    }
}

/// What the days say.
#[derive(Default)]
struct Story {
    now: i64,
    ordered: Option<Occurred>,
    received: Option<Occurred>,
    delivered: Option<Occurred>,
    last: Option<Occurred>,
    first: Option<Occurred>,
}

impl Story {
    fn of(events: &[Telling<'_>], now: i64) -> Self {
        let mut story = Self {
            now,
            ..Self::default()
        };
        let newest = events
            .first()
            .map(|telling| telling.event.milestone.stage());
        for event in events.iter().rev().map(|telling| telling.event) {
            let Some(at) = event.occurred else { continue };
            story.first = story.first.or(Some(at));
            story.last = Some(at);
            match event.milestone.stage() {
                Stage::InfoReceived => story.ordered = story.ordered.or(Some(at)),
                Stage::Unknown | Stage::Preparing | Stage::Cancelled => {}
                stage => {
                    story.received = story.received.or(Some(at));
                    if stage == Stage::Delivered && newest == Some(Stage::Delivered) {
                        story.delivered = Some(at);
                    }
                }
            }
        }
        story
    }

    fn members(&self) -> Vec<(&'static str, String)> {
        let time = |at: Option<Occurred>| at.map_or_else(null, |at| quoted(&clock::text(at.wall)));
        let days = |from: Option<Occurred>, to: Option<i64>| {
            let span = from.map(Occurred::assumed).zip(to);
            span.map_or_else(null, |(from, to)| clock::days(from, to).to_string())
        };
        let at = |at: Option<Occurred>| at.map(Occurred::assumed);
        let delivered = at(self.delivered);
        let begun = self.received.or(self.first);
        vec![
            (wire::ORDER_TIME, time(self.ordered)),
            (wire::RECEIPT_TIME, time(self.received)),
            (wire::DELIVERED_TIME, time(self.delivered)),
            (wire::LAST_TRACKING_TIME, time(self.last)),
            (
                wire::TRANSIT_DAYS,
                days(begun, delivered.or(Some(self.now))),
            ),
            (wire::STAY_DAYS, days(self.last, Some(self.now))),
            (wire::DELIVERED_DAYS, days(begun, delivered)),
            (wire::RECEIPT_DAYS, days(self.ordered, at(self.received))),
        ]
    }
}

fn local(events: &[Telling<'_>], own: &Own<'_>) -> String {
    let mut members = carriers::info(own.carrier, own.courier);
    let link = carriers::link(own.carrier, own.number);
    members.push((
        wire::TRACKING_LINK,
        link.as_deref().map_or_else(null, quoted),
    ));
    let details: Vec<String> = events.iter().map(detail).collect();
    members.push((wire::DETAILS, format!("[{}]", details.join(","))));
    object(&members)
}

/// One event.
fn detail(telling: &Telling<'_>) -> String {
    if let Some(own) = said_here(telling) {
        return own.to_owned();
    }
    let (words, place) = telling.words();
    let zone = telling.event.occurred.filter(|at| at.instant().is_some());
    let (_, sub) = of_milestone(telling.event.milestone, telling.reason);
    let text = |text: Option<&str>| text.map_or_else(null, quoted);
    object(&[
        (wire::ADDRESS, text(place.as_deref())),
        (wire::EVENT_TIME, text(telling.local().as_deref())),
        (
            wire::TIMEZONE,
            text(zone.map(|at| time::offset_text(at.offset)).as_deref()),
        ),
        (wire::EVENT_TIME_UTC, text(telling.utc().as_deref())),
        (wire::EVENT_DETAIL, quoted(&words)),
        (wire::TRANSIT_SUB_STATUS, text(sub)),
    ])
}

/// An event of this system's own, as it was sent.
fn said_here<'a>(telling: &Telling<'a>) -> Option<&'a str> {
    let own = telling.own(&[TRACKINGS.id, WEBHOOK.id])?;
    let raw = std::str::from_utf8(own.raw.as_deref()?).ok()?;
    let is_event = Object::of_text(raw).is_ok_and(|members| !tracking::is_status(&members));
    is_event.then_some(raw)
}
