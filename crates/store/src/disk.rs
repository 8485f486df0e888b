//! Room on the disk, watched from this side of the engine.
//!
//! Guarantee: while less than the reserve is free, calls that bring new data are refused with
//! `StoreError::Full` before they are queued, and nothing that was queued fails for want of room:
//! the reserve is far larger than a full queue. Reading goes on, and so does what keeps the books
//! (cursors, leases, settled deliveries, meters, erasures) or makes room (retention). Nobody has to
//! restart anything: while it refuses, every call measures again, and the first that finds room
//! goes on.
//!
//! Where the disk fills up all the same (somebody else's data, a reserve of nothing), the engine's
//! own error becomes `StoreError::Full` too: the commit was undone, so nothing was acknowledged.

use crate::StoreError;
use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Statements that are taken in between two measurements: some megabytes, a small part of any
/// sensible reserve.
const EVERY: usize = 2_048;

/// Watches the disk that a folder is on.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    reserve: u64,
    /// Statements admitted since the last measurement.
    admitted: AtomicUsize,
    full: AtomicBool,
}

impl Disk {
    /// Keeps `reserve` bytes free on the folder's disk.
    pub fn new(folder: &Path, reserve: u64) -> Self {
        Self {
            folder: folder.to_owned(),
            reserve,
            // The first call measures.
            admitted: AtomicUsize::new(EVERY),
            full: AtomicBool::new(false),
        }
    }

    /// Lets statements in, or refuses them.
    pub fn admit(&self, statements: usize) -> Result<(), StoreError> {
        let before = self.admitted.fetch_add(statements, Ordering::Relaxed);
        if before < EVERY && !self.full.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.admitted.store(0, Ordering::Relaxed);
        self.measure()
    }

    /// Whether there is room now.
    pub fn measure(&self) -> Result<(), StoreError> {
        let Ok(free) = free(&self.folder) else {
            // A disk that tells nothing is told by its own errors.
            return Ok(());
        };
        let full = free < self.reserve;
        if self.full.swap(full, Ordering::Relaxed) != full {
            self.tell(full, free);
        }
        if full { Err(StoreError::Full) } else { Ok(()) }
    }

    fn tell(&self, full: bool, free: u64) {
        let (folder, reserve) = (self.folder.display(), self.reserve);
        if full {
            tracing::error!(%folder, free, reserve, "the disk is nearly full: no new data is taken in");
        } else {
            tracing::info!(%folder, free, reserve, "there is room on the disk again");
        }
    }
}

/// Bytes that are free for this process on a folder's disk.
pub fn free(folder: &Path) -> io::Result<u64> {
    let told = rustix::fs::statvfs(folder)?;
    Ok(told.f_bavail.saturating_mul(told.f_frsize))
}

/// Whether an engine's or the system's error says that the disk is full.
pub fn is_full(error: &(dyn Error + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<rusqlite::Error>() {
        return error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
    }
    if let Some(error) = error.downcast_ref::<tokio_postgres::Error>() {
        return error.code() == Some(&tokio_postgres::error::SqlState::DISK_FULL);
    }
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::StorageFull)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserve_that_is_not_there_refuses_and_one_that_is_admits() {
        let folder = tempfile::tempdir().unwrap();
        let none = Disk::new(folder.path(), 0);
        let all = Disk::new(folder.path(), u64::MAX);
        for _ in 0..3 {
            assert!(none.admit(1).is_ok());
            assert!(matches!(all.admit(1), Err(StoreError::Full)));
        }
    }

    #[test]
    fn full_disks_are_told_from_other_failures() {
        let full = StoreError::engine("wrote")(io::Error::from(io::ErrorKind::StorageFull));
        assert!(matches!(full, StoreError::Full));
        let other = StoreError::engine("wrote")(io::Error::from(io::ErrorKind::NotFound));
        assert!(matches!(other, StoreError::Engine { .. }));
    }
}
