//! A code of one system in another system's codes, and what is lost on the way.
//!
//! Contract: pure, and told by the tables alone. `Exact` loses nothing; `Broader` says less and
//! `Narrower` more than the source; `None` is what no code of the target tells. A code is looked for
//! in the target's table of the same kind first, then where the target tells of parcels, containers
//! and consignments; what tells how a registration stands is told in the like alone.

use crate::registry::{self, Vocabularies};
use crate::standards::STANDARDS;
use serde::Serialize;
use std::fmt;
use trackway_model::vocabulary::{Fidelity, Row, Vocabulary};
use trackway_model::{CodeKind, Milestone, Reason, Standing};
use utoipa::ToSchema;

/// Where a target is looked for, after the source's own kind.
const OF_EVENTS: &[CodeKind] = &[
    CodeKind::Event,
    CodeKind::Shipment,
    CodeKind::OceanEvent,
    CodeKind::AirEvent,
];
const OF_SHIPMENTS: &[CodeKind] = &[
    CodeKind::Shipment,
    CodeKind::Event,
    CodeKind::OceanEvent,
    CodeKind::AirEvent,
];
const OF_REGISTRATIONS: &[CodeKind] = &[
    CodeKind::Registration,
    CodeKind::Shipment,
    CodeKind::OceanSearch,
    CodeKind::OceanTransit,
    CodeKind::AirShipment,
];

/// What is to be translated.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub from: &'a str,
    /// None: every table of the source that has the code.
    pub kind: Option<CodeKind>,
    pub code: &'a str,
    /// Empty: the code by itself; or, where no code is spelt so, the sub-code that is.
    pub sub: &'a str,
    pub to: &'a str,
}

/// Why nothing was translated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    #[error("no dialect `{name}`: choose one of {}", known.join(", "))]
    Dialect {
        name: String,
        known: Vec<&'static str>,
    },
    #[error("{from} has no code `{code}`{}", in_kind(*kind))]
    Code {
        from: String,
        code: String,
        kind: Option<CodeKind>,
    },
    #[error("{from} has no code `{code}` with the sub-code `{sub}`: it knows {}", known.join(", "))]
    Sub {
        from: String,
        code: String,
        sub: String,
        known: Vec<String>,
    },
}

fn in_kind(kind: Option<CodeKind>) -> String {
    kind.map_or_else(
        || " in its tables".to_owned(),
        |kind| format!(" in its table `{}`", kind.name()),
    )
}

/// A code with what its table says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ToldCode {
    pub dialect: String,
    /// Which of the dialect's tables it stands in.
    pub kind: &'static str,
    pub code: String,
    /// Empty where there is none.
    pub sub: String,
    pub name: String,
    pub text: String,
}

/// One reading of a code in another system's codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Translation {
    pub from: ToldCode,
    /// What it means to us; null where it tells no status.
    pub milestone: Option<&'static str>,
    pub stage: Option<&'static str>,
    /// The reason that it gives; null where it gives none.
    pub reason: Option<&'static str>,
    /// How a registration stands, where it tells that.
    pub standing: Option<&'static str>,
    #[schema(value_type = String, example = "exact")]
    pub fidelity: Fidelity,
    /// Null: the target has no code for it.
    pub to: Option<ToldCode>,
    /// The target's code for the reason, where the target tells reasons beside statuses.
    pub to_reason: Option<ToldCode>,
    /// What whoever reads the target's code does not learn, or is told too much.
    pub lost: Vec<String>,
    /// The source's code that it becomes when it is translated back; null where nothing comes back.
    pub returns_as: Option<String>,
}

/// One thing that a translation loses or adds.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Loss {
    /// The source's own table gives it no meaning to translate.
    NoMeaning,
    Untold(String),
    /// The target says less.
    Finer {
        was: &'static str,
        told: String,
    },
    /// The target says more.
    Added {
        told: String,
    },
    Reason(Reason),
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMeaning => f.write_str("all: the code tells no status, reason or standing"),
            Self::Untold(what) => write!(f, "all: the target has no code for {what}"),
            Self::Finer { was, told } => write!(f, "{was}: the target says {told}"),
            Self::Added { told } => write!(f, "adds what is not known: {told}"),
            Self::Reason(reason) => write!(f, "the reason {}", reason.name()),
        }
    }
}

