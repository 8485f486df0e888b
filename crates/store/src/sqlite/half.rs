//! The tracks of a commit in two halves, by their ids, so that two threads can work on it at once:
//! look tracks up in memory, apply intakes, encode rows, publish.
//!
//! A track stays in its half for life, and each half numbers its chunks and bodies in its own range
//! of a commit: the log keeps a track's entries in their order. Nothing here touches the file.

use super::Core;
use super::columns::Told;
use super::hot::{IdMap, Slot};
use crate::log;
use crate::seal::TrackKey;
use crate::write::{Batch, Item, Prepared};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use trackway_model::intake::Receipt;
use trackway_model::{Track, TrackId};

/// How far apart the halves' ranges begin: more than any commit needs. Numbers that stay unused cost
/// nothing.
pub const RANGE: i64 = 1 << 20;

/// A track that this commit read or changed.
pub struct Touched {
    pub track: Arc<Track>,
    pub key: Option<TrackKey>,
    pub changed: bool,
    pub opened: bool,
    /// As they were in memory before.
    pub dirty: bool,
    pub unindexed: bool,
    /// What registrations told of it in this commit.
    pub told: Option<Box<Told>>,
}

/// Which half a track is in, and where in it.
#[derive(Clone, Copy, Debug)]
pub struct At {
    pub half: usize,
    pub index: usize,
}

/// The half of a track.
pub const fn half_of(id: TrackId) -> usize {
    (id.0 & 1) as usize
}

/// The tracks of a half that a commit read or changed.
#[derive(Default)]
pub struct Tracks {
    touched: Vec<Touched>,
    index: IdMap<TrackId, usize>,
}

impl Tracks {
    pub fn push(&mut self, touched: Touched) -> usize {
        let index = self.touched.len();
        self.index.insert(touched.track.id, index);
        self.touched.push(touched);
        index
    }

    pub fn find(&self, id: TrackId) -> Option<usize> {
        self.index.get(&id).copied()
    }

    /// A track as this commit leaves it, if it touched it.
    pub fn get(&self, id: TrackId) -> Option<&Arc<Track>> {
        self.find(id).map(|index| &self.touched[index].track)
    }

    pub fn at(&self, index: usize) -> &Touched {
        &self.touched[index]
    }

    pub fn at_mut(&mut self, index: usize) -> &mut Touched {
        &mut self.touched[index]
    }

    pub fn len(&self) -> usize {
        self.touched.len()
    }

    /// Brings a track in that memory holds.
    pub fn load(&mut self, core: &Core, id: TrackId) -> Option<usize> {
        if let Some(index) = self.find(id) {
            return Some(index);
        }
        let touched = core.hot.with(id, |slot| Touched {
            track: slot.track.clone(),
            key: slot.key.clone(),
            changed: false,
            opened: false,
            dirty: slot.dirty,
            unindexed: slot.unindexed,
            told: None,
        })?;
        Some(self.push(touched))
    }

    /// After the commit: shows readers what it did, and forgets it.
    pub fn publish(&mut self, core: &Core) -> Published {
        let mut published = Published::default();
        self.index.clear();
        for touched in self.touched.drain(..) {
            let Touched {
                track,
                key,
                changed,
                opened,
                dirty,
                unindexed,
                told,
            } = touched;
            let id = track.id;
            if changed && !dirty {
                published.dirty.push(id);
            }
            if opened {
                published.opened.push(track.clone());
            }
            let slot = Slot {
                dirty: dirty || changed,
                unindexed,
                ..Slot::new(track, key)
            };
            if core.hot.publish(slot) {
                published.arrived.push(id);
            }
            if changed {
                core.shelf.touch(id);
            }
            if let Some(told) = told {
                core.shelf.tell(id, &told);
            }
        }
        published
    }
}

/// What `publish` found out for the sweep.
#[derive(Default)]
pub struct Published {
    pub dirty: Vec<TrackId>,
    pub opened: Vec<Arc<Track>>,
    /// Not in memory before.
    pub arrived: Vec<TrackId>,
}

impl Published {
    pub fn extend(&mut self, other: Self) {
        self.dirty.extend(other.dirty);
        self.opened.extend(other.opened);
        self.arrived.extend(other.arrived);
    }
}

pub struct Half {
    pub batch: Batch,
    pub tracks: Tracks,
    /// New sealing keys: track, position since which they seal, wrapped key.
    pub keys: Vec<(TrackId, i64, Vec<u8>)>,
    /// Statements that are new.
    pub statements: u64,
}

