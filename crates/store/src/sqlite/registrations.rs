//! A client's registrations in one dialect: read back, changed and ended.

use super::columns::Told;
use super::errands::{Owed, owe};
use super::readers::{all, execute, one};
use super::register::{open_data, open_references, seal_data};
use super::work::{Work, shard};
use super::{SqliteStore, sql};
use crate::StoreError;
use crate::records::{PollKind, Registration};
use crate::registrations::{Again, Book, BookQuery, Entry, Key, Mark, Move, Moved, Registrations};
use crate::seal::Sealer;
use crate::search::LONGEST_PAGE;
use async_trait::async_trait;
use rusqlite::{Connection as File, Row};
use serde_json::Value;
use std::collections::HashSet;
use trackway_model::{AccountId, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

/// An entry as it is stored.
struct Stored {
    entry: Entry,
    data: Option<Vec<u8>>,
    references: Option<Vec<u8>>,
}

#[async_trait]
impl Registrations for SqliteStore {
    async fn entries_of(&self, book: &Book, tracks: &[TrackId]) -> Result<Vec<Entry>> {
        let of = |track: &TrackId| {
            let params = (track.0, book.account.0, &book.dialect);
            self.core.readers.one(sql::ENTRY_OF_TRACK, params, stored)
        };
        let mut entries = Vec::with_capacity(tracks.len());
        for track in tracks {
            entries.extend(of(track)?);
        }
        self.entries_in(entries)
    }

    async fn entries(
        &self,
        book: &Book,
        query: &BookQuery,
        after: Option<Mark>,
        limit: usize,
    ) -> Result<Vec<Entry>> {
        let limit = limit.min(LONGEST_PAGE);
        let Mark { created, id } = after.unwrap_or(Mark::NEWEST);
        let (from, to) = query.window();
        let to = to.min(created);
        let (account, dialect) = (book.account.0, &book.dialect);
        let readers = &self.core.readers;
        if query.keys.is_empty() {
            let params = (account, dialect, from, to, created, id, limit);
            return self.entries_in(readers.all(sql::ENTRY_PAGE, params, stored)?);
        }
        let mut found = Vec::new();
        for key in distinct(&query.keys) {
            let params = (account, dialect, from, to, created, id, limit, key);
            found.extend(readers.all(sql::ENTRY_KEYED, params, stored)?);
        }
        found.sort_by_key(|stored| std::cmp::Reverse(mark(&stored.entry)));
        found.truncate(limit);
        self.entries_in(found)
    }

    async fn count_entries(&self, book: &Book, query: &BookQuery) -> Result<u64> {
        let (book, query) = (book.clone(), query.clone());
        self.long(move |core| {
            let (from, to) = query.window();
            let (account, dialect) = (book.account.0, &book.dialect);
            let count = |row: &Row<'_>| row.get::<_, u64>(0);
            if query.keys.is_empty() {
                let params = (account, dialect, from, to);
                let counted = core.readers.one(sql::ENTRY_COUNT, params, count)?;
                return Ok(counted.unwrap_or(0));
            }
            let mut counted = 0;
            for key in distinct(&query.keys) {
                let params = (account, dialect, from, to, key);
                let more = core.readers.one(sql::ENTRY_COUNT_KEYED, params, count)?;
                counted += more.unwrap_or(0);
            }
            Ok(counted)
        })
        .await
    }

    async fn replace_entry(
        &self,
        book: &Book,
        id: i64,
        data: Value,
        key: Option<Key>,
        now: i64,
    ) -> Result<bool> {
        let data = seal_data(&self.core.kernel.sealer, &data)?;
        let book = book.clone();
        self.add(move |work| {
            let file = &work.connection;
            let Some(stored) = by_id(file, &book, id)? else {
                return Ok(false);
            };
            let row = (id, book.account.0, &book.dialect, data, key);
            execute(file, sql::ENTRY_REPLACE, row)?;
            let track = stored.entry.registration.track;
            owe(file, track, Owed::Edit)?;
            execute(file, sql::POLL_OWE, (track.0, now))?;
            Ok(true)
        })
        .await
    }

    async fn unregister(&self, book: &Book, ids: Vec<i64>, now: i64) -> Result<u64> {
        let book = book.clone();
        self.run(move |work| {
            let mut ended = 0;
            for id in ids {
                let Some(stored) = by_id(&work.connection, &book, id)? else {
                    continue;
                };
                let row = (id, book.account.0, &book.dialect);
                ended += execute(&work.connection, sql::ENTRY_DELETE, row)? as u64;
                let track = stored.entry.registration.track;
                execute(&work.connection, sql::POLL_RELEASE, (track.0, now))?;
            }
            Ok(ended)
        })
        .await
    }

    async fn move_entries(&self, book: &Book, to: Move) -> Result<Moved> {
        let book = book.clone();
        self.add(move |work| moved(work, &book, &to)).await
    }

    async fn refresh_entry(&self, book: &Book, id: i64, now: i64, since: i64) -> Result<Again> {
        let book = book.clone();
        self.run(move |work| {
            let Some(stored) = by_id(&work.connection, &book, id)? else {
                return Ok(Again::Unknown);
            };
            if let Some(last) = stored.entry.refreshed.filter(|last| *last > since) {
                return Ok(Again::TooSoon(last));
            }
            let track = stored.entry.registration.track;
            execute(&work.connection, sql::ENTRY_REFRESH, (id, now))?;
            let row = (track.0, now, PollKind::Manual as u8);
            execute(&work.connection, sql::POLL_ASK, row)?;
            owe(&work.connection, track, Owed::Refresh)?;
            Ok(Again::Asked(track))
        })
        .await
    }
}

impl SqliteStore {
    fn entries_in(&self, stored: Vec<Stored>) -> Result<Vec<Entry>> {
        let sealer = &self.core.kernel.sealer;
        stored
            .into_iter()
            .map(|stored| open(sealer, stored))
            .collect()
    }
}

fn open(sealer: &Sealer, stored: Stored) -> Result<Entry> {
    let mut entry = stored.entry;
    entry.registration.data = open_data(sealer, stored.data.as_deref())?;
    Ok(entry)
}

/// Moves all, or none. Numbers are opened before anything is written.
fn moved(work: &mut Work, book: &Book, to: &Move) -> Result<Moved> {
    let mut entries = Vec::with_capacity(to.ids.len());
    for id in &to.ids {
        match by_id(&work.connection, book, *id)? {
            Some(stored) => entries.push(stored),
            None => return Ok(Moved::Unknown(*id)),
        }
    }
    let mut places = Vec::with_capacity(entries.len());
    let mut taken = HashSet::new();
    for stored in &entries {
        let Registration { id, number, .. } = &stored.entry.registration;
        let at = work.open(book.account, &to.carrier, number, to.now)?;
        let track = work.id_of(at);
        let key = (track.0, book.account.0, &book.dialect);
        let held = one(&work.connection, sql::ENTRY_OF_TRACK, key, |_| Ok(()))?;
        if held.is_some() || !taken.insert(track) {
            return Ok(Moved::Taken(*id));
        }
        places.push(at);
    }
    let mut news = Vec::with_capacity(entries.len());
    for (stored, at) in entries.iter().zip(places) {
        write_move(work, book, to, (&stored.entry.registration, work.id_of(at)))?;
        let references = open_references(&work.core.kernel.sealer, stored.references.as_deref())?;
        news.push((at, references));
    }
    // Last, since it is not undone when a job fails.
    for (at, references) in news {
        let told = Told {
            created: Some(to.now),
            erased: false,
            references,
        };
        work.tell(at, &told);
    }
    Ok(Moved::All)
}

fn write_move(
    work: &Work,
    book: &Book,
    to: &Move,
    (from, track): (&Registration, TrackId),
) -> Result<()> {
    let file = &work.connection;
    let row = (
        from.id,
        track.0,
        shard(track),
        &to.carrier,
        to.now,
        to.clock_at,
        work.marks.chunk,
    );
    execute(file, sql::ENTRY_MOVE, row)?;
    for connection in &to.connections {
        let row = (
            track.0,
            connection.0,
            shard(track),
            book.account.0,
            &to.carrier,
            &from.number,
            to.now,
        );
        execute(file, sql::POLL_CREATE, row)?;
    }
    execute(file, sql::ENTRUSTED_MOVE, (from.track.0, track.0))?;
    execute(file, sql::POLL_RELEASE, (from.track.0, to.now))?;
    Ok(())
}

fn by_id(file: &File, book: &Book, id: i64) -> Result<Option<Stored>> {
    let params = (id, book.account.0, &book.dialect);
    let mut found = all(file, sql::ENTRY_BY_ID, params, stored)?;
    Ok(found.pop())
}

const fn mark(entry: &Entry) -> Mark {
    Mark {
        created: entry.registration.created,
        id: entry.registration.id,
    }
}

fn distinct(keys: &[Key]) -> HashSet<Key> {
    keys.iter().copied().collect()
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let registration = Registration {
        id: row.get(0)?,
        account: AccountId(row.get(1)?),
        dialect: row.get(2)?,
        track: TrackId(row.get(3)?),
        carrier: row.get(4)?,
        number: row.get(5)?,
        created: row.get(6)?,
        data: Value::Null,
    };
    Ok(Stored {
        entry: Entry {
            registration,
            refreshed: row.get(9)?,
        },
        data: row.get(7)?,
        references: row.get(8)?,
    })
}
