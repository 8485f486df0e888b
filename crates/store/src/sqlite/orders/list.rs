//! Lists of records, all of one state of the file.

use super::super::readers::{all, one};
use super::super::sql;
use super::{Result, bounded, stored};
use crate::StoreError;
use crate::orders::query::{
    Counted, Gather, Gathered, MOST_GATHERED, Plan, Sample, Walk, bounds, demands, page as page_of,
};
use crate::seal::Sealer;
use rusqlite::Connection as File;
use trackway_model::AccountId;
use trackway_model::orders::{Facet, Record, RecordId, RecordPage, RecordQuery, Sort, Total};

/// A list being made.
struct List<'a> {
    file: &'a File,
    account: i64,
    kind: u8,
    query: &'a RecordQuery,
    limit: usize,
}

/// Demands on facets as a statement takes them: as JSON, and how many.
type Demands = (String, i64);

pub fn page(
    file: &File,
    sealer: &Sealer,
    account: AccountId,
    query: &RecordQuery,
) -> Result<RecordPage> {
    let list = List {
        file,
        account: account.0,
        kind: query.kind.number(),
        query,
        limit: bounded(query.limit as usize),
    };
    let mut counts = Vec::new();
    for (facet, value) in Plan::asks(query) {
        let count = list.count(facet, value)?;
        counts.push(Counted {
            facet,
            value,
            count,
        });
    }
    let (ids, total) = match Plan::of(sealer, account, query, &counts) {
        Plan::Walk(walk) => list.walk(&walk)?,
        Plan::Gather(from, others) => match list.gather(&from)? {
            ids if ids.len() <= MOST_GATHERED => list.sift(&ids, &others)?,
            _ if matches!(from, Gather::Changed) => {
                list.walk(&Plan::instead(query, counts[0].count))?
            }
            ids => {
                let newest = ids[ids.len() - MOST_GATHERED..].to_vec();
                let (ids, total) = list.sift(&newest, &others)?;
                (ids, Total::About(total.count()))
            }
        },
    };
    let mut records: Vec<Record> = Vec::with_capacity(ids.len());
    for id in ids {
        let found = stored(file, account, RecordId(id))?;
        records.extend(found.map(|row| row.open(sealer)).transpose()?);
    }
    Ok(RecordPage { records, total })
}

impl List<'_> {
    fn count(&self, facet: Facet, value: i64) -> Result<u64> {
        let key = (self.account, self.kind, facet.number(), value);
        let count = one(self.file, sql::RECORD_COUNT_READ, key, |row| {
            row.get::<_, i64>(0)
        })?;
        Ok(count.unwrap_or(0).unsigned_abs())
    }

    fn walk(&self, walk: &Walk) -> Result<(Vec<i64>, Total)> {
        let ids = if walk.by_change {
            self.by_change(walk)?
        } else {
            self.by_creation(walk)?
        };
        if walk.is_counted(self.query) {
            return Ok((ids, Total::Exact(walk.along.count)));
        }
        let (from, to) = bounds(self.query.created);
        let (changed_from, changed_to) = bounds(self.query.updated);
        let (others, demanded) = demanded(&walk.others)?;
        let params = rusqlite::params![
            self.account,
            self.kind,
            walk.along.facet.number(),
            walk.along.value,
            from,
            to,
            self.query.updated != (None, None),
            others,
            demanded,
            changed_from,
            changed_to,
            MOST_GATHERED,
        ];
        let sample = one(self.file, sql::RECORD_SAMPLE, params, |row| {
            Ok(Sample {
                seen: row.get(0)?,
                fitting: row.get(1)?,
                last: row.get(2)?,
            })
        })?;
        Ok((ids, walk.total(self.query, sample.unwrap_or_default())))
    }

    fn by_creation(&self, walk: &Walk) -> Result<Vec<i64>> {
        let (from, to) = bounds(self.query.created);
        let (changed_from, changed_to) = bounds(self.query.updated);
        let (others, demanded) = demanded(&walk.others)?;
        let params = rusqlite::params![
            self.account,
            self.kind,
            walk.along.facet.number(),
            walk.along.value,
            from,
            to,
            self.query.updated != (None, None),
            others,
            demanded,
            changed_from,
            changed_to,
            self.limit,
            self.offset(),
        ];
        let statement = match self.query.sort {
            Sort::OldestFirst => sql::RECORD_WALK_OLDEST,
            _ => sql::RECORD_WALK_NEWEST,
        };
        all(self.file, statement, params, |row| row.get(0))
    }

    fn by_change(&self, walk: &Walk) -> Result<Vec<i64>> {
        let (from, to) = bounds(self.query.created);
        let (changed_from, changed_to) = bounds(self.query.updated);
        let (others, demanded) = demanded(&walk.others)?;
        let params = rusqlite::params![
            self.account,
            self.kind,
            changed_from,
            changed_to,
            from,
            to,
            others,
            demanded,
            self.limit,
            self.offset(),
        ];
        let statement = match self.query.sort {
            Sort::LongestUnchangedFirst => sql::RECORD_WALK_UNCHANGED,
            _ => sql::RECORD_WALK_UPDATED,
        };
        all(self.file, statement, params, |row| row.get(0))
    }

    fn offset(&self) -> i64 {
        i64::try_from(self.query.offset).unwrap_or(i64::MAX)
    }

    /// Ids, one more than may be gathered where there are more.
    fn gather(&self, from: &Gather) -> Result<Vec<i64>> {
        let most = MOST_GATHERED + 1;
        let (file, account, kind) = (self.file, self.account, self.kind);
        let id = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        let mut ids = Vec::new();
        match from {
            Gather::Facet(facet, values) => {
                let (from, to) = bounds(self.query.created);
                for value in values {
                    let key = (account, kind, facet.number(), value, from, to, most);
                    ids.extend(all(file, sql::RECORD_GATHER_FACET, key, id)?);
                }
            }
            Gather::Changed => {
                let (from, to) = bounds(self.query.updated);
                let key = (account, kind, from, to, most);
                ids = all(file, sql::RECORD_GATHER_CHANGED, key, id)?;
            }
            Gather::Names(ranges) => {
                for (name, from, to) in ranges {
                    let key = (account, kind, name.number(), from, to, most);
                    ids.extend(all(file, sql::RECORD_GATHER_NAMED, key, id)?);
                }
            }
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    fn sift(&self, ids: &[i64], others: &[(i64, Facet, i64)]) -> Result<(Vec<i64>, Total)> {
        let (from, to) = bounds(self.query.created);
        let (changed_from, changed_to) = bounds(self.query.updated);
        let (others, demanded) = demanded(others)?;
        let ids = serde_json::to_string(ids).map_err(StoreError::engine("listed records"))?;
        let params = rusqlite::params![
            self.account,
            self.kind,
            changed_from,
            changed_to,
            from,
            to,
            others,
            demanded,
            ids,
        ];
        let found = all(self.file, sql::RECORD_AMONG, params, |row| {
            Ok(Gathered {
                id: row.get(0)?,
                created: row.get(1)?,
                updated: row.get(2)?,
            })
        })?;
        let total = Total::Exact(found.len() as u64);
        Ok((page_of(self.query, self.limit, found), total))
    }
}

fn demanded(others: &[(i64, Facet, i64)]) -> Result<Demands> {
    let list: Vec<(i64, u8, i64)> = others
        .iter()
        .map(|(number, facet, value)| (*number, facet.number(), *value))
        .collect();
    let list = serde_json::to_string(&list).map_err(StoreError::engine("listed records"))?;
    Ok((list, demands(others)))
}
