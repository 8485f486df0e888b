//! One event: checked member by member, and made a statement. An event that is wrong is reported
//! with every member that is wrong; it never fails its batch.

use super::EVENTS;
use super::wire::{Event, MemberError, PiecesTold, Text};
use crate::dialect::Words;
use crate::raw::Object;
use jiff::tz::TimeZone;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;
use trackway_model::statement::{self, IDENTITY_SEPARATOR};
use trackway_model::{
    Certainty, Code, CodeKind, Direction, Milestone, Occurred, OffsetSource, Pieces, Place, Reason,
    Statement, time,
};

/// The carrier of parcels that an account moves itself.
pub const OWN_CARRIER: &str = "own";

/// Asked for every event: a table, not a search.
static MILESTONES: LazyLock<HashMap<&'static str, Milestone>> = LazyLock::new(|| {
    Milestone::ALL
        .iter()
        .map(|milestone| (milestone.name(), *milestone))
        .collect()
});

/// Members that are strings, and how many bytes each may have.
const LENGTHS: &[(&str, usize)] = &[
    ("/carrier", 64),
    ("/number", 100),
    ("/id", 200),
    ("/status", 100),
    ("/code", 100),
    ("/reason", 100),
    ("/occurred_at", 64),
    ("/zone", 64),
    ("/direction", 16),
    ("/certainty", 16),
    ("/place", 300),
    ("/text", 4_000),
    ("/language", 35),
    ("/unit", 35),
];

/// Bytes that an event may have with all that it carries.
const LONGEST: usize = 64 << 10;

/// An event that can be kept.
pub struct Read<'a> {
    pub carrier: Cow<'a, str>,
    pub number: Cow<'a, str>,
    pub statement: Statement,
}

/// Makes an event a statement, or says all that is wrong with it.
pub fn read<'a>(event: &Event<'a>, raw: &str) -> Result<Read<'a>, Vec<MemberError>> {
    let mut wrong = Vec::new();
    if raw.len() > LONGEST {
        wrong.push(MemberError::new(
            "",
            format!("it is longer than {LONGEST} bytes"),
        ));
    }
    check_texts(event, &mut wrong);
    let number = event
        .number
        .as_ref()
        .filter(|number| !number.trim().is_empty());
    if number.is_none() {
        wrong.push(MemberError::new(
            "/number",
            "it is required and may not be blank",
        ));
    }
    let milestone = milestone(event, &mut wrong);
    let reason = named("/reason", event.reason.as_ref(), Reason::parse, &mut wrong);
    let direction = named(
        "/direction",
        event.direction.as_ref(),
        direction,
        &mut wrong,
    );
    let certainty = named(
        "/certainty",
        event.certainty.as_ref(),
        certainty,
        &mut wrong,
    );
    let occurred = occurred(event, &mut wrong);
    let pieces = pieces(event.pieces, &mut wrong);
    let carrier = carrier(event, &mut wrong);
    let (Some(number), Some(milestone), true) = (number, milestone, wrong.is_empty()) else {
        return Err(wrong);
    };
    let statement = Statement {
        stream: EVENTS.id,
        code: code(event),
        milestone,
        reason: reason.unwrap_or_default(),
        direction: direction.unwrap_or_default(),
        certainty: if is_withdrawal(event) {
            Certainty::Withdrawn
        } else {
            certainty.unwrap_or_default()
        },
        occurred,
        time_text: event.occurred_at.as_deref().unwrap_or_default().to_owned(),
        place: event.place.as_deref().map(|name| Place {
            name: name.to_owned(),
            key: 0,
        }),
        pieces,
        unit: event.unit.as_deref().and_then(statement::unit),
        identity: identity(event),
        raw: raw.as_bytes().to_vec(),
    };
    Ok(Read {
        carrier,
        number: number.0.clone(),
        statement,
    })
}

/// What is wrong with an event that has not even the shape of one.
pub fn explain(raw: &str) -> Vec<MemberError> {
    let Ok(members) = Object::of_text(raw) else {
        return vec![MemberError::new("", "an event is an object")];
    };
    let given = |pointer: &str| members.get(&pointer[1..]).filter(|value| *value != "null");
    let is_no_string = |pointer: &str| given(pointer).is_some_and(|value| !value.starts_with('"'));
    let mut wrong: Vec<_> = LENGTHS
        .iter()
        .filter(|(pointer, _)| is_no_string(pointer))
        .map(|(pointer, _)| MemberError::new(pointer, "it must be a string"))
        .collect();
    if let Some(Err(error)) = given("/pieces").map(serde_json::from_str::<PiecesTold>) {
        let detail =
            format!("it must be an object of `count` and `total`, 0 to 65535 each: {error}");
        wrong.push(MemberError::new("/pieces", detail));
    }
    if given("/withdraw").is_some_and(|value| !matches!(value, "true" | "false")) {
        wrong.push(MemberError::new(
            "/withdraw",
            "it must be `true` or `false`",
        ));
    }
    if wrong.is_empty() {
        let problem = serde_json::from_str::<Event<'_>>(raw).err();
        let detail =
            problem.map_or_else(|| "it can't be read".to_owned(), |error| error.to_string());
        wrong.push(MemberError::new("", detail));
    }
    wrong
}

