//! Reads a batch in one pass: `{"events":[…]}` or a bare array. Every item comes with its own bytes,
//! cut from the body; one that has a wrong shape is given as its bytes alone, and the rest goes on.

use super::wire::{Event, MAX_EVENTS, Text};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// What a batch holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The member of the body that lists them, also their name in errors.
    pub member: &'static str,
    pub most: usize,
    /// Whether an object without that member is read as one item.
    pub single: bool,
}

/// `POST /v1/events`.
pub const EVENTS: Kind = Kind {
    member: "events",
    most: MAX_EVENTS,
    single: false,
};

/// How a body was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Batch,
    Single,
}

/// Why a body is no batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("the body is no UTF-8 from byte {0} on")]
    Text(usize),
    /// Both counted from 1.
    #[error("the body is no JSON: line {line}, column {column}: {problem}")]
    Json {
        line: usize,
        column: usize,
        problem: String,
    },
    #[error("the body is no batch: send `{{\"{member}\":[…]}}` or an array of {member}", member = .0.member)]
    Shape(Kind),
    #[error("the batch has more than {most} {member}: send them in several calls", most = .0.most, member = .0.member)]
    TooMany(Kind),
}

/// An event and its own bytes.
#[derive(Debug)]
pub struct Parsed<'a> {
    pub raw: &'a str,
    /// None where it has not the shape of an event.
    pub event: Option<Event<'a>>,
}

impl<'a> Parsed<'a> {
    /// The event's bytes.
    pub const fn get(&self) -> &'a str {
        self.raw
    }
}

/// The events of a body, all in memory: what `read` hands out one by one.
pub fn parse(body: &[u8]) -> Result<Vec<Parsed<'_>>, Malformed> {
    let body = std::str::from_utf8(body).map_err(|error| Malformed::Text(error.valid_up_to()))?;
    let mut events = Vec::new();
    read(EVENTS, body, |_, raw, event| {
        events.push(Parsed { raw, event });
    })?;
    Ok(events)
}

