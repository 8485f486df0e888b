//! One commit in the making: what the writer's jobs see and change.
//!
//! Contract: a job that fails leaves nothing in the file (its savepoint is undone) and nothing in
//! memory but tracks that were opened and say nothing. Readers see none of it before `publish`.

use super::Core;
use super::half::{At, Half, RANGE, Second, Touched, Turn, half_of};
use super::hot::{self, IdMap, NumberKey, Slot, number_key};
use super::readers::{execute, one, write_failed};
use super::sql;
use super::stored::stored;
use crate::StoreError;
use crate::records::Remapping;
use crate::write::{Batch, Prepared};
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

/// An intake list of this weight is worth a second thread.
const WORTH_TWO: usize = 128;

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
    halves: [Half; 2],
    second: Option<Second>,
    /// A half went lost with its thread: the commit can't be made.
    torn: bool,
    index: IdMap<TrackId, At>,
    /// Numbers opened in this commit.
    fresh: IdMap<u64, SmallVec<[At; 1]>>,
    after: Vec<AfterCommit>,
    pub marks: Marks,
    pub committed: Marks,
}

impl Work {
    pub fn new(core: Arc<Core>, connection: Connection, marks: Marks) -> Self {
        Self {
            halves: halves(marks),
            second: Second::start(core.clone()),
            torn: false,
            core,
            connection,
            index: IdMap::default(),
            fresh: IdMap::default(),
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
        prepared: &Arc<Prepared>,
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
        let mut turns = [Vec::new(), Vec::new()];
        for (item, at) in tracks.into_iter().enumerate() {
            turns[at.half].push((item, at.index));
        }
        let mut receipts = vec![None; prepared.len()];
        for (item, receipt) in self.apply(prepared, turns)? {
            receipts[item] = Some(receipt);
        }
        Ok(receipts.into_iter().flatten().collect())
    }

    fn apply(
        &mut self,
        prepared: &Arc<Prepared>,
        turns: [Vec<Turn>; 2],
    ) -> Result<Vec<(usize, Receipt)>> {
        let Self {
            core,
            halves: [first, other],
            second,
            torn,
            ..
        } = self;
        let [ours, theirs] = turns;
        let worth = prepared.weight() >= WORTH_TWO && !theirs.is_empty();
        let Some(second) = second.as_ref().filter(|_| worth) else {
            let mut receipts = first.apply_all(core, prepared, &ours);
            receipts.extend(other.apply_all(core, prepared, &theirs));
            return Ok(receipts);
        };
        let mut receipts = Vec::new();
        let lent = std::mem::replace(other, Half::new(0, 0));
        let returned = second.apply(lent, prepared, theirs, || {
            receipts = first.apply_all(core, prepared, &ours);
        });
        let Some((half, more)) = returned else {
            *torn = true;
            return Err(StoreError::Stopped("its second thread ended".to_owned()));
        };
        *other = half;
        receipts.extend(more);
        Ok(receipts)
    }

    pub fn remap(&mut self, id: TrackId, remapped: &[Remapping], now: i64) -> Result<bool> {
        let at = self.known(id)?;
        let Half { batch, touched, .. } = &mut self.halves[at.half];
        let core = &self.core;
        let Touched { track, changed, .. } = &mut touched[at.index];
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
        let Half {
            batch,
            touched,
            keys,
            ..
        } = &mut self.halves[at.half];
        keys.retain(|(track, ..)| *track != id);
        let touched = &mut touched[at.index];
        touched.key = None;
        let near = touched
            .track
            .spine
            .iter()
            .map(|spine| spine.last_seen)
            .max()
            .unwrap_or(0);
        self.core.kernel.erase(&touched.track, near, batch);
        Ok(())
    }

    fn known(&mut self, id: TrackId) -> Result<At> {
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
    ) -> Result<At> {
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
        let track = self.core.kernel.open(
            id,
            account,
            carrier,
            number,
            near,
            &mut self.halves[half_of(id)].batch,
        );
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

    pub fn id_of(&self, at: At) -> TrackId {
        self.at(at).track.id
    }

    fn opened_here(
        &self,
        hash: u64,
        key: &NumberKey,
        carrier: &str,
        account: AccountId,
    ) -> Option<At> {
        let candidates = self.fresh.get(&hash)?;
        candidates
            .iter()
            .copied()
            .find(|at| hot::is(&self.at(*at).track, key, carrier, account))
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
    pub fn load(&mut self, id: TrackId) -> Result<Option<At>> {
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

    fn touch(&mut self, touched: Touched) -> At {
        let half = half_of(touched.track.id);
        let index = self.halves[half].touched.len();
        let at = At { half, index };
        self.index.insert(touched.track.id, at);
        self.halves[half].touched.push(touched);
        at
    }

    fn at(&self, at: At) -> &Touched {
        &self.halves[at.half].touched[at.index]
    }

    /// Entries of the log that this commit holds.
    pub fn entries(&self) -> usize {
        self.halves
            .iter()
            .map(|half| half.batch.chunks.count())
            .sum()
    }

    /// A track as this commit leaves it, if it touched it.
    pub fn touched(&self, id: TrackId) -> Option<&Arc<Track>> {
        self.index.get(&id).map(|at| &self.at(*at).track)
    }

    /// Writes what the commit must hold, at the right edge of four tables.
    pub fn write(&mut self) -> Result<()> {
        if self.torn {
            return Err(StoreError::Stopped(
                "a part of the commit is lost".to_owned(),
            ));
        }
        self.marks.statements += self.halves.iter().map(|half| half.statements).sum::<u64>();
        for half in &mut self.halves {
            append(&self.connection, half, &mut self.marks)?;
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
        for touched in self
            .halves
            .iter_mut()
            .flat_map(|half| half.touched.drain(..))
        {
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
        self.torn = false;
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
        let Marks { chunk, payload, .. } = self.marks;
        for (half, from) in self.halves.iter_mut().zip([0, RANGE]) {
            half.restart(chunk + from, payload + from);
        }
        self.index.clear();
        self.fresh.clear();
    }
}

fn halves(marks: Marks) -> [Half; 2] {
    [0, RANGE].map(|from| Half::new(marks.chunk + from, marks.payload + from))
}

/// Appends a half's rows and moves the marks behind what it used.
fn append(connection: &Connection, half: &mut Half, marks: &mut Marks) -> Result<()> {
    for (track, since, wrapped) in &half.keys {
        execute(connection, sql::TRACK_KEY_WRITE, (track.0, since, wrapped))?;
    }
    let Batch { chunks, .. } = &mut half.batch;
    if !chunks.is_empty() {
        let mut row = connection
            .prepare_cached(sql::LOG_APPEND)
            .map_err(write_failed)?;
        for chunk in chunks.finish() {
            row.execute((chunk.number, marks.tracks, marks.statements, chunk.bytes))
                .map_err(write_failed)?;
        }
        marks.chunk = chunks.next();
    }
    if !half.batch.payloads.is_empty() {
        for payload in &half.batch.payloads {
            let row = (payload.id, payload.track.0, &payload.sealed);
            execute(connection, sql::PAYLOAD_APPEND, row)?;
        }
        marks.payload = half.batch.next_payload();
    }
    let mut body = Row::default();
    for changes in half.batch.changes.chunks(CHANGES_IN_A_ROW) {
        body.0.clear();
        for change in changes {
            change.encode(&mut body);
        }
        let row = (marks.feed, changes.len(), &body.0);
        execute(connection, sql::FEED_APPEND, row)?;
        marks.feed += changes.len() as u64;
    }
    Ok(())
}
