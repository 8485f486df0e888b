//! The feed as one account reads it.
//!
//! Guarantee: from a cursor on, every change of the account comes once, changes of one subject in
//! their order; the cursor of a page is behind all that the page holds and passed over, so that
//! reading on from it neither repeats nor leaves out. A read is bounded: an account to which little
//! happens gets an empty page and a cursor that moved on.

use crate::Hub;
use crate::error::HubError;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::watch;
use trackway_model::change::{Change, FeedPosition, RecordChange, ShipmentChange};
use trackway_model::orders::{Record, RecordId};
use trackway_model::{AccountId, Track, TrackId};

/// Changes that are read from the store in one go.
const BATCH: usize = 512;
/// Changes that one page passes over at most, whoever's they are.
const MOST_PASSED: usize = 32 * BATCH;

/// A change with its place.
#[derive(Clone, Debug)]
pub struct Followed {
    pub position: FeedPosition,
    pub of: Of,
}

/// A change with what it is of, as that stands now.
#[derive(Clone, Debug)]
pub enum Of {
    Shipment(ShipmentChange, Arc<Track>),
    Record(RecordChange, Arc<Record>),
}

/// What was read for a page already.
#[derive(Default)]
struct Known {
    tracks: HashMap<TrackId, Arc<Track>>,
    records: HashMap<RecordId, Arc<Record>>,
}

/// A part of the feed.
#[derive(Clone, Debug)]
pub struct FeedPage {
    pub changes: Vec<Followed>,
    /// Where to read on.
    pub cursor: Vec<FeedPosition>,
    /// There may be more at once; otherwise wait for the bell.
    pub more: bool,
}

impl Hub {
    /// The account's changes after a cursor, at most `limit`.
    pub async fn follow(
        &self,
        account: AccountId,
        after: &[FeedPosition],
        limit: usize,
    ) -> Result<FeedPage, HubError> {
        let mut page = FeedPage {
            changes: Vec::new(),
            cursor: after.to_vec(),
            more: true,
        };
        let mut known = Known::default();
        let mut passed = 0;
        while page.changes.len() < limit && passed < MOST_PASSED {
            let mut read = self.store.changes(&page.cursor, BATCH).await?;
            if read.is_empty() {
                page.more = false;
                break;
            }
            let room = limit - page.changes.len();
            read.truncate(through(&read, account, room));
            passed += read.len();
            page.cursor = moved(&page.cursor, &read).unwrap_or(page.cursor);
            for (position, change) in read {
                if change.account() != account {
                    continue;
                }
                if let Some(of) = self.held(change, &mut known).await? {
                    page.changes.push(Followed { position, of });
                }
            }
        }
        Ok(page)
    }

    /// A change with what it is of; None where that is no longer held.
    async fn held(&self, change: Change, known: &mut Known) -> Result<Option<Of>, HubError> {
        Ok(match change {
            Change::Shipment(change) => {
                let id = change.shipment.track();
                let track = match known.tracks.get(&id) {
                    Some(track) => Some(track.clone()),
                    None => self.store.track(id).await?,
                };
                track.map(|track| {
                    known.tracks.insert(id, track.clone());
                    Of::Shipment(change, track)
                })
            }
            Change::Record(change) => {
                let RecordChange {
                    account,
                    kind,
                    record: id,
                    ..
                } = change;
                let record = match known.records.get(&id) {
                    Some(record) => Some(record.clone()),
                    None => self.store.record(account, kind, id).await?.map(Arc::new),
                };
                record.map(|record| {
                    known.records.insert(id, record.clone());
                    Of::Record(change, record)
                })
            }
        })
    }

    /// Where the feed ends now.
    pub async fn feed_head(&self) -> Result<Vec<FeedPosition>, HubError> {
        Ok(self.store.head().await?)
    }

    /// Rings when there may be more in the feed. Another node's commits may ring late: look again
    /// after a while all the same.
    pub fn feed_bell(&self) -> watch::Receiver<u64> {
        self.store.doorbell()
    }

    /// How long to trust the bell alone.
    pub const fn look_every(&self) -> std::time::Duration {
        self.config.look_every
    }
}

/// How many of these changes to take, so that at most `room` of them are the account's.
fn through(changes: &[(FeedPosition, Change)], account: AccountId, room: usize) -> usize {
    let own = changes
        .iter()
        .enumerate()
        .filter(|(_, (_, change))| change.account() == account);
    own.map(|(at, _)| at + 1)
        .nth(room)
        .map_or(changes.len(), |beyond| beyond - 1)
}

/// The cursor behind these changes; None when there are none.
pub(crate) fn moved(
    cursor: &[FeedPosition],
    changes: &[(FeedPosition, Change)],
) -> Option<Vec<FeedPosition>> {
    if changes.is_empty() {
        return None;
    }
    let mut moved = cursor.to_vec();
    for (position, _) in changes {
        move_on(&mut moved, *position);
    }
    Some(moved)
}

/// A cursor that a change moved on.
pub fn move_on(cursor: &mut Vec<FeedPosition>, position: FeedPosition) {
    match cursor.iter_mut().find(|held| held.shard == position.shard) {
        Some(held) => held.number = held.number.max(position.number),
        None => cursor.push(position),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trackway_model::ShipmentId;
    use trackway_model::change::{ChangeKind, Mark};

    fn change(number: u64, account: i64) -> (FeedPosition, Change) {
        let position = FeedPosition { shard: 0, number };
        let change = ShipmentChange {
            account: AccountId(account),
            shipment: ShipmentId(1_024),
            kind: ChangeKind::Live,
            learned: 0,
            before: None,
            after: Mark::default(),
            statements: std::iter::empty().collect(),
        };
        (position, change.into())
    }

    #[test]
    fn a_page_passes_over_others_up_to_its_own_next_change() {
        let of = [2, 1, 2, 1, 1, 2];
        let changes: Vec<_> = of
            .into_iter()
            .zip(1..)
            .map(|(of, at)| change(at, of))
            .collect();
        for (room, taken) in [(1, 3), (2, 4), (3, 6), (9, 6)] {
            assert_eq!(
                through(&changes, AccountId(1), room),
                taken,
                "room for {room}"
            );
        }
        assert_eq!(through(&changes, AccountId(3), 1), 6);
        assert_eq!(through(&[], AccountId(1), 1), 0);
    }
}
