//! The tracking answer. With a document of 247Express's own: that document, byte for byte, overlaid
//! by later webhooks in the members of the overlay table only. Without one: an object with every
//! member of §4.2, told from what the journey holds.
//!
//! "Later" is by what the webhooks say: their order is not promised, so one that tells of an older
//! happening than the document's newest status changes nothing.

use super::super::hook::message;
use super::super::names::{caption, status_id, status_name};
use super::super::wire::{Scan, Status, Tracking};
use super::super::{NAME, STATUSES, TRACKINGS, WEBHOOK};
use crate::raw::{self, Object, quoted};
use crate::registry;
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::HashMap;
use trackway_model::group::Event;
use trackway_model::view::{ShipmentView, StatementView};
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{Certainty, CodeKind, Milestone, Occurred, OffsetSource, Reason, Stage, time};

/// What a webhook's member does to an answer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// It tells the present status: a null clears, and an older webhook has no say.
    Status,
    /// It tells a fact: a null says nothing.
    Fact,
}

/// The overlay table: the webhook's member, the answer's member.
const OVERLAY: &[(&str, &str, Rule)] = &[
    ("Status", "status", Rule::Status),
    ("StatusName", "statusName", Rule::Status),
    ("DelayCode", "delayCode", Rule::Status),
    ("DelayNotes", "delayNote", Rule::Status),
    ("DeliveryNotes", "deliveryNotes", Rule::Fact),
    ("DeliveryDate", "deliveryDate", Rule::Fact),
    ("Mailman", "mailMan", Rule::Fact),
    ("ReceiverName", "receiverName", Rule::Fact),
    ("ExternalCode", "externalCode", Rule::Fact),
];

/// The members of an answer that a webhook tells, by the webhook's name of them.
pub fn counterpart(webhook_member: &str) -> Option<&'static str> {
    OVERLAY
        .iter()
        .find(|row| row.0 == webhook_member)
        .map(|row| row.1)
}

/// The body of the answer for a shipment.
pub fn body(vocabulary: &Vocabulary, mut view: ShipmentView) -> Vec<u8> {
    match view.document.take() {
        Some(document) if view.statements.is_empty() => document.body,
        Some(document) => overlaid(&document.body, &view).unwrap_or(document.body),
        None => composed(vocabulary, &view).into_bytes(),
    }
}

/// The document with later news in it; None where it can't be read or nothing is later.
fn overlaid(document: &[u8], view: &ShipmentView) -> Option<Vec<u8>> {
    let object = Object::parse(document).ok()?;
    let newest = newest_status(&object);
    let news: Vec<_> = updates(view)
        .into_iter()
        .filter(|update| !is_older(update, newest))
        .collect();
    if news.is_empty() {
        return None;
    }
    let mut changes = Vec::new();
    for update in news {
        overlay(&mut changes, update, None);
    }
    Some(object.with(&changes).into_bytes())
}

/// The instant of the newest element of `statuses`.
fn newest_status(document: &Object<'_>) -> Option<i64> {
    let elements = raw::elements(document.get_any_case("statuses")?)?;
    elements
        .into_iter()
        .filter_map(|element| {
            let element = Object::of_text(element).ok()?;
            time::parse(&raw::scalar(element.get_any_case("time")?)?).map(Occurred::assumed)
        })
        .max()
}

/// The webhooks that a view holds, oldest happening first.
pub fn updates(view: &ShipmentView) -> Vec<&StatementView> {
    let mut found: Vec<_> = view
        .statements
        .iter()
        .filter(|told| told.stream == WEBHOOK.id)
        .collect();
    found.sort_by_key(|told| (told.spine.assumed(), told.ordinal));
    found
}

fn is_older(update: &StatementView, than: Option<i64>) -> bool {
    let at = update.spine.occurred.map(Occurred::assumed);
    at.zip(than).is_some_and(|(at, than)| at < than)
}