/// What people read of an event.
pub fn words(raw: &[u8]) -> Words {
    let Ok(event) = serde_json::from_slice::<Event<'_>>(raw) else {
        return Words::default();
    };
    let owned = |text: Option<Text<'_>>| text.map(|text| text.0.into_owned());
    Words {
        language: event.language.as_deref().and_then(language),
        name: owned(event.code.or(event.status)),
        text: owned(event.text),
        place: owned(event.place),
    }
}

/// Languages that pages have; the full tag stays in the event.
fn language(tag: &str) -> Option<&'static str> {
    const KNOWN: [&str; 12] = [
        "en", "vi", "zh", "es", "de", "fr", "it", "nl", "pt", "ja", "ko", "th",
    ];
    let primary = tag.split('-').next().unwrap_or(tag);
    KNOWN
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(primary))
}

/// Lengths of all, and no control characters in what is looked up by.
fn check_texts(event: &Event<'_>, wrong: &mut Vec<MemberError>) {
    let texts = [
        &event.carrier,
        &event.number,
        &event.id,
        &event.status,
        &event.code,
        &event.reason,
        &event.occurred_at,
        &event.zone,
        &event.direction,
        &event.certainty,
        &event.place,
        &event.text,
        &event.language,
        &event.unit,
    ];
    for (text, (pointer, most)) in texts.into_iter().zip(LENGTHS) {
        if text.as_ref().is_some_and(|text| text.len() > *most) {
            wrong.push(MemberError::new(
                pointer,
                format!("it is longer than {most} bytes"),
            ));
        }
    }
    for (text, pointer) in [
        (&event.number, "/number"),
        (&event.id, "/id"),
        (&event.code, "/code"),
        (&event.unit, "/unit"),
    ] {
        if text
            .as_ref()
            .is_some_and(|text| text.bytes().any(|byte| byte.is_ascii_control()))
        {
            wrong.push(MemberError::new(
                pointer,
                "it may hold no control characters",
            ));
        }
    }
}

/// Whether it takes an event back.
pub fn is_withdrawal(event: &Event<'_>) -> bool {
    event.withdraw == Some(true)
}

/// None: the event says no status, and that was noted.
fn milestone(event: &Event<'_>, wrong: &mut Vec<MemberError>) -> Option<Milestone> {
    let told = |text: &Text<'_>| MILESTONES.get(&**text).copied();
    match (&event.status, &event.code) {
        (Some(status), _) => {
            let milestone = told(status);
            if milestone.is_none() {
                let detail = format!("`{}` is no milestone: send it as `code`", short(status));
                wrong.push(MemberError::new("/status", detail));
            }
            milestone
        }
        (None, Some(code)) if !code.trim().is_empty() => Some(told(code).unwrap_or_default()),
        // What it took back is known by its id.
        (None, _) if is_withdrawal(event) && event.id.as_ref().is_some_and(|id| !id.is_empty()) => {
            Some(Milestone::Unknown)
        }
        (None, _) => {
            wrong.push(MemberError::new(
                "/status",
                "either `status` or `code` is required",
            ));
            None
        }
    }
}

/// The code as spelt. Beside a status it stands below it, so that a replay finds the status.
fn code(event: &Event<'_>) -> Code {
    let owned = |text: &Option<Text<'_>>| text.as_ref().map(|text| text.to_string());
    let (code, sub) = match (owned(&event.status), owned(&event.code)) {
        (Some(status), code) => (status, code),
        (None, code) => (code.unwrap_or_default(), None),
    };
    Code {
        kind: CodeKind::Event,
        code,
        sub,
    }
}

fn named<T>(
    pointer: &'static str,
    text: Option<&Text<'_>>,
    parse: impl Fn(&str) -> Option<T>,
    wrong: &mut Vec<MemberError>,
) -> Option<T> {
    let text = text?;
    let found = parse(text);
    if found.is_none() {
        wrong.push(MemberError::new(
            pointer,
            format!("`{}` is not known", short(text)),
        ));
    }
    found
}

fn direction(name: &str) -> Option<Direction> {
    match name {
        "forward" => Some(Direction::Forward),
        "return" => Some(Direction::Return),
        _ => None,
    }
}

