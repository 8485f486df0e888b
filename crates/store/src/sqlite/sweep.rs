//! Writing derived rows back: tracks and the index of numbers, a few with each commit, in the order
//! of their keys, so that neighbours share pages.
//!
//! A *rotation* takes all rows that are dirty when it begins. When it ends, everything that the log
//! held at its beginning is in the rows, and `low` moves there. Rotations advance with the entries
//! that are written, so that the log's tail after `low`, which a start must replay, stays short.

use super::Core;
use super::half::{Published, Tracks, half_of};
use super::hot::number_key;
use super::readers::execute;
use super::shelf;
use super::sql;
use super::work::{Work, shard};
use crate::StoreError;
use std::collections::VecDeque;
use std::sync::Arc;
use trackway_model::bytes::Writer as Row;
use trackway_model::{Track, TrackId};

/// Entries of the log during which a rotation ends, and those after which one begins at the latest.
/// The tail is at most twice the sum.
const ROTATION: usize = 300_000;
const LATEST: usize = 10_000;
/// Dirty rows that are worth a rotation.
const WORTH: usize = 2_048;
/// Rows in one commit while nothing else is asked for.
const IDLE_ROWS: usize = 512;
/// The name of the mark in `meta`.
pub const LOW: &str = "low";

/// Rows of tracks, one after the other.
#[derive(Default)]
struct Rows {
    bytes: Row,
    ends: Vec<(TrackId, usize)>,
}

impl Rows {
    /// The rows as the commit leaves them.
    fn of(core: &Core, touched: &[Tracks; 2], ids: &[TrackId]) -> Self {
        let mut rows = Self::default();
        for id in ids {
            // A dirty track is in memory; one that is not has been written.
            if let Some(track) = touched[half_of(*id)].get(*id) {
                track.encode_to(&mut rows.bytes);
            } else if let Some(track) = core.hot.track(*id) {
                track.encode_to(&mut rows.bytes);
            } else {
                continue;
            }
            rows.ends.push((*id, rows.bytes.0.len()));
        }
        rows
    }

    fn iter(&self) -> impl Iterator<Item = (TrackId, &[u8])> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(_, end)| *end));
        let spans = starts.zip(&self.ends);
        spans.map(|(start, (id, end))| (*id, &self.bytes.0[start..*end]))
    }
}

struct Number {
    key: String,
    track: Arc<Track>,
}

/// The rotation under way, what the next one will take, and what memory holds.
#[derive(Default)]
pub struct Sweep {
    tracks: Vec<TrackId>,
    numbers: Vec<Number>,
    /// How many of each are written.
    done: Done,
    before: Done,
    /// Where `low` moves when the rotation ends.
    start: i64,
    low: i64,
    /// Entries since the last rotation began.
    entries: usize,
    next_tracks: Vec<TrackId>,
    next_numbers: Vec<Number>,
    /// Tracks in memory, those that arrived first in front.
    held: VecDeque<TrackId>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Done {
    tracks: usize,
    numbers: usize,
}

impl Sweep {
    /// `low` as the file holds it; all that follows it was replayed and is told by `note`.
    pub fn new(low: i64) -> Self {
        Self {
            start: low,
            low,
            ..Self::default()
        }
    }

    /// Takes note of what a commit left dirty.
    pub fn note(&mut self, published: Published) {
        self.next_tracks.extend(published.dirty);
        self.next_numbers
            .extend(published.opened.into_iter().map(|track| Number {
                key: String::from_utf8_lossy(&number_key(&track.number)).into_owned(),
                track,
            }));
        self.held.extend(published.arrived);
    }

    /// Whether rows are older than the log.
    pub fn has_work(&self, end: i64) -> bool {
        self.low < end || !self.next_tracks.is_empty() || !self.rotated()
    }

    fn rotated(&self) -> bool {
        self.done.tracks == self.tracks.len() && self.done.numbers == self.numbers.len()
    }

