//! Numbers that upstreams were given by us.

use super::connect::Work;
use super::{PostgresStore, records as row, sql};
use crate::StoreError;
use crate::errands::{Entrusted, Errands, Has, NewEntrusted, SettledErrand};
use async_trait::async_trait;
use tokio_postgres::Row;
use trackway_model::{ConnectionId, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Errands for PostgresStore {
    async fn entrust(&self, mut entrusted: Vec<NewEntrusted>) -> Result<()> {
        // Rows are locked in one order on every node.
        entrusted.sort_unstable_by_key(|new| (new.track, new.connection));
        let work = self.database.begin().await?;
        for new in entrusted {
            let given = row::seal_data(self.sealer(), &new.given)?;
            work.execute(
                &sql::ENTRUSTED_KEEP,
                &[&new.track.0, &new.connection.0, &new.account.0, &given],
            )
            .await?;
        }
        work.commit().await
    }

    async fn entrusted(
        &self,
        connection: ConnectionId,
        tracks: &[TrackId],
    ) -> Result<Vec<Entrusted>> {
        let tracks: Vec<i64> = tracks.iter().map(|track| track.0).collect();
        let rows = self
            .database
            .rows(&sql::ENTRUSTED_READ, &[&tracks, &connection.0])
            .await?;
        rows.iter().map(|row| self.read_entrusted(row)).collect()
    }

    async fn settle_errands(&self, mut settled: Vec<SettledErrand>) -> Result<()> {
        settled.sort_unstable_by_key(|settled| (settled.track, settled.connection));
        let work = self.database.begin().await?;
        for settled in settled {
            self.settle_errand(&work, &settled).await?;
        }
        work.commit().await
    }

    async fn count_errands(&self, connection: ConnectionId) -> Result<u64> {
        let row = self
            .database
            .row(&sql::ENTRUSTED_COUNT, &[&connection.0])
            .await?;
        Ok(row.map_or(0, |row| row.get::<_, i64>(0).unsigned_abs()))
    }
}

impl PostgresStore {
    async fn settle_errand(&self, work: &Work, settled: &SettledErrand) -> Result<()> {
        let (track, connection) = (settled.track.0, settled.connection.0);
        match &settled.now_has {
            Has::Same => {
                let (edits, refreshes) = (settled.edits as i32, settled.refreshes as i32);
                work.execute(
                    &sql::ENTRUSTED_SETTLE,
                    &[&track, &connection, &edits, &refreshes],
                )
                .await?;
            }
            Has::Moved { given } => {
                let given = row::seal_data(self.sealer(), given)?;
                let from = moved_from(work, track, connection).await?;
                work.execute(&sql::ENTRUSTED_ARRIVE, &[&track, &connection, &given])
                    .await?;
                if let Some(from) = from {
                    work.execute(&sql::ENTRUSTED_DROP, &[&from, &connection])
                        .await?;
                }
            }
            Has::Nothing => {
                work.execute(&sql::ENTRUSTED_DROP, &[&track, &connection])
                    .await?;
            }
            Has::NotMoved { now } => {
                let from = moved_from(work, track, connection).await?;
                work.execute(&sql::ENTRUSTED_DROP, &[&track, &connection])
                    .await?;
                if let Some(from) = from {
                    work.execute(&sql::POLL_OWE, &[&from, now]).await?;
                }
            }
        }
        Ok(())
    }

    fn read_entrusted(&self, found: &Row) -> Result<Entrusted> {
        Ok(Entrusted {
            track: TrackId(found.get(0)),
            given: row::data(self.sealer(), found.get(1))?,
            edits: found.get::<_, i32>(2).unsigned_abs(),
            refreshes: found.get::<_, i32>(3).unsigned_abs(),
            moved_from: found.get::<_, Option<i64>>(4).map(TrackId),
            is_wanted: found.get(5),
        })
    }
}

async fn moved_from(work: &Work, track: i64, connection: i64) -> Result<Option<i64>> {
    let rows = work
        .rows(&sql::ENTRUSTED_MOVED, &[&track, &connection])
        .await?;
    Ok(rows.first().and_then(|row| row.get(0)))
}
