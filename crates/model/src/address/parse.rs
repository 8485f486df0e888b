//! An address as free text.

use super::chain::{self, Reading};
use super::names::{Apostrophe, Break, Words};
use super::{Epoch, Level, Place, Unit};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Longer texts are not read, in bytes.
pub const LONGEST: usize = 1_000;
/// How many candidates an ambiguity tells.
const MOST: usize = 20;

/// What a text says of where something lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// What is left when the divisions, the country and the postal code are taken out.
    pub street: String,
    pub province: Option<&'static Unit>,
    pub district: Option<&'static Unit>,
    pub ward: Option<&'static Unit>,
    pub postcode: Option<String>,
    /// The epoch of the units.
    pub epoch: Option<Epoch>,
    /// Every epoch that explains the text as well.
    pub epochs: Vec<Epoch>,
    pub sureness: Sureness,
    /// What fits alike. The units above are what all of these lie in.
    pub ambiguous: Option<Ambiguity>,
}

/// How sure it is that this was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sureness {
    /// Nothing was recognised.
    Nothing,
    /// Something else is nearly as likely, or fits alike.
    Guess,
    /// The best reading by far, of a text that leaves out something, or writes it loosely.
    Likely,
    /// Every level is there, as the directory has it.
    Certain,
}

/// Units of one level that a text fits alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ambiguity {
    pub level: Level,
    /// By code, the first twenty.
    pub candidates: Vec<&'static Unit>,
}

impl Parsed {
    /// Where it lies, as far as that is known.
    pub fn place(&self) -> Option<Place> {
        Some(Place {
            province: self.province?,
            district: self.district,
            ward: self.ward,
        })
    }

    fn nothing(text: &str) -> Self {
        Self {
            street: trimmed(text).to_owned(),
            province: None,
            district: None,
            ward: None,
            postcode: None,
            epoch: None,
            epochs: Vec::new(),
            sureness: Sureness::Nothing,
            ambiguous: None,
        }
    }
}

/// Reads a text in an epoch, or in the one that explains it best, of several the latest. Levels may be
/// left out, abbreviated, in English, without marks and in another order.
pub fn parse(text: &str, epoch: Option<Epoch>) -> Parsed {
    if text.len() > LONGEST {
        return Parsed::nothing(text);
    }
    let words = Words::of(text, Apostrophe::Joins);
    let tail = Tail::of(&words, text);
    let epochs = epoch.map_or(Epoch::ALL.to_vec(), |epoch| vec![epoch]);
    let mut readings: Vec<(Epoch, Reading)> = epochs
        .into_iter()
        .map(|epoch| (epoch, chain::read(&words, epoch, &tail.range)))
        .collect();
    let best = readings.iter().map(|(_, reading)| reading.score()).max();
    let best = best.unwrap_or_default();
    readings.retain(|(_, reading)| reading.score() == best && !reading.best.is_empty());
    let epochs: Vec<Epoch> = readings.iter().map(|(epoch, _)| *epoch).collect();
    // What one epoch leaves open is not sure in another.
    let is_guess = readings.iter().any(|(_, reading)| reading.is_guess());
    let Some((epoch, reading)) = readings.pop() else {
        return Parsed {
            postcode: tail.postcode.clone(),
            ..Parsed::nothing(&text[..tail.ends(&words, text)])
        };
    };
    let mut parsed = told(&words, text, tail, epoch, epochs, &reading);
    if is_guess {
        parsed.sureness = Sureness::Guess;
    }
    parsed
}

fn told(
    words: &Words,
    text: &str,
    tail: Tail,
    epoch: Epoch,
    epochs: Vec<Epoch>,
    reading: &Reading,
) -> Parsed {
    let [first, others @ ..] = reading.best.as_slice() else {
        return Parsed::nothing(text);
    };
    // The narrowest unit that all of them lie in.
    let mut common = Some(first.unit);
    while let Some(unit) = common.filter(|unit| !others.iter().all(|it| it.unit.lies_in(unit))) {
        common = unit.parent();
    }
    let ambiguous = (!others.is_empty()).then(|| {
        let mut candidates: Vec<_> = reading.best.iter().map(|chain| chain.unit).collect();
        candidates.sort_unstable_by_key(|unit| (unit.level, unit.code));
        candidates.truncate(MOST);
        Ambiguity {
            level: first.unit.level,
            candidates,
        }
    });
    let sureness = if first.is_plain && first.unit.level == Level::Ward {
        Sureness::Certain
    } else {
        Sureness::Likely
    };
    let place = common.map(Place::of);
    Parsed {
        street: street(words, text, &tail, &first.words),
        province: place.map(|place| place.province),
        district: place.and_then(|place| place.district),
        ward: place.and_then(|place| place.ward),
        postcode: tail.postcode,
        epoch: Some(epoch),
        epochs,
        sureness,
        ambiguous,
    }
}

/// The text without its country and its postal code, which stand at its end; a country at its start as
/// well.
#[derive(Debug)]
struct Tail {
    /// Words that are left.
    range: Range<usize>,
    postcode: Option<String>,
}

impl Tail {
    fn of(all: &Words, text: &str) -> Self {
        let words = &all.words;
        let mut range = 0..words.len();
        let mut postcode = None;
        loop {
            if let Some(start) = country_before(all, range.end) {
                range.end = start;
                continue;
            }
            let last = range.end.checked_sub(1).map(|at| &words[at]);
            match last {
                Some(word)
                    if postcode.is_none()
                        && range.end > 1
                        && word.is_number
                        && (5..=6).contains(&(word.end - word.start)) =>
                {
                    postcode = Some(text[word.start..word.end].to_owned());
                    range.end -= 1;
                }
                _ => break,
            }
        }
        let ends_at = |end: &usize| {
            *end < range.end
                && country_before(all, *end) == Some(0)
                && all.break_at(*end) > Break::Dot
        };
        range.start = (1..=2).find(ends_at).unwrap_or(0);
        Self { range, postcode }
    }

    /// Where the text ends without it.
    fn ends(&self, all: &Words, text: &str) -> usize {
        let next = all.words.get(self.range.end);
        next.map_or(text.len(), |word| word.start)
    }
}

/// The word with which the country's name begins that ends before a word.
fn country_before(all: &Words, end: usize) -> Option<usize> {
    let is = |at: usize, name: &str| all.words.get(at).is_some_and(|word| all.text(word) == name);
    let last = end.checked_sub(1)?;
    if is(last, "vn") || is(last, "vietnam") {
        return Some(last);
    }
    last.checked_sub(1)
        .filter(|first| is(*first, "viet") && is(last, "nam"))
}

/// What no mention takes, in the order in which it stands.
fn street(all: &Words, text: &str, tail: &Tail, taken: &[Range<usize>]) -> String {
    let words = &all.words;
    let mut taken: Vec<&Range<usize>> = taken.iter().collect();
    taken.sort_unstable_by_key(|range| range.start);
    let mut parts: Vec<&str> = Vec::new();
    let mut from = match tail.range.start {
        0 => 0,
        start => words[start - 1].end,
    };
    for range in taken {
        parts.push(trimmed(&text[from..words[range.start].start]));
        from = words[range.end - 1].end;
    }
    parts.push(trimmed(&text[from..tail.ends(all, text).max(from)]));
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

/// Without the space and the signs around it that parted it from the rest.
fn trimmed(text: &str) -> &str {
    let is_sign = |letter: char| letter.is_whitespace() || ",;.-–—|/:".contains(letter);
    text.trim_matches(is_sign)
}
