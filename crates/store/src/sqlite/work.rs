//! One commit in the making: what the writer's jobs see and change.
//!
//! Contract: a job on records that fails leaves nothing in the file (its savepoint is undone) and
//! nothing in memory but tracks that were opened and say nothing. An ingest fails where a track can't
//! be read; what it told of other tracks may be kept, and telling it again is harmless. Readers see
//! none of it before `publish`.

mod parcels;
mod words;

use super::columns::Told;
use super::half::{
    Applied, At, Half, Place, Published, RANGE, Second, Touched, Tracks, Turn, half_of,
};
use super::hot::{self, IdMap, NumberKey, number_key};
use super::orders::Desk;
use super::readers::{execute, one, write_failed};
use super::schema;
use super::sql;
use super::stored::stored;
use super::{Core, append};
use crate::StoreError;
use crate::write::Prepared;
use rusqlite::Connection;
use smallvec::SmallVec;
use std::sync::Arc;
use trackway_model::change::ShipmentChange;
use trackway_model::intake::{Intake, Receipt};
use trackway_model::{AccountId, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

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
    pub record: i64,
    pub tracks: u64,
    pub statements: u64,
}

/// An intake list of this weight is worth a second thread.
const WORTH_TWO: usize = 128;

/// Tracks in a half that are worth a second thread.
const MANY: usize = 512;

type AfterCommit = Box<dyn FnOnce(&Core) + Send>;

pub struct Work {
    pub core: Arc<Core>,
    pub connection: Connection,
    halves: [Half; 2],
    second: Option<Second>,
    /// A half went lost with its thread, or a part can't be undone: the commit can't be made.
    torn: bool,
    pub desk: Desk,
    /// Numbers opened in this commit.
    fresh: IdMap<u64, SmallVec<[At; 1]>>,
    after: Vec<AfterCommit>,
    /// Something was erased, and the log may still hold it.
    pub erased: bool,
    pub marks: Marks,
    pub committed: Marks,
}

