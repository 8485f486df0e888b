//! Tracks, their statements and documents: memory first, then the file.

use super::hot::number_key;
use super::readers::{all, one};
use super::recent::entry_of;
use super::stored::{Held, stored_track};
use super::{Core, SqliteStore, sql};
use crate::records::{Counts, Remapping, Verification};
use crate::seal::TrackKey;
use crate::write::Prepared;
use crate::{Headway, History, Retention, StoreError, read};
use async_trait::async_trait;
use rusqlite::Connection;
use smallvec::SmallVec;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use trackway_model::intake::{Intake, Receipt, Verified};
use trackway_model::track::Document;
use trackway_model::view::StatementView;
use trackway_model::{AccountId, Digest, Spine, Track, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl History for SqliteStore {
    async fn ingest(&self, intakes: Verified<Vec<Intake>>) -> Result<Vec<Receipt>> {
        let prepared = Prepared::new(&self.core.kernel.sealer, intakes);
        if prepared.is_empty() {
            return Ok(Vec::new());
        }
        let weight = prepared.weight();
        self.disk.admit(weight)?;
        let hints = self.core.hints(&prepared);
        let prepared = Arc::new(prepared);
        self.queue()?
            .run(&self.core, weight, move |work| {
                work.ingest(&prepared, &hints)
            })
            .await
    }

    async fn find(
        &self,
        account: AccountId,
        carrier: Option<&str>,
        number: &str,
    ) -> Result<Vec<Arc<Track>>> {
        let ours = |track: &Track| {
            track.account == account && carrier.is_none_or(|carrier| &*track.carrier == carrier)
        };
        let key = number_key(number);
        let mut found: Vec<_> = self
            .core
            .hot
            .under(&key)
            .into_iter()
            .filter(|track| ours(track))
            .collect();
        // There is one track for an account, carrier and number.
        if carrier.is_some() && !found.is_empty() {
            return Ok(found);
        }
        if !self.core.filter.may_hold(&key) {
            return Ok(found);
        }
        self.core.readers.with(|connection| {
            for (carrier_there, account_there, id) in indexed(connection, &key)? {
                let known = found.iter().any(|track| track.id == id);
                let ours = account_there == account && carrier.is_none_or(|c| carrier_there == c);
                if ours && !known {
                    found.extend(self.core.track_at(connection, id)?);
                }
            }
            Ok(())
        })?;
        found.sort_unstable_by_key(|track| track.id);
        Ok(found)
    }

    async fn held_by_another(
        &self,
        accounts: &[AccountId],
        carrier: &str,
        number: &str,
    ) -> Result<bool> {
        let key = number_key(number);
        let other = |there: AccountId, of: &str| !accounts.contains(&there) && of == carrier;
        let hot = self.core.hot.under(&key);
        if hot.iter().any(|track| other(track.account, &track.carrier)) {
            return Ok(true);
        }
        if !self.core.filter.may_hold(&key) {
            return Ok(false);
        }
        let indexed = self
            .core
            .readers
            .with(|connection| indexed(connection, &key))?;
        Ok(indexed
            .iter()
            .any(|(carrier, account, _)| other(*account, carrier)))
    }

    async fn track(&self, track: TrackId) -> Result<Option<Arc<Track>>> {
        self.core.track(track)
    }

    async fn scan(&self, after: TrackId, limit: usize) -> Result<Vec<Arc<Track>>> {
        self.long(move |core| scan(core, after, limit)).await
    }

    async fn statements(&self, track: &Track, ordinals: &[u16]) -> Result<Vec<StatementView>> {
        if ordinals.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(views) = self.core.recent_statements(track, ordinals) {
            return Ok(views);
        }
        self.core.readers.with(|connection| {
            let key = self.core.key(connection, track.id)?;
            let key = key.map(|(key, since)| (key.cipher(), since));
            let sealer = &self.core.kernel.sealer;
            let mut held = Held::default();
            let mut views = Vec::with_capacity(ordinals.len());
            for ordinal in ordinals {
                // An ordinal that the track does not have is passed over.
                if let Some(spine) = track.spine.get(usize::from(*ordinal)) {
                    let entry = held.entry(connection, spine.position)?;
                    views.push(read::statement(
                        sealer,
                        key.as_ref(),
                        *ordinal,
                        *spine,
                        &entry,
                    )?);
                }
            }
            Ok(views)
        })
    }

    async fn document(&self, track: &Track, document: &Document) -> Result<Option<Vec<u8>>> {
        Ok(self.archived(track, document).await?.kept())
    }

    async fn remap(&self, track: TrackId, remapped: Vec<Remapping>, now: i64) -> Result<bool> {
        self.add(move |work| work.remap(track, &remapped, now))
            .await
    }

    async fn erase(&self, track: TrackId) -> Result<()> {
        self.run(move |work| work.erase(track)).await
    }

    async fn verify_with(&self, headway: &Headway) -> Result<Verification> {
        let (snapshot, headway) = (self.queue()?.snapshot(&self.core).await?, headway.clone());
        self.long(move |core| super::verify::verify(core, &snapshot, &headway))
            .await
    }

    fn root(&self, track: &Track) -> Digest {
        track.root(self.core.kernel.sealer.installation())
    }

    fn secret(&self, purpose: &'static str) -> Digest {
        self.core.kernel.sealer.secret(purpose)
    }

    async fn counts(&self) -> Result<Counts> {
        let size = |path: &std::path::Path| path.metadata().map_or(0, |file| file.len());
        Ok(Counts {
            tracks: self.core.tracks.load(Ordering::Relaxed),
            statements: self.core.statements.load(Ordering::Relaxed),
            bytes: size(&self.core.path) + size(&self.core.path.with_extension("db-wal")),
        })
    }
}

impl Core {
    pub(super) fn track(&self, id: TrackId) -> Result<Option<Arc<Track>>> {
        if let Some(track) = self.hot.track(id) {
            return Ok(Some(track));
        }
        self.readers
            .with(|connection| self.track_at(connection, id))
    }

    fn track_at(&self, connection: &Connection, id: TrackId) -> Result<Option<Arc<Track>>> {
        if let Some(track) = self.hot.track(id) {
            return Ok(Some(track));
        }
        Ok(stored_track(connection, id)?.map(Arc::new))
    }

    /// Statements that were committed a moment ago; None where one of them is not in memory. A track
    /// that is erased meanwhile has another key, or none: then the file knows.
    fn recent_statements(&self, track: &Track, ordinals: &[u16]) -> Option<Vec<StatementView>> {
        let spines = ordinals.iter().filter_map(|ordinal| {
            let spine = track.spine.get(usize::from(*ordinal))?;
            Some((*ordinal, *spine))
        });
        let held = spines.map(|(ordinal, spine)| {
            let chunk = self.recent.chunk_of(spine.position)?;
            Some((ordinal, spine, chunk))
        });
        let held: SmallVec<[_; 4]> = held.collect::<Option<_>>()?;
        let key = self.hot.with(track.id, |slot| slot.key.clone())??;
        let key = Some((key.cipher(), i64::MIN));
        let sealer = &self.kernel.sealer;
        let view = |(ordinal, spine, chunk): (u16, Spine, Arc<[u8]>)| {
            let entry = entry_of(&chunk, spine.position)?;
            read::statement(sealer, key.as_ref(), ordinal, spine, &entry).ok()
        };
        held.into_iter().map(view).collect()
    }

    /// The key that opens a track's words, and the position since which it seals.
    pub(super) fn key(
        &self,
        connection: &Connection,
        id: TrackId,
    ) -> Result<Option<(TrackKey, i64)>> {
        let row = one(connection, sql::TRACK_KEY_READ, [id.0], |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?))
        })?;
        row.map(|(wrapped, since)| Ok((self.kernel.sealer.track_key(&wrapped)?, since)))
            .transpose()
    }
}

