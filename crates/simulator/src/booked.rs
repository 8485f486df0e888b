//! Parcels that a client gave to the carrier through the carrier's own API: what happens to one until
//! somebody has to say something, and what its sender's words change.
//!
//! Contract: it is accepted as it is given; at the first attempt that fails it waits for its sender's
//! wish, and does as is wished; a cancellation ends it where it stands. All else is the course's.

use crate::draw::Draw;
use crate::journey::{Course, HOUR, Happening, Status};
use trackway_model::orders::Wish;

/// From a wish to the first thing that is done about it, and from there to the sender's door.
const HEARD: i64 = 2 * HOUR;
const BACK: i64 = 24 * HOUR;

/// A parcel with what happens to it.
#[derive(Clone, Debug)]
pub struct Booked {
    /// Its sender's number of it.
    pub reference: String,
    /// As far as it is settled, oldest first.
    script: Vec<Happening>,
    /// What would happen if it were delivered again.
    rest: Vec<Happening>,
}

impl Booked {
    /// Given at an instant, collected at another.
    pub fn new(course: &Course, draw: Draw, reference: &str, now: i64, birth: i64) -> Self {
        let mut all = course.script(draw, birth);
        if let Some(first) = all.first_mut() {
            first.at = now;
        }
        let mut booked = Self {
            reference: reference.to_owned(),
            script: Vec::new(),
            rest: Vec::new(),
        };
        booked.go_on(all, now);
        booked
    }

    pub fn script(&self) -> &[Happening] {
        &self.script
    }

    /// Ends it; what was not reached by then does not happen.
    pub fn cancel(&mut self, now: i64) {
        self.script.retain(|happening| happening.at <= now);
        self.rest.clear();
        self.add(Status::Cancelled, "401", now);
    }

    /// Does as is wished. What happens then, oldest first.
    pub fn wish(&mut self, wish: Wish, now: i64) -> &[Happening] {
        let before = self.script.len();
        let rest = std::mem::take(&mut self.rest);
        match wish {
            Wish::DeliverAgain | Wish::Forward => self.go_on(rest, now + HEARD),
            Wish::Return | Wish::ReturnElsewhere => {
                self.add(Status::Returning, "6", now + HEARD);
                self.add(Status::Returned, "4", now + HEARD + BACK);
            }
            Wish::Destroy => self.add(Status::Lost, "", now + HEARD),
        }
        &self.script[before..]
    }

    /// Goes on with the rest, not before an instant, up to the next attempt that fails.
    fn go_on(&mut self, mut rest: Vec<Happening>, from: i64) {
        let late = rest.first().map_or(0, |first| (from - first.at).max(0));
        for happening in &mut rest {
            happening.at += late;
        }
        let fails = |happening: &Happening| happening.status == Some(Status::Pending);
        if let Some(at) = rest.iter().position(fails) {
            self.rest = rest.split_off(at + 1);
        }
        self.script.extend(rest);
    }

    fn add(&mut self, status: Status, aggregated: &'static str, at: i64) {
        let Some(last) = self.script.last() else {
            return;
        };
        self.script.push(Happening {
            at: at.max(last.at),
            status: Some(status),
            scan: None,
            delay: None,
            aggregated: Some(aggregated).filter(|number| !number.is_empty()),
            ..*last
        });
    }
}