impl Work {
    pub fn new(core: Arc<Core>, connection: Connection, desk: Desk, marks: Marks) -> Self {
        Self {
            halves: halves(marks),
            second: Second::start(core.clone()),
            torn: false,
            desk,
            core,
            connection,
            fresh: IdMap::default(),
            after: Vec::new(),
            erased: false,
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

    /// What is taken away from here on is overwritten wherever it stands.
    pub fn erasing(&mut self) -> Result<()> {
        self.erased = true;
        let overwrite = self.connection.execute_batch(schema::OVERWRITE_ALL);
        overwrite.map_err(write_failed)
    }

    /// Something to do in memory once the commit is durable.
    pub fn after_commit(&mut self, job: impl FnOnce(&Core) + Send + 'static) {
        self.after.push(Box::new(job));
    }

    /// Applies intakes. `hints`: their tracks, where memory knew them a moment ago; a track never
    /// changes its number, so a hint can't be wrong.
    pub fn ingest(
        &mut self,
        prepared: &Arc<Prepared>,
        hints: &[Option<TrackId>],
    ) -> Result<Vec<Receipt>> {
        let told = self.changes();
        let room = prepared.len() / 2 + prepared.len() / 8;
        let mut turns = [Vec::with_capacity(room), Vec::with_capacity(room)];
        for (item, (intake, hint)) in prepared.intakes().iter().zip(hints).enumerate() {
            let Intake {
                account,
                carrier,
                number,
                received,
                ..
            } = intake;
            let (half, place) = if let Some(id) = hint {
                (half_of(*id), Place::Hinted(*id))
            } else {
                let At { half, index } = self.open(*account, carrier, number, *received)?;
                (half, Place::Here(index))
            };
            turns[half].push((item, place));
        }
        let mut receipts = vec![None; prepared.len()];
        for applied in self.apply(prepared, turns)? {
            for (item, receipt) in applied.receipts {
                receipts[item] = Some(receipt);
            }
            for (item, id) in applied.missed {
                receipts[item] = Some(self.apply_one(prepared, item, id)?);
            }
        }
        self.tell_parcels(told)?;
        Ok(receipts.into_iter().flatten().collect())
    }

    /// Applies an intake whose track is in the file only.
    fn apply_one(&mut self, prepared: &Prepared, item: usize, id: TrackId) -> Result<Receipt> {
        let At { half, index } = self.known(id)?;
        Ok(self.halves[half].apply(&self.core, index, prepared.item(item)))
    }

    fn apply(&mut self, prepared: &Arc<Prepared>, turns: [Vec<Turn>; 2]) -> Result<[Applied; 2]> {
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
            return Ok([
                first.apply_all(core, prepared, &ours),
                other.apply_all(core, prepared, &theirs),
            ]);
        };
        let (mut lent, intakes) = (std::mem::replace(other, Half::new(0, 0)), prepared.clone());
        let there = move |core: &Core| {
            let applied = lent.apply_all(core, &intakes, &theirs);
            (lent, applied)
        };
        let (returned, applied) = second.both(there, || first.apply_all(core, prepared, &ours));
        let Some((half, more)) = returned else {
            *torn = true;
            return Err(lost());
        };
        *other = half;
        Ok([applied, more])
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
            told: None,
        });
        self.fresh.entry(hash).or_default().push(at);
        Ok(at)
    }

    /// Notes what a registration or an erasure told, so that the sweep writes the track's columns. A
    /// job does so last: it is not undone with it.
    pub fn tell(&mut self, at: At, told: &Told) {
        let touched = self.halves[at.half].tracks.at_mut(at.index);
        touched.changed = true;
        touched.told.get_or_insert_default().then(told);
    }

    /// Writes a change that no statement made. A job does so last: it is not undone with it.
    pub fn change(&mut self, change: ShipmentChange) {
        let half = half_of(change.shipment.track());
        self.halves[half].batch.changes.push(change.into());
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
        let half = half_of(id);
        if let Some(index) = self.halves[half].tracks.load(&self.core, id) {
            return Ok(Some(At { half, index }));
        }
        let found = stored(&self.core, &self.connection, id)?.map(|stored| Touched {
            track: Arc::new(stored.track),
            key: stored.key.map(|(key, _)| key),
            changed: false,
            opened: false,
            dirty: false,
            unindexed: false,
            told: None,
        });
        Ok(found.map(|touched| self.touch(touched)))
    }

    fn touch(&mut self, touched: Touched) -> At {
        let half = half_of(touched.track.id);
        let index = self.halves[half].tracks.push(touched);
        At { half, index }
    }

    fn at(&self, at: At) -> &Touched {
        self.halves[at.half].tracks.at(at.index)
    }

    /// Entries of the log that this commit holds.
    pub fn entries(&self) -> usize {
        self.halves
            .iter()
            .map(|half| half.batch.chunks.count())
            .sum()
    }

    /// Writes what the commit must hold, at the right edge of four tables. Meanwhile `aside` reads
    /// the commit's tracks, on the second thread where there is one.
    pub fn write<T: Send + 'static>(
        &mut self,
        aside: impl FnOnce(&Core, &[Tracks; 2]) -> T + Send + 'static,
    ) -> Result<T> {
        if self.torn {
            return Err(lost());
        }
        let Self {
            core,
            connection,
            halves,
            second,
            marks,
            ..
        } = self;
        let lent = halves
            .each_mut()
            .map(|half| std::mem::take(&mut half.tracks));
        let many = lent.iter().any(|tracks| tracks.len() >= MANY);
        let (returned, written) = if let Some(second) = second.as_ref().filter(|_| many) {
            second.both(
                move |core| {
                    let found = aside(core, &lent);
                    (lent, found)
                },
                || append::all(connection, halves, marks),
            )
        } else {
            let found = aside(core, &lent);
            (Some((lent, found)), append::all(connection, halves, marks))
        };
        let Some((tracks, found)) = returned else {
            self.torn = true;
            return Err(lost());
        };
        for (half, tracks) in self.halves.iter_mut().zip(tracks) {
            half.tracks = tracks;
        }
        written.map(|()| found)
    }

    pub fn commit(&self) -> Result<()> {
        let commit = || self.connection.execute_batch("COMMIT");
        self.core
            .readers
            .around_commit(commit)
            .map_err(write_failed)
    }

    /// After the commit: shows readers what it did.
    pub fn publish(&mut self) -> Published {
        let published = self.show();
        self.core.recent.add(self.committed.feed, &mut self.halves);
        for job in self.after.drain(..) {
            job(&self.core);
        }
        let changed = self.marks.feed > self.committed.feed;
        self.committed = self.marks;
        self.core.committed_at(self.committed, changed);
        self.restart();
        published
    }

    /// Puts the commit's tracks where readers find them, each half's by a thread.
    fn show(&mut self) -> Published {
        let Self {
            core,
            halves: [first, other],
            second,
            ..
        } = self;
        let many = other.tracks.len() >= MANY;
        let Some(second) = second.as_ref().filter(|_| many) else {
            let mut published = first.tracks.publish(core);
            published.extend(other.tracks.publish(core));
            return published;
        };
        let mut lent = std::mem::take(&mut other.tracks);
        let there = move |core: &Core| {
            let published = lent.publish(core);
            (lent, published)
        };
        let (returned, mut published) = second.both(there, || first.tracks.publish(core));
        match returned {
            Some((tracks, more)) => {
                other.tracks = tracks;
                published.extend(more);
            }
            // What is committed can't be shown any more: a start reads it back from the log.
            None => core.stop("its second thread ended"),
        }
        published
    }

    /// Undoes everything since `begin`. An error means that the file's state is not known.
    pub fn undo(&mut self) -> Result<()> {
        self.marks = self.committed;
        self.torn = false;
        self.desk.forget();
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
        self.fresh.clear();
    }
}

fn halves(marks: Marks) -> [Half; 2] {
    [0, RANGE].map(|from| Half::new(marks.chunk + from, marks.payload + from))
}

fn lost() -> StoreError {
    StoreError::Stopped("a part of the commit could not be finished".to_owned())
}
