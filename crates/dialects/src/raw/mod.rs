//! JSON objects read and changed without touching what is not asked for: members keep their order,
//! their spelling and every byte of their values (`32000.0000` stays `32000.0000`).

mod tape;

use crate::limits;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use tape::{At, ROOT, Tape};

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
    /// From the name's first quote to the value's last byte, in the whole text.
    span: Range<usize>,
    at: At,
}

/// An object's members in their order. What is inside it was read with it: looking into it costs
/// nothing, and neither does a copy.
#[derive(Clone, Debug)]
pub struct Object<'a> {
    /// The whole text that was read.
    whole: &'a str,
    tape: Arc<Tape>,
    at: At,
}

impl<'a> Object<'a> {
    /// Reads an object, nesting checked.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Problem> {
        let text = std::str::from_utf8(bytes).map_err(|_| Problem::NotText)?;
        Self::of_text(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    /// The same of a text.
    pub fn of_text(text: &'a str) -> Result<Self, Problem> {
        let tape = Arc::new(Tape::read(text)?);
        let whole = Self {
            whole: text,
            tape,
            at: ROOT,
        };
        if whole.is_object(ROOT) {
            Ok(whole)
        } else {
            Err(Problem::NotAnObject("it is another value".to_owned()))
        }
    }

    /// As written, without what stands around it.
    pub fn text(&self) -> &'a str {
        self.slice(self.at)
    }

    /// The members in their order.
    pub fn members(&self) -> impl ExactSizeIterator<Item = Member<'a>> + DoubleEndedIterator + '_ {
        let places: Vec<At> = self.tape.inside(self.at).collect();
        places.into_iter().map(|at| {
            let name = self.tape.name(at);
            Member {
                name: self.name(at),
                value: self.slice(at),
                span: name.start - 1..self.tape.value(at).end,
                at,
            }
        })
    }

    /// The object that a member is; None where it is missing or something else.
    pub fn inside(&self, name: &str) -> Option<Self> {
        self.value(name)?.object()
    }

    /// The elements of the list that a member is; None where it is missing or something else.
    pub fn list(&self, name: &str) -> Option<Vec<Value<'a>>> {
        self.value(name)?.elements()
    }

    /// What a member holds, to be looked into; None where it is missing.
    pub fn value(&self, name: &str) -> Option<Value<'a>> {
        self.find(name).map(|at| Value(self.over(at)))
    }

    /// The same of a member at hand.
    pub fn value_of(&self, member: &Member<'_>) -> Value<'a> {
        Value(self.over(member.at))
    }

    fn over(&self, at: At) -> Self {
        Self {
            whole: self.whole,
            tape: Arc::clone(&self.tape),
            at,
        }
    }

    fn slice(&self, at: At) -> &'a str {
        &self.whole[self.tape.value(at)]
    }

    fn is_object(&self, at: At) -> bool {
        self.slice(at).starts_with('{')
    }

    fn name(&self, at: At) -> Cow<'a, str> {
        let name = self.tape.name(at);
        if self.tape.is_plain(at) {
            Cow::Borrowed(&self.whole[name])
        } else {
            unquoted(&self.whole[name.start - 1..=name.end])
        }
    }

    /// Asked a dozen times for every event: a plain name is compared where it stands.
    fn find(&self, name: &str) -> Option<At> {
        let whole = self.whole.as_bytes();
        let is = |at: &At| {
            if self.tape.is_plain(*at) {
                whole[self.tape.name(*at)] == *name.as_bytes()
            } else {
                self.name(*at) == name
            }
        };
        self.tape.inside(self.at).filter(is).last()
    }

    /// The value of a member, as written. Where a name stands twice the last one counts, as most
    /// parsers have it.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.find(name).map(|at| self.slice(at))
    }

    /// Several at once, in the order of the names: one look over the members.
    pub fn pick<const N: usize>(&self, names: [&str; N]) -> [Option<&'a str>; N] {
        let mut found = [None; N];
        for at in self.tape.inside(self.at) {
            let name = self.name(at);
            if let Some(nth) = names.iter().position(|wanted| *wanted == name) {
                found[nth] = Some(self.slice(at));
            }
        }
        found
    }

    /// The value of a member, its name compared without case unless it is spelt so.
    pub fn get_any_case(&self, name: &str) -> Option<&'a str> {
        let is = |at: &At| self.name(*at).eq_ignore_ascii_case(name);
        let loosely = || self.tape.inside(self.at).filter(is).last();
        self.find(name).or_else(loosely).map(|at| self.slice(at))
    }

    /// The object with these members set: replaced where they stand, otherwise added at the end.
    /// Every other byte stays.
    #[must_use]
    pub fn with<V: AsRef<str>>(&self, changes: &[(&str, V)]) -> String {
        let Range { start, end } = self.around();
        let mut out = String::with_capacity(end - start + 64 * changes.len());
        let mut from = start;
        for member in self.members() {
            if let Some((_, value)) = changes.iter().rfind(|(name, _)| *name == member.name) {
                out.push_str(&self.whole[from..member.span.end - member.value.len()]);
                out.push_str(value.as_ref());
                from = member.span.end;
            }
        }
        let close = self.tape.value(self.at).end - 1;
        out.push_str(&self.whole[from..close]);
        let mut first = self.members().len() == 0;
        for (name, value) in changes {
            if self.find(name).is_none() {
                push_member(&mut out, &mut first, name, value.as_ref());
            }
        }
        out.push_str(&self.whole[close..end]);
        out
    }

    /// The object with a member put before all others.
    #[must_use]
    pub fn with_first(&self, name: &str, value: &str) -> String {
        let Range { start, end } = self.around();
        let open = self.tape.value(self.at).start + 1;
        let mut out = String::with_capacity(end - start + name.len() + value.len() + 4);
        out.push_str(&self.whole[start..open]);
        push_member(&mut out, &mut true, name, value);
        if self.members().len() > 0 {
            out.push(',');
        }
        out.push_str(&self.whole[open..end]);
        out
    }

    /// The object without a member, its name compared without case; with the member goes one comma.
    #[must_use]
    pub fn without(&self, name: &str) -> String {
        let Range { start, end } = self.around();
        let members: Vec<Member<'_>> = self.members().collect();
        let gone = |member: &Member<'_>| member.name.eq_ignore_ascii_case(name);
        let (Some(first), Some(last)) = (members.first(), members.last()) else {
            return self.whole[start..end].to_owned();
        };
        let Some(last_kept) = members.iter().rposition(|member| !gone(member)) else {
            let (before, after) = (start..first.span.start, last.span.end..end);
            return [&self.whole[before], &self.whole[after]].concat();
        };
        let mut out = String::with_capacity(end - start);
        let mut from = start;
        for pair in members[..=last_kept].windows(2) {
            if gone(&pair[0]) {
                out.push_str(&self.whole[from..pair[0].span.start]);
                from = pair[1].span.start;
            }
        }
        out.push_str(&self.whole[from..members[last_kept].span.end]);
        out.push_str(&self.whole[last.span.end..end]);
        out
    }

    /// What is given back of it: of a whole text also the blanks around it.
    fn around(&self) -> Range<usize> {
        if self.at == ROOT {
            0..self.whole.len()
        } else {
            self.tape.value(self.at)
        }
    }
}

