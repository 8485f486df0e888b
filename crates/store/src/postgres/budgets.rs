//! The ledger of quotas. Takers of one budget come one after the other, by a lock on its row: each
//! reads a sum that nobody changes before it has committed.

use super::directory::saturated;
use super::{PostgresStore, sql};
use crate::budgets::{CallsTaken, CallsWish, Refusal};
use crate::{Budgets, StoreError};
use async_trait::async_trait;
use tokio_postgres::Row;

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Budgets for PostgresStore {
    async fn shared_time(&self, now: i64) -> Result<i64> {
        if !self.config.database_clock {
            return Ok(now);
        }
        let row = self.database.row(&sql::CLOCK, &[]).await?;
        row.map(|row| row.get(0)).ok_or(StoreError::Damaged {
            what: "answer about the time",
        })
    }

    async fn take_calls(&self, wish: CallsWish) -> Result<CallsTaken> {
        let work = self.database.begin().await?;
        work.execute(&sql::QUOTA_LOCK, &[&wish.budget]).await?;
        let rows = work
            .rows(
                &sql::QUOTA_TAKE,
                &[
                    &wish.budget,
                    &wish.number,
                    &wish.counted.0,
                    &wish.counted.1,
                    &saturated(wish.calls),
                    &saturated(wish.allowed),
                    &wish.forget,
                ],
            )
            .await?;
        work.commit().await?;
        let row = rows.first().ok_or(StoreError::Damaged {
            what: "answer to a taker of calls",
        })?;
        Ok(CallsTaken {
            granted: unsigned(row, 0),
            before: unsigned(row, 1),
            oldest: row.get(2),
        })
    }

    async fn move_calls(&self, budget: &str, from: i64, to: Option<i64>, calls: u64) -> Result<()> {
        if to == Some(from) {
            return Ok(());
        }
        let work = self.database.begin().await?;
        work.execute(&sql::QUOTA_LOCK, &[&budget]).await?;
        work.execute(&sql::QUOTA_MOVE, &[&budget, &from, &to, &saturated(calls)])
            .await?;
        work.commit().await
    }

    async fn calls_taken(&self, budget: &str, (from, to): (i64, i64)) -> Result<CallsTaken> {
        let row = self
            .database
            .row(&sql::QUOTA_COUNTED, &[&budget, &from, &to])
            .await?;
        Ok(row.map_or_else(CallsTaken::default, |row| CallsTaken {
            granted: 0,
            before: unsigned(&row, 0),
            oldest: row.get(1),
        }))
    }

    async fn keep_refusal(&self, budget: &str, refusal: Refusal) -> Result<()> {
        let Refusal {
            until,
            at,
            times,
            counted,
        } = refusal;
        let times = i32::try_from(times).unwrap_or(i32::MAX);
        self.database
            .execute(
                &sql::QUOTA_REFUSE,
                &[&budget, &until, &at, &times, &saturated(counted)],
            )
            .await?;
        Ok(())
    }

    async fn refusal(&self, budget: &str) -> Result<Option<Refusal>> {
        let row = self.database.row(&sql::QUOTA_REFUSAL, &[&budget]).await?;
        Ok(row.map(|row| Refusal {
            until: row.get(0),
            at: row.get(1),
            times: row.get::<_, i32>(2).unsigned_abs(),
            counted: unsigned(&row, 3),
        }))
    }
}

fn unsigned(row: &Row, at: usize) -> u64 {
    u64::try_from(row.get::<_, i64>(at)).unwrap_or_default()
}
