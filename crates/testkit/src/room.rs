//! A small disk of its own, to be filled up.

use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A disk in memory, gone with its value. Needs the right to mount.
#[derive(Debug)]
pub struct SmallDisk(TempDir);

impl SmallDisk {
    /// Mounts one.
    ///
    /// # Panics
    /// Where that is not allowed: the test is to be run as root, or with the right to mount.
    pub fn of_megabytes(size: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the disk");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}m"), "tmpfs"])
            .arg(folder.path())
            .output()
            .expect("this test needs the program `mount`");
        assert!(
            mounted.status.success(),
            "this test mounts a small disk and may not: run it as root, or in a container with \
             CAP_SYS_ADMIN: {}",
            String::from_utf8_lossy(&mounted.stderr)
        );
        Self(folder)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Somebody else's data: leaves this much room. Returns its file.
    ///
    /// # Panics
    /// Where less is free already.
    pub fn leave(&self, bytes: u64) -> PathBuf {
        let path = self.path().join("ballast");
        let told = rustix::fs::statvfs(self.path()).expect("the disk tells what is free");
        let free = told.f_bavail.saturating_mul(told.f_frsize);
        let length = free.checked_sub(bytes).expect("so much room is there");
        let ballast = vec![1; usize::try_from(length).expect("the disk is small")];
        std::fs::write(&path, ballast).expect("the ballast is less than what is free");
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // It goes with the process's namespace at the latest.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}
