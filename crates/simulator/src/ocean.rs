//! A shipping line's world: bills of lading with a few containers each, and the record that an
//! aggregator of ocean cargo has of them at an instant.
//!
//! Contract: a pure function of the draws and of the birth. Every container goes from port to port by
//! its own steps. Departures and arrivals are foretold before they happen, once or twice, and never
//! quite right; what is foretold lies ahead for as long as it is told. One container of some bills
//! misses its second ship, one of some is held by customs; each ends empty, at its depot.

use crate::draw::Draw;
use crate::journey::{HOUR, MINUTE};
use crate::{wall, words};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use trackway_model::place::{self, Known};
use trackway_numbers::catalog;
use trackway_numbers::identifiers::Container;

/// Our code of the line.
pub const CARRIER: &str = "maersk";
/// What the line's bills begin with.
const LINE: &str = "MAEU";
/// An owner that nobody is.
const OWNER: &str = "DEMU";
/// No bill has as many containers.
pub const MOST_CONTAINERS: u32 = 10;
/// The event that hands a container to its consignee.
const GATE_OUT: &str = "GTOT";

/// From the port of loading by that of transfer to that of discharge.
static ROUTES: &[[&str; 3]] = &[
    ["VNHPH", "SGSIN", "THLCH"],
    ["VNSGN", "MYPKG", "IDJKT"],
    ["VNHPH", "SGSIN", "PHMNL"],
];
static SHIPS: &[&str] = &["DEMO STAR", "DEMO RIVER", "DEMO HARBOUR"];

/// A ship's voyage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sailing {
    pub vessel: &'static str,
    pub voyage: String,
}

/// What is expected of a step from an instant on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foretold {
    pub since: i64,
    pub at: i64,
    pub sailing: Sailing,
}

/// One thing that happens to a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Microseconds since the epoch, a whole minute.
    pub at: i64,
    /// The container's place in the bill.
    pub container: usize,
    /// Track123's code.
    pub code: &'static str,
    /// UN/LOCODE.
    pub port: &'static str,
    location: &'static str,
    pub sailing: Option<Sailing>,
    /// In the order in which it is told.
    pub foretold: Vec<Foretold>,
}

impl Step {
    /// Whether it is the container's delivery.
    pub fn delivers(&self) -> bool {
        self.code == GATE_OUT
    }

    /// What its time begins with, on the port's clock.
    pub fn minute(&self) -> String {
        wall::minute_in(zone(self.port), self.at)
    }

    /// When something new is to be told of it.
    pub fn news(&self) -> impl Iterator<Item = i64> {
        let foretold = self.foretold.iter().map(|foretold| foretold.since);
        foretold.chain([self.at])
    }

    /// What is known at an instant: when, by which ship, and whether it has happened.
    fn known(&self, now: i64) -> Option<(i64, Option<&Sailing>, bool)> {
        if self.at <= now {
            return Some((self.at, self.sailing.as_ref(), true));
        }
        let mut newest = self.foretold.iter().rev();
        let foretold = newest.find(|foretold| foretold.since <= now)?;
        Some((foretold.at, Some(&foretold.sailing), false))
    }
}

/// The number of a bill of lading.
pub fn bill(index: u32) -> String {
    format!("{LINE}{:09}", u64::from(index) + 1)
}

/// The booking that the bill was made for.
pub fn booking(index: u32) -> String {
    format!("BKDEMO{:06}", u64::from(index) + 1)
}

/// The numbers of a bill's containers.
pub fn containers(draw: Draw, index: u32) -> Vec<String> {
    let count = draw.between("containers", 0, 2, 5);
    let serials = (0..count).map(|nth| i64::from(index) * i64::from(MOST_CONTAINERS) + nth);
    serials.map(container).collect()
}

/// With the check digit that it must have.
fn container(serial: i64) -> String {
    let body = format!("{OWNER}{:06}", serial % 1_000_000);
    (0..10)
        .map(|digit| format!("{body}{digit}"))
        .find(|number| Container::parse(number).is_ok())
        .unwrap_or(body)
}

/// A ship from one port to the next.
struct Leg {
    departs: i64,
    arrives: i64,
    sailing: Sailing,
}

/// All that ever happens to a bill's containers, oldest first.
pub fn script(draw: Draw, birth: i64, count: usize) -> Vec<Step> {
    let birth = minute(birth);
    let route = draw.pick("route", 0, ROUTES);
    let first = leg(draw, 0, birth + 36 * HOUR, 6);
    let second = leg(draw, 1, first.arrives + 20 * HOUR, 8);
    let later = leg(draw, 2, second.departs + 24 * HOUR, 8);
    let rolled = draw.chance("rolled", 0, 60).then_some(count - 1);
    let held = draw.chance("held", 0, 60).then_some(0);
    let mut steps = Vec::new();
    for container in 0..count {
        let mut writing = Writing {
            draw: draw.again(container as u16 + 1),
            birth,
            container,
            steps: &mut steps,
        };
        writing.export(route, &first);
        if rolled == Some(container) {
            writing.transfer(route, &later, Some(&second));
            writing.import(route, &later, held == Some(container));
        } else {
            writing.transfer(route, &second, None);
            writing.import(route, &second, held == Some(container));
        }
    }
    steps.sort_by_key(|step| (step.at, step.container));
    steps
}

