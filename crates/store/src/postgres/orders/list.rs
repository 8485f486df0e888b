//! Lists of records.

use super::super::connect::Database;
use super::super::sql;
use super::{Result, bounded, row, short};
use crate::orders::Range;
use crate::orders::query::{
    Counts, Demand, Gather, Gathered, Plan, Sample, Walk, bounds, demands, page as page_of, places,
    plain,
};
use crate::seal::Sealer;
use std::collections::HashMap;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use trackway_model::AccountId;
use trackway_model::orders::{Record, RecordPage, RecordQuery, Total};

/// A list being made.
struct List<'a> {
    database: &'a Database,
    account: i64,
    kind: i16,
    query: &'a RecordQuery,
    limit: i64,
    /// Records that are looked at to count or to sort them.
    most: usize,
}

/// Demands on facets as a statement takes them.
struct Demands {
    numbers: Vec<i64>,
    facets: Vec<i16>,
    values: Vec<i64>,
    count: i64,
}

/// Ranges as a statement takes them.
struct Ranges {
    facets: Vec<i16>,
    values: Vec<i64>,
    alsos: Vec<i64>,
}

impl Ranges {
    fn of(ranges: &[Range]) -> Self {
        Self {
            facets: ranges.iter().map(|range| short(range.facet)).collect(),
            values: ranges.iter().map(|range| range.value).collect(),
            alsos: ranges.iter().map(|range| range.also).collect(),
        }
    }
}

impl Demands {
    fn of(others: &[Demand]) -> Self {
        Self {
            numbers: others.iter().map(|(number, ..)| *number).collect(),
            facets: others
                .iter()
                .map(|(_, facet, _)| short(facet.number()))
                .collect(),
            values: others.iter().map(|(.., value)| *value).collect(),
            count: demands(others),
        }
    }
}

pub async fn page(
    database: &Database,
    sealer: &Sealer,
    account: AccountId,
    query: &RecordQuery,
    most: usize,
) -> Result<RecordPage> {
    let query = &plain(query);
    let list = List {
        database,
        account: account.0,
        kind: short(query.kind.number()),
        query,
        limit: bounded(query.limit as usize),
        most,
    };
    let counts = list.counts().await?;
    let (ids, total) = match Plan::of(sealer, account, query, &counts, most) {
        Plan::Nothing => (Vec::new(), Total::Exact(0)),
        Plan::Walk(walk) => list.walk(&walk).await?,
        Plan::Gather(from, others) => match list.gather(&from).await? {
            ids if ids.len() <= most => list.sift(ids, &others).await?,
            _ if matches!(from, Gather::Changed) => {
                list.walk(&Plan::instead(query, &counts)).await?
            }
            ids => {
                let newest = ids[ids.len() - most..].to_vec();
                let (ids, total) = list.sift(newest, &others).await?;
                (ids, Total::About(total.count()))
            }
        },
    };
    let rows = database.rows(&sql::RECORD_SOME, &[&ids]).await?;
    let mut found: HashMap<i64, Record> = HashMap::with_capacity(rows.len());
    for stored in &rows {
        let record = row(stored).open(sealer)?;
        found.insert(record.id.0, record);
    }
    let records = ids.iter().filter_map(|id| found.remove(id)).collect();
    Ok(RecordPage { records, total })
}

