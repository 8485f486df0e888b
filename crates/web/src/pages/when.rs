//! Times for people: the wall clock of the place as it was told, with its zone or plainly as local
//! time. Nothing is converted.

use super::words::{Key, Words};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use trackway_model::time::offset_text;
use trackway_model::{Occurred, OffsetSource, Precision};

const DAY_US: i64 = 86_400_000_000;

/// A time as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// For machines: a date, a local time, or one with its offset.
    pub datetime: String,
    pub text: String,
    pub zone: Option<Zone>,
    /// Whether the instant is known, so that one can say how long ago it was.
    pub is_instant: bool,
}

/// What is known of a time's zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    pub text: String,
    /// Where it comes from, unless it was told with the time.
    pub why: Option<String>,
}

impl Moment {
    /// The time of day alone, for a list that stands below its date; None for a date without one.
    pub fn clock(occurred: Occurred, words: &'static Words) -> Option<Self> {
        let wall = wall(occurred)?;
        (occurred.precision != Precision::Day)
            .then(|| Self::of(occurred, wall, clock_text(wall), words))
    }

    /// Date and time; the date alone where no time was told.
    pub fn whole(occurred: Occurred, words: &'static Words) -> Option<Self> {
        let wall = wall(occurred)?;
        let date = date_text(wall, words);
        let text = match occurred.precision {
            Precision::Day => date,
            _ => words.with(
                Key::DateAndTime,
                [("date", date), ("time", clock_text(wall))],
            ),
        };
        Some(Self::of(occurred, wall, text, words))
    }

    /// A window: its beginning, and its end where that is another moment. One from midnight to
    /// midnight is told in days.
    pub fn window(
        from: Occurred,
        to: Occurred,
        words: &'static Words,
    ) -> Option<(Self, Option<Self>)> {
        let at_midnight = |it: Occurred| it.wall.rem_euclid(DAY_US) == 0;
        let precision = if at_midnight(from) && at_midnight(to) {
            Precision::Day
        } else {
            from.precision.min(to.precision)
        };
        let [from, to] = [from, to].map(|it| Self::whole(Occurred { precision, ..it }, words));
        let (from, to) = (from?, to?);
        let end = (from != to).then_some(to);
        Some((from, end))
    }

    /// An instant of ours, in UTC.
    pub fn ours(micros: i64, words: &'static Words) -> Option<Self> {
        let occurred = Occurred {
            wall: micros,
            offset: 0,
            offset_source: OffsetSource::Source,
            precision: Precision::Minute,
        };
        Self::whole(occurred, words)
    }

    fn of(occurred: Occurred, wall: DateTime, text: String, words: &'static Words) -> Self {
        let is_day = occurred.precision == Precision::Day;
        let is_instant = !is_day && occurred.offset_source != OffsetSource::Unknown;
        let datetime = match (is_day, is_instant) {
            (true, _) => wall.date().to_string(),
            (false, true) => format!("{}{}", to_the_second(wall), offset_text(occurred.offset)),
            (false, false) => to_the_second(wall),
        };
        Self {
            datetime,
            text,
            zone: (!is_day).then(|| Zone::of(occurred, words)),
            is_instant,
        }
    }

    /// All in one line, for sentences.
    pub fn sentence(&self) -> String {
        match &self.zone {
            Some(zone) => format!("{} ({})", self.text, zone.text),
            None => self.text.clone(),
        }
    }
}

impl Zone {
    fn of(occurred: Occurred, words: &'static Words) -> Self {
        let offset = match occurred.offset {
            0 => "UTC".to_owned(),
            minutes => format!("UTC{}", offset_text(minutes)),
        };
        match occurred.offset_source {
            OffsetSource::Source => Self {
                text: offset,
                why: None,
            },
            OffsetSource::Place | OffsetSource::Connection => Self {
                text: offset,
                why: Some(words.say(Key::ZoneRuled).into_owned()),
            },
            OffsetSource::Unknown => Self {
                text: words.say(Key::LocalTime).into_owned(),
                why: None,
            },
        }
    }
}

/// The day that the clock at the place showed: for machines and for people.
pub fn day(occurred: Occurred, words: &'static Words) -> Option<(String, String)> {
    let wall = wall(occurred)?;
    Some((wall.date().to_string(), date_text(wall, words)))
}

