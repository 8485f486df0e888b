//! One commit in the making: what the writer's jobs see and change.
//!
//! Contract: a job that fails leaves nothing in the file (its savepoint is undone) and nothing in
//! memory but tracks that were opened and say nothing. Readers see none of it before `publish`.

use super::Core;
use super::hot::{self, IdMap, NumberKey, Slot, number_key};
use super::readers::{execute, one, read_failed, write_failed};
use super::sql;
use crate::StoreError;
use crate::log;
use crate::records::Remapping;
use crate::seal::TrackKey;
use crate::write::{Batch, Item, Prepared};
use rusqlite::Connection;
use smallvec::SmallVec;
use std::sync::Arc;
use trackway_model::bytes::Writer as Row;
use trackway_model::intake::{Intake, Receipt};
use trackway_model::{AccountId, Track, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

/// Changes in one row of the feed: few enough that reading one change reads little else.
const CHANGES_IN_A_ROW: usize = 256;
/// Logical shards of the work.
const SHARDS: i64 = 64;

/// The shard of a track.
pub const fn shard(track: TrackId) -> i64 {
    track.0.rem_euclid(SHARDS)
}

/// How far everything numbered has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    pub track: i64,
    pub chunk: i64,
    pub payload: i64,
    pub feed: u64,
    pub tracks: u64,
    pub statements: u64,
}

/// A track that this commit read or changed.
pub struct Touched {
    pub track: Arc<Track>,
    key: Option<TrackKey>,
    changed: bool,
    opened: bool,
    /// As they were in memory before.
    dirty: bool,
    unindexed: bool,
}

/// What `publish` found out for the sweep.
#[derive(Default)]
pub struct Published {
    pub dirty: Vec<TrackId>,
    pub opened: Vec<Arc<Track>>,
    /// Not in memory before.
    pub arrived: Vec<TrackId>,
}

type AfterCommit = Box<dyn FnOnce(&Core) + Send>;

pub struct Work {
    pub core: Arc<Core>,
    pub connection: Connection,
    pub batch: Batch,
    touched: Vec<Touched>,
    index: IdMap<TrackId, usize>,
    /// Numbers opened in this commit.
    fresh: IdMap<u64, SmallVec<[usize; 1]>>,
    keys: Vec<(TrackId, i64, Vec<u8>)>,
    after: Vec<AfterCommit>,
    pub marks: Marks,
    pub committed: Marks,
}

impl Work {
    pub fn new(core: Arc<Core>, connection: Connection, marks: Marks) -> Self {
        Self {
            core,
            connection,
            batch: Batch::new(marks.chunk, marks.payload, log::ONE_PAGE),
            touched: Vec::new(),
            index: IdMap::default(),
            fresh: IdMap::default(),
            keys: Vec::new(),
            after: Vec::new(),
            marks,
            committed: marks,
        }
    }

    pub fn begin(&self) -> Result<()> {
        self.connection
            .execute_batch("BEGIN IMMEDIATE")
            .map_err(write_failed)
    }

    /// Runs a job on records: what it wrote is undone if it fails.
    pub fn record<T>(&mut self, job: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        execute(&self.connection, sql::SAVEPOINT, [])?;
        let after = self.after.len();
        let result = job(self);
        if result.is_err() {
            self.after.truncate(after);
            execute(&self.connection, sql::SAVEPOINT_UNDO, [])?;
        }
        execute(&self.connection, sql::SAVEPOINT_RELEASE, [])?;
        result
    }

    /// Something to do in memory once the commit is durable.
    pub fn after_commit(&mut self, job: impl FnOnce(&Core) + Send + 'static) {
        self.after.push(Box::new(job));
    }

