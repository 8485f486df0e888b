//! A format's regular expression as a list of fixed shapes.
//!
//! Contract: a number matches the expression as a whole (anchored at both ends) exactly if it has one
//! of the shapes and, where the expression looks around itself, the expression says so too. Numbers
//! are compared without white space and in capitals, so `\s*` between characters means nothing here.
//! Formats are short and bounded, so the list is as well; an expression that is not is refused.
//! A shape's groups stand at fixed places: nothing backtracks where numbers are many.

use super::text::{Cells, LONGEST, Text, class};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind, Look};
use std::ops::Range;

/// Shapes that one expression may have.
const MOST_SHAPES: usize = 2_048;

/// Why an expression is no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    #[error("`{0}` is no regular expression: {1}")]
    Syntax(String, String),
    #[error("`{0}` has more than {MOST_SHAPES} shapes: bound what repeats")]
    Shapes(String),
    #[error("`{0}` matches nothing of 1 to {LONGEST} letters and digits")]
    Nothing(String),
}

/// One way in which numbers of a format are built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// What may stand at each place.
    pub cells: Vec<Cells>,
    pub groups: Vec<(String, Range<usize>)>,
    /// Assertions that are not settled by the cells, with their places.
    looks: Vec<(usize, Look)>,
}

/// An expression, taken apart.
#[derive(Clone, Debug)]
pub struct Pattern {
    pub shapes: Vec<Shape>,
    /// Asked of numbers that have a shape, where the expression looks around.
    verify: Option<fancy_regex::Regex>,
}

impl Pattern {
    pub fn parse(expression: &str) -> Result<Self, PatternError> {
        let syntax = |error: &dyn std::fmt::Display| {
            let first = error.to_string();
            let first = first.lines().last().unwrap_or_default().to_owned();
            PatternError::Syntax(expression.to_owned(), first)
        };
        let (plain, looks_around) = without_lookaround(expression);
        let hir = ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .nest_limit(64)
            .build()
            .parse(&plain)
            .map_err(|error| syntax(&error))?;
        let mut shapes = expand(&hir).ok_or_else(|| PatternError::Shapes(expression.to_owned()))?;
        shapes.retain_mut(|shape| !shape.cells.is_empty() && shape.holds_ends());
        shapes.dedup();
        if shapes.is_empty() {
            return Err(PatternError::Nothing(expression.to_owned()));
        }
        let unsettled = shapes.iter().any(|shape| !shape.looks.is_empty());
        let verify = (looks_around || unsettled)
            .then(|| fancy_regex::Regex::new(&format!("^(?:{expression})$")))
            .transpose()
            .map_err(|error| syntax(&error))?;
        Ok(Self { shapes, verify })
    }

    /// Whether a number of one of the shapes matches the whole expression.
    pub fn verified(&self, text: &Text) -> bool {
        self.verify
            .as_ref()
            .is_none_or(|regex| regex.is_match(text.as_str()).unwrap_or(false))
    }

    /// Whether these characters have one of the shapes: for the small expressions on parts.
    pub fn fits(&self, classes: &[u8]) -> bool {
        self.shapes.iter().any(|shape| {
            shape.cells.len() == classes.len()
                && shape
                    .cells
                    .iter()
                    .zip(classes)
                    .all(|(cells, class)| cells.has(*class))
        })
    }

    /// Whether they begin with one of the shapes.
    pub fn starts(&self, classes: &[u8]) -> bool {
        self.shapes.iter().any(|shape| {
            let cells = shape.cells.iter();
            shape.cells.len() <= classes.len()
                && cells.zip(classes).all(|(cells, class)| cells.has(*class))
        })
    }
}

