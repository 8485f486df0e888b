//! Carries the write-ahead log over into the file on a thread of its own, so that the writer does not
//! wait for the disk twice.
//!
//! Contract: the writer calls `tend` after each commit. A checkpoint beside it can't come to an end
//! while it goes on writing: so the writer carries over what is left, and then the log begins anew at
//! its start. A crash loses nothing: what was not carried over is still in the log. The log never
//! grows past `MOST`, beyond which the writer waits. After an erasure it is emptied, since it holds what
//! was overwritten as it was.

use super::readers::write_failed;
use super::schema;
use crate::StoreError;
use rusqlite::Connection;
use std::cell::Cell;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

type Result<T> = std::result::Result<T, StoreError>;

/// Pages in the log that are worth a checkpoint, and those at which the writer waits for it: 8 and
/// 64 MB.
const WORTH: i32 = 1_000;
const MOST: i32 = 8_000;
const PASSIVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";
const TRUNCATE: &str = "PRAGMA wal_checkpoint(TRUNCATE)";
/// How long the writer waits for readers to look away from a log that is to be emptied.
const PATIENCE: Duration = Duration::from_millis(100);

thread_local! {
    /// Pages in the log after the last commit of this thread's connection.
    static PAGES: Cell<i32> = const { Cell::new(0) };
}

pub struct Checkpoints {
    /// None once it is being dropped, which ends the thread.
    bell: Option<Sender<()>>,
    done: Receiver<()>,
    thread: Option<JoinHandle<()>>,
    under_way: bool,
}

impl Checkpoints {
    /// Takes the checkpoints of the writer's connection over. The writer's thread calls it.
    pub fn start(writer: &Connection, path: &Path) -> Result<Self> {
        writer.wal_hook(Some(|_, pages| {
            PAGES.set(pages);
            Ok(())
        }));
        let connection = schema::open_writer(path)?;
        let (bell, rung) = channel::<()>();
        let (report, done) = channel();
        let serve = move || {
            for () in rung {
                carry_over(&connection);
                if report.send(()).is_err() {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("store-checkpoint".to_owned())
            .spawn(serve)
            .map_err(StoreError::engine("started its checkpoints"))?;
        Ok(Self {
            bell: Some(bell),
            done,
            thread: Some(thread),
            under_way: false,
        })
    }

    /// Begins a checkpoint where the log has grown, or ends the one that the thread has done.
    pub fn tend(&mut self, writer: &Connection) {
        let pages = PAGES.get();
        if self.under_way {
            let done = if pages < MOST {
                self.done.try_recv().is_ok()
            } else {
                self.done.recv().is_ok()
            };
            if done {
                self.under_way = false;
                carry_over(writer);
            }
        } else if pages >= WORTH {
            let rung = self.bell.as_ref().map(|bell| bell.send(()));
            self.under_way = matches!(rung, Some(Ok(())));
            if !self.under_way {
                carry_over(writer);
            }
        }
    }

    /// Carries the whole log over and empties it. Returns whether nobody was looking at it. The writer's
    /// thread calls it, between two commits.
    pub fn empty(&mut self, writer: &Connection) -> bool {
        if self.under_way {
            self.under_way = self.done.recv().is_err();
        }
        let emptied = writer
            .busy_timeout(PATIENCE)
            .and_then(|()| writer.query_row(TRUNCATE, [], |row| row.get(0)))
            .map(|busy: bool| !busy);
        let restored = writer.busy_timeout(schema::BUSY);
        match emptied.and_then(|emptied| restored.map(|()| emptied)) {
            Ok(emptied) => emptied,
            Err(error) => {
                let error = write_failed(error);
                tracing::warn!(%error, "the write-ahead log could not be emptied");
                false
            }
        }
    }
}

/// Whatever readers and the writer allow. What fails is tried again with the next commits, and until
/// then stays in the log.
fn carry_over(connection: &Connection) {
    let carried = connection
        .prepare_cached(PASSIVE)
        .and_then(|mut row| row.query_row([], |_| Ok(())));
    if let Err(error) = carried.map_err(write_failed) {
        tracing::warn!(%error, "the write-ahead log could not be carried over");
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.bell = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the store's checkpoints panicked");
        }
    }
}
