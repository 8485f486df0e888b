//! What to ask upstreams, and when.

use super::readers::{all, execute};
use super::{SqliteStore, sql};
use crate::records::Poll;
use crate::{Polls, StoreError};
use async_trait::async_trait;
use rusqlite::Row;
use trackway_model::{AccountId, ConnectionId, TrackId};

#[async_trait]
impl Polls for SqliteStore {
    async fn claim_polls(
        &self,
        now: i64,
        lease_us: i64,
        limit: usize,
    ) -> Result<Vec<Poll>, StoreError> {
        // Most calls find nothing: they need not wait for a commit.
        if self.next_poll().await?.is_none_or(|due| due > now) {
            return Ok(Vec::new());
        }
        self.run(move |work| {
            let polls = all(&work.connection, sql::POLL_DUE, (now, limit), poll)?;
            for poll in &polls {
                let row = (
                    poll.track.0,
                    poll.connection.0,
                    now + lease_us,
                    poll.failures,
                );
                execute(&work.connection, sql::POLL_SET, row)?;
            }
            Ok(polls)
        })
        .await
    }

    async fn settle_poll(&self, poll: &Poll) -> Result<(), StoreError> {
        let row = (poll.track.0, poll.connection.0, poll.due, poll.failures);
        self.run(move |work| execute(&work.connection, sql::POLL_SET, row))
            .await?;
        Ok(())
    }

    async fn next_poll(&self) -> Result<Option<i64>, StoreError> {
        let next = self
            .core
            .readers
            .one(sql::POLL_NEXT, [], |row| row.get(0))?;
        Ok(next.flatten())
    }
}

fn poll(row: &Row<'_>) -> rusqlite::Result<Poll> {
    Ok(Poll {
        track: TrackId(row.get(0)?),
        connection: ConnectionId(row.get(1)?),
        account: AccountId(row.get(2)?),
        carrier: row.get(3)?,
        number: row.get(4)?,
        due: row.get(5)?,
        failures: row.get(6)?,
    })
}
