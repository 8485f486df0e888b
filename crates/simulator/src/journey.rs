//! A parcel's journey: what happens to it and when, scripted from its birth to its end. A pure
//! function of the draws; who looks at it at an instant sees the part up to then.

use crate::draw::Draw;

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;

/// From the birth of the first parcel to the end of the last, in microseconds.
pub const LONGEST: i64 = 14 * 24 * HOUR;
/// Parcels are born within this.
const BIRTHS: i64 = 2 * 24 * HOUR;

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

/// One thing that happens: a new status, a scan, or both at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happening {
    /// Microseconds since the epoch.
    pub at: i64,
    pub status: Option<Status>,
    pub scan: Option<Scan>,
    /// Why it was not delivered.
    pub delay: Option<&'static Delay>,
    pub office: &'static Office,
}

/// A post office.
#[derive(Debug, PartialEq, Eq)]
pub struct Office {
    pub id: &'static str,
    pub name: &'static str,
    pub province_id: &'static str,
    pub province: &'static str,
}

const fn office(
    id: &'static str,
    name: &'static str,
    province_id: &'static str,
    province: &'static str,
) -> Office {
    Office {
        id,
        name,
        province_id,
        province,
    }
}

/// Invented post offices in real provinces.
static OFFICES: &[Office] = &[
    office("HNA", "Bưu cục Sông Mẫu", "HNI", "HÀ NỘI"),
    office("HNB", "Bưu cục Hồ Ví Dụ", "HNI", "HÀ NỘI"),
    office("HPA", "Bưu cục Bến Mẫu", "HPG", "HẢI PHÒNG"),
    office("DNA", "Bưu cục Biển Mẫu", "DNG", "ĐÀ NẴNG"),
    office("SGA", "Bưu cục Chợ Ví Dụ", "HCM", "HỒ CHÍ MINH"),
    office("SGB", "Bưu cục Vườn Mẫu", "HCM", "HỒ CHÍ MINH"),
    office("CTA", "Bưu cục Cầu Ví Dụ", "CTO", "CẦN THƠ"),
];

/// Out of a hundred parcels.
static FATES: &[(i64, Fate)] = &[
    (80, Fate::Delivered),
    (90, Fate::Returned),
    (95, Fate::Cancelled),
    (98, Fate::Lost),
    (100, Fate::Seized),
];

/// Why a delivery failed, in 247Express's words.
#[derive(Debug, PartialEq, Eq)]
pub struct Delay {
    pub code: &'static str,
    pub text: &'static str,
}

/// Of a delivery that a second attempt may mend, and of one that comes back.
static MENDABLE: &[Delay] = &[
    Delay {
        code: "2",
        text: "The recipient is not at the address, the recipient's house is closed.",
    },
    Delay {
        code: "10",
        text: "The recipient is requested to delivery at another time.",
    },
    Delay {
        code: "11",
        text: "Locked recipient's phone/subscriber, unable to contact the recipient.",
    },
];
static HOPELESS: &[Delay] = &[
    Delay {
        code: "1",
        text: "Wrong address.",
    },
    Delay {
        code: "8",
        text: "The recipient doesn't want to receive",
    },
    Delay {
        code: "9",
        text: "The recipient has no free time to receive.",
    },
];

/// Writes happenings one after the other.
struct Script {
    draw: Draw,
    now: i64,
    office: &'static Office,
    written: Vec<Happening>,
}

impl Script {
    /// Time passes: hours between `from` and `to`, to a fraction that 247Express would print.
    fn wait(&mut self, from: i64, to: i64) {
        let nth = self.written.len();
        let fractions = [0, 400_000, 410_000, 920_000, 323_000, 494_622];
        let second = self.draw.between("wait", nth, from * HOUR, to * HOUR) / 1_000_000;
        self.now = (self.now / 1_000_000 + second.max(180)) * 1_000_000
            + self.draw.pick("fraction", nth, &fractions);
    }

    fn write(&mut self, status: Option<Status>, scan: Option<Scan>, delay: Option<&'static Delay>) {
        let happening = Happening {
            at: self.now,
            status,
            scan,
            delay,
            office: self.office,
        };
        self.written.push(happening);
    }