    /// Applies intakes. `hints`: their tracks, where memory knew them a moment ago; a track never
    /// changes its number, so a hint can't be wrong. Fails only while it looks for the tracks, before
    /// it applies any.
    pub fn ingest(
        &mut self,
        prepared: &Prepared,
        hints: &[Option<TrackId>],
    ) -> Result<Vec<Receipt>> {
        let mut tracks = Vec::with_capacity(prepared.len());
        for (intake, hint) in prepared.intakes().iter().zip(hints) {
            let hinted = match hint {
                Some(id) => self.load(*id)?,
                None => None,
            };
            let Intake {
                account,
                carrier,
                number,
                received,
                ..
            } = intake;
            tracks.push(match hinted {
                Some(at) => at,
                None => self.open(*account, carrier, number, *received)?,
            });
        }
        let items = tracks.into_iter().zip(prepared.items());
        Ok(items.map(|(at, item)| self.apply(at, item)).collect())
    }

    fn apply(&mut self, at: usize, item: Item<'_>) -> Receipt {
        let Self {
            core,
            batch,
            touched,
            keys,
            marks,
            ..
        } = self;
        let Touched {
            track,
            key,
            changed,
            ..
        } = &mut touched[at];
        let key = key.get_or_insert_with(|| {
            let (key, wrapped) = core.kernel.sealer.new_track_key();
            keys.push((track.id, batch.chunks.next_position(), wrapped));
            key
        });
        let entries = batch.chunks.count();
        let receipt = core.kernel.apply(Arc::make_mut(track), key, item, batch);
        *changed |= batch.chunks.count() > entries;
        marks.statements += u64::from(receipt.new);
        receipt
    }

    pub fn remap(&mut self, id: TrackId, remapped: &[Remapping], now: i64) -> Result<bool> {
        let at = self.known(id)?;
        let Self {
            core,
            batch,
            touched,
            ..
        } = self;
        let Touched { track, changed, .. } = &mut touched[at];
        let entries = batch.chunks.count();
        let revised = core
            .kernel
            .remap(Arc::make_mut(track), remapped, now, batch);
        *changed |= batch.chunks.count() > entries;
        Ok(revised)
    }

    /// Destroys a track's key, here and in the file.
    pub fn erase(&mut self, id: TrackId) -> Result<()> {
        let at = self.known(id)?;
        execute(&self.connection, sql::TRACK_KEY_DESTROY, [id.0])?;
        execute(&self.connection, sql::REGISTRATION_ERASE, [id.0])?;
        self.keys.retain(|(track, ..)| *track != id);
        let touched = &mut self.touched[at];
        touched.key = None;
        let near = touched
            .track
            .spine
            .iter()
            .map(|spine| spine.last_seen)
            .max()
            .unwrap_or(0);
        self.core
            .kernel
            .erase(&touched.track, near, &mut self.batch);
        Ok(())
    }

    fn known(&mut self, id: TrackId) -> Result<usize> {
        self.load(id)?.ok_or_else(|| StoreError::Missing {
            what: "track",
            name: id.to_string(),
        })
    }

    /// The account's track under a number, opened where there is none.
    pub fn open(
        &mut self,
        account: AccountId,
        carrier: &str,
        number: &str,
        near: i64,
    ) -> Result<usize> {
        let key = number_key(number);
        let hash = self.core.hot.hash(&key);
        if let Some(at) = self.opened_here(hash, &key, carrier, account) {
            return Ok(at);
        }
        if let Some(id) = self.resolve(&key, carrier, account)? {
            return self.load(id)?.ok_or(StoreError::Damaged {
                what: "index of numbers",
            });
        }
        let id = TrackId(self.marks.track);
        self.marks.track += 1;
        self.marks.tracks += 1;
        let track = self
            .core
            .kernel
            .open(id, account, carrier, number, near, &mut self.batch);
        let at = self.touch(Touched {
            track: Arc::new(track),
            key: None,
            changed: true,
            opened: true,
            dirty: false,
            unindexed: true,
        });
        self.fresh.entry(hash).or_default().push(at);
        Ok(at)
    }

