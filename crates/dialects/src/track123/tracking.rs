//! A tracking read: one parcel's object, as it stands in a query's answer and in a webhook, into
//! statements. Never fails for one bad event: what can't be read is kept raw with an unknown
//! milestone, and said in a warning.
//!
//! Each event has a sub-status that names its status (track123.md §2.6). Where the newest event has none
//! but the tracking has a status, that is a statement of its own: its time is the latest event's.

use super::own::{said, told};
use super::wire;
use crate::dialect::Words;
use crate::fingerprint;
use crate::raw::{self, Object, Value};
use std::borrow::Cow;
use trackway_model::intake::{Answer, Part};
use trackway_model::statement::identity;
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{
    Certainty, Code, CodeKind, Direction, Occurred, OffsetSource, Pieces, Place, Statement,
    StreamId, time,
};

/// The kind of the codes of parcels.
pub const KIND: CodeKind = CodeKind::Shipment;

const MINUTE_US: i64 = 60_000_000;
/// No zone on earth is further from UTC, in minutes.
const FARTHEST: i64 = 14 * 60;
/// Members that move without anything having been told.
const VOLATILE: [&str; 4] = [
    wire::NEXT_UPDATE_TIME,
    wire::STAY_DAYS,
    wire::TRANSIT_DAYS,
    wire::RECEIPT_DAYS,
];
/// Statuses that tell of the registration and not of the parcel.
const OF_REGISTRATION: [&str; 3] = ["INIT", "NO_RECORD", "EXPIRED"];

/// A tracking's share of an answer.
pub fn answer(
    vocabulary: &Vocabulary,
    stream: StreamId,
    tracking: &Object<'_>,
    warnings: &mut Vec<String>,
) -> Answer {
    Answer {
        stream,
        body: tracking.text().as_bytes().to_vec(),
        fingerprint: fingerprint::of_members(tracking, |name| VOLATILE.contains(&name)),
        parts: vec![Part {
            stream,
            statements: statements(vocabulary, stream, tracking, warnings),
        }],
    }
}

/// What is told, oldest first: the first leg, then the last.
fn statements(
    vocabulary: &Vocabulary,
    stream: StreamId,
    tracking: &Object<'_>,
    warnings: &mut Vec<String>,
) -> Vec<Statement> {
    let [local, last_mile] = legs(tracking);
    // The newest stands first.
    let details = local.into_iter().rev().chain(last_mile.into_iter().rev());
    let mut statements: Vec<Statement> = details
        .map(|event| {
            let members = event.object();
            statement(vocabulary, stream, event.text(), members.as_ref(), warnings)
        })
        .collect();
    let newest = statements
        .iter()
        .max_by_key(|told| told.occurred.map(Occurred::assumed));
    let is_told = newest.is_some_and(|newest| !newest.code.code.is_empty());
    if !is_told && let Some(raw) = status_of(tracking) {
        let members = Object::of_text(&raw).ok();
        statements.push(statement(
            vocabulary,
            stream,
            &raw,
            members.as_ref(),
            warnings,
        ));
    }
    statements
}

/// The events of the first leg and of the last, as written.
fn legs<'a>(tracking: &Object<'a>) -> [Vec<Value<'a>>; 2] {
    let details = |leg: Option<Object<'a>>| {
        leg.and_then(|leg| leg.list(wire::DETAILS))
            .unwrap_or_default()
    };
    let last_mile = tracking.inside(wire::LAST_MILE);
    let last_mile = last_mile.and_then(|last_mile| last_mile.inside(wire::WAY_BILL));
    [details(tracking.inside(wire::LOCAL)), details(last_mile)]
}

/// The tracking's own status as a statement's bytes, where it says something of the parcel.
fn status_of(tracking: &Object<'_>) -> Option<String> {
    let status = said(tracking, wire::TRANSIT_STATUS)?;
    if OF_REGISTRATION.contains(&&*status) {
        return None;
    }
    let member = |name| tracking.get(name).unwrap_or("null");
    Some(format!(
        r#"{{"{}":{},"{}":{},"{}":{}}}"#,
        wire::TRANSIT_STATUS,
        member(wire::TRANSIT_STATUS),
        wire::TRANSIT_SUB_STATUS,
        member(wire::TRANSIT_SUB_STATUS),
        wire::LAST_TRACKING_TIME,
        member(wire::LAST_TRACKING_TIME),
    ))
}

