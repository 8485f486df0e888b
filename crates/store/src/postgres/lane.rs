//! A lane: one transaction after the other, each with whatever has queued.
//!
//! A transaction that lost against another node's is tried again, a few times. One that fails for
//! another reason is taken apart: each job is tried by itself, so that a bad one fails alone.

use super::cache::Cache;
use super::commit::{self, Held, Locked, Then, Trust};
use super::connect::{Database, Work, passing, stale};
use super::feed::Stamper;
use super::numbers::{Known, NumberKey, Resolved, TrackIds, resolve};
use super::orders::{Session, tell};
use crate::StoreError;
use crate::orders::{CatalogueCache, Ids};
use crate::write::{Batch, Item, Kernel, Prepared};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use trackway_model::TrackId;
use trackway_model::change::Change;
use trackway_model::intake::Receipt;

type Result<T> = std::result::Result<T, StoreError>;

/// Statements after which a transaction takes no more jobs: it would only make its callers wait.
const WEIGHT: usize = 4_096;
/// How often a transaction is tried that may succeed the next time, and the first pause between.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(5);
/// Transactions for which a lane is cautious after another node wrote what it remembered.
const CAUTION: u32 = 64;

/// What lanes and single writers work with.
#[derive(Debug)]
pub struct Shared {
    pub kernel: Kernel,
    pub database: Database,
    pub cache: Cache,
    pub catalogue: CatalogueCache,
    pub ids: tokio::sync::Mutex<TrackIds>,
    pub stamper: Arc<Stamper>,
    /// Commits of the lanes since the start.
    pub commits: AtomicU64,
}

/// A part of a caller's intakes.
#[derive(Debug)]
pub struct Job {
    pub prepared: Prepared,
    /// The number of each intake.
    pub keys: Vec<NumberKey>,
    pub reply: oneshot::Sender<Result<Vec<Receipt>>>,
    pub _room: OwnedSemaphorePermit,
}

/// Receipts of each job of a transaction.
type Answers = Vec<Result<Vec<Receipt>>>;

/// One lane's state.
#[derive(Debug)]
pub struct Lane {
    shared: Arc<Shared>,
    known: Known,
    batch: Batch,
    /// Transactions in which memory is not trusted, since another node writes the same tracks.
    cautious: u32,
    /// For records that follow from what is told of parcels.
    ids: Ids,
}

