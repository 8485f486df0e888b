//! An airline's world: air waybills of many pieces that fly in parts, and the record that an
//! aggregator of air cargo has of them at an instant.
//!
//! Contract: a pure function of the draws and of the birth. The pieces fly on two days; of some
//! waybills one piece is missing where the second flight lands, and is found later. An arrival is
//! foretold from its departure on, some minutes late.

use crate::draw::Draw;
use crate::journey::{HOUR, MINUTE};
use crate::{wall, words};
use serde_json::{Value, json};
use trackway_model::place;
use trackway_numbers::catalog;

/// Our code of the airline.
pub const CARRIER: &str = "vietnam-airlines-cargo";
/// What its waybills begin with, and what it is called.
const PREFIX: u16 = 738;
const DESIGNATOR: &str = "VN";
/// Grams of a piece.
const GRAMS: u32 = 7_500;

/// From airport to airport.
static ROUTES: &[[&str; 2]] = &[["HAN", "FRA"], ["SGN", "SIN"], ["HAN", "BKK"]];

/// A flight with some of the pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flight {
    number: String,
    route: [&'static str; 2],
    departs: i64,
    arrives: i64,
    pieces: u16,
}

/// One thing that happens to some of the pieces, or to all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Microseconds since the epoch, a whole minute.
    pub at: i64,
    /// Track123's code.
    pub code: &'static str,
    pub airport: &'static str,
    pub pieces: u16,
    flight: Option<String>,
    /// Since when it is expected, and at which time.
    foretold: Option<(i64, i64)>,
}

impl Step {
    /// What its time begins with, on the airport's clock.
    pub fn minute(&self) -> String {
        wall::minute_in(zone(self.airport), self.at)
    }

    /// When something new is to be told of it.
    pub fn news(&self) -> impl Iterator<Item = i64> {
        let foretold = self.foretold.map(|(since, _)| since);
        foretold.into_iter().chain([self.at])
    }

    fn known(&self, now: i64) -> Option<i64> {
        let foretold = self.foretold.filter(|(since, _)| *since <= now);
        if self.at <= now {
            Some(self.at)
        } else {
            foretold.map(|(_, at)| at)
        }
    }
}

/// A waybill's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    pub pieces: u16,
    flights: Vec<Flight>,
    /// Oldest first.
    pub steps: Vec<Step>,
}

/// The number of a waybill: its last digit is the rest of the others by seven.
pub fn waybill(index: u32) -> String {
    let serial = (index + 1) % 10_000_000;
    format!("{PREFIX}-{serial:07}{}", serial % 7)
}

/// All that ever happens to a waybill.
pub fn script(draw: Draw, birth: i64) -> Script {
    // What happens does so at an even minute, and what is foretold is so for an odd one: a record's
    // last time, told without its airport, names no other event.
    let birth = birth.div_euclid(2 * MINUTE) * 2 * MINUTE;
    let hours = |purpose, from: i64, to: i64| {
        let drawn = draw.between(purpose, 0, from * 30, to * 30);
        drawn * 2 * MINUTE
    };
    let route = *draw.pick("airports", 0, ROUTES);
    let [from, to] = route;
    let pieces = draw.between("pieces", 0, 20, 80) as u16;
    let first = draw.between("first", 0, 5, i64::from(pieces) - 5) as u16;
    let departs = birth + 20 * HOUR + hours("departs", 0, 6);
    let flights: Vec<Flight> = [(0, first), (1, pieces - first)]
        .into_iter()
        .map(|(day, pieces)| {
            let departs = departs + day * (24 * HOUR + 8 * MINUTE);
            Flight {
                number: format!(
                    "{DESIGNATOR}{}",
                    100 + draw.between("flight", day as usize, 0, 800)
                ),
                route,
                departs,
                arrives: departs + 4 * HOUR + hours("flies", 0, 6),
                pieces,
            }
        })
        .collect();
    let mut steps = vec![
        step(birth, "BOOKED", from, pieces),
        step(birth + hours("received", 2, 12), "RECEIVED", from, pieces),
    ];
    let missing = draw.chance("missing", 0, 50);
    for (nth, flight) in flights.iter().enumerate() {
        let is_last = nth + 1 == flights.len();
        let arrived = flight.pieces - u16::from(is_last && missing);
        let late = (draw.between("late", nth, 5, 25) * 2 + 1) * MINUTE;
        for (at, code, airport, pieces, foretold) in [
            (flight.departs, "IN_TRANSIT", from, flight.pieces, None),
            (
                flight.arrives,
                "ARRIVED",
                to,
                arrived,
                Some((flight.departs, flight.arrives + late)),
            ),
        ] {
            steps.push(Step {
                flight: Some(flight.number.clone()),
                foretold,
                ..step(at, code, airport, pieces)
            });
        }
    }
    let mut now = steps.iter().map(|step| step.at).max().unwrap_or(birth);
    if missing {
        now += hours("missed", 1, 4);
        steps.push(step(now, "EXCEPTION", to, 1));
        now += hours("found", 10, 30);
        steps.push(step(now, "ARRIVED", to, 1));
    }
    now += hours("notified", 1, 4);
    steps.push(step(now, "NOTIFIED", to, pieces));
    now += hours("taken", 4, 20);
    steps.push(step(now, "DELIVERED", to, pieces));
    steps.sort_by_key(|step| step.at);
    Script {
        pieces,
        flights,
        steps,
    }
}

