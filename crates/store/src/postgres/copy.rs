//! The database as the source and the target of a copy.
//!
//! Contract: a source reads one snapshot of the database while writers go on. A target must be empty,
//! and is written in one transaction that ends with `finish`: nothing is there before, or after a
//! failure. What the engine derives is written here: the index of numbers, shards, the blind index
//! of connections' settings, the tables for searching, the feed's next number, and sequences that go
//! on behind the ids that came.

mod statements;

use super::connect::{Database, Work};
use super::migrate::{self, MIGRATIONS, Mode};
use super::numbers::NumberKey;
use super::{FEED_SHARDS, INSTALLATION, PostgresStore, records, shipments, sql};
use crate::copy::{
    Contents, Kind, PAGE_BYTES, PAGE_ROWS, Row, Source, Table, Target, Told, Value, copy,
};
use crate::seal::Sealer;
use crate::{StoreConfig, StoreError};
use async_trait::async_trait;
use futures::TryStreamExt;
use statements::{GO_ON, HELD, NEXT_NUMBER, insert, select};
use std::pin::Pin;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row as Read, RowStream};
use trackway_model::Track;

type Result<T> = std::result::Result<T, StoreError>;
type Parameter = Box<dyn ToSql + Send + Sync>;

/// The form that engines share knows one shard of the feed.
const _: () = assert!(FEED_SHARDS == 1);

const SNAPSHOT: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";

fn failed(error: tokio_postgres::Error) -> StoreError {
    StoreError::engine("copied its database")(error)
}

const fn damaged(what: &'static str) -> StoreError {
    StoreError::Damaged { what }
}

type Rows = Pin<Box<RowStream>>;

/// The database as it is read.
pub struct DatabaseSource {
    work: Work,
    /// The table being read; no rows once it is at its end.
    at: Option<(&'static str, Option<Rows>)>,
}

impl DatabaseSource {
    pub async fn open(database: &Database) -> Result<Self> {
        let work = database.begin().await?;
        work.command(SNAPSHOT).await?;
        Ok(Self { work, at: None })
    }
}

#[async_trait]
impl Source for DatabaseSource {
    async fn page(&mut self, table: &'static Table) -> Result<Vec<Row>> {
        let mut rows = match self.at.take() {
            Some((name, Some(rows))) if name == table.name => rows,
            Some((name, None)) if name == table.name => return Ok(Vec::new()),
            _ => {
                let all = std::iter::empty::<&(dyn ToSql + Sync)>();
                let rows = self.work.client().query_raw(&select(table), all).await;
                Box::pin(rows.map_err(failed)?)
            }
        };
        let (mut page, mut bytes) = (Vec::new(), 0);
        while page.len() < PAGE_ROWS && bytes < PAGE_BYTES {
            let Some(row) = rows.try_next().await.map_err(failed)? else {
                self.at = Some((table.name, None));
                return Ok(page);
            };
            let values = table.columns.iter().enumerate();
            let row: Row = values
                .map(|(at, column)| value(&row, at, column.kind))
                .collect::<Result<_>>()?;
            bytes += row.iter().map(Value::size).sum::<usize>();
            page.push(row);
        }
        self.at = Some((table.name, Some(rows)));
        Ok(page)
    }
}

fn value(row: &Read, at: usize, kind: Kind) -> Result<Value> {
    let long = |value: Option<i64>| value.map_or(Value::Null, Value::Long);
    Ok(match kind {
        Kind::Long => long(row.try_get(at).map_err(failed)?),
        Kind::Int => long(
            row.try_get::<_, Option<i32>>(at)
                .map_err(failed)?
                .map(i64::from),
        ),
        Kind::Short => long(
            row.try_get::<_, Option<i16>>(at)
                .map_err(failed)?
                .map(i64::from),
        ),
        Kind::Bool => long(
            row.try_get::<_, Option<bool>>(at)
                .map_err(failed)?
                .map(i64::from),
        ),
        Kind::Text | Kind::Words => {
            let text: Option<String> = row.try_get(at).map_err(failed)?;
            text.map_or(Value::Null, Value::Text)
        }
        Kind::Bytes => {
            let bytes: Option<Vec<u8>> = row.try_get(at).map_err(failed)?;
            bytes.map_or(Value::Null, Value::Bytes)
        }
    })
}

/// The database as it is written.
pub struct DatabaseTarget {
    work: Option<Work>,
    config: StoreConfig,
    /// Opens what a blind index is made of; known once the settings of the installation are.
    sealer: Option<Sealer>,
}

impl DatabaseTarget {
    /// Begins in an empty database, whose schema is made where it is missing.
    pub async fn open(url: &str, config: StoreConfig) -> Result<Self> {
        let database = Database::new(url, 1)?;
        migrate::migrate(&database, MIGRATIONS, Mode::Open).await?;
        let work = database.begin().await?;
        let held = work.client().query_one(HELD, &[]).await.map_err(failed)?;
        if held.get(0) {
            return Err(StoreError::NotEmpty { place: named(url) });
        }
        Ok(Self {
            work: Some(work),
            config,
            sealer: None,
        })
    }

