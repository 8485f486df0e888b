//! Times as the simulated systems write them.

use jiff::fmt::strtime;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

/// All of Vietnam, all year.
const OFFSET_HOURS: i8 = 7;
/// The same as written.
pub const OFFSET: &str = "+07:00";

fn local(at: i64) -> Zoned {
    let zone = TimeZone::fixed(Offset::constant(OFFSET_HOURS));
    Timestamp::from_microsecond(at)
        .unwrap_or_default()
        .to_zoned(zone)
}

fn written(format: &str, at: i64) -> String {
    strtime::format(format, &local(at)).unwrap_or_default()
}

/// `2024-05-07T10:01:02.4+07:00`: as many digits of the fraction as there are.
pub fn with_offset(at: i64) -> String {
    written("%Y-%m-%dT%H:%M:%S%.f%:z", at)
}

/// `2024-05-07 10:01:02`: a wall clock and nothing said of where.
pub fn without_zone(at: i64) -> String {
    written("%Y-%m-%d %H:%M:%S", at)
}

/// `2024-05-07 10:01`: the same, cut down.
pub fn to_the_minute(at: i64) -> String {
    written("%Y-%m-%d %H:%M", at)
}

/// `2024-05-07T10:01:02`: what a time that was written to the second or finer begins with.
pub fn second(at: i64) -> String {
    written("%Y-%m-%dT%H:%M:%S", at)
}

/// `2024-05-07T10:01`: what every time that is written of an instant begins with once it was read.
pub fn minute(at: i64) -> String {
    written("%Y-%m-%dT%H:%M", at)
}

/// `2024-05-07T03:01:02Z`.
pub fn utc(at: i64) -> String {
    let at = Timestamp::from_microsecond(at).unwrap_or_default();
    strtime::format("%Y-%m-%dT%H:%M:%SZ", &at.to_zoned(TimeZone::UTC)).unwrap_or_default()
}

/// `2024-05-07 10:01:02`: a wall clock of a zone by its IANA name.
pub fn in_zone(zone: &str, at: i64) -> String {
    elsewhere("%Y-%m-%d %H:%M:%S", zone, at)
}

/// `2024-05-07T10:01`: as `minute`, on the clock of another zone.
pub fn minute_in(zone: &str, at: i64) -> String {
    elsewhere("%Y-%m-%dT%H:%M", zone, at)
}

fn elsewhere(format: &str, zone: &str, at: i64) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let at = Timestamp::from_microsecond(at).unwrap_or_default();
    strtime::format(format, &at.to_zoned(zone)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_systems_write_them() {
        let at = 1_715_050_862_400_000;
        assert_eq!(with_offset(at), "2024-05-07T10:01:02.4+07:00");
        assert_eq!(with_offset(at + 600_000), "2024-05-07T10:01:03+07:00");
        assert_eq!(with_offset(at + 94_622), "2024-05-07T10:01:02.494622+07:00");
        assert_eq!(without_zone(at), "2024-05-07 10:01:02");
        assert_eq!(to_the_minute(at), "2024-05-07 10:01");
        assert!(with_offset(at).starts_with(&minute(at)));
        assert_eq!(utc(at), "2024-05-07T03:01:02Z");
        assert_eq!(in_zone("Europe/Berlin", at), "2024-05-07 05:01:02");
        assert_eq!(minute_in("Asia/Ho_Chi_Minh", at), minute(at));
        assert!(with_offset(at).ends_with(OFFSET));
    }
}
