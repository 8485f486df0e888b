//! Times as the simulated systems write them.

use jiff::fmt::strtime;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

/// All of Vietnam, all year.
const OFFSET_HOURS: i8 = 7;

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

/// `2024-05-07T10:01`: what every time that is written of an instant begins with once it was read.
pub fn minute(at: i64) -> String {
    written("%Y-%m-%dT%H:%M", at)
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
    }
}
