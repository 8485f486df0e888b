//! The ledger of quotas. The one writer is what makes a wish and its answer one step.

use super::readers::{execute, one};
use super::{SqliteStore, sql};
use crate::budgets::{CallsTaken, CallsWish, Refusal};
use crate::{Budgets, StoreError};
use async_trait::async_trait;
use rusqlite::Row;

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Budgets for SqliteStore {
    /// One process has the file: its own clock is everybody's.
    async fn shared_time(&self, now: i64) -> Result<i64> {
        Ok(now)
    }

    async fn take_calls(&self, wish: CallsWish) -> Result<CallsTaken> {
        self.run(move |work| {
            let file = &work.connection;
            let key = (&wish.budget, wish.counted.0, wish.counted.1);
            let (before, oldest) = one(file, sql::QUOTA_COUNTED, key, counted)?.unwrap_or_default();
            let taken = CallsTaken::of(&wish, before, oldest);
            execute(file, sql::QUOTA_FORGET, (&wish.budget, wish.forget))?;
            if taken.granted > 0 {
                let row = (&wish.budget, wish.number, taken.granted);
                execute(file, sql::QUOTA_ADD, row)?;
            }
            Ok(taken)
        })
        .await
    }

    async fn move_calls(&self, budget: &str, from: i64, to: Option<i64>, calls: u64) -> Result<()> {
        if to == Some(from) {
            return Ok(());
        }
        let budget = budget.to_owned();
        self.run(move |work| {
            let file = &work.connection;
            let lowered = execute(file, sql::QUOTA_LOWER, (&budget, from, calls))?;
            execute(file, sql::QUOTA_EMPTY, (&budget, from))?;
            if let Some(to) = to.filter(|_| lowered > 0) {
                execute(file, sql::QUOTA_ADD, (&budget, to, calls))?;
            }
            Ok(())
        })
        .await
    }

    async fn calls_taken(&self, budget: &str, (from, to): (i64, i64)) -> Result<CallsTaken> {
        let found = self
            .core
            .readers
            .one(sql::QUOTA_COUNTED, (budget, from, to), counted)?;
        let (before, oldest) = found.unwrap_or_default();
        Ok(CallsTaken {
            granted: 0,
            before,
            oldest,
        })
    }

    async fn keep_refusal(&self, budget: &str, refusal: Refusal) -> Result<()> {
        let budget = budget.to_owned();
        self.run(move |work| {
            let Refusal {
                until,
                at,
                times,
                counted,
            } = refusal;
            let row = (&budget, until, at, times, counted);
            execute(&work.connection, sql::QUOTA_REFUSE, row)?;
            Ok(())
        })
        .await
    }

    async fn refusal(&self, budget: &str) -> Result<Option<Refusal>> {
        self.core.readers.one(sql::QUOTA_REFUSAL, [budget], |row| {
            Ok(Refusal {
                until: row.get(0)?,
                at: row.get(1)?,
                times: row.get(2)?,
                counted: row.get(3)?,
            })
        })
    }
}

fn counted(row: &Row<'_>) -> rusqlite::Result<(u64, Option<i64>)> {
    Ok((row.get(0)?, row.get(1)?))
}