    pub fn id_of(&self, at: usize) -> TrackId {
        self.touched[at].track.id
    }

    fn opened_here(
        &self,
        hash: u64,
        key: &NumberKey,
        carrier: &str,
        account: AccountId,
    ) -> Option<usize> {
        let candidates = self.fresh.get(&hash)?;
        candidates
            .iter()
            .copied()
            .find(|at| hot::is(&self.touched[*at].track, key, carrier, account))
    }

    fn resolve(
        &self,
        key: &NumberKey,
        carrier: &str,
        account: AccountId,
    ) -> Result<Option<TrackId>> {
        if let Some(id) = self.core.hot.resolve(key, carrier, account) {
            return Ok(Some(id));
        }
        if !self.core.filter.may_hold(key) {
            return Ok(None);
        }
        let number = std::str::from_utf8(key).map_err(StoreError::engine("read a number"))?;
        let params = (number, carrier, account.0);
        let id = one(&self.connection, sql::NUMBER_RESOLVE, params, |row| {
            row.get(0)
        })?;
        Ok(id.map(TrackId))
    }

    /// Brings a track into this commit. None if there is no such track.
    pub fn load(&mut self, id: TrackId) -> Result<Option<usize>> {
        if let Some(at) = self.index.get(&id) {
            return Ok(Some(*at));
        }
        let held = self.core.hot.with(id, |slot| Touched {
            track: slot.track.clone(),
            key: slot.key.clone(),
            changed: false,
            opened: false,
            dirty: slot.dirty,
            unindexed: slot.unindexed,
        });
        let found = match held {
            Some(held) => Some(held),
            None => stored(&self.core, &self.connection, id)?.map(|stored| Touched {
                track: Arc::new(stored.track),
                key: stored.key.map(|(key, _)| key),
                changed: false,
                opened: false,
                dirty: false,
                unindexed: false,
            }),
        };
        Ok(found.map(|touched| self.touch(touched)))
    }

    fn touch(&mut self, touched: Touched) -> usize {
        self.index.insert(touched.track.id, self.touched.len());
        self.touched.push(touched);
        self.touched.len() - 1
    }

    /// A track as this commit leaves it, if it touched it.
    pub fn touched(&self, id: TrackId) -> Option<&Arc<Track>> {
        self.index.get(&id).map(|at| &self.touched[*at].track)
    }

    /// Writes what the commit must hold, at the right edge of four tables.
    pub fn write(&mut self) -> Result<()> {
        for (track, since, wrapped) in &self.keys {
            execute(
                &self.connection,
                sql::TRACK_KEY_WRITE,
                (track.0, since, wrapped),
            )?;
        }
        let mut append = self
            .connection
            .prepare_cached(sql::LOG_APPEND)
            .map_err(write_failed)?;
        let Marks {
            tracks, statements, ..
        } = self.marks;
        for chunk in self.batch.chunks.finish() {
            append
                .execute((chunk.number, tracks, statements, chunk.bytes))
                .map_err(write_failed)?;
        }
        drop(append);
        self.marks.chunk = self.batch.chunks.next();
        for payload in &self.batch.payloads {
            let row = (payload.id, payload.track.0, &payload.sealed);
            execute(&self.connection, sql::PAYLOAD_APPEND, row)?;
        }
        self.marks.payload = self.batch.next_payload();
        let mut body = Row::default();
        for changes in self.batch.changes.chunks(CHANGES_IN_A_ROW) {
            body.0.clear();
            for change in changes {
                change.encode(&mut body);
            }
            let row = (self.marks.feed, changes.len(), &body.0);
            execute(&self.connection, sql::FEED_APPEND, row)?;
            self.marks.feed += changes.len() as u64;
        }
        Ok(())
    }

    pub fn commit(&self) -> Result<()> {
        self.connection
            .execute_batch("COMMIT")
            .map_err(write_failed)
    }

