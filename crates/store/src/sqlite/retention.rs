//! Removing by age: each step a small job among the writer's others.
//!
//! The body with the highest number stays, so that no number is ever given twice.

use super::readers::{all, execute, one};
use super::stored::stored;
use super::{SqliteStore, sql};
use crate::retention::{Archived, Bodies, Step, may_go, step};
use crate::{Retention, StoreError};
use async_trait::async_trait;
use std::sync::Arc;
use trackway_model::track::Document;
use trackway_model::{Track, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Retention for SqliteStore {
    async fn archived(&self, track: &Track, document: &Document) -> Result<Archived> {
        self.core.readers.with(|connection| {
            let Some((key, _)) = self.core.key(connection, track.id)? else {
                return Ok(Archived::Erased);
            };
            let sealed: Option<Vec<u8>> =
                one(connection, sql::PAYLOAD_READ, [document.payload], |row| {
                    row.get(0)
                })?;
            let Some(sealed) = sealed else {
                return Ok(Archived::Removed);
            };
            // Under a key that was made after an erasure nothing older opens.
            let opened = self.core.kernel.sealer.open_document(&key, &sealed);
            Ok(opened.map_or(Archived::Erased, Archived::Kept))
        })
    }

    async fn archive_edge(&self) -> Result<i64> {
        let last: Option<Option<i64>> = self
            .core
            .readers
            .one(sql::PAYLOAD_LAST, [], |row| row.get(0))?;
        Ok(last.flatten().unwrap_or(0) + 1)
    }

    async fn remove_bodies(&self, walk: Bodies, limit: usize) -> Result<Step> {
        let Bodies { from, until, over } = walk;
        self.run(move |work| {
            let bodies: Vec<(i64, i64)> = all(
                &work.connection,
                sql::PAYLOAD_WALK,
                (from, until, limit),
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let mut removed = 0;
            for (id, track) in &bodies {
                let track = TrackId(*track);
                let held = match work.core.hot.track(track) {
                    Some(track) => Some(track),
                    None => stored(&work.core, &work.connection, track)?
                        .map(|stored| Arc::new(stored.track)),
                };
                if may_go(held.as_deref(), *id, over) {
                    removed += execute(&work.connection, sql::PAYLOAD_REMOVE, [id])?;
                }
            }
            let looked_at: Vec<i64> = bodies.iter().map(|(id, _)| *id).collect();
            Ok(step(removed, &looked_at, limit))
        })
        .await
    }

    async fn remove_attempts(&self, before: i64, limit: usize) -> Result<u64> {
        self.remove(sql::ATTEMPT_REMOVE, before, limit).await
    }

    async fn remove_quarantined(&self, before: i64, limit: usize) -> Result<u64> {
        self.run(move |work| {
            let file = &work.connection;
            let payloads = execute(file, sql::QUARANTINE_REMOVE_PAYLOADS, (before, limit))?;
            let without = execute(file, sql::QUARANTINE_REMOVE, (before, limit - payloads))?;
            Ok((payloads + without) as u64)
        })
        .await
    }
}

impl SqliteStore {
    async fn remove(&self, sql: &'static str, before: i64, limit: usize) -> Result<u64> {
        self.run(move |work| Ok(execute(&work.connection, sql, (before, limit))? as u64))
            .await
    }
}