/// Names of everything that can be translated from and to, as people should see them.
pub fn names() -> Vec<&'static str> {
    let dialects = registry::DIALECTS.iter().map(|dialect| dialect.name());
    dialects
        .chain(STANDARDS.iter().map(|standard| standard.name))
        .collect()
}

/// Every reading of a code in the target's codes; at least one.
pub fn translate(tables: &Vocabularies, asked: &Asked<'_>) -> Result<Vec<Translation>, Unknown> {
    let table = |name: &str| {
        tables.named(name).ok_or_else(|| Unknown::Dialect {
            name: name.to_owned(),
            known: names(),
        })
    };
    let (from, to) = (table(asked.from)?, table(asked.to)?);
    let rows = rows(from, asked)?;
    Ok(rows
        .into_iter()
        .map(|row| one((asked.from, from), row, (asked.to, to)))
        .collect())
}

fn rows<'v>(from: &'v Vocabulary, asked: &Asked<'_>) -> Result<Vec<&'v Row>, Unknown> {
    let of_kind = |row: &&Row| asked.kind.is_none_or(|kind| row.kind == kind);
    let of = |code: &str, sub: &str| -> Vec<&'v Row> {
        let spelt =
            |row: &&Row| row.code.eq_ignore_ascii_case(code) && row.sub.eq_ignore_ascii_case(sub);
        from.rows().iter().filter(of_kind).filter(spelt).collect()
    };
    let found = of(asked.code, asked.sub);
    if !found.is_empty() {
        return Ok(found);
    }
    if asked.sub.is_empty() {
        let by_sub = |row: &&Row| row.sub.eq_ignore_ascii_case(asked.code);
        let found: Vec<_> = from.rows().iter().filter(of_kind).filter(by_sub).collect();
        if !found.is_empty() && !asked.code.is_empty() {
            return Ok(found);
        }
    }
    let known: Vec<String> = from
        .rows()
        .iter()
        .filter(of_kind)
        .filter(|row| row.code.eq_ignore_ascii_case(asked.code) && !row.sub.is_empty())
        .map(|row| row.sub.clone())
        .collect();
    let (from, code) = (asked.from.to_owned(), asked.code.to_owned());
    Err(if known.is_empty() {
        let kind = asked.kind;
        Unknown::Code { from, code, kind }
    } else {
        let sub = asked.sub.to_owned();
        Unknown::Sub {
            from,
            code,
            sub,
            known,
        }
    })
}

/// One row of a table in another table.
pub fn one(
    (from_name, from): (&str, &Vocabulary),
    row: &Row,
    (to_name, to): (&str, &Vocabulary),
) -> Translation {
    let (target, told) = told(to, row);
    // A reason that the code does not tell may travel beside it.
    let beside = match target {
        Some(code) if code.kind != CodeKind::Reason && code.reason != row.reason => to
            .tell_reason(row.reason)
            .0
            .filter(|_| row.reason != Reason::None),
        _ => None,
    };
    let lost = lost(row, target, told, beside);
    let fidelity = match told {
        // A code of the same milestone that does not say all of it says less.
        Fidelity::Exact if !lost.is_empty() => Fidelity::Broader,
        told => told,
    };
    let means = row.has_milestone();
    Translation {
        from: describe(from_name, row),
        milestone: means.then(|| row.milestone.name()),
        stage: means.then(|| row.milestone.stage().name()),
        reason: (row.reason != Reason::None).then(|| row.reason.name()),
        standing: row.standing.map(Standing::name),
        fidelity,
        to: target.map(|row| describe(to_name, row)),
        to_reason: beside.map(|row| describe(to_name, row)),
        lost: lost.iter().map(Loss::to_string).collect(),
        returns_as: target
            .and_then(|target| back(from, row.kind, target, beside))
            .map(Row::key),
    }
}

