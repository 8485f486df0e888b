//! Whom to ask, and when: the schedule of calls to upstreams.
//!
//! Guarantee: a poll that was claimed comes due again by itself when this node dies, when the
//! upstream is out and when our own store refuses: nothing is ever taken off the list by a failure.
//! The claim pushes the due time back by a lease; no work happens inside the claiming transaction.
//! Nodes on one store claim apart.
//!
//! Each connection has a lane of its own (`lane`): a few calls in flight, an even pace (`pace`), a
//! breaker (`gate`), and a price (`price`) that its numbers' calls must be worth (`worth`, with
//! `priors`). No more is claimed than can be sent at once, so nothing waits in memory, and what a
//! lane may not ask now stays due in the store and delays no other. What somebody asks for goes
//! first, then new numbers beside those whose time has come, half and half.
//!
//! One task a node. It sleeps until the first poll that a lane may ask, until a call lands, or until
//! somebody rings.

mod gate;
mod lane;
pub mod life;
pub mod pace;
pub mod price;
pub mod priors;
pub mod rests;
mod wake;
pub mod worth;

use crate::Hub;
use crate::clock::{SECOND, micros};
use crate::poll::{self, DEADLINE, Flight, Landed};
use lane::Lane;
use life::{Ground, Life};
pub(crate) use wake::pushed;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;
use trackway_dialects::{quota, registry};
use trackway_model::ConnectionId;
use trackway_store::StoreError;
use trackway_store::records::{Connection, Poll, PollClaim, PollKind, SettledPoll};

/// Longer than a call with its payment and the commit of its answer.
const LEASE: i64 = 2 * 60 * SECOND;
const _: () = assert!(3 * DEADLINE.as_secs() as i64 * SECOND <= LEASE);
/// The same in a sandbox, where nobody is called: a node that dies holds a simulated journey up no longer.
const SIMULATED_LEASE: i64 = 5 * SECOND;
/// Calls in flight at all.
const IN_FLIGHT: usize = 1_024;
/// Claims of one lane in a row, so that one that puts off much does not hold up the others.
const ROUNDS: usize = 8;

/// The schedule of one node.
struct Polling {
    hub: Arc<Hub>,
    lanes: HashMap<ConnectionId, Lane>,
    flights: JoinSet<Landed>,
    /// Whose a flight is.
    of: HashMap<Id, ConnectionId>,
}

/// Asks what is due until `stop`; what is in flight then is awaited.
pub(crate) async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    let mut polling = Polling {
        hub: hub.clone(),
        lanes: HashMap::new(),
        flights: JoinSet::new(),
        of: HashMap::new(),
    };
    while !stop.is_cancelled() {
        let wake = polling.step().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "polls could not be claimed");
            hub.next_look()
        });
        let some = !polling.flights.is_empty();
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            Some(landed) = polling.flights.join_next_with_id(), if some => polling.land(landed).await,
            () = hub.polls_bell.notified() => polling.lanes.values_mut().for_each(Lane::rung),
            () = hub.clock.sleep_until(wake) => {}
        }
    }
    while let Some(landed) = polling.flights.join_next_with_id().await {
        polling.land(landed).await;
    }
}

type Landing = Result<(Id, Landed), tokio::task::JoinError>;

impl Polling {
    /// Sends off what is due; returns when to look again.
    async fn step(&mut self) -> Result<i64, StoreError> {
        let now = self.hub.clock.now();
        let mut wake = self.hub.next_look();
        let mut due: BTreeMap<ConnectionId, Vec<PollKind>> = BTreeMap::new();
        for head in self.hub.store.poll_heads().await? {
            if head.due <= now {
                due.entry(head.connection).or_default().push(head.kind);
            } else {
                wake = wake.min(head.due);
            }
        }
        for (connection, kinds) in due {
            wake = wake.min(self.serve(connection, &kinds).await?);
        }
        Ok(wake)
    }

