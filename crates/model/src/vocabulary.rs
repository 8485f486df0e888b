//! Vocabularies: a dialect's code tables as data, and the translation in and out of our milestones.
//!
//! Laws, tested for every dialect: with its origin kept, every code returns as spelt; through
//! milestones alone `out(in(c)) = canonical(c)`, where `same_as` declares the canonical code, and
//! never another top-level status. An unknown code is kept, shown and counted, never dropped.

use crate::{CodeKind, Milestone, Reason, Stage};
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
    /// `code` or `code/sub` of the row that stands for this one when only the milestone is known.
    pub same_as: Option<String>,
    /// Whether the system itself calls the status final.
    pub is_final: bool,
    /// Milestones and stages that have no code of their own here and are told by this one.
    covers: Vec<Cover>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cover {
    Milestone(Milestone),
    Stage(Stage),
    Reason(Reason),
}

/// How faithful a translation is.
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
    same_as: String,
    #[serde(default, rename = "final")]
    is_final: String,
    #[serde(default)]
    covers: String,
}

/// A dialect's tables.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    rows: Vec<Row>,
    index: HashMap<(CodeKind, String, String), usize>,
    /// Fingerprint of the table's bytes: part of the mapping's version.
    pub version: [u8; 8],
}

impl Vocabulary {
    /// Reads a `codes.csv`: kind, code, subcode, name, name_en, text, milestone, reason, same_as,
    /// final, covers. Columns that a dialect does not need may be absent.
    pub fn parse(csv: &str) -> Result<Self, VocabularyError> {
        let mut rows = Vec::new();
        let mut index = HashMap::new();
        for (at, raw) in csv::Reader::from_reader(csv.as_bytes())
            .deserialize::<Raw>()
            .enumerate()
        {
            let line = at + 2;
            let row = Row::read(raw?, line)?;
            let key = (row.kind, row.code.clone(), row.sub.clone());
            if index.insert(key, rows.len()).is_some() {
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
        self.index
            .get(&(kind, code.to_owned(), sub.to_owned()))
            .map(|at| &self.rows[*at])
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
        let canonical = |row: &&Row| row.same_as.is_none();
        let own = self
            .of_kind(kind)
            .filter(canonical)
            .find(|row| row.milestone == milestone);
        if let Some(row) = own {
            return (Some(row), Fidelity::Exact);
        }
        let covers = |cover: Cover| self.of_kind(kind).find(|row| row.covers.contains(&cover));
        match covers(Cover::Milestone(milestone))
            .or_else(|| covers(Cover::Stage(milestone.stage())))
        {
            Some(row) => (Some(row), Fidelity::Broader),
            None => (None, Fidelity::None),
        }
    }

    /// The code of kind `Reason` that tells a reason best.
    pub fn tell_reason(&self, reason: Reason) -> (Option<&Row>, Fidelity) {
        let of_kind = || self.of_kind(CodeKind::Reason);
        if let Some(row) = of_kind().find(|row| row.same_as.is_none() && row.reason == reason) {
            return (Some(row), Fidelity::Exact);
        }
        match of_kind().find(|row| row.covers.contains(&Cover::Reason(reason))) {
            Some(row) => (Some(row), Fidelity::Broader),
            None => (None, Fidelity::None),
        }
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
        let covers = raw
            .covers
            .split_whitespace()
            .map(|word| Cover::parse(word).ok_or_else(|| unknown("covered milestone", word)))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            kind: raw.kind,
            code: raw.code,
            sub: raw.subcode,
            name: raw.name,
            name_en: raw.name_en,
            text: raw.text,
            milestone,
            reason,
            same_as: (!raw.same_as.is_empty()).then_some(raw.same_as),
            is_final: matches!(raw.is_final.as_str(), "yes" | "true" | "1"),
            covers,
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
