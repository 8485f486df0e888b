//! Pages of records: the end of one, and the place where the next begins.
//!
//! Paging law: whatever is made meanwhile, pages that follow each other's cursor give no record twice and
//! leave out none that met the filters all the while. Sorted by time of change, a record that is changed
//! moves. A cursor holds for its filters only. Pages by number shift with what is made before them.

use super::super::cursor;
use super::super::input::bad_query;
use super::super::{Caller, Problem};
use super::listing::Filters;
use serde::Serialize;
use trackway_dialects::desk::{Principal, Trade};
use trackway_hub::Hub;
use trackway_model::bytes::{Reader, Truncated, Writer};
use trackway_model::orders::{Kind, RecordId, RecordPage, RecordPlace, RecordQuery, Total};

/// What stands behind a page's records.
#[derive(Clone, Debug, Serialize)]
pub struct PageEnd {
    pub total: u64,
    pub total_exact: bool,
    pub page: Option<u64>,
    pub next: Option<String>,
}

impl PageEnd {
    /// Of one record that was named.
    pub const fn of_one() -> Self {
        Self {
            total: 1,
            total_exact: true,
            page: Some(1),
            next: None,
        }
    }
}

/// The page that a query asks for, and what stands behind it.
pub async fn page(
    hub: &Hub,
    caller: &Caller,
    filters: &Filters,
    query: &RecordQuery,
) -> Result<(RecordPage, PageEnd), Problem> {
    let length = query.limit as usize;
    let one_more = RecordQuery {
        limit: query.limit.saturating_add(1),
        ..query.clone()
    };
    let mut found = hub.records(caller, one_more).await?;
    let goes_on = found.records.len() > length;
    found.records.truncate(length);
    let last = found.records.last().filter(|_| goes_on);
    let next = last.map(|last| write(caller, filters, query.kind, query.sort.place(last)));
    let through = query.offset + found.records.len() as u64 + u64::from(goes_on);
    let end = PageEnd {
        total: found.total.count().max(through),
        total_exact: matches!(found.total, Total::Exact(_)),
        page: query
            .after
            .is_none()
            .then(|| query.offset / u64::from(query.limit.max(1)) + 1),
        next,
    };
    Ok((found, end))
}

/// The place that a cursor says.
pub fn after(
    principal: &Principal,
    filters: &Filters,
    kind: Kind,
) -> Result<Option<RecordPlace>, Problem> {
    let Some(text) = filters.cursor.as_deref() else {
        return Ok(None);
    };
    if filters.page.is_some() {
        return Err(bad_query("Name `page` or `cursor`, not both."));
    }
    cursor::place(&[&bound_to(principal, filters, kind)], Some(text), read)
}

fn write(principal: &Principal, filters: &Filters, kind: Kind, place: RecordPlace) -> String {
    let mut out = Writer::with_capacity(16);
    out.i64(place.at).i64(place.id.0);
    cursor::write(&[&bound_to(principal, filters, kind)], &out.0)
}

fn read(mut place: Reader<'_>) -> Result<RecordPlace, Truncated> {
    Ok(RecordPlace {
        at: place.i64()?,
        id: RecordId(place.i64()?),
    })
}

fn bound_to(principal: &Principal, filters: &Filters, kind: Kind) -> Vec<u8> {
    let filters = Filters {
        limit: None,
        page: None,
        cursor: None,
        ..filters.clone()
    };
    cursor::of_list(kind.name(), principal.account, &filters)
}
