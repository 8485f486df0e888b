//! The file as the source and the target of a copy.
//!
//! Contract: a source reads one snapshot in which rows and log agree (the file of a store that was
//! closed, or the writer's snapshot). A target is a new file without a journal: it is complete after
//! `finish` or worth nothing, and nobody opens it before. What the engine derives is written here:
//! the index of numbers, shards, how many tracks and statements the log holds, and the mark that
//! no row is older than the log; the pages of columns are built by the first start. Of the running counts beside the log's rows only the last is ever
//! read, and only that one is exact here.

use super::recover::INSTALLATION;
use super::schema::{self, MIGRATIONS};
use super::sweep::LOW;
use super::work::shard;
use super::{FILE, SqliteStore, hot};
use crate::StoreError;
use crate::copy::{Column, PAGE_BYTES, PAGE_ROWS, Row, Source, Table, Target, Value};
use crate::log::{Chunk, Entry, entries};
use async_trait::async_trait;
use rusqlite::types::{ToSqlOutput, Value as Sql, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql, params_from_iter};
use std::path::Path;
use trackway_model::{Track, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

/// Settings of a file that is thrown away when anything fails.
const TARGET: &str = "PRAGMA page_size = 8192;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA cache_size = -65536;
PRAGMA foreign_keys = OFF;
PRAGMA temp_store = MEMORY;";
/// Leaves a file that needs no others beside it.
const ALONE: &str = "PRAGMA journal_mode = DELETE";

fn failed(error: rusqlite::Error) -> StoreError {
    StoreError::engine("copied its file")(error)
}

const fn damaged(what: &'static str) -> StoreError {
    StoreError::Damaged { what }
}

/// The column's name in the file, where it has another.
fn name(table: &Table, column: &Column) -> &'static str {
    match (table.name, column.name) {
        ("log", "id") => "chunk",
        (_, name) => name,
    }
}

fn names(table: &Table, columns: &[Column]) -> String {
    let names: Vec<_> = columns.iter().map(|column| name(table, column)).collect();
    names.join(", ")
}

fn places(from: usize, count: usize) -> String {
    let places: Vec<_> = (from..from + count).map(|at| format!("?{at}")).collect();
    places.join(", ")
}

/// Rows in key order; `after`: those behind a key.
fn select(table: &Table, after: bool) -> String {
    let key = names(table, &table.columns[..table.key]);
    let columns = names(table, table.columns);
    let mut conditions = Vec::new();
    if table.is("meta") {
        // Numbers are the engine's own marks of how far it has come.
        conditions.push("typeof(value) <> 'integer'".to_owned());
    }
    if after {
        conditions.push(format!("({key}) > ({})", places(1, table.key)));
    }
    let mut sql = format!("SELECT {columns} FROM {}", table.name);
    if !conditions.is_empty() {
        sql = format!("{sql} WHERE {}", conditions.join(" AND "));
    }
    format!("{sql} ORDER BY {key} LIMIT {PAGE_ROWS}")
}

/// Columns that only the file has.
fn derived(table: &Table) -> &'static [&'static str] {
    match table.name {
        "log" => &["tracks", "statements"],
        "track" => &["shard", "upto"],
        "registration" => &["shard", "chunk", "amended"],
        "poll" => &["shard"],
        _ => &[],
    }
}

