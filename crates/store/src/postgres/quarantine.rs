//! What could not be read: each call a transaction of its own.

use super::connect::Work;
use super::work::bounded;
use super::{PostgresStore, sql};
use crate::quarantine::{KEPT, MOST, Noted, PAYLOAD, Payload, Quarantined, STRANGE, Told, Wanted};
use crate::seal::Sealer;
use crate::{Quarantine, StoreError};
use async_trait::async_trait;
use tokio_postgres::Row;
use trackway_model::{AccountId, ConnectionId, QuarantineId};

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Quarantine for PostgresStore {
    async fn note_strange(&self, noted: Vec<Noted>) -> Result<()> {
        let work = self.database.begin().await?;
        for noted in &noted {
            note(&work, self.sealer(), noted).await?;
        }
        work.commit().await
    }

    async fn quarantined(&self, wanted: &Wanted, limit: usize) -> Result<Vec<Quarantined>> {
        let rows = self
            .database
            .rows(
                &sql::QUARANTINE_LIST,
                &[
                    &wanted.after.0,
                    &wanted.account.map(|id| id.0),
                    &wanted.connection.map(|id| id.0),
                    &wanted.id.map(|id| id.0),
                    &wanted.stopped,
                    &bounded(limit),
                ],
            )
            .await?;
        rows.iter().map(|row| opened(self.sealer(), row)).collect()
    }

    async fn payloads(
        &self,
        id: QuarantineId,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, Payload)>> {
        let rows = self
            .database
            .rows(&sql::QUARANTINE_PAYLOADS, &[&id.0, &after, &bounded(limit)])
            .await?;
        let open = |row: &Row| {
            let bytes = self.sealer().open_secret(PAYLOAD, row.get(2))?;
            Ok((row.get(0), Payload::decode(row.get(1), &bytes)?))
        };
        rows.iter().map(open).collect()
    }

    async fn release(&self, id: QuarantineId, payload: i64) -> Result<()> {
        let work = self.database.begin().await?;
        let released = work
            .execute(&sql::QUARANTINE_RELEASE, &[&id.0, &payload])
            .await?;
        if released > 0 {
            work.execute(&sql::QUARANTINE_RELEASED, &[&id.0]).await?;
        }
        work.commit().await
    }

    async fn drop_quarantined(&self, account: Option<AccountId>, id: QuarantineId) -> Result<bool> {
        let account = account.map(|account| account.0);
        let work = self.database.begin().await?;
        work.execute(&sql::QUARANTINE_DROP_PAYLOADS, &[&id.0, &account])
            .await?;
        let dropped = work
            .execute(&sql::QUARANTINE_DROP, &[&id.0, &account])
            .await?;
        work.commit().await?;
        Ok(dropped > 0)
    }
}

async fn note(work: &Work, sealer: &Sealer, noted: &Noted) -> Result<()> {
    let mut told = Told::of(noted);
    let mut known_by = told.known_by(sealer.installation());
    let held = work
        .rows(&sql::QUARANTINE_KNOWN, &[&noted.connection.0, &known_by])
        .await?;
    let is_one_too_many = |row: &Row| row.get::<_, i64>(0) >= MOST as i64 && !row.get::<_, bool>(1);
    if held.first().is_some_and(is_one_too_many) {
        told = told.nameless();
        known_by = told.known_by(sealer.installation());
    }
    let times = i64::try_from(noted.times).unwrap_or(i64::MAX);
    let body = sealer.seal_secret(STRANGE, &told.sealed()?);
    let rows = work
        .rows(
            &sql::QUARANTINE_NOTE,
            &[
                &noted.account.0,
                &noted.connection.0,
                &known_by,
                &(told.strange.oddity as i16),
                &times,
                &noted.at,
                &body,
            ],
        )
        .await?;
    let (Some(row), Some(payload)) = (rows.first(), &noted.payload) else {
        return Ok(());
    };
    work.execute(
        &sql::QUARANTINE_KEEP,
        &[
            &row.get::<_, i64>(0),
            &payload.track(),
            &payload.received,
            &payload.known_by(sealer.installation()),
            &sealer.seal_secret(PAYLOAD, &payload.encode()?),
            &(KEPT as i64),
        ],
    )
    .await?;
    Ok(())
}

fn opened(sealer: &Sealer, row: &Row) -> Result<Quarantined> {
    let told = Told::opened(&sealer.open_secret(STRANGE, row.get(6))?)?;
    let count = |column| u64::try_from(row.get::<_, i64>(column)).unwrap_or(0);
    Ok(Quarantined {
        id: QuarantineId(row.get(0)),
        account: AccountId(row.get(1)),
        connection: ConnectionId(row.get(2)),
        dialect: told.dialect,
        way: told.way,
        strange: told.strange,
        times: count(3),
        first: row.get(4),
        last: row.get(5),
        kept: count(7),
    })
}
