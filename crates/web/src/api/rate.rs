//! How fast each key may call: off unless the operator sets `native.calls_per_minute`.
//!
//! A key that was silent for a minute may call that often at once; after that its calls come back
//! evenly. Kept per node, so behind a load balancer each node allows as many. Every answer to a
//! counted call says what is left (`RateLimit`, `RateLimit-Policy`); a refusal says when to come
//! again.

use super::Problem;
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, header};
use parking_lot::Mutex;
use std::collections::HashMap;
use trackway_dialects::Desk;
use trackway_dialects::native::CALLS_PER_MINUTE;
use trackway_hub::Hub;
use trackway_model::KeyId;

const SECOND_US: i64 = 1_000_000;
const WINDOW_S: i64 = 60;
const WINDOW_US: i64 = WINDOW_S * SECOND_US;
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// The limiter.
#[derive(Debug)]
pub struct Rate {
    /// Calls a minute; 0: as many as come.
    quota: u32,
    /// Until when each key's calls have used up its share.
    used_until: Mutex<HashMap<KeyId, i64>>,
}

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent(Option<Count>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Count {
    quota: u32,
    left: i64,
    /// Until the whole quota is back.
    full_in_us: i64,
    /// Until the call may come again; None: it was allowed.
    wait_us: Option<i64>,
}

impl Rate {
    pub fn new(quota: u32) -> Self {
        Self {
            quota,
            used_until: Mutex::default(),
        }
    }

    pub fn of(hub: &Hub) -> Self {
        let setting = Desk::setting(hub, CALLS_PER_MINUTE);
        Self::new(setting.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    /// Counts a call of a key.
    pub fn spend(&self, key: KeyId, now: i64) -> Spent {
        if self.quota == 0 {
            return Spent(None);
        }
        let step = WINDOW_US / i64::from(self.quota);
        let mut used_until = self.used_until.lock();
        let held = used_until.entry(key).or_insert(now);
        // Bounded from above too: a clock that was set back locks nobody out.
        let used = (*held).clamp(now, now + WINDOW_US) - now;
        let after = used + step;
        let count = |used: i64, wait_us| Count {
            quota: self.quota,
            left: ((WINDOW_US - used) / step.max(1)).min(i64::from(self.quota)),
            full_in_us: used,
            wait_us,
        };
        if after > WINDOW_US {
            return Spent(Some(count(used, Some(after - WINDOW_US))));
        }
        *held = now + after;
        Spent(Some(count(after, None)))
    }
}

impl Spent {
    /// The problem to answer where the call is one too many.
    pub fn refusal(self) -> Option<Problem> {
        let wait = seconds(self.0?.wait_us?);
        let detail = format!("This key calls too fast: come again in {wait} s.");
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, detail);
        Some(problem.with_header(header::RETRY_AFTER, HeaderValue::from(wait)))
    }

    /// The answer with what is left of the quota.
    pub fn told(self, mut response: Response) -> Response {
        let Some(count) = self.0 else { return response };
        let quota = count.quota;
        let texts = [
            (POLICY, format!(r#""key";q={quota};w={WINDOW_S}"#)),
            (
                LEFT,
                format!(r#""key";r={};t={}"#, count.left, seconds(count.full_in_us)),
            ),
        ];
        for (name, text) in texts {
            let value = HeaderValue::try_from(text).expect("digits and ASCII signs");
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// Whole seconds, rounded up.
fn seconds(micros: i64) -> i64 {
    micros.div_euclid(SECOND_US) + i64::from(micros.rem_euclid(SECOND_US) > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: KeyId = KeyId(1);

    #[test]
    fn off_means_off() {
        let rate = Rate::new(0);
        assert!((0..10_000).all(|_| rate.spend(KEY, 0) == Spent(None)));
        assert!(rate.used_until.lock().is_empty());
    }

    #[test]
    fn a_quota_is_spent_and_comes_back_evenly() {
        let rate = Rate::new(6);
        for left in (0..6).rev() {
            let count = rate.spend(KEY, 1_000).0.unwrap();
            assert_eq!((count.left, count.wait_us), (left, None));
        }
        let refused = rate.spend(KEY, 1_000);
        assert_eq!(refused.0.unwrap().wait_us, Some(10 * SECOND_US));
        assert_eq!(refused.refusal().unwrap().status, 429);
        // Another key has its own.
        assert!(rate.spend(KeyId(2), 1_000).refusal().is_none());
        // A refused call costs nothing.
        let later = 1_000 + 10 * SECOND_US;
        assert!(rate.spend(KEY, later).refusal().is_none());
        assert!(rate.spend(KEY, later).refusal().is_some());
        assert_eq!(rate.spend(KEY, later + WINDOW_US).0.unwrap().left, 5);
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out_for_long() {
        let rate = Rate::new(1);
        rate.spend(KEY, 1_000_000 * SECOND_US);
        let wait = rate.spend(KEY, 0).0.unwrap().wait_us;
        assert_eq!(wait, Some(WINDOW_US));
    }
}
