//! Backups of a store in use.

use serde_json::{Value, json};
use std::path::Path;
use trackway_hub::Hub;
use trackway_store::backup::{self, Backup, manifest_of};

/// Makes a backup, and says what is in it.
pub async fn backup(hub: &Hub, to: &Path) -> anyhow::Result<Value> {
    let made = backup::make(hub.store().clone(), to, hub.clock().now()).await?;
    tracing::info!(file = %made.file.display(), bytes = made.manifest.bytes, "made a backup");
    Ok(described(&made))
}

/// A backup as a person or a script is told of it.
pub fn described(backup: &Backup) -> Value {
    let manifest = &backup.manifest;
    json!({
        "file": backup.file,
        "manifest": manifest_of(&backup.file),
        "bytes": manifest.bytes,
        "sha256": manifest.sha256,
        "made": written(manifest.made),
        "tracks": manifest.tracks,
        "statements": manifest.statements,
        "log_entries": manifest.log_entries,
    })
}

/// An instant as people write it.
fn written(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros)
        .unwrap_or_default()
        .to_string()
}
