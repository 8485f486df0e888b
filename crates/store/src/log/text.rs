//! Times as written, without their bytes: a text that follows from the time and one of a few usual
//! styles is stored as that style.

use super::TimeText;
use trackway_model::time::{Occurred, OffsetSource, Precision, offset_text};

const DAY_US: i64 = 86_400_000_000;

/// How a source writes its times. One byte in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style(pub u8);

/// Bits of a style: what stands between date and clock, how the zone is written, digits of the
/// fraction. `MARK` tells a style from a text's flag.
const T: u8 = 1;
const ZULU: u8 = 2;
const OFFSET: u8 = 4;
const DIGITS_SHIFT: u8 = 3;
const DIGITS: u8 = 0b0011_1000;
const MARK: u8 = 0x80;

impl<'a> TimeText<'a> {
    /// The shortest way to keep what was written.
    pub fn of(time: Option<Occurred>, text: &'a str) -> Self {
        time.and_then(|time| {
            let style = Style::guess(time, text)?;
            let mut buffer = Buffer::default();
            style.write(time, &mut buffer);
            (buffer.as_bytes() == text.as_bytes()).then_some(Self::Styled(style))
        })
        .unwrap_or(Self::Written(text))
    }

    pub fn restore(self, time: Option<Occurred>) -> String {
        match (self, time) {
            (Self::Written(text), _) => text.to_owned(),
            (Self::Styled(style), Some(time)) => {
                let mut buffer = Buffer::default();
                style.write(time, &mut buffer);
                String::from_utf8_lossy(buffer.as_bytes()).into_owned()
            }
            (Self::Styled(_), None) => String::new(),
        }
    }
}

impl Style {
    pub const fn parse(byte: u8) -> Option<Self> {
        if byte & MARK == 0 {
            None
        } else {
            Some(Self(byte))
        }
    }

    /// The only style that could give this text.
    fn guess(time: Occurred, text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() < 10 || bytes.len() > Buffer::SIZE {
            return None;
        }
        let mut style = MARK;
        if bytes.get(10) == Some(&b'T') {
            style |= T;
        }
        if time.offset_source == OffsetSource::Source {
            style |= if bytes.ends_with(b"Z") { ZULU } else { OFFSET };
        }
        if time.precision == Precision::Fraction {
            let digits = bytes
                .get(20..)?
                .iter()
                .take_while(|b| b.is_ascii_digit())
                .count();
            style |= u8::try_from(digits).ok().filter(|d| *d <= 6)? << DIGITS_SHIFT;
        }
        Some(Self(style))
    }

    fn write(self, time: Occurred, out: &mut Buffer) {
        let (year, month, day) = civil(time.wall.div_euclid(DAY_US));
        let micros = time.wall.rem_euclid(DAY_US);
        let seconds = micros / 1_000_000;
        out.number(year, 4)
            .byte(b'-')
            .number(month, 2)
            .byte(b'-')
            .number(day, 2);
        if time.precision == Precision::Day {
            return;
        }
        out.byte(if self.0 & T == 0 { b' ' } else { b'T' });
        out.number(seconds / 3600, 2)
            .byte(b':')
            .number(seconds / 60 % 60, 2);
        if time.precision >= Precision::Second {
            out.byte(b':').number(seconds % 60, 2);
        }
        if time.precision == Precision::Fraction {
            let digits = u32::from((self.0 & DIGITS) >> DIGITS_SHIFT).min(6);
            out.byte(b'.')
                .number(micros % 1_000_000 / 10_i64.pow(6 - digits), digits as usize);
        }
        if self.0 & ZULU != 0 {
            out.byte(b'Z');
        } else if self.0 & OFFSET != 0 {
            offset_text(time.offset).bytes().for_each(|byte| {
                out.byte(byte);
            });
        }
    }
}

/// Longer than any style writes.
struct Buffer {
    bytes: [u8; Self::SIZE],
    length: usize,
}

impl Default for Buffer {
    fn default() -> Self {
        Self {
            bytes: [0; Self::SIZE],
            length: 0,
        }
    }
}

impl Buffer {
    const SIZE: usize = 40;

    fn byte(&mut self, byte: u8) -> &mut Self {
        if let Some(slot) = self.bytes.get_mut(self.length) {
            *slot = byte;
            self.length += 1;
        }
        self
    }

    fn number(&mut self, value: i64, digits: usize) -> &mut Self {
        for place in (0..digits).rev() {
            self.byte(b'0' + (value / 10_i64.pow(place as u32) % 10).unsigned_abs() as u8);
        }
        self
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Year, month and day of a count of days since 1970-01-01, in the proleptic Gregorian calendar.
const fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (
        year_of_era + era * 400 + if month <= 2 { 1 } else { 0 },
        month,
        day,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use trackway_model::time::parse;

    #[test]
    fn usual_times_cost_one_byte_and_return_as_written() {
        for text in [
            "2024-05-06T16:10:02.494622+07:00",
            "2024-05-06T16:10:02.4Z",
            "2024-03-05 14:20:11",
            "2024-02-29T14:20",
            "2026-12-31",
            "1970-01-01 00:00:00-03:30",
        ] {
            let time = parse(text);
            let kept = TimeText::of(time, text);
            assert!(matches!(kept, TimeText::Styled(_)), "{text}");
            assert_eq!(kept.restore(time), text);
        }
    }

    #[test]
    fn unusual_times_keep_their_text() {
        for text in [
            "",
            "null",
            "2024-05-06T16:10:02.4946223+07:00",
            "2024-05-06t16:10:02z",
            "2024-05-06 10:00+0700",
            "2024-05-06T10:00:60Z",
        ] {
            let time = parse(text);
            assert_eq!(TimeText::of(time, text), TimeText::Written(text));
            assert_eq!(TimeText::of(time, text).restore(time), text);
        }
    }

    #[test]
    fn a_zone_that_we_added_is_not_written() {
        let time =
            parse("2024-03-05 14:20:11").map(|t| t.with_offset(420, OffsetSource::Connection));
        assert_eq!(
            TimeText::of(time, "2024-03-05 14:20:11").restore(time),
            "2024-03-05 14:20:11"
        );
    }
}
