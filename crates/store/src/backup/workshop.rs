//! A folder to work in: one process at a time, cleared before and gone after.

use super::failed;
use crate::StoreError;
use std::fs::{self, File, TryLockError};
use std::path::PathBuf;

type Result<T> = std::result::Result<T, StoreError>;

/// A folder to work in, ours alone, gone when this is dropped.
pub struct Workshop {
    pub dir: PathBuf,
    _lock: File,
}

impl Workshop {
    /// Takes the folder, and clears away what a process that died left there.
    pub fn take(dir: PathBuf) -> Result<Self> {
        fs::create_dir_all(&dir).map_err(failed)?;
        let lock = File::create(dir.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Exists {
                    what: "a process that works at",
                    name: dir.display().to_string(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let workshop = Self { dir, _lock: lock };
        for entry in fs::read_dir(&workshop.dir).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name() != "lock" {
                fs::remove_file(entry.path()).map_err(failed)?;
            }
        }
        Ok(workshop)
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.dir) {
            tracing::warn!(folder = %self.dir.display(), %error, "a folder could not be cleared away");
        }
    }
}
