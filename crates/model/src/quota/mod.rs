//! Quotas: how many calls an upstream allows in which window, and what a call must be paid with.
//!
//! Law: whatever the nodes, their deaths and the moments of their calls, an upstream never gets more
//! calls in a window than its limit says. Three things keep it, and nothing else is needed:
//!
//! - The ledger (the store) grants calls by one conditional addition: at most so many are counted
//!   over a range of numbers. A number stands for a day, for a part of a rolling window, or for the
//!   moment at which a slot is free again; [`Window::entry`] says which numbers a call must be
//!   counted under, and which of them count against it.
//! - A call that was paid for at one moment arrives within [`FLIGHT`] of it, or never: its coin can't
//!   be sent later. It is counted in every window in which it can arrive.
//! - What a node took and did not use is lost with the node: nobody ever guesses that a call was not
//!   made.
//!
//! A day is counted by its date in the zone in which it ends. A rolling window that is long is cut
//! into [`PARTS`] equal parts, and a call counts against every other one that is at most as many
//! parts away: two calls in one window can't be further apart. A short one is kept by slots: a call
//! holds one from before it is sent until the window's length after its answer came, so that calls
//! that arrive within one window all hold a slot when the last of them begins. That needs no
//! assumption of how long an answer takes, and costs no more than that time.
//!
//! Nothing here reads a clock: a moment is what a node knows of the clock that all share.

mod pocket;

pub use pocket::{Pocket, Want};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use smallvec::SmallVec;

const SECOND: i64 = 1_000_000;

/// The longest time from paying for a call to the arrival of its last byte.
pub const FLIGHT: i64 = 30 * SECOND;
/// How far an upstream's clock may be from ours where a day ends.
pub const EDGE: i64 = 60 * SECOND;
/// The parts into which a long rolling window is cut.
pub const PARTS: i64 = 48;
/// Rolling windows up to this length are kept by slots.
const SHORT: i64 = 600 * SECOND;
/// The longest rolling window.
const LONGEST: i64 = 31 * 86_400 * SECOND;
/// Parts of a short window to which the end of a slot is rounded up.
const GRAINS: i64 = 32;

/// The moment, as far as a node knows it, in microseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    pub earliest: i64,
    pub latest: i64,
}

impl Moment {
    /// A moment that is known to the microsecond.
    pub const fn exactly(at: i64) -> Self {
        Self {
            earliest: at,
            latest: at,
        }
    }
}

/// The time over which calls are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Window {
    /// Any stretch of this length, wherever it begins.
    Rolling(Length),
    /// From midnight to midnight in a zone.
    Day(TimeZone),
}

/// The length of a rolling window, in microseconds: from a second to a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Length(i64);

impl Length {
    pub const SECOND: Self = Self(SECOND);
    pub const MINUTE: Self = Self(60 * SECOND);
    pub const DAY: Self = Self(86_400 * SECOND);

    /// None where it is shorter than a second or longer than 31 days.
    pub const fn seconds(seconds: u32) -> Option<Self> {
        let length = seconds as i64 * SECOND;
        if length < SECOND || length > LONGEST {
            None
        } else {
            Some(Self(length))
        }
    }

    pub const fn micros(self) -> i64 {
        self.0
    }

    const fn is_short(self) -> bool {
        self.0 <= SHORT
    }

    const fn grain(self) -> i64 {
        self.0 / GRAINS
    }

    /// So long that two calls of one window are never more than [`PARTS`] numbers apart.
    const fn part(self) -> i64 {
        (self.0 + FLIGHT + EDGE) / PARTS + 1
    }
}

/// So many calls in a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    pub calls: u64,
    pub window: Window,
}

/// Every limit that a call is under. None at all: nothing is known of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    limits: Vec<Limit>,
    /// Hundredths of each long window's calls that are kept for people.
    reserve: u8,
}

/// Where a call is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Under which number.
    pub number: i64,
    /// The first and the last number that count against it.
    pub counted: (i64, i64),
    /// Numbers below this one never count again.
    pub forget: i64,
}

impl Window {
    /// What tells it from other windows of the same upstream, in the ledger and for people.
    pub fn name(&self) -> String {
        match self {
            Self::Rolling(length) => format!("{} s", length.0 / SECOND),
            Self::Day(zone) => format!("day {}", zone.iana_name().unwrap_or("UTC")),
        }
    }