    fn work(&self) -> Result<&Work> {
        self.work.as_ref().ok_or(damaged("copy"))
    }

    /// Inserts columns of values.
    async fn insert(&self, sql: &str, parameters: &[Parameter]) -> Result<()> {
        let client = self.work()?.client();
        let statement = client.prepare_cached(sql).await.map_err(failed)?;
        let parameters: Vec<&(dyn ToSql + Sync)> = parameters
            .iter()
            .map(|parameter| &**parameter as &(dyn ToSql + Sync))
            .collect();
        client
            .execute(&statement, &parameters)
            .await
            .map_err(failed)?;
        Ok(())
    }

    fn open_sealer(&mut self, rows: &[Row]) -> Result<()> {
        let secret = rows
            .iter()
            .find(|row| row[0].text() == Some(INSTALLATION))
            .and_then(|row| row[1].text());
        let Some(secret) = secret else { return Ok(()) };
        let wrapped = hex::decode(secret).map_err(|_| damaged("installation secret"))?;
        let StoreConfig {
            master,
            entropy,
            rules,
            dictionaries,
            ..
        } = &self.config;
        let (master, entropy) = (master.clone(), entropy.clone());
        let sealer = Sealer::open(master, entropy, &wrapped, rules.streams, dictionaries)?;
        self.sealer = Some(sealer);
        Ok(())
    }

    /// The index by which tracks are found.
    async fn numbers(&self, tracks: &[Track]) -> Result<()> {
        let mut keys: Vec<_> = tracks
            .iter()
            .map(|track| (key_of(track), track.id.0))
            .collect();
        keys.sort_unstable();
        let column = |of: &dyn Fn(&NumberKey) -> Vec<u8>| -> Vec<Vec<u8>> {
            keys.iter().map(|(key, _)| of(key)).collect()
        };
        let numbers = column(&|key| key.number.clone());
        let carriers = column(&|key| key.carrier.clone());
        let accounts: Vec<i64> = keys.iter().map(|(key, _)| key.account).collect();
        let ids: Vec<i64> = keys.iter().map(|(_, id)| *id).collect();
        self.work()?
            .execute(&sql::NUMBER_CREATE, &[&numbers, &carriers, &accounts, &ids])
            .await?;
        Ok(())
    }

    /// The index by which a connection is found by what a webhook proves.
    async fn settings(&self, table: &Table, rows: &[Row]) -> Result<()> {
        let sealer = self.sealer.as_ref().ok_or(damaged("installation secret"))?;
        let column = |row: &'_ Row, name| table.at(name).map(|at| row[at].clone());
        for row in rows {
            let sealed = column(row, "settings");
            let sealed = sealed.as_ref().and_then(Value::bytes).unwrap_or_default();
            let settings = sealer.open_settings(records::CONNECTION_SETTINGS, sealed)?;
            let (names, hashes): (Vec<&str>, Vec<Vec<u8>>) = settings
                .iter()
                .map(|(name, value)| {
                    let hash = sealer.installation().blind(name, value);
                    (name.as_str(), hash.to_vec())
                })
                .unzip();
            let (dialect, id) = (column(row, "dialect"), row[0].long());
            let dialect = dialect.as_ref().and_then(Value::text);
            self.work()?
                .execute(
                    &sql::CONNECTION_SETTING_CREATE,
                    &[&dialect, &names, &hashes, &id],
                )
                .await?;
        }
        Ok(())
    }
}

/// A database's address without its password.
fn named(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((_, place)) => place.to_owned(),
        None => "the database".to_owned(),
    }
}

