//! Group commit over callers: a lane takes whatever queued while it committed into its next
//! transaction.
//!
//! A transaction that lost against another node's is tried again, a few times. One that fails for
//! another reason is taken apart: each call is tried by itself, so that a bad one fails alone.

use super::super::commit::{self, Held, Then, Trust};
use super::super::connect::{Work, passing, stale, taken};
use super::super::lane::{Shared, apply_one};
use super::super::numbers::{NumberKey, resolve};
use super::super::sql;
use super::{Result, Session, tell};
use crate::StoreError;
use crate::orders::{Answer, Ids, Task, said};
use crate::write::Prepared;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use trackway_model::TrackId;
use trackway_model::change::Change;
use trackway_model::intake::{Intake, Verified};
use trackway_model::orders::RecordChange;

/// Commands that may wait; more are told that the store is busy.
const QUEUE: usize = 65_536;
/// Commands after which a transaction takes no more calls.
const WEIGHT: usize = 512;
/// How often a transaction is tried that may succeed the next time, and the first pause between.
const TRIES: u32 = 8;
const PAUSE: Duration = Duration::from_millis(2);

struct Job {
    tasks: Vec<Arc<Task>>,
    reply: oneshot::Sender<Result<Vec<Answer>>>,
    _room: OwnedSemaphorePermit,
}

/// The way in.
pub struct OrderLanes {
    lanes: Mutex<Vec<mpsc::UnboundedSender<Job>>>,
    room: Arc<Semaphore>,
    running: Mutex<Vec<JoinHandle<()>>>,
}

impl std::fmt::Debug for OrderLanes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OrderLanes(…)")
    }
}

impl OrderLanes {
    /// Lanes of a node; an account is always in the same.
    pub const COUNT: usize = 2;

    pub fn start(shared: &Arc<Shared>) -> Self {
        let (mut lanes, mut running) = (Vec::new(), Vec::new());
        for _ in 0..Self::COUNT {
            let (jobs, queue) = mpsc::unbounded_channel();
            lanes.push(jobs);
            let lane = Lane {
                shared: Arc::clone(shared),
                ids: Ids::default(),
            };
            running.push(tokio::spawn(lane.run(queue)));
        }
        Self {
            lanes: Mutex::new(lanes),
            room: Arc::new(Semaphore::new(QUEUE)),
            running: Mutex::new(running),
        }
    }