    /// Sends off what is due on a connection, as far as it may; returns when to look again.
    async fn serve(&mut self, id: ConnectionId, kinds: &[PollKind]) -> Result<i64, StoreError> {
        let hub = self.hub.clone();
        let Some(connection) = hub.store.connection(id).await? else {
            return Ok(i64::MAX);
        };
        let now = hub.clock.now();
        let lane = self.lanes.entry(id).or_insert_with(|| Lane::new(now));
        if lane.is_stale(now) {
            let (per_day, batch, numbers) = hub.allowance(&connection).await?;
            lane.refresh(now, per_day, batch, numbers);
        }
        let mut wake = i64::MAX;
        let mut waiting: Vec<PollKind> = kinds.to_vec();
        waiting.sort_unstable();
        for _ in 0..ROUNDS {
            let both = waiting.contains(&PollKind::First) && waiting.contains(&PollKind::Usual);
            for kind in std::mem::take(&mut waiting) {
                let more = self.send(&connection, kind, both).await?;
                match more {
                    Next::More => waiting.push(kind),
                    Next::At(at) => wake = wake.min(at),
                }
            }
            if waiting.is_empty() {
                return Ok(wake);
            }
        }
        // The others have their turn first.
        Ok(wake.min(hub.clock.now()))
    }

    /// Claims polls of a kind and sends off those that are worth it.
    async fn send(
        &mut self,
        connection: &Arc<Connection>,
        kind: PollKind,
        both: bool,
    ) -> Result<Next, StoreError> {
        let now = self.hub.clock.now();
        let at_all = IN_FLIGHT.saturating_sub(self.flights.len());
        let Some(lane) = self.lanes.get_mut(&connection.id) else {
            return Ok(Next::At(i64::MAX));
        };
        let room = match lane.room(kind, now) {
            Ok(room) => room.min(at_all),
            Err(at) => return Ok(Next::At(at)),
        };
        let calls = match kind {
            PollKind::First if both => lane.share_for_new(room),
            PollKind::Manual | PollKind::First | PollKind::Usual => room,
        };
        if calls == 0 {
            return Ok(if both { Next::More } else { Next::At(i64::MAX) });
        }
        let Some(dialect) = registry::find(&connection.dialect) else {
            return Ok(Next::At(i64::MAX));
        };
        let Some(call) = dialect.call() else {
            return Ok(Next::At(i64::MAX));
        };
        let terms = lane.terms(now);
        let batch = call.batch().max(1);
        let limit = calls * batch;
        let simulated = self.hub.in_sandbox(connection.account).await?;
        let claim = PollClaim {
            connection: connection.id,
            kind,
            now,
            lease_us: if simulated { SIMULATED_LEASE } else { LEASE },
            limit,
        };
        let claimed = self.hub.store.claim_polls(claim).await?;
        let all = claimed.len() < limit;
        let (worth, put_off) = self.hub.sift(connection, claimed, terms).await?;
        let lane = self.lanes.entry(connection.id);
        let lane = lane.or_insert_with(|| Lane::new(now));
        for asked in worth.chunks(batch) {
            let flight = Flight {
                connection: connection.clone(),
                dialect: dialect.name(),
                call,
                kind,
                terms,
                polls: asked.iter().map(|(poll, _)| poll.clone()).collect(),
            };
            let task = self.flights.spawn(poll::fly(self.hub.clone(), flight));
            self.of.insert(task.id(), connection.id);
            lane.launch(kind, now, asked.iter().map(|(_, worth)| *worth));
        }
        self.hub.rests.publish(connection.id, lane.known());
        if all && kind != PollKind::Manual {
            lane.exhausted(now);
        }
        if !put_off.is_empty() {
            self.hub.store.settle_polls(put_off).await?;
        }
        Ok(if all { Next::At(i64::MAX) } else { Next::More })
    }

    /// Takes note of calls that came back, with all others that did by now.
    async fn land(&mut self, first: Landing) {
        let mut settled = Vec::new();
        let mut next = Some(first);
        while let Some(landing) = next {
            match landing {
                Ok((id, landed)) => settled.extend(self.note(id, landed)),
                Err(error) => {
                    // Its lease runs out, and it comes due again.
                    tracing::error!(%error, "a poll was lost");
                    let connection = self.of.remove(&error.id());
                    let lane = connection.and_then(|id| Some((id, self.lanes.get_mut(&id)?)));
                    if let Some((id, lane)) = lane {
                        lane.lost();
                        self.hub.rests.publish(id, lane.known());
                    }
                }
            }
            next = self.flights.try_join_next_with_id();
        }
        poll::settle(&self.hub, settled).await;
    }

