//! What clients send: bodies and queries, each member read with the name that its error is told by.
//!
//! Contract: a number may come as a string, a flag as 0, 1 or a boolean; null is "not there". Nothing
//! is read past its limits. What is not asked for is ignored.

use super::errors::{Code, Stop};
use crate::http::query_member;
use crate::raw::{Object, Problem, elements, scalar};
use trackway_model::orders::{Decimal, Facet, Kind, RecordId, RecordQuery, Sort};

/// The longest text, in characters; addresses and notes are the longest that there are.
const MAX_TEXT: usize = 2_000;
/// The most elements of a list.
const MAX_ELEMENTS: usize = 1_000;
/// No price and no quantity of a shop comes near it.
const MAX_AMOUNT: i64 = 1_000_000_000_000_000;
const PAGE_SIZE: u64 = 20;
const MAX_PAGE_SIZE: u64 = 100;
const SECOND_US: i64 = 1_000_000;

/// An object of a body, with the path of its members.
#[derive(Clone, Debug)]
pub struct Members<'a> {
    object: Object<'a>,
    path: String,
}

impl<'a> Members<'a> {
    /// A body. An empty one is an empty object: cancels need no body.
    pub fn parse(body: &'a [u8]) -> Result<Self, Stop> {
        let body: &[u8] = if body.trim_ascii().is_empty() {
            b"{}"
        } else {
            body
        };
        let object = Object::parse(body).map_err(|problem| {
            let problem = match problem {
                Problem::NotAnObject(_) => "The body is no JSON object".to_owned(),
                Problem::TooDeep | Problem::NotText => format!("The body is {problem}"),
            };
            Stop::because(Code::BadRequest, problem)
        })?;
        let path = String::new();
        Ok(Self { object, path })
    }

    /// The full name of a member.
    pub fn at(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    pub fn wrong(&self, name: &str, problem: &str) -> Stop {
        Stop::field(&self.at(name), problem)
    }

    fn given(&self, name: &str) -> Option<&'a str> {
        self.object.get(name).filter(|value| *value != "null")
    }

    /// Whether the member is there and not null.
    pub fn has(&self, name: &str) -> bool {
        self.given(name).is_some()
    }

    pub fn text(&self, name: &str) -> Result<Option<String>, Stop> {
        let Some(value) = self.given(name) else {
            return Ok(None);
        };
        if !value.starts_with('"') {
            return Err(self.wrong(name, "must be a string"));
        }
        let text = scalar(value).unwrap_or_default();
        let text = text.trim();
        if text.chars().count() > MAX_TEXT {
            return Err(self.wrong(name, "is too long"));
        }
        if text.chars().any(|c| c.is_control() && c != '\n' && c != '\r' && c != '\t') {
            return Err(self.wrong(name, "has control characters"));
        }
        Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
    }

    pub fn required_text(&self, name: &str) -> Result<String, Stop> {
        self.text(name)?.ok_or_else(|| self.wrong(name, "is required"))
    }

    /// A text, or nothing at all where it is not given.
    pub fn text_or_empty(&self, name: &str) -> Result<String, Stop> {
        Ok(self.text(name)?.unwrap_or_default())
    }

    pub fn int(&self, name: &str) -> Result<Option<i64>, Stop> {
        let Some(said) = self.given(name).map(scalar) else {
            return Ok(None);
        };
        // The empty string says nothing, as null does.
        let Some(said) = said else { return Ok(None) };
        let number = whole(&said).ok_or_else(|| self.wrong(name, "must be a whole number"))?;
        Ok(Some(number))
    }

    pub fn required_int(&self, name: &str) -> Result<i64, Stop> {
        self.int(name)?.ok_or_else(|| self.wrong(name, "is required"))
    }

    /// A whole number that is not below a bound.
    pub fn int_from(&self, name: &str, least: i64) -> Result<Option<i64>, Stop> {
        let number = self.int(name)?;
        if number.is_some_and(|number| number < least) {
            return Err(self.wrong(name, &format!("must be at least {least}")));
        }
        if number.is_some_and(|number| number > MAX_AMOUNT) {
            return Err(self.wrong(name, "is too large"));
        }
        Ok(number)
    }

    pub fn required_int_from(&self, name: &str, least: i64) -> Result<i64, Stop> {
        self.int_from(name, least)?
            .ok_or_else(|| self.wrong(name, "is required"))
    }

    pub fn id(&self, name: &str) -> Result<Option<RecordId>, Stop> {
        Ok(self.int(name)?.map(RecordId))
    }

    pub fn required_id(&self, name: &str) -> Result<RecordId, Stop> {
        self.required_int(name).map(RecordId)
    }

