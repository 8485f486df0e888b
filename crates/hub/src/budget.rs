//! Quotas of upstreams, spent like money: no call goes out without a coin, and only a purse makes
//! coins.
//!
//! Guarantee: never one call over a quota, with whatever nodes on the same store and however they
//! die. A purse takes calls from the store's ledger in small chunks before they are made; a call
//! that timed out was made; a chunk that a dead node held is lost until its window ends. Connections
//! with the same upstream, key and dialect share one purse, of whatever accounts they are. The
//! arithmetic and why it holds: `trackway_model::quota`. What it rests on: the shared clock is right
//! to [`EDGE`] where a day ends, and a request that this node has given up on is not delivered more
//! than [`STRAY`] later.
//!
//! An upstream that says itself that it has had enough closes the purse, on every node and over
//! restarts: until the time that it names, or else until its quota begins anew.
//!
//! Called by whoever asks upstreams: [`Hub::coin`], then [`Hub::pay`]; and [`Hub::refused`] where the
//! answer says so. Part of each day's calls is kept for what people ask for.

mod purse;
mod time;
mod told;

pub use told::{LimitInfo, QuotaInfo};

pub(crate) use purse::{Coin, Purses};

use crate::Hub;
use crate::clock::{SECOND, micros};
use crate::outbound::{Answered, Policy, SendError};
use purse::Purse;
use std::sync::Arc;
use std::time::Duration;
use trackway_dialects::settings::SettingError;
use trackway_dialects::{Call, Outgoing, quota};
use trackway_model::InstallationKey;
use trackway_model::quota::{EDGE, FLIGHT, Limit, Quota};
use trackway_store::StoreError;
use trackway_store::budgets::Refusal;
use trackway_store::records::Connection;

/// How long a request that was given up can be on its way still.
const STRAY: Duration = Duration::from_secs(10);
/// How long a caller waits for a coin, where one is near.
const PATIENCE: i64 = 2 * SECOND;
/// The longest wait that an upstream's `Retry-After` is believed.
const LONGEST: i64 = 86_400 * SECOND;
/// Waits after a refusal that names no time, doubled with each in a row up to the second: of calls
/// that came too fast, and of a quota that nothing is known of.
const TOO_FAST: (i64, i64) = (60 * SECOND, 3_600 * SECOND);
const UNKNOWN: (i64, i64) = (15 * 60 * SECOND, 6 * 3_600 * SECOND);

const _: () = assert!(EDGE > 0 && FLIGHT > micros_of(STRAY));

const fn micros_of(duration: Duration) -> i64 {
    duration.as_secs() as i64 * SECOND
}

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The schedule wants to know.
    Scheduled,
    /// Somebody asked for it now.
    Manual,
    /// A connection is tried out.
    Probe,
}

impl Purpose {
    const fn is_by_people(self) -> bool {
        match self {
            Self::Scheduled => false,
            Self::Manual | Self::Probe => true,
        }
    }
}

/// Why there is no coin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unpaid {
    /// No calls are left. By this node's own clock.
    #[error("the quota allows no call before {}", crate::clock::text(*at))]
    NotBefore { at: i64 },
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The connection's settings make no quota.
    #[error(transparent)]
    Setting(#[from] SettingError),
}

impl Hub {
    /// A coin for one call to an upstream. Waits a moment where one is near; the call must be made
    /// at once.
    pub(crate) async fn coin(
        &self,
        call: &dyn Call,
        connection: &Connection,
        purpose: Purpose,
    ) -> Result<Coin, Unpaid> {
        let own = quota::of(call, &connection.settings)?;
        let purse = self.purse(call, connection);
        let began = self.clock.monotonic();
        loop {
            let at = match self.try_pay(&purse, &own, purpose.is_by_people()).await? {
                Ok(coin) => return Ok(coin),
                Err(at) => at,
            };
            let moment = self.moment().await?;
            let at = self.clock.now() + at.saturating_sub(moment.earliest).max(0);
            let waited = micros(self.clock.monotonic().saturating_sub(began));
            if at.saturating_sub(self.clock.now()).saturating_add(waited) > PATIENCE {
                return Err(Unpaid::NotBefore { at });
            }
            self.clock.sleep_until(at).await;
        }
    }