/// What the file's index holds under a number.
fn indexed(connection: &Connection, key: &[u8]) -> Result<Vec<(String, AccountId, TrackId)>> {
    let number = std::str::from_utf8(key).map_err(StoreError::engine("read a number"))?;
    all(connection, sql::NUMBER_FIND, [number], |row| {
        Ok((row.get(0)?, AccountId(row.get(1)?), TrackId(row.get(2)?)))
    })
}

/// Rows of the file and tracks in memory, merged by id; memory knows better.
fn scan(core: &Core, after: TrackId, limit: usize) -> Result<Vec<Arc<Track>>> {
    let evicted = core.hot.evicted();
    let mut ids = core.hot.dirty_after(after);
    ids.truncate(limit);
    let rows: Vec<(i64, Vec<u8>)> = core.readers.all(sql::TRACK_SCAN, (after.0, limit), |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    let mut tracks = Vec::with_capacity(limit);
    for (id, body) in rows {
        if let Some(track) = core.hot.track(TrackId(id)) {
            tracks.push(track);
        } else if core.hot.evicted() == evicted {
            let track = Track::decode(&body);
            tracks.push(Arc::new(
                track.map_err(|_| StoreError::Damaged { what: "track" })?,
            ));
        } else {
            // It may have been written back, newer, since the row was read.
            tracks.extend(core.track(TrackId(id))?);
        }
    }
    let missing = |id: &TrackId| !tracks.iter().any(|track: &Arc<Track>| track.id == *id);
    let dirty: Vec<_> = ids.into_iter().filter(missing).collect();
    for id in dirty {
        tracks.extend(core.track(id)?);
    }
    tracks.sort_unstable_by_key(|track| track.id);
    tracks.truncate(limit);
    Ok(tracks)
}
