//! Honest time. A local time without a zone is not UTC: what the source wrote, the offset if there
//! is one, and where the offset came from stay apart. `assumed()` serves ordering only and is never
//! shown.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// Microseconds in a minute.
const MINUTE_US: i64 = 60_000_000;
const SECOND_US: i64 = 1_000_000;
const DAY_US: i64 = 24 * 60 * MINUTE_US;

/// How fine the source wrote its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Precision {
    Day = 0,
    Minute = 1,
    Second = 2,
    /// Any fraction of a second; kept to the microsecond, the text keeps the rest.
    Fraction = 3,
}

/// Where a statement's offset came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum OffsetSource {
    /// Written by the source.
    Source = 0,
    /// From the zone of the resolved place.
    Place = 1,
    /// From the zone set on the connection or ruled for the carrier.
    Connection = 2,
    /// Nobody knows: a wall clock somewhere.
    Unknown = 3,
}

/// When something happened, as far as the source lets us know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Occurred {
    /// The wall clock as written, in microseconds since 1970-01-01T00:00 of that same wall clock.
    pub wall: i64,
    /// Minutes east of UTC; meaningless while `offset_source` is `Unknown`.
    pub offset: i16,
    pub offset_source: OffsetSource,
    pub precision: Precision,
}

/// `2026-03-05T10:11:12.123456+07:00`, and room.
const DISPLAYED_LENGTH: usize = 40;

impl Occurred {
    /// The instant for ordering: an unknown zone counts as UTC.
    pub fn assumed(self) -> i64 {
        match self.offset_source {
            OffsetSource::Unknown => self.wall,
            OffsetSource::Source | OffsetSource::Place | OffsetSource::Connection => {
                self.wall - i64::from(self.offset) * MINUTE_US
            }
        }
    }

    /// The true instant, if the offset is known.
    pub fn instant(self) -> Option<i64> {
        (self.offset_source != OffsetSource::Unknown).then(|| self.assumed())
    }

    /// Whether both may be the same moment: equal at the coarser precision.
    pub fn same_moment(self, other: Self) -> bool {
        let precision = self.fineness().min(other.fineness());
        self.compare(other, |a, b| {
            truncate(a, precision) == truncate(b, precision)
        })
    }

    /// Whether one of them is the other, rounded to the nearest minute.
    pub fn rounds_to(self, other: Self) -> bool {
        let (rounded, fine) = if self.is_whole_minute() {
            (self, other)
        } else {
            (other, self)
        };
        let is_rounded = rounded.is_whole_minute() && !fine.is_whole_minute();
        let nearest = |fine: i64| truncate(fine.saturating_add(MINUTE_US / 2), Precision::Minute);
        is_rounded
            && fine.precision >= Precision::Second
            && rounded.precision >= Precision::Minute
            && rounded.compare(fine, |rounded, fine| {
                truncate(rounded, Precision::Minute) == nearest(fine)
            })
    }

    pub const fn is_whole_minute(self) -> bool {
        self.wall.rem_euclid(MINUTE_US) == 0
    }

    /// How fine it can be taken for: many sources write `:00` for seconds that they do not know.
    fn fineness(self) -> Precision {
        if self.is_whole_minute() {
            self.precision.min(Precision::Minute)
        } else {
            self.precision
        }
    }

    /// Compares the instants where both offsets were written. Otherwise the wall clocks, for most
    /// sources write the clock of the place; or the instants where both offsets are known.
    fn compare(self, other: Self, equal: impl Fn(i64, i64) -> bool) -> bool {
        let both = |known: fn(OffsetSource) -> bool| {
            known(self.offset_source) && known(other.offset_source)
        };
        let written = both(|source| source == OffsetSource::Source);
        let known = both(|source| source != OffsetSource::Unknown);
        (!written && equal(self.wall, other.wall))
            || (known && equal(self.assumed(), other.assumed()))
    }

    /// The time with a zone for a source that wrote none; a written offset is left alone.
    #[must_use]
    pub fn with_offset(mut self, minutes: i16, source: OffsetSource) -> Self {
        if self.offset_source == OffsetSource::Unknown {
            self.offset = minutes;
            self.offset_source = source;
        }
        self
    }

