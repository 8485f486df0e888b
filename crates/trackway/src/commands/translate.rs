//! `trackway translate`: a system's code in another system's codes, as this release's tables have it.

use crate::cli::Translate;
use crate::printer::Printer;
use anyhow::{Context, bail};
use serde::Serialize;
use trackway_dialects::registry;
use trackway_model::vocabulary::{Fidelity, Row, Vocabulary};
use trackway_model::{CodeKind, Milestone, Reason, Stage};

/// Kinds in which a target is looked for where it has none of the source's kind.
const KINDS: [CodeKind; 2] = [CodeKind::Shipment, CodeKind::Event];

/// A code with what its table says of it.
#[derive(Debug, PartialEq, Serialize)]
struct Told {
    dialect: String,
    kind: CodeKind,
    code: String,
    sub: String,
    name: String,
    text: String,
}

/// One reading of the code; a code can stand in several of a system's tables.
#[derive(Debug, PartialEq, Serialize)]
struct Translation {
    from: Told,
    milestone: Milestone,
    stage: Stage,
    reason: Reason,
    /// None: the target has no code for it.
    to: Option<Told>,
    fidelity: Fidelity,
    /// What whoever reads the target's code does not learn.
    lost: Vec<String>,
}

pub fn run(translate: &Translate, printer: &Printer) -> anyhow::Result<()> {
    let found = translations(translate)?;
    Ok(printer.data(&serde_json::to_value(found)?)?)
}

fn translations(asked: &Translate) -> anyhow::Result<Vec<Translation>> {
    let tables = registry::built_in();
    let table = |name: &str| -> anyhow::Result<&Vocabulary> {
        let known: Vec<&str> = registry::DIALECTS.iter().map(|one| one.name()).collect();
        registry::find(name)
            .with_context(|| format!("no dialect `{name}`: choose one of {}", known.join(", ")))?;
        Ok(tables.of(name))
    };
    let (from, to) = (table(&asked.from)?, table(&asked.to)?);
    let is_asked = |row: &&Row| {
        row.code.eq_ignore_ascii_case(&asked.code) && row.sub.eq_ignore_ascii_case(&asked.sub)
    };
    let rows: Vec<&Row> = from.rows().iter().filter(is_asked).collect();
    if rows.is_empty() {
        let subs = from.rows().iter().filter(|row| row.code == asked.code);
        let subs: Vec<&str> = subs
            .map(|row| row.sub.as_str())
            .filter(|sub| !sub.is_empty())
            .collect();
        if subs.is_empty() {
            bail!("{} has no code `{}` in its tables", asked.from, asked.code);
        }
        bail!(
            "{} has no code `{}` with the sub-code `{}`: it knows {}",
            asked.from,
            asked.code,
            asked.sub,
            subs.join(", ")
        );
    }
    let translated = rows
        .into_iter()
        .map(|row| translate(&asked.from, row, &asked.to, to));
    Ok(translated.collect())
}

fn translate(from: &str, row: &Row, name: &str, to: &Vocabulary) -> Translation {
    let (target, mut fidelity) = match row.kind {
        CodeKind::Reason => to.tell_reason(row.reason),
        _ if row.milestone == Milestone::Unknown => (None, Fidelity::None),
        kind => told(to, kind, row.milestone),
    };
    let lost = lost(from, row, target, fidelity, to);
    // A code of the same milestone that does not say all of it says less.
    if fidelity == Fidelity::Exact && !lost.is_empty() {
        fidelity = Fidelity::Broader;
    }
    Translation {
        from: describe(from, row),
        milestone: row.milestone,
        stage: row.milestone.stage(),
        reason: row.reason,
        to: target.map(|row| describe(name, row)),
        fidelity,
        lost,
    }
}

/// The best of the same kind, else of the kinds that tell a parcel's status.
fn told(to: &Vocabulary, kind: CodeKind, milestone: Milestone) -> (Option<&Row>, Fidelity) {
    let kinds = std::iter::once(kind).chain(KINDS);
    kinds
        .map(|kind| to.tell(kind, milestone))
        .find(|(row, _)| row.is_some())
        .unwrap_or((None, Fidelity::None))
}

