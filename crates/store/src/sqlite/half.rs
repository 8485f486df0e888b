//! The tracks of a commit in two halves, by their ids, so that two threads can apply intakes at once.
//!
//! A track stays in its half for life, and each half numbers its chunks and bodies in its own range
//! of a commit: the log keeps a track's entries in their order. Nothing here touches the file.

use super::Core;
use crate::log;
use crate::seal::TrackKey;
use crate::write::{Batch, Item, Prepared};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
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

pub struct Half {
    pub batch: Batch,
    pub touched: Vec<Touched>,
    /// New sealing keys: track, position since which they seal, wrapped key.
    pub keys: Vec<(TrackId, i64, Vec<u8>)>,
    /// Statements that are new.
    pub statements: u64,
}

/// An intake's place in its call, and its track's place in the half.
pub type Turn = (usize, usize);

impl Half {
    pub fn new(chunk: i64, payload: i64) -> Self {
        Self {
            batch: Batch::new(chunk, payload, log::ONE_PAGE),
            touched: Vec::new(),
            keys: Vec::new(),
            statements: 0,
        }
    }

    pub fn restart(&mut self, chunk: i64, payload: i64) {
        self.batch.restart(chunk, payload);
        self.touched.clear();
        self.keys.clear();
        self.statements = 0;
    }

    /// Applies intakes to their tracks, in this order.
    pub fn apply_all(
        &mut self,
        core: &Core,
        prepared: &Prepared,
        turns: &[Turn],
    ) -> Vec<(usize, Receipt)> {
        let mut apply = |(item, index)| (item, self.apply(core, index, prepared.item(item)));
        turns.iter().copied().map(&mut apply).collect()
    }

    fn apply(&mut self, core: &Core, index: usize, item: Item<'_>) -> Receipt {
        let Self {
            batch,
            touched,
            keys,
            statements,
        } = self;
        let Touched {
            track,
            key,
            changed,
            ..
        } = &mut touched[index];
        let key = key.get_or_insert_with(|| {
            let (key, wrapped) = core.kernel.sealer.new_track_key();
            keys.push((track.id, batch.chunks.next_position(), wrapped));
            key
        });
        let entries = batch.chunks.count();
        let receipt = core.kernel.apply(Arc::make_mut(track), key, item, batch);
        *changed |= batch.chunks.count() > entries;
        *statements += u64::from(receipt.new);
        receipt
    }
}

/// A half on its way to the second thread, or back.
struct Errand {
    half: Half,
    prepared: Arc<Prepared>,
    turns: Vec<Turn>,
    receipts: Vec<(usize, Receipt)>,
}

/// The second thread. It ends when this is dropped.
pub struct Second {
    errands: Sender<Errand>,
    done: Receiver<Errand>,
}

impl Second {
    /// None where the system gives no thread: everything is then done by the first.
    pub fn start(core: Arc<Core>) -> Option<Self> {
        let (errands, queue) = channel::<Errand>();
        let (report, done) = channel();
        let serve = move || {
            for mut errand in queue {
                let Errand {
                    half,
                    prepared,
                    turns,
                    receipts,
                } = &mut errand;
                *receipts = half.apply_all(&core, prepared, turns);
                if report.send(errand).is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new()
            .name("store-second".to_owned())
            .spawn(serve)
            .ok()?;
        Some(Self { errands, done })
    }

    /// Has a half applied there while `meanwhile` runs here. None when the thread is gone, and with
    /// it the half.
    pub fn apply(
        &self,
        half: Half,
        prepared: &Arc<Prepared>,
        turns: Vec<Turn>,
        meanwhile: impl FnOnce(),
    ) -> Option<(Half, Vec<(usize, Receipt)>)> {
        let errand = Errand {
            half,
            prepared: prepared.clone(),
            turns,
            receipts: Vec::new(),
        };
        self.errands.send(errand).ok()?;
        meanwhile();
        let errand = self.done.recv().ok()?;
        Some((errand.half, errand.receipts))
    }
}