/// The target's best code for a row, and how faithful it is by itself.
fn told<'v>(to: &'v Vocabulary, row: &Row) -> (Option<&'v Row>, Fidelity) {
    if let Some(standing) = row.standing {
        let exact = |row| (Some(row), Fidelity::Exact);
        return std::iter::once(row.kind)
            .chain(OF_REGISTRATIONS.iter().copied())
            .find_map(|kind| to.tell_standing(kind, standing))
            .map_or((None, Fidelity::None), exact);
    }
    if row.kind == CodeKind::Reason {
        return to.tell_reason(row.reason);
    }
    if !row.has_milestone() || row.milestone == Milestone::Unknown {
        return (None, Fidelity::None);
    }
    let found: Vec<_> = kinds(row.kind)
        .map(|kind| to.tell_because(kind, row.milestone, row.reason))
        .filter(|(row, _)| row.is_some())
        .collect();
    let exact = found.iter().find(|(_, told)| *told == Fidelity::Exact);
    exact
        .or(found.first())
        .copied()
        .unwrap_or((None, Fidelity::None))
}

fn kinds(own: CodeKind) -> impl Iterator<Item = CodeKind> {
    let others = match own {
        CodeKind::Event | CodeKind::OceanEvent | CodeKind::AirEvent => OF_EVENTS,
        _ => OF_SHIPMENTS,
    };
    std::iter::once(own).chain(others.iter().copied())
}

/// The source's code for what a target's code tells, its reason beside it.
fn back<'v>(
    from: &'v Vocabulary,
    kind: CodeKind,
    target: &Row,
    beside: Option<&Row>,
) -> Option<&'v Row> {
    if let Some(standing) = target.standing {
        return from.tell_standing(kind, standing);
    }
    if target.kind == CodeKind::Reason {
        return from.tell_reason(target.reason).0;
    }
    let reason = beside.map_or(target.reason, |row| row.reason);
    from.tell_because(kind, target.milestone, reason).0
}

fn lost(row: &Row, target: Option<&Row>, told: Fidelity, beside: Option<&Row>) -> Vec<Loss> {
    let Some(target) = target else {
        return vec![what_is_untold(row)];
    };
    if row.standing.is_some() {
        return Vec::new();
    }
    let was = if row.kind == CodeKind::Reason {
        row.reason.name()
    } else {
        row.milestone.name()
    };
    let says = said(target);
    let mut lost = Vec::new();
    match told {
        Fidelity::Broader => lost.push(Loss::Finer { was, told: says }),
        Fidelity::Narrower => lost.push(Loss::Added { told: says }),
        Fidelity::Exact | Fidelity::None => {}
    }
    let reason_told =
        target.reason == row.reason || beside.is_some_and(|beside| beside.reason == row.reason);
    if row.kind != CodeKind::Reason && row.reason != Reason::None && !reason_told {
        lost.push(Loss::Reason(row.reason));
    }
    lost
}

fn what_is_untold(row: &Row) -> Loss {
    if let Some(standing) = row.standing {
        return Loss::Untold(format!("the standing {}", standing.name()));
    }
    match (row.kind, row.milestone) {
        (CodeKind::Reason, _) => Loss::Untold(format!("the reason {}", row.reason.name())),
        (_, Milestone::Unknown) => Loss::NoMeaning,
        (_, milestone) => Loss::Untold(milestone.name().to_owned()),
    }
}

/// What a code says, in its system's words.
fn said(row: &Row) -> String {
    [&row.name_en, &row.name, &row.text]
        .into_iter()
        .find(|words| !words.is_empty())
        .map_or_else(|| row.key(), Clone::clone)
}

fn describe(dialect: &str, row: &Row) -> ToldCode {
    ToldCode {
        dialect: dialect.to_owned(),
        kind: row.kind.name(),
        code: row.code.clone(),
        sub: row.sub.clone(),
        name: row.name.clone(),
        text: row.text.clone(),
    }
}
