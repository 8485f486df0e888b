//! Vocabularies: a dialect's code tables as data, and the translation in and out of our milestones.
//!
//! Laws, tested for every dialect: with its origin kept, every code returns as spelt; through
//! milestones alone `out(in(c)) = canonical(c)`, where `same_as` declares the canonical code, and
//! never another top-level status. An unknown code is kept, shown and counted, never dropped.

use crate::{CodeKind, Milestone, Reason, Stage, Standing};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// One row of a dialect's `codes.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub kind: CodeKind,
    pub code: String,
    /// Empty where the row is a top-level code.
    pub sub: String,
    /// The name as the system spells it.
    pub name: String,
    /// Its English name, where the system has another one that never travels.
    pub name_en: String,
    /// The text that goes with it on the wire, or that explains it.
    pub text: String,
    pub milestone: Milestone,
    pub reason: Reason,
    /// How a registration stands, where the code tells that rather than where the parcel is.
    pub standing: Option<Standing>,
    /// `code` or `code/sub` of the row that stands for this one when only the milestone is known.
    pub same_as: Option<String>,
    /// Whether the system itself calls the status final.
    pub is_final: bool,
    /// Whether the table names a milestone, be it the unknown one.
    means: bool,
    /// Milestones, stages and reasons that have no code of their own here and are told by this one.
    covers: Vec<Cover>,
    /// The same, where this code says more than is known.
    narrows: Vec<Cover>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cover {
    Milestone(Milestone),
    Stage(Stage),
    Reason(Reason),
}

/// How faithful a translation is. What no code tells at all is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fidelity {
    Exact,
    /// The target's code says less.
    Broader,
    /// The target's code says more than is known.
    Narrower,
    None,
}

/// A code table that cannot be used, with the line that is wrong.
#[derive(Debug, thiserror::Error)]
pub enum VocabularyError {
    #[error("code table: {0}")]
    Csv(#[from] csv::Error),
    #[error("code table, line {line}: {what} `{value}` is not known")]
    Unknown {
        line: usize,
        what: &'static str,
        value: String,
    },
    #[error("code table, line {line}: {kind:?} {code}/{sub} stands twice")]
    Twice {
        line: usize,
        kind: CodeKind,
        code: String,
        sub: String,
    },
    #[error("code table: no code stands in it, so that every status would be unknown")]
    Empty,
}

#[derive(Deserialize)]
struct Raw {
    kind: CodeKind,
    code: String,
    #[serde(default)]
    subcode: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    name_en: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    milestone: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    standing: String,
    #[serde(default)]
    same_as: String,
    #[serde(default, rename = "final")]
    is_final: String,
    #[serde(default)]
    covers: String,
    #[serde(default)]
    narrows: String,
}

/// Where the rows of a code stand, code by code; a code's rows differ in the sub-code.
type Index = HashMap<String, Vec<usize>>;

/// A dialect's tables.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    rows: Vec<Row>,
    /// By kind.
    index: Vec<Index>,
    /// Fingerprint of the table's bytes: part of the mapping's version.
    pub version: [u8; 8],
}

