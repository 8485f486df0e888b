//! How many messages may be in flight to one endpoint: as many as it likes.
//!
//! Contract: pure. It begins with a few; an acceptance makes room for one more as long as the room is
//! used and answers do not take much longer than the best that was seen; a failure halves it. So a
//! dead endpoint costs a few connections, and a quick one is told as fast as it answers.

use std::time::Duration;

const FIRST: usize = 4;
/// As many as there are idle connections to one host.
const MOST: usize = 64;
/// Up to here answers may take as long as they like.
const EASY: usize = 8;
/// How many times the best answer's time an answer may take before no more room is made.
const SLOWER: u32 = 3;
/// Answers are not told apart below this.
const QUICK: Duration = Duration::from_millis(5);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    room: usize,
    best: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            room: FIRST,
            best: Duration::MAX,
        }
    }
}

impl Pace {
    pub const fn room(&self) -> usize {
        self.room
    }

    /// `in_flight`: with the one that was accepted.
    pub fn accepted(&mut self, took: Duration, in_flight: usize) {
        let took = took.max(QUICK);
        self.best = self.best.min(took);
        let is_used = in_flight >= self.room;
        let is_easy = self.room < EASY || took <= self.best.saturating_mul(SLOWER);
        if is_used && is_easy && self.room < MOST {
            self.room += 1;
        }
    }

    pub fn failed(&mut self) {
        self.room = (self.room / 2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_grows_while_it_is_used_and_answers_stay_quick() {
        let mut pace = Pace::default();
        for _ in 0..1_000 {
            let room = pace.room();
            pace.accepted(Duration::from_millis(5), room);
        }
        assert_eq!(pace.room(), MOST);
        pace.failed();
        assert_eq!(pace.room(), MOST / 2);
        pace.accepted(Duration::from_millis(5), 3);
        assert_eq!(pace.room(), MOST / 2, "unused room needs no more");
        pace.accepted(Duration::from_millis(16), MOST);
        assert_eq!(pace.room(), MOST / 2, "answers take longer: it has enough");
    }

    #[test]
    fn a_dead_endpoint_keeps_one_place() {
        let mut pace = Pace::default();
        for _ in 0..9 {
            pace.failed();
        }
        assert_eq!(pace.room(), 1);
    }
}
