//! Values of options as people write them: lengths of time, sizes, lists.

use std::fmt::Write;
use std::time::Duration;

/// Units of time, the longest first; in seconds.
const TIMES: &[(&str, u64)] = &[("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
/// Units of size, the largest first.
const SIZES: &[(&str, u64)] = &[
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

/// `20s`, `500ms`, `2m`, `12h` or `90d`; a bare number is seconds.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time: write `20s`, `500ms`, `2m`, `12h` or `90d`");
    let (number, unit) = number_and_unit(text).ok_or_else(wrong)?;
    if unit == "ms" {
        return Ok(Duration::from_millis(number));
    }
    let seconds = factor(TIMES, if unit.is_empty() { "s" } else { unit });
    let seconds = seconds.and_then(|factor| number.checked_mul(factor));
    seconds.map(Duration::from_secs).ok_or_else(wrong)
}

/// The shortest way to write a length of time.
pub fn duration_text(duration: Duration) -> String {
    if duration.subsec_millis() > 0 {
        return format!("{}ms", duration.as_millis());
    }
    with_unit(TIMES, duration.as_secs(), "s")
}

/// `512KiB`, `16MiB` or `1GiB`; a bare number is bytes.
pub fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no size: write `512KiB`, `16MiB` or `1GiB`");
    let (number, unit) = number_and_unit(text).ok_or_else(wrong)?;
    let bytes = factor(SIZES, if unit.is_empty() { "B" } else { unit });
    bytes
        .and_then(|factor| number.checked_mul(factor))
        .ok_or_else(wrong)
}

/// The shortest way to write a size.
pub fn size_text(bytes: u64) -> String {
    with_unit(SIZES, bytes, "B")
}

/// The parts of a list that is written in one text.
pub fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

/// A list in one text.
pub fn list_text<T: std::fmt::Display>(values: &[T]) -> String {
    values.iter().fold(String::new(), |mut text, value| {
        let comma = if text.is_empty() { "" } else { "," };
        let _ = write!(text, "{comma}{value}");
        text
    })
}

fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let number = text[..digits].parse().ok()?;
    Some((number, text[digits..].trim()))
}

fn factor(units: &[(&str, u64)], unit: &str) -> Option<u64> {
    let found = units.iter().find(|(name, _)| *name == unit);
    found.map(|(_, factor)| *factor)
}

fn with_unit(units: &[(&str, u64)], number: u64, smallest: &str) -> String {
    let fits = units
        .iter()
        .find(|(_, factor)| number > 0 && number.is_multiple_of(*factor));
    match fits {
        Some((unit, factor)) => format!("{}{unit}", number / factor),
        None => format!("{number}{smallest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_read_as_they_are_written() {
        for (text, seconds) in [("0s", 0), ("20s", 20), ("2m", 120), ("90d", 7_776_000)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
            assert_eq!(duration_text(Duration::from_secs(seconds)), text);
        }
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration_text(Duration::from_millis(500)), "500ms");
        for (text, bytes) in [
            ("0B", 0),
            ("64KiB", 65_536),
            ("16MiB", 16 << 20),
            ("1000B", 1000),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
            assert_eq!(size_text(bytes), text);
        }
        for wrong in [
            "",
            "soon",
            "-1s",
            "1.5h",
            "1w",
            "99999999999999999999d",
            "18446744073709551615d",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
