//! JSON objects read and changed without touching what is not asked for: members keep their order,
//! their spelling and every byte of their values (`32000.0000` stays `32000.0000`).

use crate::limits;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// Why bytes can't be read as an object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("nested deeper than {} levels", limits::MAX_DEPTH)]
    TooDeep,
    #[error("no UTF-8 text")]
    NotText,
    #[error("no JSON object: {0}")]
    NotAnObject(String),
}

/// One member of an object.
#[derive(Clone, Debug)]
pub struct Member<'a> {
    pub name: Cow<'a, str>,
    /// Its value's own bytes.
    pub value: &'a str,
    /// From the name's first quote to the value's last byte.
    span: Range<usize>,
}

/// An object's members in their order.
#[derive(Clone, Debug)]
pub struct Object<'a> {
    text: &'a str,
    pub members: Vec<Member<'a>>,
}

impl<'a> Object<'a> {
    /// Reads an object, nesting checked first.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Problem> {
        if !limits::depth_is_sane(bytes) {
            return Err(Problem::TooDeep);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| Problem::NotText)?;
        Self::of_text(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    /// Reads an object whose nesting was checked before, such as an element of a parsed one.
    pub fn of_text(text: &'a str) -> Result<Self, Problem> {
        let mut parser = serde_json::Deserializer::from_str(text);
        let pairs = parser
            .deserialize_map(Pairs)
            .and_then(|pairs| parser.end().map(|()| pairs))
            .map_err(|error| Problem::NotAnObject(error.to_string()))?;
        let members = pairs
            .into_iter()
            .map(|(name, value)| Member {
                name: unquoted(name.get()),
                value: value.get(),
                span: offset(text, name.get())..offset(text, value.get()) + value.get().len(),
            })
            .collect();
        Ok(Self { text, members })
    }

    /// The value of a member, as written. Where a name stands twice the last one counts, as most
    /// parsers have it.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.members
            .iter()
            .rfind(|member| member.name == name)
            .map(|member| member.value)
    }

    /// The same, the name compared without case.
    pub fn get_any_case(&self, name: &str) -> Option<&'a str> {
        self.get(name).or_else(|| {
            self.members
                .iter()
                .rfind(|member| member.name.eq_ignore_ascii_case(name))
                .map(|member| member.value)
        })
    }

    /// The object with these members set: replaced where they stand, otherwise added at the end.
    /// Every other byte stays.
    #[must_use]
    pub fn with<V: AsRef<str>>(&self, changes: &[(&str, V)]) -> String {
        let mut out = String::with_capacity(self.text.len() + 64 * changes.len());
        let mut from = 0;
        for member in &self.members {
            if let Some((_, value)) = changes.iter().rfind(|(name, _)| *name == member.name) {
                out.push_str(&self.text[from..member.span.end - member.value.len()]);
                out.push_str(value.as_ref());
                from = member.span.end;
            }
        }
        let close = self
            .text
            .rfind('}')
            .expect("an object that was parsed ends in a brace");
        out.push_str(&self.text[from..close]);
        let mut first = self.members.is_empty();
        for (name, value) in changes {
            if !self.members.iter().any(|member| member.name == *name) {
                push_member(&mut out, &mut first, name, value.as_ref());
            }
        }
        out.push_str(&self.text[close..]);
        out
    }

    /// The object with a member put before all others.
    #[must_use]
    pub fn with_first(&self, name: &str, value: &str) -> String {
        let open = self
            .text
            .find('{')
            .expect("an object that was parsed begins with a brace")
            + 1;
        let mut out = String::with_capacity(self.text.len() + name.len() + value.len() + 4);
        out.push_str(&self.text[..open]);
        push_member(&mut out, &mut true, name, value);
        if !self.members.is_empty() {
            out.push(',');
        }
        out.push_str(&self.text[open..]);
        out
    }

    /// The object without a member, its name compared without case; with the member goes one comma.
    #[must_use]
    pub fn without(&self, name: &str) -> String {
        let gone = |member: &Member<'_>| member.name.eq_ignore_ascii_case(name);
        let (Some(first), Some(last)) = (self.members.first(), self.members.last()) else {
            return self.text.to_owned();
        };
        let Some(last_kept) = self.members.iter().rposition(|member| !gone(member)) else {
            return [&self.text[..first.span.start], &self.text[last.span.end..]].concat();
        };
        let mut out = String::with_capacity(self.text.len());
        let mut from = 0;
        for pair in self.members[..=last_kept].windows(2) {
            if gone(&pair[0]) {
                out.push_str(&self.text[from..pair[0].span.start]);
                from = pair[1].span.start;
            }
        }
        out.push_str(&self.text[from..self.members[last_kept].span.end]);
        out.push_str(&self.text[last.span.end..]);
        out
    }
}

