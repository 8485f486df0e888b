//! The database's schema: numbered migrations with checksums.
//!
//! Contract: each migration is applied once, in order, in one transaction, under a lock that all
//! nodes take, so that several may start at once on an empty database. Opening only initialises an
//! empty database; a schema of another release is refused, and changed by `upgrade` alone.

use super::connect::{Database, Work};
use super::shipments;
use crate::StoreError;
use sha2::{Digest, Sha256};

/// A step from one schema to the next.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    pub number: i32,
    pub name: &'static str,
    pub text: &'static str,
}

/// All of them, in order.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "spine",
        text: include_str!("sql/migrations/0001_spine.sql"),
    },
    Migration {
        number: shipments::MIGRATION,
        name: "search",
        text: include_str!("sql/migrations/0002_search.sql"),
    },
    Migration {
        number: 3,
        name: "retention",
        text: include_str!("sql/migrations/0003_retention.sql"),
    },
    Migration {
        number: 4,
        name: "work",
        text: include_str!("sql/migrations/0004_work.sql"),
    },
];

/// Any number that nothing else in the database locks.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7241975108)";
const RECORD: &str = "CREATE TABLE IF NOT EXISTS migration (
    number   integer     NOT NULL PRIMARY KEY,
    name     text        NOT NULL,
    checksum bytea       NOT NULL,
    applied  timestamptz NOT NULL DEFAULT now()
)";
const APPLIED: &str = "SELECT number, checksum FROM migration ORDER BY number";
const NOTE: &str = "INSERT INTO migration (number, name, checksum) VALUES ($1, $2, $3)";

/// What opening may do with a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Initialise an empty one, take the current one, refuse any other.
    Open,
    /// Apply what is missing.
    Upgrade,
}

/// Brings the schema to the newest of `migrations`, as far as `mode` allows.
pub async fn migrate(
    database: &Database,
    migrations: &[Migration],
    mode: Mode,
) -> Result<(), StoreError> {
    let work = database.begin().await?;
    work.command(LOCK).await?;
    work.command(RECORD).await?;
    let applied = applied(&work).await?;
    check(&applied, migrations)?;
    let known = migrations.last().map_or(0, |migration| migration.number);
    let found = applied.last().map_or(0, |(number, _)| *number);
    let refused = |advice| {
        Err(StoreError::Schema {
            found: i64::from(found),
            known: i64::from(known),
            advice,
        })
    };
    if found > known {
        return refused("a newer release wrote it: start that release or a later one");
    }
    if found > 0 && found < known && mode == Mode::Open {
        return refused("run `trackway db upgrade` while no older release is running");
    }
    for migration in migrations
        .iter()
        .filter(|migration| migration.number > found)
    {
        apply(&work, migration).await?;
    }
    work.commit().await
}

/// Whether the schema is the newest of `migrations`.
pub async fn check_current(
    database: &Database,
    migrations: &[Migration],
) -> Result<(), StoreError> {
    let work = database.begin().await?;
    let applied = applied(&work).await?;
    work.commit().await?;
    check(&applied, migrations)?;
    let known = migrations.last().map_or(0, |migration| migration.number);
    let found = applied.last().map_or(0, |(number, _)| *number);
    if found == known {
        return Ok(());
    }
    Err(StoreError::Schema {
        found: i64::from(found),
        known: i64::from(known),
        advice: "another release changed it: restart this server with that release",
    })
}

async fn applied(work: &Work) -> Result<Vec<(i32, Vec<u8>)>, StoreError> {
    let rows = work.client().query(APPLIED, &[]).await.map_err(failed)?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Every applied migration that this release knows must be the one that it knows.
fn check(applied: &[(i32, Vec<u8>)], migrations: &[Migration]) -> Result<(), StoreError> {
    let changed = migrations.iter().any(|migration| {
        applied
            .iter()
            .any(|(number, sum)| *number == migration.number && *sum != checksum(migration))
    });
    if changed {
        Err(StoreError::Damaged {
            what: "record of migrations",
        })
    } else {
        Ok(())
    }
}

async fn apply(work: &Work, migration: &Migration) -> Result<(), StoreError> {
    work.client()
        .batch_execute(migration.text)
        .await
        .map_err(failed)?;
    if migration.number == shipments::MIGRATION {
        // Registrations of earlier releases have no references to open.
        shipments::build(work, None).await?;
    }
    let note = (migration.number, migration.name, checksum(migration));
    work.client()
        .execute(NOTE, &[&note.0, &note.1, &note.2])
        .await
        .map_err(failed)?;
    Ok(())
}

fn checksum(migration: &Migration) -> Vec<u8> {
    Sha256::digest(migration.text.as_bytes()).to_vec()
}

fn failed(error: tokio_postgres::Error) -> StoreError {
    StoreError::engine("prepared its schema")(error)
}
