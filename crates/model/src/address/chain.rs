//! Which mentions belong together: a ward, its district and its province, of which some may be left out,
//! and the score that says how well they explain the text.

use super::mention::{Mention, Mentions, Scan};
use super::names::Words;
use super::table::{self, Table};
use super::{Epoch, Level, Unit};
use std::ops::Range;

/// What a level that is left out costs: the reader must know it.
const NO_DISTRICT: i32 = 4;
const NO_PROVINCE: i32 = 3;
/// What a word between two mentions costs, and one on the side where no street stands.
const GAP: i32 = 3;
const BEYOND: i32 = 1;
const MOST_BEYOND: i32 = 4;
/// What another order than from the narrowest to the widest, or back, costs.
const DISORDER: i32 = 1;
/// Less is no address.
const LEAST: i32 = 11;
/// Two readings that are as near as this are told as a guess.
const NEAR: i32 = 3;

/// Mentions that lie in one another, the narrowest first.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub score: i32,
    /// The narrowest unit that is mentioned.
    pub unit: &'static Unit,
    pub words: Links,
    /// Whether nothing about it was loose: every level mentioned, nothing between them.
    pub is_plain: bool,
    /// Whether all that it has is the bare name of a district or a ward, and so perhaps of something else.
    is_bare: bool,
}

/// Where the mentions of a chain stand.
pub(super) type Links = smallvec::SmallVec<[Range<usize>; 3]>;

/// How an epoch explains a text.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The best chains, all of one score, of units that differ.
    pub best: Vec<Chain>,
    /// The score of the best one that tells another thing.
    pub next: i32,
}

impl Reading {
    pub fn score(&self) -> i32 {
        self.best.first().map_or(0, |chain| chain.score)
    }

    /// Whether something else is as likely, or nearly so.
    pub fn is_guess(&self) -> bool {
        let [first] = self.best.as_slice() else {
            return true;
        };
        first.is_bare || self.next > first.score - NEAR
    }
}

/// Reads a text in an epoch; the words that are read are those of the range.
pub(super) fn read(words: &Words, epoch: Epoch, range: &Range<usize>) -> Reading {
    let reader = Reader {
        table: table::of(epoch),
        mentions: Scan::of(words, epoch).mentions(range),
        range,
    };
    let mut reading = Reading::default();
    for level in Level::ALL.into_iter().rev() {
        for mention in &reader.mentions[level as usize] {
            reader.extend(mention, level, &mut reading);
        }
    }
    reading
}

struct Reader<'s> {
    table: &'static Table,
    mentions: Mentions,
    range: &'s Range<usize>,
}

impl Reader<'_> {
    /// Tries a mention with every mention of what it lies in.
    fn extend(&self, first: &Mention, level: Level, reading: &mut Reading) {
        let unit = self.table.unit(first.at);
        self.judge(&[first], unit, reading);
        let mut above = unit.parent;
        if level == Level::Ward
            && let Some(at) = above
            && self.table.unit(at).level == Level::District
        {
            let province = self.table.unit(at).parent;
            for district in self.of(Level::District, at, &[first]) {
                self.judge(&[first, district], unit, reading);
                for province in self.of_province(province, &[first, district]) {
                    self.judge(&[first, district, province], unit, reading);
                }
            }
            above = province;
        }
        for province in self.of_province(above, &[first]) {
            self.judge(&[first, province], unit, reading);
        }
    }

    fn of_province<'m>(
        &'m self,
        at: Option<u16>,
        beside: &'m [&'m Mention],
    ) -> impl Iterator<Item = &'m Mention> {
        at.into_iter()
            .flat_map(move |at| self.of(Level::Province, at, beside))
    }

    /// The mentions of a unit that share no word with the others.
    fn of<'m>(
        &'m self,
        level: Level,
        at: u16,
        beside: &'m [&'m Mention],
    ) -> impl Iterator<Item = &'m Mention> {
        self.mentions[level as usize].iter().filter(move |mention| {
            mention.at == at
                && beside
                    .iter()
                    .all(|other| are_apart(&mention.words, &other.words))
        })
    }

    fn judge(&self, links: &[&Mention], unit: &'static Unit, reading: &mut Reading) {
        let (score, is_plain) = self.score(links, unit);
        let best = reading.score();
        if score < LEAST || score < best - NEAR {
            return;
        }
        let chain = || Chain {
            score,
            unit,
            words: links.iter().map(|link| link.words.clone()).collect(),
            is_plain,
            is_bare: matches!(links, [one] if !one.has_kind) && unit.level != Level::Province,
        };
        if score > best {
            // What the new one says more narrowly, the old ones did not say otherwise.
            let agree = |old: &Chain| unit.lies_in(old.unit) || old.unit.lies_in(unit);
            if !reading.best.iter().all(agree) {
                reading.next = reading.next.max(best);
            }
            reading.best.clear();
            reading.best.push(chain());
        } else if reading.best.iter().any(|old| old.unit == unit) {
        } else if score == best {
            reading.best.push(chain());
        } else if !reading
            .best
            .iter()
            .any(|old| old.unit.lies_in(unit) || unit.lies_in(old.unit))
        {
            reading.next = reading.next.max(score);
        }
    }

    fn score(&self, links: &[&Mention], unit: &Unit) -> (i32, bool) {
        let mut score: i32 = links.iter().map(|link| link.score).sum();
        let mut is_plain = links.iter().all(|link| link.is_plain);
        let has = |level| {
            let of = |link: &&Mention| self.table.unit(link.at).level == level;
            links.iter().any(of)
        };
        if unit.level == Level::Ward && unit.epoch.has_districts() && !has(Level::District) {
            score -= NO_DISTRICT;
            is_plain = false;
        }
        if !has(Level::Province) {
            score -= NO_PROVINCE;
            is_plain = false;
        }
        let low = links.iter().map(|link| link.words.start).min().unwrap_or(0);
        let high = links.iter().map(|link| link.words.end).max().unwrap_or(0);
        let named: usize = links.iter().map(|link| link.words.len()).sum();
        let gap = (high - low).saturating_sub(named) as i32;
        score -= GAP * gap;
        is_plain &= gap == 0;
        let falls = links.is_sorted_by(|a, b| a.words.start < b.words.start);
        let rises = links.len() > 1 && links.is_sorted_by(|a, b| a.words.start > b.words.start);
        let beyond = if rises {
            low - self.range.start
        } else {
            self.range.end - high
        };
        score -= (BEYOND * beyond as i32).min(MOST_BEYOND);
        if !falls && !rises {
            score -= DISORDER;
        }
        (score, is_plain)
    }
}

fn are_apart(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.end <= b.start || b.end <= a.start
}
