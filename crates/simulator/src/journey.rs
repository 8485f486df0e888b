//! A parcel's journey: what happens to it and when, scripted from its birth to its end. A pure
//! function of the draws and of the course; who looks at an instant sees the part up to then.
//!
//! Laws, tested: a journey ends in one final status, which is its last happening, within
//! [`LONGEST`]; no two happenings of a parcel share a minute; only what the systems' tables have is
//! ever told.

use crate::draw::Draw;
use crate::office::{OFFICES, Office};
use crate::words::{self, Delay, Outlook};

pub const MINUTE: i64 = 60_000_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// No journey takes longer, from birth to end.
pub const LONGEST: i64 = 12 * DAY;
/// After a journey's end a carrier does not use its number for so long.
const NUMBER_RESTS: i64 = 61 * DAY;

/// How a journey ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Delivered,
    Returned,
    Cancelled,
    Lost,
    Seized,
}

/// An order's status, as 247Express numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Pending = 16,
    Cancelled = 18,
    Lost = 19,
    Accepted = 21,
    PickedUp = 23,
    InTransit = 24,
    Delivering = 25,
    Returning = 27,
    Returned = 28,
    Delivered = 30,
    Seized = 32,
}

impl Status {
    /// Nothing follows it.
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Cancelled | Self::Lost | Self::Returned | Self::Delivered | Self::Seized
        )
    }
}

/// A scan of a parcel, as 247Express numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scan {
    Entered = 0,
    Packed = 2,
    Forwarding = 3,
    AtOffice = 4,
    Out = 5,
    ToCourier = 10,
}

/// One thing that happens: a new status, a scan, both at once, or something that the aggregator
/// alone tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happening {
    /// Microseconds since the epoch.
    pub at: i64,
    /// Which journey under its number it belongs to.
    pub journey: u16,
    pub status: Option<Status>,
    pub scan: Option<Scan>,
    /// Why it was not delivered.
    pub delay: Option<Delay>,
    /// KeyDelivery's number for it; None where its table has no word.
    pub aggregated: Option<&'static str>,
    pub office: &'static Office,
}

impl Happening {
    /// Whether the carrier itself tells of it.
    pub const fn by_carrier(&self) -> bool {
        self.status.is_some() || self.scan.is_some()
    }

    /// Whether the aggregator tells of it.
    pub const fn by_aggregator(&self) -> bool {
        self.aggregated.is_some()
    }
}

/// What journeys are like; chances out of a hundred.
#[derive(Clone, Copy, Debug)]
pub struct Course {
    /// The first whose bound is above the lot is the parcel's.
    pub fates: &'static [(i64, Fate)],
    /// Failed attempts: at least, and below.
    pub failures: (i64, i64),
    /// Of this delay only; any where none is named.
    pub delay: Option<Delay>,
    /// Comes through customs, which the aggregator alone tells.
    pub abroad: i64,
    /// Stays in the city and arrives within hours.
    pub city: i64,
    /// The number is used for a second journey.
    pub again: bool,
    /// Nothing is ever known of the number.
    pub unknown: i64,
}

/// What a carrier's days are like.
pub const USUAL: Course = Course {
    fates: &[
        (80, Fate::Delivered),
        (90, Fate::Returned),
        (95, Fate::Cancelled),
        (98, Fate::Lost),
        (100, Fate::Seized),
    ],
    failures: (-3, 3),
    delay: None,
    abroad: 15,
    city: 20,
    again: false,
    unknown: 0,
};

impl Course {
    /// All that ever happens under a number, oldest first; its first journey begins at `birth`.
    pub fn script(&self, draw: Draw, birth: i64) -> Vec<Happening> {
        if draw.chance("unknown", 0, self.unknown) {
            return Vec::new();
        }
        let mut all = self.journey(draw, birth, 0);
        if self.again {
            let ended = all.last().map_or(birth, |end| end.at);
            all.extend(self.journey(draw.again(1), ended + NUMBER_RESTS, 1));
        }
        all
    }

    /// From the first birth to the last end.
    pub const fn longest(&self) -> i64 {
        if self.again {
            NUMBER_RESTS + 2 * LONGEST
        } else {
            LONGEST
        }
    }

