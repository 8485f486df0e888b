//! A client's registrations in one dialect: read back, changed and ended.

use super::connect::Work;
use super::register::plan_polls;
use super::shipments::References;
use super::work::bounded;
use super::{PostgresStore, records as row, sql};
use crate::StoreError;
use crate::records::{NewRegistration, PollKind};
use crate::registrations::{Again, Book, BookQuery, Entry, Key, Mark, Move, Moved, Registrations};
use crate::search::LONGEST_PAGE;
use async_trait::async_trait;
use serde_json::Value;
use std::collections::HashSet;
use tokio_postgres::Row;
use trackway_model::TrackId;

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Registrations for PostgresStore {
    async fn entries_of(&self, book: &Book, tracks: &[TrackId]) -> Result<Vec<Entry>> {
        let tracks: Vec<i64> = tracks.iter().map(|track| track.0).collect();
        let rows = self
            .database
            .rows(
                &sql::ENTRY_OF_TRACKS,
                &[&tracks, &book.account.0, &book.dialect],
            )
            .await?;
        self.entries_in(&rows)
    }

    async fn entries(
        &self,
        book: &Book,
        query: &BookQuery,
        after: Option<Mark>,
        limit: usize,
    ) -> Result<Vec<Entry>> {
        let limit = bounded(limit.min(LONGEST_PAGE));
        let Mark { created, id } = after.unwrap_or(Mark::NEWEST);
        let (from, to) = query.window();
        let to = to.min(created);
        let (account, dialect) = (&book.account.0, &book.dialect);
        let rows = if query.keys.is_empty() {
            self.database
                .rows(
                    &sql::ENTRY_PAGE,
                    &[account, dialect, &from, &to, &created, &id, &limit],
                )
                .await?
        } else {
            let keys = keys(query);
            self.database
                .rows(
                    &sql::ENTRY_KEYED,
                    &[account, dialect, &from, &to, &created, &id, &limit, &keys],
                )
                .await?
        };
        self.entries_in(&rows)
    }

    async fn count_entries(&self, book: &Book, query: &BookQuery) -> Result<u64> {
        let (from, to) = query.window();
        let (account, dialect) = (&book.account.0, &book.dialect);
        let row = if query.keys.is_empty() {
            let params: [_; 4] = [account as _, dialect as _, &from as _, &to as _];
            self.database.row(&sql::ENTRY_COUNT, &params).await?
        } else {
            let keys = keys(query);
            self.database
                .row(
                    &sql::ENTRY_COUNT_KEYED,
                    &[account, dialect, &from, &to, &keys],
                )
                .await?
        };
        let count = row.map_or(0, |row| row.get::<_, i64>(0));
        Ok(count.unsigned_abs())
    }

    async fn replace_entry(
        &self,
        book: &Book,
        id: i64,
        data: Value,
        key: Option<Key>,
        now: i64,
    ) -> Result<bool> {
        let data = row::seal_data(self.sealer(), &data)?;
        let key = key.map(|key| key.to_vec());
        let work = self.database.begin().await?;
        let replaced = work
            .rows(
                &sql::ENTRY_REPLACE,
                &[&id, &book.account.0, &book.dialect, &data, &key],
            )
            .await?;
        let Some(found) = replaced.first() else {
            return Ok(false);
        };
        let track: i64 = found.get(0);
        work.execute(&sql::ENTRUSTED_OWE, &[&track, &1_i32, &0_i32])
            .await?;
        work.execute(&sql::POLL_OWE, &[&track, &now]).await?;
        work.commit().await?;
        Ok(true)
    }

    async fn unregister(&self, book: &Book, ids: Vec<i64>, now: i64) -> Result<u64> {
        let work = self.database.begin().await?;
        let rows = work
            .rows(&sql::ENTRY_DELETE, &[&ids, &book.account.0, &book.dialect])
            .await?;
        let tracks: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
        work.execute(&sql::POLL_RELEASE, &[&tracks, &now]).await?;
        work.commit().await?;
        Ok(rows.len() as u64)
    }

    async fn move_entries(&self, book: &Book, to: Move) -> Result<Moved> {
        let work = self.database.begin().await?;
        let moved = Box::pin(self.move_all(&work, book, to)).await?;
        if moved == Moved::All {
            work.commit().await?;
        }
        Ok(moved)
    }

    async fn refresh_entry(&self, book: &Book, id: i64, now: i64, since: i64) -> Result<Again> {
        let work = self.database.begin().await?;
        let ids = vec![id];
        let rows = work
            .rows(&sql::ENTRY_HOLD, &[&ids, &book.account.0, &book.dialect])
            .await?;
        let Some(found) = rows.first() else {
            return Ok(Again::Unknown);
        };
        let refreshed: Option<i64> = found.get(9);
        if let Some(last) = refreshed.filter(|last| *last > since) {
            return Ok(Again::TooSoon(last));
        }
        let track: i64 = found.get(3);
        work.execute(&sql::ENTRY_REFRESH, &[&id, &now]).await?;
        work.execute(&sql::ENTRUSTED_OWE, &[&track, &0_i32, &1_i32])
            .await?;
        work.execute(&sql::POLL_ASK, &[&track, &now, &(PollKind::Manual as i16)])
            .await?;
        work.commit().await?;
        Ok(Again::Asked(TrackId(track)))
    }
}

