//! The cluster that many processes share.
//!
//! Contract: a folder holds a lock file and a state file. Whoever holds the lock may read and
//! change the state; the system lets go of it when a process ends, however it ends. The state is
//! written before the server starts, so that a crash at any point leaves a cluster that the next
//! process finds: running, then it is used; anything else, then it is ended and replaced.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::cluster::{Cluster, Group};

/// The running cluster of `dir`, started if need be.
pub(super) async fn acquire(dir: PathBuf) -> anyhow::Result<Cluster> {
    let _lock = lock(dir.clone()).await?;
    if let Some(cluster) = read(&dir) {
        if cluster.is_running() {
            return Ok(cluster);
        }
        cluster.stop().await?;
    }
    let cluster = Cluster::prepare()?;
    fs::write(state_file(&dir), serde_json::to_vec(&cluster)?)?;
    // The child is let go on purpose: it serves others after this process has ended.
    cluster.launch(&[], Group::Own).await?;
    Ok(cluster)
}

/// Ends the cluster of `dir`; true if there was one.
pub(super) async fn stop(dir: PathBuf) -> anyhow::Result<bool> {
    let _lock = lock(dir.clone()).await?;
    let Some(cluster) = read(&dir) else {
        return Ok(false);
    };
    cluster.stop().await?;
    fs::remove_file(state_file(&dir))?;
    Ok(true)
}

/// Waits for the lock on a thread that may block; it is held until the file is dropped.
async fn lock(dir: PathBuf) -> anyhow::Result<File> {
    tokio::task::spawn_blocking(move || {
        fs::create_dir_all(&dir)?;
        let file = File::create(dir.join("postgres.lock"))?;
        file.lock()?;
        Ok(file)
    })
    .await?
}

/// A state that can't be read names no cluster that could be ended.
fn read(dir: &Path) -> Option<Cluster> {
    serde_json::from_slice(&fs::read(state_file(dir)).ok()?).ok()
}

fn state_file(dir: &Path) -> PathBuf {
    dir.join("postgres.json")
}