    /// Makes the call that a coin pays for. Whatever comes of it, the coin is spent.
    pub(crate) async fn pay(
        &self,
        coin: Coin,
        outgoing: Outgoing,
        policy: Policy,
        deadline: Duration,
    ) -> Result<Answered, SendError> {
        let held = self.clock.monotonic().saturating_sub(coin.began);
        let flight = Duration::from_micros(FLIGHT.unsigned_abs());
        let left = flight.checked_sub(STRAY + held).unwrap_or_default();
        if left.is_zero() {
            return Err(SendError::Deadline(left));
        }
        let sent = self.outbound.send(outgoing, policy, deadline.min(left));
        let answered = sent.await?;
        self.settle(coin).await;
        Ok(answered)
    }

    /// Closes the purse: the upstream said that it has had enough.
    pub(crate) async fn refused(
        &self,
        call: &dyn Call,
        connection: &Connection,
        answered: &Answered,
    ) -> Result<(), StoreError> {
        let purse = self.purse(call, connection);
        let known = quota::of(call, &connection.settings).unwrap_or_default();
        let now = self.moment().await?.earliest;
        let mut state = purse.state.lock().await;
        let before = self.store.refusal(&purse.name).await?.unwrap_or_default();
        let times = times_in_a_row(&before, now);
        let counted = self.counted(&purse, &known, now).await?;
        let longest = self.config.longest_rest.map_or(i64::MAX, micros);
        let until = closed_until(&known, answered, times, counted, now);
        let until = until.max(before.until).min(now.saturating_add(longest));
        let refusal = Refusal {
            until,
            at: now,
            times,
            counted,
        };
        self.store.keep_refusal(&purse.name, refusal).await?;
        state.refusal = Some(refusal);
        tracing::warn!(
            connection = connection.id.0,
            counted = refusal.counted,
            until = crate::clock::text(until),
            "an upstream says that its quota is used up"
        );
        Ok(())
    }

    /// Calls that count in the longest window.
    async fn counted(&self, purse: &Purse, quota: &Quota, now: i64) -> Result<u64, StoreError> {
        let Some(limit) = longest(quota, now) else {
            return Ok(0);
        };
        let counted = limit.window.current(now).counted;
        let budget = purse.budget(&limit.window);
        let taken = self.store.calls_taken(&budget, counted).await?;
        Ok(taken.before)
    }

    fn purse(&self, call: &dyn Call, connection: &Connection) -> Arc<Purse> {
        self.purses.named(self.budget_name(call, connection))
    }

    /// The same for every connection that the upstream counts as one: a keyed hash, which tells
    /// nobody the key.
    fn budget_name(&self, call: &dyn Call, connection: &Connection) -> String {
        let key = connection.settings.get(call.counted_by());
        let words = [
            connection.dialect.as_str(),
            &address(&connection.base_url),
            key.map_or("", String::as_str),
        ];
        let words = words.join("\0");
        let secret = InstallationKey::new(self.store.secret("upstream quotas"));
        hex::encode(&secret.digest(words.as_bytes())[..16])
    }
}

/// An address without what does not tell upstreams apart.
fn address(url: &str) -> String {
    let text = reqwest::Url::parse(url.trim()).map_or_else(|_| url.to_owned(), String::from);
    text.trim_end_matches('/').to_owned()
}

/// How often an upstream refused in a row. What was sent before it closed the purse, and comes back
/// after, is no new refusal.
const fn times_in_a_row(before: &Refusal, now: i64) -> u32 {
    if before.until > now {
        return before.times;
    }
    let closed = before.until.saturating_sub(before.at);
    if before.times > 0 && now.saturating_sub(before.until) <= closed {
        before.times.saturating_add(1)
    } else {
        1
    }
}

