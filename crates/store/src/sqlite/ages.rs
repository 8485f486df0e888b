//! How old what is known is: noted in batches, counted in one pass on a thread of its own.

use super::readers::{all, execute};
use super::{SqliteStore, sql};
use crate::ages::{Ages, ConnectionState, Counted, FAILURE, Heard, gather};
use crate::{Freshness, StoreError};
use async_trait::async_trait;
use trackway_model::ConnectionId;

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Freshness for SqliteStore {
    async fn note_heard(&self, heard: Vec<Heard>, states: Vec<ConnectionState>) -> Result<()> {
        self.run(move |work| {
            let file = &work.connection;
            for Heard {
                connection,
                track,
                at,
            } in &heard
            {
                execute(file, sql::HEARD_NOTE, (track.0, connection.0, at))?;
            }
            let sealer = &work.core.kernel.sealer;
            for state in &states {
                let failure = state.failure.as_ref();
                let row = (
                    state.connection.0,
                    state.heard,
                    state.changed,
                    state.failed,
                    failure.map(|text| sealer.seal_secret(FAILURE, text.as_bytes())),
                    state.calls.map(|(day, _)| day),
                    state.calls.map(|(_, calls)| calls),
                );
                execute(file, sql::STATE_NOTE, row)?;
            }
            Ok(())
        })
        .await
    }

    async fn ages(&self, now: i64) -> Result<Vec<Ages>> {
        let read = move |core: &super::Core| {
            core.readers.with(|file| {
                let rows: Vec<Counted> = all(file, sql::HEARD_AGES, [now], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                })?;
                Ok(gather(rows))
            })
        };
        self.long(read).await
    }

    async fn registered(&self) -> Result<u64> {
        let read = |core: &super::Core| {
            core.readers
                .one(sql::REGISTERED_COUNT, [], |row| row.get(0))
        };
        Ok(self.long(read).await?.unwrap_or(0))
    }

    async fn connection_states(&self) -> Result<Vec<ConnectionState>> {
        type Read = (ConnectionState, Option<Vec<u8>>);
        let rows: Vec<Read> = self.core.readers.all(sql::STATE_ALL, [], |row| {
            let (day, calls): (Option<i64>, Option<u64>) = (row.get(5)?, row.get(6)?);
            let state = ConnectionState {
                connection: ConnectionId(row.get(0)?),
                heard: row.get(1)?,
                changed: row.get(2)?,
                failed: row.get(3)?,
                failure: None,
                calls: day.zip(calls),
            };
            Ok((state, row.get(4)?))
        })?;
        let sealer = &self.core.kernel.sealer;
        let open = |(state, failure): Read| {
            let failure = failure
                .map(|sealed| sealer.open_secret(FAILURE, &sealed))
                .transpose()?;
            Ok(ConnectionState {
                failure: failure.map(|text| String::from_utf8_lossy(&text).into_owned()),
                ..state
            })
        };
        rows.into_iter().map(open).collect()
    }
}
