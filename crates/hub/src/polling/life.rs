//! What is known of a number, as far as asking about it goes; when it is not worth asking any more;
//! and when to ask next. Pure.
//!
//! The end: some days after a final stage (carriers correct late), or when nothing new was learned for
//! months. A number that ended begins anew when a webhook tells something new of it or when somebody
//! asks for it.

use super::price::Price;
use super::priors::Priors;
use super::worth::Prospect;
use crate::clock::SECOND;
use trackway_model::{ConnectionId, Stage, StreamId, Track, TrackId};

pub const DAY: i64 = 24 * 3_600 * SECOND;

/// How long after the end a journey is still asked about.
pub const AFTER_END: i64 = 3 * DAY;
/// The same for one whose end was told with a time that can't be right.
const AFTER_END_LEARNED: i64 = 14 * DAY;
/// After so long without anything new a number is given up.
const QUIET: i64 = 120 * DAY;
/// A number of which this connection told by webhook within this time is pushed: it is asked seldom.
const PUSHED: i64 = 7 * DAY;
/// How much dearer a call about a pushed number is: four times the interval.
const PUSHED_PRICE: f64 = 16.0;
/// A number whose time has come is put off only if the wait that is left is at least this part of the
/// one that is over.
const WORTH_PUTTING_OFF: i64 = 8;

/// How a number stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    pub stage: Stage,
    /// Assumed instant of the last happening.
    pub last: i64,
    /// When we learned something new last.
    pub learned: i64,
    /// When this connection last told of it by webhook.
    pub pushed: Option<i64>,
}

/// What a call costs, and the longest wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    pub price: f64,
    pub longest: i64,
}

impl Terms {
    pub fn of(price: &Price, now: i64) -> Self {
        Self {
            price: price.now(now),
            longest: price.longest(),
        }
    }

    /// Of a connection whose calls are free.
    pub fn free(now: i64) -> Self {
        Self::of(&Price::new(now), now)
    }
}

/// Where a number is, as far as its carrier goes.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    pub priors: &'a Priors,
    pub carrier: &'a str,
    /// Microseconds that the carrier's clock is east of UTC, where its zone is known.
    pub offset: Option<i64>,
}

impl Life {
    /// None where nothing was told of the number.
    pub fn of(
        track: &Track,
        connection: ConnectionId,
        is_pushed: impl Fn(StreamId) -> bool,
    ) -> Option<Self> {
        let state = track.states.last()?;
        let learned = track.spine.iter().map(|told| told.first_seen).max()?;
        let pushed = track.spine.iter().filter(|told| {
            track.connection_of(told) == connection && is_pushed(track.stream_of(told))
        });
        Some(Self {
            stage: state.stage(),
            last: state.last,
            learned,
            pushed: pushed.map(|told| told.last_seen).max(),
        })
    }

    /// Whether it is not worth asking any more.
    pub const fn is_over(&self, now: i64) -> bool {
        let learned = now.saturating_sub(self.learned);
        let ended = now.saturating_sub(self.last) >= AFTER_END || learned >= AFTER_END_LEARNED;
        (self.stage.is_final() && ended) || learned >= QUIET
    }

    /// When to ask next after a look at `looked`; None: it is over.
    pub fn next(
        &self,
        track: TrackId,
        ground: &Ground<'_>,
        looked: i64,
        terms: Terms,
        now: i64,
    ) -> Option<i64> {
        if self.is_over(now) {
            return None;
        }
        let prospect = self.prospect(ground, looked);
        let pushed = self.pushed.filter(|at| now.saturating_sub(*at) < PUSHED);
        let price = terms.price * if pushed.is_some() { PUSHED_PRICE } else { 1.0 };
        // A webhook is as good a look as an answer.
        let looked = pushed.map_or(looked, |at| at.max(looked));
        let due = prospect.due(looked, price, terms.longest);
        Some(looked + spread(track, due - looked))
    }

