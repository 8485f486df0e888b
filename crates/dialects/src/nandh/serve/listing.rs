//! Lists: a page of records with what their rows show beside them, and the exact count of all.

use super::Asked;
use crate::desk::{Desk, Trade};
use crate::nandh::envelope::Done;
use crate::nandh::errors::Stop;
use crate::nandh::query::Query;
use crate::nandh::related::{Of, Part, Related, Wants};
use serde::Serialize;
use trackway_model::orders::{NameKind, Record, RecordPage, RecordQuery, Total};

/// What a list is asked for.
#[derive(Clone, Debug)]
pub struct Listing {
    pub query: RecordQuery,
    /// Names beside the one of the query.
    also: Vec<(NameKind, String)>,
}

/// The most records that two names are looked for among: names are rarely anybody else's.
const NAMED: u32 = 100;

impl Listing {
    pub const fn new(query: RecordQuery) -> Self {
        Self {
            query,
            also: Vec::new(),
        }
    }

    /// Narrows a list by the names that the query's members give.
    pub fn by_names(mut self, given: Query<'_>, names: &[(&str, NameKind)]) -> Self {
        for (member, kind) in names {
            match given.text(member) {
                Some(text) if self.query.named.is_none() => self.query.named = Some((*kind, text)),
                Some(text) => self.also.push((*kind, text)),
                None => {}
            }
        }
        self
    }

    pub async fn page<D: Desk + Trade>(self, asked: &Asked<'_, D>) -> Result<RecordPage, Stop> {
        if self.also.is_empty() {
            return Ok(asked.desk.records(&asked.principal, self.query).await?);
        }
        let (offset, limit) = (self.query.offset, self.query.limit);
        let all = RecordQuery {
            offset: 0,
            limit: NAMED,
            ..self.query
        };
        let mut found = asked.desk.records(&asked.principal, all).await?;
        let has = |record: &Record| {
            let names = record.names();
            let is = |(kind, text): &(NameKind, String)| {
                names
                    .iter()
                    .any(|name| name.kind == *kind && name.text == *text)
            };
            self.also.iter().all(is)
        };
        found.records.retain(has);
        found.total = Total::Exact(found.records.len() as u64);
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        found.records = found
            .records
            .into_iter()
            .skip(offset)
            .take(limit as usize)
            .collect();
        Ok(found)
    }
}

/// A page of rows.
pub async fn rows<D: Desk + Trade, T: Part, R: Serialize>(
    asked: &Asked<'_, D>,
    listing: Listing,
    wants: impl Fn(&mut Wants, &T),
    row: impl Fn(Of<'_, T>, &Related) -> R,
) -> Result<Done, Stop> {
    let page = listing.page(asked).await?;
    let records: Vec<Of<'_, T>> = page
        .records
        .iter()
        .map(Of::known)
        .collect::<Result<_, _>>()?;
    let mut wanted = Wants::default();
    for of in &records {
        wants(&mut wanted, of.body);
    }
    let related = Related::load(asked.desk, &asked.principal, wanted).await?;
    let related = related.told_in(asked.epoch()?);
    let rows: Vec<R> = records.into_iter().map(|of| row(of, &related)).collect();
    Ok(Done::page(&rows, page.total.count()))
}

/// A list of records that show nothing beside them.
pub async fn plain<D: Desk + Trade, T: Part, R: Serialize>(
    asked: &Asked<'_, D>,
    row: impl Fn(Of<'_, T>) -> R,
) -> Result<Done, Stop> {
    let listing = Listing::new(asked.query().of_kind(T::KIND)?);
    rows(asked, listing, |_, _: &T| {}, |of, _| row(of)).await
}

/// A page of a list that is held in whole; `keyword` is looked for in a row's words.
pub fn held<T: Serialize>(
    query: Query<'_>,
    all: Vec<T>,
    words: impl Fn(&T) -> &str,
) -> Result<Done, Stop> {
    let keyword = query.text("keyword").map(|keyword| keyword.to_lowercase());
    let wanted = |row: &T| {
        let keyword = keyword.as_deref();
        keyword.is_none_or(|keyword| words(row).to_lowercase().contains(keyword))
    };
    paged(query, all.into_iter().filter(wanted).collect())
}

/// The page of a list that is held in whole, such as the items of a record.
pub fn paged<T: Serialize>(query: Query<'_>, all: Vec<T>) -> Result<Done, Stop> {
    let page = query.page()?;
    let total = all.len() as u64;
    Ok(Done::page(&page.of(all), total))
}