fn key_of(track: &Track) -> NumberKey {
    NumberKey::new(track.account, &track.carrier, &track.number)
}

#[async_trait]
impl Target for DatabaseTarget {
    async fn write(&mut self, table: &'static Table, rows: Vec<Row>) -> Result<()> {
        let mut more: Vec<Parameter> = Vec::new();
        if table.is("meta") {
            self.open_sealer(&rows)?;
        }
        if table.is("track") {
            let decode = |row: &Row| Track::decode(row[1].bytes().unwrap_or_default());
            let tracks: Vec<Track> = rows
                .iter()
                .map(decode)
                .collect::<std::result::Result<_, _>>()?;
            let shards: Vec<i16> = tracks.iter().map(|track| key_of(track).shard()).collect();
            let statements: Vec<i32> = tracks.iter().map(|t| t.spine.len() as i32).collect();
            more.extend([Box::new(shards) as Parameter, Box::new(statements)]);
            self.numbers(&tracks).await?;
        }
        let settings = if table.is("connection") {
            rows.clone()
        } else {
            Vec::new()
        };
        let mut columns = columns(table, rows);
        columns.extend(more);
        self.insert(&insert(table), &columns).await?;
        self.settings(table, &settings).await
    }

    async fn finish(&mut self) -> Result<()> {
        shipments::build(self.work()?, self.sealer.as_ref()).await?;
        let client = self.work()?.client();
        client.batch_execute(NEXT_NUMBER).await.map_err(failed)?;
        client.batch_execute(GO_ON).await.map_err(failed)?;
        let work = self.work.take().ok_or(damaged("copy"))?;
        work.commit().await
    }
}

/// One array for each column.
fn columns(table: &Table, rows: Vec<Row>) -> Vec<Parameter> {
    let mut rows: Vec<_> = rows.into_iter().map(Vec::into_iter).collect();
    let mut column = |kind: Kind| {
        let values = rows.iter_mut().map(|row| row.next().unwrap_or(Value::Null));
        match kind {
            Kind::Long => longs(values, |value| value),
            Kind::Int => longs(values, |value| value as i32),
            Kind::Short => longs(values, |value| value as i16),
            Kind::Bool => longs(values, |value| value != 0),
            Kind::Text | Kind::Words => {
                let texts: Vec<Option<String>> = values
                    .map(|value| value.text().map(str::to_owned))
                    .collect();
                Box::new(texts)
            }
            Kind::Bytes => {
                let bytes = values.map(|value| match value {
                    Value::Bytes(bytes) => Some(bytes),
                    Value::Null | Value::Long(_) | Value::Text(_) => None,
                });
                Box::new(bytes.collect::<Vec<_>>())
            }
        }
    };
    table.columns.iter().map(|of| column(of.kind)).collect()
}

fn longs<T>(values: impl Iterator<Item = Value>, as_kind: impl Fn(i64) -> T) -> Parameter
where
    T: ToSql + Send + Sync + 'static,
    Vec<Option<T>>: ToSql,
{
    let values: Vec<Option<T>> = values.map(|value| value.long().map(&as_kind)).collect();
    Box::new(values)
}

impl PostgresStore {
    /// Fills an empty database. Returns what the source held.
    pub(crate) async fn fill(
        url: &str,
        config: &StoreConfig,
        source: &mut dyn Source,
        told: Told<'_>,
    ) -> Result<Contents> {
        let mut target = DatabaseTarget::open(url, config.clone()).await?;
        copy(source, &mut target, told).await
    }

    /// Everything in one snapshot of the database.
    pub(crate) async fn source(&self) -> Result<DatabaseSource> {
        DatabaseSource::open(&self.database).await
    }
}

#[cfg(test)]
mod tests;