    /// How a parcel's journey ends.
    pub fn fate(&self, draw: Draw) -> Fate {
        let lot = draw.between("fate", 0, 0, 100);
        self.fates
            .iter()
            .find(|(below, _)| lot < *below)
            .map_or(Fate::Delivered, |(_, fate)| *fate)
    }

    fn journey(&self, draw: Draw, birth: i64, journey: u16) -> Vec<Happening> {
        let first = draw.pick("office", 0, OFFICES);
        let mut script = Script {
            draw,
            delay: self.delay,
            journey,
            now: birth,
            office: first,
            written: Vec::new(),
        };
        let fate = self.fate(draw);
        script.status(Status::Accepted);
        if fate == Fate::Cancelled {
            script.hours(1, 8);
            script.status(Status::Cancelled);
            return script.written;
        }
        let in_city = draw.chance("city", 0, self.city);
        if in_city {
            script.minutes(20, 60);
            script.picked_up();
        } else {
            if draw.chance("missed", 0, 10) {
                script.hours(1, 5);
                script.aside("205");
            }
            script.hours(1, 8);
            script.picked_up();
            script.travel(draw.chance("abroad", 0, self.abroad));
        }
        let (least, below) = self.failures;
        for _ in 0..draw.between("failures", 0, least, below) {
            script.fail(Outlook::Mendable, in_city);
        }
        script.end(fate, first, in_city);
        script.written
    }
}

/// Writes happenings one after the other.
struct Script {
    draw: Draw,
    delay: Option<Delay>,
    journey: u16,
    now: i64,
    office: &'static Office,
    written: Vec<Happening>,
}

impl Script {
    fn nth(&self) -> usize {
        self.written.len()
    }

    /// Time passes: so many minutes, to a fraction that 247Express would print.
    fn minutes(&mut self, from: i64, to: i64) {
        let nth = self.nth();
        let fractions = [0, 400_000, 410_000, 920_000, 323_000, 494_622];
        let drawn = self.draw.between("wait", nth, from * MINUTE, to * MINUTE);
        let second = self.now / 1_000_000 + (drawn / 1_000_000).max(180);
        self.now = second * 1_000_000 + self.draw.pick("fraction", nth, &fractions);
    }

    fn hours(&mut self, from: i64, to: i64) {
        self.minutes(from * 60, to * 60);
    }

