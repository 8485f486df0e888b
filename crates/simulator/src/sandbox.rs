//! Journeys for any number: what test mode shows. A number's own ending chooses the scenario, its carrier
//! whether it is a parcel, a bill of lading with its containers or an air waybill.
//!
//! Guarantee: an answer is a pure function of (the number, the instant since which it is known, the
//! time that a journey takes, now). The journey lies in the past of its first look-up, so that no
//! time is ever ahead of the real one, and is told from its beginning within the time given.

use crate::draw::Draw;
use crate::journey::{Course, Fate, Happening, USUAL};
use crate::scenario::PLAIN;
use crate::seen::Seen;
use crate::{air, express247, keydelivery, ocean, track123, words};
use std::fmt::Write as _;
use trackway_dialects::express247::errors::ORDERCODE_NOT_FOUND;
use trackway_dialects::keydelivery::{Code, code_of};
use trackway_numbers::catalog::{self, Mode};

/// All sandboxes are of one seed: a number has the same journey wherever it is tried.
const SEED: u64 = 247;

/// As many bills have containers of their own.
const MOST_BILLS: i64 = 90_000;

/// What is asked of a number.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub dialect: &'a str,
    /// Our carrier code.
    pub carrier: &'a str,
    pub number: &'a str,
    /// When the number was asked about first, in microseconds since the epoch, as all times here.
    pub since: i64,
    pub now: i64,
    /// How long its journey takes to be told.
    pub takes: i64,
}

/// What the simulated system answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub body: Vec<u8>,
    /// When it will have more to tell; None: never.
    pub again: Option<i64>,
}

/// An ending of a number, and what it makes of the journey.
#[derive(Clone, Copy, Debug)]
pub struct Ending {
    pub ending: &'static str,
    pub does: &'static str,
    course: Course,
}

const fn ends(ending: &'static str, fate: &'static [(i64, Fate)], does: &'static str) -> Ending {
    Ending {
        ending,
        does,
        course: Course {
            fates: fate,
            failures: (0, 1),
            abroad: 0,
            city: 0,
            ..USUAL
        },
    }
}

const DELIVERED: &[(i64, Fate)] = &[(100, Fate::Delivered)];

/// The table. An ending stands at the end of a number, after a hyphen, in any case.
pub static ENDINGS: &[Ending] = &[
    ends("DELIVERED", DELIVERED, "arrives at the first attempt"),
    ends(
        "RETURNED",
        &[(100, Fate::Returned)],
        "is not taken and goes back to its sender",
    ),
    ends("LOST", &[(100, Fate::Lost)], "is lost on its way"),
    ends(
        "CANCELLED",
        &[(100, Fate::Cancelled)],
        "is cancelled before it is picked up",
    ),
    ends(
        "SEIZED",
        &[(100, Fate::Seized)],
        "is seized by the authorities",
    ),
    Ending {
        course: Course {
            failures: (1, 2),
            ..ends("", DELIVERED, "").course
        },
        ..ends(
            "FAILED",
            DELIVERED,
            "fails once and then arrives; `-FAILED-12` fails with 247Express's delay code 12",
        )
    },
    Ending {
        course: Course {
            abroad: 100,
            ..ends("", DELIVERED, "").course
        },
        ..ends(
            "CUSTOMS",
            DELIVERED,
            "comes through customs, which only the aggregators tell",
        )
    },
    Ending {
        course: Course {
            unknown: 100,
            ..ends("", DELIVERED, "").course
        },
        ..ends("NORECORD", DELIVERED, "is never known to the carrier")
    },
];

/// Before any ending: the whole journey at once.
pub const AT_ONCE: &str = "DONE";

/// What a number wishes for.
struct Wish {
    course: Course,
    at_once: bool,
}

impl Wish {
    /// A number that wishes nothing has one of the usual journeys.
    fn of(number: &str) -> Self {
        let mut words: Vec<&str> = number.split('-').skip(1).collect();
        let at_once = words.last() == Some(&AT_ONCE);
        if at_once {
            words.pop();
        }
        let delay = words.last().and_then(|code| words::delay(code));
        if delay.is_some() {
            words.pop();
        }
        let wished = words
            .last()
            .and_then(|word| ENDINGS.iter().find(|known| known.ending == *word));
        Self {
            course: Course {
                delay,
                ..wished.map_or(USUAL, |wished| wished.course)
            },
            at_once,
        }
    }
}

/// What a simulated system answers of a number: by its carrier a parcel's, a bill's or a waybill's.
pub fn answer(asked: &Asked<'_>) -> Answer {
    let carrier = catalog::in_force().get(asked.carrier);
    let carries = |mode| carrier.is_some_and(|carrier| carrier.carries(mode));
    if carries(Mode::Parcel) {
        parcel(asked)
    } else if carries(Mode::Ocean) {
        cargo(asked, bill)
    } else if carries(Mode::Air) {
        cargo(asked, waybill)
    } else {
        parcel(asked)
    }
}

