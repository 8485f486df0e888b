//! What ocean and air answers have in common: texts, times and what is told of the future.
//!
//! A time comes twice, as the clock at the place showed it and in UTC (`eventTime`, `eventTimeUTC`):
//! between them stands the offset, which the source so wrote itself. Where the second is absent or
//! tells of no zone on earth, the zone of the place counts, if the place is known.

pub use super::super::own::said;

use super::wire;
use crate::raw::{self, Object};
use trackway_model::place::Resolved;
use trackway_model::time::{self, Precision};
use trackway_model::{Certainty, Occurred, OffsetSource};

const MINUTE: i64 = 60_000_000;
/// Every zone is a multiple of it away from UTC.
const QUARTER: i64 = 15 * MINUTE;
const WEST: i64 = -12 * 60 * MINUTE;
const EAST: i64 = 14 * 60 * MINUTE;

/// A count, written as a number or as a text; a fraction or more than fits is none.
pub fn count(object: &Object<'_>, name: &str) -> Option<u16> {
    said(object, name)?.trim().parse().ok()
}

/// The objects of a list; what is no object in it is left out.
pub fn objects<'a>(object: &Object<'a>, name: &str) -> Vec<(&'a str, Object<'a>)> {
    let elements = object.get(name).and_then(raw::elements).unwrap_or_default();
    elements
        .into_iter()
        .filter_map(|text| Some((text, Object::of_text(text).ok()?)))
        .collect()
}

/// When an event happened.
pub fn occurred(event: &Object<'_>, place: Resolved) -> Option<Occurred> {
    let time = |name| said(event, name).and_then(|text| time::parse(text.trim()));
    let utc = time(wire::EVENT_TIME_UTC).filter(|utc| utc.instant().is_some());
    let Some(local) = time(wire::EVENT_TIME) else {
        return utc;
    };
    let written = utc
        .filter(|_| local.instant().is_none())
        .and_then(|utc| ahead(local, utc));
    Some(written.map_or_else(
        || place.place(local),
        |minutes| local.with_offset(minutes, OffsetSource::Source),
    ))
}

/// Minutes that a local clock was ahead of UTC.
fn ahead(local: Occurred, utc: Occurred) -> Option<i16> {
    let ahead = local.wall - utc.instant()?;
    let is_zone = ahead % QUARTER == 0 && (WEST..=EAST).contains(&ahead);
    is_zone
        .then(|| i16::try_from(ahead / MINUTE).ok())
        .flatten()
}