/// Adds what a webhook changes in an answer whose present status is of `since`.
fn overlay(changes: &mut Vec<(&'static str, String)>, update: &StatementView, since: Option<i64>) {
    let raw = update.raw.as_deref().unwrap_or(b"{}");
    let Ok(object) = Object::parse(raw) else {
        return;
    };
    let stale = is_older(update, since);
    for (theirs, ours, rule) in OVERLAY {
        let Some(value) = object.get_any_case(theirs) else {
            continue;
        };
        match rule {
            Rule::Status if stale => {}
            Rule::Status => set(changes, ours, as_text(value)),
            Rule::Fact if raw::scalar(value).is_none() => {}
            Rule::Fact => set(changes, ours, value.to_owned()),
        }
    }
    if !stale {
        let (id, name) = (
            object.get_any_case("Status"),
            object.get_any_case("StatusName"),
        );
        if id.is_none() && update.raw.is_none() {
            // Erased: the code is all that is left.
            set(changes, "status", quoted(&update.code.code));
            set(
                changes,
                "statusName",
                option(status_name(&update.code.code)),
            );
        }
        let code = if update.raw.is_none() {
            update.code.code.as_str().into()
        } else {
            status_id(id, name)
        };
        let said = caption(&code).map(quoted).or_else(|| name.map(as_text));
        set(
            changes,
            "trackingName",
            said.unwrap_or_else(|| "null".to_owned()),
        );
    }
}

fn set(changes: &mut Vec<(&'static str, String)>, member: &'static str, value: String) {
    match changes.iter_mut().find(|(name, _)| *name == member) {
        Some(change) => change.1 = value,
        None => changes.push((member, value)),
    }
}

/// Numbers that an older revision sends where the answer has strings.
pub fn as_text(value: &str) -> String {
    let bare = value.starts_with(|first: char| first.is_ascii_digit() || first == '-');
    if bare {
        quoted(value)
    } else {
        value.to_owned()
    }
}

fn option(text: Option<&str>) -> String {
    text.map_or_else(|| "null".to_owned(), quoted)
}

/// An answer told from the journey.
fn composed(vocabulary: &Vocabulary, view: &ShipmentView) -> String {
    let mut told = Told::new(vocabulary);
    let by_ordinal: HashMap<u16, &StatementView> = view
        .statements
        .iter()
        .map(|statement| (statement.ordinal, statement))
        .collect();
    for (event, _) in &view.journey().events {
        if event.certainty == Certainty::Actual {
            let witnesses: Vec<_> = event
                .witnesses
                .iter()
                .filter_map(|w| by_ordinal.get(w).copied())
                .collect();
            told.event(event, &witnesses);
        }
    }
    let base = base(view, &mut told);
    let since = told.status_since;
    let mut changes = Vec::new();
    for update in updates(view) {
        overlay(&mut changes, update, since);
    }
    let base = serde_json::to_string(&base).expect("wire types are plain data");
    match Object::of_text(&base) {
        Ok(object) => object.with(&changes),
        Err(_) => base,
    }
}

/// What the events have told so far.
struct Told<'v> {
    vocabulary: &'v Vocabulary,
    statuses: Vec<Box<RawValue>>,
    scans: Vec<Box<RawValue>>,
    last_status: Option<String>,
    /// When the newest status was that no webhook told.
    status_since: Option<i64>,
    accepted: Option<String>,
    delivered: Option<String>,
}

impl<'v> Told<'v> {
    const fn new(vocabulary: &'v Vocabulary) -> Self {
        Self {
            vocabulary,
            statuses: Vec::new(),
            scans: Vec::new(),
            last_status: None,
            status_since: None,
            accepted: None,
            delivered: None,
        }
    }

    fn event(&mut self, event: &Event, witnesses: &[&StatementView]) {
        let of = |stream| witnesses.iter().find(|w| w.stream == stream).copied();
        let foreign = witnesses
            .iter()
            .find(|w| registry::streams().get(w.stream).dialect != NAME);
        let own_status = of(STATUSES.id).or_else(|| of(WEBHOOK.id));
        let own_scan = of(TRACKINGS.id);
        match (own_status, foreign) {
            (Some(own), _) => self.own_status(own, event),
            (None, Some(foreign)) => self.foreign_status(foreign, event),
            (None, None) => {}
        }
        match (own_scan, foreign) {
            (Some(own), _) => self.own_scan(own),
            (None, Some(foreign)) => self.foreign_scan(foreign, event),
            (None, None) => {}
        }
    }

    fn own_status(&mut self, own: &StatementView, event: &Event) {
        let code = own.code.code.as_str();
        if own.stream != WEBHOOK.id {
            self.status_since = Some(event.assumed);
        }
        let element = own
            .raw
            .as_deref()
            .filter(|_| own.stream == STATUSES.id)
            .and_then(element);
        let name = own
            .raw
            .as_deref()
            .and_then(|raw| registry::of_stream(own.stream)?.words(own.stream, raw).name)
            .or_else(|| status_name(code).map(str::to_owned));
        let time = as_written(own);
        self.mark(code, time.as_ref());
        self.statuses.push(element.unwrap_or_else(|| {
            to_raw(&Status {
                time,
                status: code.to_owned(),
                status_name: name,
                tracking_name: caption(code).map(str::to_owned),
                ..Status::default()
            })
        }));
        self.last_status = Some(code.to_owned());
    }

    fn foreign_status(&mut self, foreign: &StatementView, event: &Event) {
        let Some(row) = self.vocabulary.tell(CodeKind::Shipment, event.milestone).0 else {
            return;
        };
        self.status_since = Some(event.assumed);
        if self.last_status.as_deref() == Some(row.code.as_str()) {
            return;
        }
        let time = written(foreign, event.occurred);
        self.mark(&row.code, time.as_ref());
        self.statuses.push(to_raw(&Status {
            time,
            status: row.code.clone(),
            status_name: Some(row.name.clone()),
            tracking_name: caption(&row.code).map(str::to_owned),
            province_name: None,
            post_office_name: words(foreign).place,
        }));
        self.last_status = Some(row.code.clone());
    }

    fn mark(&mut self, code: &str, time: Option<&String>) {
        match self.vocabulary.read(CodeKind::Shipment, code, "").0.stage() {
            Stage::Accepted if self.accepted.is_none() => self.accepted = time.cloned(),
            Stage::Delivered => self.delivered = time.cloned(),
            _ => {}
        }
    }

    fn own_scan(&mut self, own: &StatementView) {
        let element = own.raw.as_deref().and_then(element);
        self.scans.push(element.unwrap_or_else(|| {
            let row = self.vocabulary.get(CodeKind::Event, &own.code.code, "");
            to_raw(&Scan {
                status_id: Some(own.code.code.clone()),
                date_change: as_written(own),
                status_name: row.map(|row| row.name.clone()),
                ..Scan::default()
            })
        }));
    }

    /// A happening that no scan code tells is a scan only where no status tells it either: so
    /// nothing that was told is left out.
    fn foreign_scan(&mut self, foreign: &StatementView, event: &Event) {
        let row = self.vocabulary.tell(CodeKind::Event, event.milestone).0;
        if row.is_none() && event.milestone != Milestone::Unknown {
            return;
        }
        let words = words(foreign);
        let time = written(foreign, event.occurred);
        if row.is_none() && time.is_none() && words == crate::dialect::Words::default() {
            // Bytes that say nothing: kept, and no line of a history.
            return;
        }
        self.scans.push(to_raw(&Scan {
            status_id: row.map(|row| row.code.clone()),
            date_change: time,
            post_office_name: words.place,
            status_name: row.map(|row| row.name.clone()).or(words.name),
            notes: words.text,
            ..Scan::default()
        }));
    }
}

fn base(view: &ShipmentView, told: &mut Told<'_>) -> Tracking {
    let vocabulary = told.vocabulary;
    let state = view.state();
    let present = vocabulary.tell(CodeKind::Shipment, state.milestone).0;
    let status = present
        .map(|row| row.code.clone())
        .or_else(|| told.last_status.clone());
    let name =
        |of: fn(&str) -> Option<&'static str>| status.as_deref().and_then(of).map(str::to_owned);
    let delay = (state.reason != Reason::None)
        .then(|| vocabulary.tell_reason(state.reason).0)
        .flatten();
    Tracking {
        order_code: Some(view.track.number.to_string()),
        accept_date: told.accepted.take(),
        status_name: name(status_name),
        tracking_name: name(caption),
        status,
        delay_code: delay.map(|row| row.code.clone()),
        delay_note: delay.map(|row| row.text.clone()),
        delivery_date: told
            .delivered
            .take()
            .filter(|_| state.stage() == Stage::Delivered),
        statuses: Some(std::mem::take(&mut told.statuses)),
        trackings: Some(std::mem::take(&mut told.scans)),
        ..Tracking::default()
    }
}

/// A time of this system's own; where the text is gone with an erasure, what it said.
fn as_written(own: &StatementView) -> Option<String> {
    let text = Some(own.time_text.clone()).filter(|text| !text.is_empty());
    text.or_else(|| own.spine.occurred.map(Occurred::display))
}

/// A foreign statement's time as this system writes times (§4.2): on Vietnam's clock, by the offset
/// that it carries or that is known from elsewhere; where none is known, the bare wall clock.
pub fn written(told: &StatementView, occurred: Option<Occurred>) -> Option<String> {
    let carries = |time: &Occurred| time.offset_source == OffsetSource::Source;
    let own = time::parse(&told.time_text).filter(carries);
    if own.is_some_and(|time| time.offset == message::VIETNAM) && told.time_text.contains('T') {
        // With every digit that was written.
        return Some(told.time_text.clone());
    }
    own.or(occurred).or(told.spine.occurred).map(on_their_clock)
}

/// A time as this system writes times.
pub fn on_their_clock(time: Occurred) -> String {
    if time.offset_source == OffsetSource::Unknown {
        time.display()
    } else {
        message::vietnam(time.assumed())
    }
}

fn words(told: &StatementView) -> crate::dialect::Words {
    let raw = told.raw.as_deref();
    registry::of_stream(told.stream)
        .zip(raw)
        .map(|(dialect, raw)| dialect.words(told.stream, raw))
        .unwrap_or_default()
}

/// An element's own bytes.
fn element(raw: &[u8]) -> Option<Box<RawValue>> {
    serde_json::from_slice(raw).ok()
}

fn to_raw(value: &impl Serialize) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).expect("wire types are plain data")
}