fn lost(
    from: &str,
    row: &Row,
    target: Option<&Row>,
    fidelity: Fidelity,
    to: &Vocabulary,
) -> Vec<String> {
    let mut lost = Vec::new();
    let Some(target) = target else {
        let why = match (row.kind, row.milestone, row.reason) {
            (CodeKind::Reason, _, Reason::None) | (_, Milestone::Unknown, Reason::None) => {
                "all: this release's table of the source gives the code no meaning".to_owned()
            }
            (CodeKind::Reason, ..) => "all: the target has no reason like it".to_owned(),
            _ => format!("all: the target has no code for {}", row.milestone.name()),
        };
        return vec![why];
    };
    if row.kind == CodeKind::Reason {
        if fidelity == Fidelity::Broader {
            lost.push(format!(
                "the reason itself ({:?}): the target's covers several",
                row.reason
            ));
        }
    } else {
        if fidelity == Fidelity::Broader {
            let said = target.milestone.name();
            lost.push(format!("{}: the target says {said}", row.milestone.name()));
        }
        if row.reason != Reason::None
            && target.reason != row.reason
            && to.tell_reason(row.reason).1 != Fidelity::Exact
        {
            lost.push(format!("the reason ({:?})", row.reason));
        }
    }
    if let Some(canonical) = &row.same_as {
        lost.push(format!(
            "which of {from}'s codes of the same meaning it was: back it comes as {canonical}"
        ));
    }
    lost
}

fn describe(dialect: &str, row: &Row) -> Told {
    Told {
        dialect: dialect.to_owned(),
        kind: row.kind,
        code: row.code.clone(),
        sub: row.sub.clone(),
        name: row.name.clone(),
        text: row.text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(from: &str, code: &str, sub: &str, to: &str) -> anyhow::Result<Vec<Translation>> {
        translations(&Translate {
            from: from.to_owned(),
            code: code.to_owned(),
            sub: sub.to_owned(),
            to: to.to_owned(),
        })
    }

    /// What is printed agrees with the tables: an exact code means the same and nothing is lost, a
    /// broader one loses something, and what has no code is said to have none.
    #[test]
    fn every_translation_says_what_it_loses() {
        let tables = registry::built_in();
        let mut seen = std::collections::BTreeSet::new();
        for from in registry::DIALECTS {
            for to in registry::DIALECTS {
                for row in tables.of(from.name()).rows() {
                    let found = asked(from.name(), &row.code, &row.sub, to.name()).unwrap();
                    let one = found.iter().find(|one| one.from.kind == row.kind).unwrap();
                    let label = format!(
                        "{} {:?} {} to {}",
                        from.name(),
                        row.kind,
                        row.key(),
                        to.name()
                    );
                    seen.insert(format!("{:?}", one.fidelity));
                    match (&one.to, one.fidelity) {
                        (None, Fidelity::None) | (Some(_), Fidelity::Broader) => {
                            assert!(!one.lost.is_empty(), "{label}");
                        }
                        (Some(told), Fidelity::Exact) => {
                            assert!(one.lost.is_empty(), "{label}: {:?}", one.lost);
                            let target = tables
                                .of(to.name())
                                .get(told.kind, &told.code, &told.sub)
                                .unwrap();
                            let same = if row.kind == CodeKind::Reason {
                                target.reason == row.reason
                            } else {
                                target.milestone == row.milestone
                            };
                            assert!(same, "{label}");
                        }
                        other => panic!("{label}: {other:?}"),
                    }
                }
            }
        }
        assert!(
            seen.contains("Exact") && seen.contains("Broader"),
            "{seen:?}"
        );
    }

    #[test]
    fn what_is_not_known_is_told() {
        assert!(asked("nobody", "1", "", "native").is_err());
        assert!(asked("247express", "1", "", "nobody").is_err());
        assert!(asked("247express", "no such code", "", "native").is_err());
    }
}
