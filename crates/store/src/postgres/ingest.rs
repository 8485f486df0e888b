//! Taking in: group commit over callers.
//!
//! A few *lanes* each own the tracks of some shards. A lane takes whatever queued while it committed
//! and puts it into its next transaction, so that the more callers wait, the fewer commits each of
//! them costs; and because lanes share no track, they do not wait for each other.
//!
//! Guarantee: `Ok` means that every intake of the call is committed, and receipts stand in the order
//! of the intakes. Each intake is atomic; a call that spans lanes is not: if one part fails, the
//! other may be committed, and repeating the call is harmless, since facts are a set. A full queue
//! answers `Busy` at once; nothing waits without bound.

use super::lane::{Job, Lane, Shared};
use super::numbers::NumberKey;
use crate::StoreError;
use crate::write::Prepared;
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use trackway_model::intake::{Intake, Receipt, Verified};

type Result<T> = std::result::Result<T, StoreError>;

/// Lanes of a node. Two keep two cores and the disk busy; more only make commits smaller.
pub const LANES: usize = 2;
/// Intakes that may wait for one lane.
const QUEUE: usize = 65_536;
/// Intakes of one job; a longer call becomes several.
const JOB: usize = 4_096;

/// The way in.
#[derive(Debug)]
pub struct Ingest {
    shared: Arc<Shared>,
    lanes: Mutex<Vec<Entrance>>,
    running: Mutex<Vec<JoinHandle<()>>>,
}

/// Where a lane's jobs are put.
#[derive(Clone, Debug)]
struct Entrance {
    jobs: mpsc::UnboundedSender<Job>,
    room: Arc<Semaphore>,
}

/// A part of a call, and which of the call's intakes it holds.
struct Part {
    places: Vec<usize>,
    answer: oneshot::Receiver<Result<Vec<Receipt>>>,
}

impl Ingest {
    pub fn start(shared: &Arc<Shared>) -> Self {
        let mut lanes = Vec::new();
        let mut running = Vec::new();
        for _ in 0..LANES {
            let (jobs, queue) = mpsc::unbounded_channel();
            lanes.push(Entrance {
                jobs,
                room: Arc::new(Semaphore::new(QUEUE)),
            });
            running.push(tokio::spawn(Lane::new(Arc::clone(shared)).run(queue)));
        }
        Self {
            shared: Arc::clone(shared),
            lanes: Mutex::new(lanes),
            running: Mutex::new(running),
        }
    }

    /// Intakes that wait for a lane, and how many may.
    pub fn waiting(&self) -> (usize, usize) {
        let lanes = self.lanes.lock();
        let free: usize = lanes.iter().map(|lane| lane.room.available_permits()).sum();
        let most = lanes.len() * QUEUE;
        (most.saturating_sub(free), most)
    }

    /// Commits intakes. Returns their receipts in order.
    pub async fn ingest(&self, intakes: Verified<Vec<Intake>>) -> Result<Vec<Receipt>> {
        let entrances = self.lanes.lock().clone();
        if entrances.is_empty() {
            return Err(StoreError::Stopped("it was closed".to_owned()));
        }
        let intakes = intakes.into_inner();
        let count = intakes.len();
        let mut parts = Vec::new();
        for (lane, share) in divide(intakes).into_iter().enumerate() {
            for share in cut(share) {
                parts.push(self.enqueue(&entrances[lane], share)?);
            }
        }
        let mut receipts = vec![None; count];
        for part in parts {
            let stopped = |_| StoreError::Stopped("it was closed before it answered".to_owned());
            let part_receipts = part.answer.await.map_err(stopped)??;
            for (place, receipt) in part.places.into_iter().zip(part_receipts) {
                receipts[place] = Some(receipt);
            }
        }
        receipts
            .into_iter()
            .map(|receipt| {
                receipt.ok_or(StoreError::Damaged {
                    what: "answer to an intake",
                })
            })
            .collect()
    }

    /// Queues a job; what needs no row is done here, on the caller's thread.
    fn enqueue(&self, entrance: &Entrance, share: Share) -> Result<Part> {
        let permits = share.intakes.len() as u32;
        let room = Arc::clone(&entrance.room)
            .try_acquire_many_owned(permits)
            .map_err(|_| StoreError::Busy)?;
        // The caller attested the whole of which this is a part.
        let verified = Verified::attest(share.intakes);
        let prepared = Prepared::new(&self.shared.kernel.sealer, verified);
        let (reply, answer) = oneshot::channel();
        let job = Job {
            prepared,
            keys: share.keys,
            reply,
            _room: room,
        };
        let stopped = |_| StoreError::Stopped("its writer has ended".to_owned());
        entrance.jobs.send(job).map_err(stopped)?;
        Ok(Part {
            places: share.places,
            answer,
        })
    }

    /// Refuses new work and waits until what is queued is committed.
    pub async fn close(&self) {
        self.lanes.lock().clear();
        let running = std::mem::take(&mut *self.running.lock());
        for lane in running {
            // A lane that panicked has answered nobody; its callers were told.
            let _ = lane.await;
        }
    }
}

/// A lane's share of a call.
#[derive(Default)]
struct Share {
    intakes: Vec<Intake>,
    keys: Vec<NumberKey>,
    places: Vec<usize>,
}

/// Gives each lane its share, in order.
fn divide(intakes: Vec<Intake>) -> [Share; LANES] {
    let mut shares: [Share; LANES] = std::array::from_fn(|_| Share::default());
    for (place, intake) in intakes.into_iter().enumerate() {
        let key = NumberKey::new(intake.account, &intake.carrier, &intake.number);
        let share = &mut shares[key.shard() as usize % LANES];
        share.intakes.push(intake);
        share.keys.push(key);
        share.places.push(place);
    }
    shares
}

/// Cuts a share into jobs of bounded length; an empty share is no job.
fn cut(mut share: Share) -> Vec<Share> {
    let mut jobs = Vec::new();
    while share.intakes.len() > JOB {
        let rest = Share {
            intakes: share.intakes.split_off(JOB),
            keys: share.keys.split_off(JOB),
            places: share.places.split_off(JOB),
        };
        jobs.push(std::mem::replace(&mut share, rest));
    }
    if !share.intakes.is_empty() {
        jobs.push(share);
    }
    jobs
}