    /// Begins a rotation where the last one has ended, if it is worth one or nothing else is asked
    /// for. `end` is the next chunk's number.
    pub fn rotate(&mut self, end: i64, idle: bool) {
        let due = idle || self.next_tracks.len() >= WORTH || self.entries >= LATEST;
        if !due || !self.rotated() || self.low != self.start {
            return;
        }
        self.entries = 0;
        self.tracks.clear();
        std::mem::swap(&mut self.tracks, &mut self.next_tracks);
        self.tracks.sort_unstable();
        self.numbers = std::mem::take(&mut self.next_numbers);
        self.numbers.sort_unstable_by(|a, b| {
            let order = |n: &Number| (n.track.carrier.clone(), n.track.account);
            a.key.cmp(&b.key).then_with(|| order(a).cmp(&order(b)))
        });
        self.done = Done::default();
        self.start = end;
    }

    /// Writes the commit, and some rows with it.
    pub fn with_commit(&mut self, work: &mut Work) -> Result<(), StoreError> {
        let entries = work.entries();
        self.entries += entries;
        let pressed = work.core.hot.bytes() > work.core.memory + work.core.memory / 4;
        let entries = if pressed { entries * 4 } else { entries };
        let share = |rows: usize| (rows * entries).div_ceil(ROTATION);
        self.write(work, share(self.tracks.len()), share(self.numbers.len()))
    }

    /// Within a commit of its own, while nothing is asked for.
    pub fn when_idle(&mut self, work: &mut Work) -> Result<(), StoreError> {
        self.write(work, IDLE_ROWS, IDLE_ROWS)
    }

    fn write(&mut self, work: &mut Work, tracks: usize, numbers: usize) -> Result<(), StoreError> {
        self.before = self.done;
        let to = (self.done.tracks + tracks).min(self.tracks.len());
        let ids = self.tracks[self.done.tracks..to].to_vec();
        let paged = shelf::finished(&self.tracks, self.done.tracks, to).to_vec();
        let (rows, pages) = work.write(move |core, touched| {
            let rows = Rows::of(core, touched, &ids);
            (rows, core.shelf.save(core, touched, &paged))
        })?;
        shelf::write(&work.connection, &pages?)?;
        for (id, body) in rows.iter() {
            let row = (id.0, shard(id), work.marks.chunk, body);
            execute(&work.connection, sql::TRACK_WRITE, row)?;
        }
        self.done.tracks = to;
        let to = (self.done.numbers + numbers).min(self.numbers.len());
        for Number { key, track } in &self.numbers[self.done.numbers..to] {
            let row = (key, &*track.carrier, track.account.0, track.id.0);
            execute(&work.connection, sql::NUMBER_WRITE, row)?;
        }
        self.done.numbers = to;
        if self.rotated() && self.low != self.start {
            execute(&work.connection, sql::META_SET, (LOW, self.start))?;
        }
        Ok(())
    }

    /// After the commit: what was written may leave memory.
    pub fn committed(&mut self, work: &Work) {
        let hot = &work.core.hot;
        for id in &self.tracks[self.before.tracks..self.done.tracks] {
            hot.written(*id, |slot| slot.dirty = false);
        }
        for number in &self.numbers[self.before.numbers..self.done.numbers] {
            work.core.filter.add(number.key.as_bytes());
            hot.written(number.track.id, |slot| slot.unindexed = false);
        }
        work.core.shelf.saved();
        self.before = self.done;
        if self.rotated() {
            self.low = self.start;
            self.numbers.clear();
            self.tracks.clear();
            (self.done, self.before) = (Done::default(), Done::default());
        }
        self.evict(work);
    }

    /// After an undone commit: nothing was written.
    pub fn undone(&mut self) {
        self.done = self.before;
    }

    fn evict(&mut self, work: &Work) {
        let mut tries = 4 * IDLE_ROWS;
        while work.core.hot.bytes() > work.core.memory && tries > 0 {
            tries -= 1;
            let Some(id) = self.held.pop_front() else {
                return;
            };
            if !work.core.hot.evict(id) {
                self.held.push_back(id);
            }
        }
    }
}
