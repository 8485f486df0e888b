//! The database file: how connections are opened, and its numbered migrations.
//!
//! Contract: each migration is applied once, in order, all missing ones in one transaction. A file
//! that holds data is copied aside before it is changed. A file that a newer release wrote is refused.

use crate::StoreError;
use rusqlite::{Connection, OpenFlags};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::time::Duration;

/// A step from one schema to the next.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    pub number: i64,
    pub name: &'static str,
    pub text: &'static str,
}

pub const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "spine",
        text: include_str!("sql/migrations/0001_spine.sql"),
    },
    Migration {
        number: 2,
        name: "search",
        text: include_str!("sql/migrations/0002_search.sql"),
    },
    Migration {
        number: 3,
        name: "work",
        text: include_str!("sql/migrations/0003_work.sql"),
    },
];

const RECORD: &str = "CREATE TABLE IF NOT EXISTS migration (
    number   INTEGER NOT NULL PRIMARY KEY,
    name     TEXT    NOT NULL,
    checksum BLOB    NOT NULL
)";
const APPLIED: &str = "SELECT number, checksum FROM migration ORDER BY number";
const NOTE: &str = "INSERT INTO migration (number, name, checksum) VALUES (?1, ?2, ?3)";

/// Settings of every connection. A page of 8 KB holds a chunk of the log; see the writer's own.
const COMMON: &str = "PRAGMA page_size = 8192;
PRAGMA foreign_keys = ON;
PRAGMA temp_store = MEMORY;";
/// The write-ahead log is kept short, so that it stays in the cache and is reused; the writer's page
/// cache is small, because what is hot is held in tracks and not in pages. Deleted keys are
/// overwritten.
const WRITER: &str = "PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA cache_size = -8192;
PRAGMA secure_delete = FAST;";
/// Readers see the file as mapped: the system's cache is theirs, and their own holds next to nothing.
const READER: &str = "PRAGMA query_only = ON;
PRAGMA cache_size = -2048;
PRAGMA mmap_size = 1099511627776;";
/// While something is erased, and after: whether pages that fall free are overwritten as well.
pub const OVERWRITE_ALL: &str = "PRAGMA secure_delete = ON";
pub const OVERWRITE_USED: &str = "PRAGMA secure_delete = FAST";
/// For the backup tools of the operator, which may hold a lock for a moment.
pub const BUSY: Duration = Duration::from_secs(10);
const CACHED_STATEMENTS: usize = 160;

pub fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    open(path, WRITER)
}

pub fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    open(path, READER)
}

fn open(path: &Path, pragmas: &str) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    connection.execute_batch(COMMON).map_err(failed)?;
    connection.execute_batch(pragmas).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    Ok(connection)
}

/// Brings the file to the newest of `migrations`.
pub fn migrate(
    connection: &mut Connection,
    path: &Path,
    migrations: &[Migration],
) -> Result<(), StoreError> {
    connection.execute_batch(RECORD).map_err(failed)?;
    let applied = applied(connection)?;
    check(&applied, migrations)?;
    let found = applied.last().map_or(0, |(number, _)| *number);
    let known = migrations.last().map_or(0, |migration| migration.number);
    if found > known {
        let advice = "a newer release wrote it: start that release or a later one";
        return Err(StoreError::Schema {
            found,
            known,
            advice,
        });
    }
    if found > 0 && found < known {
        copy_aside(connection, path, found)?;
    }
    let transaction = connection.transaction().map_err(failed)?;
    for migration in migrations
        .iter()
        .filter(|migration| migration.number > found)
    {
        transaction.execute_batch(migration.text).map_err(failed)?;
        let note = (migration.number, migration.name, checksum(migration));
        transaction.execute(NOTE, note).map_err(failed)?;
    }
    transaction.commit().map_err(failed)
}

/// Whether the file's schema is the newest of `migrations`.
pub fn check_current(connection: &Connection, migrations: &[Migration]) -> Result<(), StoreError> {
    let applied = applied(connection)?;
    check(&applied, migrations)?;
    let found = applied.last().map_or(0, |(number, _)| *number);
    let known = migrations.last().map_or(0, |migration| migration.number);
    if found == known {
        return Ok(());
    }
    Err(StoreError::Schema {
        found,
        known,
        advice: "another release changed it: restart this server with that release",
    })
}

fn applied(connection: &Connection) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    let mut statement = connection.prepare(APPLIED).map_err(failed)?;
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .map_err(failed)?;
    rows.collect::<Result<_, _>>().map_err(failed)
}