/// Any value inside an object that was read, read with it.
#[derive(Clone, Debug)]
pub struct Value<'a>(Object<'a>);

impl<'a> Value<'a> {
    /// As written.
    pub fn text(&self) -> &'a str {
        self.0.text()
    }

    /// None where it is something else.
    pub fn object(&self) -> Option<Object<'a>> {
        self.0.is_object(self.0.at).then(|| self.0.clone())
    }

    /// The elements of a list; None where it is something else.
    pub fn elements(&self) -> Option<Vec<Self>> {
        let Self(held) = self;
        let elements = held.tape.inside(held.at);
        let is_list = held.text().starts_with('[');
        is_list.then(|| elements.map(|at| Self(held.over(at))).collect())
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
    let tape = Tape::read(value).ok()?;
    if !value[tape.value(ROOT)].starts_with('[') {
        return None;
    }
    Some(tape.inside(ROOT).map(|at| &value[tape.value(at)]).collect())
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
        let picked = read.pick(["c", "bA", "a"]);
        assert_eq!(picked, [None, Some("[1, 2]"), Some("1e2")]);
        assert_eq!(read.get_any_case("BA"), Some("[1, 2]"));
        assert_eq!(read.members().next().unwrap().value, "32000.0000");
    }

    #[test]
    fn what_is_inside_was_read_with_it() {
        let read = object(r#" {"a":{"b" : [ 1,{"c":"x"} ,null]},"d":3} "#);
        let inner = read.inside("a").unwrap();
        assert_eq!(inner.text(), r#"{"b" : [ 1,{"c":"x"} ,null]}"#);
        let list = inner.list("b").unwrap();
        let texts: Vec<&str> = list.iter().map(Value::text).collect();
        assert_eq!(texts, ["1", r#"{"c":"x"}"#, "null"]);
        let element = list[1].object().unwrap();
        assert_eq!(element.get("c"), Some("\"x\""));
        assert_eq!(element.with(&[("c", "1"), ("e", "2")]), r#"{"c":1,"e":2}"#);
        assert_eq!(element.with_first("b", "0"), r#"{"b":0,"c":"x"}"#);
        assert_eq!(element.without("C"), "{}");
        assert!(list[0].object().is_none() && list[0].elements().is_none());
        assert!(read.inside("d").is_none() && read.list("a").is_none() && read.list("z").is_none());
        let members: Vec<_> = read.members().collect();
        assert!(read.value_of(&members[0]).object().is_some());
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
