//! How old what is known is: noted in batches, counted by the database in one pass.

use super::{PostgresStore, sql};
use crate::ages::{Ages, ConnectionState, FAILURE, Heard, gather};
use crate::{Freshness, StoreError};
use async_trait::async_trait;
use tokio_postgres::Row;
use trackway_model::ConnectionId;

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Freshness for PostgresStore {
    async fn note_heard(&self, mut heard: Vec<Heard>, states: Vec<ConnectionState>) -> Result<()> {
        // In the order of the rows, so that two nodes lock them in one order.
        heard.sort_unstable_by_key(|heard| (heard.track, heard.connection));
        let tracks: Vec<i64> = heard.iter().map(|heard| heard.track.0).collect();
        let connections: Vec<i64> = heard.iter().map(|heard| heard.connection.0).collect();
        let times: Vec<i64> = heard.iter().map(|heard| heard.at).collect();
        let work = self.database.begin().await?;
        work.execute(&sql::HEARD_NOTE, &[&tracks, &connections, &times])
            .await?;
        for state in &states {
            let failure = state.failure.as_ref();
            let failure = failure.map(|text| self.sealer().seal_secret(FAILURE, text.as_bytes()));
            work.execute(
                &sql::STATE_NOTE,
                &[
                    &state.connection.0,
                    &state.heard,
                    &state.changed,
                    &state.failed,
                    &failure,
                    &state.calls.map(|(day, _)| day),
                    &state.calls.map(|(_, calls)| calls as i64),
                ],
            )
            .await?;
        }
        work.commit().await
    }

    async fn ages(&self, now: i64) -> Result<Vec<Ages>> {
        let rows = self.database.rows(&sql::HEARD_AGES, &[&now]).await?;
        let read = |row: &Row| (row.get(0), row.get(1), row.get(2), row.get(3));
        Ok(gather(rows.iter().map(read)))
    }

    async fn registered(&self) -> Result<u64> {
        let row = self.database.row(&sql::REGISTERED_COUNT, &[]).await?;
        Ok(row.map_or(0, |row| row.get::<_, i64>(0).unsigned_abs()))
    }

    async fn connection_states(&self) -> Result<Vec<ConnectionState>> {
        let rows = self.database.rows(&sql::STATE_ALL, &[]).await?;
        let open = |row: &Row| {
            let failure = row
                .get::<_, Option<&[u8]>>(4)
                .map(|sealed| self.sealer().open_secret(FAILURE, sealed))
                .transpose()?;
            Ok(ConnectionState {
                connection: ConnectionId(row.get(0)),
                heard: row.get(1),
                changed: row.get(2),
                failed: row.get(3),
                failure: failure.map(|text| String::from_utf8_lossy(&text).into_owned()),
                calls: row
                    .get::<_, Option<i64>>(5)
                    .zip(row.get::<_, Option<i64>>(6).map(i64::unsigned_abs)),
            })
        };
        rows.iter().map(open).collect()
    }
}
