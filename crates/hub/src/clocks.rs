//! The clocks of registrations: nothing found, nothing new.
//!
//! Guarantee: what a clock brings about is written to the feed once for each registration and
//! silence, whatever the nodes and their crashes: it is committed together with the clock's next
//! look, and only if nobody was there before. An expired registration ends its polls in the same
//! commit; news begin another silence, and wake what ended (`polling`). How a registration stands is
//! never stored: `standing` says it at any moment.

use crate::Hub;
use crate::clock::micros;
use crate::error::HubError;
use crate::reading::Registration;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use trackway_dialects::desk::dialect_of;
use trackway_dialects::{Dialect, registry};
use trackway_model::change::{ChangeKind, ShipmentChange};
use trackway_model::registration::Facts;
use trackway_model::{Clocks, Standing, Track};
use trackway_store::StoreError;
use trackway_store::clocks::{DueClock, Ends, WoundClock};

/// Clocks that are looked at in one go.
const AT_ONCE: usize = 256;

/// What a system says after how long; nothing where there is no such system any more.
pub fn clocks_of(dialect: &str) -> Clocks {
    registry::find(dialect_of(dialect)).map_or(Clocks::NONE, Dialect::clocks)
}

/// When the clock of a registration that is made now is looked at first.
pub fn first_look(dialect: &str, now: i64) -> Option<i64> {
    first_of(clocks_of(dialect), now)
}

/// The same by clocks that are known.
pub(crate) fn first_of(clocks: Clocks, now: i64) -> Option<i64> {
    let facts = Facts {
        registered: now,
        news: None,
        ended: false,
    };
    facts.next(clocks, now)
}

/// When whoever registers a number now is told how it stands, if it is known by then: at its system's
/// first look. None where its system tells nobody.
pub(crate) fn greeting(book: &str, registered: i64) -> Option<i64> {
    let rhythm = registry::find(dialect_of(book))?.rhythm()?;
    Some(registered.saturating_add(micros(rhythm.first)))
}

/// What a registration's standing follows from, where its track may not be there yet.
pub(crate) fn facts_of(track: Option<&Track>, registered: i64) -> Facts {
    let nothing = Facts {
        registered,
        news: None,
        ended: false,
    };
    track.map_or(nothing, |track| facts(track, registered))
}

/// What a registration's standing follows from.
fn facts(track: &Track, registered: i64) -> Facts {
    let ended = track.states.last().map(|state| state.stage().is_final());
    Facts {
        registered,
        news: track.spine.iter().map(|told| told.first_seen).max(),
        ended: ended.unwrap_or(false),
    }
}

/// How a registration of a track stands.
pub fn standing(track: &Track, registration: &Registration, now: i64) -> Standing {
    facts(track, registration.created).standing(clocks_of(&registration.dialect), now)
}

/// Looks at clocks until `stop`.
pub(crate) async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let wake = match hub.wind_clocks().await {
            Ok(next) => next.unwrap_or(i64::MAX),
            Err(error) => {
                tracing::warn!(%error, "registrations' clocks could not be looked at");
                i64::MAX
            }
        };
        // Another process may have registered what runs out earlier.
        let wake = wake.min(hub.next_look());
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = hub.clock.sleep_until(wake) => {}
        }
    }
}

impl Hub {
    /// Looks at the clocks that are due; returns when the next one is.
    async fn wind_clocks(&self) -> Result<Option<i64>, StoreError> {
        loop {
            let now = self.clock.now();
            let next = self.store.next_clock().await?;
            if next.is_none_or(|at| at > now) {
                return Ok(next);
            }
            for due in self.store.due_clocks(now, AT_ONCE).await? {
                self.wind(due, now).await?;
            }
        }
    }

    async fn wind(&self, due: DueClock, now: i64) -> Result<(), StoreError> {
        let clocks = self.clocks_of(&due.dialect);
        let track = self.store.track(due.track).await?;
        let facts = facts_of(track.as_deref(), due.created);
        let standing = facts.standing(clocks, now);
        let silence = (standing, facts.silent_since());
        let is_told = !standing.is_by_clock() || due.told == Some(silence);
        let by_clock = track
            .as_deref()
            .filter(|_| !is_told)
            .and_then(|track| change(track, due.registration, standing, now));
        let expires = by_clock.is_some() && standing == Standing::Expired;
        let told = if by_clock.is_some() {
            Some(silence)
        } else {
            due.told
        };
        let greeted = || greet(track.as_deref()?, &due, facts, now);
        let change = by_clock.or_else(greeted);
        let name = standing.name();
        let tells = change.is_some();
        let wound = WoundClock {
            registration: due.registration,
            at: due.at,
            next: facts.next(clocks, now),
            told,
            change,
            ends: expires.then_some(Ends {
                track: due.track,
                account: due.account,
                since: facts.news.unwrap_or(i64::MIN),
            }),
        };
        if self.store.wind_clock(wound).await? && tells {
            let track = due.track.0;
            tracing::info!(
                track,
                standing = name,
                "a registration's clock told something"
            );
        }
        Ok(())
    }

    /// How the account's own registration of a number stands, if it has one.
    pub(crate) async fn standing_of(&self, track: &Track) -> Result<Option<Standing>, HubError> {
        let own = crate::listing::OWN_DIALECT;
        let kept = self
            .store
            .registrations(track.account, own, track.id)
            .await?;
        let first = kept.first();
        Ok(first.map(|registration| standing(track, registration, self.clock.now())))
    }
}

/// What whoever registered a number is told first, if all that is known of it was known before: what
/// was told since has been told already.
fn greet(track: &Track, due: &DueClock, facts: Facts, now: i64) -> Option<ShipmentChange> {
    let is_first = greeting(&due.dialect, due.created) == Some(due.at);
    let was_known = facts.news.is_some_and(|news| news < due.created);
    let registration = due.registration;
    (is_first && was_known)
        .then(|| ShipmentChange::of_clock(track, ChangeKind::Registered { registration }, now))
}

/// The change that a clock makes.
fn change(
    track: &Track,
    registration: i64,
    standing: Standing,
    now: i64,
) -> Option<ShipmentChange> {
    let kind = match standing {
        Standing::NoRecord => ChangeKind::NoRecord { registration },
        Standing::Expired => ChangeKind::Expired { registration },
        Standing::Pending | Standing::Active | Standing::Ended => return None,
    };
    Some(ShipmentChange::of_clock(track, kind, now))
}