fn step(at: i64, code: &'static str, airport: &'static str, pieces: u16) -> Step {
    Step {
        at,
        code,
        airport,
        pieces,
        flight: None,
        foretold: None,
    }
}

fn zone(airport: &str) -> &'static str {
    place::airport(airport).map_or("UTC", |airport| airport.zone)
}

/// Kilograms of so many pieces.
fn weight(pieces: u16) -> f64 {
    f64::from(u32::from(pieces) * GRAMS) / 1_000.0
}

/// The record at an instant; None while nothing has happened.
pub fn record(number: &str, script: &Script, now: i64) -> Option<Vec<u8>> {
    let newest = script.steps.iter().rfind(|step| step.at <= now)?;
    let mut known: Vec<(&Step, i64)> = script
        .steps
        .iter()
        .filter_map(|step| Some((step, step.known(now)?)))
        .collect();
    known.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
    let details: Vec<Value> = known.iter().map(|(step, at)| detail(step, *at)).collect();
    let flights: Vec<Value> = script
        .flights
        .iter()
        .filter(|flight| flight.departs <= now)
        .map(flown)
        .collect();
    let airline = catalog::in_force().get(CARRIER);
    let last = script.steps.last().map(|step| step.airport);
    let record = json!({
        "orderNo": "",
        "trackingNo": number,
        "createTime": "",
        "customerEmail": null,
        "aviationStatus": newest.code,
        "origin": script.steps.first().map(|step| step.airport),
        "destination": last,
        "pieces": script.pieces,
        "weight": weight(script.pieces),
        "weightUnit": "KG",
        "lastTrackingTime": wall::in_zone(zone(newest.airport), newest.at),
        "carrierInfo": {
            "carrierCode": DESIGNATOR,
            "carrierNameCN": airline.map(|airline| airline.name("zh")),
            "carrierNameEN": airline.map(|airline| airline.name("en")),
            "carrierHomePage": airline.and_then(|airline| airline.site.as_deref()),
        },
        "flightInfo": flights,
        "trackingDetails": details,
    });
    serde_json::to_vec(&record).ok()
}

fn detail(step: &Step, at: i64) -> Value {
    json!({
        "status": step.code,
        "eventDetails": words::air(step.code),
        "eventTime": wall::in_zone(zone(step.airport), at),
        "eventTimeUTC": wall::utc(at),
        "locationName": place::airport(step.airport).map(|airport| airport.name),
        "airportCode": step.airport,
        "flightNo": step.flight,
        "pieces": step.pieces,
        "weight": weight(step.pieces),
    })
}

fn flown(flight: &Flight) -> Value {
    let [from, to] = flight.route;
    json!({
        "flightNo": flight.number,
        "origin": from,
        "destination": to,
        "departTime": wall::in_zone(zone(from), flight.departs),
        "arriveTime": wall::in_zone(zone(to), flight.arrives),
        "departTimeUTC": wall::utc(flight.departs),
        "arriveTimeUTC": wall::utc(flight.arrives),
        "pieces": flight.pieces,
        "weight": weight(flight.pieces),
    })
}
