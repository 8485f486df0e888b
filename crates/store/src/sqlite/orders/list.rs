//! Lists of records, all of one state of the file.

use super::super::readers::{all, one, read_failed};
use super::super::sql;
use super::{Result, bounded, stored};
use crate::StoreError;
use crate::orders::Range;
use crate::orders::query::{
    Counts, Demand, Gather, Gathered, Plan, Sample, Spot, Walk, bounds, demands, page as page_of,
    places, plain,
};
use crate::seal::Sealer;
use rusqlite::{CachedStatement, Connection as File, Rows};
use std::ops::ControlFlow;
use trackway_model::AccountId;
use trackway_model::orders::{Record, RecordId, RecordPage, RecordPlace, RecordQuery, Sort, Total};

/// A list being made.
struct List<'a> {
    file: &'a File,
    account: i64,
    kind: u8,
    query: &'a RecordQuery,
    limit: usize,
    /// Records that are looked at to count or to sort them.
    most: usize,
}

/// Demands on facets as a statement takes them: as JSON, and how many.
type Demands = (String, i64);

pub fn page(
    file: &File,
    sealer: &Sealer,
    account: AccountId,
    query: &RecordQuery,
    most: usize,
) -> Result<RecordPage> {
    let query = &plain(query);
    let list = List {
        file,
        account: account.0,
        kind: query.kind.number(),
        query,
        limit: bounded(query.limit as usize),
        most,
    };
    let counts = list.counts()?;
    let (ids, total) = match Plan::of(sealer, account, query, &counts, most) {
        Plan::Nothing => (Vec::new(), Total::Exact(0)),
        Plan::Walk(walk) => list.walk(&walk)?,
        Plan::Gather(from, others) => match list.gather(&from)? {
            ids if ids.len() <= most => list.sift(&ids, &others)?,
            _ if matches!(from, Gather::Changed) => list.walk(&Plan::instead(query, &counts))?,
            ids => {
                let newest = ids[ids.len() - most..].to_vec();
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
    fn counts(&self) -> Result<Counts> {
        let mut counts = Counts::new();
        for range in Plan::asks(self.query) {
            let Range { facet, value, also } = range;
            let key = (self.account, self.kind, facet, value, also);
            let count = one(self.file, sql::RECORD_COUNT_READ, key, |row| {
                row.get::<_, i64>(0)
            })?;
            counts.insert(range, count.unwrap_or(0).unsigned_abs());
        }
        Ok(counts)
    }

    fn walk(&self, walk: &Walk) -> Result<(Vec<i64>, Total)> {
        let RecordQuery { sort, after, .. } = *self.query;
        let counted = walk.is_counted(self.query);
        let most = if counted { 0 } else { self.most };
        let newest = (Sort::NewestFirst, None);
        let (ids, sample) = if walk.by_change {
            (self.by_change(walk)?, None)
        } else if counted || (sort, after) == newest {
            let (ids, sample) = self.pass(walk, (sort, after), self.limit, most)?;
            (ids, Some(sample))
        } else {
            (self.pass(walk, (sort, after), self.limit, 0)?.0, None)
        };
        if counted {
            return Ok((ids, Total::Exact(walk.count)));
        }
        let sample = match sample {
            Some(sample) => sample,
            None => self.pass(walk, newest, 0, most)?.1,
        };
        Ok((ids, walk.total(self.query, sample, self.most)))
    }

    /// Goes along ranges until so many records were found for the page, and so many looked at to count
    /// those that fit.
    fn pass(
        &self,
        walk: &Walk,
        (sort, after): (Sort, Option<RecordPlace>),
        limit: usize,
        most: usize,
    ) -> Result<(Vec<i64>, Sample)> {
        let (mut skipped, mut ids) = (0, Vec::with_capacity(limit));
        let mut sample = Sample::default();
        let within = places(self.query.created, sort, after);
        let mut looks = Looks::new(self)?;
        self.along(&walk.along, sort, within, |(created, id)| {
            let (is_full, is_counted) = (ids.len() == limit, sample.seen >= most as u64);
            if is_full && is_counted {
                return Ok(ControlFlow::Break(()));
            }
            let fits = looks.fit(walk, (created, id))?;
            if !is_counted {
                sample.seen += 1;
                sample.last = created;
                sample.fitting += u64::from(fits);
            }
            if fits && !is_full {
                if skipped < self.query.offset {
                    skipped += 1;
                } else {
                    ids.push(id);
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok((ids, sample))
    }

    /// Shows the records of ranges in the order of their creation, each as it is read.
    fn along(
        &self,
        ranges: &[Range],
        sort: Sort,
        (from, before): (Spot, Spot),
        mut each: impl FnMut(Spot) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let descending = sort.is_descending();
        let statement = if descending {
            sql::RECORD_WALK_NEWEST
        } else {
            sql::RECORD_WALK_OLDEST
        };
        let mut statements: Vec<CachedStatement<'_>> = Vec::with_capacity(ranges.len());
        for _ in ranges {
            statements.push(self.file.prepare_cached(statement).map_err(read_failed)?);
        }
        let mut heads: Vec<(Spot, Rows<'_>)> = Vec::with_capacity(ranges.len());
        for (statement, range) in statements.iter_mut().zip(ranges) {
            let Range { facet, value, also } = range;
            let key = rusqlite::params![
                self.account,
                self.kind,
                facet,
                value,
                also,
                from.0,
                from.1,
                before.0,
                before.1
            ];
            let mut rows = statement.query(key).map_err(read_failed)?;
            if let Some(head) = next(&mut rows)? {
                heads.push((head, rows));
            }
        }
        loop {
            let places = heads.iter().enumerate().map(|(at, (head, _))| (*head, at));
            let first = if descending {
                places.max()
            } else {
                places.min()
            };
            let Some((head, at)) = first else {
                return Ok(());
            };
            if each(head)?.is_break() {
                return Ok(());
            }
            match next(&mut heads[at].1)? {
                Some(head) => heads[at].0 = head,
                None => drop(heads.swap_remove(at)),
            }
        }
    }

    fn by_change(&self, walk: &Walk) -> Result<Vec<i64>> {
        let (created_from, created_to) = bounds(self.query.created);
        let (from, before) = places(self.query.updated, self.query.sort, self.query.after);
        let (others, demanded) = demanded(&walk.others)?;
        let params = rusqlite::params![
            self.account,
            self.kind,
            from.0,
            from.1,
            before.0,
            before.1,
            created_from,
            created_to,
            others,
            demanded,
            self.limit,
            self.offset(),
        ];
        let statement = if self.query.sort.is_descending() {
            sql::RECORD_WALK_UPDATED
        } else {
            sql::RECORD_WALK_UNCHANGED
        };
        all(self.file, statement, params, |row| row.get(0))
    }

    fn offset(&self) -> i64 {
        i64::try_from(self.query.offset).unwrap_or(i64::MAX)
    }

    /// Ids, one more than may be gathered where there are more.
    fn gather(&self, from: &Gather) -> Result<Vec<i64>> {
        let most = self.most + 1;
        let (file, account, kind) = (self.file, self.account, self.kind);
        let id = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        let mut ids = Vec::new();
        match from {
            Gather::Ranges(ranges) => {
                let (from, to) = bounds(self.query.created);
                for Range { facet, value, also } in ranges {
                    let key = (account, kind, facet, value, also, from, to, most);
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

    fn sift(&self, ids: &[i64], others: &[Demand]) -> Result<(Vec<i64>, Total)> {
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

/// Looks at records one by one, thousands for a list: its statement is held, and what it is asked with
/// stays but for what differs from record to record.
struct Looks<'f> {
    file: &'f File,
    has: CachedStatement<'f>,
    updated: (Option<i64>, Option<i64>),
}

impl<'f> Looks<'f> {
    fn new(list: &List<'f>) -> Result<Self> {
        let prepared = list.file.prepare_cached(sql::RECORD_FACET_HAS);
        let mut has = prepared.map_err(read_failed)?;
        has.raw_bind_parameter(1, list.account)
            .map_err(read_failed)?;
        has.raw_bind_parameter(2, list.kind).map_err(read_failed)?;
        Ok(Self {
            file: list.file,
            has,
            updated: list.query.updated,
        })
    }

    /// Whether a record meets what its range does not say.
    fn fit(&mut self, walk: &Walk, spot: Spot) -> Result<bool> {
        if self.updated != (None, None) {
            let (from, before) = bounds(self.updated);
            let updated = one(self.file, sql::RECORD_CHANGED, [spot.1], |row| {
                row.get::<_, i64>(0)
            })?;
            if !updated.is_some_and(|updated| updated >= from && updated < before) {
                return Ok(false);
            }
        }
        for alternatives in walk.others.chunk_by(|a, b| a.0 == b.0) {
            if !self.has_one(alternatives, spot)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn has_one(&mut self, alternatives: &[Demand], spot: Spot) -> Result<bool> {
        for demand in alternatives {
            if self.has(demand, spot).map_err(read_failed)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn has(&mut self, (_, facet, value): &Demand, (created, id): Spot) -> rusqlite::Result<bool> {
        self.has.raw_bind_parameter(3, facet.number())?;
        self.has.raw_bind_parameter(4, value)?;
        self.has.raw_bind_parameter(5, created)?;
        self.has.raw_bind_parameter(6, id)?;
        Ok(self.has.raw_query().next()?.is_some())
    }
}

/// The next record of a range.
fn next(rows: &mut Rows<'_>) -> Result<Option<Spot>> {
    let row = rows.next().map_err(read_failed)?;
    let spot = row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose();
    spot.map_err(read_failed)
}

fn demanded(others: &[Demand]) -> Result<Demands> {
    let list: Vec<(i64, u8, i64)> = others
        .iter()
        .map(|(number, facet, value)| (*number, facet.number(), *value))
        .collect();
    let list = serde_json::to_string(&list).map_err(StoreError::engine("listed records"))?;
    Ok((list, demands(others)))
}