    /// RFC 3339 with the offset where it is known, otherwise the bare wall clock.
    pub fn display(self) -> String {
        let Ok(timestamp) = Timestamp::from_microsecond(self.wall) else {
            return String::new();
        };
        let mut text = String::with_capacity(DISPLAYED_LENGTH);
        write!(text, "{timestamp}").expect("a text takes what is written");
        if text.ends_with('Z') {
            text.pop();
        }
        match self.offset_source {
            OffsetSource::Unknown => {}
            OffsetSource::Source | OffsetSource::Place | OffsetSource::Connection => {
                text.push_str(&offset_text(self.offset));
            }
        }
        text
    }
}

/// Minutes east of UTC that a wall clock in this zone showed; of a repeated hour the first one.
pub fn offset_at(zone: &TimeZone, wall: i64) -> Option<i16> {
    let wall = Timestamp::from_microsecond(wall).ok()?;
    let local = Offset::UTC.to_datetime(wall);
    let instant = zone.to_ambiguous_timestamp(local).compatible().ok()?;
    i16::try_from(zone.to_offset(instant).seconds() / 60).ok()
}

/// `+07:00` for 420.
pub fn offset_text(minutes: i16) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

fn truncate(micros: i64, precision: Precision) -> i64 {
    match precision {
        Precision::Day => micros.div_euclid(DAY_US),
        Precision::Minute => micros.div_euclid(MINUTE_US),
        Precision::Second => micros.div_euclid(SECOND_US),
        Precision::Fraction => micros,
    }
}

/// Reads `yyyy-MM-dd`, optionally followed by `T` or a space and `HH:mm[:ss[.f…]]`, optionally
/// followed by `Z` or an offset. Years 1970 to 2200 only: anything else is kept as text by the
/// caller, since no parcel travels there.
pub fn parse(text: &str) -> Option<Occurred> {
    let bytes = text.as_bytes();
    if !text.is_ascii() || bytes.len() < 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let (year, month, day) = (
        digits(&bytes[..4])?,
        digits(&bytes[5..7])?,
        digits(&bytes[8..10])?,
    );
    if !(1970..=2200).contains(&year) || !valid_day(year, month, day) {
        return None;
    }
    let midnight = days_from_civil(year, month, day) * DAY_US;
    let rest = &bytes[10..];
    let local = |wall, precision| Occurred {
        wall,
        offset: 0,
        offset_source: OffsetSource::Unknown,
        precision,
    };
    if rest.is_empty() {
        return Some(local(midnight, Precision::Day));
    }
    if !matches!(rest[0], b'T' | b't' | b' ') {
        return None;
    }
    let (clock, zone) = split_zone(&rest[1..])?;
    let (micros, precision) = parse_clock(clock)?;
    let time = local(midnight + micros, precision);
    Some(match zone {
        Some(minutes) => time.with_offset(minutes, OffsetSource::Source),
        None => time,
    })
}

/// Splits a zone off the clock: `(clock, minutes east if a zone was written)`.
fn split_zone(text: &[u8]) -> Option<(&[u8], Option<i16>)> {
    if let Some(clock) = text.strip_suffix(b"Z").or_else(|| text.strip_suffix(b"z")) {
        return Some((clock, Some(0)));
    }
    let Some(at) = text.iter().rposition(|byte| matches!(byte, b'+' | b'-')) else {
        return Some((text, None));
    };
    let zone = &text[at + 1..];
    let (hours, minutes) = match zone {
        [_, _, b':', _, _] => (digits(&zone[..2])?, digits(&zone[3..])?),
        [_, _, _, _] => (digits(&zone[..2])?, digits(&zone[2..])?),
        [_, _] => (digits(zone)?, 0),
        _ => return None,
    };
    if hours > 18 || minutes > 59 {
        return None;
    }
    let total = (hours * 60 + minutes) as i16;
    Some((
        &text[..at],
        Some(if text[at] == b'-' { -total } else { total }),
    ))
}

/// Microseconds since midnight, and how fine they were written.
fn parse_clock(text: &[u8]) -> Option<(i64, Precision)> {
    if text.len() < 5 || text[2] != b':' {
        return None;
    }
    let (hour, minute) = (digits(&text[..2])?, digits(&text[3..5])?);
    let (second, fraction, precision) = match &text[5..] {
        [] => (0, 0, Precision::Minute),
        [b':', a, b] => (digits(&[*a, *b])?, 0, Precision::Second),
        [b':', a, b, b'.', rest @ ..] if !rest.is_empty() && rest.len() <= 9 => (
            digits(&[*a, *b])?,
            fraction_micros(rest)?,
            Precision::Fraction,
        ),
        _ => return None,
    };
    // A leap second is read as the second before the next minute, as most sources print it.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = (hour * 60 + minute) * 60 + second.min(59);
    Some((seconds * SECOND_US + fraction, precision))
}

