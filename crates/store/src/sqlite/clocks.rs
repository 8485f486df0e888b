//! The clocks of registrations.

use super::readers::execute;
use super::{SqliteStore, sql};
use crate::StoreError;
use crate::clocks::{DueClock, Ends, RegistrationClocks, WoundClock, number, told};
use async_trait::async_trait;
use rusqlite::Row;
use trackway_model::{AccountId, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl RegistrationClocks for SqliteStore {
    async fn next_clock(&self) -> Result<Option<i64>> {
        let next = self
            .core
            .readers
            .one(sql::CLOCK_NEXT, [], |row| row.get(0))?;
        Ok(next.flatten())
    }

    async fn due_clocks(&self, now: i64, limit: usize) -> Result<Vec<DueClock>> {
        self.core.readers.all(sql::CLOCK_DUE, (now, limit), due)
    }

    async fn wind_clock(&self, wound: WoundClock) -> Result<bool> {
        self.run(move |work| {
            let since = wound.told.map(|(_, since)| since);
            let row = (
                wound.registration,
                wound.at,
                wound.next,
                number(wound.told),
                since,
            );
            if execute(&work.connection, sql::CLOCK_WIND, row)? == 0 {
                return Ok(false);
            }
            if let Some(Ends {
                track,
                account,
                since,
            }) = wound.ends
            {
                execute(&work.connection, sql::POLL_END, (track.0, account.0, since))?;
            }
            // Last, since it is not undone when a job fails.
            if let Some(change) = wound.change {
                work.change(change);
            }
            Ok(true)
        })
        .await
    }
}

fn due(row: &Row<'_>) -> rusqlite::Result<DueClock> {
    Ok(DueClock {
        registration: row.get(0)?,
        track: TrackId(row.get(1)?),
        account: AccountId(row.get(2)?),
        dialect: row.get(3)?,
        created: row.get(4)?,
        at: row.get(5)?,
        told: told(row.get(6)?, row.get(7)?),
    })
}