    /// After the commit: shows readers what it did.
    pub fn publish(&mut self) -> Published {
        let mut published = Published::default();
        for touched in self.touched.drain(..) {
            let Touched {
                track,
                key,
                changed,
                opened,
                dirty,
                unindexed,
            } = touched;
            if changed && !dirty {
                published.dirty.push(track.id);
            }
            if opened {
                published.opened.push(track.clone());
            }
            let id = track.id;
            let slot = Slot {
                dirty: dirty || changed,
                unindexed,
                ..Slot::new(track, key)
            };
            if self.core.hot.publish(slot) {
                published.arrived.push(id);
            }
        }
        for job in self.after.drain(..) {
            job(&self.core);
        }
        let changed = self.marks.feed > self.committed.feed;
        self.committed = self.marks;
        self.core.committed_at(self.committed, changed);
        self.restart();
        published
    }

    /// Undoes everything since `begin`. An error means that the file's state is not known.
    pub fn undo(&mut self) -> Result<()> {
        self.marks = self.committed;
        self.touched.clear();
        self.after.clear();
        self.restart();
        if self.connection.is_autocommit() {
            return Ok(());
        }
        self.connection
            .execute_batch("ROLLBACK")
            .map_err(write_failed)
    }

    fn restart(&mut self) {
        self.batch.restart(self.marks.chunk, self.marks.payload);
        self.index.clear();
        self.fresh.clear();
        self.keys.clear();
    }
}

/// A track as the file holds it, and its key with the position since which it seals.
pub struct Stored {
    pub track: Track,
    pub key: Option<(TrackKey, i64)>,
    /// It holds what the chunks before this one say of it.
    pub upto: i64,
}

pub fn stored(core: &Core, connection: &Connection, id: TrackId) -> Result<Option<Stored>> {
    let mut statement = connection
        .prepare_cached(sql::TRACK_READ)
        .map_err(read_failed)?;
    let mut rows = statement.query([id.0]).map_err(read_failed)?;
    let Some(row) = rows.next().map_err(read_failed)? else {
        return Ok(None);
    };
    let body = row.get_ref(0).map_err(read_failed)?;
    let body = body
        .as_blob()
        .map_err(|_| StoreError::Damaged { what: "track" })?;
    let track = Track::decode(body).map_err(|_| StoreError::Damaged { what: "track" })?;
    let wrapped = row.get_ref(1).map_err(read_failed)?;
    let key = match wrapped
        .as_blob_or_null()
        .map_err(|_| StoreError::Damaged { what: "key" })?
    {
        Some(wrapped) => {
            let since = row.get(2).map_err(read_failed)?;
            Some((core.kernel.sealer.track_key(wrapped)?, since))
        }
        None => None,
    };
    let upto = row.get(3).map_err(read_failed)?;
    Ok(Some(Stored { track, key, upto }))
}

/// A chunk of the log, kept for the entries beside the one that was asked for.
#[derive(Default)]
pub struct Held {
    number: Option<i64>,
    bytes: Vec<u8>,
}

impl Held {
    /// The entry at a position.
    pub fn entry(&mut self, connection: &Connection, position: i64) -> Result<log::Entry<'_>> {
        let (chunk, slot) = log::place(position);
        let damaged = || StoreError::Damaged {
            what: "chunk of the log",
        };
        if self.number != Some(chunk) {
            self.number = None;
            let mut statement = connection
                .prepare_cached(sql::LOG_READ)
                .map_err(read_failed)?;
            let mut rows = statement.query([chunk]).map_err(read_failed)?;
            let row = rows.next().map_err(read_failed)?.ok_or_else(damaged)?;
            let body = row.get_ref(0).map_err(read_failed)?;
            self.bytes.clear();
            self.bytes
                .extend_from_slice(body.as_blob().map_err(|_| damaged())?);
            self.number = Some(chunk);
        }
        log::entry_at(&self.bytes, slot).map_err(|_| damaged())
    }
}
