//! A JSON text read once: where each of its values stands, and what stands inside it.
//!
//! Contract: what `Tape::read` takes is JSON (RFC 8259), nested at most `limits::MAX_DEPTH` deep, and
//! what it refuses is not; its slices are those of the text. It copies nothing and reads no byte twice,
//! so that looking into a value costs nothing once the whole was read. It is our own because parsers
//! either copy values, which loses how they were written, or skip them and read them again on the next
//! level.

use super::Problem;
use crate::limits::MAX_DEPTH;
use std::ops::Range;

/// A value; the values inside it follow it at once.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// A member's name between its quotes; empty for elements and for the whole text.
    name: (u32, u32),
    value: (u32, u32),
    /// Behind the last value inside it.
    next: u32,
    /// Whether the name is written without escapes, and so is its own text.
    plain: bool,
}

/// Where a member's name stands between its quotes, and whether it is plain.
type Name = ((u32, u32), bool);

/// Where every value of a text stands, in its order.
#[derive(Debug)]
pub(super) struct Tape(Vec<Node>);

/// A value's place on the tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At(u32);

/// The whole text's value.
pub(super) const ROOT: At = At(0);

impl Tape {
    pub fn read(text: &str) -> Result<Self, Problem> {
        if u32::try_from(text.len()).is_err() {
            return Err(wrong("it is longer than 4 GiB", 0));
        }
        let mut scan = Scan {
            text: text.as_bytes(),
            at: 0,
            nodes: Vec::with_capacity(16 + text.len() / 24),
            open: 0,
        };
        scan.blank();
        scan.value(((0, 0), true))?;
        scan.blank();
        if scan.at < scan.text.len() {
            return Err(wrong("something follows it", scan.at));
        }
        Ok(Self(scan.nodes))
    }

    fn node(&self, at: At) -> &Node {
        &self.0[at.0 as usize]
    }

    /// Of the value.
    pub fn value(&self, at: At) -> Range<usize> {
        range(self.node(at).value)
    }

    /// Of a member's name, between its quotes.
    pub fn name(&self, at: At) -> Range<usize> {
        range(self.node(at).name)
    }

    /// Whether a member's name is written without escapes.
    pub fn is_plain(&self, at: At) -> bool {
        self.node(at).plain
    }

    /// The values directly inside one, in their order.
    pub fn inside(&self, at: At) -> impl Iterator<Item = At> + Clone + '_ {
        let end = self.node(at).next;
        let first = Some(at.0 + 1).filter(|first| *first < end);
        std::iter::successors(first, move |at| {
            Some(self.0[*at as usize].next).filter(|next| *next < end)
        })
        .map(At)
    }
}

fn range((from, to): (u32, u32)) -> Range<usize> {
    from as usize..to as usize
}

#[cold]
fn wrong(what: &str, at: usize) -> Problem {
    Problem::NotAnObject(format!("{what}, at byte {at}"))
}

struct Scan<'a> {
    text: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    open: usize,
}

type Scanned = Result<(), Problem>;

impl Scan<'_> {
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or_default()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\t' | b'\r') {
            self.at += 1;
        }
    }

    fn value(&mut self, (name, plain): Name) -> Scanned {
        let (from, node) = (self.at as u32, self.nodes.len());
        self.nodes.push(Node {
            name,
            value: (from, from),
            next: 0,
            plain,
        });
        match self.peek() {
            b'"' => drop(self.string()?),
            b'{' => self.nested(b'}')?,
            b'[' => self.nested(b']')?,
            b't' => self.word(b"true")?,
            b'f' => self.word(b"false")?,
            b'n' => self.word(b"null")?,
            _ => self.number()?,
        }
        self.nodes[node].value.1 = self.at as u32;
        self.nodes[node].next = self.nodes.len() as u32;
        Ok(())
    }

    /// An object or a list, to its closing sign.
    fn nested(&mut self, close: u8) -> Scanned {
        self.open += 1;
        if self.open > MAX_DEPTH {
            return Err(Problem::TooDeep);
        }
        self.at += 1;
        self.blank();
        if self.peek() != close {
            loop {
                let name = if close == b'}' {
                    self.name()?
                } else {
                    ((0, 0), true)
                };
                self.value(name)?;
                self.blank();
                if self.peek() != b',' {
                    break;
                }
                self.at += 1;
                self.blank();
            }
        }
        if self.peek() != close {
            return Err(wrong("a comma or an end is missing", self.at));
        }
        self.at += 1;
        self.open -= 1;
        Ok(())
    }

    fn name(&mut self) -> Result<Name, Problem> {
        let from = self.at + 1;
        if self.peek() != b'"' {
            return Err(wrong("a member has no name", self.at));
        }
        let plain = self.string()?;
        let name = (from as u32, self.at as u32 - 1);
        self.blank();
        if self.peek() != b':' {
            return Err(wrong("a colon is missing", self.at));
        }
        self.at += 1;
        self.blank();
        Ok((name, plain))
    }

    /// A text to its closing quote; whether it is written without escapes.
    fn string(&mut self) -> Result<bool, Problem> {
        let mut is_plain = true;
        self.at += 1;
        loop {
            let rest = &self.text[self.at.min(self.text.len())..];
            let plain = rest.iter().position(|byte| ENDS_PLAIN[usize::from(*byte)]);
            let Some(plain) = plain else {
                return Err(wrong("a text has no end", self.text.len()));
            };
            self.at += plain + 1;
            match rest[plain] {
                b'"' => return Ok(is_plain),
                b'\\' => {
                    is_plain = false;
                    self.escape()?;
                }
                _ => return Err(wrong("a control character in a text", self.at - 1)),
            }
        }
    }

    fn escape(&mut self) -> Scanned {
        let sign = self.peek();
        self.at += 1;
        match sign {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(()),
            b'u' => {
                let digits = self.text.get(self.at..self.at + 4);
                if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                    return Err(wrong("an escape is not four digits", self.at));
                }
                self.at += 4;
                Ok(())
            }
            _ => Err(wrong("no such escape", self.at - 1)),
        }
    }

    fn word(&mut self, word: &[u8]) -> Scanned {
        if !self.text[self.at..].starts_with(word) {
            return Err(wrong("no value", self.at));
        }
        self.at += word.len();
        Ok(())
    }

    fn number(&mut self) -> Scanned {
        self.at += usize::from(self.peek() == b'-');
        if self.peek() == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), b'+' | b'-'));
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Scanned {
        let from = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        if self.at == from {
            return Err(wrong("no value", self.at));
        }
        Ok(())
    }
}