impl List<'_> {
    async fn counts(&self) -> Result<Counts> {
        let asked = Plan::asks(self.query);
        let Ranges {
            facets,
            values,
            alsos,
        } = Ranges::of(&asked);
        let key: [&(dyn ToSql + Sync); 5] = [&self.account, &self.kind, &facets, &values, &alsos];
        let rows = self.database.rows(&sql::RECORD_COUNT_READ, &key).await?;
        let count = |row: &Row| {
            let (number, count): (i64, i64) = (row.get(0), row.get(1));
            let at = usize::try_from(number - 1).ok()?;
            Some((*asked.get(at)?, count.unsigned_abs()))
        };
        Ok(rows.iter().filter_map(count).collect())
    }

    async fn walk(&self, walk: &Walk) -> Result<(Vec<i64>, Total)> {
        let rows = if walk.by_change {
            self.by_change(walk).await?
        } else {
            self.by_creation(walk).await?
        };
        let ids = ids_of(&rows);
        if walk.is_counted(self.query) {
            return Ok((ids, Total::Exact(walk.count)));
        }
        let sample = self.sample(walk).await?;
        Ok((ids, walk.total(self.query, sample, self.most)))
    }

    async fn sample(&self, walk: &Walk) -> Result<Sample> {
        let (from, to) = bounds(self.query.created);
        let (changed_from, changed_to) = bounds(self.query.updated);
        let bounded = self.query.updated != (None, None);
        let (ranges, demands) = (Ranges::of(&walk.along), Demands::of(&walk.others));
        let most = self.most as i64;
        let rows = self
            .database
            .rows(
                &sql::RECORD_SAMPLE,
                &[
                    &self.account,
                    &self.kind,
                    &ranges.facets,
                    &ranges.values,
                    &ranges.alsos,
                    &from,
                    &to,
                    &bounded,
                    &changed_from,
                    &changed_to,
                    &demands.numbers,
                    &demands.facets,
                    &demands.values,
                    &demands.count,
                    &most,
                ],
            )
            .await?;
        let count = |row: &Row, column| row.get::<_, i64>(column);
        let sample = rows.first().map(|row| Sample {
            seen: count(row, 0).unsigned_abs(),
            fitting: count(row, 1).unsigned_abs(),
            last: count(row, 2),
        });
        Ok(sample.unwrap_or_default())
    }

    async fn by_creation(&self, walk: &Walk) -> Result<Vec<Row>> {
        let (from, before) = places(self.query.created, self.query.sort, self.query.after);
        let (changed_from, changed_to) = bounds(self.query.updated);
        let bounded = self.query.updated != (None, None);
        let (ranges, demands) = (Ranges::of(&walk.along), Demands::of(&walk.others));
        let statement = if self.query.sort.is_descending() {
            &sql::RECORD_WALK_NEWEST
        } else {
            &sql::RECORD_WALK_OLDEST
        };
        let needed = self.offset().saturating_add(self.limit);
        self.database
            .rows(
                statement,
                &[
                    &self.account,
                    &self.kind,
                    &ranges.facets,
                    &ranges.values,
                    &ranges.alsos,
                    &from.0,
                    &from.1,
                    &before.0,
                    &before.1,
                    &bounded,
                    &changed_from,
                    &changed_to,
                    &demands.numbers,
                    &demands.facets,
                    &demands.values,
                    &demands.count,
                    &needed,
                    &self.limit,
                    &self.offset(),
                ],
            )
            .await
    }

    async fn by_change(&self, walk: &Walk) -> Result<Vec<Row>> {
        let (created_from, created_to) = bounds(self.query.created);
        let (from, before) = places(self.query.updated, self.query.sort, self.query.after);
        let demands = Demands::of(&walk.others);
        let statement = if self.query.sort.is_descending() {
            &sql::RECORD_WALK_UPDATED
        } else {
            &sql::RECORD_WALK_UNCHANGED
        };
        self.database
            .rows(
                statement,
                &[
                    &self.account,
                    &self.kind,
                    &from.0,
                    &from.1,
                    &before.0,
                    &before.1,
                    &created_from,
                    &created_to,
                    &demands.numbers,
                    &demands.facets,
                    &demands.values,
                    &demands.count,
                    &self.limit,
                    &self.offset(),
                ],
            )
            .await
    }

    fn offset(&self) -> i64 {
        i64::try_from(self.query.offset).unwrap_or(i64::MAX)
    }

    /// Ids, one more than may be gathered where there are more.
    async fn gather(&self, from: &Gather) -> Result<Vec<i64>> {
        let most = self.most as i64 + 1;
        let (account, kind) = (self.account, self.kind);
        let rows = match from {
            Gather::Ranges(ranges) => {
                let (from, to) = bounds(self.query.created);
                let Ranges {
                    facets,
                    values,
                    alsos,
                } = Ranges::of(ranges);
                self.database
                    .rows(
                        &sql::RECORD_GATHER_FACET,
                        &[&account, &kind, &facets, &values, &alsos, &from, &to, &most],
                    )
                    .await?
            }
            Gather::Changed => {
                let (from, to) = bounds(self.query.updated);
                self.database
                    .rows(
                        &sql::RECORD_GATHER_CHANGED,
                        &[&account, &kind, &from, &to, &most],
                    )
                    .await?
            }
            Gather::Names(ranges) => {
                let names: Vec<i16> = ranges.iter().map(|it| short(it.0.number())).collect();
                let first: Vec<&[u8]> = ranges.iter().map(|it| it.1.as_slice()).collect();
                let behind: Vec<&[u8]> = ranges.iter().map(|it| it.2.as_slice()).collect();
                self.database
                    .rows(
                        &sql::RECORD_GATHER_NAMED,
                        &[&account, &kind, &names, &first, &behind, &most],
                    )
                    .await?
            }
        };
        let mut ids = ids_of(&rows);
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    async fn sift(&self, ids: Vec<i64>, others: &[Demand]) -> Result<(Vec<i64>, Total)> {
        let (from, to) = bounds(self.query.created);
        let (changed_from, changed_to) = bounds(self.query.updated);
        let demands = Demands::of(others);
        let rows = self
            .database
            .rows(
                &sql::RECORD_AMONG,
                &[
                    &self.account,
                    &self.kind,
                    &changed_from,
                    &changed_to,
                    &from,
                    &to,
                    &demands.numbers,
                    &demands.facets,
                    &demands.values,
                    &demands.count,
                    &ids,
                ],
            )
            .await?;
        let gathered = |row: &Row| Gathered {
            id: row.get(0),
            created: row.get(1),
            updated: row.get(2),
        };
        let found: Vec<Gathered> = rows.iter().map(gathered).collect();
        let total = Total::Exact(found.len() as u64);
        Ok((page_of(self.query, self.limit as usize, found), total))
    }
}

fn ids_of(rows: &[Row]) -> Vec<i64> {
    rows.iter().map(|row| row.get(0)).collect()
}
