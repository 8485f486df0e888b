//! What clients send: bodies, each member read with the name that its error is told by.
//!
//! Contract: a number may come as a string, a flag as 0, 1 or a boolean; null is "not there". Nothing
//! is read past its limits. What is not asked for is ignored.

use super::errors::{Code, Stop};
use crate::raw::{Object, Problem, elements, scalar};
use serde_json::{Map, Value};
use trackway_model::orders::{Decimal, RecordId};

/// The longest text, in characters; addresses and notes are the longest that there are.
pub const MAX_TEXT: usize = 2_000;
/// The most elements of a list.
pub const MAX_ELEMENTS: usize = 1_000;
/// Members beside those that are known, and their bytes.
const MAX_EXTRA: usize = 64;
const MAX_EXTRA_BYTES: usize = 16 << 10;
/// No price and no quantity of a shop comes near it.
const MAX_AMOUNT: i64 = 1_000_000_000_000_000;
pub const SECOND_US: i64 = 1_000_000;

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

    /// Whether the member is there, if only as null.
    pub fn tells(&self, name: &str) -> bool {
        self.object.get(name).is_some()
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
        if text
            .chars()
            .any(|c| c.is_control() && c != '\n' && c != '\r' && c != '\t')
        {
            return Err(self.wrong(name, "has control characters"));
        }
        Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
    }

    pub fn required_text(&self, name: &str) -> Result<String, Stop> {
        self.text(name)?
            .ok_or_else(|| self.wrong(name, "is required"))
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
        self.int(name)?
            .ok_or_else(|| self.wrong(name, "is required"))
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
        self.flag(name)?
            .ok_or_else(|| self.wrong(name, "is required"))
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
        let object = Object::of_text(value).map_err(|_| self.wrong(name, "must be an object"))?;
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
        list.into_iter()
            .enumerate()
            .map(read)
            .collect::<Result<_, _>>()
            .map(Some)
    }

    pub fn required_list(&self, name: &str) -> Result<Vec<Self>, Stop> {
        self.list(name)?
            .ok_or_else(|| self.wrong(name, "is required"))
    }

    /// The members that are not among these, as they came: what a client has that we have no member
    /// for. No more than a detail has room for.
    pub fn rest(&self, known: &[&str]) -> Result<Map<String, Value>, Stop> {
        let unknown = |name: &str| !known.contains(&name);
        let mut rest = Map::new();
        let mut size = 0;
        for member in self.object.members().filter(|it| unknown(&it.name)) {
            size += member.name.len() + member.value.len();
            if rest.len() == MAX_EXTRA || size > MAX_EXTRA_BYTES {
                return Err(self.wrong(&member.name, "is more than can be kept beside the record"));
            }
            let value = serde_json::from_str(member.value);
            let value = value.map_err(|_| self.wrong(&member.name, "must be JSON"))?;
            rest.insert(member.name.to_string(), value);
        }
        Ok(rest)
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
pub fn whole(said: &str) -> Option<i64> {
    let said = said.trim();
    said.parse().ok().or_else(|| {
        let number: Decimal = said.parse().ok()?;
        let number = number.normalize();
        (number.scale() == 0).then(|| i64::try_from(number).ok())?
    })
}

pub fn separated(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

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
        assert_eq!(
            read.required_int("z").unwrap_err().message,
            "z: is required"
        );
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
        assert_eq!(
            read.object("items").unwrap_err().message,
            "items: must be an object"
        );
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
}