/// None for what no calendar holds.
fn wall(occurred: Occurred) -> Option<DateTime> {
    let timestamp = Timestamp::from_microsecond(occurred.wall).ok()?;
    Some(Offset::UTC.to_datetime(timestamp))
}

fn date_text(wall: DateTime, words: &'static Words) -> String {
    let weekday = words.weekday(wall.weekday().to_monday_one_offset());
    words.with(
        Key::Date,
        [
            ("weekday", weekday),
            ("day", wall.day().to_string().into()),
            ("month", words.month(wall.month())),
            ("year", wall.year().to_string().into()),
        ],
    )
}

fn clock_text(wall: DateTime) -> String {
    format!("{:02}:{:02}", wall.hour(), wall.minute())
}

fn to_the_second(wall: DateTime) -> String {
    let (date, hour, minute, second) = (wall.date(), wall.hour(), wall.minute(), wall.second());
    format!("{date}T{hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::super::language::Language;
    use super::*;
    use trackway_model::time::parse;

    fn whole(text: &str, language: Language) -> (String, String) {
        let moment = Moment::whole(parse(text).unwrap(), Words::of(language)).unwrap();
        (moment.datetime.clone(), moment.sentence())
    }

    #[test]
    fn a_time_is_shown_as_it_was_told() {
        use Language::{Chinese, English, Vietnamese};
        let rows = [
            (
                "2024-05-06T16:10:02.4946223+07:00",
                English,
                "2024-05-06T16:10:02+07:00",
                "Monday, 6 May 2024, 16:10 (UTC+07:00)",
            ),
            (
                "2024-05-06 23:59:59",
                English,
                "2024-05-06T23:59:59",
                "Monday, 6 May 2024, 23:59 (local time)",
            ),
            ("2024-05-06", English, "2024-05-06", "Monday, 6 May 2024"),
            (
                "2024-05-06T00:00Z",
                English,
                "2024-05-06T00:00:00+00:00",
                "Monday, 6 May 2024, 00:00 (UTC)",
            ),
            (
                "2024-12-01T08:05-03:30",
                Vietnamese,
                "2024-12-01T08:05:00-03:30",
                "08:05 Chủ Nhật, 1 tháng 12, 2024 (UTC-03:30)",
            ),
            (
                "2024-05-06 16:10",
                Chinese,
                "2024-05-06T16:10:00",
                "2024年5月6日 星期一 16:10 (当地时间)",
            ),
        ];
        for (text, language, datetime, sentence) in rows {
            assert_eq!(whole(text, language), (datetime.into(), sentence.into()));
        }
    }

    #[test]
    fn a_zone_that_was_not_told_with_the_time_says_so() {
        let ruled = parse("2024-05-06 16:10:02")
            .unwrap()
            .with_offset(420, OffsetSource::Connection);
        let zone = Moment::clock(ruled, Words::of(Language::English))
            .unwrap()
            .zone
            .unwrap();
        assert_eq!(zone.text, "UTC+07:00");
        assert!(zone.why.is_some());
    }

    #[test]
    fn a_window_of_days_is_told_in_days() {
        let words = Words::of(Language::English);
        let told = |from: &str, to: &str| {
            let (from, to) = (parse(from).unwrap(), parse(to).unwrap());
            let (from, to) = Moment::window(from, to, words).unwrap();
            (from.sentence(), to.map(|to| to.sentence()))
        };
        let (monday, tuesday) = ("Monday, 3 June 2024", "Tuesday, 4 June 2024");
        assert_eq!(
            told("2024-06-03T00:00:00+07:00", "2024-06-04T00:00:00+07:00"),
            (monday.into(), Some(tuesday.into()))
        );
        assert_eq!(told("2024-06-03", "2024-06-03"), (monday.into(), None));
        assert_eq!(
            told("2024-06-03 08:00", "2024-06-03 12:00"),
            (
                format!("{monday}, 08:00 (local time)"),
                Some(format!("{monday}, 12:00 (local time)"))
            )
        );
    }

    #[test]
    fn a_day_has_no_clock() {
        let words = Words::of(Language::English);
        assert_eq!(Moment::clock(parse("2024-05-06").unwrap(), words), None);
    }
}
