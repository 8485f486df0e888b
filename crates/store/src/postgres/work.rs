//! Polls: claimed by pushing their due times back, so that a node that dies holds
//! nothing and no two nodes hold the same.

use super::PostgresStore;
use super::sql;
use crate::records::{Poll, PollClaim, PollHead, PollKind, SettledPoll};
use crate::{Polls, StoreError};
use async_trait::async_trait;
use tokio_postgres::Row;
use trackway_model::{AccountId, ConnectionId, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Polls for PostgresStore {
    async fn poll_heads(&self) -> Result<Vec<PollHead>> {
        let rows = self.database.rows(&sql::POLL_HEADS, &[]).await?;
        let head = |row: &Row| PollHead {
            connection: ConnectionId(row.get(0)),
            kind: PollKind::from_number(row.get::<_, i16>(1).into()),
            due: row.get(2),
        };
        Ok(rows.iter().map(head).collect())
    }

    async fn claim_polls(&self, claim: PollClaim) -> Result<Vec<Poll>> {
        let PollClaim {
            connection,
            kind,
            now,
            lease_us,
            limit,
        } = claim;
        let rows = self
            .database
            .rows(
                &sql::POLL_CLAIM,
                &[
                    &connection.0,
                    &(kind as i16),
                    &now,
                    &lease_us,
                    &bounded(limit),
                ],
            )
            .await?;
        let mut polls: Vec<_> = rows.iter().map(poll).collect();
        polls.sort_unstable_by_key(|poll| (poll.due, poll.track));
        Ok(polls)
    }

    async fn settle_polls(&self, mut settled: Vec<SettledPoll>) -> Result<()> {
        // Rows are locked in one order on every node.
        settled.sort_unstable_by_key(|poll| (poll.track, poll.connection));
        let tracks: Vec<i64> = settled.iter().map(|poll| poll.track.0).collect();
        let connections: Vec<i64> = settled.iter().map(|poll| poll.connection.0).collect();
        let due: Vec<Option<i64>> = settled.iter().map(|poll| poll.due).collect();
        let failures: Vec<i32> = settled.iter().map(|poll| poll.failures as i32).collect();
        let fences: Vec<Option<i64>> = settled.iter().map(|poll| poll.fence).collect();
        let kinds: Vec<i16> = settled.iter().map(|poll| poll.kind as i16).collect();
        self.database
            .execute(
                &sql::POLL_SETTLE,
                &[&tracks, &connections, &due, &failures, &fences, &kinds],
            )
            .await?;
        Ok(())
    }

    async fn next_poll(&self) -> Result<Option<i64>> {
        let row = self.database.row(&sql::POLL_NEXT, &[]).await?;
        Ok(row.and_then(|row| row.get(0)))
    }

    async fn polls_of(&self, track: TrackId) -> Result<Vec<Poll>> {
        let rows = self.database.rows(&sql::POLL_OF_TRACK, &[&track.0]).await?;
        Ok(rows.iter().map(poll).collect())
    }

    async fn ask_polls(&self, track: TrackId, kind: PollKind, now: i64) -> Result<u64> {
        let work = self.database.begin().await?;
        if kind == PollKind::Manual {
            work.execute(&sql::ENTRUSTED_OWE, &[&track.0, &0_i32, &1_i32])
                .await?;
        }
        let asked = work
            .execute(&sql::POLL_ASK, &[&track.0, &now, &(kind as i16)])
            .await?;
        work.commit().await?;
        Ok(asked)
    }

    async fn wake_polls(&self, tracks: Vec<TrackId>, now: i64) -> Result<u64> {
        let mut woken = 0;
        for track in tracks {
            woken += self
                .database
                .execute(&sql::POLL_WAKE, &[&track.0, &now])
                .await?;
        }
        Ok(woken)
    }

    async fn count_polls(&self, connection: ConnectionId) -> Result<u64> {
        let row = self
            .database
            .row(&sql::POLL_COUNT, &[&connection.0])
            .await?;
        Ok(row.map_or(0, |row| row.get::<_, i64>(0) as u64))
    }
}

fn poll(row: &Row) -> Poll {
    Poll {
        track: TrackId(row.get(0)),
        connection: ConnectionId(row.get(1)),
        account: AccountId(row.get(2)),
        carrier: row.get(3),
        number: row.get(4),
        due: row.get(5),
        failures: row.get::<_, i32>(6) as u32,
        kind: PollKind::from_number(row.get::<_, i16>(7).into()),
        heard: row.get(8),
        fence: row.get(9),
    }
}

/// A row limit as the database takes it.
pub(super) fn bounded(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
