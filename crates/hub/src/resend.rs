//! Sending messages again: one, those of a filter, or those of a time range.
//!
//! Contract: works for one account's endpoint; another's is answered as what is not there. What is
//! chosen is put into the endpoint's queue and told by its lane, in the order of the feed, one at a
//! time for each shipment or record, with the ids and sequence numbers of the first time, so that a receiver
//! that drops what it has loses nothing by it. Only what the endpoint was told already, or was passed
//! over, is chosen: what is to come anyway comes once. A call is bounded: it looks at so many changes,
//! queues so many, and says where the next goes on; and a queue that is long already gets no more.

use crate::error::HubError;
use crate::following::move_on;
use crate::{Hub, deliver, sent};
use std::collections::HashSet;
use trackway_dialects::dialect::RecordHook;
use trackway_model::change::{Change, FeedPosition, Subject};
use trackway_model::{EndpointId, Stage, TrackId};
use trackway_store::StoreError;
use trackway_store::lanes::Again;
use trackway_store::records::{Delivery, Endpoint, OpenDeliveries};

/// Changes that are read from the store in one go.
const BATCH: usize = 512;
/// Changes that one call looks at.
const MOST_PASSED: usize = 400 * BATCH;
/// Changes that one call queues.
pub const MOST_QUEUED: usize = 5_000;
/// What may wait in one endpoint's queue before more is refused.
pub const MOST_WAITING: u64 = 100_000;

/// Which messages.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Those that were learned then or later, and before.
    pub from: Option<i64>,
    pub to: Option<i64>,
    pub carrier: Option<String>,
    pub number: Option<String>,
    /// Those that told of this stage.
    pub stage: Option<Stage>,
    /// Only what is parked, or only what is being tried again.
    pub parked: Option<bool>,
    /// Where the call before ended.
    pub after: Vec<FeedPosition>,
    /// Only count.
    pub dry_run: bool,
}

/// What a call came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resent {
    /// Changes that were chosen; a change makes one message in most dialects.
    pub changes: u64,
    /// Where to go on; None: that was all.
    pub next: Option<Vec<FeedPosition>>,
}

/// A filter with its names looked up.
struct Sought {
    window: (i64, i64),
    tracks: Option<HashSet<TrackId>>,
    stage: Option<Stage>,
}

impl Sought {
    fn fits(&self, change: &Change) -> bool {
        let (from, to) = self.window;
        let told = |wanted| {
            let change = change.as_shipment();
            change.is_some_and(|change| change.after.milestone.stage() == wanted)
        };
        (from..to).contains(&change.learned())
            && self.is_of(change.subject())
            && self.stage.is_none_or(told)
    }

    /// A number and a carrier are a shipment's: a record has none.
    fn is_of(&self, subject: Subject) -> bool {
        let of_track = |tracks: &HashSet<TrackId>| {
            let shipment = subject.shipment();
            shipment.is_some_and(|id| tracks.contains(&id.track()))
        };
        self.tracks.as_ref().is_none_or(of_track)
    }
}

/// What was found so far, and where.
struct Found {
    chosen: Vec<Again>,
    changes: u64,
    at: Vec<FeedPosition>,
    ended: bool,
}

impl Hub {
    /// Queues what is wanted of what an endpoint was told, or counts it.
    pub async fn resend(
        &self,
        account: Option<&str>,
        id: EndpointId,
        wanted: &Wanted,
    ) -> Result<Resent, HubError> {
        let endpoint = self.own_endpoint(account, id).await?;
        let sought = self.sought(&endpoint, wanted).await?;
        let room = if wanted.dry_run {
            usize::MAX
        } else {
            self.room(id).await?
        };
        let found = match wanted.parked {
            Some(parked) => {
                self.among_open(&endpoint, &sought, wanted, parked, room)
                    .await?
            }
            None => self.in_feed(&endpoint, &sought, wanted, room).await?,
        };
        if !wanted.dry_run && !found.chosen.is_empty() {
            let now = self.clock.now();
            self.store.send_again(id, found.chosen, now).await?;
            self.endpoints_bell.notify_one();
            tracing::info!(
                endpoint = id.0,
                changes = found.changes,
                "messages are sent again"
            );
        }
        Ok(Resent {
            changes: found.changes,
            next: (!found.ended).then_some(found.at),
        })
    }

