//! The one writer: a thread that never waits for work while there is some. It takes whatever queued
//! during the last commit into the next transaction, and answers after the commit.
//!
//! A crash loses what was not answered and nothing else. When a commit fails, everybody in it is told
//! and memory goes back to what the file holds; when even that fails, the writer stops.

use super::Core;
use super::checkpoint::Checkpoints;
use super::readers::{read_failed, write_failed};
use super::schema;
use super::sweep::Sweep;
use super::work::Work;
use crate::StoreError;
use rusqlite::Connection;
use std::fs::File;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

type Result<T> = std::result::Result<T, StoreError>;

/// Statements that may wait for the writer; more callers wait for room.
pub const QUEUE: usize = 65_536;
/// Statements in one commit, about.
const COMMIT: usize = 16_384;
/// How long nobody must ask for anything before rows are written back at leisure.
const IDLE: Duration = Duration::from_millis(15);
/// The same after rows could not be written back, as on a full disk.
const RETRY: Duration = Duration::from_secs(2);

/// Answers a caller, once the commit is durable or was undone.
type Answer = Box<dyn FnOnce(Option<&Undone>) + Send>;
type Job = Box<dyn FnOnce(&mut Work) -> Answer + Send>;

/// Why a commit was undone, for everybody who was in it.
struct Undone {
    full: bool,
    text: String,
}

impl Undone {
    fn of(error: &StoreError) -> Self {
        Self {
            full: matches!(error, StoreError::Full),
            text: error.to_string(),
        }
    }

    fn told(&self) -> StoreError {
        if self.full {
            return StoreError::Full;
        }
        StoreError::engine("committed")(self.text.as_str())
    }
}

enum Message {
    Job {
        job: Job,
        weight: usize,
        room: OwnedSemaphorePermit,
    },
    /// Write everything back, then hand out a connection that reads this very state.
    Snapshot(oneshot::Sender<Result<Connection>>),
    /// Write everything back and stop.
    Close(oneshot::Sender<Result<()>>),
}

/// The callers' end.
pub struct Queue {
    sender: Sender<Message>,
    room: Arc<Semaphore>,
}

impl Queue {
    /// Runs a job in the next commit. `Ok` means durable.
    pub async fn run<T: Send + 'static>(
        &self,
        core: &Core,
        weight: usize,
        job: impl FnOnce(&mut Work) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        core.check()?;
        let permits = weight.clamp(1, QUEUE) as u32;
        let room = self
            .room
            .clone()
            .acquire_many_owned(permits)
            .await
            .map_err(|_| core.stopped())?;
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |work| {
            let result = job(work);
            Box::new(move |failure| {
                let result = match failure {
                    Some(undone) => result.and_then(|_| Err(undone.told())),
                    None => result,
                };
                // A caller that went away needs no answer.
                let _ = reply.send(result);
            })
        });
        let message = Message::Job { job, weight, room };
        self.sender.send(message).map_err(|_| core.stopped())?;
        answer.await.map_err(|_| core.stopped())?
    }

    /// Statements that wait for the writer.
    pub fn waiting(&self) -> usize {
        QUEUE - self.room.available_permits().min(QUEUE)
    }

    pub async fn snapshot(&self, core: &Core) -> Result<Connection> {
        let (reply, answer) = oneshot::channel();
        self.sender
            .send(Message::Snapshot(reply))
            .map_err(|_| core.stopped())?;
        answer.await.map_err(|_| core.stopped())?
    }

    pub async fn close(&self, core: &Core) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        self.sender
            .send(Message::Close(reply))
            .map_err(|_| core.stopped())?;
        answer.await.map_err(|_| core.stopped())?
    }
}

/// Starts the thread. It holds `lock`, and with it the folder, until it ends.
pub fn start(work: Work, sweep: Sweep, lock: File) -> Result<(Queue, JoinHandle<()>)> {
    let (sender, receiver) = channel();
    let checkpoints = Checkpoints::start(&work.connection, &work.core.path)?;
    let writer = Writer {
        checkpoints,
        work,
        sweep,
        answers: Vec::new(),
        _lock: lock,
    };
    let thread = std::thread::Builder::new()
        .name("store-writer".to_owned())
        .spawn(move || writer.serve(&receiver))
        .map_err(StoreError::engine("started its writer"))?;
    Ok((
        Queue {
            sender,
            room: Arc::new(Semaphore::new(QUEUE)),
        },
        thread,
    ))
}

/// What to do when nothing is asked for.
#[derive(Clone, Copy)]
enum Idle {
    /// Wait so long for a message first.
    Wait(Duration),
    /// Go on writing rows back.
    Sweep,
}

struct Writer {
    checkpoints: Checkpoints,
    work: Work,
    sweep: Sweep,
    answers: Vec<Answer>,
    _lock: File,
}