    /// What it is, in a word.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Rolling(Length::SECOND) => "second",
            Self::Rolling(Length::MINUTE) => "minute",
            Self::Rolling(_) => "rolling",
            Self::Day(_) => "day",
        }
    }

    /// The zone at whose midnight it begins.
    pub fn zone(&self) -> Option<&str> {
        match self {
            Self::Rolling(_) => None,
            Self::Day(zone) => Some(zone.iana_name().unwrap_or("UTC")),
        }
    }

    /// Its length in seconds, where it rolls.
    pub const fn seconds(&self) -> Option<u64> {
        match self {
            Self::Rolling(length) => Some(length.0.unsigned_abs() / SECOND.unsigned_abs()),
            Self::Day(_) => None,
        }
    }

    /// Whether it is kept by slots, which are taken one by one and given back.
    pub const fn has_slots(&self) -> bool {
        matches!(self, Self::Rolling(length) if length.is_short())
    }

    /// Where a call that is paid for at a moment is counted; a day and the next one where it can
    /// arrive in either.
    pub fn entries(&self, now: Moment) -> SmallVec<[Entry; 2]> {
        match self {
            Self::Rolling(length) if length.is_short() => {
                SmallVec::from_iter([Self::slot(*length, now)])
            }
            Self::Rolling(length) => SmallVec::from_iter([Self::part(*length, now)]),
            Self::Day(zone) => {
                let days = days(zone, now.earliest - EDGE, now.latest + FLIGHT + EDGE);
                days.into_iter().map(Entry::day).collect()
            }
        }
    }

    /// What counts at an instant, for people to see.
    pub fn current(&self, now: i64) -> Entry {
        let now = Moment::exactly(now);
        match self {
            Self::Rolling(length) if length.is_short() => Self::slot(*length, now),
            Self::Rolling(length) => Self::part(*length, now),
            Self::Day(zone) => Entry::day(day(zone, now.earliest)),
        }
    }

    fn slot(length: Length, now: Moment) -> Entry {
        let grain = length.grain();
        let from = now.earliest.div_euclid(grain) + 1;
        Entry {
            number: up(now.latest + FLIGHT + length.0, grain),
            counted: (from, i64::MAX),
            forget: from - EDGE / grain,
        }
    }

    fn part(length: Length, now: Moment) -> Entry {
        let number = now.earliest.div_euclid(length.part());
        Entry {
            number,
            counted: (number - PARTS, number + PARTS),
            forget: number - 2 * PARTS,
        }
    }

    /// The number that a slot moves to when the call's answer came at a moment.
    pub fn settled(&self, ended: Moment) -> Option<i64> {
        match self {
            Self::Rolling(length) if length.is_short() => {
                Some(up(ended.latest + length.0, length.grain()))
            }
            Self::Rolling(_) | Self::Day(_) => None,
        }
    }

    /// When there may be room again in an entry that is full. `oldest` is the least number that
    /// counts and holds a call.
    pub fn room_at(&self, entry: &Entry, oldest: i64) -> i64 {
        match self {
            Self::Rolling(length) if length.is_short() => oldest.saturating_mul(length.grain()),
            Self::Rolling(length) => (oldest + PARTS + 1).saturating_mul(length.part()),
            Self::Day(zone) => midnight_after(zone, entry.number) + EDGE,
        }
    }

    /// When everything that was used up by now is there again.
    pub fn renewed_at(&self, now: i64) -> i64 {
        match self {
            Self::Rolling(length) => now.saturating_add(length.0),
            Self::Day(zone) => midnight_after(zone, day(zone, now)),
        }
    }
}

impl Entry {
    const fn day(number: i64) -> Self {
        Self {
            number,
            counted: (number, number),
            forget: number - 1,
        }
    }
}

impl Quota {
    /// Hundredths that are kept for people unless it is set.
    pub const RESERVE: u8 = 10;

    pub fn new(limits: Vec<Limit>, reserve: u8) -> Self {
        Self {
            limits,
            reserve: reserve.min(100),
        }
    }

    pub fn limits(&self) -> &[Limit] {
        &self.limits
    }

    /// Calls of a limit that are kept for people.
    pub fn reserved(&self, limit: &Limit) -> u64 {
        if limit.window.has_slots() {
            return 0;
        }
        let part = u128::from(limit.calls) * u128::from(self.reserve) / 100;
        u64::try_from(part).unwrap_or(limit.calls)
    }

    /// Calls of a limit that may be used: all by people, and all but the reserve by the schedule.
    pub fn allowed(&self, limit: &Limit, by_people: bool) -> u64 {
        let kept = if by_people { 0 } else { self.reserved(limit) };
        limit.calls - kept
    }

    /// What holds where both do: of two limits over the same window the lower one.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        for limit in &other.limits {
            match self.limits.iter_mut().find(|l| l.window == limit.window) {
                Some(known) => known.calls = known.calls.min(limit.calls),
                None => self.limits.push(limit.clone()),
            }
        }
        self.reserve = self.reserve.max(other.reserve);
        self
    }
}

fn up(instant: i64, grain: i64) -> i64 {
    instant.div_euclid(grain) + 1
}

fn timestamp(instant: i64) -> Timestamp {
    Timestamp::from_microsecond(instant).unwrap_or(if instant < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

const FIRST: Date = Date::constant(1970, 1, 1);

/// The day of an instant in a zone, counted from 1970.
fn day(zone: &TimeZone, instant: i64) -> i64 {
    let date = zone.to_datetime(timestamp(instant)).date();
    FIRST
        .until(date)
        .map_or(0, |span| i64::from(span.get_days()))
}

/// Every day that a stretch of time touches. Clocks that are set back may show the next day for a
/// moment in between.
fn days(zone: &TimeZone, from: i64, to: i64) -> Vec<i64> {
    let turns = zone.following(timestamp(from)).map(|turn| turn.timestamp());
    let turns = turns.map(Timestamp::as_microsecond);
    let between = turns.take_while(|turn| *turn <= to);
    let mut days: Vec<i64> = [from, to]
        .into_iter()
        .chain(between.flat_map(|turn| [turn - 1, turn]))
        .map(|instant| day(zone, instant))
        .collect();
    days.sort_unstable();
    days.dedup();
    days
}

/// When the day after one begins: not always at midnight, where clocks are set forward then.
fn midnight_after(zone: &TimeZone, number: i64) -> i64 {
    let next = jiff::Span::new().try_days(number + 1);
    next.and_then(|span| FIRST.checked_add(span))
        .and_then(|date| date.to_zoned(zone.clone()))
        .map_or(i64::MAX, |begins| begins.timestamp().as_microsecond())
}

#[cfg(test)]
mod tests;