    /// Queues the messages of one change, whether they were accepted or not.
    pub async fn resend_one(
        &self,
        account: Option<&str>,
        id: EndpointId,
        position: FeedPosition,
    ) -> Result<(), HubError> {
        let unknown = || HubError::NoRecord("delivery", id.0);
        let endpoint = self.own_endpoint(account, id).await;
        let endpoint = endpoint.map_err(|error| match error {
            HubError::NoRecord(..) => unknown(),
            other => other,
        })?;
        let change = self.store.change(position).await?;
        let passed = Passed::by(&endpoint);
        let change = change.filter(|change| passed.concerned(position, change));
        let again = of_change(position, &change.ok_or_else(unknown)?);
        self.room(id).await?;
        let now = self.clock.now();
        self.store.send_again(id, vec![again], now).await?;
        self.endpoints_bell.notify_one();
        tracing::info!(endpoint = id.0, "a message is sent again");
        Ok(())
    }

    /// How much more an endpoint's queue takes in one call.
    async fn room(&self, id: EndpointId) -> Result<usize, HubError> {
        let backlogs = self.store.backlogs().await?;
        let own = backlogs.iter().find(|backlog| backlog.endpoint == id);
        let waiting = own.map_or(0, |backlog| backlog.waiting);
        match MOST_WAITING.checked_sub(waiting) {
            None | Some(0) => Err(HubError::QueueFull { waiting }),
            Some(room) => Ok(MOST_QUEUED.min(room as usize)),
        }
    }

    async fn sought(&self, endpoint: &Endpoint, wanted: &Wanted) -> Result<Sought, HubError> {
        let tracks = match &wanted.number {
            None => None,
            Some(number) => {
                crate::check_number(number)?;
                let carrier = wanted.carrier.as_deref();
                let found = self.store.find(endpoint.account, carrier, number).await?;
                Some(found.iter().map(|track| track.id).collect())
            }
        };
        Ok(Sought {
            window: (wanted.from.unwrap_or(0), wanted.to.unwrap_or(i64::MAX)),
            tracks,
            stage: wanted.stage,
        })
    }

    /// Goes through what the endpoint was told, in the order of the feed.
    async fn in_feed(
        &self,
        endpoint: &Endpoint,
        sought: &Sought,
        wanted: &Wanted,
        room: usize,
    ) -> Result<Found, StoreError> {
        let mut found = Found::after(&wanted.after);
        let (mut passed, by_now) = (0, Passed::by(endpoint));
        // A number that is not known has no messages.
        found.ended = sought.tracks.as_ref().is_some_and(HashSet::is_empty);
        while !found.ended && passed < MOST_PASSED && found.chosen.len() < room {
            let read = self.store.changes(&found.at, BATCH).await?;
            passed += read.len();
            found.ended = read.is_empty();
            for (position, change) in read {
                if found.chosen.len() == room {
                    break;
                }
                move_on(&mut found.at, position);
                if by_now.concerned(position, &change) && sought.fits(&change) {
                    found.take(of_change(position, &change), wanted);
                }
            }
            found.ended |= endpoint
                .cursor
                .iter()
                .all(|told| is_within(&found.at, *told));
        }
        Ok(found)
    }

    /// Goes through what the endpoint has not accepted.
    async fn among_open(
        &self,
        endpoint: &Endpoint,
        sought: &Sought,
        wanted: &Wanted,
        parked: bool,
        room: usize,
    ) -> Result<Found, StoreError> {
        let mut found = Found::after(&wanted.after);
        let mut passed = 0;
        while !found.ended && passed < MOST_PASSED && found.chosen.len() < room {
            let page = OpenDeliveries {
                after: found.at.first().map(|at| (endpoint.id, *at)),
                endpoint: Some(endpoint.id),
                subject: None,
                parked: Some(parked),
            };
            let rows = self.store.open_deliveries(endpoint.account, &page, BATCH);
            let rows = rows.await?;
            passed += rows.len();
            found.ended = rows.len() < BATCH;
            for row in rows {
                if found.chosen.len() == room {
                    found.ended = false;
                    break;
                }
                found.at = vec![row.position];
                if self.is_sought(sought, &row).await? {
                    found.take(of_delivery(&row), wanted);
                }
            }
        }
        Ok(found)
    }