/// The members of an event, or of a tracking's status, as written.
#[derive(Default)]
struct Event<'a> {
    time: Option<&'a str>,
    last_time: Option<&'a str>,
    utc: Option<&'a str>,
    zone: Option<&'a str>,
    status: Option<&'a str>,
    sub: Option<&'a str>,
    detail: Option<&'a str>,
    address: Option<&'a str>,
}

impl<'a> Event<'a> {
    fn of(members: &Object<'a>) -> Self {
        let [time, last_time, utc, zone, status, sub, detail, address] = members.pick([
            wire::EVENT_TIME,
            wire::LAST_TRACKING_TIME,
            wire::EVENT_TIME_UTC,
            wire::TIMEZONE,
            wire::TRANSIT_STATUS,
            wire::TRANSIT_SUB_STATUS,
            wire::EVENT_DETAIL,
            wire::ADDRESS,
        ]);
        Self {
            time,
            last_time,
            utc,
            zone,
            status,
            sub,
            detail,
            address,
        }
    }

    /// When it happened: the clock where it did, and between it and UTC the offset, which the source
    /// wrote itself or told by writing both.
    fn occurred(&self) -> Option<Occurred> {
        let time = |value| told(value).and_then(|text| time::parse(text.trim()));
        let Some(local) = time(self.time).or_else(|| time(self.last_time)) else {
            return time(self.utc);
        };
        let zone = told(self.zone);
        let minutes = zone
            .and_then(|zone| minutes(zone.trim()))
            .or_else(|| between(local, time(self.utc)?.instant()?));
        Some(match minutes {
            Some(minutes) => local.with_offset(minutes, OffsetSource::Source),
            None => local,
        })
    }

    const fn is_status(&self) -> bool {
        self.status.is_some() && self.time.is_none()
    }

    fn identity(&self) -> Vec<u8> {
        let written = |value: Option<&'a str>| raw::scalar(value.unwrap_or_default());
        let members = if self.is_status() {
            [self.last_time, self.status, self.sub]
        } else {
            [self.time, self.detail, self.address]
        };
        let parts = members.map(|value| written(value).unwrap_or_default());
        identity(&[&parts[0], &parts[1], &parts[2]])
    }
}

fn statement(
    vocabulary: &Vocabulary,
    stream: StreamId,
    raw: &str,
    members: Option<&Object<'_>>,
    warnings: &mut Vec<String>,
) -> Statement {
    if members.is_none() {
        warnings.push("an event is no object".to_owned());
    }
    let event = members.map(Event::of).unwrap_or_default();
    let occurred = event.occurred();
    let time_text = told(event.time)
        .or_else(|| told(event.last_time))
        .or_else(|| told(event.utc))
        .unwrap_or_default();
    if members.is_some() && occurred.is_none() {
        warnings.push(format!("a time can't be read: {time_text:.40}"));
    }
    let code = code(told(event.status).as_deref(), told(event.sub).as_deref());
    let sub = code.sub.as_deref().unwrap_or_default();
    let (milestone, reason) = vocabulary.read(KIND, &code.code, sub);
    if !code.code.is_empty() && vocabulary.get(KIND, &code.code, sub).is_none() {
        warnings.push(format!(
            "a status is in no table: {:.40} {sub:.40}",
            code.code
        ));
    }
    Statement {
        stream,
        code,
        milestone,
        reason,
        // Events name no direction.
        direction: Direction::Forward,
        certainty: Certainty::Actual,
        occurred,
        time_text: time_text.into_owned(),
        place: told(event.address).map(|name| Place {
            name: name.into_owned(),
            key: 0,
        }),
        pieces: Pieces::default(),
        unit: None,
        identity: members.map_or_else(|| identity(&[raw]), |_| event.identity()),
        raw: raw.as_bytes().to_vec(),
    }
}

