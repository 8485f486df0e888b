//! `trackway translate`: a system's code in another system's codes, as this release's tables have it.

use crate::cli::Translate;
use crate::printer::{Output, Printer};
use anyhow::Context;
use serde_json::{Value, json};
use trackway_dialects::registry;
use trackway_dialects::translate::{Asked, ToldCode, Translation, translate};
use trackway_model::CodeKind;

pub fn run(asked: &Translate, printer: &Printer) -> anyhow::Result<()> {
    let found = translations(asked)?;
    let told = match printer.output() {
        Output::Json => serde_json::to_value(found)?,
        Output::Table => found.iter().map(for_people).collect(),
    };
    Ok(printer.data(&told)?)
}

fn translations(asked: &Translate) -> anyhow::Result<Vec<Translation>> {
    let kind = asked.kind.as_deref().map(kind).transpose()?;
    let asked = Asked {
        from: &asked.from,
        kind,
        code: &asked.code,
        sub: &asked.sub,
        to: &asked.to,
    };
    Ok(translate(&registry::built_in(), &asked)?)
}

fn kind(name: &str) -> anyhow::Result<CodeKind> {
    CodeKind::parse(name).with_context(|| {
        let known: Vec<&str> = CodeKind::ALL.iter().map(|kind| kind.name()).collect();
        format!("no kind `{name}`: choose one of {}", known.join(", "))
    })
}

/// One line of the table.
fn for_people(one: &Translation) -> Value {
    let code = |told: &ToldCode| match &*told.sub {
        "" => told.code.clone(),
        sub => format!("{}/{sub}", told.code),
    };
    let says = |told: &ToldCode| {
        let words = [&told.name, &told.text];
        let first = words.into_iter().find(|words| !words.is_empty());
        first.cloned().unwrap_or_default()
    };
    let to = one.to.as_ref();
    json!({
        "translated": format!("{} {}", one.from.kind, code(&one.from)),
        "means": one.milestone.or(one.standing).or(one.reason),
        "fidelity": one.fidelity,
        "becomes": to.map(|told| format!("{} {}", told.kind, code(told))),
        "says": to.map(says),
        "with_reason": one.to_reason.as_ref().map(code),
        "lost": one.lost.join("; "),
        "comes_back_as": one.returns_as,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(code: &str, sub: &str, kind: Option<&str>) -> anyhow::Result<Vec<Translation>> {
        translations(&Translate {
            from: "247express".to_owned(),
            code: code.to_owned(),
            sub: sub.to_owned(),
            kind: kind.map(str::to_owned),
            to: "native".to_owned(),
        })
    }

    #[test]
    fn a_code_of_several_tables_is_told_from_each_and_a_kind_chooses_one() {
        let all = asked("10", "", None).unwrap();
        assert_eq!(all.len(), 2, "a scan and a delay");
        let one = asked("10", "", Some("reason")).unwrap();
        let told = for_people(&one[0]);
        assert_eq!(told["becomes"], "reason rescheduled");
        assert_eq!(told["fidelity"], "exact");
        assert_eq!(told["comes_back_as"], "10");
    }

    #[test]
    fn what_is_not_known_is_told_with_what_is() {
        let told = |result: anyhow::Result<_>| result.map(|_: Vec<_>| ()).unwrap_err().to_string();
        let no_kind = told(asked("10", "", Some("weather")));
        assert!(no_kind.contains("ocean_event"), "{no_kind}");
        assert!(told(asked("no such code", "", None)).contains("no such code"));
    }
}