fn certainty(name: &str) -> Option<Certainty> {
    match name {
        "actual" => Some(Certainty::Actual),
        "estimated" => Some(Certainty::Estimated),
        "planned" => Some(Certainty::Planned),
        _ => None,
    }
}

fn occurred(event: &Event<'_>, wrong: &mut Vec<MemberError>) -> Option<Occurred> {
    let text = event.occurred_at.as_ref()?;
    let Some(occurred) = time::parse(text) else {
        let detail = "it must be an RFC 3339 time or a local one such as `2026-05-06 16:10:02`, 1970 to 2200";
        wrong.push(MemberError::new("/occurred_at", detail));
        return None;
    };
    let Some(zone) = event.zone.as_ref().filter(|_| occurred.instant().is_none()) else {
        return Some(occurred);
    };
    let minutes = offset_at(zone, occurred.wall);
    if minutes.is_none() {
        let detail = format!("`{}` is no IANA zone and no offset", short(zone));
        wrong.push(MemberError::new("/zone", detail));
    }
    Some(minutes.map_or(occurred, |minutes| {
        occurred.with_offset(minutes, OffsetSource::Source)
    }))
}

/// Minutes east of UTC that a wall clock showed; of a repeated hour the first one.
fn offset_at(zone: &str, wall: i64) -> Option<i16> {
    if let Some(fixed) =
        time::parse(&format!("2000-01-01T00:00{zone}")).filter(|t| t.instant().is_some())
    {
        return Some(fixed.offset);
    }
    time::offset_at(&TimeZone::get(zone).ok()?, wall)
}

fn pieces(told: Option<PiecesTold>, wrong: &mut Vec<MemberError>) -> Pieces {
    let Some(told) = told else {
        return Pieces::default();
    };
    let total = told.total.unwrap_or_default();
    if told.count == 0 || (total > 0 && told.count > total) {
        wrong.push(MemberError::new(
            "/pieces/count",
            "it must be at least 1 and at most `total`",
        ));
    }
    Pieces {
        count: told.count,
        total,
    }
}

fn carrier<'a>(event: &Event<'a>, wrong: &mut Vec<MemberError>) -> Cow<'a, str> {
    let Some(carrier) = &event.carrier else {
        return Cow::Borrowed(OWN_CARRIER);
    };
    carrier_code(carrier).unwrap_or_else(|error| {
        wrong.push(error);
        carrier.0.clone()
    })
}

/// One of our carrier codes: lower case; what else it may hold keeps it apart from paths and queries.
pub fn carrier_code<'a>(Text(carrier): &Text<'a>) -> Result<Cow<'a, str>, MemberError> {
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':' | b'.');
    if carrier.is_empty() || !carrier.bytes().all(allowed) {
        let detail = "it must be letters, digits, `-`, `_`, `:` or `.`";
        return Err(MemberError::new("/carrier", detail));
    }
    if carrier.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Ok(Cow::Owned(carrier.to_ascii_lowercase()));
    }
    Ok(carrier.clone())
}

/// What a kept event is known by, from its bytes.
pub fn identity_of(raw: &[u8]) -> Vec<u8> {
    serde_json::from_slice::<Event<'_>>(raw).map_or_else(|_| Vec::new(), |event| identity(&event))
}

/// What an event is known by: its own id, else what it tells.
fn identity(event: &Event<'_>) -> Vec<u8> {
    if let Some(id) = event.id.as_ref().filter(|id| !id.is_empty()) {
        return statement::identity(&["id", id]);
    }
    let told = [
        &event.occurred_at,
        &event.status,
        &event.code,
        &event.certainty,
        &event.direction,
        &event.place,
        &event.text,
    ];
    let length = told
        .iter()
        .map(|member| 1 + member.as_deref().map_or(0, str::len))
        .sum::<usize>();
    let mut out = Vec::with_capacity(length + 5);
    for member in told {
        out.push(IDENTITY_SEPARATOR);
        out.extend_from_slice(member.as_deref().unwrap_or_default().as_bytes());
    }
    if let Some(pieces) = event.pieces {
        out.push(IDENTITY_SEPARATOR);
        out.extend_from_slice(&pieces.count.to_be_bytes());
        out.extend_from_slice(&pieces.total.unwrap_or_default().to_be_bytes());
    }
    if let Some(unit) = event.unit.as_deref().and_then(statement::unit) {
        out.push(IDENTITY_SEPARATOR);
        out.extend_from_slice(b"unit=");
        out.extend_from_slice(unit.as_bytes());
    }
    out
}

/// Enough of a text to know it again in an error.
fn short(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(40) {
        Some((at, _)) => Cow::Owned(format!("{}…", &text[..at])),
        None => Cow::Borrowed(text),
    }
}
