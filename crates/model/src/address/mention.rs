//! Where a text names a division: every run of words that is a name, with the words around it that say
//! what kind is meant, and how well it stands there.

use super::index::{self, End, Entry, Form, Index, Marks, Street};
use super::kind::{Kinds, Side};
use super::names::{Break, Words};
use super::{Epoch, Level};
use std::ops::Range;

/// A text's words, and where names of an epoch are among them.
#[derive(Debug)]
pub(super) struct Scan<'w> {
    pub words: &'w Words,
    pub index: &'static Index,
    pub spans: Vec<Span>,
    /// By word: whether it begins a street, or what is like one.
    streets: Vec<Option<Street>>,
    /// Words up to here have marks, or stand before one that has: who writes marks means a word without
    /// them so. A street may have them where the rest has none.
    marked: usize,
}

/// A run of words that is a name.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub name: Range<usize>,
    /// With the words that say its kind.
    pub whole: Range<usize>,
    pub kinds: Option<Kinds>,
    pub end: &'static End,
}

/// One reading of a span.
#[derive(Clone, Debug)]
pub(super) struct Mention {
    pub at: u16,
    pub words: Range<usize>,
    pub score: i32,
    /// Whether nothing about it was loose.
    pub is_plain: bool,
    /// Whether a word says its kind.
    pub has_kind: bool,
}

/// What a name costs where a street's is looked for.
const STREET: i32 = 14;

/// What one costs that is the end of a longer name.
const PART: i32 = 14;

/// Mentions by level.
pub(super) type Mentions = [Vec<Mention>; 3];

impl<'w> Scan<'w> {
    pub fn of(words: &'w Words, epoch: Epoch) -> Self {
        let index = index::of(epoch);
        let marked = words.words.iter().rposition(|word| word.marks != 0);
        let ids: Vec<Option<u32>> = words
            .words
            .iter()
            .map(|word| index.word(words.text(word)))
            .collect();
        let mut scan = Self {
            streets: vec![None; ids.len()],
            marked: marked.map_or(0, |last| last + 1),
            spans: Vec::new(),
            words,
            index,
        };
        // Words for kinds, by the word behind them (before a name) and by their first (after one).
        let mut before: Vec<Option<(usize, Kinds)>> = vec![None; ids.len() + 1];
        let mut after: Vec<Option<(usize, Kinds)>> = vec![None; ids.len() + 1];
        let words = &scan.words.words;
        for (from, after) in after.iter_mut().enumerate().take(ids.len()) {
            index.walk(words, &ids, from, |to, end| {
                if !end.names.is_empty() {
                    scan.spans.push(Span {
                        name: from..to,
                        whole: from..to,
                        kinds: None,
                        end,
                    });
                }
                if let Some((kinds, side)) = end.kind {
                    if side != Side::After && before[to].is_none() {
                        before[to] = Some((from, kinds));
                    }
                    if side != Side::Before {
                        *after = Some((to, kinds));
                    }
                }
                if end.street.is_some() {
                    scan.streets[from] = end.street;
                }
            });
        }
        scan.attach(&before, &after);
        scan
    }

    /// Adds to each span the words that say its kind, as a reading of its own.
    fn attach(&mut self, before: &[Option<(usize, Kinds)>], after: &[Option<(usize, Kinds)>]) {
        let joined = |at: usize| self.words.break_at(at) < Break::Hyphen;
        let mut more = Vec::new();
        for span in &self.spans {
            let Range { start, end } = span.name;
            let left = before[start].filter(|_| joined(start));
            let right = after[end].filter(|_| joined(end));
            if let Some((from, kinds)) = left {
                let to = right.filter(|(_, other)| kinds.meets(*other));
                more.push(Span {
                    whole: from..to.map_or(end, |(to, _)| to),
                    kinds: Some(kinds),
                    ..span.clone()
                });
            }
            if let (None, Some((to, kinds))) = (left, right) {
                more.push(Span {
                    whole: start..to,
                    kinds: Some(kinds),
                    ..span.clone()
                });
            }
        }
        // A name after a word for a kind is not read without it.
        self.spans
            .retain(|span| before[span.name.start].is_none_or(|_| !joined(span.name.start)));
        self.spans.append(&mut more);
    }

