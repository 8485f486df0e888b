//! Searches: over the pages of columns, the newest page first.

use super::columns::{Filter, TRACKS, place};
use super::{Core, SqliteStore, sql};
use crate::search::{COUNTED, LONGEST_PAGE, ShipmentPage, ShipmentQuery, ShipmentRow, Total};
use crate::{Search, StoreError};
use async_trait::async_trait;
use trackway_model::{AccountId, ShipmentId, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Search for SqliteStore {
    async fn shipments(
        &self,
        query: &ShipmentQuery,
        after: Option<ShipmentId>,
        limit: usize,
    ) -> Result<ShipmentPage> {
        let query = query.clone();
        self.long(move |core| search(core, &query, after, limit))
            .await
    }

    async fn journeys(&self, track: TrackId) -> Result<Vec<ShipmentRow>> {
        let Some(account) = self.core.track(track)?.map(|track| track.account) else {
            return Ok(Vec::new());
        };
        let (query, (page, slot)) = (ShipmentQuery::of(account), place(track));
        let mut rows = Vec::new();
        self.core.shelf.read(&self.core, page as usize, |columns| {
            let below = Some((slot + 1, 0));
            columns.find(&Filter::new(&query), below, &mut |matching| {
                let row = matching.row(page);
                let ours = row.track == track;
                rows.extend(ours.then_some(row));
                ours
            })
        })?;
        Ok(rows)
    }
}

fn search(
    core: &Core,
    query: &ShipmentQuery,
    after: Option<ShipmentId>,
    limit: usize,
) -> Result<ShipmentPage> {
    let limit = limit.clamp(1, LONGEST_PAGE);
    let filter = Filter::new(query);
    let newest = core.shelf.count() as i64;
    // Those behind this one.
    let end = after.map(|after| (place(after.track()), after.epoch()));
    let begin = end.map_or(newest, |((page, _), _)| (page + 1).min(newest));
    // The first page of an answer counts on; a later one only asks whether there is more.
    let counted = if after.is_none() { COUNTED } else { 0 };
    let enough = (limit as u64 + 1).max(counted);
    let mut rows = Vec::with_capacity(limit.min(TRACKS));
    let mut found = 0_u64;
    let registered = match query.registered {
        Some(wanted) => Some((wanted, registered_of(core, query.account)?)),
        None => None,
    };
    let asked_for = |track: TrackId| {
        let (wanted, tracks) = registered.as_ref()?;
        Some(tracks.binary_search(&track.0).is_ok() == *wanted)
    };
    for page in (0..begin).rev() {
        let below = end
            .filter(|((held, _), _)| *held == page)
            .map(|((_, slot), epoch)| (slot, epoch));
        let more = core.shelf.read(core, page as usize, |columns| {
            columns.find(&filter, below, &mut |matching| {
                if asked_for(matching.track(page)) == Some(false) {
                    return true;
                }
                found += 1;
                if rows.len() < limit {
                    rows.push(matching.row(page));
                }
                found < enough
            })
        })?;
        if more == Some(false) {
            break;
        }
    }
    let total = if found < COUNTED {
        Total::Exact(found)
    } else {
        Total::AtLeast(found)
    };
    let more = found > rows.len() as u64;
    Ok(ShipmentPage {
        next: rows.last().filter(|_| more).map(|row| row.shipment),
        rows,
        total: Some(total).filter(|_| after.is_none()),
    })
}

/// The account's tracks whose numbers are registered, ascending.
fn registered_of(core: &Core, account: AccountId) -> Result<Vec<i64>> {
    let mut tracks: Vec<i64> = core
        .readers
        .all(sql::REGISTERED_OF, [account.0], |row| row.get(0))?;
    tracks.sort_unstable();
    Ok(tracks)
}