impl Lane {
    pub fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            known: Known::default(),
            batch: commit::batch(0),
            cautious: 0,
            ids: Ids::default(),
        }
    }

    /// Works until all senders are gone and the queue is empty.
    pub async fn run(mut self, mut queue: mpsc::UnboundedReceiver<Job>) {
        while let Some(first) = queue.recv().await {
            let mut weight = first.prepared.weight();
            let mut jobs = vec![first];
            while weight < WEIGHT
                && let Ok(job) = queue.try_recv()
            {
                weight += job.prepared.weight();
                jobs.push(job);
            }
            // Pipelined statements make large futures; on the heap they cost nothing here.
            Box::pin(self.serve(jobs)).await;
        }
    }

    async fn serve(&mut self, jobs: Vec<Job>) {
        match self.persist(&jobs).await {
            Ok(answers) => reply(jobs, answers),
            Err(error) if jobs.len() > 1 => {
                tracing::warn!(%error, jobs = jobs.len(), "a transaction failed; trying its parts");
                for job in jobs {
                    let alone = self.persist(std::slice::from_ref(&job)).await;
                    reply(vec![job], alone.unwrap_or_else(|error| vec![Err(error)]));
                }
            }
            Err(error) => reply(jobs, vec![Err(error)]),
        }
    }

    /// Tries until it succeeds or there is no point.
    async fn persist(&mut self, jobs: &[Job]) -> Result<Answers> {
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            match self.attempt(jobs).await {
                // What was remembered is forgotten now: tried again at once, with locks.
                Err(error) if stale(&error) => self.cautious = CAUTION,
                Err(error) if passing(&error) => {
                    tracing::debug!(%error, "a transaction is tried again");
                    tokio::time::sleep(pause).await;
                    pause *= 3;
                }
                done => return done,
            }
        }
        self.attempt(jobs).await
    }

    async fn attempt(&mut self, jobs: &[Job]) -> Result<Answers> {
        let shared = Arc::clone(&self.shared);
        let work = Work::unopened(&shared.database).await?;
        let (resolved, opened) = self.resolve(&work, jobs).await?;
        let mut locked = self.lock(&work, &resolved, !opened).await?;
        let linked = std::mem::take(&mut locked.linked);
        let (answers, held, block) = self.apply(jobs, &resolved, locked);
        if !linked.is_empty() {
            Box::pin(self.tell_records(&work, &linked, &held)).await?;
        }
        if self.batch.chunks.is_empty() {
            work.commit().await?;
        } else {
            let rows: Vec<&Held> = held.values().collect();
            let write = commit::write(&work, block, &mut self.batch, &rows, Then::Commit);
            Box::pin(write).await?;
            work.done();
        }
        self.remember(resolved, held);
        self.cautious = self.cautious.saturating_sub(1);
        Ok(answers)
    }

    /// Moves the records whose parcels were told of, and tells the feed of them.
    async fn tell_records(
        &mut self,
        work: &Work,
        linked: &HashMap<TrackId, String>,
        held: &HashMap<TrackId, Held>,
    ) -> Result<()> {
        let mut session = Session {
            shared: &self.shared,
            work,
            ids: &mut self.ids,
        };
        let news = tell(&mut session, linked, &self.batch.changes, held).await?;
        let news = news.into_iter().map(Change::Record);
        self.batch.changes.extend(news);
        Ok(())
    }

    /// Each number's track, by the key's digest, and whether the transaction had to be opened.
    async fn resolve<'j>(
        &mut self,
        work: &Work,
        jobs: &'j [Job],
    ) -> Result<(HashMap<u128, (&'j NumberKey, Resolved)>, bool)> {
        let mut found = HashMap::new();
        let mut unknown: HashMap<u128, &NumberKey> = HashMap::new();
        for key in jobs.iter().flat_map(|job| &job.keys) {
            if found.contains_key(&key.digest()) {
                continue;
            }
            match self.known.get(key) {
                Some(track) => {
                    found.insert(
                        key.digest(),
                        (
                            key,
                            Resolved {
                                track,
                                fresh: false,
                            },
                        ),
                    );
                }
                None => {
                    unknown.insert(key.digest(), key);
                }
            }
        }
        if unknown.is_empty() {
            return Ok((found, false));
        }
        let wanted: Vec<&NumberKey> = unknown.into_values().collect();
        work.command("BEGIN").await?;
        let resolved = resolve(work, &self.shared.ids, &wanted).await?;
        found.extend(
            wanted
                .into_iter()
                .zip(resolved)
                .map(|(key, at)| (key.digest(), (key, at))),
        );
        Ok((found, true))
    }

    async fn lock(
        &self,
        work: &Work,
        resolved: &HashMap<u128, (&NumberKey, Resolved)>,
        begin: bool,
    ) -> Result<Locked> {
        let tracks: Vec<(TrackId, i16)> = resolved
            .values()
            .filter(|(_, at)| !at.fresh)
            .map(|(key, at)| (at.track, key.shard()))
            .collect();
        let Shared { cache, kernel, .. } = &*self.shared;
        let trust = if self.cautious == 0 {
            Trust::Memory
        } else {
            Trust::Nothing
        };
        commit::lock(work, cache, &kernel.sealer, &tracks, begin, trust).await
    }

    /// Applies all intakes in their order. Pure: leaves the outcome in the batch and the rows.
    fn apply(
        &mut self,
        jobs: &[Job],
        resolved: &HashMap<u128, (&NumberKey, Resolved)>,
        locked: Locked,
    ) -> (Answers, HashMap<TrackId, Held>, i64) {
        let Locked {
            mut rows,
            damaged,
            block,
            ..
        } = locked;
        self.batch.restart(block, block);
        for id in damaged {
            tracing::error!(track = %id, "a track's row can't be read: what is said of it is refused");
        }
        let mut answers = Vec::with_capacity(jobs.len());
        for job in jobs {
            let mut receipts = Vec::with_capacity(job.keys.len());
            let mut failed = false;
            for (key, item) in job.keys.iter().zip(job.prepared.items()) {
                let at = resolved[&key.digest()].1;
                let Shared { kernel, .. } = &*self.shared;
                match apply_one(kernel, &mut self.batch, (key, at), item, &mut rows) {
                    Some(receipt) => receipts.push(receipt),
                    None => failed = true,
                }
            }
            let answer = if failed {
                Err(StoreError::Damaged { what: "track" })
            } else {
                Ok(receipts)
            };
            answers.push(answer);
        }
        (answers, rows, block)
    }

    /// After the commit.
    fn remember(
        &mut self,
        resolved: HashMap<u128, (&NumberKey, Resolved)>,
        held: HashMap<TrackId, Held>,
    ) {
        let written = !self.batch.chunks.is_empty();
        self.shared.commits.fetch_add(1, Ordering::Relaxed);
        for (key, at) in resolved.into_values() {
            self.known.put(key, at.track);
        }
        for held in held.into_values() {
            self.shared.cache.put(held.remembered(written));
        }
        if !self.batch.changes.is_empty() {
            self.shared.stamper.wake();
        }
    }
}

/// Applies an intake to the row of its track, which is opened where there is none. None where the row
/// can't be read.
pub fn apply_one(
    kernel: &Kernel,
    batch: &mut Batch,
    (key, at): (&NumberKey, Resolved),
    item: Item<'_>,
    rows: &mut HashMap<TrackId, Held>,
) -> Option<Receipt> {
    if at.fresh {
        rows.entry(at.track).or_insert_with(|| {
            let intake = item.intake;
            let (account, carrier) = (intake.account, &intake.carrier);
            let number = &intake.number;
            let track = kernel.open(at.track, account, carrier, number, intake.received, batch);
            Held::fresh(track, key.shard())
        });
    }
    let (track, sealing) = rows.get_mut(&at.track)?.open(&kernel.sealer);
    Some(kernel.apply(track, sealing, item, batch))
}

fn reply(jobs: Vec<Job>, answers: Answers) {
    for (job, answer) in jobs.into_iter().zip(answers) {
        // A caller that went away is told nothing; what it said is kept.
        let _ = job.reply.send(answer);
    }
}
