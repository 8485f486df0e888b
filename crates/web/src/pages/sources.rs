//! Who told of a happening, and what that system calls it.
//!
//! Names come from code tables alone, never from what was sent. 247Express's statuses have a
//! Vietnamese and an English name, which stand side by side.

use super::words::{Key, Words};
use std::borrow::Cow;
use trackway_dialects::express247;
use trackway_dialects::registry::{self, Vocabularies};
use trackway_model::view::StatementView;
use trackway_model::{Code, CodeKind};

/// A system that told of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub who: Cow<'static, str>,
    pub names: Vec<Name>,
}

/// What a system calls a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub vietnamese: String,
    pub english: Option<String>,
}

/// The systems behind an event, each once, the nearest first.
pub fn of<'s>(
    witnesses: impl Iterator<Item = &'s StatementView>,
    vocabularies: &Vocabularies,
    words: &'static Words,
) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::new();
    for witness in witnesses {
        let Some(dialect) = registry::of_stream(witness.stream) else {
            continue;
        };
        let who = match dialect.name() {
            trackway_dialects::native::NAME => words.say(Key::Sender),
            _ => Cow::Borrowed(dialect.title()),
        };
        let at = sources.iter().position(|source| source.who == who);
        let at = at.unwrap_or_else(|| {
            let names = Vec::new();
            sources.push(Source { who, names });
            sources.len() - 1
        });
        let name = (dialect.name() == express247::NAME)
            .then(|| name_of(&witness.code, vocabularies))
            .flatten();
        let names = &mut sources[at].names;
        names.extend(name.filter(|name| !names.contains(name)));
    }
    sources
}

/// 247Express's own name of a status or a scan.
fn name_of(code: &Code, vocabularies: &Vocabularies) -> Option<Name> {
    let row = vocabularies
        .of(express247::NAME)
        .get(code.kind, &code.code, "")?;
    match code.kind {
        CodeKind::Shipment => {
            let known = express247::names();
            let caption = known.iter().find(|known| known.status == code.code)?;
            Some(Name {
                vietnamese: caption.caption.clone(),
                english: (!row.name_en.is_empty()).then(|| readable(&row.name_en)),
            })
        }
        _ => (!row.name.is_empty()).then(|| Name {
            vietnamese: row.name.clone(),
            english: None,
        }),
    }
}

/// `IN_TRANSIT` is read as "In transit".
fn readable(name: &str) -> String {
    let words = name.replace('_', " ").to_lowercase();
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_247express_has_both_names() {
        let tables = registry::built_in();
        let rows = tables.of(express247::NAME).of_kind(CodeKind::Shipment);
        let mut count = 0;
        for row in rows {
            let code = Code {
                kind: row.kind,
                code: row.code.clone(),
                sub: None,
            };
            let name = name_of(&code, &tables).unwrap();
            assert!(
                !name.vietnamese.is_empty() && name.english.is_some(),
                "{row:?}"
            );
            count += 1;
        }
        assert_eq!(count, 11);
        assert_eq!(readable("PENDING_FOR_PROCEED"), "Pending for proceed");
    }
}
