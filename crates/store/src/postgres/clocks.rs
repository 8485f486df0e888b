//! The clocks of registrations.

use super::PostgresStore;
use super::commit::{self, Then};
use super::sql;
use super::work::bounded;
use crate::StoreError;
use crate::clocks::{DueClock, Ends, RegistrationClocks, WoundClock, number, told};
use async_trait::async_trait;
use tokio_postgres::Row;
use trackway_model::{AccountId, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl RegistrationClocks for PostgresStore {
    async fn next_clock(&self) -> Result<Option<i64>> {
        let row = self.database.row(&sql::CLOCK_NEXT, &[]).await?;
        Ok(row.map(|row| row.get(0)))
    }

    async fn due_clocks(&self, now: i64, limit: usize) -> Result<Vec<DueClock>> {
        let rows = self
            .database
            .rows(&sql::CLOCK_DUE, &[&now, &bounded(limit)])
            .await?;
        Ok(rows.iter().map(due).collect())
    }

    async fn wind_clock(&self, wound: WoundClock) -> Result<bool> {
        let work = self.database.begin().await?;
        // The track's row is locked first, as by all who write changes of it.
        let held = match &wound.change {
            Some(change) => Some(self.lock_one(&work, change.shipment.track()).await?),
            None => None,
        };
        let since = wound.told.map(|(_, since)| since);
        let wound_up = work
            .execute(
                &sql::CLOCK_WIND,
                &[
                    &wound.registration,
                    &wound.at,
                    &wound.next,
                    &number(wound.told),
                    &since,
                ],
            )
            .await?;
        if wound_up == 0 {
            work.commit().await?;
            return Ok(false);
        }
        if let Some(Ends {
            track,
            account,
            since,
        }) = wound.ends
        {
            work.execute(&sql::POLL_END, &[&track.0, &account.0, &since])
                .await?;
        }
        let (Some(change), Some((held, block))) = (wound.change, held) else {
            work.commit().await?;
            return Ok(true);
        };
        let mut batch = commit::batch(block);
        batch.changes.push(change.into());
        commit::write(&work, block, &mut batch, &[&held], Then::Commit).await?;
        work.done();
        self.shared.cache.put(held.remembered(true));
        self.shared.stamper.wake();
        Ok(true)
    }
}

fn due(row: &Row) -> DueClock {
    DueClock {
        registration: row.get(0),
        track: TrackId(row.get(1)),
        account: AccountId(row.get(2)),
        dialect: row.get(3),
        created: row.get(4),
        at: row.get(5),
        told: told(row.get::<_, i16>(6).into(), row.get(7)),
    }
}
