//! One call about parcels, from the payment to the commit of what was answered.
//!
//! Guarantee: an answer is committed before its poll is settled, so a crash between the two asks again
//! and loses nothing. A parcel whose part of an answer can't be read fails alone. What the schedule
//! (`polling`) sends off comes back as `Landed`, whatever happened.

mod failed;

use crate::Hub;
use crate::admitting::poll_parcel;
use crate::booking::Otherwise;
use crate::budget::Purpose;
use crate::errands::Trusts;
use crate::metrics::Name;
use crate::outbound::{Answered, Policy};
use crate::polling::life::{Terms, spread};
use crate::schedule::{self, Trouble};
pub(crate) use failed::Failed;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use trackway_dialects::dialect::{Parcel, Parsed, Upstream};
use trackway_dialects::{Call, CallError, Outgoing, registry};
use trackway_model::TrackId;
use trackway_model::intake::{Content, Intake, Verified};
use trackway_store::StoreError;
use trackway_store::records::{Connection, Poll, PollKind, SettledPoll};

/// One deadline over connecting, headers and body.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// What an upstream answered about one parcel.
#[derive(Debug)]
pub(crate) struct Heard {
    pub parsed: Parsed,
    pub status: u16,
    /// When it was asked.
    pub asked: i64,
    pub again: Again,
}

/// When to ask again after an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Again {
    BySchedule,
    /// The simulation knows; None: it has told all.
    At(Option<i64>),
}

/// Polls that are asked with one call.
pub(crate) struct Flight {
    pub connection: Arc<Connection>,
    pub dialect: &'static str,
    pub call: &'static dyn Call,
    pub kind: PollKind,
    pub terms: Terms,
    /// No more than the call's batch.
    pub polls: Vec<Poll>,
}

/// What became of a flight.
#[derive(Debug)]
pub(crate) struct Landed {
    pub kind: PollKind,
    pub settled: Vec<SettledPoll>,
    /// What it says of the connection: None where any parcel was answered.
    pub trouble: Option<Trouble>,
    /// Nothing may be asked before, where that is known.
    pub until: Option<i64>,
    /// Whether a call was made.
    pub made: bool,
    pub at: i64,
}

/// Asks, commits what was answered, and says when to ask again.
pub(crate) async fn fly(hub: Arc<Hub>, flight: Flight) -> Landed {
    fly_by(&hub, flight).await
}

async fn fly_by(hub: &Hub, flight: Flight) -> Landed {
    let began = hub.clock.monotonic();
    let outcomes = learn(hub, &flight).await;
    let took = hub.clock.monotonic().saturating_sub(began);
    let labels = [flight.dialect.into()];
    hub.metrics.observe(Name::PollSeconds, &labels, took);
    let at = hub.clock.now();
    let failures = || outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    let answered = failures().count() < outcomes.len();
    let worst = failures().find(|failed| failed.trouble != Trouble::Nothing);
    let told = failures().filter_map(|failed| failed.retry_after).max();
    let mut landed = Landed {
        kind: flight.kind,
        settled: Vec::with_capacity(flight.polls.len()),
        trouble: worst.filter(|_| !answered).map(|failed| failed.trouble),
        until: told.map(|wait| at.saturating_add(crate::clock::micros(wait))),
        made: failures().all(|failed| failed.made),
        at,
    };
    hub.note_flight(&flight, &outcomes).await;
    for (poll, outcome) in flight.polls.iter().zip(outcomes) {
        let label = outcome
            .as_ref()
            .map_or_else(|failed| failed.trouble.name(), |_| "answered");
        let labels = [flight.dialect.into(), label.into()];
        hub.metrics.count(Name::Polls, &labels, 1);
        landed
            .settled
            .push(hub.settled(poll, outcome, flight.terms, at).await);
    }
    landed
}