impl Writer {
    fn serve(mut self, queue: &Receiver<Message>) {
        let mut idle = Idle::Wait(IDLE);
        loop {
            match self.next(queue, idle) {
                Ok(Message::Job { job, weight, room }) => {
                    idle = Idle::Wait(IDLE);
                    drop(room);
                    if let Some(message) = self.group(job, weight, queue)
                        && self.other(message)
                    {
                        return;
                    }
                }
                Ok(message) => {
                    if self.other(message) {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    idle = if self.idle_slice().is_ok() {
                        Idle::Sweep
                    } else {
                        Idle::Wait(RETRY)
                    };
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// The next message; times out when it is time to write rows back.
    fn next(
        &self,
        queue: &Receiver<Message>,
        idle: Idle,
    ) -> std::result::Result<Message, RecvTimeoutError> {
        match queue.try_recv() {
            Ok(message) => Ok(message),
            Err(TryRecvError::Disconnected) => Err(RecvTimeoutError::Disconnected),
            Err(TryRecvError::Empty) if !self.sweep.has_work(self.work.committed.chunk) => {
                queue.recv().map_err(|_| RecvTimeoutError::Disconnected)
            }
            Err(TryRecvError::Empty) => match idle {
                Idle::Wait(time) => queue.recv_timeout(time),
                Idle::Sweep => Err(RecvTimeoutError::Timeout),
            },
        }
    }

    /// One commit: this job and all that queued. Returns a message of another kind that ended it.
    fn group(&mut self, first: Job, weight: usize, queue: &Receiver<Message>) -> Option<Message> {
        if let Err(error) = self.work.begin() {
            // The job is dropped, and its caller told that the store is busy.
            self.undo(&error);
            return None;
        }
        let mut weight = weight;
        let answer = first(&mut self.work);
        self.answers.push(answer);
        let (mut other, mut yields) = (None, true);
        while weight < COMMIT && other.is_none() {
            match queue.try_recv() {
                Ok(Message::Job {
                    job,
                    weight: more,
                    room,
                }) => {
                    drop(room);
                    weight += more.max(1);
                    let answer = job(&mut self.work);
                    self.answers.push(answer);
                }
                Ok(message) => other = Some(message),
                Err(_) if yields => {
                    // Where callers wait for a core, one round of theirs spares them a commit of
                    // their own; where none does, this returns at once.
                    yields = false;
                    std::thread::yield_now();
                }
                Err(_) => break,
            }
        }
        let failure = self.finish().err();
        let failure = failure.map(|error| self.undo(&error));
        self.leave_no_trace();
        for answer in self.answers.drain(..) {
            answer(failure.as_ref());
        }
        self.checkpoints.tend(&self.work.connection);
        other
    }

    fn finish(&mut self) -> Result<()> {
        self.sweep.with_commit(&mut self.work)?;
        self.commit()?;
        self.sweep.rotate(self.work.committed.chunk, false);
        Ok(())
    }

    /// What was erased is not left in the log either. Where somebody reads it just now, that is done
    /// after a later commit.
    fn leave_no_trace(&mut self) {
        let Self {
            checkpoints, work, ..
        } = self;
        if !work.erased {
            return;
        }
        let Work {
            core, connection, ..
        } = work;
        let emptied = core.readers.around_commit(|| checkpoints.empty(connection));
        let restored = connection.execute_batch(schema::OVERWRITE_USED);
        if let Err(error) = restored.map_err(write_failed) {
            tracing::warn!(%error, "pages that fall free go on being overwritten");
        }
        work.erased = !emptied;
    }

    fn commit(&mut self) -> Result<()> {
        self.work.commit()?;
        let published = self.work.publish();
        self.sweep.note(published);
        self.sweep.committed(&self.work);
        Ok(())
    }

    fn undo(&mut self, error: &StoreError) -> Undone {
        tracing::error!(%error, "a commit failed and was undone");
        self.sweep.undone();
        self.work.core.shelf.undone();
        if let Err(error) = self.work.undo() {
            tracing::error!(%error, "the store stops writing");
            self.work.core.stop(&error.to_string());
        }
        Undone::of(error)
    }

    fn idle_slice(&mut self) -> Result<()> {
        let slice = |writer: &mut Self| {
            writer.work.begin()?;
            writer.sweep.when_idle(&mut writer.work)?;
            writer.commit()?;
            writer.sweep.rotate(writer.work.committed.chunk, true);
            writer.checkpoints.tend(&writer.work.connection);
            Ok(())
        };
        slice(self).inspect_err(|error| {
            self.undo(error);
        })
    }

    /// Writes every row back.
    fn settle(&mut self) -> Result<()> {
        while self.sweep.has_work(self.work.committed.chunk) {
            self.idle_slice()?;
        }
        Ok(())
    }

    /// Returns whether the writer ends.
    fn other(&mut self, message: Message) -> bool {
        match message {
            Message::Job { job, .. } => {
                drop(job);
                false
            }
            Message::Snapshot(reply) => {
                let snapshot = self.settle().and_then(|()| self.reading());
                let _ = reply.send(snapshot);
                false
            }
            Message::Close(reply) => {
                let settled = self.settle();
                self.work.core.stop("it was closed");
                let _ = reply.send(settled);
                true
            }
        }
    }

    /// A reader that sees this very state, and no later one.
    fn reading(&self) -> Result<Connection> {
        let connection = self.work.core.readers.own()?;
        connection
            .execute_batch("BEGIN; SELECT count(*) FROM meta;")
            .map_err(read_failed)?;
        Ok(connection)
    }
}

/// However the thread ends, callers are told.
impl Drop for Writer {
    fn drop(&mut self) {
        self.work.core.stop("its writer has ended");
    }
}
