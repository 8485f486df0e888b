//! Upstreams that must be given a number before they can be asked about it.
//!
//! Contract: numbers of which such an upstream said that it does not know them are handed in, all with
//! one call, paid for like a look; their next looks come by the schedule, as of numbers of which nothing
//! is known yet. Handing one in again changes nothing. What is refused has that as its reason. What the
//! upstream gives for one is kept, and goes with every later call about it (`errands`).

use crate::Hub;
use crate::budget::Purpose;
use crate::errands::Trusts;
use crate::poll::{Failed, Heard, paid};
use crate::schedule::Trouble;
use serde_json::Value;
use trackway_dialects::Call;
use trackway_dialects::dialect::{Admits, Parcel, Taken, Upstream};
use trackway_model::TrackId;
use trackway_store::StoreError;
use trackway_store::errands::{Has, NewEntrusted, SettledErrand};
use trackway_store::records::{Connection, Poll};

impl Hub {
    /// Hands in what was not known, where the upstream wants that. `heard`: what it said of each poll's
    /// number. Returns which of those unknown numbers nobody here has registered any more: nothing will
    /// be told of them, so their polls are over.
    pub(crate) async fn hand_in(
        &self,
        call: &dyn Call,
        connection: &Connection,
        polls: &[&Poll],
        heard: &mut [Result<Heard, Failed>],
        purpose: Purpose,
    ) -> Vec<usize> {
        let admits = call
            .admits()
            .filter(|it| it.is_wanted(&connection.settings));
        let Some(admits) = admits else {
            return Vec::new();
        };
        let unknown = |heard: &Result<Heard, Failed>| {
            heard
                .as_ref()
                .is_err_and(|failed| failed.trouble == Trouble::Nothing)
        };
        let missing: Vec<usize> = (0..polls.len().min(heard.len()))
            .filter(|at| unknown(&heard[*at]))
            .collect();
        // Nobody is asked in a sandbox; where that can't be read, the next look tries again.
        if missing.is_empty() || self.in_sandbox(connection.account).await.unwrap_or(true) {
            return Vec::new();
        }
        let tracks: Vec<TrackId> = missing.iter().map(|at| polls[*at].track).collect();
        // What nobody has registered any more is nobody's to give.
        let registered = self.registered_among(connection.account, &tracks).await;
        let Ok(registered) = registered else {
            return Vec::new();
        };
        let (missing, gone): (Vec<usize>, Vec<usize>) = missing
            .into_iter()
            .partition(|at| registered.contains(&polls[*at].track));
        if missing.is_empty() {
            return gone;
        }
        let wanted: Vec<&Poll> = missing.iter().map(|at| polls[*at]).collect();
        let outcomes = self.give(call, admits, connection, &wanted, purpose).await;
        let count = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        tracing::info!(connection = connection.id.0, count, "handed numbers in");
        for (at, outcome) in missing.into_iter().zip(outcomes) {
            if let Err(failed) = outcome {
                heard[at] = Err(failed);
            }
        }
        gone
    }

    /// Gives numbers to an upstream and keeps what it gave for them: what became of each.
    async fn give(
        &self,
        call: &dyn Call,
        admits: &dyn Admits,
        connection: &Connection,
        polls: &[&Poll],
        purpose: Purpose,
    ) -> Vec<Result<(), Failed>> {
        let all = |failed: Failed| polls.iter().map(|_| Err(failed.clone())).collect();
        let tracks: Vec<TrackId> = polls.iter().map(|poll| poll.track).collect();
        let said = self.said_with(&connection.dialect, connection.account, &tracks);
        let said = match said.await {
            Ok(said) => said,
            Err(error) => return all(Failed::store(&error)),
        };
        let before = match self.promise(connection, &tracks).await {
            Ok(before) => before,
            Err(error) => return all(Failed::store(&error)),
        };
        let parcels = polls.iter().copied().map(|poll| Parcel {
            registered: said.get(&poll.track),
            ..poll_parcel(poll)
        });
        let parcels: Vec<Parcel<'_>> = parcels.collect();
        let upstream = Upstream {
            connection: connection.id,
            base_url: &connection.base_url,
            settings: &connection.settings,
        };
        let outgoing = match admits.request_all(&upstream, &parcels) {
            Ok(outgoing) => outgoing,
            Err(error) => return all(Failed::call(&error, None)),
        };
        let answered = match paid(self, call, connection, outgoing, purpose).await {
            Ok((answered, _)) => answered,
            Err(failed) => return all(failed),
        };
        let judged = admits.judge_all(&parcels, &answered.as_answer());
        let (mut entrusted, mut others) = (Vec::new(), Vec::new());
        let mut outcomes = Vec::with_capacity(polls.len());
        for (poll, judged) in polls.iter().zip(judged) {
            match &judged {
                Ok(Taken::Now(given)) => {
                    entrusted.push(new(connection, poll.track, given.clone()));
                }
                // Somebody else's, unless the answer to an earlier call of ours was lost.
                _ if !before.contains_key(&poll.track) => others.push(SettledErrand {
                    track: poll.track,
                    connection: connection.id,
                    edits: 0,
                    refreshes: 0,
                    now_has: Has::Nothing,
                }),
                _ => {}
            }
            let failed = |error| Failed::call(&error, Some(&answered));
            outcomes.push(judged.map(|_| ()).map_err(failed));
        }
        let kept = self.store.entrust(entrusted).await;
        let dropped = self.store.settle_errands(others).await;
        if let Err(error) = kept.and(dropped) {
            return all(Failed::store(&error));
        }
        outcomes
    }

    /// Keeps that numbers are about to be given, so that it is known where the answer is lost. Those
    /// of which that was kept before.
    async fn promise(
        &self,
        connection: &Connection,
        tracks: &[TrackId],
    ) -> Result<Trusts, StoreError> {
        let before = self.store.entrusted(connection.id, tracks).await?;
        let before: Trusts = before.into_iter().map(|it| (it.track, it)).collect();
        let fresh = tracks.iter().filter(|track| !before.contains_key(track));
        let fresh = fresh.map(|track| new(connection, *track, Value::Null));
        self.store.entrust(fresh.collect()).await?;
        Ok(before)
    }
}

const fn new(connection: &Connection, track: TrackId, given: Value) -> NewEntrusted {
    NewEntrusted {
        track,
        connection: connection.id,
        account: connection.account,
        given,
    }
}

/// A poll's number as an upstream is asked about it.
pub(crate) fn poll_parcel(poll: &Poll) -> Parcel<'_> {
    Parcel {
        carrier: &poll.carrier,
        number: &poll.number,
        ..Parcel::default()
    }
}