    /// 0 or 1; a boolean is taken as well.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Stop> {
        let Some(value) = self.given(name) else {
            return Ok(None);
        };
        match scalar(value).as_deref() {
            Some("0" | "false") => Ok(Some(false)),
            Some("1" | "true") => Ok(Some(true)),
            None => Ok(None),
            Some(_) => Err(self.wrong(name, "must be 0 or 1")),
        }
    }

    pub fn required_flag(&self, name: &str) -> Result<bool, Stop> {
        self.flag(name)?.ok_or_else(|| self.wrong(name, "is required"))
    }

    /// An amount or a measure, not negative.
    pub fn amount(&self, name: &str) -> Result<Option<Decimal>, Stop> {
        let Some(said) = self.given(name).and_then(scalar) else {
            return Ok(None);
        };
        let amount = said.trim().parse::<Decimal>().ok();
        let amount = amount.ok_or_else(|| self.wrong(name, "must be a number"))?;
        if amount < Decimal::ZERO {
            return Err(self.wrong(name, "must not be negative"));
        }
        if amount > Decimal::from(MAX_AMOUNT) || amount.scale() > 6 {
            return Err(self.wrong(name, "is too large or too fine"));
        }
        Ok(Some(amount))
    }

    pub fn required_amount(&self, name: &str) -> Result<Decimal, Stop> {
        self.amount(name)?
            .ok_or_else(|| self.wrong(name, "is required"))
    }

    /// Decimal degrees as they are written, in a number or a string.
    pub fn degrees(&self, name: &str) -> Result<Option<String>, Stop> {
        let Some(said) = self.given(name).and_then(scalar) else {
            return Ok(None);
        };
        let degrees: Option<Decimal> = said.trim().parse().ok();
        let within = |degrees: Decimal| degrees.abs() <= Decimal::from(180);
        if !degrees.is_some_and(within) {
            return Err(self.wrong(name, "must be decimal degrees"));
        }
        Ok(Some(said.trim().to_owned()))
    }

    /// Unix seconds as microseconds; 0 is "not happened".
    pub fn seconds(&self, name: &str) -> Result<Option<i64>, Stop> {
        let seconds = self.int_from(name, 0)?.filter(|seconds| *seconds > 0);
        Ok(seconds.map(|seconds| seconds.saturating_mul(SECOND_US)))
    }

    /// A comma list of codes.
    pub fn codes(&self, name: &str) -> Result<Vec<String>, Stop> {
        let text = self.text(name)?.unwrap_or_default();
        Ok(separated(&text).map(str::to_owned).collect())
    }

    pub fn object(&self, name: &str) -> Result<Option<Self>, Stop> {
        let Some(value) = self.given(name) else {
            return Ok(None);
        };
        let object =
            Object::of_text(value).map_err(|_| self.wrong(name, "must be an object"))?;
        let path = self.at(name);
        Ok(Some(Self { object, path }))
    }

    pub fn required_object(&self, name: &str) -> Result<Self, Stop> {
        self.object(name)?
            .ok_or_else(|| self.wrong(name, "is required"))
    }

    /// An object that may be left out: then all its members are not there.
    pub fn object_or_empty(&self, name: &str) -> Result<Self, Stop> {
        let object = Object::of_text("{}").expect("an empty object is one");
        let path = self.at(name);
        Ok(self.object(name)?.unwrap_or(Self { object, path }))
    }

    fn elements(&self, name: &str) -> Result<Option<Vec<&'a str>>, Stop> {
        let Some(value) = self.given(name) else {
            return Ok(None);
        };
        let list = elements(value).ok_or_else(|| self.wrong(name, "must be a list"))?;
        if list.len() > MAX_ELEMENTS {
            let problem = format!("has more than {MAX_ELEMENTS} elements");
            return Err(self.wrong(name, &problem));
        }
        Ok(Some(list))
    }

    /// A list of objects; None where it is not there.
    pub fn list(&self, name: &str) -> Result<Option<Vec<Self>>, Stop> {
        let Some(list) = self.elements(name)? else {
            return Ok(None);
        };
        let read = |(nth, text)| {
            let path = format!("{}[{nth}]", self.at(name));
            let object =
                Object::of_text(text).map_err(|_| Stop::field(&path, "must be an object"))?;
            Ok(Self { object, path })
        };
        list.into_iter().enumerate().map(read).collect::<Result<_, _>>().map(Some)
    }

    pub fn required_list(&self, name: &str) -> Result<Vec<Self>, Stop> {
        self.list(name)?
            .ok_or_else(|| self.wrong(name, "is required"))
    }

    /// A list of strings; empty ones are left out.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, Stop> {
        let list = self.elements(name)?.unwrap_or_default();
        let read = |(nth, text): (usize, &str)| {
            if text.starts_with('"') {
                Ok(scalar(text).map(std::borrow::Cow::into_owned))
            } else {
                let path = format!("{}[{nth}]", self.at(name));
                Err(Stop::field(&path, "must be a string"))
            }
        };
        let texts = list.into_iter().enumerate().map(read);
        texts.filter_map(Result::transpose).collect()
    }
}

