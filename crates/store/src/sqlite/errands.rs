//! Numbers that upstreams were given by us.

use super::readers::{execute, one};
use super::register::{open_data, seal_data};
use super::{SqliteStore, sql};
use crate::StoreError;
use crate::errands::{Entrusted, Errands, Has, NewEntrusted, SettledErrand};
use async_trait::async_trait;
use rusqlite::{Connection as File, Row};
use trackway_model::{ConnectionId, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

/// A row with what was given still sealed.
type Stored = (Entrusted, Option<Vec<u8>>);

#[async_trait]
impl Errands for SqliteStore {
    async fn entrust(&self, entrusted: Vec<NewEntrusted>) -> Result<()> {
        let sealer = &self.core.kernel.sealer;
        let row = |new: NewEntrusted| {
            let given = seal_data(sealer, &new.given)?;
            Ok((new.track.0, new.connection.0, new.account.0, given))
        };
        let rows: Vec<_> = entrusted.into_iter().map(row).collect::<Result<_>>()?;
        self.add(move |work| {
            for row in rows {
                execute(&work.connection, sql::ENTRUSTED_KEEP, row)?;
            }
            Ok(())
        })
        .await
    }

    async fn entrusted(
        &self,
        connection: ConnectionId,
        tracks: &[TrackId],
    ) -> Result<Vec<Entrusted>> {
        let mut found = Vec::new();
        for track in tracks {
            let key = (track.0, connection.0);
            let read = self.core.readers.one(sql::ENTRUSTED_READ, key, stored)?;
            if let Some((mut entrusted, given)) = read {
                entrusted.given = open_data(&self.core.kernel.sealer, given.as_deref())?;
                found.push(entrusted);
            }
        }
        Ok(found)
    }

    async fn settle_errands(&self, settled: Vec<SettledErrand>) -> Result<()> {
        let sealer = &self.core.kernel.sealer;
        let sealed = |settled: SettledErrand| {
            let given = match &settled.now_has {
                Has::Moved { given } => seal_data(sealer, given)?,
                Has::Same | Has::Nothing | Has::NotMoved { .. } => None,
            };
            Ok((settled, given))
        };
        let settled: Vec<_> = settled.into_iter().map(sealed).collect::<Result<_>>()?;
        self.run(move |work| {
            let mut written = settled.into_iter();
            written.try_for_each(|(settled, given)| settle(&work.connection, &settled, given))
        })
        .await
    }

    async fn count_errands(&self, connection: ConnectionId) -> Result<u64> {
        self.long(move |core| {
            let key = [connection.0];
            let count = core
                .readers
                .one(sql::ENTRUSTED_COUNT, key, |row| row.get(0))?;
            Ok(count.unwrap_or(0))
        })
        .await
    }
}

fn settle(file: &File, settled: &SettledErrand, given: Option<Vec<u8>>) -> Result<()> {
    let key = (settled.track.0, settled.connection.0);
    let from = match settled.now_has {
        Has::Moved { .. } | Has::NotMoved { .. } => one(file, sql::ENTRUSTED_MOVED, key, first)?,
        Has::Same | Has::Nothing => None,
    };
    match settled.now_has {
        Has::Same => {
            let row = (key.0, key.1, settled.edits, settled.refreshes);
            execute(file, sql::ENTRUSTED_SETTLE, row)?;
        }
        Has::Moved { .. } => {
            execute(file, sql::ENTRUSTED_ARRIVE, (key.0, key.1, given))?;
            if let Some(from) = from {
                execute(file, sql::ENTRUSTED_DROP, (from, key.1))?;
            }
        }
        Has::Nothing => {
            execute(file, sql::ENTRUSTED_DROP, key)?;
        }
        Has::NotMoved { now } => {
            execute(file, sql::ENTRUSTED_DROP, key)?;
            if let Some(from) = from {
                execute(file, sql::POLL_OWE, (from, now))?;
            }
        }
    }
    Ok(())
}

/// What a client did that its upstreams are to be told.
#[derive(Clone, Copy)]
pub enum Owed {
    Edit,
    Refresh,
}

/// Notes it, for those that were given the number.
pub fn owe(file: &File, track: TrackId, owed: Owed) -> Result<()> {
    let (edits, refreshes) = match owed {
        Owed::Edit => (1, 0),
        Owed::Refresh => (0, 1),
    };
    execute(file, sql::ENTRUSTED_OWE, (track.0, edits, refreshes))?;
    Ok(())
}

fn first(row: &Row<'_>) -> rusqlite::Result<i64> {
    row.get(0)
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let entrusted = Entrusted {
        track: TrackId(row.get(0)?),
        given: serde_json::Value::Null,
        edits: row.get(2)?,
        refreshes: row.get(3)?,
        moved_from: row.get::<_, Option<i64>>(4)?.map(TrackId),
        is_wanted: row.get(5)?,
    };
    Ok((entrusted, row.get(1)?))
}