/// Writes `"name":value`, with a comma before it unless it is the first.
fn push_member(out: &mut String, first: &mut bool, name: &str, value: &str) {
    if !std::mem::replace(first, false) {
        out.push(',');
    }
    out.push_str(&quoted(name));
    out.push(':');
    out.push_str(value);
}

/// A text as a JSON string.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// What a scalar says: a string without its quotes, a number or a boolean as written, None for null
/// and for the empty string. A list or an object is its own text.
pub fn scalar(value: &str) -> Option<Cow<'_, str>> {
    let said = if value.starts_with('"') {
        unquoted(value)
    } else {
        Cow::Borrowed(value)
    };
    (!said.is_empty() && value != "null").then_some(said)
}

/// The elements of a list, as written; None where the value is no list.
pub fn elements(value: &str) -> Option<Vec<&str>> {
    let list: Vec<&RawValue> = serde_json::from_str(value).ok()?;
    Some(list.into_iter().map(RawValue::get).collect())
}

/// A JSON string's text; a string that is no valid text (a lone surrogate) stays as written.
fn unquoted(text: &str) -> Cow<'_, str> {
    let inner = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text);
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    serde_json::from_str::<String>(text).map_or(Cow::Borrowed(inner), Cow::Owned)
}

/// Where `part` stands in `text`, of which it is a slice.
fn offset(text: &str, part: &str) -> usize {
    part.as_ptr() as usize - text.as_ptr() as usize
}

struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Vec<(&'de RawValue, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Object<'_> {
        Object::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn reads_members_as_written() {
        let read = object(r#" {"a" : 32000.0000, "b\u0041":[1, 2], "a":1e2 } "#);
        assert_eq!(read.get("a"), Some("1e2"));
        assert_eq!(read.get("bA"), Some("[1, 2]"));
        assert_eq!(read.get_any_case("BA"), Some("[1, 2]"));
        assert_eq!(read.members[0].value, "32000.0000");
    }

    #[test]
    fn changes_only_what_it_is_told_to() {
        let read = object(r#"{ "a" : 1.00 ,"b": null , "c":"x"}"#);
        assert_eq!(
            read.with(&[("b", "2"), ("d", "3")]),
            r#"{ "a" : 1.00 ,"b": 2 , "c":"x","d":3}"#
        );
        assert_eq!(
            object("{}").with(&[("d", "3"), ("e", "4")]),
            r#"{"d":3,"e":4}"#
        );
        assert_eq!(
            read.with_first("k", "\"v\""),
            r#"{"k":"v", "a" : 1.00 ,"b": null , "c":"x"}"#
        );
        assert_eq!(object("{ }").with_first("k", "1"), r#"{"k":1 }"#);
    }

    #[test]
    fn takes_a_member_out() {
        for (text, left) in [
            (r#"{"ApiKey":"s","a":1}"#, r#"{"a":1}"#),
            (r#"{"a":1, "apikey" : "s" ,"b":2}"#, r#"{"a":1, "b":2}"#),
            (r#"{"a":1,"ApiKey":"s"}"#, r#"{"a":1}"#),
            (r#"{ "ApiKey":"s" }"#, r"{  }"),
            (
                r#"{"ApiKey":"s","a":1,"APIKEY":"t","ApiKey":"u"}"#,
                r#"{"a":1}"#,
            ),
            (r#"{"ApiKey":"s","ApiKey":"t"}"#, r"{}"),
            (r#"{"a":1}"#, r#"{"a":1}"#),
        ] {
            assert_eq!(object(text).without("ApiKey"), left, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_object() {
        for text in [
            "",
            "null",
            "[]",
            "{",
            r#"{"a":}"#,
            r#"{"a":1} x"#,
            r#"{"a":1,}"#,
        ] {
            assert!(Object::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(matches!(
            Object::parse(b"{\"a\":\"\xff\"}"),
            Err(Problem::NotText)
        ));
        assert!(matches!(
            Object::parse(&b"{\"a\":".repeat(70)),
            Err(Problem::TooDeep)
        ));
    }

    #[test]
    fn says_what_scalars_say() {
        assert_eq!(scalar("25").as_deref(), Some("25"));
        assert_eq!(scalar("\"25\"").as_deref(), Some("25"));
        assert_eq!(scalar("\"\\u0032\"").as_deref(), Some("2"));
        assert_eq!(scalar("null"), None);
        assert_eq!(scalar("\"\""), None);
        assert_eq!(scalar("\"null\"").as_deref(), Some("null"));
        assert_eq!(scalar("\"\\ud800\"").as_deref(), Some("\\ud800"));
        assert_eq!(elements("[1, {\"a\":2.0}]").unwrap(), ["1", "{\"a\":2.0}"]);
        assert_eq!(elements("null"), None);
    }
}