fn leg(draw: Draw, nth: usize, from: i64, hours: i64) -> Leg {
    let departs = from + drawn(draw, "departs", nth, 0, hours);
    Leg {
        departs,
        arrives: departs + drawn(draw, "sails", nth, 36, 46),
        sailing: Sailing {
            vessel: SHIPS[nth],
            voyage: format!("{:03}W", draw.between("voyage", nth, 1, 400)),
        },
    }
}

/// Hours, to the minute.
fn drawn(draw: Draw, purpose: &str, nth: usize, from: i64, to: i64) -> i64 {
    minute(draw.between(purpose, nth, from * HOUR, to * HOUR))
}

/// What happens does so at an even minute, and what is foretold is so for an odd one: a record's last
/// time, told without its port, names no other event.
const fn minute(at: i64) -> i64 {
    at.div_euclid(2 * MINUTE) * 2 * MINUTE
}

/// Writes one container's steps.
struct Writing<'s> {
    draw: Draw,
    birth: i64,
    container: usize,
    steps: &'s mut Vec<Step>,
}

impl Writing<'_> {
    fn wait(&self, purpose: &str, from: i64, to: i64) -> i64 {
        drawn(self.draw, purpose, 0, from, to)
    }

    fn step(
        &mut self,
        at: i64,
        code: &'static str,
        (port, location): (&'static str, &'static str),
    ) {
        self.steps.push(Step {
            at,
            container: self.container,
            code,
            port,
            location,
            sailing: None,
            foretold: Vec::new(),
        });
    }

    fn aboard(&mut self, sailing: &Sailing, foretold: Vec<Foretold>) {
        if let Some(step) = self.steps.last_mut() {
            step.sailing = Some(sailing.clone());
            step.foretold = foretold;
        }
    }

    fn export(&mut self, route: &[&'static str; 3], leg: &Leg) {
        let at = (route[0], "POL");
        self.step(
            self.birth + self.wait("empty", 1, 8),
            "STUF",
            (route[0], "PRE"),
        );
        self.step(self.birth + self.wait("in", 12, 24), "GTIN", at);
        self.loaded(leg, at);
        self.sailed(leg, None, at, (route[1], "POT"));
    }

    fn transfer(&mut self, route: &[&'static str; 3], leg: &Leg, missed: Option<&Leg>) {
        let at = (route[1], "POT");
        let came = self.steps.last().map_or(self.birth, |step| step.at);
        self.step(came + self.wait("transfer", 3, 8), "DISC", at);
        self.loaded(leg, at);
        self.sailed(leg, missed, at, (route[2], "POD"));
    }

    fn import(&mut self, route: &[&'static str; 3], leg: &Leg, held: bool) {
        let at = (route[2], "POD");
        let mut now = leg.arrives + self.wait("berths", 1, 2);
        self.step(now, "BERT", at);
        let mut codes = vec![
            ("DISC", 2, 5),
            ("CUST", 3, 8),
            ("RELS", 1, 3),
            (GATE_OUT, 4, 16),
        ];
        if held {
            codes.insert(1, ("HOLD", 1, 4));
        }
        for (code, from, to) in codes {
            now += self.wait(code, from, to);
            self.step(now, code, at);
        }
        self.step(now + self.wait("back", 8, 16), "STRP", (route[2], "PDE"));
    }

    fn loaded(&mut self, leg: &Leg, at: (&'static str, &'static str)) {
        self.step(leg.departs - self.wait("loaded", 1, 4), "LOAD", at);
        self.aboard(&leg.sailing, Vec::new());
    }

    /// From port to port; where it missed another ship before, that one was foretold until it left.
    fn sailed(
        &mut self,
        leg: &Leg,
        missed: Option<&Leg>,
        from: (&'static str, &'static str),
        to: (&'static str, &'static str),
    ) {
        for (code, at, ports, missed) in [
            (
                "DEPA",
                leg.departs,
                from,
                missed.map(|leg| (leg, leg.departs)),
            ),
            (
                "ARRI",
                leg.arrives,
                to,
                missed.map(|leg| (leg, leg.arrives)),
            ),
        ] {
            let nth = self.steps.len();
            let foretold = self.foretold(nth, leg, at, missed);
            self.step(at, code, ports);
            self.aboard(&leg.sailing, foretold);
        }
    }

    fn foretold(
        &self,
        nth: usize,
        leg: &Leg,
        at: i64,
        missed: Option<(&Leg, i64)>,
    ) -> Vec<Foretold> {
        let some = |purpose: &str, from, to| drawn(self.draw, purpose, nth, from, to) + MINUTE;
        let of = |leg: &Leg, since, at| Foretold {
            since,
            at,
            sailing: leg.sailing.clone(),
        };
        if let Some((other, when)) = missed {
            // It is known with the other ship's leaving.
            let first = of(other, self.birth, when + some("other", 0, 3));
            return vec![first, of(leg, other.departs, at + some("late", 0, 6))];
        }
        let early = at - some("moved", 3, 20);
        // Moved before its time is up.
        let moves = early - HOUR;
        if self.draw.chance("moves", nth, 50) && moves > self.birth {
            let first = of(leg, self.birth, early);
            return vec![first, of(leg, moves, at + some("late", 0, 6))];
        }
        vec![of(leg, self.birth, at + some("late", 0, 12))]
    }
}

fn port(code: &str) -> Option<&'static Known> {
    place::port(code)
}

fn zone(code: &str) -> &'static str {
    port(code).map_or("UTC", |port| port.zone)
}