/// Asks about one number of a sandbox now, whatever the schedule says. Where the schedule has taken it
/// up meanwhile, it hears the same, and whichever ends first says when to ask again.
pub(crate) async fn ask(hub: &Hub, poll: Poll) -> Result<(), StoreError> {
    let Some(connection) = hub.store.connection(poll.connection).await? else {
        return Ok(());
    };
    let dialect = registry::find(&connection.dialect).filter(|_| !connection.paused);
    let Some((dialect, call)) = dialect.and_then(|dialect| Some((dialect, dialect.call()?))) else {
        return Ok(());
    };
    let flight = Flight {
        connection,
        dialect: dialect.name(),
        call,
        kind: poll.kind,
        terms: Terms::free(hub.clock.now()),
        polls: vec![poll],
    };
    let mut landed = fly_by(hub, flight).await;
    for settled in &mut landed.settled {
        let polls = hub.store.polls_of(settled.track).await?;
        let standing = polls
            .iter()
            .find(|poll| poll.connection == settled.connection);
        settled.fence = standing.and_then(|poll| poll.fence);
    }
    settle(hub, landed.settled).await;
    Ok(())
}

/// If the store refuses, the leases run out and the polls come due again.
pub(crate) async fn settle(hub: &Hub, settled: Vec<SettledPoll>) {
    if settled.is_empty() {
        return;
    }
    let count = settled.len();
    if let Err(error) = hub.store.settle_polls(settled).await {
        tracing::warn!(%error, count, "polls could not be settled; they come again");
    }
}

impl Hub {
    /// When to ask about a number again.
    async fn settled(
        &self,
        poll: &Poll,
        outcome: Result<Again, Failed>,
        terms: Terms,
        at: i64,
    ) -> SettledPoll {
        let (due, failures) = match outcome {
            Ok(again) => match self.after_answer(poll, again, terms, at).await {
                Ok(due) => (due, 0),
                Err(failed) => self.after_trouble(poll, &failed, at).await,
            },
            Err(failed) => self.after_trouble(poll, &failed, at).await,
        };
        SettledPoll {
            track: poll.track,
            connection: poll.connection,
            kind: poll.kind,
            fence: poll.fence,
            due,
            failures,
        }
    }

    async fn after_answer(
        &self,
        poll: &Poll,
        again: Again,
        terms: Terms,
        now: i64,
    ) -> Result<Option<i64>, Failed> {
        if let Again::At(due) = again {
            return Ok(due);
        }
        let life = self.life(poll).await.map_err(|e| Failed::store(&e))?;
        let life = life.ok_or_else(Failed::empty)?;
        let ground = self.ground(&poll.carrier, now);
        Ok(life.next(poll.track, &ground, now, terms, now))
    }

    async fn after_trouble(&self, poll: &Poll, failed: &Failed, now: i64) -> (Option<i64>, u32) {
        let trouble = failed.trouble;
        tracing::info!(
            connection = poll.connection.0,
            track = poll.track.0,
            failures = poll.failures,
            trouble = trouble.name(),
            why = failed.why,
            "a poll brought nothing"
        );
        if trouble == Trouble::Quota {
            // Not this number's: it stays first in the line until the connection may be asked.
            return (Some(now), poll.failures);
        }
        let failures = poll.failures.saturating_add(1);
        if trouble == Trouble::Nothing
            && let Ok(Some(wait)) = self.wait_for_news(poll).await
        {
            // The registration's clock ends it.
            return (Some(now.saturating_add(spread(poll.track, wait))), failures);
        }
        let due = schedule::after_trouble(poll.track, now, trouble, failures, failed.retry_after);
        (due, failures)
    }
}

