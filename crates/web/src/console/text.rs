//! How the console says things: times, tones and the words of milestones.

use crate::pages::language::Language;
use crate::pages::parcel::Look;
use crate::pages::words::Words;
use serde::Deserialize;
use std::borrow::Cow;
use trackway_model::{Milestone, Stage};

/// An instant to the minute, `2026-03-05 10:11 +07:00`; any other text stays as it is.
pub fn minute(text: &str) -> String {
    let parts = || {
        let (date, time) = text.split_once('T')?;
        let clock = time.get(..5)?;
        let zone = time.get(5..)?.trim_start_matches([':', '.']);
        let zone = zone.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
        let zone = if zone == "Z" { "UTC" } else { zone };
        Some(format!("{date} {clock} {zone}").trim_end().to_owned())
    };
    parts().unwrap_or_else(|| text.to_owned())
}

/// The same of what may not be there.
pub fn maybe(text: Option<&str>) -> String {
    text.map(minute).unwrap_or_default()
}

/// `12 s`, `4 min`, `3 h`, `2 d`.
pub fn span(seconds: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "d"), (3_600, "h"), (60, "min")];
    let unit = UNITS.iter().find(|(length, _)| seconds >= 2 * length);
    unit.map_or_else(
        || format!("{seconds} s"),
        |(length, name)| format!("{} {name}", seconds / length),
    )
}

/// A name of ours as words: `ready_to_ship` is "ready to ship".
pub fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// A milestone as the tracking page says it.
pub fn milestone(name: &str) -> Cow<'static, str> {
    let known = Milestone::ALL.iter().find(|known| known.name() == name);
    known.map_or_else(
        || words(name).into(),
        |known| Words::of(Language::English).milestone(*known),
    )
}

/// A stage with its colours.
#[derive(Clone, Debug)]
pub struct Chip {
    pub tone: &'static str,
    pub text: Cow<'static, str>,
}

impl Chip {
    pub fn of_stage(name: &str) -> Self {
        let known = Stage::ALL.iter().find(|known| known.name() == name);
        let Some(known) = known else {
            return Self::plain(name);
        };
        Self {
            tone: Look::of(*known).tone,
            text: Words::of(Language::English).stage(*known),
        }
    }

    /// The state of an order or of what belongs to one.
    pub fn of_state(name: &str) -> Self {
        const TONES: &[(&str, &[&str])] = &[
            (
                "good",
                &["delivered", "completed", "received", "accepted", "paid"],
            ),
            (
                "bad",
                &["lost", "damaged", "cancelled", "refused", "parked"],
            ),
            (
                "wait",
                &["out_of_stock", "failed", "on_hold", "retrying", "open"],
            ),
            ("back", &["returning", "returned", "awaiting_return"]),
            ("quiet", &["draft", "new", "pending", "unfulfilled"]),
        ];
        let found = TONES.iter().find(|(_, names)| names.contains(&name));
        Self {
            tone: found.map_or("calm", |(tone, _)| tone),
            text: words(name).into(),
        }
    }

    fn plain(name: &str) -> Self {
        Self {
            tone: "quiet",
            text: words(name).into(),
        }
    }
}

/// A time with its offset, as the API tells it.
#[derive(Clone, Debug, Deserialize)]
pub struct Clock {
    time: String,
}

impl Clock {
    pub fn text(&self) -> String {
        minute(&self.time)
    }
}

/// Appends `name=value` for each that is given, as a query.
pub fn query(path: &str, pairs: &[(&str, &str)]) -> String {
    let given: Vec<_> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    match serde_urlencoded::to_string(&given) {
        Ok(query) if !query.is_empty() => format!("{path}?{query}"),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_cut_to_the_minute_and_other_texts_stay() {
        for (given, said) in [
            ("2026-11-10T10:43:41.4+07:00", "2026-11-10 10:43 +07:00"),
            ("2026-11-24T00:32:25.212292Z", "2026-11-24 00:32 UTC"),
            ("2026-11-24T00:32:25", "2026-11-24 00:32"),
            ("soon", "soon"),
            ("T", "T"),
        ] {
            assert_eq!(minute(given), said);
        }
    }

    #[test]
    fn a_query_holds_what_is_given() {
        assert_eq!(query("/a", &[("x", ""), ("y", "1 2")]), "/a?y=1+2");
        assert_eq!(query("/a", &[("x", "")]), "/a");
    }

    #[test]
    fn a_stage_has_the_words_and_the_colours_of_the_tracking_page() {
        let chip = Chip::of_stage("delivered");
        assert_eq!((chip.tone, &*chip.text), ("good", "Delivered"));
        assert_eq!(Chip::of_stage("what_is_this").text, "what is this");
        assert_eq!(milestone("out_for_delivery"), "Out for delivery");
    }
}