    async fn is_sought(&self, sought: &Sought, row: &Delivery) -> Result<bool, StoreError> {
        if !sought.is_of(row.subject) {
            return Ok(false);
        }
        let change = self.store.change(row.position).await?;
        Ok(change.is_some_and(|change| sought.fits(&change)))
    }
}

impl Found {
    fn after(place: &[FeedPosition]) -> Self {
        Self {
            chosen: Vec::new(),
            changes: 0,
            at: place.to_vec(),
            ended: false,
        }
    }

    fn take(&mut self, again: Again, wanted: &Wanted) {
        self.changes += 1;
        if !wanted.dry_run {
            self.chosen.push(again);
        }
    }
}

/// An endpoint with what its dialect tells of records.
struct Passed<'a> {
    endpoint: &'a Endpoint,
    records: Option<&'static dyn RecordHook>,
}

impl<'a> Passed<'a> {
    fn by(endpoint: &'a Endpoint) -> Self {
        Self {
            endpoint,
            records: deliver::records_of(endpoint),
        }
    }

    /// Whether a change was for this endpoint and its turn is over.
    fn concerned(&self, position: FeedPosition, change: &Change) -> bool {
        is_within(&self.endpoint.cursor, position)
            && deliver::concerns(self.endpoint, self.records, change)
    }
}

/// Whether a reader who is at a cursor has passed a position.
fn is_within(cursor: &[FeedPosition], position: FeedPosition) -> bool {
    let reached = cursor.iter().find(|at| at.shard == position.shard);
    reached.is_some_and(|at| position.number <= at.number)
}

const fn of_change(position: FeedPosition, change: &Change) -> Again {
    Again {
        position,
        subject: change.subject(),
        since: change.learned(),
        done: 0,
    }
}

const fn of_delivery(row: &Delivery) -> Again {
    Again {
        position: row.position,
        subject: row.subject,
        since: row.since,
        done: row.done,
    }
}

/// The id of a change's messages to one endpoint, as lists tell it.
pub fn delivery_id(endpoint: EndpointId, at: FeedPosition) -> String {
    format!("{}-{}", endpoint.0, sent::position(at))
}

/// What such an id names; None for what is none.
pub fn read_delivery_id(text: &str) -> Option<(EndpointId, FeedPosition)> {
    let mut parts = text.split('-');
    let (endpoint, shard, number) = (parts.next()?, parts.next()?, parts.next()?);
    let at = FeedPosition {
        shard: shard.parse().ok()?,
        number: number.parse().ok()?,
    };
    let endpoint = EndpointId(endpoint.parse().ok()?);
    (delivery_id(endpoint, at) == text).then_some((endpoint, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written_only() {
        let at = FeedPosition {
            shard: 3,
            number: 1 << 40,
        };
        let text = delivery_id(EndpointId(7), at);
        assert_eq!(text, "7-3-1099511627776");
        assert_eq!(read_delivery_id(&text), Some((EndpointId(7), at)));
        for odd in [
            "",
            "7",
            "7-3",
            "7-3-",
            "7-03-1",
            "+7-3-1",
            "7-3-1-1",
            "7-70000-1",
            "-7-3-1",
            "a-b-c",
        ] {
            assert_eq!(read_delivery_id(odd), None, "{odd}");
        }
    }

    #[test]
    fn what_a_cursor_has_not_reached_is_still_to_come() {
        let at = |shard, number| FeedPosition { shard, number };
        let cursor = [at(0, 10), at(3, 2)];
        for (position, passed) in [
            (at(0, 10), true),
            (at(0, 11), false),
            (at(3, 1), true),
            (at(1, 1), false),
        ] {
            assert_eq!(is_within(&cursor, position), passed, "{position:?}");
        }
    }
}