/// Every applied migration that this release knows must be the one that it knows.
fn check(applied: &[(i64, Vec<u8>)], migrations: &[Migration]) -> Result<(), StoreError> {
    let other = |(number, sum): &(i64, Vec<u8>)| {
        migrations
            .iter()
            .any(|known| known.number == *number && checksum(known) != *sum)
    };
    if applied.iter().any(other) {
        return Err(StoreError::Damaged {
            what: "record of migrations",
        });
    }
    Ok(())
}

/// Keeps the file as it is under a name of its own, replacing what a broken attempt left there.
fn copy_aside(connection: &Connection, path: &Path, found: i64) -> Result<(), StoreError> {
    let copy = path.with_extension(format!("schema-{found}.db"));
    if copy.exists() {
        std::fs::remove_file(&copy).map_err(StoreError::engine("replaced an older copy"))?;
    }
    let copy = copy.to_str().ok_or(StoreError::Damaged {
        what: "folder's name",
    })?;
    connection
        .execute("VACUUM INTO ?1", [copy])
        .map_err(failed)?;
    Ok(())
}

fn checksum(migration: &Migration) -> Vec<u8> {
    Sha256::digest(migration.text.as_bytes()).to_vec()
}

fn failed(error: rusqlite::Error) -> StoreError {
    StoreError::engine("opened its file")(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    const NEXT: Migration = Migration {
        number: 4,
        name: "more",
        text: "CREATE TABLE more (id INTEGER PRIMARY KEY);",
    };

    fn with_next() -> Vec<Migration> {
        [MIGRATIONS, &[NEXT]].concat()
    }

    #[test]
    fn migrates_once_and_copies_data_aside_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let mut connection = open_writer(&path).unwrap();
        migrate(&mut connection, &path, MIGRATIONS).unwrap();
        migrate(&mut connection, &path, MIGRATIONS).unwrap();
        connection
            .execute("INSERT INTO account (name, created) VALUES ('a', 1)", [])
            .unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
        let more = with_next();
        migrate(&mut connection, &path, &more).unwrap();
        let copy = open_reader(&path.with_extension("schema-3.db")).unwrap();
        let name: String = copy
            .query_row("SELECT name FROM account", [], |row| row.get(0))
            .unwrap();
        assert_eq!(name, "a");
        assert!(copy.prepare("SELECT id FROM more").is_err());
    }

    #[test]
    fn refuses_a_newer_file_and_a_changed_migration() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let mut connection = open_writer(&path).unwrap();
        migrate(&mut connection, &path, &with_next()).unwrap();
        let newer = migrate(&mut connection, &path, MIGRATIONS);
        assert!(matches!(
            newer,
            Err(StoreError::Schema {
                found: 4,
                known: 3,
                ..
            })
        ));
        let other = Migration {
            text: "CREATE TABLE other (id INTEGER);",
            ..NEXT
        };
        let changed = migrate(&mut connection, &path, &[MIGRATIONS, &[other]].concat());
        assert!(matches!(changed, Err(StoreError::Damaged { .. })));
    }

    #[test]
    fn every_statement_prepares() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let mut connection = open_writer(&path).unwrap();
        migrate(&mut connection, &path, MIGRATIONS).unwrap();
        for (name, text) in super::super::sql::ALL {
            if let Err(error) = connection.prepare(text)
                && !name.starts_with("savepoint_")
            {
                panic!("{name}: {error}");
            }
        }
    }

    #[test]
    fn hot_statements_use_their_keys() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let mut connection = open_writer(&path).unwrap();
        migrate(&mut connection, &path, MIGRATIONS).unwrap();
        let mut plans = String::new();
        let hot = |name: &str| !name.starts_with("savepoint") && !name.ends_with("_all");
        for (name, text) in super::super::sql::ALL.iter().filter(|(name, _)| hot(name)) {
            let mut statement = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {text}"))
                .unwrap();
            let count = statement.parameter_count();
            let values = vec![rusqlite::types::Value::Integer(1); count];
            let rows = statement
                .query_map(rusqlite::params_from_iter(values), |row| {
                    row.get::<_, String>(3)
                })
                .unwrap();
            let steps: Vec<_> = rows.map(Result::unwrap).collect();
            if !steps.is_empty() {
                writeln!(plans, "{name}: {}", steps.join("; ")).unwrap();
            }
        }
        insta::assert_snapshot!("plans", plans);
    }
}
