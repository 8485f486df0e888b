//! What an upstream allows us: each dialect states what its system documents, and a connection
//! overrules it with settings, since what was agreed with a customer is rarely what is documented.

use crate::desk::Settings;
use crate::dialect::Call;
use crate::settings::SettingError;
use jiff::tz::TimeZone;
use trackway_model::quota::{Length, Limit, Quota, Window};

const PER_SECOND: &str = "quota_per_second";
const PER_MINUTE: &str = "quota_per_minute";
const PER_DAY: &str = "quota_per_day";
const ZONE: &str = "quota_zone";
const ROLLING: &str = "quota_rolling";
const RESERVE: &str = "quota_reserve";

/// The settings that every connection to an upstream may have besides its dialect's own.
pub const SETTINGS: &[&str] = &[PER_SECOND, PER_MINUTE, PER_DAY, ZONE, ROLLING, RESERVE];

/// Taken back: no such limit.
const NONE: &str = "none";
/// A day that begins with every call.
const ANY_TIME: &str = "rolling";

const NUMBER: &str = "a whole number of calls, or `none`";

/// What a system documents, or a connection sets. None: no such limit is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms<'a> {
    pub per_second: Option<u64>,
    pub per_minute: Option<u64>,
    pub per_day: Option<u64>,
    /// IANA name of the zone at whose midnight the day's calls are there again, or `rolling`.
    pub zone: Option<&'a str>,
    /// Calls in any stretch of so many seconds.
    pub rolling: Option<(u64, u32)>,
    /// Hundredths of a day's calls (and of a long rolling window's) that are kept for what people
    /// ask for.
    pub reserve: Option<u8>,
}

/// What holds for a connection.
pub fn of(call: &dyn Call, settings: &Settings) -> Result<Quota, SettingError> {
    call.terms().overruled(settings)?.quota()
}

impl<'a> Terms<'a> {
    fn overruled(self, settings: &'a Settings) -> Result<Self, SettingError> {
        let calls = |name, documented| match settings.get(name) {
            None => Ok(documented),
            Some(text) if text == NONE => Ok(None),
            Some(text) => whole(name, text).map(Some),
        };
        Ok(Self {
            per_second: calls(PER_SECOND, self.per_second)?,
            per_minute: calls(PER_MINUTE, self.per_minute)?,
            per_day: calls(PER_DAY, self.per_day)?,
            zone: settings.get(ZONE).map(String::as_str).or(self.zone),
            rolling: match settings.get(ROLLING) {
                None => self.rolling,
                Some(text) if text == NONE => None,
                Some(text) => Some(stretch(text)?),
            },
            reserve: match settings.get(RESERVE) {
                None => self.reserve,
                Some(text) => Some(share(text)?),
            },
        })
    }

    fn quota(self) -> Result<Quota, SettingError> {
        let day = match self.zone {
            Some(ANY_TIME) => Window::Rolling(Length::DAY),
            None => Window::Day(TimeZone::UTC),
            Some(name) => Window::Day(TimeZone::get(name).map_err(|_| bad_zone(name))?),
        };
        let rolling = match self.rolling {
            None => None,
            Some((calls, seconds)) => {
                let length = Length::seconds(seconds).ok_or_else(|| bad_stretch(calls, seconds))?;
                Some((calls, Window::Rolling(length)))
            }
        };
        let limits = [
            self.per_second
                .map(|calls| (calls, Window::Rolling(Length::SECOND))),
            self.per_minute
                .map(|calls| (calls, Window::Rolling(Length::MINUTE))),
            self.per_day.map(|calls| (calls, day)),
            rolling,
        ];
        let limits = limits.into_iter().flatten();
        let limits = limits
            .map(|(calls, window)| Limit { calls, window })
            .collect();
        Ok(Quota::new(limits, self.reserve.unwrap_or(Quota::RESERVE)))
    }
}

const fn bad(name: &'static str, value: String, wanted: &'static str) -> SettingError {
    SettingError::Value {
        name,
        value,
        wanted,
    }
}

fn whole(name: &'static str, text: &str) -> Result<u64, SettingError> {
    // What a database counts in.
    let number = text.parse::<u32>().map(u64::from);
    number.map_err(|_| bad(name, text.to_owned(), NUMBER))
}

