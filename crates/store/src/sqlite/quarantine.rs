//! What could not be read: a job among the writer's others.

use super::readers::{execute, one, write_failed};
use super::work::Work;
use super::{SqliteStore, sql};
use crate::quarantine::{KEPT, MOST, Noted, PAYLOAD, Payload, Quarantined, STRANGE, Told, Wanted};
use crate::seal::Sealer;
use crate::{Quarantine, StoreError};
use async_trait::async_trait;
use rusqlite::Row;
use trackway_model::{AccountId, ConnectionId, QuarantineId};

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Quarantine for SqliteStore {
    async fn note_strange(&self, noted: Vec<Noted>) -> Result<()> {
        // A body that nobody asked for is not kept on a disk that is nearly full.
        if noted.iter().any(|noted| noted.payload.is_some()) {
            self.disk.admit(noted.len())?;
        }
        self.run(move |work| {
            work.record(|work| noted.iter().try_for_each(|noted| note(work, noted)))
        })
        .await
    }

    async fn quarantined(&self, wanted: &Wanted, limit: usize) -> Result<Vec<Quarantined>> {
        let params = (
            wanted.after.0,
            wanted.account.map(|id| id.0),
            wanted.connection.map(|id| id.0),
            wanted.id.map(|id| id.0),
            wanted.stopped,
            limit,
        );
        let rows = self
            .core
            .readers
            .all(sql::QUARANTINE_LIST, params, read_row)?;
        let sealer = &self.core.kernel.sealer;
        rows.into_iter().map(|row| opened(sealer, row)).collect()
    }

    async fn payloads(
        &self,
        id: QuarantineId,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, Payload)>> {
        let rows: Vec<(i64, i64, Vec<u8>)> =
            self.core
                .readers
                .all(sql::QUARANTINE_PAYLOADS, (id.0, after, limit), |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?;
        let sealer = &self.core.kernel.sealer;
        let open = |(number, received, sealed): (i64, i64, Vec<u8>)| {
            let bytes = sealer.open_secret(PAYLOAD, &sealed)?;
            Ok((number, Payload::decode(received, &bytes)?))
        };
        rows.into_iter().map(open).collect()
    }

    async fn release(&self, id: QuarantineId, payload: i64) -> Result<()> {
        self.run(move |work| {
            let file = &work.connection;
            if execute(file, sql::QUARANTINE_RELEASE, (id.0, payload))? > 0 {
                execute(file, sql::QUARANTINE_RELEASED, [id.0])?;
            }
            Ok(())
        })
        .await
    }

    async fn drop_quarantined(&self, account: Option<AccountId>, id: QuarantineId) -> Result<bool> {
        let params = (id.0, account.map(|account| account.0));
        self.run(move |work| {
            let file = &work.connection;
            execute(file, sql::QUARANTINE_DROP_PAYLOADS, params)?;
            Ok(execute(file, sql::QUARANTINE_DROP, params)? > 0)
        })
        .await
    }
}

fn note(work: &Work, noted: &Noted) -> Result<()> {
    let file = &work.connection;
    let sealer = &work.core.kernel.sealer;
    let mut told = Told::of(noted);
    let mut known_by = told.known_by(sealer.installation());
    let held: Option<(i64, Option<bool>)> = one(
        file,
        sql::QUARANTINE_KNOWN,
        (noted.connection.0, &known_by),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if held.is_some_and(|(count, known)| count >= MOST as i64 && known != Some(true)) {
        told = told.nameless();
        known_by = told.known_by(sealer.installation());
    }
    let row = (
        noted.account.0,
        noted.connection.0,
        &known_by,
        told.strange.oddity as i16,
        noted.times,
        noted.at,
        sealer.seal_secret(STRANGE, &told.sealed()?),
    );
    let mut upsert = file
        .prepare_cached(sql::QUARANTINE_NOTE)
        .map_err(write_failed)?;
    let id: i64 = upsert
        .query_row(row, |row| row.get(0))
        .map_err(write_failed)?;
    if let Some(payload) = &noted.payload {
        let row = (
            id,
            payload.track(),
            payload.received,
            payload.known_by(sealer.installation()),
            sealer.seal_secret(PAYLOAD, &payload.encode()?),
            KEPT,
        );
        execute(file, sql::QUARANTINE_KEEP, row)?;
    }
    Ok(())
}

/// A row as it is read, before what is sealed in it is opened.
type Read = (i64, i64, i64, u64, i64, i64, Vec<u8>, u64);

fn read_row(row: &Row<'_>) -> rusqlite::Result<Read> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
        row.get(6)?,
        row.get(7)?,
    ))
}

fn opened(sealer: &Sealer, row: Read) -> Result<Quarantined> {
    let (id, account, connection, times, first, last, body, kept) = row;
    let told = Told::opened(&sealer.open_secret(STRANGE, &body)?)?;
    Ok(Quarantined {
        id: QuarantineId(id),
        account: AccountId(account),
        connection: ConnectionId(connection),
        dialect: told.dialect,
        way: told.way,
        strange: told.strange,
        times,
        first,
        last,
        kept,
    })
}
