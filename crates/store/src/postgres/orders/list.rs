//! Lists of records.

use super::super::connect::Database;
use super::super::sql::{self, Sql};
use super::{Result, bounded, row, short};
use crate::orders::query::{
    Counted, Gather, Gathered, MOST_GATHERED, Plan, Sample, Walk, bounds, demands, page as page_of,
};
use crate::seal::Sealer;
use std::collections::HashMap;
use tokio_postgres::Row;
use trackway_model::AccountId;
use trackway_model::orders::{Facet, Record, RecordPage, RecordQuery, Sort, Total};

/// A list being made.
struct List<'a> {
    database: &'a Database,
    account: i64,
    kind: i16,
    query: &'a RecordQuery,
    limit: i64,
}

/// Demands on facets as a statement takes them.
struct Demands {
    numbers: Vec<i64>,
    facets: Vec<i16>,
    values: Vec<i64>,
    count: i64,
}

impl Demands {
    fn of(others: &[(i64, Facet, i64)]) -> Self {
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
) -> Result<RecordPage> {
    let list = List {
        database,
        account: account.0,
        kind: short(query.kind.number()),
        query,
        limit: bounded(query.limit as usize),
    };
    let counts = list.counts().await?;
    let (ids, total) = match Plan::of(sealer, account, query, &counts) {
        Plan::Walk(walk) => list.walk(&walk).await?,
        Plan::Gather(from, others) => match list.gather(&from).await? {
            ids if ids.len() <= MOST_GATHERED => list.sift(ids, &others).await?,
            _ if matches!(from, Gather::Changed) => {
                let all = counts.first().map_or(0, |all| all.count);
                list.walk(&Plan::instead(query, all)).await?
            }
            ids => {
                let newest = ids[ids.len() - MOST_GATHERED..].to_vec();
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
    async fn counts(&self) -> Result<Vec<Counted>> {
        let asked = Plan::asks(self.query);
        let facets: Vec<i16> = asked.iter().map(|(it, _)| short(it.number())).collect();
        let values: Vec<i64> = asked.iter().map(|(_, value)| *value).collect();
        let rows = self
            .database
            .rows(
                &sql::RECORD_COUNT_READ,
                &[&self.account, &self.kind, &facets, &values],
            )
            .await?;
        let counts: HashMap<(i16, i64), u64> = rows
            .iter()
            .map(|row| {
                let count: i64 = row.get(2);
                ((row.get(0), row.get(1)), count.unsigned_abs())
            })
            .collect();
        let count = |(facet, value): (Facet, i64)| Counted {
            facet,
            value,
            count: counts
                .get(&(short(facet.number()), value))
                .copied()
                .unwrap_or(0),
        };
        Ok(asked.into_iter().map(count).collect())
    }

    async fn walk(&self, walk: &Walk) -> Result<(Vec<i64>, Total)> {
        let rows = if walk.by_change {
            self.by_change(walk).await?
        } else {
            self.by_creation(walk).await?
        };
        let ids = ids_of(&rows);
        if walk.is_counted(self.query) {
            return Ok((ids, Total::Exact(walk.along.count)));
        }
        let most = MOST_GATHERED as i64;
        let rows = self.along(&sql::RECORD_SAMPLE, walk, most, None).await?;
        let count = |row: &Row, column| row.get::<_, i64>(column);
        let sample = rows.first().map(|row| Sample {
            seen: count(row, 0).unsigned_abs(),
            fitting: count(row, 1).unsigned_abs(),
            last: count(row, 2),
        });
        Ok((ids, walk.total(self.query, sample.unwrap_or_default())))
    }

    async fn by_creation(&self, walk: &Walk) -> Result<Vec<Row>> {
        let statement = match self.query.sort {
            Sort::OldestFirst => &sql::RECORD_WALK_OLDEST,
            _ => &sql::RECORD_WALK_NEWEST,
        };
        let offset = Some(self.offset());
        self.along(statement, walk, self.limit, offset).await
    }

    async fn along(
        &self,
        statement: &Sql,
        walk: &Walk,
        limit: i64,
        offset: Option<i64>,
    ) -> Result<Vec<Row>> {
        let (from, to) = bounds(self.query.created);
        let (changed_from, changed_to) = bounds(self.query.updated);
        let bounded = self.query.updated != (None, None);
        let facet = short(walk.along.facet.number());
        let demands = Demands::of(&walk.others);
        let mut params: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> = vec![
            &self.account,
            &self.kind,
            &facet,
            &walk.along.value,
            &from,
            &to,
            &bounded,
            &changed_from,
            &changed_to,
            &demands.numbers,
            &demands.facets,
            &demands.values,
            &demands.count,
            &limit,
        ];
        if let Some(offset) = &offset {
            params.push(offset);
        }
        self.database.rows(statement, &params).await
    }

    async fn by_change(&self, walk: &Walk) -> Result<Vec<Row>> {
        let (from, to) = bounds(self.query.created);
        let (changed_from, changed_to) = bounds(self.query.updated);
        let demands = Demands::of(&walk.others);
        let statement = match self.query.sort {
            Sort::LongestUnchangedFirst => &sql::RECORD_WALK_UNCHANGED,
            _ => &sql::RECORD_WALK_UPDATED,
        };
        self.database
            .rows(
                statement,
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
        let most = MOST_GATHERED as i64 + 1;
        let (account, kind) = (self.account, self.kind);
        let rows = match from {
            Gather::Facet(facet, values) => {
                let (from, to) = bounds(self.query.created);
                let facet = short(facet.number());
                self.database
                    .rows(
                        &sql::RECORD_GATHER_FACET,
                        &[&account, &kind, &facet, values, &from, &to, &most],
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

    async fn sift(&self, ids: Vec<i64>, others: &[(i64, Facet, i64)]) -> Result<(Vec<i64>, Total)> {
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