impl Vocabulary {
    /// Reads a `codes.csv`: kind, code, subcode, name, name_en, text, milestone, reason, standing,
    /// same_as, final, covers, narrows. Columns that a dialect does not need may be absent; a line
    /// that begins with `#` is a comment.
    pub fn parse(csv: &str) -> Result<Self, VocabularyError> {
        let mut rows = Vec::new();
        let mut index = vec![Index::new(); CodeKind::ALL.len()];
        let mut reader = csv::ReaderBuilder::new()
            .comment(Some(b'#'))
            .from_reader(csv.as_bytes());
        let headers = reader.headers()?.clone();
        for record in reader.records() {
            let record = record?;
            let line = record.position().map_or(0, |at| at.line() as usize);
            let row = Row::read(record.deserialize::<Raw>(Some(&headers))?, line)?;
            let of_code = index[row.kind as usize]
                .entry(row.code.clone())
                .or_default();
            let twice = of_code.iter().any(|at: &usize| {
                let other: &Row = &rows[*at];
                other.sub == row.sub
            });
            of_code.push(rows.len());
            if twice {
                return Err(VocabularyError::Twice {
                    line,
                    kind: row.kind,
                    code: row.code,
                    sub: row.sub,
                });
            }
            rows.push(row);
        }
        let mut version = [0; 8];
        version.copy_from_slice(&blake3::hash(csv.as_bytes()).as_bytes()[..8]);
        Ok(Self {
            rows,
            index,
            version,
        })
    }

    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub fn of_kind(&self, kind: CodeKind) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.kind == kind)
    }

    pub fn get(&self, kind: CodeKind, code: &str, sub: &str) -> Option<&Row> {
        // Small tables; a search without allocation beats building an owned key.
        if self.rows.len() <= 64 {
            return self
                .rows
                .iter()
                .find(|r| r.kind == kind && r.code == code && r.sub == sub);
        }
        let of_code = self.index[kind as usize].get(code)?.iter();
        of_code.map(|at| &self.rows[*at]).find(|row| row.sub == sub)
    }

    /// What a code means to us; unknown codes are `Milestone::Unknown`.
    pub fn read(&self, kind: CodeKind, code: &str, sub: &str) -> (Milestone, Reason) {
        self.get(kind, code, sub)
            .or_else(|| self.get(kind, code, ""))
            .map_or((Milestone::Unknown, Reason::None), |row| {
                (row.milestone, row.reason)
            })
    }

    /// The code of this vocabulary that tells a milestone best, and how faithfully.
    pub fn tell(&self, kind: CodeKind, milestone: Milestone) -> (Option<&Row>, Fidelity) {
        let own = self
            .of_kind(kind)
            .find(|row| row.means && row.same_as.is_none() && row.milestone == milestone);
        if let Some(row) = own {
            return (Some(row), Fidelity::Exact);
        }
        [Cover::Milestone(milestone), Cover::Stage(milestone.stage())]
            .into_iter()
            .find_map(|asked| self.covering(kind, asked))
            .map_or((None, Fidelity::None), |(row, fidelity)| {
                (Some(row), fidelity)
            })
    }

    /// The row that tells what has no code of its own.
    fn covering(&self, kind: CodeKind, asked: Cover) -> Option<(&Row, Fidelity)> {
        let broader = self.of_kind(kind).find(|row| row.covers.contains(&asked));
        let narrower = || self.of_kind(kind).find(|row| row.narrows.contains(&asked));
        broader
            .map(|row| (row, Fidelity::Broader))
            .or_else(|| narrower().map(|row| (row, Fidelity::Narrower)))
    }

    /// The same, where a reason is known too: of the codes that tell the milestone the one that
    /// tells the reason as well, if there is one.
    pub fn tell_because(
        &self,
        kind: CodeKind,
        milestone: Milestone,
        reason: Reason,
    ) -> (Option<&Row>, Fidelity) {
        let (plain, fidelity) = self.tell(kind, milestone);
        let with_reason = plain.filter(|_| reason != Reason::None).and_then(|plain| {
            let like = || {
                self.of_kind(kind)
                    .filter(|row| row.means && row.milestone == plain.milestone)
            };
            like()
                .find(|row| row.reason == reason)
                .or_else(|| like().find(|row| row.covers.contains(&Cover::Reason(reason))))
        });
        (with_reason.or(plain), fidelity)
    }

    /// The code that tells how a registration stands.
    pub fn tell_standing(&self, kind: CodeKind, standing: Standing) -> Option<&Row> {
        self.of_kind(kind)
            .find(|row| row.same_as.is_none() && row.standing == Some(standing))
    }

    /// The code of kind `Reason` that tells a reason best.
    pub fn tell_reason(&self, reason: Reason) -> (Option<&Row>, Fidelity) {
        let of_kind = || self.of_kind(CodeKind::Reason);
        if let Some(row) = of_kind().find(|row| row.same_as.is_none() && row.reason == reason) {
            return (Some(row), Fidelity::Exact);
        }
        self.covering(CodeKind::Reason, Cover::Reason(reason))
            .map_or((None, Fidelity::None), |(row, fidelity)| {
                (Some(row), fidelity)
            })
    }
}

impl Row {
    /// `code` or `code/sub`.
    pub fn key(&self) -> String {
        if self.sub.is_empty() {
            self.code.clone()
        } else {
            format!("{}/{}", self.code, self.sub)
        }
    }

    /// The key of the code that stands for this one when only the milestone is known.
    pub fn canonical(&self) -> String {
        self.same_as.clone().unwrap_or_else(|| self.key())
    }

    /// Whether the table names a milestone for it, be it the unknown one.
    pub const fn has_milestone(&self) -> bool {
        self.means
    }

    fn read(raw: Raw, line: usize) -> Result<Self, VocabularyError> {
        let unknown = |what, value: &str| VocabularyError::Unknown {
            line,
            what,
            value: value.to_owned(),
        };
        let milestone = match raw.milestone.as_str() {
            "" => Milestone::Unknown,
            name => Milestone::parse(name).ok_or_else(|| unknown("milestone", name))?,
        };
        let reason = match raw.reason.as_str() {
            "" => Reason::None,
            name => Reason::parse(name).ok_or_else(|| unknown("reason", name))?,
        };
        let standing = match raw.standing.as_str() {
            "" => None,
            name => Some(Standing::parse(name).ok_or_else(|| unknown("standing", name))?),
        };
        let covers = |words: &str| {
            words
                .split_whitespace()
                .map(|word| Cover::parse(word).ok_or_else(|| unknown("covered milestone", word)))
                .collect::<Result<Vec<_>, _>>()
        };
        let (covered, narrowed) = (covers(&raw.covers)?, covers(&raw.narrows)?);
        Ok(Self {
            kind: raw.kind,
            code: raw.code,
            sub: raw.subcode,
            name: raw.name,
            name_en: raw.name_en,
            text: raw.text,
            means: !raw.milestone.is_empty(),
            milestone,
            reason,
            standing,
            same_as: (!raw.same_as.is_empty()).then_some(raw.same_as),
            is_final: matches!(raw.is_final.as_str(), "yes" | "true" | "1"),
            covers: covered,
            narrows: narrowed,
        })
    }
}

impl Cover {
    /// `stage:in_transit`, `reason:refused`, or a milestone's name.
    fn parse(word: &str) -> Option<Self> {
        if let Some(stage) = word.strip_prefix("stage:") {
            return Stage::ALL
                .iter()
                .copied()
                .find(|s| s.name() == stage)
                .map(Cover::Stage);
        }
        if let Some(reason) = word.strip_prefix("reason:") {
            return Reason::parse(reason).map(Cover::Reason);
        }
        Milestone::parse(word).map(Cover::Milestone)
    }
}