/// Hands every item to `take`: its place, its bytes, and what they say if they have the shape of
/// one. Nothing is to be taken for granted before the whole body was read.
pub fn read<'a, T: Deserialize<'a>>(
    kind: Kind,
    body: &'a str,
    mut take: impl FnMut(usize, &'a str, Option<T>),
) -> Result<Form, Malformed> {
    let mut cursor = Cursor {
        text: body,
        at: 0,
        kind,
    };
    let read = cursor.batch(&mut take).map(|()| Form::Batch);
    let read = match read {
        Err(Stop::Missing) if kind.single => {
            cursor.at = 0;
            cursor.item(0, &mut take).map(|()| Form::Single)
        }
        read => read,
    };
    read.map_err(|stop| match stop {
        Stop::Shape | Stop::Missing => Malformed::Shape(kind),
        Stop::TooMany => Malformed::TooMany(kind),
        Stop::Json => broken(kind, body),
    })
}

/// Says where JSON breaks: reads again, since this is the rare case.
fn broken(kind: Kind, body: &str) -> Malformed {
    match serde_json::from_str::<IgnoredAny>(body) {
        Ok(_) => Malformed::Shape(kind),
        Err(error) => Malformed::Json {
            line: error.line(),
            column: error.column(),
            problem: error.to_string(),
        },
    }
}

enum Stop {
    Json,
    Shape,
    /// An object without the list.
    Missing,
    TooMany,
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
    kind: Kind,
}

impl<'a> Cursor<'a> {
    fn batch<T: Deserialize<'a>>(
        &mut self,
        take: &mut impl FnMut(usize, &'a str, Option<T>),
    ) -> Result<(), Stop> {
        let found = match self.peek() {
            Some(b'[') => {
                self.list(take)?;
                true
            }
            Some(b'{') => self.object(take)?,
            _ => return Err(Stop::Json),
        };
        match self.peek() {
            None if found => Ok(()),
            None => Err(Stop::Missing),
            Some(_) => Err(Stop::Json),
        }
    }

    /// Reads the members of the body's object; whether the list was among them.
    fn object<T: Deserialize<'a>>(
        &mut self,
        take: &mut impl FnMut(usize, &'a str, Option<T>),
    ) -> Result<bool, Stop> {
        let mut found = false;
        self.at += 1;
        if self.eat(b'}') {
            return Ok(found);
        }
        loop {
            let (name, _) = self.value::<Text<'a>>()?;
            if !self.eat(b':') {
                return Err(Stop::Json);
            }
            if &*name == self.kind.member {
                // A second list would make the items' places ambiguous.
                if found || self.peek() != Some(b'[') {
                    return Err(Stop::Shape);
                }
                self.list(take)?;
                found = true;
            } else {
                self.value::<IgnoredAny>()?;
            }
            if self.eat(b'}') {
                return Ok(found);
            }
            if !self.eat(b',') {
                return Err(Stop::Json);
            }
        }
    }

    fn list<T: Deserialize<'a>>(
        &mut self,
        take: &mut impl FnMut(usize, &'a str, Option<T>),
    ) -> Result<(), Stop> {
        self.at += 1;
        if self.eat(b']') {
            return Ok(());
        }
        for index in 0..self.kind.most {
            self.item(index, take)?;
            if self.eat(b']') {
                return Ok(());
            }
            if !self.eat(b',') {
                return Err(Stop::Json);
            }
        }
        Err(Stop::TooMany)
    }

    fn item<T: Deserialize<'a>>(
        &mut self,
        index: usize,
        take: &mut impl FnMut(usize, &'a str, Option<T>),
    ) -> Result<(), Stop> {
        let start = self.at;
        if let Ok((item, raw)) = self.value::<T>() {
            take(index, raw, Some(item));
        } else {
            self.at = start;
            let (_, raw) = self.value::<IgnoredAny>()?;
            take(index, raw, None);
        }
        Ok(())
    }

    /// Reads one value and cuts out its bytes.
    fn value<T: Deserialize<'a>>(&mut self) -> Result<(T, &'a str), Stop> {
        self.peek();
        let rest = &self.text[self.at..];
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<T>();
        match values.next() {
            Some(Ok(value)) => {
                let length = values.byte_offset();
                self.at += length;
                Ok((value, &rest[..length]))
            }
            Some(Err(_)) | None => Err(Stop::Json),
        }
    }

    /// Skips white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        let white = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
        self.at += rest
            .iter()
            .position(|byte| !white(byte))
            .unwrap_or(rest.len());
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Seen<'a> = Vec<(usize, &'a str, Option<String>)>;

    fn seen(body: &str) -> Result<Seen<'_>, Malformed> {
        let mut seen = Vec::new();
        read(EVENTS, body, |index, raw, event: Option<Event<'_>>| {
            seen.push((
                index,
                raw,
                event.map(|e| e.number.map(|n| n.to_string()).unwrap_or_default()),
            ));
        })?;
        Ok(seen)
    }

    #[test]
    fn both_forms_give_the_events_and_their_bytes() {
        let list = r#"[ {"number":"A1", "x":[1]} , {"number":5},7,"s"]"#;
        let expected = vec![
            (0, r#"{"number":"A1", "x":[1]}"#, Some("A1".to_owned())),
            (1, r#"{"number":5}"#, None),
            (2, "7", None),
            (3, r#""s""#, None),
        ];
        assert_eq!(seen(list).unwrap(), expected);
        let wrapped = format!(r#" {{"about":{{"a":1}}, "events" : {list} ,"more":null}} "#);
        assert_eq!(seen(&wrapped).unwrap(), expected);
        assert_eq!(seen(r#"{"events":[]}"#).unwrap(), []);
    }

    #[test]
    fn what_is_no_batch_says_where() {
        for text in [
            "{}",
            r#"{"events":5}"#,
            r#"{"events":[],"events":[]}"#,
            "null",
            "\"a\"",
        ] {
            assert_eq!(seen(text), Err(Malformed::Shape(EVENTS)), "{text}");
        }
        for text in [
            "",
            "[",
            "[1,]",
            "[1 2]",
            r#"{"events":[{"number":]}"#,
            "[]]",
            r#"{"events":[] x}"#,
            "[{\"a\":\"\u{1}\"}]",
        ] {
            assert!(matches!(seen(text), Err(Malformed::Json { .. })), "{text}");
        }
        let Err(Malformed::Json { line, column, .. }) = seen("[\n{\"a\":tru}]") else {
            panic!()
        };
        assert_eq!((line, column), (2, 9));
    }

    #[test]
    fn an_object_without_the_list_is_one_item_where_that_is_wanted() {
        let kind = Kind {
            single: true,
            ..EVENTS
        };
        let one_or_many = |body| {
            let mut seen = Vec::new();
            let form = read(kind, body, |at, raw, event: Option<Event<'_>>| {
                seen.push((at, raw, event.is_some()));
            });
            (form, seen)
        };
        let one = r#" {"number":"A1","more":[]} "#;
        assert_eq!(
            one_or_many(one),
            (Ok(Form::Single), vec![(0, one.trim(), true)])
        );
        let wrong = r#"{"number":5}"#;
        assert_eq!(
            one_or_many(wrong),
            (Ok(Form::Single), vec![(0, wrong, false)])
        );
        assert_eq!(
            one_or_many(r#"{"events":[]}"#),
            (Ok(Form::Batch), Vec::new())
        );
        assert_eq!(
            one_or_many(r#"{"events":7}"#),
            (Err(Malformed::Shape(kind)), Vec::new())
        );
        assert!(matches!(one_or_many("{} x").0, Err(Malformed::Json { .. })));
    }

    #[test]
    fn ten_thousand_and_no_more() {
        let body = |count: usize| format!("[{}]", vec!["{}"; count].join(","));
        assert_eq!(seen(&body(MAX_EVENTS)).unwrap().len(), MAX_EVENTS);
        assert_eq!(seen(&body(MAX_EVENTS + 1)), Err(Malformed::TooMany(EVENTS)));
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = format!(
            r#"[{{"number":"A","x":{}{}}}]"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        assert_eq!(seen(&deep).unwrap().len(), 1);
    }
}