fn insert(table: &Table) -> String {
    let more = derived(table);
    let mut into = vec![names(table, table.columns)];
    into.extend(more.iter().map(|name| (*name).to_owned()));
    format!(
        "INSERT INTO {} ({}) VALUES ({})",
        table.name,
        into.join(", "),
        places(1, table.columns.len() + more.len())
    )
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Long(value) => ValueRef::Integer(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

fn value(read: ValueRef<'_>) -> Result<Value> {
    Ok(match read {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Long(value),
        ValueRef::Text(value) => Value::Text(
            std::str::from_utf8(value)
                .map_err(|_| damaged("text"))?
                .to_owned(),
        ),
        ValueRef::Blob(value) => Value::Bytes(value.to_vec()),
        ValueRef::Real(_) => return Err(damaged("number")),
    })
}

/// The file as it is read.
pub struct FileSource {
    connection: Option<Connection>,
    /// The table being read, and the last key of its last page.
    at: Option<(&'static str, Row)>,
}

impl FileSource {
    /// A connection with an open snapshot.
    pub const fn of(connection: Connection) -> Self {
        Self {
            connection: Some(connection),
            at: None,
        }
    }

    /// A file that nobody writes to, without its side files.
    pub fn open(path: &Path) -> Result<Self> {
        let connection = read_only(path)?;
        let low: Option<i64> =
            super::readers::one(&connection, super::sql::META_GET, [LOW], |row| row.get(0))?;
        let last = super::readers::one(&connection, super::sql::LOG_LAST, [], |row| {
            row.get::<_, i64>(0)
        })?;
        // Rows that are older than the log would be copied as they are.
        if last.is_some_and(|last| low.unwrap_or(1) <= last) {
            return Err(damaged("copy: its rows are older than its log"));
        }
        Ok(Self::of(connection))
    }
}

/// Opens a file for reading, which no other process may write to meanwhile.
pub fn read_only(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    schema::check_current(&connection, MIGRATIONS)?;
    Ok(connection)
}

#[async_trait]
impl Source for FileSource {
    async fn page(&mut self, table: &'static Table) -> Result<Vec<Row>> {
        let connection = self.connection.take().ok_or(damaged("copy"))?;
        let after = match self.at.take() {
            Some((name, key)) if name == table.name => Some(key),
            _ => None,
        };
        let read = tokio::task::spawn_blocking(move || {
            let rows = page(&connection, table, after.as_deref());
            (connection, rows)
        });
        let (connection, rows) = read.await.map_err(StoreError::engine("read a copy"))?;
        self.connection = Some(connection);
        let rows = rows?;
        self.at = rows
            .last()
            .map(|last| (table.name, last[..table.key].to_vec()));
        Ok(rows)
    }
}

fn page(connection: &Connection, table: &Table, after: Option<&[Value]>) -> Result<Vec<Row>> {
    let sql = select(table, after.is_some());
    let mut statement = connection.prepare_cached(&sql).map_err(failed)?;
    // A secret's wrapped bytes are text in the form that engines share.
    let key = params_from_iter(after.unwrap_or_default());
    let mut found = statement.query(key).map_err(failed)?;
    let (mut rows, mut bytes) = (Vec::new(), 0);
    while bytes < PAGE_BYTES
        && let Some(read) = found.next().map_err(failed)?
    {
        let values = (0..table.columns.len()).map(|at| value(read.get_ref(at).map_err(failed)?));
        let mut row = values.collect::<Result<Row>>()?;
        if table.is("meta") {
            shared_meta(&mut row)?;
        }
        bytes += row.iter().map(Value::size).sum::<usize>();
        rows.push(row);
    }
    Ok(rows)
}

/// The installation's secret is bytes in the file, and text elsewhere.
fn shared_meta(row: &mut Row) -> Result<()> {
    let text = match &row[1] {
        Value::Bytes(bytes) => hex::encode(bytes),
        Value::Text(text) => text.clone(),
        Value::Null | Value::Long(_) => return Err(damaged("setting")),
    };
    row[1] = Value::Text(text);
    Ok(())
}

/// The file as it is written.
pub struct FileTarget {
    state: Option<Writing>,
}

struct Writing {
    connection: Connection,
    tracks: i64,
    /// Statements that tracks hold.
    statements: i64,
    /// Statements in the log so far, versions included.
    told: i64,
    /// The log's last chunk.
    last: i64,
}

impl FileTarget {
    /// Begins a new file; one that is there is not touched.
    pub fn create(path: &Path) -> Result<Self> {
        if path.exists() {
            return Err(StoreError::Exists {
                what: "file",
                name: path.display().to_string(),
            });
        }
        let mut connection = Connection::open(path).map_err(failed)?;
        connection.execute_batch(TARGET).map_err(failed)?;
        schema::migrate(&mut connection, path, MIGRATIONS)?;
        connection.execute_batch("BEGIN").map_err(failed)?;
        Ok(Self {
            state: Some(Writing {
                connection,
                tracks: 0,
                statements: 0,
                told: 0,
                last: 0,
            }),
        })
    }

    async fn away(
        &mut self,
        job: impl FnOnce(&mut Writing) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        let mut state = self.state.take().ok_or(damaged("copy"))?;
        let wrote = tokio::task::spawn_blocking(move || {
            let outcome = job(&mut state);
            (state, outcome)
        });
        let (state, outcome) = wrote.await.map_err(StoreError::engine("wrote a copy"))?;
        self.state = Some(state);
        outcome
    }
}

#[async_trait]
impl Target for FileTarget {
    async fn write(&mut self, table: &'static Table, rows: Vec<Row>) -> Result<()> {
        self.away(move |writing| writing.rows(table, rows)).await
    }

    async fn finish(&mut self) -> Result<()> {
        self.away(Writing::finish).await
    }
}

impl Writing {
    fn rows(&mut self, table: &Table, rows: Vec<Row>) -> Result<()> {
        let sql = insert(table);
        for mut row in rows {
            self.derive(table, &mut row)?;
            let mut statement = self.connection.prepare_cached(&sql).map_err(failed)?;
            statement.execute(params_from_iter(&row)).map_err(failed)?;
        }
        Ok(())
    }

    /// Appends what only the file has.
    fn derive(&mut self, table: &Table, row: &mut Row) -> Result<()> {
        match table.name {
            "meta" if row[0].text() == Some(INSTALLATION) => {
                let text = row[1].text().unwrap_or_default();
                let secret = hex::decode(text).map_err(|_| damaged("installation secret"))?;
                row[1] = Value::Bytes(secret);
            }
            "log" => {
                self.entries(row)?;
                row.extend([Value::Long(self.tracks), Value::Long(self.told)]);
            }
            "track" => self.track(row)?,
            "registration" | "poll" => {
                let track = table.at("track").and_then(|at| row[at].long());
                let track = track.ok_or(damaged("track"))?;
                row.push(Value::Long(shard(TrackId(track))));
                if table.is("registration") {
                    // Before the rows' mark: the first start builds the pages, and takes it there.
                    row.extend([Value::Long(0), Value::Null]);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn entries(&mut self, row: &Row) -> Result<()> {
        let number = row[0].long().ok_or(damaged("log"))?;
        let bytes = row[1].bytes().ok_or(damaged("log"))?;
        self.last = number;
        for entry in entries(Chunk { number, bytes }) {
            match entry.map_err(|_| damaged("log"))?.1 {
                Entry::TrackOpened { .. } => self.tracks += 1,
                Entry::Statement(_) => self.told += 1,
                _ => {}
            }
        }
        Ok(())
    }

    /// A track's row holds all that the log says, and its number leads to it.
    fn track(&mut self, row: &mut Row) -> Result<()> {
        let body = row[1].bytes().ok_or(damaged("track"))?;
        let track = Track::decode(body).map_err(|_| damaged("track"))?;
        self.statements += track.spine.len() as i64;
        let key = hot::number_key(&track.number);
        let number = String::from_utf8_lossy(&key);
        let (carrier, account) = (&*track.carrier, track.account.0);
        super::readers::execute(
            &self.connection,
            super::sql::NUMBER_WRITE,
            (number, carrier, account, track.id.0),
        )?;
        row.extend([Value::Long(shard(track.id)), Value::Long(self.last + 1)]);
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        let counts = "UPDATE log SET tracks = ?2, statements = ?3 WHERE chunk = ?1";
        self.connection
            .execute(counts, (self.last, self.tracks, self.statements))
            .map_err(failed)?;
        let low = (LOW, Sql::Integer(self.last + 1));
        super::readers::execute(&self.connection, super::sql::META_SET, low)?;
        self.connection.execute_batch("COMMIT").map_err(failed)
    }
}

/// Makes a closed store's file one file again, without side files, and sees it to the disk. False
/// while somebody still has it open: a store that was closed lets its readers go a moment later.
pub fn alone(path: &Path) -> Result<bool> {
    let connection = Connection::open(path).map_err(failed)?;
    let mode = connection.query_row(ALONE, [], |row| row.get::<_, String>(0));
    match mode {
        Ok(mode) if mode == "delete" => {}
        Ok(_) => return Ok(false),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
            return Ok(false);
        }
        Err(error) => return Err(failed(error)),
    }
    connection.close().map_err(|(_, error)| failed(error))?;
    let file = std::fs::File::open(path).map_err(StoreError::engine("wrote a copy"))?;
    file.sync_all()
        .map_err(StoreError::engine("wrote a copy"))?;
    Ok(true)
}

/// Fails where the engine finds its file damaged.
pub fn check(path: &Path) -> Result<()> {
    let connection = read_only(path)?;
    let told: String = connection
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .map_err(failed)?;
    if told == "ok" {
        return Ok(());
    }
    Err(StoreError::engine("checked its file")(told))
}

impl SqliteStore {
    /// Everything as it is now, with rows and log in agreement.
    pub(crate) async fn source(&self) -> Result<FileSource> {
        Ok(FileSource::of(self.queue()?.snapshot(&self.core).await?))
    }

    /// Everything that was committed before the call, in a new file, which may be behind its log as
    /// after a crash. Writers go on: it reads one snapshot. What was deleted is not in it.
    pub(crate) async fn vacuum_into(&self, file: &Path) -> Result<()> {
        let (from, to) = (self.core.path.clone(), file.to_owned());
        let connection = schema::open_reader(&from)?;
        let copied = tokio::task::spawn_blocking(move || {
            let to = to.to_str().ok_or(damaged("folder's name"))?;
            connection
                .execute_batch("PRAGMA query_only = OFF")
                .map_err(failed)?;
            connection.execute("VACUUM INTO ?1", [to]).map_err(failed)?;
            Ok(())
        });
        copied
            .await
            .map_err(StoreError::engine("copied its file"))?
    }
}

/// The store's file in a folder.
pub fn file(dir: &Path) -> std::path::PathBuf {
    dir.join(FILE)
}

#[cfg(test)]
mod tests;