    /// What a call is worth now, after a look at `looked`.
    pub fn worth(&self, ground: &Ground<'_>, looked: i64, now: i64) -> f64 {
        self.prospect(ground, looked).staleness(looked, now)
    }

    fn prospect<'a>(&self, ground: &Ground<'a>, looked: i64) -> Prospect<'a> {
        Prospect {
            profile: ground.priors.of(ground.carrier),
            stage: self.stage,
            changed: self.last.min(looked),
            offset: ground.offset,
        }
    }

    /// Whether a number whose time has come is asked; or when to look at it again: webhooks told of it
    /// since, calls became dearer, or (None) its time is over.
    pub fn is_worth_it(
        &self,
        track: TrackId,
        ground: &Ground<'_>,
        looked: i64,
        terms: Terms,
        now: i64,
    ) -> Result<(), Option<i64>> {
        let Some(due) = self.next(track, ground, looked, terms, now) else {
            return Err(None);
        };
        let passed = now.saturating_sub(looked).max(0);
        if due - now > passed / WORTH_PUTTING_OFF {
            return Err(Some(due));
        }
        Ok(())
    }
}

/// Up to a tenth less, by the track, so that what began together does not stay together.
pub const fn spread(track: TrackId, wait: i64) -> i64 {
    let scattered = (track.0 as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    wait - wait / 10 * ((scattered % 1_000) as i64) / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_715_083_200_000_000;
    const HOUR: i64 = DAY / 24;

    fn next(life: Life, now: i64) -> Option<i64> {
        let priors = Priors::built_in().unwrap();
        let ground = Ground {
            priors: &priors,
            carrier: "247express",
            offset: Some(7 * HOUR),
        };
        life.next(TrackId(7), &ground, now, Terms::free(now), now)
    }

    fn life(stage: Stage) -> Life {
        Life {
            stage,
            last: NOON - HOUR,
            learned: NOON,
            pushed: None,
        }
    }

    #[test]
    fn a_final_stage_is_asked_for_a_while_and_then_no_more() {
        for stage in Stage::ALL {
            assert!(
                next(life(*stage), NOON).is_some_and(|at| at > NOON),
                "{stage}"
            );
            let later = next(life(*stage), NOON + AFTER_END);
            assert_eq!(later.is_none(), stage.is_final(), "{stage}");
            assert_eq!(next(life(*stage), NOON + QUIET), None, "{stage}");
            // Told to end in a year: the carrier's clock is wrong.
            let wrong = Life {
                last: NOON + 365 * DAY,
                ..life(*stage)
            };
            assert_eq!(next(wrong, NOON + 20 * DAY).is_none(), stage.is_final());
        }
    }

    #[test]
    fn what_is_pushed_is_asked_seldom_and_counted_from_the_webhook() {
        let asked = next(life(Stage::InTransit), NOON).unwrap() - NOON;
        let pushed = Life {
            pushed: Some(NOON),
            ..life(Stage::InTransit)
        };
        let postponed = next(pushed, NOON).unwrap() - NOON;
        assert!(postponed > 2 * asked, "{postponed} {asked}");
        let later = Life {
            pushed: Some(NOON + HOUR),
            ..pushed
        };
        assert!(next(later, NOON + HOUR) > next(pushed, NOON));
        let stale = Life {
            pushed: Some(NOON - PUSHED),
            ..pushed
        };
        assert_eq!(next(stale, NOON), next(life(Stage::InTransit), NOON));
    }

    #[test]
    fn a_van_is_asked_more_often_than_a_ship_and_hardly_at_night() {
        let wait = |stage, now| {
            let life = Life {
                last: now - HOUR,
                ..life(stage)
            };
            next(life, now).unwrap() - now
        };
        // 09:00 and 22:00 where the carrier is.
        let (morning, night) = (NOON - 10 * HOUR, NOON + 3 * HOUR);
        assert!(wait(Stage::OutForDelivery, morning) * 2 < wait(Stage::Customs, morning));
        assert!(wait(Stage::OutForDelivery, morning) * 2 < wait(Stage::OutForDelivery, night));
    }
}