/// The bytes at which a text's plain part ends: quote, backslash, control characters.
static ENDS_PLAIN: [bool; 256] = {
    let mut ends = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        ends[byte] = true;
        byte += 1;
    }
    ends[b'"' as usize] = true;
    ends[b'\\' as usize] = true;
    ends
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    fn takes(text: &str) -> bool {
        Tape::read(text).is_ok()
    }

    #[test]
    fn takes_what_is_json_and_nothing_else() {
        for text in [
            "{}",
            "[]",
            " [ ] ",
            "0",
            "-0",
            "1e5",
            "-1.50E-07",
            "\"\\u00e9\\n\"",
            "\"é\"",
            "null",
            "{\"a\":[1,{\"b\":true}],\"\":false}",
            "\"\\ud800\"",
            "[[],[]]",
        ] {
            assert!(takes(text), "{text}");
        }
        for text in [
            "",
            " ",
            "{",
            "}",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\"}",
            "{a:1}",
            "01",
            "1.",
            ".5",
            "1e",
            "+1",
            "-",
            "nul",
            "truee",
            "\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\\u12",
            "\"a\nb\"",
            "[1 2]",
            "{\"a\" 1}",
            "1 1",
            "NaN",
            "'a'",
            "[}",
            "{]",
            "\"\\",
            "\u{feff}1",
        ] {
            assert!(!takes(text), "{text}");
        }
        assert!(takes(
            &["[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH)].concat()
        ));
        let deep = ["[".repeat(MAX_DEPTH + 1), "]".repeat(MAX_DEPTH + 1)].concat();
        assert_eq!(Tape::read(&deep).unwrap_err(), Problem::TooDeep);
    }

    fn some_json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("null".to_owned()),
            Just(" true".to_owned()),
            "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,2})?([eE][+-]?[0-9])?",
            "\"([a-zé ]|\\\\n|\\\\u00[0-9a-f]{2}|\\\\\"){0,6}\"",
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            let member = ("\"([a-c]|\\\\\\\\){0,2}\"", inner.clone());
            prop_oneof![
                prop::collection::vec(inner, 0..5).prop_map(|all| format!("[{}]", all.join(" ,"))),
                prop::collection::vec(member, 0..5).prop_map(|all| {
                    let all: Vec<String> = all.iter().map(|(n, v)| format!("{n} :{v}")).collect();
                    format!("{{ {} }}", all.join(","))
                }),
            ]
        })
    }

    proptest! {
        /// Another reader takes and refuses the same texts, also broken ones.
        #[test]
        fn agrees_with_another_reader(
            text in some_json(),
            (cut, put) in (any::<prop::sample::Index>(), "[\\[\\]{}\",:0-9a\\\\ -]?"),
        ) {
            let mut broken: Vec<char> = text.chars().collect();
            let at = cut.index(broken.len() + 1);
            broken.splice(at..(at + 1).min(broken.len()), put.chars());
            let broken: String = broken.into_iter().collect();
            for text in [text, broken] {
                let other = serde_json::from_str::<&RawValue>(&text);
                prop_assert_eq!(takes(&text), other.is_ok(), "{}", text);
            }
        }

        /// Every value inside another is where another reader finds it.
        #[test]
        fn finds_the_same_values(text in some_json()) {
            let tape = Tape::read(&text).unwrap();
            let mut left = vec![ROOT];
            while let Some(at) = left.pop() {
                let value = &text[tape.value(at)];
                let found: Vec<&str> = tape.inside(at).map(|at| &text[tape.value(at)]).collect();
                if let Ok(list) = serde_json::from_str::<Vec<&RawValue>>(value) {
                    let list: Vec<&str> = list.into_iter().map(RawValue::get).collect();
                    prop_assert_eq!(&found, &list);
                }
                let nests = value.starts_with(['[', '{']);
                prop_assert!(nests || found.is_empty());
                left.extend(tape.inside(at));
            }
        }
    }
}