/// The record at an instant, of all containers or of one; None while nothing has happened.
pub fn record(
    number: &str,
    numbers: &[String],
    only: Option<usize>,
    script: &[Step],
    now: i64,
) -> Option<Vec<u8>> {
    let is_asked = |container: &usize| only.is_none_or(|only| only == *container);
    let seen: BTreeSet<usize> = script
        .iter()
        .filter(|step| step.at <= now)
        .map(|step| step.container)
        .filter(is_asked)
        .collect();
    if seen.is_empty() {
        return None;
    }
    let of_each: Vec<Value> = seen
        .iter()
        .map(|nth| {
            told(
                &numbers[*nth],
                script.iter().filter(|step| step.container == *nth),
                now,
            )
        })
        .collect();
    let all = (0..numbers.len()).filter(is_asked).count();
    let delivered = of_each
        .iter()
        .filter(|it| it["transitStatus"] == "DELIVERED");
    let is_final = delivered.count() == all;
    let line = catalog::in_force().get(CARRIER);
    let record = json!({
        "orderNo": "",
        "trackingNo": number,
        "type": 2,
        "searchStatus": if is_final { "FINAL" } else { "IN_TRANSIT" },
        "createTime": "",
        "customerEmail": null,
        "carrierInfo": {
            "carrierCode": LINE,
            "carrierNameCN": line.map(|line| line.name("zh")),
            "carrierNameEN": line.map(|line| line.name("en")),
            "carrierHomePage": line.and_then(|line| line.site.as_deref()),
        },
        "containerInfo": of_each,
    });
    serde_json::to_vec(&record).ok()
}

/// One container of the record: the newest first, what lies ahead before it.
fn told<'s>(number: &str, steps: impl Iterator<Item = &'s Step>, now: i64) -> Value {
    let mut known: Vec<_> = steps
        .filter_map(|step| Some((step, step.known(now)?)))
        .collect();
    known.sort_by_key(|(_, (at, ..))| std::cmp::Reverse(*at));
    let delivered = known
        .iter()
        .find(|(step, (.., happened))| step.delivers() && *happened)
        .map(|(_, (at, ..))| *at);
    let status = |at: i64| match delivered {
        Some(delivered) if at >= delivered => "DELIVERED",
        _ => "IN_TRANSIT",
    };
    let details: Vec<Value> = known
        .iter()
        .map(|(step, (at, sailing, _))| {
            let mut detail = event(step, *at);
            detail["transitStatus"] = status(*at).into();
            detail["eventStatus"] = step.code.into();
            detail["transitSubStatus"] = Value::Null;
            detail["vesselName"] = json!(sailing.map(|sailing| sailing.vessel));
            detail["voyage"] = json!(sailing.map(|sailing| sailing.voyage.as_str()));
            detail
        })
        .collect();
    let newest = known.iter().find(|(_, (.., happened))| *happened);
    let current = newest.map(|(step, (at, ..))| event(step, *at));
    let aboard = known
        .iter()
        .find_map(|(_, (_, sailing, happened))| sailing.filter(|_| *happened));
    json!({
        "containerNo": number,
        "containerSize": "40",
        "containerType": "HC",
        "containerDetails": "40HC",
        "transitStatus": newest.map_or("IN_TRANSIT", |(_, (at, ..))| status(*at)),
        "transitSubStatus": null,
        "vesselName": aboard.map(|sailing| sailing.vessel),
        "voyage": aboard.map(|sailing| sailing.voyage.as_str()),
        "lastTrackingTime": current.as_ref().map(|current| current["eventTime"].clone()),
        "currentStatus": current,
        "trackingDetails": details,
    })
}

/// What, when and where.
fn event(step: &Step, at: i64) -> Value {
    json!({
        "eventDetails": words::ocean(step.code),
        "eventTime": wall::in_zone(zone(step.port), at),
        "eventTimeUTC": wall::utc(at),
        "locationName": port(step.port).map(|port| format!("{}, {}", port.name, port.country)),
        "locationType": step.location,
    })
}