    fn note(&mut self, id: Id, landed: Landed) -> Vec<SettledPoll> {
        let connection = self.of.remove(&id);
        let lane = connection.and_then(|id| Some((id, self.lanes.get_mut(&id)?)));
        let Some((connection, lane)) = lane else {
            return landed.settled;
        };
        if lane.land(&landed) {
            if let Some(longest) = self.hub.config.longest_rest {
                lane.hurry(landed.at.saturating_add(micros(longest)));
            }
            tracing::warn!(
                connection = connection.0,
                "a connection is not asked for a while: its calls fail"
            );
        }
        self.hub.rests.publish(connection, lane.known());
        landed.settled
    }
}

/// How a lane goes on.
enum Next {
    More,
    At(i64),
}

impl Hub {
    /// How many calls a day a connection allows the schedule, about how many parcels each, and how
    /// many numbers share them.
    async fn allowance(
        &self,
        connection: &Connection,
    ) -> Result<(Option<f64>, usize, u64), StoreError> {
        let call = registry::find(&connection.dialect).and_then(|dialect| dialect.call());
        let batch = call.map_or(1, |call| call.batch().max(1));
        if self.in_sandbox(connection.account).await? {
            return Ok((None, batch, 0));
        }
        let quota = call.and_then(|call| quota::of(call, &connection.settings).ok());
        let Some(per_day) = quota.as_ref().and_then(lane::per_day) else {
            return Ok((None, batch, 0));
        };
        let numbers = self.store.count_polls(connection.id).await?;
        Ok((Some(per_day), batch, numbers))
    }

    /// Parts claimed polls into those that are asked now, each with what that is worth, and those that
    /// are not worth it any more: webhooks told of them meanwhile, calls became dearer, or their time
    /// is over.
    async fn sift(
        &self,
        connection: &Connection,
        claimed: Vec<Poll>,
        terms: life::Terms,
    ) -> Result<(Vec<(Poll, f64)>, Vec<SettledPoll>), StoreError> {
        let now = self.clock.now();
        let simulated = self.in_sandbox(connection.account).await?;
        let (mut worth, mut put_off) = (Vec::with_capacity(claimed.len()), Vec::new());
        for poll in claimed {
            if let Some(due) = self.due_first(connection, &poll, now).await? {
                put_off.push(SettledPoll {
                    track: poll.track,
                    connection: poll.connection,
                    kind: poll.kind,
                    fence: poll.fence,
                    due: Some(due),
                    failures: 0,
                });
                continue;
            }
            // A look that found nothing yet is no failure where pushes are to come.
            let is_calm = poll.failures == 0 || self.registers(connection).is_some();
            let by_schedule = poll.kind == PollKind::Usual && is_calm && !simulated;
            let life = if by_schedule {
                self.life(&poll).await?
            } else {
                None
            };
            let verdict = life.map_or(Ok(terms.price), |life| {
                let ground = self.ground(&poll.carrier, now);
                // What was heard is noted some seconds later.
                let looked = poll.heard.unwrap_or(life.learned);
                life.is_worth_it(poll.track, &ground, looked, terms, now)
                    .map(|()| life.worth(&ground, looked, now))
            });
            match verdict {
                Ok(value) => worth.push((poll, value)),
                // What it is to be told of a number is worth a call.
                Err(_) if self.owes(connection, poll.track).await? => {
                    worth.push((poll, terms.price));
                }
                Err(due) => put_off.push(SettledPoll {
                    track: poll.track,
                    connection: poll.connection,
                    kind: poll.kind,
                    fence: poll.fence,
                    due,
                    failures: 0,
                }),
            }
        }
        Ok((worth, put_off))
    }

    /// What is known of a poll's number; None where nothing was told of it.
    pub(crate) async fn life(&self, poll: &Poll) -> Result<Option<Life>, StoreError> {
        let track = self.store.track(poll.track).await?;
        Ok(track.and_then(|track| Life::of(&track, poll.connection, registry::is_pushed)))
    }

    /// What is known of where a carrier's numbers are.
    pub(crate) fn ground<'a>(&'a self, carrier: &'a str, now: i64) -> Ground<'a> {
        let zone = self.carriers.zone(carrier);
        let at = jiff::Timestamp::from_microsecond(now).ok();
        let offset = zone.zip(at).map(|(zone, at)| zone.to_offset(at).seconds());
        Ground {
            priors: &self.priors,
            carrier,
            offset: offset.map(|seconds| i64::from(seconds) * SECOND),
        }
    }

    /// Wakes the schedule: a poll may be due.
    pub fn wake_poller(&self) {
        self.polls_bell.notify_one();
    }
}