    fn pick(&self, of: &'static [&'static str]) -> &'static str {
        let drawn: &&'static str = self.draw.pick("number", self.nth(), of);
        drawn
    }

    fn write(&mut self, status: Option<Status>, scan: Option<Scan>, delay: Option<Delay>) {
        let aggregated = match (status, scan) {
            (Some(status), _) => self.told_of(status, delay),
            (None, Some(scan)) => Some(self.told_of_scan(scan)),
            (None, None) => None,
        };
        self.push(status, scan, delay, aggregated);
    }

    fn push(
        &mut self,
        status: Option<Status>,
        scan: Option<Scan>,
        delay: Option<Delay>,
        aggregated: Option<&'static str>,
    ) {
        self.written.push(Happening {
            at: self.now,
            journey: self.journey,
            status,
            scan,
            delay,
            aggregated,
            office: self.office,
        });
    }

    fn status(&mut self, status: Status) {
        self.write(Some(status), None, None);
    }

    fn scan(&mut self, scan: Scan) {
        self.write(None, Some(scan), None);
    }

    /// What the aggregator alone tells, in whole seconds as it writes them.
    fn aside(&mut self, number: &'static str) {
        self.now -= self.now % 1_000_000;
        self.push(None, None, None, Some(number));
    }

    /// The aggregator's number for a status: often the plain one, sometimes a finer one.
    fn told_of(&self, status: Status, delay: Option<Delay>) -> Option<&'static str> {
        let number = match status {
            Status::Accepted => self.pick(&["1", "101", "101", "102"]),
            Status::PickedUp => self.pick(&["1", "1", "103"]),
            Status::InTransit => self.pick(&["0", "0", "1002"]),
            Status::Delivering => "5",
            Status::Pending => self.told_of_delay(delay),
            Status::Returning => "6",
            Status::Returned => "4",
            Status::Cancelled => "401",
            Status::Delivered if self.failed() => self.pick(&["3", "302"]),
            Status::Delivered => self.pick(&["3", "3", "301", "303", "304"]),
            Status::Lost | Status::Seized => return None,
        };
        Some(number)
    }

    fn told_of_scan(&self, scan: Scan) -> &'static str {
        match scan {
            Scan::Entered => "1",
            Scan::Packed | Scan::Forwarding | Scan::AtOffice => self.pick(&["0", "0", "1002"]),
            Scan::Out | Scan::ToCourier => "5",
        }
    }

    fn told_of_delay(&self, delay: Option<Delay>) -> &'static str {
        match delay.map_or("", |delay| delay.code) {
            "8" => self.pick(&["203", "14"]),
            "11" | "12" | "35" => "206",
            "24" => "208",
            "30" | "31" => "209",
            "1" | "4" => self.pick(&["207", "204"]),
            "16" | "41" => "201",
            "3" | "5" | "33" => self.pick(&["2", "202"]),
            _ => self.pick(&["204", "204", "2", "202"]),
        }
    }

    fn failed(&self) -> bool {
        let failed = |happening: &Happening| happening.status == Some(Status::Pending);
        self.written.iter().any(failed)
    }

    fn picked_up(&mut self) {
        self.write(Some(Status::PickedUp), Some(Scan::Entered), None);
    }

    /// Out to the recipient; what comes of it follows.
    fn set_out(&mut self, in_city: bool) {
        if in_city {
            self.minutes(20, 60);
        } else {
            self.hours(2, 10);
        }
        self.scan(Scan::ToCourier);
        self.minutes(5, 40);
        self.write(Some(Status::Delivering), Some(Scan::Out), None);
        self.minutes(30, if in_city { 90 } else { 360 });
    }

    fn fail(&mut self, outlook: Outlook, in_city: bool) {
        self.set_out(in_city);
        let any = words::delays_that(outlook);
        let drawn = *self.draw.pick("delay", self.nth(), any);
        let delay = self
            .delay
            .filter(|_| outlook == Outlook::Mendable)
            .unwrap_or(drawn);
        self.write(Some(Status::Pending), None, Some(delay));
        let aside = match delay.code {
            "15" => "501",
            "6" | "52" => "1003",
            _ => return,
        };
        self.minutes(20, 120);
        self.aside(aside);
    }

    /// From office to office, through customs first where it comes from abroad.
    fn travel(&mut self, abroad: bool) {
        self.hours(1, 4);
        self.scan(Scan::Packed);
        if abroad {
            let pending = self.pick(&["8", "10"]);
            for number in ["7", "1001", pending, "11"] {
                self.hours(2, 10);
                self.aside(number);
            }
            if self.draw.chance("held", 0, 30) {
                self.hours(2, 10);
                self.aside("13");
            }
            self.hours(2, 10);
            self.aside("12");
        }
        for leg in 0..self.draw.between("legs", self.nth(), 1, 3) {
            self.hours(1, 5);
            match leg {
                0 => self.write(Some(Status::InTransit), Some(Scan::Forwarding), None),
                _ => self.scan(Scan::Forwarding),
            }
            self.hours(5, 20);
            self.office = self.draw.pick("office", self.nth(), OFFICES);
            self.scan(Scan::AtOffice);
        }
    }

    fn end(&mut self, fate: Fate, home: &'static Office, in_city: bool) {
        match fate {
            Fate::Delivered | Fate::Cancelled => {
                self.set_out(in_city);
                self.status(Status::Delivered);
            }
            Fate::Returned => {
                self.fail(Outlook::Hopeless, in_city);
                self.hours(5, 20);
                self.status(Status::Returning);
                self.hours(10, 40);
                self.office = home;
                self.status(Status::Returned);
            }
            Fate::Lost => {
                self.fail(Outlook::Gone, in_city);
                self.hours(10, 40);
                self.status(Status::Lost);
            }
            Fate::Seized => {
                self.hours(10, 40);
                self.status(Status::Seized);
            }
        }
    }
}
