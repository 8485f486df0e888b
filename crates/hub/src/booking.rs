//! Carriers are told of fulfilments: that they are to carry one, that it is another now, that it was
//! cancelled, what its sender wishes for what could not be delivered.
//!
//! Contract: what there is to tell follows from the record as it stands and from what the carrier was
//! told last (`trackway_store::bookings`); it is paid for like a look, tried again until it was answered,
//! and what was answered stands in the record (`Command::CarrierAnswered`) before the claim is given
//! back. A parcel is created once: an answer that was lost is asked for again, and a carrier that has
//! one of that reference by then has ours. What a carrier refuses for good stands in the record and is
//! not told again before the record is another. Nothing of a sandbox leaves the house.
//!
//! One task a node. A connection whose calls fail rests for a while, so that one that is out costs a few
//! calls a minute and not one a parcel.

mod numbers;
mod owed;
mod session;
mod trip;

pub(crate) use numbers::Otherwise;
pub(crate) use session::Sessions;

use crate::Hub;
use crate::clock::SECOND;
use crate::poll::{DEADLINE, Failed};
use crate::schedule::{self, Trouble};
use futures::future::join_all;
use std::collections::HashMap;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use trackway_model::orders::{Command, RecordId, Refusal, Reply};
use trackway_model::{AccountId, ConnectionId, TrackId};
use trackway_store::StoreError;
use trackway_store::bookings::{Booking, SettledBooking};
use trackway_store::orders::{Asking, Task};
use trip::Trip;

/// Longer than the calls about one parcel: a login, the call, both once more, and a look.
const LEASE: i64 = 5 * 60 * SECOND;
const _: () = assert!(6 * DEADLINE.as_secs() as i64 * SECOND <= LEASE);
/// The longest that a connection is left alone whose calls fail.
const REST: i64 = 60 * SECOND;
/// Parcels at a time.
const AT_ONCE: usize = 8;

/// What became of one parcel.
struct Looked {
    booking: Booking,
    due: Option<i64>,
    /// Until when its connection is left alone.
    rest: Option<i64>,
}

/// Tells what is due until `stop`; what is in flight then is awaited.
pub(crate) async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    let mut rests = HashMap::new();
    while !stop.is_cancelled() {
        let wake = match step(&hub, &mut rests).await {
            Ok(wake) => wake,
            Err(error) => {
                tracing::warn!(%error, "carriers could not be told of parcels");
                hub.next_look()
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = hub.bookings_bell.notified() => {}
            () = hub.clock.sleep_until(wake) => {}
        }
    }
}

/// Tells what is due; returns when to look again.
async fn step(hub: &Hub, rests: &mut HashMap<ConnectionId, i64>) -> Result<i64, StoreError> {
    let now = hub.clock.now();
    rests.retain(|_, until| *until > now);
    match hub.store.next_booking().await? {
        Some(due) if due <= now => {}
        next => return Ok(next.unwrap_or(i64::MAX).min(hub.next_look())),
    }
    let claimed = hub.store.claim_bookings(now, LEASE, AT_ONCE).await?;
    let (resting, free): (Vec<Booking>, Vec<Booking>) = claimed
        .into_iter()
        .partition(|booking| rests.contains_key(&booking.connection));
    for mut booking in resting {
        booking.tries = booking.tries.saturating_sub(1);
        let due = rests.get(&booking.connection).copied();
        give_back(hub, booking, due).await?;
    }
    let looked = join_all(free.into_iter().map(|booking| look(hub, booking))).await;
    for Looked { booking, due, rest } in looked {
        if let Some(until) = rest {
            let known = rests.entry(booking.connection).or_insert(until);
            *known = until.max(*known);
        }
        give_back(hub, booking, due).await?;
    }
    Ok(hub.clock.now())
}

async fn give_back(hub: &Hub, booking: Booking, due: Option<i64>) -> Result<(), StoreError> {
    let now = hub.clock.now();
    let settled = SettledBooking { booking, due, now };
    hub.store.settle_booking(settled).await?;
    Ok(())
}

/// Looks at one parcel and tells what is to be told of it.
async fn look(hub: &Hub, mut booking: Booking) -> Looked {
    let before = booking.tries.saturating_sub(1);
    let (told, was_sent) = match Trip::begin(hub, &booking).await {
        Ok(Some(trip)) => (trip.tell(&mut booking).await, trip.was_sent()),
        Ok(None) => (Ok(()), false),
        Err(error) => (Err(Failed::store(&error)), false),
    };
    let now = hub.clock.now();
    let Err(failed) = told else {
        (booking.tries, booking.failures) = (0, 0);
        return Looked {
            booking,
            due: None,
            rest: None,
        };
    };
    tracing::info!(
        connection = booking.connection.0,
        fulfilment = booking.fulfilment.0,
        failures = booking.failures,
        trouble = failed.trouble.name(),
        why = failed.why,
        "a carrier could not be told of a parcel"
    );
    if !was_sent {
        booking.tries = before;
    }
    booking.failures = booking.failures.saturating_add(1);
    let spread = TrackId(booking.fulfilment.0);
    let (trouble, told) = (failed.trouble, failed.retry_after);
    let due = schedule::after_trouble(spread, now, trouble, booking.failures, told);
    let due = due.unwrap_or_else(|| now.saturating_add(LEASE));
    let out = failed.status.is_none_or(|status| status >= 400);
    let rest = match trouble {
        Trouble::Unset | Trouble::Quota => Some(due),
        Trouble::Fault if out => Some(due.min(now.saturating_add(REST))),
        _ => None,
    };
    Looked {
        booking,
        due: Some(due),
        rest,
    }
}

impl Hub {
    /// Has a carrier's answer stand in the record; why it can't, where it can't.
    async fn carrier_answered(
        &self,
        account: AccountId,
        fulfilment: RecordId,
        reply: Reply,
    ) -> Result<Option<Refusal>, StoreError> {
        let asking = self.asking(account).await.unwrap_or_else(|error| {
            // The number is asked about when somebody looks for it.
            tracing::warn!(%error, "a booked parcel is followed by webhooks alone");
            Asking::default()
        });
        let task = Task {
            account,
            by: 0,
            now: self.clock.now(),
            command: Command::CarrierAnswered { fulfilment, reply },
            asking,
        };
        let mut answers = self.store.carry_out(vec![task]).await?;
        self.wake_poller();
        Ok(answers.pop().and_then(Result::err))
    }
}