/// A code as it travels. A sub-status names its status: it is all but its last number.
fn code(status: Option<&str>, sub: Option<&str>) -> Code {
    let (status, sub) = (status.map(str::trim), sub.map(str::trim));
    let named = sub.and_then(|sub| Some(sub.rsplit_once('_')?.0));
    Code {
        kind: KIND,
        code: status.or(named).or(sub).unwrap_or_default().to_owned(),
        sub: sub
            .filter(|_| status.or(named).is_some())
            .map(str::to_owned),
    }
}

/// `+08:00`, in minutes.
fn minutes(zone: &str) -> Option<i16> {
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let two = |text: &str| -> Option<i16> {
        let is_two = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_two.then(|| text.parse().ok()).flatten()
    };
    let minutes = two(hours)? * 60 + two(minutes)?;
    (i64::from(minutes) <= FARTHEST).then_some(sign * minutes)
}

fn between(local: Occurred, utc: i64) -> Option<i16> {
    let minutes = (local.wall - utc) / MINUTE_US;
    let is_zone = minutes.abs() <= FARTHEST && minutes % 15 == 0;
    is_zone.then(|| i16::try_from(minutes).ok()).flatten()
}

/// The identity of an event, or of a tracking's status.
pub fn identity_of(raw: &str) -> Vec<u8> {
    Object::of_text(raw).map_or_else(
        |_| identity(&[raw]),
        |members| Event::of(&members).identity(),
    )
}

/// Whether a kept statement is a tracking's status and no event.
pub fn is_status(members: &Object<'_>) -> bool {
    Event::of(members).is_status()
}

/// What people read of a statement.
pub fn words(raw: &[u8]) -> Words {
    let Ok(members) = Object::parse(raw) else {
        return Words::default();
    };
    let owned = |name| said(&members, name).map(Cow::into_owned);
    Words {
        text: owned(wire::EVENT_DETAIL),
        name: owned(wire::TRANSIT_SUB_STATUS).or_else(|| owned(wire::TRANSIT_STATUS)),
        place: owned(wire::ADDRESS),
        language: None,
    }
}

/// When the system expects to deliver: a day, or a moment.
pub fn expects(body: &[u8]) -> Option<(Occurred, Occurred)> {
    let tracking = Object::parse(body).ok()?;
    let at = time::parse(said(&tracking, wire::EXPECTED_DELIVERY)?.trim())?;
    Some((at, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_written_or_stands_between_two_times() {
        let read = |json: &str| {
            let at = Event::of(&Object::of_text(json).unwrap()).occurred()?;
            Some((at.wall / 1_000_000, at.instant().map(|_| at.offset)))
        };
        let wall = 1_738_566_900;
        for (more, offset) in [
            (r#","timezone":"-06:00""#, Some(-360)),
            (
                r#","timezone":null,"eventTimeZeroUTC":"2025-02-03T13:15:00Z""#,
                Some(-360),
            ),
            (
                r#","timezone":"CST","eventTimeZeroUTC":"2025-02-03T13:16:00Z""#,
                None,
            ),
            (r#","timezone":"+25:00""#, None),
            (r#","timezone":"null""#, None),
        ] {
            let json = format!(r#"{{"eventTime":"2025-02-03 07:15:00"{more}}}"#);
            assert_eq!(read(&json), Some((wall, offset)), "{more}");
        }
        let utc = read(r#"{"eventTime":"","eventTimeZeroUTC":"2025-02-03T07:15:00Z"}"#);
        assert_eq!(utc, Some((wall, Some(0))));
        assert_eq!(read(r#"{"eventTime":"soon"}"#), None);
    }

    #[test]
    fn a_sub_status_names_its_status() {
        let read = |status, sub| {
            let code = code(status, sub);
            (code.code, code.sub)
        };
        let owned = |code: &str, sub: Option<&str>| (code.to_owned(), sub.map(str::to_owned));
        let sub = Some("DELIVERY_FAILED_02");
        assert_eq!(read(None, sub), owned("DELIVERY_FAILED", sub));
        assert_eq!(read(Some("ABNORMAL"), None), owned("ABNORMAL", None));
        assert_eq!(read(None, Some("ODD")), owned("ODD", None));
        assert_eq!(read(None, None), owned("", None));
    }
}