/// What happens to a cargo that is born at an instant.
struct Sailing {
    /// When something new is to be told of it.
    news: Vec<i64>,
    /// Its record at an instant; None before anything is known.
    record: Box<dyn Fn(i64) -> Option<Vec<u8>>>,
}

fn bill(draw: Draw, number: &str, birth: i64) -> Sailing {
    let index = draw.between("bill", 0, 0, MOST_BILLS);
    let numbers = ocean::containers(draw, u32::try_from(index).unwrap_or_default());
    let script = ocean::script(draw, birth, numbers.len());
    let number = number.to_owned();
    Sailing {
        news: script.iter().flat_map(ocean::Step::news).collect(),
        record: Box::new(move |at| ocean::record(&number, &numbers, None, &script, at)),
    }
}

fn waybill(draw: Draw, number: &str, birth: i64) -> Sailing {
    let script = air::script(draw, birth);
    let number = number.to_owned();
    Sailing {
        news: script.steps.iter().flat_map(air::Step::news).collect(),
        record: Box::new(move |at| air::record(&number, &script, at)),
    }
}

/// A cargo's, which Track123 alone tells of. Of the endings a number that is never known, and the whole
/// journey at once, are wishes that it can have.
fn cargo(asked: &Asked<'_>, sailing: fn(Draw, &str, i64) -> Sailing) -> Answer {
    let number = asked.number.trim();
    let sought = number.to_ascii_uppercase();
    let never = |again| Answer {
        body: nothing_known(asked.dialect, number),
        again,
    };
    let is_unknown = sought.split('-').skip(1).any(|word| word == "NORECORD");
    if asked.dialect != track123::NAME || is_unknown {
        return never(None);
    }
    let draw = Draw::of_number(SEED, &sought);
    let length = |of: &Sailing, birth: i64| of.news.iter().max().map_or(0, |last| last - birth);
    let begin = asked.since - length(&sailing(draw, number, 0), 0);
    let mut sailing = sailing(draw, number, begin);
    sailing.news.sort_unstable();
    let length = length(&sailing, begin);
    let told = if Wish::of(&sought).at_once {
        begin + length
    } else {
        begin + scaled(asked.now - asked.since, length, asked.takes)
    };
    let after = sailing.news.partition_point(|at| *at <= told);
    let again = sailing.news.get(after).map(|at| {
        let ahead = scaled(at - begin, asked.takes, length);
        asked.since + ahead + 1
    });
    match (sailing.record)(told) {
        Some(record) => Answer {
            body: track123::cargo_answer(&record),
            again,
        },
        None => never(again),
    }
}

/// A parcel's.
fn parcel(asked: &Asked<'_>) -> Answer {
    let number = asked.number.trim();
    let sought = number.to_ascii_uppercase();
    let wish = Wish::of(&sought);
    let draw = Draw::of_number(SEED, &sought);
    let mut script = wish.course.script(draw, 0);
    let length = script.last().map_or(0, |end| end.at);
    // In whole seconds: what the systems print must not depend on the microsecond of a look-up.
    let begin = (asked.since - length) / 1_000_000 * 1_000_000;
    for happening in &mut script {
        happening.at += begin;
    }
    let told = if wish.at_once {
        begin + length
    } else {
        begin + scaled(asked.now - asked.since, length, asked.takes)
    };
    let carrier = code_of(asked.carrier).unwrap_or(asked.carrier);
    let seen = Seen::at(number, carrier, draw, &PLAIN, &script, told);
    let body = seen.and_then(|seen| match asked.dialect {
        keydelivery::NAME => keydelivery::document(&seen),
        track123::NAME => track123::answer(&track123::document(&seen)?),
        _ => express247::document(&seen),
    });
    Answer {
        body: body.unwrap_or_else(|| nothing_known(asked.dialect, number)),
        again: next(&script, told).map(|at| {
            let ahead = scaled(at - begin, asked.takes, length);
            // The next microsecond: rounding must not bring the look-up before its time.
            asked.since + ahead + 1
        }),
    }
}

fn nothing_known(dialect: &str, number: &str) -> Vec<u8> {
    match dialect {
        keydelivery::NAME => keydelivery::failure(Code::NoResult.number()),
        track123::NAME => track123::nothing(number),
        _ => express247::failure(ORDERCODE_NOT_FOUND),
    }
}

fn next(script: &[Happening], told: i64) -> Option<i64> {
    let after = script.partition_point(|happening| happening.at <= told);
    script.get(after).map(|happening| happening.at)
}

/// `value * to / from`, without overflow; nothing scales to nothing.
fn scaled(value: i64, to: i64, from: i64) -> i64 {
    let scaled = i128::from(value.max(0)) * i128::from(to) / i128::from(from.max(1));
    i64::try_from(scaled).unwrap_or(i64::MAX).min(to.max(0))
}

/// The table for people who read Markdown.
pub fn table() -> String {
    let mut out = String::from("| number ends in | the parcel |\n| --- | --- |\n");
    for Ending { ending, does, .. } in ENDINGS {
        let _ = writeln!(out, "| `-{ending}` | {does} |");
    }
    out
}