/// Where the track of an intake is.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// In the half already.
    Here(usize),
    /// In memory, a moment ago.
    Hinted(TrackId),
}

/// An intake's place in its call, and its track's.
pub type Turn = (usize, Place);

/// What became of a half's turns: receipts by the intakes' places, and those whose tracks have left
/// memory, untouched and in their order.
#[derive(Default)]
pub struct Applied {
    pub receipts: Vec<(usize, Receipt)>,
    pub missed: Vec<(usize, TrackId)>,
}

impl Half {
    pub fn new(chunk: i64, payload: i64) -> Self {
        Self {
            batch: Batch::new(chunk, payload, log::ONE_PAGE),
            tracks: Tracks::default(),
            keys: Vec::new(),
            statements: 0,
        }
    }

    pub fn restart(&mut self, chunk: i64, payload: i64) {
        self.batch.restart(chunk, payload);
        self.tracks.touched.clear();
        self.tracks.index.clear();
        self.keys.clear();
        self.statements = 0;
    }

    /// Applies intakes to their tracks, in this order.
    pub fn apply_all(&mut self, core: &Core, prepared: &Prepared, turns: &[Turn]) -> Applied {
        let mut applied = Applied {
            receipts: Vec::with_capacity(turns.len()),
            missed: Vec::new(),
        };
        for (item, place) in turns {
            let index = match place {
                Place::Here(index) => *index,
                Place::Hinted(id) => {
                    if let Some(index) = self.tracks.load(core, *id) {
                        index
                    } else {
                        applied.missed.push((*item, *id));
                        continue;
                    }
                }
            };
            let receipt = self.apply(core, index, prepared.item(*item));
            applied.receipts.push((*item, receipt));
        }
        applied
    }

    /// The track's sealing key, made where it has none.
    pub fn key(&mut self, core: &Core, index: usize) -> &TrackKey {
        let Touched { track, key, .. } = self.tracks.at_mut(index);
        key.get_or_insert_with(|| {
            let (key, wrapped) = core.kernel.sealer.new_track_key();
            let since = self.batch.chunks.next_position();
            self.keys.push((track.id, since, wrapped));
            key
        })
    }

    pub fn apply(&mut self, core: &Core, index: usize, item: Item<'_>) -> Receipt {
        let key = self.key(core, index).clone();
        let Self {
            batch,
            tracks,
            statements,
            ..
        } = self;
        let Touched { track, changed, .. } = tracks.at_mut(index);
        let entries = batch.chunks.count();
        let receipt = core.kernel.apply(Arc::make_mut(track), &key, item, batch);
        *changed |= batch.chunks.count() > entries;
        *statements += u64::from(receipt.new);
        receipt
    }
}

type Errand = Box<dyn FnOnce(&Core) + Send>;

/// The second thread. It has ended, and let go of the file, when this is dropped.
pub struct Second {
    /// None once it is being dropped.
    errands: Option<Sender<Errand>>,
    thread: Option<JoinHandle<()>>,
}

impl Second {
    /// None where the system gives no thread: everything is then done by the first.
    pub fn start(core: Arc<Core>) -> Option<Self> {
        let (errands, queue) = channel::<Errand>();
        let serve = move || {
            for errand in queue {
                errand(&core);
            }
        };
        let thread = std::thread::Builder::new()
            .name("store-second".to_owned())
            .spawn(serve)
            .ok()?;
        Some(Self {
            errands: Some(errands),
            thread: Some(thread),
        })
    }

    /// Runs `there` on the second thread while `here` runs on this one. None when that thread is
    /// gone, and with it what was lent to it.
    pub fn both<A: Send + 'static, B>(
        &self,
        there: impl FnOnce(&Core) -> A + Send + 'static,
        here: impl FnOnce() -> B,
    ) -> (Option<A>, B) {
        let (report, done) = channel();
        let errand: Errand = Box::new(move |core| {
            // Whoever lent it waits for it below.
            let _ = report.send(there(core));
        });
        let sent = self
            .errands
            .as_ref()
            .is_some_and(|to| to.send(errand).is_ok());
        let here = here();
        (sent.then(|| done.recv().ok()).flatten(), here)
    }
}

impl Drop for Second {
    fn drop(&mut self) {
        self.errands = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the store's second thread panicked");
        }
    }
}