fn share(text: &str) -> Result<u8, SettingError> {
    let share = text.parse::<u8>().ok().filter(|share| *share <= 100);
    share.ok_or_else(|| bad(RESERVE, text.to_owned(), "hundredths, from 0 to 100"))
}

const STRETCH: &str = "`calls/seconds`, such as `1000/3600` (at most 31 days), or `none`";

fn stretch(text: &str) -> Result<(u64, u32), SettingError> {
    let parts = text.split_once('/');
    let parsed = parts.and_then(|(calls, seconds)| {
        let calls = calls.parse::<u32>().ok()?;
        Some((u64::from(calls), seconds.parse().ok()?))
    });
    parsed.ok_or_else(|| bad(ROLLING, text.to_owned(), STRETCH))
}

fn bad_stretch(calls: u64, seconds: u32) -> SettingError {
    bad(ROLLING, format!("{calls}/{seconds}"), STRETCH)
}

fn bad_zone(name: &str) -> SettingError {
    const WANTED: &str = "an IANA time zone such as `Asia/Ho_Chi_Minh`, or `rolling`";
    bad(ZONE, name.to_owned(), WANTED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn of_247(pairs: &[(&str, &str)]) -> Result<Quota, SettingError> {
        let call = registry::find("247express").unwrap().call().unwrap();
        of(call, &settings(pairs))
    }

    fn told(quota: &Quota) -> Vec<(u64, String)> {
        let limits = quota.limits().iter();
        limits
            .map(|limit| (limit.calls, limit.window.name()))
            .collect()
    }

    #[test]
    fn what_is_documented_holds_until_it_is_overruled() {
        let documented = of_247(&[]).unwrap();
        assert_eq!(
            told(&documented),
            [(200_000, "day Asia/Ho_Chi_Minh".to_owned())]
        );
        let set = of_247(&[
            ("apikey", "1111"),
            ("quota_per_day", "250"),
            ("quota_per_second", "2"),
            ("quota_per_minute", "30"),
            ("quota_zone", "Asia/Shanghai"),
            ("quota_rolling", "1000/3600"),
        ]);
        let wanted = [
            (2, "1 s"),
            (30, "60 s"),
            (250, "day Asia/Shanghai"),
            (1_000, "3600 s"),
        ];
        assert_eq!(
            told(&set.unwrap()),
            wanted.map(|(n, name)| (n, name.to_owned()))
        );
        assert_eq!(told(&of_247(&[("quota_per_day", "none")]).unwrap()), []);
        let rolling = of_247(&[("quota_zone", "rolling")]).unwrap();
        assert_eq!(told(&rolling), [(200_000, "86400 s".to_owned())]);
        let none_left = of_247(&[("quota_per_day", "0")]).unwrap();
        assert_eq!(told(&none_left), [(0, "day Asia/Ho_Chi_Minh".to_owned())]);
    }

    #[test]
    fn a_part_is_kept_for_people() {
        let kept = |pairs| {
            let quota = of_247(pairs).unwrap();
            quota.reserved(&quota.limits()[0])
        };
        assert_eq!(kept(&[]), 20_000);
        assert_eq!(kept(&[("quota_per_day", "250"), ("quota_reserve", "0")]), 0);
        assert_eq!(
            kept(&[("quota_per_day", "250"), ("quota_reserve", "100")]),
            250
        );
        assert_eq!(kept(&[("quota_per_day", "9")]), 0);
    }

    #[test]
    fn a_slip_of_the_pen_is_told() {
        for (name, value) in [
            (PER_DAY, "many"),
            (PER_DAY, "-1"),
            (PER_SECOND, "1.5"),
            (ZONE, "Mars/Olympus"),
            (ROLLING, "1000"),
            (ROLLING, "1000/0"),
            (ROLLING, "1000/99999999"),
            (RESERVE, "101"),
        ] {
            let told = of_247(&[(name, value)]).unwrap_err();
            assert!(told.to_string().contains(name), "{told}");
        }
    }

    #[test]
    fn every_system_has_a_key_that_its_calls_are_counted_by() {
        for call in registry::DIALECTS
            .iter()
            .filter_map(|dialect| dialect.call())
        {
            let (required, _) = call.settings();
            assert!(required.contains(&call.counted_by()));
            assert!(of(call, &Settings::new()).is_ok());
        }
    }
}