impl Shape {
    pub fn group(&self, name: &str) -> Option<Range<usize>> {
        self.groups
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, range)| range.clone())
    }

    /// Settles the assertions at the ends. False where one of them can't hold.
    fn holds_ends(&mut self) -> bool {
        let end = self.cells.len();
        let word = |at: usize| self.cells.get(at).is_some_and(|cells| cells.is_word());
        let (first, last) = (word(0), word(end.wrapping_sub(1)));
        let mut holds = true;
        self.looks.retain(|(at, look)| match look {
            Look::Start | Look::StartLF | Look::StartCRLF => {
                holds &= *at == 0;
                false
            }
            Look::End | Look::EndLF | Look::EndCRLF => {
                holds &= *at == end;
                false
            }
            Look::WordAscii | Look::WordUnicode => !((*at == 0 && first) || (*at == end && last)),
            _ => true,
        });
        holds
    }

    fn then(&self, next: &Self) -> Self {
        let by = self.cells.len();
        let mut groups = self.groups.clone();
        for (name, range) in &next.groups {
            // Of a group that repeats the last counts.
            groups.retain(|(known, _)| known != name);
            groups.push((name.clone(), range.start + by..range.end + by));
        }
        Self {
            cells: [&self.cells[..], &next.cells[..]].concat(),
            groups,
            looks: self
                .looks
                .iter()
                .copied()
                .chain(next.looks.iter().map(|(at, look)| (at + by, *look)))
                .collect(),
        }
    }

    const fn of(cells: Vec<Cells>) -> Self {
        Self {
            cells,
            groups: Vec::new(),
            looks: Vec::new(),
        }
    }

    fn is_empty(&self) -> bool {
        self.cells.is_empty() && self.looks.is_empty()
    }
}

/// All shapes; None where there are too many. What is longer than any number is left out.
fn expand(hir: &Hir) -> Option<Vec<Shape>> {
    let shapes = match hir.kind() {
        HirKind::Empty => vec![Shape::default()],
        HirKind::Literal(literal) => {
            let cells = literal.0.iter().filter(|byte| !is_space(**byte));
            let cells: Option<Vec<Cells>> = cells
                .map(|byte| class(byte.to_ascii_uppercase()).map(Cells::one))
                .collect();
            cells.map(Shape::of).into_iter().collect()
        }
        HirKind::Class(class) => of_class(class),
        HirKind::Look(look) => vec![Shape {
            looks: vec![(0, *look)],
            ..Shape::default()
        }],
        HirKind::Repetition(repetition) => {
            let sub = expand(&repetition.sub)?;
            if sub.iter().all(Shape::is_empty) {
                return Some(vec![Shape::default()]);
            }
            let least = repetition.min as usize;
            let most = repetition.max.map_or(LONGEST, |most| most as usize);
            repeat(&sub, least, most.min(LONGEST))?
        }
        HirKind::Capture(capture) => {
            let mut shapes = expand(&capture.sub)?;
            if let Some(name) = &capture.name {
                for shape in &mut shapes {
                    let whole = 0..shape.cells.len();
                    shape.groups.push((name.to_string(), whole));
                }
            }
            shapes
        }
        HirKind::Concat(parts) => {
            let mut shapes = vec![Shape::default()];
            for part in parts {
                shapes = product(&shapes, &expand(part)?)?;
            }
            shapes
        }
        HirKind::Alternation(parts) => {
            let mut shapes = Vec::new();
            for part in parts {
                shapes.extend(expand(part)?);
            }
            shapes
        }
    };
    (shapes.len() <= MOST_SHAPES).then_some(shapes)
}

fn repeat(sub: &[Shape], least: usize, most: usize) -> Option<Vec<Shape>> {
    let mut shapes = Vec::new();
    let mut times = vec![Shape::default()];
    for count in 0..=most {
        if count >= least {
            shapes.extend(times.iter().cloned());
        }
        if times.is_empty() || shapes.len() > MOST_SHAPES {
            break;
        }
        times = product(&times, sub)?;
    }
    Some(shapes)
}

fn product(first: &[Shape], then: &[Shape]) -> Option<Vec<Shape>> {
    let mut shapes = Vec::new();
    for one in first {
        for next in then {
            if one.cells.len() + next.cells.len() <= LONGEST {
                let shape = one.then(next);
                if !shapes.contains(&shape) {
                    shapes.push(shape);
                }
            }
        }
        if shapes.len() > MOST_SHAPES {
            return None;
        }
    }
    Some(shapes)
}