fn fraction_micros(text: &[u8]) -> Option<i64> {
    digits(text)?;
    let mut padded = *b"000000";
    for (slot, digit) in padded.iter_mut().zip(text) {
        *slot = *digit;
    }
    digits(&padded)
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0_i64, |value, byte| {
        byte.is_ascii_digit()
            .then(|| value * 10 + i64::from(byte - b'0'))
    })
}

fn valid_day(year: i64, month: i64, day: i64) -> bool {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=last).contains(&day)
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted = (month + 9) % 12;
    let day_of_year = (153 * shifted + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_sources_write() {
        let seven = parse("2024-05-06T16:10:02.4946223+07:00").unwrap();
        assert_eq!(seven.offset, 420);
        assert_eq!(seven.precision, Precision::Fraction);
        assert_eq!(seven.instant(), Some(1_714_986_602_494_622));
        let local = parse("2024-03-05 14:20:11").unwrap();
        assert_eq!(
            (local.instant(), local.precision),
            (None, Precision::Second)
        );
        assert_eq!(local.display(), "2024-03-05T14:20:11");
        assert_eq!(parse("2024-05-06").unwrap().precision, Precision::Day);
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in [
            "",
            "null",
            "0000-00-00",
            "2024-02-30",
            "9999-01-01T00:00:00Z",
            "2024-01-01T25:00",
            "2024-01-01T10:00:00.",
            "2024-01-01Tx",
            "２０２４-01-01",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn agrees_with_a_calendar_library() {
        for day in (0..84_000).step_by(13) {
            let timestamp = Timestamp::from_second(day * 86_400 + 12_345).unwrap();
            assert_eq!(
                parse(&timestamp.to_string()).unwrap().instant(),
                Some(timestamp.as_microsecond())
            );
        }
    }

    #[test]
    fn an_unknown_zone_meets_an_equal_wall_clock() {
        let with = parse("2024-05-07T10:01:02.4+07:00").unwrap();
        let without = parse("2024-05-07 10:01:02").unwrap();
        assert!(with.same_moment(without));
        assert!(!with.same_moment(parse("2024-05-07 10:02:02").unwrap()));
        assert!(with.same_moment(parse("2024-05-07T03:01:02Z").unwrap()));
    }

    #[test]
    fn a_whole_minute_is_no_finer_than_a_minute() {
        let fine = parse("2024-05-07T10:01:42+07:00").unwrap();
        let same = |text: &str| fine.same_moment(parse(text).unwrap());
        assert!(same("2024-05-07 10:01:00") && same("2024-05-07 10:01"));
        assert!(!same("2024-05-07 10:02:00") && !same("2024-05-07 10:01:41"));
        let rounds = |text: &str| {
            let other = parse(text).unwrap();
            assert_eq!(fine.rounds_to(other), other.rounds_to(fine));
            fine.rounds_to(other)
        };
        assert!(rounds("2024-05-07 10:02:00") && rounds("2024-05-07T03:02Z"));
        assert!(!rounds("2024-05-07 10:01:00") && !rounds("2024-05-07 10:02:01"));
        assert!(!rounds("2024-05-07") && !fine.rounds_to(fine));
    }

    #[test]
    fn a_known_offset_meets_by_instant_and_by_wall_clock() {
        let written = parse("2024-05-07T10:01:02+07:00").unwrap();
        let ruled = |text: &str| {
            let time = parse(text).unwrap();
            time.with_offset(480, OffsetSource::Connection)
        };
        assert!(written.same_moment(ruled("2024-05-07 11:01:02")));
        assert!(written.same_moment(ruled("2024-05-07 10:01:02")));
        assert!(!written.same_moment(ruled("2024-05-07 12:01:02")));
        // Written, it is no other moment's.
        assert!(!written.same_moment(parse("2024-05-07T10:01:02+08:00").unwrap()));
    }
}
