//! The queries of lists: paging, filters and order, as all lists share them (nandh-oms.md §3).
//!
//! Contract: what is not asked for is ignored; a member that can't be read is told by its name. A code or
//! a name that nobody has finds nothing.

use super::errors::Stop;
use super::request::{MAX_ELEMENTS, MAX_TEXT, SECOND_US, separated, whole};
use crate::http::query_member;
use trackway_model::orders::{Facet, Kind, RecordQuery, Sort};

const PAGE_SIZE: u64 = 20;
const MAX_PAGE_SIZE: u64 = 100;

/// The query of a list.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a>(pub &'a str);

/// Which page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub offset: u64,
    pub limit: u32,
}

impl Page {
    /// The page of a list that is held in whole.
    pub fn of<T>(self, all: Vec<T>) -> Vec<T> {
        let offset = usize::try_from(self.offset).unwrap_or(usize::MAX);
        all.into_iter()
            .skip(offset)
            .take(self.limit as usize)
            .collect()
    }
}

impl Query<'_> {
    /// A member that says something.
    pub fn text(self, name: &str) -> Option<String> {
        query_member(self.0, name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty() && value.chars().count() <= MAX_TEXT)
    }

    pub fn int(self, name: &str) -> Result<Option<i64>, Stop> {
        let Some(value) = self.text(name) else {
            return Ok(None);
        };
        let number = whole(&value).ok_or_else(|| Stop::field(name, "must be a whole number"))?;
        Ok(Some(number))
    }

    /// One number or a comma list.
    pub fn ints(self, name: &str) -> Result<Option<Vec<i64>>, Stop> {
        let Some(value) = self.text(name) else {
            return Ok(None);
        };
        let numbers: Option<Vec<i64>> = separated(&value).map(whole).collect();
        let numbers = numbers.filter(|numbers| numbers.len() <= MAX_ELEMENTS);
        numbers
            .map(Some)
            .ok_or_else(|| Stop::field(name, "must be a whole number or several with commas"))
    }

    pub fn page(self) -> Result<Page, Stop> {
        let positive = |name, usual: u64| match self.int(name)? {
            None => Ok(usual),
            Some(number) => u64::try_from(number)
                .ok()
                .filter(|number| *number > 0)
                .ok_or_else(|| Stop::field(name, "must be 1 or more")),
        };
        let size = positive("page_size", PAGE_SIZE)?.min(MAX_PAGE_SIZE);
        Ok(Page {
            offset: (positive("page", 1)? - 1).saturating_mul(size),
            limit: size as u32,
        })
    }

    fn sort(self) -> Result<Sort, Stop> {
        match self.text("sort").as_deref() {
            None | Some("-created_time") => Ok(Sort::NewestFirst),
            Some("created_time") => Ok(Sort::OldestFirst),
            Some("-updated_time") => Ok(Sort::LastUpdatedFirst),
            Some("updated_time") => Ok(Sort::LongestUnchangedFirst),
            Some(_) => Err(Stop::field(
                "sort",
                "must be created_time or updated_time, with - for the newest first",
            )),
        }
    }

    /// From this second, and up to the end of this second.
    fn window(self, from: &str, to: &str) -> Result<(Option<i64>, Option<i64>), Stop> {
        let micros = |seconds: i64| seconds.saturating_mul(SECOND_US);
        let end = |seconds: i64| micros(seconds.saturating_add(1));
        Ok((self.int(from)?.map(micros), self.int(to)?.map(end)))
    }

    /// What all lists share (§3): paging, keyword, times, order.
    pub fn of_kind(self, kind: Kind) -> Result<RecordQuery, Stop> {
        let Page { offset, limit } = self.page()?;
        Ok(RecordQuery {
            created: self.window("created_from", "created_to")?,
            updated: self.window("updated_from", "updated_to")?,
            keyword: self.text("keyword"),
            sort: self.sort()?,
            offset,
            limit,
            ..RecordQuery::of(kind)
        })
    }

    /// The same, filtered by the ids that a member names.
    pub fn by_ids(
        self,
        mut query: RecordQuery,
        members: &[(&str, Facet)],
    ) -> Result<RecordQuery, Stop> {
        for (name, facet) in members {
            if let Some(ids) = self.ints(name)? {
                query.facets.push((*facet, ids));
            }
        }
        Ok(query)
    }

    /// The same, by the codes of a subject that a member names; a code that nobody has finds nothing.
    pub fn by_codes(
        self,
        mut query: RecordQuery,
        name: &str,
        facet: Facet,
        number: impl Fn(i64) -> Option<i64>,
    ) -> Result<RecordQuery, Stop> {
        if let Some(codes) = self.ints(name)? {
            let numbers = codes
                .into_iter()
                .map(|code| number(code).unwrap_or(NOBODYS));
            query.facets.push((facet, numbers.collect()));
        }
        Ok(query)
    }
}

/// A value that no facet has.
pub const NOBODYS: i64 = -1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_defaults_and_bounds() {
        let page = |query| Query(query).page();
        let of = |offset, limit| Ok(Page { offset, limit });
        assert_eq!(page(""), of(0, 20));
        assert_eq!(page("page=3&page_size=5"), of(10, 5));
        assert_eq!(page("page=2&page_size=500"), of(100, 100));
        assert_eq!(page("page=9223372036854775807"), of(u64::MAX, 20));
        for (query, field) in [
            ("page=0", "page"),
            ("page_size=x", "page_size"),
            ("page=-1", "page"),
        ] {
            let told = page(query).unwrap_err().message;
            assert!(told.starts_with(&format!("{field}: ")), "{told}");
        }
    }

    #[test]
    fn filters_take_lists_and_leave_the_unknown_alone() {
        let query =
            Query("status=460,300&created_from=1&created_to=2&sort=updated_time&colour=red");
        let read = query.of_kind(Kind::Order).unwrap();
        assert_eq!(read.created, (Some(1_000_000), Some(3_000_000)));
        assert_eq!(read.sort, Sort::LongestUnchangedFirst);
        let read = query.by_codes(read, "status", Facet::Status, |code| {
            (code == 460).then_some(11)
        });
        assert_eq!(read.unwrap().facets, [(Facet::Status, vec![11, NOBODYS])]);
        assert!(Query("sort=name").of_kind(Kind::Order).is_err());
        assert!(Query("created_from=today").of_kind(Kind::Order).is_err());
    }
}