/// A class of white space only is nothing; otherwise white space is left out of it.
fn of_class(found: &Class) -> Vec<Shape> {
    let bytes: Vec<(u8, u8)> = match found {
        Class::Bytes(bytes) => bytes
            .iter()
            .map(|range| (range.start(), range.end()))
            .collect(),
        Class::Unicode(chars) => chars
            .iter()
            .filter(|range| range.start().is_ascii())
            .map(|range| {
                (
                    range.start() as u8,
                    u8::try_from(range.end()).unwrap_or(0x7f),
                )
            })
            .collect(),
    };
    let mut cells = Cells::default();
    let mut space = false;
    for byte in bytes.iter().flat_map(|(start, end)| *start..=*end) {
        space |= is_space(byte);
        if let Some(class) = class(byte.to_ascii_uppercase()) {
            cells = cells.with(class);
        }
    }
    match (cells == Cells::default(), space) {
        (true, true) => vec![Shape::default()],
        (true, false) => Vec::new(),
        (false, _) => vec![Shape::of(vec![cells])],
    }
}

const fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}

/// The expression without what looks ahead or behind, and whether there was any: what is left
/// matches at least as much.
fn without_lookaround(expression: &str) -> (String, bool) {
    let mut plain = String::with_capacity(expression.len());
    let mut rest = expression;
    let mut found = false;
    while let Some((at, length)) = next_lookaround(rest) {
        found = true;
        plain.push_str(&rest[..at]);
        rest = &rest[at + length..];
    }
    plain.push_str(rest);
    (plain, found)
}

/// Where the next look-around stands, and how long it is.
fn next_lookaround(text: &str) -> Option<(usize, usize)> {
    let at = ["(?=", "(?!", "(?<=", "(?<!"]
        .iter()
        .filter_map(|mark| text.find(mark))
        .min()?;
    let mut depth = 0_usize;
    let mut bytes = text.bytes().enumerate().skip(at);
    while let Some((index, byte)) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'(' => depth += 1,
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return Some((at, index + 1 - at));
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes(expression: &str) -> Vec<usize> {
        let pattern = Pattern::parse(expression).unwrap();
        pattern
            .shapes
            .iter()
            .map(|shape| shape.cells.len())
            .collect()
    }

    #[test]
    fn expressions_are_taken_apart() {
        assert_eq!(shapes(r"\s*1\s*Z\s*(?<Serial>([0-9]\s*){3})"), [5]);
        assert_eq!(shapes("A([0-9]{2,4})"), [3, 4, 5]);
        assert_eq!(shapes("(420[0-9]{5})?9[1-5][0-9]"), [3, 11]);
        assert_eq!(shapes("SPX|[A-Z]{2}"), [3, 2]);
        assert_eq!(shapes(r"^[0-9]{14}$"), [14]);
        let pattern = Pattern::parse(r"X(?<A>([0-9]\s*){2})(?<B>[A-Z])").unwrap();
        assert_eq!(pattern.shapes[0].group("A"), Some(1..3));
        assert_eq!(pattern.shapes[0].group("B"), Some(3..4));
        assert_eq!(pattern.shapes[0].group("C"), None);
    }

    #[test]
    fn what_looks_around_is_asked_of_what_has_the_shape() {
        let pattern = Pattern::parse("(?=.*[0-9])[0-9A-Z]{3}").unwrap();
        let verified = |text| pattern.verified(&Text::read(text).unwrap());
        assert!(verified("A1C") && !verified("ABC"));
        assert!(Pattern::parse(r"\b[0-9]{3}\b").unwrap().verify.is_none());
    }

    #[test]
    fn what_is_no_format_is_refused() {
        let wrong = |expression| Pattern::parse(expression).unwrap_err();
        assert!(matches!(wrong("["), PatternError::Syntax(..)));
        assert!(matches!(wrong("(?=A"), PatternError::Syntax(..)));
        assert!(matches!(wrong(""), PatternError::Nothing(_)));
        assert!(matches!(wrong("é"), PatternError::Nothing(_)));
        assert!(matches!(wrong("(a|bb|cc|d){40}"), PatternError::Shapes(_)));
        assert!(matches!(wrong("A$B"), PatternError::Nothing(_)));
    }
}
