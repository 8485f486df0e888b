//! How an element of one of the three streams becomes a statement. What an element lacks, or has in
//! a type that nobody expects, costs only that member: the element itself is kept whole.

use super::names::status_id;
use super::{STATUSES, TRACKINGS, WEBHOOK};
use crate::raw::{self, Object};
use std::borrow::Cow;
use trackway_model::statement::identity;
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{
    Certainty, Code, CodeKind, Direction, Milestone, Pieces, Place, Reason, Statement, StreamDef,
    time,
};

/// Where a stream's elements keep what a statement needs.
pub struct Shape {
    pub stream: StreamDef,
    pub kind: CodeKind,
    pub code: &'static str,
    pub name: &'static str,
    pub time: &'static str,
    /// Members of the identity, as written. Fixed for life: other members would be other ids.
    identity: &'static [&'static str],
    place: &'static [&'static str],
    /// The delay code, which travels as the status's sub-code.
    delay: Option<&'static str>,
}

pub const STATUS: Shape = Shape {
    stream: STATUSES,
    kind: CodeKind::Shipment,
    code: "status",
    name: "statusName",
    time: "time",
    identity: &["status", "time"],
    place: &["postOfficeName", "provinceName"],
    // Only the newest status has one: the call puts it there from the document.
    delay: Some("delayCode"),
};

pub const SCAN: Shape = Shape {
    stream: TRACKINGS,
    kind: CodeKind::Event,
    code: "statusID",
    name: "statusName",
    time: "dateChange",
    identity: &["statusID", "dateChange", "postOfficeID"],
    place: &["postOfficeName", "provinceName"],
    delay: None,
};

pub const UPDATE: Shape = Shape {
    stream: WEBHOOK,
    kind: CodeKind::Shipment,
    code: "Status",
    name: "StatusName",
    time: "Time",
    identity: &["Status", "Time"],
    place: &[],
    delay: Some("DelayCode"),
};

/// Reads one element. What is strange about it is added to `warnings`.
pub fn read(
    shape: &Shape,
    vocabulary: &Vocabulary,
    element: &str,
    warnings: &mut Vec<String>,
) -> Statement {
    let object = Object::of_text(element).ok();
    let member = |name: &str| object.as_ref().and_then(|object| object.get_any_case(name));
    let said = |name: &str| member(name).and_then(raw::scalar);
    let code = match shape.kind {
        CodeKind::Shipment => status_id(member(shape.code), member(shape.name)),
        _ => said(shape.code).unwrap_or_default(),
    };
    let delay = shape.delay.and_then(said);
    let time_text = said(shape.time).unwrap_or_default();
    let occurred = time::parse(&time_text);
    let (milestone, reason) = meaning(vocabulary, shape.kind, &code, delay.as_deref());
    let stream = shape.stream.name;
    if milestone == Milestone::Unknown {
        warnings.push(format!("{stream}: unknown code `{code}`"));
    }
    if occurred.is_none() {
        warnings.push(format!("{stream}: no readable time in `{time_text}`"));
    }
    let named: Vec<Cow<'_, str>> = shape
        .identity
        .iter()
        .map(|name| said(name).unwrap_or_default())
        .collect();
    let place: Vec<Cow<'_, str>> = shape.place.iter().filter_map(|name| said(name)).collect();
    Statement {
        stream: shape.stream.id,
        milestone,
        reason,
        direction: Direction::Forward,
        certainty: Certainty::Actual,
        occurred,
        place: (!place.is_empty()).then(|| Place {
            name: place.join(", "),
            key: 0,
        }),
        pieces: Pieces::default(),
        unit: None,
        identity: identify(&named, element),
        raw: element.as_bytes().to_vec(),
        code: Code {
            kind: shape.kind,
            code: code.into_owned(),
            sub: delay.map(Cow::into_owned),
        },
        time_text: time_text.into_owned(),
    }
}

/// What a code means, and why: the reason is the delay code's, which stands beside a status.
pub fn meaning(
    vocabulary: &Vocabulary,
    kind: CodeKind,
    code: &str,
    delay: Option<&str>,
) -> (Milestone, Reason) {
    let (milestone, _) = vocabulary.read(kind, code, "");
    let reason = delay.map_or(Reason::None, |delay| {
        vocabulary.read(CodeKind::Reason, delay, "").1
    });
    (milestone, reason)
}

/// An element that has none of the identity's members is known by all its bytes.
fn identify(named: &[Cow<'_, str>], element: &str) -> Vec<u8> {
    if named.iter().all(|value| value.is_empty()) {
        return identity(&[element]);
    }
    identity(&named.iter().map(AsRef::as_ref).collect::<Vec<_>>())
}