/// A whole number, be it written as `7.0`.
fn whole(said: &str) -> Option<i64> {
    let said = said.trim();
    said.parse().ok().or_else(|| {
        let number: Decimal = said.parse().ok()?;
        let number = number.normalize();
        (number.scale() == 0).then(|| i64::try_from(number).ok())?
    })
}

fn separated(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

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
        all.into_iter().skip(offset).take(self.limit as usize).collect()
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
            let numbers = codes.into_iter().map(|code| number(code).unwrap_or(NOBODYS));
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

    fn members(json: &str) -> Members<'_> {
        Members::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn numbers_come_as_numbers_or_strings() {
        let read = members(r#"{"a":7,"b":"7","c":7.0,"d":null,"e":"","f":"x","g":7.5,"h":[1]}"#);
        for name in ["a", "b", "c"] {
            assert_eq!(read.int(name), Ok(Some(7)), "{name}");
        }
        for name in ["d", "e", "z"] {
            assert_eq!(read.int(name), Ok(None), "{name}");
        }
        for name in ["f", "g", "h"] {
            let told = read.int(name).unwrap_err().message;
            assert_eq!(told, format!("{name}: must be a whole number"));
        }
        assert_eq!(read.required_int("z").unwrap_err().message, "z: is required");
    }

    #[test]
    fn a_member_is_named_with_its_path() {
        let read = members(r#"{"items":[{"quantity":1},{"quantity":0}],"config":{"approve":2}}"#);
        let items = read.required_list("items").unwrap();
        assert_eq!(items[0].int_from("quantity", 1), Ok(Some(1)));
        let told = items[1].int_from("quantity", 1).unwrap_err();
        assert_eq!(told.message, "items[1].quantity: must be at least 1");
        let config = read.required_object("config").unwrap();
        let told = config.flag("approve").unwrap_err();
        assert_eq!(told.message, "config.approve: must be 0 or 1");
        assert_eq!(read.object("items").unwrap_err().message, "items: must be an object");
    }

    #[test]
    fn amounts_are_exact_and_bounded() {
        let read = members(r#"{"a":20000,"b":"25000.50","c":-1,"d":1e30,"e":"1.2345678","f":{}}"#);
        assert_eq!(read.amount("a"), Ok(Some(Decimal::from(20_000))));
        assert_eq!(read.amount("b"), Ok(Some(Decimal::new(2_500_050, 2))));
        for name in ["c", "d", "e", "f"] {
            assert!(read.amount(name).is_err(), "{name}");
        }
        assert!(members(r#"{"q":1000000000000}"#).int_from("q", 1).is_ok());
    }

    #[test]
    fn what_is_no_object_is_a_bad_request() {
        for body in ["{", "[]", "7", "\"x\""] {
            let stop = Members::parse(body.as_bytes()).unwrap_err();
            assert_eq!(stop.code, Code::BadRequest, "{body}");
        }
        assert!(!members("  ").has("reason"), "an empty body has no members");
        assert!(members(r#"{"t":"a\u0000b"}"#).text("t").is_err());
    }

    #[test]
    fn pages_have_defaults_and_bounds() {
        let page = |query| Query(query).page();
        let of = |offset, limit| Ok(Page { offset, limit });
        assert_eq!(page(""), of(0, 20));
        assert_eq!(page("page=3&page_size=5"), of(10, 5));
        assert_eq!(page("page=2&page_size=500"), of(100, 100));
        assert_eq!(page("page=9223372036854775807"), of(u64::MAX.min((i64::MAX as u64 - 1).saturating_mul(20)), 20));
        for (query, field) in [("page=0", "page"), ("page_size=x", "page_size"), ("page=-1", "page")] {
            let told = page(query).unwrap_err().message;
            assert!(told.starts_with(&format!("{field}: ")), "{told}");
        }
    }

    #[test]
    fn filters_take_lists_and_leave_the_unknown_alone() {
        let query = Query("status=460,300&created_from=1&created_to=2&sort=updated_time&colour=red");
        let read = query.of_kind(Kind::Order).unwrap();
        assert_eq!(read.created, (Some(1_000_000), Some(3_000_000)));
        assert_eq!(read.sort, Sort::LongestUnchangedFirst);
        let read = query.by_codes(read, "status", Facet::Status, |code| (code == 460).then_some(11));
        assert_eq!(read.unwrap().facets, [(Facet::Status, vec![11, NOBODYS])]);
        assert!(Query("sort=name").of_kind(Kind::Order).is_err());
        assert!(Query("created_from=today").of_kind(Kind::Order).is_err());
    }
}