/// Asks and commits: what became of each poll.
async fn learn(hub: &Hub, flight: &Flight) -> Vec<Result<Again, Failed>> {
    let Flight {
        connection,
        dialect,
        call,
        kind,
        polls,
        ..
    } = flight;
    let purpose = match kind {
        PollKind::Manual => Purpose::Manual,
        PollKind::First | PollKind::Usual => Purpose::Scheduled,
    };
    let tracks: Vec<TrackId> = polls.iter().map(|poll| poll.track).collect();
    let mut trusts = match hub.trusts(*call, connection.id, &tracks).await {
        Ok(trusts) => trusts,
        Err(error) => {
            let failed = Failed::store(&error);
            return polls.iter().map(|_| Err(failed.clone())).collect();
        }
    };
    let mut outcomes = hub.register_first(flight, purpose).await;
    hub.tell_first(flight, &mut trusts, &mut outcomes, purpose)
        .await;
    let open: Vec<usize> = (0..polls.len())
        .filter(|at| outcomes[*at].is_none())
        .collect();
    let asked: Vec<&Poll> = open.iter().map(|at| &polls[*at]).collect();
    let otherwise = match hub.called_otherwise(connection, &asked).await {
        Ok(otherwise) => otherwise,
        Err(error) => {
            let failed = Failed::store(&error);
            return polls.iter().map(|_| Err(failed.clone())).collect();
        }
    };
    let known = Known {
        trusts: &trusts,
        otherwise: &otherwise,
    };
    let mut heard = hear_known(hub, flight, &asked, known, purpose).await;
    let gone = hub
        .hand_in(*call, connection, &asked, &mut heard, purpose)
        .await;
    let mut intakes = Vec::with_capacity(open.len());
    for (nth, (at, heard)) in open.into_iter().zip(heard).enumerate() {
        if gone.contains(&nth) {
            outcomes[at] = Some(Ok(Again::At(None)));
            continue;
        }
        let poll = &polls[at];
        outcomes[at] = Some(heard.map(|heard| {
            let strange = heard.parsed.warnings.len() as u64;
            hub.metrics
                .count(Name::Warnings, &[(*dialect).into()], strange);
            let mut content = Content::Document(heard.parsed.answer);
            if let Some(otherwise) = otherwise.get(&poll.track) {
                otherwise.readdress(&mut content);
            }
            intakes.push(Intake {
                account: poll.account,
                connection: connection.id,
                carrier: poll.carrier.clone(),
                number: poll.number.clone(),
                // An answer tells what was known when it was asked for: a webhook that comes in while
                // it is on its way is newer.
                received: heard.asked,
                content,
            });
            heard.again
        }));
    }
    let outcomes: Vec<Result<Again, Failed>> = outcomes
        .into_iter()
        .map(|outcome| outcome.unwrap_or_else(|| Err(Failed::empty())))
        .collect();
    if intakes.is_empty() {
        return outcomes;
    }
    // Verified: we asked this upstream ourselves, at the address that its connection names.
    if let Err(error) = hub.ingest(Verified::attest(intakes)).await {
        let failed = Failed::store(&error);
        return outcomes
            .into_iter()
            .map(|outcome| outcome.and_then(|_| Err(failed.clone())))
            .collect();
    }
    outcomes
}

/// What an upstream knows of numbers beside them.
#[derive(Clone, Copy)]
struct Known<'a> {
    trusts: &'a Trusts,
    /// Those that it calls otherwise.
    otherwise: &'a HashMap<TrackId, Otherwise>,
}

/// Asks about those of a flight's numbers that the upstream can be asked about. Where it can't without
/// what it gave for a number, one that it gave nothing for is unknown to it.
async fn hear_known(
    hub: &Hub,
    flight: &Flight,
    polls: &[&Poll],
    known: Known<'_>,
    purpose: Purpose,
) -> Vec<Result<Heard, Failed>> {
    let Flight {
        connection,
        dialect,
        call,
        ..
    } = flight;
    let admits = call.admits();
    let by_given = admits.is_some_and(|it| it.asks_by_given(&connection.settings));
    let is_known = |parcel: &Parcel<'_>| !by_given || parcel.given.is_some_and(|it| !it.is_null());
    let Known { trusts, otherwise } = known;
    let parcels = polls.iter().copied().map(|poll| Parcel {
        given: trusts.get(&poll.track).map(|known| &known.given),
        number: otherwise
            .get(&poll.track)
            .map_or(&poll.number, |it| &it.number),
        ..poll_parcel(poll)
    });
    let parcels: Vec<Parcel<'_>> = parcels.collect();
    let known: Vec<Parcel<'_>> = parcels.iter().copied().filter(is_known).collect();
    let mut heard = Vec::new();
    if !known.is_empty() {
        heard = hear_all(hub, *call, dialect, connection, &known, purpose).await;
    }
    let mut heard = heard.into_iter();
    let said = |parcel| {
        let said = if is_known(parcel) { heard.next() } else { None };
        said.unwrap_or_else(|| Err(Failed::not_given()))
    };
    parcels.iter().map(said).collect()
}

