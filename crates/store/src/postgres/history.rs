//! Tracks, their log and their documents.

use super::cache::Remembered;
use super::commit::{self, Held, Then, Trust};
use super::connect::{Work, prepared, retried};
use super::numbers::{NumberKey, key_of};
use super::orders::erase_linked;
use super::work::bounded;
use super::{PostgresStore, sql};
use crate::log::{entry_at, place};
use crate::notices::journeys;
use crate::records::{Counts, Remapping, Verification};
use crate::seal::TrackKey;
use crate::{Headway, History, Retention, StoreError, read};
use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::Arc;
use tokio_postgres::Row;
use trackway_model::intake::{Intake, Receipt, Verified, number_key};
use trackway_model::track::{Document, Spine};
use trackway_model::view::StatementView;
use trackway_model::{AccountId, Digest, Track, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl History for PostgresStore {
    async fn ingest(&self, intakes: Verified<Vec<Intake>>) -> Result<Vec<Receipt>> {
        self.ingest.ingest(intakes).await
    }

    async fn find(
        &self,
        account: AccountId,
        carrier: Option<&str>,
        number: &str,
    ) -> Result<Vec<Arc<Track>>> {
        let (number, carrier) = (key_of(&number_key(number)), carrier.map(key_of));
        let rows = self
            .database
            .rows(&sql::NUMBER_FIND, &[&number, &account.0, &carrier])
            .await?;
        rows.iter().map(|row| self.read(row)).collect()
    }

    async fn held_by_another(
        &self,
        accounts: &[AccountId],
        carrier: &str,
        number: &str,
    ) -> Result<bool> {
        let (number, carrier) = (key_of(&number_key(number)), key_of(carrier));
        let accounts: Vec<i64> = accounts.iter().map(|account| account.0).collect();
        let found = self
            .database
            .row(
                &sql::NUMBER_HELD_BY_ANOTHER,
                &[&number, &carrier, &accounts],
            )
            .await?;
        Ok(found.is_some_and(|row| row.get(0)))
    }

    async fn track(&self, track: TrackId) -> Result<Option<Arc<Track>>> {
        let version = self
            .shared
            .cache
            .get(track)
            .map_or(0, |known| known.version);
        let found = self
            .database
            .row(&sql::TRACK_READ, &[&track.0, &version])
            .await?;
        let Some(row) = found else { return Ok(None) };
        if row.get::<_, Option<&[u8]>>(2).is_some() {
            return self.read(&row).map(Some);
        }
        match self
            .shared
            .cache
            .get(track)
            .filter(|known| known.version == version)
        {
            Some(known) => Ok(Some(known.track)),
            // A writer took it out meanwhile: it is about to be another one.
            None => self.track_afresh(track).await,
        }
    }

    async fn scan(&self, after: TrackId, limit: usize) -> Result<Vec<Arc<Track>>> {
        let rows = self
            .database
            .rows(&sql::TRACK_SCAN, &[&after.0, &bounded(limit)])
            .await?;
        rows.iter()
            .map(|row| Ok(Arc::new(Track::decode(row.get(1))?)))
            .collect()
    }

    async fn statements(&self, track: &Track, ordinals: &[u16]) -> Result<Vec<StatementView>> {
        // Ordinals that the track does not have are left out.
        let at = |ordinal: &u16| Some((*ordinal, *track.spine.get(usize::from(*ordinal))?));
        let asked: Vec<(u16, Spine)> = ordinals.iter().filter_map(at).collect();
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let chunk_of = |(_, spine): &(u16, Spine)| place(spine.position).0;
        let mut wanted: Vec<i64> = asked.iter().map(chunk_of).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let connection = self.database.connection().await?;
        let (log, key) = futures::try_join!(
            prepared(&connection, &sql::LOG_READ),
            prepared(&connection, &sql::TRACK_KEY_READ),
        )?;
        let (rows, key) =
            futures::try_join!(async { connection.query(&log, &[&wanted]).await }, async {
                connection.query_opt(&key, &[&track.id.0]).await
            },)
            .map_err(StoreError::engine(sql::LOG_READ.doing))?;
        let key = self
            .key(key.as_ref())?
            .map(|(key, since)| (key.cipher(), since));
        let chunks: HashMap<i64, &[u8]> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let view = |(ordinal, spine): &(u16, Spine)| {
            let (chunk, slot) = place(spine.position);
            let chunk = chunks
                .get(&chunk)
                .ok_or(StoreError::Damaged { what: "log" })?;
            let entry = entry_at(chunk, slot)?;
            read::statement(self.sealer(), key.as_ref(), *ordinal, *spine, &entry)
        };
        asked.iter().map(view).collect()
    }

    async fn document(&self, track: &Track, document: &Document) -> Result<Option<Vec<u8>>> {
        Ok(self.archived(track, document).await?.kept())
    }

    async fn remap(&self, track: TrackId, remapped: Vec<Remapping>, now: i64) -> Result<bool> {
        let work = self.database.begin().await?;
        let (mut held, block) = self.lock_one(&work, track).await?;
        let mut batch = commit::batch(block);
        let (row, _) = held.open(self.sealer());
        let changed = self.shared.kernel.remap(row, &remapped, now, &mut batch);
        if batch.chunks.is_empty() {
            work.commit().await?;
            return Ok(changed);
        }
        commit::write(&work, block, &mut batch, &[&held], Then::Commit).await?;
        work.done();
        self.shared.cache.put(held.remembered(true));
        self.shared.stamper.wake();
        Ok(changed)
    }

    async fn erase(&self, track: TrackId) -> Result<()> {
        retried(|| Box::pin(self.erase_once(track))).await
    }

    async fn verify_with(&self, headway: &Headway) -> Result<Verification> {
        super::verify::verify(&self.database, &self.shared.kernel, headway).await
    }

    fn root(&self, track: &Track) -> Digest {
        track.root(self.sealer().installation())
    }

    fn secret(&self, purpose: &'static str) -> Digest {
        self.sealer().secret(purpose)
    }

    async fn counts(&self) -> Result<Counts> {
        let row = self.database.row(&sql::TRACK_COUNTS, &[]).await?;
        let row = row.ok_or(StoreError::Damaged { what: "count" })?;
        let count = |column| row.get::<_, i64>(column).unsigned_abs();
        Ok(Counts {
            tracks: count(0),
            statements: count(1),
            bytes: count(2),
        })
    }
}

impl PostgresStore {
    async fn erase_once(&self, track: TrackId) -> Result<()> {
        let work = self.database.begin().await?;
        let (held, block) = self.lock_one(&work, track).await?;
        erase_linked(&work, self.sealer(), held.track.account, track).await?;
        let mut batch = commit::batch(block);
        let near = held
            .track
            .spine
            .iter()
            .map(|spine| spine.last_seen)
            .max()
            .unwrap_or(0);
        self.shared.kernel.erase(&held.track, near, &mut batch);
        work.execute(&sql::TRACK_KEY_DESTROY, &[&track.0]).await?;
        work.execute(&sql::REGISTRATION_ERASE, &[&track.0]).await?;
        work.execute(&sql::ENTRUSTED_ERASE, &[&track.0]).await?;
        work.execute(&sql::REFERENCE_ERASE, &[&track.0]).await?;
        work.execute(&sql::QUARANTINE_ERASE, &[&track.0]).await?;
        let (first, last) = journeys(track);
        work.execute(&sql::NOTICE_ERASE, &[&first.0, &last.0])
            .await?;
        // The row is written as the next version, so that no node goes on using a key it remembers.
        commit::write(&work, block, &mut batch, &[&held], Then::Commit).await?;
        work.done();
        Ok(())
    }

    /// A row of id, version and body; the remembered track where its version stands.
    fn read(&self, row: &Row) -> Result<Arc<Track>> {
        let (id, version) = (TrackId(row.get(0)), row.get(1));
        if let Some(known) = self
            .shared
            .cache
            .get(id)
            .filter(|known| known.version == version)
        {
            return Ok(known.track);
        }
        let track = Arc::new(Track::decode(row.get(2))?);
        self.shared.cache.put(Remembered {
            version,
            track: Arc::clone(&track),
            key: None,
        });
        Ok(track)
    }

    async fn track_afresh(&self, track: TrackId) -> Result<Option<Arc<Track>>> {
        let found = self
            .database
            .row(&sql::TRACK_READ, &[&track.0, &0_i64])
            .await?;
        found.map(|row| self.read(&row)).transpose()
    }

    /// A track's key, and the position since which it seals.
    pub(super) fn key(&self, row: Option<&Row>) -> Result<Option<(TrackKey, i64)>> {
        row.map(|row| Ok((self.sealer().track_key(row.get(0))?, row.get(1))))
            .transpose()
    }

    /// Locks one row in an open transaction.
    pub(super) async fn lock_one(&self, work: &Work, track: TrackId) -> Result<(Held, i64)> {
        let missing = || StoreError::Missing {
            what: "track",
            name: track.to_string(),
        };
        let known = self.track(track).await?.ok_or_else(missing)?;
        let shard = NumberKey::new(known.account, &known.carrier, &known.number).shard();
        let (cache, sealer) = (&self.shared.cache, self.sealer());
        let mut locked = commit::lock(
            work,
            cache,
            sealer,
            &[(track, shard)],
            false,
            Trust::Nothing,
        )
        .await?;
        let held = locked
            .rows
            .remove(&track)
            .ok_or(StoreError::Damaged { what: "track" })?;
        Ok((held, locked.block))
    }
}