    /// What the spans within a range of words mean.
    pub fn mentions(&self, range: &Range<usize>) -> Mentions {
        let mut mentions = Mentions::default();
        let within = |span: &&Span| range.start <= span.whole.start && span.whole.end <= range.end;
        for span in self.spans.iter().filter(within) {
            let Some(shape) = self.shape(span) else {
                continue;
            };
            for entry in &span.end.names {
                let level = entry.unit().level();
                if let Some(mention) = self.mention(span, shape, entry, level) {
                    mentions[level as usize].push(mention);
                }
            }
        }
        mentions
    }

    fn mention(&self, span: &Span, shape: i32, entry: &Entry, level: Level) -> Option<Mention> {
        let kind = self.kind_fits(span, entry, level)?;
        if entry.form == Form::Code && !self.stands_alone(span) {
            return None;
        }
        let marks = self.marks(span, entry);
        let base = match level {
            Level::Province => 12,
            Level::District => 10,
            Level::Ward => 9,
        };
        let kind_score = match (kind, span.kinds) {
            (true, Some(_)) => 5,
            (false, Some(_)) => 1,
            (_, None) => 0,
        };
        let form = i32::from(entry.form == Form::Own);
        Some(Mention {
            at: entry.at,
            words: span.whole.clone(),
            score: base + kind_score + shape + form
                - 3 * marks.other as i32
                - i32::from(marks.is_lacking),
            has_kind: span.kinds.is_some(),
            is_plain: kind && marks.other == 0 && !marks.is_bare && entry.form != Form::Code,
        })
    }

    /// How the marks of a span's words compare with an entry's.
    pub fn marks(&self, span: &Span, entry: &Entry) -> Marks {
        let words = &self.words.words[span.name.clone()];
        let mut marks = self.index.marks_of(entry, words);
        marks.is_lacking = marks.is_bare && span.whole.start < self.marked;
        marks
    }

    /// Whether the words for its kind say the very kind, or one of its level. None: another level's.
    pub fn kind_fits(&self, span: &Span, entry: &Entry, level: Level) -> Option<bool> {
        let Some(kinds) = span.kinds else {
            return Some(true);
        };
        if kinds.meets(entry.kind.set()) {
            return Some(true);
        }
        let numbered = self.is_numbered(span) || entry.form == Form::Code;
        (!numbered && kinds.meets(Kinds::of_level(level))).then_some(false)
    }

    /// Whether the name is a number.
    fn is_numbered(&self, span: &Span) -> bool {
        self.words.words[span.name.clone()]
            .iter()
            .all(|word| word.is_number)
    }

    /// Whether a code is all that stands between its commas, or is called a province.
    fn stands_alone(&self, span: &Span) -> bool {
        let right = self.words.break_at(span.whole.end) >= Break::Hyphen;
        let left = self.words.break_at(span.whole.start) >= Break::Hyphen;
        let capitals = self.words.words[span.name.clone()]
            .iter()
            .all(|word| word.capitals);
        right && (span.kinds.is_some() || left && capitals)
    }

    /// How well a name stands where it stands; None: it is none there.
    fn shape(&self, span: &Span) -> Option<i32> {
        if span.kinds.is_none() && self.is_numbered(span) {
            return None;
        }
        let worth = |gap: Break| match gap {
            Break::None => 0,
            Break::Dot => 1,
            Break::Hyphen | Break::Comma => 2,
        };
        let left = self.words.break_at(span.whole.start);
        let right = self.words.break_at(span.whole.end);
        let mut score = span.name.len().min(4) as i32 + worth(left) + worth(right);
        if span.kinds.is_none() {
            if left < Break::Hyphen {
                score -= 4;
                if span.name.start > 0 && self.leads_to_street(span.name.start - 1) {
                    score -= STREET;
                }
            }
            if self.ends_a_longer(span) {
                score -= PART;
            }
            if right == Break::None {
                score -= 1;
            }
        }
        Some(score)
    }

    fn ends_a_longer(&self, span: &Span) -> bool {
        let longer = |it: &Span| it.name.start < span.name.start && span.name.end <= it.name.end;
        self.spans.iter().any(longer)
    }

    /// Whether a street is named after this word: it is a house's number, and not an area's, or says so.
    fn leads_to_street(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|at| self.streets[at]);
        if self.words.words[at].is_number {
            before != Some(Street::Area)
        } else {
            self.streets[at].is_some()
        }
    }
}