impl PostgresStore {
    fn entries_in(&self, rows: &[Row]) -> Result<Vec<Entry>> {
        rows.iter().map(|row| self.entry(row)).collect()
    }

    fn entry(&self, found: &Row) -> Result<Entry> {
        Ok(Entry {
            registration: row::registration(self.sealer(), found)?,
            refreshed: found.get(9),
        })
    }

    /// Moves all, or says why not: then nothing is to be committed.
    async fn move_all(&self, work: &Work, book: &Book, to: Move) -> Result<Moved> {
        let rows = work
            .rows(&sql::ENTRY_HOLD, &[&to.ids, &book.account.0, &book.dialect])
            .await?;
        let entries = self.entries_in(&rows)?;
        let held: HashSet<i64> = entries.iter().map(|entry| entry.registration.id).collect();
        if let Some(unknown) = to.ids.iter().find(|id| !held.contains(id)) {
            return Ok(Moved::Unknown(*unknown));
        }
        let wish = |entry: &Entry| NewRegistration {
            account: book.account,
            dialect: book.dialect.clone(),
            carrier: to.carrier.clone(),
            number: entry.registration.number.clone(),
            created: to.now,
            connections: to.connections.clone(),
            ..NewRegistration::default()
        };
        let wishes: Vec<NewRegistration> = entries.iter().map(wish).collect();
        let tracks = self.shared.open_for(work, &wishes).await?;
        let mut taken: HashSet<TrackId> = self
            .shared
            .registered_among(work, &wishes, &tracks)
            .await?
            .into_iter()
            .collect();
        for (entry, track) in entries.iter().zip(&tracks) {
            if !taken.insert(*track) {
                return Ok(Moved::Taken(entry.registration.id));
            }
        }
        let ids: Vec<i64> = entries.iter().map(|entry| entry.registration.id).collect();
        let targets: Vec<i64> = tracks.iter().map(|track| track.0).collect();
        work.execute(
            &sql::ENTRY_MOVE,
            &[&ids, &targets, &to.carrier, &to.now, &to.clock_at],
        )
        .await?;
        plan_polls(work, &wishes, &tracks).await?;
        let mut references = References::default();
        for (found, track) in rows.iter().zip(&tracks) {
            if let Some(sealed) = found.get::<_, Option<&[u8]>>(8) {
                let known = row::references(self.sealer(), sealed)?;
                references.push(book.account, *track, &known);
            }
        }
        references.write(work).await?;
        let left: Vec<i64> = entries.iter().map(|e| e.registration.track.0).collect();
        work.execute(&sql::ENTRUSTED_MOVE, &[&left, &targets])
            .await?;
        work.execute(&sql::POLL_RELEASE, &[&left, &to.now]).await?;
        Ok(Moved::All)
    }
}

fn keys(query: &BookQuery) -> Vec<Vec<u8>> {
    query.keys.iter().map(|key| key.to_vec()).collect()
}