    fn status(&mut self, status: Status) {
        self.write(Some(status), None, None);
    }

    fn scan(&mut self, scan: Scan) {
        self.write(None, Some(scan), None);
    }

    /// Out for delivery, and back at the office where it fails.
    fn attempt(&mut self, failure: Option<&'static Delay>) {
        self.wait(2, 10);
        self.scan(Scan::ToCourier);
        self.wait(0, 1);
        self.write(Some(Status::Delivering), Some(Scan::Out), None);
        self.wait(1, 6);
        match failure {
            Some(delay) => self.write(Some(Status::Pending), None, Some(delay)),
            None => self.status(Status::Delivered),
        }
    }

    fn delay(&self, of: &'static [Delay]) -> &'static Delay {
        self.draw.pick("delay", self.written.len(), of)
    }

    /// From office to office, as many as drawn.
    fn travel(&mut self) {
        self.wait(1, 4);
        self.scan(Scan::Packed);
        for leg in 0..self.draw.between("legs", self.written.len(), 1, 3) {
            self.wait(1, 5);
            match leg {
                0 => self.write(Some(Status::InTransit), Some(Scan::Forwarding), None),
                _ => self.scan(Scan::Forwarding),
            }
            self.wait(5, 20);
            self.office = self.draw.pick("office", self.written.len(), OFFICES);
            self.scan(Scan::AtOffice);
        }
    }
}

/// How a parcel's journey ends.
pub fn fate(draw: Draw) -> Fate {
    let lot = draw.between("fate", 0, 0, 100);
    FATES
        .iter()
        .find(|(below, _)| lot < *below)
        .map_or(Fate::Delivered, |(_, fate)| *fate)
}

/// All that ever happens to a parcel of a world that begins at `birth`, oldest first. No two
/// happenings share a minute.
pub fn script(draw: Draw, birth: i64) -> Vec<Happening> {
    let first = draw.pick("office", 0, OFFICES);
    let now = birth + draw.between("birth", 0, 0, BIRTHS);
    let mut script = Script {
        draw,
        now,
        office: first,
        written: Vec::new(),
    };
    let fate = fate(draw);
    script.status(Status::Accepted);
    script.wait(1, 8);
    if fate == Fate::Cancelled {
        script.status(Status::Cancelled);
        return script.written;
    }
    script.write(Some(Status::PickedUp), Some(Scan::Entered), None);
    script.travel();
    let failures = draw.between("failures", 0, 0, 6) - 3;
    for _ in 0..failures {
        let delay = script.delay(MENDABLE);
        script.attempt(Some(delay));
    }
    match fate {
        Fate::Delivered | Fate::Cancelled => script.attempt(None),
        Fate::Returned => {
            let delay = script.delay(HOPELESS);
            script.attempt(Some(delay));
            script.wait(5, 20);
            script.status(Status::Returning);
            script.wait(10, 40);
            script.office = first;
            script.status(Status::Returned);
        }
        Fate::Lost => {
            script.wait(10, 40);
            script.status(Status::Lost);
        }
        Fate::Seized => {
            script.wait(10, 40);
            script.status(Status::Seized);
        }
    }
    script.written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_journey_has_one_end_in_time_and_no_two_happenings_in_a_minute() {
        for index in 0..2_000 {
            let script = script(Draw::new(7, index), 0);
            assert!(script.last().is_some_and(|end| end.at < LONGEST), "{index}");
            for pair in script.windows(2) {
                assert!(pair[1].at - pair[0].at > 2 * MINUTE, "{index}: {pair:?}");
            }
            let ends = script.iter().filter_map(|h| h.status).filter(|status| {
                use Status::{Cancelled, Delivered, Lost, Returned, Seized};
                matches!(status, Cancelled | Delivered | Lost | Returned | Seized)
            });
            assert_eq!(ends.count(), 1, "{index}");
        }
    }

    #[test]
    fn all_fates_occur() {
        for (_, fate) in FATES {
            assert!(
                (0..500).any(|index| super::fate(Draw::new(7, index)) == *fate),
                "{fate:?}"
            );
        }
    }
}