/// Asks an upstream about a parcel, once, and reads what it answers.
pub(crate) async fn hear(
    hub: &Hub,
    call: &dyn Call,
    dialect: &'static str,
    connection: &Connection,
    parcel: &Parcel<'_>,
    purpose: Purpose,
) -> Result<Heard, Failed> {
    let heard = hear_all(hub, call, dialect, connection, &[*parcel], purpose).await;
    heard
        .into_iter()
        .next()
        .unwrap_or_else(|| Err(Failed::empty()))
}

/// Asks about several parcels with one call, and reads what is answered of each, in their order. In
/// a sandbox the simulation is asked in the upstream's place.
pub(crate) async fn hear_all(
    hub: &Hub,
    call: &dyn Call,
    dialect: &'static str,
    connection: &Connection,
    parcels: &[Parcel<'_>],
    purpose: Purpose,
) -> Vec<Result<Heard, Failed>> {
    let all = |failed: Failed| parcels.iter().map(|_| Err(failed.clone())).collect();
    match hub.in_sandbox(connection.account).await {
        Ok(false) => {}
        Ok(true) => {
            let mut heard = Vec::with_capacity(parcels.len());
            for parcel in parcels {
                heard.push(hub.hear_simulated(call, dialect, connection, parcel).await);
            }
            return heard;
        }
        Err(error) => return all(Failed::store(&error)),
    }
    let (answered, asked) = match exchange(hub, call, connection, parcels, purpose).await {
        Ok(answered) => answered,
        Err(failed) => return all(failed),
    };
    let vocabularies = hub.vocabularies();
    let mut parsed = call.parse_all(vocabularies.of(dialect), parcels, &answered.as_answer());
    // A dialect that forgot some has not read them.
    parsed.truncate(parcels.len());
    let missing = || CallError::Shape {
        member: String::new(),
        problem: "nothing was said of this parcel".to_owned(),
    };
    parsed.resize_with(parcels.len(), || Err(missing()));
    if parsed
        .iter()
        .any(|one| matches!(one, Err(CallError::Quota { .. })))
        && let Err(error) = hub.refused(call, connection, &answered).await
    {
        return all(Failed::store(&error));
    }
    let read = |parsed: Result<Parsed, CallError>| match parsed {
        Ok(parsed) => Ok(Heard {
            parsed,
            status: answered.status,
            asked,
            again: Again::BySchedule,
        }),
        Err(error) => Err(Failed::call(&error, Some(&answered))),
    };
    parsed.into_iter().map(read).collect()
}

/// Pays for a call and makes it. Returns the answer and when it was asked for.
async fn exchange(
    hub: &Hub,
    call: &dyn Call,
    connection: &Connection,
    parcels: &[Parcel<'_>],
    purpose: Purpose,
) -> Result<(Answered, i64), Failed> {
    let upstream = Upstream {
        connection: connection.id,
        base_url: &connection.base_url,
        settings: &connection.settings,
    };
    let outgoing = call
        .request_all(&upstream, parcels)
        .map_err(|e| Failed::call(&e, None))?;
    paid(hub, call, connection, outgoing, purpose).await
}

/// Pays for a call of whatever kind and makes it. Returns the answer and when it was asked for.
pub(crate) async fn paid(
    hub: &Hub,
    call: &dyn Call,
    connection: &Connection,
    outgoing: Outgoing,
    purpose: Purpose,
) -> Result<(Answered, i64), Failed> {
    let policy = Policy::of(connection.operator);
    let coin = hub.coin(call, connection, purpose).await;
    let coin = coin.map_err(|unpaid| Failed::unpaid(hub, &unpaid))?;
    let asked = hub.clock.now();
    let answered = hub.pay(coin, outgoing, policy, DEADLINE).await;
    Ok((answered.map_err(|e| Failed::send(&e))?, asked))
}

#[cfg(test)]
mod tests;
