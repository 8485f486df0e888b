//! What belongs to a registration rather than to the parcel: whether anything was found of it, and
//! whether it has fallen silent. Never a stage: a view of state, registration and the time.
//!
//! Law: pure. A standing that the clock brought about is told once for each silence: see `Clock`.

use serde::{Deserialize, Serialize};

const DAY: i64 = 86_400_000_000;

/// How long a system waits before it says so, in microseconds. None: it never does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clocks {
    /// Nothing was found of a number since it was registered.
    pub no_record: Option<i64>,
    /// Nothing new was told of it: since the last news, or since it was registered.
    pub expired: Option<i64>,
}

impl Clocks {
    pub const NONE: Self = Self {
        no_record: None,
        expired: None,
    };

    pub const fn days(no_record: i64, expired: i64) -> Self {
        Self {
            no_record: Some(no_record * DAY),
            expired: Some(expired * DAY),
        }
    }
}

/// How a registration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nothing was found yet.
    Pending,
    /// Nothing was found for as long as its system waits.
    NoRecord,
    /// It is followed.
    Active,
    /// The parcel has come to its end.
    Ended,
    /// Nothing new for as long as its system waits: it is not asked about any more.
    Expired,
}

impl Standing {
    pub const ALL: &'static [Self] = &[
        Self::Pending,
        Self::NoRecord,
        Self::Active,
        Self::Ended,
        Self::Expired,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::NoRecord => "no_record",
            Self::Active => "active",
            Self::Ended => "ended",
            Self::Expired => "expired",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.name() == name)
    }

    /// Whether the clock alone brings it about.
    pub const fn is_by_clock(self) -> bool {
        matches!(self, Self::NoRecord | Self::Expired)
    }
}

/// What the standing follows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    pub registered: i64,
    /// When something new was told of it last; None: nothing was found.
    pub news: Option<i64>,
    /// Whether its newest journey is in a final stage.
    pub ended: bool,
}

impl Facts {
    /// Since when it is silent: what a period is counted from.
    pub fn silent_since(&self) -> i64 {
        self.news.unwrap_or(self.registered).max(self.registered)
    }

    /// How the registration stands.
    pub fn standing(&self, clocks: Clocks, now: i64) -> Standing {
        let over = |period: Option<i64>| {
            period.is_some_and(|period| now.saturating_sub(self.silent_since()) >= period)
        };
        match self.news {
            Some(_) if self.ended => Standing::Ended,
            Some(_) | None if over(clocks.expired) => Standing::Expired,
            Some(_) => Standing::Active,
            None if over(clocks.no_record) => Standing::NoRecord,
            None => Standing::Pending,
        }
    }

    /// When the clock may change the standing next, if nothing is told until then; None: never. Once
    /// all has run out, a period later: what was told meanwhile begins another silence, which can't
    /// run out earlier.
    pub fn next(&self, clocks: Clocks, now: i64) -> Option<i64> {
        let since = self.silent_since();
        let no_record = clocks.no_record.filter(|_| self.news.is_none());
        let ends = [no_record, clocks.expired].into_iter().flatten();
        let to_come = ends
            .map(|period| since.saturating_add(period))
            .filter(|at| *at > now);
        let again = clocks.expired.map(|period| now.saturating_add(period));
        to_come.min().or(again)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCKS: Clocks = Clocks::days(3, 60);

    fn facts(news: Option<i64>) -> Facts {
        Facts {
            registered: 10 * DAY,
            news,
            ended: false,
        }
    }

    #[test]
    fn a_standing_follows_from_what_was_told_and_the_time() {
        let at = |facts: Facts, day: i64| facts.standing(CLOCKS, day * DAY);
        let nothing = facts(None);
        assert_eq!(at(nothing, 12), Standing::Pending);
        assert_eq!(at(nothing, 13), Standing::NoRecord);
        assert_eq!(at(nothing, 70), Standing::Expired);
        let told = facts(Some(20 * DAY));
        assert_eq!(at(told, 79), Standing::Active);
        assert_eq!(at(told, 80), Standing::Expired);
        let ended = Facts {
            ended: true,
            ..told
        };
        assert_eq!(at(ended, 900), Standing::Ended);
        // What was known before it was registered is no news of it.
        assert_eq!(at(facts(Some(DAY)), 69), Standing::Active);
        assert_eq!(
            facts(None).standing(Clocks::NONE, i64::MAX),
            Standing::Pending
        );
    }

    #[test]
    fn a_look_never_comes_after_a_change() {
        for news in [None, Some(12 * DAY), Some(40 * DAY)] {
            let facts = facts(news);
            // Nobody knows of news before they are told.
            let mut now = facts.silent_since();
            while now < 400 * DAY {
                let next = facts.next(CLOCKS, now).unwrap();
                assert!(next > now);
                // Neither as it is, nor with news that come meanwhile.
                let same = facts.standing(CLOCKS, now);
                assert_eq!(facts.standing(CLOCKS, next - 1), same, "{news:?} {now}");
                let later = Facts {
                    news: Some(now + 1),
                    ..facts
                };
                assert_eq!(later.standing(CLOCKS, next - 1), Standing::Active);
                now = next;
            }
        }
        assert_eq!(facts(None).next(Clocks::NONE, 0), None);
    }
}