    pub async fn carry_out(&self, tasks: Vec<Task>) -> Result<Vec<Answer>> {
        let Some(account) = tasks.first().map(|task| task.account) else {
            return Ok(Vec::new());
        };
        let stopped = || StoreError::Stopped("it was closed".to_owned());
        let at = account.0.rem_euclid(Self::COUNT as i64) as usize;
        let lane = self.lanes.lock().get(at).cloned().ok_or_else(stopped)?;
        let permits = tasks.len().min(QUEUE) as u32;
        let room = Arc::clone(&self.room)
            .try_acquire_many_owned(permits)
            .map_err(|_| StoreError::Busy)?;
        let (reply, answer) = oneshot::channel();
        let job = Job {
            tasks: tasks.into_iter().map(Arc::new).collect(),
            reply,
            _room: room,
        };
        lane.send(job).map_err(|_| stopped())?;
        drop(lane);
        answer.await.map_err(|_| stopped())?
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

struct Lane {
    shared: Arc<Shared>,
    ids: Ids,
}

impl Lane {
    async fn run(mut self, mut queue: mpsc::UnboundedReceiver<Job>) {
        while let Some(first) = queue.recv().await {
            let mut weight = first.tasks.len();
            let mut jobs = vec![first];
            while weight < WEIGHT
                && let Ok(job) = queue.try_recv()
            {
                weight += job.tasks.len();
                jobs.push(job);
            }
            // Pipelined statements make large futures; on the heap they cost nothing here.
            Box::pin(self.serve(jobs)).await;
        }
    }

    async fn serve(&mut self, jobs: Vec<Job>) {
        let all: Vec<Arc<Task>> = jobs.iter().flat_map(|job| job.tasks.clone()).collect();
        match self.persist(&all).await {
            Ok(answers) => {
                let mut answers = answers.into_iter();
                for job in jobs {
                    let own = answers.by_ref().take(job.tasks.len()).collect();
                    // A caller that went away is told nothing; what it wanted is done.
                    let _ = job.reply.send(Ok(own));
                }
            }
            Err(error) if jobs.len() > 1 => {
                tracing::warn!(%error, calls = jobs.len(), "a transaction failed; trying its parts");
                for job in jobs {
                    let alone = self.persist(&job.tasks).await;
                    let _ = job.reply.send(alone);
                }
            }
            Err(error) => {
                for job in jobs {
                    let told = StoreError::engine("carried out commands")(error.to_string());
                    let _ = job.reply.send(Err(told));
                }
            }
        }
    }

    /// Tries until it succeeds or there is no point.
    async fn persist(&mut self, tasks: &[Arc<Task>]) -> Result<Vec<Answer>> {
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            match self.attempt(tasks).await {
                Err(error) if passing(&error) || stale(&error) || taken(&error) => {
                    tracing::debug!(%error, "commands are tried again");
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                done => return done,
            }
        }
        self.attempt(tasks).await
    }

    async fn attempt(&mut self, tasks: &[Arc<Task>]) -> Result<Vec<Answer>> {
        let Self { shared, ids } = self;
        let work = shared.database.begin().await?;
        let mut session = Session {
            shared,
            work: &work,
            ids,
        };
        let (answers, changes) = Box::pin(session.carry_out(tasks)).await?;
        let said = said(tasks, &answers);
        if !said.is_empty() {
            Box::pin(take_in(&mut session, said, changes)).await?;
            work.done();
            shared.stamper.wake();
        } else if changes.is_empty() {
            work.commit().await?;
        } else {
            tell_feed(&work, changes.into_iter().map(Change::Record).collect()).await?;
            work.done();
            shared.stamper.wake();
        }
        shared.commits.fetch_add(1, Ordering::Relaxed);
        Ok(answers)
    }
}

/// Takes in what records say of themselves, and commits with what became of the records.
async fn take_in(
    session: &mut Session<'_>,
    said: Vec<Intake>,
    changes: Vec<RecordChange>,
) -> Result<()> {
    let (shared, work) = (session.shared, session.work);
    let key = |it: &Intake| NumberKey::new(it.account, &it.carrier, &it.number);
    let keys: Vec<NumberKey> = said.iter().map(key).collect();
    let wanted: Vec<&NumberKey> = keys.iter().collect();
    let resolved = resolve(work, &shared.ids, &wanted).await?;
    let places = keys.iter().zip(resolved);
    let known = places.clone().filter(|(_, at)| !at.fresh);
    let known: BTreeMap<TrackId, i16> = known.map(|(key, at)| (at.track, key.shard())).collect();
    let known: Vec<(TrackId, i16)> = known.into_iter().collect();
    let Shared { cache, kernel, .. } = shared;
    let sealer = &kernel.sealer;
    let locked = commit::lock(work, cache, sealer, &known, false, Trust::Nothing).await?;
    let (mut rows, block) = (locked.rows, locked.block);
    let mut batch = commit::batch(block);
    batch.changes = changes.into_iter().map(Change::Record).collect();
    // Attested: made here, of records that this transaction writes.
    let prepared = Prepared::new(sealer, Verified::attest(said));
    for (place, item) in places.zip(prepared.items()) {
        let applied = apply_one(kernel, &mut batch, place, item, &mut rows);
        applied.ok_or(StoreError::Damaged { what: "track" })?;
    }
    let news = tell(session, &locked.linked, &batch.changes, &rows).await?;
    batch.changes.extend(news.into_iter().map(Change::Record));
    let rows: Vec<&Held> = rows.values().collect();
    Box::pin(commit::write(work, block, &mut batch, &rows, Then::Commit)).await
}

/// Commits, with changes for the feed.
async fn tell_feed(work: &Work, changes: Vec<Change>) -> Result<()> {
    let rows = work.rows(&sql::CHUNK_BLOCK, &[]).await?;
    let block = rows.first().map_or(0, |row| row.get(0));
    let mut batch = commit::batch(block);
    batch.changes = changes;
    Box::pin(commit::write(work, block, &mut batch, &[], Then::Commit)).await
}