/// The limit whose calls are there again last.
fn longest(quota: &Quota, now: i64) -> Option<&Limit> {
    let long = quota.limits().iter().filter(|l| !l.window.has_slots());
    long.max_by_key(|limit| limit.window.renewed_at(now))
}

/// Until when an upstream is left alone. That its whole quota is used up is believed where we have
/// counted half of it ourselves, or are told a second time; it may as well have been a mishap.
fn closed_until(quota: &Quota, answered: &Answered, times: u32, counted: u64, now: i64) -> i64 {
    let doubled = |(first, most): (i64, i64)| {
        let doublings = times.saturating_sub(1).min(20);
        now + first.saturating_mul(1 << doublings).min(most)
    };
    if let Some(told) = answered.retry_after_s {
        return now + micros(Duration::from_secs(told)).clamp(SECOND, LONGEST);
    }
    if answered.status == 429 {
        return doubled(TOO_FAST);
    }
    match longest(quota, now) {
        Some(limit) if times > 1 || counted.saturating_mul(2) >= limit.calls => {
            limit.window.renewed_at(now).saturating_add(EDGE)
        }
        Some(limit) => doubled(UNKNOWN).min(limit.window.renewed_at(now).saturating_add(EDGE)),
        None => doubled(UNKNOWN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trackway_model::quota::{Length, Window};

    fn answered(status: u16, retry_after_s: Option<u64>) -> Answered {
        Answered {
            status,
            retry_after_s,
            body: Vec::new(),
            cut: None,
        }
    }

    #[test]
    fn a_refusal_closes_for_as_long_as_it_says_or_means() {
        const DAY: i64 = 86_400 * SECOND;
        let day = Limit {
            calls: 10,
            window: Window::Rolling(Length::DAY),
        };
        let second = Limit {
            calls: 1,
            window: Window::Rolling(Length::SECOND),
        };
        let daily = Quota::new(vec![day], 0);
        let fast = Quota::new(vec![second], 0);
        let until =
            |quota, status, told, times| closed_until(quota, &answered(status, told), times, 9, 0);
        assert_eq!(until(&daily, 200, Some(90), 1), 90 * SECOND);
        assert_eq!(until(&daily, 429, Some(u64::MAX), 1), LONGEST);
        assert_eq!(until(&daily, 429, Some(0), 1), SECOND);
        assert_eq!(until(&daily, 429, None, 1), TOO_FAST.0);
        assert_eq!(until(&daily, 429, None, 3), 4 * TOO_FAST.0);
        assert_eq!(until(&daily, 429, None, u32::MAX), TOO_FAST.1);
        assert_eq!(until(&daily, 200, None, 1), DAY + EDGE);
        let early = |times| closed_until(&daily, &answered(200, None), times, 4, 0);
        assert_eq!(early(1), UNKNOWN.0, "it may be a mishap");
        assert_eq!(early(2), DAY + EDGE);
        assert_eq!(until(&fast, 200, None, 1), UNKNOWN.0);
        assert_eq!(until(&Quota::default(), 200, None, 40), UNKNOWN.1);
    }

    #[test]
    fn refusals_in_a_row_are_those_that_follow_soon() {
        let before = Refusal {
            until: 100,
            at: 40,
            times: 2,
            counted: 0,
        };
        assert_eq!(times_in_a_row(&Refusal::default(), 50), 1);
        assert_eq!(times_in_a_row(&before, 99), 2, "sent before");
        assert_eq!(times_in_a_row(&before, 160), 3);
        assert_eq!(times_in_a_row(&before, 161), 1);
    }

    #[test]
    fn addresses_that_mean_the_same_are_the_same() {
        assert_eq!(
            address("https://API.example.com/"),
            "https://api.example.com"
        );
        assert_eq!(
            address("https://api.example.com:443/v1/"),
            address("https://api.example.com/v1")
        );
        assert_ne!(
            address("https://api.example.com/v1"),
            address("https://api.example.com/v2")
        );
    }
}
