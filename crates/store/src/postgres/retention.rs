//! Removing by age: each step a transaction of its own, which locks nothing that writers want.
//!
//! What a step reads of a track may be older than what it removes: a body that was not the latest
//! never becomes it again, and a shipment that was over and opens again in that moment is told from
//! its statements until its next document comes.

use super::connect::prepared;
use super::work::bounded;
use super::{PostgresStore, sql};
use crate::retention::{Archived, Bodies, Step, may_go, step};
use crate::{Retention, StoreError};
use async_trait::async_trait;
use std::collections::HashMap;
use trackway_model::track::Document;
use trackway_model::{Track, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Retention for PostgresStore {
    async fn archived(&self, track: &Track, document: &Document) -> Result<Archived> {
        let connection = self.database.connection().await?;
        let (payload, key) = futures::try_join!(
            prepared(&connection, &sql::PAYLOAD_READ),
            prepared(&connection, &sql::TRACK_KEY_READ),
        )?;
        let (payload, key) = futures::try_join!(
            async { connection.query_opt(&payload, &[&document.payload]).await },
            async { connection.query_opt(&key, &[&track.id.0]).await },
        )
        .map_err(StoreError::engine(sql::PAYLOAD_READ.doing))?;
        let Some((key, _)) = self.key(key.as_ref())? else {
            return Ok(Archived::Erased);
        };
        let Some(payload) = payload else {
            return Ok(Archived::Removed);
        };
        let opened = self.sealer().open_document(&key, payload.get(0));
        Ok(opened.map_or(Archived::Erased, Archived::Kept))
    }

    async fn archive_edge(&self) -> Result<i64> {
        let row = self.database.row(&sql::PAYLOAD_EDGE, &[]).await?;
        Ok(row.map_or(1, |row| row.get(0)))
    }

    async fn remove_bodies(&self, walk: Bodies, limit: usize) -> Result<Step> {
        let Bodies { from, until, over } = walk;
        let rows = self
            .database
            .rows(&sql::PAYLOAD_WALK, &[&from, &until, &bounded(limit)])
            .await?;
        let bodies: Vec<(i64, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let ids: Vec<i64> = bodies.iter().map(|(_, track)| *track).collect();
        let mut tracks: HashMap<TrackId, Track> = HashMap::new();
        for row in self.database.rows(&sql::TRACK_SOME, &[&ids]).await? {
            let track = Track::decode(row.get(0))?;
            tracks.insert(track.id, track);
        }
        let gone: Vec<i64> = bodies
            .iter()
            .filter(|(id, track)| may_go(tracks.get(&TrackId(*track)), *id, over))
            .map(|(id, _)| *id)
            .collect();
        let removed = if gone.is_empty() {
            0
        } else {
            self.database
                .execute(&sql::PAYLOAD_REMOVE, &[&gone])
                .await?
        };
        let looked_at: Vec<i64> = bodies.iter().map(|(id, _)| *id).collect();
        Ok(step(removed as usize, &looked_at, limit))
    }

    async fn remove_attempts(&self, before: i64, limit: usize) -> Result<u64> {
        let limit = bounded(limit);
        self.database
            .execute(&sql::ATTEMPT_REMOVE, &[&before, &limit])
            .await
    }

    async fn remove_quarantined(&self, before: i64, limit: usize) -> Result<u64> {
        let payloads = self
            .database
            .execute(
                &sql::QUARANTINE_REMOVE_PAYLOADS,
                &[&before, &bounded(limit)],
            )
            .await?;
        let rest = bounded(limit.saturating_sub(payloads as usize));
        let without = self
            .database
            .execute(&sql::QUARANTINE_REMOVE, &[&before, &rest])
            .await?;
        Ok(payloads + without)
    }
}