/// The event at which a record's clock stood last (`lastTrackingTime`), of its details.
///
/// The clock names no zone, so several events can have shown it, each at its own place: of those the
/// last one counts that the record's current status has come to, and where it tells none, the first one.
pub fn last_event<'a, 'd>(
    record: &Object<'_>,
    details: &'d [(&'a str, Object<'a>)],
    resolve: impl Fn(&Object<'_>) -> Resolved,
    current: Option<Occurred>,
) -> Option<(&'d Object<'a>, Occurred)> {
    let last = said(record, wire::LAST_TRACKING_TIME)?;
    let last = time::parse(last.trim())?;
    let mut shown: Vec<(&Object<'_>, Occurred)> = details
        .iter()
        .filter_map(|(_, event)| Some((event, occurred(event, resolve(event))?)))
        .filter(|(_, at)| match (last.instant(), at.instant()) {
            (Some(last), Some(at)) => at == last,
            _ => is_shown(*at, last),
        })
        .collect();
    // Those at one instant stay as they are listed, newest first.
    shown.sort_by_key(|(_, at)| at.assumed());
    let come_to = |(_, at): &&(&Object<'_>, Occurred)| {
        current.is_some_and(|current| at.assumed() <= current.assumed())
    };
    let reached = shown.iter().rfind(come_to).or(shown.first());
    reached.copied()
}

/// The time up to which a record has come: of its current status, or of the event at which its clock
/// stood last, whichever is later; else what that clock showed.
pub fn reached(
    record: &Object<'_>,
    details: &[(&str, Object<'_>)],
    resolve: impl Fn(&Object<'_>) -> Resolved,
    current: Option<Occurred>,
) -> Option<Occurred> {
    let last = last_event(record, details, resolve, current).map(|(_, at)| at);
    let reached = [current, last].into_iter().flatten();
    reached.max_by_key(|at| at.assumed()).or_else(|| {
        let last = said(record, wire::LAST_TRACKING_TIME)?;
        let last = time::parse(last.trim())?;
        // All of the minute or the day that it names.
        let wall = last.wall + coarseness(last) - 1;
        Some(Occurred { wall, ..last })
    })
}

/// Whether a clock that shows `at` shows `last` as well, as exactly as that is told.
pub fn is_shown(at: Occurred, last: Occurred) -> bool {
    let coarse = coarseness(last);
    at.wall.div_euclid(coarse) == last.wall.div_euclid(coarse)
}

const fn coarseness(at: Occurred) -> i64 {
    match at.precision {
        Precision::Day => 24 * 60 * MINUTE,
        Precision::Minute => MINUTE,
        Precision::Second | Precision::Fraction => 1,
    }
}

/// What lies after all that a record itself calls its latest has not happened yet.
pub fn certainty(occurred: Option<Occurred>, reached: Option<Occurred>) -> Certainty {
    let (Some(occurred), Some(reached)) = (occurred, reached) else {
        return Certainty::Actual;
    };
    let later = match (occurred.instant(), reached.instant()) {
        (Some(occurred), Some(reached)) => occurred > reached,
        _ => occurred.wall > reached.wall,
    };
    if later {
        Certainty::Estimated
    } else {
        Certainty::Actual
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trackway_model::place;

    fn told(json: &str, at: &str) -> Option<Occurred> {
        occurred(&Object::of_text(json).unwrap(), place::resolve(at))
    }

    #[test]
    fn the_offset_stands_between_the_two_times() {
        let time = |local: &str, utc: &str| {
            told(
                &format!(r#"{{"eventTime":{local},"eventTimeUTC":{utc}}}"#),
                "Hamburg, DE",
            )
        };
        let source = |minutes| Some((minutes, OffsetSource::Source));
        let read = |local, utc| time(local, utc).map(|at| (at.offset, at.offset_source));
        let local = r#""2025-03-05 06:00:00""#;
        assert_eq!(read(local, r#""2025-03-04T22:00:00Z""#), source(480));
        assert_eq!(read(local, r#""2025-03-05T11:30:00Z""#), source(-330));
        // No zone is seven minutes off, nor a day: the port's counts.
        for utc in [
            "null",
            r#""""#,
            r#""null""#,
            r#""2025-03-05T05:53:00Z""#,
            r#""2025-03-06T06:00:00Z""#,
        ] {
            assert_eq!(read(local, utc), Some((60, OffsetSource::Place)), "{utc}");
        }
        let utc_alone = time("null", r#""2025-03-04T22:00:00Z""#).unwrap();
        assert_eq!(
            (utc_alone.offset, utc_alone.offset_source),
            (0, OffsetSource::Source)
        );
        let unplaced = told(r#"{"eventTime":"2025-03-05 06:00:00"}"#, "somewhere").unwrap();
        assert_eq!(unplaced.instant(), None);
        assert_eq!(told(r#"{"eventTime":"soon"}"#, ""), None);
    }

    #[test]
    fn what_a_record_has_not_reached_is_an_estimate() {
        let at = |text| time::parse(text);
        let reached = at("2025-03-05T06:00:00+08:00");
        assert_eq!(
            certainty(at("2025-03-05T00:00:00Z"), reached),
            Certainty::Estimated
        );
        assert_eq!(
            certainty(at("2025-03-04T20:00:00Z"), reached),
            Certainty::Actual
        );
        assert_eq!(
            certainty(at("2025-03-05 06:00:01"), reached),
            Certainty::Estimated
        );
        assert_eq!(
            certainty(at("2026-03-05 06:00:01"), None),
            Certainty::Actual
        );
        assert_eq!(certainty(None, reached), Certainty::Actual);
    }
}
