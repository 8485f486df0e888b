//! What to ask upstreams, and when.

use super::errands::{Owed, owe};
use super::readers::{all, execute};
use super::{SqliteStore, sql};
use crate::records::{Poll, PollClaim, PollHead, PollKind, SettledPoll};
use crate::{Polls, StoreError};
use async_trait::async_trait;
use rusqlite::Row;
use trackway_model::{AccountId, ConnectionId, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Polls for SqliteStore {
    async fn poll_heads(&self) -> Result<Vec<PollHead>> {
        self.core.readers.all(sql::POLL_HEADS, [], |row| {
            Ok(PollHead {
                connection: ConnectionId(row.get(0)?),
                kind: PollKind::from_number(row.get(1)?),
                due: row.get(2)?,
            })
        })
    }

    async fn claim_polls(&self, claim: PollClaim) -> Result<Vec<Poll>> {
        self.run(move |work| {
            let PollClaim {
                connection,
                kind,
                now,
                lease_us,
                limit,
            } = claim;
            let due = (connection.0, kind as u8, now, limit);
            let mut polls = all(&work.connection, sql::POLL_DUE, due, poll)?;
            let lease = now.saturating_add(lease_us);
            for poll in &mut polls {
                poll.fence = Some(lease);
                let row = (poll.track.0, poll.connection.0, lease);
                execute(&work.connection, sql::POLL_LEASE, row)?;
            }
            Ok(polls)
        })
        .await
    }

    async fn settle_polls(&self, settled: Vec<SettledPoll>) -> Result<()> {
        self.run(move |work| {
            for poll in settled {
                let SettledPoll {
                    track,
                    connection,
                    kind,
                    fence,
                    due,
                    failures,
                } = poll;
                let row = (track.0, connection.0, due, failures, fence, kind as u8);
                execute(&work.connection, sql::POLL_SETTLE, row)?;
            }
            Ok(())
        })
        .await
    }

    async fn next_poll(&self) -> Result<Option<i64>> {
        let next = self
            .core
            .readers
            .one(sql::POLL_NEXT, [], |row| row.get(0))?;
        Ok(next.flatten())
    }

    async fn polls_of(&self, track: TrackId) -> Result<Vec<Poll>> {
        self.core.readers.all(sql::POLL_OF_TRACK, [track.0], poll)
    }

    async fn ask_polls(&self, track: TrackId, kind: PollKind, now: i64) -> Result<u64> {
        let row = (track.0, now, kind as u8);
        let asked = self
            .run(move |work| {
                if kind == PollKind::Manual {
                    owe(&work.connection, track, Owed::Refresh)?;
                }
                execute(&work.connection, sql::POLL_ASK, row)
            })
            .await?;
        Ok(asked as u64)
    }

    async fn wake_polls(&self, tracks: Vec<TrackId>, now: i64) -> Result<u64> {
        self.run(move |work| {
            let mut woken = 0;
            for track in tracks {
                woken += execute(&work.connection, sql::POLL_WAKE, (track.0, now))? as u64;
            }
            Ok(woken)
        })
        .await
    }

    async fn count_polls(&self, connection: ConnectionId) -> Result<u64> {
        let id = connection.0;
        self.long(move |core| {
            let count = core.readers.one(sql::POLL_COUNT, [id], |row| row.get(0))?;
            Ok(count.unwrap_or(0))
        })
        .await
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
        kind: PollKind::from_number(row.get(7)?),
        heard: row.get(8)?,
        fence: row.get(5)?,
    })
}
